"""Facts: what was seen of a host that is neither good nor bad, shown beside the outcomes."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from vendor_risk.checks.base import PARTS, Asks, parts_of, parts_read
from vendor_risk.checks.exhibit import shown
from vendor_risk.checks.observations import Observations, Unreachable

VALUES_LIMIT = 64  # of one fact: more are of use to nobody


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that was seen: `values` are short texts, in the order of their weight."""

    id: str
    title: str
    values: tuple[str, ...]

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> "Fact":
        """The fact that `to_json` told."""
        return cls(told["id"], told["title"], tuple(told["values"]))

    def to_json(self) -> dict[str, Any]:
        """One entry of the `facts` that the command line prints."""
        return {"id": self.id, "title": self.title, "values": list(self.values)}


@dataclass(frozen=True, slots=True)
class FactDeclaration:
    """How one fact is read from an observation; `asks` as of a check."""

    id: str
    title: str
    read: Callable[..., Iterable[str]]
    asks: Asks | None = None

    def __call__(self, observations: Observations) -> Fact | None:
        """The fact, or None where its parts were not seen or hold nothing."""
        parts = parts_of(self.read, observations)
        if any(isinstance(part, Unreachable) for part in parts.values()):
            return None
        values = tuple(shown(value) for value in islice(self.read(**parts), VALUES_LIMIT))
        return Fact(self.id, self.title, values) if values else None


FACTS: dict[str, FactDeclaration] = {}


def fact(
    *, id: str, title: str, asks: Asks | None = None
) -> Callable[[Callable[..., Iterable[str]]], FactDeclaration]:
    """Turn a function of observed parts that yields texts into a fact.

    The parameters of the function and of `asks` are named after parts, as those of a check.
    """

    def declare(read: Callable[..., Iterable[str]]) -> FactDeclaration:
        if id in FACTS:
            raise ValueError(f"fact {id} is declared twice")
        for function in (read, asks):
            for name in parts_read(function) if function else ():
                if name not in PARTS:
                    raise ValueError(
                        f"fact {id} reads {name!r}, which is no part of an observation"
                    )
        FACTS[id] = FactDeclaration(id, title, read, asks)
        return FACTS[id]

    return declare


def facts(observations: Observations) -> tuple[Fact, ...]:
    """Every fact that one look at one host shows, ordered by id."""
    found = (FACTS[id](observations) for id in sorted(FACTS))
    return tuple(each for each in found if each is not None)
