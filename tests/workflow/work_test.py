"""How people share work: duties, deputies, handing over, calendars, notes."""

import datetime as dt
import uuid

import pytest
from sqlmodel import SQLModel, select

from tests import rated
from tests.factories import NOON, make_user
from tests.owed import OWES, OWN
from vendor_risk.store.models.access import Access
from vendor_risk.store.models.audit import AuditEntry
from vendor_risk.store.models.decisions import Condition, Decision, Review
from vendor_risk.store.models.documents import Contract
from vendor_risk.store.models.findings import StoredFinding
from vendor_risk.store.models.people import User
from vendor_risk.store.models.responses import QuestionnaireResponse
from vendor_risk.store.models.vendors import Engagement, Vendor
from vendor_risk.store.models.work import CalendarFeed, Mention, Note
from vendor_risk.workflow import (
    calendar_feeds,
    deputies,
    duties,
    engagements,
    notes,
    reassignment,
    vendors,
)
from vendor_risk.workflow.access import overdue
from vendor_risk.workflow.duties import DutyKind, Load
from vendor_risk.workflow.engagements import Terms
from vendor_risk.workflow.vendors import VendorRefused

BY = {"now": NOON, "actor": "test"}
TODAY = NOON.date()


def days(number):
    return TODAY + dt.timedelta(days=number)


@pytest.fixture
def session(database):
    """A writing session."""
    with database.writing() as opened:
        yield opened


@pytest.fixture
def ann(session):
    """An analyst with one thing of each kind."""
    return make_user(session, "analyst", email="ann@example.com")


@pytest.fixture
def bob(session):
    """A colleague who approves."""
    return make_user(session, "approver", email="bob@example.com")


@pytest.fixture
def owned(session, ann):
    """A vendor of Ann's with work of every kind."""
    vendor = vendors.create_vendor(session, name="Northwind", owner_id=ann.id, **BY)
    vendor.next_review_on = days(3)
    bought = engagements.add_engagement(session, vendor, Terms("Payroll", owner_id=ann.id), **BY)
    decision = Decision(
        vendor_id=vendor.id,
        engagement_id=bought.id,
        kind="approve with conditions",
        state="in force",
        rationale="x",
    )
    session.add(decision)
    session.flush()
    seen = {"first_seen_at": NOON, "last_seen_at": NOON, "opened_at": NOON}
    finding = {"vendor_id": vendor.id, "kind": "person", "control": "AC-01", "owner_id": ann.id}
    session.add_all(
        [
            Condition(
                decision_id=decision.id,
                vendor_id=vendor.id,
                text="Mend it",
                owner_id=ann.id,
                due_on=days(-1),
            ),
            StoredFinding(
                **finding, **seen, reference="a", severity=3, title="Open", due_on=days(8)
            ),
            StoredFinding(
                **finding, **seen, reference="b", severity=3, title="Closed", closed_at=NOON
            ),
            Access(vendor_id=vendor.id, kind="vpn", name="nw-vpn", last_reviewed_on=days(-366)),
            Access(vendor_id=vendor.id, kind="vpn", name="fresh", last_reviewed_on=days(-10)),
            Contract(vendor_id=vendor.id, title="Frame", notice_on=days(30)),
            Contract(vendor_id=vendor.id, title="Gone", notice_on=days(-30)),
        ]
    )
    session.flush()
    return vendor


def test_my_work_is_all_that_is_mine_by_day(session, ann, owned):
    """What is late first; what is closed, fresh or past is none."""
    found = duties.duties(session, [ann], TODAY)

    assert [(one.kind, one.what, one.due) for one in found] == [
        (DutyKind.CONDITION, "Mend it", days(-1)),
        (DutyKind.ACCESS, "nw-vpn", days(-1)),
        (DutyKind.REVIEW, "", days(3)),
        (DutyKind.FINDING, "Open", days(8)),
        (DutyKind.CONTRACT, "Frame", days(30)),
    ]


