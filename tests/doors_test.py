"""Every route, as every person: who is let in, who is not, and what reading must not do."""

import datetime as dt
import hashlib
import re
import uuid
from collections import Counter
from urllib.parse import urlsplit

import pytest
from flask import Blueprint, Flask
from sqlalchemy import text
from sqlmodel import SQLModel, select

from tests.conftest import Clock, Queue, begin_sign_in, form_token, opened, settings_in
from tests.factories import make_user
from vendor_risk import doors
from vendor_risk.app import create_app
from vendor_risk.doors import Door, DoorMissing, door, guard, link, only, public, role, signed_in
from vendor_risk.samples.load import load
from vendor_risk.store.engine import Database
from vendor_risk.store.models.people import User
from vendor_risk.web.headers import CSP
from vendor_risk.workflow.people import ROLES

# A vendor's contact has no account: doors for them are links, which hold for strangers too.
PEOPLE = (*ROLES, "vendor", "stranger")


@pytest.fixture
def database(request, tmp_path):
    """One of the two: what differs between them is tested where it happens."""
    with opened("sqlite", request, tmp_path) as made:
        yield made


# Sign-out ends the walk of a person, so it is walked last.
LAST = "/logout"


def routes(app):
    """Every (method, URL, endpoint), with an id that nobody has where the URL wants one."""
    found = []
    for rule in app.url_map.iter_rules():
        values = {name: _value(rule, name) for name in rule.arguments}
        with app.test_request_context():
            url = app.url_for(rule.endpoint, **values)
        found += [(method, url, rule.endpoint) for method in rule.methods & {"GET", "POST"}]
    return sorted(found, key=lambda one: (one[1] == LAST, one[1], one[0]))


def _value(rule, name):
    kind = type(rule._converters[name]).__name__
    return {"UUIDConverter": uuid.UUID(int=4 << 76), "IntegerConverter": 1}.get(kind, "nothing")


def refused(answer):
    """Whether the door kept this request from its view."""
    sent_to_sign_in = answer.status_code == 302 and urlsplit(answer.location).path == "/login"
    return answer.status_code == 403 or sent_to_sign_in


def expected(app, endpoint, person, method):
    """What the declared door promises, told without asking the code that keeps the promise."""
    asked = doors.of(app, endpoint)
    if asked.name in ("public", "link"):
        return True
    if person in ("vendor", "stranger"):
        return False
    own = endpoint in app.extensions["own_affairs"]
    if person == "auditor" and method == "POST" and not own:
        return False
    if asked.name == "signed in" or person in asked.roles:
        return True
    return person == "auditor" and method == "GET" and asked.auditor_reads


@pytest.fixture(scope="module")
def empty(tmp_path_factory):
    """The application on a new database."""
    made = make_app(tmp_path_factory.mktemp("empty"))
    yield made
    made.extensions["database"].close()


def make_app(folder, clock=None, **changes):
    database = Database(f"sqlite:///{folder / 'vendor-risk.db'}")
    SQLModel.metadata.create_all(database.engine)
    return create_app(
        settings_in(folder, **changes), database=database, enqueue=Queue(), clock=clock
    )


def arrive(app, person):
    """A browser of that person."""
    client = app.test_client()
    if person in ROLES:
        with app.extensions["database"].transaction() as session:
            user = make_user(session, person, email=f"{uuid.uuid4().hex}@example.com")
        begin_sign_in(client, user, dt.datetime.now(dt.UTC))
    elif person == "vendor":  # has been here, has a cookie, has no account
        client.get("/login")
    return client


@pytest.fixture(scope="module", params=PEOPLE)
def walk(request, empty):
    """One person at every route: who it was, and [(method, URL, endpoint, answer), ...]."""
    client = arrive(empty, request.param)
    answers = []
    for method, url, endpoint in routes(empty):
        fields = {"csrf_token": form_token(client)} if method == "POST" else None
        answer = client.open(url, method=method, data=fields, buffered=True)
        answers.append((method, url, endpoint, answer))
    return request.param, answers


