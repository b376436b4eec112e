"""Our own hellos, met by servers of old that no library can play any more, and by hostile ones."""

import contextlib
import time

import pytest

from tests.observe import old_server
from tests.observe.old_server import Chooser, Served, answering
from vendor_risk.checks.observations import Tls
from vendor_risk.observe import offers, probes
from vendor_risk.observe.deadline import Deadline
from vendor_risk.observe.hello import (
    SSL2,
    SSL3,
    TLS10,
    TLS11,
    TLS12,
    X25519MLKEM768,
    Offer,
)
from vendor_risk.observe.network import Network

STRONG, STATIC, RC4, EXPORT, TRIPLE, NULL, DHE = (
    *(0xC02F, 0x002F, 0x0005, 0x0003, 0x000A),
    *(0x0002, 0x0033),
)


@pytest.fixture
def question():
    """What further hellos to a play show."""
    with contextlib.ExitStack() as served:

        def ask(play, *, seconds=20.0, connect_seconds=2.0):
            server = Served(play)
            served.callback(server.close)
            network = Network(port_map={443: server.port}, connect_seconds=connect_seconds)
            seen = Tls("shop.example", (), address="127.0.0.1")
            deadline = Deadline.after(seconds)
            return probes.questioned(seen, ("127.0.0.1",), network, deadline), server

        yield ask


@pytest.mark.parametrize(
    ("versions", "accepted"),
    [
        ((TLS12,), {"TLSv1.2"}),
        ((TLS12, TLS11), {"TLSv1.2", "TLSv1.1"}),
        ((TLS12, TLS10), {"TLSv1.2", "TLSv1"}),
        ((TLS12, SSL3), {"TLSv1.2", "SSLv3"}),
        ((TLS12, SSL2), {"TLSv1.2", "SSLv2"}),
        ((TLS10, SSL3, SSL2), {"TLSv1", "SSLv3", "SSLv2"}),
    ],
)
def test_every_version_that_is_spoken_is_found(question, versions, accepted):
    """And the others are refused, whatever holes lie between them."""
    seen, _ = question(answering(Chooser(versions, (STRONG, STATIC))))

    assert {name for name, spoken in seen.accepts.items() if spoken} == accepted
    assert {name for name, spoken in seen.accepts.items() if spoken is None} == set()


@pytest.mark.parametrize(
    ("suite", "found"),
    [
        (NULL, "null"),
        (0x0034, "anon"),
        (EXPORT, "export"),
        (RC4, "rc4"),
        (TRIPLE, "3des"),
        (0xC013, "cbc"),
        (STATIC, "no_forward_secrecy"),
    ],
)
def test_every_class_of_weak_suites_is_found(question, suite, found):
    """Each beside a suite without fault, and none of the others."""
    seen, _ = question(answering(Chooser((TLS12,), (STRONG, suite))))

    weak = seen.handshakes.weak
    assert {name for name, accepted in weak.items() if accepted} == {found}
    assert None not in weak.values()
    assert seen.handshakes.chosen == {found: offers.name(suite)}


def test_a_host_of_many_faults_has_all_of_them_found(question):
    """Each class that is accepted is left out of the next offer."""
    seen, _ = question(answering(Chooser((TLS12, SSL3), (RC4, EXPORT, TRIPLE, NULL, STATIC))))

    accepted = {name for name, answer in seen.handshakes.weak.items() if answer}
    assert accepted == {"null", "export", "rc4", "3des", "no_forward_secrecy"}


@pytest.mark.parametrize("bits", [512, 768, 1024, 2048, 4096])
def test_the_prime_is_measured(question, bits):
    """From the message of the server, which sends it before any key is exchanged."""
    seen, _ = question(answering(Chooser((TLS12,), (STRONG, DHE), bits=bits)))

    assert (seen.handshakes.ephemeral_dh, seen.handshakes.dh_bits) == (True, bits)


@pytest.mark.parametrize(
    ("changes", "field", "value"),
    [
        ({"extensions": ()}, "secure_renegotiation", False),
        ({"extensions": ()}, "extended_master_secret", False),
        ({}, "secure_renegotiation", True),
        ({}, "extended_master_secret", True),
        ({"compression": 1}, "compression", True),
        ({}, "compression", False),
        ({"versions": (TLS12, TLS10)}, "fallback_scsv", True),
        ({"versions": (TLS12, TLS10), "minds_fallback": False}, "fallback_scsv", False),
        ({}, "fallback_scsv", None),
        ({"extensions": ((16, b"\x00\x03\x02h2"),)}, "alpn", "h2"),
        ({"group": X25519MLKEM768}, "group", "X25519MLKEM768"),
        ({"group": 29}, "group", "x25519"),
        ({"group": 0xAAAA}, "group", "0xAAAA"),
        ({}, "group", None),
        ({}, "server_order", True),
    ],
)
def test_what_a_session_is_protected_by(question, changes, field, value):
    """Read from the ServerHello."""
    facts = {"versions": (TLS12,), "suites": (STRONG, STATIC)} | changes
    seen, _ = question(answering(Chooser(**facts)))

    assert getattr(seen.handshakes, field) == value


