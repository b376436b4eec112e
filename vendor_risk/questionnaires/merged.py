"""Several questionnaires as the one that a vendor sees: each question asked once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from vendor_risk.questionnaires.conditions import comparisons
from vendor_risk.questionnaires.form import Form, Option, Question, Section
from vendor_risk.questionnaires.template import Template
from vendor_risk.refusals import Refused


class MergeRefused(Refused):
    """Questionnaires that cannot be asked together; the message says which questions clash."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One question of the merged questionnaire.

    `also` are the questions of other questionnaires that its answer answers as well: it is asked
    where any of them is. `control` is its own, or that of the question it follows; `names` leads
    from the ids in its condition to those that are asked in their place.
    """

    form: Form
    section: Section
    question: Question
    control: str | None
    names: Mapping[str, str]
    also: tuple["Asked", ...] = ()

    @property
    def options(self) -> tuple[Option, ...]:
        """What can be chosen; empty where nothing can."""
        return self.form.options(self.question)


def merge(templates: Sequence[Template]) -> tuple[Asked, ...]:
    """The questions of all in their order; one of the same control and `same_as` id stands once.

    MergeRefused where two questions have one id and do not ask the same, or one meaning and not
    the same options: an answer could not be told apart, or would not fit.
    """
    return _merged(_Together(tuple(templates)))


@dataclass(frozen=True, eq=False, slots=True)
class _Together:
    """The same questionnaires as objects: comparing what stands in them would take too long."""

    templates: tuple[Template, ...]

    def __hash__(self) -> int:
        return hash(tuple(id(one.form) for one in self.templates))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, _Together) or len(self.templates) != len(other.templates):
            return False
        pairs = zip(self.templates, other.templates, strict=True)
        return all(mine.form is its.form for mine, its in pairs)


@lru_cache(maxsize=64)  # each autosave needs it several times
def _merged(together: _Together) -> tuple[Asked, ...]:
    asked: dict[str, Asked] = {}
    by_meaning: dict[tuple[str | None, str], str] = {}
    for template in together.templates:
        names: dict[str, str] = {}
        controls: dict[str, str | None] = {}
        for section, question in template.asked():
            control = question.control or _followed(question, controls)
            controls[question.id] = control
            meaning = (control, question.same_as or question.id)
            first = by_meaning.get(meaning)
            if first is None and question.same_as is not None:
                first = by_meaning.get((control, question.id))
            one = Asked(template.form, section, question, control, names)
            if first is None:
                if question.id in asked:
                    other = asked[question.id]
                    raise MergeRefused(
                        "%(id)s asks for %(control)s in %(address)s and for %(control2)s in"
                        " %(id2)s; give one of them another id.",
                        id=question.id,
                        control=control,
                        address=template.address,
                        control2=other.control,
                        id2=other.form.id,
                    )
                asked[question.id] = one
                by_meaning[meaning] = by_meaning[control, question.id] = question.id
                names[question.id] = question.id
                continue
            _refuse_unlike(asked[first], one, template)
            names[question.id] = first
            asked[first] = replace(asked[first], also=(*asked[first].also, one))
    return tuple(asked.values())


def _followed(question: Question, controls: Mapping[str, str | None]) -> str | None:
    """The control of a question that an answer opens: the rules allow no more than one."""
    looked_at = (one.q for one in comparisons(question.when) if one.q is not None)
    return next((controls[id] for id in looked_at if controls.get(id)), None)


def _refuse_unlike(first: Asked, other: Asked, template: Template) -> None:
    def shape(one: Asked) -> tuple[object, ...]:
        levels = tuple((option.id, option.level, option.accept) for option in one.options)
        return (one.question.type, one.question.counts, levels, one.question.score)

    if shape(first) != shape(other):
        raise MergeRefused(
            "%(id)s of %(address)s is the same question as %(id2)s of %(id3)s, with"
            " other answers; give both the same type and options.",
            id=other.question.id,
            address=template.address,
            id2=first.question.id,
            id3=first.form.id,
        )