def test_every_door_keeps_its_promise(empty, walk):
    """Each route lets in whom its door names, and nobody else, to read and to post."""
    person, answers = walk
    wrong = []
    for method, url, endpoint, answer in answers:
        let_in = expected(empty, endpoint, person, method)
        public_too = doors.of(empty, endpoint).name == "public"  # may itself lead to sign-in
        if refused(answer) is let_in and not (let_in and public_too and answer.status_code == 302):
            wrong.append((method, url, answer.status_code, answer.location))

    assert wrong == []


def test_no_route_breaks(walk):
    """Whatever anybody sends to any route, the answer is never an error of ours."""
    _, answers = walk
    broken = [(method, url) for method, url, _, answer in answers if answer.status_code >= 500]

    # nobody migrated the database of this test, and /readyz is there to say so
    assert [one for one in broken if one != ("GET", "/readyz")] == []


@pytest.mark.parametrize("person", PEOPLE)
def test_every_post_wants_a_token(empty, person):
    """A form that a foreign page sends in somebody's name is refused, on every route."""
    client = arrive(empty, person)
    taken = [
        url
        for method, url, _ in routes(empty)
        if method == "POST" and client.post(url).status_code != 400
    ]

    assert taken == []


def content(database):
    """A fingerprint of every row of every table."""
    digest = hashlib.sha256()
    with database.reading() as session:
        for name in sorted(SQLModel.metadata.tables):
            rows = session.execute(text(f"SELECT * FROM {name}")).all()
            digest.update(repr((name, sorted(map(repr, rows)))).encode())
    return digest.hexdigest()


@pytest.fixture(scope="module")
def inhabited(tmp_path_factory):
    """The application of the demonstration, with its vendors, scans and people.

    Its clock stands, so that a paper that several people ask for is made once.
    """
    folder = tmp_path_factory.mktemp("inhabited")
    clock = Clock(dt.datetime.now(dt.UTC))
    made = make_app(folder, clock, demo=True)
    database = made.extensions["database"]
    load(database, settings_in(folder, demo=True), now=clock())
    yield made
    database.close()


def crawl(client):
    """Every page that is reached over links, at most two of a kind: {url: answer}."""
    seen, kinds, waiting = {}, Counter(), ["/"]
    while waiting:
        url = waiting.pop(0)
        kind = re.sub(r"[0-9a-f-]{36}", "ID", urlsplit(url).path)
        if url in seen or kinds[kind] == 2:
            continue
        kinds[kind] += 1
        seen[url] = answer = client.get(url, buffered=True)
        if answer.mimetype == "text/html":
            links = re.findall(r'(?:href|hx-get)="(/[^"#]*)"', answer.text)
            waiting += [one.replace("&amp;", "&") for one in links if "/static/" not in one]
    return seen


def resident(app, role):
    """A browser of a person of the demonstration."""
    client = app.test_client()
    with app.extensions["database"].reading() as session:
        user = session.exec(select(User).where(User.email == f"{role}@demo.example")).one()
    begin_sign_in(client, user, dt.datetime.now(dt.UTC))
    return client


@pytest.fixture(scope="module", params=ROLES)
def visit(inhabited, request):
    """One person on every page: {url: answer}, and fingerprints of the data before and after."""
    client = resident(inhabited, request.param)
    before = content(inhabited.extensions["database"])
    answers = crawl(client)
    return answers, before, content(inhabited.extensions["database"])


@pytest.fixture(scope="module")
def crawled(visit):
    """What this person sees of the demonstration: {url: answer}."""
    return visit[0]


def test_every_link_leads_somewhere(crawled):
    """Nobody is shown a link that is broken, forbidden or sends them to sign in."""
    bad = {url: answer.status_code for url, answer in crawled.items() if answer.status_code >= 400}

    assert (bad, len(crawled) > 5) == ({}, True)


def test_every_page_carries_the_policy(crawled):
    """No page allows more than the product's content security policy."""
    bare = [u for u, a in crawled.items() if a.headers.get("Content-Security-Policy") != CSP]

    assert bare == []


def test_no_page_stays_in_a_cache(crawled):
    """What a person saw is not kept by the browser or a machine between."""
    kept = [url for url, a in crawled.items() if a.headers.get("Cache-Control") != "no-store"]

    assert kept == []


