"""More looks run at once where they wait for hosts, fewer where they wait for the CPU."""

import threading
import time

import pytest

from vendor_risk.observe.gate import Gate, _Look


def begun(gate: Gate, most: int = 400) -> int:
    """How many looks begin before one has to wait."""
    count = 0
    while count < most:
        wanting = threading.Thread(target=gate.enter, daemon=True)
        wanting.start()
        wanting.join(0.05)
        if wanting.is_alive():
            break
        count += 1
    return count


def room(*lateness: float, looks: int) -> int:
    """How many looks there may be after threads woke so late, while so many run."""
    gate = Gate()
    for _ in range(looks):
        gate.enter()
    for late in lateness:
        gate.told(late)
    return looks + begun(gate)


@pytest.mark.parametrize(
    ("lateness", "looks", "expected"),
    [
        ((), 0, 16),
        ((0.0, 0.0), 16, 24),  # the second finds room that nobody has taken
        ((0.0,), 3, 16),
        ((0.0, 0.02), 16, 16),
        ((0.02, 0.02), 0, 16),
    ],
)
def test_room_follows_what_the_process_can_keep_up_with(lateness, looks, expected):
    """It grows only where looks fill it and threads wake in time, and never ends."""
    assert room(*lateness, looks=looks) == expected


def test_a_look_that_is_over_lets_another_begin():
    """The one that waits is woken."""
    gate = Gate()
    for _ in range(16):
        gate.enter()
    wanting = threading.Thread(target=gate.enter, daemon=True)
    wanting.start()

    gate.leave()
    wanting.join(10)

    assert not wanting.is_alive()


def test_a_look_that_its_host_holds_gives_up_its_place():
    """Sixteen that wait for their hosts let a seventeenth begin."""
    gate, released = Gate(), threading.Event()
    threading.Thread(target=gate.watch, daemon=True).start()

    def held() -> None:
        gate.begin()
        released.wait(60)
        gate.leave()

    looks = [threading.Thread(target=held, daemon=True) for _ in range(16)]
    for look in looks:
        gate.enter()
        look.start()
    wanting = threading.Thread(target=gate.enter, daemon=True)
    wanting.start()
    wanting.join(30)
    let_in = not wanting.is_alive()
    released.set()

    assert let_in


def test_a_look_that_works_keeps_its_place():
    """It used CPU a moment ago, so that it does not wait for its host."""
    working = _Look(time.pthread_getcpuclockid(threading.get_ident()), 0.0, 0.0)

    assert not working.waits(1000.0)
    assert not working.waits(1000.5)
    assert working.waits(1000.7)
