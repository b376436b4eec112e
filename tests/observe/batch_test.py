"""Many hosts at once, some of them hostile, in processes of their own."""

import os
import pickle
import resource
import signal
import time
from dataclasses import replace

import pytest

from vendor_risk.checks.observations import Observations
from vendor_risk.observe.addresses import AddressRefused
from vendor_risk.observe.batch import look_at_all
from vendor_risk.observe.files import allowed
from vendor_risk.observe.network import LookBroken, ResolverDown
from vendor_risk.observe.target import parse

pytestmark = pytest.mark.lab

GOOD = ("good.test", "www.good.test", "sub.good.test", "nospf.test", "twospf.test")
HOSTILE = ("mute.shop.test", "tlsdrip.shop.test", "headerdrip.shop.test", "bodydrip.shop.test")


@pytest.fixture
def network(lab):
    """The lab's network, with little patience for those that drip."""
    return replace(lab.network(), deadline_seconds=4.0)


def host(seen: Observations) -> str:
    """What the processes of these tests answer."""
    return seen.domain


def dies_at_twospf(seen: Observations) -> str:
    """Takes its process with it at one of the hosts."""
    if seen.domain == "twospf.test":
        os.kill(os.getpid(), signal.SIGKILL)
    return seen.domain


def trips_at_twospf(seen: Observations) -> str:
    """An error of ours at one of the hosts."""
    if seen.domain == "twospf.test":
        raise KeyError("ours")
    return seen.domain


SILENT: set[str] = set()


def falls_silent_once(seen: Observations) -> str:
    """Our resolver drops what it is asked, once, after another host was seen."""
    if seen.domain == "nospf.test" and "nospf.test" not in SILENT:
        SILENT.add("nospf.test")
        time.sleep(0.5)
        raise ResolverDown("busy")
    return seen.domain


def is_silent_at_nospf(seen: Observations) -> str:
    """Our resolver drops what it is asked of one name."""
    if seen.domain == "nospf.test":
        time.sleep(0.5)  # it waits for an answer, while others are seen
        raise ResolverDown("dropped")
    return seen.domain


def is_silent_but_for_good(seen: Observations) -> str:
    """Our resolver dies after the first host was seen."""
    if seen.domain != "good.test":
        time.sleep(0.5)
        raise ResolverDown("dead")
    return seen.domain


def answers_once(seen: Observations) -> str:
    """Our resolver dies after the first look at the good host."""
    if seen.domain == "good.test" and "good.test" not in SILENT:
        SILENT.add("good.test")
        return seen.domain
    time.sleep(0.5)
    raise ResolverDown("dead")


def run(names, network, work=host, **settings):
    """Host and result, in the order in which they came."""
    targets = (parse(name) for name in names)
    return [
        (target.host, result)
        for target, result in look_at_all(targets, network, work=work, **settings)
    ]


def files(_seen: Observations) -> int:
    """How many files the process may have open."""
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]


