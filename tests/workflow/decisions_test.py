"""Decisions: who may, on what evidence, what follows, and every refusal."""

import datetime as dt
import uuid

import pytest
from sqlmodel import select

from tests.factories import NOON, make_user
from vendor_risk.scoring.model import Tier
from vendor_risk.store.models.access import Access
from vendor_risk.store.models.audit import AuditEntry
from vendor_risk.store.models.decisions import Condition, Decision, DecisionKind, DecisionState
from vendor_risk.store.models.findings import StoredFinding
from vendor_risk.store.models.intake import Intake, IntakeState
from vendor_risk.store.models.people import User
from vendor_risk.store.models.scores import StoredScore
from vendor_risk.store.models.vendors import Engagement, Vendor, VendorState
from vendor_risk.store.queries import decisions as listed
from vendor_risk.workflow import (
    baselines,
    conditions,
    decisions,
    duties,
    engagements,
    offboarding,
    scores,
    second_looks,
    vendors,
)
from vendor_risk.workflow.conditions import Wanted
from vendor_risk.workflow.decisions import Proposal
from vendor_risk.workflow.engagements import Terms
from vendor_risk.workflow.offboarding import Left
from vendor_risk.workflow.vendors import Stale, VendorRefused

BY = {"now": NOON, "actor": "test"}
TODAY = NOON.date()
FACTORS = ("data_sensitivity", "data_volume", "access", "criticality", "payment")
APPROVE, CONDITIONAL = DecisionKind.APPROVE, DecisionKind.CONDITIONAL
REJECT, OFFBOARD = DecisionKind.REJECT, DecisionKind.OFFBOARD


@pytest.fixture
def session(database):
    """A writing session."""
    with database.writing() as opened:
        yield opened


@pytest.fixture
def people(session):
    """An analyst, two approvers and somebody who asks."""
    return {
        name: make_user(session, role, email=f"{name}@example.com")
        for name, role in (
            ("ann", "analyst"),
            ("paul", "approver"),
            ("petra", "approver"),
            ("rita", "requester"),
        )
    }


def buy(session, level, name="Payroll", vendor=None):
    """An engagement whose five factors have this level: 4 is tier 1, 1 is tier 3."""
    vendor = vendor or vendors.create_vendor(session, name="Northwind", **BY)
    levels = dict.fromkeys(FACTORS, level)
    return engagements.add_engagement(session, vendor, Terms(name, levels=levels), **BY)


def vendor_of(session, engagement):
    return session.get_one(Vendor, engagement.vendor_id)


def propose(session, engagement, person, kind=APPROVE, **said):
    wanted = said.pop("conditions", ())
    rationale = said.pop("rationale", "Its evidence is good.")
    seen = said.pop("seen", None)
    return decisions.propose(
        session,
        engagement,
        Proposal(kind, rationale, wanted),
        seen=decisions.mark(session, engagement.id) if seen is None else seen,
        shown=said.pop("shown", None)
        or baselines.frozen(session, engagement, now=said.get("now", NOON)),
        person=person,
        now=said.pop("now", NOON),
        **said,
    )


def approve(session, decision, person, now=NOON):
    bought = session.get_one(Engagement, decision.engagement_id)
    decisions.approve(
        session,
        decision,
        revision=decision.revision,
        shown=baselines.frozen(session, bought, now=now),
        person=person,
        now=now,
    )


def wanted(people, text="Second factor on the portal", days=30):
    return Wanted(text, people["ann"].id, TODAY + dt.timedelta(days=days))


def fault(session, vendor, severity=3, **said):
    row = StoredFinding(
        **{
            "vendor_id": vendor.id,
            "kind": "person",
            "reference": uuid.uuid4().hex,
            "control": "AC-01",
            "severity": severity,
            "title": "No second factor",
            "first_seen_at": NOON,
            "last_seen_at": NOON,
            "opened_at": NOON,
        }
        | said
    )
    session.add(row)
    session.flush()
    scores.rescore(session, [vendor.id], now=NOON, cause=scores.FINDING)
    return row


def test_a_proposal_waits_and_changes_nothing(session, people):
    """The vendor's state is as it was."""
    bought = buy(session, 4)

    decision = propose(session, bought, people["ann"])

    assert decision.state == DecisionState.WAITING
    assert vendor_of(session, bought).state == VendorState.PROSPECT


