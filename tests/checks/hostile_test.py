"""Whatever a hostile host sends, every check answers, shortly and harmlessly."""

import random
import ssl
import time
from base64 import b64encode
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.checks.authority import chain
from tests.checks.dkim_keys import rsa_key
from vendor_risk.checks import dkim, dmarc, mtasts, taglist, tlsa
from vendor_risk.checks.catalogue import catalogue, judge
from vendor_risk.checks.facts import facts
from vendor_risk.checks.mail_mtasts import mta_sts
from vendor_risk.checks.observations import (
    OBSERVATIONS,
    Answer,
    Breach,
    Dns,
    Dnssec,
    DnsStatus,
    Elsewhere,
    Exchange,
    Exploited,
    Failure,
    Feed,
    Handshakes,
    Http,
    Intel,
    JsAdvisory,
    JsLibrary,
    LoggedCertificate,
    Lookalike,
    Mail,
    NoResponse,
    Observations,
    Owner,
    PageScripts,
    Previous,
    Registration,
    Response,
    Tls,
    Unreachable,
)
from vendor_risk.checks.providers import providers
from vendor_risk.checks.questions import questions, requests
from vendor_risk.checks.spf_walk import read
from vendor_risk.evidence import Outcome, Status

# Mozilla has a root with the serial number 0.
pytestmark = pytest.mark.filterwarnings("ignore:Parsed a serial number")

