"""Keeps the numbers of the portfolio while vendors change, so that no page counts the vendors.

Triggers do it, in the transaction of whoever changes a vendor and however it is changed: a rollback
takes back both. On PostgreSQL each transaction counts in a slot of its own, held until its end, so
that writers neither wait for each other nor lock each other out; SQLite has one writer at a time.
"""

import logging
from typing import Any, cast

from sqlalchemy import Connection, Table, event, text
from sqlmodel import Session

from vendor_risk.store.models.portfolio import PortfolioCount
from vendor_risk.store.models.vendors import Vendor

log = logging.getLogger(__name__)

# Any number will do that no other lock of this database uses; see store.migrate and store.audit.
_LOCK = 7_310_003
_SLOTS = 64  # more writers than that at one moment share the last slot, and wait

_JUDGED = "NOT {r}.ours"  # our own company is on the list and has no tier
_COVERED = f"{_JUDGED} AND {{r}}.tier <= 2 AND {{r}}.coverage IS NOT NULL"
_TIER = "COALESCE({r}.tier, 0)"

# For each figure: its name, number and value, what a vendor adds to it, and which vendors do.
_LINES = (
    ("'vendor'", "0", "''", "1", "TRUE"),
    ("'sample'", "0", "''", "1", "{r}.sample"),
    ("'waiting'", "0", "''", "1", f"{_JUDGED} AND {{r}}.in_use AND {{r}}.triaged_at IS NULL"),
    (
        "'band'",
        _TIER,
        "COALESCE(CASE WHEN {r}.grade IS NOT NULL THEN {r}.band END, '')",
        "1",
        _JUDGED,
    ),
    ("'posture'", _TIER, "COALESCE({r}.posture_grade, '')", "1", _JUDGED),
    # rounded up: more than an appetite of whole points is at least the next point; no appetite,
    # 100 at most, covers a knock-out
    (
        "'risk ' || {r}.tier",
        "CASE WHEN {r}.knockout IS NULL THEN ({r}.residual + 99) / 100 ELSE 101 END",
        "''",
        "1",
        f"{_JUDGED} AND {{r}}.tier IS NOT NULL AND ({{r}}.knockout IS NOT NULL OR "
        "{r}.grade IS NOT NULL AND {r}.residual IS NOT NULL)",
    ),
    (
        "'knocked out'",
        "0",
        "''",
        "1",
        f"{_JUDGED} AND {{r}}.tier IS NOT NULL AND {{r}}.knockout IS NOT NULL",
    ),
    (
        "'review'",
        "CASE {r}.tier WHEN 1 THEN 1 ELSE 0 END",
        "{day}",
        "1",
        f"{_JUDGED} AND {{r}}.next_review_on IS NOT NULL",
    ),
    ("'severe'", "0", "''", "{r}.severe_findings", _JUDGED),
    ("'coverage'", "0", "''", "{r}.coverage", _COVERED),
    ("'covered'", "0", "''", "1", _COVERED),
)
_READ = (
    "archived_at",
    "ours",
    "sample",
    "in_use",
    "triaged_at",
    "tier",
    "grade",
    "band",
    "residual",
    "knockout",
    "coverage",
    "severe_findings",
    "next_review_on",
    "posture_grade",
)


def _said_by(dialect: str, row: str, sign: str = "", only: str = "TRUE", source: str = "") -> str:
    """The SELECTs of what a row adds to the figures, or takes away."""
    day = f"{row}.next_review_on"
    if dialect == "postgresql":
        day = f"to_char({day}, 'YYYY-MM-DD')"
    return " UNION ALL ".join(
        f"SELECT {figure} AS figure, {number} AS number, {value} AS value, {sign}{n} AS n {source} "
        f"WHERE {only} AND {row}.archived_at IS NULL AND {counts}".format(r=row, day=day)
        for figure, number, value, n, counts in _LINES
    )


def _added(selects: str, slot: str = "0") -> str:
    """The INSERT that adds what SELECTs say to what is kept."""
    return (
        "INSERT INTO portfolio_count (figure, number, value, slot, n) "  # noqa: S608
        f"SELECT figure, number, value, {slot}, SUM(n) FROM ({selects}) AS said "
        "GROUP BY figure, number, value HAVING SUM(n) <> 0 "
        "ON CONFLICT (figure, number, value, slot) "
        "DO UPDATE SET n = portfolio_count.n + excluded.n"
    )


