"""The numbers of the portfolio are those of the vendors, whatever happened to these and however."""

import datetime as dt
import random
import threading

from sqlalchemy import delete, insert, text, update
from sqlmodel import col, select

from tests.databases import only
from tests.factories import NOON
from vendor_risk.store import portfolio
from vendor_risk.store.models.portfolio import PortfolioCount
from vendor_risk.store.models.vendors import Vendor
from vendor_risk.store.portfolio_counts import differences, mend

TODAY = NOON.date()
MEANT = {
    "tier": (None, 1, 2, 3, 4),
    "grade": (None, "A", "C"),
    "band": (None, "low", "critical"),
    "residual": (None, 0, 4500, 4501, 10_000),
    "knockout": (None, None, "KO-02"),
    "coverage": (None, 0, 6100),
    "severe_findings": (0, 3),
    "next_review_on": (None, TODAY, TODAY - dt.timedelta(days=1)),
    "posture_grade": (None, "A", "F"),
    "in_use": (True, False),
    "triaged_at": (None, NOON),
    "archived_at": (None, None, NOON),
    "sample": (True, False),
}


def some(chance):
    return {name: chance.choice(values) for name, values in MEANT.items()}


def vendor(name, **said):
    return Vendor(name=name, name_key=name.casefold(), **said)


def wrong(database):
    with database.reading() as session:
        return differences(session)


def test_after_random_acts_the_numbers_are_true(database):
    """Rows come, change and go by objects and by statements, and some of it is taken back."""
    chance = random.Random(3)
    for step in range(60):
        with database.writing() as session:
            ids = session.exec(select(Vendor.id).order_by(Vendor.name)).all()
            act = chance.randrange(6)
            if act == 0 or not ids:
                session.add_all(vendor(f"V{step} {n}", **some(chance)) for n in range(3))
            elif act == 1:
                blank = vendor("", **some(chance)).model_dump()
                rows = [
                    blank | {"id": Vendor(name="", name_key="").id, "name": f"W{step} {n}"}
                    for n in range(3)
                ]
                session.execute(insert(Vendor), rows)
            elif act == 2:
                session.execute(update(Vendor).where(col(Vendor.tier) == 2).values(**some(chance)))
            elif act == 3:
                session.execute(delete(Vendor).where(col(Vendor.id) == chance.choice(ids)))
            else:
                for one in chance.sample(ids, min(4, len(ids))):
                    row = session.get_one(Vendor, one)
                    for name, value in some(chance).items():
                        setattr(row, name, value)
                session.flush()
                if act == 5:
                    with session.begin_nested() as inner:
                        session.execute(update(Vendor).values(tier=1, archived_at=None))
                        inner.rollback()
            session.flush()
            (session.rollback if chance.random() < 0.3 else session.commit)()

        assert wrong(database) == 0


def test_the_figures_are_what_counting_says(database):
    """Each figure of the page, against the vendors one by one."""
    chance = random.Random(4)
    with database.transaction() as session:
        rows = [vendor(f"V{n}", **some(chance)) for n in range(200)]
        session.add_all(rows)
        session.add(vendor("Us", ours=True, tier=1, grade="A", residual=9900, in_use=True))

    with database.reading() as session:
        seen = portfolio.figures(session, TODAY, (45, 45, 100, 0))
        bands = portfolio.by_tier_and_band(session)

    there = [one for one in rows if one.archived_at is None]
    limits = {1: 4500, 2: 4500, 3: 10_000, 4: 0}
    watched = [one.coverage for one in there if one.tier in (1, 2) and one.coverage is not None]
    late = [one for one in there if one.next_review_on and one.next_review_on < TODAY]
    assert seen.above == sum(
        bool(one.knockout) or (one.grade is not None and (one.residual or 0) > limits[one.tier])
        for one in there
        if one.tier
    )
    assert seen.knocked_out == sum(bool(one.tier and one.knockout) for one in there)
    assert (seen.vendors, seen.samples) == (len(there) + 1, sum(one.sample for one in there))
    assert seen.waiting == sum(one.in_use and one.triaged_at is None for one in there)
    assert (seen.overdue, seen.overdue_first) == (len(late), sum(one.tier == 1 for one in late))
    assert seen.severe == sum(one.severe_findings for one in there)
    assert seen.coverage == sum(watched) // len(watched)
    assert seen.judged == sum(one.tier is not None for one in there)
    assert bands.get((2, "low"), 0) == sum(
        (one.tier, one.band) == (2, "low") and one.grade is not None for one in there
    )


def test_two_who_write_at_once_are_both_counted(database):
    """Neither waits for the other's end, nor do they lock each other out, in whatever order."""
    with database.transaction() as session:
        session.add_all(vendor(f"V{n}", tier=3) for n in range(20))
        names = [f"V{n}" for n in range(20)]
    failures = []

    def write(mine, tiers):
        try:
            for tier in tiers:
                with database.transaction() as session:
                    for name in mine:  # one statement each, so that figures are met in turns
                        session.execute(
                            update(Vendor).where(col(Vendor.name) == name).values(tier=tier)
                        )
        except Exception as error:
            failures.append(error)

    threads = [
        threading.Thread(target=write, args=(names[:10], (1, 2, 3, 4, None, 1))),
        threading.Thread(target=write, args=(names[10:], (4, 3, 2, 1, 1, None))),
    ]
    for one in threads:
        one.start()
    for one in threads:
        one.join()

    assert not failures
    assert wrong(database) == 0
    with database.reading() as session:
        assert portfolio.by_tier_and_band(session) == {(1, None): 10, (None, None): 10}


@only("postgresql")
def test_a_writer_does_not_wait_for_another(database):
    """While one has not ended, another counts the same figure and ends before."""
    first = database.writing()
    first.add(vendor("A", tier=1))
    first.flush()
    with database.transaction() as second:
        second.execute(text("SET LOCAL lock_timeout = '2s'"))
        second.add(vendor("B", tier=1))
    first.commit()
    first.close()

    assert wrong(database) == 0


def test_what_is_wrong_is_seen_and_mended(database):
    """Somebody changed the numbers by hand; a day's work counts anew and says so."""
    with database.transaction() as session:
        session.add(vendor("A", tier=1))
    with database.transaction() as session:
        session.execute(update(PortfolioCount).values(n=7))
    assert wrong(database) > 0

    with database.transaction() as session:
        assert not mend(session)

    assert wrong(database) == 0
