"""The score explained: its lines sum, its figures are the same everywhere, nothing is hidden."""

import csv
import html
import io
import json
import re

import pytest
from click.testing import CliRunner
from sqlmodel import col, func, select

from tests import rated
from tests.plans import plans
from vendor_risk.cli import inventory
from vendor_risk.cli.scoring import score as score_command
from vendor_risk.evidence import Source
from vendor_risk.scoring.model import load
from vendor_risk.store import portfolio
from vendor_risk.store.models.evidence import NotApplicable
from vendor_risk.store.models.findings import StoredFinding
from vendor_risk.store.models.scores import StoredScore
from vendor_risk.store.models.vendors import Engagement, Vendor
from vendor_risk.store.queries import vendors as listed
from vendor_risk.workflow import access, scores, vendors

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


class Made:
    """The ids of a rated vendor, and where its score stands."""

    def __init__(self, vendor, engagement):
        self.vendor, self.engagement = vendor.id, engagement.id
        self.now = engagement.created_at
        self.page = f"/vendors/{vendor.id}/engagements/{engagement.id}/score"


@pytest.fixture
def acme(database, clock):
    """A rated vendor with findings, a knock-out and four kept scores."""
    with database.transaction() as session:
        return Made(*rated.rated(session, "Acme", clock()))


@pytest.fixture
def plain(database, clock):
    """A vendor of which too little is known."""
    with database.transaction() as session:
        vendor, engagement = rated.make(session, "Plain", clock())
        rated.claim(session, vendor, "AC-01", clock())
        scores.rescore(session, [vendor.id], now=clock(), cause=scores.FACTS)
        return Made(vendor, engagement)


@pytest.fixture
def analyst(client, sign_in, csrf):
    """An analyst's browser; `press(address, **fields)` sends a form of its."""
    client.person = sign_in(client, "analyst")

    def press(address, **fields):
        return client.post(address, data={"csrf_token": csrf(client)} | fields)

    client.press = press
    return client


