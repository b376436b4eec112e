"""The check of the registration of the name: when it runs out."""

from datetime import timedelta

from vendor_risk.checks.base import Tier, check
from vendor_risk.checks.exhibit import by_registry, shown
from vendor_risk.checks.names import organisation
from vendor_risk.checks.observations import Intel, Observations, Registration
from vendor_risk.evidence import N_, Outcome, Severity, failed, passed, unknown

_SOON = timedelta(days=30)


@check(
    id="intel.domain",
    control="DN-01",
    severity=Severity.HIGH,
    requirement=N_("The registration of the name does not run out soon"),
    rationale=N_(
        "A name that ran out is sold to whoever asks first, and with it every mail and every"
        " log-in that still goes there."
    ),
    remediation=N_(
        "Renew the name at its registrar, let it renew itself, and have the reminders go to a"
        " mailbox that does not hang on the same name. To see what the registry says:\n"
        "\n"
        "    curl -gsSL https://rdap.org/domain/shop.example"
    ),
    references=(
        "https://www.rfc-editor.org/rfc/rfc9083#section-4.5",
        "https://www.icann.org/resources/pages/expired-2013-05-03-en",
    ),
    tier=Tier.FEEDS,
)
def registration(intel: Intel, observations: Observations) -> Outcome:
    """The day that the registry names, against the day of the look."""
    name = organisation(observations.domain)
    seen = intel.registration
    if seen is None:
        reason = intel.feed("registration").reason
        return unknown(
            f"The registry was not asked: {shown(reason)}.", by_registry("not asked", name)
        )
    evidence = by_registry(_words(seen), name, seen.address)
    if organisation(seen.domain) != name:
        return unknown("The registry was asked about another name.", evidence)
    if seen.expires is None:
        return unknown("The registry does not say when the name runs out.", evidence)
    left = seen.expires - observations.observed_at
    day = f"{seen.expires:%Y-%m-%d}"
    if left <= timedelta(0):
        return failed(evidence, f"The registration of {shown(name, 80)} ran out on {day}.")
    if left < _SOON:
        return failed(
            evidence,
            f"The registration of {shown(name, 80)} runs out on {day}, in {left.days} days."
            " Many registrars renew in the last days, so ask before you worry.",
            severity=Severity.HIGH.one_lower,
        )
    return passed(evidence)


def _words(seen: Registration) -> str:
    until = f"until {seen.expires:%Y-%m-%d}" if seen.expires else "no end told"
    status = shown(", ".join(seen.status[:6]), 120)
    by = f", {shown(seen.registrar, 60)}" if seen.registrar else ""
    return f"{seen.domain} {until}{by}; {status or 'no status'}"
