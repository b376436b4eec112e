"""The questionnaires that ship keep the rules, ask what the risk model counts, and read well."""

import datetime
import functools
import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.questionnaires.reading import grade, words
from vendor_risk.questionnaires.chosen import INCIDENT, INTAKE, MVSP
from vendor_risk.questionnaires.evaluate import evaluate
from vendor_risk.questionnaires.form import FORM, Question
from vendor_risk.questionnaires.intake import told
from vendor_risk.questionnaires.translations import untranslated
from vendor_risk.scoring.controls import out_of_scope
from vendor_risk.scoring.inherent import Facts
from vendor_risk.scoring.model import load
from vendor_risk.scoring.scales import FACTORS, FLOORS
from vendor_risk.workflow.intake_facts import read
from vendor_risk.workflow.questionnaires import CONTRACTOR_ACCESS, called, shipped

CONTRACTOR = Facts(data_sensitivity=0, data_volume=0, access=3, criticality=2, payment=1)
NAMES = [path.stem for path in shipped()]
# What our own scans see of a vendor needs no paper from it.
SEEN_BY_SCANS = {"DP-01", "DN-01", "WB-03", "WB-02-reports", "MVSP-1.1", "MVSP-2.2", "MVSP-2.3"}

template = functools.cache(called)


def questions(name: str) -> list[Question]:
    return [question for _section, question in template(name).asked()]


def scored() -> list[tuple[str, Question]]:
    return [(name, each) for name in NAMES for each in questions(name) if each.counts]


def reference(*names: str) -> Any:
    """A file of the reference data; skips the test where it was not fetched."""
    path = Path(__file__).parents[2].parent.joinpath("shared", "data", *names)
    if not path.is_file():
        pytest.skip(f"the reference data is not beside the checkout: {'/'.join(names)}")
    return json.loads(path.read_text("utf-8"))


@pytest.mark.parametrize("name", NAMES)
def test_a_file_keeps_every_rule(name: str) -> None:
    """Under its own name, licensed for all, translated as far as it goes."""
    form = template(name).form
    assert form.id == name
    assert form.licence == "CC-BY-4.0"
    assert form.description
    assert untranslated(form) == {}


def test_seven_ship_and_each_has_its_size() -> None:
    """As many questions as its readers were promised, and never more than 50."""
    sizes = {name: len(questions(name)) for name in NAMES}
    assert sizes == {
        "contractor-access": 12,
        "ecom-core": 46,  # 45 that count, and one about methods
        "incident-rapid": 12,
        "intake": 15,
        "mvsp-3": 25,
        "payment-page": 21,  # 20 that count, and a table
        "processor-gdpr": 23,  # 22 that count, and a table
    }


def test_every_control_is_asked_about() -> None:
    """All 21 of the risk model."""
    assert {each.control for _name, each in scored()} == load().controls.keys()


# What a company that sells online is told to look for in its vendors: the control it belongs to,
# and a word by which a question shows that it asks for it.
PREVENTIONS = [
    ("encryption in transit", "DP-01", "whenever it travels"),
    ("encryption at rest", "DP-02", "wherever it is stored"),
    ("access control", "AC-02", "account of their own"),
    ("access of leavers", "AC-03", "leaves"),
    ("passwords", "DP-03", "passwords stored only as salted hashes"),
    ("multi-factor authentication", "AC-01", "multi-factor"),
    ("secure payment: no codes of cards", "DP-02", "CVV"),
    ("PCI DSS", "GV-02", "PCI DSS"),
    ("patching", "HV-02", "security updates"),
    ("training", "GV-01", "trained in security"),
    ("audits", "GV-02", "audited the very service"),
    ("penetration tests", "WB-02", "tried to break into"),
    ("an incident plan", "IR-01", "written plan for security incidents"),
    ("GDPR: an agreement", "GV-01", "Article 28(3)"),
    ("GDPR: notice of a breach", "IR-02", "72 hours"),
    ("GDPR: transfers", "SC-01", "European Economic Area"),
    ("monitoring, found late (eBay 2014)", "DL-01", "see alarms"),
    ("old cryptography (Yahoo 2013)", "DP-03", "MD5"),
    ("old protocols", "DP-01", "older than TLS 1.2"),
    ("payment-page scripts (British Airways 2018)", "WB-01", "changed one does not run"),
    ("payment pages are watched (British Airways 2018)", "WB-01", "alarm"),
    ("third parties (Target 2013)", "SC-01", "companies behind you"),
    ("networks apart (Target 2013)", "AC-02", "kept apart"),
    ("protection that runs (Target 2013)", "HV-03", "all the time"),
]


