"""Checks of single headers: framing, content types, referrers, the preload list."""

from vendor_risk.checks import csp, hsts
from vendor_risk.checks.arrival import arrive, entrance, no_document, unseen
from vendor_risk.checks.base import check
from vendor_risk.checks.document import of
from vendor_risk.checks.exhibit import by_curl, by_curl_body
from vendor_risk.checks.names import plain, registrable
from vendor_risk.checks.observations import Http, Observations, Response
from vendor_risk.checks.pages import address, follow, troubled
from vendor_risk.checks.sources import lets_strangers
from vendor_risk.evidence import (
    N_,
    Outcome,
    Severity,
    failed,
    not_applicable,
    passed,
    unknown,
)

_FRAME_OPTIONS = "X-Frame-Options"
_CONTENT_TYPE_OPTIONS = "X-Content-Type-Options"
_REFERRER_POLICY = "Referrer-Policy"
_OBSOLETE = "ALLOW-FROM in X-Frame-Options is obsolete: browsers ignore it."
_LIST_LIMIT = 8192  # characters of a header that are read as a list


def _listed(values: tuple[str, ...]) -> tuple[str, ...]:
    """The values of a header as one list, as the Fetch standard splits it, in lower case."""
    joined = ",".join(value[:_LIST_LIMIT] for value in values[:16])
    return tuple(each.strip("\t ").lower() for each in joined.split(","))


@check(
    id="web.frame",
    control="WB-03",
    severity=Severity.MEDIUM,
    requirement=N_("Other sites cannot show the pages in a frame"),
    rationale=N_(
        "A page that any site may frame can be laid invisibly over a game or a prize: the customer"
        " believes to click there and confirms an order, a payment or a new password here."
    ),
    remediation=N_(
        "Forbid framing in the Content Security Policy, and add X-Frame-Options for old browsers."
        " List the sites that may frame the pages in frame-ancestors; where a policy is sent"
        " already, add the directive to it.\n"
        "\n"
        "nginx:\n"
        "\n"
        "    add_header Content-Security-Policy \"frame-ancestors 'self'\" always;\n"
        "    add_header X-Frame-Options SAMEORIGIN always;\n"
        "\n"
        "Apache:\n"
        "\n"
        "    Header always set Content-Security-Policy \"frame-ancestors 'self'\"\n"
        "    Header always set X-Frame-Options SAMEORIGIN\n"
        "\n"
        "Cloudflare (Rules, Transform Rules, Modify Response Header, Set static):\n"
        "\n"
        "    Content-Security-Policy: frame-ancestors 'self'\n"
        "    X-Frame-Options: SAMEORIGIN"
    ),
    references=(
        "https://www.w3.org/TR/CSP3/#directive-frame-ancestors",
        "https://html.spec.whatwg.org/multipage/document-lifecycle.html#the-x-frame-options-header",
        "https://www.rfc-editor.org/rfc/rfc7034",
    ),
)
def framing(http: Http, observations: Observations) -> Outcome:
    """Where frame-ancestors stands, browsers ignore X-Frame-Options, as the HTML standard says."""
    wanted = f"frame-ancestors and no {_FRAME_OPTIONS}"
    arrival = arrive(http, observations.domain, wanted)
    if isinstance(arrival, Outcome):
        return arrival
    page = arrival.page
    beside = no_document(page)
    if beside:
        return not_applicable(beside, arrival.shows(f"no {wanted}"))
    options = page.header(_FRAME_OPTIONS)
    obsolete = any(value.startswith("allow-from") for value in _listed(options))
    lists = _ancestors(page)
    if lists:
        evidence = arrival.shows(f"frame-ancestors {' , '.join(map(' '.join, lists))}")
        if all(any(map(lets_strangers, sources)) for sources in lists):
            return failed(
                evidence, "frame-ancestors lets sites of anybody show the pages in a frame."
            )
        if obsolete:
            return passed(evidence, _OBSOLETE, severity=Severity.INFORMATIONAL)
        return passed(evidence)
    if not options:
        return failed(arrival.shows(f"no {wanted}"), "Every site may show the pages in a frame.")
    evidence = arrival.shows(f"{_FRAME_OPTIONS}: {', '.join(options)}")
    if _options_hold(options):
        return passed(evidence)
    if obsolete:
        return failed(evidence, f"{_OBSOLETE} Every site may frame the pages.")
    return failed(
        evidence, "Browsers ignore this X-Frame-Options: it is neither DENY nor SAMEORIGIN."
    )


