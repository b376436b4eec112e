"""What the check of BIMI says."""

import pytest

from tests.checks.healthy import dns, observations
from vendor_risk.checks.mail_bimi import bimi
from vendor_risk.checks.observations import DnsStatus
from vendor_risk.evidence import Severity, Status

LOGO, DMARC = ("default._bimi.shop.example", "TXT"), ("_dmarc.shop.example", "TXT")
NX, FAIL, LATE = DnsStatus.NXDOMAIN, DnsStatus.SERVFAIL, DnsStatus.TIMEOUT
PASSED, FAILED, UNKNOWN = Status.PASSED, Status.FAILED, Status.UNKNOWN
INFO, LOW = Severity.INFORMATIONAL, Severity.LOW
GOOD = "v=BIMI1; l=https://shop.example/logo.svg; a=https://shop.example/logo.pem"


@pytest.mark.parametrize(
    ("changes", "status", "severity"),
    [
        ({LOGO: (GOOD,)}, PASSED, None),
        ({LOGO: ("v=BIMI1;l=https://shop.example/logo.svg;",)}, PASSED, None),
        ({LOGO: (GOOD + "; avp=brand",)}, PASSED, None),
        ({LOGO: ()}, PASSED, INFO),
        ({LOGO: NX}, PASSED, INFO),
        ({LOGO: ("v=spf1 -all",)}, PASSED, INFO),
        ({LOGO: ("v=BIMI1; l=; a=;",)}, PASSED, INFO),
        ({LOGO: ("v=BIMI1; l=http://shop.example/logo.svg",)}, FAILED, LOW),
        ({LOGO: ("v=BIMI1; l=https://a.b/c.svg; a=self",)}, FAILED, LOW),
        ({LOGO: ("v=BIMI1; a=https://a.b/c.pem",)}, FAILED, LOW),
        ({LOGO: ("v=BIMI1 l=https://a.b/c.svg",)}, FAILED, LOW),
        ({LOGO: (GOOD, GOOD)}, FAILED, LOW),
        ({LOGO: (GOOD,), DMARC: ("v=DMARC1; p=none",)}, FAILED, LOW),
        ({LOGO: (GOOD,), DMARC: ("v=DMARC1; p=quarantine; t=y",)}, FAILED, LOW),
        ({LOGO: (GOOD,), DMARC: ("v=DMARC1; p=quarantine; pct=50",)}, FAILED, LOW),
        ({LOGO: (GOOD,), DMARC: ("v=DMARC1; p=reject; sp=none",)}, FAILED, LOW),
        ({LOGO: (GOOD,), DMARC: ("v=DMARC1; p=quarantine",)}, PASSED, None),
        ({LOGO: (GOOD,), DMARC: ()}, FAILED, LOW),
        ({LOGO: (GOOD,), DMARC: LATE}, UNKNOWN, None),
        ({LOGO: FAIL}, UNKNOWN, None),
        ({LOGO: None}, UNKNOWN, None),
    ],
)
def test_mail_bimi(changes, status, severity):
    """A logo needs https addresses and an enforced DMARC policy; none is only mentioned."""
    outcome = bimi(observations(dns=dns(changes)))

    assert (outcome.status, outcome.severity) == (status, severity)
