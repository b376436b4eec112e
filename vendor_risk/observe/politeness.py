"""Keeps many looks at once from falling on one provider's machines."""

import ipaddress
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

# Looks at once into one network, of all workers together. Thousands of shops stand behind a few
# addresses of their platform; eight looks are some 60 connections, as many as a few visitors'
# browsers open.
LOOKS_A_NETWORK = 8
_PREFIXES = {4: 24, 6: 48}  # the smallest networks that are routed on their own


class Places:
    """Room for a few looks into each network; networks of the operator's own have no limit."""

    def __init__(self, most: int = LOOKS_A_NETWORK) -> None:
        self._all = most
        self._most = most
        self._changed = threading.Condition()
        self._taken: dict[str, int] = {}

    def share(self, workers: int) -> int:
        """Of so many workers each has its part from now on, at least one place; how many."""
        with self._changed:
            self._most = max(1, self._all // max(1, workers))
            self._changed.notify_all()
            return self._most

    @contextmanager
    def at(
        self, addresses: Sequence[str], own: Sequence[str], *, patience: float
    ) -> Iterator[float]:
        """A place in the network of the first address; the seconds that were waited for it.

        After `patience` seconds the look goes on without: it must not be lost.
        """
        network = network_of(addresses[0], own) if addresses else ""
        if not network:
            yield 0.0
            return
        begun = time.monotonic()
        with self._changed:
            self._changed.wait_for(lambda: self._taken.get(network, 0) < self._most, patience)
            self._taken[network] = self._taken.get(network, 0) + 1
        try:
            yield time.monotonic() - begun
        finally:
            with self._changed:
                self._taken[network] -= 1
                if not self._taken[network]:
                    del self._taken[network]
                self._changed.notify_all()

    def taken(self) -> int:
        """How many looks have a place now."""
        with self._changed:
            return sum(self._taken.values())


def network_of(address: str, own: Sequence[str]) -> str:
    """The network that a provider's machines share with this address; empty for our own ones."""
    parsed = ipaddress.ip_address(address)
    for text in own:
        network = ipaddress.ip_network(text, strict=False)
        if parsed.version == network.version and parsed in network:
            return ""
    return str(ipaddress.ip_network((address, _PREFIXES[parsed.version]), strict=False))


PLACES = Places()
"""Those of this process."""
