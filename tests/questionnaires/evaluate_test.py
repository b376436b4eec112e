"""Answers to one questionnaire: what is asked, what is blank, and what scoring gets to read."""

import datetime as dt
from typing import Any

import pytest

from tests.questionnaires.samples import FACTS, LATER, TODAY, say, template
from vendor_risk.evidence import Claim, Finding, Severity, Source
from vendor_risk.questionnaires.evaluate import Answer, Evaluation, evaluate, problem
from vendor_risk.questionnaires.merged import merge

SAMPLE = template()
WHOLE = {
    "MFA": say("met"),
    "MFA-how": say(("passkey",)),
    "MFA-phish": say("met"),
    "LOG": say(("mail", "log-ins", "changes")),
    "SINCE": say("2020-01-01"),
    "PEOPLE": say(250),
    "MORE": say("We grew."),
    "SUBS": say("[]"),
}


def told(answers: dict[str, Answer | None] | None = None, **more: Any) -> Evaluation:
    """A whole set of answers with some changed; None takes one out."""
    changed = {id: one for id, one in (WHOLE | (answers or {})).items() if one is not None}
    return evaluate((SAMPLE,), more.pop("facts", FACTS), changed, as_of=TODAY, **more)


def levels(result: Evaluation) -> dict[str, int]:
    return {claim.control: claim.level for claim in result.claims}


def ids(result: Evaluation) -> list[str]:
    return [each.question.id for each in result.visible]


def test_a_whole_set_of_answers_is_one_claim_for_each_control() -> None:
    """By the vendor's word, and nothing to complain of."""
    result = told()
    assert result.claims == (
        Claim("AC-01", 100, Source.SELF, TODAY, LATER),
        Claim("DL-01", 100, Source.SELF, TODAY, LATER),
    )
    assert (result.blanks, result.faults, result.waiting) == ((), (), ())


def test_the_lowest_level_of_a_control_counts() -> None:
    """One partly among two questions."""
    assert levels(told({"MFA-phish": say("partly")}))["AC-01"] == 50


def test_the_weakest_source_and_the_earliest_dates_count() -> None:
    """Of the questions of one control."""
    early, soon = dt.date(2026, 1, 1), dt.date(2026, 12, 1)
    result = told(
        {
            "MFA": say("met", source=Source.REVIEWED, date=early),
            "MFA-phish": say("met", source=Source.AUDITED, valid_until=soon),
        }
    )
    assert result.claims[0] == Claim("AC-01", 100, Source.REVIEWED, early, soon)


def test_a_blank_leaves_its_control_without_a_claim() -> None:
    """And is named; the other controls stand."""
    result = told({"MFA-phish": None})
    assert levels(result) == {"DL-01": 100}
    assert (result.blanks, result.required) == (("MFA-phish",), ("MFA-phish",))


def test_a_blank_that_does_not_score_costs_nothing() -> None:
    """It is named all the same."""
    result = told({"SUBS": None})
    assert levels(result) == {"AC-01": 100, "DL-01": 100}
    assert (result.blanks, result.required) == (("SUBS",), ())


def test_a_question_that_is_hidden_is_neither_asked_nor_blank() -> None:
    """A plain no opens no further question."""
    result = told({"MFA": say("unmet"), "MFA-how": None, "MFA-phish": None})
    assert "MFA-how" not in ids(result)
    assert "MFA-phish" not in ids(result)
    assert levels(result)["AC-01"] == 0
    assert result.blanks == ()


def test_the_answer_to_a_hidden_question_opens_nothing() -> None:
    """An old answer that lies about from before."""
    assert ids(told({"MFA": say("unmet")}))[:2] == ["MFA", "LOG"]


def test_a_section_is_hidden_by_a_fact() -> None:
    """Without access nobody is asked about log-ins."""
    assert ids(told(facts=FACTS | {"access": 1}))[0] == "LOG"


def test_controls_out_of_scope_are_not_asked() -> None:
    """With all that follows from them."""
    result = told(out_of_scope=("AC-01",))
    assert ids(result)[0] == "LOG"
    assert result.controls == {"DL-01"}


