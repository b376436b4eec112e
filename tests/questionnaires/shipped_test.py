"""The questionnaires that ship keep the rules, and ask what the risk model counts."""

import re

import pytest

from vendor_risk.questionnaires.form import FORM
from vendor_risk.questionnaires.translations import untranslated
from vendor_risk.scoring.controls import out_of_scope
from vendor_risk.scoring.inherent import Facts
from vendor_risk.scoring.model import load
from vendor_risk.workflow.questionnaires import CONTRACTOR_ACCESS, called, shipped

CONTRACTOR = Facts(data_sensitivity=0, data_volume=0, access=3, criticality=2, payment=1)
NAMES = [path.stem for path in shipped()]


@pytest.mark.parametrize("name", NAMES)
def test_a_file_keeps_every_rule(name: str) -> None:
    """Under its own name, licensed for all, translated as far as it goes."""
    template = called(name)
    assert template.form.id == name
    assert template.form.licence == "CC-BY-4.0"
    assert untranslated(template.form) == {}


def test_contractors_are_asked_for_exactly_what_counts_for_them() -> None:
    """Twelve questions, one for each control in scope of somebody who only signs in."""
    template = called(CONTRACTOR_ACCESS)
    out = {each.control for each in out_of_scope(CONTRACTOR)}
    asked = [question.control for _section, question in template.asked()]
    assert sorted(asked) == sorted(load().controls.keys() - out)
    assert len(asked) == 12


def test_contractors_read_plain_short_sentences() -> None:
    """Made for a phone: no question of more than 220 characters, each with its reason."""
    for _section, question in called(CONTRACTOR_ACCESS).asked():
        assert len(question.text["en"]) <= 220
        assert question.why
        assert "multi-factor" not in question.text["en"] or question.id == "AC-01"


def test_the_two_answers_that_knock_out() -> None:
    """A missing second factor, and no promise to tell us in time."""
    stops = {
        (question.id, answer, outcome.knockout)
        for _section, question in called(CONTRACTOR_ACCESS).asked()
        for answer, outcome in question.outcomes.items()
        if outcome.knockout
    }
    assert stops == {("AC-01", "unmet", "KO-02"), ("IR-02", "unmet", "KO-07")}


@pytest.mark.parametrize("name", NAMES)
def test_clause_numbers_look_as_their_standard_writes_them(name: str) -> None:
    """A typing error in a mapping misleads an auditor."""
    forms = {
        "mvsp-3": r"[1-4]\.\d",
        "csf-2.0": r"(GV|ID|PR|DE|RS|RC)\.[A-Z]{2}-\d\d",
        "iso27001-2022": r"A\.[5-8]\.\d{1,2}",
        "pci-4.0.1": r"\d{1,2}\.\d{1,2}(\.\d{1,2}){0,2}",
        "gdpr": r"Art\.\d{1,2}(\(\d\))?",
    }
    for _section, question in called(name).asked():
        for standard, clauses in question.maps.items():
            assert all(re.fullmatch(forms[standard], clause) for clause in clauses), question.id


def test_a_questionnaire_goes_to_json_and_back() -> None:
    """As it is frozen with a response."""
    form = called(CONTRACTOR_ACCESS).form
    assert FORM.validate_json(FORM.dump_json(form, by_alias=True, exclude_defaults=True)) == form
