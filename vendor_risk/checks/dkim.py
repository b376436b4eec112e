"""DKIM key records (RFC 6376 section 3.6.1, RFC 8463): what a TXT record says about a key."""

import binascii
import re
from dataclasses import dataclass
from functools import lru_cache

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import load_der_public_key

from vendor_risk.checks import taglist

_SPACE = re.compile(r"[ \t\r\n]+")
_ED25519_OCTETS = 32  # RFC 8463 section 4: the bare key, no ASN.1 around it


@dataclass(frozen=True, slots=True)
class Key:
    """One key record; `fault` says why no receiver can use it."""

    kind: str = "rsa"
    bits: int = 0
    revoked: bool = False
    testing: bool = False
    hashes: tuple[str, ...] = ()  # empty where every one is allowed
    fault: str = ""

    def __str__(self) -> str:
        if self.revoked:
            return "revoked"
        if self.fault:
            return "unusable"
        return f"RSA {self.bits} bits" if self.kind == "rsa" else "Ed25519"


@lru_cache(maxsize=256)
def parse(text: str) -> Key | None:
    """The key in a TXT record; None where the record is about something else than mail's keys.

    Zones with a wildcard answer every question, most often with their SPF record.
    """
    claims = text[:40].replace(" ", "").startswith("v=DKIM1")
    tags = taglist.read(text)
    if tags is None or (claims and "p" not in tags):
        return Key(fault="it is no list of tags with a key (p=)") if claims else None
    if "p" not in tags or not (claims or "v" not in tags):
        return None
    if tags.get("v", "DKIM1") != "DKIM1":
        return None
    services = _listed(tags.get("s", "*"))
    if "*" not in services and "email" not in services:
        return None
    return _key(tags)


def _listed(value: str) -> tuple[str, ...]:
    return tuple(word for part in value.split(":") if (word := part.strip().casefold()))


def _key(tags: dict[str, str]) -> Key:
    kind = tags.get("k", "rsa").casefold()
    testing = "y" in _listed(tags.get("t", ""))
    hashes = _listed(tags.get("h", ""))
    packed = _SPACE.sub("", tags["p"])
    if not packed:
        return Key(kind, revoked=True, testing=testing)
    bits, fault = _strength(kind, packed)
    return Key(kind, bits, testing=testing, hashes=hashes, fault=fault)


def _strength(kind: str, packed: str) -> tuple[int, str]:
    """The bits of a key, or why it cannot be used."""
    if kind not in ("rsa", "ed25519"):
        return 0, f"no receiver knows keys of the kind {kind[:20]}"
    try:
        content = binascii.a2b_base64(packed, strict_mode=True)
    except ValueError:  # which a non-ASCII character raises as well
        return 0, "the key is no Base64"
    if kind == "ed25519":
        wrong = len(content) != _ED25519_OCTETS
        return 256, f"an Ed25519 key has 32 octets, not {len(content)}" if wrong else ""
    try:
        # takes both forms that are met: the bare key of the standard, and the one with its
        # algorithm around it that OpenSSL writes
        key = load_der_public_key(content)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return 0, "the key cannot be read"
    if not isinstance(key, rsa.RSAPublicKey):
        return 0, "it says that the key is RSA, and it is not"
    return key.key_size, ""