def test_the_baseline_is_what_was_known(session, people):
    """Score, facts, tier, figures, findings."""
    bought = buy(session, 4)
    row = fault(session, vendor_of(session, bought))

    decision = propose(session, bought, people["ann"])

    kept = session.get_one(StoredScore, decision.score_id)
    told = decision.baseline
    assert (told["final"], told["low"], told["high"]) == (kept.final, kept.low, kept.high)
    assert (told["tier"], told["inherent"], told["band"]) == (1, 100, kept.band)
    assert told["facts"]["access"] == 4
    assert told["findings"] == [
        {"id": str(row.id), "severity": "high", "state": "open", "title": "No second factor"}
    ]


@pytest.mark.parametrize(
    ("kind", "state"),
    [
        (APPROVE, VendorState.APPROVED),
        (CONDITIONAL, VendorState.CONDITIONAL),
        (REJECT, VendorState.REJECTED),
        (OFFBOARD, VendorState.OFFBOARDING),
    ],
)
def test_the_state_of_the_vendor_follows(session, people, kind, state):
    """Two people for tier 1, and the log names the second."""
    bought = buy(session, 4)
    asked = [wanted(people)] if kind == CONDITIONAL else []

    decision = propose(session, bought, people["ann"], kind, conditions=asked)
    approve(session, decision, people["paul"])

    session.commit()
    act = session.exec(select(AuditEntry).where(AuditEntry.act == "decision.in_force")).one()
    assert vendor_of(session, bought).state == state
    assert (decision.state, decision.decided_by_id) == ("in force", people["paul"].id)
    assert act.actor_id == people["paul"].id


@pytest.mark.parametrize(("level", "day"), [(4, dt.date(2027, 11, 22)), (1, dt.date(2028, 11, 22))])
def test_the_next_review_goes_by_tier(session, people, level, day):
    """Twelve months for tier 1, twenty-four for tier 3."""
    bought = buy(session, level)

    approve(session, propose(session, bought, people["ann"]), people["paul"])

    assert vendor_of(session, bought).next_review_on == day


def test_an_approver_alone_for_tier_3(session, people):
    """One step, one person."""
    bought = buy(session, 1)

    decision = propose(session, bought, people["paul"], alone=True)

    assert (bought.tier, decision.state) == (3, DecisionState.IN_FORCE)
    assert decision.proposed_by_id == decision.decided_by_id == people["paul"].id


@pytest.mark.parametrize(
    ("level", "who", "words"),
    [
        (4, "paul", "need four eyes"),
        (1, "ann", "An approver decides"),
        (1, "rita", "Analysts and approvers propose"),
    ],
)
def test_who_may_not_decide_alone(session, people, level, who, words):
    """Tier 1, an analyst, a requester."""
    with pytest.raises(VendorRefused, match=words):
        propose(session, buy(session, level), people[who], alone=True)


def test_without_a_tier_it_takes_two(session, people):
    """Nobody knows how strict it is."""
    vendor = vendors.create_vendor(session, name="Northwind", **BY)
    bought = engagements.add_engagement(session, vendor, Terms("Old things"), **BY)

    with pytest.raises(VendorRefused, match="Without a tier"):
        propose(session, bought, people["paul"], OFFBOARD, alone=True)
    approve(session, propose(session, bought, people["paul"], OFFBOARD), people["petra"])

    assert vendor.state == VendorState.OFFBOARDING


def raised(session, people, level=4, kind=APPROVE, **said):
    """Paul approved alone, and then the facts rose to this level."""
    bought = buy(session, 1)
    row = propose(session, bought, people["paul"], kind, alone=True, **said)
    rise(session, bought, level)
    return bought, row


def rise(session, bought, level):
    vendor = vendor_of(session, bought)
    terms = Terms(bought.name, levels=dict.fromkeys(FACTORS, level))
    engagements.edit_engagement(session, vendor, bought, terms, revision=bought.revision, **BY)


def confirm(session, bought, row, person, **said):
    given = {"revision": row.revision, "person": person, "now": NOON} | said
    given.setdefault("shown", baselines.frozen(session, bought, now=given["now"]))
    second_looks.confirm(session, row, **given)