LEAF, ABOVE = chain()
HOST = "shop.example"
NAMES = st.sampled_from(
    [
        *(HOST, "www.shop.example", "_dmarc.shop.example", "b.example", "example", "", "."),
        *("ä.example", "_mta-sts.shop.example", "_smtp._tls.shop.example", "mx.shop.example"),
        *("default._bimi.shop.example", "default._domainkey.shop.example", "_25._tcp.b.example"),
        *("_domainkey.shop.example", "shop.example._report._dmarc.b.example"),
    ]
)
KEY = rsa_key(512)
GRAMMAR = st.lists(
    st.sampled_from(
        [
            *(
                "v=spf1",
                "v=DMARC1",
                " ",
                ";",
                "=",
                ":",
                "/",
                ",",
                "%{",
                "}",
                '"',
                "\\",
                "\x00",
                "\n",
            ),
            *(
                "include:",
                "redirect=",
                "exp=",
                "+all",
                "~all",
                "a",
                "mx",
                "ip4:1.2.3.4",
                "b.example",
            ),
            *(
                "p=",
                "sp=",
                "reject",
                "none",
                "t=y",
                "pct=",
                "9" * 5000,
                "rua=mailto:a@b.c",
                "psd=y",
            ),
            *(
                "257 3 8 ",
                "1 0 150 -",
                "A 8 2 60 20261122 1",
                "2001:db8::1",
                "192.0.2.1",
                "fe80::1%a",
            ),
            *("v=DKIM1", "p=" + KEY, "k=", "ed25519", "h=sha1", "s=", "v=STSv1", "id=1", "a" * 300),
            *("v=TLSRPTv1", "rua=https://b.example", "v=BIMI1", "l=https://b.example", "10 "),
            *("version: STSv1", "mode: enforce", "max_age: 9", "mx: *.", "3 1 1 ", "ab" * 32),
            *("mx/8", "a:b.example//0", "exists:%{d}", "ptr", "ip6:::/0", "10 b.example", "0 ."),
            *("0 issue ", "128 ", "letsencrypt.org", "\\# 4 00", "max-age=", "includeSubDomains"),
            *(
                "default-src",
                "'self'",
                "<meta http-equiv=",
                "content-security-policy",
                "<head>",
                "script-src 'unsafe-inline' *.",
                "'nonce-a'",
                "frame-ancestors ",
                "__Host-",
                "session=a",
                "Secure",
                "SameSite=",
                "Expires=",
                "PHP/5.6",
                "<meta name=generator content=",
                "<meta name=referrer content=",
                "<script src=",
                "<base href=",
                "<form action=",
                "<input name=cvv>",
                "<a href=/checkout>",
                "Contact: ",
                "Expires: ",
                "-----BEGIN PGP SIGNED MESSAGE-----",
                "/jquery-1.2.3.js",
                ">",
            ),
            *(
                "http://",
                "https://",
                "shop.example",
                "//",
                "[",
                "]",
                "@",
                "?",
                "#",
                "\ud800",
                "\u202e",
            ),
        ]
    ),
    max_size=12,
).map("".join)
TEXT = st.one_of(GRAMMAR, st.text(max_size=60))
HEADER = st.sampled_from(
    [
        *("Location", "Content-Type", "Strict-Transport-Security", "Content-Security-Policy"),
        *("content-security-policy-report-only", "cf-mitigated", "X-Frame-Options"),
        *("X-Content-Type-Options", "Referrer-Policy", "Set-Cookie", "Server", "X-Powered-By"),
        *("Access-Control-Allow-Origin", "Access-Control-Allow-Credentials", "Permissions-Policy"),
    ]
)
URL = st.one_of(
    st.sampled_from(
        [
            *("http://shop.example/", "https://shop.example/", "https://shop.example/a"),
            "https://shop.example/.well-known/security.txt",
        ]
    ),
    TEXT,
)
RECORDS = st.builds(
    Answer,
    NAMES,
    st.sampled_from(
        [
            *("A", "AAAA", "MX", "TXT", "CAA", "CNAME", "DS", "DNSKEY"),
            *("NS", "SOA", "RRSIG", "NSEC3PARAM", "HTTPS", "TLSA"),
        ]
    ),
    st.sampled_from([DnsStatus.NOERROR, *DnsStatus]),
    st.lists(TEXT, max_size=3).map(tuple),
    st.sampled_from([True, False, None]),
)
UNREACHABLE = st.builds(Unreachable, TEXT, st.one_of(st.none(), st.sampled_from(Failure)))
RESPONSES = st.builds(
    Response,
    URL,
    st.sampled_from([200, 301, 302, 403, 404, 500, 0, -1, 10**9]),
    st.lists(st.tuples(HEADER, TEXT), max_size=5).map(tuple),
    TEXT,
    st.booleans(),
    origin=st.sampled_from([None, None, "https://stranger.example"]),
)
FAILURES = st.builds(NoResponse, URL, TEXT, st.one_of(st.none(), st.sampled_from(Failure)))
ANSWERS = st.one_of(RESPONSES, FAILURES)
PEMS = st.one_of(st.sampled_from([LEAF, ABOVE, LEAF[:200], LEAF.replace("M", "N"), ""]), TEXT)
MAYBE = st.one_of(st.none(), st.booleans())
COUNT = st.one_of(st.none(), st.integers(-1, 2**40))
WORD = st.one_of(st.none(), TEXT)
VERSIONS = st.dictionaries(
    st.one_of(st.sampled_from(["SSLv2", "SSLv3", "TLSv1", "TLSv1.1", "TLSv1.3"]), TEXT), MAYBE
)
CHAINS = st.lists(PEMS, max_size=3).map(tuple)
ELSEWHERE = st.builds(
    Elsewhere, TEXT, WORD, WORD, CHAINS, VERSIONS, WORD, st.one_of(st.none(), st.just("refused"))
)
EXTRA = st.builds(
    Handshakes,
    st.dictionaries(st.one_of(st.sampled_from(["null", "rc4", "cbc"]), TEXT), MAYBE),
    st.dictionaries(st.sampled_from(["null", "rc4", "cbc"]), TEXT),
    *(MAYBE, COUNT, MAYBE, MAYBE, MAYBE, MAYBE, MAYBE, WORD, WORD),
    st.lists(ELSEWHERE, max_size=2).map(tuple),
)
STAPLES = st.one_of(st.none(), TEXT, st.binary(max_size=80).map(lambda b: b64encode(b).decode()))
TLS = st.one_of(
    st.builds(
        Tls,
        st.one_of(st.just(HOST), TEXT),
        CHAINS,
        *(WORD, WORD, WORD, STAPLES, VERSIONS),
        address=WORD,
        group=WORD,
        early_data=COUNT,
        handshakes=st.one_of(st.none(), EXTRA),
    ),
    UNREACHABLE,
)
MAILS = st.one_of(
    st.builds(
        Mail,
        WORD,
        MAYBE,
        st.lists(st.builds(Exchange, TEXT, MAYBE, WORD, WORD, WORD, CHAINS), max_size=2).map(tuple),
        mta_sts=st.one_of(st.none(), ANSWERS),
        mta_sts_tls=st.one_of(st.none(), TLS),
    ),
    UNREACHABLE,
)
FEEDS = st.sampled_from(["kev", "breaches", "registration", "lookalikes"])
BREACHES = st.builds(
    Breach,
    TEXT,
    TEXT,
    st.one_of(st.just(HOST), TEXT),
    st.dates(),
    st.integers(),
    st.lists(TEXT).map(tuple),
    st.booleans(),
)
LOOKS = st.builds(
    Observations,
    st.one_of(st.sampled_from([HOST, "www.shop.example"]), TEXT),
    st.datetimes(timezones=st.just(UTC)),
    st.one_of(
        st.builds(Dns, st.lists(RECORDS, max_size=12).map(tuple), st.sampled_from(Dnssec)),
        UNREACHABLE,
    ),
    TLS,
    st.one_of(st.builds(Http, st.lists(ANSWERS, max_size=6).map(tuple)), UNREACHABLE),
    MAILS,
    declared=st.lists(st.one_of(URL, st.just("https://shop.example/a")), max_size=6).map(tuple),
    owners=st.one_of(st.none(), st.lists(st.builds(Owner, TEXT, TEXT, TEXT)).map(tuple)),
    previous=st.one_of(
        st.none(),
        st.builds(
            Previous,
            st.datetimes(timezones=st.just(UTC)),
            st.lists(st.builds(PageScripts, URL)).map(tuple),
        ),
    ),
    intel=st.builds(
        Intel,
        st.one_of(
            st.none(),
            st.just((JsLibrary("jquery", advisories=(JsAdvisory("9", "high"),)),)),
            st.lists(
                st.builds(
                    JsLibrary,
                    TEXT,
                    uris=st.lists(TEXT).map(tuple),
                    advisories=st.lists(st.builds(JsAdvisory, TEXT, TEXT, TEXT)).map(tuple),
                )
            ).map(tuple),
        ),
        feeds=st.lists(st.builds(Feed, FEEDS, st.none(), TEXT, TEXT, TEXT), max_size=2).map(tuple),
        breaches=st.one_of(st.none(), st.lists(BREACHES, max_size=2).map(tuple)),
        exploited=st.one_of(st.none(), st.lists(st.builds(Exploited, TEXT, TEXT, TEXT)).map(tuple)),
        registration=st.one_of(
            st.none(),
            st.builds(
                Registration,
                st.one_of(st.just(HOST), TEXT),
                st.one_of(st.none(), st.datetimes(timezones=st.just(UTC))),
                st.lists(TEXT).map(tuple),
                TEXT,
                TEXT,
            ),
        ),
        lookalikes=st.one_of(
            st.none(),
            st.lists(
                st.builds(Lookalike, TEXT, TEXT, exchanges=st.lists(TEXT).map(tuple)), max_size=3
            ).map(tuple),
        ),
        certificates=st.one_of(
            st.none(),
            st.lists(st.builds(LoggedCertificate, st.lists(TEXT).map(tuple), TEXT), max_size=3).map(
                tuple
            ),
        ),
    ),
)
MANY = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)


