"""What the check of MTA-STS says, and how its record and its policy are read."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.checks.authority import NOON, chain
from tests.checks.healthy import POLICY, dns, mail, observations, tls
from vendor_risk.checks.mail_mtasts import mta_sts
from vendor_risk.checks.mtasts import parse, record_fault
from vendor_risk.checks.observations import (
    Cut,
    DnsStatus,
    Failure,
    Mail,
    NoResponse,
    Response,
    Unreachable,
)
from vendor_risk.evidence import Severity, Status

# Mozilla has a root with the serial number 0.
pytestmark = pytest.mark.filterwarnings("ignore:Parsed a serial number")

STS, MX = ("_mta-sts.shop.example", "TXT"), ("shop.example", "MX")
A, AAAA = ("mta-sts.shop.example", "A"), ("mta-sts.shop.example", "AAAA")
HOST = "mta-sts.shop.example"
URL = f"https://{HOST}/.well-known/mta-sts.txt"
NX, FAIL, LATE = DnsStatus.NXDOMAIN, DnsStatus.SERVFAIL, DnsStatus.TIMEOUT
PASSED, FAILED = Status.PASSED, Status.FAILED
UNKNOWN, NOTHING = Status.UNKNOWN, Status.NOT_APPLICABLE
LOW, MEDIUM = Severity.LOW, Severity.MEDIUM


def said(outcome):
    """What the tables below compare."""
    return outcome.status, outcome.severity


@pytest.mark.parametrize(
    ("changes", "status", "severity"),
    [
        ({}, PASSED, None),
        ({STS: ()}, FAILED, LOW),
        ({STS: NX}, FAILED, LOW),
        ({STS: ("v=spf1 -all",)}, FAILED, LOW),
        ({STS: ("v=STSv1; id=1", "v=STSv1; id=2")}, FAILED, MEDIUM),
        ({STS: ("v=STSv1; id=1", "v=spf1 -all")}, PASSED, None),
        ({STS: ("v=STSv1",)}, FAILED, MEDIUM),
        ({STS: ("v=STSv1; id=",)}, FAILED, MEDIUM),
        ({STS: LATE}, UNKNOWN, None),
        ({STS: None}, UNKNOWN, None),
        ({MX: ()}, NOTHING, None),
        ({MX: ("0 .",)}, NOTHING, None),
        ({MX: FAIL}, UNKNOWN, None),
        ({MX: ("1 mail.shop.example", "2 mail2.shop.example")}, FAILED, MEDIUM),
    ],
)
def test_mail_mtasts_in_the_dns(changes, status, severity):
    """One readable record, and a policy that names every mail server."""
    assert said(mta_sts(observations(dns=dns(changes)))) == (status, severity)


def policy(**fields):
    """The good policy with some fields replaced (`mode=None` leaves one out)."""
    table = {"version": "STSv1", "mode": "enforce", "mx": "mail.shop.example", "max_age": "1209600"}
    table |= fields
    return "".join(f"{key}: {value}\n" for key, value in table.items() if value is not None)


@pytest.mark.parametrize(
    ("text", "status", "severity", "word"),
    [
        (POLICY, PASSED, None, ""),
        (POLICY.replace("\n", "\r\n"), PASSED, None, ""),
        (POLICY + "future: field\n\n", PASSED, None, ""),
        (policy(mx="*.shop.example"), PASSED, None, ""),
        (policy(mx="MAIL.shop.example"), PASSED, None, ""),
        (policy(mx="*.mail.shop.example"), FAILED, MEDIUM, "does not name all"),
        (policy(mx="other.example"), FAILED, MEDIUM, "does not name all"),
        (policy(mx="shop.example"), FAILED, MEDIUM, "does not name all"),
        (policy(mode="testing", mx="other.example"), FAILED, MEDIUM, "does not name all"),
        (policy(mode="testing"), FAILED, LOW, "only being tested"),
        (policy(mode="none", mx=None), FAILED, LOW, "off"),
        (policy(max_age="86399"), FAILED, LOW, "within a day"),
        (policy(max_age="86400"), PASSED, None, ""),
        (policy(max_age="31557601"), FAILED, MEDIUM, "max_age"),
        (policy(max_age="soon"), FAILED, MEDIUM, "max_age"),
        (policy(version="STSv2"), FAILED, MEDIUM, "version"),
        (policy(version=None), FAILED, MEDIUM, "version"),
        (policy(mode="Enforce"), FAILED, MEDIUM, "mode"),
        (policy(mx=None), FAILED, MEDIUM, "no mail server"),
        (policy(mx="mail.*.example"), FAILED, MEDIUM, "no host name"),
        (POLICY + "a line\n", FAILED, MEDIUM, "a line is no field"),
        ("", FAILED, MEDIUM, "version"),
        ("<title>Just a moment...</title> window._cf_chl_opt", UNKNOWN, None, "blocked"),
    ],
)
def test_mail_mtasts_policy(text, status, severity, word):
    """RFC 8461 section 3.2; a challenge for bots is no policy and no fault."""
    outcome = mta_sts(observations(mail=mail(mta_sts_policy=text)))

    assert said(outcome) == (status, severity)
    assert word in outcome.reason


def test_a_policy_from_outside_is_judged_by_its_text_alone():
    """An observation made elsewhere may hold nothing more."""
    assert mta_sts(observations(mail=Mail(mta_sts_policy=POLICY))).status is PASSED


def answered(status=200, **facts):
    """A look whose policy host answered without a policy."""
    answer = Response(URL, status, **facts)
    return observations(mail=mail(mta_sts_policy=None, mta_sts=answer))


def nothing(reason, kind, changes=None):
    """A look whose policy host gave nothing."""
    answer = NoResponse(URL, reason, kind)
    trouble = Unreachable(reason, kind)
    return observations(
        dns=dns(changes), mail=mail(mta_sts_policy=None, mta_sts=answer, mta_sts_tls=trouble)
    )


@pytest.mark.parametrize(
    ("look", "status"),
    [
        (observations(mail=Mail()), FAILED),
        (observations(mail=Unreachable("not observed")), UNKNOWN),
        (answered(404), FAILED),
        (answered(301, headers=(("Location", "https://shop.example/mta-sts.txt"),)), FAILED),
        (answered(200, headers=(("Content-Type", "application/octet-stream"),)), FAILED),
        (answered(200, truncated=True, cut=Cut.SIZE), FAILED),
        (answered(200, truncated=True, cut=Cut.TIME), UNKNOWN),
        (answered(200, truncated=True, cut=Cut.BROKEN), UNKNOWN),
        (answered(403), UNKNOWN),
        (answered(503), UNKNOWN),
        (answered(500), UNKNOWN),
        (nothing("refused", Failure.REFUSED), FAILED),
        (nothing("alert", Failure.ALERT), FAILED),
        (nothing("no name", Failure.DNS, {A: NX, AAAA: NX}), FAILED),
        (nothing("no address", Failure.DNS, {A: (), AAAA: ()}), FAILED),
        (nothing("no answer", Failure.DNS, {A: LATE, AAAA: ()}), UNKNOWN),
        (nothing("no answer", Failure.DNS), UNKNOWN),
        (nothing("timed out", Failure.TIMEOUT), UNKNOWN),
        (nothing("reset", Failure.RESET), UNKNOWN),
        (nothing("private: not visited", Failure.BLOCKED), UNKNOWN),
    ],
)
def test_a_record_without_a_policy(look, status):
    """A fault where the host says so; unknown where the look went wrong."""
    outcome = mta_sts(look)

    assert said(outcome) == (status, MEDIUM if status is FAILED else None)


@pytest.mark.parametrize(
    ("facts", "word"),
    [
        ({"chain_pem": chain(names=("other.example",))}, "mta-sts.shop.example"),
        ({"extra_roots_pem": ()}, "root"),
        ({"chain_pem": chain(names=(HOST,), begin=NOON - timedelta(days=99))}, "expired"),
    ],
)
def test_a_bad_certificate_makes_the_policy_void(facts, word):
    """RFC 8461 section 3.3: senders must refuse it."""
    handshake = tls(**{"host": HOST, "chain_pem": chain(names=(HOST,))} | facts)
    outcome = mta_sts(observations(mail=mail(mta_sts_tls=handshake)))

    assert said(outcome) == (FAILED, MEDIUM)
    assert word in outcome.reason


def test_the_certificate_is_judged_for_the_policy_host():
    """Whatever name an outside observation gives to the handshake."""
    handshake = tls(host="shop.example", chain_pem=chain(names=(HOST,)))

    assert mta_sts(observations(mail=mail(mta_sts_tls=handshake))).status is PASSED


def test_the_policy_is_text():
    """RFC 8461 section 3.2 wants text/plain, and senders may insist."""
    page = Response(URL, 200, (("Content-Type", "text/html; charset=utf-8"),))

    assert said(mta_sts(observations(mail=mail(mta_sts=page)))) == (FAILED, LOW)


def test_a_record_that_is_absent_needs_no_policy():
    """What the DNS says is known, whatever became of the rest."""
    look = observations(dns=dns({STS: NX}), mail=Unreachable("not observed"))

    assert mta_sts(look).status is FAILED


def test_the_policy_of_the_organisation_covers_a_host_without_mail():
    """It is judged where the mail is taken."""
    outcome = mta_sts(replace(observations(), domain="www.shop.example"))

    assert outcome.status is PASSED


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("v=STSv1; id=20160831085700Z;", True),
        ("v=STSv1;id=1", True),
        ("v=STSv1; id=1; more=x", True),
        ("v=stsv1; id=1", False),
        ("v=STSv1 id=1", False),
        ("v=STSv1; id=1-2", False),
        ("v=STSv1; id=" + "1" * 33, False),
        ("v=STSv1; id=1; id=1", False),
        ("id=1; v=STSv1", False),
    ],
)
def test_records(text, fits):
    """RFC 8461 section 3.1."""
    assert (record_fault(text) == "") is fits


def test_the_first_of_two_equal_fields_counts():
    """RFC 8461 section 3.2, mx aside."""
    assert parse("mode: testing\nmode: enforce\n").mode == "testing"
