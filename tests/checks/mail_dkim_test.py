"""What the checks of DKIM say, and which selectors are asked for."""

import pytest

from tests.checks.dkim_keys import ed25519_key, record, rsa_key
from tests.checks.healthy import DOMAIN, NOON, dns, observations
from vendor_risk.checks.mail_dkim import dkim_any, dkim_key, selectors
from vendor_risk.checks.observations import Answer, Dns, DnsStatus, Observations
from vendor_risk.checks.tables.selectors import BY_PROVIDER
from vendor_risk.evidence import Severity, Status

BASE = ("_domainkey.shop.example", "TXT")
KEY = ("default._domainkey.shop.example", "TXT")
OTHER = ("mail._domainkey.shop.example", "TXT")
TXT, MX = ("shop.example", "TXT"), ("shop.example", "MX")
NX, FAIL, LATE = DnsStatus.NXDOMAIN, DnsStatus.SERVFAIL, DnsStatus.TIMEOUT
PASSED, FAILED = Status.PASSED, Status.FAILED
UNKNOWN, NOTHING = Status.UNKNOWN, Status.NOT_APPLICABLE
INFO, LOW, MEDIUM = Severity.INFORMATIONAL, Severity.LOW, Severity.MEDIUM
NOWHERE = dict.fromkeys(
    [TXT, MX, BASE, ("shop.example", "A"), ("shop.example", "AAAA"), ("shop.example", "CAA")], NX
)


def look(changes):
    """A healthy look with other DNS answers."""
    return observations(dns=dns(changes))


@pytest.mark.parametrize(
    ("changes", "status", "severity"),
    [
        ({}, PASSED, None),
        ({BASE: NX, KEY: NX}, FAILED, INFO),
        ({BASE: NX, KEY: ("v=DKIM1; p=",)}, UNKNOWN, None),
        ({KEY: NX}, UNKNOWN, None),
        ({KEY: ()}, UNKNOWN, None),
        ({KEY: None}, UNKNOWN, None),
        ({BASE: LATE, KEY: None}, UNKNOWN, None),
        ({BASE: FAIL, KEY: None}, UNKNOWN, None),
        ({BASE: None, KEY: None}, UNKNOWN, None),
        ({KEY: ("v=spf1 -all",)}, UNKNOWN, None),
        ({KEY: ("v=DKIM1; p=",)}, UNKNOWN, None),
        ({KEY: ("v=DKIM1; p=",), OTHER: (record(),)}, PASSED, None),
        ({MX: ("0 .",)}, NOTHING, None),
        ({TXT: ("v=spf1 -all",)}, NOTHING, None),
        ({TXT: ("v=spf1 -all",), BASE: NX, KEY: NX}, NOTHING, None),
        ({MX: ()}, PASSED, None),
        (NOWHERE | {KEY: NX}, NOTHING, None),
    ],
)
def test_mail_dkim_any(changes, status, severity):
    """Only NXDOMAIN at `_domainkey` proves that there is no key; an empty answer proves nothing."""
    outcome = dkim_any(look(changes))

    assert (outcome.status, outcome.severity) == (status, severity)


@pytest.mark.parametrize(
    ("texts", "status", "severity", "word"),
    [
        ((record(),), PASSED, None, ""),
        ((record(rsa_key(512)),), FAILED, MEDIUM, "refuse RSA keys of 512 bits"),
        ((record(rsa_key(1024)),), FAILED, LOW, "only 1024 bits"),
        ((record(h="sha1"),), FAILED, MEDIUM, "hashes"),
        ((record(h="sha1:sha256"),), PASSED, None, ""),
        ((record(t="y:s"),), FAILED, LOW, "test"),
        ((record(rsa_key(1024), t="y"),), FAILED, LOW, "test"),
        ((record("?"),), FAILED, MEDIUM, "no Base64"),
        ((record(""),), PASSED, INFO, "revoked"),
        ((record(ed25519_key(), k="ed25519"),), PASSED, INFO, "Ed25519"),
        ((record(), record(rsa_key(1024))), FAILED, LOW, "several keys"),
        (("something else",), UNKNOWN, None, "usual names"),
        (NX, UNKNOWN, None, "usual names"),
    ],
)
def test_mail_dkim_key(texts, status, severity, word):
    """RFC 8301: at least 1024 bits, better 2048, never with SHA-1 alone."""
    outcome = dkim_key(look({KEY: texts}))

    assert (outcome.status, outcome.severity) == (status, severity)
    assert word in outcome.reason


