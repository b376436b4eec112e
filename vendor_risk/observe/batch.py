"""Looks at many hosts with all cores, however slow some of the hosts are.

Each process looks at a few hosts at once, and at more as soon as those turn out to be slow: a look
costs some milliseconds of CPU, and a hostile host may hold it for its whole deadline.
"""

from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from itertools import chain
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

from vendor_risk.observe.gate import MOST
from vendor_risk.observe.network import LookBroken, Network, ResolverDown
from vendor_risk.observe.target import Target

if TYPE_CHECKING:
    from vendor_risk.checks.observations import Observations

Done = TypeVar("Done")

_AHEAD = MOST + 16  # hosts that a process has been given and has not answered for
_SILENCES = 2  # of our resolver that one host may meet; each took some eight seconds
_DEAD = 16  # hosts that meet silence, and none is seen between: then the resolver is gone
_NEVER_BEGAN = 4  # processes that end before they look, one after another: then none ever will


def look_at_all(
    targets: Iterable[Target],
    network: Network,
    *,
    work: "Callable[[Observations], Done]",
    processes: int = 1,
) -> Iterator[tuple[Target, Done | Exception]]:
    """Each host with what `work` makes of the look at it, as they come; `work` runs beside it.

    Instead of a result comes AddressRefused for a host that may not be visited, LookBroken, and
    ResolverDown for one that met our resolver's silence again and again while it answers for
    others. ResolverDown ends everything when it answers for nobody: a busy one may drop what it is
    asked for a while, so a host is tried thrice, and then one that was seen before. LookBroken ends
    everything when no process can begin. `work` and what it answers must be picklable. Targets are
    taken as they are needed. A process that dies is replaced, and the hosts that it had in hand are
    looked at once more, one by one, so that only the one that broke it is blamed.
    """
    crew = _Crew(network, work, max(1, processes))
    waiting = iter(targets)
    silences = Counter[Target]()
    silent: set[Target] = set()  # hosts that met silence since another one was seen
    suspects: list[tuple[Target, ResolverDown]] = []
    heard: Target | None = None
    probe: Target | None = None  # a host that was seen, asked again: is it the resolver?
    try:
        while crew.feed(waiting):
            for target, result in crew.take():
                if target is probe:
                    if isinstance(result, ResolverDown):
                        raise result
                    yield from suspects
                    suspects, probe = [], None
                elif not isinstance(result, ResolverDown):
                    heard = target
                    silent.clear()
                    yield target, result
                else:
                    silences[target] += 1
                    silent.add(target)
                    if heard is None or len(silent) >= _DEAD:
                        raise result
                    if silences[target] <= _SILENCES:
                        waiting = chain(waiting, (target,))
                        continue
                    suspects.append((target, result))
                    if probe is None:
                        probe = replace(heard)
                        waiting = chain((probe,), waiting)
    finally:
        crew.end()


class _Crew(Generic[Done]):
    """All processes; one of them, when needed, for hosts that were in hand when another died."""

    def __init__(
        self, network: Network, work: "Callable[[Observations], Done]", processes: int
    ) -> None:
        self._network, self._work = network, work
        self._others = [self._new() for _ in range(processes)]
        self._suspects: deque[Target] = deque()
        self._lonely: _Process[Done] | None = None
        self._never_began = 0  # processes that ended so, since one did begin

    def feed(self, waiting: Iterator[Target]) -> bool:
        """Gives hosts to whoever has the fewest; whether anything is in hand after it."""
        while True:
            idle = min(self._others, key=lambda each: len(each.given))
            target = next(waiting, None) if len(idle.given) < _AHEAD else None
            if target is None:
                break
            idle.give(target)
        if self._suspects and self._lonely is None:
            self._lonely = self._new()
        if self._suspects and self._lonely is not None and not self._lonely.given:
            self._lonely.give(self._suspects.popleft())
        return bool(self._busy())

    def take(self) -> Iterator[tuple[Target, Done | Exception]]:
        """The results that are there, once there is one."""
        busy = {each.wire: each for each in self._busy()}
        for wire in wait(list(busy)):
            one = busy[cast("Connection", wire)]
            try:
                taken = one.take()
            except (EOFError, OSError):
                one.end()
                yield from self._bury(one)
                continue
            if taken is None:
                self._never_began = 0
            else:
                yield taken

    def end(self) -> None:
        """No process is left."""
        for each in self._all():
            each.end()

    def _bury(self, dead: "_Process[Done]") -> Iterator[tuple[Target, Done | Exception]]:
        self._never_began += not dead.began
        if self._never_began >= _NEVER_BEGAN:
            raise LookBroken("the processes that look at hosts end before they begin")
        if dead is self._lonely:
            self._lonely = None
            for target in dead.given.values():
                yield target, LookBroken("the process that looked at it ended")
            return
        self._suspects.extend(dead.given.values())
        self._others[self._others.index(dead)] = self._new()

    def _new(self) -> "_Process[Done]":
        return _Process(self._network, self._work)

    def _all(self) -> "list[_Process[Done]]":
        return [*self._others, *([self._lonely] if self._lonely else [])]

    def _busy(self) -> "list[_Process[Done]]":
        return [each for each in self._all() if each.given]


class _Process(Generic[Done]):
    """One process that looks, and the hosts that it was given by their number."""

    def __init__(self, network: Network, work: "Callable[[Observations], Done]") -> None:
        context = get_context("spawn")
        self.wire, theirs = context.Pipe()
        self.given: dict[int, Target] = {}
        self.began = False
        self._number = 0
        self._process = context.Process(target=_serve, args=(theirs, network, work), daemon=True)
        self._process.start()
        theirs.close()

    def give(self, target: Target) -> None:
        """One more host; one that cannot be told any more is found when its answers are taken."""
        self._number += 1
        self.given[self._number] = target
        try:
            self.wire.send((self._number, target))
        except OSError:
            return

    def take(self) -> tuple[Target, Done | Exception] | None:
        """The next result, None when it begins; EOFError or OSError when the process is gone."""
        said = self.wire.recv()
        if said is None:
            self.began = True
            return None
        number, result = said
        return self.given.pop(number), result

    def end(self) -> None:
        """The process is gone, whatever it was at."""
        self.wire.close()
        self._process.kill()
        self._process.join()


def _serve(wire: Connection, network: Network, work: "Callable[[Observations], Any]") -> None:
    """What a process does; only there is imported what a look takes, which is most of a second."""
    from vendor_risk.observe.looking import serve

    wire.send(None)
    serve(wire, network, work)
