"""Decisions as people without JavaScript make them: the page of a vendor, and the inbox."""

import datetime as dt
import html
import re

import pytest
from sqlmodel import select

from tests import rated
from tests.factories import NOON, make_user
from vendor_risk.evidence import Severity
from vendor_risk.store.models.access import Access
from vendor_risk.store.models.decisions import Condition, Decision, DecisionKind
from vendor_risk.store.models.vendors import Engagement, Vendor
from vendor_risk.workflow import baselines, decisions, engagements, findings, scores, vendors
from vendor_risk.workflow.conditions import Wanted
from vendor_risk.workflow.decisions import Proposal
from vendor_risk.workflow.engagements import Terms
from vendor_risk.workflow.finding_moves import Teller

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)

BY = {"now": NOON, "actor": "test"}
FACTORS = ("data_sensitivity", "data_volume", "access", "criticality", "payment")
# As far off as a condition may be, so that these tests outlive it.
LATER = NOON.date() + dt.timedelta(days=700)
MARKUP = "<script>alert(1)</script>"


@pytest.fixture
def buy(database):
    """`buy(4)`: the ids of a vendor and of what we buy from it; 4 is tier 1, 1 is tier 3."""

    def bought(level, name="Northwind"):
        with database.transaction() as session:
            vendor = vendors.create_vendor(session, name=name, **BY)
            levels = dict.fromkeys(FACTORS, level)
            row = engagements.add_engagement(session, vendor, Terms("Payroll", levels=levels), **BY)
            return vendor.id, row.id

    return bought


@pytest.fixture
def propose(database):
    """`propose(engagement_id)`: Ann the analyst has proposed; the id of the decision."""

    def proposed(engagement_id, kind=DecisionKind.APPROVE, alone=False, due_on=LATER):
        with database.transaction() as session:
            role = "approver" if alone else "analyst"
            person = make_user(session, role, email=f"by-{engagement_id}@example.com")
            bought = session.get_one(Engagement, engagement_id)
            return decisions.propose(
                session,
                bought,
                Proposal(kind, "Good", [Wanted("Mend it", person.id, due_on)]),
                seen="",
                shown=baselines.frozen(session, bought, now=NOON),
                person=person,
                now=NOON,
                alone=alone,
            ).id

    return proposed


@pytest.fixture
def enter(client, sign_in, csrf):
    """`enter("analyst")`: a browser of that person, whose `press` sends a form.

    A form of a decision carries what its page shows, unless `shown` is said.
    """

    def press(address, **fields):
        if address.endswith(("/decision", "/approve")):
            fields = {"shown": shown(client, address.split("/")[2])} | fields
        return client.post(address, data={"csrf_token": csrf(client)} | fields)

    def person(*roles):
        client.person = sign_in(client, *roles)
        client.press = press
        return client

    return person


def shown(client, vendor_id):
    """What the page of a vendor shows to decide upon, as its forms carry it."""
    found = re.search(
        r'name="shown"[^>]* value="([^"]*)"', client.get(f"/vendors/{vendor_id}/decision").text
    )
    return found[1] if found else ""


