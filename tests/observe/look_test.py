"""Whole looks at hosts of the lab."""

import time
import tracemalloc
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from vendor_risk import __version__
from vendor_risk.checks.base import CATALOGUE, Request, check
from vendor_risk.checks.observations import (
    OBSERVATIONS,
    Dnssec,
    DnsStatus,
    Failure,
    Http,
    NoResponse,
    Observations,
    Tls,
    Unreachable,
)
from vendor_risk.evidence import Evidence, Severity, passed
from vendor_risk.observe.addresses import AddressRefused
from vendor_risk.observe.look import look
from vendor_risk.observe.network import Network, ResolverDown
from vendor_risk.observe.target import parse

pytestmark = pytest.mark.lab

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
MEBIBYTE = 1024 * 1024
HOSTILE = (
    "mute.shop.test",
    "tlsdrip.shop.test",
    "headerdrip.shop.test",
    "bodydrip.shop.test",
    "headerflood.shop.test",
    "chunkflood.shop.test",
    "big.shop.test",
    "packed.shop.test",
    "fatredirect.shop.test",
    "nonsense.shop.test",
)


@pytest.fixture
def network(lab):
    """The lab's network, with time enough for a busy machine."""
    return replace(lab.network(), deadline_seconds=10.0, connect_seconds=5.0)


@pytest.fixture
def see(network):
    """One look at a host."""

    def one(name, **settings):
        return look(parse(name), replace(network, **settings), observed_at=NOON)

    return one


def open_files():
    """How many files and sockets this process holds."""
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


def test_a_good_host_is_seen_whole(see, lab):
    """DNS, handshake, pages, and how the look was made."""
    seen = see("good.test")

    assert (seen.domain, seen.observed_at) == ("good.test", NOON)
    assert seen.dns.dnssec is Dnssec.SECURE
    assert seen.dns.answer("good.test", "TXT").rdata == ("v=spf1 mx -all",)
    assert seen.dns.answer("_dmarc.good.test", "TXT").rdata[0].startswith("v=DMARC1; p=reject")
    assert isinstance(seen.tls, Tls)
    assert isinstance(seen.http, Http)
    assert seen.http.get("https://good.test/").status == 200
    assert seen.http.get("http://good.test/").status == 301
    assert seen.method.scanner == f"vendor-risk {__version__}"
    assert seen.method.resolvers == (lab.resolver,)
    assert seen.method.addresses == (lab.address("good.test"),)
    assert seen.method.tls_library.startswith("OpenSSL")
    assert seen.method.user_agent.startswith("vendor-risk/")
    assert 0 < seen.method.seconds < 10


def test_what_was_seen_goes_to_json_and_back(see):
    """Nothing that a host sends breaks the stored form."""
    seen = see("early.shop.test")

    assert OBSERVATIONS.validate_json(OBSERVATIONS.dump_json(seen)) == seen


def test_a_name_in_unicode_is_looked_at_in_ascii(see):
    """The DNS and TLS know it only so."""
    seen = see("bücher.shop.test")

    assert seen.domain == "xn--bcher-kva.shop.test"
    assert seen.http.get("https://xn--bcher-kva.shop.test/").status == 200


def test_questions_follow_the_answers(see):
    """An SPF redirect leads to the record it names."""
    seen = see("spfredirect.test")

    assert seen.dns.answer("_spf.good.test", "TXT").rdata == ("v=spf1 mx:good.test -all",)


def test_the_mail_policy_of_the_organisation_is_asked_for(see):
    """The DMARC tree walk goes up from the host."""
    seen = see("sub.good.test")

    assert seen.dns.answer("_dmarc.sub.good.test", "TXT").status is DnsStatus.NXDOMAIN
    assert seen.dns.answer("_dmarc.good.test", "TXT").rdata


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("nothing.test", "the name does not exist in the DNS"),
        ("noaddress.shop.test", "the name has no address in the DNS"),
        ("bogus.test", "the DNS could not tell its address (SERVFAIL)"),
        ("servfail.test", "the DNS could not tell its address (SERVFAIL)"),
        ("silent.test", "the DNS gave no address in time"),
    ],
)
def test_a_name_without_an_address_has_only_dns(see, name, words):
    """The DNS facts are there; TLS and pages say why they are not."""
    seen = see(name, deadline_seconds=3.0)

    assert seen.dns.records
    assert seen.tls == seen.http == Unreachable(words, Failure.DNS)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("refused.shop.test", Failure.REFUSED),
        ("plain.shop.test", Failure.REFUSED),
        ("alert.shop.test", Failure.ALERT),
        ("reset.shop.test", Failure.RESET),
        ("mute.shop.test", Failure.TIMEOUT),
        ("nottls.shop.test", Failure.OTHER),
    ],
)
def test_a_failed_handshake_stands_for_the_page_too(see, name, kind):
    """Port 443 is not asked again for the page; port 80 has its own answer."""
    seen = see(name, deadline_seconds=3.0)

    assert seen.tls.kind is kind
    page = seen.http.get(f"https://{name}/")
    assert isinstance(page, NoResponse)
    assert (page.reason, page.kind) == (seen.tls.reason, kind)


def test_http_alone_is_seen_beside_a_refused_https(see):
    """That is what tells "no https" from "not there"."""
    assert see("plain.shop.test").http.get("http://plain.shop.test/").status == 200


