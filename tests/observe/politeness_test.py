"""No more looks at once into one network than a few, and nobody loses time by waiting."""

import threading
import time

import pytest

from vendor_risk.observe.deadline import Deadline
from vendor_risk.observe.politeness import Places, network_of


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("198.51.100.7", "198.51.100.0/24"),
        ("2001:db8:1:2::7", "2001:db8:1::/48"),
        ("127.0.0.53", ""),
        ("::1", "::/48"),
    ],
)
def test_machines_of_one_provider_share_a_network(address: str, network: str) -> None:
    """A /24 or a /48; what the operator named as its own has no limit."""
    assert network_of(address, ("127.0.0.0/8",)) == network


def run(places: Places, addresses: list[str], own: tuple[str, ...] = ()) -> int:
    """The most looks at once while all of these are looked at."""
    most, now, lock = 0, 0, threading.Lock()

    def look(address: str) -> None:
        nonlocal most, now
        with places.at([address], own, patience=10):
            with lock:
                now += 1
                most = max(most, now)
            time.sleep(0.02)
            with lock:
                now -= 1

    threads = [threading.Thread(target=look, args=(address,)) for address in addresses]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return most


def test_one_network_gets_a_few_looks_at_once() -> None:
    """Twelve hosts behind one platform, three at a time, and all places are given back."""
    places = Places(3)
    assert run(places, [f"198.51.100.{n}" for n in range(12)]) == 3
    assert places.taken() == 0


def test_workers_share_the_places_of_a_network() -> None:
    """Each has its part, and one place at least; alone it has all again."""
    places = Places(8)
    assert [places.share(workers) for workers in (1, 2, 3, 20, 0)] == [8, 4, 2, 1, 8]
    places.share(4)
    assert run(places, [f"198.51.100.{n}" for n in range(12)]) == 2


def test_networks_do_not_wait_for_each_other() -> None:
    """Twelve providers are looked at side by side, as are our own machines."""
    assert run(Places(1), [f"198.51.{n}.1" for n in range(12)]) > 3
    assert run(Places(1), [f"127.0.0.{n}" for n in range(12)], ("127.0.0.0/8",)) > 3


def test_a_look_that_waited_too_long_goes_on() -> None:
    """It must not be lost, and it is told how long it waited."""
    places = Places(1)
    with (
        places.at(["198.51.100.1"], (), patience=1),
        places.at(["198.51.100.2"], (), patience=0.05) as waited,
    ):
        assert waited >= 0.05


def test_a_host_without_an_address_needs_no_place() -> None:
    """There is nobody to be polite to."""
    with Places(0).at([], (), patience=0) as waited:
        assert waited == 0.0


def test_waiting_costs_no_time_of_the_look() -> None:
    """The deadline is put off by what was waited."""
    assert Deadline(10.0).later(2.5) == Deadline(12.5)