@pytest.mark.parametrize(
    ("kind", "level", "asked"),
    [(APPROVE, 4, True), (APPROVE, 2, True), (APPROVE, 0, False), (REJECT, 4, False)],
)
def test_an_approval_of_one_needs_another_when_its_tier_rises(session, people, kind, level, asked):
    """It stays in force, and waits for every approver but the first."""
    _bought, row = raised(session, people, level, kind)

    waits = {
        name
        for name in ("ann", "paul", "petra")
        for one in duties.duties(session, [people[name]], TODAY)
        if one.kind == duties.DutyKind.DECISION
    }
    assert row.state == DecisionState.IN_FORCE
    assert waits == ({"petra"} if asked else set())
    assert listed.count_waiting(session, people["petra"].id) == asked
    assert [one.id for one, *_ in listed.unconfirmed(session, 9)] == [row.id] * asked


def test_it_needs_none_when_the_tier_falls_again(session, people):
    """And the log has both."""
    bought, row = raised(session, people)
    rise(session, bought, 1)

    session.commit()
    acts = [one.act for one in session.exec(select(AuditEntry)) if "second" in one.act]
    assert row.second_asked_at is None
    assert sorted(acts) == ["decision.second_asked", "decision.second_spared"]


def test_what_two_approved_needs_no_third(session, people):
    """However its tier moves."""
    bought = buy(session, 1)
    row = propose(session, bought, people["ann"])
    approve(session, row, people["paul"])

    rise(session, bought, 4)

    assert row.second_asked_at is None


def test_a_second_person_confirms_on_the_facts_of_today(session, people):
    """The baseline and the review go by the tier of now, and nobody is asked again."""
    bought, row = raised(session, people)

    confirm(session, bought, row, people["petra"])
    rise(session, bought, 3)

    assert (row.state, row.second_by_id) == (DecisionState.IN_FORCE, people["petra"].id)
    assert row.baseline["tier"] == 1
    assert vendor_of(session, bought).next_review_on == dt.date(2027, 11, 22)
    assert listed.unconfirmed(session, 9) == []


def test_a_second_person_sends_it_back(session, people):
    """Its conditions end, and the vendor is being assessed."""
    bought, row = raised(session, people, kind=CONDITIONAL, conditions=[wanted(people)])
    petra = people["petra"]

    with pytest.raises(VendorRefused, match="Say why"):
        second_looks.send_back(session, row, " ", revision=row.revision, person=petra, now=NOON)
    second_looks.send_back(session, row, "Too thin", revision=row.revision, person=petra, now=NOON)

    (one,) = decisions.conditions_of(session, row.id)
    session.refresh(one)
    assert (row.state, row.refusal, one.dropped_at) == (DecisionState.REFUSED, "Too thin", NOON)
    assert vendor_of(session, bought).state == VendorState.ASSESSING


@pytest.mark.parametrize(
    ("who", "spoilt", "error"),
    [
        ("paul", {}, VendorRefused),
        ("ann", {}, VendorRefused),
        ("petra", {"revision": 9}, Stale),
        ("petra", {"shown": None}, baselines.Moved),
    ],
)
def test_who_may_not_confirm(session, people, who, spoilt, error):
    """The first one, no approver, too late, unseen."""
    bought, row = raised(session, people)

    with pytest.raises(error):
        confirm(session, bought, row, people[who], **spoilt)


def test_nothing_is_approved_without_a_score(session, people):
    """There is no baseline."""
    vendor = vendors.create_vendor(session, name="Northwind", **BY)
    bought = engagements.add_engagement(session, vendor, Terms("Old things"), **BY)

    with pytest.raises(VendorRefused, match="no score yet"):
        propose(session, bought, people["ann"])


@pytest.mark.parametrize(
    ("who", "words"),
    [
        ("ann", "you are none. Ask Paul or Petra"),
        ("rita", "you are none"),
        ("petra", "You proposed this.* Ask Paul"),
    ],
)
def test_who_may_not_be_the_second(session, people, who, words):
    """No approver, or the one who proposed."""
    decision = propose(session, buy(session, 4), people["petra"])

    with pytest.raises(VendorRefused, match=words):
        approve(session, decision, people[who])


