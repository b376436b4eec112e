"""The check of libraries in which flaws are known."""

from dataclasses import dataclass

from vendor_risk.checks.arrival import arrive_pages
from vendor_risk.checks.base import check
from vendor_risk.checks.exhibit import FETCH, by_curl_body, shown
from vendor_risk.checks.libraries import Product, flaws, products, recognised, script_urls
from vendor_risk.checks.observations import Http, JsAdvisory, Observations
from vendor_risk.checks.web_scripts import listed, unread
from vendor_risk.evidence import (
    N_,
    Outcome,
    Severity,
    failed,
    not_applicable,
    passed,
    unknown,
)

_NOTHING = "No address of a script names the version of a library."
_RANKS = {"critical": 3, "high": 2, "medium": 1}


@dataclass(frozen=True, slots=True)
class _Flawed:
    """A library that a page loads, and the worst that is known of its version."""

    product: Product
    worst: JsAdvisory
    count: int

    @property
    def grave(self) -> bool:
        return _RANKS.get(self.worst.severity.lower(), 0) > 1

    @property
    def words(self) -> str:
        return shown(f"{self.product.name} {self.product.version}", 60)


@check(
    id="web.js.outdated",
    control="HV-02",
    severity=Severity.MEDIUM,
    requirement=N_("No page loads a library in whose version a flaw is known"),
    rationale=N_(
        "Flaws of old libraries are published with a recipe: a link in a message is then enough to"
        " run a script in the shop and take over the customer who clicks it."
    ),
    remediation=N_(
        "Update the library in the build and in what it is copied to; where a system of others"
        " brings it along, update that. A copy that must stay is kept harmless by a policy that"
        " runs no inline scripts:\n"
        "\n"
        "    npm install jquery@latest\n"
        "\n"
        "nginx:\n"
        "\n"
        "    add_header Content-Security-Policy \"script-src 'self'; object-src 'none'\" always;\n"
        "\n"
        "Apache:\n"
        "\n"
        "    Header always set Content-Security-Policy \"script-src 'self'; object-src 'none'\""
    ),
    references=(
        "https://retirejs.github.io/retire.js/",
        "https://owasp.org/Top10/A06_2021-Vulnerable_and_Outdated_Components/",
    ),
)
def outdated(http: Http, observations: Observations) -> Outcome:
    """The version that an address names; what a file holds is not read."""
    pages = arrive_pages(http, observations)
    if isinstance(pages, Outcome):
        return pages
    front = str(pages[0].url)
    seen = products(pages)
    told = ", ".join(dict.fromkeys(f"{each.name} {each.version}" for each in seen[:12]))
    evidence = by_curl_body(told or "no version in an address", front, "<script[^>]*src[^>]*>")
    libraries = observations.intel.js_advisories
    doubt = unread(pages, observations)
    if libraries is None and not seen and not doubt:
        return not_applicable(_NOTHING, evidence)
    if libraries is None:
        return unknown(f"There is no list of advisories to compare with. {FETCH}", evidence)
    urls = tuple(script_urls(pages).items())
    found: dict[tuple[str, str], tuple[_Flawed, str]] = {}
    known = False
    for library in libraries:
        for url, page in urls:
            for product in recognised(url, library):
                known = True
                against = flaws(library, product.version) if product.sure else ()
                if against:
                    worst = max(against, key=lambda each: _RANKS.get(each.severity.lower(), 0))
                    flawed = _Flawed(product, worst, len(against))
                    found.setdefault((product.name, product.version), (flawed, page))
    if found:
        return _flawed(list(found.values()))
    if doubt:
        return unknown(doubt, evidence)
    if not known and not seen:
        return not_applicable(_NOTHING, evidence)
    old = next((each.reason for each in observations.intel.feeds if each.name == "advisories"), "")
    if old:
        return unknown(f"No known flaw was found, but {old}.", evidence)
    return passed(evidence, "Only versions that stand in addresses were compared.")


def _flawed(found: list[tuple[_Flawed, str]]) -> Outcome:
    """The gravest first."""
    found.sort(key=lambda each: -_RANKS.get(each[0].worst.severity.lower(), 0))
    first, page = found[0]
    name = shown(first.worst.identifier, 60)
    evidence = by_curl_body(
        f"{first.product.url}: {name}, fixed in {first.worst.below}", page, "<script[^>]*src[^>]*>"
    )
    reason = f"Flaws are known in {listed(each.words for each, _ in found)}."
    if first.grave:
        return failed(evidence, reason)
    return failed(evidence, reason, severity=Severity.MEDIUM.one_lower)
