"""The check of BIMI: can mail programs show the domain's logo beside its mail."""

from collections.abc import Iterator

from vendor_risk.checks import dmarc, taglist
from vendor_risk.checks.base import Question, check
from vendor_risk.checks.dmarc import Policy
from vendor_risk.checks.exhibit import by_dig, shown
from vendor_risk.checks.lookup import lookup, silence, texts
from vendor_risk.checks.mail import dmarc_walk, gone, names, sender, settled
from vendor_risk.checks.observations import Dns, Observations
from vendor_risk.evidence import N_, Outcome, Severity, failed, passed, unknown


def logo_record(dns: Dns, observations: Observations) -> Iterator[Question]:
    """MX and TXT that tell whose mail it is, its BIMI record, and the DMARC walk."""
    for name in names(observations):
        yield from ((name, "MX"), (name, "TXT"))
    yield from dmarc_walk(observations)
    if settled(dns, observations):
        yield f"default._bimi.{sender(dns, observations.domain)}", "TXT"


@check(
    id="mail.bimi",
    control="DN-01",
    severity=Severity.LOW,
    requirement=N_("A record that names a logo (BIMI) can be used, and DMARC is enforced for it"),
    rationale=N_(
        "Mail programs show the logo only for domains whose forged mail is thrown away. A record"
        " that they ignore leaves customers without the sign that they were told to look for, and"
        " they learn to trust mail without it."
    ),
    remediation=N_(
        "Enforce DMARC for all mail, then publish one record with https addresses:\n"
        "\n"
        '    _dmarc.example.com.        3600 IN TXT "v=DMARC1; p=reject;'
        ' rua=mailto:dmarc@example.com"\n'
        '    default._bimi.example.com. 3600 IN TXT "v=BIMI1; l=https://example.com/logo.svg;'
        ' a=https://example.com/logo.pem"'
    ),
    references=(
        "https://datatracker.ietf.org/doc/draft-brand-indicators-for-message-identification/",
    ),
    asks=logo_record,
)
def bimi(dns: Dns, observations: Observations) -> Outcome:
    """Judge the record alone, the logo is not fetched; having none is a choice."""
    name = sender(dns, observations.domain)
    at = f"default._bimi.{name}"
    answer = lookup(dns, at, "TXT")
    if not answer.known:
        return unknown(silence(answer), by_dig(answer.status, at, "TXT"))
    found = [
        text for text in texts(answer) if text[:40].replace(" ", "")[:7].casefold() == "v=bimi1"
    ]
    evidence = by_dig(" | ".join(found) or f"{at}: no BIMI record", at, "TXT")
    if not found:
        return gone(dns, name) or passed(
            evidence, f"{shown(name, 150)} names no logo.", severity=Severity.INFORMATIONAL
        )
    fault = record_fault(found[0]) if len(found) == 1 else "there is more than one"
    if fault:
        reason = f"Mail programs ignore the BIMI record of {shown(name, 150)}: {fault}."
        return failed(evidence, reason)
    if not (taglist.read(found[0]) or {}).get("l"):
        reason = f"{shown(name, 150)} says that it has no logo."
        return passed(evidence, reason, severity=Severity.INFORMATIONAL)
    return _enforced(dns, name) or passed(evidence)


def record_fault(text: str) -> str:
    """Why mail programs ignore a record, empty when they don't."""
    tags = taglist.read(text)
    if tags is None or taglist.first(tags) != "v" or tags["v"] != "BIMI1":
        return "it is no list of tags that begins with v=BIMI1"
    if "l" not in tags:
        return "it names no logo (l=)"
    for tag in ("l", "a"):
        address = tags.get(tag, "")
        if address and not address.casefold().startswith("https://"):
            return f"{tag}={shown(address, 60)} is no https address"
    return ""


def _enforced(dns: Dns, name: str) -> Outcome | None:
    """What keeps mail programs from showing the logo; the draft's section on DMARC policies."""
    found = dmarc.discover(dns, name)
    if found.silence is not None:
        quiet = found.silence
        return unknown(silence(quiet), by_dig(quiet.status, quiet.name, "TXT"))
    record = found.record
    if record is None or found.policy in (None, Policy.NONE):
        why = "no DMARC policy of quarantine or reject stands behind it"
    elif record.percent < 100:
        why = f"its DMARC policy is for {record.percent} % of mail only (pct)"
    elif "sp" in record.tags and record.policy("sp") is Policy.NONE:
        why = "its DMARC policy leaves out subdomains (sp=none)"
    else:
        return None
    at = f"_dmarc.{found.at or name}"
    return failed(
        by_dig(record.text if record else "no DMARC record", at, "TXT"),
        f"Mail programs ignore the BIMI record of {shown(name, 150)}: {why}.",
    )
