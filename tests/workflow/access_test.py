"""The access register: entries, what they lift, who cut them, and the order to act."""

import datetime as dt
import uuid
from dataclasses import replace

import pytest
from sqlmodel import select

from tests.factories import NOON, make_user
from vendor_risk.store.audit import tell
from vendor_risk.store.models.access import Access
from vendor_risk.store.models.audit import AuditEntry
from vendor_risk.store.models.scores import StoredScore
from vendor_risk.workflow import access, access_file, scores, vendors
from vendor_risk.workflow.access import Terms
from vendor_risk.workflow.engagements import Terms as Bought
from vendor_risk.workflow.engagements import add_engagement
from vendor_risk.workflow.facts import facts_of
from vendor_risk.workflow.vendors import Stale, VendorRefused

BY = {"now": NOON, "actor": "test"}
TODAY = NOON.date()
HARMLESS = {"data_sensitivity": 1, "data_volume": 1, "access": 0, "criticality": 1, "payment": 0}
PORTAL = Terms(kind="portal", name="fazio-ariba", system="Supplier portal", second_factor=True)


@pytest.fixture
def session(database):
    with database.writing() as opened:
        yield opened


@pytest.fixture
def vendor(session):
    """A contractor that keeps us cool."""
    return vendors.create_vendor(session, name="Fazio", in_use=True, **BY)


@pytest.fixture
def bought(session, vendor):
    """What it does, which nobody would call dangerous."""
    return add_engagement(session, vendor, Bought(name="Cooling", levels=HARMLESS), **BY)


def level(session, bought):
    session.refresh(bought)
    return facts_of(bought).access


def acts(session):
    session.commit()
    return [
        (entry.act, tell(session, entry))
        for entry in session.exec(select(AuditEntry).order_by(AuditEntry.sequence))
        if entry.act.startswith("access.")
    ]


def test_an_entry_is_kept_as_it_was_said(session, vendor):
    """All fields, and the log has them."""
    terms = replace(
        PORTAL,
        holder=" Ross  Fazio ",
        purpose="Bills",
        segment="DMZ",
        cut_by="Night desk",
        cut_phone="+49 30 901820",
        cut_how="Disable in Ariba\n\nthen call",
        last_used_on=TODAY,
        last_reviewed_on=TODAY,
    )
    row = access.add(session, vendor, terms, **BY)

    assert access.terms_of(row) == replace(terms, holder="Ross Fazio")
    ((act, told),) = acts(session)
    assert (act, told.after["cut_phone"]) == ("access.added", "+49 30 901820")


@pytest.mark.parametrize(
    ("said", "least"),
    [
        ({}, 3),
        ({"separated": False}, 3),
        ({"separated": True}, 2),
        ({"kind": "vpn"}, 3),
        ({"kind": "api key", "separated": True}, 2),
        ({"kind": "script"}, 4),
        ({"kind": "script", "separated": True}, 4),
        ({"kind": "deployment"}, 4),
        ({"kind": "deployment", "reaches_production": False}, 3),
        ({"kind": "on-site port", "remote": False}, 3),
    ],
)
def test_the_register_lifts_what_was_said_of_access(session, vendor, bought, said, least):
    """If nobody can say whether it is kept apart, it counts as if it were not."""
    access.add(session, vendor, replace(PORTAL, **said), **BY)

    assert level(session, bought) == least
    assert (bought.tier <= 2) is (least >= 3)


def test_the_strictest_entry_holds_and_goes_with_its_end(session, vendor, bought):
    """Ending one leaves what the other gives; ending both leaves what people said."""
    low = access.add(session, vendor, replace(PORTAL, separated=True), **BY)
    high = access.add(session, vendor, replace(PORTAL, name="vpn", kind="vpn"), **BY)
    levels = [level(session, bought)]
    for row in (high, low):
        access.end(session, [row], **BY)
        levels.append(level(session, bought))
    access.resume(session, [high], **BY)

    assert [*levels, level(session, bought)] == [3, 2, 0, 3]


def test_an_entry_of_one_engagement_lifts_that_one(session, vendor, bought):
    """The other thing that we buy is as it was."""
    other = add_engagement(session, vendor, Bought(name="Fans", levels=HARMLESS), **BY)
    access.add(session, vendor, replace(PORTAL, engagement_id=other.id), **BY)

    assert (level(session, bought), level(session, other)) == (0, 3)


