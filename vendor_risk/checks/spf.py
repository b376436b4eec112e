"""SPF records (RFC 7208): which text is one, its terms and faults, what happens to strangers."""

import ipaddress
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from vendor_risk.checks.lookup import lookup, texts
from vendor_risk.checks.names import plain
from vendor_risk.checks.observations import Answer, Dns

LENGTH_LIMIT = 16_384  # characters; real records stay below 2,000
TERM_LIMIT = 512
DEPTH_LIMIT = 10  # RFC 7208 section 4.6.4: at most ten terms that cause look-ups
NAME_LIMIT = 40  # names that are looked at: above it a record is an attack, not a mail policy

_VERSION = re.compile(r"v=spf1(?= |\Z)", re.IGNORECASE)
_MODIFIER = re.compile(r"([a-z][a-z0-9_.-]*)=(.*)", re.IGNORECASE | re.DOTALL)
_MECHANISM = re.compile(r"([+?~-]?)([a-z][a-z0-9_.-]*)(.*)", re.IGNORECASE | re.DOTALL)
_CIDR = re.compile(r"(?:/(0|[1-9][0-9]?))?(?://(0|[1-9][0-9]{0,2}))?")
_LENGTH = re.compile(r"(?:/[0-9]+)?(?://[0-9]+)?\Z")  # at the very end: a domain may hold a /
_MACRO = re.compile(
    r"(?:[\x21-\x24\x26-\x7e]|%[%_-]|%\{[slodiphv](?:[1-9][0-9]{0,2})?r?[.\-+,/_=]*\})*+",
    re.IGNORECASE,
)
_MACRO_END = re.compile(r"%\{[slodiphv](?:[1-9][0-9]{0,2})?r?[.\-+,/_=]*\}\Z", re.IGNORECASE)
_EXPAND = re.compile(
    r"%(?:([%_-])|\{([slodiphv])([1-9][0-9]{0,2})?(r?)([.\-+,/_=]*)\})", re.IGNORECASE
)
_TOP_LABEL = re.compile(
    r"\.(?=[a-z0-9-]*[a-z-])[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.?\Z", re.IGNORECASE
)

_BARE = {"all"}
_WITH_NAME = {"include", "exists"}
_WITH_OPTIONAL_NAME = {"a", "mx", "ptr"}
_NETWORKS = {"ip4": ipaddress.IPv4Network, "ip6": ipaddress.IPv6Network}


@dataclass(frozen=True, slots=True)
class Term:
    """One mechanism or modifier; `fault` says why receivers cannot read it."""

    text: str
    qualifier: str
    name: str
    value: str
    modifier: bool = False
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Spf:
    """One SPF record, read to its end whatever is wrong with it."""

    text: str
    terms: tuple[Term, ...]

    @property
    def faults(self) -> tuple[str, ...]:
        """Everything that makes receivers answer `permerror`, each with the term it is about."""
        found = [f"{term.text[:80]}: {term.fault}" for term in self.terms if term.fault]
        for name in ("redirect", "exp"):
            if sum(term.modifier and term.name == name for term in self.terms) > 1:
                found.append(f"{name}= stands twice")
        return tuple(found)

    @property
    def all(self) -> Term | None:
        """The term that decides about everybody else; terms behind it never count."""
        return next((term for term in self.terms if _is(term, "all")), None)

    @property
    def redirect(self) -> str | None:
        """The name whose record decides instead; ignored where the record has an `all`."""
        if self.all is not None:
            return None
        return next(
            (term.value for term in self.terms if term.modifier and term.name == "redirect"), None
        )

    @property
    def includes(self) -> tuple[Term, ...]:
        """The include terms that are looked at: those before `all`."""
        return tuple(term for term in self.mechanisms if term.name == "include")

    @property
    def mechanisms(self) -> tuple[Term, ...]:
        """The readable mechanisms that are tried, `all` left out: those before it."""
        found = []
        for term in self.terms:
            if _is(term, "all"):
                break
            if not term.modifier and not term.fault:
                found.append(term)
        return tuple(found)


def _is(term: Term, name: str) -> bool:
    """Whether a term is that mechanism, well formed; `all=x` is a modifier that nobody knows."""
    return term.name == name and not term.modifier and not term.fault


def is_record(text: str) -> bool:
    """Whether a TXT record is an SPF record, RFC 7208 section 4.5."""
    return _VERSION.match(text) is not None


def records(answer: Answer) -> tuple[str, ...]:
    """The SPF records among the TXT records of an answer."""
    return tuple(text for text in texts(answer) if is_record(text))


