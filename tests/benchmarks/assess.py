"""A look with its judgement, against the bare floor: the same packets, nothing judged."""

import datetime as dt
import socket
import ssl
import statistics
import time

import dns.flags
import dns.message
import dns.query

from tests.lab.lab import Lab
from vendor_risk.checks.questions import questions
from vendor_risk.observe.look import look
from vendor_risk.observe.target import parse
from vendor_risk.workflow.assess import evaluate

HOST = "good.test"
ROUNDS = 30


def run() -> dict[str, float]:
    """Wall and CPU seconds of one assessment and of its floor, and their ratios."""
    with Lab() as lab:
        network = lab.network()
        target = parse(HOST)

        def ours() -> None:
            evaluate(look(target, network, observed_at=dt.datetime.now(dt.UTC)))

        def floor() -> None:
            _floor(network)

        ours(), floor()  # the first fills caches: roots, TLS context, resolver
        our_wall, our_cpu = _median(ours)
        floor_wall, floor_cpu = _median(floor)
    return {
        "assess, wall (ms)": 1000 * our_wall,
        "floor, wall (ms)": 1000 * floor_wall,
        "wall ratio": our_wall / floor_wall,
        "assess, CPU (ms)": 1000 * our_cpu,
        "floor, CPU (ms)": 1000 * floor_cpu,
        "CPU ratio": our_cpu / floor_cpu,
    }


def _median(act) -> tuple[float, float]:
    walls, cpus = [], []
    for _ in range(ROUNDS):
        wall, cpu = time.perf_counter(), time.process_time()
        act()
        walls.append(time.perf_counter() - wall)
        cpus.append(time.process_time() - cpu)
    return statistics.median(walls), statistics.median(cpus)


_CONTEXT = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
_CONTEXT.check_hostname = False
_CONTEXT.verify_mode = ssl.CERT_NONE


def _floor(network) -> None:
    """The same questions one by one, one handshake, one GET over each port."""
    ((address, port),) = network.servers()
    addresses = []
    for name, type in questions(HOST):
        query = dns.message.make_query(name, type)
        query.flags |= dns.flags.AD
        answer = dns.query.udp(query, address, port=port, timeout=5)
        if type == "A":
            addresses = [item.address for rrset in answer.answer for item in rrset]
    request = f"GET / HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\n\r\n".encode()
    with socket.create_connection((addresses[0], network.port(80)), timeout=5) as plain:
        _drain(plain, request)
    with (
        socket.create_connection((addresses[0], network.port(443)), timeout=5) as raw,
        _CONTEXT.wrap_socket(raw, server_hostname=HOST) as secure,
    ):
        _drain(secure, request)


def _drain(connection, request: bytes) -> None:
    connection.sendall(request)
    while connection.recv(65536):
        pass