def words(answer):
    """The text of a page."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())


def hundredths(text):
    return int(text.replace("\N{MINUS SIGN}", "-").replace(".", ""))


def points(page, caption):
    """The numbers of the column of points of a table, and its total."""
    table = re.search(
        rf'<caption class="visually-hidden">{caption}</caption>(.*?)</table>', page, re.S
    )
    body, foot = table[1].split("<tfoot>")
    cells = re.findall(r'<td(?: data-l="Points")? class="num(?: worse)?">([\u2212\d.]+)</td>', body)
    total = re.search(r'class="num" data-\w+>([\u2212\d.]+)<', foot)
    return [hundredths(cell) for cell in cells], hundredths(total[1])


def engagement_of(database, made):
    with database.reading() as session:
        return session.get_one(Engagement, made.engagement)


@pytest.mark.parametrize("caption", ["What assurance is made of", "Lines of the residual risk"])
def test_lines_sum_to_the_total_on_the_page(analyst, acme, caption):
    """To the last digit, with the knock-out among them."""
    lines, total = points(analyst.get(acme.page).text, caption)
    assert len(lines) > 10
    assert sum(lines) == total


def test_the_lines_of_the_profile_sum_too(analyst, acme):
    """The smaller ones stand in one line."""
    page = analyst.get(f"/vendors/{acme.vendor}").text
    lines, total = points(page, "What assurance is made of")
    assert sum(lines) == total


def test_figures_are_the_same_everywhere(analyst, acme, database, monkeypatch):
    """Page, profile, list, export, file and command line."""
    row = engagement_of(database, acme)
    final, risk = row.final // 100, row.residual // 100
    assert f"Why assurance is {final}" in words(analyst.get(acme.page))
    profile = words(analyst.get(f"/vendors/{acme.vendor}"))
    assert f"Grade {row.grade} {final} of 100" in profile
    assert f"Grade {row.grade} {final}" in words(analyst.get("/vendors"))
    exported = next(
        csv.DictReader(io.StringIO(analyst.get("/vendors/export.csv").text.removeprefix("\ufeff")))
    )
    assert [exported[key] for key in ("Assurance", "Grade", "Residual risk", "Residual band")] == [
        str(final),
        row.grade,
        str(risk),
        row.band.capitalize(),
    ]
    assert (exported["Assurance, low"], exported["Assurance, high"]) == (
        str(row.low // 100),
        str(row.high // 100),
    )
    told = analyst.get(f"{acme.page}.json").json["result"]
    assert (told["final"], told["residual"]) == (row.final, row.residual)
    with database.reading() as session:
        said = inventory._plain(listed.page(session, listed.VendorFilter())[0])
    names = ("final", "low", "high", "coverage", "grade", "residual", "band", "knockout")
    assert {name: said[name] for name in names} == {name: getattr(row, name) for name in names}


def test_the_command_line_reproduces_the_file(analyst, acme, tmp_path):
    """An auditor follows each number without us."""
    file = tmp_path / "score.json"
    file.write_bytes(analyst.get(f"{acme.page}.json").data)
    done = CliRunner().invoke(score_command, [str(file)])
    assert json.loads(done.stdout) == json.loads(file.read_text())["result"]


def test_a_file_that_was_changed_is_told_apart(analyst, acme, tmp_path):
    """What stands in it is not what follows from it."""
    whole = analyst.get(f"{acme.page}.json").json
    whole["result"]["final"] += 1
    file = tmp_path / "score.json"
    file.write_text(json.dumps(whole))
    done = CliRunner().invoke(score_command, [str(file)])
    assert done.exit_code == 2
    assert "another result" in done.stderr


def test_each_line_says_what_it_rests_on(analyst, acme):
    """Source, worth, the finding that holds it, the knock-out with its way out."""
    text = words(analyst.get(acme.page))
    for said in (
        "counts 65 % because nobody has read a proof",
        "counts 92 % because a person has read the evidence",
        "No second factor for administrators holds it at 25 %",
        "KO-02 There is no second factor on remote access",
        "To lift it: Demand a second factor",
        "The number is an assurance score, never a probability of breach.",
        "Out of scope: it plays no part in payments that needs this",
    ):
        assert said in text, said
    assert text.count("never a probability of breach") == 1


def test_lifting_a_knockout_that_no_finding_holds_is_the_way_up(analyst, plain, database, clock):
    """With the total that it gives, and the same on the profile; no proof moves the range."""
    with database.transaction() as session:
        vendor = session.get_one(Vendor, plain.vendor)
        rated.answer_all(session, vendor, session.get_one(Engagement, plain.engagement), clock())
        for control in load().controls:
            rated.claim(session, vendor, control, clock(), source=Source.AUDITED)
        entry = access.Terms("vpn", "plain-admin", second_factor=False)
        access.add(session, vendor, entry, now=clock(), actor="test")
    for address in (plain.page, f"/vendors/{plain.vendor}"):
        told = words(analyst.get(address)).split("Fastest way up")[1]
        assert "Lift KO-02: There is no second factor" in told
        assert "+51.00 100, grade A" in told
        assert "While KO-02 holds the range at 49, no proof moves it." in told


def test_too_little_known_is_said_and_never_shown_as_a_grade(analyst, plain):
    """What is missing stands there by name."""
    text = words(analyst.get(plain.page))
    assert "60 % coverage is needed for a grade; 10 % so far." in text
    assert "Missing: DL-01 logging and detection" in text
    assert "Grade F" not in text
    assert "Not rated yet" in words(analyst.get(f"/vendors/{plain.vendor}"))


def test_without_facts_the_page_asks_for_them(analyst, database, clock):
    """Not rated, and where to begin."""
    with database.transaction() as session:
        made = Made(*rated.make(session, "New", clock(), levels={"access": 1}))
    assert "Five questions about what we buy come first" in words(analyst.get(made.page))
    assert analyst.get(f"{made.page}.json").status_code == 404


def test_what_if_shows_the_score_then_and_writes_nothing(analyst, acme, database):
    """Closed findings, lifted knock-outs and read proofs count; the kept scores stay."""
    with database.reading() as session:
        fault = session.exec(
            select(StoredFinding.id).where(StoredFinding.knockout == "KO-02")
        ).one()
    before = engagement_of(database, acme)
    text = words(analyst.get(f"{acme.page}?close={fault}&prove=DL-01"))
    found = re.search(r"assurance 49.00 becomes (\d+\.\d\d)", text)
    assert hundredths(found[1]) > before.final
    assert engagement_of(database, acme).final == before.final
    with database.reading() as session:
        assert session.exec(select(func.count()).select_from(StoredScore)).one() == 5


@pytest.mark.parametrize("query", ["close=x", "prove=XX-1", "lift=KO-99", "close=%00"])
def test_what_nobody_offered_is_passed_over(analyst, acme, query):
    """A page that is made up by hand breaks nothing."""
    answer = analyst.get(f"{acme.page}?{query}")
    assert answer.status_code == 200
    assert "becomes" not in words(answer)


def test_an_old_score_is_shown_from_its_frozen_copy(analyst, acme, database):
    """The same page as of its day, though everything has changed since."""
    with database.reading() as session:
        old = session.exec(select(StoredScore).where(StoredScore.cause == scores.DOCUMENT)).one()
    answer = analyst.get(f"{acme.page}/{old.id}")
    text = words(answer)
    assert f"Why assurance is {old.final // 100}" in text
    assert "it comes to the same, to the last digit" in text
    assert f"<title>Score as of {old.created_at:%d %b %Y}" in answer.text
    lines, total = points(answer.text, "What assurance is made of")
    assert sum(lines) == total == old.final
    told = analyst.get(f"{acme.page}/{old.id}.json").json
    assert told["result"] == json.loads(old.result)


def test_scores_of_others_are_not_shown_under_this_vendor(analyst, acme, plain, database):
    """Neither an engagement nor a kept score."""
    with database.reading() as session:
        other = session.exec(
            select(StoredScore.id).where(StoredScore.vendor_id == plain.vendor)
        ).first()
    assert analyst.get(f"{acme.page}/{other}").status_code == 404
    stray = acme.page.replace(str(acme.engagement), str(plain.engagement))
    assert analyst.get(stray).status_code == 404


def test_a_control_is_accepted_and_taken_back(analyst, acme, database):
    """With a reason, from the page."""
    path = f"{acme.page}/not-applicable"
    sent = {"na-control": "WB-02", "na-reason": "No software."}
    assert analyst.press(path, **sent).status_code == 302
    assert "Accepted as not applicable" in words(analyst.get(acme.page))
    with database.reading() as session:
        row = session.exec(select(NotApplicable.id)).one()
    analyst.press(f"{path}/{row}/end")
    assert "Accepted as not applicable" not in words(analyst.get(acme.page))


def test_a_refused_acceptance_keeps_what_was_typed(analyst, acme):
    """A finding on the control is open."""
    answer = analyst.press(
        f"{acme.page}/not-applicable", **{"na-control": "AC-01", "na-reason": "Typed at length"}
    )
    assert answer.status_code == 422
    assert "Typed at length" in answer.text
    assert "A finding on AC-01 is open" in words(answer)


def test_a_contradiction_is_marked_and_cleared(analyst, acme, database):
    """The page says so, what it does, and how it ends."""
    with database.reading() as session:
        revision = session.get_one(Vendor, acme.vendor).revision
    exhibits = {"contra-control": "DP-01", "contra-said": "Only 1.2", "contra-seen": "1.0 on a"}
    analyst.press(f"{acme.page}/contradicted", **exhibits, **{"contra-revision": str(revision)})
    text = words(analyst.get(acme.page))
    assert "An answer of this vendor is contradicted" in text
    assert "counts 40 % because another answer" in text
    stale = analyst.press(
        f"{acme.page}/credible", **{"clear-why": "Looked", "clear-revision": str(revision)}
    )
    assert (stale.status_code, "Looked" in stale.text) == (409, True)
    analyst.press(
        f"{acme.page}/credible", **{"clear-why": "Looked", "clear-revision": str(revision + 1)}
    )
    assert "of this vendor is contradicted" not in words(analyst.get(acme.page))


@pytest.mark.parametrize("role", ["approver", "auditor"])
def test_others_read_and_change_nothing(client, sign_in, csrf, acme, role):
    """Only analysts and administrators act."""
    sign_in(client, role)
    page = client.get(acme.page)
    assert page.status_code == 200
    assert "Accept one more" not in page.text
    for path in ("not-applicable", "contradicted", "credible"):
        sent = client.post(f"{acme.page}/{path}", data={"csrf_token": csrf(client)})
        assert sent.status_code == 403


def test_the_tab_leads_to_the_worst_engagement(analyst, acme, database, clock):
    """With several, the profile names the worst and lists the others."""
    with database.transaction() as session:
        vendor = session.get_one(Vendor, acme.vendor)
        rated.engagements.add_engagement(
            session,
            vendor,
            rated.Terms(name="Lunch", levels=dict.fromkeys(rated.LEVELS, 0)),
            now=clock(),
            actor="test",
        )
    assert analyst.get(f"/vendors/{acme.vendor}/score").location == acme.page
    text = words(analyst.get(f"/vendors/{acme.vendor}"))
    assert "The worst of 2: Acme service" in text
    assert "By engagement" in text


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("sort=-residual", ["Plain", "Acme"]),
        ("sort=residual", ["Acme", "Plain"]),
        ("risk=high", ["Acme"]),
        ("risk=none", ["Plain"]),
        ("risk=critical", []),
        ("risk=high,none", ["Acme", "Plain"]),
        ("risk=above", ["Acme"]),
        ("rated=D", ["Acme"]),
        ("rated=none", ["Plain"]),
        ("findings=severe", ["Acme"]),
        ("knockout=yes", ["Acme"]),
        ("review=overdue", []),
        ("risk=odd", ["Acme", "Plain"]),
    ],
)
def test_the_list_filters_and_sorts_by_risk(analyst, acme, plain, query, names):
    """What is not rated has no band, and sorts as its worst end."""
    found = re.findall(r"<bdi>(Acme|Plain)</bdi></a>", analyst.get(f"/vendors?{query}").text)
    assert found == names


def test_the_portfolio_tells_of_risk(analyst, acme, plain):
    """Knock-out, overdue finding, figures, and who moved with the reason."""
    text = words(analyst.get("/"))
    for said in (
        "Above our appetite",
        "1 of them knocked out; 1 of 2 with a tier are rated",
        "KO-02: There is no second factor",
        "Overdue: Something is wrong with HV-02",
        "20 days late",
        "KO-02 \u221213.06",
    ):
        assert said in text, said


def test_a_knockout_is_above_any_appetite(analyst, plain, database):
    """At the appetite itself, where a knock-out leaves the risk; counted, listed and said."""
    with database.transaction() as session:
        vendor = session.get_one(Vendor, plain.vendor)
        bought = session.get_one(Engagement, plain.engagement)
        rated.answer_all(session, vendor, bought, plain.now)
        for control in load().controls:
            rated.claim(session, vendor, control, plain.now, source=Source.AUDITED)
        scores.rescore(session, [vendor.id], now=plain.now, cause=scores.DOCUMENT)
    assert "<bdi>Plain</bdi></a>" not in analyst.get("/vendors?risk=above").text
    with database.transaction() as session:
        vendor = session.get_one(Vendor, plain.vendor)
        entry = access.Terms("vpn", "plain-admin", second_factor=False)
        access.add(session, vendor, entry, now=plain.now, actor="test")
        session.flush()
        assert (vendor.residual, vendor.grade) == (4500, "D")
    assert "<bdi>Plain</bdi></a>" in analyst.get("/vendors?risk=above").text
    assert "1 of them knocked out" in words(analyst.get("/"))
    profile = words(analyst.get(f"/vendors/{plain.vendor}"))
    assert "Knocked out: the appetite of 45 does not cover that." in profile


def test_figures_of_the_portfolio_are_those_of_the_list(database, acme, plain, clock):
    """Each count is what its link shows."""
    with database.reading() as session:
        figures = portfolio.figures(session, clock().date())
        risks = portfolio.by_tier_and_band(session)
    assert (figures.above, figures.rated, figures.judged, figures.severe) == (1, 1, 2, 2)
    assert risks == {(2, "high"): 1, (2, None): 1}


def test_the_first_score_moves_nothing(database, plain, clock):
    """A vendor that is new is no mover."""
    with database.transaction() as session:
        made = rated.make(session, "Newer", clock())[0]
        scores.rescore(session, [made.id], now=clock(), cause=scores.FACTS)
    with database.reading() as session:
        since = clock() - rated.dt.timedelta(days=30)
        assert made.id not in {one.vendor.id for one in portfolio.movers(session, since, 6)}


def test_the_largest_moves_are_found_among_any_number(database, plain, clock):
    """However many others moved since, and however often the largest did itself."""
    now, day = clock(), rated.dt.timedelta(days=1)
    with database.transaction() as session:
        made = [rated.make(session, f"Many {n}", now - 40 * day)[0] for n in range(20)]

        def move(vendor, control, at):
            rated.claim(session, vendor, control, at, source=Source.OBSERVED)
            scores.rescore(session, [vendor.id], now=at, cause=scores.SCAN)

        first, second = made[0].id, made[1].id
        for days, control in enumerate(("AC-01", "DP-01", "HV-01")):
            move(made[0], control, now - (20 - days) * day)
        move(made[1], "DL-01", now - 15 * day)
        for n in range(2, 20):
            for days, control in enumerate(("BC-01", "WB-03")):
                move(made[n], control, now - (9 - days) * day)
    with database.reading() as session:
        found = portfolio.movers(session, now - 30 * day, 2)
        assert [one.vendor.id for one in found] == [first, second]
        assert found[0].change == found[0].engagement.final - found[0].before.final > 0
    with database.transaction() as session:
        vendors.archive(session, session.get_one(Vendor, first), now=now, actor="test")
    with database.reading() as session:
        found = portfolio.movers(session, now - 30 * day, 2)
        assert found[0].vendor.id == second


def test_evidence_of_a_scan_leads_to_the_scan(analyst, acme, database, clock):
    """A claim names the row that it rests on."""
    with database.transaction() as session:
        vendor = session.get_one(Vendor, acme.vendor)
        row = rated.claim(session, vendor, "DP-01", clock(), source=Source.OBSERVED)
        scores.rescore(session, [vendor.id], now=clock(), cause=scores.SCAN)
        scan = row.origin_id
    assert f'<a href="/scans/{scan}">Scan</a>' in analyst.get(acme.page).text


def test_the_queues_of_the_portfolio_follow_an_index(database, clock):
    """They end at their limit, and nothing is sorted for them."""
    with database.reading() as session, plans(session) as seen:
        portfolio.knocked_out(session, 3)
        portfolio.overdue_findings(session, clock().date(), 3)
        portfolio.movers(session, clock(), 6)

    used = ("ix_vendor_knocked_out", "ix_finding_late", "ix_finding_late", "ix_score_moved")
    for plan, index in zip(seen, used, strict=False):
        assert any(index in line for line in plan.lines), plan
        assert "USE TEMP B-TREE FOR ORDER BY" not in plan.lines, plan


def test_the_newest_score_of_an_engagement_is_its_own(database, acme):
    """What lists repeat is the newest kept score."""
    row = engagement_of(database, acme)
    with database.reading() as session:
        newest = session.exec(
            select(StoredScore).order_by(col(StoredScore.created_at).desc())
        ).first()
    assert (newest.id, newest.final) == (row.score_id, row.final)


def test_a_german_reader_sees_a_comma(analyst, acme):
    """In the lines and in their total; the numbers are the same."""
    english = re.findall(r"\d+\.\d\d(?=</td>)", analyst.get(acme.page).text)
    german = analyst.get(acme.page, headers={"Accept-Language": "de"}).text
    assert english
    assert re.findall(r"\d+,\d\d(?=</td>)", german) == [one.replace(".", ",") for one in english]
