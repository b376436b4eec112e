"""DMARC records by RFC 9989: which text is one, its tags, and which record speaks for a name."""

import re
from dataclasses import dataclass
from enum import IntEnum

from vendor_risk.checks.lookup import exists, lookup, texts
from vendor_risk.checks.names import is_subdomain, organisation, plain
from vendor_risk.checks.observations import Answer, Dns, DnsStatus

LENGTH_LIMIT = 8192  # characters; real records stay below 600
WALK_LABELS = 7  # RFC 9989 section 4.10: a longer name goes on from seven labels


class Policy(IntEnum):
    """What the owner asks receivers to do with mail that fails, from nothing to the most."""

    NONE = 0
    QUARANTINE = 1
    REJECT = 2


# section 4.7: what speaks for the name itself, for names below it, for names that do not exist
ORDER = {"p": ("p",), "sp": ("sp", "p"), "np": ("np", "sp", "p")}
_POLICIES = {policy.name.casefold(): policy for policy in Policy}
# %s"DMARC1": the value is case sensitive, the name of the tag is not (section 4.8)
_VERSION = re.compile(r"v[ \t]*+=[ \t]*+DMARC1[ \t]*+(?:;|\Z)")
_MEANT = re.compile(r"[\s\"']*+v[\s:]*+=?[\s\"']*+dmarc", re.I)
_TAG = re.compile(r"[a-z][a-z0-9_-]*+")  # receivers pass over names that they do not know
_VALUES = {
    "v": re.compile(r"DMARC1"),
    "p": re.compile(r"none|quarantine|reject", re.IGNORECASE),
    "sp": re.compile(r"none|quarantine|reject", re.IGNORECASE),
    "np": re.compile(r"none|quarantine|reject", re.IGNORECASE),
    "psd": re.compile(r"[ynu]", re.IGNORECASE),
    "t": re.compile(r"[yn]", re.IGNORECASE),
    "adkim": re.compile(r"[rs]", re.IGNORECASE),
    "aspf": re.compile(r"[rs]", re.IGNORECASE),
    "fo": re.compile(r"[01ds](?::[01ds])*+", re.IGNORECASE),
    "rf": re.compile(r"(?:afrf|iodef)(?::(?:afrf|iodef))*+", re.IGNORECASE),
    "pct": re.compile(r"100|[0-9]{1,2}"),
    "ri": re.compile(r"[0-9]{1,10}"),
}
REMOVED = ("pct", "rf", "ri")  # gone since RFC 9989; receivers that follow RFC 7489 still read them
_URI = re.compile(
    r"(?:mailto:[^\s@,!]++@[^\s@,!]++|https?://[^\s,!/][^\s,!]*+)(?:![0-9]+[kmgt]?)?", re.I
)
_URI_LIMIT = 8  # addresses of one tag that are looked at
_INTERVAL_LIMIT = 2**32 - 1  # RFC 7489 section 6.3: ri is an unsigned 32-bit number


def is_record(text: str) -> bool:
    """Whether a TXT record is a DMARC record: `v=DMARC1` comes first, in these capitals."""
    return _VERSION.match(text[:1].casefold() + text[1:LENGTH_LIMIT]) is not None


def is_meant(text: str) -> bool:
    """Whether a text is no DMARC record, though whoever wrote it meant one."""
    return _MEANT.match(text[:80]) is not None and not is_record(text)


def is_valid(tag: str, value: str) -> bool:
    """Whether a known tag may have this value; an unknown tag may have any, it is ignored."""
    if tag in ("rua", "ruf"):
        return bool(value) and all(_URI.fullmatch(uri.strip()) for uri in value.split(","))
    pattern = _VALUES.get(tag)
    if pattern is None:
        return True
    return bool(pattern.fullmatch(value)) and (tag != "ri" or int(value) <= _INTERVAL_LIMIT)


KNOWN = frozenset((*_VALUES, "rua", "ruf"))


