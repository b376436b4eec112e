"""Handshakes with real servers, right ones and wrong ones."""

import contextlib
import socket
import ssl
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from cryptography import x509

from tests.lab.authority import Authority
from vendor_risk.checks.base import Request
from vendor_risk.checks.observations import (
    Answer,
    DnsStatus,
    Failure,
    Observations,
    Unreachable,
)
from vendor_risk.checks.tls import hostname, reach
from vendor_risk.checks.web_https import https
from vendor_risk.evidence import Status
from vendor_risk.observe import tls
from vendor_risk.observe.connect import Unreached, first_of, open_connection
from vendor_risk.observe.deadline import Deadline
from vendor_risk.observe.dial import PinnedDial
from vendor_risk.observe.http import Visit
from vendor_risk.observe.network import Network

pytestmark = pytest.mark.lab


@pytest.fixture
def handshake(lab):
    """What a handshake with a host shows; other addresses may be given, in their order."""

    def shake(host, *addresses, seconds=10.0, connect_seconds=5.0):
        network = replace(lab.network(), connect_seconds=connect_seconds)
        deadline = Deadline.after(seconds)
        where = addresses or (lab.address(host),)
        connection = tls.shake_hands(host, where, network.port(443), network, deadline)
        try:
            return tls.facts(host, connection, network)
        finally:
            connection.close()

    return shake


def common_names(seen):
    """The subjects of a chain, in the order sent."""
    names = (x509.load_pem_x509_certificate(pem.encode()).subject for pem in seen.chain_pem)
    return [name.rdns[0].rfc4514_string() for name in names]


def test_a_good_host_shows_everything(handshake, lab):
    """Chain as sent with the leaf first, protocol, suite, ALPN, address and the extra roots."""
    seen = handshake("good.test")

    assert (seen.host, seen.protocol, seen.alpn) == ("good.test", "TLSv1.3", "http/1.1")
    assert seen.cipher == "TLS_AES_256_GCM_SHA384"
    assert common_names(seen) == ["CN=good.test", "CN=Lab Intermediate"]
    assert seen.address == lab.address("good.test")
    assert seen.extra_roots_pem == (lab.root_pem,)


@pytest.mark.parametrize(
    ("host", "names"),
    [
        ("expired.shop.test", ["CN=expired.shop.test", "CN=Lab Intermediate"]),
        ("notyet.shop.test", ["CN=notyet.shop.test", "CN=Lab Intermediate"]),
        ("soon.shop.test", ["CN=soon.shop.test", "CN=Lab Intermediate"]),
        ("selfsigned.shop.test", ["CN=selfsigned.shop.test"]),
        ("wrongname.shop.test", ["CN=somebody-else.test", "CN=Lab Intermediate"]),
        ("untrusted.shop.test", ["CN=untrusted.shop.test", "CN=Stranger Intermediate"]),
        ("incomplete.shop.test", ["CN=incomplete.shop.test"]),
    ],
)
def test_a_bad_certificate_is_seen_all_the_same(handshake, host, names):
    """Nothing is verified here, so that everything can be judged later."""
    assert common_names(handshake(host)) == names


def test_an_old_protocol_is_spoken(handshake):
    """A host that knows only TLS 1.0 shows its certificate too."""
    seen = handshake("tls10.shop.test")

    assert seen.protocol == "TLSv1"
    assert len(seen.chain_pem) == 2


@pytest.mark.parametrize(
    ("host", "kind", "words"),
    [
        ("refused.shop.test", Failure.REFUSED, "connection refused"),
        ("plain.shop.test", Failure.REFUSED, "connection refused"),
        ("alert.shop.test", Failure.ALERT, "the TLS alert “unrecognized name”"),
        ("drop.shop.test", Failure.RESET, "before any certificate"),
        ("reset.shop.test", Failure.RESET, "connection reset by the host"),
        ("mute.shop.test", Failure.TIMEOUT, "timed out"),
        ("tlsdrip.shop.test", Failure.TIMEOUT, "timed out"),
        ("nottls.shop.test", Failure.OTHER, "the port does not speak TLS"),
    ],
)
def test_each_way_to_fail_is_told_apart(handshake, host, kind, words):
    """The kind is for checks, the words are for people."""
    with pytest.raises(Unreached, match=words) as trouble:
        handshake(host, connect_seconds=1.0 if kind is Failure.TIMEOUT else 5.0)

    assert trouble.value.kind is kind


@pytest.fixture
def demanding(tmp_path):
    """The port of a host that demands a certificate of its visitors, by a version of TLS."""
    authority = Authority("Demanding")
    wires = []

    def serve(version, names=("door.example",)):
        leaf = authority.leaf(*names)
        (tmp_path / "chain.pem").write_text(leaf.pem + leaf.key_pem)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(tmp_path / "chain.pem")
        context.load_verify_locations(cadata=authority.root.pem)
        context.verify_mode = ssl.CERT_REQUIRED
        context.minimum_version = context.maximum_version = version
        wire = socket.create_server(("127.0.0.1", 0))
        wires.append(wire)

        def run():
            while True:
                try:
                    plain, _ = wire.accept()
                except OSError:
                    return
                with plain.dup() as wire_of_both, contextlib.suppress(OSError):
                    with contextlib.suppress(OSError):
                        context.wrap_socket(plain, server_side=True).recv(1)
                    while wire_of_both.recv(4096):  # a close with unread bytes takes the alert away
                        pass

        threading.Thread(target=run, daemon=True).start()
        return wire.getsockname()[1]

    yield serve
    for wire in wires:
        with contextlib.suppress(OSError):
            wire.shutdown(socket.SHUT_RDWR)
        wire.close()