@MANY
@given(LOOKS)
def test_every_fact_is_told_and_never_raises(look):
    """Texts that are short and on one line."""
    for fact in facts(look):
        assert all(value.isprintable() and len(value) <= 300 for value in fact.values)


@MANY
@given(LOOKS)
def test_providers_are_told_and_never_raise(look):
    """Whatever stands in records and certificates."""
    for provider in providers(look):
        assert len(provider.name) <= 100
        assert f"{provider.name}{provider.evidence}".isprintable()


@MANY
@given(LOOKS)
def test_every_check_answers_and_never_raises(look):
    """An outcome each, with what was seen and a command, short and on one line."""
    for told in facts(look):
        assert all(len(value) <= 300 and value.isprintable() for value in told.values)
    for judged in judge(look):
        outcome = judged.outcome
        assert isinstance(outcome, Outcome)
        assert outcome.evidence
        assert outcome.evidence.value
        assert 0 < len(outcome.evidence.command) < 2000
        assert outcome.evidence.command.isprintable()
        for text in (outcome.reason, outcome.evidence.value):
            assert len(text) <= 700
            assert text.isprintable()


@MANY
@given(LOOKS)
def test_questions_are_bounded(look):
    """However hostile the name and its zone, a scanner is told to ask a handful."""
    assert len(questions(look)) < 160
    assert len(requests(look)) < 10


@MANY
@given(TEXT)
def test_no_parser_of_mail_policies_raises(text):
    """Whatever a zone or a web server says is read to its end, and faults are words."""
    assert str(dkim.parse(text)).isprintable()
    assert isinstance(taglist.read(text), dict | None)
    assert isinstance(mtasts.record_fault(text), str)
    assert all(isinstance(fault, str) for fault in mtasts.parse(text).faults)
    assert isinstance(tlsa.fault(text), str)
    assert isinstance(dmarc.parse(text).destinations, tuple)
    assert dmarc.is_meant(text) in (True, False)


