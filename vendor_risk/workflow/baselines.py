"""Baselines: the score and facts that a decision rests on, and what moved since."""

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, col, select

from vendor_risk.evidence import Severity
from vendor_risk.scoring.knockouts import KNOCKOUTS
from vendor_risk.scoring.scales import FACTORS
from vendor_risk.store.models.findings import StoredFinding
from vendor_risk.store.models.moves import VendorMemory
from vendor_risk.store.models.vendors import Engagement
from vendor_risk.workflow import scores
from vendor_risk.workflow.facts import facts_of
from vendor_risk.workflow.vendors import Stale

_NUMBERS = ("final", "low", "high", "coverage", "residual", "residual_worst", "band", "model")


def frozen(session: Session, engagement: Engagement, *, now: dt.datetime) -> dict[str, Any]:
    """All that a decision of this moment rests on, as JSON; numbers are None without a score."""
    facts = facts_of(engagement)
    judged = scores.judge(session, engagement, now=now)
    levels = {factor.key: getattr(facts, factor.key) for factor in FACTORS} if facts else {}
    told: dict[str, Any] = {
        "seen": seen_from_outside(session, engagement.vendor_id),
        "as_of": now.astimezone(dt.UTC).date().isoformat(),
        "facts": levels | ({"floors": sorted(facts.floors)} if facts else {}),
        "tier": engagement.tier,
        "inherent": engagement.inherent,
        "grade": engagement.grade,
        "knockouts": [],
        "findings": [],
        "unknown": [],
        **dict.fromkeys(_NUMBERS),
        "unverified": False,
        "inherited": None,
    }
    if judged is None:
        return told
    # Of this moment, not as they were kept last: time alone moves a score, and a page that is
    # only read keeps nothing.
    sure = judged.score.assurance
    told |= {
        "model": judged.score.model,
        "final": sure.final,
        "low": sure.low,
        "high": sure.high,
        "coverage": sure.coverage,
        "residual": judged.score.residual,
        "residual_worst": judged.score.residual_range[1],
        "band": judged.score.band,
        "unverified": judged.score.unverified,
        # controls that count, and of which nothing at all is known
        "unknown": [line.control for line in sure.lines if not line.answered],
        "contradicted": judged.snapshot.credibility == "contradicted",
    }
    silent = {one.id: one.silent_since for one in judged.standing if one.silent_since is not None}
    told["knockouts"] = [
        {"id": id, "fact": KNOCKOUTS[id]}
        | ({"silent_since": silent[id].isoformat()} if id in silent else {})
        for id in judged.score.assurance.knockouts
    ]
    severities = {uuid.UUID(one.id): one.severity for one in judged.snapshot.findings}
    above = judged.inherited
    if above is not None and (above.claims or above.findings):
        told["inherited"] = {
            "parent": above.parent,
            "claims": len(above.claims),
            "findings": len(above.findings),
        }
    told["findings"] = [
        {
            "id": str(row.id),
            "severity": str(severities[row.id]),
            "state": row.state,
            "title": row.title,
        }
        | ({"of": above.parent} if above and str(row.id) in above.findings else {})
        for row in findings_of(session, list(severities))
    ]
    return told


def findings_of(session: Session, ids: Sequence[uuid.UUID]) -> list[StoredFinding]:
    """These findings, the worst first."""
    rows: list[StoredFinding] = []
    for start in range(0, len(ids), 400):  # SQLite of old takes 999 parameters in a statement
        some = ids[start : start + 400]
        rows += session.exec(select(StoredFinding).where(col(StoredFinding.id).in_(some)))
    return sorted(rows, key=lambda row: (-row.severity, row.title, str(row.id)))


@dataclass(frozen=True, slots=True)
class Drift:
    """What is another than when it was decided; findings as (severity, title)."""

    new_findings: tuple[tuple[str, str], ...]
    gone_findings: tuple[tuple[str, str], ...]
    changed_findings: tuple[tuple[str, str, str, str], ...]  # and the state then, the state now
    new_knockouts: tuple[tuple[str, str, dt.date | None], ...]  # id, fact, silent since
    gone_knockouts: tuple[tuple[str, str, dt.date | None], ...]
    numbers: tuple[tuple[str, Any, Any], ...]  # name, then, now
    facts: tuple[tuple[str, Any, Any], ...]
    new_marks: tuple[tuple[str, str], ...] = ()  # kind of mark and its value
    gone_marks: tuple[tuple[str, str], ...] = ()

    @property
    def nothing(self) -> bool:
        """Whether all is as it was."""
        return not any(getattr(self, name) for name in self.__slots__)


