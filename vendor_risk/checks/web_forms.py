"""The check of where card numbers and passwords are sent."""

from collections.abc import Iterator
from dataclasses import dataclass

from vendor_risk.checks.arrival import arrive_pages
from vendor_risk.checks.base import check
from vendor_risk.checks.checkout import checkout_pages
from vendor_risk.checks.document import Document, Form, is_own
from vendor_risk.checks.exhibit import by_curl_body, shown
from vendor_risk.checks.lookalike import looks_like
from vendor_risk.checks.names import organisation
from vendor_risk.checks.observations import Http, Observations
from vendor_risk.checks.pages import Url
from vendor_risk.checks.tables.receivers import IDENTITY, IDENTITY_HOSTS, PAYMENT, PAYMENT_HOSTS
from vendor_risk.checks.web_scripts import unread
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

_SENT_TO = "form action "


def sent_openly(evidence: str) -> bool:
    """Whether the value that `web.form.target` shows is an address without encryption."""
    return evidence.startswith(f"{_SENT_TO}http://")


@dataclass(frozen=True, slots=True)
class _Target:
    """Where one form of a page leads."""

    page: Document
    form: Form
    url: Url

    @property
    def what(self) -> str:
        return "card numbers" if self.form.takes_cards else "passwords"

    def shows(self) -> Evidence:
        """The address that the form is sent to."""
        return by_curl_body(f"{_SENT_TO}{self.url}", str(self.page.url), "<form[^>]*>")


@check(
    id="web.form.target",
    control="WB-01",
    severity=Severity.CRITICAL,
    requirement=N_("Card numbers and passwords are sent to the vendor itself, encrypted"),
    rationale=N_(
        "One changed address in a form sends what customers type to a thief. At British Airways in"
        " 2018 it was baways.com, a name that nobody in the shop had ever read twice."
    ),
    remediation=N_(
        "If nobody of yours wrote the address: take the page off, keep a copy, change the keys of"
        " whoever can publish, and call the acquirer. Else send the form to a host of your own or"
        " to a payment provider, over https, and let the policy allow nothing else:\n"
        "\n"
        "nginx:\n"
        "\n"
        "    add_header Content-Security-Policy \"form-action 'self' https://checkout.stripe.com\""
        " always;\n"
        "\n"
        "Apache:\n"
        "\n"
        "    Header always set Content-Security-Policy"
        " \"form-action 'self' https://checkout.stripe.com\""
    ),
    references=(
        "https://www.w3.org/TR/CSP3/#directive-form-action",
        "https://ico.org.uk/action-weve-taken/enforcement/british-airways/",
    ),
    gets=checkout_pages,
)
def target(http: Http, observations: Observations) -> Outcome:
    """A name made to be mistaken for the vendor's before any other; then the open ones."""
    pages = arrive_pages(http, observations)
    if isinstance(pages, Outcome):
        return pages
    targets = [each for page in pages for each in _targets(page)]
    strange = [each for each in targets if not is_own(each.page, each.url.host)]
    unknown_ones = [each for each in strange if not _known(each)]
    for each in unknown_ones:
        likeness = looks_like(each.url.host, each.page.url.host)
        if likeness:
            return failed(
                each.shows(),
                f"A form sends {each.what} to {shown(each.url.host, 100)}, which looks like the"
                f" vendor's name: {likeness}.",
            )
    for each in targets:
        if each.url.scheme == "http" and not each.page.upgrades:
            return failed(
                each.shows(),
                f"A form sends {each.what} without encryption.",
                severity=Severity.CRITICAL.one_lower,
            )
    for each in unknown_ones:
        return failed(
            each.shows(),
            f"A form sends {each.what} to {shown(each.url.host, 100)}, which belongs to somebody"
            " else.",
            severity=Severity.CRITICAL.one_lower,
        )
    return _without_fault(pages, targets, strange, unread(pages, observations))


def _without_fault(
    pages: tuple[Document, ...], targets: list[_Target], strange: list[_Target], doubt: str
) -> Outcome:
    nothing = by_curl_body("no form with a card or a password", str(pages[0].url), "<form[^>]*>")
    if doubt:
        return unknown(doubt, targets[0].shows() if targets else nothing)
    if not targets:
        return not_applicable(
            "No page that was seen asks for a card or a password in a form of its static HTML.",
            nothing,
        )
    if strange:
        return passed(
            strange[0].shows(),
            f"The form leads to {shown(organisation(strange[0].url.host), 100)}, a provider of"
            " payments or of log-ins.",
            severity=Severity.INFORMATIONAL,
        )
    return passed(targets[0].shows())


def _targets(page: Document) -> Iterator[_Target]:
    for form in page.forms:
        if form.takes_cards or form.takes_passwords:
            yield from (_Target(page, form, url) for url in form.targets if url)


def _known(target: _Target) -> bool:
    """Whether it is a provider that shops send such things to."""
    name, host = organisation(target.url.host), target.url.host
    if name in PAYMENT or host in PAYMENT_HOSTS:
        return True
    return not target.form.takes_cards and (name in IDENTITY or host in IDENTITY_HOSTS)
