"""The check of flaws that attackers are known to use, in software that a host tells."""

from vendor_risk.checks.arrival import arrive
from vendor_risk.checks.base import Tier, check
from vendor_risk.checks.exhibit import FETCH, shown
from vendor_risk.checks.observations import Exploited, Http, Intel, Observations
from vendor_risk.checks.software import Software, affected, software
from vendor_risk.checks.tables.exploited import VERSIONS
from vendor_risk.evidence import N_, Outcome, Severity, failed, not_applicable, passed, unknown

_SHOWN = 3  # names in a sentence


@check(
    id="intel.kev",
    control="HV-02",
    severity=Severity.HIGH,
    requirement=N_("No software that the host tells has a flaw that attackers are known to use"),
    rationale=N_(
        "A flaw in this list is not a possibility: somebody was broken into with it, and programs"
        " that search the web for it run day and night."
    ),
    remediation=N_(
        "Update to a version that the maker still mends, and ask the vendor for the date at which"
        " it was done and for a search of the logs since the flaw became known. On Debian and its"
        " kin:\n"
        "\n"
        "    apt-get update && apt-get install --only-upgrade apache2 php openssl"
    ),
    references=(
        "https://www.cisa.gov/known-exploited-vulnerabilities-catalog",
        "https://www.cisa.gov/news-events/directives/"
        "bod-22-01-reducing-significant-risk-known-exploited-vulnerabilities",
    ),
    tier=Tier.FEEDS,
)
def exploited(http: Http, intel: Intel, observations: Observations) -> Outcome:
    """The list names products, not versions: only where we know those is there a fault.

    A flaw that needs a set-up which nobody sees from outside is possible, not certain.
    """
    arrival = arrive(http, observations.domain, "Server")
    if isinstance(arrival, Outcome):
        return arrival
    feed = intel.feed("kev")
    told = software(http, observations.domain)
    if not told:
        return not_applicable(
            "The host tells no software that the list could be asked about.",
            arrival.shows("no product with a name that the list knows"),
        )
    evidence = told[0].evidence
    if intel.exploited is None:
        reason = f"Exploited flaws were not compared: {shown(feed.reason)}. {FETCH}"
        return unknown(reason, evidence)
    dated = f"{feed.dated:%Y-%m-%d}" if feed.dated else "no date"
    found = [
        (each, flaw, affected(each.version, flaw))
        for each in told
        for flaw in intel.exploited
        if each.meant_by(flaw)
    ]
    had = [(each, flaw) for each, flaw, has in found if has and not each.mended]
    certain = [(each, flaw) for each, flaw in had if not VERSIONS[flaw.cve].only]
    if certain:
        return _fault(certain, dated)
    if had:
        return _possible(had, dated)
    doubts = [(each, flaw) for each, flaw, has in found if has is not False]
    if doubts:
        return unknown(_doubt(doubts, dated), doubts[0][0].evidence)
    if feed.reason:
        return unknown(f"Nothing was found, but {shown(feed.reason)}.", evidence)
    return passed(evidence, f"Compared with the list of {dated} (CISA).")


def _fault(certain: list[tuple[Software, Exploited]], dated: str) -> Outcome:
    first = certain[0][0]
    return failed(
        first.evidence,
        f"{first.words} has {_names(certain)}, which attackers use (CISA's list of {dated}; the"
        f" versions are those of its maker's advisory).{_blackmail(certain)}",
    )


def _possible(had: list[tuple[Software, Exploited]], dated: str) -> Outcome:
    """One level less: the flaw is in the version, and the set-up decides whether it is open."""
    first = had[0][0]
    only = "; ".join(dict.fromkeys(VERSIONS[flaw.cve].only for _, flaw in had[:_SHOWN]))
    return failed(
        first.evidence,
        f"{first.words} may be open to {_names(had)}, which attackers use (CISA's list of {dated};"
        f" the versions are those of its maker's advisory): only {only}, which cannot be seen from"
        f" outside.{_blackmail(had)}",
        severity=Severity.HIGH.one_lower,
    )


def _names(flaws: list[tuple[Software, Exploited]]) -> str:
    names = list(dict.fromkeys(flaw.cve for _, flaw in flaws))
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return shown(", ".join(names[:_SHOWN]), 80) + more


def _blackmail(flaws: list[tuple[Software, Exploited]]) -> str:
    return " Blackmailers use it." if any(flaw.ransomware for _, flaw in flaws) else ""


def _doubt(doubts: list[tuple[Software, Exploited]], dated: str) -> str:
    """What is known of the first product in doubt, and what is not."""
    first = doubts[0][0]
    flaws = [flaw for each, flaw in doubts if each == first]
    names = shown(", ".join(flaw.cve for flaw in flaws[:_SHOWN]), 80)
    more = f" and {len(flaws) - _SHOWN} more" if len(flaws) > _SHOWN else ""
    said = f"CISA's list of {dated} names {names}{more} in {first.words}"
    if not first.version:
        return f"{said}, and the host does not tell which version it has."
    if first.mended:
        return f"{said}; its distributor mends flaws without a new number, so nobody can tell."
    known = [VERSIONS[each.cve] for each in flaws if each.cve in VERSIONS]
    condition = next((each.only for each in known if each.rare), "")
    if condition:
        return f"{said}, but only {condition}, which cannot be seen from outside."
    return f"{said}; the list names no versions, and we do not know which ones are meant."
