"""Checks that mail to the domain travels encrypted."""

from collections.abc import Iterator
from dataclasses import replace

from vendor_risk.checks.base import Question, Tier, check
from vendor_risk.checks.exhibit import by_dig, by_mail_handshake, not_seen, shown
from vendor_risk.checks.lookup import lookup, preferred_exchanges
from vendor_risk.checks.mail import names, receiver
from vendor_risk.checks.observations import (
    Dns,
    Exchange,
    Mail,
    Observations,
    Tls,
    Unreachable,
)
from vendor_risk.checks.suites import strength
from vendor_risk.checks.tls import hostname, trust
from vendor_risk.checks.tls_session import version
from vendor_risk.checks.tls_versions import NOT_TRIED
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


def exchanges(observations: Observations) -> Iterator[Question]:
    """MX of the host and of its organisation; which of the two takes mail the answers tell."""
    yield from ((name, "MX") for name in names(observations))


@check(
    id="mail.starttls",
    control="DN-01",
    severity=Severity.MEDIUM,
    requirement=N_("The mail servers of the domain offer encryption"),
    rationale=N_(
        "Without it every mail to the vendor, with orders, contracts and passwords in it, crosses"
        " the internet in clear text, for everybody on the way to read and to change."
    ),
    remediation=N_(
        "Give the mail server a certificate and let it offer STARTTLS with TLS 1.2 and 1.3.\n"
        "\n"
        "Postfix:\n"
        "\n"
        "    smtpd_tls_chain_files = /etc/ssl/mail.example.com/chain.pem\n"
        "    smtpd_tls_security_level = may\n"
        "    smtpd_tls_protocols = >=TLSv1.2\n"
        "\n"
        "Exim:\n"
        "\n"
        "    tls_advertise_hosts = *\n"
        "    tls_certificate = /etc/ssl/mail.example.com/fullchain.pem\n"
        "    tls_privatekey  = /etc/ssl/mail.example.com/privkey.pem"
    ),
    references=(
        "https://www.rfc-editor.org/rfc/rfc3207",
        "https://www.rfc-editor.org/rfc/rfc7435",
        "https://www.rfc-editor.org/rfc/rfc8996",
    ),
    asks=exchanges,
    tier=Tier.HANDSHAKES,
    judges_reachability=True,
)
def starttls(
    mail: Mail | Unreachable, dns: Dns | Unreachable, observations: Observations
) -> Outcome:
    """Senders encrypt where they can, and ask for no certificate unless the domain told them to.

    So a certificate that is worth nothing is told, not held against the host; what DANE and
    MTA-STS demand is theirs to judge.
    """
    name = observations.domain
    if isinstance(dns, Dns):
        name = receiver(dns, name)
        answer = lookup(dns, name, "MX")
        if answer.known and not preferred_exchanges(dns, name):
            evidence = by_dig(f"{name}: no host takes mail", name, "MX")
            return not_applicable("The domain takes no mail.", evidence)
    if isinstance(mail, Unreachable) or (mail.starttls is None and not mail.exchanges):
        reason = NOT_TRIED
        if isinstance(mail, Unreachable) and mail.reason != "not observed":
            reason = not_seen(mail.reason, "mail servers")
        return unknown(reason, _repeat("not tried", dns, name))
    if not mail.exchanges:
        words = {True: "STARTTLS offered", False: "STARTTLS not offered"}[bool(mail.starttls)]
        evidence = _repeat(words, dns, name)
        return (
            passed(evidence)
            if mail.starttls
            else failed(evidence, "The mail servers do not offer STARTTLS.")
        )
    return _visited(mail, observations)


def _repeat(value: str, dns: Dns | Unreachable, name: str) -> Evidence:
    hosts = preferred_exchanges(dns, name) if isinstance(dns, Dns) else ()
    return by_mail_handshake(value, hosts[0]) if hosts else by_dig(value, name, "MX")


def _visited(mail: Mail, observations: Observations) -> Outcome:
    """The worst of what the visited hosts showed."""
    seen = "; ".join(map(_words, mail.exchanges))
    for each in mail.exchanges:
        if each.starttls is False:
            why = f": {each.reason}" if each.reason else ""
            reason = f"{shown(each.host, 100)} does not offer STARTTLS{shown(why)}."
            return failed(by_mail_handshake(seen, each.host), reason)
    for each in mail.exchanges:
        fault = _fault(each)
        if fault:
            reason = f"{shown(each.host, 100)} {fault}."
            evidence = by_mail_handshake(seen, each.host)
            return failed(evidence, reason, severity=Severity.MEDIUM.one_lower)
    evidence = by_mail_handshake(seen, mail.exchanges[0].host)
    unclear = [each for each in mail.exchanges if each.starttls is None or not each.protocol]
    if unclear:
        why = unclear[0].reason or "the host gave no clear answer"
        return unknown(shown(f"{unclear[0].host}: {why}."), evidence)
    doubtful = [each.host for each in mail.exchanges if not _is_trusted(each, mail, observations)]
    if doubtful:
        reason = (
            f"The certificate of {shown(doubtful[0], 100)} proves nothing, which senders overlook"
            " unless MTA-STS or DANE tells them to look."
        )
        return passed(evidence, reason, severity=Severity.INFORMATIONAL)
    return passed(evidence)


def _words(each: Exchange) -> str:
    offer = {True: "STARTTLS", False: "no STARTTLS", None: "no answer"}[each.starttls]
    return " ".join(word for word in (f"{each.host}:", offer, each.protocol, each.cipher) if word)


def _fault(each: Exchange) -> str:
    """What is the matter with the encryption of a host, as the end of a sentence."""
    agreed = version(each.protocol) if each.protocol else None
    if agreed is not None and agreed < ("TLS", 1, 2):
        return f"encrypts with nothing better than {each.protocol}"
    if each.cipher and strength(each.cipher).is_broken:
        return f"agrees on the suite {shown(each.cipher, 100)}, which {strength(each.cipher).value}"
    return ""


def _is_trusted(each: Exchange, mail: Mail, observations: Observations) -> bool:
    tls = Tls(each.host, each.chain_pem, extra_roots_pem=mail.extra_roots_pem)
    look = replace(observations, tls=tls)
    return all(judge(look).status is Status.PASSED for judge in (trust, hostname))