@pytest.mark.parametrize("whose", ["finding", "vendor", "nobody"])
def test_what_a_vendor_answers_is_a_duty_within_a_week(session, ann, bob, owned, whose):
    """The owner's of the finding; without one the vendor's; counted and listed alike."""
    row = session.exec(select(StoredFinding).where(StoredFinding.title == "Open")).one()
    row.state, row.answered_at = "disputed", NOON - dt.timedelta(days=8)
    row.owner_id = bob.id if whose == "finding" else None
    owned.owner_id = None if whose == "nobody" else ann.id
    session.flush()
    person = {"finding": bob, "vendor": ann}.get(whose)

    told = {id: kinds.get(DutyKind.ANSWER) for id, kinds in duties.loads(session, TODAY).items()}

    late = Load(total=1, late=1)
    assert {id: load for id, load in told.items() if load} == {person.id if person else None: late}
    listed = [one for one in duties.duties(session, [ann, bob], TODAY) if one.what == "Open"]
    assert [(one.kind, one.person_id, one.due) for one in listed] == (
        [(DutyKind.ANSWER, person.id, days(-1))] if person else []
    )


def test_weeks_begin_on_monday(session, ann, owned):
    """What is late stands first, without a week."""
    weeks = duties.by_week(duties.duties(session, [ann], TODAY), TODAY)

    assert [(monday, len(rows)) for monday, rows in weeks] == [
        (None, 2),
        (dt.date(2026, 11, 23), 1),
        (dt.date(2026, 11, 30), 1),
        (dt.date(2026, 12, 21), 1),
    ]


def test_a_colleague_has_nothing_of_it(session, bob, owned):
    """Not his."""
    assert duties.duties(session, [bob], TODAY) == []


def test_what_waits_for_approvers(session, ann, bob, owned):
    """A proposal of Ann's is work of Bob's, and none of hers."""
    (bought,) = session.exec(select(Engagement)).all()
    session.add(
        Decision(
            vendor_id=owned.id,
            engagement_id=bought.id,
            kind="approve",
            state="waiting",
            rationale="x",
            proposed_by_id=ann.id,
        )
    )
    session.flush()

    (one,) = duties.duties(session, [bob], TODAY)

    assert (one.kind, one.engagement_id) == (DutyKind.DECISION, bought.id)
    kinds = [each.kind for each in duties.duties(session, [ann], TODAY)]
    assert DutyKind.DECISION not in kinds


def test_what_two_people_may_decide_is_one_thing_for_a_deputy(session, bob, owned):
    """Listed once and counted once; each of them alone has it."""
    carl = make_user(session, "approver", email="carl@example.com")
    bought = session.exec(select(Engagement)).one()
    said = {"kind": "approve", "state": "waiting", "rationale": "x"}
    session.add(Decision(vendor_id=owned.id, engagement_id=bought.id, **said))
    session.flush()

    (one,) = duties.duties(session, [bob, carl], TODAY)
    together = duties.loads(session, TODAY, [bob, carl])
    everybody = duties.loads(session, TODAY)

    assert one.person_id == bob.id
    assert sum(kinds[DutyKind.DECISION].total for kinds in together.values()) == 1
    assert {everybody[id][DutyKind.DECISION].total for id in (bob.id, carl.id)} == {1}


def test_an_archived_vendor_is_no_work(session, ann, owned):
    """It stands on no list."""
    vendors.archive(session, owned, **BY)

    assert duties.duties(session, [ann], TODAY) == []