@pytest.mark.parametrize(("subject", "control", "said"), PREVENTIONS)
def test_a_prevention_is_asked_for(subject: str, control: str, said: str) -> None:
    """By a question that moves the control it belongs to."""
    asking = [each for _name, each in scored() if said in each.text["en"]]
    assert control in {each.control for each in asking}, subject


def test_every_question_says_why_and_what_follows() -> None:
    """Reason, clauses, and the way to mend the worst answer; evidence where no scan can see it."""
    for name, each in scored():
        assert each.why, each.id
        assert each.maps, each.id
        assert each.outcomes["unmet"].fix["en"].endswith("."), each.id
        plain = name in (CONTRACTOR_ACCESS, INCIDENT)  # small firms, and no time
        assert each.evidence or plain or each.id in SEEN_BY_SCANS, each.id


@pytest.mark.parametrize("name", NAMES)
def test_a_question_is_one_sentence_that_a_person_reads_at_once(name: str) -> None:
    """Not more than 35 words, and an end mark."""
    for each in questions(name):
        assert len(words(each.text["en"])) <= 35, each.id
        assert each.text["en"].endswith(("?", ".")), each.id


def test_contractors_are_asked_for_exactly_what_counts_for_them() -> None:
    """Twelve questions, one for each control in scope of somebody who only signs in."""
    out = {each.control for each in out_of_scope(CONTRACTOR)}
    asked = [question.control for question in questions(CONTRACTOR_ACCESS)]
    assert sorted(asked) == sorted(load().controls.keys() - out)
    assert len(asked) == 12


def test_contractors_read_at_the_level_of_a_school() -> None:
    """Grade 8 as a whole, which a pupil of 14 reads; no question of more than 25 words."""
    texts = {each.id: each.text["en"] for each in questions(CONTRACTOR_ACCESS)}
    assert grade(" ".join(texts.values())) <= 8
    for id, text in texts.items():
        assert len(words(text)) <= 25, id
        assert grade(text) <= 10, id


def test_the_reading_grade_is_that_of_the_formula() -> None:
    """One sentence of six words with six syllables, and a hard one far above it."""
    assert grade("The cat sat on the mat.") == pytest.approx(0.39 * 6 + 11.8 - 15.59)
    hard = "The implementation of organisational accountability necessitates documentation."
    assert grade(hard) > 20


def test_the_answers_that_knock_out() -> None:
    """Each by the rule of the risk model that it meets."""
    stops = {
        (each.id, answer, outcome.knockout)
        for _name, each in scored()
        for answer, outcome in each.outcomes.items()
        if outcome.knockout
    }
    assert stops == {
        ("AC-01", "unmet", "KO-02"),
        ("MVSP-4.2", "unmet", "KO-02"),
        ("DP-02-codes", "unmet", "KO-03"),
        ("DP-02-cards", "unmet", "KO-03"),
        ("WB-01", "unmet", "KO-04"),
        ("WB-01-integrity", "unmet", "KO-04"),
        ("WB-01-change", "unmet", "KO-04"),
        ("IR-02", "unmet", "KO-07"),
        ("MVSP-1.7", "unmet", "KO-07"),
        ("GV-01-agreement", "unmet", "KO-07"),
    }


def test_the_same_question_has_the_same_knock_out_everywhere() -> None:
    """A merge asks the first of them alone, and must not lose one."""
    found: dict[tuple[str | None, str], set[tuple[str, str | None]]] = {}
    for _name, each in scored():
        meaning = (each.control, each.same_as or each.id)
        worst = each.outcomes["unmet"]
        found.setdefault(meaning, set()).add((worst.severity.name, worst.knockout))
    knocked = {
        meaning: kinds for meaning, kinds in found.items() if any(stop for _severity, stop in kinds)
    }
    assert all(len(kinds) == 1 for kinds in knocked.values()), knocked


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
    for question in questions(name):
        for standard, clauses in question.maps.items():
            assert all(re.fullmatch(forms[standard], clause) for clause in clauses), question.id