def test_the_proposer_may_decide_where_one_is_enough(session, people):
    """Tier 3, in two steps."""
    decision = propose(session, buy(session, 1), people["paul"])

    approve(session, decision, people["paul"])

    assert decision.state == DecisionState.IN_FORCE


@pytest.mark.parametrize(("leaves", "names"), [(False, "Petra"), (True, "an admin")])
def test_who_can_be_the_second_pair_of_eyes_is_named(session, people, leaves, names):
    """Another approver with an account; where the team has none, who can make one."""
    people["petra"].active = not leaves
    decision = propose(session, buy(session, 4), people["paul"])

    with pytest.raises(VendorRefused, match=rf"four eyes.* Ask {names}"):
        approve(session, decision, people["paul"])


@pytest.mark.parametrize("act", ["alone", "approve", "refuse"])
def test_nobody_decides_on_their_own_request(session, people, act):
    """Whoever sent the request is told so; another approver may."""
    bought = buy(session, 1)
    paul = people["paul"]
    session.add(Intake(requester_id=paul.id, engagement_id=bought.id, state=IntakeState.SUBMITTED))
    session.flush()

    with pytest.raises(VendorRefused, match="your own request"):
        if act == "alone":
            propose(session, bought, paul, alone=True)
        elif act == "approve":
            approve(session, propose(session, bought, people["ann"]), paul)
        else:
            decision = propose(session, bought, people["ann"])
            decisions.refuse(session, decision, "No.", revision=1, person=paul, now=NOON)
    if act == "approve":
        (decision,) = decisions.history(session, bought.id)
        approve(session, decision, people["petra"])
        assert decision.state == DecisionState.IN_FORCE


def test_the_second_of_two_deciders_is_stale(session, people):
    """The first one's name stands on the row."""
    decision = propose(session, buy(session, 4), people["ann"])
    approve(session, decision, people["paul"])

    with pytest.raises(Stale):
        decisions.refuse(session, decision, "No.", revision=1, person=people["petra"], now=NOON)
    assert decision.decided_by_id == people["paul"].id


def test_the_second_of_two_proposers_is_stale(session, people):
    """So is who decides alone on a page that is older than another's decision."""
    bought = buy(session, 1)
    propose(session, bought, people["paul"], alone=True, seen="")

    with pytest.raises(Stale):
        propose(session, bought, people["petra"], REJECT, alone=True, seen="")


def test_a_second_proposal_beside_one_that_waits_is_stale(session, people):
    """One waits at a time, says the database too."""
    bought = buy(session, 4)
    propose(session, bought, people["ann"])

    with pytest.raises(Stale):
        propose(session, bought, people["paul"])


@pytest.mark.parametrize("spoil", ["another finding", "severity", "state", "facts"])
@pytest.mark.parametrize("who", ["first", "second"])
def test_what_changed_below_a_cap_is_read_first(session, people, spoil, who):
    """The score is where it was, and is not what the person saw."""
    bought = buy(session, 4)
    vendor = vendor_of(session, bought)
    row = fault(session, vendor, severity=4)
    lesser = fault(session, vendor, severity=2)
    decision = propose(session, bought, people["ann"], REJECT) if who == "second" else None
    shown = baselines.frozen(session, bought, now=NOON)
    if spoil == "another finding":
        fault(session, vendor, severity=4, title="No second factor there either")
    elif spoil == "severity":
        lesser.severity = 4
    elif spoil == "state":
        row.state = "asked"
    else:
        bought.floors = ["card-data"]
    session.flush()

    with pytest.raises(baselines.Moved) as moved:
        if decision is None:
            propose(session, bought, people["ann"], shown=shown)
        else:
            decisions.approve(
                session, decision, revision=1, shown=shown, person=people["paul"], now=NOON
            )

    drift = moved.value.drift
    assert [one for one in ("final", "low", "high") if one in {n for n, *_ in drift.numbers}] == []
    assert (drift.new_findings, drift.changed_findings, drift.facts) == {
        "another finding": ((("critical", "No second factor there either"),), (), ()),
        "severity": ((), (("critical", "No second factor", "open", "open"),), ()),
        "state": ((), (("critical", "No second factor", "open", "asked"),), ()),
        "facts": ((), (), (("floors", [], ["card-data"]),)),
    }[spoil]


