"""MTA-STS (RFC 8461): the record that announces a policy, and the policy file."""

import re
from dataclasses import dataclass

from vendor_risk.checks import taglist
from vendor_risk.checks.lookup import texts
from vendor_risk.checks.names import plain
from vendor_risk.checks.observations import Answer

LONGEST_AGE = 31_557_600  # section 3.2: about a year
LENGTH_LIMIT = 65_536  # characters; section 3.3 lets senders stop reading at 64 kilobytes
_LINE_LIMIT = 1000
_MODES = ("enforce", "testing", "none")
_MEANT = re.compile(r"\s*+v\s*+=\s*+STSv1", re.IGNORECASE)
_BEGINS = re.compile(r"v=STSv1[ \t]*+;")  # section 3.1: what begins otherwise is discarded
_ID = re.compile(r"[A-Za-z0-9]{1,32}")
_PATTERN = re.compile(r"(?:\*\.)?[a-z0-9_-]++(?:\.[a-z0-9_-]++)++", re.IGNORECASE)


def meant(answer: Answer) -> tuple[str, ...]:
    """The TXT records that announce a policy, or were meant to."""
    return tuple(text for text in texts(answer) if _MEANT.match(text[:40]))


def record_fault(text: str) -> str:
    """Why senders discard an announcement, empty when they don't."""
    tags = taglist.read(text)
    if not _BEGINS.match(text):
        return "it does not begin with v=STSv1 and a semicolon"
    if tags is None:
        return "it is no list of tags"
    return "" if _ID.fullmatch(tags.get("id", "")) else "its id is not 1 to 32 letters and digits"


def address(name: str) -> str:
    """Where the policy for mail to a name lies (section 3.3)."""
    return f"https://{host(name)}/.well-known/mta-sts.txt"


def host(name: str) -> str:
    """The host that serves it."""
    return f"mta-sts.{name}"


@dataclass(frozen=True, slots=True)
class Policy:
    """One policy; `faults` are why senders take it for none."""

    mode: str
    max_age: int
    mx: tuple[str, ...]
    faults: tuple[str, ...]

    def covers(self, server: str) -> bool:
        """Whether mail may go to a server; a wildcard stands for one whole label (section 4.1)."""
        above = server.partition(".")[2]
        return server in self.mx or f"*.{above}" in self.mx


def parse(text: str) -> Policy:
    """Every field of a policy; never fails, faults are kept beside."""
    fields: dict[str, str] = {}
    patterns: list[str] = []
    faults: list[str] = []
    for line in text[:LENGTH_LIMIT].removeprefix("\ufeff").split("\n")[:_LINE_LIMIT]:
        key, colon, value = line.strip().partition(":")
        value = value.strip()
        if not key and not colon:
            continue
        if not colon:
            faults.append(f"{key[:40]} is no field")
        elif key == "mx":
            patterns.append(plain(value[:255]))
            if not _PATTERN.fullmatch(value[:255]):
                faults.append(f"mx: {value[:60]} is no host name")
        else:
            fields.setdefault(key, value)  # section 3.2: of all others the first counts
    mode, age = fields.get("mode", ""), fields.get("max_age", "")
    if fields.get("version") != "STSv1":
        faults.append("version is not STSv1")
    if mode not in _MODES:
        faults.append("mode is not enforce, testing or none")
    if not re.fullmatch(r"[0-9]{1,10}", age) or int(age) > LONGEST_AGE:
        faults.append(f"max_age is no number up to {LONGEST_AGE}")
    if not patterns and mode != "none":
        faults.append("it names no mail server (mx)")
    seconds = int(age) if re.fullmatch(r"[0-9]{1,10}", age) else 0
    return Policy(mode, seconds, tuple(patterns), tuple(faults))