def test_all_work_goes_to_another_and_back(session, ann, bob, owned):
    """Open things alone; whatever moved on since stays where it is."""
    notes.write(session, owned, "@ann look", person=bob, now=NOON)
    engagement = session.exec(select(Engagement)).first()
    session.add(
        QuestionnaireResponse(
            vendor_id=owned.id,
            engagement_id=engagement.id,
            number="Q-2026-00001",
            state="submitted",
            asked=[],
            facts={},
            tier=2,
            out_of_scope=[],
            due_on=TODAY,
            submitted_at=NOON,
            reviewer_id=ann.id,
        )
    )
    session.flush()
    assert any(
        (one.kind, one.due) == (DutyKind.RESPONSE, TODAY + dt.timedelta(days=12))
        for one in duties.duties(session, [ann], TODAY)
    )
    assert reassignment.counts(session, ann.id) == {
        "vendors": 1,
        "engagements": 1,
        "findings": 1,
        "conditions": 1,
        "responses": 1,
        "calls": 1,
    }
    moved = reassignment.reassign(session, ann, bob, now=NOON, actor=bob.id)
    session.commit()
    assert set(moved.values()) == {1}
    assert not any(reassignment.counts(session, ann.id).values())
    assert session.get_one(Vendor, owned.id).revision == 2

    session.get_one(Vendor, owned.id).owner_id = None
    session.commit()
    assert reassignment.undo(session, ann, NOON, now=NOON, actor=bob.id) == 5
    session.expire_all()

    assert reassignment.counts(session, ann.id)["findings"] == 1
    assert reassignment.counts(session, ann.id)["calls"] == 1
    assert session.get_one(Vendor, owned.id).owner_id is None


MANY, CALLS = 901, 30  # more than two statements take


def test_work_of_any_size_goes_to_another_and_back(session, ann, bob, owned):
    """Nothing is left behind: neither with whom it was taken from, nor with whom it goes back."""
    for n in range(MANY):
        rated.finding(session, owned, "AC-01", NOON, title=f"Fault {n}", owner_id=ann.id)
    said = {"vendor_id": owned.id, "by_id": bob.id, "created_at": NOON}
    called = [Note(text=f"@ann {n}", **said) for n in range(CALLS)]
    session.add_all(called)
    session.flush()
    session.add_all(Mention(note_id=one.id, person_id=ann.id) for one in called)
    session.commit()
    before = reassignment.counts(session, ann.id)
    assert (before["findings"], before["calls"]) == (MANY + 1, CALLS)

    reassignment.reassign(session, ann, bob, now=NOON, actor=bob.id)
    session.commit()
    assert not any(reassignment.counts(session, ann.id).values())
    back = reassignment.undo(session, ann, NOON, now=NOON, actor=bob.id)
    session.commit()

    assert back == sum(before.values())
    assert reassignment.counts(session, ann.id) == before
    assert not any(reassignment.counts(session, bob.id).values())


def test_no_column_that_says_who_has_work_is_forgotten():
    """Every column that names an account says who did something (`by_id`), or is known here."""
    named = {
        f"{table.name}.{column.name}"
        for table in SQLModel.metadata.tables.values()
        for column in table.columns
        if any(key.column.table.name == "user_account" for key in column.foreign_keys)
    }
    assert {name for name in named if not name.endswith("by_id")} == OWES.keys() | OWN


@pytest.mark.parametrize("whom", ["nobody", "same", "closed"])
def test_work_goes_to_somebody_who_is_there(session, ann, bob, owned, whom):
    """Another person, with an open account."""
    bob.active = whom != "closed"
    to = {"nobody": None, "same": ann, "closed": bob}[whom]

    with pytest.raises(VendorRefused):
        reassignment.reassign(session, ann, to, now=NOON, actor=ann.id)
    assert reassignment.counts(session, ann.id)["vendors"] == 1


def test_an_undo_of_another_moment_moves_nothing(session, ann, bob, owned):
    """Nor that of somebody else."""
    reassignment.reassign(session, ann, bob, now=NOON, actor=bob.id)
    session.commit()

    later = NOON + dt.timedelta(seconds=1)
    assert reassignment.undo(session, ann, later, now=NOON, actor=bob.id) == 0
    assert reassignment.undo(session, ann, NOON, now=NOON, actor=ann.id) == 0


def deputy(session, ann, bob, first=0, last=7):
    return deputies.name_deputy(
        session, ann, bob, from_on=days(first), until_on=days(last), now=NOON
    )


@pytest.mark.parametrize(("day", "there"), [(-1, False), (0, True), (7, True), (8, False)])
def test_a_deputy_on_their_days(session, ann, bob, day, there):
    """Both included."""
    deputy(session, ann, bob)

    assert bool(deputies.stood_in_for(session, bob.id, days(day))) is there


