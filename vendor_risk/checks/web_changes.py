"""The check of what pages run that they did not run at the last look."""

from collections.abc import Iterator
from dataclasses import dataclass

from vendor_risk.checks.arrival import arrive_pages
from vendor_risk.checks.base import check
from vendor_risk.checks.document import Document
from vendor_risk.checks.exhibit import by_curl_body
from vendor_risk.checks.observations import Http, Observations, PageScripts
from vendor_risk.checks.remembered import address_of, page_scripts
from vendor_risk.checks.web_scripts import listed, unread
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

_UNREAD = "The files of third parties are not fetched, so a change inside of one is not seen."


@dataclass(frozen=True, slots=True)
class _Change:
    """A page now and at the last look."""

    page: Document
    now: PageScripts
    before: PageScripts

    @property
    def new_domains(self) -> tuple[str, ...]:
        return tuple(each for each in self.now.domains if each not in self.before.domains)

    @property
    def other_content(self) -> tuple[str, ...]:
        """Scripts of third parties that are held to another content than before."""
        before = dict(self.before.integrity)
        return tuple(
            url for url, value in self.now.integrity if url in before and before[url] != value
        )

    @property
    def new_inline(self) -> int:
        """How many scripts are written into the page that were not; many change with each visit."""
        return len(set(self.now.inline) - set(self.before.inline))

    def shows(self, value: str) -> Evidence:
        """What the page runs now."""
        return by_curl_body(value, str(self.page.url), "<script[^>]*>")


@check(
    id="web.script.changed",
    control="WB-01",
    severity=Severity.HIGH,
    requirement=N_("Pages run scripts of the same third parties as at the last look"),
    rationale=N_(
        "Thieves of card numbers add one script of their own to the page that takes cards and stay"
        " for weeks: at British Airways it was 22 lines for 15 days. Whoever compares sees it the"
        " next day."
    ),
    remediation=N_(
        "Ask who brought the new script in and why. If nobody did, take the page off, keep a copy,"
        " and treat it as a breach. Else add it to the inventory, and let the policy report what is"
        " in no list (PCI DSS 11.6.1):\n"
        "\n"
        "nginx:\n"
        "\n"
        "    add_header Content-Security-Policy \"script-src 'self'; report-uri /csp\" always;\n"
        "\n"
        "Apache:\n"
        "\n"
        "    Header always set Content-Security-Policy \"script-src 'self'; report-uri /csp\""
    ),
    references=(
        "https://www.pcisecuritystandards.org/document_library/",
        "https://ico.org.uk/action-weve-taken/enforcement/british-airways/",
    ),
)
def changed(http: Http, observations: Observations) -> Outcome:
    """A new third party on a page that takes cards is graver than elsewhere.

    Inline scripts often change with each visit (tokens, times), so they are told and not held
    against the host.
    """
    pages = arrive_pages(http, observations)
    if isinstance(pages, Outcome):
        return pages
    previous = observations.previous
    front = by_curl_body("nothing to compare with", str(pages[0].url), "<script[^>]*>")
    if previous is None:
        return not_applicable("This is the first look at these pages.", front)
    changes = tuple(_compared(pages, {each.url: each for each in previous.pages}))
    if not changes:
        return not_applicable("The last look saw none of these pages.", front)
    day = f"{previous.observed_at:%Y-%m-%d}"
    new = [each for each in changes if each.new_domains]
    for each in sorted(new, key=lambda change: not change.page.takes_cards):
        names = listed(each.new_domains)
        evidence = each.shows(f"new since {day}: {', '.join(each.new_domains[:12])}")
        if each.page.takes_cards:
            return failed(
                evidence, f"A page that takes cards runs scripts of a new third party: {names}."
            )
        return failed(
            evidence,
            f"A page runs scripts of a new third party: {names}.",
            severity=Severity.HIGH.one_lower,
        )
    return _same_parties(changes, day, unread(pages, observations))


def _same_parties(changes: tuple[_Change, ...], day: str, doubt: str) -> Outcome:
    if doubt:
        return unknown(doubt, changes[0].shows(f"no new third party in what was read since {day}"))
    for each in changes:
        if each.other_content:
            return passed(
                each.shows(f"other integrity value since {day}: {each.other_content[0]}"),
                f"{len(each.other_content)} scripts of third parties are held to another content"
                f" than before. {_UNREAD}",
                severity=Severity.INFORMATIONAL,
            )
    inline = sum(each.new_inline for each in changes)
    evidence = changes[0].shows(
        f"{len(changes)} pages compared with {day}: no new third party, {inline} other inline"
        " scripts"
    )
    return passed(evidence, _UNREAD)


def _compared(pages: tuple[Document, ...], before: dict[str, PageScripts]) -> Iterator[_Change]:
    for page in pages:
        earlier = before.get(address_of(page))
        if earlier is not None:
            yield _Change(page, page_scripts(page), earlier)