def plain(answer):
    """The text of a page."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())


def state(database, vendor_id):
    with database.reading() as session:
        return session.get_one(Vendor, vendor_id).state


def typed(**said):
    return {"seen": "", "kind": "approve", "rationale": "Good", "go": "propose"} | said


def test_without_an_engagement_there_is_nothing_to_decide(enter, database):
    """The one action is to enter what we buy."""
    with database.transaction() as session:
        vendor = vendors.create_vendor(session, name="Northwind", **BY)

    assert "nothing is entered yet" in plain(enter("analyst").get(f"/vendors/{vendor.id}/decision"))


@pytest.fixture
def hardly(database, buy):
    """The ids of a vendor and of what we buy, of which one control is known."""
    vendor_id, bought_id = buy(4, "Hardly")
    with database.transaction() as session:
        rated.claim(session, session.get_one(Vendor, vendor_id), "AC-01", NOON)
        scores.rescore(session, [vendor_id], now=NOON, cause=scores.DOCUMENT)
        known = session.get_one(Engagement, bought_id).coverage // 100
    return vendor_id, bought_id, f"{known}% known"


def test_what_is_unknown_is_said_before_anybody_decides(enter, hardly, propose):
    """To whoever proposes and to whoever approves, on the page and in the inbox; never refused."""
    vendor, bought, known = hardly
    page = f"/vendors/{vendor}/decision"
    warning = f"Little is known of it: {known.removesuffix(' known')} of what counts"
    before = plain(enter("analyst").get(page)).split("Why")[0]
    assert warning in before
    assert "Nothing is known of 20 controls: AC-02 Least privilege" in before
    decision = propose(bought)
    inbox = plain(enter("approver").get("/decisions"))
    assert f"at worst, {known}, of 20 controls nothing" in inbox
    approver = enter("approver")
    told = plain(approver.get(page))
    assert warning in told.split("Decide: Approve")[0]
    answer = approver.press(f"/vendors/{vendor}/decisions/{decision}/approve", revision="1")
    assert answer.status_code == 302


def test_how_little_was_known_stands_with_the_decision(enter, hardly, propose, database):
    """Also once more is known: it is the baseline's."""
    vendor, bought, known = hardly
    decision = propose(bought)
    approver = enter("approver")
    approver.press(f"/vendors/{vendor}/decisions/{decision}/approve", revision="1")
    with database.transaction() as session:
        row = session.get_one(Vendor, vendor)
        rated.answer_all(session, row, session.get_one(Engagement, bought), NOON)
        scores.rescore(session, [vendor], now=NOON, cause=scores.DOCUMENT)
    told = plain(approver.get(f"/vendors/{vendor}/decision"))
    assert f"Approved with {known}" in told
    assert "Little is known of it" not in told
    assert known in plain(approver.get("/decisions"))


def test_enough_known_is_no_warning(enter, database):
    """A vendor with a grade."""
    with database.transaction() as session:
        vendor, _bought = rated.rated(session, "Graded", NOON)
    told = plain(enter("approver").get(f"/vendors/{vendor.id}/decision"))
    assert "Propose a decision" in told
    assert "is known of it" not in told


def test_an_analyst_proposes_and_an_approver_decides(enter, database, buy):
    """Two people, and the vendor is approved."""
    vendor, bought = buy(4)
    answer = enter("analyst").press(f"/vendors/{vendor}/engagements/{bought}/decision", **typed())
    assert answer.status_code == 302
    assert state(database, vendor) == "prospect"

    approver = enter("approver")
    page = approver.get(f"/vendors/{vendor}/decision")
    assert "Waits for a decision: Approve" in plain(page)
    action = re.search(r'action="(/vendors/[^"]+/approve)"', page.text)[1]
    approver.press(action, revision="1")

    assert state(database, vendor) == "approved"
    assert "In force: Approve." in plain(approver.get(f"/vendors/{vendor}/decision"))


def test_an_approver_alone_where_one_is_enough(enter, database, buy):
    """Tier 3, one step."""
    vendor, bought = buy(1)

    enter("approver").press(
        f"/vendors/{vendor}/engagements/{bought}/decision", **typed(go="decide")
    )

    assert state(database, vendor) == "approved"


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"kind": ""}, "Not a valid choice"),
        ({"rationale": ""}, "Say why: the decision rests on it."),
        ({"kind": "approve with conditions"}, "Name at least one condition"),
        (
            {"kind": "approve with conditions", "conditions-0-text": "Mend"},
            "Name who of ours sees to it.",
        ),
        ({"go": "decide"}, "need four eyes"),
    ],
)
def test_what_is_missing_is_told_and_nothing_is_lost(enter, database, buy, said, words):
    """422, with what was typed."""
    vendor, bought = buy(4)
    fields = typed(**({"rationale": "My long text"} | said))

    answer = enter("approver").press(f"/vendors/{vendor}/engagements/{bought}/decision", **fields)

    assert answer.status_code == 422
    assert words in plain(answer)
    assert fields["rationale"] in answer.text
    with database.reading() as session:
        assert session.exec(select(Decision)).all() == []


def test_another_line_for_a_condition(enter, buy):
    """Without a line of script, and what was typed stays."""
    vendor, bought = buy(4)
    answer = enter("analyst").press(
        f"/vendors/{vendor}/engagements/{bought}/decision",
        **typed(add="1", **{"conditions-0-text": "First", "conditions-0-owner_id": ""}),
    )

    assert answer.status_code == 200
    assert 'value="First"' in answer.text
    assert 'name="conditions-1-text"' in answer.text


