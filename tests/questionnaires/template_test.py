"""Every rule of a questionnaire file: broken once, it is named by line and path, with a remedy."""

# ruff: noqa: E501  (one row is one broken rule)

import json

import pytest

from tests.questionnaires.samples import TEXT, faults, spoilt, template
from vendor_risk.questionnaires.form import json_schema
from vendor_risk.resources import data_dir


def line_of(text: str, part: str) -> int:
    return text[: text.index(part)].count("\n") + 1


def test_a_healthy_file_is_read() -> None:
    """With its address, its hash and the controls that it moves."""
    read = template()
    assert read.address == "sample@1.1.0"
    assert len(read.sha256) == 64
    assert read.controls == {"AC-01", "DL-01"}


def test_the_schema_that_ships_is_the_one_that_is_used() -> None:
    """Printed anew by `vendor-risk questionnaires schema`."""
    assert json.loads((data_dir("questionnaires") / "schema.json").read_text()) == json_schema()


Q0 = "sections[0].questions[0]"
Q1 = "sections[0].questions[1]"
Q2 = "sections[0].questions[2]"
LOG = "sections[1].questions[0]"
PLAIN_NO = "scales: {mpu: [{id: no, level: 0}]}"

SPOILT = [
    # plain YAML alone
    ('title: {en: "Sample", de: "Muster"}', "title: {en: yes}", "title.en", "in quotes"),
    ('version: "1.1.0"', "version: 1.10", "version", "in quotes"),
    ('version: "1.1.0"', "version: 1.1.0", "version", "in quotes"),
    ("estimate_minutes: 5", "estimate_minutes: 12:30", "estimate_minutes", "in quotes"),
    ("estimate_minutes: 5", "estimate_minutes: 2026-11-22", "estimate_minutes", "in quotes"),
    ("estimate_minutes: 5", "estimate_minutes: 010", "estimate_minutes", "in quotes"),
    ("estimate_minutes: 5", "estimate_minutes:", "estimate_minutes", "Nothing stands here"),
    ("estimate_minutes: 5", "estimate_minutes: !!python/name:os.system 5", "estimate_minutes", "tag"),
    ("estimate_minutes: 5", "estimate_minutes: 5\nestimate_minutes: 6", "estimate_minutes", "twice"),
    ('{mvsp-3: ["4.2"]', "{mvsp-3: [4.2]", f"{Q0}.maps.mvsp-3[0]", "in quotes"),
    ('{mvsp-3: ["4.2"]', "{mvsp-3: [4.2.1]", f"{Q0}.maps.mvsp-3[0]", "in quotes"),
    ('from: "1.0.0"', "from: 1.0.0", "migrations[0].from", "in quotes"),
    # ids
    ("{id: totp}", "{id: no}", f"{Q1}.options[0].id", "in quotes"),
    ("{id: totp}", '{id: "no"}', f"{Q1}.options[0].id", "no id"),
    ("{id: totp}", '{id: "On"}', f"{Q1}.options[0].id", "no id"),
    ("{id: totp}", '{id: "~"}', f"{Q1}.options[0].id", "not written"),
    ("- id: rest", '- id: "off"', "sections[1].id", "no id"),
    ("          partly: {severity: low", "          no: {severity: low", f"{LOG}.outcomes.no", "nb or nn"),
    ("- id: rest", "- id: access", "sections[1].id", "twice"),
    ("{id: PEOPLE,", "{id: SINCE,", "sections[1].questions[2].id", "twice"),
    ("{id: push}", "{id: totp}", f"{Q1}.options[1].id", "twice"),
    # the schema
    ("estimate_minutes: 5", "estimate_minutes: 5\nminutes: 6", "minutes", "no key here"),
    ("licence: CC-BY-4.0\n", "", "licence", "add it"),
    ("estimate_minutes: 5", 'estimate_minutes: "5"', "estimate_minutes", "whole number"),
    ('title: {en: "Rest"}', 'title: {de: "Rest"}', "sections[1].title", "`en`"),
    ('title: {en: "Rest"}', 'title: "Rest"', "sections[1].title", "mapping"),
    ("severity: critical", "severity: awful", f"{Q0}.outcomes.unmet.severity", "mend"),
    ("op: ge, value: 2}", "op: like, value: 2}", "sections[0].when.op", "mend"),
    # scales and options
    ("{id: unmet, level: 0}, ", "", "scales.mpu", "level 0"),
    ("{id: unmet, level: 0}", "{id: unmet}", "scales.mpu[2]", "Give it a level"),
    ("accept: reviewer", "accept: reviewer, level: 0", "scales.mpu[3]", "take one"),
    ("        type: choice\n        scale: mpu\n        text: {en: \"Second", "        type: choice\n        text: {en: \"Second", Q0, "either a `scale` or `options`"),
    ("        type: choice\n        scale: mpu\n        text: {en: \"Second", "        type: choice\n        scale: abc\n        text: {en: \"Second", f"{Q0}.scale", "no scale abc"),
    (', columns: [{id: name, text: {en: "Name"}}]', "", "sections[1].questions[4]", "fixed `columns`"),
    ("{id: PEOPLE, rev: 1, type: number,", "{id: PEOPLE, rev: 1, type: number, scale: mpu,", "sections[1].questions[2]", "nothing to choose"),
    # scored questions
    ("        control: DL-01\n", "", LOG, "names its `control`"),
    ("control: DL-01", "control: DL-99", f"{LOG}.control", "no control of the risk model"),
    ("          unmet: {severity: medium", "          maybe: {severity: medium", f"{LOG}.outcomes", "no outcome"),
    ("          unmet: {severity: medium", "          met: {severity: medium", f"{LOG}.outcomes.met", "leaves a fault"),
    ("knockout: KO-02", "knockout: KO-99", f"{Q0}.outcomes.unmet.knockout", "no knock-out"),
    ("type: number,", "type: number, scored: true, control: GV-01,", "sections[1].questions[2]", "never scores"),
    ("{met: {of: [mail, log-ins, changes]}", "{met: {of: [mail, fax]}", f"{LOG}.score.met.of", "no option"),
    ("at_least: 1}", "at_least: 4}", f"{LOG}.score.partly.at_least", "lower it"),
    ("answer: [met, partly]", "answer: [met, maybe]", f"{Q0}.evidence.when.answer", "no answer here"),
    # conditions
    ("when: {fact: access, op: ge, value: 2}", "when: {q: LOG, op: answered}", "sections[0].when", "intake fact alone"),
    ("when: {fact: access, op", "when: {fact: mood, op", "sections[0].when.fact", "no intake fact"),
    ("op: ge, value: 2}", 'op: ge, value: "2"}', "sections[0].when.value", "whole number"),
    ("{q: MFA, op: eq, value: met}", "{q: LOG, op: answered}", f"{Q2}.when", "stands later"),
    ("{q: MFA, op: eq, value: met}", "{q: MFA-phish, op: answered}", f"{Q2}.when", "stands later"),
    ("{q: MFA, op: eq, value: met}", "{q: FOO, op: answered}", f"{Q2}.when", "no question here"),
    ("{q: MFA, op: eq, value: met}", "{q: MFA, op: eq, value: yep}", f"{Q2}.when.any[0].value", "no answer to MFA"),
    ("{q: MFA, op: eq, value: met}", "{q: MFA, op: gt, value: met}", f"{Q2}.when.any[0].op", "has options"),
    ("{q: MFA, op: eq, value: met}", "{q: MFA, op: eq}", f"{Q2}.when.any[0]", "`op` and `value`"),
    ("{q: MFA, op: eq, value: met}", "{q: MFA, op: answered, value: met}", f"{Q2}.when.any[0]", "`op` and `value`"),
    ("{q: MFA, op: eq, value: met}", "{q: MFA, op: eq, value: [met]}", f"{Q2}.when.any[0]", "list"),
    ("{q: MFA, op: eq, value: met}", "{q: MFA, fact: access, op: eq, value: 2}", f"{Q2}.when.any[0]", "write one"),
    ("{q: PEOPLE, op: lt, value: 100}", "{q: PEOPLE, op: lt, value: few}", "sections[1].questions[3].when.not[0].value", "is a number"),
    ('value: "2026-01-01"', 'value: "soon"', "sections[1].questions[3].when.not[1].value", "is a date"),
    # what an answer may open
    ("      - {id: SINCE, rev: 1, type: date,", "      - {id: SINCE, rev: 1, type: date, control: GV-01, when: {q: LOG, op: answered},", "sections[1].questions[1].when", "own control only"),
    ("severity: low, risk: {en: \"Codes", "severity: low, knockout: KO-07, risk: {en: \"Codes", f"{Q2}.outcomes.unmet", "worse than the worst"),
    ("        control: DL-01\n        type: multi\n", "        control: DL-01\n        type: multi\n        when: {fact: payment, op: eq, value: 0, q: MFA}\n", f"{LOG}.when", "write one"),
    # migrations and add-ons
    ('from: "1.0.0"', 'from: "1.1.0"', "migrations[0].from", "older version"),
    ("{TWO-FACTOR: MFA}", "{TWO-FACTOR: MFB}", "migrations[0].rename.TWO-FACTOR", "no question MFB"),
    ("retire: [FAX]", "retire: [LOG]", "migrations[0]", "never reused"),
    ("id: sample", 'id: sample\nextends: "ecom-core@^1"', "the file", "stand together"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "path", "words"), SPOILT)
