"""A Monday morning: what people share, hand over and look at again, as they do it on the pages."""

import datetime as dt
import html
import io
import re

import pytest
from sqlmodel import col, select

from tests import rated
from tests.factories import NOON, make_user
from tests.owed import OWES, orphans
from vendor_risk.evidence import Source
from vendor_risk.store.models.decisions import Review
from vendor_risk.store.models.documents import Document
from vendor_risk.store.models.people import User
from vendor_risk.store.models.responses import QuestionnaireResponse, ResponseState
from vendor_risk.store.models.vendors import Engagement, Vendor
from vendor_risk.workflow import (
    baselines,
    contracts,
    decisions,
    duties,
    families,
    notes,
    reviews,
    scores,
    vendors,
)
from vendor_risk.workflow.conditions import Wanted
from vendor_risk.workflow.decisions import Proposal
from vendor_risk.workflow.triage_queue import waiting

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)

BY = {"now": NOON, "actor": "test"}
HIDDEN = re.compile(r'<input[^>]*name="revision"[^>]*value="(\d*)"')


class Browser:
    """A signed-in person who opens pages and sends forms; it counts what it asks for."""

    def __init__(self, client, csrf):
        self.client, self.csrf, self.asked = client, csrf, 0

    def see(self, path, status=200):
        self.asked += 1
        answer = self.client.get(path)
        assert answer.status_code == status, answer.text[-800:]
        return html.unescape(answer.text)

    def send(self, path, status=302, **typed):
        self.asked += 1
        data = {"csrf_token": self.csrf(self.client), **typed}
        answer = self.client.post(path, data=data, buffered=True)
        assert answer.status_code == status, answer.text[-1500:]
        return answer


@pytest.fixture
def analyst(client, sign_in, csrf):
    """An analyst at work."""
    browser = Browser(client, csrf)
    browser.person = sign_in(client, "analyst")
    return browser


def words(page):
    """The text of a page."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


@pytest.fixture
def heir(database):
    """A subsidiary that inherits a claim and a finding of Old Parent, with a New one beside."""
    with database.transaction() as session:
        child, bought = rated.make(session, "Child", NOON)
        parent, _ = rated.make(session, "Old Parent", NOON)
        rated.make(session, "New Parent", NOON)
        rated.claim(session, parent, "AC-01", NOON, source=Source.AUDITED)
        rated.finding(session, parent, "WB-02", NOON, title="Left open")
        families.set_parent(session, child, parent, None, **BY)
        bought.inherits = True
        scores.rescore(session, [child.id], now=NOON, cause=scores.FACTS)
        return child.id, bought.id, bought.score_id


def test_an_old_score_names_the_parent_of_its_day(analyst, database, heir):
    """However the family was turned since; its file names it too."""
    child, bought, old = heir
    with database.transaction() as session:
        other = session.exec(select(Vendor).where(Vendor.name == "New Parent")).one()
        families.set_parent(session, session.get_one(Vendor, child), other, None, **BY)
    page = f"/vendors/{child}/engagements/{bought}/score/{old}"

    told = words(analyst.see(page))

    assert told.count("from the parent, Old Parent") == 1
    assert told.count("of the parent, Old Parent") == 1
    assert "What held for Old Parent, the parent company of that day, counted too" in told
    assert "New Parent" not in told.split("What held for", 1)[1]
    kept = analyst.client.get(f"{page}.json").json["inherited"]
    assert (kept["parent"], len(kept["claims"]), len(kept["findings"])) == ("Old Parent", 1, 1)


def test_a_parent_that_is_archived_is_told_where_its_evidence_counts(analyst, database, heir):
    """It counts as long as it holds, which somebody should know."""
    page = f"/vendors/{heir[0]}/engagements/{heir[1]}/score"
    assert "It is archived" not in words(analyst.see(page))
    with database.transaction() as session:
        parent = session.exec(select(Vendor).where(Vendor.name == "Old Parent")).one()
        vendors.archive(session, parent, **BY)

    told = words(analyst.see(page))

    assert "It is archived: nobody looks at it any more, so its evidence runs out." in told
    assert "from the parent, Old Parent" in told


def test_the_profile_counts_the_open_findings_of_the_parent(analyst, heir):
    """Beside the vendor's own, with a way to them."""
    page = analyst.see(f"/vendors/{heir[0]}")

    assert "1 more of the parent company, Old Parent, counts here too" in words(page)
    assert 'href="/findings?q=Old+Parent"' in page


def test_who_decides_is_told_what_is_the_parents(analyst, database, heir):
    """On the page of the decision, and frozen with what it rests on."""
    child, bought, _ = heir

    page = words(analyst.see(f"/vendors/{child}/decision"))

    assert "Of this from the parent company, Old Parent: proofs 1, findings 1." in page
    with database.reading() as session:
        told = baselines.frozen(session, session.get_one(Engagement, bought), now=NOON)
    assert baselines.drift(told | {"findings": []}, told).new_findings == (
        ("high", "Left open (Old Parent)"),
    )


