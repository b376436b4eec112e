"""Checks of DNSSEC keys and signatures, in zones that are signed."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from vendor_risk.checks import dnssec
from vendor_risk.checks.base import Question, check
from vendor_risk.checks.dns import signers
from vendor_risk.checks.exhibit import by_dig, shown
from vendor_risk.checks.lookup import exists, silence
from vendor_risk.checks.names import is_subdomain, organisation
from vendor_risk.checks.observations import Answer, Dns, Observations
from vendor_risk.checks.tables.dnssec import ALGORITHMS, DIGESTS, STRONG_DIGESTS, WEAK, WEAK_DIGESTS
from vendor_risk.evidence import (
    N_,
    Evidence,
    Outcome,
    Severity,
    Status,
    failed,
    not_applicable,
    passed,
    unknown,
)


def parameters(dns: Dns, observations: Observations) -> Iterator[Question]:
    """What signs the zone, and the parameters of NSEC3 where it is signed.

    The signatures come with the keys; nobody asks for them.
    """
    yield from signers(observations)
    above = organisation(observations.domain)
    if dns.answer(above, "DNSKEY").rdata:
        yield above, "NSEC3PARAM"


def _unsigned(dns: Dns, above: str) -> Outcome | None:
    """The outcome where there is no signature to judge, or nobody could tell."""
    keys, digests = dns.answer(above, "DNSKEY"), dns.answer(above, "DS")
    if keys.rdata or digests.rdata:
        return None
    quiet = next((answer for answer in (keys, digests) if not answer.known), None)
    if quiet is not None:
        return unknown(silence(quiet), by_dig(quiet.status, above, quiet.type))
    what = "is not signed with DNSSEC" if exists(dns, above) else "does not exist"
    return not_applicable(f"{shown(above)} {what}.", by_dig("no DNSKEY", above, "DNSKEY"))


@check(
    id="dns.dnssec.alg",
    control="DN-01",
    severity=Severity.MEDIUM,
    requirement=N_("The zone is signed with algorithms that resolvers still accept"),
    rationale=N_(
        "Resolvers treat signatures made with SHA-1, MD5, DSA or the old GOST as if there were"
        " none, and some systems cannot compute them any more. The domain then looks signed to its"
        " owner, while whoever forges an answer is believed."
    ),
    remediation=N_(
        "Roll over to algorithm 13 (ECDSA P-256) with the key rollover of your DNS provider, or in"
        " BIND with a policy, and have the registrar publish a DS record with digest type 2"
        " (SHA-256) alone:\n"
        "\n"
        '    dnssec-policy "modern" { keys { csk lifetime unlimited algorithm 13; }; };\n'
        '    zone "example.com" { type primary; file "example.com"; dnssec-policy "modern"; };\n'
        "\n"
        "    example.com. 3600 IN DS 12345 13 2 <SHA-256 digest of the key-signing key>\n"
        "\n"
        "Remove the old DS record only when the new one is seen everywhere, and the old keys last."
    ),
    references=(
        "https://www.rfc-editor.org/rfc/rfc9904#section-3",
        "https://www.rfc-editor.org/rfc/rfc9905#section-2",
        "https://www.rfc-editor.org/rfc/rfc9906",
    ),
    asks=signers,
)
def algorithms(dns: Dns, observations: Observations) -> Outcome:
    """Judge every DS and DNSKEY; a SHA-1 digest beside a stronger one of the key weighs less."""
    above = organisation(observations.domain)
    outcome = _unsigned(dns, above)
    if outcome is not None:
        return outcome
    delegation, served = dns.answer(above, "DS"), dns.answer(above, "DNSKEY")
    digests, keys = dnssec.digests(delegation), dnssec.keys(served)
    numbers = [each.algorithm for each in digests] + [each.algorithm for each in keys]
    weak = next((number for number in numbers if number in WEAK), None)
    if weak is not None:
        type = "DS" if any(each.algorithm == weak for each in digests) else "DNSKEY"
        return failed(
            by_dig(_listed(digests, keys), above, type),
            f"{shown(above)} is signed with algorithm {weak} ({WEAK[weak]}), which must not be used"
            " any more: resolvers take such a signature for none.",
        )
    evidence = by_dig(_listed(digests, keys), above, "DS" if digests else "DNSKEY")
    old = [each for each in digests if each.type in WEAK_DIGESTS]
    if old:
        return _weak_digest(above, digests, evidence)
    quiet = next((answer for answer in (delegation, served) if not answer.known), None)
    if quiet is not None:
        return unknown(silence(quiet), by_dig(quiet.status, above, quiet.type))
    unread = len(delegation.rdata) - len(digests)
    if unread or (served.rdata and not keys):
        return unknown(f"Not every DS and DNSKEY record of {shown(above)} can be read.", evidence)
    strange = next((number for number in numbers if number not in ALGORITHMS), None)
    if strange is not None:
        return unknown(
            f"Algorithm {strange} is not in the table of this catalogue, so nobody judges it here.",
            evidence,
        )
    return passed(evidence)


def _weak_digest(above: str, digests: tuple[dnssec.Digest, ...], evidence: Evidence) -> Outcome:
    """RFC 9904 section 4 forbids such a DS whatever stands beside it.

    A validator that finds SHA-256 in the set leaves SHA-1 unread (RFC 4509 section 3), so nobody
    can make use of it there, and it weighs one level less.
    """
    number = next(each.type for each in digests if each.type in WEAK_DIGESTS)
    words = f"A DS record of {shown(above)} uses digest type {number} ({WEAK_DIGESTS[number]})"
    if any(each.type in STRONG_DIGESTS for each in digests):
        return failed(
            evidence,
            f"{words}, which must not be published any more; resolvers use the stronger one beside"
            " it.",
            severity=Severity.MEDIUM.one_lower,
        )
    return failed(evidence, f"{words}, which must not be used any more.")


def _listed(digests: tuple[dnssec.Digest, ...], keys: tuple[dnssec.Key, ...]) -> str:
    """The algorithms in a few words."""
    words = [
        f"DS {each.tag}: algorithm {_named(each.algorithm)},"
        f" digest {each.type} {DIGESTS.get(each.type, '')}".rstrip()
        for each in digests[:8]
    ]
    words += [f"DNSKEY {each.flags}: algorithm {_named(each.algorithm)}" for each in keys[:8]]
    return "; ".join(words) or "unreadable"


def _named(number: int) -> str:
    return f"{number} {ALGORITHMS.get(number) or WEAK.get(number, '')}".rstrip()


_BITS = 2048  # NIST SP 800-57 part 1: 112 bits of strength, good until 2030
_LEFT = timedelta(days=3)  # a long weekend without anybody who could mend it
# RFC 9276 section 3.2 lets resolvers ignore signatures or refuse answers for any iteration at all;
# those that draw a line draw it here or below
_ITERATIONS_LIMIT = 100


@check(
    id="dns.dnssec.params",
    control="DN-01",
    severity=Severity.LOW,
    requirement=N_("DNSSEC keys are long enough, signatures are fresh, and NSEC3 adds no hashing"),
    rationale=N_(
        "A short key can be computed, and its finder forges answers that verify. Signatures that"
        " nobody renews make the whole domain vanish for resolvers that validate. Each round of"
        " hashing costs every resolver time, so beyond a limit they ignore the signatures or"
        " refuse the answer."
    ),
    remediation=N_(
        "Roll over to algorithm 13 (ECDSA P-256), whose keys are short and strong, let the name"
        " server renew its signatures by itself, and use NSEC3 without extra iterations and salt;"
        " in BIND:\n"
        "\n"
        '    dnssec-policy "modern" {\n'
        "        keys { csk lifetime unlimited algorithm 13; };\n"
        "        signatures-validity 14d; signatures-refresh 5d;\n"
        "        nsec3param iterations 0 optout no salt-length 0;\n"
        "    };\n"
        "\n"
        "In PowerDNS:\n"
        "\n"
        "    pdnsutil set-nsec3 example.com '1 0 0 -'"
    ),
    references=(
        "https://www.rfc-editor.org/rfc/rfc9276#section-3.1",
        "https://www.rfc-editor.org/rfc/rfc6781#section-4.4.2",
        "https://www.rfc-editor.org/rfc/rfc3110#section-2",
    ),
    asks=parameters,
)
def params(dns: Dns, observations: Observations) -> Outcome:
    """Faults first, the worst at the head; then what could not be seen."""
    above = organisation(observations.domain)
    served, chain = dns.answer(above, "DNSKEY"), dns.answer(above, "NSEC3PARAM")
    signatures = _signatures(dns, above)
    outcome = _unsigned(dns, above)
    shows = bool(signatures or chain.rdata)  # that the zone is signed, whoever was not asked
    if outcome is not None and not (shows and outcome.status is Status.UNKNOWN):
        return outcome
    rounds = dnssec.iterations(chain)
    if rounds is not None and rounds > _ITERATIONS_LIMIT:
        return failed(
            by_dig(f"{rounds} iterations", above, "NSEC3PARAM"),
            f"NSEC3 hashes every name {rounds} times more than needed; above {_ITERATIONS_LIMIT}"
            " resolvers ignore the signatures or refuse the answer.",
        )
    outcome = _stale(above, signatures, observations.observed_at)
    if outcome is not None:
        return outcome
    short = min((key.bits for key in dnssec.keys(served) if key.bits), default=_BITS)
    if short < _BITS:
        return _warned(
            by_dig(f"RSA key of {short} bits", above, "DNSKEY"),
            f"A key of {shown(above)} has {short} bits; RSA needs {_BITS}.",
        )
    if rounds:
        return _warned(
            by_dig(f"{rounds} iterations", above, "NSEC3PARAM"),
            f"NSEC3 hashes every name {rounds} times more than needed, which costs resolvers time"
            " and hides nothing.",
        )
    return _rest(served, chain, signatures, rounds)


def _signatures(dns: Dns, above: str) -> tuple[dnssec.Signature, ...]:
    """Every signature that was seen in the zone; a look of ours sees those of the keys."""
    return tuple(
        signature
        for answer in dns.records
        if answer.type == "RRSIG" and is_subdomain(answer.name, above)
        for signature in dnssec.signatures(answer)
    )


def _warned(evidence: Evidence, reason: str) -> Outcome:
    return failed(evidence, reason, severity=Severity.LOW.one_lower)


def _stale(above: str, signatures: tuple[dnssec.Signature, ...], now: datetime) -> Outcome | None:
    """The outcome of signatures that end soon; one that has ended weighs more."""
    if not signatures:
        return None
    first = min(signatures, key=lambda each: each.ends)
    evidence = _until(above, first)
    if first.ends <= now:
        return failed(
            evidence,
            f"A signature of {shown(above)} ended on {first.ends:%Y-%m-%d}: resolvers that validate"
            " refuse what it covers.",
        )
    if first.ends - now < _LEFT:
        return _warned(
            evidence,
            f"A signature of {shown(above)} ends in less than {_LEFT.days} days, on"
            f" {first.ends:%Y-%m-%d %H:%M} UTC: unless it is renewed before, resolvers that"
            " validate refuse the domain.",
        )
    return None


def _until(above: str, signature: dnssec.Signature) -> Evidence:
    return by_dig(
        f"RRSIG of {shown(signature.covers, 20)} ends {signature.ends:%Y-%m-%d %H:%M} UTC",
        above,
        "DNSKEY",
        "+dnssec",
    )


def _rest(
    served: Answer,
    chain: Answer,
    signatures: tuple[dnssec.Signature, ...],
    rounds: int | None,
) -> Outcome:
    """A pass, unless something of it was not seen."""
    above = served.name
    quiet = next((answer for answer in (served, chain) if not answer.known), None)
    if quiet is not None:
        return unknown(silence(quiet), by_dig(quiet.status, above, quiet.type))
    if not signatures:
        return unknown(
            f"The resolver handed out no signatures of the keys of {shown(above)}.",
            by_dig("no RRSIG that can be read", above, "DNSKEY", "+dnssec"),
        )
    keys = dnssec.keys(served)
    if not keys or any(key.bits is None and key.algorithm in dnssec.RSA for key in keys):
        return unknown(
            f"Not every key of {shown(above)} can be read.", by_dig("unreadable", above, "DNSKEY")
        )
    nsec3 = "NSEC3 without iterations" if rounds is not None else "no NSEC3"
    first = min(signatures, key=lambda each: each.ends)
    lengths = ", ".join(f"RSA {key.bits}" for key in keys if key.bits) or "no RSA key"
    return passed(
        by_dig(
            f"signatures end {first.ends:%Y-%m-%d} at the earliest; {lengths}; {nsec3}",
            above,
            "DNSKEY",
            "+dnssec",
        )
    )