def test_not_applicable_counts_as_no_answer_until_it_is_accepted() -> None:
    """It waits for a reviewer and is no blank to the vendor."""
    result = told({"MFA-phish": say("na")})
    assert levels(result) == {"DL-01": 100}
    assert (result.waiting, result.required) == (("MFA-phish",), ())


def test_an_accepted_not_applicable_leaves_the_others_of_its_control() -> None:
    """The control is claimed by what is left."""
    result = told({"MFA-phish": say("na")}, accepted=("MFA-phish",))
    assert levels(result)["AC-01"] == 100
    assert (result.waiting, result.not_applicable) == ((), ())


def test_a_control_without_a_question_left_does_not_apply() -> None:
    """Every question of it was accepted as not applying."""
    result = told({"MFA": say("na")}, accepted=("MFA",))
    assert (result.not_applicable, levels(result)) == (("AC-01",), {"DL-01": 100})


def test_an_acceptance_of_an_answer_that_changed_counts_no_more() -> None:
    """The vendor now says no."""
    result = told({"MFA": say("unmet")}, accepted=("MFA",))
    assert levels(result)["AC-01"] == 0


def test_an_answer_with_a_consequence_is_a_finding() -> None:
    """Severity, knock-out, and the days from the day of the answer."""
    [fault] = told({"MFA": say("unmet")}).faults
    assert fault.finding == Finding("question:MFA", "AC-01", Severity.CRITICAL)
    assert (fault.knockout, fault.due) == ("KO-02", TODAY + dt.timedelta(days=30))
    assert fault.fix["en"] == "Turn it on."


def test_partly_without_a_consequence_is_no_finding() -> None:
    """Honesty about a half costs the half, no more."""
    assert told({"MFA": say("partly")}).faults == ()


@pytest.mark.parametrize(
    ("chosen", "level", "severity"),
    [
        (("mail", "log-ins", "changes"), 100, None),
        (("mail",), 50, Severity.LOW),
        (("log-ins", "mail"), 50, Severity.LOW),
    ],
)
def test_several_choices_score_as_declared(
    chosen: tuple[str, ...], level: int, severity: Severity | None
) -> None:
    """All of them is met, one of them is partly."""
    result = told({"LOG": say(chosen)})
    assert levels(result)["DL-01"] == level
    assert [fault.severity for fault in result.faults] == ([severity] if severity else [])


def test_too_few_choices_are_unmet() -> None:
    """An answer below every threshold."""
    from tests.questionnaires.samples import TEXT, spoilt

    one = template(spoilt("at_least: 1}", "at_least: 2}", TEXT))
    result = evaluate((one,), FACTS, {"LOG": say(("mail",))}, as_of=TODAY)
    assert levels(result) == {"DL-01": 0}
    assert result.faults[0].severity is Severity.MEDIUM


def test_a_blank_that_is_overdue_counts_as_its_worst_answer() -> None:
    """Silence has the finding and the knock-out that a plain no has."""
    blank = told({"MFA": None}, overdue=True)
    [fault] = blank.faults
    assert (fault.finding, fault.knockout, fault.overdue) == (
        Finding("question:MFA", "AC-01", Severity.CRITICAL),
        "KO-02",
        True,
    )
    assert told({"MFA": None}).faults == ()


@pytest.mark.parametrize(
    ("id", "answer"),
    [
        ("MFA", say("maybe")),
        ("MFA", say(("met",))),
        ("MFA", say("partly", note=" ")),
        ("MFA", say("na", note="")),
        ("LOG", say(())),
        ("LOG", say(("fax",))),
        ("LOG", say("mail")),
        ("SINCE", say("yesterday")),
        ("SINCE", say("20260101")),
        ("PEOPLE", say("many")),
        ("PEOPLE", say(True)),
        ("MORE", say("  ")),
        ("MORE", say("x" * 20_001)),
    ],
)
def test_what_is_no_whole_answer_is_a_blank(id: str, answer: Answer) -> None:
    """And a sentence says what to do."""
    asked = {each.question.id: each for each in merge((SAMPLE,))}
    assert problem(asked[id], answer)
    assert id in told({id: answer}).blanks
