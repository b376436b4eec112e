"""Finds the head of a page without parsing it: nothing here nests, so no depth costs time.

What stands in a head is known (HTML standard, section 13.2.6.4.4): a handful of elements, and
comments. The first thing that is neither opens the body.
"""

import re
from collections.abc import Iterator

META_LIMIT = 16_384  # characters of one <meta> element; a longer one is passed over

_SPACE = re.compile(r"[\t\n\f\r ]++")
_COMMENT = re.compile(r"<!--(?:-?>|.*?(?:--!?>|\Z))|<[!?][^>]*+>?", re.DOTALL)
# a > in a quoted value does not end the tag; outside of values quotes mean nothing
_TAG = re.compile(
    r"<(/?)([a-z][^\t\n\f\r />]*+)"
    r"((?:=[\t\n\f\r ]*+(?:\"[^\"]*+\"|'[^']*+')|[^>])*+)>",
    re.IGNORECASE,
)
HTTP_EQUIV = re.compile("http-equiv", re.IGNORECASE)
GENERATOR = re.compile("generator", re.IGNORECASE)
_VOID = frozenset({"base", "basefont", "bgsound", "head", "html", "link", "meta"})
# noscript is empty to a browser that runs scripts
_RAW = frozenset({"noframes", "noscript", "script", "style", "title"})
_ENDS = {name: re.compile(rf"</{name}(?=[\t\n\f\r />])", re.IGNORECASE) for name in sorted(_RAW)}
_TEMPLATE = re.compile(r"<(/?)template(?=[\t\n\f\r />])", re.IGNORECASE)
_OPENS_BODY = frozenset({"body", "br", "html"})  # as end tags; any other is passed over


def metas(page: str, mark: re.Pattern[str] = HTTP_EQUIV) -> Iterator[str]:
    """Each <meta> element in the head of a page that holds a mark, as it is written."""
    if not mark.search(page):
        return
    at = 1 if page.startswith("\ufeff") else 0
    while True:
        space = _SPACE.match(page, at)
        if space:
            at = space.end()
        passed = _COMMENT.match(page, at)
        if passed:
            at = passed.end()
            continue
        tag = _TAG.match(page, at)
        if tag is None:
            return
        name, written = tag[2].lower(), tag[0]
        if name == "meta" and len(written) <= META_LIMIT and mark.search(written):
            yield written
        following = _after(page, name, tag.end(), closes=bool(tag[1]))
        if following is None:
            return
        at = following


def _after(page: str, name: str, at: int, *, closes: bool) -> int | None:
    """Where the head goes on after a tag that ends at a place; None where the body begins."""
    if closes:
        return None if name in _OPENS_BODY else at
    if name in _VOID:
        return at
    if name == "template":
        return _after_template(page, at)
    end = _ENDS[name].search(page, at) if name in _ENDS else None
    return end.start() if end else None


def _after_template(page: str, at: int) -> int | None:
    """Behind the template that was opened, whatever it holds and however deep."""
    open_ones = 1
    for tag in _TEMPLATE.finditer(page, at):
        open_ones += -1 if tag[1] else 1
        if not open_ones:
            return tag.start()
    return None
