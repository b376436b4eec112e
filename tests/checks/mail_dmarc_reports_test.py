"""What the checks of syntax and reports of DMARC say."""

import pytest

from tests.checks.healthy import dns, observations
from vendor_risk.checks.dmarc import parse
from vendor_risk.checks.mail_dmarc_reports import dmarc_reports, dmarc_syntax
from vendor_risk.checks.observations import DnsStatus
from vendor_risk.checks.questions import questions
from vendor_risk.evidence import Severity, Status

DMARC = ("_dmarc.shop.example", "TXT")
CONSENT = ("shop.example._report._dmarc.reports.test", "TXT")
NX, FAIL, LATE = DnsStatus.NXDOMAIN, DnsStatus.SERVFAIL, DnsStatus.TIMEOUT
PASSED, FAILED = Status.PASSED, Status.FAILED
UNKNOWN, NOTHING = Status.UNKNOWN, Status.NOT_APPLICABLE
INFO, LOW, MEDIUM = Severity.INFORMATIONAL, Severity.LOW, Severity.MEDIUM


def look(text, changes=None, domain="shop.example"):
    """A healthy look with another DMARC record."""
    given = text if isinstance(text, tuple | DnsStatus) else (text,)
    return observations(domain=domain, dns=dns({DMARC: given} | (changes or {})))


@pytest.mark.parametrize(
    ("text", "status", "severity", "word"),
    [
        ("v=DMARC1; p=reject", PASSED, None, ""),
        (
            "v=DMARC1; p=reject; rua=mailto:a@shop.example!10m; fo=1:d; adkim=s; aspf=r",
            PASSED,
            None,
            "",
        ),
        ("v=DMARC1; p=reject; shiny=yes", PASSED, None, "receivers ignore: shiny"),
        ("v=DMARC1; p=reject; pct=100; ri=86400", PASSED, INFO, "pct, ri: removed"),
        ("v=DMARC1; p=reject; pct=101", PASSED, INFO, "pct: removed"),
        ("v=DMARC1; p=rejct", FAILED, MEDIUM, "p=rejct"),
        ("v=DMARC1; p=reject; rua=dmarc@shop.example", FAILED, MEDIUM, "rua="),
        ("v=DMARC1; p=reject; p=none", FAILED, MEDIUM, "p stands twice"),
        ("v=DMARC1; p reject", FAILED, MEDIUM, "p reject is no tag"),
        ("v=DMARC1; p=reject; sp=bogus; adkim=x", FAILED, MEDIUM, "adkim=x"),
        ("v=dmarc1; p=reject", FAILED, MEDIUM, "do not take it for one"),
        ("v=DMARC1 p=reject", FAILED, MEDIUM, "do not take it for one"),
        (" v=DMARC1; p=reject", FAILED, MEDIUM, "do not take it for one"),
        ("v=DMARC1, p=reject", FAILED, MEDIUM, "do not take it for one"),
        ("some other text", NOTHING, None, "none to judge"),
        ((), NOTHING, None, "none to judge"),
        (FAIL, UNKNOWN, None, "SERVFAIL"),
    ],
)
def test_mail_dmarc_syntax(text, status, severity, word):
    """What receivers skip without a word is told; unknown and removed tags are no fault."""
    outcome = dmarc_syntax(look(text))

    assert (outcome.status, outcome.severity) == (status, severity)
    assert word in outcome.reason


@pytest.mark.parametrize(
    ("at", "status"), [("_dmarc.shop.example", FAILED), ("_dmarc.example", NOTHING)]
)
def test_only_the_own_misspelt_record_is_blamed(at, status):
    """What a public suffix publishes is not the vendor's."""
    changes = {("_dmarc.www.shop.example", "TXT"): (), DMARC: ()} | {(at, "TXT"): ("v=dmarc1",)}

    assert dmarc_syntax(look((), changes, "www.shop.example")).status is status


OUTSIDE = "v=DMARC1; p=reject; rua=mailto:a@shop.example,mailto:b@reports.test"


@pytest.mark.parametrize(
    ("text", "changes", "status", "severity"),
    [
        ("v=DMARC1; p=reject; rua=mailto:a@shop.example", {}, PASSED, None),
        ("v=DMARC1; p=reject; rua=mailto:a@sub.shop.example", {}, PASSED, None),
        ("v=DMARC1; p=reject", {}, FAILED, INFO),
        ("v=DMARC1; p=reject; rua=nobody", {}, FAILED, INFO),
        ("v=DMARC1; p=reject; ruf=mailto:a@shop.example", {}, FAILED, INFO),
        (OUTSIDE, {CONSENT: ("v=DMARC1",)}, PASSED, None),
        (OUTSIDE, {CONSENT: ("v=DMARC1; rua=mailto:c@reports.test",)}, PASSED, None),
        (OUTSIDE, {CONSENT: ("v=spf1 -all",)}, FAILED, LOW),
        (OUTSIDE, {CONSENT: ()}, FAILED, LOW),
        (OUTSIDE, {CONSENT: NX}, FAILED, LOW),
        (OUTSIDE, {CONSENT: LATE}, UNKNOWN, None),
        (OUTSIDE, {}, UNKNOWN, None),
        ("v=DMARC1; p=none; ruf=mailto:b@reports.test", {CONSENT: NX}, FAILED, LOW),
        ((), {}, NOTHING, None),
        (LATE, {}, UNKNOWN, None),
    ],
)
def test_mail_dmarc_reports(text, changes, status, severity):
    """RFC 9990: an outside domain must agree; no address at all is only mentioned."""
    outcome = dmarc_reports(look(text, changes))

    assert (outcome.status, outcome.severity) == (status, severity)


def test_consent_is_asked_for_where_the_record_stands():
    """The record of the organisation speaks for its hosts."""
    look_below = look(OUTSIDE, {("_dmarc.www.shop.example", "TXT"): NX}, "www.shop.example")

    assert CONSENT in questions(look_below)


@pytest.mark.parametrize(
    ("tags", "hosts"),
    [
        ("rua=mailto:a@b.example", ("b.example",)),
        ("rua=mailto:a@B.example!10m, mailto:c@d.example?subject=x", ("b.example", "d.example")),
        ("rua=mailto:a@b.example; ruf=mailto:c@b.example", ("b.example",)),
        ("rua=https://b.example/", ()),
        ("rua=a@b.example", ()),
        ("rua=" + ",".join(f"mailto:a@b{n}.example" for n in range(99)),
         tuple(f"b{n}.example" for n in range(8))),
    ],
)  # fmt: skip
def test_where_reports_go(tags, hosts):
    """The domains of the mail addresses; a size limit may follow one."""
    assert parse(f"v=DMARC1; p=none; {tags}").destinations == hosts