def test_the_second_proposer_reads_who_was_first(enter, buy, propose):
    """409 with the other's name; the text is still there."""
    vendor, bought = buy(4)
    propose(bought)

    answer = enter("analyst").press(
        f"/vendors/{vendor}/engagements/{bought}/decision", **typed(rationale="Mine")
    )

    assert answer.status_code == 409
    assert f"By-{bought} was faster." in plain(answer)


def test_the_second_decider_reads_who_was_first(enter, database, buy, propose):
    """409, and the first decision stands."""
    vendor, bought = buy(4)
    made = propose(bought)
    first = enter("approver")
    first.press(f"/vendors/{vendor}/decisions/{made}/approve", revision="1")
    name = first.person.name

    answer = enter("approver").press(
        f"/vendors/{vendor}/decisions/{made}/refuse", revision="1", refusal="No"
    )

    assert answer.status_code == 409
    assert f"{name} was faster." in plain(answer)
    assert state(database, vendor) == "approved"


@pytest.mark.parametrize("who", ["first", "second"])
def test_what_came_between_the_page_and_the_press_is_told(enter, database, buy, propose, who):
    """409 with what is new and what was typed; pressed again, it is done."""
    vendor, bought = buy(4)
    address = f"/vendors/{vendor}/engagements/{bought}/decision"
    fields = typed(kind="reject", rationale="My long text")
    if who == "second":
        address = f"/vendors/{vendor}/decisions/{propose(bought, DecisionKind.REJECT)}/approve"
        fields = {"revision": "1"}
    browser = enter("approver")
    seen = shown(browser, vendor)
    with database.transaction() as session:
        findings.raise_finding(
            session,
            session.get_one(Vendor, vendor),
            control="AC-01",
            severity=Severity.CRITICAL,
            title="A backdoor",
            now=NOON,
            by=Teller("test"),
        )

    answer = browser.press(address, shown=seen, **fields)

    assert answer.status_code == 409
    assert "What this rests on changed after you opened this page" in plain(answer)
    assert "New findings (1) Critical A backdoor" in plain(answer)
    assert who == "second" or "My long text" in answer.text
    assert browser.press(address, **fields).status_code == 302


@pytest.mark.parametrize("forged", ["", "x", "eyJmaW5hbCI6MX0.AAAA"])
def test_nothing_is_decided_unseen(enter, database, buy, propose, forged):
    """A form whose page is not known shows the page first."""
    vendor, bought = buy(4)
    made = propose(bought)
    address = f"/vendors/{vendor}/decisions/{made}/approve"

    answer = enter("approver").press(address, revision="1", shown=forged)

    assert answer.status_code == 409
    assert state(database, vendor) == "prospect"


@pytest.mark.parametrize("press", ["confirm", "back"])
def test_an_approval_of_one_is_seen_by_a_second(enter, database, buy, propose, press):
    """On the portfolio, the profile, the inbox and the page; confirmed, or sent back."""
    vendor, bought = buy(1)
    made = propose(bought, alone=True)
    with database.transaction() as session:
        row = session.get_one(Engagement, bought)
        terms = Terms("Payroll", levels=dict.fromkeys(FACTORS, 4))
        engagements.edit_engagement(
            session, session.get_one(Vendor, vendor), row, terms, revision=row.revision, **BY
        )
    browser = enter("approver")
    page = f"/vendors/{vendor}/decision"

    assert "Needs a second person: Northwind" in plain(browser.get("/"))
    assert "it needs a second one now" in plain(browser.get(f"/vendors/{vendor}"))
    assert "Waits for you 1 Needs a second person Northwind" in plain(browser.get("/decisions"))
    assert "it needs a second one now" in plain(browser.get(page))
    address = f"/vendors/{vendor}/decisions/{made}/{press}"
    if press == "back":
        assert browser.press(address, revision="2", refusal="").status_code == 422
    said = {"refusal": "Too thin"} if press == "back" else {"shown": shown(browser, vendor)}
    assert browser.press(address, revision="2", **said).status_code == 302

    assert state(database, vendor) == {"confirm": "approved", "back": "assessing"}[press]
    words = {"confirm": "Confirmed by", "back": "Too thin"}[press]
    assert words in plain(browser.get(page))