def test_what_time_alone_moved_is_seen_as_it_is_shown(session, people):
    """A page that is only read keeps no score, and whoever reads it can decide."""
    bought = buy(session, 4)
    decision = propose(session, bought, people["ann"])
    later = NOON + dt.timedelta(days=400)

    approve(session, decision, people["paul"], now=later)

    assert decision.state == DecisionState.IN_FORCE


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"rationale": "  "}, "rationale"),
        ({"rationale": "x" * 4001}, "rationale"),
        ({"kind": CONDITIONAL}, "conditions-0-text"),
    ],
)
def test_a_proposal_that_lacks_something(session, people, said, field):
    """The field is named."""
    with pytest.raises(VendorRefused) as refused:
        propose(session, buy(session, 4), people["ann"], **said)
    assert refused.value.field == field


@pytest.mark.parametrize("kind", [REJECT, OFFBOARD])
def test_rejecting_needs_a_reason_too(session, people, kind):
    """As every decision."""
    with pytest.raises(VendorRefused, match="Say why"):
        propose(session, buy(session, 4), people["ann"], kind, rationale="")


@pytest.mark.parametrize(
    ("spoilt", "field"),
    [
        ({"text": ""}, "conditions-0-text"),
        ({"text": "x" * 501}, "conditions-0-text"),
        ({"owner_id": None}, "conditions-0-owner_id"),
        ({"owner_id": uuid.uuid4()}, "conditions-0-owner_id"),
        ({"due_on": None}, "conditions-0-due_on"),
        ({"due_on": TODAY - dt.timedelta(days=1)}, "conditions-0-due_on"),
        ({"due_on": TODAY + dt.timedelta(days=731)}, "conditions-0-due_on"),
    ],
)
def test_a_condition_says_what_who_and_until_when(session, people, spoilt, field):
    """And not in the past."""
    one = {"text": "Mend it", "owner_id": people["ann"].id, "due_on": TODAY}

    with pytest.raises(VendorRefused) as refused:
        propose(
            session,
            buy(session, 4),
            people["ann"],
            CONDITIONAL,
            conditions=[Wanted(**one | spoilt)],
        )
    assert refused.value.field == field


def test_an_empty_line_is_no_condition(session, people):
    """One that is filled is enough."""
    asked = [Wanted("", None, None), wanted(people)]

    decision = propose(session, buy(session, 4), people["ann"], CONDITIONAL, conditions=asked)

    assert len(decisions.conditions_of(session, decision.id)) == 1


def test_a_knock_out_forbids_plain_approval(session, people):
    """It is named; with conditions it can be."""
    bought = buy(session, 4)
    fault(session, vendor_of(session, bought), severity=4, knockout="KO-02")

    with pytest.raises(VendorRefused, match="KO-02"):
        propose(session, bought, people["ann"])
    decision = propose(session, bought, people["ann"], CONDITIONAL, conditions=[wanted(people)])

    assert "KO-02" in [one["id"] for one in decision.baseline["knockouts"]]


def test_a_knock_out_that_came_meanwhile_stops_the_second(session, people):
    """Though the first could not know."""
    bought = buy(session, 4)
    decision = propose(session, bought, people["ann"])
    fault(session, vendor_of(session, bought), severity=4, knockout="KO-02")

    with pytest.raises(VendorRefused, match="KO-02"):
        approve(session, decision, people["paul"])


def test_a_condition_whose_date_passed_while_waiting(session, people):
    """It would be breached at birth."""
    decision = propose(
        session, buy(session, 4), people["ann"], CONDITIONAL, conditions=[wanted(people, days=1)]
    )

    with pytest.raises(VendorRefused, match="passed while this waited"):
        approve(session, decision, people["paul"], now=NOON + dt.timedelta(days=2))


def test_a_new_decision_replaces_the_one_before(session, people):
    """Open conditions go with it."""
    bought = buy(session, 1)
    first = propose(
        session, bought, people["paul"], CONDITIONAL, conditions=[wanted(people)], alone=True
    )

    propose(session, bought, people["paul"], APPROVE, alone=True)

    (one,) = decisions.conditions_of(session, first.id)
    session.refresh(one)
    assert (first.state, vendor_of(session, bought).state) == ("replaced", "approved")
    assert one.dropped_at == NOON


