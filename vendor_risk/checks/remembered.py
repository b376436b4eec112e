"""What the scripts of a look leave behind for the next look at the same host."""

from vendor_risk.checks.document import Document, documents, domains, foreign
from vendor_risk.checks.observations import (
    Http,
    Observations,
    PageScripts,
    Previous,
)

_PAGES_MOST = 16
_MOST = 64  # domains, hashes and integrity values of one page


def page_scripts(page: Document) -> PageScripts:
    """What ran on a page, without the query of its address, which changes with each visitor.

    What is remembered does not know the names of the certificate, so that one which leaves it
    brings no new third party.
    """
    held = (
        (str(each.url), each.integrity) for each in foreign(page, page.scripts) if each.integrity
    )
    return PageScripts(
        address_of(page),
        domains(page, page.scripts)[:_MOST],
        tuple(sorted(each.hash for each in page.inline))[:_MOST],
        tuple(dict.fromkeys(held))[:_MOST],
    )


def address_of(page: Document) -> str:
    """By what a page is found again."""
    return str(page.url).partition("?")[0]


def _both(one: PageScripts, other: PageScripts) -> PageScripts:
    """What ran on either of two pages at one address."""
    return PageScripts(
        one.url,
        tuple(dict.fromkeys(one.domains + other.domains))[:_MOST],
        tuple(dict.fromkeys(one.inline + other.inline))[:_MOST],
        tuple(dict(other.integrity + one.integrity).items())[:_MOST],
    )


def remembered(look: Observations) -> Previous | None:
    """What the next look compares with; None where no page was ever seen as a whole.

    A page that this look did not see as a whole stays as it was known before.
    """
    pages: dict[str, PageScripts] = {}
    if isinstance(look.http, Http):
        for page in documents(look.http):
            if page.whole:
                now = page_scripts(page)
                same = pages.get(now.url)  # a shop that tells its pages apart by the query alone
                pages[now.url] = now if same is None else _both(same, now)
    seen = bool(pages)
    before = look.previous
    for earlier in before.pages if before else ():
        pages.setdefault(earlier.url, earlier)
    if not pages:
        return None
    observed_at = look.observed_at if seen or before is None else before.observed_at
    return Previous(observed_at, tuple(pages.values())[:_PAGES_MOST])
