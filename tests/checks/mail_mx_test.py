"""What the check of the mail servers says."""

import pytest

from tests.checks.healthy import DOMAIN, dns, observations
from vendor_risk.checks.base import CATALOGUE, parts_of
from vendor_risk.checks.mail import mx, receiver
from vendor_risk.checks.observations import Dns, DnsStatus
from vendor_risk.checks.questions import questions
from vendor_risk.evidence import Severity, Status

MX, A, AAAA = ("shop.example", "MX"), ("mail.shop.example", "A"), ("mail.shop.example", "AAAA")
CNAME = ("mail.shop.example", "CNAME")
NX, FAIL, LATE = DnsStatus.NXDOMAIN, DnsStatus.SERVFAIL, DnsStatus.TIMEOUT
PASSED, FAILED = Status.PASSED, Status.FAILED
UNKNOWN, NOTHING = Status.UNKNOWN, Status.NOT_APPLICABLE
INFO, MEDIUM = Severity.INFORMATIONAL, Severity.MEDIUM


@pytest.mark.parametrize(
    ("changes", "status", "severity", "word"),
    [
        ({}, PASSED, None, ""),
        ({MX: ("10 mail.shop.example.",)}, PASSED, None, ""),
        ({A: (), AAAA: ("2001:db8::25",)}, PASSED, None, ""),
        ({MX: ()}, PASSED, INFO, "no MX record"),
        ({MX: ("0 .",)}, PASSED, INFO, "takes no mail"),
        ({MX: ("0 .", "10 mail.shop.example")}, FAILED, MEDIUM, "null MX stands beside"),
        ({CNAME: ("mx.example.net",)}, FAILED, MEDIUM, "an alias (CNAME) of mx.example.net"),
        ({MX: ("10 192.0.2.25",)}, FAILED, MEDIUM, "not a host name"),
        ({MX: ("10 [192.0.2.25]",)}, FAILED, MEDIUM, "not a host name"),
        ({MX: ("10 2001:db8::25",)}, FAILED, MEDIUM, "not a host name"),
        ({A: NX}, FAILED, MEDIUM, "does not exist"),
        ({A: (), AAAA: ()}, FAILED, MEDIUM, "has no address"),
        (
            {MX: ("10 mail.shop.example", "20 b.example"), ("b.example", "A"): NX},
            FAILED,
            MEDIUM,
            "b.example",
        ),
        ({A: (), AAAA: LATE}, UNKNOWN, None, "in time"),
        ({A: FAIL}, UNKNOWN, None, "SERVFAIL"),
        ({A: None}, UNKNOWN, None, "did not ask"),
        (
            {MX: ("10 mail.shop.example", "20 b.example"), A: LATE, ("b.example", "A"): NX},
            FAILED,
            MEDIUM,
            "b.example",
        ),
        ({MX: LATE}, UNKNOWN, None, "in time"),
        (
            {
                MX: NX,
                ("shop.example", "A"): NX,
                ("shop.example", "AAAA"): NX,
                ("shop.example", "TXT"): NX,
                ("shop.example", "CAA"): NX,
            },
            NOTHING,
            None,
            "not exist",
        ),
    ],
)
def test_mail_mx(changes, status, severity, word):
    """Each server is a host name with an address of its own; no server is no fault."""
    outcome = mx(observations(dns=dns(changes)))

    assert (outcome.status, outcome.severity) == (status, severity)
    assert word in outcome.reason


@pytest.mark.parametrize(
    ("answer", "judged"),
    [
        (("10 mx.shop.example",), "login.shop.example"),
        (("0 .",), "shop.example"),
        ((), "shop.example"),
        (LATE, "shop.example"),
    ],
)
def test_incoming_mail_is_judged_where_it_is_taken(answer, judged):
    """At the host where it has servers of its own, else at its organisation."""
    assert receiver(dns({("login.shop.example", "MX"): answer}), "login.shop.example") == judged


def test_only_a_server_without_ipv4_is_asked_for_ipv6():
    """Every question costs."""
    changes = {
        MX: ("1 mail.shop.example", "2 six.example", "3 none.example", "4 192.0.2.1"),
        ("six.example", "A"): (),
        ("none.example", "A"): NX,
    }
    seen = observations(dns=dns(changes))

    wanted = set(CATALOGUE["mail.mx"].asks(**parts_of(CATALOGUE["mail.mx"].asks, seen)))

    assert {name for name, type in wanted if type == "AAAA"} == {"six.example"}


def test_servers_are_asked_for_once_it_is_known_whose_they_are():
    """Before that nobody knows which of two names is judged."""
    wanted = questions(observations(dns=Dns(dns({("shop.example", "TXT"): None}).records)))

    assert ("mail.shop.example", "A") not in wanted
    assert (DOMAIN, "TXT") in wanted
