"""What the checks of dangling names say; each case spoils one fact of a healthy host."""

import json

import pytest

from tests.checks.authority import chain
from tests.checks.conftest import conformance_cases
from tests.checks.healthy import dns, headers, http, observations, page, tls
from vendor_risk.checks import questions as of_all
from vendor_risk.checks.dns_dangling import cname, include
from vendor_risk.checks.observations import DnsStatus, Unreachable
from vendor_risk.checks.referred import CERTIFICATE_LIMIT, PAGE_LIMIT, hosts
from vendor_risk.checks.tables.takeovers import SUFFIXES, provider
from vendor_risk.checks.wildcard import probe
from vendor_risk.evidence import Severity, Status

NX, FAIL, LATE = DnsStatus.NXDOMAIN, DnsStatus.SERVFAIL, DnsStatus.TIMEOUT
PASSED, FAILED = Status.PASSED, Status.FAILED
UNKNOWN, NOTHING = Status.UNKNOWN, Status.NOT_APPLICABLE
CRITICAL, HIGH, MEDIUM = Severity.CRITICAL, Severity.HIGH, Severity.MEDIUM
NS, MX, TXT = ("shop.example", "NS"), ("shop.example", "MX"), ("shop.example", "TXT")
WWW, PROBE = ("www.shop.example", "A"), (probe("shop.example"), "A")
AUTO = ("autodiscover.shop.example", "A")
AZURE, CDN = "old.azurewebsites.net", "old.cdn.example.net"
GONE = dict.fromkeys([("shop.example", type) for type in ("A", "AAAA", "MX", "TXT", "CAA")], NX)


def look(changes, **parts):
    """A healthy look with other DNS answers."""
    return observations(dns=dns(changes), **parts)


def said(outcome):
    """What the tables below compare."""
    return outcome.status, outcome.severity


def alias(name, target, status=NX):
    """Changes that make a name an alias, whose end answers so."""
    return {(name, "CNAME"): (target,), (name, "A"): status}


@pytest.mark.parametrize(
    ("changes", "status", "severity"),
    [
        ({}, PASSED, None),
        (alias("www.shop.example", "edge.example.net", ("192.0.2.1",)), PASSED, None),
        (alias("www.shop.example", AZURE), FAILED, HIGH),
        (alias("autodiscover.shop.example", AZURE), FAILED, HIGH),
        (alias("mail.shop.example", AZURE), FAILED, HIGH),
        (alias("shop.example", AZURE), FAILED, HIGH),
        (alias("www.shop.example", CDN), FAILED, MEDIUM),
        (alias("www.shop.example", "gone.shop.example"), FAILED, MEDIUM),
        (alias("www.shop.example", "azurewebsites.net"), FAILED, MEDIUM),
        (alias("www.shop.example", "notazurewebsites.net"), FAILED, MEDIUM),
        (alias("www.shop.example", CDN) | alias("mail.shop.example", AZURE), FAILED, HIGH),
        (
            alias("www.shop.example", "shop.trafficmanager.net")
            | {("shop.trafficmanager.net", "CNAME"): (AZURE,)},
            FAILED,
            HIGH,
        ),
        (alias("www.shop.example", AZURE, None) | {(AZURE, "A"): NX}, FAILED, HIGH),
        (alias("www.shop.example", AZURE, ()) | {(AZURE, "AAAA"): NX}, PASSED, None),
        (alias("www.shop.example", AZURE, FAIL), UNKNOWN, None),
        (alias("www.shop.example", AZURE, LATE), UNKNOWN, None),
        (alias("www.shop.example", AZURE, None), UNKNOWN, None),
        (alias("www.shop.example", AZURE) | {AUTO: LATE}, FAILED, HIGH),
        ({AUTO: LATE}, UNKNOWN, None),
        ({WWW: None}, UNKNOWN, None),
        ({WWW: None, ("www.shop.example", "CNAME"): ()}, PASSED, None),
        ({PROBE: FAIL}, UNKNOWN, None),
        ({PROBE: None}, PASSED, None),
        ({WWW: NX}, PASSED, None),
        (GONE, NOTHING, None),
    ],
)
def test_dns_cname_dangling(changes, status, severity):
    """Only a target that its zone denies; worse where the next customer gets the name."""
    assert said(cname(look(changes))) == (status, severity)


def test_the_provider_is_named():
    """Who is to be asked for the name."""
    assert "at Microsoft Azure any more" in cname(look(alias("www.shop.example", AZURE))).reason


def test_a_dangling_wildcard_is_told_as_one():
    """Every name below the domain leads there, the three usual ones among them."""
    table = {}
    for name in ("www", "autodiscover", "mail"):
        table |= alias(f"{name}.shop.example", AZURE)

    outcome = cname(look(table | alias(PROBE[0], AZURE)))

    assert outcome.reason.startswith("*.shop.example points to old.azurewebsites.net")
    assert "every name below the domain" in outcome.reason


def test_a_wildcard_that_leads_somewhere_is_no_fault():
    """It answers for every name, and that is all that is known of them."""
    table = dict.fromkeys([WWW, AUTO, PROBE], ("192.0.2.1",))

    assert cname(look(table)).status is PASSED


