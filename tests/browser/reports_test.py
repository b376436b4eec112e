"""The pages of reports in a real browser, and the paper on screen."""

import pytest
from sqlmodel import select

from tests import rated
from tests.browser.harness import audit
from tests.factories import NOON
from vendor_risk.store.models.reports import IssuedReport
from vendor_risk.workflow import report_schedules, reports

pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("database", ["sqlite"], indirect=True),
]


def test_the_pages_of_reports_are_sound(context, enter, address, database, clock):
    """With one of the portfolio that can be signed and a long name above the appetite."""
    clock.time = NOON
    person = enter("approver")
    nowhere = {"enqueue": lambda *_args, **_words: None}
    with database.transaction() as session:
        vendor, _ = rated.rated(session, "Halvorsen " * 9, NOON)
        said = {"now": NOON, "actor": "test", "prepared_by": "Jana", "organisation": "Contoso"}
        board = reports.request_portfolio(session, **said, **nowhere)
        reports.freeze(session, board, now=NOON)
        reports.keep_pdf(session, board.id, sha256="a" * 64, size=123_456, now=NOON)
        reports.request_report(session, vendor, **said, **nowhere)
        dossier = reports.request_dossier(session, vendor, **said, **nowhere)
        reports.freeze(session, dossier, now=NOON)
        terms = report_schedules.Terms(vendor, "monthly", "de", NOON.date(), [person.id])
        report_schedules.begin(session, terms, now=NOON, actor=person.id)
    with database.reading() as session:
        ids = [one.id for one in session.exec(select(IssuedReport))]
    for page in (
        f"{address}/reports",
        f"{address}/reports/new",
        f"{address}/reports/new?vendor={vendor.id}",
        f"{address}/reports/schedules",
        *(f"{address}/reports/{id}" for id in ids),
        f"{address}/reports/{board.id}/read",
        f"{address}/reports/{dossier.id}/read",
    ):
        assert audit(context, page) == []