def _ancestors(page: Response) -> tuple[tuple[str, ...], ...]:
    """The frame-ancestors of every policy in force; a <meta> element cannot hold them."""
    read = map(csp.parse, csp.policies(page.header(csp.HEADER)))
    return tuple(each["frame-ancestors"] for each in read if "frame-ancestors" in each)


def _options_hold(values: tuple[str, ...]) -> bool:
    """Whether browsers keep strangers from framing: two different values count as DENY."""
    given = set(_listed(values))
    if len(given) > 1:
        return bool(given & {"deny", "allowall", "sameorigin"})
    return bool(given & {"deny", "sameorigin"})


@check(
    id="web.nosniff",
    control="WB-03",
    severity=Severity.LOW,
    requirement=N_("Browsers are told not to guess content types"),
    rationale=N_(
        "A browser that guesses runs what a customer uploaded as a picture or a review, if it looks"
        " like a script: the next visitor's session is then in the uploader's hands."
    ),
    remediation=N_(
        "Send the header with every answer, pictures and downloads included.\n"
        "\n"
        "nginx:\n"
        "\n"
        "    add_header X-Content-Type-Options nosniff always;\n"
        "\n"
        "Apache:\n"
        "\n"
        "    Header always set X-Content-Type-Options nosniff\n"
        "\n"
        "Cloudflare (Rules, Transform Rules, Modify Response Header, Set static):\n"
        "\n"
        "    X-Content-Type-Options: nosniff"
    ),
    references=("https://fetch.spec.whatwg.org/#x-content-type-options-header",),
)
def nosniff(http: Http, observations: Observations) -> Outcome:
    """Browsers read the first value only, in any case."""
    arrival = arrive(http, observations.domain, _CONTENT_TYPE_OPTIONS)
    if isinstance(arrival, Outcome):
        return arrival
    values = arrival.page.header(_CONTENT_TYPE_OPTIONS)
    if not values:
        return failed(
            arrival.shows(f"no {_CONTENT_TYPE_OPTIONS}"),
            "The host does not send X-Content-Type-Options.",
        )
    evidence = arrival.shows(f"{_CONTENT_TYPE_OPTIONS}: {', '.join(values)}")
    if _listed(values)[0] == "nosniff":
        return passed(evidence)
    return failed(evidence, "Browsers ignore the header: it does not say nosniff.")


_CLOSE = frozenset(
    {"no-referrer", "same-origin", "strict-origin", "strict-origin-when-cross-origin"}
)
_TELLING = {
    "unsafe-url": "The full address of each page goes to every other site, even without"
    " encryption.",
    "no-referrer-when-downgrade": "The full address of each page goes to every other site.",
    "origin": "The name of the site is sent without encryption too.",
    "origin-when-cross-origin": "The name of the site is sent without encryption too.",
}


@check(
    id="web.referrer",
    control="WB-03",
    severity=Severity.LOW,
    requirement=N_("Addresses of pages are not told to other sites"),
    rationale=N_(
        "Addresses hold search words, order numbers and links that reset a password. A page that"
        " tells its whole address hands them to every advertiser and every host it loads from."
    ),
    remediation=N_(
        "Send what browsers do by themselves today, or less.\n"
        "\n"
        "nginx:\n"
        "\n"
        "    add_header Referrer-Policy strict-origin-when-cross-origin always;\n"
        "\n"
        "Apache:\n"
        "\n"
        "    Header always set Referrer-Policy strict-origin-when-cross-origin\n"
        "\n"
        "Cloudflare (Rules, Transform Rules, Modify Response Header, Set static):\n"
        "\n"
        "    Referrer-Policy: strict-origin-when-cross-origin"
    ),
    references=("https://www.w3.org/TR/referrer-policy/#parse-referrer-policy-from-header",),
)
def referrer(http: Http, observations: Observations) -> Outcome:
    """The last word that browsers know counts, in the page before the header.

    Without one they tell strangers the host only.
    """
    arrival = arrive(http, observations.domain, _REFERRER_POLICY)
    if isinstance(arrival, Outcome):
        return arrival
    values = arrival.page.header(_REFERRER_POLICY)
    beside = no_document(arrival.page)
    if beside:
        return not_applicable(beside, arrival.shows(f"no {_REFERRER_POLICY}"))
    known = [each for each in _listed(values) if each in _CLOSE or each in _TELLING]
    shows = f"{_REFERRER_POLICY}: {', '.join(values)}" if values else f"no {_REFERRER_POLICY}"
    evidence = arrival.shows(shows)
    written = _in_page(arrival.page)
    if written:
        known = list(written)
        evidence = by_curl_body(
            f"<meta> referrer: {written[-1]}", str(arrival.url), "<meta[^>]*referrer[^>]*>"
        )
    if not known:
        return passed(
            evidence,
            "Browsers follow their own rule, strict-origin-when-cross-origin.",
            severity=Severity.INFORMATIONAL,
        )
    if known[-1] in _CLOSE:
        return passed(evidence)
    return failed(evidence, _TELLING[known[-1]], severity=Severity.LOW.one_lower)


