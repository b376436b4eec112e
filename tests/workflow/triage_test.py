"""Triage: three answers at their worst, one vendor or many, and the way back."""

import datetime as dt
import itertools
import uuid

import pytest
import sqlalchemy as sa
from sqlmodel import select

from tests.factories import NOON, make_user
from tests.plans import plans, refuse_scans
from tests.statements import statements
from vendor_risk.evidence import Severity
from vendor_risk.scoring.inherent import inherent
from vendor_risk.store.audit import verify
from vendor_risk.store.models.audit import AuditEntry
from vendor_risk.store.models.scripts import PageScript
from vendor_risk.store.models.vendors import Engagement, FactsSource, Vendor
from vendor_risk.workflow import own_pages, scores, triage, vendors
from vendor_risk.workflow.engagements import Terms, add_engagement, edit_engagement
from vendor_risk.workflow.triage_queue import FIRST, LAST, ORDERS, next_after, queue, waiting

HARMLESS = {"holds": 1, "reaches": 1, "hurts": 1}
MANY = 2000  # vendors; PostgreSQL sorts a few sooner than it goes along an index
WORST = {"holds": 3, "reaches": 3, "hurts": 3}


def tier(*numbers):
    answers = dict(zip(("holds", "reaches", "hurts"), numbers, strict=True))
    return int(inherent(triage.facts(answers)).tier)


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [
        ((1, 1, 1), 4),
        ((1, 1, 2), 3),
        ((1, 2, 1), 3),
        ((1, 1, 3), 2),
        ((2, 1, 1), 2),
        ((2, 2, 2), 2),
        ((2, 1, 3), 1),
        ((1, 3, 1), 1),
        ((3, 1, 1), 1),
        ((3, 3, 3), 1),
    ],
)
def test_answers_give_a_tier(numbers, expected):
    """Worked out by hand from the table at the head of the module."""
    assert tier(*numbers) == expected


def test_a_worse_answer_never_gives_a_milder_tier():
    """Over all 27 combinations."""
    for numbers in itertools.product((1, 2, 3), repeat=3):
        for place in range(3):
            worse = list(numbers)
            worse[place] = min(3, worse[place] + 1)
            assert tier(*worse) <= tier(*numbers)


def test_payment_is_the_worst_that_two_answers_leave_open():
    """Code in our pages may be code in the check-out."""
    assert triage.facts({"holds": 2, "reaches": 3, "hurts": 1}).payment == 4


@pytest.mark.parametrize("number", [0, 4, -1, None])
def test_what_is_no_answer_is_an_error(number):
    """Nothing is taken as an answer that was not given."""
    answers = {"holds": 1, "reaches": 1} | ({} if number is None else {"hurts": number})

    with pytest.raises(ValueError, match="hurts"):
        triage.facts(answers)


@pytest.fixture
def people(database):
    """The id of an analyst."""
    with database.transaction() as session:
        return make_user(session, "analyst").id


def add(session, name, **more):
    given = {"in_use": True, "now": NOON} | more
    return vendors.create_vendor(session, name=name, actor="test", **given)


@pytest.fixture
def three(database):
    """The ids of three vendors in use that nobody triaged, in the order of their names."""
    with database.transaction() as session:
        return [add(session, name).id for name in ("Alpha", "Beta", "Gamma")]


@pytest.fixture
def answer(database, people):
    """`answer(ids, answers)` in a transaction of its own."""

    def one(ids, answers):
        with database.transaction() as session:
            return triage.answer(session, ids, answers, now=NOON, actor=people)

    return one


@pytest.fixture
def undo(database, people):
    """`undo(act)` in a transaction of its own."""

    def one(act):
        with database.transaction() as session:
            return triage.undo(session, act.id, now=NOON, actor=people)

    return one


def test_only_vendors_in_use_without_a_tier_wait(database, three):
    """Not a wish, not one with facts, not an archived one, not one that was merged."""
    with database.transaction() as session:
        add(session, "Wish", in_use=False)
        add_engagement(
            session, add(session, "Judged"), Terms("x", levels=dict.fromkeys(LEVELS, 1)),
            now=NOON, actor="test",
        )  # fmt: skip
        vendors.archive(session, add(session, "Gone"), now=NOON, actor="test")
        merged = add(session, "Merged")
        merged.merged_into_id, merged.archived_at = three[0], NOON

    with database.reading() as session:
        assert waiting(session) == 3
        assert [one.id for one in queue(session)] == three


