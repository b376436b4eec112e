"""Patterns of a list of others: which may be tried on what a host serves.

The engine of Python goes back and tries again, and a pattern of ten characters can make it do so
for years. So patterns are held to a form whose time has a limit: something is repeated at most
once, no group is, and little is left to choose. The 111 patterns of the real list (retire.js, 2026)
have one repetition and three choices at most.
"""

import re
from functools import lru_cache

PLACE = "§§version§§"  # where a pattern has the version
LENGTH_LIMIT = 300  # characters; the longest known has about 70
_PARTS = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*+\]|\(\?:|\(\?|.", re.DOTALL)
_REPEATS_MOST = 1
_CHOICES_MOST = 8  # each may double the ways to try
_CHOICES_BESIDE_REPEAT = 4


@lru_cache(maxsize=2048)
def fault(pattern: str) -> str:
    """Why a pattern is not used, as the end of a sentence; empty where it is."""
    if len(pattern) > LENGTH_LIMIT:
        return f"has more than {LENGTH_LIMIT} characters"
    if PLACE not in pattern:
        return "does not say where the version stands"
    repeats, choices, before = 0, 0, ""
    for part in _PARTS.findall(pattern.replace(PLACE, "()")):
        if part == "(?" or (part[0] == "\\" and part[1].isdigit()):
            return "has more than characters, groups and repetitions"
        if part in ("*", "+", "{"):
            if before == ")":
                return "repeats a group, which may take time without end"
            repeats += 1
        elif part == "|" or (part == "?" and before not in ("*", "+", "}", "?")):
            choices += 1
        before = part
    most = _CHOICES_BESIDE_REPEAT if repeats else _CHOICES_MOST
    if repeats > _REPEATS_MOST or choices > most:
        return "repeats or chooses too often, which may take time without end"
    return ""