def test_what_is_bought_later_is_lifted_too(session, vendor):
    """The register was there first."""
    access.add(session, vendor, PORTAL, **BY)
    later = add_engagement(session, vendor, Bought(name="Fans", levels=HARMLESS), **BY)

    assert level(session, later) == 3


def test_a_second_factor_that_is_missing_caps_the_score(session, vendor, bought):
    """KO-02, and KO-09 where it reaches card data; the history names the register."""
    row = access.add(
        session, vendor, replace(PORTAL, second_factor=False, reaches_card_data=True), **BY
    )
    standing = scores.judge(session, bought, now=NOON).snapshot.knockouts
    session.flush()
    causes = session.exec(select(StoredScore.cause)).all()

    assert {"KO-02", "KO-09"} <= set(standing)
    assert scores.ACCESS in causes
    access.end(session, [row], **BY)
    assert scores.judge(session, bought, now=NOON).snapshot.knockouts == ()


@pytest.mark.parametrize(
    ("said", "field", "words"),
    [
        ({"kind": "magic"}, "kind", "Choose what kind"),
        ({"kind": ""}, "kind", "Choose what kind"),
        ({"name": "  "}, "name", "Give the account"),
        ({"name": "x" * 201}, "name", "201 characters, and 200 fit"),
        ({"purpose": "x" * 501}, "purpose", "501 characters"),
        ({"cut_how": "x" * 1001}, "cut_how", "1001 characters"),
        ({"holder": "é" * 201}, "holder", "201 characters"),
        ({"cut_phone": "call me"}, "cut_phone", "Write the number with digits"),
        ({"last_used_on": TODAY + dt.timedelta(1)}, "last_used_on", "is yet to come"),
        ({"last_reviewed_on": TODAY + dt.timedelta(1)}, "last_reviewed_on", "is yet to come"),
        ({"last_used_on": dt.date(26, 1, 1)}, "last_used_on", "too long ago"),
        ({"engagement_id": uuid.UUID(int=1)}, "engagement_id", "not bought from this vendor"),
        ({"cut_how": "password: hunter2"}, "cut_how", "password or a key"),
        ({"name": "AKIAABCDEFGHIJKLMNOP"}, "name", "password or a key"),
    ],
)
def test_what_cannot_be_is_refused_at_its_field(session, vendor, said, field, words):
    """And nothing is written."""
    with pytest.raises(VendorRefused) as refusal:
        access.add(session, vendor, replace(PORTAL, **said), **BY)

    assert refusal.value.field == field
    assert words in refusal.value.message
    assert session.exec(select(Access)).all() == []


def test_the_same_twice_is_refused(session, vendor):
    """However it is cased; what was cut makes room, and cannot come back beside its heir."""
    first = access.add(session, vendor, PORTAL, **BY)
    twin = replace(PORTAL, name="FAZIO-ariba")
    with pytest.raises(VendorRefused, match="in the register already"):
        access.add(session, vendor, twin, **BY)
    access.end(session, [first], **BY)
    access.add(session, vendor, twin, **BY)

    with pytest.raises(VendorRefused, match="in the register already"):
        access.resume(session, [first], **BY)


def test_changing_an_entry(session, vendor):
    """The log says what was; saying the same again says nothing."""
    row = access.add(session, vendor, PORTAL, **BY)
    terms = replace(PORTAL, purpose="Bills")

    assert access.edit(session, vendor, row, terms, revision=1, **BY)
    assert not access.edit(session, vendor, row, terms, revision=2, **BY)
    assert acts(session)[-1][1].before == {"purpose": ""}


def test_an_entry_that_somebody_changed_meanwhile(session, vendor):
    """Nothing is written over."""
    row = access.add(session, vendor, PORTAL, **BY)
    access.edit(session, vendor, row, replace(PORTAL, purpose="Hers"), revision=1, **BY)

    with pytest.raises(Stale):
        access.edit(session, vendor, row, replace(PORTAL, purpose="His"), revision=1, **BY)


