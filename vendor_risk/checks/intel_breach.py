"""The check of breaches that became public."""

from datetime import date

from vendor_risk.checks.base import Tier, check
from vendor_risk.checks.exhibit import FETCH, by_breach_list, shown
from vendor_risk.checks.names import organisation
from vendor_risk.checks.observations import Breach, Feed, Intel, Observations
from vendor_risk.evidence import N_, Evidence, Outcome, Severity, failed, passed, unknown

# months since it happened, up to and with which a breach has the severity
_AGES = ((12, Severity.HIGH), (24, Severity.MEDIUM), (36, Severity.LOW))


@check(
    id="intel.breach",
    control="DL-01",
    severity=Severity.HIGH,
    requirement=N_("No breach of the organisation became public in the last three years"),
    rationale=N_(
        "Whoever lost accounts once and did not mend the cause loses them again, and what was lost"
        " is tried elsewhere: passwords that people use twice open the doors of others."
    ),
    remediation=N_(
        "Ask the vendor what the cause was, when it was mended and who checked that; whether our"
        " accounts or our customers' records were among what was lost. Make new passwords for our"
        " accounts there, and ask for a second factor. To see the entry:\n"
        "\n"
        "    curl -gsS 'https://haveibeenpwned.com/api/v3/breaches?domain=shop.example'"
    ),
    references=(
        "https://haveibeenpwned.com/API/v3",
        "https://haveibeenpwned.com/FAQs",
    ),
    tier=Tier.FEEDS,
)
def breach(intel: Intel, observations: Observations) -> Outcome:
    """By the day it happened, against the day of the look; a breach without proof is milder."""
    name = organisation(observations.domain)
    feed = intel.feed("breaches")
    if intel.breaches is None:
        nothing = by_breach_list("not compared", name)
        return unknown(f"Breaches were not compared: {shown(feed.reason)}. {FETCH}", nothing)
    today = observations.observed_at.date()
    found = [each for each in intel.breaches if organisation(each.domain) == name]
    found.sort(key=lambda each: (-_severity(each, today).rank, -each.happened.toordinal()))
    worst = found[0] if found else None
    severity = _severity(worst, today) if worst else Severity.INFORMATIONAL
    if worst and severity is not Severity.INFORMATIONAL:
        return failed(_shows(worst, feed, name), _words(worst, len(found)), severity=severity)
    if feed.reason:
        seen = _shows(worst, feed, name) if worst else by_breach_list("no entry", name)
        return unknown(f"No newer breach was found, but {shown(feed.reason)}.", seen)
    if worst:
        return passed(_shows(worst, feed, name), _words(worst, len(found)), severity=severity)
    return passed(by_breach_list(f"no entry in the list ({_source(feed)})", name))


def _severity(each: Breach, today: date) -> Severity:
    age = _months(each.happened, today)
    severity = next((each for most, each in _AGES if age <= most), Severity.INFORMATIONAL)
    return severity if each.verified else severity.one_lower


def _months(then: date, now: date) -> int:
    """Months that have begun since a day: exactly a year ago is 12, a day before that 13."""
    return (now.year - then.year) * 12 + now.month - then.month + (now.day > then.day)


def _shows(each: Breach, feed: Feed, name: str) -> Evidence:
    lost = shown(", ".join(each.classes[:4]), 80)
    return by_breach_list(
        f"{shown(each.title, 60)}: {each.accounts:,} accounts of {shown(each.domain, 60)},"
        f" {each.happened}; {lost} ({_source(feed)})",
        name,
    )


def _source(feed: Feed) -> str:
    dated = f"list of {feed.dated:%Y-%m-%d}" if feed.dated else "list without a date"
    return f"{feed.attribution or feed.name}, {dated}"


def _words(each: Breach, count: int) -> str:
    doubt = "" if each.verified else " Its maker could not verify it."
    more = f" The list has {count} breaches of this organisation." if count > 1 else ""
    return (
        f"{each.accounts:,} accounts of {shown(each.domain, 80)} became public; it happened on"
        f" {each.happened}.{doubt}{more}"
    )
