"""What the name of a cipher suite says of its strength, in OpenSSL's words or the registry's."""

import re
from enum import Enum

NAME_LIMIT = 100  # characters; the longest name of the registry has 48


class Strength(Enum):
    """How far a suite protects; the values are the end of a sentence about it."""

    STRONG = ""
    OPEN = "encrypts nothing"
    NAMELESS = "proves nothing about the server, so anybody in between can answer for it"
    EXPORT = "was weakened for export and can be broken on one computer"
    RC4 = "encrypts with RC4, which is broken"
    SMALL_BLOCKS = "encrypts in blocks of 64 bits (DES, 3DES, IDEA), which give pieces away"
    NO_SECRECY = "has no forward secrecy: who gets the key later reads what was recorded"
    CHAINED = "encrypts in CBC mode, which attackers have taken apart again and again"
    UNKNOWN = "is none that we know"

    @property
    def is_broken(self) -> bool:
        """Whether the suite protects nothing that matters."""
        return self in _BROKEN


_BROKEN = frozenset(
    {
        Strength.OPEN,
        Strength.NAMELESS,
        Strength.EXPORT,
        Strength.RC4,
        Strength.SMALL_BLOCKS,
    }
)
_MARKS = (
    (Strength.OPEN, {"NULL"}),
    (Strength.NAMELESS, {"ADH", "AECDH", "ANON"}),
    (Strength.EXPORT, {"EXP", "EXP1024", "EXPORT", "EXPORT40", "EXPORT1024"}),
    (Strength.RC4, {"RC4"}),
    (Strength.SMALL_BLOCKS, {"DES", "3DES", "DES40", "CBC3", "RC2", "IDEA"}),
)
_FORWARD = {"ECDHE", "DHE", "EECDH", "EDH"}
_AUTHENTICATED = {"GCM", "CCM", "CCM8", "OCB", "CHACHA20", "POLY1305"}
_BLOCK = re.compile(r"(?:AES|CAMELLIA|ARIA|SEED)(?:128|192|256)?")


def strength(name: str) -> Strength:
    """What a suite is worth, by the words of its name (RFC 9325 section 4, RFC 7465)."""
    words = re.split("[-_]", name[:NAME_LIMIT].upper())
    said = set(words)
    for fault, marks in _MARKS:
        if said & marks:
            return fault
    # TLS 1.3 names no key exchange, since it has none without forward secrecy
    modern = words[0] == "TLS" and "WITH" not in said
    if modern and words[1:2] in (["SHA256"], ["SHA384"]):
        return Strength.OPEN  # RFC 9150: integrity alone
    sealed = bool(said & _AUTHENTICATED)
    if not sealed and (modern or not any(map(_BLOCK.fullmatch, words))):
        return Strength.UNKNOWN
    if not modern and not said & _FORWARD:
        return Strength.NO_SECRECY
    return Strength.STRONG if sealed else Strength.CHAINED
