"""DNSSEC records taken apart: keys, their digests at the parent, signatures, NSEC3 parameters."""

import base64
import binascii
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from vendor_risk.checks.observations import Answer

RSA = (1, 5, 7, 8, 10)  # RFC 3110 and 5702: their keys are an exponent and a modulus
_KEY_LIMIT = 8192  # characters of base64: a key of 4096 bits has 700
_DS = re.compile(r"([0-9]{1,5}) ([0-9]{1,3}) ([0-9]{1,3}) [0-9a-f ]++", re.IGNORECASE)
_DNSKEY = re.compile(r"([0-9]{1,5}) ([0-9]{1,3}) ([0-9]{1,3}) ([A-Za-z0-9+/= ]++)")
_RRSIG = re.compile(
    r"([a-z0-9]{1,20}) ([0-9]{1,3}) [0-9]{1,3} [0-9]{1,10} ([0-9]{1,14}) ([0-9]{1,14})(?: .*+)?",
    re.IGNORECASE | re.DOTALL,
)
_NSEC3PARAM = re.compile(r"[0-9]{1,3} [0-9]{1,3} ([0-9]{1,5}) \S++")
_ZONE_KEY = 0x0100  # RFC 4034 section 2.1.1: other keys sign nothing
_WRITTEN = re.compile(r"[0-9]{14}")


@dataclass(frozen=True, slots=True)
class Digest:
    """One DS record: what the parent vouches for."""

    tag: int
    algorithm: int
    type: int


@dataclass(frozen=True, slots=True)
class Key:
    """One DNSKEY record; `bits` of an RSA key, None for other keys and what cannot be read."""

    flags: int
    algorithm: int
    bits: int | None


@dataclass(frozen=True, slots=True)
class Signature:
    """One RRSIG record, as far as its life goes."""

    covers: str
    algorithm: int
    ends: datetime


def digests(answer: Answer) -> tuple[Digest, ...]:
    """The DS records of an answer; what cannot be read is left out."""
    found = (_DS.fullmatch(_plain(text)) for text in answer.rdata)
    return tuple(Digest(int(each[1]), int(each[2]), int(each[3])) for each in found if each)


def keys(answer: Answer) -> tuple[Key, ...]:
    """The keys of an answer that sign a zone; what cannot be read is left out."""
    found = (_DNSKEY.fullmatch(_plain(text)) for text in answer.rdata)
    made = (Key(int(each[1]), int(each[3]), _bits(int(each[3]), each[4])) for each in found if each)
    return tuple(key for key in made if key.flags & _ZONE_KEY)


def _plain(text: str) -> str:
    return " ".join(text[:_KEY_LIMIT].split())


def _bits(algorithm: int, key: str) -> int | None:
    """The length of an RSA modulus (RFC 3110 section 2)."""
    if algorithm not in RSA:
        return None
    try:
        wire = base64.b64decode(key.replace(" ", ""), validate=True)
    except (binascii.Error, ValueError):
        return None
    if len(wire) < 3:
        return None
    length, start = (wire[0], 1) if wire[0] else (int.from_bytes(wire[1:3], "big"), 3)
    modulus = wire[start + length :]
    return int.from_bytes(modulus, "big").bit_length() or None


def signatures(answer: Answer) -> tuple[Signature, ...]:
    """The signatures of an answer; what cannot be read is left out."""
    found = (_RRSIG.fullmatch(_plain(text)) for text in answer.rdata)
    made = ((each[1].upper(), int(each[2]), _time(each[3])) for each in found if each)
    return tuple(Signature(covers, number, ends) for covers, number, ends in made if ends)


def _time(text: str) -> datetime | None:
    """YYYYMMDDHHmmSS, or seconds since 1970 (RFC 4034 section 3.2)."""
    try:
        if _WRITTEN.fullmatch(text):
            return datetime.strptime(text, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
        return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=int(text))
    except (ValueError, OverflowError):
        return None


def iterations(answer: Answer) -> int | None:
    """How often NSEC3 hashes a name once more; None where the zone does not use NSEC3."""
    found = [_NSEC3PARAM.fullmatch(_plain(text)) for text in answer.rdata]
    return max((int(each[1]) for each in found if each), default=None)
