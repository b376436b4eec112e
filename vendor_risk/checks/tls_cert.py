"""Checks of how a certificate was issued and handed out: its chain, its life, its records."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from cryptography import x509

from vendor_risk.checks import certificate as certs
from vendor_risk.checks import chain as chains
from vendor_risk.checks import sct as timestamps
from vendor_risk.checks.base import check
from vendor_risk.checks.chain import Trust, Verdict
from vendor_risk.checks.exhibit import by_certificate, by_chain, shown
from vendor_risk.checks.observations import Observations, Tls
from vendor_risk.checks.tls import no_leaf
from vendor_risk.evidence import (
    N_,
    Outcome,
    Severity,
    failed,
    not_applicable,
    passed,
    unknown,
)


def verdict_on(tls: Tls, observations: Observations) -> Verdict:
    """What tls.cert.trust found; it is worked out once for all checks."""
    return chains.verify(tls.chain_pem, tls.extra_roots_pem, observations.observed_at)


def nobody_vouches(verdict: Verdict) -> bool:
    """Whether neither a public authority nor one that the operator named issued the certificate."""
    return verdict.trust in (Trust.SELF_SIGNED, Trust.PRIVATE_ROOT)


def who(member: x509.Certificate) -> str:
    """The short name of a certificate in a sentence."""
    name = certs.subject(member)
    return "(unreadable)" if name is None else shown(certs.named(name), 60)


@check(
    id="tls.cert.chain",
    control="DP-01",
    severity=Severity.MEDIUM,
    requirement=N_("The server sends every intermediate certificate, in order, and no root"),
    rationale=N_(
        "Browsers on a desk often repair an incomplete chain by themselves; phones, payment"
        " partners and programs don't, so the shop works for the one who tests it and is down for"
        " a part of its customers. What is sent too much makes every visit slower."
    ),
    remediation=N_(
        "Serve one file with the certificate of the server first, then the certificate that signed"
        " it, and so on up to the one below the root:\n"
        "\n"
        "    cat shop.example.com.pem intermediate.pem > fullchain.pem\n"
        "\n"
        "nginx:\n"
        "\n"
        "    ssl_certificate /etc/ssl/shop.example.com/fullchain.pem;\n"
        "\n"
        "Apache 2.4.8 or newer (with no SSLCertificateChainFile beside it):\n"
        "\n"
        "    SSLCertificateFile /etc/ssl/shop.example.com/fullchain.pem\n"
        "\n"
        "Cloudflare serves the chain by itself; a certificate of your own goes up again with the"
        " compatible bundle:\n"
        "\n"
        "    Bundle method: Compatible"
    ),
    references=("https://www.rfc-editor.org/rfc/rfc8446#section-4.4.2",),
)
def chain(tls: Tls, observations: Observations) -> Outcome:
    """Judge what was sent; whether anybody trusts the end of it is asked by tls.cert.trust."""
    sent = [certs.load(pem) for pem in tls.chain_pem]
    if not sent or sent[0] is None:
        return no_leaf(tls)
    read = [member for member in sent if member is not None]
    seen = by_chain(", ".join(who(member) for member in read), tls.host)
    if len(read) < len(sent):
        return unknown(f"{len(sent) - len(read)} of the sent certificates cannot be read.", seen)
    verdict = verdict_on(tls, observations)
    if verdict.trust is Trust.MISSING_INTERMEDIATE:
        return failed(by_chain(str(verdict), tls.host), shown(verdict.reason))
    milder = Severity.MEDIUM.one_lower
    stranger = _out_of_order(read)
    if stranger is not None:
        reason = f"{who(stranger)} does not certify the certificate that was sent before it."
        return failed(seen, f"The order is wrong: {reason}", severity=milder)
    for member in read[1:]:
        if _is_root(member):
            reason = f"The server also sends the root, {who(member)}, which nobody needs."
            return failed(seen, reason, severity=milder)
    if verdict.trust is Trust.SELF_SIGNED:
        return not_applicable("The certificate is self-signed, so there is no chain.", seen)
    if verdict.trust is Trust.UNREADABLE:
        return unknown(shown(verdict.reason), seen)
    if verdict.public is None:
        reason = "The root is not known here, so nobody can tell whether a link is missing."
        return unknown(reason, seen)
    return passed(seen)


def _out_of_order(sent: list[x509.Certificate]) -> x509.Certificate | None:
    """The first certificate that is not the issuer of the one before it."""
    for below, above in pairwise(sent):
        wanted = certs.issuer(below)
        if wanted is None or certs.subject(above) != wanted:
            return above
    return None


def _is_root(member: x509.Certificate) -> bool:
    name = certs.subject(member)
    return name is not None and name == certs.issuer(member) and chains.signed_by(member, member)


# the most days a certificate may live if it was issued from a day on (ballot SC-081v3); in the
# words of the ballot one second more than the difference of the dates, which is let go here
_LIMITS = (
    (datetime(2029, 3, 15, tzinfo=UTC), 47),
    (datetime(2027, 3, 15, tzinfo=UTC), 100),
    (datetime(2026, 3, 15, tzinfo=UTC), 200),
)
_OLD_LIMIT = 398


def longest_life(issued: datetime) -> int:
    """The days that a public authority may let a certificate live that it issues then."""
    return next((days for since, days in _LIMITS if issued >= since), _OLD_LIMIT)


@check(
    id="tls.cert.lifetime",
    control="DP-01",
    severity=Severity.LOW,
    requirement=N_("The certificate lives no longer than the rules of its day of issue allow"),
    rationale=N_(
        "Browsers refuse certificates of public authorities that live longer than the rules allow,"
        " and an authority that issues them makes mistakes elsewhere too. A key that leaks stays"
        " useful to the thief for as long as its certificate lives."
    ),
    remediation=N_(
        "Have the certificate issued again with a shorter life, and let a program renew it, since"
        " the limit falls to 100 days in March 2027 and to 47 in March 2029:\n"
        "\n"
        "    certbot certonly --webroot -w /var/www/html -d shop.example.com \\\n"
        '        --deploy-hook "systemctl reload nginx"\n'
        "\n"
        "With Apache the hook reads:\n"
        "\n"
        '    --deploy-hook "systemctl reload apache2"\n'
        "\n"
        "Cloudflare renews the certificates of Universal SSL by itself."
    ),
    references=(
        "https://cabforum.org/working-groups/server/baseline-requirements/requirements/",
        "https://cabforum.org/2025/04/11/ballot-sc081v3-introduce-schedule-of-reducing-validity-and-data-reuse-periods/",
    ),
)
def lifetime(tls: Tls, observations: Observations) -> Outcome:
    """The beginning of its life stands for the day of issue; the limits bind public authorities."""
    leaf = certs.load(tls.chain_pem[0]) if tls.chain_pem else None
    if leaf is None:
        return no_leaf(tls)
    dates = certs.validity(leaf)
    if dates is None:
        reason = "The dates of the served certificate cannot be read."
        return unknown(reason, by_certificate("unreadable", tls.host, "-dates"))
    begin, end = dates
    life, limit = end - begin, longest_life(begin)
    days = f"{life / timedelta(days=1):.2f}".rstrip("0").rstrip(".")
    seen = f"{begin:%Y-%m-%d} to {end:%Y-%m-%d}: {days} days"
    evidence = by_certificate(seen, tls.host, "-dates")
    if life <= timedelta(days=limit):
        return passed(evidence)
    public = verdict_on(tls, observations).public
    if public is None:
        reason = "It is not known whether a public authority issued the certificate."
        return unknown(f"{reason} One may not let it live {days} days.", evidence)
    if not public:
        reason = "The limits bind public authorities; a private one issued this certificate."
        return not_applicable(reason, evidence)
    reason = f"The certificate lives {days} days; issued on {begin:%Y-%m-%d} it may live {limit}."
    return failed(evidence, reason, severity=Severity.LOW.one_lower)


_SHORT_LIFE = timedelta(days=180)  # Chrome's policy, as Apple's


def timestamps_needed(life: timedelta) -> int:
    """The distinct logs that Chrome and Safari want to see in a certificate of such a life."""
    return 2 if life <= _SHORT_LIFE else 3


@check(
    id="tls.cert.sct",
    control="DP-01",
    severity=Severity.MEDIUM,
    requirement=N_("The certificate carries the proofs that it stands in public logs"),
    rationale=N_(
        "Chrome, Safari and Firefox refuse a public certificate that no log vouches for, so"
        " visitors meet a full-page warning. The logs are also how the owner of a name learns that"
        " somebody got a certificate for it."
    ),
    remediation=N_(
        "Have the certificate issued again without asking the authority to keep it out of the logs;"
        " every public authority embeds the timestamps (SCTs) by itself:\n"
        "\n"
        "    certbot renew --force-renewal --cert-name shop.example.com\n"
        "\n"
        "nginx:\n"
        "\n"
        "    ssl_certificate /etc/letsencrypt/live/shop.example.com/fullchain.pem;\n"
        "\n"
        "Apache:\n"
        "\n"
        "    SSLCertificateFile /etc/letsencrypt/live/shop.example.com/fullchain.pem"
    ),
    references=(
        "https://www.rfc-editor.org/rfc/rfc6962#section-3.3",
        "https://googlechrome.github.io/CertificateTransparency/ct_policy.html",
        "https://support.apple.com/en-us/103214",
    ),
)
def sct(tls: Tls, observations: Observations) -> Outcome:
    """Count the logs in the certificate; what a server sends beside it our hello does not ask for.

    The signatures of the logs are not verified.
    """
    leaf = certs.load(tls.chain_pem[0]) if tls.chain_pem else None
    if leaf is None:
        return no_leaf(tls)
    found = timestamps.embedded(leaf)
    count = len(found.logs)
    seen = f"embedded SCTs: {count} {' '.join(log[:16] for log in found.logs[:8])}".rstrip()
    seen = found.fault or seen
    evidence = by_certificate(seen, tls.host, "-ext", "ct_precert_scts")
    verdict = verdict_on(tls, observations)
    public = verdict.public
    if nobody_vouches(verdict):
        reason = "No public authority issued the certificate, so no public log vouches for it."
        return not_applicable(reason, evidence)
    if public is False:
        reason = (
            "A private authority issued the certificate. Public logs take none of those, so it"
            " needs no proof."
        )
        return passed(evidence, reason, severity=Severity.INFORMATIONAL)
    if found.fault:
        reason = "The proofs of public logs (SCTs) in the certificate cannot be read"
        return unknown(f"{reason}: {found.fault}.", evidence)
    dates = certs.validity(leaf)
    if dates is None:
        return unknown("The dates of the served certificate cannot be read.", evidence)
    needed = timestamps_needed(dates[1] - dates[0])
    if count >= needed:
        return passed(evidence)
    if public is None:
        reason = "Nobody could tell whether a public authority issued the certificate. If one did,"
        return unknown(f"{reason} browsers want proofs of {needed} public logs in it.", evidence)
    if not count:
        reason = (
            "The certificate carries no proof that it stands in a public log. Chrome, Safari and"
            " Firefox refuse it, unless the server sends proofs along with it, which was not asked."
        )
        return failed(evidence, reason)
    days = -((dates[0] - dates[1]) // timedelta(days=1))  # a part of a day counts
    reason = (
        f"The certificate carries proof of {count} public log{'s' if count > 1 else ''}. As it"
        f" lives {days} days, Chrome and Safari want {needed}; else they show visitors a warning."
    )
    return failed(evidence, reason, severity=Severity.MEDIUM.one_lower)