@lru_cache(maxsize=128)
def parse(text: str) -> Spf:
    """Every term of a record; never fails, faults are kept beside the terms."""
    words = text[len("v=spf1") : LENGTH_LIMIT].split(" ")
    terms = tuple(_term(word) for word in words if word)
    return Spf(text, terms[:TERM_LIMIT])


def _term(word: str) -> Term:
    modifier = _MODIFIER.fullmatch(word)
    if modifier:
        name, value = modifier[1].casefold(), modifier[2]
        return Term(word, "", name, value, True, _modifier_fault(name, value))
    mechanism = _MECHANISM.fullmatch(word)
    if mechanism is None:
        return Term(word, "", "", word, fault="it is neither a mechanism nor a modifier")
    qualifier, name, rest = mechanism[1] or "+", mechanism[2].casefold(), mechanism[3]
    return Term(word, qualifier, name, rest[1:], fault=_mechanism_fault(name, rest))


def _modifier_fault(name: str, value: str) -> str:
    if name in ("redirect", "exp"):
        return "" if _is_domain_spec(value) else "it names no domain"
    return "" if _MACRO.fullmatch(value) else "it holds characters that are not allowed"


def _mechanism_fault(name: str, rest: str) -> str:
    if name in _BARE:
        return "it takes no value" if rest else ""
    if name in _WITH_NAME:
        return "" if rest[:1] == ":" and _is_domain_spec(rest[1:]) else "it names no domain"
    if name in _WITH_OPTIONAL_NAME:
        return _optional_name_fault(name, rest)
    if name in _NETWORKS:
        return _network_fault(name, rest)
    return "no such mechanism is known"


def _optional_name_fault(name: str, rest: str) -> str:
    length = _LENGTH.search(rest)
    split = length.start() if length else len(rest)
    domain, prefix = rest[:split], rest[split:]
    if domain and not (domain[0] == ":" and _is_domain_spec(domain[1:])):
        return "it names no domain"
    if not prefix:
        return ""
    lengths = _CIDR.fullmatch(prefix)
    if name == "ptr" or lengths is None:
        return "its prefix length cannot be read"
    return "" if int(lengths[1] or 0) <= 32 and int(lengths[2] or 0) <= 128 else "prefix too long"


def _network_fault(name: str, rest: str) -> str:
    network, slash, length = rest[1:].partition("/")
    if rest[:1] != ":" or "%" in network or (slash and not re.fullmatch(r"0|[1-9][0-9]*", length)):
        return "it holds no network"
    try:
        _NETWORKS[name](rest[1:], strict=False)
    except ValueError:
        return f"it holds no IPv{name[-1]} network"
    return ""


def operand(term: Term) -> tuple[str, int | None]:
    """The domain of an `a` or `mx`, empty for none, and the IPv4 prefix length behind it."""
    rest = term.text.lstrip("+?~-")[len(term.name) :]
    length = _LENGTH.search(rest)
    split = length.start() if length else len(rest)
    lengths = _CIDR.fullmatch(rest[split:])
    four = lengths[1] if lengths else None
    return rest[1:split], None if four is None else int(four)


def _is_domain_spec(text: str) -> bool:
    """RFC 7208 section 7.1: a macro string that ends in a top label or in a macro."""
    if len(text) > 512 or not _MACRO.fullmatch(text):
        return False
    return bool(_TOP_LABEL.search(text) or _MACRO_END.search(text))


def expand(spec: str, at: str, sender: str) -> str | None:
    """The name that a term refers to (RFC 7208 section 7); None where the message decides.

    `at` is the name whose record it stands in (%{d}), `sender` the one that mail comes from (%{o});
    every other macro differs from message to message.
    """
    known = {"d": at, "o": sender}
    if not _is_domain_spec(spec):
        return None
    if any(macro[2] and macro[2].casefold() not in known for macro in _EXPAND.finditer(spec)):
        return None
    name = plain(_EXPAND.sub(lambda macro: _expanded(macro, known), spec))
    # section 7.3: of a name that is too long the labels on the left are left out
    return name if len(name) <= 253 else name[-254:].partition(".")[2]


def _expanded(macro: re.Match[str], known: dict[str, str]) -> str:
    if macro[1]:
        return {"%": "%", "_": " ", "-": "%20"}[macro[1]]
    parts = re.split(f"[{re.escape(macro[5] or '.')}]", known[macro[2].casefold()])
    if macro[4]:
        parts.reverse()
    return ".".join(parts[-int(macro[3] or len(parts)) :])


