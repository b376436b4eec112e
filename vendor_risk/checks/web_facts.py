"""Facts of the pages: which were read, whose scripts they run, what their policies allow."""

import re
from collections.abc import Iterable, Iterator

from vendor_risk.checks import csp
from vendor_risk.checks.arrival import Arrival, arrive, arrive_pages
from vendor_risk.checks.checkout import visits
from vendor_risk.checks.document import Document, foreign
from vendor_risk.checks.exhibit import shown
from vendor_risk.checks.facts import fact
from vendor_risk.checks.names import organisation
from vendor_risk.checks.observations import Http, Observations
from vendor_risk.evidence import N_, Outcome

_LENGTH_LIMIT = 4096  # characters of a header that are read
_LONG, _SHORT = 160, 80  # characters of an address, so that what is said of it is not cut off
_NO_OWNER = "owner not listed"
_ASKS_CARD = "asks for a card"
_NOT_SEEN, _DECLARED_NOT_SEEN = "not seen", "declared, not seen"


def _pages(http: Http, observations: Observations) -> tuple[Document, ...]:
    pages = arrive_pages(http, observations)
    return () if isinstance(pages, Outcome) else pages


@fact(id="web.pages", title=N_("Which pages were read"))
def pages_read(http: Http, observations: Observations) -> Iterator[str]:
    """Those that were seen, with what they ask, and those that were asked for in vain."""
    pages, wanted = _pages(http, observations), visits(http, observations)
    for page in pages:
        named = [each.wanted for each in wanted if each.declared and each.end == page.url]
        other = [shown(str(url), _SHORT) for url in named if url != page.url]
        asks = ["declared"] if named else []
        asks += [
            word
            for word, asked in (
                (_ASKS_CARD, page.takes_cards),
                ("asks for a password", page.takes_passwords),
                ("not read as a whole", not page.whole),
            )
            if asked
        ]
        asks += [f"reached by {url}" for url in other]
        yield ": ".join(filter(None, (shown(str(page.url), _LONG), ", ".join(asks))))
    for each in wanted:
        if each.why:
            kind = _DECLARED_NOT_SEEN if each.declared else _NOT_SEEN
            yield f"{shown(str(each.wanted), _SHORT)}: {kind}, {each.why}"


def card_pages(values: Iterable[str]) -> tuple[str, ...]:
    """The pages that ask for a card, out of what `web.pages` told of a host."""
    told = (value.partition(": ") for value in values)
    return tuple(
        url
        for url, _, asks in told
        if _ASKS_CARD in asks.split(", ") and not asks.startswith((_NOT_SEEN, _DECLARED_NOT_SEEN))
    )


@fact(id="web.third", title=N_("Whose scripts the pages run"))
def third_parties(http: Http, observations: Observations) -> Iterator[str]:
    """By category and owner, those on pages that take cards first."""
    owners = {each.host: each for each in observations.owners or ()}
    lines: dict[tuple[str, str], dict[str, bool]] = {}
    for page in _pages(http, observations):
        for each in foreign(page, page.scripts):
            owner = owners.get(each.host)
            category = owner.category if owner and owner.category else "other"
            key = (category, owner.name if owner else _NO_OWNER)
            domains = lines.setdefault(key, {})
            domain = organisation(each.host)
            domains[domain] = domains.get(domain, False) or page.takes_cards
    ordered = sorted(lines.items(), key=lambda line: (not any(line[1].values()), line[0]))
    for (category, name), domains in ordered:
        with_cards = ", on a page that takes cards" if any(domains.values()) else ""
        yield f"{category}: {name} ({', '.join(list(domains)[:8])}){with_cards}"
    if lines:
        yield "Only the static HTML was read: what scripts load later is not listed."


@fact(id="web.third.allowed", title=N_("From where the policies let scripts come"))
def allowed(http: Http, observations: Observations) -> Iterator[str]:
    """The sources for scripts in each policy in force, page by page."""
    for page in _pages(http, observations):
        kind = "takes cards" if page.takes_cards else ""
        kind = kind or ("takes passwords" if page.takes_passwords else "")
        where = f"{page.url}{f' ({kind})' if kind else ''}"
        for policy in page.policies[:8]:
            read = csp.parse(policy)
            names = ("script-src-elem", "script-src", "default-src")
            sources = next((read[name] for name in names if name in read), None)
            said = "from anywhere" if sources is None else " ".join(sources) or "'none'"
            yield f"{where}: {said}"
        if not page.policies and page.whole:
            yield f"{where}: from anywhere, there is no policy"


_ITEM = re.compile(r"([a-z*][a-z0-9_.*:/-]{0,60})[ ]*(?:;.*)?")
_VALUES = {
    "Cross-Origin-Opener-Policy": frozenset(
        {"noopener-allow-popups", "same-origin", "same-origin-allow-popups", "unsafe-none"}
    ),
    "Cross-Origin-Embedder-Policy": frozenset({"credentialless", "require-corp", "unsafe-none"}),
    "Cross-Origin-Resource-Policy": frozenset({"cross-origin", "same-origin", "same-site"}),
}
# one feature of a Permissions-Policy, a dictionary of RFC 9651 whose values are lists of origins
_ORIGIN = r"(?:\*|self|src|none|\"[^\"]{0,200}\")"
_FEATURE = re.compile(
    rf"[a-z*][a-z0-9_.*-]{{0,60}}=(?:{_ORIGIN}|\( *(?:{_ORIGIN}(?: +{_ORIGIN})*)? *\))"
    r"(?:;[^,]{0,200})?"
)


@fact(id="web.isolation", title=N_("How the pages are kept apart from others"))
def isolation(http: Http, observations: Observations) -> Iterator[str]:
    """The headers that are sent, and which of them browsers ignore."""
    arrival = arrive(http, observations.domain, "page")
    if not isinstance(arrival, Arrival):
        return
    for name, known in _VALUES.items():
        values = arrival.page.header(name)
        if values:
            said = ", ".join(values)[:_LENGTH_LIMIT]
            yield f"{name}: {said}{'' if _holds(said, known) else ' (browsers ignore this)'}"
    policies = arrival.page.header("Permissions-Policy")
    if policies:
        said = ", ".join(policies)[:_LENGTH_LIMIT]
        odd = next((each for each in _features(said) if not _FEATURE.fullmatch(each)), "")
        yield f"Permissions-Policy: {said}"
        if odd:
            yield f"Permissions-Policy: browsers ignore the whole header because of {odd[:60]!r}"
    if arrival.page.header("Feature-Policy"):
        yield "Feature-Policy: browsers read Permissions-Policy today"


def _holds(said: str, known: frozenset[str]) -> bool:
    """Whether it is one word that browsers know; they compare letter by letter."""
    item = _ITEM.fullmatch(said.strip(" \t"))
    return item is not None and item[1] in known


def _features(said: str) -> Iterator[str]:
    """The members of a header, apart at each comma outside of quotes."""
    for part in re.findall(r"(?:[^,\"]++|\"[^\"]*+\"?)++", said):
        if part.strip(" \t"):
            yield part.strip(" \t")
