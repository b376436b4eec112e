"""Where a visitor arrives: the page at the end of the redirects, or why there is none to judge."""

from dataclasses import dataclass, replace

from vendor_risk.checks.document import Document, documents
from vendor_risk.checks.exhibit import by_curl, not_seen, shown
from vendor_risk.checks.names import is_subdomain, organisation, plain
from vendor_risk.checks.observations import Cut, Http, Observations, Response
from vendor_risk.checks.own import held
from vendor_risk.checks.pages import Chain, Url, address, follow, front, troubled
from vendor_risk.evidence import Evidence, Outcome, Status, not_applicable, unknown

CUTS = {
    Cut.SIZE: "only the first 512 KiB of the page were read",
    Cut.TIME: "the time for this host ran out before the page was read",
    Cut.PACKED: "the page came compressed, which this look does not unpack",
    Cut.BROKEN: "the connection broke off before the page was read",
    None: "the page was not read as a whole",
}


@dataclass(frozen=True, slots=True)
class Arrival:
    """The page that a visitor sees, and its address."""

    url: Url
    page: Response

    def shows(self, value: str) -> Evidence:
        """What the headers of the page say."""
        return by_curl(value, str(self.url))


def entrance(http: Http, domain: str) -> Url:
    """Where the host was entered over https: its front, or the first page that was asked for."""
    start = front(domain, "https")
    asked = [address(each.url) for each in http.responses if each.origin is None]
    if start in asked:
        return start
    same = (url for url in asked if url and (url.scheme, url.host) == ("https", start.host))
    return next(same, start)


def unseen(way: Chain) -> Outcome:
    """Nothing came back, or nobody asked."""
    if way.failure is None:
        reason = f"This look did not ask for {shown(str(way.start), 200)}."
        return unknown(reason, by_curl("not asked", str(way.start)))
    return unknown(not_seen(way.failure.reason), by_curl(way.failure.reason, str(way.start)))


def arrive(http: Http, domain: str, wanted: str) -> Arrival | Outcome:
    """The page at the end of the redirects, as long as it belongs to the same organisation.

    Otherwise the outcome of every check that judges this page; `wanted` names what it looks for.
    """
    way = follow(http, entrance(http, domain))
    page = way.last
    if page is None:
        return _no_page(way)
    url = way.urls[-1]
    evidence = by_curl(f"no {wanted}", str(url))
    wall = troubled(page)
    if wall is not None:
        return unknown(f"The visit was blocked: {wall}.", evidence)
    if not is_subdomain(url.host, organisation(plain(domain))):
        return not_applicable(f"The host only redirects to {shown(str(url), 120)}.", evidence)
    return Arrival(url, page)


def arrive_pages(http: Http, observations: Observations) -> tuple[Document, ...] | Outcome:
    """The HTML pages that were seen, the front page first, or why there are none to judge.

    They know which other names are the vendor's own. Where the front page is none, declared pages
    that were seen are judged all the same; who passes them has to ask `missing` about the front
    page.
    """
    arrival = arrive(http, observations.domain, "page")
    pages = documents(http)
    front = arrival.url if isinstance(arrival, Arrival) else None
    named = [url for url in map(address, observations.declared) if url]
    if front not in [page.url for page in pages]:
        ends = [way.urls[-1] for way in (follow(http, url) for url in named) if way.last]
        pages = tuple(page for page in pages if page.url in ends)
    if pages:
        own = held(observations)
        knowing = (replace(page, own=own) for page in pages) if own else pages
        return tuple(sorted(knowing, key=lambda page: page.url != front))
    if isinstance(arrival, Arrival):
        reason = no_document(arrival.page) or "The host serves no HTML page."
        arrival = not_applicable(reason, arrival.shows("no HTML page"))
    if named and arrival.status is Status.NOT_APPLICABLE and arrival.evidence:
        return unknown(f"{arrival.reason} No declared page could be seen.", arrival.evidence)
    return arrival


def _no_page(way: Chain) -> Outcome:
    if not way.hops:
        return unseen(way)
    evidence = by_curl(str(way), str(way.start), follow=True)
    wall = troubled(way.hops[-1])
    if wall is not None:
        return unknown(f"The visit was blocked: {wall}.", evidence)
    if way.failure is not None:
        return unknown(not_seen(way.failure.reason, "page"), evidence)
    return unknown("The redirects did not lead to a page in this look.", evidence)


def no_document(page: Response) -> str:
    """Why a browser does not show a response as a page, empty where it does."""
    kind = next(iter(page.header("content-type")), "").partition(";")[0].strip().casefold()
    if kind and not any(word in kind for word in ("html", "xml", "svg")):
        return f"The host serves {shown(kind, 60)}, which is no page."
    if page.truncated:
        return ""
    if page.status == 204 or (not kind and not page.body.strip()):
        return "The answer is empty, so there is no page."
    return ""