def test_the_vendor_is_what_the_worst_decision_says(session, people):
    """And an ended engagement counts no longer."""
    good = buy(session, 1)
    vendor = vendor_of(session, good)
    bad = buy(session, 1, "Chat", vendor)
    propose(session, good, people["paul"], alone=True)
    propose(session, bad, people["paul"], REJECT, alone=True)
    assert vendor.state == VendorState.REJECTED

    engagements.end_engagement(session, vendor, bad, **BY)

    assert vendor.state == VendorState.APPROVED


def test_refusing_needs_a_reason(session, people):
    """And leaves the vendor as it is."""
    bought = buy(session, 4)
    decision = propose(session, bought, people["ann"])

    with pytest.raises(VendorRefused) as refused:
        decisions.refuse(session, decision, " ", revision=1, person=people["paul"], now=NOON)
    assert refused.value.field == "refusal"
    decisions.refuse(session, decision, "Too thin.", revision=1, person=people["paul"], now=NOON)

    assert (decision.state, decision.refusal) == ("refused", "Too thin.")
    assert vendor_of(session, bought).state == VendorState.PROSPECT
    propose(session, bought, people["ann"])  # the way is free again


def test_only_the_proposer_withdraws(session, people):
    """An approver refuses instead."""
    decision = propose(session, buy(session, 4), people["ann"])

    with pytest.raises(VendorRefused, match="takes it back"):
        decisions.withdraw(session, decision, revision=1, person=people["paul"], now=NOON)
    decisions.withdraw(session, decision, revision=1, person=people["ann"], now=NOON)

    assert decision.state == DecisionState.WITHDRAWN


@pytest.mark.parametrize("gone", ["archived", "ended", "ours"])
def test_nobody_decides_on_what_is_gone(session, people, gone):
    """An archived vendor, an ended engagement, our own company."""
    bought = buy(session, 4)
    vendor = vendor_of(session, bought)
    if gone == "archived":
        vendors.archive(session, vendor, **BY)
    elif gone == "ended":
        engagements.end_engagement(session, vendor, bought, **BY)
    else:
        vendor.ours = True

    with pytest.raises(VendorRefused):
        propose(session, bought, people["ann"])


def test_a_breach_is_raised_once(session, people):
    """The day after its date; the vendor stays conditional."""
    bought = buy(session, 1)
    propose(
        session,
        bought,
        people["paul"],
        CONDITIONAL,
        conditions=[wanted(people, days=3), wanted(people, "Later", days=90)],
        alone=True,
    )
    assert conditions.raise_breaches(session, NOON + dt.timedelta(days=3)) == []

    later = NOON + dt.timedelta(days=4)
    (one,) = conditions.raise_breaches(session, later)

    assert (one.text, one.breached_at) == ("Second factor on the portal", later)
    assert conditions.raise_breaches(session, later + dt.timedelta(days=1)) == []
    assert vendor_of(session, bought).state == VendorState.CONDITIONAL


def in_force(session, people):
    bought = buy(session, 1)
    decision = propose(
        session, bought, people["paul"], CONDITIONAL, conditions=[wanted(people)], alone=True
    )
    return decisions.conditions_of(session, decision.id)[0]


def test_a_condition_is_met_and_open_again(session, people):
    """Who, when, how; then taken back."""
    one = in_force(session, people)

    conditions.meet(session, one, "Seen it", revision=1, person=people["ann"], now=NOON)
    assert (one.met_at, one.met_by_id, one.met_note) == (NOON, people["ann"].id, "Seen it")

    conditions.reopen(session, one, revision=2, person=people["ann"], now=NOON)
    assert one.met_at is None


@pytest.mark.parametrize(
    ("who", "note", "revision", "error"),
    [
        ("ann", " ", 1, VendorRefused),
        ("ann", "x" * 1001, 1, VendorRefused),
        ("rita", "Seen it", 1, VendorRefused),
        ("paul", "Seen it", 1, VendorRefused),
        ("ann", "Seen it", 7, Stale),
    ],
)
def test_a_condition_is_not_met_by_anybody(session, people, who, note, revision, error):
    """Its owner or an analyst, with a note, on what they saw."""
    one = in_force(session, people)

    with pytest.raises(error):
        conditions.meet(session, one, note, revision=revision, person=people[who], now=NOON)


