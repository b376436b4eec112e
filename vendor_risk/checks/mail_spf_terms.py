"""Checks of the terms of SPF: can they be read, how much do they look up, how wide are they."""

from vendor_risk.checks import spf
from vendor_risk.checks.base import check
from vendor_risk.checks.exhibit import by_dig, shown
from vendor_risk.checks.lookup import lookup, silence
from vendor_risk.checks.mail import gone, sender, senders
from vendor_risk.checks.observations import Answer, Dns, Observations
from vendor_risk.checks.spf_walk import (
    EXCHANGES_ALLOWED,
    LOOKUPS_ALLOWED,
    VOIDS_ALLOWED,
    Placed,
    Reading,
    long_prefix,
    prefix,
    read,
)
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

_MOST_FAULTS = 6  # in one sentence; a record that is wrong throughout needs no longer list
_CLOSE = 9  # look-ups from which on one more provider, or one more of theirs, breaks the record
_WHOLE_BLOCK = 8  # an IPv4 prefix up to this length lets 16 million addresses send, or more
_WIDE = 15  # up to this length 131,072 addresses; no company's mail servers need that many
_REGION = 12  # IPv6: a /12 is what IANA gives to the registry of a whole continent


def _unread(dns: Dns, name: str) -> Outcome | None:
    """What the checks say of a name without a single SPF record that could be read."""
    answer = lookup(dns, name, "TXT")
    if not answer.known:
        return unknown(silence(answer), by_dig(answer.status, name, "TXT"))
    found = spf.records(answer)
    if len(found) == 1:
        return None
    return gone(dns, name) or not_applicable(
        f"{shown(name)} has no single SPF record that could be judged.",
        by_dig(f"{name}: {len(found)} SPF records", name, "TXT"),
    )


def _record(dns: Dns, name: str) -> Evidence:
    text = spf.records(lookup(dns, name, "TXT"))[0]
    return by_dig(f"{name}: {text}", name, "TXT")


def _incomplete(quiet: Answer) -> Outcome:
    return unknown(
        "An included record could not be read. " + silence(quiet),
        by_dig(quiet.status, quiet.name, quiet.type),
    )


def _listed(placed: list[Placed]) -> str:
    return shown(", ".join(map(str, placed[:_MOST_FAULTS])), 200)


@check(
    id="mail.spf.syntax",
    control="DN-01",
    severity=Severity.HIGH,
    requirement=N_("The SPF record and all that it includes can be read without an error"),
    rationale=N_(
        "One misspelt term, or one include of a domain without a record, makes receivers give up on"
        " the whole record (permerror). Forged mail in the vendor's name is then treated as if"
        " there were no SPF, and real invoices land in the spam folder."
    ),
    remediation=N_(
        "Correct or remove each term that is named, and take out includes of providers that are no"
        " longer used:\n"
        "\n"
        '    example.com. 3600 IN TXT "v=spf1 mx include:_spf.example.net ip4:192.0.2.0/28 -all"\n'
        "\n"
        "Networks are written as ip4: or ip6: with a colon, host names as a:, other providers as"
        " include:."
    ),
    references=(
        "https://www.rfc-editor.org/rfc/rfc7208#section-4.6",
        "https://www.rfc-editor.org/rfc/rfc7208#section-5.2",
        "https://www.rfc-editor.org/rfc/rfc7208#section-12",
    ),
    asks=senders,
)
def spf_syntax(dns: Dns, observations: Observations) -> Outcome:
    """Name every fault in one go, those of included records too."""
    name = sender(dns, observations.domain)
    without = _unread(dns, name)
    if without is not None:
        return without
    reading = read(dns, name)
    if reading.faults:
        faults = [shown(fault, 110) for fault in reading.faults]
        more = f" and {len(faults) - 4} more" if len(faults) > 4 else ""
        return failed(
            _record(dns, name),
            f"Receivers cannot evaluate the SPF record of {shown(name, 100)}:"
            f" {'; '.join(faults[:4])}{more}.",
        )
    quiet = next((answer for answer in reading.silent if answer.type == "TXT"), None)
    return _incomplete(quiet) if quiet is not None else passed(_record(dns, name))


