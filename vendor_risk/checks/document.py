"""The pages of a host as documents: what they load and from where, what they ask, where they lead.

A fetched page is its static HTML: what its scripts add or change later is not in it.
"""

from functools import lru_cache
from ipaddress import ip_address

from vendor_risk.checks.elements import Document, Form, Inline, Link, Resource
from vendor_risk.checks.fields import Field
from vendor_risk.checks.markup import tags
from vendor_risk.checks.names import is_subdomain, organisation
from vendor_risk.checks.observations import Cut, Http, Response
from vendor_risk.checks.pages import Url, address, blocked, follow, location
from vendor_risk.checks.reading import Reading

__all__ = ["Document", "Field", "Form", "Inline", "Link", "Resource", "documents", "hosts", "read"]

DOCUMENTS_MOST = 8  # pages of one look
HOSTS_MOST = 64


@lru_cache(maxsize=32)  # twice the looks that run side by side
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
            found[url] = read(
                each.url, each.body, status=each.status, whole=not each.truncated, cut=each.cut
            )
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
        if each.host and not _is_address(each.host)
    }
    return tuple(names)[:HOSTS_MOST]


def _is_address(host: str) -> bool:
    try:
        ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True


@lru_cache(maxsize=16)
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