def look_at(port):
    """What a look makes of a host on this machine that has port 443 there."""
    network = Network(port_map={443: port}, allow_networks=("127.0.0.0/8",))
    dial = PinnedDial(Nearby(), network)
    visit = Visit(dial, network)
    deadline = Deadline.after(10)
    with contextlib.closing(dial), contextlib.closing(visit):
        try:
            seen = dial.shake_hands("door.example", deadline)
        except Unreached as trouble:
            seen = Unreachable(trouble.reason, trouble.kind)
        visit.ask(Request("https://door.example/"), deadline)
        return Observations("door.example", datetime.now(UTC), tls=seen, http=visit.seen())


class Nearby:
    """A resolver by which every name is on this machine."""

    def ask(self, questions):
        return tuple(
            Answer(name, type, DnsStatus.NOERROR, ("127.0.0.1",) if type == "A" else ())
            for name, type in questions
        )


def test_a_host_that_demands_a_certificate_says_so_after_the_handshake(demanding):
    """In TLS 1.3: the handshake counts, the page is not seen, and nothing is a fault."""
    look = look_at(demanding(ssl.TLSVersion.TLSv1_3))

    assert reach(look).status is Status.PASSED
    assert https(look).status is Status.UNKNOWN
    assert "asks visitors for a certificate" in https(look).reason


def test_a_host_that_demands_a_certificate_breaks_an_older_handshake_off(demanding):
    """In TLS 1.2: the request for the certificate was heard, so the alert is understood."""
    look = look_at(demanding(ssl.TLSVersion.TLSv1_2))

    assert (look.tls.failure, reach(look).status) == (Failure.OTHER, Status.UNKNOWN)
    assert "asks visitors for a certificate" in reach(look).reason
    assert https(look).status is Status.UNKNOWN


@pytest.mark.parametrize(
    ("count", "status", "words"),
    [(2_000, Status.PASSED, ""), (10_000, Status.UNKNOWN, "excessive message size")],
)
def test_a_certificate_of_very_many_names_is_read_or_told(demanding, count, status, words):
    """At once; one that no library takes (OpenSSL stops at 100 KiB) is a look that failed."""
    names = ("door.example", *(f"n{number}.door.example" for number in range(count)))
    port = demanding(ssl.TLSVersion.TLSv1_3, names)
    begun = time.process_time()

    look = look_at(port)
    outcomes = [check(look) for check in (reach, hostname)]

    assert [each.status for each in outcomes] == [status, status]
    assert all(words in each.reason for each in outcomes)
    assert time.process_time() - begun < 2


def test_a_dead_address_does_not_hurt(handshake, lab):
    """Every address is tried: first ::1 where nobody listens, then the one that lives."""
    living = lab.address("good.test")

    assert handshake("good.test", "::1", living).address == living


def test_a_silent_address_does_not_hurt(handshake, lab):
    """An address that accepts and says nothing costs the time for one connection."""
    living = lab.address("good.test")

    silent = lab.address("mute.shop.test")

    assert handshake("good.test", silent, living, connect_seconds=2.0).address == living


def test_a_no_of_one_address_is_no_verdict_when_another_is_silent(handshake, lab):
    """Refused here, timed out there: nobody can tell, and both are named."""
    refused, silent = lab.address("refused.shop.test"), lab.address("mute.shop.test")

    with pytest.raises(
        Unreached, match=f"{refused}: connection refused; {silent}: timed"
    ) as trouble:
        handshake("mixed.example", refused, silent, connect_seconds=1.0)

    assert trouble.value.kind is Failure.TIMEOUT


def test_a_no_is_believed_at_the_second_time():
    """A host that refuses once and then answers is reachable."""
    answers = [Unreached("connection refused", Failure.REFUSED), "here"]

    def attempt(address):
        answer = answers.pop(0)
        if isinstance(answer, Unreached):
            raise answer
        return answer

    assert first_of(("192.0.2.1",), attempt, tries=2, deadline=Deadline.after(5)) == "here"


def test_a_time_out_is_not_tried_again():
    """It would only cost the time of the whole look."""
    tried = []

    def attempt(address):
        tried.append(address)
        raise Unreached("timed out", Failure.TIMEOUT)

    with pytest.raises(Unreached):
        first_of(("192.0.2.1",), attempt, tries=2, deadline=Deadline.after(5))

    assert tried == ["192.0.2.1"]


def test_a_connection_ends_with_the_deadline(lab):
    """Reading from a host that says nothing stops when the time is up."""
    network = lab.network()
    address = lab.address("mute.shop.test")
    connection = open_connection(address, network.port(80), Deadline.after(0.3), 5.0)
    connection.allowance = 100

    with pytest.raises(Unreached, match="timed out"), connection:
        connection.recv_into(bytearray(10))


def test_a_connection_ends_with_its_allowance(lab):
    """What a host may send is counted."""
    network = lab.network()
    connection = open_connection(lab.address("good.test"), network.port(80), Deadline.after(5), 5.0)

    with pytest.raises(Unreached, match="sent more than is read"), connection:
        connection.recv_into(bytearray(10))


def test_a_host_that_floods_the_handshake_is_left(lab):
    """The library passes over hello requests for as long as they come, without ever waiting."""
    with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as listening:
        flood = b"\x16\x03\x03\x40\x00" + bytes(16384)

        left = threading.Event()

        def serve():
            wire, _ = listening.accept()
            with wire:
                end = time.monotonic() + 100
                try:
                    while time.monotonic() < end:
                        wire.sendall(flood)
                except OSError:
                    left.set()

        flooding = threading.Thread(target=serve, daemon=True)
        flooding.start()
        with pytest.raises(Unreached):
            tls.shake_hands(
                "good.test",
                ["127.0.0.1"],
                listening.getsockname()[1],
                lab.network(),
                Deadline.after(1),
            )
        flooding.join()

    assert left.is_set()
