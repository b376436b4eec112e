"""The catalogue as a whole: what it holds, how it is written down, how it answers."""

import json
import re
from pathlib import Path

import pytest

from tests.checks.healthy import DOMAIN, observations, tls
from vendor_risk.checks.catalogue import catalogue, evaluate_json, judge, markdown
from vendor_risk.checks.observations import OBSERVATIONS, Dns, Http, Observations
from vendor_risk.evidence import Severity, Status

DOCS = Path(__file__).parents[2] / "docs"
# Mozilla has a root with the serial number 0.
pytestmark = pytest.mark.filterwarnings("ignore:Parsed a serial number")

EXPECTED = {
    "dns.caa": ("DN-01", "low"),
    "dns.cname.dangling": ("DN-01", "high"),
    "dns.dnssec.alg": ("DN-01", "medium"),
    "dns.dnssec.params": ("DN-01", "low"),
    "dns.dnssec.state": ("DN-01", "high"),
    "dns.include.dangling": ("DN-01", "critical"),
    "dns.ns.count": ("DN-01", "medium"),
    "dns.ns.resolve": ("DN-01", "critical"),
    "dns.resolve": ("DN-01", "critical"),
    "intel.breach": ("DL-01", "high"),
    "intel.domain": ("DN-01", "high"),
    "intel.kev": ("HV-02", "high"),
    "intel.lookalike": ("DN-01", "low"),
    "mail.bimi": ("DN-01", "low"),
    "mail.dane": ("DN-01", "low"),
    "mail.dkim.any": ("DN-01", "low"),
    "mail.dkim.key": ("DN-01", "medium"),
    "mail.dmarc.policy": ("DN-01", "high"),
    "mail.dmarc.present": ("DN-01", "high"),
    "mail.dmarc.reports": ("DN-01", "low"),
    "mail.dmarc.syntax": ("DN-01", "medium"),
    "mail.mtasts": ("DN-01", "medium"),
    "mail.mx": ("DN-01", "medium"),
    "mail.spf.all": ("DN-01", "high"),
    "mail.spf.broad": ("DN-01", "medium"),
    "mail.spf.lookups": ("DN-01", "high"),
    "mail.spf.present": ("DN-01", "high"),
    "mail.spf.syntax": ("DN-01", "high"),
    "mail.starttls": ("DN-01", "medium"),
    "mail.tlsrpt": ("DN-01", "low"),
    "tls.0rtt": ("DP-01", "medium"),
    "tls.cert.chain": ("DP-01", "medium"),
    "tls.cert.expiry": ("DP-01", "critical"),
    "tls.cert.hostname": ("DP-01", "critical"),
    "tls.cert.key": ("DP-01", "high"),
    "tls.cert.lifetime": ("DP-01", "low"),
    "tls.cert.sct": ("DP-01", "medium"),
    "tls.cert.sig": ("DP-01", "high"),
    "tls.cert.trust": ("DP-01", "critical"),
    "tls.cipher.negotiated": ("DP-01", "high"),
    "tls.cipher.weak": ("DP-01", "high"),
    "tls.compression": ("DP-01", "medium"),
    "tls.dane": ("DP-01", "medium"),
    "tls.dh": ("DP-01", "high"),
    "tls.ems": ("DP-01", "medium"),
    "tls.ips": ("DP-01", "medium"),
    "tls.ocsp.staple": ("DP-01", "critical"),
    "tls.proto.legacy": ("DP-01", "high"),
    "tls.proto.negotiated": ("DP-01", "high"),
    "tls.proto.ssl": ("DP-01", "critical"),
    "tls.proto.tls13": ("DP-01", "low"),
    "tls.reach": ("DP-01", "high"),
    "tls.reneg": ("DP-01", "medium"),
    "tls.scsv": ("DP-01", "medium"),
    "web.banner": ("HV-01", "medium"),
    "web.cookie.httponly": ("WB-03", "high"),
    "web.cookie.prefix": ("WB-03", "medium"),
    "web.cookie.samesite": ("WB-03", "medium"),
    "web.cookie.secure": ("WB-03", "high"),
    "web.cors": ("WB-03", "high"),
    "web.csp.present": ("WB-03", "medium"),
    "web.csp.rest": ("WB-03", "low"),
    "web.csp.script": ("WB-03", "medium"),
    "web.csp.syntax": ("WB-03", "low"),
    "web.form.target": ("WB-01", "critical"),
    "web.frame": ("WB-03", "medium"),
    "web.hsts": ("WB-03", "medium"),
    "web.hsts.preload": ("WB-03", "informational"),
    "web.https": ("DP-01", "critical"),
    "web.js.outdated": ("HV-02", "medium"),
    "web.mixed": ("DP-01", "medium"),
    "web.nosniff": ("WB-03", "low"),
    "web.redirect": ("DP-01", "high"),
    "web.referrer": ("WB-03", "low"),
    "web.script.changed": ("WB-01", "high"),
    "web.script.sri": ("WB-01", "high"),
    "web.script.third": ("WB-01", "medium"),
    "web.securitytxt": ("IR-01", "low"),
}


