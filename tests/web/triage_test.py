"""The pages of triage, as people without JavaScript use them."""

import html
import re
import uuid

import pytest
from sqlmodel import select

from tests.factories import NOON
from vendor_risk.evidence import HostClass
from vendor_risk.store.models.vendors import Engagement, Vendor
from vendor_risk.workflow import vendors
from vendor_risk.workflow.domains import add_domain
from vendor_risk.workflow.engagements import Terms, add_engagement
from vendor_risk.workflow.triage_queue import waiting

# The workflow's own tests run on both databases; here two tests do.
sqlite = pytest.mark.parametrize("database", ["sqlite"], indirect=True)

HARMLESS = {"holds": "1", "reaches": "1", "hurts": "1"}
WORST = {"holds": "3", "reaches": "3", "hurts": "3"}
NAMES = ["Alpha", "Beta", "Gamma"]


@pytest.fixture
def three(database):
    """The ids of three vendors in use without a tier, in the order of their names."""
    with database.transaction() as session:
        return [
            vendors.create_vendor(session, name=name, in_use=True, now=NOON, actor="test").id
            for name in NAMES
        ]


@pytest.fixture
def analyst(client, sign_in, csrf):
    """An analyst's browser; `post(address, **fields)` sends a form of its."""
    sign_in(client, "analyst")

    def post(address, **fields):
        return client.post(address, data={"csrf_token": csrf(client)} | fields)

    client.press = post
    return client


def tiers(database):
    with database.reading() as session:
        return {one.name: one.tier for one in session.exec(select(Vendor))}


