"""Requests over connections that are held and bounded."""

import socket

import pytest

from vendor_risk.observe.connect import TcpConnection
from vendor_risk.observe.deadline import Deadline
from vendor_risk.observe.line import _HELD, Line, _head
from vendor_risk.observe.network import Network


class Wire:
    """A connection that was answered before."""

    address = "192.0.2.1"
    deadline = Deadline(0.0)
    allowance = 0

    def __init__(self):
        self.open = True

    def close(self):
        self.open = False


class Whole:
    """An answer that was read to its end and leaves the connection open."""

    whole = True
    will_close = False

    def close(self):
        pass


def test_a_host_that_leads_to_many_names_takes_few_files():
    """The connection that was held longest gives way."""
    line, wires = Line(None, Network()), [Wire() for _ in range(20)]
    for number, wire in enumerate(wires):
        line._current = (("https", f"h{number}.example"), wire)
        line.done(Whole())

    assert [wire.open for wire in wires] == [False] * (20 - _HELD) + [True] * _HELD


@pytest.mark.parametrize("value", ["a=b\r\n X-Injected: 1", "a=b\nX: 1", "a=b\0c"])
def test_a_cookie_of_the_host_ends_no_line_of_the_request(value):
    """It comes back as it was sent, and may be folded over lines."""
    head = _head("/", "shop.example", {"Cookie": value})

    assert head.count(b"\r\n") == 4
    assert b"\0" not in head


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("bücher.example", "xn--bcher-kva.example"),
        ("BÜCHER。example.", "xn--bcher-kva.example"),
        ("faß.example", "xn--fa-hia.example"),
        ("r3---sn-a.bücher.example", "r3---sn-a.xn--bcher-kva.example"),
        ("Shop.example", "shop.example"),
        ("192.0.2.1", "192.0.2.1"),
        ("[2001:db8::1]", "[2001:db8::1]"),
    ],
)
def test_a_host_is_named_as_it_is_looked_up(host, name):
    """In the handshake, for which the dial is told the name, and in the request."""
    here, there = socket.socketpair()
    there.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")
    told = []

    def dial(scheme, host, deadline):
        told.append(host)
        return TcpConnection(fileno=here.detach())

    line = Line(dial, Network())
    line.done(line.get(f"https://{host}/", {}, Deadline.after(5)))

    with there:
        head = there.recv(4096)
    line.close()
    assert told == [name.strip("[]")]
    assert f"\r\nHost: {name}\r\n".encode() in head