def test_what_the_parent_proved_is_ticked_on_the_form_and_named_in_the_score(analyst, database):
    """One tick on the page of the engagement; the lines say which evidence is the parent's."""
    with database.transaction() as session:
        child, bought = rated.make(session, "Child", NOON)
        parent, _ = rated.make(session, "Parent & Sons", NOON)
        rated.claim(session, parent, "AC-01", NOON, source=Source.AUDITED)
        rated.finding(session, parent, "WB-02", NOON, knockout="KO-02")
        session.flush()
        form = f"/vendors/{child.id}/engagements/{bought.id}"
        child_id, parent_id, bought_id = child.id, parent.id, bought.id

    assert "Set the parent company" in analyst.see(form)
    answers = rated.LEVELS | {"name": "Child service"}
    refused = analyst.send(form, 422, **answers, revision=1, inherits="y")
    assert "has no parent company" in refused.text
    with database.transaction() as session:
        both = session.get_one(Vendor, child_id), session.get_one(Vendor, parent_id)
        families.set_parent(session, *both, None, **BY)
    assert "Parent & Sons" in analyst.see(form)
    analyst.send(form, **answers, revision=1, inherits="y")
    with database.reading() as session:
        assert session.get_one(Engagement, bought_id).inherits
        assert session.get_one(Engagement, bought_id).final > 0

    score = words(analyst.see(f"{form}/score"))
    assert "from the parent, Parent & Sons" in score
    assert "of the parent, Parent & Sons" in score
    assert "<a href" not in score  # "Ask vendor to fix these" is a link
    profile = words(analyst.see(f"/vendors/{child_id}"))
    assert "What holds for the parent company, Parent & Sons , counts here too" in profile
    assert "It was found at Parent & Sons, the parent company." in profile
    assert "that of Parent & Sons counts too" in words(
        analyst.see(f"/vendors/{child_id}/engagements")
    )
    conflict = words(analyst.send(form, 409, **answers, revision=1).text)
    assert "Counts what the parent proved yes no" in conflict


@pytest.fixture
def approved(database):
    """Two vendors of whom something is approved, and one of whom nothing is; their ids."""
    with database.transaction() as session:
        paul = make_user(session, "approver", email="paul@example.com")
        rows = []
        for name in ("Northwind", "Contoso", "Fabrikam"):
            vendor, bought = rated.make(session, name, NOON, levels=dict.fromkeys(rated.LEVELS, 1))
            rows.append(vendor.id)
            if name != "Fabrikam":
                decide(session, bought, paul)
        return rows


def decide(session, bought, person, conditions=(), *, alone=True):
    kind = decisions.DecisionKind.CONDITIONAL if conditions else decisions.DecisionKind.APPROVE
    seen = decisions.mark(session, bought.id)
    proposal = Proposal(kind, "Good enough.", conditions)
    return decisions.propose(
        session,
        bought,
        proposal,
        seen=seen,
        shown=baselines.frozen(session, bought, now=NOON),
        person=person,
        now=NOON,
        alone=alone,
    )


def test_all_that_match_are_assessed_anew(analyst, database, approved, clock):
    """Opened with a day and a reason, counted, seen by the owner, closed by a decision, undone."""
    clock.time = NOON
    with database.transaction() as session:
        session.get_one(Vendor, approved[0]).owner_id = analyst.person.id
    ask = {"act": "reassess", "all_matching": "1", "back": "/vendors?state=approved"}
    analyst.send("/vendors/bulk", **ask, due_on="2026-12-01", reason="")
    assert "Say why" in analyst.see("/vendors")
    why = {"due_on": "2026-12-01", "reason": "Their breach"}
    analyst.send("/vendors/bulk", act="reassess", chosen=approved[1:], back="/vendors", **why)
    assert "1 review is open. 1 vendor has nothing that is approved." in words(
        analyst.see("/vendors")
    )
    analyst.send("/vendors/bulk", **ask, **why)
    page = analyst.see("/vendors")
    assert "1 review is open. 1 was open already, and stays as it is." in words(page)
    assert "Northwind service: Their breach" in words(analyst.see("/work"))
    decision = analyst.see(f"/vendors/{approved[0]}/decision")
    assert "A review was asked for." in decision
    assert "Their breach" in analyst.see("/decisions")

    analyst.send(re.search(r'action="(/vendors/bulk/no-review[^"]+)"', page)[1])
    with database.reading() as session:
        assert {row.closed_at for row in session.exec(select(Review))} == {NOON}
    assert "A review was asked for." not in analyst.see(f"/vendors/{approved[0]}/decision")