def _sqlite() -> tuple[str, ...]:
    new, old = _said_by("sqlite", "NEW"), _said_by("sqlite", "OLD", "-")
    moved = " OR ".join(f"OLD.{name} IS NOT NEW.{name}" for name in _READ)
    make = "CREATE TRIGGER IF NOT EXISTS vendor_counted"
    return (
        f"{make}_in AFTER INSERT ON vendor BEGIN {_added(new)}; END",
        f"{make}_out AFTER DELETE ON vendor BEGIN {_added(old)}; END",
        f"{make} AFTER UPDATE OF {', '.join(_READ)} ON vendor WHEN {moved} "
        f"BEGIN {_added(f'{old} UNION ALL {new}')}; END",
    )


def _postgresql() -> tuple[str, ...]:
    new = _said_by("postgresql", "NEW", only="TG_OP <> 'DELETE'")
    old = _said_by("postgresql", "OLD", "-", only="TG_OP <> 'INSERT'")
    moved = " OR ".join(f"OLD.{name} IS DISTINCT FROM NEW.{name}" for name in _READ)
    make = "CREATE OR REPLACE TRIGGER vendor_counted"
    return (
        "CREATE OR REPLACE FUNCTION vendor_count() RETURNS trigger LANGUAGE plpgsql AS $$ "
        "DECLARE mine integer := 0; BEGIN "
        f"WHILE mine < {_SLOTS} AND NOT pg_try_advisory_xact_lock({_LOCK}, mine) "
        "LOOP mine := mine + 1; END LOOP; "
        f"{_added(f'{old} UNION ALL {new}', 'mine')}; RETURN NULL; END $$",
        f"{make}_in_out AFTER INSERT OR DELETE ON vendor "
        "FOR EACH ROW EXECUTE FUNCTION vendor_count()",
        f"{make} AFTER UPDATE ON vendor FOR EACH ROW WHEN ({moved}) "
        "EXECUTE FUNCTION vendor_count()",
    )


TRIGGERS = {"sqlite": _sqlite(), "postgresql": _postgresql()}
"""What keeps the numbers: run after each migration, and by `create_all` in tests."""


def make_counted(connection: Connection) -> None:
    """Every change of a vendor is counted from now on; harmless when it was already."""
    for statement in TRIGGERS[connection.dialect.name]:
        connection.exec_driver_sql(statement)


def recount(connection: Connection) -> None:
    """The numbers are those of the vendors as they are."""
    name = connection.dialect.name
    if name == "postgresql":  # whoever counts now ends before, or begins after
        connection.exec_driver_sql("LOCK TABLE portfolio_count IN EXCLUSIVE MODE")
    connection.exec_driver_sql("DELETE FROM portfolio_count")
    connection.exec_driver_sql(_added(_said_by(name, "r", source="FROM vendor AS r")))


def differences(session: Session) -> int:
    """How many numbers are not what the vendors say; 0 when all is well."""
    name = session.get_bind().dialect.name
    truth = _said_by(name, "r", source="FROM vendor AS r")
    kept = "SELECT figure, number, value, -n FROM portfolio_count"
    every = (
        f"SELECT figure FROM ({truth} UNION ALL {kept}) AS said "  # noqa: S608
        "GROUP BY figure, number, value HAVING SUM(n) <> 0"
    )
    wrong = text(f"SELECT COUNT(*) FROM ({every}) AS wrong")  # noqa: S608
    return int(session.connection().execute(wrong).scalar_one())


def mend(session: Session, _now: object = None) -> bool:
    """The numbers are right, and slots that are left over are gone; False when they were wrong."""
    wrong = differences(session)
    if wrong:
        log.warning("%s numbers of the portfolio were wrong and are counted anew", wrong)
    recount(session.connection())
    return not wrong


_COUNTS = cast(Table, PortfolioCount.__table__)  # type: ignore[attr-defined]
_COUNTS.add_is_dependent_on(cast(Table, Vendor.__table__))  # type: ignore[attr-defined]


@event.listens_for(_COUNTS, "after_create")
def _count(_table: Table, connection: Connection, **_: Any) -> None:
    make_counted(connection)


@event.listens_for(_COUNTS, "before_drop")
def _forget(_table: Table, connection: Connection, **_: Any) -> None:
    for name in ("vendor_counted_in", "vendor_counted_out", "vendor_counted"):
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {name}")
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("DROP FUNCTION vendor_count() CASCADE")