@dataclass(frozen=True, slots=True)
class Dmarc:
    """One DMARC record; `tags` holds the first of each name, `faults` what receivers ignore."""

    text: str
    tags: dict[str, str]
    faults: tuple[str, ...]

    def _valid(self, tag: str) -> str | None:
        value = self.tags.get(tag)
        return value.casefold() if value is not None and is_valid(tag, value) else None

    def asked(self, tag: str) -> Policy | None:
        """The policy that a tag (p, sp or np) asks for, as written."""
        value = self._valid(tag)
        return None if value is None else _POLICIES[value]

    @property
    def psd(self) -> str:
        """`y` for a public suffix, `n` for an organisation's top name, `u` where it is not said."""
        return self._valid("psd") or "u"

    @property
    def testing(self) -> bool:
        """Whether `t=y` asks receivers to apply one level less."""
        return self._valid("t") == "y"

    @property
    def percent(self) -> int:
        """The old `pct`, 100 where it is not said."""
        return int(self._valid("pct") or 100)

    @property
    def reports(self) -> bool:
        """Whether at least one address for aggregate reports can be used."""
        uris = self.tags.get("rua", "").split(",")
        return any(is_valid("rua", uri.strip()) for uri in uris)

    @property
    def destinations(self) -> tuple[str, ...]:
        """The domains that reports of either kind are mailed to, each once."""
        found: dict[str, None] = {}
        for tag in ("rua", "ruf"):
            for uri in self.tags.get(tag, "").split(",")[:_URI_LIMIT]:
                address = uri.strip()
                if is_valid(tag, address) and address[:7].casefold() == "mailto:":
                    host = address.partition("!")[0].rpartition("@")[2].partition("?")[0]
                    found[plain(host)] = None
        return tuple(found)

    @property
    def complete(self) -> bool:
        """Whether the policy tags are readable: p is there and valid, sp and np not wrong."""
        wrong = any(tag in self.tags and self.asked(tag) is None for tag in ("p", "sp", "np"))
        return "p" in self.tags and not wrong

    @property
    def applies(self) -> bool:
        """Whether receivers act on the record at all (section 4.10.1).

        One without readable policy tags counts as `p=none` when it asks for reports, or when it
        only marks a public suffix; else receivers apply no DMARC.
        """
        wrong = any(tag in self.tags and self.asked(tag) is None for tag in ("p", "sp", "np"))
        return self.complete or self.reports or (self.psd == "y" and not wrong)

    def policy(self, tag: str) -> Policy:
        """What a name gets: `p` for the name itself, `sp` below it, `np` where nothing exists.

        `np` falls back to `sp` and `sp` to `p`; `t=y` lowers the result by one level.
        """
        if not self.complete:
            return Policy.NONE
        asked = next((self.asked(name) for name in ORDER[tag] if name in self.tags), None)
        return self._lowered(asked or Policy.NONE)

    def _lowered(self, policy: Policy) -> Policy:
        return Policy(max(Policy.NONE, policy - 1)) if self.testing else policy


def parse(text: str) -> Dmarc:
    """Every tag of a record; never fails, syntax errors are noted and left out."""
    tags: dict[str, str] = {}
    faults: list[str] = []
    for part in text[:LENGTH_LIMIT].split(";"):
        if not part.strip():
            continue
        name, equals, value = part.partition("=")
        tag, value = name.strip().casefold(), value.strip()
        if not equals or not _TAG.fullmatch(tag):
            faults.append(f"{part.strip()[:40]} is no tag")
        elif tag in tags:
            faults.append(f"{tag} stands twice")
        else:
            tags[tag] = value
            if not is_valid(tag, value):
                faults.append(f"{tag}={value[:40]} is no value of {tag}")
    return Dmarc(text, tags, tuple(faults))


def walk(name: str) -> tuple[str, ...]:
    """The names whose `_dmarc` record is asked for, from the name to the top label, at most 8."""
    wanted = plain(name)
    labels = wanted.split(".")
    rest = labels[1:] if len(labels) <= WALK_LABELS else labels[-WALK_LABELS:]
    return (wanted, *(".".join(rest[i:]) for i in range(len(rest))))


@dataclass(frozen=True, slots=True)
class Discovery:
    """Which record speaks for a name.

    `at` is the name that has the record, `tag` the tag that counts for the asked name (p, sp or
    np). `doubled` are the names with more than one record, which receivers throw away. `silence`
    is a question whose missing answer leaves open which record it is.
    """

    record: Dmarc | None = None
    at: str = ""
    tag: str = "p"
    doubled: tuple[str, ...] = ()
    silence: Answer | None = None

    @property
    def policy(self) -> Policy | None:
        """What receivers are asked to do for the name; None where no record is applied."""
        if self.record is None or not self.record.applies:
            return None
        return self.record.policy(self.tag)


def discover(dns: Dns, name: str) -> Discovery:
    """Find the record for mail from a name, RFC 9989 section 4.10.1.

    The name's own record counts; without one that of its organisation does, which a walk up the
    tree finds, or that of the public suffix above. A question above the registrable name that was
    never asked counts as answered with nothing: hardly any public suffix has a record.
    """
    start = plain(name)
    found: list[tuple[str, Dmarc]] = []
    doubled: list[str] = []
    silent: list[tuple[str, Answer]] = []
    top = organisation(start)
    for at in walk(start):
        answer = lookup(dns, f"_dmarc.{at}", "TXT")
        if not answer.known:
            if answer.status is not DnsStatus.NOT_ASKED or is_subdomain(at, top):
                silent.append((at, answer))
            continue
        records = [text for text in texts(answer) if is_record(text)]
        if len(records) > 1:
            doubled.append(at)
        if len(records) != 1:
            continue
        found.append((at, parse(records[0])))
        if at == start or found[-1][1].psd in ("y", "n"):
            break
    at, record = _chosen(start, found)
    tag = "p" if at == start else ("sp" if exists(dns, start) else "np")
    return Discovery(record, at, tag, tuple(doubled), _gap(silent, at, top))


def _chosen(start: str, found: list[tuple[str, Dmarc]]) -> tuple[str, Dmarc | None]:
    """The own record, else that of the organisation, else that of the public suffix."""
    if not found:
        return "", None
    if found[0][0] == start:
        return found[0]
    at, record = found[-1]
    if record.psd != "y":
        return at, record
    below = ".".join(start.split(".")[-(at.count(".") + 2) :])
    return next(((name, own) for name, own in found if name == below), (at, record))


def _gap(silent: list[tuple[str, Answer]], chosen: str, top: str) -> Answer | None:
    """The missing answer that could change which record was chosen.

    Above the registrable name one matters only when no record was found there or below it.
    """
    for at, answer in silent:
        if not chosen or is_subdomain(at, top):
            return answer
    return None