def test_what_waits_on_something_that_ended_is_refused_on_a_page(
    client, sign_in, csrf, database, approved
):
    """It stands in the inbox, cannot be approved, and leaves by a reason."""
    with database.transaction() as session:
        bought = session.exec(select(Engagement).where(Engagement.vendor_id == approved[2])).one()
        paul = session.exec(select(User).where(User.email == "paul@example.com")).one()
        row = decide(session, bought, paul, alone=False)
        bought.ended_at = NOON
        session.flush()
        page, refuse = (
            f"/vendors/{approved[2]}/decision",
            f"/vendors/{approved[2]}/decisions/{row.id}/refuse",
        )
    browser = Browser(client, csrf)
    sign_in(client, "approver")
    assert "Fabrikam" in browser.see("/decisions")
    shown = browser.see(page)
    assert "Fabrikam service has ended." in shown
    assert "/approve" not in shown
    browser.send(refuse, revision=1, refusal="It has ended")
    assert "Fabrikam" not in browser.see("/decisions").partition("In force")[0]


def test_a_note_is_about_one_thing_that_we_buy(analyst, database, approved):
    """It stands under that and under the vendor, and calls a colleague to it."""
    with database.reading() as session:
        bought = session.exec(select(Engagement).where(Engagement.vendor_id == approved[0])).one()
        other = session.exec(select(Engagement).where(Engagement.vendor_id == approved[1])).one()
    page = f"/vendors/{approved[0]}/notes"
    score = f"/vendors/{approved[0]}/engagements/{bought.id}/score"
    assert f"{page}?engagement={bought.id}" in analyst.see(score)
    about = {"engagement_id": str(bought.id)}
    analyst.send(page, text="@paul look", **about)
    analyst.send(page, text="About all of it", engagement_id="")
    analyst.send(page, 422, text="Astray", engagement_id=str(other.id))
    alone = words(analyst.see(f"{page}?engagement={bought.id}"))
    assert "@paul look" in alone
    assert "About all of it" not in alone
    assert "@paul look" in words(analyst.see(page))
    assert "1 note" in words(analyst.see(score))
    assert f"{page}?engagement={bought.id}" in analyst.see(
        f"/work?person={user_id(database, 'paul@example.com')}"
    )


def user_id(database, email):
    with database.reading() as session:
        return session.exec(select(User.id).where(User.email == email)).one()


def test_two_who_change_a_contract_or_a_document_see_both(analyst, database, approved):
    """Field by field: what is stored, what was typed; and what was read, control by control."""
    vendor_id = approved[0]
    with database.transaction() as session:
        vendor = session.get_one(Vendor, vendor_id)
        terms = contracts.Terms("Frame", notice_on=NOON.date(), renews=True)
        contract = contracts.add(session, vendor, terms, **BY).id
        row = Document(
            vendor_id=vendor_id,
            kind="other",
            title="Paper",
            document_date=NOON.date(),
            service_in_scope=True,
            seen_at_vendor=True,
        )
        session.add(row)
        session.flush()
        document = row.id
    said = {"title": "Frame", "review_days_before": "30", "revision": "9"}
    page = words(analyst.send(f"/vendors/{vendor_id}/contracts/{contract}", 409, **said).text)
    assert "Stored now You typed" in page
    assert "It renews itself unless notice is given yes no" in page
    assert "Review so many days before the notice date 60 30" in page
    paper = f"/vendors/{vendor_id}/documents/{document}"
    said = {"kind": "pci aoc", "title": "Paper", "document_date": "2026-11-01"}
    said |= {"service_in_scope": "", "revision": "9"}
    page = words(analyst.send(f"{paper}/edit", 409, **said).text)
    assert "What it is Other PCI DSS attestation (AOC)" in page
    assert "Is what we buy in its scope? Yes Nobody looked" in page
    analyst.send(paper, **{"revision": "1", "read-AC-01": "100 reviewed"})
    mine = {"revision": "1", "read-AC-01": "50 reviewed", "note-AC-01": "p. 12"}
    page = analyst.send(paper, 409, **mine).text
    assert "100 %, reviewed 50 %, reviewed: p. 12" in words(page)
    assert 'value="p. 12"' in page


MANY = 503  # more than a calendar takes of one kind


def test_a_page_of_work_says_how_much_more_there_is(analyst, database, clock, approved):
    """Counted whole however many, listed in part, with a link to the list of all."""
    clock.time = NOON
    with database.transaction() as session:
        vendor = session.get_one(Vendor, approved[0])
        for _ in range(MANY):
            rated.finding(session, vendor, "AC-01", NOON).owner_id = analyst.person.id
    page = analyst.see("/work")
    assert f"{MANY} things wait or are due within 90 days." in words(page)
    assert f"and {MANY - duties.MOST} more" in words(page)
    everything = re.search(r'href="(/findings[^"]*owner=[^"]*)"', page)[1]
    assert f"{MANY} findings match" in words(analyst.see(everything))
    assert f" 0 {MANY} {MANY} " in words(analyst.see("/work/team"))


