"""How a database would answer what was asked, so that a test can refuse what grows."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import event
from sqlmodel import Session

# What there is more of in a larger portfolio.
LARGE = (
    "vendor",
    "domain",
    "engagement",
    "finding",
    "finding_event",
    "score",
    "scan",
    "claim",
    "access",
    "document",
    "contract",
    "decision",
    "condition",
    "note",
    "mention",
    "intake",
)


# An index of the vendors that are archived alone, which are few beside the others.
FEW = "ix_vendor_archived"


@dataclass(frozen=True, slots=True)
class Plan:
    """One statement and the lines of its plan."""

    statement: str
    lines: tuple[str, ...]


@contextmanager
def plans(session: Session) -> Iterator[list[Plan]]:
    """The plan of each SELECT that any session of the same database sends within."""
    engine, sent, found = session.get_bind(), [], []

    def note(_connection, _cursor, statement, parameters, _context, _many):
        if statement.startswith("SELECT"):
            sent.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(engine, "before_cursor_execute", note)
    raw = session.connection().connection.cursor()
    word = "EXPLAIN QUERY PLAN"
    if engine.dialect.name == "postgresql":
        # few rows are read sooner than an index: what is left then is what no index serves
        raw.execute("SET LOCAL enable_seqscan = off")
        word = "EXPLAIN"
    for statement, parameters in sent:
        raw.execute(f"{word} {statement}", parameters)
        found.append(Plan(statement, tuple(str(row[-1]) for row in raw.fetchall())))


def refuse_scans(seen: Sequence[Plan], tables: Sequence[str] = LARGE) -> None:
    """No plan reads such a table, or an index of it, from end to end, and each was looked at.

    Going along an index in its order is no such thing where a limit ends it.
    """
    assert seen
    for plan in seen:
        ends = " LIMIT " in plan.statement.replace("\n", " ") and not any(
            "TEMP B-TREE FOR ORDER BY" in line for line in plan.lines
        )
        for table in tables:
            for line in plan.lines:
                assert f"Seq Scan on {table} " not in line, plan
                whole = line == f"SCAN {table}" or line.startswith(f"SCAN {table} ")
                assert not whole or (ends and "USING" in line) or FEW in line, plan
