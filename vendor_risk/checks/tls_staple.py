"""Checks of revocation and of the names on the certificate: the staple, and whom else it is for."""

from collections.abc import Iterator

from cryptography import x509

from vendor_risk.checks import certificate as certs
from vendor_risk.checks import chain as chains
from vendor_risk.checks import ocsp
from vendor_risk.checks.base import check
from vendor_risk.checks.exhibit import by_handshake
from vendor_risk.checks.facts import fact
from vendor_risk.checks.names import plain
from vendor_risk.checks.observations import Observations, Tls
from vendor_risk.checks.ocsp import Word
from vendor_risk.checks.tls import no_leaf
from vendor_risk.checks.tls_cert import nobody_vouches, verdict_on
from vendor_risk.evidence import (
    N_,
    Outcome,
    Severity,
    failed,
    not_applicable,
    passed,
    unknown,
)


@check(
    id="tls.ocsp.staple",
    control="DP-01",
    severity=Severity.CRITICAL,
    requirement=N_("The certificate is not revoked, and stapled where it promises that"),
    rationale=N_(
        "A certificate is revoked when its key was stolen or it should never have been issued:"
        " whoever holds the key can play the shop. A certificate that promises a staple is refused"
        " by browsers that look for it as soon as the staple is missing or out of date."
    ),
    remediation=N_(
        "Replace a revoked certificate at once, with a new key:\n"
        "\n"
        "    certbot certonly --force-renewal --webroot -w /var/www/html -d shop.example.com\n"
        "\n"
        "Where the certificate promises a staple, let the server send one, or ask for a certificate"
        " without that promise (most authorities no longer answer OCSP at all).\n"
        "\n"
        "nginx:\n"
        "\n"
        "    ssl_stapling on;\n"
        "    ssl_stapling_verify on;\n"
        "    resolver 127.0.0.53;\n"
        "\n"
        "Apache:\n"
        "\n"
        "    SSLUseStapling on\n"
        "    SSLStaplingCache shmcb:/var/run/ocsp(128000)"
    ),
    references=(
        "https://www.rfc-editor.org/rfc/rfc6960",
        "https://www.rfc-editor.org/rfc/rfc6066#section-8",
        "https://www.rfc-editor.org/rfc/rfc7633",
    ),
)
def staple(tls: Tls, observations: Observations) -> Outcome:
    """No staple is no defect, since OCSP is optional for authorities; a broken promise is one."""
    leaf = certs.load(tls.chain_pem[0]) if tls.chain_pem else None
    if leaf is None:
        return no_leaf(tls)
    promised = ocsp.must_staple(leaf)
    asked = tls.staple_b64 != ""
    found = _read(tls, leaf, observations) if tls.staple_b64 else None
    words = str(found) if found else "no staple" if asked else "not asked for a staple"
    promise = ", the certificate promises one" if promised else ""
    evidence = by_handshake(f"{words}{promise}", tls.host, "-status", "-tls1_2")
    if found and found.word is Word.REVOKED:
        when = f" on {found.revoked:%Y-%m-%d}" if found.revoked else ""
        return failed(evidence, f"Its authority revoked the certificate{when}.")
    if found and found.word is Word.GOOD:
        return passed(evidence)
    if promised and found and found.word is Word.UNVERIFIED:
        return unknown(f"The staple {found.word.value}: {found.reason}.", evidence)
    if promised and asked:
        why = f"what it staples {found.word.value}" if found else "it sends none"
        why += f": {found.reason}" if found and found.reason else ""
        reason = f"The certificate promises that the host staples an OCSP response, but {why}."
        return failed(evidence, reason, severity=Severity.HIGH)
    if promised:
        reason = "The certificate promises a staple, and this look could not ask for one."
        return unknown(reason, evidence)
    if promised is None:
        return unknown("The extensions of the served certificate cannot be read.", evidence)
    if nobody_vouches(verdict_on(tls, observations)):
        reason = "No authority that browsers know issued the certificate, so none can revoke it."
        return not_applicable(reason, evidence)
    reason = f"The host does not prove that the certificate is not revoked; {_why(found)}."
    return passed(evidence, reason, severity=Severity.INFORMATIONAL)


def _why(found: ocsp.Staple | None) -> str:
    if found is None:
        return "OCSP is optional, and browsers go by lists of their own"
    return f"what it staples {found.word.value}{': ' if found.reason else ''}{found.reason}"


def _read(tls: Tls, leaf: x509.Certificate, observations: Observations) -> ocsp.Staple:
    """The staple, verified by whoever of the chain or the roots issued the leaf."""
    sent = [certs.load(pem) for pem in (*tls.chain_pem[1:], *tls.extra_roots_pem)]
    wanted = certs.issuer(leaf)
    roots = (root for root in chains.mozilla() if certs.subject(root) == wanted)
    above = tuple(each for each in (*sent, *roots) if each is not None)
    return ocsp.read(tls.staple_b64 or "", leaf, above, observations.observed_at)


@fact(id="tls.cert.names", title=N_("Other names on the certificate"))
def names(tls: Tls) -> Iterator[str]:
    """Hosts that share a certificate share its key and mostly their owner; wildcards first."""
    leaf = certs.load(tls.chain_pem[0]) if tls.chain_pem else None
    if leaf is None:
        return
    found = certs.names(leaf)
    others = dict.fromkeys(each for each in found.dns if plain(each) != plain(tls.host))
    yield from sorted(others, key=lambda each: (not each.startswith("*."), each))
    yield from found.addresses
