"""A look with its judgement, against the bare floor: the same packets, nothing judged."""

import contextlib
import datetime as dt
import http.client
import socket
import ssl
import statistics
import time
from collections.abc import Callable
from urllib.parse import urlsplit

import dns.flags
import dns.message
import dns.query

from tests.lab.lab import Lab
from vendor_risk.checks.observations import Dns, Http, Mail, Observations
from vendor_risk.observe.look import look
from vendor_risk.observe.target import parse
from vendor_risk.workflow.assess import evaluate

HOST = "good.test"
ROUNDS = 60


def run() -> dict[str, float]:
    """Wall and CPU seconds of one assessment and of its floor, and their ratios."""
    with Lab() as lab:
        network = lab.network()
        target = parse(HOST)

        def ours() -> Observations:
            seen = look(target, network, observed_at=dt.datetime.now(dt.UTC))
            evaluate(seen)
            return seen

        def floor() -> None:
            _floor(network, seen)

        seen = ours()
        floor()  # the first fills caches: roots, TLS context, resolver
        (our_wall, our_cpu), (floor_wall, floor_cpu) = _medians(ours, floor)
    return {
        "assess, wall (ms)": 1000 * our_wall,
        "floor, wall (ms)": 1000 * floor_wall,
        "wall ratio": our_wall / floor_wall,
        "assess, CPU (ms)": 1000 * our_cpu,
        "floor, CPU (ms)": 1000 * floor_cpu,
        "CPU ratio": our_cpu / floor_cpu,
    }


def _medians(*acts: Callable[[], object]) -> list[tuple[float, float]]:
    """Wall and CPU seconds of each act, taken in turns so that a busy machine is fair to all."""
    walls: list[list[float]] = [[] for _ in acts]
    cpus: list[list[float]] = [[] for _ in acts]
    for _ in range(ROUNDS):
        for number, act in enumerate(acts):
            wall, cpu = time.perf_counter(), time.process_time()
            act()
            walls[number].append(time.perf_counter() - wall)
            cpus[number].append(time.process_time() - cpu)
    return [
        (statistics.median(one), statistics.median(other))
        for one, other in zip(walls, cpus, strict=True)
    ]


_CONTEXT = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
_CONTEXT.check_hostname = False
_CONTEXT.verify_mode = ssl.CERT_NONE


def _floor(network, seen: Observations) -> None:
    """The questions that the look asked one by one, one handshake, and its pages."""
    ((resolver, port),) = network.servers()
    assert isinstance(seen.dns, Dns) and isinstance(seen.http, Http)
    for asked in seen.dns.records:
        query = dns.message.make_query(asked.name, asked.type)
        query.flags |= dns.flags.AD
        dns.query.udp(query, resolver, port=port, timeout=5)
    (address, *_) = seen.method.addresses
    hosts: dict[tuple[str, str], list[str]] = {}
    policy = seen.mail.mta_sts if isinstance(seen.mail, Mail) else None
    for response in (*seen.http.responses, *([policy] if policy else [])):
        parts = urlsplit(response.url)
        hosts.setdefault((parts.scheme, parts.hostname), []).append(parts.path)
    for (scheme, host), paths in hosts.items():
        numbered = network.port(443 if scheme == "https" else 80)
        with contextlib.ExitStack() as stack:
            wire = stack.enter_context(socket.create_connection((address, numbered), timeout=5))
            if scheme == "https":
                wire = stack.enter_context(_CONTEXT.wrap_socket(wire, server_hostname=host))
            _get(wire, host, paths)


def _get(connection, host: str, paths: list[str]) -> None:
    """The pages of a host over one connection, nothing read but their length."""
    for path in paths:
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
        answer = http.client.HTTPResponse(connection)
        answer.begin()
        answer.read()
