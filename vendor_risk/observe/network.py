"""The settings of a look: resolvers, ports, roots, allowed networks and bounds."""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from vendor_risk import __version__

USER_AGENT = f"vendor-risk/{__version__} (passive look at a vendor's public face)"
_RESOLV_CONF = Path("/etc/resolv.conf")
_DNS_PORT = 53
_MOST_SERVERS = 3  # as the C library: it reads no more name servers than three


class ResolverDown(Exception):
    """Our own DNS resolver gives no answers, so nothing can be said of any vendor."""


class LookBroken(Exception):
    """A look took its process with it, or failed on our side; the message says how."""


@dataclass(frozen=True, slots=True)
class Network:
    """How this installation reaches the internet; the bounds hold for each host looked at."""

    resolvers: tuple[str, ...] = ()  # ADDRESS, ADDRESS:PORT or [V6]:PORT; empty: the system's
    port_map: Mapping[int, int] = field(default_factory=dict)
    extra_roots_pem: tuple[str, ...] = ()
    allow_networks: tuple[str, ...] = ()
    deadline_seconds: float = 20.0
    connect_seconds: float = 5.0
    user_agent: str = USER_AGENT
    body_limit: int = 512 * 1024
    header_limit: int = 64 * 1024
    max_redirects: int = 10

    def port(self, port: int) -> int:
        """The port to connect to for a port that a URL names."""
        return self.port_map.get(port, port)

    def servers(self) -> tuple[tuple[str, int], ...]:
        """Address and port of each resolver; ResolverDown when there is none at all."""
        named = tuple(server(text) for text in self.resolvers)
        if named:
            return named
        servers = tuple((address, _DNS_PORT) for address in _system_resolvers(_RESOLV_CONF))
        if servers:
            return servers
        raise ResolverDown(
            f"No DNS resolver is known: {_RESOLV_CONF} names none. "
            "Set VENDOR_RISK_RESOLVERS to its address."
        )


def server_text(server: tuple[str, int]) -> str:
    """A resolver as a setting names it."""
    address, port = server
    if port == _DNS_PORT:
        return address
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def server(text: str) -> tuple[str, int]:
    """ADDRESS, ADDRESS:PORT or [V6]:PORT as address and port; ValueError when it is neither."""
    host, port = text, str(_DNS_PORT)
    if text.startswith("["):
        host, _, rest = text[1:].partition("]")
        port = rest.removeprefix(":") or port
    elif text.count(":") == 1:
        host, _, port = text.partition(":")
    try:
        ipaddress.ip_address(host)
        return host, int(port)
    except ValueError as error:
        raise ValueError(
            f"{text!r} is not an address; a resolver is named by address, such as 9.9.9.9"
        ) from error


def _system_resolvers(file: Path) -> tuple[str, ...]:
    try:
        lines = file.read_text(errors="replace").splitlines()
    except OSError:
        return ()
    words = (line.split() for line in lines)
    named = (pair[1] for pair in words if len(pair) > 1 and pair[0] == "nameserver")
    return tuple(named)[:_MOST_SERVERS]