def test_refusing_asks_for_a_reason(enter, buy, propose):
    """The form opens at the field; with a reason it is done."""
    vendor, bought = buy(4)
    made = propose(bought)
    approver = enter("approver")
    address = f"/vendors/{vendor}/decisions/{made}/refuse"

    assert approver.press(address, revision="1", refusal=" ").status_code == 422
    assert approver.press(address, revision="1", refusal="Too thin").status_code == 302
    assert "Too thin" in plain(approver.get(f"/vendors/{vendor}/decision"))


def test_who_proposed_withdraws(enter, database, buy):
    """Then the form is free again."""
    vendor, bought = buy(4)
    analyst = enter("analyst")
    analyst.press(f"/vendors/{vendor}/engagements/{bought}/decision", **typed())
    page = analyst.get(f"/vendors/{vendor}/decision").text
    analyst.press(re.search(r'action="(/vendors/[^"]+/withdraw)"', page)[1], revision="1")

    assert "Propose a decision" in plain(analyst.get(f"/vendors/{vendor}/decision"))


def test_a_condition_is_met_and_taken_back(enter, database, buy, propose):
    """With a note, and Undo."""
    vendor, bought = buy(1)
    propose(bought, DecisionKind.CONDITIONAL, alone=True)
    analyst = enter("analyst")
    with database.reading() as session:
        one = session.exec(select(Condition)).one().id
    address = f"/vendors/{vendor}/conditions/{one}/met"

    assert analyst.press(address, revision="1", note="").status_code == 422
    analyst.press(address, revision="1", note="Seen it")
    page = analyst.get(f"/vendors/{vendor}/decision")
    assert "Seen it" in plain(page)
    undo = html.unescape(re.search(r'action="(/vendors/[^"]+/open\?[^"]+)"', page.text)[1])
    analyst.press(undo)

    with database.reading() as session:
        assert session.get_one(Condition, one).met_at is None


def test_a_breached_condition_shows_everywhere(enter, database, buy, propose, clock):
    """On the portfolio, in the inbox and at the vendor."""
    vendor, bought = buy(1)
    propose(bought, DecisionKind.CONDITIONAL, alone=True, due_on=dt.date(2026, 11, 30))
    clock.time = NOON
    clock.move(days=10)
    analyst = enter("analyst")

    assert "Condition breached: Northwind" in plain(analyst.get("/"))
    assert "Mend it Northwind" in plain(analyst.get("/decisions"))
    assert "Breached Mend it" in plain(analyst.get(f"/vendors/{vendor}/decision"))


def test_the_way_out_ends_when_all_is_done(enter, database, buy, propose):
    """What is missing is named; then the vendor is archived, and Undo brings it back."""
    vendor, bought = buy(1)
    with database.transaction() as session:
        session.add(Access(vendor_id=vendor, kind="vpn", name="nw-vpn"))
    propose(bought, DecisionKind.OFFBOARD, alone=True)
    analyst = enter("analyst")
    done = {
        "data_done_on": "2026-11-20",
        "data_how": "Deleted",
        "contract_closed_on": "2026-11-21",
        "certificate_id": "",
        "no_certificate": "Their letter is on paper",
        "go": "finish",
    }

    answer = analyst.press(f"/vendors/{vendor}/offboarding", revision="1", **done)
    assert answer.status_code == 422
    assert "end every access that it still has" in plain(answer)
    assert 'value="Deleted"' in answer.text
    left = plain(analyst.get(f"/vendors/{vendor}/decision"))
    assert "4 things left" in left
    assert left.partition("4 things left")[2].partition("Data returned")[0].count("Open ") == 4
    with database.transaction() as session:
        session.exec(select(Access)).one().ended_at = NOON
    assert analyst.press(f"/vendors/{vendor}/offboarding", revision="1", **done).status_code == 302

    assert state(database, vendor) == "archived"
    analyst.press(f"/vendors/{vendor}/restore")
    assert state(database, vendor) == "offboarding"


def test_the_form_of_a_vendor_leads_to_the_decision(enter, database, buy, propose):
    """A state that was decided is no choice of a hand."""
    vendor, bought = buy(1)
    page = enter("analyst").get(f"/vendors/{vendor}/edit").text
    assert f'href="/vendors/{vendor}/decision"' in page
    assert 'value="approved"' not in page

    propose(bought, alone=True)

    page = enter("analyst").get(f"/vendors/{vendor}/edit").text
    assert '<option selected value="approved">' in page