def test_who_cut_it_is_kept_and_taking_back_forgets(session, vendor):
    """Cutting what was cut is nothing."""
    ann = make_user(session, "analyst")
    row = access.add(session, vendor, PORTAL, **BY)

    assert access.end(session, [row], now=NOON, actor=ann.id) == [row]
    assert (row.ended_at, row.ended_by_id) == (NOON, ann.id)
    assert access.end(session, [row], **BY) == []
    assert access.ended_at(session, NOON, ann.id) == [row]
    access.resume(session, [row], **BY)
    assert (row.ended_at, row.ended_by_id) == (None, None)
    assert [act for act, _ in acts(session)] == ["access.added", "access.ended", "access.resumed"]


def test_an_archived_vendor_gets_no_way_in(session, vendor):
    """Neither a new one, nor one that was cut, nor one of a file; it stands on no list."""
    row = access.add(session, vendor, PORTAL, **BY)
    access.end(session, [row], **BY)
    vendors.archive(session, vendor, **BY)

    with pytest.raises(VendorRefused, match="is archived"):
        access.add(session, vendor, replace(PORTAL, name="another"), **BY)
    with pytest.raises(VendorRefused, match="is archived"):
        access.resume(session, [row], **BY)
    trial = access_file.try_out(session, "kind,account\nvpn,night", vendor=vendor, now=NOON)
    assert [fate.what for fate in trial.fates] == [access_file.WRONG]
    assert "is archived" in trial.fates[0].errors[0].message


def test_reviewing_many(session, vendor):
    """What is cut is left alone."""
    ann = make_user(session, "analyst")
    rows = [access.add(session, vendor, replace(PORTAL, name=f"a{n}"), **BY) for n in range(3)]
    access.end(session, rows[:1], **BY)

    assert access.review(session, rows, now=NOON, actor=ann.id) == rows[1:]
    assert [row.last_reviewed_on for row in rows] == [None, TODAY, TODAY]
    assert rows[2].reviewed_by_id == ann.id


@pytest.mark.parametrize(
    ("days", "said", "late"),
    [
        (None, {}, True),
        (365, {}, False),
        (366, {}, True),
        (90, {"reaches_card_data": True}, False),
        (91, {"reaches_card_data": True}, True),
        (91, {"reaches_production": True}, True),
        (91, {"reaches_production": None}, False),
        (400, {"ended_at": NOON}, False),
    ],
)
def test_when_a_review_is_overdue(days, said, late):
    """A year, or 90 days where it reaches what hurts; never is overdue at once."""
    on = TODAY - dt.timedelta(days) if days else None
    row = Access(vendor_id=uuid.UUID(int=1), kind="vpn", name="x", last_reviewed_on=on, **said)

    assert access.overdue(row, TODAY) is late


@pytest.mark.parametrize(("days", "idle"), [(None, False), (90, False), (91, True)])
def test_when_an_entry_is_unused(days, idle):
    """Unknown is not unused."""
    on = TODAY - dt.timedelta(days) if days else None
    row = Access(vendor_id=uuid.UUID(int=1), kind="vpn", name="x", last_used_on=on)

    assert access.unused(row, TODAY) is idle


def test_the_order_to_act(session, vendor):
    """What reaches card data or production, from afar, without second factor; cut ones last."""
    said = [
        {"reaches_card_data": True, "second_factor": False},
        {"reaches_production": True, "second_factor": None},
        {"reaches_production": True, "second_factor": True},
        {"reaches_production": True, "remote": False, "second_factor": False},
        {"second_factor": False},
        {"reaches_card_data": False, "reaches_production": False, "second_factor": False},
    ]
    for number, each in reversed(list(enumerate(said))):
        access.add(session, vendor, replace(PORTAL, name=f"a{number}", **each), **BY)
    gone = access.add(session, vendor, replace(PORTAL, name="gone", reaches_card_data=True), **BY)
    access.end(session, [gone], **BY)

    order = [row.name for row in access.entries_of(session, vendor.id)]
    assert order == ["a0", "a1", "a2", "a3", "a4", "a5", "gone"]


def test_a_vendor_without_engagement_gets_none_by_the_register(session, vendor):
    """Unlike a script that was seen: nobody knows yet what it is bought for."""
    access.add(session, vendor, PORTAL, **BY)
    session.refresh(vendor)

    assert vendor.tier is None
