"""Takes the tags of a page apart in one pass, in time by its length however deep it nests.

A parser that builds a tree takes time by the square of the depth, so none is built: what a page
loads and where its forms lead can be told from its tags in their order (HTML standard, section
13.2.5). Comments, the texts of scripts and whatever waits in a <template> hold no tags.
"""

import re
from collections.abc import Iterator
from html import unescape
from html.entities import html5
from typing import NamedTuple

ATTRIBUTES_LENGTH = 65_536  # characters of one tag; what stands behind is passed over

_SPACE = r"\t\n\f\r "
# a value whose quote is never closed takes the rest of the page along, as in browsers
_VALUE = rf"=[{_SPACE}]*+(?:\"[^\"]*+(?:\"|\Z)|'[^']*+(?:'|\Z)|[^{_SPACE}>\"'][^{_SPACE}>]*+)?"
_REST = rf"(?:[{_SPACE}/]++|[^{_SPACE}/>][^{_SPACE}/>=]*+(?:[{_SPACE}]*+{_VALUE})?)*+"
_NAMES = (
    *("a", "area", "audio", "base", "button", "embed", "form", "frame", "iframe", "img", "image"),
    *("input", "link", "math", "meta", "noembed", "noframes", "noscript", "object", "picture"),
    *("plaintext", "script", "select", "source", "style", "svg", "template", "textarea", "title"),
    *("track", "video", "xmp"),
)
# whose ends matter
_ENDING = ("audio", "form", "math", "picture", "svg", "template", "video")


def _wanted(names: tuple[str, ...]) -> str:
    """A pattern of one of the names as a whole, told apart by their first letters."""
    letters = sorted({name[0] for name in names})
    groups = (
        f"{letter}(?:{'|'.join(name[1:] for name in names if name[0] == letter)})"
        for letter in letters
    )
    return rf"(?:{'|'.join(groups)})(?=[{_SPACE}/>])"


_PASSED = re.compile(
    r"(?:[^<]++"
    r"|<!--(?:-?>|.*?(?:--!?>|\Z))"
    r"|<[!?][^>]*+>?"
    r"|</(?![a-z])[^>]*+>?"
    rf"|<(?!{_wanted(_NAMES)})[a-z][^{_SPACE}/>]*+{_REST}(?:>|\Z)"
    rf"|</(?!{_wanted(_ENDING)})[a-z][^{_SPACE}/>]*+{_REST}(?:>|\Z)"
    r"|<(?![a-z/!?])"
    r")*+",
    re.IGNORECASE | re.DOTALL,
)
_TAG = re.compile(rf"<(/?)([a-z]++)({_REST})(>|\Z)", re.IGNORECASE)
_ATTRIBUTE = re.compile(
    rf"([^{_SPACE}/>][^{_SPACE}/>=]*+)"
    rf"(?:[{_SPACE}]*+=[{_SPACE}]*+"
    rf"(?:\"([^\"]*+)(?:\"|\Z)|'([^']*+)(?:'|\Z)|([^{_SPACE}>\"'][^{_SPACE}>]*+))?)?"
)
# noscript is empty to a browser that runs scripts
_RAW = ("iframe", "noembed", "noframes", "noscript", "style", "textarea", "title", "xmp")
_ENDS = {
    name: re.compile(rf"</{name}(?=[{_SPACE}/>])", re.IGNORECASE) for name in (*_RAW, "script")
}
_IN_SCRIPT = re.compile(
    rf"<!--(-*+>)?|-->|<(/?)script(?=[{_SPACE}/>])",
    re.IGNORECASE,
)
_ENTITY = re.compile(r"&(?:#[0-9]{1,8};?|#[xX][0-9a-fA-F]{1,8};?|[A-Za-z][A-Za-z0-9]{1,31}+;?)(.?)")
_FOREIGN = frozenset({"math", "svg"})


class Tag(NamedTuple):
    """A tag outside of comments and texts; `text` is what a raw element such as a script holds."""

    name: str
    closes: bool
    written: str  # its attributes as they stand
    text: str
    end: int  # where the page goes on behind it

    def attributes(self) -> dict[str, str]:
        """Names in lower case with their values; of two equal ones the first counts."""
        found: dict[str, str] = {}
        for name, quoted, single, bare in _ATTRIBUTE.findall(self.written[:ATTRIBUTES_LENGTH]):
            found.setdefault(name.lower(), quoted or single or bare)
        return {name: decoded(value) for name, value in found.items()}


def tags(page: str) -> Iterator[Tag]:
    """The tags of a page that load, lead on or ask, in their order."""
    at, inert, foreign = 0, 0, 0
    while True:
        passed = _PASSED.match(page, at)
        tag = _TAG.match(page, passed.end() if passed else at)
        if tag is None or not tag[4]:
            return  # a tag that the page ends in is none
        at, name, closes = tag.end(), tag[2].lower(), bool(tag[1])
        empty = tag[3].endswith("/")
        if name == "template":
            inert = _nested(inert, tag[3], closes=closes)
            continue
        if name in _FOREIGN:
            foreign = max(0, foreign - 1) if closes else foreign + (not empty)
            continue
        text = ""
        if name == "plaintext" and not closes:
            return
        if name in _ENDS and not closes and not (foreign and empty):
            end = _script_end(page, at) if name == "script" else _raw_end(page, at, name)
            text, at = page[at:end], end
        if not inert:
            yield Tag(name, closes, tag[3], text, at)


def _nested(inert: int, attributes: str, *, closes: bool) -> int:
    """How many templates stay open that hold what does nothing yet.

    One that is the shadow of its element is part of the page at once; as only the outermost
    template decides, it is passed over with its end.
    """
    if closes:
        return max(0, inert - 1)
    if not inert and "shadowrootmode" in attributes.lower():
        return 0
    return inert + 1


def _raw_end(page: str, at: int, name: str) -> int:
    end = _ENDS[name].search(page, at)
    return end.start() if end else len(page)


def _script_end(page: str, at: int) -> int:
    """Where a script ends: not at an end tag inside of <!-- <script> (section 13.2.5.17 on)."""
    plain = _ENDS["script"].search(page, at)
    if plain is None:
        return len(page)
    if page.find("<!--", at, plain.start()) < 0:
        return plain.start()
    escaped = twice = False
    for mark in _IN_SCRIPT.finditer(page, at):
        if mark[0].startswith("<!--"):
            escaped = escaped or not mark[1]
            if mark[1]:
                escaped = twice = False
        elif mark[0] == "-->":
            escaped = twice = False
        elif not mark[2]:
            twice = escaped
        elif not twice:
            return mark.start()
        else:
            twice = False
    return len(page)


def decoded(value: str) -> str:
    """The value of an attribute with its character references replaced.

    `&copy=1` in an address is no reference there: only one that ends in a semicolon, or that
    neither a letter, a digit nor an equals sign follows (section 13.2.5.73).
    """
    return _ENTITY.sub(_character, value) if "&" in value else value


def _character(reference: re.Match[str]) -> str:
    after = reference[1]
    written = reference[0][: len(reference[0]) - len(after)]
    if written.startswith("&#"):
        return unescape(written) + after
    known = html5.get(written[1:])
    if known is None or (written[-1] != ";" and (after.isalnum() or after == "=")):
        return reference[0]
    return known + after
