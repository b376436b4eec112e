"""Names that somebody could register to be taken for another: the usual ways to misread one.

The kinds are those that tools for this work look for (dnstwist and its like); the lists are ours.
"""

import re
from collections.abc import Iterator
from itertools import islice, zip_longest
from string import ascii_lowercase, digits

import idna

from vendor_risk.checks.lookalike import core
from vendor_risk.checks.names import organisation, plain

MOST = 300  # names for one search: each costs two DNS questions
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?", re.ASCII)
_LONGEST = 253  # characters of a name, RFC 1035 section 2.3.4
_LETTERS = ascii_lowercase + digits

# the keys beside a key, on QWERTY and QWERTZ keyboards
_ROWS = ("1234567890", "qwertyuiop", "qwertzuiop", "asdfghjkl", "zxcvbnm", "yxcvbnm")
# what is read as another: plain letters, and those of other scripts that registries sell
_ALIKE: dict[str, tuple[str, ...]] = {
    "a": ("à", "á", "а", "4"),  # noqa: RUF001
    "b": ("d", "6"),
    "c": ("ç", "с", "k"),  # noqa: RUF001
    "d": ("b", "cl"),
    "e": ("é", "è", "е", "3"),  # noqa: RUF001
    "g": ("q", "9"),
    "h": ("lh",),
    "i": ("1", "l", "í", "і"),  # noqa: RUF001
    "k": ("lc", "c"),
    "l": ("1", "i"),
    "m": ("n", "nn", "rn"),
    "n": ("m", "r"),
    "o": ("0", "ö", "о"),  # noqa: RUF001
    "p": ("q", "р"),  # noqa: RUF001
    "q": ("g",),
    "s": ("5", "z"),
    "t": ("7",),
    "u": ("v", "ü"),
    "v": ("u",),
    "w": ("vv",),
    "y": ("v", "у"),  # noqa: RUF001
    "z": ("2", "s"),
    "0": ("o",),
    "1": ("l", "i"),
    "rn": ("m",),
    "vv": ("w",),
    "cl": ("d",),
}
_ENDINGS = (
    *("com", "net", "org", "co", "info", "biz", "shop", "store", "online", "site", "app", "io"),
    *("eu", "de", "co.uk", "fr", "nl", "it", "es", "pl", "ch", "at", "us", "ca", "com.au", "cn"),
)
_BAITS = (
    *("login", "secure", "pay", "payment", "support", "account", "shop", "mail", "online", "my"),
    *("portal", "help", "service", "verify", "billing", "invoice", "group", "app"),
)


def permutations(domain: str) -> tuple[tuple[str, str], ...]:
    """Names like a registered one, each with the kind of likeness in words; at most `MOST`.

    The registered name itself is never among them. The kinds take turns, so that a long name
    leaves none of them out.
    """
    own = organisation(domain)
    label, ending = core(own), own.partition(".")[2]
    if not label or not ending:
        return ()
    names: dict[str, str] = {}
    kinds = (_valid(found, ending, own) for found in _labels(label))
    swapped = ((f"{own.partition('.')[0]}.{each}", _SWAPPED) for each in _ENDINGS)
    turns = zip_longest(*kinds, (each for each in swapped if _is_name(each[0], own)))
    for turn in turns:
        for each in turn:
            if each is not None:
                names.setdefault(*each)
    return tuple(islice(names.items(), MOST))


_SWAPPED = "the same name under another ending"


def _labels(label: str) -> tuple[Iterator[tuple[str, str]], ...]:
    """The kinds of likeness, each as labels with its words."""
    return (
        ((each, "letters that look alike") for each in _look_alike(label)),
        ((each, "a word added") for each in _baited(label)),
        ((each, "a letter left out") for each in _omitted(label)),
        ((each, "two letters swapped") for each in _transposed(label)),
        ((each, "a letter doubled") for each in _repeated(label)),
        ((each, "a key beside the right one") for each in _mistyped(label)),
        ((each, "a hyphen added") for each in _hyphenated(label)),
        ((each, "one bit of a letter changed") for each in _flipped(label)),
    )


def _valid(found: Iterator[tuple[str, str]], ending: str, own: str) -> Iterator[tuple[str, str]]:
    for label, kind in found:
        name = f"{_ascii(label)}.{ending}"
        if _is_name(name, own):
            yield name, kind


def _ascii(label: str) -> str:
    """The label as the DNS has it; nothing for one that IDNA refuses."""
    if label.isascii():
        return label
    try:
        return idna.alabel(label).decode("ascii")
    except (idna.IDNAError, UnicodeError):
        return ""


def _is_name(name: str, own: str) -> bool:
    label = name.partition(".")[0]
    reserved = label[2:4] == "--" and not label.startswith("xn--")
    return (
        bool(_LABEL.fullmatch(label))
        and not reserved
        and len(name) <= _LONGEST
        and plain(name) != own
    )


def _look_alike(label: str) -> Iterator[str]:
    for at in range(len(label)):
        for length in (1, 2):
            for other in _ALIKE.get(label[at : at + length], ()):
                yield label[:at] + other + label[at + length :]


def _baited(label: str) -> Iterator[str]:
    for bait in _BAITS:
        yield f"{label}-{bait}"
        yield f"{bait}-{label}"
        yield f"{label}{bait}"
        yield f"{bait}{label}"


def _omitted(label: str) -> Iterator[str]:
    for at in range(len(label)):
        yield label[:at] + label[at + 1 :]


def _transposed(label: str) -> Iterator[str]:
    for at in range(len(label) - 1):
        yield label[:at] + label[at + 1] + label[at] + label[at + 2 :]


def _repeated(label: str) -> Iterator[str]:
    for at in range(len(label)):
        yield label[: at + 1] + label[at:]


def _mistyped(label: str) -> Iterator[str]:
    for at, letter in enumerate(label):
        for other in _beside(letter):
            yield label[:at] + other + label[at + 1 :]


def _beside(letter: str) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for row in _ROWS:
        at = row.find(letter)
        if at >= 0:
            found |= dict.fromkeys(row[max(0, at - 1) : at] + row[at + 1 : at + 2])
    return tuple(found)


def _hyphenated(label: str) -> Iterator[str]:
    for at in range(1, len(label)):
        yield f"{label[:at]}-{label[at:]}"


def _flipped(label: str) -> Iterator[str]:
    for at, letter in enumerate(label):
        for bit in range(8):
            other = chr(ord(letter) ^ (1 << bit))
            if other in _LETTERS:
                yield label[:at] + other + label[at + 1 :]