def test_a_deputy_who_is_one_no_longer(session, ann, bob):
    """Ended at once."""
    row = deputy(session, ann, bob)

    assert deputies.end(session, row, now=NOON, actor=ann.id)
    assert not deputies.end(session, row, now=NOON, actor=ann.id)
    session.flush()
    assert deputies.stood_in_for(session, bob.id, TODAY) == []


@pytest.mark.parametrize(
    ("spoilt", "field"),
    [
        ({"deputy": None}, "deputy_id"),
        ({"deputy": "self"}, "deputy_id"),
        ({"deputy": "closed"}, "deputy_id"),
        ({"from_on": None}, "from_on"),
        ({"until_on": None}, "until_on"),
        ({"until_on": days(-1)}, "until_on"),
        ({"until_on": days(400)}, "until_on"),
    ],
)
def test_a_deputy_that_cannot_be(session, ann, bob, spoilt, field):
    """Somebody else, with days that end."""
    said = {"deputy": "bob", "from_on": TODAY, "until_on": days(7)} | spoilt
    bob.active = said["deputy"] != "closed"
    chosen = {"self": ann, None: None}.get(said.pop("deputy"), bob)

    with pytest.raises(VendorRefused) as refused:
        deputies.name_deputy(session, ann, chosen, **said, now=NOON)
    assert refused.value.field == field


def test_the_secret_of_a_calendar_is_not_kept(session, ann):
    """Its hash alone; a new one shuts the one before."""
    first = calendar_feeds.begin(session, ann, now=NOON)
    assert calendar_feeds.person_of(session, first) == ann
    second = calendar_feeds.begin(session, ann, now=NOON)

    kept = [row.token_sha256 for row in session.exec(select(CalendarFeed))]
    assert not {first, second} & set(kept)
    assert calendar_feeds.person_of(session, first) is None
    assert calendar_feeds.person_of(session, second) == ann


@pytest.mark.parametrize("spoil", ["revoked", "closed", "wrong"])
def test_a_calendar_that_opens_nothing(session, ann, spoil):
    """Revoked, of a closed account, or never made."""
    token = calendar_feeds.begin(session, ann, now=NOON)
    if spoil == "revoked":
        assert calendar_feeds.revoke(session, ann, now=NOON)
    elif spoil == "closed":
        ann.active = False
    else:
        token = "x" * 43

    assert calendar_feeds.person_of(session, token) is None


def test_a_note_calls_a_colleague(session, ann, bob, owned):
    """By address or first name; it is in their work until they read it."""
    note, called = notes.write(session, owned, "@Bob and @nobody: look", person=ann, now=NOON)

    assert called == [bob]
    assert notes.unknown_in(note.text, called) == ["nobody"]
    (one,) = duties.duties(session, [bob], TODAY)
    assert (one.kind, one.what) == (DutyKind.MENTION, "@Bob and @nobody: look")
    assert notes.seen(session, note, person=bob, now=NOON)
    assert not notes.seen(session, note, person=ann, now=NOON)
    assert duties.duties(session, [bob], TODAY) == []


def test_an_address_in_a_note_calls_nobody(session, ann, bob, owned):
    """me@bob.example is no call."""
    assert notes.called_in(session, "mail me@bob.example or @@bob") == []


def test_a_name_of_two_people_is_asked_back(session, ann, owned):
    """Nobody is called by mistake."""
    for local in ("sam.a", "sam.b"):
        make_user(session, "analyst", email=f"{local}@example.com").name = "Sam Smith"
    session.flush()

    with pytest.raises(VendorRefused, match=r"@sam\.a, @sam\.b"):
        notes.write(session, owned, "@sam look", person=ann, now=NOON)
    assert len(notes.called_in(session, "@sam.a.")) == 1


@pytest.mark.parametrize("text", ["", "  ", "x" * 4001])
def test_a_note_says_something(session, ann, owned, text):
    """And no novel."""
    with pytest.raises(VendorRefused):
        notes.write(session, owned, text, person=ann, now=NOON)


