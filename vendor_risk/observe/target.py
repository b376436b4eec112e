"""Turns what a person typed into the host name to look at, or says how to mend it."""

import ipaddress
import re
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlsplit

import idna

from vendor_risk.refusals import Refused

_MOST_CHARACTERS = 253  # RFC 1035 2.3.4: 255 octets on the wire
_MOST_IN_LABEL = 63
_MOST_TYPED = 2048  # a web address that somebody pastes still gets its own answer
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?", re.ASCII)
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*", re.ASCII)
# Names that never reach the public DNS: RFC 6761, 6762, 7686, 8375, 9476, and ICANN's .internal.
# .test and .example are special too, yet let through: they do no harm and serve for trying things.
_NOT_PUBLIC = (
    "alt",
    "arpa",
    "home.arpa",
    "internal",
    "invalid",
    "local",
    "localhost",
    "onion",
)
_SHOWN = 60  # characters of the input that a message repeats


class TargetRefused(Refused):
    """What was typed is no host name that can be looked at.

    `message` is one sentence that says what is wrong and how to mend it; `hint` is the name that
    was probably meant, or empty.
    """

    def __init__(self, message: str, hint: str = "", **known: object) -> None:
        super().__init__(message, **known)
        self.hint = hint


@dataclass(frozen=True, slots=True)
class Target:
    """A host to look at: `host` as the DNS and TLS want it (ASCII), `display` as people read it."""

    host: str
    display: str


def parse(text: str) -> Target:
    """The host that a text names; TargetRefused when it names none, or none on the internet."""
    typed = text.strip()
    if not typed:
        raise TargetRefused("Give a host name, such as shop.example.")
    if len(typed) > _MOST_TYPED:
        raise _too_long(typed, len(typed))
    _refuse_other_kinds(typed)
    mapped = _mapped(typed).removesuffix(".")
    if len(mapped) > _MOST_CHARACTERS:
        raise _too_long(typed, len(mapped))
    labels = mapped.split(".")
    if _NUMBER.fullmatch(labels[-1]):
        raise _is_address(typed)
    ascii_labels = [_ascii(label, typed) for label in labels]
    host = ".".join(ascii_labels)
    if len(host) > _MOST_CHARACTERS:
        raise _too_long(typed, len(host))
    if len(labels) == 1:
        raise TargetRefused(
            "%(typed)s is a single word: give the whole name with its ending, such as"
            " shop.example.com.",
            typed=_shown(typed),
        )
    for ending in _NOT_PUBLIC:
        if host.endswith("." + ending):
            raise TargetRefused(
                "%(typed)s ends in .%(ending)s, which does not exist on the internet:"
                " give the vendor's public host name.",
                typed=_shown(typed),
                ending=ending,
            )
    return Target(host, ".".join(_unicode(label) for label in ascii_labels))


@lru_cache(maxsize=1024)
def sent(host: str) -> str:
    """A host of an address as it is looked up and named in handshake and request, else as it is.

    The name must be the same in all three: the standard library still maps `faß` to `fass`, which
    may belong to somebody else. What is no host name is refused where it is looked up.
    """
    try:
        return parse(host).host
    except TargetRefused:
        return host


def _refuse_other_kinds(typed: str) -> None:
    """Raises TargetRefused for an IP address, a URL, an e-mail address or a port."""
    if _is_ip(typed.strip("[]")):
        raise _is_address(typed)
    if "://" in typed or "/" in typed:
        hint = _host_of(typed)
        raise TargetRefused(
            "%(typed)s is a web address: give just the host name%(such_as)s.",
            hint,
            typed=_shown(typed),
            such_as=_such_as(hint),
        )
    if "@" in typed:
        hint = _named(typed.rpartition("@")[2])
        raise TargetRefused(
            "%(typed)s is an e-mail address: give just its domain%(such_as)s.",
            hint,
            typed=_shown(typed),
            such_as=_such_as(hint),
        )
    name, colon, port = typed.rpartition(":")
    if colon and port.isdigit():
        if _is_ip(name.strip("[]")):
            raise _is_address(typed)
        hint = _named(name)
        raise TargetRefused(
            "%(typed)s names a port: give just the host name%(such_as)s.",
            hint,
            typed=_shown(typed),
            such_as=_such_as(hint),
        )


def _host_of(url: str) -> str:
    try:
        name = urlsplit(url if "://" in url else f"//{url}").hostname
    except ValueError:
        return ""
    return _named(name or "")


def _named(text: str) -> str:
    """The text when it could be given instead, else nothing."""
    try:
        return parse(text).display
    except TargetRefused:
        return ""


def _such_as(hint: str) -> str:
    return f", {hint}" if hint else ""


def _is_ip(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _is_address(typed: str) -> TargetRefused:
    return TargetRefused(
        "%(typed)s is an IP address: give the vendor's host name, such as shop.example.",
        typed=_shown(typed),
    )


def _mapped(typed: str) -> str:
    """The text in lower case and normal form, as UTS 46 maps what people type."""
    try:
        return idna.uts46_remap(typed, std3_rules=False, transitional=False)
    except (idna.IDNAError, UnicodeError) as error:
        raise _bad(typed) from error


def _ascii(label: str, typed: str) -> str:
    """The label as the DNS has it; TargetRefused when it cannot be one.

    Plain labels skip the rules of IDNA, which refuse real ones such as r3---sn-a.
    """
    if not label:
        raise TargetRefused(
            "%(typed)s has an empty part between two dots: take out the extra dot.",
            typed=_shown(typed),
        )
    try:
        encoded = label
        if not label.isascii() or label.startswith("xn--"):
            encoded = idna.alabel(label).decode("ascii")
    except (idna.IDNAError, UnicodeError) as error:
        encoded = f"xn--{label.encode('punycode').decode('ascii')}"
        if len(encoded) <= _MOST_IN_LABEL:
            raise _bad(typed) from error
    if len(encoded) > _MOST_IN_LABEL:
        raise TargetRefused(
            "%(typed)s has a part of %(count)s characters, but between two dots there"
            " are at most %(most)s: check the name for a missing dot.",
            typed=_shown(typed),
            count=len(encoded),
            most=_MOST_IN_LABEL,
        )
    if not _LABEL.fullmatch(encoded):
        raise _bad(typed)
    return encoded


def _unicode(label: str) -> str:
    return idna.ulabel(label) if label.startswith("xn--") else label


def _too_long(typed: str, length: int) -> TargetRefused:
    return TargetRefused(
        "%(typed)s has %(length)s characters, but a host name has at most"
        " %(most)s: give the vendor's host name, such as shop.example.",
        typed=_shown(typed),
        length=length,
        most=_MOST_CHARACTERS,
    )


def _bad(typed: str) -> TargetRefused:
    return TargetRefused(
        "%(typed)s is not a host name: use letters, digits, hyphens and dots,"
        " such as shop.example.",
        typed=_shown(typed),
    )


def _shown(typed: str) -> str:
    """The input as a message may repeat it: printable and short."""
    printable = "".join(character if character.isprintable() else "?" for character in typed)
    if len(printable) <= _SHOWN:
        return printable
    return printable[: _SHOWN - 1] + "…"
