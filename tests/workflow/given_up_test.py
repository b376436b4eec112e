"""Jobs that were given up: each kind is listed with its reason, and done again once."""

import datetime as dt

import pytest
from sqlmodel import select

from tests.factories import NOON, make_user
from vendor_risk.store.models.outbox import OutboxMail
from vendor_risk.store.models.reports import IssuedReport
from vendor_risk.store.models.risk_models import ModelRun, RunKind, RunState
from vendor_risk.store.models.rounds import RoundState, SendRound
from vendor_risk.workflow import given_up
from vendor_risk.workflow.model_in_use import in_use

HOUR = dt.timedelta(hours=1)
ORDER = ("letter", "model", "report", "round")


def broken(session, at=NOON - HOUR):
    """One job of each kind that was given up."""
    used = in_use(session)
    session.add_all(
        [
            IssuedReport(
                number="R-7",
                state="failed",
                reason="no fonts",
                as_of=at,
                snapshot={},
                snapshot_sha256="",
                finished_at=at,
            ),
            OutboxMail(
                dedup_key="one",
                recipient="ann@example.com",
                subject="Hello",
                text="Words",
                state="failed",
                due_at=at,
                last_error="550 no such mailbox",
            ),
            ModelRun(
                kind=RunKind.TRIAL,
                version="9",
                sha256="a",
                content=b"",
                base_version=used.version,
                base_sha256=used.sha256,
                state=RunState.FAILED,
                fault="our own side failed",
                finished_at=at,
            ),
            SendRound(
                state=RoundState.FAILED,
                due_on=at.date() + dt.timedelta(days=30),
                fault="the one who ordered it has left",
                finished_at=at,
                created_at=at,
            ),
        ]
    )


@pytest.fixture
def lost(database):
    """One job of each kind that was given up an hour ago; and who mends it."""
    with database.transaction() as session:
        broken(session)
        return make_user(session, "admin", now=NOON).id


def keys(database, now=NOON):
    with database.reading() as session:
        return {one.kind: one for one in given_up.listed(session, now)}


def test_each_kind_is_listed_with_its_reason(database, lost):
    """By the name that its own page calls it."""
    told = keys(database)

    assert tuple(sorted(told)) == ORDER
    assert [(told[kind].name, told[kind].reason) for kind in ORDER] == [
        ("Hello", "550 no such mailbox"),
        ("9", "our own side failed"),
        ("R-7", "no fonts"),
        ("2026-11-22" if NOON.day == 22 else NOON.date().isoformat(), told["round"].reason),
    ]


def test_after_thirty_days_it_is_history(database, lost):
    """Its own page still tells it."""
    assert keys(database, NOON + dt.timedelta(days=31)) == {}


@pytest.mark.parametrize("kind", ORDER)
def test_each_is_done_again_once(database, lost, queue, kind):
    """A second press, or another person's, finds nothing to do."""
    key = keys(database)[kind].key

    told = []
    for _ in range(2):
        with database.transaction() as session:
            told.append(given_up.again(session, key, now=NOON, actor=lost, enqueue=queue))

    assert told == [True, False]
    assert kind not in keys(database)
    assert [step for step, _ in queue] == ([] if kind == "letter" else [kind])


def test_a_command_leaves_a_round_to_who_began_it(database, queue):
    """Letters go in the name of a person."""
    with database.transaction() as session:
        broken(session)
        began = make_user(session, "analyst", now=NOON).id
        session.flush()
        session.exec(select(SendRound)).one().requested_by_id = began
    key = keys(database)["round"].key

    with database.transaction() as session:
        given_up.again(session, key, now=NOON, actor="command", enqueue=queue)

    with database.reading() as session:
        assert session.exec(select(SendRound)).one().requested_by_id == began
