"""What the checks of mail say; each case spoils one fact of a healthy host."""

import pytest

from tests.checks.healthy import dns, observations
from vendor_risk.checks.mail import sender
from vendor_risk.checks.mail_dmarc import dmarc_policy, dmarc_present, policy_records
from vendor_risk.checks.mail_spf import spf_all, spf_present
from vendor_risk.checks.observations import DnsStatus
from vendor_risk.evidence import Severity, Status

TXT, MX, A = ("shop.example", "TXT"), ("shop.example", "MX"), ("shop.example", "A")
DMARC, ABOVE = ("_dmarc.shop.example", "TXT"), ("_dmarc.example", "TXT")
NX, FAIL, LATE = DnsStatus.NXDOMAIN, DnsStatus.SERVFAIL, DnsStatus.TIMEOUT
PASSED, FAILED = Status.PASSED, Status.FAILED
UNKNOWN, NOTHING = Status.UNKNOWN, Status.NOT_APPLICABLE
HIGH, MEDIUM = Severity.HIGH, Severity.MEDIUM
NOWHERE = dict.fromkeys(
    [A, ("shop.example", "AAAA"), MX, TXT, ("shop.example", "CAA"), DMARC, ABOVE], NX
)


def look(changes, domain="shop.example"):
    """A healthy look with other DNS answers."""
    return observations(domain=domain, dns=dns(changes))


def said(outcome):
    """What the tables below compare."""
    return outcome.status, outcome.severity


@pytest.mark.parametrize(
    ("changes", "status", "severity"),
    [
        ({}, PASSED, None),
        ({TXT: ('"google-site-verification=x"', '"v=spf1 -all"')}, PASSED, None),
        ({TXT: ('"v=sp" "f1 -all"',)}, PASSED, None),
        ({TXT: ()}, FAILED, HIGH),
        ({TXT: ('"v=spf10 -all"',)}, FAILED, HIGH),
        ({TXT: NX}, FAILED, HIGH),
        ({TXT: ('"v=spf1 -all"', '"v=spf1 mx -all"')}, FAILED, HIGH),
        ({TXT: (), MX: ()}, FAILED, MEDIUM),
        ({TXT: (), MX: ("0 .",)}, FAILED, MEDIUM),
        ({TXT: (), MX: (), DMARC: ('"v=DMARC1; p=quarantine"',)}, FAILED, HIGH),
        ({TXT: (), MX: (), DMARC: ('"v=DMARC1; p=reject; t=y"',)}, FAILED, HIGH),
        ({TXT: (), MX: LATE}, FAILED, HIGH),
        ({TXT: FAIL}, UNKNOWN, None),
        ({TXT: LATE}, UNKNOWN, None),
        ({TXT: None}, UNKNOWN, None),
        (NOWHERE, NOTHING, None),
    ],
)
def test_mail_spf_present(changes, status, severity):
    """Exactly one record; none weighs less where no mail is taken and DMARC rejects."""
    assert said(spf_present(look(changes))) == (status, severity)


def test_a_domain_without_mail_is_not_excused_by_a_name_that_needs_none():
    """Two records are an error whatever the MX says."""
    outcome = spf_present(look({TXT: ('"v=spf1 -all"', '"v=spf1 -all"'), MX: ()}))

    assert said(outcome) == (FAILED, HIGH)


def spf(record, **more):
    """Changes that publish another SPF record."""
    return {TXT: (f'"{record}"',)} | more


