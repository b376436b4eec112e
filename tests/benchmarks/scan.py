"""Scans of many vendors: does the rate hold as they grow, and beside hostile ones; what memory."""

import resource
import time
from collections.abc import Sequence
from dataclasses import replace

from tests.lab.lab import Lab
from vendor_risk.checks.observations import Observations
from vendor_risk.observe import look_at_all, parse
from vendor_risk.observe.network import Network
from vendor_risk.workflow.assess import evaluate

GOOD = ("good.test", "www.good.test", "sub.good.test", "nospf.test", "dmarcnone.test")
HOSTILE = ("mute.shop.test", "headerdrip.shop.test", "bodydrip.shop.test", "tlsdrip.shop.test")
PROCESSES = 2
DEADLINE = 8.0  # seconds: the hostile hold a look for all of it


def judged(seen: Observations) -> str:
    """What a scan does with each look."""
    evaluate(seen)
    return seen.domain


def run() -> dict[str, float]:
    """Vendors a second and the most memory of a process, as ratios of one run."""
    with Lab() as lab:
        network = replace(lab.network(), deadline_seconds=DEADLINE)
        _rate(_some(GOOD, 40), network)  # fills the caches of the servers
        few = _rate(_some(GOOD, 300), network)
        memory_few = _memory()
        many = _rate(_some(GOOD, 3000), network)
        memory_many = _memory()
        alone = _rate(_some(GOOD, 480), network)
        beside = _rate(_mixed(480, 120), network)
    return {
        "300 vendors (vendors/s)": few,
        "3,000 vendors (vendors/s)": many,
        "rate, 3,000 to 300": many / few,
        "memory, 300 (MiB)": memory_few,
        "memory, 3,000 (MiB)": memory_many,
        "memory, 3,000 to 300": memory_many / memory_few,
        "480 healthy alone (vendors/s)": alone,
        "480 healthy beside 120 hostile (vendors/s)": beside,
        "rate of the healthy, beside to alone": beside / alone,
    }


def _some(names: Sequence[str], count: int) -> list[str]:
    return [names[number % len(names)] for number in range(count)]


def _mixed(healthy: int, hostile: int) -> list[str]:
    """Hostile hosts spread evenly among healthy ones."""
    every = healthy // hostile
    mixed: list[str] = []
    for number, name in enumerate(_some(GOOD, healthy)):
        if number % every == 0:
            mixed.append(HOSTILE[(number // every) % len(HOSTILE)])
        mixed.append(name)
    return mixed


def _rate(names: Sequence[str], network: Network) -> float:
    """Healthy vendors a second, from the first result to the last healthy one.

    The start of the processes is left out: it is the same for ten vendors and for 100,000.
    """
    began = last = 0.0
    healthy = 0
    targets = (parse(name) for name in names)
    for target, result in look_at_all(targets, network, work=judged, processes=PROCESSES):
        if isinstance(result, Exception):
            raise result
        if not began:
            began = time.perf_counter()
        elif target.host in GOOD:
            healthy, last = healthy + 1, time.perf_counter()
    return healthy / (last - began)


def _memory() -> float:
    """The most that any process so far held, in MiB."""
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
