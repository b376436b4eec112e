"""What the checks of TLS-RPT and DANE say."""

from dataclasses import replace

import pytest

from tests.checks.healthy import dns, observations
from vendor_risk.checks.mail_transport import dane, server_keys, tls_rpt
from vendor_risk.checks.observations import Dns, Dnssec, DnsStatus
from vendor_risk.checks.tlsa import fault
from vendor_risk.evidence import Severity, Status

MX, REPORT = ("shop.example", "MX"), ("_smtp._tls.shop.example", "TXT")
KEY, SECOND = ("_25._tcp.mail.shop.example", "TLSA"), ("_25._tcp.mail2.shop.example", "TLSA")
TWO = {MX: ("1 mail.shop.example", "2 mail2.shop.example")}
NX, FAIL, LATE = DnsStatus.NXDOMAIN, DnsStatus.SERVFAIL, DnsStatus.TIMEOUT
PASSED, FAILED = Status.PASSED, Status.FAILED
UNKNOWN, NOTHING = Status.UNKNOWN, Status.NOT_APPLICABLE
INFO, LOW = Severity.INFORMATIONAL, Severity.LOW
GOOD = "3 1 1 " + "ab" * 32


@pytest.mark.parametrize(
    ("changes", "status", "severity"),
    [
        ({}, PASSED, None),
        ({REPORT: ("v=TLSRPTv1;rua=mailto:a@b.example, https://b.example/r;",)}, PASSED, None),
        ({REPORT: ()}, PASSED, INFO),
        ({REPORT: NX}, PASSED, INFO),
        ({REPORT: ("v=spf1 -all",)}, PASSED, INFO),
        ({REPORT: ("v=TLSRPTv1; rua=mailto:a@b.c", "v=TLSRPTv1; rua=mailto:a@b.c")}, FAILED, LOW),
        ({REPORT: ("v=TLSRPTv1",)}, FAILED, LOW),
        ({REPORT: ("v=tlsrptv1; rua=mailto:a@b.c",)}, FAILED, LOW),
        ({REPORT: ("v=TLSRPTv1; rua=a@b.c",)}, FAILED, LOW),
        ({REPORT: ("v=TLSRPTv1; rua=http://b.c/",)}, FAILED, LOW),
        ({REPORT: ("v=TLSRPTv1; rua=",)}, FAILED, LOW),
        ({REPORT: ("v=TLSRPTv1; rua=mailto:a@b.c; nonsense",)}, FAILED, LOW),
        ({REPORT: LATE}, UNKNOWN, None),
        ({REPORT: None}, UNKNOWN, None),
        ({MX: ("0 .",)}, NOTHING, None),
        ({MX: LATE}, UNKNOWN, None),
    ],
)
def test_mail_tlsrpt(changes, status, severity):
    """A record that is there must be usable; none is only mentioned."""
    outcome = tls_rpt(observations(dns=dns(changes)))

    assert (outcome.status, outcome.severity) == (status, severity)


def signed(changes, signed=True):
    """A look whose answers the resolver vouches for, or all but those of a type."""
    records = tuple(
        replace(answer, authentic=signed if isinstance(signed, bool) else answer.type != signed)
        for answer in dns(changes).records
    )
    return observations(dns=Dns(records, Dnssec.SECURE))


def unvouched(changes):
    """A look through a resolver that does not validate."""
    look = signed(changes, signed=False)
    return replace(look, dns=replace(look.dns, dnssec=Dnssec.UNKNOWN))


@pytest.mark.parametrize(
    ("look", "status", "severity", "word"),
    [
        (signed({KEY: (GOOD,)}), PASSED, None, "not compared"),
        (signed({KEY: (GOOD, "2 0 2 " + "AB" * 64)}), PASSED, None, "not compared"),
        (signed({KEY: ()}), PASSED, INFO, "no keys"),
        (signed({KEY: NX}), PASSED, INFO, "no keys"),
        (signed({KEY: None}, signed=False), PASSED, INFO, "not signed"),
        (signed({KEY: ()}, signed=False), PASSED, INFO, "not signed"),
        (signed({KEY: (GOOD,)}, "TLSA"), FAILED, LOW, "not signed"),
        (signed({KEY: (GOOD,)}, "MX"), FAILED, LOW, "MX records"),
        (signed({KEY: ("0 0 1 " + "ab" * 32,)}), FAILED, LOW, "usage 0"),
        (signed({KEY: ("1 1 1 " + "ab" * 32, GOOD)}), PASSED, None, "not compared"),
        (signed({KEY: ("1 1 1 " + "ab" * 32, "0 0 1 " + "ab" * 32)}), FAILED, LOW, "usage 1"),
        (signed({KEY: ("1 1 1 " + "ab" * 32, "3 1 1 abcd")}), FAILED, LOW, "usage 1"),
        (signed({KEY: (GOOD, "3 1 1 abcd")}), FAILED, LOW, "instead of 64"),
        (signed(TWO | {KEY: (GOOD,), SECOND: (GOOD,)}), PASSED, None, ""),
        (signed(TWO | {KEY: (GOOD,), SECOND: NX}), FAILED, INFO, "mail2.shop.example"),
        (signed(TWO | {KEY: (GOOD,), SECOND: LATE}), UNKNOWN, None, "in time"),
        (signed({KEY: FAIL}), UNKNOWN, None, "SERVFAIL"),
        (signed({KEY: None}), UNKNOWN, None, "did not ask"),
        (signed({MX: ()}), NOTHING, None, ""),
        (signed({MX: LATE}), UNKNOWN, None, ""),
        (observations(dns=dns({KEY: (GOOD,)})), UNKNOWN, None, "Nobody noted"),
        (unvouched({}), UNKNOWN, None, "vouches for nothing"),
        (unvouched({KEY: (GOOD,)}), UNKNOWN, None, "vouches for nothing"),
    ],
)
def test_mail_dane(look, status, severity, word):
    """Keys must be readable, for mail, and signed all the way; none are only mentioned."""
    outcome = dane(look)

    assert (outcome.status, outcome.severity) == (status, severity)
    assert word in outcome.reason


@pytest.mark.parametrize(("vouched", "asked"), [(True, True), (False, False), (None, True)])
def test_keys_are_asked_for_where_senders_would(vouched, asked):
    """DANE begins with MX records that are signed."""
    look = signed({}, vouched) if vouched is not None else observations()

    assert (KEY in set(server_keys(look.dns, look))) is asked


@pytest.mark.parametrize(
    ("rdata", "usable"),
    [
        (GOOD, True),
        ("3 1 1 " + "ab " * 32, True),
        ("2 0 0 3082", True),
        ("1 0 1 " + "ab" * 32, False),
        ("3 2 1 " + "ab" * 32, False),
        ("3 1 3 " + "ab" * 32, False),
        ("3 1 2 " + "ab" * 32, False),
        ("3 1 0 abc", False),
        ("3 1 1 " + "zz" * 32, False),
        ("3 1 1", False),
        ("", False),
    ],
)
def test_tlsa_records(rdata, usable):
    """RFC 6698 section 2.1 with the usages of RFC 7672 section 3.1."""
    assert (fault(rdata) == "") is usable