def test_a_process_takes_the_files_that_it_may_have(network):
    """Begun with the few that a shell gives."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (512, hard))
    try:
        ((_, may),) = run(["good.test"], network, work=files)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))

    assert may == allowed()


def test_hostile_hosts_do_not_slow_the_others(network):
    """Every good host is done before the first that drips, though more drip than begin at once."""
    order = [name for name, _ in run((*HOSTILE * 4, *GOOD), network)]

    assert sorted(order) == sorted((*HOSTILE * 4, *GOOD))
    assert set(order[: len(GOOD)]) == set(GOOD)


def test_all_processes_take_their_share(network):
    """Each host comes once, with what was made of its look."""
    results = run(GOOD * 4, network, processes=2)

    assert sorted(results) == sorted((name, name) for name in GOOD * 4)


def test_an_address_that_may_not_be_visited_comes_as_the_error_that_it_is(network):
    """Also out of another process."""
    ((_, refusal),) = run(["private.shop.test"], network)

    assert isinstance(refusal, AddressRefused)
    assert refusal.seen == "private.shop.test points to 10.0.0.7, a private address"
    assert str(pickle.loads(pickle.dumps(refusal))) == str(refusal)


def test_a_host_that_breaks_its_process_is_blamed_alone(network):
    """Those that were in hand beside it are looked at once more."""
    results = dict(run(GOOD, network, dies_at_twospf))

    assert {name for name, result in results.items() if result == name} == set(GOOD) - {
        "twospf.test"
    }
    assert isinstance(results["twospf.test"], LookBroken)


class NeverArrives:
    """Work that no other process can take up, as where its code is not found there."""

    def __call__(self, seen: Observations) -> str:
        """What a look would be made into."""
        return seen.domain

    def __reduce__(self):
        return os._exit, (1,)


def test_processes_that_cannot_begin_end_the_batch(network):
    """They are not begun again for each of 100,000 hosts."""
    with pytest.raises(LookBroken, match="end before they begin"):
        run(GOOD * 20, network, NeverArrives())


def test_an_error_of_ours_costs_one_host(network):
    """It is named, and the others go on."""
    results = dict(run(GOOD, network, trips_at_twospf))

    assert str(results["twospf.test"]) == "our own side failed: KeyError: 'ours'"
    assert results["good.test"] == "good.test"


def panics_at_twospf(seen: Observations) -> str:
    """What a library written in Rust raises is no Exception."""
    if seen.domain == "twospf.test":
        raise BaseException("panic")
    return seen.domain


def answers_what_cannot_be_sent(seen: Observations) -> object:
    """A result that does not pickle."""
    return (lambda: None) if seen.domain == "twospf.test" else seen.domain


@pytest.mark.parametrize("work", [panics_at_twospf, answers_what_cannot_be_sent])
def test_no_host_is_waited_for_for_ever(network, work):
    """Whatever happens to one, each host comes."""
    results = dict(run(GOOD, network, work))

    assert isinstance(results["twospf.test"], LookBroken)
    assert set(results) == set(GOOD)


def test_a_dead_resolver_ends_the_batch(network, lab):
    """No host is blamed for it."""
    with pytest.raises(ResolverDown):
        run(
            [f"n{number}.test" for number in range(50)], replace(network, resolvers=(lab.refusing,))
        )


def test_a_resolver_that_falls_silent_for_a_while_ends_nothing(network):
    """The host that met the silence is looked at again, and comes once."""
    results = run(("good.test", "nospf.test"), network, falls_silent_once)

    assert sorted(results) == [("good.test", "good.test"), ("nospf.test", "nospf.test")]


def test_a_resolver_that_dies_on_the_way_ends_the_batch(network):
    """Whoever is looked at meets silence, and nobody is blamed for it."""
    names = ["good.test", *(f"n{number}.test" for number in range(30))]
    with pytest.raises(ResolverDown):
        run(names, network, is_silent_but_for_good)


def test_a_resolver_that_dies_before_the_last_host_ends_the_batch(network):
    """The one that was seen before meets silence as well, so the host is not blamed."""
    with pytest.raises(ResolverDown):
        run(("good.test", "nospf.test"), network, answers_once)


def test_a_host_that_meets_silence_while_others_are_seen_is_told_apart(network):
    """The batch goes on: one name that our resolver drops must not cost 100,000 others."""
    others = ["good.test", "www.good.test", "sub.good.test", "twospf.test"]
    results = run([*others, "nospf.test"], network, is_silent_at_nospf)

    silent = [result for name, result in results if name == "nospf.test"]
    assert [type(result) for result in silent] == [ResolverDown]
    assert len(results) == 5


def test_hosts_are_taken_as_they_are_needed(network):
    """A list of a million names is not read into memory."""
    taken = []

    def endless():
        while True:
            taken.append(1)
            yield parse("good.test")

    results = look_at_all(endless(), network, work=host)
    next(results)
    results.close()

    assert len(taken) < 1000


def test_nothing_to_look_at_ends_at_once(network):
    """An empty list is no error."""
    assert run((), network) == []