LEVELS = ("data_sensitivity", "data_volume", "access", "criticality", "payment")


def test_the_queue_finds_by_name(database, three):
    """Signs that a database reads as wild cards are letters here."""
    with database.transaction() as session:
        add(session, "100 % Cotton")

    with database.reading() as session:
        assert [one.name for one in queue(session, name="0 %")] == ["100 % Cotton"]
        assert waiting(session, name="ETA") == 1


def test_the_next_vendor_follows_by_name(database, three):
    """Behind the last comes the first again, so that what was skipped comes back."""
    with database.reading() as session:
        order = []
        vendor = None
        for _ in range(4):
            vendor = next_after(session, vendor)
            order.append(vendor.name)
    assert order == ["Alpha", "Beta", "Gamma", "Alpha"]


def test_an_empty_queue_has_no_next(database):
    """Nobody waits."""
    with database.reading() as session:
        assert next_after(session, None) is None


def test_vendors_of_one_name_follow_each_other(database):
    """The order goes on by id, so that no twin is passed over."""
    with database.transaction() as session:
        twins = {add(session, "Twin").id for _ in range(3)}

    with database.reading() as session:
        first = next_after(session, None)
        second = next_after(session, first)
        third = next_after(session, second)
    assert {first.id, second.id, third.id} == twins


def test_answering_makes_the_engagement(database, three, answer):
    """A vendor with none gets one, with quick facts, and waits no more."""
    answer(three[:1], HARMLESS)

    with database.reading() as session:
        vendor = session.get(Vendor, three[0])
        engagement = session.exec(select(Engagement)).one()
        assert (vendor.tier, vendor.triaged_at) == (4, NOON)
        assert (engagement.name, engagement.facts_source) == ("In use", FactsSource.TRIAGE)
        assert waiting(session) == 2


def test_answering_fills_what_is_there(database, three, answer):
    """An engagement without facts gets them; what it says otherwise stays."""
    with database.transaction() as session:
        terms = Terms("Parcels", purpose="Ships", spend_minor=5, currency="EUR")
        add_engagement(session, session.get(Vendor, three[0]), terms, now=NOON, actor="test")
    answer(three[:1], HARMLESS)

    with database.reading() as session:
        engagement = session.exec(select(Engagement)).one()
        assert (engagement.name, engagement.spend_minor, engagement.tier) == ("Parcels", 5, 4)


def test_a_level_that_was_said_stays(database, three, answer):
    """Somebody knew more than the quick answer says."""
    with database.transaction() as session:
        terms = Terms("Parcels", levels={"criticality": 0})
        add_engagement(session, session.get(Vendor, three[0]), terms, now=NOON, actor="test")
    answer(three[:1], WORST)

    with database.reading() as session:
        engagement = session.exec(select(Engagement)).one()
        assert (engagement.criticality, engagement.access) == (0, 4)


def test_an_engagement_that_ended_is_left_alone(database, three, answer):
    """We do not buy that any more."""
    with database.transaction() as session:
        vendor = session.get(Vendor, three[0])
        add_engagement(session, vendor, Terms("Old"), now=NOON, actor="test").ended_at = NOON
    answer(three[:1], HARMLESS)

    with database.reading() as session:
        found = {one.name: one.tier for one in session.exec(select(Engagement))}
    assert found == {"Old": None, "In use": 4}


def test_many_are_answered_at_once(database, three, answer):
    """All of them, in one act."""
    act = answer(three, WORST)

    assert [one.id for one in act.done] == sorted(three)
    with database.reading() as session:
        assert [one.tier for one in session.exec(select(Vendor))] == [1, 1, 1]


def test_who_waits_no_more_is_skipped(database, three, answer):
    """Another analyst was quicker: their answer stays, and the number says so."""
    answer(three[:1], WORST)
    act = answer(three, HARMLESS)

    assert (len(act.done), act.skipped) == (2, 1)
    with database.reading() as session:
        assert session.get(Vendor, three[0]).tier == 1


def test_an_unknown_vendor_is_skipped(three, answer):
    """An id from elsewhere changes nothing."""
    assert answer([uuid.uuid4()], WORST).skipped == 1


