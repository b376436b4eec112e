"""Visits to mail hosts, good ones, odd ones and hostile ones."""

import contextlib
import time

import pytest

from tests.checks.authority import NOON
from tests.observe import old_server
from tests.observe.old_server import Served
from tests.observe.tls_test import Nearby
from vendor_risk.checks.observations import Answer, Dns, DnsStatus, Observations
from vendor_risk.observe.deadline import Deadline
from vendor_risk.observe.dial import PinnedDial
from vendor_risk.observe.network import Network
from vendor_risk.observe.starttls import visited

GREETING = b"220 mail.shop.example ESMTP\r\n"
EHLO = b"250-mail.shop.example\r\n250-PIPELINING\r\n250 STARTTLS\r\n"
BARE = b"250-mail.shop.example\r\n250 PIPELINING\r\n"


def saying(*replies):
    """A mail server that says one thing after the other."""

    def play(wire):
        wire.sendall(replies[0])
        for reply in replies[1:]:
            if not wire.recv(4096):
                return
            wire.sendall(reply)
        while wire.recv(4096):
            pass

    return play


def flooding(wire):
    """A greeting that never ends."""
    while True:
        wire.sendall(b"220-" + b"x" * 4000 + b"\r\n")


@pytest.fixture
def visit():
    """What a visit to the mail host of a domain shows, by what the host plays."""
    with contextlib.ExitStack() as served:

        def go(play, *, seconds=5.0):
            server = Served(play)
            served.callback(server.close)
            network = Network(
                port_map={25: server.port}, allow_networks=("127.0.0.0/8",), connect_seconds=1.0
            )
            mx = Answer("shop.example", "MX", DnsStatus.NOERROR, ("10 mail.shop.example",))
            seen = Observations("shop.example", NOON, dns=Dns((mx,)))
            return visited(seen, PinnedDial(Nearby(), network), network, Deadline.after(seconds))

        yield go


@pytest.mark.parametrize(
    ("replies", "offered", "words"),
    [
        ((GREETING, BARE, b""), False, None),
        ((GREETING, b"502 what?\r\n", b""), False, None),
        ((GREETING, EHLO, b"454 not now\r\n"), None, "answers STARTTLS with 454"),
        ((GREETING, EHLO.replace(b"STARTTLS", b"starttls"), b"502 no\r\n"), False, "502"),
        ((b"554 go away\r\n", b""), None, "turns us away with 554"),
        ((b"220-one moment\r\n220 ready\r\n", b"421 too busy\r\n", b""), None, "EHLO with 421"),
        ((b"SSH-2.0-OpenSSH\r\n",), None, "no mail server"),
        ((b"220 ready\r\n", b"250-a\r\nnonsense\r\n"), None, "no mail server"),
    ],
)
def test_a_server_is_taken_at_its_word(visit, replies, offered, words):
    """No offer is a "no"; being turned away is not."""
    (seen,) = visit(saying(*replies)).exchanges

    assert seen.starttls is offered
    assert words is None or words in seen.reason


def test_a_handshake_that_fails_leaves_the_offer_standing(visit):
    """It was offered; what became of it nobody knows."""
    mail = visit(saying(GREETING, EHLO, b"220 go ahead\r\n", b"no TLS at all\r\n"))

    assert (mail.starttls, mail.exchanges[0].protocol) == (True, None)
    assert mail.exchanges[0].reason.startswith("port 25: ")


@pytest.mark.parametrize(
    "play",
    [old_server.silent, old_server.resetting, old_server.garbage, flooding, lambda wire: None],
    ids=["silent", "resetting", "garbage", "flooding", "dropping"],
)
def test_what_is_no_answer_is_no_verdict(visit, play):
    """In time, and with the reason."""
    started = time.monotonic()
    mail = visit(play, seconds=1.5)

    assert mail.starttls is None
    assert mail.exchanges[0].reason
    assert time.monotonic() - started < 3.0
