"""The pages of a host as documents: what they load and from where, what they ask, where they lead.

A fetched page is its static HTML: what its scripts add or change later is not in it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import lru_cache
from ipaddress import ip_address

from vendor_risk.checks import csp
from vendor_risk.checks.elements import Document, Form, Inline, Link, Resource
from vendor_risk.checks.fields import Field
from vendor_risk.checks.markup import tags
from vendor_risk.checks.names import is_subdomain, organisation
from vendor_risk.checks.observations import Cut, Http, Response
from vendor_risk.checks.pages import Url, address, blocked, follow, location
from vendor_risk.checks.reading import Reading

__all__ = [
    "Document",
    "Field",
    "Form",
    "Inline",
    "Link",
    "Resource",
    "documents",
    "hosts",
    "of",
    "read",
]

DOCUMENTS_MOST = 8  # pages of one look
HOSTS_MOST = 64


@lru_cache(maxsize=64)  # sixteen looks side by side see four pages each
def documents(http: Http) -> tuple[Document, ...]:
    """Every HTML page that a visit of the host ended on, the front page first.

    Left out are answers of bot walls, errors beside the front page, pages of other organisations,
    and addresses for machines (/.well-known/).
    """
    asked = [each for each in http.responses if each.origin is None]
    entered = address(asked[0].url) if asked else None
    if entered is None:
        return ()
    home = organisation(entered.host)
    front = follow(http, entered).last
    found: dict[Url, Document] = {}
    for each in asked:
        if not isinstance(each, Response) or len(found) == DOCUMENTS_MOST:
            continue
        url = address(each.url)
        if url is None or url in found or not is_subdomain(url.host, home):
            continue
        if _is_document(each, url, front=each is front):
            found[url] = of(each)
    return tuple(found.values())


def _is_document(response: Response, url: Url, *, front: bool) -> bool:
    if location(response) is not None or url.target.startswith("/.well-known/"):
        return False
    most = 500 if front else 300
    if not 200 <= response.status < most or response.status == 204:
        return False
    kind = next(iter(response.header("content-type")), "").partition(";")[0].strip().casefold()
    if kind not in ("", "text/html", "application/xhtml+xml"):
        return False
    if not kind and not response.body.lstrip("\ufeff \t\r\n").startswith("<"):
        return False
    return blocked(response) is None


def hosts(http: Http) -> tuple[str, ...]:
    """The names of all hosts from which the pages load scripts, styles and frames, in order."""
    names = {
        each.host: None
        for page in documents(http)
        for each in page.scripts + page.styles + page.frames
        if each.host and not is_address(each.host)
    }
    return tuple(names)[:HOSTS_MOST]


def strangers(http: Http) -> tuple[str, ...]:
    """The hosts of other organisations that the pages load from or send forms to, in order."""
    names: dict[str, None] = {}
    for page in documents(http):
        home = organisation(page.url.host)
        loaded = [each.host for each in page.scripts + page.styles + page.frames + page.others]
        targets = [url.host for form in page.forms for url in form.targets if url]
        names |= {host: None for host in loaded + targets if host and not is_subdomain(host, home)}
    return tuple(names)[: 2 * HOSTS_MOST]


def is_address(host: str) -> bool:
    """Whether a host is an IP address rather than a name."""
    try:
        ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True


def of(response: Response) -> Document:
    """A response as a document, with the policies that are in force there."""
    page = read(
        response.url,
        response.body,
        status=response.status,
        whole=not response.truncated,
        cut=response.cut,
    )
    header, meta = csp.in_force(response)
    return replace(page, policies=header + meta)


def is_own(page: Document, host: str) -> bool:
    """Whether a host belongs to whoever the page belongs to, by its name or another of theirs."""
    return is_subdomain(host, organisation(page.url.host)) or organisation(host) in page.own


def foreign(page: Document, resources: Iterable[Resource]) -> Iterator[Resource]:
    """Those of the resources of a page that come from other organisations."""
    return (each for each in resources if each.url and not is_own(page, each.host))


def domains(page: Document, resources: Iterable[Resource]) -> tuple[str, ...]:
    """The registered names of other organisations from which a page loads, in order."""
    return tuple(dict.fromkeys(organisation(each.host) for each in foreign(page, resources)))


@lru_cache(maxsize=64)
def read(
    url: str, body: str, *, status: int = 200, whole: bool = True, cut: Cut | None = None
) -> Document:
    """A page taken apart; every list of it has a limit."""
    at = address(url)
    if at is None:
        raise ValueError(f"{url[:200]!r} is no web address")
    reading = Reading(at, body)
    for tag in tags(body):
        reading.take(tag)
    return reading.document(status, cut, whole=whole)
