"""Queries on the wire, and what the header of a response tells."""

import dns.edns
import dns.flags
import dns.message
import dns.rcode
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vendor_risk.observe.packet import DO, head, query

NAMES = st.from_regex(r"[a-z0-9_*-]{1,20}(\.[a-z0-9_*-]{1,20}){0,6}", fullmatch=True)


def response(asked, rcode=dns.rcode.NOERROR, **spoilt):
    """A response to a query, its parts spoilt where a test says so."""
    message = dns.message.make_response(dns.message.from_wire(asked.wire), recursion_available=True)
    message.set_rcode(rcode)
    for name, value in spoilt.items():
        setattr(message, name, value)
    return message


@given(NAMES)
def test_a_query_is_one_that_dnspython_reads(name):
    """The bytes say what the library would say."""
    asked = query(name, "TXT")

    read = dns.message.from_wire(asked.wire)

    assert [(each.name.to_text(), each.rdtype) for each in read.question] == [(name + ".", 16)]
    assert (read.edns, read.payload) == (0, 1232)
    assert read.flags == dns.flags.RD | dns.flags.AD


@pytest.mark.parametrize(
    "name", [".", "a\\.b.example", "B\u00fccher.example".lower(), "a" * 63 + ".x"]
)
def test_odd_names_go_the_way_of_the_library(name):
    """The root, escapes and Unicode are rare and right."""
    assert dns.message.from_wire(query(name, "A").wire).question


@pytest.mark.parametrize(
    ("name", "type"),
    [("a..b", "A"), ("a" * 64, "A"), (".".join(["abc"] * 80), "A"), ("a.b", "ODD!")],
)
def test_what_cannot_be_asked_is_not(name, type):
    """Empty and long labels, long names, types that nobody knows."""
    assert query(name, type) is None


@pytest.mark.parametrize("rcode", [dns.rcode.NOERROR, dns.rcode.NXDOMAIN])
def test_an_answer_is_told_by_its_header(rcode):
    """The bulk of what a look hears; whether it holds records or not."""
    asked = query("nothing.example", "TXT")
    packet = response(asked, rcode, flags=dns.flags.QR | dns.flags.AD | rcode).to_wire()

    told = head(packet, asked)

    assert (told.rcode, told.authentic, told.truncated, told.plain) == (rcode, True, False, True)


def bad_version(message):
    message.set_rcode(dns.rcode.BADVERS)


def failed(message):
    message.set_rcode(dns.rcode.SERVFAIL)


def with_options(message):
    message.use_edns(0, options=[dns.edns.EDEOption(6, "signatures expired")])


@pytest.mark.parametrize("spoil", [bad_version, failed, with_options])
def test_whatever_may_be_no_answer_is_read_whole(spoil):
    """Failures, and codes that an OPT record extends."""
    asked = query("shop.example", "A")
    message = response(asked)
    spoil(message)

    assert not head(message.to_wire(), asked).plain


def other_id(packet):
    return bytes((packet[0] ^ 1,)) + packet[1:]


def a_query(packet):
    return packet[:2] + bytes((packet[2] & 0x7F,)) + packet[3:]


def other_question(packet):
    return packet.replace(b"\x04shop", b"\x04shoq")


def no_question(packet):
    return packet[:4] + b"\0\0" + packet[6:12] + packet[30:]


def short(packet):
    return packet[:11]


@pytest.mark.parametrize("forge", [other_id, a_query, other_question, no_question, short])
def test_a_packet_that_answers_something_else_is_passed_over(forge):
    """What an attacker off the path sends must fit id and question."""
    asked = query("shop.example", "A")

    assert head(forge(response(asked).to_wire()), asked) is None


def test_a_response_may_answer_in_other_letters():
    """Some resolvers mix the case of names on purpose."""
    asked = query("shop.example", "A")
    packet = response(asked).to_wire().replace(b"shop", b"sHoP")

    assert head(packet, asked).plain


@given(st.binary(max_size=80))
def test_no_bytes_trip_the_reader(noise):
    """Hostile packets are read or passed over."""
    asked = query("shop.example", "A")

    head(asked.id + noise, asked)


def test_signatures_are_asked_for_by_the_extended_flags():
    """Only keys need them; the AD bit tells of all others."""
    read = dns.message.from_wire(query("shop.example", "DNSKEY", extended=DO).wire)

    assert read.ednsflags & dns.flags.DO