def test_clauses_are_there_in_their_standards() -> None:
    """Subcategories of CSF 2.0 by NIST's own catalogue; Annex A by its four chapters' lengths."""
    catalogue = reference("nist", "nist_csf_2.0_compact.json")
    known = {
        below["id"]
        for function in catalogue["functions"]
        for category in function["categories"]
        for below in category["subcategories"]
    }
    chapters = {"5": 37, "6": 8, "7": 14, "8": 34}
    for _name, each in scored():
        assert known.issuperset(each.maps.get("csf-2.0", ())), each.id
        for clause in each.maps.get("iso27001-2022", ()):
            _annex, chapter, number = clause.split(".")
            assert 1 <= int(number) <= chapters[chapter], each.id


def test_mvsp_is_asked_control_by_control() -> None:
    """Each of the 25 once, by the id that it has there."""
    catalogue = json.dumps(reference("mvsp", "mvsp_v3.0-20231109-catalog.oscal.json"))
    controls = [each.id.removeprefix("MVSP-") for each in questions(MVSP)]
    assert len(set(controls)) == 25
    for each, control in zip(questions(MVSP), controls, strict=True):
        assert each.maps["mvsp-3"] == (control,)
        assert f'"{control}' in catalogue, control


LOW = {
    "data_sensitivity": "level-1",
    "data_volume": "level-1",
    "access": "level-2",
    "separated": "shown",
    "criticality": "level-1",
    "payment": "level-1",
    "payment-page-script": "not-touched",
    "card-data": "not-touched",
    "special-category": "not-touched",
}


def test_intake_asks_for_every_fact_in_the_words_of_its_scale() -> None:
    """The file and the risk model say the same of each level."""
    by_id = {each.id: each for each in questions(INTAKE)}
    for factor in FACTORS:
        assert by_id[factor.key].text["en"] == factor.question
        said = [(option.id, (option.text or {})["en"]) for option in by_id[factor.key].options]
        assert said == [
            (f"level-{number}", f"{level.label}. Example: {level.example}")
            for number, level in enumerate(factor.levels)
        ]
    assert by_id.keys() >= FLOORS.keys()
    assert not [each for each in by_id.values() if each.counts]


@pytest.mark.parametrize(
    ("spoilt", "levels", "floors"),
    [
        ({}, (1, 1, 2, 1, 1), ()),
        ({"separated": "unsure"}, (1, 1, 3, 1, 1), ()),
        ({"separated": "not-shown"}, (1, 1, 3, 1, 1), ()),
        ({"access": "level-1", "separated": "none"}, (1, 1, 1, 1, 1), ()),
        ({"card-data": "unsure"}, (4, 1, 2, 1, 4), ("card-data",)),
        ({"payment-page-script": "touched"}, (1, 1, 4, 1, 4), ("payment-page-script",)),
    ],
)
def test_answers_to_intake_are_facts(
    spoilt: dict[str, str], levels: tuple[int, ...], floors: tuple[str, ...]
) -> None:
    """What nobody can say is read the careful way."""
    facts = read(*told(template(INTAKE), LOW | spoilt)).facts
    assert facts == Facts(*levels, frozenset(floors))


@pytest.mark.parametrize("missing", sorted(LOW.keys() - {"separated"}))
def test_a_fact_without_an_answer_is_named(missing: str) -> None:
    """No facts are better than half of them."""
    with pytest.raises(LookupError, match=f"not answered: {missing}"):
        told(template(INTAKE), {id: value for id, value in LOW.items() if id != missing})


@pytest.mark.parametrize("name", NAMES)
def test_a_questionnaire_goes_to_json_and_back(name: str) -> None:
    """As it is frozen with a response."""
    form = template(name).form
    assert FORM.validate_json(FORM.dump_json(form, by_alias=True, exclude_defaults=True)) == form


@pytest.mark.parametrize(
    ("name", "control", "question"),
    [("payment-page", "WB-01", "WB-01-list"), ("processor-gdpr", "SC-01", "SC-01-list")],
)
def test_a_list_is_not_asked_for_where_its_control_is_out_of_scope(
    name: str, control: str, question: str
) -> None:
    """It is asked with the question that it belongs to, and not alone."""

    def asked(out_of_scope: list[str]) -> set[str]:
        told = evaluate(
            [called(name)], {}, {}, as_of=datetime.date(2026, 11, 22), out_of_scope=out_of_scope
        )
        return {each.question.id for each in told.visible}

    assert question in asked([])
    assert question not in asked([control])