@pytest.mark.parametrize(
    ("changes", "status", "severity"),
    [
        (spf("v=spf1 -all"), PASSED, None),
        (spf("v=spf1 +all"), FAILED, HIGH),
        (spf("v=spf1 all"), FAILED, HIGH),
        (spf("v=spf1 ?all"), FAILED, HIGH),
        (spf("v=spf1 mx"), FAILED, HIGH),
        (spf("v=spf1"), FAILED, HIGH),
        (spf("v=spf1 ~all"), PASSED, None),
        (spf("v=spf1 ~all") | {DMARC: ('"v=DMARC1; p=quarantine"',)}, PASSED, None),
        (spf("v=spf1 ~all") | {DMARC: ('"v=DMARC1; p=none"',)}, FAILED, MEDIUM),
        (spf("v=spf1 ~all") | {DMARC: ('"v=DMARC1; p=quarantine; t=y"',)}, FAILED, MEDIUM),
        (spf("v=spf1 ~all") | {DMARC: ()}, FAILED, MEDIUM),
        (spf("v=spf1 ~all") | {DMARC: FAIL}, UNKNOWN, None),
        (
            spf("v=spf1 redirect=b.example") | {("b.example", "TXT"): ('"v=spf1 -all"',)},
            PASSED,
            None,
        ),
        (
            spf("v=spf1 redirect=b.example") | {("b.example", "TXT"): ('"v=spf1 +all"',)},
            FAILED,
            HIGH,
        ),
        (spf("v=spf1 redirect=b.example") | {("b.example", "TXT"): ()}, FAILED, HIGH),
        (spf("v=spf1 redirect=b.example") | {("b.example", "TXT"): LATE}, UNKNOWN, None),
        (spf("v=spf1 redirect=b.example"), UNKNOWN, None),
        (
            spf("v=spf1 include:b.example -all") | {("b.example", "TXT"): ('"v=spf1 +all"',)},
            FAILED,
            HIGH,
        ),
        (
            spf("v=spf1 include:b.example -all") | {("b.example", "TXT"): ('"v=spf1 -all"',)},
            PASSED,
            None,
        ),
        (spf("v=spf1 include:b.example -all"), UNKNOWN, None),
        (spf("v=spf1 include:b.example -all") | {("b.example", "TXT"): LATE}, UNKNOWN, None),
        (spf("v=spf1 include:b.example ?all") | {("b.example", "TXT"): LATE}, FAILED, HIGH),
        (spf("v=spf1 redirect=%{i}.b.example"), UNKNOWN, None),
        (
            spf("v=spf1 redirect=_spf.%{d}") | {("_spf.shop.example", "TXT"): ('"v=spf1 -all"',)},
            PASSED,
            None,
        ),
        ({TXT: ()}, NOTHING, None),
        ({TXT: ('"v=spf1 -all"', '"v=spf1 -all"')}, NOTHING, None),
        ({TXT: FAIL}, UNKNOWN, None),
        (NOWHERE, NOTHING, None),
    ],
)
def test_mail_spf_all(changes, status, severity):
    """-all, or ~all with an enforced DMARC policy; redirect is followed."""
    assert said(spf_all(look(changes))) == (status, severity)


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({}, PASSED),
        ({DMARC: ('"v=DMARC1; p=none"', '"some other text"')}, PASSED),
        ({DMARC: (), ABOVE: ('"v=DMARC1; psd=y; p=reject"',)}, PASSED),
        ({DMARC: ()}, FAILED),
        ({DMARC: NX}, FAILED),
        ({DMARC: NX, ABOVE: None}, FAILED),
        ({DMARC: ('"v=dmarc1; p=reject"',)}, FAILED),
        ({DMARC: ('"v=DMARC1; p=none"', '"v=DMARC1; p=reject"')}, FAILED),
        ({DMARC: FAIL}, UNKNOWN),
        ({DMARC: LATE}, UNKNOWN),
        ({DMARC: None}, UNKNOWN),
        ({DMARC: (), ABOVE: FAIL}, UNKNOWN),
        (NOWHERE, NOTHING),
    ],
)
def test_mail_dmarc_present(changes, status):
    """One record on the walk up the tree; a missing answer is not a missing record."""
    assert dmarc_present(look(changes)).status is status


MAILS = {("www.shop.example", "TXT"): ('"v=spf1 -all"',)}
TAKES = {("www.shop.example", "MX"): ("10 mx.shop.example",)}
SUB = {("www.shop.example", "A"): ("192.0.2.10",), ("_dmarc.www.shop.example", "TXT"): ()}


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        (SUB, PASSED),
        (SUB | {("_dmarc.www.shop.example", "TXT"): LATE}, PASSED),
        (SUB | {DMARC: ()}, FAILED),
        (SUB | {DMARC: ('"v=DMARC1; p=none"', '"v=DMARC1; p=reject"')}, FAILED),
        (SUB | {("_dmarc.www.shop.example", "TXT"): ('"v=DMARC1"', '"v=DMARC1"')}, FAILED),
        (SUB | {DMARC: FAIL}, UNKNOWN),
    ],
)
def test_mail_dmarc_present_below_the_organisation(changes, status):
    """The record of the organisation covers its hosts."""
    assert dmarc_present(look(changes, "www.shop.example")).status is status


def record(text, **more):
    """Changes that publish another DMARC record."""
    return {DMARC: (f'"{text}"',)} | more