def test_answering_is_in_the_log(database, three, answer, people):
    """Who, how, and the chain is whole."""
    act = answer(three, HARMLESS)

    with database.reading() as session:
        entry = session.exec(select(AuditEntry).where(AuditEntry.act == "triage.answered")).one()
        assert (entry.actor_id, entry.subject_id) == (people, str(act.id))
        assert verify(session).whole


def as_it_was(database):
    with database.reading() as session:
        vendor_rows = session.exec(select(Vendor).order_by(Vendor.name)).all()
        rows = session.exec(select(Engagement).order_by(Engagement.name)).all()
        return (
            [(one.name, one.state, one.tier, one.triaged_at) for one in vendor_rows],
            [(one.name, one.facts_source, *(getattr(one, k) for k in LEVELS)) for one in rows],
        )


def test_undo_restores(database, three, answer, undo):
    """Engagements that triage made are gone, and levels that it filled are open again."""
    with database.transaction() as session:
        terms = Terms("Parcels", levels={"criticality": 0})
        add_engagement(session, session.get(Vendor, three[0]), terms, now=NOON, actor="test")
    before = as_it_was(database)
    act = answer(three, WORST)
    assert as_it_was(database) != before

    assert len(undo(act).done) == 3
    assert as_it_was(database) == before


def test_undo_twice_does_nothing_more(three, answer, undo):
    """The second click finds that all is as it was."""
    act = answer(three, WORST)
    undo(act)

    assert undo(act).done == ()


def test_undo_leaves_what_was_changed_since(database, three, answer, undo, people):
    """Somebody worked on one of the vendors: it keeps what it has."""
    act = answer(three, WORST)
    with database.transaction() as session:
        vendor = session.get(Vendor, three[1])
        row = session.exec(select(Engagement).where(Engagement.vendor_id == vendor.id)).one()
        terms = Terms("Parcels", levels=dict.fromkeys(LEVELS, 1))
        edit_engagement(session, vendor, row, terms, revision=row.revision, now=NOON, actor=people)
    back = undo(act)

    assert (len(back.done), back.skipped) == (2, 1)
    with database.reading() as session:
        assert session.get(Vendor, three[1]).tier == 3


def test_undo_of_nothing_is_none(database, people):
    """There is no such act."""
    with database.transaction() as session:
        assert triage.undo(session, uuid.uuid4(), now=NOON, actor=people) is None


def test_what_is_no_longer_used_is_archived_and_back(database, three, people, undo):
    """It leaves the queue, and undo puts it back."""
    with database.transaction() as session:
        act = triage.no_longer_used(session, three[:2], now=NOON, actor=people)
    with database.reading() as session:
        assert waiting(session) == 1
    undo(act)

    with database.reading() as session:
        assert waiting(session) == 3


def test_undo_does_not_restore_what_was_archived_again(database, three, people, undo):
    """Between the two somebody brought it back and archived it for good."""
    with database.transaction() as session:
        act = triage.no_longer_used(session, three[:1], now=NOON, actor=people)
        vendor = session.get(Vendor, three[0])
        vendors.restore(session, vendor, now=NOON, actor=people)
        vendors.archive(session, vendor, now=NOON, actor=people)

    assert undo(act).done == ()


def test_what_suggests_a_high_tier_comes_first(database):
    """A script on our pages, then what somebody said of it, then a fault; then who waits longest.

    One after the other leads through all of them in each order, and back to the first.
    """
    later = NOON + dt.timedelta(days=1)
    with database.transaction() as session:
        add(session, "Late", now=later)
        add(session, "Early")
        add(session, "Faulty", now=later).worst_severity = Severity.HIGH.rank
        for name, level in (("Harmless", 1), ("Cards", 4)):
            terms = Terms("x", levels={"access": level})
            add_engagement(session, add(session, name, now=later), terms, now=NOON, actor="test")
        shown = add(session, "Shadow", now=later)
        ours = add(session, "Us", in_use=False)
        ours.ours = True
        session.flush()
        session.add(script(ours, shown))
        scores.rescore(session, session.exec(select(Vendor.id)), now=NOON, cause=scores.SCRIPTS)

    with database.reading() as session:
        told = {order: [one.name for one in queue(session, order=order)] for order in ORDERS}
        walked = {order: walk(session, order, 7) for order in ORDERS}

    assert told["matters"] == ["Shadow", "Cards", "Harmless", "Faulty", "Early", "Late"]
    assert told["longest"][0] == "Early"
    assert told["name"] == sorted(told["name"])
    assert walked == {order: [*names, names[0]] for order, names in told.items()}


