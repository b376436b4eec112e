"""What a look still has to gather: the DNS questions and the pages that checks and facts want.

Each check and each fact declares its own (`asks`, `gets`); nothing is listed here. An answer is
expected as a resolver gives it: the records of the asked type at the end of a CNAME chain. CNAMEs
that were seen on the way may be recorded as answers of their own.
"""

from collections.abc import Callable, Iterable
from itertools import islice
from typing import TypeVar

from vendor_risk.checks.base import CATALOGUE, Question, Request, parts_of
from vendor_risk.checks.facts import FACTS
from vendor_risk.checks.observations import DnsStatus, NoResponse, Observations, Unreachable

Wanted = TypeVar("Wanted")

# What one declaration may want of one host: above it a zone or a page is an attack, and the others
# shall still get theirs.
QUESTIONS_LIMIT = 64
REQUESTS_LIMIT = 5


def questions(seen: Observations) -> tuple[Question, ...]:
    """The DNS questions that what was seen so far leads to and that were not asked yet."""
    if isinstance(seen.dns, Unreachable):
        return ()
    checks = [each.asks for each in CATALOGUE.values() if each.asks is not None]
    facts = [each.asks for each in FACTS.values() if each.asks is not None]
    wanted: dict[Question, None] = {}
    for asks in dict.fromkeys(checks + facts):
        wanted |= dict.fromkeys(islice(_called(asks, seen), QUESTIONS_LIMIT))
    return tuple(
        (name, type)
        for name, type in wanted
        if _is_name(name) and seen.dns.answer(name, type).status is DnsStatus.NOT_ASKED
    )


def _is_name(text: str) -> bool:
    """Whether a text may be asked for; records also hold addresses where a name should stand."""
    return bool(text) and not text.rpartition(".")[2].isdigit()


def requests(seen: Observations) -> tuple[Request, ...]:
    """The pages that what was seen so far leads to, not yet asked for, of hosts that answer."""
    if isinstance(seen.http, Unreachable):
        return ()
    wanted: dict[Request, None] = {}
    for gets in dict.fromkeys(each.gets for each in CATALOGUE.values() if each.gets is not None):
        wanted |= dict.fromkeys(islice(_called(gets, seen), REQUESTS_LIMIT))
    asked = {(each.url, each.origin) for each in seen.http.responses}
    silent = {_door(each.url) for each in seen.http.responses if isinstance(each, NoResponse)}
    return tuple(
        each
        for each in wanted
        if (each.url, each.origin) not in asked and _door(each.url) not in silent
    )


def _door(url: str) -> str:
    """Scheme and host: where one page gave nothing, the next would only cost its time again."""
    return url[:8] + url[8:].partition("/")[0]


def _called(function: Callable[..., Iterable[Wanted]], seen: Observations) -> Iterable[Wanted]:
    """What a declaration wants; nothing where a part that it starts from was not seen."""
    parts = parts_of(function, seen)
    if any(isinstance(part, Unreachable) for part in parts.values()):
        return ()
    return function(**parts)