def test_every_check_has_its_control_and_severity():
    """Scores and reports hang on these three words."""
    found = {each.id: (each.control, each.severity.value) for each in catalogue()}

    assert found == EXPECTED


def test_a_healthy_host_passes_everything():
    """No check finds fault with the host that the tests of faults begin with."""
    assert {each.outcome.status for each in judge(observations())} == {Status.PASSED}


def test_a_host_that_nobody_looked_at_is_unknown():
    """Nothing is missing, because nothing was asked."""
    look = Observations(DOMAIN, observations().observed_at)

    assert {each.outcome.status for each in judge(look)} == {Status.UNKNOWN}


@pytest.mark.parametrize("each", catalogue(), ids=lambda each: each.id)
def test_every_check_is_written_for_a_reader(each):
    """A good state, a consequence, an order with something to paste, and the standard."""
    assert not each.requirement.endswith(".")
    assert each.rationale.endswith(".")
    assert re.search(r"^ {4}\S", each.remediation, re.MULTILINE)
    assert all(re.match(r"https://[a-z0-9.-]+/", link) for link in each.references)


@pytest.mark.parametrize(
    "each", [each for each in catalogue() if each.family == "web"], ids=lambda each: each.id
)
def test_a_fault_of_the_pages_is_mended_in_both_servers(each):
    """Whoever runs nginx or Apache finds the lines."""
    assert "nginx:\n\n    " in each.remediation
    assert "Apache:\n\n    " in each.remediation


@pytest.mark.parametrize(
    "look",
    [
        observations(),
        Observations(DOMAIN, observations().observed_at),
        observations(dns=Dns(()), tls=tls(chain_pem=(), protocol=None), http=Http(())),
    ],
    ids=["healthy", "not observed", "empty"],
)
def test_every_outcome_has_evidence(look):
    """A pass can be checked like a fault, and an unknown can be looked at again."""
    without = [each.check for each in judge(look) if not each.outcome.evidence]

    assert without == []


def test_outcomes_as_json():
    """The words of the command line."""
    outcome = next(
        each
        for each in evaluate_json(observations())["outcomes"]
        if each["check"] == "mail.dmarc.policy"
    )

    assert outcome == {
        "check": "mail.dmarc.policy",
        "control": "DN-01",
        "outcome": "passed",
        "severity": None,
        "evidence": {
            "value": "_dmarc.shop.example: v=DMARC1; p=reject; rua=mailto:dmarc@shop.example",
            "command": "dig +noall +comments +answer _dmarc.shop.example TXT",
        },
        "reason": "",
    }


def test_outcomes_go_into_json():
    """Every value is one that JSON knows, the failed and the unknown ones too."""
    look = Observations(DOMAIN, observations().observed_at, tls=observations().tls)

    assert json.loads(json.dumps(evaluate_json(look))) == evaluate_json(look)


def test_the_document_of_the_checks_is_up_to_date():
    """Print it anew with `vendor-risk checks --markdown` when this fails."""
    assert (DOCS / "checks.md").read_text(encoding="utf-8") == markdown()


def example():
    """The full example of the document of observations."""
    text = (DOCS / "observations.md").read_text(encoding="utf-8")
    return text.partition("```json\n")[2].partition("\n```")[0]


def test_the_documented_example_passes():
    """As the document says."""
    look = OBSERVATIONS.validate_json(example())

    assert {each.check: each.outcome.reason for each in judge(look) if not_passed(each)} == {}


def not_passed(each):
    """Whether a judgement is anything but a pass."""
    return each.outcome.status is not Status.PASSED


def test_the_documented_example_names_every_field():
    """What can be written down is shown."""
    fields = set(re.findall(r'"([a-z0-9_]+)":', example()))

    assert not all_fields() - fields


def all_fields():
    """The names of all fields of the format."""
    schema = OBSERVATIONS.json_schema()
    parts = [schema, *schema["$defs"].values()]
    return {name for part in parts for name in part.get("properties", {})}


def test_severities_of_failures_are_never_worse_than_declared():
    """A check may be milder, never harsher, than the catalogue says."""
    declared = {each.id: each.severity for each in catalogue()}
    look = Observations(DOMAIN, observations().observed_at, tls=observations().tls)

    harsher = [
        each.check
        for each in judge(look)
        if (each.outcome.severity or Severity.INFORMATIONAL).rank > declared[each.check].rank
    ]

    assert harsher == []