@pytest.mark.parametrize("play", old_server.HOSTILE, ids=lambda play: play.__name__)
def test_what_is_no_answer_is_no_verdict(question, play):
    """Silence, a reset, a close, nonsense: nothing is accepted and nothing refused."""
    started = time.monotonic()
    seen, server = question(play, seconds=6.0, connect_seconds=0.5)

    assert set(seen.accepts.values()) == {None}
    assert set(seen.handshakes.weak.values()) <= {None}
    assert (seen.handshakes.compression, seen.handshakes.ephemeral_dh) == (None, None)
    assert seen.staple_b64 == ""
    assert time.monotonic() - started < 8.0
    assert server.connections <= 8


def test_a_host_that_falls_silent_is_left_alone(question):
    """After two hellos without an answer no more is asked."""
    _, server = question(old_server.silent, connect_seconds=0.3)

    assert server.connections == 2


@pytest.mark.parametrize("description", [0, 80, 90, 112])
def test_an_alert_about_something_else_refuses_nothing(question, description):
    """Trouble of the server, or a name that it does not know, tells nothing of versions."""
    seen, _ = question(lambda wire: (wire.recv(4096), wire.sendall(old_server.alert(description))))

    assert {seen.accepts[name] for name in ("TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3")} == {None}


class Lazy:
    """A server that fetches its staple when somebody first asks for one, as nginx does."""

    def __init__(self):
        self.asked = 0

    def __call__(self, hello):
        self.asked += 1
        if self.asked == 1:
            return old_server.record(22, old_server.server_hello(TLS12, STRONG))
        status = old_server.message(22, b"\x01" + old_server.vector(3, b"staple"))
        chosen = old_server.server_hello(TLS12, STRONG, ((5, b""),))
        return old_server.record(22, chosen + old_server.message(11, b"") + status)


@pytest.mark.parametrize(("tries", "found"), [(1, None), (2, "c3RhcGxl")])
def test_a_staple_that_is_fetched_late_is_found_at_the_second_try(tries, found):
    """A promise counts as broken only when it is broken twice."""
    server = Served(answering(Lazy()))
    network = Network(port_map={443: server.port})
    seen = Tls("shop.example", (), address="127.0.0.1")

    answer = probes.staple(seen, network, Deadline.after(5), tries=tries)

    server.close()
    assert answer == found


def test_a_staple_that_could_not_be_asked_for_is_not_missing():
    """Silence leaves it open."""
    server = Served(old_server.silent)
    network = Network(port_map={443: server.port}, connect_seconds=0.3)
    seen = Tls("shop.example", (), address="127.0.0.1")

    answer = probes.staple(seen, network, Deadline.after(5), tries=2)

    server.close()
    assert answer == ""


@pytest.mark.parametrize(
    "offer",
    [
        Offer(SSL3, offers.BROKEN),
        Offer(TLS10, offers.OLD),
        Offer(TLS12, offers.SOUND, compression=True, staple=True),
        Offer(TLS12, (STRONG,)),
        Offer.modern(),
    ],
    ids=["ssl3", "tls10", "ordinary", "short", "modern"],
)
@pytest.mark.parametrize("host", ["a.example", "shop.example", "a" * 63 + ".example"])
def test_no_hello_has_a_length_that_hangs_old_load_balancers(offer, host):
    """Between 256 and 511 bytes of message, RFC 7685."""
    message = offer.hello(host)[5:]

    assert not 256 <= len(message) <= 511
    assert int.from_bytes(message[1:4], "big") == len(message) - 4


def test_the_classes_of_suites_do_not_overlap():
    """What is offered as broken is broken, and what is offered as outdated is not."""
    assert {offers.class_of(suite) for suite in offers.BROKEN} == set(probes.BROKEN)
    assert {offers.class_of(suite) for suite in offers.CHAINED} == {"cbc"}
    assert {offers.class_of(suite) for suite in offers.STATIC} == {"no_forward_secrecy"}
    assert len(offers.BROKEN) < 128  # more hang some servers
    assert len(offers.NAMES) == len(set(offers.NAMES.values()))


def test_a_server_with_the_group_of_tomorrow_chooses_it(tmp_path):
    """A real one, by the library that the package cryptography carries."""
    from OpenSSL import SSL

    from tests.lab.authority import Authority

    leaf = Authority("Quantum").leaf("shop.example")
    context = SSL.Context(SSL.TLS_SERVER_METHOD)
    context.use_certificate(leaf.certificate)
    context.use_privatekey(leaf.key)

    def play(wire):
        connection = SSL.Connection(context, wire)
        connection.set_accept_state()
        with contextlib.suppress(SSL.Error):
            connection.do_handshake()

    server = Served(play)
    network = Network(port_map={443: server.port})
    probe = probes.Probe("shop.example", "127.0.0.1", network, Deadline.after(5))
    flight = probe.ask(Offer.modern())
    server.close()

    assert flight is not None
    assert flight.group == X25519MLKEM768
