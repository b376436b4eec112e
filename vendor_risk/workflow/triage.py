"""Triage of vendors in use that nobody has judged yet: three quick answers, taken at their worst.

What the answers set, each at the upper end of what the option covers (the options cover all there
is, so whoever hesitates between two takes the higher):

    question    1                          2                          3
    holds       sensitivity 1, volume 1,   sensitivity 2, volume 3,   sensitivity 4, volume 4,
                payment 1                  payment 2                  payment 4
    reaches     access 0                   access 2                   access 4, payment 4
    hurts       criticality 1              criticality 2              criticality 4

No floor is set, because nobody has said one: an option that could hide one gives tier 1 anyhow.
"""

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from sqlmodel import Session, col, select

from vendor_risk.evidence import N_
from vendor_risk.scoring.inherent import Facts, Inherent, inherent
from vendor_risk.scoring.scales import FACTORS
from vendor_risk.store.audit import record, tell
from vendor_risk.store.models.audit import AuditEntry
from vendor_risk.store.models.vendors import Engagement, FactsSource, Vendor
from vendor_risk.workflow import scores
from vendor_risk.workflow.engagements import (
    Terms,
    add_engagement,
    edit_engagement,
    engagements_of,
    terms_of,
)
from vendor_risk.workflow.model_in_use import in_use
from vendor_risk.workflow.triage_queue import WAITS
from vendor_risk.workflow.vendors import archive, refresh, restore, touch

# What triage calls the engagement of a vendor that has none.
ENGAGEMENT = N_("In use")
# One act covers one page of the list: what it did is one entry of the log, which undo reads.
MOST = 50

_ANSWERED = "triage.answered"
_ARCHIVED = "triage.archived"
_UNDONE = "triage.undone"


@dataclass(frozen=True, slots=True)
class Option:
    """One answer, what it covers, and the levels that it sets."""

    label: str
    covers: str
    levels: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Question:
    """One of the three questions; the number of an option counts from 1, as its key does."""

    key: str
    text: str
    options: tuple[Option, Option, Option]


QUESTIONS: tuple[Question, ...] = (
    Question(
        "holds",
        N_("What of our customers’ data does it hold?"),  # noqa: RUF001
        (
            Option(
                N_("None"),
                N_("At most business contacts, of fewer than 1,000 people"),
                {"data_sensitivity": 1, "data_volume": 1, "payment": 1},
            ),
            Option(
                N_("Personal data"),
                N_("Names, addresses, orders, of fewer than a million people"),
                {"data_sensitivity": 2, "data_volume": 3, "payment": 2},
            ),
            Option(
                N_("Cards, credentials or special categories"),
                N_(
                    "Also bank data, detailed profiles, children, a part in the check-out, or "
                    "personal data of a million people or more"
                ),
                {"data_sensitivity": 4, "data_volume": 4, "payment": 4},
            ),
        ),
    ),
    Question(
        "reaches",
        N_("What can it reach in our systems?"),
        (
            Option(
                N_("Nothing"),
                N_("No log-in, no connection, and no files that we load"),
                {"access": 0},
            ),
            Option(
                N_("A log-in known to be separated"),
                N_("Somebody can show the walls; also files that it sends and we load"),
                {"access": 2},
            ),
            Option(
                N_("Anything else"),
                N_("Any other log-in, remote access, code in our pages; or nobody can say"),
                {"access": 4, "payment": 4},
            ),
        ),
    ),
    Question(
        "hurts",
        N_("How soon would the shop hurt without it?"),
        (
            Option(N_("After weeks"), N_("We manage for a week or longer"), {"criticality": 1}),
            Option(N_("After a day"), N_("A day or a few, but no week"), {"criticality": 2}),
            Option(N_("At once"), N_("Within hours, or right away"), {"criticality": 4}),
        ),
    ),
)


class _By(NamedTuple):
    """Who acts, and when."""

    now: dt.datetime
    actor: uuid.UUID


def facts(answers: Mapping[str, int]) -> Facts:
    """The facts of three answers, 1 to 3 each; ValueError when one is missing or none of these."""
    levels = {factor.key: 0 for factor in FACTORS}
    for question in QUESTIONS:
        number = answers.get(question.key, 0)
        if not 1 <= number <= len(question.options):
            raise ValueError(f"{question.key} is answered by 1 to {len(question.options)}")
        for factor, level in question.options[number - 1].levels.items():
            levels[factor] = max(levels[factor], level)
    return Facts(**levels, floors=frozenset())


@dataclass(frozen=True, slots=True)
class Act:
    """What one act of triage did to which vendors; `id` takes it back, `outcome` is its tier."""

    id: uuid.UUID
    done: tuple[Vendor, ...]
    skipped: int
    outcome: Inherent | None = None


def answer(
    session: Session,
    vendor_ids: Sequence[uuid.UUID],
    answers: Mapping[str, int],
    *,
    now: dt.datetime,
    actor: uuid.UUID,
) -> Act:
    """Each of these vendors that still waits has the facts of the answers, on all it is used for.

    A level that somebody has said before stays. Vendors that wait no more are skipped.
    """
    by = _By(now, actor)
    given = facts(answers)
    vendors = _held(session, vendor_ids)
    act_id = uuid.uuid4()
    did = {str(vendor.id): _judge(session, vendor, given, by) for vendor in vendors}
    _note(session, _ANSWERED, act_id, by, {"answers": dict(answers), "did": did})
    return Act(
        act_id, tuple(vendors), len(vendor_ids) - len(vendors), inherent(given, in_use(session))
    )