def test_its_owner_meets_it_without_being_an_analyst(session, people):
    """A requester who owns it."""
    one = in_force(session, people)
    one.owner_id = people["rita"].id
    session.flush()

    conditions.meet(session, one, "Done", revision=1, person=people["rita"], now=NOON)

    assert one.met_by_id == people["rita"].id


def test_what_nobody_decided_binds_nobody(session, people):
    """A condition of a proposal cannot be met."""
    decision = propose(
        session, buy(session, 4), people["ann"], CONDITIONAL, conditions=[wanted(people)]
    )
    (one,) = decisions.conditions_of(session, decision.id)

    with pytest.raises(VendorRefused, match="Nobody has decided"):
        conditions.meet(session, one, "Done", revision=1, person=people["ann"], now=NOON)
    assert conditions.raise_breaches(session, NOON + dt.timedelta(days=99)) == []


def test_what_moved_since_the_decision(session, people):
    """New and closed findings, and the figures."""
    bought = buy(session, 1)
    vendor = vendor_of(session, bought)
    old = fault(session, vendor, title="Old")
    decision = propose(session, bought, people["paul"], alone=True)
    old.state = "verified"
    fault(session, vendor, severity=4, title="New", knockout="KO-02")

    moved = baselines.drift(decision.baseline, baselines.frozen(session, bought, now=NOON))

    assert moved.new_findings == (("critical", "New"),)
    assert moved.gone_findings == (("high", "Old"),)
    assert "KO-02" in [key for key, *_ in moved.new_knockouts]
    assert not moved.nothing


def test_nothing_moved(session, people):
    """The same evidence, the same baseline."""
    bought = buy(session, 1)
    decision = propose(session, bought, people["paul"], alone=True)

    assert baselines.drift(decision.baseline, baselines.frozen(session, bought, now=NOON)).nothing


@pytest.mark.parametrize("state", [VendorState.APPROVED, VendorState.OFFBOARDING])
def test_no_hand_sets_what_a_decision_does(session, state):
    """The form says where to propose one."""
    vendor = vendors.create_vendor(session, name="Northwind", **BY)

    with pytest.raises(VendorRefused, match="decision") as refused:
        edit(session, vendor, state)
    assert refused.value.field == "state"


def test_no_hand_changes_what_a_decision_set(session, people):
    """It follows from the decision in force."""
    bought = buy(session, 1)
    propose(session, bought, people["paul"], alone=True)
    vendor = vendor_of(session, bought)

    with pytest.raises(VendorRefused, match="follows from the decision"):
        edit(session, vendor, VendorState.PROSPECT)


def edit(session, vendor, state):
    session.flush()
    vendors.edit_vendor(
        session,
        vendor,
        revision=vendor.revision,
        name=vendor.name,
        supplier_number="",
        owner_id=None,
        state=state,
        in_use=False,
        handshakes_agreed=None,
        **BY,
    )


@pytest.fixture
def leaving(session, people):
    """A vendor on its way out, its checklist, and the way that it still has in."""
    bought = buy(session, 1)
    vendor = vendor_of(session, bought)
    way = Access(vendor_id=vendor.id, kind="vpn", name="nw-vpn")
    session.add(way)
    propose(session, bought, people["paul"], OFFBOARD, alone=True)
    session.flush()
    return vendor, offboarding.of(session, vendor.id), way


DONE = Left(TODAY, "Deleted, says their letter", None, TODAY, "Their letter is on paper")


def say(session, people, leaving, left=DONE, revision=1):
    vendor, row, _ = leaving
    return offboarding.say(
        session, vendor, row, left, revision=revision, now=NOON, actor=people["ann"].id
    )


def finish(session, people, leaving):
    vendor, row, _ = leaving
    offboarding.finish(
        session, vendor, row, revision=row.revision, now=NOON, actor=people["ann"].id
    )


