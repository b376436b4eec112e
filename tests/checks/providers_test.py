"""Which fourth parties a look shows."""

import pytest

from tests.checks.authority import chain, leaf, root
from tests.checks.healthy import dns, observations, tls
from vendor_risk.checks.facts import facts
from vendor_risk.checks.observations import DnsStatus, Unreachable
from vendor_risk.checks.providers import Provider, Role, mail, name_servers, named, providers, web
from vendor_risk.checks.tables.providers import DNS, MAIL, WEB

MX, TXT, NS = ("shop.example", "MX"), ("shop.example", "TXT"), ("shop.example", "NS")
OWN = {NS: ("ns1.shop.example", "ns2.shop.example")}
NOBODY = Unreachable("timed out")


def found(changes, **parts):
    """The providers of a healthy host with other DNS answers, without its certificate."""
    return providers(observations(**{"tls": NOBODY, "dns": dns(OWN | changes)} | parts))


def test_the_own_names_of_a_vendor_are_nobody():
    """It runs its mail and its name servers by itself."""
    assert found({}) == ()


@pytest.mark.parametrize(
    ("changes", "provider"),
    [
        ({MX: ("1 ASPMX.L.Google.com.",)}, ("Google Workspace", "mail", "MX aspmx.l.google.com")),
        (
            {MX: ("0 shop-example.mail.protection.outlook.com",)},
            ("Microsoft 365", "mail", "MX shop-example.mail.protection.outlook.com"),
        ),
        (
            {TXT: ('"v=spf1 include:sendgrid.net -all"',)},
            ("Twilio SendGrid", "mail", "SPF sendgrid.net"),
        ),
        (
            {NS: ("ns-1.awsdns-42.co.uk",)},
            ("Amazon Route 53", "dns", "NS ns-1.awsdns-42.co.uk"),
        ),
        ({NS: ("amy.ns.cloudflare.com",)}, ("Cloudflare", "dns", "NS amy.ns.cloudflare.com")),
        (
            {("shop.example", "CNAME"): ("d111.cloudfront.net",)},
            ("Amazon CloudFront", "web", "CNAME d111.cloudfront.net"),
        ),
        ({NS: ("ns1.hoster.co.uk",)}, ("hoster.co.uk", "dns", "NS ns1.hoster.co.uk")),
        ({MX: ("5 mx.post.example",)}, ("post.example", "mail", "MX mx.post.example")),
        (
            {TXT: ('"v=spf1 include:%{ir}.%{v}.%{d}.spf.has.pphosted.com -all"',)},
            ("Proofpoint", "mail", "SPF spf.has.pphosted.com"),
        ),
        (
            {TXT: ('"v=spf1 redirect=_spf.mail.example"',)},
            ("mail.example", "mail", "SPF _spf.mail.example"),
        ),
        (
            {MX: ("10 inbound-smtp.eu-west-1.amazonaws.com",)},
            ("Amazon SES", "mail", "MX inbound-smtp.eu-west-1.amazonaws.com"),
        ),
        (
            {("www.shop.example", "CNAME"): ("shop.netlify.app",)},
            ("Netlify", "web", "CNAME shop.netlify.app"),
        ),
    ],
)
def test_a_provider_is_known_by_its_hosts(changes, provider):
    """An unknown one is called by its registrable domain."""
    name, role, evidence = provider

    assert found(changes) == (Provider(name, Role(role), evidence),)


def test_a_provider_counts_once_for_a_role():
    """Five mail hosts of one provider are one; the same company for DNS is another."""
    changes = {
        MX: ("1 aspmx.l.google.com", "5 alt1.aspmx.l.google.com"),
        TXT: ('"v=spf1 include:_spf.google.com -all"',),
        NS: ("ns-cloud-a1.googledomains.com",),
    }

    assert [(each.name, each.role.value) for each in found(changes)] == [
        ("Google Workspace", "mail"),
        ("Google Cloud DNS", "dns"),
    ]


def test_what_a_provider_includes_is_its_own_matter():
    """Only the vendor's record counts."""
    changes = {
        TXT: ('"v=spf1 include:_spf.google.com -all"',),
        ("_spf.google.com", "TXT"): ('"v=spf1 include:other.example -all"',),
    }

    assert [each.name for each in found(changes)] == ["Google Workspace"]


def test_the_longest_suffix_counts():
    """A special service of a provider before the provider."""
    assert named(Role.WEB, "bucket.s3.amazonaws.com") == "Amazon S3"
    assert named(Role.WEB, "lb.eu-west-1.elb.amazonaws.com") == "Amazon Web Services"


@pytest.mark.parametrize("host", ["192.0.2.1", "localhost", "mx.internal", "", "."])
def test_what_is_no_name_of_the_internet_is_nobody(host):
    """An address in an MX record is a fault of its own."""
    assert named(Role.MAIL, host) == ""


def authority(pems):
    """The authorities that a certificate shows."""
    return [
        (each.name, each.evidence)
        for each in found({}, tls=tls(chain_pem=pems))
        if each.role is Role.AUTHORITY
    ]


def test_the_authority_is_known_by_the_issuer():
    """Every spelling of its name is one provider."""
    assert authority(chain()) == [("Let's Encrypt", "issuer Let's Encrypt")]


def test_every_role_is_told():
    """A reader sees each provider beside the host, as fact: mail, names, pages and certificate."""
    changes = {
        MX: ("10 aspmx.l.google.com",),
        NS: ("ns1.desec.io", "ns2.desec.org"),
        ("shop.example", "CNAME"): ("shops.myshopify.com",),
    }
    told = {each.id: each.values for each in facts(observations(dns=dns(OWN | changes)))}

    assert "Let's Encrypt (issuer Let's Encrypt)" in told["tls.provider"]
    assert {"mail.provider", "dns.provider", "web.provider"} <= told.keys()


def test_a_certificate_that_vouches_for_itself_has_no_authority():
    """Nor has one that cannot be read."""
    assert authority((leaf(root(), self_signed=True),)) == []
    assert authority(("nonsense",)) == []
    assert authority(()) == []


def test_without_dns_the_certificate_still_tells():
    """Each part speaks for itself."""
    seen = providers(observations(dns=NOBODY))

    assert [each.role for each in seen] == [Role.AUTHORITY]


def test_a_question_without_an_answer_names_nobody():
    """No provider is made up from silence."""
    assert found({MX: DnsStatus.TIMEOUT, TXT: DnsStatus.SERVFAIL, NS: None}) == ()


def test_the_facts_tell_name_and_record():
    """So that a reader can look for himself."""
    changes = {MX: ("1 aspmx.l.google.com",), NS: ("amy.ns.cloudflare.com",)}
    seen = observations(dns=dns(changes | {("shop.example", "CNAME"): ("shops.myshopify.com",)}))

    assert mail(seen).values == ("Google Workspace (MX aspmx.l.google.com)",)
    assert name_servers(seen).values == ("Cloudflare (NS amy.ns.cloudflare.com)",)
    assert web(seen).values == ("Shopify (CNAME shops.myshopify.com)",)


@pytest.mark.parametrize("table", [MAIL, DNS, WEB], ids=["mail", "dns", "web"])
def test_the_tables_hold_plain_suffixes(table):
    """In lower case, without dots at the ends, each of at least two labels or one that is sold."""
    assert all(suffix == suffix.lower().strip(".") and "." in suffix for suffix in table)
    assert all(name == name.strip() for name in table.values())