def script(ours, vendor):
    """A script of that vendor on our check-out."""
    return PageScript(
        ours_id=ours.id, vendor_id=vendor.id, key="k", host="shop.example", page="/",
        script="/x.js", script_host="x.example", domain="x.example", first_seen=NOON,
        last_seen=NOON, created_at=NOON,
    )  # fmt: skip


def test_a_page_that_is_ours_no_longer_sends_nobody_to_the_front(database, three):
    """The mark goes off our company: its scripts suggest nothing; it comes back: they do."""
    with database.transaction() as session:
        ours, shown = add(session, "Us", in_use=False), session.get_one(Vendor, three[2])
        session.add(script(ours, shown))
        places = []
        for mark in (True, False, True):
            ours.ours = mark
            own_pages.changed(session, ours, now=NOON, actor="test")
            places.append(shown.triage_rank)

    assert [place == FIRST for place in places] == [True, False, True]


def test_what_many_vendors_say_at_once_is_ranked_in_one_statement(database, three):
    """As at an import: where scripts run is asked twice, for the scores and for the queue."""
    with database.transaction() as session:
        rows = [session.get_one(Vendor, one) for one in three]
        made = [add_engagement(session, one, Terms("x"), now=NOON, actor="test") for one in rows]
        with statements(session) as sent, scores.together(session, now=NOON, cause=scores.FACTS):
            for vendor, row in zip(rows, made, strict=True):
                said = Terms("x", levels={"access": 3})
                edit_engagement(
                    session, vendor, row, said, revision=row.revision, now=NOON, actor="test"
                )

    assert [one.triage_rank for one in rows] == [2, 2, 2]
    assert len([one for one in sent if "FROM page_script" in one]) == 2


def test_answers_taken_back_leave_no_score(database, three, answer, undo):
    """What triage made is gone, and the lists show no risk of it."""
    act = answer([three[0]], WORST)
    with database.reading() as session:
        assert session.get_one(Vendor, three[0]).residual is not None
    undo(act)

    with database.reading() as session:
        vendor = session.get_one(Vendor, three[0])
        assert (vendor.residual, vendor.worst_engagement_id) == (None, None)


def walk(session, order, steps):
    names, vendor = [], None
    for _ in range(steps):
        vendor = next_after(session, vendor, order)
        names.append(vendor.name)
    return names


def test_the_place_in_the_queue_follows_what_is_known(database, three, answer, undo, people):
    """As facts come, and as answers are taken back."""
    with database.transaction() as session:
        vendor = session.get_one(Vendor, three[2])
        made = add_engagement(
            session, vendor, Terms("x", levels={"access": 3}), now=NOON, actor="test"
        )
        assert queue(session)[0].id == vendor.id
        edit_engagement(
            session, vendor, made, Terms("x"), revision=made.revision, now=NOON, actor="test"
        )
        assert vendor.triage_rank == LAST

    undo(answer([three[2]], WORST))

    with database.reading() as session:
        assert session.get_one(Vendor, three[2]).triage_rank == LAST


def test_no_order_of_the_queue_sorts_all_that_wait(database):
    """An index serves each, on both databases, also for who comes next among many."""
    many = [
        {"id": uuid.uuid4(), "name": f"V{n}", "name_key": f"v{n}", "in_use": True}
        for n in range(MANY)
    ]
    with database.transaction() as session:
        session.execute(sa.insert(Vendor), many)
        if not database.is_sqlite:  # as autovacuum does; SQLite plans without statistics
            session.execute(sa.text("ANALYZE vendor"))
    with database.reading() as session:
        with plans(session) as seen:
            for order in ORDERS:
                rows = queue(session, order=order)
                next_after(session, rows[0], order)
        refuse_scans(seen)
    lines = [line for plan in seen for line in plan.lines]
    assert not [line for line in lines if "TEMP B-TREE" in line or "Sort" in line]