@MANY
@given(st.dictionaries(NAMES, TEXT, max_size=6))
def test_reading_a_record_with_its_includes_ends(zone):
    """However the records of a zone refer to each other."""
    records = tuple(
        Answer(name, "TXT", DnsStatus.NOERROR, ("v=spf1 " + text,)) for name, text in zone.items()
    )

    assert len(read(Dns(records), HOST).lookups) <= 50


def test_spoilt_certificates_are_judged():
    """Wherever bytes of a chain are wrong, every check answers."""
    dice = random.Random(7208)
    contents = [ssl.PEM_cert_to_DER_cert(pem) for pem in (LEAF, ABOVE)]
    for _ in range(400):
        spoilt = [bytearray(content) for content in contents]
        for _ in range(dice.choice((1, 1, 2, 4))):
            one = dice.choice(spoilt)
            one[dice.randrange(len(one))] = dice.randrange(256)
        pems = tuple(ssl.DER_cert_to_PEM_cert(bytes(content)) for content in spoilt)
        look = Observations(HOST, datetime(2026, 11, 22, tzinfo=UTC), tls=Tls(HOST, pems))

        assert len(judge(look)) == len(catalogue())


def test_every_version_of_a_certificate_is_judged():
    """Only three exist; the field holds whatever the host puts there."""
    content = bytearray(ssl.PEM_cert_to_DER_cert(LEAF))
    place = content.index(b"\xa0\x03\x02\x01\x02") + 4
    for version in range(256):
        content[place] = version
        pem = ssl.DER_cert_to_PEM_cert(bytes(content))
        look = Observations(HOST, datetime(2026, 11, 22, tzinfo=UTC), tls=Tls(HOST, (pem, ABOVE)))

        assert len(judge(look)) == len(catalogue())


ENDLESS = {
    "spf": "v=spf1 " + "include:a.example " * 3000,
    "macros": "v=spf1 exists:" + "%{i}." * 12_000,
    "dmarc": "v=DMARC1; " + "rua=" + "mailto:a@b.c," * 5000,
    "caa": '0 issue "' + "a-" * 30_000 + '"',
    "quotes": '"' * 65_000,
    "backslashes": '"' + "\\" * 65_000,
    "escapes": '"' + '\\"' * 32_000,
    "digits": "1 " * 32_000,
    "zone key": "257 3 8 " + "A" * 60_000,
    "signature": "DNSKEY 13 2 3600 20261220000000 20261120000000 " + "a " * 30_000,
    "key": "v=DKIM1; p=" + "A" * 60_000,
    "spaces in a key": "v=DKIM1; p=" + "A \t" * 20_000,
    "tags": "v=DKIM1; " + "a=1;" * 15_000,
    "announcement": "v=STSv1; id=" + "1" * 60_000,
    "addresses": "v=TLSRPTv1; rua=" + "mailto:a@b.c," * 5000,
    "address": "v=TLSRPTv1; rua=mailto:" + "a" * 60_000,
    "logo": "v=BIMI1; l=https://" + "a" * 60_000,
    "digest": "3 1 1 " + "ab " * 20_000,
    "mechanisms": "v=spf1 " + "mx:a.example " * 4000,
    "outside": "v=DMARC1; p=none; rua=" + ",".join(f"mailto:a@{n}.test" for n in range(3000)),
    "report": "v=DMARC1; p=none; rua=https://" + "a" * 60_000 + "@@",
}


@pytest.mark.parametrize("text", ENDLESS.values(), ids=ENDLESS)
def test_endless_records_are_judged_at_once(text):
    """No parser is slow on any of them; the test's time limit is the judge."""
    below = ("_dmarc", "_mta-sts", "_smtp._tls", "default._bimi", "_domainkey", "a._domainkey")
    records = tuple(
        Answer(name, type, DnsStatus.NOERROR, (text,))
        for name in (HOST, *(f"{prefix}.{HOST}" for prefix in below))
        for type in ("A", "TXT", "CAA", "NS", "DS", "DNSKEY", "RRSIG", "NSEC3PARAM", "SOA")
    )
    servers = Answer(HOST, "MX", DnsStatus.NOERROR, ("10 mail.shop.example", f"20 {text}"))
    keys = Answer("_25._tcp.mail.shop.example", "TLSA", DnsStatus.NOERROR, (text,), authentic=True)
    look = Observations(
        *(HOST, datetime(2026, 11, 22, tzinfo=UTC)),
        dns=Dns((*records, servers, keys)),
        mail=Mail(mta_sts_policy=text),
    )

    assert len(judge(look)) == len(catalogue())
    assert len(questions(look)) < 160


