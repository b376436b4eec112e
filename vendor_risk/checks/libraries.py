"""Which versions of which libraries pages load, as far as addresses of scripts tell."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from vendor_risk.checks.document import Document
from vendor_risk.checks.observations import JsAdvisory, JsLibrary
from vendor_risk.checks.patterns import LENGTH_LIMIT, PLACE, fault

URLS_MOST = 200  # addresses of one look that are compared with the patterns of a feed
ADDRESS_LIMIT = 512  # characters of an address in which a version is looked for
_VERSION = r"v?(\d{1,6}(?:\.\d{1,6}){1,3}(?:[-.+]?(?:alpha|beta|rc|pre|next|dev)[-.]?\d{0,6})?)"
_NAME = r"([A-Za-z][A-Za-z0-9_]*(?:[.-][A-Za-z][A-Za-z0-9_]*)*?)"
_END = r"(?:[.-](?:min|slim|prod|production|full|all|core|bundle|umd|global|pkgd|compat))*\.m?js"
_NAMED = re.compile(rf"{_NAME}(?:\.js)?[-._@]{_VERSION}{_END}", re.IGNORECASE)
_BUILD = re.compile(r"(?:[.-](?:min|slim|prod|all|debug|full|core|js))+[.-]?\Z|[.-]+\Z")
_BARE = re.compile(rf"{_NAME}{_END}", re.IGNORECASE)
_AT = re.compile(rf"([A-Za-z][\w.-]*)@{_VERSION}", re.IGNORECASE)
_ALONE = re.compile(_VERSION, re.IGNORECASE)
_DIGITS = re.compile(r"\d\.\d")
_GROUP = re.compile(r"\([^()]*\)[*?+]?|\[[^\]]*\][*?+]?|\\.[*?+]?|[A-Za-z0-9][*?{]")
_LETTERS = re.compile(r"[A-Za-z]{2,}")
_QUERY_WORDS = frozenset({"ver", "version", "v"})
# hosts whose folders are /library/version/; elsewhere that may be a theme or a shop of that name
_CDNS = frozenset(
    {
        *("ajax.aspnetcdn.com", "ajax.googleapis.com", "cdn.bootcdn.net", "cdn.bootcss.com"),
        *("cdn.jsdelivr.net", "cdn.staticfile.org", "cdnjs.cloudflare.com", "code.jquery.com"),
        *("lib.baomitu.com", "maxcdn.bootstrapcdn.com", "netdna.bootstrapcdn.com"),
        *("stackpath.bootstrapcdn.com", "unpkg.com", "yastatic.net"),
    }
)
# folders that hold libraries of others under the versions that those have themselves
_CORE_FOLDERS = ("/wp-includes/js/",)


@dataclass(frozen=True, slots=True)
class Product:
    """A library that a page loads, as its address names it.

    `sure` is False where the version stands in the query: most sites write the version of their
    theme there.
    """

    name: str
    version: str
    url: str
    sure: bool = True


def script_urls(pages: Iterable[Document]) -> dict[str, str]:
    """Each address of a script that may name a version, and the first page that loads it."""
    found: dict[str, str] = {}
    for page in pages:
        for each in page.scripts:
            url = str(each.url) if each.url else ""
            if len(found) < URLS_MOST and _DIGITS.search(url[:ADDRESS_LIMIT]):
                found.setdefault(url, str(page.url))
    return found


def products(pages: Iterable[Document]) -> tuple[Product, ...]:
    """What the addresses of the scripts say, each address once."""
    return tuple(dict.fromkeys(found for url in script_urls(pages) for found in of_address(url)))


@lru_cache(maxsize=2048)
def of_address(url: str) -> tuple[Product, ...]:
    """The libraries that one address names: by its file, a folder, or a version in the query."""
    address = url[:ADDRESS_LIMIT]
    if not _DIGITS.search(address):
        return ()
    try:
        parts = urlsplit(address)
    except ValueError:
        return ()
    host = parts.netloc.lower()
    return tuple(dict.fromkeys(_of_path(url, host, unquote(parts.path), parts.query)))


def _of_path(url: str, host: str, path: str, query: str) -> Iterator[Product]:
    folders = path.split("/")
    file = folders.pop()
    named = _NAMED.fullmatch(file)
    if named:
        yield Product(normal(named[1]), named[2].lower(), url)
    for at in map(_AT.fullmatch, (*folders, file)):
        if at:
            yield Product(normal(at[1]), at[2].lower(), url)
    for above, folder in zip(["", *folders], folders, strict=False):
        version = _ALONE.fullmatch(folder)
        bare = _BARE.fullmatch(file)
        if version and above and host in _CDNS and not _ALONE.fullmatch(above):
            yield Product(normal(above), version[1].lower(), url)
        if version and bare:
            yield Product(normal(bare[1]), version[1].lower(), url)
    bare = _BARE.fullmatch(file)
    if bare:
        sure = path.startswith(_CORE_FOLDERS)
        for word, value in islice(parse_qsl(query, max_num_fields=16), 16) if query else ():
            version = _ALONE.fullmatch(value)
            if word.lower() in _QUERY_WORDS and version:
                yield Product(normal(bare[1]), version[1].lower(), url, sure)


@lru_cache(maxsize=2048)
def normal(name: str) -> str:
    """The name of a library as two are compared: lower case, no ending js."""
    lower = name.lower()
    for ending in (".js", "-js", "js"):
        if lower.endswith(ending) and len(lower) > len(ending) + 1:
            return lower.removesuffix(ending).rstrip(".-")
    return lower


def recognised(url: str, library: JsLibrary) -> Iterator[Product]:
    """The versions of a library that an address names, by our reading and by its own patterns."""
    address = url[:ADDRESS_LIMIT]
    if not _DIGITS.search(address):
        return
    for product in of_address(url):
        if product.name in _names(library.name, *library.names):
            yield product
    file = address.partition("?")[0].rpartition("/")[2]
    for pattern in library.uris:
        if _word(pattern) in address:
            yield from _matched(_compiled(pattern), address, library, url)
    for pattern in library.filenames:
        if _word(pattern) in file:
            yield from _matched(_compiled(pattern, whole=True), file, library, url)


@lru_cache(maxsize=1024)
def _names(*names: str) -> frozenset[str]:
    """What a library is called, as two are compared."""
    return frozenset(map(normal, names))


def _matched(
    pattern: re.Pattern[str] | None, text: str, library: JsLibrary, url: str
) -> Iterator[Product]:
    found = pattern.search(text) if pattern else None
    if found and found.groupdict().get("version"):
        yield Product(normal(library.name), _BUILD.sub("", found["version"].lower()), url)


@lru_cache(maxsize=1024)
def _word(pattern: str) -> str:
    """Letters that stand in every match of a pattern: to look for them first costs a tenth."""
    text, before = pattern[:LENGTH_LIMIT].replace(PLACE, " "), ""
    while text != before:  # groups from the inside out
        text, before = _GROUP.sub(" ", text), text
    return max(_LETTERS.findall(text), key=len, default="") if "|" not in text else ""


@lru_cache(maxsize=1024)
def _compiled(pattern: str, *, whole: bool = False) -> re.Pattern[str] | None:
    """A pattern of a feed, or None for one that is long, broken or may take time without end."""
    if fault(pattern):
        return None
    text = pattern.replace(f"({PLACE})", PLACE).replace(
        PLACE, r"(?P<version>[0-9][0-9.a-z_-]{0,40})", 1
    )
    try:
        return re.compile(rf"^{text.removeprefix('/')}$" if whole else text)
    except (re.error, OverflowError, RecursionError):
        return None


def flaws(library: JsLibrary, version: str) -> tuple[JsAdvisory, ...]:
    """The advisories that name a version, in the order of the feed."""
    return tuple(
        each
        for each in library.advisories
        if version not in each.excludes
        and not at_or_above(version, each.below)
        and (not each.at_or_above or at_or_above(version, each.at_or_above))
    )


def at_or_above(version: str, other: str) -> bool:
    """Whether a version is another one or later: 3.10 is after 3.9, 1.9.0 after 1.9.0-rc1."""
    left, right = _parts(version), _parts(other)
    for number in range(max(len(left), len(right))):
        mine = left[number] if number < len(left) else (1, 0, "")
        its = right[number] if number < len(right) else (1, 0, "")
        if mine != its:
            return mine > its
    return True


@lru_cache(maxsize=4096)
def _parts(version: str) -> tuple[tuple[int, int, str], ...]:
    """Numbers compare as numbers; a word is before every number, as rc is before the release."""
    words = re.split(r"[.+-]|(?<=\d)(?=[a-z])", version[:64].lower().removeprefix("v"))
    return tuple(
        (1, int(word), "") if word.isdecimal() and len(word) < 12 else (0, 0, word)
        for word in islice(words, 12)
        if word
    )


def repository(feed: Mapping[str, Any]) -> tuple[JsLibrary, ...]:
    """The libraries of a retire.js repository (version 4 or 5); what is malformed is left out."""
    found = (_library(str(name), entry) for name, entry in feed.items())
    return tuple(each for each in found if each is not None)


def _library(name: str, entry: Any) -> JsLibrary | None:
    if not isinstance(entry, Mapping):
        return None
    advisories = tuple(
        each for each in map(_advisory, _list(entry.get("vulnerabilities"))) if each is not None
    )
    if not advisories:
        return None
    extractors = entry.get("extractors")
    patterns = extractors if isinstance(extractors, Mapping) else {}
    others = (entry.get("npmname"), *_list(entry.get("bowername")))
    return JsLibrary(
        name,
        tuple(each for each in others if isinstance(each, str)),
        tuple(each for each in _list(patterns.get("uri")) if isinstance(each, str)),
        tuple(each for each in _list(patterns.get("filename")) if isinstance(each, str)),
        advisories,
    )


def _advisory(entry: Any) -> JsAdvisory | None:
    if not isinstance(entry, Mapping) or not isinstance(entry.get("below"), str):
        return None
    identifiers = entry.get("identifiers")
    known = identifiers if isinstance(identifiers, Mapping) else {}
    names = (*_list(known.get("CVE")), known.get("githubID"), known.get("summary"))
    return JsAdvisory(
        below=entry["below"],
        severity=str(entry.get("severity", "")),
        at_or_above=str(entry.get("atOrAbove") or ""),
        excludes=tuple(str(each) for each in _list(entry.get("excludes"))),
        identifier=next((each for each in names if isinstance(each, str) and each), ""),
    )


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def relevant(libraries: Iterable[JsLibrary], pages: tuple[Document, ...]) -> tuple[JsLibrary, ...]:
    """Of a whole feed the libraries that the pages load, to be kept with an observation."""
    urls = tuple(script_urls(pages))
    return tuple(
        library
        for library in libraries
        if any(True for url in urls for _ in recognised(url, library))
    )
