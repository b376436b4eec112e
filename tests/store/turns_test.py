"""Writers of one SQLite file come in their order, and none is forgotten."""

import threading
import time

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from vendor_risk.store.engine import Database
from vendor_risk.store.turns import Turns


@pytest.fixture
def database(tmp_path):
    opened = Database(f"sqlite:///{tmp_path / 'turns.db'}")
    with opened.transaction() as session:
        session.execute(text("CREATE TABLE said (n INTEGER PRIMARY KEY)"))
    yield opened
    opened.close()


def say(database, n):
    with database.transaction() as session:
        session.execute(text("INSERT INTO said VALUES (:n)"), {"n": n})


def test_who_came_first_writes_first(database):
    """Thirty writers that wait for one are let in as they came; SQLite alone mixes them."""
    order, threads = [], []

    def write(n):
        with database.transaction() as session:
            session.execute(text("INSERT INTO said VALUES (:n)"), {"n": n})
            order.append(n)

    with database.transaction() as session:
        session.execute(text("INSERT INTO said VALUES (100)"))
        for n in range(30):
            threads.append(threading.Thread(target=write, args=(n,)))
            threads[-1].start()
            time.sleep(0.02)
    for thread in threads:
        thread.join()

    assert order == list(range(30))


def test_a_write_that_fails_gives_its_turn_on(database):
    """What is taken back holds up nobody."""
    say(database, 1)
    with pytest.raises(IntegrityError):
        say(database, 1)

    begun = time.monotonic()
    say(database, 2)
    assert time.monotonic() - begun < 5


def test_who_gives_up_waiting_is_passed_over():
    """A turn never goes to one who left."""
    turns = Turns()
    assert turns.take(1)
    assert not turns.take(0.01)
    turns.give()

    assert turns.take(0)