SUPPLIERS = 500
TRIAGED = 50


def test_a_monday_with_500_suppliers_leaves_nobody_and_nothing_behind(
    app, client, sign_in, csrf, database, clock, queue
):
    """Imported and triaged on the pages; an analyst leaves, and all they had is somebody's."""
    app.extensions["enqueue"] = queue
    clock.time = NOON
    ann = Browser(client, csrf)
    ann.person = sign_in(client, "analyst", "admin")
    with database.transaction() as session:
        leaver = make_user(session, "analyst", email="lea@example.com")
        bob = make_user(session, "analyst", email="bob@example.com")
        ids = leaver.id, bob.id
    lines = [f"Supplier {n:03},{n},{'lea@example.com' if n % 2 else ''}" for n in range(SUPPLIERS)]
    content = "\n".join(["Name,Supplier number,Owner's e-mail", *lines]).encode()
    columns = ann.send("/vendors/import", file=(io.BytesIO(content), "suppliers.csv")).location
    assert re.findall(r'value="(\w+)" selected', ann.see(columns)) == list(COLUMNS.values())
    trial = ann.send(columns, **COLUMNS).location
    ann.see(trial)
    ann.send(trial, 200, known="update", alike="new")
    assert ann.asked == 5
    with database.reading() as session:
        assert waiting(session) == SUPPLIERS

    before, here = ann.asked, client.get("/triage/next").location
    for number in range(TRIAGED):  # what a person sends: one form for each, which leads to the next
        answers = {"holds": 1, "reaches": 1 + number % 2, "hurts": 1 + number % 3}
        here = ann.send(here.partition("?")[0], **answers).location
    assert ann.asked - before == TRIAGED
    assert f"{SUPPLIERS - TRIAGED} vendors are in use" in words(ann.see("/triage"))

    with database.transaction() as session:
        give_work(session, *ids)
    with database.transaction() as session:
        session.get_one(User, ids[0]).active = False
        owed = orphans(session).keys()
        session.rollback()
    leaver_page = f"/people/{ids[0]}"
    assert "Work is still theirs." in ann.see(leaver_page)
    ann.send(f"/work/hand-over/{ids[0]}", to=str(ids[1]))
    ann.send(f"{leaver_page}/deactivate")
    assert "Work is still theirs." not in ann.see(leaver_page)

    with database.reading() as session:
        assert owed == OWES.keys()
        assert orphans(session) == {}
        nobodys = session.exec(select(Vendor).where(col(Vendor.owner_id).is_(None))).all()
    assert len(nobodys) == SUPPLIERS / 2
    team = words(ann.see("/work/team"))
    assert f"{SUPPLIERS // 2} vendors have no owner" in team
    assert "Account closed" not in team
    assert "Bob" in team
    assert "1 is nobody's" in team  # the finding of a vendor without owner
    mine = words(ann.see(f"/work?person={ids[1]}"))
    assert "@lea look" in mine
    assert "In use: Their breach" in mine
    assert "R-1" in mine
    assert "Mend it" in mine


COLUMNS = {"column-0": "name", "column-1": "supplier_number", "column-2": "owner"}


def give_work(session, leaver_id, other_id):
    """The one who leaves has something of every kind: answers to review and a call among it."""
    lea, bob = session.get_one(User, leaver_id), session.get_one(User, other_id)
    paul = make_user(session, "approver", email="paul@example.com")
    vendor = session.exec(select(Vendor).where(Vendor.supplier_number == "1")).one()
    bought = session.exec(select(Engagement).where(Engagement.vendor_id == vendor.id)).one()
    rated.finding(session, vendor, "WB-02", NOON).owner_id = lea.id
    bought.owner_id = lea.id
    session.add(
        QuestionnaireResponse(
            vendor_id=vendor.id,
            engagement_id=bought.id,
            reviewer_id=lea.id,
            number="R-1",
            state=ResponseState.IN_REVIEW,
            asked=[],
            facts={},
            tier=2,
            out_of_scope=[],
            due_on=NOON.date(),
            submitted_at=NOON,
        )
    )
    loose = session.exec(select(Vendor).where(Vendor.supplier_number == "2")).one()
    rated.finding(session, loose, "WB-02", NOON)
    session.flush()
    scores.rescore(session, [vendor.id], now=NOON, cause="a finding")
    decide(session, bought, paul, [Wanted("Mend it", lea.id, dt.date(2026, 12, 1))])
    terms = {"due_on": dt.date(2026, 12, 1), "reason": "Their breach", "actor": "test"}
    reviews.open_many(session, [vendor], **terms, now=NOON)
    notes.write(session, vendor, "@lea look", person=bob, now=NOON)
