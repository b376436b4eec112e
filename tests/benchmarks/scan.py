"""Scans of many vendors: does the rate hold as they grow, and beside hostile ones; what memory.

No name is asked for twice and no two share a zone or a certificate, so that nothing is found in a
cache that a real scan would not find there. The many are held against the few before and after
them, in the time that this machine had: what its host gave to other machines is no time of ours.
"""

import os
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from statistics import fmean, median

from tests.lab.lab import Lab
from tests.lab.shops import dripping_shops, place, shops
from vendor_risk.checks.observations import Observations
from vendor_risk.observe.batch import look_at_all
from vendor_risk.observe.network import Network
from vendor_risk.observe.target import parse
from vendor_risk.workflow.assess import evaluate

WARM, FEW, MANY, HEALTHY, HOSTILE = 40, 300, 3000, 240, 60
TURNS = 4  # alone and beside hostile ones by turns: a machine that others use drifts
PROCESSES = 2
DEADLINE = 8.0  # seconds: the hostile hold a look for all of it
STEAL = 7  # of the fields of /proc/stat, proc(5): what a virtual machine's host gave to others
_PEAK = re.compile(r"VmHWM:\s+(\d+) kB")


@dataclass(frozen=True)
class Used:
    """What a process has used so far: the most memory in MiB, and seconds of CPU."""

    process: int
    memory: float
    cpu: float


def judged(seen: Observations) -> Used:
    """What a scan does with each look."""
    evaluate(seen)
    # not `getrusage`, which counts what its parent held before it became a process of its own
    found = _PEAK.search(Path("/proc/self/status").read_text())
    assert found
    return Used(os.getpid(), int(found[1]) / 1024, time.process_time())


def run() -> dict[str, float]:
    """Vendors a second and the most memory of a process, as ratios of one run."""
    good, bad = (
        shops(WARM + 2 * FEW + MANY + (2 * TURNS + 1) * HEALTHY),
        dripping_shops(TURNS * HOSTILE),
    )
    with Lab([*good, *bad]) as lab:
        network = replace(lab.network(), deadline_seconds=DEADLINE)
        names = iter(good)
        _rate(list(islice(names, WARM)), network)  # the root's keys, the roots of trust
        before, memory_few, cpu_few = _rate(list(islice(names, FEW)), network)
        many, memory_many, cpu_many = _rate(list(islice(names, MANY)), network)
        after, *_ = _rate(list(islice(names, FEW)), network)
        alone = [_rate(list(islice(names, HEALTHY)), network)[0]]
        beside = []
        for turn in range(TURNS):
            hostile = bad[turn * HOSTILE : (turn + 1) * HOSTILE]
            beside.append(_rate(_mixed(list(islice(names, HEALTHY)), hostile), network)[0])
            alone.append(_rate(list(islice(names, HEALTHY)), network)[0])
    few = (before + after) / 2
    # Each turn beside is held against the turns before and after it.
    shares = [2 * rate / (alone[turn] + alone[turn + 1]) for turn, rate in enumerate(beside)]
    return {
        f"{FEW} vendors, before (vendors/s)": before,
        f"{FEW} vendors, after (vendors/s)": after,
        f"{MANY:,} vendors (vendors/s)": many,
        f"rate, {MANY:,} to {FEW}": many / few,
        f"CPU of ours a vendor, {FEW} (ms)": cpu_few,
        f"CPU of ours a vendor, {MANY:,} (ms)": cpu_many,
        f"CPU a vendor, {MANY:,} to {FEW}": cpu_many / cpu_few,
        f"memory of a process, {FEW} (MiB)": memory_few,
        f"memory of a process, {MANY:,} (MiB)": memory_many,
        f"memory, {MANY:,} to {FEW}": memory_many / memory_few,
        f"{HEALTHY} healthy alone, mean of turns (vendors/s)": fmean(alone),
        f"{HEALTHY} healthy beside {HOSTILE} hostile, mean of turns (vendors/s)": fmean(beside),
        "rate of the healthy, beside to alone, worst turn": min(shares),
        "rate of the healthy, beside to alone, median turn": median(shares),
    }


def _mixed(healthy: Sequence[str], hostile: Sequence[str]) -> list[str]:
    """Hostile hosts spread evenly among healthy ones."""
    every = len(healthy) // len(hostile)
    mixed: list[str] = []
    for number, name in enumerate(healthy):
        if number % every == 0:
            mixed.append(hostile[number // every])
        mixed.append(name)
    return mixed


def _rate(names: Sequence[str], network: Network) -> tuple[float, float, float]:
    """Healthy vendors a second that was ours, peak memory, CPU of a vendor.

    From the first result to the last.

    The start of the processes is left out: it is the same for ten vendors and for 100,000.
    """
    began = last = peak = 0.0
    began_ticks: list[int] = []
    healthy = 0
    used: dict[int, list[float]] = {}
    targets = (parse(name) for name in names)
    for target, result in look_at_all(targets, network, work=judged, processes=PROCESSES):
        if isinstance(result, Exception):
            raise result
        peak = max(peak, result.memory)
        used.setdefault(result.process, []).append(result.cpu)
        if not began:
            began, began_ticks = time.perf_counter(), _ticks()
        elif place(target.host) == "web":
            healthy, last = healthy + 1, time.perf_counter()
    cpu = sum(max(each) - min(each) for each in used.values())
    vendors = sum(len(each) - 1 for each in used.values())
    return healthy / (last - began) / (1 - _stolen(began_ticks)), peak, 1000 * cpu / vendors


def _ticks() -> list[int]:
    """What all cores did so far, by kind; guests are counted in the first two already."""
    return [int(word) for word in Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]


def _stolen(since: list[int]) -> float:
    """The share of the time since then that this machine did not have."""
    spent = [now - then for now, then in zip(_ticks(), since, strict=True)]
    return spent[STEAL] / sum(spent)