def test_names_of_the_certificate_and_the_policy_are_looked_at():
    """Those below the organisation, once each, without the stars."""
    names = ("shop.example", "*.shop.example", "pay.shop.example", "shop.example.net", "a.example")
    policy = (
        "default-src 'self' https://cdn.shop.example:443/js/ *.img.shop.example static.example.net;"
        " connect-src wss://live.shop.example pay.shop.example notshop.example"
    )
    seen = look(
        {}, tls=tls(chain_pem=chain(names=names)), http=http(page(headers=headers(csp=policy)))
    )

    assert hosts(seen) == (
        *("shop.example", "www.shop.example", "autodiscover.shop.example", "mail.shop.example"),
        *("pay.shop.example", "cdn.shop.example", "live.shop.example"),
        PROBE[0],
    )


def loading(*scripts):
    """A page that loads some scripts."""
    tags = "".join(f'<script src="{script}"></script>' for script in scripts)
    return http(page(body=f"<html><head>{tags}</head><body>Shop</body></html>"))


def test_names_that_pages_load_from_are_looked_at():
    """Those of the organisation as aliases."""
    seen = look(
        {}, http=loading("https://static.shop.example/a.js", "https://cdn.example.net/b.js")
    )

    assert "static.shop.example" in hosts(seen)
    assert "cdn.example.net" not in hosts(seen)


@pytest.mark.parametrize(
    ("changes", "status", "severity"),
    [
        ({("js.dead.example", "A"): NX, ("dead.example", "SOA"): NX}, FAILED, CRITICAL),
        ({("js.dead.example", "A"): NX, ("dead.example", "SOA"): ()}, PASSED, None),
        ({("js.dead.example", "A"): ("192.0.2.1",)}, PASSED, None),
        ({("js.dead.example", "A"): LATE}, UNKNOWN, None),
    ],
)
def test_the_domains_of_scripts_are_judged(changes, status, severity):
    """Whoever registers one runs code in the pages."""
    outcome = include(look(changes, http=loading("https://js.dead.example/a.js")))

    assert said(outcome) == (status, severity)


def test_a_dangling_name_of_the_certificate_is_found():
    """The look goes on to the names that the handshake tells."""
    seen = look({}, tls=tls(chain_pem=chain(names=("shop.example", "pay.shop.example"))))

    assert ("pay.shop.example", "A") in of_all.questions(seen)

    changes = alias("pay.shop.example", AZURE)
    seen = look(changes, tls=tls(chain_pem=chain(names=("shop.example", "pay.shop.example"))))
    assert "pay.shop.example points to" in cname(seen).reason


def test_a_thousand_names_are_bounded():
    """The usual names, the one that nobody gave, some of the certificate, some of the pages."""
    names = tuple(f"n{number}.shop.example" for number in range(200))
    policy = "img-src " + " ".join(f"p{number}.shop.example" for number in range(200))
    seen = look(
        {}, tls=tls(chain_pem=chain(names=names)), http=http(page(headers=headers(csp=policy)))
    )

    assert len(hosts(seen)) == 5 + CERTIFICATE_LIMIT + PAGE_LIMIT


def test_the_name_that_nobody_gave_is_always_the_same():
    """A stored look can be judged again."""
    assert probe("www.shop.example") == probe("shop.example")
    assert probe("shop.example") == "x0f59463c606c5b0e5d3d.shop.example"


DEAD = ("dead.example", "SOA")
SPF = {TXT: ('"v=spf1 include:_spf.dead.example -all"',)}
VARIES = {TXT: ('"v=spf1 include:%{i}._spf.dead.example -all"',)}
MAIL = {MX: ("10 mx.dead.example",)}


