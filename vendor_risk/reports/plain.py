"""Words of strangers as a reader may safely see them: cut to a length, tricks made visible."""

import re
import unicodedata

NAME_LIMIT = 200
VALUE_LIMIT = 1_200  # about fifteen lines of the page; a longer header proves nothing more

# Marks that turn the reading direction around or hide: an attacker's way to fake a name.
_DIRECTION = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
_SURROGATE = re.compile("[\ud800-\udfff]")


def plain(text: str, limit: int = NAME_LIMIT) -> str:
    """One line of readable text of at most `limit` characters and an ellipsis."""
    return _visible(" ".join(_cut(text, limit).split()))


def plain_lines(text: str, limit: int = VALUE_LIMIT) -> str:
    """The same with its line breaks, for values and commands."""
    lines = _cut(text, limit).replace("\r\n", "\n").split("\n")
    return "\n".join(_visible(line.replace("\t", "    ").rstrip()) for line in lines)


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[:limit] + "…"


def _visible(text: str) -> str:
    text = _SURROGATE.sub("\ufffd", text)
    text = _DIRECTION.sub(lambda match: f"[U+{ord(match[0]):04X}]", text)
    return "".join(
        f"[U+{ord(char):04X}]" if unicodedata.category(char) == "Cc" else char for char in text
    )
