"""Baselines: the score and facts that a decision rests on, and what moved since."""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, col, select

from vendor_risk.evidence import Severity
from vendor_risk.scoring.knockouts import KNOCKOUTS
from vendor_risk.scoring.scales import FACTORS
from vendor_risk.store.models.findings import StoredFinding
from vendor_risk.store.models.vendors import Engagement
from vendor_risk.workflow import scores
from vendor_risk.workflow.facts import facts_of


def frozen(session: Session, engagement: Engagement, *, now: dt.datetime) -> dict[str, Any]:
    """All that a decision of this moment rests on, as JSON; numbers are None without a score."""
    facts = facts_of(engagement)
    judged = scores.judge(session, engagement, now=now)
    levels = {factor.key: getattr(facts, factor.key) for factor in FACTORS} if facts else {}
    told: dict[str, Any] = {
        "as_of": now.astimezone(dt.UTC).date().isoformat(),
        "facts": levels | ({"floors": sorted(facts.floors)} if facts else {}),
        "tier": engagement.tier,
        "inherent": engagement.inherent,
        "grade": engagement.grade,
        "band": engagement.band,
        "model": None,
        "unverified": engagement.unverified,
        "knockouts": [],
        "findings": [],
    }
    numbers = ("final", "low", "high", "coverage", "residual", "residual_worst")
    told |= {name: getattr(engagement, name) for name in numbers}
    if judged is None:
        return told
    told["model"] = judged.score.model
    told["knockouts"] = [
        {"id": id, "fact": KNOCKOUTS[id]} for id in judged.score.assurance.knockouts
    ]
    severities = {uuid.UUID(one.id): one.severity for one in judged.snapshot.findings}
    told["findings"] = [
        {"id": str(row.id), "severity": str(severities[row.id]), "title": row.title}
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
    new_knockouts: tuple[tuple[str, str], ...]
    gone_knockouts: tuple[tuple[str, str], ...]
    numbers: tuple[tuple[str, Any, Any], ...]  # name, then, now
    facts: tuple[tuple[str, Any, Any], ...]

    @property
    def nothing(self) -> bool:
        """Whether all is as it was."""
        return not any(getattr(self, name) for name in self.__slots__)


_COMPARED = ("tier", "inherent", "final", "low", "high", "grade", "residual", "band")


def drift(then: dict[str, Any], today: dict[str, Any]) -> Drift:
    """What moved between two baselines."""
    return Drift(
        new_findings=_more(today, then),
        gone_findings=_more(then, today),
        new_knockouts=_outs(today, then),
        gone_knockouts=_outs(then, today),
        numbers=tuple(
            (name, then.get(name), today.get(name))
            for name in _COMPARED
            if then.get(name) != today.get(name)
        ),
        facts=tuple(
            (name, then["facts"].get(name), today["facts"].get(name))
            for name in [factor.key for factor in FACTORS]
            if then.get("facts", {}).get(name) != today["facts"].get(name)
        ),
    )


def _more(one: dict[str, Any], other: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    had = {row["id"] for row in other.get("findings", ())}
    fresh = [row for row in one.get("findings", ()) if row["id"] not in had]
    fresh.sort(key=lambda row: -Severity(row["severity"]).rank)
    return tuple((row["severity"], row["title"]) for row in fresh)


def _outs(one: dict[str, Any], other: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    had = {row["id"] for row in other.get("knockouts", ())}
    return tuple(
        (row["id"], row["fact"]) for row in one.get("knockouts", ()) if row["id"] not in had
    )
