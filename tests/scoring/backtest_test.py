"""The table of known breaches says what the risk model's own text expects of it."""

import pytest

from vendor_risk.questionnaires.template import parse
from vendor_risk.resources import data_dir
from vendor_risk.scoring.asking import known
from vendor_risk.scoring.backtest import CASES, WARNING, run
from vendor_risk.scoring.model import Band, Grade, Tier
from vendor_risk.workflow.questionnaires import CONTRACTOR_ACCESS, called

QUESTIONNAIRE = called(CONTRACTOR_ACCESS)
TRIED = run(QUESTIONNAIRE)

# inherent, tier, final, grade, unverified, band
EXPECTED = [
    (58, Tier.T2, 6500, Grade.C, True, Band.MEDIUM),
    (58, Tier.T2, 6253, Grade.C, True, Band.MEDIUM),
    (58, Tier.T2, 4900, Grade.D, False, Band.HIGH),
    (66, Tier.T2, 4900, Grade.D, False, Band.HIGH),
    (100, Tier.T1, 6500, Grade.C, True, Band.CRITICAL),
    (100, Tier.T1, 2900, Grade.F, False, Band.CRITICAL),
    (89, Tier.T1, 6500, Grade.C, True, Band.HIGH),
    (86, Tier.T1, 6478, Grade.C, True, Band.HIGH),
    # The text calls this one high; by its own arithmetic 86 with 39 and nothing proven is 72.58.
    (86, Tier.T1, 3900, Grade.F, False, Band.CRITICAL),
]


@pytest.mark.parametrize(("case", "expected"), list(zip(TRIED, EXPECTED, strict=True)))
def test_a_known_breach(case, expected) -> None:
    """As known before it happened."""
    told = case.score
    assert (
        told.inherent.value,
        told.tier,
        told.final,
        told.grade,
        told.unverified,
        told.band,
    ) == expected


def test_fazio_is_medium_until_one_question_is_answered() -> None:
    """43 of 58 by words alone, 47 once the missing second factor is known."""
    plain, _, single, *_ = (case.score for case in TRIED)
    assert [(told.residual + 50) // 100 for told in (plain, single)] == [43, 47]
    assert [(told.assurance.low, told.assurance.high) for told in (plain, single)] == [
        (0, 10000),
        (0, 4900),
    ]


def test_the_table_says_what_it_is_not() -> None:
    """A sanity check with hindsight, and eBay's theft is not claimed to be predicted."""
    assert "not a validation" in WARNING
    assert any("NOT predicted" in case.lesson for case in CASES if "eBay" in case.title)


def test_the_contractors_go_through_the_questionnaire() -> None:
    """What it says about a missing second factor is what caps them, not the case itself."""
    content = (data_dir("questionnaires") / "contractor-access.yaml").read_text()
    milder = parse(content.replace(", knockout: KO-02}", "}").encode(), known())
    finals = [case.score.final for case in run(milder)[:4]]
    assert finals == [6500, 6253, 5400, 5400]  # KO-10 is left: the finding is critical


def test_every_question_of_it_counts_for_both_contractors() -> None:
    """Twelve claims come from answers; those about our data, for Swissport, are plain claims."""
    for case in (CASES[0], CASES[3]):
        told = case.answered(QUESTIONNAIRE, ())
        assert told.controls == QUESTIONNAIRE.controls
        assert not told.blanks
    assert CASES[4].answered(QUESTIONNAIRE, ()) is None
