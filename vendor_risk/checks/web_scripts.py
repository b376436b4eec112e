"""Checks of what pages load from others: whose scripts, over what, held to which content.

A plain fetch sees the static HTML: what scripts load later, tag managers above all, is not in it.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import islice

from vendor_risk.checks.arrival import CUTS, arrive_pages
from vendor_risk.checks.base import Question, check
from vendor_risk.checks.checkout import missing
from vendor_risk.checks.document import Document, Resource, documents, domains, foreign, is_address
from vendor_risk.checks.exhibit import by_curl_body, by_dig, shown
from vendor_risk.checks.lookup import addresses, lookup, silence
from vendor_risk.checks.names import organisation
from vendor_risk.checks.observations import Answer, Dns, DnsStatus, Http, Observations
from vendor_risk.evidence import (
    N_,
    Evidence,
    Outcome,
    Severity,
    failed,
    not_applicable,
    passed,
    unknown,
)

DOMAINS_MOST = 10  # third parties whose scripts a page runs: with each one more can be broken into
_NAMES_MOST = 32  # hosts that are looked up
_WORDS = 3  # hosts that a reason names
STATIC = "Only the static HTML was read: what its scripts load later is not in it."
_SCRIPT = "<script[^>]*src[^>]*>"


def listed(words: Iterable[str]) -> str:
    """The first few of some names, and how many more there are."""
    names = list(dict.fromkeys(words))
    more = f" and {len(names) - _WORDS} more" if len(names) > _WORDS else ""
    return ", ".join(shown(name, 80) for name in names[:_WORDS]) + more


def unread(pages: Iterable[Document], observations: Observations) -> str:
    """Why more may stand in the pages than was read, empty where all were read as a whole."""
    page = next((each for each in pages if not each.whole), None)
    if page is None:
        return missing(observations)
    reason = CUTS[page.cut] if page.cut else "a page holds more than is read of one"
    return f"{reason[0].upper()}{reason[1:]}."


def script_names(http: Http) -> tuple[str, ...]:
    """The names beside the host's own from which the pages load scripts, in order.

    Those in its certificate are among them: whoever takes one over that is gone is a stranger.
    """
    names = {
        each.host: None
        for page in documents(http)
        for each in foreign(page, page.scripts)
        if not is_address(each.host)
    }
    return tuple(names)[:_NAMES_MOST]


def addresses_of_scripts(http: Http, dns: Dns) -> Iterator[Question]:
    """Whether the names that scripts come from exist; IPv6 only where there is no IPv4."""
    for name in script_names(http):
        yield name, "A"
        answer = lookup(dns, name, "A")
        if answer.status is DnsStatus.NOERROR and not addresses(answer):
            yield name, "AAAA"


@check(
    id="web.script.third",
    control="WB-01",
    severity=Severity.MEDIUM,
    requirement=N_("Scripts of third parties are few, encrypted, and on names that exist"),
    rationale=N_(
        "A script of a third party reads whatever the customer types. One that comes over http is"
        " changed on the way; one on a name that nobody holds any more runs whatever the next buyer"
        " of that name puts there."
    ),
    remediation=N_(
        "Take out what is not needed, host yourself what seldom changes, and load the rest over"
        " https from names that exist. Keep a list of every script with its reason (PCI DSS 6.4.3),"
        " and let the policy allow no other:\n"
        "\n"
        "nginx:\n"
        "\n"
        "    add_header Content-Security-Policy \"script-src 'self' https://js.stripe.com\""
        " always;\n"
        "\n"
        "Apache:\n"
        "\n"
        "    Header always set Content-Security-Policy \"script-src 'self' https://js.stripe.com\""
    ),
    references=(
        "https://www.pcisecuritystandards.org/document_library/",
        "https://developer.mozilla.org/en-US/docs/Web/Security/Defenses/Mixed_content",
    ),
    asks=addresses_of_scripts,
)
def third(http: Http, dns: Dns, observations: Observations) -> Outcome:
    """Over http, then names that do not exist, then the number of third parties."""
    pages = arrive_pages(http, observations)
    if isinstance(pages, Outcome):
        return pages
    open_ones = [
        (page, each)
        for page in pages
        if not page.upgrades
        for each in foreign(page, page.scripts)
        if each.url and each.url.scheme == "http"
    ]
    if open_ones:
        page, script = open_ones[0]
        hosts = listed(each.host for _, each in open_ones)
        return failed(
            by_curl_body(f"script {script.url}", str(page.url), _SCRIPT),
            f"Scripts of third parties are loaded over http, from {hosts}.",
        )
    gone, unclear = _gone(http, dns)
    if gone:
        return failed(
            by_dig(f"{gone[0].name}: {gone[0].status}", gone[0].name, "A"),
            f"Scripts are loaded from names that do not resolve: {listed(a.name for a in gone)}.",
        )
    evidence = by_curl_body(_counted(pages), str(pages[0].url), _SCRIPT)
    most = max((len(domains(page, page.scripts)) for page in pages), default=0)
    if most > DOMAINS_MOST:
        return failed(
            evidence,
            f"A page runs scripts of {most} third parties.",
            severity=Severity.MEDIUM.one_lower,
        )
    doubt = unread(pages, observations)
    if unclear is not None and not doubt:
        return unknown(silence(unclear), by_dig(unclear.status.value, unclear.name, "A"))
    return unknown(doubt, evidence) if doubt else passed(evidence, STATIC)


def _gone(http: Http, dns: Dns) -> tuple[list[Answer], Answer | None]:
    """The names that do not resolve, and the first of which nobody could tell."""
    gone: list[Answer] = []
    unclear: Answer | None = None
    for name in script_names(http):
        answer = lookup(dns, name, "A")
        if answer.status is DnsStatus.NOERROR and not addresses(answer):
            answer = lookup(dns, name, "AAAA")
        if addresses(answer):
            continue
        if answer.known:
            gone.append(dns.answer(name, "A"))
        else:
            unclear = unclear or answer
    return gone, unclear


def _counted(pages: Iterable[Document]) -> str:
    """What the pages run, as a line."""
    pages = tuple(pages)
    hosts = dict.fromkeys(
        organisation(each.host) for page in pages for each in foreign(page, page.scripts)
    )
    inline = sum(page.inline_count for page in pages)
    count = sum(len(tuple(foreign(page, page.scripts))) for page in pages)
    names = f" ({', '.join(islice(hosts, 12))})" if hosts else ""
    return (
        f"{len(pages)} pages: {count} scripts of {len(hosts)} third parties{names}, {inline} inline"
    )


_METADATA = re.compile(r"sha(?:256|384|512)-[A-Za-z0-9+/_-]+={0,2}(?:\?[!-~]*)?")


def held(resource: Resource) -> bool:
    """Whether browsers hold it to a content: one hash that they know is enough (SRI 3.3)."""
    return any(_METADATA.fullmatch(word) for word in resource.integrity.split())


@check(
    id="web.script.sri",
    control="WB-01",
    severity=Severity.HIGH,
    requirement=N_("Scripts and styles of third parties are held to the content that was checked"),
    rationale=N_(
        "Whoever breaks into a third party changes its script for every shop at once. With an"
        " integrity value browsers refuse the changed file; without one the card numbers are gone"
        " before anybody notices."
    ),
    remediation=N_(
        "Write the hash of the file that you checked into the element. What changes too often for"
        " that belongs out of pages that take cards; the scripts of a payment provider that must"
        " stay are kept to its hosts by the policy and watched (PCI DSS 6.4.3 and 11.6.1).\n"
        "\n"
        '    <script src="https://cdn.example.com/lib.js" integrity="sha384-…"'
        ' crossorigin="anonymous"></script>\n'
        "\n"
        "The value: openssl dgst -sha384 -binary lib.js | openssl base64 -A\n"
        "\n"
        "nginx:\n"
        "\n"
        "    add_header Content-Security-Policy \"script-src 'self' https://cdn.example.com\""
        " always;\n"
        "\n"
        "Apache:\n"
        "\n"
        "    Header always set Content-Security-Policy"
        " \"script-src 'self' https://cdn.example.com\""
    ),
    references=(
        "https://www.w3.org/TR/SRI/",
        "https://www.pcisecuritystandards.org/document_library/",
    ),
)
def integrity(http: Http, observations: Observations) -> Outcome:
    """Graver on a page that takes cards; a page that was cut may hold more."""
    pages = arrive_pages(http, observations)
    if isinstance(pages, Outcome):
        return pages
    loose = [
        (page, each)
        for page in pages
        for each in foreign(page, page.scripts + page.styles)
        if not held(each)
    ]
    with_cards = [each for each in loose if each[0].takes_cards]
    if with_cards or loose:
        page, first = (with_cards or loose)[0]
        evidence = by_curl_body(f"{first.kind} {first.url}", str(page.url), _SCRIPT)
        hosts = listed(each.host for _, each in with_cards or loose)
        if with_cards:
            return failed(
                evidence,
                f"A page that takes cards loads from {hosts} without integrity values.",
            )
        return failed(
            evidence,
            f"Pages load from {hosts} without integrity values.",
            severity=Severity.HIGH.one_lower,
        )
    evidence = by_curl_body(_counted(pages), str(pages[0].url), _SCRIPT)
    doubt = unread(pages, observations)
    if doubt:
        return unknown(doubt, evidence)
    if not any(True for page in pages for _ in foreign(page, page.scripts + page.styles)):
        return passed(evidence, f"Nothing is loaded from third parties. {STATIC}")
    return passed(evidence, STATIC)


# what browsers ask for over https instead (Mixed Content level 2, section 3.1); all else they block
_LIFTED = frozenset(
    {
        *("audio", "icon", "apple-touch-icon", "image", "img", "video"),
        *("preload audio", "preload image", "preload video"),
    }
)
_OWN_MACHINE = ("localhost", "127.", "::1")


@check(
    id="web.mixed",
    control="DP-01",
    severity=Severity.MEDIUM,
    requirement=N_("Encrypted pages load nothing over http"),
    rationale=N_(
        "What a page names with http is blocked by browsers, so that a part of the shop is missing,"
        " or, in an old one, is changed on the way together with the page around it."
    ),
    remediation=N_(
        "Write https:// in the addresses, and let browsers lift what was overlooked.\n"
        "\n"
        "nginx:\n"
        "\n"
        "    add_header Content-Security-Policy upgrade-insecure-requests always;\n"
        "\n"
        "Apache:\n"
        "\n"
        "    Header always set Content-Security-Policy upgrade-insecure-requests\n"
        "\n"
        "Cloudflare (SSL/TLS, Edge Certificates):\n"
        "\n"
        "    Automatic HTTPS Rewrites: on"
    ),
    references=(
        "https://www.w3.org/TR/mixed-content/",
        "https://www.w3.org/TR/upgrade-insecure-requests/",
    ),
)
def mixed(http: Http, observations: Observations) -> Outcome:
    """Scripts, styles and frames before pictures; a policy that lifts them mends both."""
    pages = arrive_pages(http, observations)
    if isinstance(pages, Outcome):
        return pages
    secure = [page for page in pages if page.url.scheme == "https"]
    if not secure:
        nothing, doubt = _of_mixed("no https page", pages[0]), missing(observations)
        if doubt:
            return unknown(doubt, nothing)
        return not_applicable("No page was served over https.", nothing)
    found = [(page, each) for page in secure for each in page.loads if _open(each)]
    stays = [(page, each) for page, each in found if not page.upgrades]
    active = [(page, each) for page, each in stays if _is_blocked(each)]
    if active or stays:
        page, first = (active or stays)[0]
        evidence = _of_mixed(f"{first.kind} {first.url}", page)
        hosts = listed(each.host for _, each in active or stays)
        if active:
            return failed(evidence, f"Encrypted pages load over http, from {hosts}.")
        reason = f"Encrypted pages load pictures or sound over http, from {hosts}."
        return failed(evidence, reason, severity=Severity.MEDIUM.one_lower)
    doubt = unread(secure, observations)
    if doubt:
        return unknown(doubt, _of_mixed("nothing over http in what was read", secure[0]))
    if found:
        return passed(
            _of_mixed("upgrade-insecure-requests", found[0][0]),
            "The policy lets browsers ask over https for what the pages name with http.",
            severity=Severity.INFORMATIONAL,
        )
    return passed(_of_mixed("nothing over http", secure[0]))


def _is_blocked(resource: Resource) -> bool:
    """Whether browsers refuse it over http, and do not try https: above all not at an address."""
    return resource.set or resource.kind not in _LIFTED or is_address(resource.host)


def _open(resource: Resource) -> bool:
    url = resource.url
    return url is not None and url.scheme == "http" and not url.host.startswith(_OWN_MACHINE)


def _of_mixed(value: str, page: Document) -> Evidence:
    return by_curl_body(value, str(page.url), "[a-z]*=[^a-z]*http:[^ >]*")