def test_the_inbox_puts_first_what_waits_for_me(enter, buy, propose):
    """An approver sees it at the top and in the navigation; an analyst under others."""
    _vendor, bought = buy(4)
    propose(bought)

    text = plain(enter("approver").get("/decisions"))
    assert re.search(r"Waits for you 1 Approve Northwind", text)
    assert "Decisions 1 waiting" in text
    assert "Waits for others 1 Approve Northwind" in plain(enter("analyst").get("/decisions"))


@pytest.mark.parametrize(
    ("role", "reads", "inbox", "proposes", "decides"),
    [
        ("requester", 403, 403, 403, 403),
        ("analyst", 200, 200, 302, 403),
        ("approver", 200, 200, 302, 302),
        ("auditor", 200, 200, 403, 403),
        ("admin", 200, 200, 403, 403),
    ],
)
def test_who_may(enter, buy, propose, role, reads, inbox, proposes, decides):
    """Analysts and approvers propose, approvers decide, requesters have their requests."""
    vendor, bought = buy(4)
    other, second = buy(4, "Kestrel")
    made = propose(bought)
    person = enter(role)

    assert person.get(f"/vendors/{vendor}/decision").status_code == reads
    assert person.get("/decisions").status_code == inbox
    address = f"/vendors/{other}/engagements/{second}/decision"
    assert person.press(address, **typed()).status_code == proposes
    address = f"/vendors/{vendor}/decisions/{made}/refuse"
    assert person.press(address, revision="1", refusal="No").status_code == decides
    assert person.press(f"/vendors/{vendor}/offboarding").status_code == (
        403 if proposes == 403 else 404
    )


@pytest.mark.parametrize("page", ["score", "decision", "notes", "history"])
@pytest.mark.parametrize(
    ("role", "status"), [("requester", 403), ("analyst", 200), ("approver", 200), ("auditor", 200)]
)
def test_what_a_judgement_rests_on_is_not_for_requesters(enter, buy, page, role, status):
    """They learn the tier and the result: no score, decision, note or history in detail."""
    vendor, _bought = buy(4)
    browser = enter(role)

    answer = browser.get(f"/vendors/{vendor}/{page}", follow_redirects=True)
    assert answer.status_code == status
    tab = f'href="/vendors/{vendor}/{page}"'
    assert (tab in browser.get(f"/vendors/{vendor}").text) == (status == 200)


def test_a_requester_sees_to_a_condition_of_theirs(enter, database, buy, propose):
    """On a page that has it alone; what others see to is not there."""
    vendor, bought = buy(1)
    propose(bought, DecisionKind.CONDITIONAL, alone=True)
    browser = enter("requester")
    page = f"/vendors/{vendor}/conditions"
    assert "You have no condition" in plain(browser.get(page))
    with database.transaction() as session:
        one = session.exec(select(Condition)).one()
        one.owner_id, address = browser.person.id, f"/vendors/{vendor}/conditions/{one.id}/met"

    assert page in browser.get("/work").text
    assert browser.press(address, revision="1", note="").status_code == 422
    assert browser.press(address, revision="1", note="Seen it").location.endswith(page)
    assert "Seen it" in plain(browser.get(page))


@pytest.mark.parametrize("address", ["/decisions", "/vendors/{}/decision"])
def test_a_stranger_signs_in_first(client, buy, address):
    """Nobody else reads it."""
    assert "/login" in client.get(address.format(buy(1)[0])).location


def test_rows_of_another_vendor_are_not_found(enter, buy, propose):
    """An address is not put together from two vendors."""
    _vendor, bought = buy(4)
    other, _ = buy(4, "Kestrel")
    made = propose(bought)
    approver = enter("approver")

    assert approver.press(f"/vendors/{other}/decisions/{made}/refuse").status_code == 404
    assert (
        approver.press(f"/vendors/{other}/engagements/{bought}/decision", **typed()).status_code
        == 404
    )


def test_markup_stays_text(enter, database, buy):
    """In a rationale too."""
    vendor, bought = buy(1)
    approver = enter("approver")
    approver.press(
        f"/vendors/{vendor}/engagements/{bought}/decision",
        **typed(rationale=MARKUP, go="decide"),
    )

    for address in (f"/vendors/{vendor}/decision", f"/vendors/{vendor}/history", "/decisions"):
        assert MARKUP not in approver.get(address).text
