"""Names that are made to be taken for another: a letter off, the same word elsewhere, shortened."""

from functools import lru_cache
from unicodedata import normalize

import idna
from rapidfuzz.distance import OSA

from vendor_risk.checks.names import organisation, registrable

_DISTANCE = 2  # letters
_SHORTEST = 5  # letters of a name in which two wrong ones still mean something
_TAIL = 3  # letters that a shortened name keeps of the end: baways of britishairways keeps ways
# letters and digits that look alike on a screen, to the one that they are compared as
_ALIKE = str.maketrans(
    {
        **dict(zip("авекмнорстухіјѕԁԛԝһӏ", "abekmhopctyxljsdqwhl", strict=True)),
        **dict(zip("αεικνορτυχωγ", "aelknoptuxwy", strict=True)),
        **dict(zip("iı1łøđ035", "llllodoes", strict=True)),  # noqa: RUF001
    }
)


def looks_like(name: str, original: str) -> str:
    """How a registered name resembles another one, in words; empty where it does not.

    A name below the same registered name is its owner's and resembles nothing.
    """
    if organisation(name) == organisation(original):
        return ""
    return _resembles(core(name), core(original))


@lru_cache(maxsize=1024)
def core(name: str) -> str:
    """The label that was bought, as people read it: `shop` for login.shop.co.uk."""
    registered = registrable(name)
    label = registered.partition(".")[0] if registered else ""
    if not label.startswith("xn--"):
        return label
    try:
        return idna.ulabel(label)
    except (idna.IDNAError, UnicodeError):
        return label


def _resembles(label: str, original: str) -> str:
    if len(original) < 3 or len(label) < 3:
        return ""
    if label == original:
        return "the same name under another ending"
    seen, wanted = skeleton(label), skeleton(original)
    if seen == wanted:
        return "written with letters that look the same"
    most = _DISTANCE if len(wanted) > _SHORTEST else int(len(wanted) == _SHORTEST)
    if OSA.distance(seen, wanted, score_cutoff=most) <= most:
        return "a letter or two off"
    if len(wanted) > _SHORTEST and wanted in seen:
        return "the name with something added"
    if _shortens(seen, wanted):
        return "the name shortened"
    return ""


def skeleton(label: str) -> str:
    """A label as it looks: without accents and hyphens, look-alike letters as one."""
    plain = "".join(each for each in normalize("NFKD", label.lower()) if each.isalnum())
    return plain.translate(_ALIKE).replace("rn", "m").replace("vv", "w")


def _shortens(short: str, long: str) -> bool:
    """Whether letters were left out only: the first stays, and an end that is still read."""
    if not _SHORTEST <= len(short) < len(long) or len(long) < 2 * _SHORTEST:
        return False
    if short[0] != long[0] or short[-_TAIL:] != long[-_TAIL:]:
        return False
    left = iter(long)
    return all(letter in left for letter in short)
