"""Snapshots for tests: a healthy one to spoil, and any that may be."""

import datetime as dt
from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from vendor_risk.evidence import Claim, Finding, Severity, Source
from vendor_risk.scoring.controls import out_of_scope
from vendor_risk.scoring.inherent import Facts
from vendor_risk.scoring.model import Tier, load
from vendor_risk.scoring.scales import FACTORS, FLOORS
from vendor_risk.scoring.snapshot import Snapshot

TODAY = dt.date(2026, 11, 22)
CONTROLS = sorted(load().controls)
CONTRACTOR = Facts(data_sensitivity=0, data_volume=0, access=3, criticality=2, payment=1)


def left_out(facts: Facts) -> tuple[str, ...]:
    """The controls that facts leave out."""
    return tuple(each.control for each in out_of_scope(facts))


def met(
    facts: Facts = CONTRACTOR, source: Source = Source.SELF, level: int = 100
) -> tuple[Claim, ...]:
    """Everything that is asked, answered alike today."""
    asked = [control for control in CONTROLS if control not in left_out(facts)]
    return tuple(Claim(control, level, source, TODAY) for control in asked)


def snapshot(**spoilt: Any) -> Snapshot:
    """A network contractor that answers "met" to everything in scope, with some facts spoilt."""
    facts = spoilt.get("facts", CONTRACTOR)
    whole = Snapshot(TODAY, facts, claims=met(facts), out_of_scope=left_out(facts))
    return replace(whole, **spoilt)


levels = st.integers(0, 4)
facts = st.builds(
    Facts,
    **{factor.key: levels for factor in FACTORS},
    floors=st.sets(st.sampled_from(sorted(FLOORS))).map(frozenset),
)
controls = st.sampled_from(CONTROLS)
past = st.integers(0, 3000).map(lambda days: TODAY - dt.timedelta(days=days))
claims = st.builds(
    Claim,
    control=controls,
    level=st.sampled_from([0, 50, 100]),
    source=st.sampled_from(Source),
    date=past,
    valid_until=st.none()
    | st.integers(-2000, 2000).map(lambda days: TODAY + dt.timedelta(days=days)),
)


@st.composite
def findings(draw: st.DrawFn) -> tuple[Finding, ...]:
    """Up to eight findings with ids of their own."""
    count = draw(st.integers(0, 8))
    return tuple(
        Finding(f"f{number}", draw(controls), draw(st.sampled_from(Severity)))
        for number in range(count)
    )


@st.composite
def snapshots(draw: st.DrawFn) -> Snapshot:
    """Any snapshot that can be scored: something stays in scope."""
    out = draw(st.sets(controls, max_size=len(CONTROLS) - 1))
    not_applicable = draw(st.sets(controls, max_size=3))
    if len(out | not_applicable) == len(CONTROLS):
        not_applicable = set()
    return Snapshot(
        as_of=TODAY,
        facts=draw(facts),
        tier=draw(st.none() | st.sampled_from(Tier)),
        observed=tuple(draw(st.sets(controls))),
        claims=tuple(draw(st.lists(claims, max_size=30))),
        findings=draw(findings()),
        knockouts=tuple(draw(st.sets(st.sampled_from(sorted(load().knockouts)), max_size=3))),
        out_of_scope=tuple(sorted(out)),
        not_applicable=tuple(sorted(not_applicable)),
        credibility=draw(st.sampled_from(["ok", "contradicted"])),
    )
