"""What an answer may open: the form of conditions, and what they may look at."""

import datetime
from collections.abc import Iterator
from dataclasses import dataclass

from vendor_risk.questionnaires.conditions import comparisons
from vendor_risk.questionnaires.form import (
    SCORED_TYPES,
    Condition,
    Consequence,
    Form,
    Known,
    Question,
)
from vendor_risk.questionnaires.source import Fault, Path, Source

_ORDERED = frozenset({"gt", "ge", "lt", "le"})


@dataclass(frozen=True, slots=True)
class Seen:
    """A question that stands earlier: its control, or the one it follows, and what it may cost."""

    question: Question
    control: str | None
    options: tuple[str, ...]
    bound: Consequence | None  # what its worst answer leads to; None where it is not scored


def conditions(
    when: Condition | None,
    place: Path,
    source: Source,
    known: Known,
    earlier: dict[str, Seen],
) -> Iterator[Fault]:
    """What is wrong with the form of a condition."""
    if when is None:
        return
    forms = [name for name in ("all", "any", "not_") if getattr(when, name)]
    single = [name for name in ("q", "fact") if getattr(when, name) is not None]
    more = when.op is not None or when.value is not None
    if len(forms) + len(single) != 1 or (forms and more):
        yield source.fault(
            place, "A condition is one of all, any and not, or {q or fact, op, value}; write one."
        )
        return
    for name in forms:
        for n, part in enumerate(getattr(when, name)):
            here = (*place, name.rstrip("_"), n)
            yield from conditions(part, here, source, known, earlier)
    if forms:
        return
    if when.op is None or (when.value is None) != (when.op == "answered"):
        yield source.fault(place, "Give it `op` and `value` (no value with `answered`).")
    elif (when.op == "in") != isinstance(when.value, tuple):
        yield source.fault(place, "`in` has a list as its value, the others have none; mend it.")
    elif when.fact is not None:
        if when.fact not in known.facts:
            yield source.fault(
                (*place, "fact"),
                f"{when.fact} is no intake fact; known: {', '.join(sorted(known.facts))}.",
            )
        if not all(isinstance(each, int) for each in _values(when)):
            yield source.fault((*place, "value"), "A fact has a level; write a whole number.")
    elif when.q in earlier:
        yield from _comparable(when, earlier[when.q], place, source)


def _values(when: Condition) -> tuple[str | int, ...]:
    if when.value is None:
        return ()
    return when.value if isinstance(when.value, tuple) else (when.value,)


def _comparable(when: Condition, seen: Seen, place: Path, source: Source) -> Iterator[Fault]:
    """An operator or a value that no answer to that question could ever meet."""
    kind, op, values = seen.question.type, when.op, _values(when)
    if kind in SCORED_TYPES:
        if op in _ORDERED:
            yield source.fault((*place, "op"), f"{when.q} has options; use eq, ne, in or answered.")
        for value in values:
            if value not in seen.options:
                yield source.fault(
                    (*place, "value"),
                    f"{value} is no answer to {when.q}; it has {', '.join(seen.options)}.",
                )
    elif kind == "number":
        if not all(isinstance(value, int) for value in values):
            yield source.fault((*place, "value"), f"{when.q} is a number; write one, unquoted.")
    elif kind == "date":
        if not all(_is_date(value) for value in values):
            yield source.fault((*place, "value"), f'{when.q} is a date; write "2026-11-22".')
    elif kind == "info" or op != "answered":
        yield source.fault(
            place, f"{when.q} is of type {kind}; only `answered` can be asked, and not of an info."
        )


def _is_date(value: str | int) -> bool:
    try:
        return datetime.date.fromisoformat(str(value)).isoformat() == value
    except ValueError:
        return False


def seen_as(form: Form, question: Question, earlier: dict[str, Seen]) -> Seen:
    """The question as later ones may look at it."""
    followed = [earlier[one.q] for one in comparisons(question.when) if one.q in earlier]
    control = question.control or next((each.control for each in followed if each.control), None)
    silence = form.silence(question) if question.counts else None
    bound = question.outcomes[silence] if silence is not None else None
    return Seen(question, control, tuple(option.id for option in form.options(question)), bound)


def follows(
    form: Form,
    question: Question,
    place: Path,
    source: Source,
    *,
    known: Known,
    earlier: dict[str, Seen],
) -> Iterator[Fault]:
    """What an answer may open: never another control, and nothing worse than a blank above it.

    Otherwise an honest "partly" could open a question that lowers the score.
    """
    here = (*place, "when")
    yield from conditions(question.when, here, source, known, earlier)
    followed = []
    for id in sorted({one.q for one in comparisons(question.when) if one.q is not None}):
        if id in earlier:
            followed.append(earlier[id])
            continue
        every = {each.id for section in form.sections for each in section.questions}
        why = "stands later; move it up" if id in every else "is no question here; mend the id"
        yield source.fault(here, f"{id} {why}: a condition looks at earlier questions only.")
    control = seen_as(form, question, earlier).control
    for each in followed:
        if each.control != control:
            yield source.fault(
                here,
                f"{each.question.id} belongs to {each.control or 'no control'} and this to"
                f" {control or 'none'}: an answer opens questions of its own control only. Give"
                " both the same `control`, or put the condition on a fact.",
            )
    if question.counts and followed:
        yield from _no_worse(question, place, source, followed)


def _no_worse(
    question: Question, place: Path, source: Source, followed: list[Seen]
) -> Iterator[Fault]:
    for each in followed:
        if not each.question.counts:
            yield source.fault(
                (*place, "when"),
                f"{each.question.id} is not scored, so leaving it blank would cost less than an"
                " honest answer; hide a scored question behind a scored one or a fact.",
            )
            continue
        if each.bound is None:  # it lacks the outcome of its worst answer, which is named there
            continue
        most, stop = each.bound.severity.rank, each.bound.knockout
        for answer, outcome in question.outcomes.items():
            if outcome.severity.rank > most or outcome.knockout not in (None, stop):
                yield source.fault(
                    (*place, "outcomes", answer),
                    f"It is worse than the worst answer to {each.question.id}, which opens it;"
                    " lower the severity, or take the knock-out out.",
                )
