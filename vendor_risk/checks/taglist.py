"""Lists of tags and values (RFC 6376 section 3.2), the form of mail policies in the DNS."""

import re

LENGTH_LIMIT = 8192  # characters; a key of 4096 bits takes 800
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*+")


def read(text: str) -> dict[str, str] | None:
    """The values by the names of their tags, in order; None where the text is no such list.

    A name that stands twice makes the whole list void. Two semicolons in a row are let go, as most
    readers do.
    """
    tags: dict[str, str] = {}
    for part in text[:LENGTH_LIMIT].split(";"):
        if not part.strip():
            continue
        name, equals, value = part.partition("=")
        name = name.strip()
        if not equals or not _NAME.fullmatch(name) or name in tags:
            return None
        tags[name] = value.strip()
    return tags


def first(tags: dict[str, str]) -> str:
    """The name of the first tag, empty where there is none."""
    return next(iter(tags), "")
