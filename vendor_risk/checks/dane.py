"""TLSA records: certificates that a zone names by itself, and whether a served one is among them.

RFC 6698, with the practice of RFC 7671. Nothing here judges: tls.dane does for the pages.
"""

import hashlib
from dataclasses import dataclass
from enum import IntEnum

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from vendor_risk.checks import certificate as certs
from vendor_risk.checks import chain as chains
from vendor_risk.checks.observations import Answer, Tls

RECORDS_LIMIT = 16  # a host that changes its key has two or four


class Usage(IntEnum):
    """What a record names (RFC 6698 section 2.1.1, names of RFC 7218)."""

    PKIX_TA = 0
    PKIX_EE = 1
    DANE_TA = 2
    DANE_EE = 3


@dataclass(frozen=True, slots=True)
class Record:
    """One usable TLSA record; the hash, or the whole, is in lower hexadecimal."""

    usage: Usage
    selector: int  # 0 the certificate, 1 its key
    matching: int  # 0 the whole, 1 SHA-256, 2 SHA-512
    value: str

    def __str__(self) -> str:
        return f"{int(self.usage)} {self.selector} {self.matching} {self.value[:16]}…"


def records(answer: Answer) -> tuple[Record, ...]:
    """The usable records of an answer; the others count as if they were not there (4.1)."""
    found = (_record(text) for text in answer.rdata[:RECORDS_LIMIT])
    return tuple(each for each in found if each is not None)


def _record(text: str) -> Record | None:
    words = text.split(maxsplit=3)
    numbers = [int(word) for word in words[:3] if word in ("0", "1", "2", "3")]
    if len(words) < 4 or len(numbers) < 3 or numbers[1] > 1 or numbers[2] > 2:
        return None
    value = "".join(words[3].split()).lower()
    sizes = {1: 64, 2: 128}
    if set(value) - set("0123456789abcdef") or len(value) != sizes.get(numbers[2], len(value)):
        return None
    return Record(Usage(numbers[0]), numbers[1], numbers[2], value)


def matches(record: Record, tls: Tls) -> bool:
    """Whether a record names the served certificate, or an issuer of it."""
    leaf, *above = (certs.load(pem) for pem in tls.chain_pem)
    if record.usage in (Usage.PKIX_EE, Usage.DANE_EE):
        return leaf is not None and _is_named(record, leaf)
    wanted = {certs.issuer(each) for each in (leaf, *above) if each is not None}
    own = (certs.load(pem) for pem in tls.extra_roots_pem)
    roots = (each for each in (*own, *chains.mozilla()) if each and certs.subject(each) in wanted)
    candidates = (each for each in (*above, *roots) if each is not None)
    return any(_is_named(record, each) for each in candidates)


def _is_named(record: Record, member: x509.Certificate) -> bool:
    try:
        content = (
            member.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
            if record.selector
            else member.public_bytes(Encoding.DER)
        )
    except (ValueError, UnsupportedAlgorithm):
        return False
    if record.matching == 0:
        return content.hex() == record.value
    digest = hashlib.sha256 if record.matching == 1 else hashlib.sha512
    return digest(content).hexdigest() == record.value
