"""What questionnaires cost, and which questions never mattered: counted, or said to be unknown."""

import datetime as dt

import pytest
from sqlalchemy import text

from tests.factories import NOON, make_user
from tests.rated import make
from vendor_risk.store.models.findings import FindingKind
from vendor_risk.store.models.responses import (
    QuestionnaireResponse,
    ResponseAnswer,
    ResponseMessage,
    ResponseState,
)
from vendor_risk.store.queries import burden

SINCE = NOON - dt.timedelta(days=365)
QUESTIONS = ("AC-01", "AC-02", "AC-03", "AC-04", "AC-05")


@pytest.fixture
def session(database):
    """One transaction of the test."""
    with database.transaction() as session:
        yield session


@pytest.fixture
def respond(session):
    """`respond(gaps)`: a vendor saved its answers with these minutes between, and was accepted."""
    ann = make_user(session, "analyst")
    vendor, bought = make(session, "Polar", NOON)
    made = []

    def act(*gaps, state=ResponseState.ACCEPTED, **fields):
        row = QuestionnaireResponse(
            vendor_id=vendor.id,
            engagement_id=bought.id,
            number=f"Q-{len(made)}",
            state=state,
            asked=[{"id": "mvsp-3", "version": "1", "sha256": "0"}],
            facts={},
            tier=1,
            out_of_scope=[],
            due_on=NOON.date(),
            accepted_at=NOON,
            **fields,
        )
        session.add(row)
        session.flush()
        made.append(row)
        at = NOON - dt.timedelta(days=9)
        for question, gap in zip(QUESTIONS, (0, *gaps), strict=False):
            at += dt.timedelta(minutes=gap)
            session.add(
                ResponseAnswer(
                    response_id=row.id,
                    question=question,
                    value='"met"',
                    answered_on=at.date(),
                    updated_at=at,
                )
            )
        session.flush()
        return row

    act.vendor, act.engagement, act.person = vendor, bought, ann.id
    return act


def test_the_median_leaves_out_pauses_and_is_unknown_for_too_few(session, respond):
    """Four vendors tell nothing; a night between two answers is no work."""
    for minutes in (1, 2, 3, 4):
        respond(minutes, 700, minutes)
    assert [one.minutes for one in burden.efforts(session, SINCE)] == [None]
    respond(9, 9, 9)
    respond(900, state=ResponseState.SUBMITTED)
    respond(5, sample=True)
    assert burden.efforts(session, SINCE) == [burden.Effort(("mvsp-3",), 5, 6)]


def test_what_came_of_each_question(session, respond):
    """Changed, returned, left out, found, nothing; too few to say is not nothing."""
    rows = [respond(1, 1, 1, 1) for _ in range(burden.FEWEST)]
    rows[0].state = ResponseState.ACCEPTED
    session.get_one(ResponseAnswer, (rows[0].id, "AC-01")).verdict = "overridden"
    session.get_one(ResponseAnswer, (rows[0].id, "AC-02")).verdict = "na"
    for _ in range(2):  # asked twice about in one response is returned once
        session.add(
            ResponseMessage(
                response_id=rows[1].id, question="AC-03", text="Which?", by_kind="person",
                by_id=respond.person,
            )
        )  # fmt: skip
    from tests.rated import finding

    finding(
        session, respond.vendor, "AC-04", NOON, kind=FindingKind.QUESTION, reference="AC-04",
        engagement_id=respond.engagement.id,
    )  # fmt: skip
    session.flush()

    told = {
        one.question: (one.changed, one.returned, one.not_applicable, one.findings, one.dead)
        for one in burden.uses(session, SINCE)
    }
    assert told == {
        "AC-01": (1, 0, 0, 0, False),
        "AC-02": (0, 0, 1, 0, False),
        "AC-03": (0, 1, 0, 0, False),
        "AC-04": (0, 0, 0, 1, False),
        "AC-05": (0, 0, 0, 0, True),
    }
    assert burden.uses(session, SINCE)[0].question == "AC-05"


def test_few_answers_say_nothing(session, respond):
    """Neither that a question mattered nor that it did not."""
    respond(1)
    assert {one.dead for one in burden.uses(session, SINCE)} == {None}


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_no_count_reads_a_whole_table(session):
    """Each goes by an index."""
    for statement in burden.statements(SINCE):
        told = str(statement.compile(session.bind, compile_kwargs={"literal_binds": True}))
        plan = session.execute(text(f"EXPLAIN QUERY PLAN {told}")).all()
        assert not [line for line in plan if line[3].startswith("SCAN") and "INDEX" not in line[3]]
