"""DNS records as text."""

import contextlib
import struct
from unittest import mock

import dns.exception
import dns.message
import dns.rrset
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vendor_risk.checks.lookup import text_of
from vendor_risk.observe import rdata
from vendor_risk.observe.rdata import Response


def response(*lines):
    """An answer to a question for shop.example, with these records."""
    text = "id 1\nopcode QUERY\nrcode NOERROR\nflags QR RD RA\n;QUESTION\n{}\n;ANSWER\n{}\n"
    type = lines[-1].split()[3]
    message = dns.message.from_text(text.format(f"shop.example. IN {type}", "\n".join(lines)))
    return Response(message.to_wire())


@pytest.mark.parametrize(
    ("type", "data", "text"),
    [
        ("A", "192.0.2.1", "192.0.2.1"),
        ("AAAA", "2001:DB8::1", "2001:db8::1"),
        ("MX", "10 Mail.Shop.Example.", "10 mail.shop.example"),
        ("MX", "0 .", "0 ."),
        ("NS", "NS1.Shop.Example.", "ns1.shop.example"),
        ("TXT", '"v=spf1 " "include:a.example " "-all"', "v=spf1 include:a.example -all"),
        ("TXT", '"caf\\195\\169"', "café"),
        ("TXT", '"bad \\255"', "bad \ufffd"),
        ("TXT", '"nul \\000"', "nul \ufffd"),
        ("CAA", '0 issue "ca.example"', '0 issue "ca.example"'),
        ("NSEC3PARAM", "1 0 5 AABB", "1 0 5 aabb"),
        ("HTTPS", '1 . alpn="h3,h2" ipv4hint=192.0.2.1', '1 . alpn="h3,h2" ipv4hint="192.0.2.1"'),
        (
            "SOA",
            "ns1.a.example. Host.A.example. 1 2 3 4 5",
            "ns1.a.example host.a.example 1 2 3 4 5",
        ),
    ],
)
def test_a_record_is_plain_text(type, data, text):
    """TXT strings are joined; names are in lower case, without the final dot."""
    assert response(f"shop.example. 60 IN {type} {data}").records(type) == (text,)


def test_a_text_in_quotation_marks_survives():
    """A leading quotation mark is told apart from the form of zone files."""
    (text,) = response('shop.example. 60 IN TXT "\\"v=spf1\\" \\\\ -all"').records("TXT")

    assert text_of(text) == '"v=spf1" \\ -all'


def test_a_cname_that_was_asked_for_is_the_answer():
    """Nobody follows what he wanted to see."""
    answer = response("shop.example. 60 IN CNAME www.shop.example.")

    assert (answer.records("CNAME"), answer.aliases()) == (("www.shop.example",), ())


def test_a_zone_that_is_known_is_not_told_again():
    """Its record costs time to read."""
    assert refusal("shop.example.").zone({"shop.example"}) is None


@given(st.binary(max_size=200))
def test_no_bytes_trip_the_reader(noise):
    """What cannot be read is one of two errors, and quick."""
    with contextlib.suppress(dns.exception.DNSException, struct.error):
        Response(b"\0\0\x81\x80" + noise).records("A")


def test_records_are_sorted():
    """Resolvers rotate them, and two looks must compare equal."""
    found = response(*(f"shop.example. 60 IN A 192.0.2.{n}" for n in (9, 1, 5))).records("A")

    assert found == ("192.0.2.1", "192.0.2.5", "192.0.2.9")


def test_records_lie_at_the_end_of_the_aliases():
    """CNAMEs are followed, and told."""
    answer = response(
        "shop.example. 60 IN CNAME WWW.shop.example.",
        "www.shop.example. 60 IN CNAME edge.example.",
        "edge.example. 60 IN A 192.0.2.1",
    )

    assert answer.records("A") == ("192.0.2.1",)
    assert answer.aliases() == (
        ("shop.example", "www.shop.example"),
        ("www.shop.example", "edge.example"),
    )


def test_a_circle_of_aliases_holds_nothing():
    """Following ends."""
    answer = response(
        "www.shop.example. 60 IN CNAME shop.example.",
        "shop.example. 60 IN CNAME www.shop.example.",
        "x.example. 60 IN A 192.0.2.1",
    )

    assert answer.records("A") == ()
    assert answer.aliases() == ()


SIGNATURE = "RRSIG {} 13 2 60 20261220000000 20261120000000 1 shop.example. AAAA"


def test_signatures_of_a_type_are_told_apart():
    """Only those of what was asked, and of the name that was asked."""
    answer = response(
        "shop.example. 60 IN DNSKEY 257 3 13 AAAA",
        "shop.example. 60 IN " + SIGNATURE.format("DNSKEY"),
        "shop.example. 60 IN " + SIGNATURE.format("A"),
        "www.shop.example. 60 IN " + SIGNATURE.format("DNSKEY"),
    )

    assert answer.signatures("DNSKEY") == (
        "DNSKEY 13 2 60 20261220000000 20261120000000 1 shop.example. AAAA",
    )