@pytest.mark.parametrize(
    ("changes", "status", "severity"),
    [
        ({}, PASSED, None),
        (SPF | {("_spf.dead.example", "TXT"): NX, DEAD: NX}, FAILED, CRITICAL),
        (SPF | {("_spf.dead.example", "TXT"): NX, DEAD: ("a b 1 2 3 4 5",)}, PASSED, None),
        (SPF | {("_spf.dead.example", "TXT"): NX, DEAD: LATE}, UNKNOWN, None),
        (SPF | {("_spf.dead.example", "TXT"): NX}, UNKNOWN, None),
        (SPF | {("_spf.dead.example", "TXT"): FAIL}, UNKNOWN, None),
        (SPF | {("_spf.dead.example", "TXT"): ('"v=spf1 -all"',)}, PASSED, None),
        (
            {
                TXT: ('"v=spf1 redirect=_spf.example.org"',),
                ("_spf.example.org", "TXT"): ('"v=spf1 include:dead.example -all"',),
                ("dead.example", "TXT"): NX,
                DEAD: NX,
            },
            FAILED,
            CRITICAL,
        ),
        (VARIES | {("_spf.dead.example", "TXT"): NX, DEAD: NX}, FAILED, CRITICAL),
        (VARIES | {("_spf.dead.example", "TXT"): ()}, PASSED, None),
        (VARIES, UNKNOWN, None),
        (MAIL | {("mx.dead.example", "A"): NX, DEAD: NX}, FAILED, CRITICAL),
        (MAIL | {("mx.dead.example", "A"): NX, ("dead.example", "NS"): NX}, FAILED, CRITICAL),
        (MAIL | {("mx.dead.example", "A"): NX, DEAD: ()}, PASSED, None),
        (MAIL | {("mx.dead.example", "A"): ("192.0.2.1",)}, PASSED, None),
        (MAIL | {("mx.dead.example", "A"): LATE}, UNKNOWN, None),
        (MAIL | {("mx.dead.example", "A"): NX, DEAD: NX, ("a.dead.example", "A"): ()},
         PASSED, None),
        (MAIL, UNKNOWN, None),
        ({MX: ("0 .",)}, PASSED, None),
        ({MX: ("10 192.0.2.1",), ("192.0.2.1", "A"): NX, ("2.1", "SOA"): NX}, PASSED, None),
        ({MX: ("10 mx.corp.local",), ("mx.corp.local", "A"): NX}, PASSED, None),
        ({NS: ("ns1.shop.example", "ns.dead.example"), ("ns.dead.example", "A"): NX, DEAD: NX},
         FAILED, CRITICAL),
        (alias("www.shop.example", "www.dead.example") | {DEAD: NX}, FAILED, CRITICAL),
        (alias("www.shop.example", AZURE) | {("azurewebsites.net", "SOA"): ()}, PASSED, None),
        (alias("www.shop.example", AZURE) | {("azurewebsites.net", "SOA"): NX}, FAILED, CRITICAL),
        (alias("www.shop.example", "www.dead.example") | {DEAD: FAIL}, UNKNOWN, None),
        (alias("www.shop.example", "www.dead.example", FAIL), UNKNOWN, None),
        (alias("www.shop.example", "www.dead.example", ()), PASSED, None),
        ({NS: LATE}, UNKNOWN, None),
        ({TXT: FAIL}, UNKNOWN, None),
        ({MX: None}, UNKNOWN, None),
        (GONE, NOTHING, None),
    ],
)  # fmt: skip
def test_dns_include_dangling(changes, status, severity):
    """A domain that the zone above it denies, wherever a record relies on it."""
    assert said(include(look(changes))) == (status, severity)


def test_the_record_and_the_domain_are_named():
    """What to take out, and what somebody could buy."""
    outcome = include(look(MAIL | {("mx.dead.example", "A"): NX, DEAD: NX}))

    assert outcome.reason == (
        "A record (MX) names mx.dead.example, but dead.example does not exist: whoever registers it"
        " receives the mail of the domain."
    )


def asked(changes, **parts):
    """What is left to ask after some answers."""
    return set(of_all.questions(look(changes, **parts)))


def test_a_domain_is_asked_for_only_when_a_name_in_it_is_denied():
    """In good order the answers below it prove that it exists."""
    assert ("mx.dead.example", "A") in asked(MAIL)
    assert DEAD not in asked(MAIL | {("mx.dead.example", "A"): ("192.0.2.1",)})
    assert DEAD in asked(MAIL | {("mx.dead.example", "A"): NX})
    assert ("_spf.dead.example", "TXT") in asked(VARIES)
    assert DEAD in asked(VARIES | {("_spf.dead.example", "TXT"): NX})
    assert DEAD in asked(SPF | {("_spf.dead.example", "TXT"): NX})
    assert DEAD in asked(alias("www.shop.example", "www.dead.example"))
    assert ("azurewebsites.net", "SOA") in asked(alias("www.shop.example", AZURE))
    assert ("_dmarc.example", "SOA") not in asked({})


def test_without_pages_and_certificate_the_usual_names_are_judged():
    """A host that is down still has a zone."""
    nothing = Unreachable("timed out")

    assert cname(look({}, tls=nothing, http=nothing)).status is PASSED


@pytest.mark.parametrize(
    ("target", "name"),
    [
        ("a.azurewebsites.net", "Microsoft Azure"),
        ("a.eu-west-1.elasticbeanstalk.com", "AWS Elastic Beanstalk"),
        ("a.westeurope.cloudapp.azure.com", "Microsoft Azure"),
        ("elasticbeanstalk.com", ""),
        ("lb-1.eu-west-1.elb.amazonaws.com", ""),
        ("www.example.net", ""),
    ],
)
def test_who_hands_a_name_out_again(target, name):
    """Below a suffix of the list, and not the suffix itself."""
    assert provider(target) == name


def test_the_list_agrees_with_the_public_one():
    """Every name of a service that can be taken over is known, and none of the others."""
    entries = json.loads(conformance_cases("takeover-fingerprints.json"))
    names = {
        suffix: entry["vulnerable"]
        for entry in entries
        for suffix in entry["cname"]
        if not suffix.replace(".", "").isdigit()
    }

    assert {name for name, taken in names.items() if taken} == set(SUFFIXES) - {
        "trafficmanager.net"
    }
