"""TLSA records (RFC 6698) as they are used for mail (RFC 7672)."""

import re

USABLE = frozenset((2, 3))  # RFC 7672 section 3.1: DANE-TA and DANE-EE
_HEX = re.compile(r"[0-9A-Fa-f]*+")
_DIGITS = {1: 64, 2: 128}  # of SHA-256 and SHA-512, by the matching type
_LENGTH_LIMIT = 65_536


def for_others(rdata: str) -> bool:
    """Whether a record speaks to other programs than mail servers, by its usage.

    Senders pass it over and go by the others (RFC 7672 section 3.1.3).
    """
    return rdata[:_LENGTH_LIMIT].split(maxsplit=1)[:1] in (["0"], ["1"])


def fault(rdata: str) -> str:
    """Why mail servers cannot use a record, empty when they can."""
    words = rdata[:_LENGTH_LIMIT].split()
    if len(words) < 4 or not all(re.fullmatch("[0-9]{1,3}", word) for word in words[:3]):
        return "it cannot be read"
    usage, selector, matching = map(int, words[:3])
    content = "".join(words[3:])
    if usage not in USABLE:
        return f"usage {usage} is not for mail, only 2 and 3 are"
    if selector > 1 or matching > 2:
        return f"selector {selector} or matching type {matching} is not defined"
    if not _HEX.fullmatch(content) or len(content) % 2:
        return "its data is not hexadecimal"
    if len(content) != _DIGITS.get(matching, len(content)):
        return f"its data has {len(content)} digits instead of {_DIGITS[matching]}"
    return ""