def test_a_broken_rule_is_named(old: str, new: str, path: str, words: str) -> None:
    """By its place in the file and by what to do."""
    found = faults(spoilt(old, new))
    assert any(place == path and words in message for _line, place, message in found), found


@pytest.mark.parametrize(("old", "new", "path", "words"), SPOILT)
def test_the_line_is_where_the_fault_is(old: str, new: str, path: str, words: str) -> None:
    """Or, for what is missing, the line of what lacks it."""
    text = spoilt(old, new)
    first = line_of(TEXT, old)
    line = next(n for n, place, message in faults(text) if place == path and words in message)
    assert first - 10 <= line <= first + new.count("\n")


def test_a_severity_above_the_question_that_opens_it_is_refused() -> None:
    """Leaving the first blank would cost less than an honest answer to it."""
    milder = spoilt("severity: critical", "severity: medium")
    worse = spoilt('severity: low, risk: {en: "Codes', 'severity: high, risk: {en: "Codes', milder)
    assert "worse than the worst answer to MFA" in faults(worse)[0][2]


def test_a_scored_question_hidden_behind_one_that_does_not_score_is_refused() -> None:
    """Silence there would be worth more than honesty."""
    text = spoilt(
        "      - {id: PEOPLE,",
        """      - id: RECORDS
        rev: 1
        control: DN-01
        type: choice
        scale: mpu
        text: {en: "?"}
        when: {q: DOMAINS, op: answered}
        outcomes: {unmet: {severity: low, risk: {en: "."}, fix: {en: "."}, due_days: 9}}
      - {id: PEOPLE,""",
    )
    text = spoilt(
        "      - {id: SINCE,",
        "      - {id: DOMAINS, rev: 1, type: number, control: DN-01, text: {en: '?'}}\n"
        "      - {id: SINCE,",
        text,
    )
    assert [message[:21] for *_place, message in faults(text)] == ["DOMAINS is not scored"]


