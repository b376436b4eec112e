"""Refuses addresses that are not on the public internet, so that no name leads us inside."""

import ipaddress
from collections.abc import Iterable
from functools import lru_cache

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
IPNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network

# The IANA special-purpose registries (RFC 6890 and updates), the first match names the address.
# `ipaddress.is_global` is not enough: on Python 3.11 it passes 192.0.0.8, multicast and 6to4.
_SPECIAL: tuple[tuple[IPNetwork, str], ...] = tuple(
    (ipaddress.ip_network(network), words)
    for network, words in (
        ("169.254.169.254/32", "the metadata address of a cloud"),
        ("fd00:ec2::254/128", "the metadata address of a cloud"),
        ("100.100.100.200/32", "the metadata address of a cloud"),
        ("168.63.129.16/32", "the metadata address of a cloud"),  # public, yet Azure's own
        ("0.0.0.0/8", "an address of no host"),
        ("10.0.0.0/8", "a private address"),
        ("100.64.0.0/10", "a private address of a provider (CGNAT)"),
        ("127.0.0.0/8", "a loopback address"),
        ("169.254.0.0/16", "a link-local address"),
        ("172.16.0.0/12", "a private address"),
        ("192.0.0.0/24", "a reserved address"),
        ("192.0.2.0/24", "an address for documentation"),
        ("192.88.99.0/24", "a 6to4 relay"),
        ("192.168.0.0/16", "a private address"),
        ("198.18.0.0/15", "an address for benchmarks"),
        ("198.51.100.0/24", "an address for documentation"),
        ("203.0.113.0/24", "an address for documentation"),
        ("224.0.0.0/4", "a multicast address"),
        ("240.0.0.0/4", "a reserved address"),
        ("::1/128", "a loopback address"),
        ("::ffff:0:0/96", "an IPv4 address dressed as IPv6"),
        ("64:ff9b::/96", "an IPv4 address behind NAT64"),
        ("64:ff9b:1::/48", "an IPv4 address behind NAT64"),
        ("2001::/32", "a Teredo address"),
        ("2001::/23", "a reserved address"),
        ("2001:db8::/32", "an address for documentation"),
        ("2002::/16", "a 6to4 address"),
        ("3fff::/20", "an address for documentation"),
        ("fc00::/7", "a private address"),
        ("fe80::/10", "a link-local address"),
        ("fec0::/10", "a private address"),
        ("ff00::/8", "a multicast address"),
    )
)
_GLOBAL_UNICAST = ipaddress.ip_network("2000::/3")  # all that IANA has opened of IPv6 (RFC 4291)


class AddressRefused(Exception):
    """A name leads to an address that is not on the public internet.

    `seen` says to which; the message adds the rule and the setting that makes exceptions.
    """

    def __init__(self, seen: str) -> None:
        super().__init__(
            f"{seen}; only public addresses are visited, "
            "and networks that VENDOR_RISK_SCAN_ALLOW_NETWORKS names."
        )
        self.seen = seen

    def __reduce__(self) -> tuple[type["AddressRefused"], tuple[str]]:
        """Comes whole out of another process."""
        return type(self), (self.seen,)


def guard(address: str, allow: tuple[str, ...] = ()) -> str:
    """The address in its normal form when it may be visited; AddressRefused with the reason."""
    parsed = ipaddress.ip_address(address)
    words = _refusal(parsed, allow)
    if words:
        raise AddressRefused(f"{parsed} is {words}")
    return str(parsed)


def guard_all(host: str, addresses: Iterable[str], allow: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Every address of a host; one bad among several refuses the host.

    A name that mixes public and private addresses is an attack, not an accident.
    """
    checked = [ipaddress.ip_address(address) for address in addresses]
    for address in checked:
        words = _refusal(address, allow)
        if words:
            raise AddressRefused(f"{host} points to {address}, {words}")
    return tuple(str(address) for address in checked)


def _refusal(address: IPAddress, allow: tuple[str, ...]) -> str:
    """What is the matter with an address, in words; empty when it may be visited."""
    if any(address in network for network in _networks(allow)):
        return ""
    for network, words in _SPECIAL:
        if address in network:
            return words
    if address.version == 6 and address not in _GLOBAL_UNICAST:
        return "no public address"
    return ""


@lru_cache(maxsize=16)
def _networks(allow: tuple[str, ...]) -> tuple[IPNetwork, ...]:
    return tuple(ipaddress.ip_network(network) for network in allow)
