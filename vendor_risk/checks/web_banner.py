"""The check of what a host tells about its own software."""

import re
from dataclasses import dataclass
from datetime import date
from itertools import islice

from selectolax.lexbor import LexborHTMLParser

from vendor_risk.checks import head
from vendor_risk.checks.arrival import CUTS, Arrival, arrive, no_document
from vendor_risk.checks.base import check
from vendor_risk.checks.exhibit import by_curl_body, shown
from vendor_risk.checks.observations import Http, Observations, Response
from vendor_risk.checks.tables.ends import ENDS
from vendor_risk.evidence import N_, Evidence, Outcome, Severity, failed, passed, unknown

_HEADERS = ("Server", "X-Powered-By", "X-Generator")
_LENGTH_LIMIT = 1024  # characters of one banner that are read
_MOST = 8  # banners of a kind
_SHOWN = 3  # versions that a reason names
_COMMENT = re.compile(r"\([^()]*\)?")
_VERSION = re.compile(
    r"([A-Za-z][A-Za-z0-9_.!+-]{0,60})[/ ]v?([0-9]{1,6}(?:\.[0-9]+)+[\w.+~-]*|[0-9]{1,6}(?![\w.]))"
)


@dataclass(frozen=True, slots=True)
class _Banner:
    """One version that was shown, and where."""

    product: str
    version: str
    evidence: Evidence

    @property
    def words(self) -> str:
        return shown(f"{self.product} {self.version}", 60)

    @property
    def end(self) -> date | None:
        """When its makers stopped mending it, as far as that is known."""
        branches = ENDS.get(self.product.lower(), {})
        found = (
            end
            for branch, end in branches.items()
            if self.version == branch or self.version.startswith(f"{branch}.")
        )
        return next(found, None)


@check(
    id="web.banner",
    control="HV-01",
    severity=Severity.MEDIUM,
    requirement=N_("The host does not tell the versions of its software"),
    rationale=N_(
        "Within hours of a new flaw attackers search the web for the version that has it: a host"
        " that tells its version is on their list, and one that nobody mends any more stays there."
    ),
    remediation=N_(
        "Replace software whose makers stopped mending it, then take the versions out of the"
        " answers (PHP: expose_php = Off; content systems: remove the generator element).\n"
        "\n"
        "nginx:\n"
        "\n"
        "    server_tokens off;\n"
        "    proxy_hide_header X-Powered-By;\n"
        "    proxy_hide_header X-Generator;\n"
        "\n"
        "Apache:\n"
        "\n"
        "    ServerTokens Prod\n"
        "    Header always unset X-Powered-By\n"
        "    Header unset X-Powered-By\n"
        "    Header unset X-Generator\n"
        "\n"
        "Cloudflare (Rules, Transform Rules, Modify Response Header, Remove):\n"
        "\n"
        "    X-Powered-By"
    ),
    references=(
        "https://www.rfc-editor.org/rfc/rfc9110#section-10.2.4",
        "https://owasp.org/www-project-web-security-testing-guide/latest/"
        "4-Web_Application_Security_Testing/01-Information_Gathering/02-Fingerprint_Web_Server",
    ),
)
def banner(http: Http, observations: Observations) -> Outcome:
    """The headers first; a page that was not read as a whole may still hold a generator."""
    arrival = arrive(http, observations.domain, "Server")
    if isinstance(arrival, Outcome):
        return arrival
    page = arrival.page
    is_page = not no_document(page)
    banners = _of_headers(arrival) + (_of_page(arrival) if is_page else [])
    today = observations.observed_at.date()
    for each in banners:
        if each.end is not None and each.end < today:
            return failed(
                each.evidence,
                f"The makers of {each.words} stopped mending it on {each.end}; only a distributor"
                " may still do so.",
            )
    if banners:
        names = list(dict.fromkeys(each.words for each in banners))
        more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
        return failed(
            banners[0].evidence,
            f"The answer tells versions: {', '.join(names[:_SHOWN])}{more}.",
            severity=Severity.MEDIUM.one_lower,
        )
    evidence = arrival.shows(_headers(page) or "no Server, no X-Powered-By")
    if is_page and page.truncated:
        return unknown(f"The headers tell no version, and {CUTS[page.cut]}.", evidence)
    return passed(evidence)


def _headers(page: Response) -> str:
    return ", ".join(f"{name}: {value}" for name in _HEADERS for value in page.header(name)[:_MOST])


def _versions(text: str) -> list[tuple[str, str]]:
    """Products with their versions; what stands in brackets is a remark, such as the system."""
    plain = _COMMENT.sub(" ", text[:_LENGTH_LIMIT])
    return [(found[1], found[2]) for found in islice(_VERSION.finditer(plain), _MOST)]


def _of_headers(arrival: Arrival) -> list[_Banner]:
    evidence = arrival.shows(_headers(arrival.page))
    return [
        _Banner(product, version, evidence)
        for name in _HEADERS
        for value in arrival.page.header(name)[:_MOST]
        for product, version in _versions(value)
    ]


def _of_page(arrival: Arrival) -> list[_Banner]:
    """What the generator elements in the head of the page say."""
    tags = "".join(islice(head.metas(arrival.page.body, head.GENERATOR), _MOST))
    found = []
    for node in LexborHTMLParser(f"<head>{tags}").css("head meta[name]") if tags else ():
        content = node.attributes.get("content") or ""
        if (node.attributes.get("name") or "").strip().casefold() == "generator":
            evidence = by_curl_body(
                f"<meta> generator: {content}", str(arrival.url), "<meta[^>]*generator[^>]*>"
            )
            found += [_Banner(*each, evidence) for each in _versions(content)]
    return found