@pytest.mark.parametrize(
    ("changes", "status", "severity", "word"),
    [
        (record("v=DMARC1; p=reject"), PASSED, None, ""),
        (record("v=DMARC1; p=reject; sp=reject; np=reject; pct=100"), PASSED, None, ""),
        (record("v=DMARC1; sp=reject; p=reject"), PASSED, None, ""),
        (record("v=DMARC1; p=none"), FAILED, HIGH, "p=none"),
        (record("v=DMARC1; p=none; t=y"), FAILED, HIGH, "p=none"),
        (record("v=DMARC1; p=quarantine"), FAILED, MEDIUM, "spam folder"),
        (record("v=DMARC1; p=reject; t=y"), FAILED, MEDIUM, "t=y"),
        (record("v=DMARC1; p=quarantine; t=y"), FAILED, HIGH, "t=y"),
        (record("v=DMARC1; p=reject; sp=none"), FAILED, MEDIUM, "sp=none"),
        (record("v=DMARC1; p=reject; np=quarantine"), FAILED, MEDIUM, "np=quarantine"),
        (record("v=DMARC1; p=reject; pct=50"), FAILED, MEDIUM, "50 %"),
        (record("v=DMARC1; rua=mailto:a@example.com"), FAILED, HIGH, "p=none"),
        (record("v=DMARC1; p=bogus; rua=mailto:a@example.com"), FAILED, HIGH, "p=none"),
        (record("v=DMARC1; p=reject; sp=bogus"), FAILED, HIGH, "ignore"),
        (record("v=DMARC1"), FAILED, HIGH, "ignore"),
        ({DMARC: ()}, NOTHING, None, "no policy"),
        ({DMARC: FAIL}, UNKNOWN, None, "SERVFAIL"),
        ({DMARC: None}, UNKNOWN, None, "did not ask"),
        (NOWHERE, NOTHING, None, "does not exist"),
    ],
)
def test_mail_dmarc_policy(changes, status, severity, word):
    """Reject for the name and all below it; each weaker wish is named."""
    outcome = dmarc_policy(look(changes))

    assert said(outcome) == (status, severity)
    assert word in outcome.reason


@pytest.mark.parametrize(
    ("changes", "status", "severity"),
    [
        (SUB | record("v=DMARC1; p=reject"), PASSED, None),
        (SUB | record("v=DMARC1; p=none; sp=reject"), FAILED, HIGH),
        (SUB | record("v=DMARC1; p=reject; sp=none"), FAILED, MEDIUM),
        (SUB | record("v=DMARC1; p=reject; sp=quarantine"), FAILED, MEDIUM),
        (SUB | MAILS | record("v=DMARC1; p=none; sp=reject"), PASSED, None),
        (SUB | MAILS | record("v=DMARC1; p=reject; sp=none"), FAILED, HIGH),
        (SUB | TAKES | record("v=DMARC1; p=reject; sp=none"), FAILED, HIGH),
        (SUB | {("_dmarc.www.shop.example", "TXT"): ('"v=DMARC1; p=none"',)}, FAILED, HIGH),
        (
            SUB | {("_dmarc.www.shop.example", "TXT"): ('"v=DMARC1; p=reject; sp=none"',)},
            PASSED,
            None,
        ),
        (SUB | {("_dmarc.www.shop.example", "TXT"): LATE}, UNKNOWN, None),
        (
            SUB
            | record("v=DMARC1; p=reject; np=none")
            | dict.fromkeys([("www.shop.example", "A"), ("www.shop.example", "AAAA")], NX),
            FAILED,
            MEDIUM,
        ),
    ],
)
def test_mail_dmarc_policy_below_the_organisation(changes, status, severity):
    """Mail is sent as the organisation, unless the host has SPF, mail or DMARC of its own."""
    assert said(dmarc_policy(look(changes, "www.shop.example"))) == (status, severity)


@pytest.mark.parametrize(("changes", "at"), [({}, "shop.example"), (MAILS, "www.shop.example")])
def test_dmarc_and_spf_are_judged_for_the_same_name(changes, at):
    """Both findings speak of the name that stands in the vendor's mail."""
    shown = dmarc_policy(look(SUB | changes, "www.shop.example")).evidence.value

    assert sender(dns(SUB | changes), "www.shop.example") == at
    assert shown.startswith("_dmarc" if at == "shop.example" else f"{at} is covered by _dmarc.")


def test_the_policy_asks_whose_mail_it_is():
    """Alone, without the questions of SPF."""
    asked = set(policy_records(look({}, "www.shop.example")))

    assert {("www.shop.example", "MX"), ("www.shop.example", "TXT"), DMARC} <= asked


@pytest.mark.parametrize(
    ("changes", "judged"),
    [
        ({}, "shop.example"),
        ({("login.shop.example", "TXT"): ('"v=spf1 -all"',)}, "login.shop.example"),
        ({("login.shop.example", "MX"): ("10 mx.shop.example",)}, "login.shop.example"),
        ({("login.shop.example", "MX"): ("0 .",)}, "shop.example"),
        ({("login.shop.example", "TXT"): LATE}, "shop.example"),
    ],
)
def test_spf_is_judged_where_mail_comes_from(changes, judged):
    """The organisation, unless the host has mail of its own; the evidence names it."""
    assert sender(dns(changes), "login.shop.example") == judged


def test_the_evidence_names_the_judged_domain():
    """A reader of the finding for login.shop.example sees whose record it is."""
    outcome = spf_present(look({}, "login.shop.example"))

    assert outcome.evidence.value.startswith("shop.example: v=spf1")


def test_the_evidence_names_the_record_that_covers_a_host():
    """The same for DMARC."""
    outcome = dmarc_present(look(SUB, "www.shop.example"))

    assert outcome.evidence.value == (
        "www.shop.example is covered by _dmarc.shop.example:"
        " v=DMARC1; p=reject; rua=mailto:dmarc@shop.example"
    )