def test_a_dead_ipv6_address_does_not_hurt(see, lab):
    """The host is seen at its IPv4 address, and both are told."""
    seen = see("deadv6.shop.test")

    assert seen.method.addresses == (lab.address("deadv6.shop.test"), "::1")
    assert seen.tls.address == lab.address("deadv6.shop.test")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("private.shop.test", "points to 10.0.0.7, a private address"),
        ("loopback.shop.test", "points to 127.0.0.1, a loopback address"),
        ("metadata.shop.test", "points to 169.254.169.254, the metadata address"),
        ("mapped.shop.test", "an IPv4 address dressed as IPv6"),
        ("mixed.shop.test", "points to 10.0.0.1, a private address"),
    ],
)
def test_a_host_inside_is_refused(see, name, words):
    """One bad address is enough, and the sentence names it."""
    with pytest.raises(AddressRefused, match=words):
        see(name)


def test_the_lab_itself_is_refused_by_default(see):
    """Without allowed networks no loopback address is visited, and nothing is connected to."""
    with pytest.raises(AddressRefused, match="a loopback address"):
        see("good.test", allow_networks=())


def test_a_dead_resolver_is_our_trouble(see, lab):
    """No observation is made up from it."""
    with pytest.raises(ResolverDown):
        see("good.test", resolvers=(lab.silent,), deadline_seconds=0.5)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_host_is_bounded(see, name):
    """In time by the deadline, in memory by the limits, and it is an observation in the end."""
    tracemalloc.start()
    try:
        began = time.monotonic()
        seen = see(name, deadline_seconds=2.0)
        took = time.monotonic() - began
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert isinstance(seen, Observations)
    assert took < 3 * 2.0
    assert peak < 16 * MEBIBYTE
    assert all(
        len(each.body) <= 512 * 1024 for each in seen.http.responses if hasattr(each, "body")
    )


def test_a_dripping_host_leaves_the_other_port_its_share(see):
    """A tarpit on https does not eat the time of http."""
    seen = see("headerdrip.shop.test", deadline_seconds=2.0)

    assert [each.kind for each in seen.http.responses] == [Failure.TIMEOUT, Failure.TIMEOUT]
    assert seen.method.seconds < 6


def test_no_socket_is_left_open(see):
    """Whatever a host does."""
    see("good.test")
    before = open_files()

    for name in ("good.test", "bodydrip.shop.test", "toprivate.shop.test", "big.shop.test"):
        see(name, deadline_seconds=1.0)

    assert open_files() == before


@pytest.fixture
def wants():
    """Declare, for one test only, a check that wants something of a look."""
    before = dict(CATALOGUE)
    yield lambda **wanted: check(
        id="web.example",
        control="WB-03",
        severity=Severity.LOW,
        requirement="The example is good",
        rationale="A bad example misleads.",
        remediation="Mend the example.",
        references=("https://www.rfc-editor.org/rfc/rfc2606",),
        **wanted,
    )(lambda observations: passed(Evidence("seen", "curl")))
    CATALOGUE.clear()
    CATALOGUE.update(before)


def test_a_check_gets_the_answers_that_it_asks_for(see, wants):
    """A declaration is all that it takes."""
    wants(asks=lambda observations: [("ns1.good.test", "A")])

    assert see("good.test").dns.answer("ns1.good.test", "A").rdata


def test_what_a_page_leads_to_is_asked_after_it(see, wants):
    """Names in a page are looked up too."""
    wants(asks=lambda http: [(f"n{http.responses[0].status}.good.test", "A")])

    seen = see("good.test")

    assert seen.dns.answer("n200.good.test", "A").status is DnsStatus.NXDOMAIN


def test_a_check_gets_the_pages_that_it_asks_for(see, wants):
    """The request of a stranger's script carries his origin; no redirect is followed unasked."""
    stranger = Request("https://echo.shop.test/", "https://stranger.example")
    stay = Request("http://echo.shop.test/stay", follow=False)
    wants(gets=lambda observations: [stranger, stay])

    http = see("echo.shop.test").http

    assert "Origin: https://stranger.example" in http.get(stranger.url, stranger.origin).body
    assert "Origin" not in http.get(stranger.url).body
    assert http.get(stay.url) is not None


def test_questions_without_end_are_bounded(see, wants):
    """A zone whose answers always lead further is left in the end."""
    wants(
        asks=lambda dns: [
            (f"n{len(dns.records)}-{number}.good.test", "TXT") for number in range(50)
        ]
    )

    addresses_of_the_mail_policy = 2
    assert len(see("good.test").dns.records) <= 400 + addresses_of_the_mail_policy


def test_pages_without_end_are_bounded(see, wants):
    """However many pages the checks want, a visitor stays a visitor."""
    wants(gets=lambda observations: [Request(f"https://good.test/{n}") for n in range(50)])

    assert len(see("good.test").http.responses) <= 10


def test_without_a_resolver_nothing_is_looked_at():
    """A network that names none takes the system's; naming a bad one is an error of ours."""
    with pytest.raises(ResolverDown, match="does not answer"):
        look(parse("good.test"), Network(resolvers=("127.0.0.1:1",)), observed_at=NOON)