def refusal(owner, *answer, asked="www.shop.example"):
    """A "no" with the SOA of a zone."""
    lines = ["id 1", "opcode QUERY", "rcode NXDOMAIN", "flags QR RD RA", ";QUESTION"]
    lines += [f"{asked}. IN A", ";ANSWER", *answer, ";AUTHORITY"]
    lines.append(f"{owner} 60 IN SOA NS1.shop.example. h.shop.example. 1 2 3 4 5")
    return Response(dns.message.from_text("\n".join(lines)).to_wire())


def test_a_no_tells_its_zone():
    """RFC 2308 wants the SOA there."""
    assert refusal("Shop.example.").zone() == (
        "shop.example",
        "ns1.shop.example h.shop.example 1 2 3 4 5",
    )


def test_a_no_at_the_end_of_aliases_tells_the_zone_there():
    """And no other."""
    alias = "www.shop.example. 60 IN CNAME gone.example.net."

    assert refusal("example.net.", alias).zone()[0] == "example.net"
    assert refusal("shop.example.", alias).zone() is None


def test_a_stranger_does_not_speak_for_a_zone():
    """What lies beside the name is passed over, and so is what comes with an answer."""
    assert refusal("other.example.").zone() is None
    assert refusal("shop.example.", "www.shop.example. 60 IN A 192.0.2.1").zone() is None


ODD = st.sampled_from(
    (
        "10 mail.shop.test.",
        "0 .",
        "10 a\\.b.shop.test.",
        "10 a\\200.shop.test.",
        "10 UPPER.shop.test.",
        "10 *._x.shop.test.",
    )
)


@given(
    owner=st.sampled_from(("shop.test.", "*.Shop.test.", "a\\.b.shop.test.", ".")),
    record=st.one_of(
        st.tuples(st.just("MX"), ODD),
        st.tuples(
            st.just("TXT"), st.sampled_from(('"a" "b"', '""', '"\\"quoted"', '"\\000\\255"'))
        ),
        st.tuples(st.just("A"), st.sampled_from(("192.0.2.1", "0.0.0.0"))),
        st.tuples(st.just("SOA"), st.just("ns.shop.test. a\\.b.shop.test. 1 2 3 4 4294967295")),
    ),
    spoilt=st.lists(st.tuples(st.integers(12, 200), st.integers(0, 255)), max_size=3),
    cut=st.integers(0, 20),
)
def test_what_is_read_here_is_what_dnspython_reads(owner, record, spoilt, cut):
    """Also where bytes were changed on the way: the same texts, or neither reads it."""
    type, words = record
    response = dns.message.make_response(dns.message.make_query(owner, type))
    response.answer.append(dns.rrset.from_text(owner, 300, "IN", type, words))
    packet = bytearray(response.to_wire())
    for at, byte in spoilt:
        packet[at % len(packet)] = byte if at % len(packet) >= 12 else packet[at % len(packet)]
    packet = bytes(packet[: len(packet) - cut])

    def read() -> tuple[str, ...] | None:
        try:
            return Response(packet).records(type)
        except (dns.exception.DNSException, struct.error):
            return None

    here = read()
    with mock.patch.multiple(rdata, _plain_name=lambda *_: None, _plain_text=lambda *_: None):
        there = read()

    assert here == there


def wire(*records):
    """An answer to a question for a.b, from bytes; names in it may point to one at offset 12."""
    head = struct.pack("!6H", 1, 0x8180, 1, len(records), 0, 0)
    return head + b"\x01a\x01b\x00" + struct.pack("!2H", 16, 1) + b"".join(records)


def record(name, type, data):
    """One record of a class and a time to live that do not matter."""
    return name + struct.pack("!2HIH", type, 1, 60, len(data)) + data


LOOPS = {
    "to itself": record(b"\xc0\x15", 5, b"\x01c\x00"),
    "to each other": record(b"\xc0\x0c", 5, b"\x01c\xc0\x23\x01d\xc0\x21"),
    "forwards": record(b"\xc0\x40", 5, b"\x01c\x00" + b"\x00" * 60),
    "past the end": record(b"\xff\xff", 5, b"\x01c\x00"),
    "in an alias": record(b"\xc0\x0c", 5, b"\xc0\x21"),
}


@pytest.mark.parametrize("loop", LOOPS.values(), ids=LOOPS)
def test_compression_that_goes_in_circles_is_refused(loop):
    """RFC 1035 section 4.1.4 has pointers lead backwards; every other is no name."""
    with pytest.raises((dns.exception.DNSException, struct.error)):
        Response(wire(loop)).records("CNAME")


def test_the_longest_text_is_read_whole():
    """One record fills what its length field can say: 255 strings of 255 octets, joined."""
    data = (b"\xff" + b"x" * 255) * 255

    assert Response(wire(record(b"\xc0\x0c", 16, data))).records("TXT") == ("x" * 255 * 255,)


def test_a_chain_of_fifty_aliases_leads_nowhere():
    """No resolver follows so many, so neither do we; the records at its end are not believed."""
    chain = [f"n{i}.example. 60 IN CNAME n{i + 1}.example." for i in range(50)]
    first = "shop.example. 60 IN CNAME n0.example."

    answer = response(first, *chain, "n50.example. 60 IN A 192.0.2.1")

    assert (answer.records("A"), answer.aliases()) == ((), ())
