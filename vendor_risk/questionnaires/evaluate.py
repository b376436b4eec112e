"""Answers become what scoring reads: one claim for each control, and findings."""

import datetime
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from vendor_risk.evidence import N_, Claim, Finding, Severity, Source
from vendor_risk.questionnaires.conditions import holds
from vendor_risk.questionnaires.form import Consequence, Needs, Text, Value
from vendor_risk.questionnaires.merged import Asked, merge
from vendor_risk.questionnaires.template import Template

MET, PARTLY, UNMET = 100, 50, 0
_LEVELS = {"met": MET, "partly": PARTLY, "unmet": UNMET}
# From the weakest to the strongest; a control is known no better than its weakest answer.
_STRENGTH = (Source.SELF, Source.REVIEWED, Source.AUDITED, Source.OBSERVED)
LONGEST_ANSWER = 20_000  # a message below names it


@dataclass(frozen=True, slots=True)
class Answer:
    """What was said to one question: option ids, a whole number, or text; a date is text.

    `level` is the one that a reviewer found instead of what was said.
    """

    value: Value
    date: datetime.date
    valid_until: datetime.date
    note: str = ""
    source: Source = Source.SELF
    level: int | None = None


@dataclass(frozen=True, slots=True)
class Fault:
    """A finding that an answer makes; `overdue` where a blank counts as the worst answer."""

    question: str
    answer: str
    control: str
    severity: Severity
    risk: Text
    fix: Text
    due: datetime.date
    knockout: str | None
    overdue: bool

    @property
    def finding(self) -> Finding:
        """What scoring reads; the identity stays while answers change."""
        return Finding(f"question:{self.question}", self.control, self.severity)


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What a set of answers says.

    `blanks` are visible questions without a whole answer, `required` those of them that score;
    `waiting` are answers that a reviewer decides on, which count as no answer until then.
    `not_applicable` are controls all of whose questions were accepted as not applying. `levels` are
    those of the answers that count. `skipped` are questions that a proof answers: they may be left
    blank.
    """

    visible: tuple[Asked, ...]
    blanks: tuple[str, ...]
    required: tuple[str, ...]
    waiting: tuple[str, ...]
    claims: tuple[Claim, ...]
    faults: tuple[Fault, ...]
    not_applicable: tuple[str, ...]
    levels: Mapping[str, int]
    skipped: tuple[str, ...] = ()

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The findings as scoring reads them."""
        return tuple(fault.finding for fault in self.faults)

    @property
    def controls(self) -> frozenset[str]:
        """The controls that a visible question scores."""
        return frozenset(_control(each) for each in self.visible if each.question.counts)


def evaluate(
    templates: Sequence[Template],
    facts: Mapping[str, int],
    answers: Mapping[str, Answer],
    *,
    as_of: datetime.date,
    out_of_scope: Collection[str] = (),
    accepted: Collection[str] = (),
    overdue: bool = False,
    proven: Collection[str] = (),
) -> Evaluation:
    """What the answers say on `as_of`; questions about controls out of scope are not asked.

    `accepted` are questions whose "does not apply" an analyst accepted. Once a response is
    `overdue`, a blank has the outcome of its worst answer: silence is no better than honesty.
    A blank about a control that is `proven` by a document is none.
    """
    visible = tuple(_visible(merge(templates), facts, answers, out_of_scope))
    scored = [each for each in visible if each.question.counts]
    outcomes = {each.question.id: _outcome(each, answers) for each in scored}
    left = {
        each.question.id
        for each in scored
        if each.question.id in accepted and _is_waiting(each, answers)
    }
    counting = [each for each in scored if each.question.id not in left]
    open = [each for each in visible if _is_blank(each, answers)]
    skipped = tuple(each.question.id for each in open if each.control in proven)
    blanks = tuple(each.question.id for each in open if each.control not in proven)
    by_control: dict[str, list[Asked]] = {}
    for each in counting:
        by_control.setdefault(_control(each), []).append(each)
    return Evaluation(
        visible=visible,
        blanks=blanks,
        required=tuple(each.question.id for each in scored if each.question.id in blanks),
        waiting=tuple(
            each.question.id
            for each in scored
            if each.question.id not in left and _is_waiting(each, answers)
        ),
        claims=tuple(
            claim
            for control, questions in sorted(by_control.items())
            if (claim := _claim(control, questions, outcomes, answers)) is not None
        ),
        faults=tuple(
            fault
            for fault in _faults(counting, outcomes, answers, as_of, overdue=overdue)
            if fault.question not in skipped
        ),
        not_applicable=tuple(sorted({_control(each) for each in scored} - by_control.keys())),
        levels={id: outcome[1] for id, outcome in outcomes.items() if outcome is not None},
        skipped=skipped,
    )


def problem(asked: Asked, answer: Answer) -> str | None:
    """Why an answer is none, in one sentence that says what to do; None where it is whole."""
    kind, value = asked.question.type, answer.value
    ids = {option.id for option in asked.options}
    chosen = value if isinstance(value, tuple) else (value,)
    if kind == "info":
        return N_("Nothing is asked here.")
    if kind == "choice" and (isinstance(value, tuple) or value not in ids):
        return N_("Choose one of the answers.")
    if kind == "multi" and not (isinstance(value, tuple) and value and ids.issuperset(value)):
        return N_("Choose one or more of the answers.")
    if kind == "number" and not (isinstance(value, int) and not isinstance(value, bool)):
        return N_("Write a whole number.")
    if kind == "date" and not _is_date(value):
        return N_("Write a date, such as 2026-11-22.")
    if kind in ("text", "file", "table") and not _is_text(value):
        return N_("Write something, of no more than 20,000 characters.")
    noted = {option.id for option in asked.options if option.note == "required"}
    if noted.intersection(chosen) and not answer.note.strip():
        return N_("Say more in the note: this answer needs one.")
    return None


