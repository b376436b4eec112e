"""How DNS answers are read."""

import pytest

from tests.checks.healthy import dns
from vendor_risk.checks.lookup import (
    addresses,
    exchanges,
    exists,
    lookup,
    silence,
    takes_mail,
    text_of,
)
from vendor_risk.checks.observations import Answer, Dns, DnsStatus


def test_an_answer_for_the_name_itself_counts():
    """A resolver puts what lies at the end of a CNAME into the answer for the name."""
    assert lookup(dns(), "SHOP.example.", "A").rdata == ("192.0.2.10",)


def test_observed_cnames_are_followed():
    """Where only the links were recorded, the records stand at the last one."""
    table = {
        ("www.shop.example", "A"): (),
        ("www.shop.example", "CNAME"): ("cdn.example.net.",),
        ("cdn.example.net", "CNAME"): ("edge.example.net",),
        ("edge.example.net", "A"): ("192.0.2.77",),
    }

    assert lookup(dns(table), "www.shop.example", "A").rdata == ("192.0.2.77",)


def test_a_circle_of_cnames_ends():
    """The answer for the name itself is all there is."""
    table = {
        ("a.example", "A"): (),
        ("a.example", "CNAME"): ("b.example",),
        ("b.example", "CNAME"): ("a.example",),
    }

    assert lookup(dns(table), "a.example", "A").name == "a.example"


def test_an_error_of_the_servers_is_no_reason_to_follow():
    """SERVFAIL stays SERVFAIL."""
    table = {
        ("shop.example", "A"): DnsStatus.SERVFAIL,
        ("shop.example", "CNAME"): ("other.example",),
        ("other.example", "A"): ("192.0.2.1",),
    }

    assert lookup(dns(table), "shop.example", "A").status is DnsStatus.SERVFAIL


def test_addresses_leave_out_what_is_none():
    """Some resolvers list the CNAME among the addresses."""
    answer = Answer("a", "A", DnsStatus.NOERROR, ("cdn.example.", "192.0.2.1", "2001:db8::1", ""))

    assert addresses(answer) == ("192.0.2.1", "2001:db8::1")


@pytest.mark.parametrize(
    ("rdata", "hosts"),
    [
        (("10 mail.example.",), ("mail.example",)),
        (("0 .",), ()),
        (("",), ()),
    ],
)
def test_the_null_mx_takes_no_mail(rdata, hosts):
    """RFC 7505: one record with an empty name says that there is no mail."""
    assert exchanges(Answer("a", "MX", DnsStatus.NOERROR, rdata)) == hosts


@pytest.mark.parametrize(
    ("given", "expected"),
    [(("10 mail.shop.example",), True), ((), False), (DnsStatus.TIMEOUT, None), (None, None)],
)
def test_nobody_can_tell_of_mail_without_an_answer(given, expected):
    """A missing answer is not "no mail"."""
    assert takes_mail(dns({("shop.example", "MX"): given}), "shop.example") is expected


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        ([DnsStatus.NXDOMAIN], False),
        ([DnsStatus.NXDOMAIN, DnsStatus.NOERROR], True),
        ([DnsStatus.SERVFAIL], True),
        ([], True),
    ],
)
def test_a_name_is_missing_only_when_the_zone_says_so(states, expected):
    """Servers that deny one type and answer another do exist, and so does the name."""
    records = tuple(Answer("a.example", str(i), status) for i, status in enumerate(states))

    assert exists(Dns(records), "a.example") is expected


@pytest.mark.parametrize(
    ("rdata", "text"),
    [
        ('"v=spf1 -all"', "v=spf1 -all"),
        ('"v=spf1 ip4:192.0.2.1" " -all"', "v=spf1 ip4:192.0.2.1 -all"),
        ('"v=spf1 "  "-all"', "v=spf1 -all"),
        (r'"a\"b\\c\059d"', 'a"b\\c;d'),
        ("v=spf1 -all", "v=spf1 -all"),
        ('""', ""),
        ("", ""),
    ],
)
def test_the_strings_of_a_txt_record_are_joined(rdata, text):
    """RFC 7208 section 3.3: without a gap."""
    assert text_of(rdata) == text


@pytest.mark.parametrize(
    ("status", "word"),
    [
        (DnsStatus.SERVFAIL, "SERVFAIL"),
        (DnsStatus.TIMEOUT, "in time"),
        (DnsStatus.NOT_ASKED, "did not ask"),
    ],
)
def test_silence_says_what_happened(status, word):
    """A reader learns whether it was them or us."""
    assert word in silence(Answer("shop.example", "TXT", status))


def test_a_string_without_an_end_runs_to_the_end():
    """It is read once, however many quotes are escaped in it."""
    assert text_of('"v=spf1" " -all') == "v=spf1 -all"
    assert text_of('"' + '\\"' * 30_000) == '"' * 30_000
    assert text_of('"a\\') == "a\\"
