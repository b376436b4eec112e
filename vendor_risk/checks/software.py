"""Which software a host tells: its headers, the generator of its pages, addresses of scripts."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from vendor_risk.checks import head
from vendor_risk.checks.arrival import Arrival, arrive
from vendor_risk.checks.document import documents
from vendor_risk.checks.exhibit import by_curl_body, shown
from vendor_risk.checks.libraries import products
from vendor_risk.checks.observations import Exploited, Http
from vendor_risk.checks.tables.exploited import PRODUCTS, VERSIONS
from vendor_risk.evidence import Evidence

_HEADERS = ("Server", "X-Powered-By", "X-Generator", "Liferay-Portal")
_MOST = 8  # values of a header, and words of one
_LENGTH_LIMIT = 1024
_TOLD = re.compile(r"([A-Za-z][A-Za-z!_-]{0,40})(?:[/ ]v?([0-9][0-9A-Za-z.]{0,30}))?")
# who mends old versions without giving them a new number
_MENDERS = re.compile(
    r"debian|ubuntu|red ?hat|centos|rocky|alma|fedora|suse|amazon|oracle linux|raspbian"
    r"|\bel\d|deb\d",
    re.IGNORECASE,
)
_COMMENT = re.compile(r"\([^()]*\)?")
_CONTENT = re.compile(r"content\s*=\s*[\"']?([^\"'>]{1,200})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Software:
    """A product of which exploited flaws are known, as a host tells it; `version` may be empty.

    `mended` says that it comes from a distributor, who mends it without a new number.
    """

    name: str
    version: str
    mended: bool
    evidence: Evidence

    @property
    def words(self) -> str:
        """Name and version for a reader."""
        return shown(f"{self.name} {self.version}".strip(), 60)

    def meant_by(self, flaw: Exploited) -> bool:
        """Whether a vulnerability is one of this product."""
        return (flaw.maker.casefold(), flaw.product.casefold()) in PRODUCTS[self.name]


def software(http: Http, domain: str) -> tuple[Software, ...]:
    """What the host tells of its software, as far as the catalogue could know it; each once."""
    arrival = arrive(http, domain, "Server")
    if not isinstance(arrival, Arrival):
        return ()
    found = [*_of_headers(arrival), *_of_generators(arrival), *_of_scripts(http)]
    versioned = {each.name for each in found if each.version}
    once: dict[tuple[str, str], Software] = {}
    for each in found:
        if each.version or each.name not in versioned:
            once.setdefault((each.name, each.version), each)
    return tuple(once.values())


def _of_headers(arrival: Arrival) -> Iterator[Software]:
    for name in _HEADERS:
        for value in arrival.page.header(name)[:_MOST]:
            yield from _told(value, arrival.shows(f"{name}: {value}"))


def _of_generators(arrival: Arrival) -> Iterator[Software]:
    for tag in islice(head.metas(arrival.page.body, head.GENERATOR), _MOST):
        content = _CONTENT.search(tag[:_LENGTH_LIMIT])
        if content:
            evidence = by_curl_body(
                f"<meta> generator: {content[1]}", str(arrival.url), "<meta[^>]*generator[^>]*>"
            )
            yield from _told(content[1], evidence)


def _of_scripts(http: Http) -> Iterator[Software]:
    pages = documents(http)
    for each in products(pages):
        if each.sure and each.name in PRODUCTS:
            evidence = by_curl_body(each.url, str(pages[0].url), "<script[^>]*src[^>]*>")
            yield Software(each.name, each.version, False, evidence)


def _told(value: str, evidence: Evidence) -> Iterator[Software]:
    """The products in a text; what stands in brackets is a remark, such as the system."""
    text = value[:_LENGTH_LIMIT]
    mended = bool(_MENDERS.search(text))
    for told in islice(_TOLD.finditer(_COMMENT.sub(" ", text)), 4 * _MOST):
        name = told[1].casefold()
        if name in PRODUCTS:
            yield Software(name, told[2] or "", mended, evidence)


def affected(version: str, flaw: Exploited) -> bool | None:
    """Whether a version has a vulnerability; None where nobody could tell from the version.

    One that has it may still be safe by its set-up: see `only` of the table.
    """
    known = VERSIONS.get(flaw.cve)
    if known is None or not version:
        return None
    bounds = [bound for pair in known.ranges for bound in pair]
    if any(bound.startswith(f"{version}.") for bound in bounds):
        return None  # a branch only, such as Drupal 7
    parts = _parts(version)
    within = any(_parts(low) <= parts < _parts(high) for low, high in known.ranges)
    if within and known.rare:
        return None
    return within


def _parts(version: str) -> tuple[tuple[int, int, str], ...]:
    """Numbers compare as numbers, and 1.0.1 is before 1.0.1a."""
    words = re.findall(r"\d+|[a-z]+", version.casefold()[:40])
    return tuple((1, int(word), "") if word.isdecimal() else (0, 0, word) for word in words)