@pytest.mark.parametrize(
    ("left", "ended", "words"),
    [
        (DONE, False, "every access"),
        (Left(None, "", None, TODAY, "paper"), True, "data was returned or deleted"),
        (Left(TODAY, "Deleted", None, None, "paper"), True, "contract was closed"),
        (Left(TODAY, "Deleted", None, TODAY), True, "say why there is none"),
    ],
)
def test_the_end_waits_for_all_three(session, people, leaving, left, ended, words):
    """What is missing is named, and nothing else."""
    say(session, people, leaving, left)
    leaving[2].ended_at = NOON if ended else None
    session.flush()

    with pytest.raises(VendorRefused, match=words) as refused:
        finish(session, people, leaving)
    assert ";" not in refused.value.message
    assert leaving[0].archived_at is None


def test_the_end_archives_and_can_be_taken_back(session, people, leaving):
    """Restored, it is on its way out again."""
    say(session, people, leaving)
    leaving[2].ended_at = NOON
    session.flush()

    finish(session, people, leaving)
    assert (leaving[0].state, leaving[1].finished_at) == (VendorState.ARCHIVED, NOON)

    vendors.restore(session, leaving[0], **BY)
    assert (leaving[0].state, leaving[1].finished_at) == (VendorState.OFFBOARDING, None)


@pytest.mark.parametrize(
    ("left", "field"),
    [
        (Left(TODAY + dt.timedelta(days=1), "x", None, None), "data_done_on"),
        (Left(None, "", None, TODAY + dt.timedelta(days=1)), "contract_closed_on"),
        (Left(TODAY, "", None, None), "data_how"),
        (Left(None, "x" * 1001, None, None), "data_how"),
        (Left(None, "", uuid.uuid4(), None), "certificate_id"),
    ],
)
def test_a_checklist_says_only_what_is_true(session, people, leaving, left, field):
    """No day to come, no word missing, no document of others."""
    with pytest.raises(VendorRefused) as refused:
        say(session, people, leaving, left)
    assert refused.value.field == field


def test_two_people_at_the_checklist(session, people, leaving):
    """The second is told."""
    assert say(session, people, leaving)
    with pytest.raises(Stale):
        say(session, people, leaving)


def test_who_stays_has_no_checklist(session, people, leaving):
    """Another decision took the vendor back."""
    (bought,) = session.exec(select(Engagement)).all()
    propose(session, bought, people["paul"], alone=True)

    with pytest.raises(VendorRefused, match="not on its way out"):
        say(session, people, leaving)


def test_names_in_the_rows_are_those_of_people(session, people):
    """A person who goes leaves the decision behind."""
    bought = buy(session, 1)
    decision = propose(session, bought, people["paul"], alone=True)
    session.commit()

    assert session.get_one(User, decision.decided_by_id).email == "paul@example.com"
    assert session.exec(select(Decision)).one().sample is False
    assert session.exec(select(Condition)).all() == []


def test_anything_critical_forbids_plain_approval(session, people):
    """It is a knock-out by itself, though no rule but the score's own names it."""
    bought = buy(session, 4)
    fault(session, vendor_of(session, bought), severity=4)

    with pytest.raises(VendorRefused, match="KO-10"):
        propose(session, bought, people["ann"])


def test_a_tier_set_by_hand_takes_no_pair_of_eyes_away(session, people):
    """Else one person could lower it, decide, and take it back."""
    bought = buy(session, 4)
    vendor = vendor_of(session, bought)
    engagements.override_tier(
        session, vendor, bought, Tier.T4, "It is small.", revision=bought.revision, **BY
    )

    assert bought.tier == 4
    with pytest.raises(VendorRefused, match="four eyes"):
        propose(session, bought, people["paul"], alone=True)


def test_a_vendor_on_its_way_out_is_not_archived_past_its_list(session, people, leaving):
    """The gate is the list, not another button."""
    vendor, _, _ = leaving
    with pytest.raises(VendorRefused, match="way out"):
        vendors.archive(session, vendor, **BY)


def test_drift_names_another_model():
    """Figures of two models are told apart, even where they came to the same."""
    then = {"model": "1.0.0", "final": 6500, "facts": {}, "findings": [], "knockouts": []}
    moved = baselines.drift(then, then | {"model": "1.0.0-ours"})
    assert moved.numbers == (("model", "1.0.0", "1.0.0-ours"),)
