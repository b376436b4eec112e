"""Whose a host is, by a table of third parties."""

from collections.abc import Iterable, Mapping

from vendor_risk.checks.names import plain
from vendor_risk.checks.observations import Owner

Table = Mapping[str, tuple[str, str]]  # a name, or *. and a name, to owner and category


def owners_of(hosts: Iterable[str], table: Table) -> tuple[Owner, ...]:
    """The owners of those hosts that the table knows."""
    found = ((host, _entry(plain(host), table)) for host in hosts)
    return tuple(Owner(host, *entry) for host, entry in found if entry)


def _entry(host: str, table: Table) -> tuple[str, str] | None:
    """The entry of the host itself, else that of the nearest name above it."""
    if host in table:
        return table[host]
    labels = host.split(".")[-8:]
    above = ("*." + ".".join(labels[i:]) for i in range(len(labels) - 1))
    return next((table[name] for name in above if name in table), None)


def hosts_of(owner: str, table: Table) -> tuple[str, ...]:
    """The names that the table has for an owner."""
    found = (host.removeprefix("*.") for host, (name, _) in table.items() if name == owner)
    return tuple(dict.fromkeys(found))
