"""Threads against asyncio: the packets of a look, nothing judged, alone and beside hostile hosts.

Both ask the same questions one by one, shake hands once and fetch the same pages with as little
code as that takes, in a process of their own, by turns.
"""

import asyncio
import contextlib
import re
import socket
import ssl
import statistics
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection

import dns.flags
import dns.message

from tests.lab.lab import Lab
from tests.lab.shops import dripping_shops, place, shops

HEALTHY, HOSTILE, ROUNDS = 240, 60, 3
AT_ONCE = 64  # room for the hostile hosts that are held, and for more than a core can do beside
_QUESTIONS = (
    *(("", kind) for kind in ("A", "AAAA", "MX", "TXT", "NS", "SOA", "CAA", "DS")),
    *((f"{label}.", "TXT") for label in ("_dmarc", "_mta-sts", "_smtp._tls", "default._domainkey")),
    *((f"{label}.", "A") for label in ("www", "mail", "mta-sts")),
    ("_443._tcp.", "TLSA"),
)
_PATHS = ("/", "/", "/.well-known/security.txt")
_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)


@dataclass(frozen=True)
class Way:
    """Where the lab is, and how long a host may hold a look."""

    resolver: tuple[str, int]
    http: int
    https: int
    seconds: float = 4.0


def run() -> dict[str, float]:
    """Healthy hosts a second and CPU milliseconds a host of both, and the ratios."""
    good, bad = shops(HEALTHY), dripping_shops(HOSTILE)
    every = HEALTHY // HOSTILE
    mixed = [
        name
        for number, hostile in enumerate(bad)
        for name in (hostile, *good[number * every : (number + 1) * every])
    ]
    seen: dict[tuple[str, str], list[tuple[float, float]]] = {}
    with Lab([*good, *bad]) as lab:
        address, _, port = lab.resolver.rpartition(":")
        way = Way((address, int(port)), lab.port_map[80], lab.port_map[443])
        _measured(_threads, good, way)  # fills the caches of the servers
        for _ in range(ROUNDS):
            for load, names in (("alone", good), ("beside", mixed)):
                for kind, floor in (("threads", _threads), ("asyncio", _tasks)):
                    seen.setdefault((kind, load), []).append(_measured(floor, names, way))
    rate = {key: statistics.median(one[0] for one in many) for key, many in seen.items()}
    cpu = {key: statistics.median(one[1] for one in many) for key, many in seen.items()}
    told = {}
    for kind in ("threads", "asyncio"):
        for load in ("alone", "beside"):
            told[f"{kind}, healthy {load} (hosts/s)"] = rate[kind, load]
            told[f"{kind}, healthy {load}, CPU a host (ms)"] = cpu[kind, load]
        told[f"{kind}, rate beside hostile to alone"] = rate[kind, "beside"] / rate[kind, "alone"]
    told["rate beside hostile, threads to asyncio"] = (
        rate["threads", "beside"] / rate["asyncio", "beside"]
    )
    told["CPU beside hostile, threads to asyncio"] = (
        cpu["threads", "beside"] / cpu["asyncio", "beside"]
    )
    return told


Floor = Callable[[Sequence[str], Way], list[float]]


def _measured(floor: Floor, names: Sequence[str], way: Way) -> tuple[float, float]:
    """Healthy hosts a second until the last of them, and CPU milliseconds for each host."""
    context = get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_alone, args=(theirs, floor, names, way))
    process.start()
    theirs.close()
    rate, cpu = ours.recv()
    process.join()
    return rate, cpu


def _alone(wire: Connection, floor: Floor, names: Sequence[str], way: Way) -> None:
    began, cpu = time.monotonic(), time.process_time()
    ended = floor(names, way)
    healthy = [at for name, at in zip(names, ended, strict=True) if place(name) == "web"]
    wire.send(
        (len(healthy) / (max(healthy) - began), 1000 * (time.process_time() - cpu) / len(names))
    )


_CONTEXT = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
_CONTEXT.check_hostname = False
_CONTEXT.verify_mode = ssl.CERT_NONE


