"""The check of names that could be taken for the organisation's own."""

from vendor_risk.checks.base import Tier, check
from vendor_risk.checks.exhibit import NAME_LIMIT, by_dig, shown
from vendor_risk.checks.names import is_subdomain, organisation
from vendor_risk.checks.observations import Intel, Lookalike, Observations
from vendor_risk.evidence import N_, Outcome, Severity, failed, passed, unknown

_SHOWN = 5


@check(
    id="intel.lookalike",
    control="DN-01",
    severity=Severity.LOW,
    requirement=N_("No name that could be taken for this one takes mail"),
    rationale=N_(
        "An invoice with a new bank account comes from a name that is one letter off, and the"
        " answer to it goes there too."
    ),
    remediation=N_(
        "Find out whose the names are: many belong to the organisation itself, to its customers or"
        " to others of a like name. Tell those who pay invoices and block the rest at the mail"
        " gateway; the organisation may complain to the registrar. To see where mail to one goes:\n"
        "\n"
        "    dig +short sh0p.example MX"
    ),
    references=(
        "https://www.icann.org/resources/pages/help/dndr/udrp-en",
        "https://www.unicode.org/reports/tr39/",
    ),
    tier=Tier.FEEDS,
)
def lookalike(intel: Intel, observations: Observations) -> Outcome:
    """That they exist is no fault of the organisation's: it never counts, it informs."""
    name = organisation(observations.domain)
    evidence = by_dig("not asked", name, "MX")
    if intel.lookalikes is None:
        reason = intel.feed("lookalikes").reason
        return unknown(
            f"Names like this one were not looked for: {shown(reason)}. `vendor-risk lookalikes"
            f" {shown(name, NAME_LIMIT)}` looks for them.",
            evidence,
        )
    found = [each for each in intel.lookalikes if not is_subdomain(each.name, name)]
    mailing = [each for each in found if each.exchanges]
    if mailing:
        seen = by_dig(_words(mailing), mailing[0].name, "MX")
        return failed(
            seen,
            f"{len(mailing)} of {len(found)} names that exist and could be taken for"
            f" {shown(name, 80)} take mail. Some may be the organisation's own.",
            severity=Severity.LOW.one_lower,
        )
    doubt = intel.feed("lookalikes").reason
    if doubt:
        return unknown(f"No such name was found to take mail, but {shown(doubt)}.", evidence)
    return passed(by_dig(_words(found) or "no such name exists", name, "MX"))


def _words(found: list[Lookalike]) -> str:
    names = ", ".join(f"{shown(each.name, 60)} ({each.kind})" for each in found[:_SHOWN])
    return names + (f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else "")
