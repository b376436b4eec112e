"""Findings of answers about two engagements that are called the same, when vendors are joined."""

from sqlmodel import select

from tests.factories import NOON
from tests.rated import finding, make
from vendor_risk.store.models.findings import FindingKind, StoredFinding
from vendor_risk.workflow import engagements, merges
from vendor_risk.workflow.engagements import Terms

BY = {"now": NOON, "actor": "test"}


def test_findings_of_engagements_called_the_same_stay_two(database):
    """Both move with their engagement, the place of one told apart, and both come back."""
    with database.transaction() as session:
        two = []
        for name in ("Northwind", "Northwind Payroll"):
            vendor, _engagement = make(session, name, NOON)
            row = engagements.add_engagement(session, vendor, Terms(name="Portal"), **BY)
            said = {"kind": FindingKind.QUESTION, "reference": "AC-01", "asset": "Portal"}
            two.append(
                (vendor, finding(session, vendor, "AC-01", NOON, engagement_id=row.id, **said))
            )
        (kept, first), (joined, second) = two
        session.flush()
        told = merges.preview(session, kept, joined)
        merge = merges.join(session, kept, joined, **BY)

        rows = session.exec(select(StoredFinding).where(StoredFinding.vendor_id == kept.id)).all()
        assert {(row.id, row.asset) for row in rows} == {
            (first.id, "Portal"),
            (second.id, "Portal (2)"),
        }
        assert told.moves["findings"] == 1
        merges.undo(session, merge, **BY)
        session.refresh(second)
        assert second.vendor_id == joined.id
