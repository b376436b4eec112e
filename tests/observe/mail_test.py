"""Looks at the mail of lab zones: each has its fault and no other."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from vendor_risk.checks.base import CATALOGUE, Tier
from vendor_risk.checks.catalogue import judge
from vendor_risk.checks.observations import (
    OBSERVATIONS,
    Cut,
    DnsStatus,
    Failure,
    Mail,
    NoResponse,
    Response,
    Tls,
    Unreachable,
)
from vendor_risk.evidence import Status
from vendor_risk.observe.look import look
from vendor_risk.observe.target import parse

# Mozilla has a root with the serial number 0.
pytestmark = [pytest.mark.lab, pytest.mark.filterwarnings("ignore:Parsed a serial number")]


@pytest.fixture
def see(lab):
    """One look at a host, now: the lab's certificates live now."""

    def one(name, **settings):
        network = replace(lab.network(), deadline_seconds=10.0, connect_seconds=5.0, **settings)
        return look(parse(name), network, observed_at=datetime.now(UTC))

    return one


def trouble(seen):
    """Every check of mail that did not pass, and how badly."""
    return {
        each.check.removeprefix("mail."): each.outcome.severity or each.outcome.status
        for each in judge(seen)
        if each.family == "mail" and CATALOGUE[each.check].tier is Tier.PASSIVE
        if each.outcome.status is not Status.PASSED
    }


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("good.test", {}),
        ("xn--bcher-kva.shop.test", {}),
        ("insecure.test", {}),
        ("dmarcconsent.test", {}),
        ("softfail.test", {}),
        ("spfredirect.test", {}),
        (
            "sub.good.test",
            {"dkim.any": "not_applicable", "dkim.key": "not_applicable", "mtasts": "low"},
        ),
        ("mxalias.test", {"mx": "medium"}),
        ("mxgone.test", {"mx": "medium"}),
        ("spfsyntax.test", {"spf.syntax": "high"}),
        ("spflookups.test", {"spf.lookups": "high"}),
        ("spfnine.test", {"spf.lookups": "medium"}),
        ("spfvoids.test", {"spf.lookups": "high"}),
        ("spfloop.test", {"spf.lookups": "high"}),
        ("spfbroad.test", {"spf.broad": "medium"}),
        ("dmarcsyntax.test", {"dmarc.syntax": "medium"}),
        ("dmarcoutside.test", {"dmarc.reports": "low"}),
        ("dkimweak.test", {"dkim.key": "medium"}),
        ("dkimrevoked.test", {"dkim.any": "unknown"}),
        ("dkimnone.test", {"dkim.any": "informational", "dkim.key": "not_applicable"}),
        ("stsnone.test", {"mtasts": "low"}),
        ("stsmissing.test", {"mtasts": "medium"}),
        ("stsnohost.test", {"mtasts": "medium"}),
        ("stsredirect.test", {"mtasts": "medium"}),
        ("stswrongcert.test", {"mtasts": "medium"}),
        ("stsothermx.test", {"mtasts": "medium"}),
        ("stslong.test", {"mtasts": "medium"}),
        ("stsendless.test", {"mtasts": "medium"}),
        ("stspacked.test", {"mtasts": "unknown"}),
        ("ststesting.test", {"mtasts": "low"}),
        ("stsprivate.test", {"mtasts": "unknown"}),
        ("tlsrpt.test", {"tlsrpt": "low"}),
        ("bimi.test", {"bimi": "low"}),
        ("dane.test", {"dane": "low"}),
    ],
)
def test_a_zone_has_its_fault_and_no_other(see, name, expected):
    """As a resolver and a web server tell it."""
    assert trouble(see(name)) == expected


def test_the_policy_is_kept_with_how_it_was_served(see):
    """Its text once, the answer without it, and the handshake; JSON brings all of it back."""
    seen = see("good.test")

    assert seen.mail.mta_sts_policy.startswith("version: STSv1\nmode: enforce\nmx: *.good.test\n")
    assert isinstance(seen.mail.mta_sts, Response)
    assert (seen.mail.mta_sts.status, seen.mail.mta_sts.body) == (200, "")
    assert isinstance(seen.mail.mta_sts_tls, Tls)
    assert OBSERVATIONS.validate_json(OBSERVATIONS.dump_json(seen)) == seen


@pytest.mark.parametrize("name", ["stslong.test", "stsendless.test"])
def test_a_policy_longer_than_senders_read_is_none(see, name):
    """RFC 8461 section 3.3 suggests 64 kilobytes; no more of it is kept."""
    mail = see(name).mail

    assert (mail.mta_sts_policy, mail.mta_sts.cut) == (None, Cut.SIZE)
    assert len(mail.mta_sts.body) <= 64 * 1024


def test_no_redirect_to_a_policy_is_followed(see):
    """RFC 8461 section 3.3."""
    mail = see("stsredirect.test").mail

    assert (mail.mta_sts_policy, mail.mta_sts.status) == (None, 301)


def test_nobody_is_visited_where_nothing_is_announced(see):
    """A domain without the record costs no connection."""
    seen = see("stsnone.test")

    assert seen.mail == Mail()
    assert seen.dns.answer("mta-sts.stsnone.test", "A").status is DnsStatus.NOT_ASKED


def test_a_policy_host_inside_is_not_visited(see):
    """The rule for private addresses holds there too."""
    mail = see("stsprivate.test").mail

    assert isinstance(mail.mta_sts, NoResponse)
    assert isinstance(mail.mta_sts_tls, Unreachable)
    assert mail.mta_sts.kind is mail.mta_sts_tls.kind is Failure.BLOCKED


def test_the_policy_of_a_domain_without_a_web_site_is_seen(see):
    """Mail needs no address of the name itself."""
    assert see("noaddress.shop.test").mail.mta_sts_policy is not None


def test_without_a_validating_resolver_nobody_knows_what_is_signed(see, lab):
    """That is our trouble: no other check of mail minds."""
    assert trouble(see("good.test", resolvers=(lab.unvalidating,))) == {"dane": "unknown"}