_FORMER = {  # words that browsers still read in a <meta> element (HTML standard 4.2.5.1)
    "never": "no-referrer",
    "default": "strict-origin-when-cross-origin",
    "always": "unsafe-url",
    "origin-when-crossorigin": "origin-when-cross-origin",
}


def _in_page(page: Response) -> tuple[str, ...]:
    """What the page itself says: it comes after the header, so it counts before it."""
    if address(page.url) is None:
        return ()
    said = (each.strip().lower() for each in of(page).referrers)
    words = (_FORMER.get(each, each) for each in said)
    return tuple(each for each in words if each in _CLOSE or each in _TELLING)


@check(
    id="web.hsts.preload",
    control="WB-03",
    severity=Severity.INFORMATIONAL,
    requirement=N_("It can be seen whether the host asks for the preload list of the browsers"),
    rationale=N_(
        "A name on the preload list is never visited without encryption, not even the first time."
        " Getting off the list takes months, in which a subdomain without https cannot be reached."
    ),
    remediation=N_(
        "Only if every subdomain answers over https: send the header from the registered name,"
        " then enter it at https://hstspreload.org/.\n"
        "\n"
        "nginx:\n"
        "\n"
        "    add_header Strict-Transport-Security"
        ' "max-age=63072000; includeSubDomains; preload" always;\n'
        "\n"
        "Apache:\n"
        "\n"
        "    Header always set Strict-Transport-Security"
        ' "max-age=63072000; includeSubDomains; preload"\n'
        "\n"
        "Cloudflare (SSL/TLS, Edge Certificates, HTTP Strict Transport Security):\n"
        "\n"
        "    Max Age Header: 12 months; Include subdomains: on; Preload: on"
    ),
    references=("https://hstspreload.org/", "https://www.rfc-editor.org/rfc/rfc6797#section-12.3"),
)
def preload(http: Http, observations: Observations) -> Outcome:
    """What the header says; whether the name is on the list stands in the browsers."""
    way = follow(http, entrance(http, observations.domain))
    if not way.hops:
        return unseen(way)
    response = way.hops[0]
    values = response.header(hsts.HEADER)
    evidence = by_curl(values[0] if values else f"no {hsts.HEADER}", str(way.start))
    wall = troubled(response)
    if wall is not None:
        return unknown(f"The visit was blocked: {wall}.", evidence)
    return passed(
        evidence,
        _asks(values[0] if values else "", observations.domain),
        severity=Severity.INFORMATIONAL,
    )


def _asks(value: str, domain: str) -> str:
    """What a header means for the preload list, in the rules of hstspreload.org."""
    header = hsts.parse(value)
    if header.fault or header.max_age is None or not header.preload:
        return "The host does not ask for the preload list."
    if header.max_age < hsts.YEAR or not header.include_subdomains:
        return (
            "The header asks for the preload list, but the list takes only a year or more with"
            " includeSubDomains."
        )
    if plain(domain) != registrable(plain(domain)):
        return (
            "The header asks for the preload list, which takes registered names only, not hosts"
            " below them."
        )
    return "The header asks for the preload list and meets its rules."