_COMPARED = (
    "tier",
    "inherent",
    "final",
    "low",
    "high",
    "coverage",
    "grade",
    "residual",
    "band",
    "model",
)


def drift(then: dict[str, Any], today: dict[str, Any]) -> Drift:
    """What moved between two baselines."""
    return Drift(
        new_findings=_more(today, then),
        gone_findings=_more(then, today),
        changed_findings=_changed(then, today),
        new_knockouts=_outs(today, then),
        gone_knockouts=_outs(then, today),
        numbers=tuple(
            (name, then.get(name), today.get(name))
            for name in _COMPARED
            if then.get(name) != today.get(name)
        ),
        facts=tuple(
            (name, then.get("facts", {}).get(name), today["facts"].get(name))
            for name in (*(factor.key for factor in FACTORS), "floors")
            if then.get("facts", {}).get(name) != today["facts"].get(name)
        ),
        new_marks=_more_marks(today, then),
        gone_marks=_more_marks(then, today),
    )


def seen_from_outside(session: Session, vendor_id: uuid.UUID) -> dict[str, list[str]]:
    """By what the looks know a vendor now: hosts, issuers, owners of scripts, providers."""
    memory = session.get(VendorMemory, vendor_id)
    return {kind: sorted(values) for kind, values in memory.marks.items()} if memory else {}


class Moved(Stale):
    """What a decision rests on is another than what the person saw; `drift` where that is known."""

    def __init__(self, drift: Drift | None) -> None:
        super().__init__()
        self.drift = drift


def refuse_unseen(shown: Mapping[str, Any] | None, today: dict[str, Any]) -> None:
    """Moved unless a person who was shown that baseline has seen all that holds now.

    The day, and the grade with its margin, follow from the rest. A score says too little: below
    a cap that holds already, a further finding changes none of its figures.
    """
    if shown is None:
        raise Moved(None)
    if any(shown.get(name) != today[name] for name in today if name not in ("as_of", "grade")):
        raise Moved(drift(dict(shown), today))


def _changed(then: dict[str, Any], today: dict[str, Any]) -> tuple[tuple[str, str, str, str], ...]:
    had = {row["id"]: (row["severity"], row["state"]) for row in then.get("findings", ())}
    return tuple(
        (row["severity"], _titled(row), had[row["id"]][1], row["state"])
        for row in today["findings"]
        if had.get(row["id"], (row["severity"], row["state"])) != (row["severity"], row["state"])
    )


def _more(one: dict[str, Any], other: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    had = {row["id"] for row in other.get("findings", ())}
    fresh = [row for row in one.get("findings", ()) if row["id"] not in had]
    fresh.sort(key=lambda row: -Severity(row["severity"]).rank)
    return tuple((row["severity"], _titled(row)) for row in fresh)


def _titled(row: Mapping[str, Any]) -> str:
    """What is wrong, and at which company where that is the parent."""
    return f"{row['title']} ({row['of']})" if "of" in row else str(row["title"])


def _more_marks(one: dict[str, Any], other: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    """Marks of a kind that both have seen; what was never looked at before is no news."""
    had = other.get("seen", {})
    return tuple(
        (kind, value)
        for kind, values in one.get("seen", {}).items()
        if kind in had
        for value in values
        if value not in had[kind]
    )


def _outs(
    one: dict[str, Any], other: dict[str, Any]
) -> tuple[tuple[str, str, dt.date | None], ...]:
    had = {row["id"] for row in other.get("knockouts", ())}
    return tuple(
        (
            row["id"],
            row["fact"],
            dt.date.fromisoformat(since) if (since := row.get("silent_since")) else None,
        )
        for row in one.get("knockouts", ())
        if row["id"] not in had
    )