def plain(answer):
    """The text of a page."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())


def undo_of(answer):
    """Where the undo button of a page leads."""
    return re.search(r'action="(/triage/undo/[0-9a-f-]+)"', answer.text)[1]


def test_the_queue_counts_and_lists(analyst, three):
    """All that wait, by name."""
    text = plain(analyst.get("/triage"))

    assert "3 vendors are in use and have no tier yet" in text
    assert [name for name in NAMES if name in text] == NAMES


@sqlite
def test_an_empty_queue_says_so(analyst, database):
    """One sentence, and where to go."""
    assert "Every vendor in use has a tier." in plain(analyst.get("/triage"))
    assert analyst.get("/triage/next").location == "/triage"


@sqlite
def test_the_queue_is_searched_by_name(analyst, three):
    """What was searched for is in the address and in the field."""
    answer = analyst.get("/triage?q=amm")

    assert "Gamma" in plain(answer)
    assert "Alpha" not in plain(answer)
    assert "No vendor that waits" in plain(analyst.get("/triage?q=zzz"))


@sqlite
def test_a_thousand_vendors_are_paged(analyst, database):
    """Fifty a page; each on exactly one."""
    with database.transaction() as session:
        session.add_all(
            Vendor(name=f"V {n:04}", name_key=f"v {n:04}", in_use=True) for n in range(1000)
        )
    pages = [analyst.get(f"/triage?page={n}").text for n in (1, 20, 21)]

    assert [page.count('name="chosen"') for page in pages] == [50, 50, 0]
    assert "V 0999" in pages[1]


@sqlite
def test_one_by_one_begins_with_the_first(analyst, three):
    """By name."""
    assert analyst.get("/triage/next").location == f"/triage/{three[0]}"


@sqlite
def test_the_page_shows_what_is_known(analyst, database, three):
    """Domains, number, engagements and tags help to answer."""
    with database.transaction() as session:
        vendor = session.get(Vendor, three[0])
        add_domain(session, vendor, "alpha.example", HostClass.MAIN, now=NOON, actor="test")
        add_engagement(session, vendor, Terms("Parcels"), now=NOON, actor="test")
        vendors.add_tag(session, vendor, "logistics", now=NOON, actor="test")
    text = plain(analyst.get(f"/triage/{three[0]}"))

    assert all(word in text for word in ("alpha.example", "Parcels", "logistics"))


@sqlite
def test_nine_keys_press_nine_cards(analyst, three):
    """Three questions, three keys each, and Enter saves; two more skip and archive."""
    text = analyst.get(f"/triage/{three[0]}").text

    assert re.findall(r'data-key="(\w+)"', text) == [*"sx123456789", "enter"]


def test_answering_leads_to_the_next(analyst, database, three):
    """The vendor has a tier, and the next one is there with a word about it."""
    answer = analyst.press(f"/triage/{three[0]}", **HARMLESS)

    assert answer.location.startswith(f"/triage/{three[1]}?")
    assert tiers(database) == {"Alpha": 4, "Beta": None, "Gamma": None}
    assert "Alpha : tier 4." in plain(analyst.get(answer.location))


@sqlite
def test_a_strict_tier_asks_for_the_full_intake(analyst, three):
    """The link leads to a request about this vendor."""
    answer = analyst.get(analyst.press(f"/triage/{three[0]}", **WORST).location)

    assert "the full intake is needed" in plain(answer)
    assert f'href="/intake/new?vendor={three[0]}"' in answer.text


@sqlite
def test_a_mild_tier_does_not(analyst, three):
    """Three answers are enough for tier 3 and 4."""
    answer = analyst.get(analyst.press(f"/triage/{three[0]}", **HARMLESS).location)

    assert "/intake/new?vendor" not in answer.text


@sqlite
@pytest.mark.parametrize("missing", HARMLESS)
@pytest.mark.parametrize("value", [None, "", "0", "4", "x", "1 OR 1=1"])
def test_what_is_no_answer_is_refused(analyst, database, three, missing, value):
    """All three, each of the three options; nothing is written otherwise."""
    given = {key: number for key, number in HARMLESS.items() if key != missing}
    given |= {} if value is None else {missing: value}
    answer = analyst.press(f"/triage/{three[0]}", **given)

    assert answer.status_code == 422
    assert f'href="#{missing}-0"' in answer.text
    assert tiers(database)["Alpha"] is None


@sqlite
def test_an_error_keeps_the_other_answers(analyst, three):
    """Two were chosen; they are still."""
    answer = analyst.press(f"/triage/{three[0]}", holds="2", reaches="1")

    chosen = re.findall(r'<input[^>]* checked[^>]*name="(\w+)"[^>]*value="(\d)"', answer.text)
    assert chosen == [("holds", "2"), ("reaches", "1")]


@sqlite
def test_the_last_one_leads_back_to_the_queue(analyst, three):
    """Nobody waits any more."""
    for vendor_id in three:
        answer = analyst.press(f"/triage/{vendor_id}", **HARMLESS)

    assert answer.location.startswith("/triage?")
    assert "Every vendor in use has a tier." in plain(analyst.get(answer.location))


@sqlite
def test_answering_twice_makes_one_engagement(analyst, database, three):
    """A double click."""
    for _ in range(2):
        analyst.press(f"/triage/{three[0]}", **HARMLESS)

    with database.reading() as session:
        assert len(session.exec(select(Engagement)).all()) == 1


@sqlite
def test_a_vendor_that_waits_no_more_leads_on(analyst, three):
    """An old link, or another analyst was quicker."""
    analyst.press(f"/triage/{three[0]}", **HARMLESS)

    assert analyst.get(f"/triage/{three[0]}").location == f"/triage/next?after={three[0]}"


@sqlite
def test_skipping_leads_to_the_next_and_round(analyst, three):
    """Skipped vendors come back at the end."""
    order = [analyst.get(f"/triage/next?after={one}").location for one in three]

    assert order == [f"/triage/{three[n]}" for n in (1, 2, 0)]


def test_undo_brings_it_back(analyst, database, three):
    """The button beside the word about the last one."""
    page = analyst.get(analyst.press(f"/triage/{three[0]}", **WORST).location)
    answer = analyst.press(undo_of(page))

    assert answer.location == f"/triage/{three[0]}"
    assert tiers(database)["Alpha"] is None


@sqlite
def test_what_is_no_longer_used_leaves_the_queue_and_comes_back(analyst, database, three):
    """Archived, with undo in the notice."""
    answer = analyst.press(f"/triage/{three[0]}/archive")
    with database.reading() as session:
        assert waiting(session) == 2
    analyst.press(undo_of(analyst.get(answer.location)))

    with database.reading() as session:
        assert waiting(session) == 3


def test_many_get_the_same_answers(analyst, database, three):
    """Two of three, in one act, with undo and the number that needs more."""
    chosen = [str(one) for one in three[:2]]
    answer = analyst.press("/triage/many", chosen=chosen, go="answer", **WORST)
    page = analyst.get(answer.location)

    assert tiers(database) == {"Alpha": 1, "Beta": 1, "Gamma": None}
    assert "2 vendors are triaged." in plain(page)
    assert "2 of them are tier 1 or 2" in plain(page)
    analyst.press(undo_of(page))
    assert set(tiers(database).values()) == {None}


@sqlite
def test_many_are_archived(analyst, database, three):
    """No answers needed for that."""
    chosen = [str(one) for one in three]
    page = analyst.get(analyst.press("/triage/many", chosen=chosen, go="archive").location)

    assert "3 vendors are archived." in plain(page)


@sqlite
def test_what_is_skipped_is_counted(analyst, three):
    """One got a tier meanwhile."""
    analyst.press(f"/triage/{three[0]}", **HARMLESS)
    chosen = [str(one) for one in three]
    page = analyst.get(analyst.press("/triage/many", chosen=chosen, go="answer", **WORST).location)

    assert "2 vendors are triaged. 1 was skipped" in plain(page)


@sqlite
@pytest.mark.parametrize(
    ("chosen", "words"),
    [
        ([], "Tick at least one vendor."),
        (["x"], "One of the ticks is no vendor"),
        ([str(uuid.uuid4()) for _ in range(51)], "Tick at most 50 vendors."),
    ],
)
@pytest.mark.parametrize("go", ["answer", "archive"])
def test_a_wrong_choice_is_refused(analyst, database, three, chosen, words, go):
    """Nothing is written, and the page says what is wrong."""
    answer = analyst.press("/triage/many", chosen=chosen, go=go, **HARMLESS)

    assert answer.status_code == 422
    assert words in plain(answer)
    assert set(tiers(database).values()) == {None}


@sqlite
def test_ticks_stay_after_an_error(analyst, three):
    """An answer was missing; the vendors are still ticked."""
    answer = analyst.press("/triage/many", chosen=[str(three[1])], holds="1", reaches="1")

    assert answer.status_code == 422
    assert re.findall(r'value="([0-9a-f-]+)"[^>]* checked', answer.text) == [str(three[1])]


@sqlite
def test_an_act_that_never_was_cannot_be_undone(analyst, database):
    """404, and nothing happens."""
    assert analyst.press(f"/triage/undo/{uuid.uuid4()}").status_code == 404


@sqlite
@pytest.mark.parametrize(
    "name", ["\u202eشركة", "<script>alert(1)</script>", "📦 👩‍💻", "x" * 200, "{{ 7 * 7 }}"]
)
def test_hostile_names_are_shown_harmless(analyst, database, name):
    """In the queue, on the page of one, and in the word about the last."""
    with database.transaction() as session:
        vendor = vendors.create_vendor(session, name=name, in_use=True, now=NOON, actor="test")
    for address in ("/triage", f"/triage/{vendor.id}"):
        assert "<script>alert" not in analyst.get(address).text
    answer = analyst.get(analyst.press(f"/triage/{vendor.id}", **HARMLESS).location)

    assert "<script>alert" not in answer.text
    assert "tier 4." in plain(answer)


@sqlite
def test_the_mapping_stands_on_the_page(analyst, three):
    """What each answer sets, in words and numbers."""
    text = plain(analyst.get(f"/triage/{three[0]}"))

    assert "sets the upper end of it" in text
    assert "A log-in known to be separated" in text


@sqlite
@pytest.mark.parametrize(
    ("role", "reads", "acts"),
    [
        ("analyst", True, True),
        ("admin", True, True),
        ("auditor", True, False),
        ("approver", False, False),
        ("requester", False, False),
    ],
)
def test_who_may_do_what(client, sign_in, csrf, three, role, reads, acts):
    """Analysts and administrators act, auditors read, the others do neither."""
    sign_in(client, role)
    pages = ("/triage", f"/triage/{three[0]}")
    token = {"csrf_token": csrf(client)}
    posts = [
        (f"/triage/{three[0]}", HARMLESS),
        (f"/triage/{three[1]}/archive", {}),
        ("/triage/many", {"chosen": [str(three[2])], **HARMLESS}),
        (f"/triage/undo/{uuid.uuid4()}", {}),
    ]

    seen = {client.get(page).status_code for page in pages}
    done = [client.post(address, data=token | given).status_code for address, given in posts]
    assert seen == {200 if reads else 403}
    assert done == ([302, 302, 302, 404] if acts else [403] * 4)


@sqlite
def test_an_auditor_sees_no_buttons(client, sign_in, three):
    """What one cannot do is not offered."""
    sign_in(client, "auditor")

    assert "Give these answers" not in client.get("/triage").text
    assert "Save and next" not in client.get(f"/triage/{three[0]}").text


@sqlite
def test_a_stranger_is_sent_to_sign_in(client, database):
    """Every page."""
    assert client.get("/triage").location.startswith("/login")
