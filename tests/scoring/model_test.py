"""The numbers of the model file, as they are released."""

import hashlib
from importlib.resources import files

import pytest

from vendor_risk.evidence import Severity
from vendor_risk.scoring.model import Grade, Tier, load, review_interval_months, scan_interval_days


def test_the_hash_is_that_of_the_file() -> None:
    """A score that names model and hash can be traced to the bytes of one file."""
    content = (files("vendor_risk.scoring") / "models" / "1.0.0.yaml").read_bytes()
    assert load("1.0.0").sha256 == hashlib.sha256(content).hexdigest()


@pytest.mark.parametrize("version", ["9.9.9", "", "../models/1.0.0", "../../evidence"])
def test_a_version_that_was_never_released_is_refused(version: str) -> None:
    """No file outside the released models can be named."""
    with pytest.raises(LookupError, match="no risk model"):
        load(version)


@pytest.mark.parametrize(
    ("score", "grade"),
    [
        (100, Grade.A),
        (85, Grade.A),
        (84, Grade.B),
        (70, Grade.B),
        (69, Grade.C),
        (55, Grade.C),
        (54, Grade.D),
        (40, Grade.D),
        (39, Grade.F),
        (0, Grade.F),
    ],
)
def test_each_grade_begins_at_its_threshold(score: int, grade: Grade) -> None:
    """A from 85, B from 70, C from 55, D from 40, else F."""
    assert load().grade(score) is grade


@pytest.mark.parametrize(
    ("inherent", "tier"),
    [(100, 1), (75, 1), (74, 2), (50, 2), (49, 3), (25, 3), (24, 4), (0, 4)],
)
def test_each_tier_begins_at_its_threshold(inherent: int, tier: int) -> None:
    """T1 from 75, T2 from 50, T3 from 25, else T4."""
    assert load().tier(inherent) is Tier(tier)


@pytest.mark.parametrize(
    ("tier", "months", "days"),
    [(Tier.T1, 12, 1), (Tier.T2, 12, 7), (Tier.T3, 24, 30), (Tier.T4, 36, 91)],
)
def test_a_stricter_tier_is_looked_at_more_often(tier: Tier, months: int, days: int) -> None:
    """Reviews every 12, 12, 24, 36 months; scans daily, weekly, monthly, quarterly."""
    assert (review_interval_months(tier), scan_interval_days(tier)) == (months, days)


def test_a_vendor_that_nobody_triaged_is_scanned_weekly() -> None:
    """It is neither low nor tier 1."""
    assert scan_interval_days(None) == 7


def test_every_severity_has_its_points() -> None:
    """Critical 40, high 15, medium 6, low 2, informational nothing."""
    assert [load().posture.points[severity] for severity in Severity] == [40, 15, 6, 2, 0]


def test_every_knockout_has_its_cap() -> None:
    """The ten caps of the table of knock-outs."""
    assert list(load().knockouts.values()) == [39, 49, 29, 59, 39, 49, 59, 59, 49, 54]
