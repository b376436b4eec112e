"""Several questionnaires asked as one."""

import pytest

from tests.questionnaires.samples import FACTS, TODAY, say, spoilt, template
from vendor_risk.questionnaires.evaluate import evaluate
from vendor_risk.questionnaires.merged import MergeRefused, merge

FIRST = template()
OTHER = """\
schema: vendor-risk-questionnaire/1
id: other
version: "1.0.0"
title: {en: "Other"}
licence: CC-BY-4.0
estimate_minutes: 5
scales:
  mpu: [{id: met, level: 100}, {id: partly, level: 50, note: required}, {id: unmet, level: 0}, {id: na, note: required, accept: reviewer}]
sections:
  - id: all
    title: {en: "All"}
    questions:
      - id: TWO
        same_as: MFA
        rev: 1
        control: AC-01
        type: choice
        scale: mpu
        text: {en: "A second factor?"}
        outcomes: {unmet: {severity: high, risk: {en: "."}, fix: {en: "."}, due_days: 9}}
      - id: TWO-keys
        rev: 1
        control: AC-01
        type: choice
        scale: mpu
        text: {en: "Are keys kept apart?"}
        when: {q: TWO, op: eq, value: met}
        outcomes: {unmet: {severity: low, risk: {en: "."}, fix: {en: "."}, due_days: 9}}
"""  # noqa: E501


def ids(*templates):
    return [each.question.id for each in merge(templates)]


def test_a_question_met_twice_is_asked_once() -> None:
    """Where control and `same_as` are those of an earlier one."""
    assert "TWO" not in ids(FIRST, template(OTHER))
    assert ids(FIRST, template(OTHER)).count("MFA") == 1
    assert ids(FIRST, FIRST) == ids(FIRST)


def test_either_of_the_two_may_name_the_other() -> None:
    """The order of the questionnaires decides which one is asked."""
    assert ids(template(OTHER), FIRST)[0] == "TWO"
    assert "MFA" not in ids(template(OTHER), FIRST)


def test_the_same_id_under_another_control_is_another_question() -> None:
    """Which cannot be told apart by its answer, and is refused."""
    clash = spoilt("- id: TWO\n        same_as: MFA", "- id: LOG", OTHER).replace(
        "q: TWO", "q: LOG"
    )
    with pytest.raises(MergeRefused, match="LOG asks for AC-01 in other@1"):
        merge((FIRST, template(clash)))


def test_the_same_question_with_other_answers_is_refused() -> None:
    """One answer would not fit both."""
    clash = spoilt("{id: partly, level: 50, note: required}", "{id: half, level: 50}", OTHER)
    with pytest.raises(MergeRefused, match=r"TWO of other@1\.0\.0 is the same question as MFA"):
        merge((FIRST, template(clash)))


def test_what_follows_a_merged_question_follows_its_answer() -> None:
    """The condition names the id of its own file."""
    answers = {"MFA": say("met"), "MFA-phish": say("met")}
    told = evaluate((FIRST, template(OTHER)), FACTS, answers, as_of=TODAY)
    assert "TWO-keys" in told.required
    answers["TWO-keys"] = say("partly")
    told = evaluate((FIRST, template(OTHER)), FACTS, answers, as_of=TODAY)
    assert [(claim.control, claim.level) for claim in told.claims] == [("AC-01", 50)]


def test_it_is_asked_where_either_questionnaire_asks_it() -> None:
    """One hides it for want of access, the other does not."""
    no_access = FACTS | {"access": 1}
    alone = evaluate((FIRST,), no_access, {}, as_of=TODAY)
    both = evaluate((FIRST, template(OTHER)), no_access, {}, as_of=TODAY)
    assert "MFA" not in [each.question.id for each in alone.visible]
    assert "MFA" in [each.question.id for each in both.visible]