def targets(answer: Answer, at: str, sender: str) -> tuple[str, ...]:
    """The names that the records of an answer refer to, whatever the message is."""
    found: dict[str, None] = {}
    for text in records(answer):
        record = parse(text)
        specs = [term.value for term in record.includes]
        specs += [record.redirect] if record.redirect else []
        names = (expand(spec, at, sender) for spec in specs)
        found |= dict.fromkeys(name for name in names if name)
    return tuple(found)


def linked(dns: Dns, names: Sequence[str]) -> tuple[str, ...]:
    """The names to which the SPF records of some names lead by include and redirect.

    A loop is walked once around; whatever lies deeper than `DEPTH_LIMIT` or beyond `NAME_LIMIT`
    names is left alone.
    """
    level = [(name, name) for name in names]
    walked, found = set(level), dict.fromkeys(names)
    for _ in range(DEPTH_LIMIT):
        below = []
        for name, sender in level:
            for target in targets(lookup(dns, name, "TXT"), name, sender):
                crowded = target not in found and len(found) >= NAME_LIMIT
                if crowded or (target, sender) in walked:
                    continue
                walked.add((target, sender))
                found[target] = None
                below.append((target, sender))
        level = below
    return tuple(name for name in found if name not in names)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a domain's SPF says about senders that it does not name.

    `qualifier` is `-`, `~`, `?` or `+`, empty where the record does not say (receivers then act as
    for `?`). `via` holds the names whose records were read, the asked one first. `error` is why
    receivers answer `permerror`; `silence` is the question whose answer is missing; `depends` is
    the redirect that leads somewhere else with every message. `gap` is a question without an answer
    below an include, so that nobody can tell whether everybody passes there.
    """

    via: tuple[str, ...]
    record: str = ""
    qualifier: str = ""
    error: str = ""
    open_include: str = ""
    silence: Answer | None = None
    depends: str = ""
    gap: Answer | None = None


def strangers(dns: Dns, name: str) -> Verdict:
    """Read the record of a name and follow `redirect` to the term that decides."""
    via: list[str] = []
    gap: Answer | None = None
    at = plain(name)
    while True:
        answer = lookup(dns, at, "TXT")
        if not answer.known:
            return Verdict((*via, at), silence=answer)
        found = records(answer)
        via.append(at)
        if len(found) != 1:
            count = "no SPF record" if not found else "more than one SPF record"
            return Verdict(tuple(via), error=f"{at} has {count}")
        record = parse(found[0])
        below = tuple(_below(_Walk(dns, via[0], set(via)), record, at, DEPTH_LIMIT))
        opened = next((each for each in below if isinstance(each, str)), "")
        gap = gap or next((each for each in below if isinstance(each, Answer)), None)
        qualifier = record.all.qualifier if record.all else ""
        if opened or record.all is not None or not record.redirect:
            return Verdict(tuple(via), found[0], qualifier, open_include=opened, gap=gap)
        if not _is_domain_spec(record.redirect):
            return Verdict(tuple(via), found[0], error=f"redirect={record.redirect} is no name")
        following = expand(record.redirect, at, via[0])
        if following is None:
            return Verdict(tuple(via), found[0], depends=f"redirect={record.redirect}")
        at = following
        if at in via or len(via) > DEPTH_LIMIT:
            return Verdict(tuple(via), found[0], error=f"the redirect to {at} runs in a circle")


@dataclass(frozen=True, slots=True)
class _Walk:
    """What stays the same while includes are followed; `seen` grows."""

    dns: Dns
    sender: str
    seen: set[str]


def _below(walk: _Walk, record: Spf, at: str, depth: int) -> Iterator[str | Answer]:
    """The names below a record that pass everybody, and the questions without an answer.

    `include` matches whatever passes there. One whose name differs with every message is a list of
    single senders, and passed over.
    """
    for term in record.includes:
        name = expand(term.value, at, walk.sender) if term.qualifier == "+" else None
        if name:
            yield from _included(walk, name, depth)


def _included(walk: _Walk, name: str, depth: int) -> Iterator[str | Answer]:
    if name in walk.seen or depth == 0:
        return
    walk.seen.add(name)
    answer = lookup(walk.dns, name, "TXT")
    if not answer.known:
        yield answer
    found = records(answer)
    if len(found) != 1:
        return
    record = parse(found[0])
    if record.all is not None and record.all.qualifier == "+":
        yield name
    yield from _below(walk, record, name, depth - 1)
    following = expand(record.redirect, name, walk.sender) if record.redirect else None
    if following:
        yield from _included(walk, following, depth - 1)