def test_the_weakest_key_decides():
    """A strong one beside it does not help."""
    outcome = dkim_key(look({OTHER: (record(rsa_key(512)),)}))

    assert outcome.severity is MEDIUM
    assert "mail._domainkey.shop.example" in outcome.evidence.command


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({BASE: NX, KEY: NX}, NOTHING),
        ({BASE: LATE, KEY: None}, UNKNOWN),
        ({TXT: ("v=spf1 -all",)}, NOTHING),
    ],
)
def test_without_a_key_there_is_none_to_judge(changes, status):
    """Whether there should be one is the other check's."""
    assert dkim_key(look(changes)).status is status


def asked(zone, status=DnsStatus.NOERROR):
    """Every selector that is asked for, wave after wave, where a zone holds these records."""
    answers = [
        Answer(name, type, DnsStatus.NOERROR, tuple(rows)) for (name, type), rows in zone.items()
    ]
    for _ in range(9):
        seen = Observations(DOMAIN, NOON, dns=Dns(tuple(answers)))
        known = {(answer.name, answer.type) for answer in answers}
        wanted = [each for each in dict.fromkeys(selectors(seen.dns, seen)) if each not in known]
        answers += [Answer(name, type, status) for name, type in wanted]
    return [
        answer.name.partition(".")[0]
        for answer in answers
        if answer.name.endswith("._domainkey.shop.example")
    ]


MAIL = {MX: ("10 mail.shop.example",), TXT: ("v=spf1 mx -all",)}


def test_a_zone_that_denies_every_key_is_asked_once():
    """RFC 8020: there is nothing below a name that does not exist."""
    assert asked(MAIL, NX) == []


def test_the_common_selectors_are_tried():
    """Two waves of four where nothing tells the provider."""
    assert asked(MAIL) == ["default", "mail", "dkim", "s1", "selector1", "k1", "smtp", "google"]


@pytest.mark.parametrize(
    ("changes", "first"),
    [
        ({MX: ("1 aspmx.l.google.com",)}, ["google"]),
        ({MX: ("1 shop-example.mail.protection.outlook.com",)}, ["selector1", "selector2"]),
        ({TXT: ("v=spf1 include:servers.mcsv.net -all",)}, ["k1", "k2", "k3"]),
        ({TXT: ("v=spf1 include:sendgrid.net -all",)}, ["s1", "s2"]),
        ({TXT: ("v=spf1 redirect=_spf.shop.example",),
          ("_spf.shop.example", "TXT"): ("v=spf1 include:sendgrid.net -all",)}, ["s1", "s2"]),
    ],
)  # fmt: skip
def test_the_selectors_of_the_provider_come_first(changes, first):
    """What MX and SPF say about who handles the mail."""
    assert asked(MAIL | changes)[: len(first)] == first


def test_a_key_that_is_found_ends_the_search():
    """Every question costs."""
    google = {MX: ("1 aspmx.l.google.com",), ("google._domainkey.shop.example", "TXT"): (record(),)}

    assert asked(MAIL | google) == ["google"]


def test_no_domain_is_asked_for_more_than_twenty_selectors():
    """However many providers it names."""
    names = " ".join(f"include:{name}" for name in BY_PROVIDER)

    assert 12 < len(asked(MAIL | {TXT: (f"v=spf1 {names} -all",)})) <= 20


@pytest.mark.parametrize("changes", [{MX: ("0 .",)}, {TXT: ("v=spf1 -all",)}])
def test_a_domain_without_mail_is_not_asked(changes):
    """It signs nothing."""
    assert asked(MAIL | changes) == []