@pytest.mark.parametrize(
    "policy", ["mx: *.a.example\n" * 4000, "\n" * 65_000, ":" * 65_000, "mode" * 16_000]
)
def test_endless_policies_are_judged_at_once(policy):
    """The same for the text behind an announcement."""
    records = tuple(
        Answer(*question, DnsStatus.NOERROR, (text,))
        for question, text in {
            (HOST, "MX"): "10 mail.shop.example",
            (HOST, "TXT"): "v=spf1 mx -all",
            ("_mta-sts.shop.example", "TXT"): "v=STSv1; id=1",
        }.items()
    )
    look = Observations(
        *(HOST, datetime(2026, 11, 22, tzinfo=UTC)),
        dns=Dns(records),
        mail=Mail(mta_sts_policy=policy),
    )

    assert mta_sts(look).status is Status.FAILED


@pytest.mark.parametrize(
    "text",
    ["max-age=" + "1" * 60_000, "a;" * 30_000, "a=" + '"' * 60_000, "," * 60_000, "a b;" * 16_000],
    ids=["digits", "directives", "quotes", "commas", "values"],
)
def test_endless_headers_are_judged_at_once(text):
    """The same for what a page sends."""
    names = (
        *("Strict-Transport-Security", "Content-Security-Policy", "Location", "Content-Type"),
        *("X-Frame-Options", "X-Content-Type-Options", "Referrer-Policy", "Set-Cookie"),
        *("Server", "X-Powered-By", "Permissions-Policy", "Cross-Origin-Opener-Policy"),
    )
    response = Response(
        "https://shop.example/", 200, tuple((name, text) for name in names), "<" * 500_000
    )
    look = Observations(HOST, datetime(2026, 11, 22, tzinfo=UTC), http=Http((response,)))

    assert len(judge(look)) == len(catalogue())


PAGES = {
    "scripts": "<script src=//a{}.example/jquery-1.{}.js></script>",
    "inline": "<script>{}</script>",
    "forms": "<form action=//a{}.example/><input name=cvv><input type=password></form>",
    "fields": "<input name=a_{}_card-number-{}>",
    "links": "<a href=/checkout/{}>Kasse {}</a>",
    "pictures": "<img src=http://a{}.example/>",
    "metas": "<meta name=referrer content=unsafe-url{}>",
    "deep": "<div><p><table><select>",
    "nested": "<div>",  # 100,000 in each other
    "left open": "<a href='",
    "long": "<script src=//a{}.example/" + "a-" * 4000 + "1.2.3.js></script>",
    "words": "<input name=" + "aB-_" * 4000 + "{}>",
    "labels": "<form action=//" + "a." * 200 + "b{}.example/><input name=cvv></form>",
}


@pytest.mark.parametrize("part", PAGES.values(), ids=PAGES)
def test_endless_pages_are_judged_at_once(part):
    """Half a megabyte of anything; what it leads to stays a handful."""
    body = "".join(part.format(n, n) for n in range(500_000 // len(part)))[:500_000]
    fields = (("Content-Type", "text/html"),)
    front = Response("https://shop.example/", 200, fields, body)
    text = Response(
        "https://shop.example/.well-known/security.txt", 200, (), "Contact: a\n" * 40_000
    )
    look = Observations(
        HOST, datetime(2026, 11, 22, tzinfo=UTC), dns=Dns(()), http=Http((front, text))
    )
    begun = time.process_time()

    assert len(judge(look)) == len(catalogue())
    assert len(questions(look)) < 160
    assert len(requests(look)) < 10
    assert len(facts(look)) < 100
    assert time.process_time() - begun < 10


def test_a_zone_of_many_records_is_judged_at_once():
    """Five hundred answers of a hundred records are the most that decoding lets through."""
    rows = tuple(f'"v=spf1 include:n{i}.example -all"' for i in range(100))
    records = tuple(
        Answer(f"n{i}.example" if i else HOST, "TXT", DnsStatus.NOERROR, rows) for i in range(500)
    )
    look = Observations(HOST, datetime(2026, 11, 22, tzinfo=UTC), dns=Dns(records))

    assert len(judge(OBSERVATIONS.validate_python(look))) == len(catalogue())