def test_reading_leaves_the_database_unchanged(visit):
    """Walking every page changes no row of any table."""
    _, before, after = visit

    assert after == before


# Declaring doors


def bare_app(*blueprints):
    app = Flask("bare")
    for blueprint in blueprints:
        app.register_blueprint(blueprint)
    doors.install(app, {"static": public}, frozenset())
    return app


def area(default=None, narrower=None):
    made = Blueprint("area", __name__)
    if default is not None:
        guard(made, default)

    def page():
        return "content"

    made.get("/page")(door(narrower)(page) if narrower else page)
    return made


def test_route_without_a_door_stops_the_start():
    """An area whose author forgot the door cannot be put into service."""
    with pytest.raises(DoorMissing, match=r"route area\.page names no door"):
        doors.check(bare_app(area()))


def test_route_without_a_door_is_not_served():
    """Even if nobody checked at the start, a route without a door shows nothing."""
    answer = bare_app(area()).test_client().get("/page")

    assert (answer.status_code, "content" in answer.text) == (500, False)


def test_routes_of_other_packages_need_a_door_too():
    """A route that a package brings along is refused until somebody names its door."""
    app = Flask("bare")
    app.add_url_rule("/foreign", "foreign", lambda: "content")
    doors.install(app, {"static": public}, frozenset())

    with pytest.raises(DoorMissing, match="foreign"):
        doors.check(app)


def test_start_is_refused_when_an_area_forgot_its_door(settings, database, monkeypatch):
    """The application itself runs the check."""
    from vendor_risk.web import home

    monkeypatch.delattr(home.area, "door")

    with pytest.raises(DoorMissing, match="home"):
        create_app(settings, database=database)


@pytest.mark.parametrize(
    ("default", "narrower"),
    [
        (signed_in, public),
        (signed_in, link),
        (role("analyst"), signed_in),
        (role("analyst"), role("analyst", "requester")),
        (only("admin"), role("admin")),
    ],
)
def test_view_cannot_open_wider_than_its_area(default, narrower):
    """What an area promises holds for each of its pages."""
    with pytest.raises(DoorMissing, match="opens wider"):
        doors.check(bare_app(area(default, narrower)))


@pytest.mark.parametrize(
    ("default", "narrower"),
    [
        (public, signed_in),
        (signed_in, role("analyst")),
        (role("analyst", "requester"), role("analyst")),
        (role("admin", "analyst"), only("admin")),
    ],
)
def test_view_may_narrow_the_door_of_its_area(default, narrower):
    """A page may be for fewer people than its area."""
    app = bare_app(area(default, narrower))
    doors.check(app)

    assert doors.of(app, "area.page") == narrower


@pytest.mark.parametrize("names", [(), ("king",), ("analyst", "king")])
def test_door_for_a_role_that_does_not_exist_is_refused(names):
    """A slip of the pen in a role does not make a door that nobody or everybody passes."""
    with pytest.raises(DoorMissing):
        role(*names)


@pytest.mark.parametrize("asked", [signed_in, role("analyst", "auditor"), only("auditor")])
def test_auditor_posts_nowhere(asked):
    """Even a door that names auditors lets them only read."""
    assert not asked.admits(frozenset({"auditor"}), "POST")


def test_auditor_reads_where_others_work():
    """An auditor reads pages that are for other roles."""
    assert role("analyst").admits(frozenset({"auditor"}), "GET")


def test_auditor_does_not_read_where_reading_is_power():
    """Pages for only one role are not read by auditors either."""
    assert not only("admin").admits(frozenset({"auditor"}), "GET")


def test_stranger_passes_no_door_of_people():
    """Without an account there is no way through a door that asks for one."""
    asked: list[Door] = [signed_in, *(role(name) for name in ROLES)]

    assert not any(one.admits(None, "GET") for one in asked)


def test_part_of_a_page_sends_a_stranger_to_sign_in_as_a_whole(client):
    """When a sign-in ended, htmx loads the sign-in page instead of pasting it into a corner."""
    answer = client.get("/own", headers={"HX-Request": "true"})

    assert (answer.status_code, answer.headers["HX-Redirect"]) == (401, "/login")