def _queries(name: str) -> list[tuple[bytes, bytes]]:
    """Each question as bytes, with the id of its answer."""
    asked = []
    for label, kind in _QUESTIONS:
        query = dns.message.make_query(f"{label}{name}", kind)
        query.flags |= dns.flags.AD
        wire = query.to_wire()
        asked.append((wire, wire[:2]))
    return asked


def _address(packets: Sequence[bytes]) -> str:
    """The address in the first answer; all are read, as a look does."""
    answers = [dns.message.from_wire(packet) for packet in packets]
    return str(answers[0].answer[0][0].to_text())


def _request(name: str, path: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: {name}\r\n\r\n".encode()


def _missing(head: bytes) -> int:
    found = _LENGTH.search(head)
    return int(found[1]) if found else 0


def _threads(names: Sequence[str], way: Way) -> list[float]:
    """When each host was done, a thread for each."""

    def one(name: str) -> float:
        with contextlib.suppress(OSError):
            _look(name, way, time.monotonic() + way.seconds)
        return time.monotonic()

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(one, names))


def _look(name: str, way: Way, late: float) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as wire:
        wire.connect(way.resolver)
        packets = []
        for query, number in _queries(name):
            wire.send(query)
            _left(wire, late)
            packet = wire.recv(65535)
            while packet[:2] != number:
                packet = wire.recv(65535)
            packets.append(packet)
    address = _address(packets)
    with socket.create_connection((address, way.https), way.seconds) as plain:
        _left(plain, late)
        with _CONTEXT.wrap_socket(plain, server_hostname=name) as secure:
            secure.getpeercert(binary_form=True)
            for path in _PATHS:
                _page(secure, _request(name, path), late)
    with socket.create_connection((address, way.http), way.seconds) as plain:
        _page(plain, _request(name, "/"), late)


def _left(wire: socket.socket, late: float) -> None:
    left = late - time.monotonic()
    if left <= 0:
        raise TimeoutError
    wire.settimeout(left)


def _page(wire: socket.socket, request: bytes, late: float) -> None:
    wire.sendall(request)
    got = b""
    while b"\r\n\r\n" not in got:
        _left(wire, late)
        got += _some(wire.recv(65536))
    head, _, body = got.partition(b"\r\n\r\n")
    missing = _missing(head) - len(body)
    while missing > 0:
        _left(wire, late)
        missing -= len(_some(wire.recv(65536)))


def _some(got: bytes) -> bytes:
    if not got:
        raise ConnectionError
    return got


def _tasks(names: Sequence[str], way: Way) -> list[float]:
    """The same with a task for each host, in one thread."""
    return asyncio.run(_all(names, way))


async def _all(names: Sequence[str], way: Way) -> list[float]:
    room = asyncio.Semaphore(AT_ONCE)

    async def one(name: str) -> float:
        async with room:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError):
                await asyncio.wait_for(_looked(name, way), way.seconds)
        return time.monotonic()

    return list(await asyncio.gather(*map(one, names)))


class _Answers(asyncio.DatagramProtocol):
    """Hands each packet to who waits for it."""

    def __init__(self) -> None:
        self.waiting: dict[bytes, asyncio.Future[bytes]] = {}

    def datagram_received(self, data: bytes, addr: object) -> None:
        waiting = self.waiting.pop(data[:2], None)
        if waiting is not None and not waiting.done():
            waiting.set_result(data)


async def _looked(name: str, way: Way) -> None:
    loop = asyncio.get_running_loop()
    transport, answers = await loop.create_datagram_endpoint(_Answers, remote_addr=way.resolver)
    packets = []
    try:
        for query, number in _queries(name):
            answers.waiting[number] = loop.create_future()
            waiting = answers.waiting[number]
            transport.sendto(query)
            packets.append(await waiting)
    finally:
        transport.close()
    address = _address(packets)
    reader, writer = await asyncio.open_connection(
        address, way.https, ssl=_CONTEXT, server_hostname=name
    )
    try:
        writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
        for path in _PATHS:
            await _read(reader, writer, _request(name, path))
    finally:
        writer.transport.abort()
    reader, writer = await asyncio.open_connection(address, way.http)
    try:
        await _read(reader, writer, _request(name, "/"))
    finally:
        writer.transport.abort()


async def _read(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes) -> None:
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    await reader.readexactly(_missing(head))
