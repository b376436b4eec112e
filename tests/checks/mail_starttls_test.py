"""What the checks say of the encryption of mail; each case spoils one fact."""

import pytest

from tests.checks.authority import chain, root
from tests.checks.healthy import dns, observations
from vendor_risk.checks.mail_starttls import starttls
from vendor_risk.checks.observations import Exchange, Mail, Unreachable
from vendor_risk.evidence import Severity, Status

# Mozilla has a root with the serial number 0.
pytestmark = pytest.mark.filterwarnings("ignore:Parsed a serial number")

PASSED, FAILED, UNKNOWN, NOTHING = (
    Status.PASSED,
    Status.FAILED,
    Status.UNKNOWN,
    Status.NOT_APPLICABLE,
)
MX = ("shop.example", "MX")
HOST = "mail.shop.example"


def said(outcome):
    """Status and severity."""
    return outcome.status, outcome.severity


def exchange(**facts):
    """A mail host that encrypts as it should."""
    good = {
        "starttls": True,
        "protocol": "TLSv1.3",
        "cipher": "TLS_AES_256_GCM_SHA384",
        "chain_pem": chain((HOST,)),
    }
    return Exchange(HOST, **good | facts)


def mail(*exchanges):
    """The facts of such hosts."""
    return Mail(exchanges=exchanges, extra_roots_pem=(root().pem,))


@pytest.mark.parametrize(
    ("seen", "outcome"),
    [
        (Mail(starttls=True), (PASSED, None)),
        (Mail(starttls=False), (FAILED, Severity.MEDIUM)),
        (Mail(starttls=None), (UNKNOWN, None)),
        (Unreachable("not observed"), (UNKNOWN, None)),
        (Unreachable("timed out"), (UNKNOWN, None)),
        (mail(exchange()), (PASSED, None)),
        (mail(exchange(), exchange(starttls=False)), (FAILED, Severity.MEDIUM)),
        (mail(exchange(starttls=None, reason="timed out")), (UNKNOWN, None)),
        (mail(exchange(), exchange(starttls=None, reason="timed out")), (UNKNOWN, None)),
        (mail(exchange(protocol=None, reason="the handshake failed")), (UNKNOWN, None)),
        (mail(exchange(protocol="TLSv1")), (FAILED, Severity.LOW)),
        (mail(exchange(protocol="TLSv1.1")), (FAILED, Severity.LOW)),
        (mail(exchange(protocol="TLSv1.2", cipher="RC4-SHA")), (FAILED, Severity.LOW)),
        (mail(exchange(chain_pem=())), (PASSED, Severity.INFORMATIONAL)),
        (mail(exchange(chain_pem=chain())), (PASSED, Severity.INFORMATIONAL)),
    ],
)
def test_mail_starttls(seen, outcome):
    """No offer fails, an old version is milder, a certificate is told, silence is unknown."""
    assert said(starttls(observations(mail=seen))) == outcome


@pytest.mark.parametrize("records", [(), ("0 .",)])
def test_who_takes_no_mail_needs_no_encryption(records):
    """No MX record, or the null one."""
    assert starttls(observations(dns=dns({MX: records}))).status is NOTHING


def test_no_extra_visit_says_so():
    """Nobody shall take it for a fault."""
    reason = starttls(observations(mail=Unreachable("not observed"))).reason

    assert "only where the vendor was told" in reason


def test_the_command_repeats_the_visit():
    """To the host that is at fault."""
    outcome = starttls(observations(mail=mail(exchange(starttls=False))))

    assert outcome.evidence.command == (
        "openssl s_client -starttls smtp -connect mail.shop.example:25 </dev/null"
    )
