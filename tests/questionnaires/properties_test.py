"""What holds for every set of answers, through to the score."""

import datetime as dt
from collections.abc import Mapping

from hypothesis import given
from hypothesis import strategies as st

from tests.questionnaires.samples import KNOWN, LATER, TEXT, TODAY, spoilt, template
from vendor_risk.questionnaires.evaluate import Answer, evaluate
from vendor_risk.questionnaires.merged import merge
from vendor_risk.questionnaires.source import TemplateRefused
from vendor_risk.questionnaires.template import Template, parse
from vendor_risk.questionnaires.upgrade import carry
from vendor_risk.scoring.asking import as_faults, levels
from vendor_risk.scoring.controls import out_of_scope
from vendor_risk.scoring.inherent import Facts
from vendor_risk.scoring.knockouts import Circumstances, in_force
from vendor_risk.scoring.model import Tier
from vendor_risk.scoring.score import Score, score
from vendor_risk.scoring.snapshot import Snapshot
from vendor_risk.workflow.questionnaires import CONTRACTOR_ACCESS, called

CONTRACTOR = Facts(data_sensitivity=0, data_volume=0, access=3, criticality=2, payment=1)
SHIPPED = called(CONTRACTOR_ACCESS)
SAMPLE = template()
# The same questions under a new version, one of them under another id and all in another order.
NEXT = template(
    spoilt(
        "retire: [FAX], carry: same_rev}",
        'retire: [FAX], carry: same_rev}\n  - {from: "1.1.0", rename: {LOG: RECORDS}, carry: same_rev}',  # noqa: E501
        spoilt("- id: LOG", "- id: RECORDS", spoilt('"1.1.0"', '"1.2.0"', TEXT)),
    )
)
templates = st.sampled_from([SHIPPED, SAMPLE])


@st.composite
def answers(draw: st.DrawFn, of: Template) -> dict[str, Answer]:
    """Any answers to some of the questions, whole or not, given on any day."""
    told = {}
    for each in merge((of,)):
        ids = [option.id for option in each.options] or ["x", "2026-01-01"]
        chosen = st.sampled_from(ids)
        if each.question.type == "multi":
            chosen = st.lists(chosen, unique=True).map(tuple)
        if each.question.type == "number":
            chosen = st.integers(0, 200)
        day = TODAY - dt.timedelta(days=draw(st.integers(0, 900)))
        note = draw(st.sampled_from(["because", ""]))
        if draw(st.booleans()):
            told[each.question.id] = Answer(draw(chosen), day, day + dt.timedelta(days=365), note)
    return told


answered = templates.flatmap(lambda one: st.tuples(st.just(one), answers(one)))


def scored(of: Template, told: Mapping[str, Answer], *, overdue: bool = False) -> Score:
    """The score of an engagement of which nothing is known but these answers."""
    out = tuple(each.control for each in out_of_scope(CONTRACTOR))
    result = evaluate(
        (of,), levels(CONTRACTOR), told, as_of=TODAY, out_of_scope=out, overdue=overdue
    )
    standing = in_force(Circumstances(TODAY, Tier.T2, faults=as_faults(result.faults)))
    return score(
        Snapshot(
            TODAY,
            CONTRACTOR,
            claims=result.claims,
            findings=result.findings,
            knockouts=tuple(each.id for each in standing),
            out_of_scope=out,
            not_applicable=result.not_applicable,
        )
    )


@given(answers(SAMPLE))
def test_an_upgrade_with_unchanged_questions_leaves_the_score(told: dict[str, Answer]) -> None:
    """A new version, with an id renamed: the answers are carried and give the same figures."""
    carried = carry(told, SAMPLE, NEXT)
    assert (dict(carried.confirm), carried.dropped) == ({}, ())
    before, after = scored(SAMPLE, told), scored(NEXT, carried.kept)
    assert after.to_json() == before.to_json()


@given(answered)
def test_silence_is_worth_what_a_plain_no_is(case: tuple[Template, dict[str, Answer]]) -> None:
    """Once the response is overdue: every blank as "unmet", or left blank, gives the same score."""
    of, told = case
    honest = dict(told)
    for _round in range(2):  # an answer may open a question
        result = evaluate((of,), levels(CONTRACTOR), honest, as_of=TODAY)
        for id in {*result.required, *result.waiting}:
            asked = next(each for each in result.visible if each.question.id == id)
            if asked.question.type == "choice":
                honest[id] = Answer("unmet", TODAY, LATER)
    silent, said = scored(of, told, overdue=True), scored(of, honest, overdue=True)
    assert (silent.final, silent.assurance.low) == (said.final, said.assurance.low)


@given(answered, st.data())
def test_an_answer_never_costs(
    case: tuple[Template, dict[str, Answer]], data: st.DataObject
) -> None:
    """Any answer to an overdue blank, one that opens further questions too, is worth no less."""
    of, told = case
    result = evaluate((of,), levels(CONTRACTOR), told, as_of=TODAY)
    if not result.blanks:
        return
    id = data.draw(st.sampled_from(result.blanks))
    asked = next(each for each in result.visible if each.question.id == id)
    ids = [option.id for option in asked.options]
    kind = asked.question.type
    value: str | int | tuple[str, ...] = "2026-01-01"
    if kind == "choice":
        value = data.draw(st.sampled_from(ids))
    if kind == "multi":
        value = tuple(data.draw(st.lists(st.sampled_from(ids), min_size=1, unique=True)))
    if kind == "number":
        value = data.draw(st.integers(0, 200))
    fuller = told | {id: Answer(value, TODAY, LATER, "because")}
    assert scored(of, fuller, overdue=True).final >= scored(of, told, overdue=True).final


@given(answers(SHIPPED), st.sampled_from([each.question.id for each in merge((SHIPPED,))]))
def test_not_applicable_is_worth_what_a_blank_is(told: dict[str, Answer], id: str) -> None:
    """Until somebody accepts it."""
    blank = {other: one for other, one in told.items() if other != id}
    waived = blank | {id: Answer("na", TODAY, LATER, "because")}
    for overdue in (False, True):
        assert scored(SHIPPED, waived, overdue=overdue) == scored(SHIPPED, blank, overdue=overdue)


@given(answers(SHIPPED), st.sampled_from([each.question.id for each in merge((SHIPPED,))]))
def test_an_honest_partly_is_worth_no_less_than_a_no(told: dict[str, Answer], id: str) -> None:
    """And a yes no less than partly."""
    no, partly, yes = (
        scored(SHIPPED, told | {id: Answer(value, TODAY, LATER, "because")}).final
        for value in ("unmet", "partly", "met")
    )
    assert no <= partly <= yes


@given(
    st.integers(0, len(TEXT)),
    st.integers(0, 60),
    st.text(max_size=12)
    | st.sampled_from(["{", "]", "\n", ": ", "- ", "&a ", "*a", "!!", '"', "no"]),
)
def test_a_damaged_file_is_read_or_refused_by_line(at: int, length: int, other: str) -> None:
    """Never an error of the YAML library or of the schema, and never a line outside the file."""
    text = TEXT[:at] + other + TEXT[at + length :]
    try:
        parse(text.encode("utf-8", "surrogatepass"), KNOWN)
    except TemplateRefused as refusal:
        assert refusal.faults
        last = len(text.splitlines()) + 1
        assert all(1 <= each.line <= last and each.message for each in refusal.faults)
