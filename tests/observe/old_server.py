"""A server that agrees on what no library speaks any more, and hostile ones."""

import contextlib
import socket
import struct
import threading
import time
from dataclasses import dataclass, field

from vendor_risk.observe.hello import SSL2, SSL3, TLS12, TLS13

PROTOCOL_VERSION, HANDSHAKE_FAILURE, INAPPROPRIATE_FALLBACK = 70, 40, 86
_RETRY = bytes.fromhex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c")


def vector(octets, content):
    """Bytes with their count before them."""
    return len(content).to_bytes(octets, "big") + content


def record(kind, content, version=TLS12):
    """A record of TLS."""
    return bytes([kind]) + version.to_bytes(2, "big") + vector(2, content)


def message(kind, content):
    """A message of the handshake."""
    return bytes([kind]) + vector(3, content)


def alert(description, level=2):
    """A record with an alert."""
    return record(21, bytes([level, description]))


def server_hello(version, suite, extensions=(), *, compression=0, random=bytes(32)):
    """The message by which a server chooses."""
    body = min(version, TLS12).to_bytes(2, "big") + random + b"\x00" + suite.to_bytes(2, "big")
    body += bytes([compression])
    fields = b"".join(kind.to_bytes(2, "big") + vector(2, text) for kind, text in extensions)
    return message(2, body + (vector(2, fields) if fields else b""))


def retry(group, suite=0x1301):
    """The message that asks for a share of a group."""
    extensions = ((43, TLS13.to_bytes(2, "big")), (51, group.to_bytes(2, "big")))
    return server_hello(TLS13, suite, extensions, random=_RETRY)


def key_exchange(bits):
    """The message with a group of Diffie and Hellman."""
    prime = (1 << (bits - 1)) | 1
    return message(12, vector(2, prime.to_bytes((bits + 7) // 8, "big")) + vector(2, b"\x02"))


DONE = message(14, b"")


@dataclass
class Chooser:
    """What a server knows; called with the bytes of a hello it gives those of its answer."""

    versions: tuple = (TLS12,)
    suites: tuple = ()
    extensions: tuple = ((0xFF01, b"\x00"), (23, b""))
    compression: int = 0
    group: int | None = None  # of TLS 1.3
    bits: int = 2048
    minds_fallback: bool = True
    refusal: int = HANDSHAKE_FAILURE
    seen: list = field(default_factory=list)

    def __call__(self, hello):
        if hello[0] & 0x80:
            return self._ssl2()
        version, suites, modern = _read(hello)
        self.seen.append((version, suites))
        if modern:
            if self.group is None:
                return alert(PROTOCOL_VERSION)
            return record(22, retry(self.group))
        spoken = [each for each in self.versions if SSL3 <= each <= min(version, TLS12)]
        if not spoken:
            return alert(PROTOCOL_VERSION)
        best = max(each for each in (*self.versions, TLS13 if self.group else 0))
        if 0x5600 in suites and self.minds_fallback and version < best:
            return alert(INAPPROPRIATE_FALLBACK)
        common = [each for each in self.suites if each in suites]
        if not common:
            return alert(self.refusal)
        extensions = () if max(spoken) == SSL3 else self.extensions
        chosen = server_hello(max(spoken), common[0], extensions, compression=self.compression)
        flight = chosen + message(11, vector(3, b"")) + key_exchange(self.bits) + DONE
        return record(22, flight, max(spoken))

    def _ssl2(self):
        if SSL2 not in self.versions:
            return b""
        body = b"\x04\x00\x01\x00\x02" + b"\x00\x04\x00\x03\x00\x10" + b"cert" + b"\x01\x00\x80"
        body += bytes(16)
        return (0x8000 | len(body)).to_bytes(2, "big") + body


def _read(hello):
    """Version, suites, and whether TLS 1.3 is offered."""
    version = int.from_bytes(hello[9:11], "big")
    at = 43 + 1 + hello[43]
    length = int.from_bytes(hello[at : at + 2], "big")
    numbers = hello[at + 2 : at + 2 + length]
    suites = [int.from_bytes(numbers[i : i + 2], "big") for i in range(0, length, 2)]
    return version, suites, b"\x00\x2b\x00\x03\x02\x03\x04" in hello


def answering(choose):
    """The play of a server that answers each hello once."""

    def play(wire):
        answer = choose(wire.recv(4096))
        wire.sendall(answer)
        wire.shutdown(socket.SHUT_WR)
        while answer and wire.recv(4096):
            pass

    return play


def silent(wire):
    """Takes everything and says nothing."""
    while wire.recv(4096):
        pass


def closing(wire):
    """Reads the hello and hangs up without a word."""
    wire.recv(4096)


def resetting(wire):
    """Reads the hello and tears the connection down."""
    wire.recv(4096)
    wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def garbage(wire):
    """Answers with what is no TLS."""
    wire.recv(4096)
    wire.sendall(b"\x00\xff\xfe nothing that makes sense\r\n" * 20)


def dripping(wire):
    """One byte at a time, for ever."""
    wire.recv(4096)
    for byte in record(22, server_hello(TLS12, 0xC02F)) * 1000:
        wire.sendall(bytes([byte]))
        time.sleep(0.1)


def endless(wire):
    """A certificate that never ends, in records without number."""
    wire.recv(4096)
    wire.sendall(record(22, server_hello(TLS12, 0xC02F) + b"\x0b\xff\xff\xff"))
    while True:
        wire.sendall(record(22, b"\x00" * 16000))


def warning(wire):
    """Warns without end."""
    wire.recv(4096)
    while True:
        wire.sendall(alert(112, level=1) * 100)


HOSTILE = (silent, closing, resetting, garbage, dripping, endless, warning)


class Served:
    """A play on a port of this machine, until it is closed."""

    def __init__(self, play):
        self._play = play
        self._wire = socket.create_server(("127.0.0.1", 0))
        self.port = self._wire.getsockname()[1]
        self.connections = 0
        threading.Thread(target=self._run, daemon=True).start()

    def close(self):
        with contextlib.suppress(OSError):
            self._wire.shutdown(socket.SHUT_RDWR)
        self._wire.close()

    def _run(self):
        while True:
            try:
                wire, _ = self._wire.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=(wire,), daemon=True).start()

    def _serve(self, wire):
        with wire, contextlib.suppress(OSError):
            self._play(wire)
