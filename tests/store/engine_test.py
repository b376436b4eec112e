"""Who may write when, on SQLite: one at a time, in the order in which they came."""

import threading
import time
from types import SimpleNamespace

import pytest

from tests.factories import make_user
from vendor_risk.store import engine
from vendor_risk.store.engine import _Turns

embedded = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


def test_writers_go_in_the_order_in_which_they_came():
    """SQLite alone lets them sleep and try again, and some are unlucky for seconds."""
    turns, order = _Turns(), []
    first = SimpleNamespace(info={})
    turns.take(first)

    def write(number):
        mine = SimpleNamespace(info={})
        turns.take(mine)
        order.append(number)
        turns.give(mine.info)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for came, thread in enumerate(threads, 1):
        thread.start()
        while len(turns._waiting) < came:
            time.sleep(0.001)
    turns.give(first.info)
    for thread in threads:
        thread.join()

    assert order == list(range(8))


def test_who_waited_too_long_is_not_called(monkeypatch):
    """SQLite tells such a writer what is wrong, and the next one has its turn."""
    turns, here, late, after = _Turns(), *(SimpleNamespace(info={}) for _ in range(3))
    turns.take(here)
    monkeypatch.setattr(engine, "_BUSY_MS", 1)
    turns.take(late)
    assert late.info == {}
    turns.give(late.info)
    turns.give(here.info)

    turns.take(after)
    assert after.info


@embedded
@pytest.mark.parametrize("end", ["commit", "rollback", "close", "invalidate"])
def test_every_way_out_lets_the_next_in(database, end):
    """Also that of a connection which is given up."""
    session = database.writing()
    make_user(session, "requester", email="one@example.com")
    getattr(session, end)()
    begun = time.perf_counter()

    with database.transaction() as after:
        make_user(after, "requester", email="two@example.com")

    assert time.perf_counter() - begun < engine._BUSY_MS / 1000
    session.close()