@check(
    id="mail.spf.lookups",
    control="DN-01",
    severity=Severity.HIGH,
    requirement=N_("The SPF record needs at most ten DNS look-ups, and hardly any in vain"),
    rationale=N_(
        "Receivers stop after ten look-ups, or after three that find nothing, and treat the record"
        " as broken. That happens without any change at the vendor, when a provider's own record"
        " grows: from then on forged mail passes and real mail is lost."
    ),
    remediation=N_(
        "Remove includes of providers that no longer send, a, mx and ptr where nothing sends from"
        " there, and names that no longer exist; replace what is left by networks where they are"
        " stable:\n"
        "\n"
        '    example.com. 3600 IN TXT "v=spf1 ip4:192.0.2.0/28 include:_spf.example.net -all"\n'
        "\n"
        "Give a bulk sender a subdomain with a record of its own:\n"
        "\n"
        '    news.example.com. 3600 IN TXT "v=spf1 include:_spf.example.org -all"'
    ),
    references=("https://www.rfc-editor.org/rfc/rfc7208#section-4.6.4",),
    asks=senders,
)
def spf_lookups(dns: Dns, observations: Observations) -> Outcome:
    """Count what a receiver looks up for a stranger, for whom every term is tried."""
    name = sender(dns, observations.domain)
    without = _unread(dns, name)
    if without is not None:
        return without
    reading = read(dns, name)
    count = len(reading.lookups)
    least = "at least " if reading.full or reading.silent or reading.depends else ""
    evidence = by_dig(
        f"{least}{count} of {LOOKUPS_ALLOWED} look-ups: "
        + ", ".join(str(placed) for placed in reading.lookups),
        name,
        "TXT",
    )
    over = _over(reading)
    if over:
        return failed(evidence, f"The SPF record of {shown(name, 100)} {'; it '.join(over)}.")
    if reading.silent:
        return _incomplete(reading.silent[0])
    if len(reading.voids) + len(reading.open) > VOIDS_ALLOWED:
        quiet = reading.open[0]
        return unknown(
            f"{len(reading.open)} names in the SPF record may or may not exist. " + silence(quiet),
            by_dig(quiet.status, quiet.name, quiet.type),
        )
    if count >= _CLOSE:
        return failed(
            evidence,
            f"The SPF record of {shown(name, 100)} needs {count} look-ups of the"
            f" {LOOKUPS_ALLOWED} that are allowed: the next change of a provider may break it.",
            severity=Severity.HIGH.one_lower,
        )
    if reading.depends:
        return passed(
            evidence,
            f"What {_listed(reading.depends)} leads to differs with every message and was not"
            " counted.",
        )
    return passed(evidence)


def _over(reading: Reading) -> list[str]:
    """The limits that a record breaks, as predicates."""
    found = []
    if reading.loops:
        found.append(f"comes back to itself: {_listed(reading.loops)}")
    count = len(reading.lookups)
    if count > LOOKUPS_ALLOWED:
        words = "more than " if reading.full else ""
        found.append(f"needs {words}{count} look-ups, and receivers stop after {LOOKUPS_ALLOWED}")
    if len(reading.voids) > VOIDS_ALLOWED:
        found.append(
            f"looks up {len(reading.voids)} names in vain, and receivers stop after"
            f" {VOIDS_ALLOWED}: {_listed(reading.voids)}"
        )
    if reading.crowded:
        found.append(
            f"names mail servers by mx where there are more than {EXCHANGES_ALLOWED}:"
            f" {_listed(reading.crowded)}"
        )
    return found


@check(
    id="mail.spf.broad",
    control="DN-01",
    severity=Severity.MEDIUM,
    requirement=N_("The SPF record names small networks, and nobody by ptr"),
    rationale=N_(
        "Whoever rents a server inside a network that the record names may send as the vendor, and"
        " millions of addresses hold many strangers. ptr trusts what the owner of an address writes"
        " into his own reverse zone, and large receivers ignore it."
    ),
    remediation=N_(
        "Name the addresses that really send, and replace ptr by them:\n"
        "\n"
        '    example.com. 3600 IN TXT "v=spf1 ip4:192.0.2.0/28 ip6:2001:db8:25::/64 -all"'
    ),
    references=(
        "https://www.rfc-editor.org/rfc/rfc7208#section-5.5",
        "https://www.rfc-editor.org/rfc/rfc7208#section-5.6",
    ),
    asks=senders,
)
def spf_broad(dns: Dns, observations: Observations) -> Outcome:
    """Only what lets a sender pass counts; included records are the vendor's choice too."""
    name = sender(dns, observations.domain)
    without = _unread(dns, name)
    if without is not None:
        return without
    reading = read(dns, name)
    passing = [placed for placed in reading.terms if placed.passes]
    vast = [placed for placed in passing if _is_vast(placed)]
    if vast:
        reason = f"The SPF record of {shown(name, 100)} lets millions of addresses send"
        return failed(_record(dns, name), f"{reason}: {_listed(vast)}.")
    wide = [placed for placed in passing if _is_wide(placed)]
    pointers = [placed for placed in reading.terms if placed.term.name == "ptr"]
    if wide or pointers:
        what = "lets more than 100,000 addresses send" if wide else "trusts reverse names (ptr)"
        return failed(
            _record(dns, name),
            f"The SPF record of {shown(name, 100)} {what}: {_listed(wide or pointers)}.",
            severity=Severity.MEDIUM.one_lower,
        )
    quiet = next((answer for answer in reading.silent if answer.type == "TXT"), None)
    return _incomplete(quiet) if quiet is not None else passed(_record(dns, name))


def _is_vast(placed: Placed) -> bool:
    four, six = prefix(placed.term), long_prefix(placed.term)
    return (four is not None and four <= _WHOLE_BLOCK) or (six is not None and six <= _REGION)


def _is_wide(placed: Placed) -> bool:
    four = prefix(placed.term)
    return four is not None and four <= _WIDE