def test_only_the_writer_withdraws(session, ann, bob, owned):
    """Then it calls nobody."""
    note, _ = notes.write(session, owned, "@bob look", person=ann, now=NOON)

    with pytest.raises(VendorRefused):
        notes.withdraw(session, note, person=bob, now=NOON)
    assert notes.withdraw(session, note, person=ann, now=NOON)
    session.flush()

    assert notes.notes_of(session, owned.id) == []
    assert duties.duties(session, [bob], TODAY) == []


def test_the_log_says_who_and_not_what(session, ann, owned):
    """The text of a note stays where it is sealed."""
    notes.write(session, owned, "A secret", person=ann, now=NOON)
    session.commit()

    act = session.exec(select(AuditEntry).where(AuditEntry.act == "note.written")).one()
    assert (act.actor_id, act.subject_id) == (ann.id, str(owned.id))
    assert isinstance(session.get_one(User, act.actor_id).id, uuid.UUID)


def test_what_waits_is_counted_for_whoever_answers_for_it(session, ann, bob, owned):
    """By kind, with what is late and what is due within a week; for nobody too."""
    owned.owner_id = None
    notes.write(session, owned, "@bob look", person=ann, now=NOON)
    session.flush()

    told = duties.loads(session, TODAY)

    assert told == {
        ann.id: {DutyKind.FINDING: Load(1, 0, 0), DutyKind.CONDITION: Load(1, 1, 0)},
        bob.id: {DutyKind.MENTION: Load(1, 0, 1)},
        None: {
            DutyKind.REVIEW: Load(1, 0, 1),
            DutyKind.ACCESS: Load(1, 1, 0),
            DutyKind.CONTRACT: Load(1, 0, 0),
        },
    }
    assert duties.loads(session, TODAY, [bob]) == {bob.id: told[bob.id]}


def test_a_page_shows_some_and_counts_all(session, ann, owned):
    """What is listed is bounded, what is counted is not."""
    seen = {"first_seen_at": NOON, "last_seen_at": NOON, "opened_at": NOON}
    finding = {"vendor_id": owned.id, "kind": "person", "control": "AC-01", "owner_id": ann.id}
    session.add_all(
        StoredFinding(**finding, **seen, reference=f"x{n}", severity=2, title="x", due_on=days(n))
        for n in range(9)
    )
    session.flush()
    listed = duties.duties(session, [ann], TODAY, most=3)
    assert sum(one.kind is DutyKind.FINDING for one in listed) == 3
    assert duties.loads(session, TODAY)[ann.id][DutyKind.FINDING] == Load(10, 0, 7)


@pytest.mark.parametrize(
    ("reach", "ago", "due"),
    [({}, 91, False), ({}, 366, True), ({"reaches_card_data": True}, 91, True)],
)
def test_an_access_is_looked_at_by_the_rule_of_the_register(session, ann, owned, reach, ago, due):
    """Every 90 days where it reaches card data or production, else once a year; in both places."""
    row = Access(vendor_id=owned.id, kind="vpn", name="asked", last_reviewed_on=days(-ago), **reach)
    session.add(row)
    session.flush()
    work = [one.what for one in duties.duties(session, [ann], TODAY)]
    assert ("asked" in work) is due
    assert overdue(row, TODAY) is due


def test_a_review_that_somebody_asked_for_says_why(session, ann, owned):
    """One duty with its reason, and none beside it for the vendor's usual review."""
    (bought,) = session.exec(select(Engagement)).all()
    session.add(
        Review(vendor_id=owned.id, engagement_id=bought.id, due_on=days(2), reason="Their breach")
    )
    owned.next_review_on = days(2)
    session.flush()
    found = [one for one in duties.duties(session, [ann], TODAY) if one.kind is DutyKind.REVIEW]
    assert [(one.what, one.due, one.engagement_id) for one in found] == [
        ("Payroll: Their breach", days(2), bought.id)
    ]
    assert duties.loads(session, TODAY)[ann.id][DutyKind.REVIEW] == Load(1, 0, 1)
