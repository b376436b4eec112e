"""The first flight of a server, read from its bytes."""

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.observe.old_server import (
    DONE,
    alert,
    key_exchange,
    message,
    record,
    retry,
    server_hello,
    vector,
)
from vendor_risk.observe.flight import (
    Malformed,
    Message,
    Reader,
    chosen_group,
    early_data,
    spoken_by_ssl2,
)
from vendor_risk.observe.hello import SSL3, TLS12, TLS13, X25519MLKEM768

STATUS = message(22, b"\x01" + vector(3, b"the staple"))
STAPLED = server_hello(TLS12, 0xC02F, ((5, b""),)) + message(11, b"\x00\x00\x00") + STATUS + DONE
MANY = settings(max_examples=300, deadline=None, derandomize=True)


def read(content, until=Message.SERVER_HELLO_DONE):
    """The flight in some bytes."""
    reader = Reader(until)
    reader.feed(content)
    return reader.flight, reader.done


def test_a_staple_is_taken_out():
    """It follows the certificate, RFC 6066 section 8."""
    flight, done = read(record(22, STAPLED), Message.CERTIFICATE_STATUS)

    assert (flight.staple, done) == (b"the staple", True)


def test_a_server_that_announces_no_staple_is_not_waited_for():
    """Its ServerHello says enough."""
    hello = server_hello(TLS12, 0xC02F)

    assert read(record(22, hello), Message.CERTIFICATE_STATUS)[1]


def test_a_server_that_announces_a_staple_and_sends_none_is_not_waited_for():
    """The message after it says enough."""
    hello = server_hello(TLS12, 0x009E, ((5, b""),)) + message(11, b"") + key_exchange(2048)

    assert read(record(22, hello), Message.CERTIFICATE_STATUS)[1]


def test_an_alert_ends_the_flight():
    """The description is kept."""
    flight, done = read(alert(70))

    assert (flight.alert, flight.chose, done) == (70, False, True)


def test_a_warning_does_not():
    """A server that does not know the name may say so and go on."""
    flight, _ = read(alert(112, level=1) + record(22, server_hello(TLS12, 0xC02F)))

    assert flight.chose


def test_a_server_that_breaks_its_own_flight_off_has_chosen_nothing():
    """It can not have gone on."""
    flight, _ = read(record(22, server_hello(TLS12, 0xC02F)) + alert(80))

    assert not flight.chose


def test_tls13_says_the_version_in_an_extension():
    """And the group in another; the rest of the flight is encrypted."""
    flight, done = read(record(22, retry(X25519MLKEM768)))

    assert (flight.version, flight.group, done) == (TLS13, X25519MLKEM768, True)


@pytest.mark.parametrize(
    "content",
    [
        b"HTTP/1.1 400 Bad Request\r\n",
        record(23, b"data"),
        record(22, b"\x0e\x00\x00\x00"),  # ServerHelloDone first
        record(22, server_hello(TLS12, 1) * 2),
        record(22, message(2, b"\x03\x03short")),
        record(22, message(2, b"\x7f\x1c" + bytes(38))),
        record(22, server_hello(TLS12, 1) + b"\x0b\xff\xff\xff"),
        record(22, server_hello(TLS12, 1, ((5, b""), (5, b"")))),
        record(21, b"\x02"),
        b"\x16\x03\x03\x00\x00",
        b"\x16\x03\x03\xff\xff",
        alert(112, level=1) * 5,
    ],
)
def test_what_is_no_flight_is_refused(content):
    """At the first byte that tells."""
    with pytest.raises(Malformed):
        read(content)


FLIGHTS = st.sampled_from(
    [
        record(22, STAPLED),
        record(22, server_hello(SSL3, 5) + DONE, SSL3),
        record(22, server_hello(TLS12, 0x0033) + key_exchange(1024) + DONE),
        record(22, retry(29)),
        alert(40),
        alert(112, level=1) + record(22, server_hello(TLS12, 0xC02F)) + record(22, DONE),
    ]
)


@MANY
@given(FLIGHTS, st.lists(st.integers(1, 40), min_size=1, max_size=8))
def test_pieces_make_no_difference(content, sizes):
    """However a network cuts the bytes."""
    reader, at, turn = Reader(), 0, 0
    while at < len(content) and not reader.done:
        size = sizes[turn % len(sizes)]
        reader.feed(content[at : at + size])
        at, turn = at + size, turn + 1

    assert reader.flight == read(content)[0]


@MANY
@given(FLIGHTS, st.lists(st.tuples(st.integers(0, 400), st.integers(0, 255)), max_size=6))
def test_spoilt_bytes_raise_nothing_else(content, spoils):
    """Each is read, waited for, or refused."""
    spoilt = bytearray(content)
    for place, byte in spoils:
        spoilt[place % len(spoilt)] = byte
    for until in Message:
        try:
            read(bytes(spoilt), until)
        except Malformed:
            continue


@MANY
@given(st.binary(max_size=600))
def test_any_bytes_are_read_or_refused(content):
    """The same for bytes from nowhere, by every reader."""
    with contextlib.suppress(Malformed):
        read(content)
    assert spoken_by_ssl2(content) in (True, False, None)
    assert chosen_group(content) is None or chosen_group(content) < 65536
    assert early_data(content) is None or early_data(content) >= 0


TICKET = bytes(8) + vector(1, b"n") + vector(2, b"ticket")


@pytest.mark.parametrize(
    ("content", "allowed"),
    [
        (TICKET + vector(2, b""), 0),
        (TICKET + vector(2, b"\x00\x2a" + vector(2, b"\x00\x00\x40\x00")), 16384),
        (TICKET + vector(2, b"\x00\x2a" + vector(2, b"")), 0),
        (TICKET[:-2], None),
        (b"", None),
    ],
)
def test_a_ticket_says_how_much_may_come_early(content, allowed):
    """RFC 8446 section 4.6.1."""
    assert early_data(content) == allowed


SERVER_HELLO_2 = b"\x80\x20\x04\x00\x01\x00\x02\x00\x04\x00\x03\x00\x10cert"


@pytest.mark.parametrize(
    ("content", "spoken"),
    [
        (SERVER_HELLO_2, True),
        (SERVER_HELLO_2.replace(b"\x00\x03\x00\x10", b"\x00\x00\x00\x10"), False),
        (b"\x80\x03\x00\x00\x01", False),
        (b"\x15\x03\x01\x00\x02\x02\x46", False),
        (b"HTTP/1.1 400 Bad Request", None),
        (b"\x80", None),
        (b"", None),
    ],
)
def test_an_answer_to_ssl2_is_told_apart(content, spoken):
    """A hello with ciphers, one without, an error, an alert of TLS, nonsense."""
    assert spoken_by_ssl2(content) is spoken