def _visible(
    questions: Iterable[Asked],
    facts: Mapping[str, int],
    answers: Mapping[str, Answer],
    out_of_scope: Collection[str],
) -> Iterator[Asked]:
    """What is asked; the answer to a question that is hidden opens nothing."""
    told: dict[str, Value] = {}
    for each in questions:
        if each.control in out_of_scope:
            continue
        if not any(_opened(way, told, facts) for way in (each, *each.also)):
            continue
        if _is_whole(each, answers):
            told[each.question.id] = answers[each.question.id].value
        yield each


def _opened(way: Asked, told: Mapping[str, Value], facts: Mapping[str, int]) -> bool:
    known = {old: told[new] for old, new in way.names.items() if new in told}
    return holds(way.section.when, {}, facts) and holds(way.question.when, known, facts)


def _is_whole(asked: Asked, answers: Mapping[str, Answer]) -> bool:
    answer = answers.get(asked.question.id)
    return answer is not None and problem(asked, answer) is None


def _is_blank(asked: Asked, answers: Mapping[str, Answer]) -> bool:
    return asked.question.type != "info" and not _is_whole(asked, answers)


def _is_waiting(asked: Asked, answers: Mapping[str, Answer]) -> bool:
    """Whether it was answered with what only a reviewer can accept."""
    if not _is_whole(asked, answers) or answers[asked.question.id].level is not None:
        return False
    value = answers[asked.question.id].value
    return any(option.accept and option.id == value for option in asked.options)


def _outcome(asked: Asked, answers: Mapping[str, Answer]) -> tuple[str, int] | None:
    """The answer by its name with its level; None where there is none that counts."""
    if not _is_whole(asked, answers) or _is_waiting(asked, answers):
        return None
    value, found = answers[asked.question.id].value, answers[asked.question.id].level
    if found is not None:
        return _at_level(asked, found), found
    if asked.question.type == "multi":
        name = _choices(asked, value if isinstance(value, tuple) else ())
        return name, _LEVELS[name]
    option = next(option for option in asked.options if option.id == value)
    return None if option.level is None else (option.id, option.level)


def _at_level(asked: Asked, level: int) -> str:
    """The answer that stands for a level; one that has an outcome before others."""
    fitting = [option.id for option in asked.options if option.level == level]
    named = next(name for name, each in _LEVELS.items() if each == level)
    return next((id for id in fitting if id in asked.question.outcomes), (*fitting, named)[0])


def _choices(asked: Asked, chosen: tuple[str | int, ...]) -> str:
    def enough(needs: Needs | None) -> bool:
        if needs is None:
            return False
        wanted = set(needs.of)
        most = len(wanted) if needs.at_least is None else needs.at_least
        return len(wanted.intersection(map(str, chosen))) >= most

    score = asked.question.score
    if score is None or not (enough(score.met) or enough(score.partly)):
        return "unmet"
    return "met" if enough(score.met) else "partly"


def _claim(
    control: str,
    questions: Sequence[Asked],
    outcomes: Mapping[str, tuple[str, int] | None],
    answers: Mapping[str, Answer],
) -> Claim | None:
    """The lowest level, the weakest source, the earliest dates; None while one is blank."""
    levels = []
    for each in questions:
        outcome = outcomes[each.question.id]
        if outcome is None:
            return None
        levels.append(outcome[1])
    given = [answers[each.question.id] for each in questions]
    return Claim(
        control,
        min(levels),
        min((answer.source for answer in given), key=_STRENGTH.index),
        min(answer.date for answer in given),
        min(answer.valid_until for answer in given),
    )


def _faults(
    questions: Iterable[Asked],
    outcomes: Mapping[str, tuple[str, int] | None],
    answers: Mapping[str, Answer],
    as_of: datetime.date,
    *,
    overdue: bool,
) -> Iterator[Fault]:
    for each in questions:
        id, told = each.question.id, outcomes[each.question.id]
        if told is not None:
            name, since = told[0], answers[id].date
        elif overdue:
            name, since = each.form.silence(each.question) or "", as_of
        else:
            continue
        outcome = each.question.outcomes.get(name)
        if outcome is not None:
            yield _fault(each, name, outcome, since, overdue=told is None)


def _fault(
    asked: Asked, name: str, outcome: Consequence, since: datetime.date, *, overdue: bool
) -> Fault:
    return Fault(
        question=asked.question.id,
        answer=name,
        control=_control(asked),
        severity=outcome.severity,
        risk=outcome.risk,
        fix=outcome.fix,
        due=since + datetime.timedelta(days=outcome.due_days),
        knockout=outcome.knockout,
        overdue=overdue,
    )


def _control(asked: Asked) -> str:
    """The control of a scored question; the rules see to it that it has one."""
    return asked.question.control or ""


def _is_date(value: Value) -> bool:
    try:
        return datetime.date.fromisoformat(str(value)).isoformat() == value
    except ValueError:
        return False


def _is_text(value: Value) -> bool:
    return isinstance(value, str) and 0 < len(value.strip()) <= LONGEST_ANSWER
