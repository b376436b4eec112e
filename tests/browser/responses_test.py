"""The queue and the review page in a real browser: sound at every width, decided by keys."""

import datetime as dt

import pytest
from playwright.sync_api import expect

from tests.browser.harness import audit
from tests.factories import NOON, make_user
from tests.rated import finding, make
from tests.workflow.packs_test import csv
from tests.workflow.review_test import FAZIO, accept_all, submitted
from vendor_risk.evidence import Severity
from vendor_risk.store.models.findings import FindingKind
from vendor_risk.store.models.responses import (
    FileUse,
    QuestionnaireResponse,
    ResponseAnswer,
    ResponseFile,
    ResponseState,
)
from vendor_risk.store.queries.burden import FEWEST
from vendor_risk.workflow import contacts, grids
from vendor_risk.workflow.responses import answers, reading, review, sending, threads

pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("database", ["sqlite"], indirect=True),
]

LONG = "a-word-that-nobody-can-break-" * 12


@pytest.fixture
def second_round(database):
    """The address of the second round of a contractor, with all that a page can show."""
    with database.transaction() as session:
        bob = make_user(session, "analyst", email="bob@example.com").id
        then = NOON - dt.timedelta(days=300)
        vendor = make(session, "Fazio Mechanical", then, levels=FAZIO)
        contacts.add_contact(
            session,
            vendor[0],
            name="Pat",
            email="pat@fazio.example",
            roles=[],
            now=then,
            actor="test",
        )
        first = submitted(session, vendor, bob, now=then, HV_03="partly", AC_03="unmet").response
        accept_all(session, first, bob, now=then)
        finding(
            session,
            vendor[0],
            "DP-01",
            NOON,
            kind=FindingKind.CHECK,
            reference="tls.versions",
            reason="TLS 1.0 is accepted.",
            asset=f"{LONG}.example",
            severity=Severity.MEDIUM,
        )
        response = submitted(session, vendor, bob, AC_01="unmet", HV_02="na").response
        session.get_one(ResponseAnswer, (response.id, "DP-01")).note = f"We use {LONG} for it."
        for number, state in enumerate(["unread", "reviewed", "rejected", "unread"]):
            file = ResponseFile(
                response_id=response.id,
                name=f"{LONG}{number}.png",
                sha256=f"{number}" * 64,
                bytes=412_000,
                state=state,
                scope="The portal of ours" if state != "unread" else "",
                valid_until=NOON.date() - dt.timedelta(days=1) if number == 3 else None,
            )
            session.add(file)
            session.flush()
            session.add(FileUse(file_id=file.id, question="DP-01"))
        by = {"by": bob, "now": NOON, "question": "DP-01"}
        threads.say(session, response, text=f"Look at {LONG}.", internal=True, **by)
        threads.say(session, response, text="Which product?", **by)
        row = session.get_one(ResponseAnswer, (response.id, "HV-01"))
        told = {"revision": row.revision, "now": NOON, "actor": bob}
        review.ask_again(session, response, "HV-01", "Since when?", **told)
        return f"/responses/{response.id}"


def test_the_queue_is_sound(enter, context, address, second_round):
    """With lines in it."""
    enter("analyst")
    assert audit(context, f"{address}/responses?state=all") == []


def test_what_questions_cost_is_sound(enter, context, address, second_round):
    """With the questions of one accepted response, of which nothing can be said yet."""
    enter("analyst")
    assert audit(context, f"{address}/responses/burden") == []


def test_questions_of_which_nothing_came_are_sound(enter, context, address, database):
    """Of five vendors that answered the same, three questions never mattered."""
    enter("analyst")
    with database.transaction() as session:
        vendor, bought = make(session, "Polar", NOON)
        at = dt.datetime.now(dt.UTC) - dt.timedelta(days=9)
        for nth in range(FEWEST):
            row = QuestionnaireResponse(
                vendor_id=vendor.id,
                engagement_id=bought.id,
                number=f"Q-{nth}",
                state=ResponseState.ACCEPTED,
                asked=[{"id": "mvsp-3", "version": "1", "sha256": "0"}],
                facts={},
                tier=1,
                out_of_scope=[],
                due_on=at.date(),
                accepted_at=at,
            )
            session.add(row)
            session.flush()
            session.add_all(
                ResponseAnswer(
                    response_id=row.id,
                    question=question,
                    value='"met"',
                    answered_on=at.date(),
                    updated_at=at + dt.timedelta(minutes=minute),
                )
                for minute, question in enumerate(("AC-01", "AC-02", "AC-03"))
            )
    assert audit(context, f"{address}/responses/burden") == []
    with context.new_page() as page:
        page.goto(f"{address}/responses/burden")
        assert "3 questions were asked in vain" in page.inner_text("main")


def test_the_pages_of_who_answers_for_a_vendor_are_sound(enter, context, address, database):
    """All questions open, rows to be paired with them, and a colleague who has to accept it."""
    ann = enter("analyst").id
    by = {"now": NOON, "actor": ann}
    with database.transaction() as session:
        vendor = make(session, f"Fazio {LONG}"[:180], NOON, levels=FAZIO)
        contacts.add_contact(session, vendor[0], name="P", email="p@f.example", roles=[], **by)
        response = sending.send(session, *vendor, **by).response
        rows = [("Number", "Question", "Answer", "Comment"), ("HV-01", LONG, "Perhaps", LONG),
                ("AC-01", "Is there a second step?", "Yes", "Since May")]  # fmt: skip
        copy = grids.upload(
            session, filename=f"{LONG}.csv"[-200:], raw=csv(rows), response=response, **by
        )
        pages = f"/responses/{response.id}/behalf", f"/responses/import/{copy.id}/pairs"
    for page in pages:
        assert audit(context, f"{address}{page}") == []

    with database.transaction() as session:
        response = session.get_one(QuestionnaireResponse, response.id)
        while open := answers.sheet(session, response, today=NOON.date()).open:
            told = {"seen_where": LONG, "seen_on": NOON.date(), "revision": 0, **by}
            for question in open:
                answers.save_for_them(session, response, question, "met", **told)
        answers.hand_in(session, response, name="Ann", **by)
        for line in reading.read(session, response, today=NOON.date()).lines:
            if line.open:
                told = {"revision": line.row.revision, **by}
                review.judge(session, response, line.id, "accepted", **told)
    page = context.new_page()
    page.goto(f"{address}/responses/{response.id}")
    expect(page.get_by_text("Somebody else accepts it.")).to_be_visible()
    assert audit(page, "") == []


def test_a_response_is_sound(enter, context, address, second_round):
    """With flags, files of all four states, scans and words; decided and marked ones as well."""
    enter("analyst")
    assert audit(context, f"{address}{second_round}?q=DP-01") == []
    assert audit(context, f"{address}{second_round}?q=HV-01", themes=["light"]) == []


def test_answers_are_decided_by_keys(enter, context, address, second_round):
    """One key decides and shows the next; a letter typed in the field is no key."""
    enter("analyst")
    page = context.new_page()
    page.goto(f"{address}{second_round}?q=IR-01")
    page.get_by_label("Reason, or what you ask the vendor").fill("1 2 3")
    expect(page.get_by_role("heading", name="IR-01")).to_be_visible()
    page.locator("h1").click()
    page.keyboard.press("1")
    expect(page.get_by_text("IR-01: Accepted.")).to_be_visible()