def no_longer_used(
    session: Session, vendor_ids: Sequence[uuid.UUID], *, now: dt.datetime, actor: uuid.UUID
) -> Act:
    """Each of these vendors that still waits is archived."""
    vendors = _held(session, vendor_ids)
    for vendor in vendors:
        archive(session, vendor, now=now, actor=actor)
    act_id = uuid.uuid4()
    did = {str(vendor.id): vendor.revision for vendor in vendors}
    _note(session, _ARCHIVED, act_id, _By(now, actor), {"did": did})
    return Act(act_id, tuple(vendors), len(vendor_ids) - len(vendors))


def undo(session: Session, act_id: uuid.UUID, *, now: dt.datetime, actor: uuid.UUID) -> Act | None:
    """The vendors of that act wait again, as they were; None when there is no such act.

    A vendor that somebody changed since is skipped, and keeps what it has now.
    """
    entry = session.exec(
        select(AuditEntry).where(
            AuditEntry.subject_id == str(act_id),
            col(AuditEntry.act).in_([_ANSWERED, _ARCHIVED]),
        )
    ).first()
    if entry is None:
        return None
    did: dict[str, Any] = (tell(session, entry).after or {}).get("did", {})
    back = _unjudge if entry.act == _ANSWERED else _unarchive
    by = _By(now, actor)
    done = []
    for vendor_id, trace in did.items():
        vendor = session.get(Vendor, uuid.UUID(vendor_id), with_for_update=True)
        if vendor is not None and back(session, vendor, trace, by):
            done.append(vendor)
    _note(session, _UNDONE, act_id, by, {"vendors": [str(one.id) for one in done]})
    return Act(act_id, tuple(done), len(did) - len(done))


def _held(session: Session, vendor_ids: Sequence[uuid.UUID]) -> list[Vendor]:
    """Those of the vendors that wait, in order, held until the end of the transaction."""
    query = (
        select(Vendor)
        .where(col(Vendor.id).in_(list(vendor_ids)[:MOST]), *WAITS)
        .order_by(col(Vendor.id))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return list(session.exec(query).all())


def _judge(session: Session, vendor: Vendor, given: Facts, by: _By) -> dict[str, Any]:
    """What undo has to know: per engagement its revision now, and the levels that were missing."""
    levels: dict[str, int | None] = {factor.key: given.level(factor.key) for factor in FACTORS}
    standing = [one for one in engagements_of(session, vendor.id) if one.ended_at is None]
    trace: dict[str, Any] = {}
    for engagement in standing:
        terms = terms_of(engagement)
        said = {key: level for key, level in terms.levels.items() if level is not None}
        _edit(session, vendor, engagement, replace(terms, levels=levels | said), by)
        engagement.facts_source = FactsSource.TRIAGE
        missing = [key for key in levels if key not in said]
        trace[str(engagement.id)] = {"revision": engagement.revision, "missing": missing}
    if not standing:
        terms = Terms(name=ENGAGEMENT, owner_id=vendor.owner_id, levels=levels)
        made = add_engagement(session, vendor, terms, source=FactsSource.TRIAGE, **by._asdict())
        trace[str(made.id)] = {"revision": made.revision, "made": True}
    vendor.triaged_at = by.now
    touch(vendor, by.now)
    return trace


def _unjudge(session: Session, vendor: Vendor, trace: dict[str, Any], by: _By) -> bool:
    """Take the levels back that triage set, and the engagement that it made."""
    rows = {id: session.get(Engagement, uuid.UUID(id)) for id in trace}
    if vendor.triaged_at is None or vendor.merged_into_id or vendor.archived_at:
        return False
    for engagement_id, row in rows.items():
        if row is None or row.revision != trace[engagement_id]["revision"] or row.ended_at:
            return False
    for engagement_id, row in rows.items():
        if row is None:
            continue
        if trace[engagement_id].get("made"):
            session.delete(row)
            continue
        terms = terms_of(row)
        before = {**terms.levels, **dict.fromkeys(trace[engagement_id]["missing"])}
        _edit(session, vendor, row, replace(terms, levels=before), by)
        row.facts_source = FactsSource.EDIT
    refresh(session, vendor)
    vendor.triaged_at = None
    scores.rescore(session, [vendor.id], now=by.now, cause=scores.FACTS)
    touch(vendor, by.now)
    return True


def _unarchive(session: Session, vendor: Vendor, trace: int, by: _By) -> bool:
    return vendor.revision == trace and restore(session, vendor, **by._asdict())


def _edit(session: Session, vendor: Vendor, engagement: Engagement, terms: Terms, by: _By) -> None:
    seen = engagement.revision
    source = FactsSource.TRIAGE
    edit_engagement(
        session, vendor, engagement, terms, revision=seen, source=source, **by._asdict()
    )


def _note(session: Session, act: str, act_id: uuid.UUID, by: _By, after: dict[str, Any]) -> None:
    record(session, act=act, subject_kind="triage", subject_id=act_id, after=after, **by._asdict())
