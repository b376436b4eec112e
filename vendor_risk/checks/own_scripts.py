"""The scripts of others that our own pages load: the inventory that a payment page needs.

A plain fetch sees the static HTML: what scripts load later, tag managers above all, is not in it.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from vendor_risk.checks.arrival import arrive_pages
from vendor_risk.checks.document import Document, Resource, foreign, is_address
from vendor_risk.checks.names import is_subdomain, organisation
from vendor_risk.checks.observations import Http, Observations, Response
from vendor_risk.checks.pages import URL_LIMIT, address, blocked, location
from vendor_risk.checks.remembered import address_of
from vendor_risk.checks.web_scripts import held
from vendor_risk.evidence import Outcome

MOST = 512  # scripts of one look; of ten million pages 99 in a hundred load fewer than 120

_FORBIDDEN = frozenset(
    " #/:<>?@[\\]^|"
)  # code points of no host (WHATWG URL, 3.1), but for controls

_QUERY = 256  # characters of a query that are shown; ids of containers and accounts are far shorter
# Names under which pages pass a version or a time, so that browsers load a file anew.
_BUSTERS = frozenset({"_", "cb", "cachebuster", "t", "ts", "timestamp", "v", "ver", "version"})
_NUMBER = re.compile(r"[0-9.]+")


@dataclass(frozen=True, slots=True)
class Loaded:
    """One script on one page; of the queries, what tells one script from another is kept.

    `domain` is the registrable name of the script's host, or the host itself where it has none.
    """

    page: str
    script: str
    host: str
    domain: str
    owner: str
    card_page: bool
    encrypted: bool
    held: bool


@dataclass(frozen=True, slots=True)
class OwnPages:
    """What one look at a host of ours showed; only `whole` pages tell that a script is gone.

    `whole` holds pages that are no more too: there is no script on them.
    """

    scripts: tuple[Loaded, ...] = ()
    whole: frozenset[str] = frozenset()


def scripts_of(seen: Observations, *, takes_cards: bool = False) -> OwnPages:
    """The scripts of other organisations on the pages of a host; nothing where none was seen.

    A page takes cards when it asks for one, or with `takes_cards`: in fields that a provider
    frames there is none to be seen.
    """
    if not isinstance(seen.http, Http):
        return OwnPages()
    absent = _absent(seen.http, seen.domain)
    pages = arrive_pages(seen.http, seen)
    if isinstance(pages, Outcome):
        return OwnPages(whole=absent)
    owners = {each.host: each.name for each in seen.owners or ()}
    found: dict[tuple[str, str], Loaded] = {}
    whole = {*absent, *(address_of(page) for page in pages)}
    for page in pages:
        if not page.whole:
            whole.discard(address_of(page))
        # An inventory leaves nothing out: a name in the certificate may be a neighbour's.
        for each in foreign(replace(page, own=frozenset()), page.scripts):
            if not _is_host(each.host):
                continue
            loaded = _loaded(page, each, owners, takes_cards=takes_cards)
            key = (loaded.page, loaded.script)
            if key not in found and len(found) == MOST:
                whole.discard(loaded.page)
                continue
            found[key] = _worse(found.get(key), loaded)
    return OwnPages(tuple(found.values()), frozenset(whole))


def _absent(http: Http, domain: str) -> frozenset[str]:
    """The addresses at which there is no page any more: not found, or moved within our own host.

    An address that also gave something else in this look (a query may choose) is not among them.
    """
    home = organisation(domain)
    absent: set[str] = set()
    there: set[str] = set()
    for each in http.responses:
        url = address(each.url)
        if url is None or each.origin is not None:
            continue
        name = str(url).partition("?")[0]
        is_gone = isinstance(each, Response) and blocked(each) is None and _leaves(each, name, home)
        (absent if is_gone else there).add(name)
    return frozenset(absent - there)


def _leaves(response: Response, name: str, home: str) -> bool:
    """Whether an answer says that there is no page at the address it was asked for."""
    if response.status in (404, 410):
        return True
    target = location(response)
    to = address(target) if target else None
    return to is not None and is_subdomain(to.host, home) and str(to).partition("?")[0] != name


def _is_host(host: str) -> bool:
    """Whether browsers take it for a name or an address; what they refuse, they never load.

    Names that IDNA 2008 refuses (emoji) and percent signs are left in: browsers read both.
    """
    if is_address(host):
        return True
    return len(host) <= 253 and host.isprintable() and not _FORBIDDEN & set(host)


def _named(url: str) -> str:
    """The address with the part of its query that says which script it is.

    One file with another `id=` is another script (the container of a tag manager); a version or a
    time changes with each release or visitor and is left out. An order of its own makes no other
    script. A long query ends in its hash, so that what is cut off still counts.
    """
    file, _, query = url.partition("?")
    kept = "&".join(sorted(part for part in query.split("&") if part and not _is_buster(part)))
    if len(kept) > _QUERY:
        digest = hashlib.sha256(kept.encode("utf-8", "replace")).hexdigest()
        kept = f"{kept[: _QUERY - len(digest) - 1]}…{digest}"
    return f"{file[: URL_LIMIT - _QUERY - 1]}?{kept}" if kept else file


def _is_buster(part: str) -> bool:
    name, _, value = part.partition("=")
    name = name.casefold()
    if name in _BUSTERS:
        return True
    if not value:  # `a.js?1700000000`
        return _NUMBER.fullmatch(name) is not None
    return _NUMBER.fullmatch(value) is not None and not name.endswith("id")


def _loaded(
    page: Document, resource: Resource, owners: Mapping[str, str], *, takes_cards: bool
) -> Loaded:
    host = resource.host
    return Loaded(
        page=address_of(page),
        script=_named(str(resource.url)),
        host=host,
        domain=host if is_address(host) else organisation(host),
        owner=owners.get(host, ""),
        card_page=takes_cards or page.takes_cards,
        encrypted=page.upgrades or (resource.url is not None and resource.url.scheme == "https"),
        held=held(resource),
    )


def _worse(one: Loaded | None, other: Loaded) -> Loaded:
    """The same script twice on a page: one that is not held to its content is enough for harm."""
    if one is None:
        return other
    return Loaded(
        one.page,
        one.script,
        one.host,
        one.domain,
        one.owner,
        one.card_page or other.card_page,
        one.encrypted and other.encrypted,
        one.held and other.held,
    )
