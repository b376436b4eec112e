"""No page asks for more because there are more vendors: the plans of all that pages ask."""

import pytest
from sqlalchemy import text

from tests.benchmarks import pages
from tests.plans import plans, refuse_scans


@pytest.fixture
def shop(database, client, sign_in):
    """A portfolio as the benchmarks measure it, small, with an analyst before it."""
    sign_in(client, "analyst", "approver")
    pages.fill(database, 300)
    if not database.is_sqlite:  # as autovacuum does; SQLite plans without statistics
        with database.transaction() as session:
            session.execute(text("ANALYZE"))
    return client


def test_no_page_reads_a_table_from_end_to_end(database, shop):
    """The portfolio, findings in each filter and order, a vendor and my work."""
    with database.reading() as session, plans(session) as seen:
        for name, path in pages.PAGES.items():
            if name not in (*NAMED, *COUNTED):
                assert shop.get(path).status_code == 200

    refuse_scans(seen)


def test_the_portfolio_counts_no_vendor(database, shop):
    """Its figures come from the numbers that are kept, its queues from the start of an index."""
    with database.reading() as session, plans(session) as seen:
        shop.get(pages.PAGES["portfolio"])

    begun_at_vendors = [
        plan
        for plan in seen
        if plan.statement.split("FROM ")[1].startswith("vendor ")
        and "WHERE vendor.id = " not in plan.statement
    ]
    assert begun_at_vendors
    for plan in begun_at_vendors:
        assert "LIMIT" in plan.statement, plan
        assert "count(" not in plan.statement, plan
        assert "USE TEMP B-TREE FOR ORDER BY" not in plan.lines, plan


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_none_of_my_vendors_is_held_against_the_findings_of_all(database, shop):
    """My work begins at my vendors and reads what each has: half a minute else, of a million."""
    with database.reading() as session, plans(session) as seen:
        shop.get(pages.PAGES["my work"])

    joined = [plan.lines for plan in seen if "FROM finding JOIN vendor" in plan.statement]
    inner = [
        line
        for lines in joined
        if lines[0].startswith("SEARCH vendor")
        for line in lines
        if line.startswith("SEARCH finding")
    ]
    assert inner
    assert all("vendor_id=?" in line for line in inner), inner


def test_nothing_sorts_the_findings_for_a_page(database, shop):
    """The orders of what is open are those of an index, and so is one severity that is overdue."""
    with database.reading() as session, plans(session) as seen:
        for query in ("", "?sort=due", "?sort=-opened", "?severity=high&overdue=yes"):
            shop.get(f"/findings{query}")

    found = [plan for plan in seen if plan.statement.startswith("SELECT finding.id \nFROM finding")]
    assert len(found) == 4
    for plan in found:
        assert not any("TEMP B-TREE" in line for line in plan.lines), plan


# Those that look for a part of a name read all names.
NAMED = ("findings, a vendor's name",)
# The team's page counts what each person has to do, from an index alone (store/findings_test.py).
COUNTED = ("team",)