def test_an_add_on_has_ids_of_its_own() -> None:
    """Each begins with its prefix, so that it never meets an id of what it extends."""
    found = faults(spoilt("id: sample", 'id: sample\nextends: "ecom-core@^1"\nprefix: ACME-'))
    assert "ACME-MFA" in found[0][2]


def test_that_holds_where_a_scored_question_stands_above_both() -> None:
    """Partly to the first, a blank to the second: an answer to that would open a third."""
    found = faults(spoilt("{q: MFA, op: eq, value: met}", "{q: MFA-how, op: answered}"))
    assert found[0][1:] == (
        "sections[0].questions[2].when",
        "MFA-how is not scored, so leaving it blank would cost less than an honest answer; hide a"
        " scored question behind a scored one or a fact.",
    )


def test_more_than_fifty_questions_are_refused() -> None:
    """Nobody answers them."""
    many = "".join(
        f"      - {{id: N{n}, rev: 1, type: number, text: {{en: '?'}}}}\n" for n in range(50)
    )
    found = faults(spoilt("migrations:\n", f"{many}migrations:\n"))
    assert found[0][1] == "sections"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "no questionnaire"),
        (b"- 1", "no questionnaire"),
        (b"a: [1", "no YAML"),
        (b"a: \x00", "no YAML"),
        (b"a: &x [1]\nb: *x", "alias"),
        (b"a: " + b"[" * 40 + b"]" * 40, "levels"),
        ("a: caf\xe9".encode("latin-1"), "UTF-8"),
        (b"a: " + b"x" * 2_100_000, "larger"),
        (b"? [a]\n: b", "plain text"),
        (b"<<: {a: 1}", "plain text"),
    ],
)
def test_what_is_no_questionnaire_is_refused_in_words(content: bytes, words: str) -> None:
    """Never an exception from the YAML library, and never a bomb."""
    from tests.questionnaires.samples import KNOWN
    from vendor_risk.questionnaires.source import TemplateRefused
    from vendor_risk.questionnaires.template import parse

    with pytest.raises(TemplateRefused) as refused:
        parse(content, KNOWN)
    said = refused.value.faults[0].said("x.yaml")
    assert said.startswith("x.yaml:")
    assert words in said
