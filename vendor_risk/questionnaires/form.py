"""The format of a questionnaire file: what may stand in it, as the classes it is read into.

questionnaires/schema.json is printed from these classes; what a schema cannot say is in rules.py.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, ConfigDict, Field, TypeAdapter

from vendor_risk.evidence import Severity

SCORED_TYPES = frozenset({"choice", "multi"})
SCHEMA = "vendor-risk-questionnaire/1"

Strict = ConfigDict(extra="forbid", strict=True)
_ID = r"^[A-Za-z][A-Za-z0-9._-]{0,63}$"
_LANGUAGE = r"^[a-z]{2,3}(-[A-Z][a-z]{3})?(-[A-Z]{2})?$"
_VERSION = r"^(0|[1-9][0-9]{0,5})\.(0|[1-9][0-9]{0,5})\.(0|[1-9][0-9]{0,5})$"

Id = Annotated[str, Field(pattern=_ID)]
Version = Annotated[str, Field(pattern=_VERSION)]


def _in_english(text: dict[str, str]) -> dict[str, str]:
    if "en" not in text:
        raise ValueError("`en` is missing; add the English text")
    return text


# Every string that people see: English always, other languages where somebody translated it.
Text = Annotated[
    dict[
        Annotated[str, Field(pattern=_LANGUAGE)],
        Annotated[str, Field(min_length=1, max_length=4000)],
    ],
    AfterValidator(_in_english),
    Field(json_schema_extra={"required": ["en"], "additionalProperties": False}),
]
Value = str | int | tuple[str | int, ...]
Op = Literal["eq", "ne", "in", "gt", "ge", "lt", "le", "answered"]
QuestionType = Literal["choice", "multi", "text", "number", "date", "file", "table", "info"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """Either one of `all`, `any`, `not`, or a comparison of a question's answer or a fact."""

    __pydantic_config__ = Strict

    all: tuple["Condition", ...] = ()
    any: tuple["Condition", ...] = ()
    not_: Annotated[tuple["Condition", ...], Field(alias="not")] = ()
    q: Id | None = None
    fact: Id | None = None
    op: Op | None = None
    value: Value | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One answer to choose: with a level it scores, with `accept` a reviewer decides on it."""

    __pydantic_config__ = Strict

    id: Id
    level: Literal[0, 50, 100] | None = None
    note: Literal["required"] | None = None
    accept: Literal["reviewer"] | None = None
    text: Text | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column of a table that the vendor fills."""

    __pydantic_config__ = Strict

    id: Id
    text: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """What of a question with several choices has to be chosen: all, or so many, of these."""

    __pydantic_config__ = Strict

    of: Annotated[tuple[Id, ...], Field(min_length=1)]
    at_least: Annotated[int, Field(ge=1)] | None = None  # None: all of them


@dataclass(frozen=True, slots=True, kw_only=True)
class Scoring:
    """How several choices make a level: `met` is 100, `partly` is 50, anything else 0."""

    __pydantic_config__ = Strict

    met: Needs
    partly: Needs | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedWhen:
    """For which answers and tiers evidence is asked for; nothing said is all of them."""

    __pydantic_config__ = Strict

    answer: tuple[Id, ...] = ()
    tier: tuple[Literal[1, 2, 3, 4], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceAsked:
    """Which kinds of evidence show an answer to be true, and how old they may be."""

    __pydantic_config__ = Strict

    kinds: Annotated[tuple[Id, ...], Field(min_length=1)]
    when: AskedWhen = AskedWhen()
    max_age_days: Annotated[int, Field(ge=1, le=3660)] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Consequence:
    """The finding that an answer makes: the risk in words, the way to mend it, and by when."""

    __pydantic_config__ = Strict

    severity: Severity
    risk: Text
    fix: Text
    due_days: Annotated[int, Field(ge=1, le=730)]
    knockout: Id | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One question; `id` stands for ever, and `rev` rises when its meaning changes."""

    __pydantic_config__ = Strict

    id: Id
    rev: Annotated[int, Field(ge=1)]
    type: QuestionType
    text: Text
    control: Id | None = None
    same_as: Id | None = None
    scale: Id | None = None
    options: tuple[Option, ...] = ()
    columns: tuple[Column, ...] = ()
    score: Scoring | None = None
    why: Text | None = None
    evidence: EvidenceAsked | None = None
    outcomes: Mapping[Id, Consequence] = field(default_factory=dict)
    maps: Mapping[Id, tuple[str, ...]] = field(default_factory=dict)
    when: Condition | None = None
    scored: bool | None = None

    @property
    def counts(self) -> bool:
        """Whether its answer moves a control: choices do, unless it says `scored: false`."""
        return self.type in SCORED_TYPES if self.scored is None else self.scored


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """Questions under one heading."""

    __pydantic_config__ = Strict

    id: Id
    title: Text
    questions: Annotated[tuple[Question, ...], Field(min_length=1)]
    when: Condition | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Migration:
    """What became of the questions of an older version."""

    __pydantic_config__ = Strict

    from_: Annotated[Version, Field(alias="from")]
    carry: Literal["same_rev"]
    rename: Mapping[Id, Id] = field(default_factory=dict)
    retire: tuple[Id, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """All that stands in a file."""

    __pydantic_config__ = Strict

    schema: Literal["vendor-risk-questionnaire/1"]
    id: Id
    version: Version
    title: Text
    licence: Annotated[str, Field(min_length=1, max_length=100)]
    estimate_minutes: Annotated[int, Field(ge=1, le=600)]
    sections: Annotated[tuple[Section, ...], Field(min_length=1)]
    description: Text | None = None
    scales: Mapping[Id, Annotated[tuple[Option, ...], Field(min_length=2)]] = Field(
        default_factory=dict
    )
    migrations: tuple[Migration, ...] = ()
    extends: (
        Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9._-]{0,63}@\^[0-9]{1,6}$")] | None
    ) = None
    prefix: Id | None = None

    def options(self, question: Question) -> tuple[Option, ...]:
        """What can be chosen: the question's own options, or those of its scale."""
        return question.options or self.scales.get(question.scale or "", ())

    def worst(self, question: Question) -> tuple[str, ...]:
        """The answers at the lowest level of a scored question."""
        if question.type == "multi":
            return ("unmet",)
        levels = {option.id: option.level for option in self.options(question)}
        lowest = min((level for level in levels.values() if level is not None), default=None)
        return tuple(id for id, level in levels.items() if level is not None and level == lowest)

    def silence(self, question: Question) -> str | None:
        """The worst answer that has an outcome: what an overdue blank counts as."""
        outcomes = question.outcomes
        return max(
            (name for name in self.worst(question) if name in outcomes),
            key=lambda name: (outcomes[name].severity.rank, outcomes[name].knockout is not None),
            default=None,
        )


@dataclass(frozen=True, slots=True)
class Known:
    """What a questionnaire may name: the controls and knock-outs of the risk model, our facts."""

    controls: Collection[str]
    knockouts: Collection[str]
    facts: Collection[str]


FORM: TypeAdapter[Form] = TypeAdapter(Form)


def json_schema() -> dict[str, Any]:
    """The content of questionnaires/schema.json."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **FORM.json_schema(by_alias=True),
        "title": SCHEMA,
    }
