"""The pages of reports, for each kind of person."""

import io
import json
import re
import uuid

import openpyxl
import pytest
from sqlmodel import select

from tests import rated
from tests.factories import NOON, make_user
from vendor_risk.store.models.reports import IssuedReport
from vendor_risk.store.models.vendors import Vendor
from vendor_risk.workflow import reports
from vendor_risk.workflow.domains import add_domain
from vendor_risk.workflow.vendors import create_vendor


@pytest.fixture
def vendor(database):
    """A vendor that nobody has looked at yet."""
    with database.transaction() as session:
        row = create_vendor(session, name="Osprey", now=NOON, actor="test")
        add_domain(session, row, "osprey.example", now=NOON, actor="test")
        return row.id


@pytest.fixture
def order(client, csrf, vendor):
    """Press "Report" on the vendor."""

    def order():
        return client.post(f"/reports/create/{vendor}", data={"csrf_token": csrf(client)})

    return order


def only_report(database):
    """The one report there is."""
    with database.reading() as session:
        return session.exec(select(IssuedReport)).one()


@pytest.mark.parametrize("role", ["analyst", "approver", "admin"])
def test_a_report_is_frozen_at_once_and_its_pdf_is_ordered(
    database, client, sign_in, order, queue, role
):
    """The content is of this moment; a worker makes the paper."""
    sign_in(client, role)

    answer = order()

    issued = only_report(database)
    assert answer.location == f"/reports/{issued.id}"
    assert queue == [("report", [str(issued.id)])]
    assert reports.frozen(issued).subject.vendor == "Osprey"


@pytest.mark.parametrize("role", ["requester", "auditor"])
def test_who_judges_nothing_orders_no_report(client, sign_in, order, role):
    """Auditors read; requesters not even that."""
    sign_in(client, role)

    assert order().status_code == 403


def test_reports_are_numbered_within_the_year(database, client, sign_in, order):
    """The next number follows the last."""
    sign_in(client, "analyst")
    for _ in range(3):
        order()
        with database.transaction() as session:
            for issued in session.exec(select(IssuedReport)):
                issued.state = "done"

    with database.reading() as session:
        numbers = sorted(session.exec(select(IssuedReport.number)))

    assert [number[-4:] for number in numbers] == ["0001", "0002", "0003"]


def test_the_same_report_asked_twice_at_once_is_one(database, client, sign_in, order, queue):
    """Both times the page leads to it, and one job makes it."""
    sign_in(client, "analyst")

    first, second = order(), order()

    assert first.location == second.location == f"/reports/{only_report(database).id}"
    assert len(queue) == 1


def test_a_change_meanwhile_makes_another_report(database, client, sign_in, order, vendor):
    """Whoever changed something and asks again wants to read the change."""
    sign_in(client, "analyst")
    order()
    with database.transaction() as session:
        session.get(Vendor, vendor).name = "Renamed"

    order()

    with database.reading() as session:
        names = {reports.frozen(one).subject.vendor for one in session.exec(select(IssuedReport))}
    assert names == {"Osprey", "Renamed"}


@pytest.mark.parametrize("other", ["language", "person", "failed", "frozen"])
def test_the_portfolio_asked_twice_at_once_is_one(database, client, sign_in, csrf, queue, other):
    """While it waits; not in another language, by somebody else, or after it failed or began."""

    def ask(language="en"):
        token = csrf(client)
        client.post("/reports/create-portfolio", data={"csrf_token": token, "language": language})

    sign_in(client, "analyst")
    ask()
    ask()
    assert only_report(database)

    if other == "person":
        sign_in(client, "analyst")
    with database.transaction() as session:
        issued = session.exec(select(IssuedReport)).one()
        if other == "failed":
            reports.fail(session, issued.id, "disk full", now=NOON)
        if other == "frozen":
            reports.freeze(session, issued, now=NOON)
    ask("de" if other == "language" else "en")

    with database.reading() as session:
        assert len(session.exec(select(IssuedReport)).all()) == 2
    assert len(queue) == 2


def test_a_failed_portfolio_says_why_and_is_tried_again(database, client, sign_in, csrf, queue):
    """Also where the job broke off before anything was frozen."""
    sign_in(client, "analyst")
    client.post("/reports/create-portfolio", data={"csrf_token": csrf(client), "language": "en"})
    issued = only_report(database)
    with database.transaction() as session:
        reports.fail(session, issued.id, "No space left on device", now=NOON)
    page = client.get(f"/reports/{issued.id}").text

    client.post(f"/reports/{issued.id}/retry", data={"csrf_token": csrf(client)})

    again = only_report(database)
    assert "No space left on device" in page
    assert "Try again" in page
    assert (again.state, again.attempt, len(queue)) == ("queued", 2, 2)


def test_what_was_frozen_does_not_follow_the_vendor(database, client, sign_in, order, vendor):
    """A change of name after the report leaves the report as it was."""
    sign_in(client, "analyst")
    order()
    with database.transaction() as session:
        session.get(Vendor, vendor).name = "Renamed"

    assert reports.frozen(only_report(database)).subject.vendor == "Osprey"


def test_the_report_is_read_on_screen(database, client, sign_in, order):
    """One template for screen and paper; the page says that nobody looked yet."""
    sign_in(client, "analyst")
    order()

    page = client.get(f"/reports/{only_report(database).id}/read")

    assert page.status_code == 200
    assert "Osprey" in page.text
    assert "Not rated yet" in page.text


def test_from_the_screen_a_way_leads_back(database, client, sign_in, order):
    """The page of paper has no frame of its own."""
    sign_in(client, "analyst")
    order()
    report = f"/reports/{only_report(database).id}"

    assert f'<nav class="back"><a href="{report}">' in client.get(f"{report}/read").text


def test_findings_come_as_csv(database, client, sign_in, order, vendor):
    """With a byte order mark, so that Excel reads it."""
    sign_in(client, "analyst")
    with database.transaction() as session:
        rated.finding(session, session.get(Vendor, vendor), "AC-01", NOON)
    order()

    answer = client.get(f"/reports/{only_report(database).id}/lists/findings.csv")

    assert answer.data.startswith(b"\xef\xbb\xbf")
    assert "attachment" in answer.headers["Content-Disposition"]


def test_the_pdf_is_given_out_once_it_is_made(app, database, client, sign_in, order):
    """Before that the address is not there."""
    sign_in(client, "analyst")
    order()
    issued = only_report(database)
    early = client.get(f"/reports/{issued.id}/pdf").status_code
    stored = app.extensions["files"].write(issued.id, io.BytesIO(b"%PDF-1.7 paper"))
    with database.transaction() as session:
        reports.keep_pdf(session, issued.id, sha256=stored.sha256, size=stored.size, now=NOON)

    late = client.get(f"/reports/{issued.id}/pdf")

    assert early == 404
    assert late.data == b"%PDF-1.7 paper"
    assert late.headers["X-Content-Type-Options"] == "nosniff"


def test_a_failed_pdf_says_why_and_is_tried_again(database, client, sign_in, csrf, order, queue):
    """The same frozen content, a new job."""
    sign_in(client, "analyst")
    order()
    issued = only_report(database)
    with database.transaction() as session:
        reports.fail(session, issued.id, "pango is missing", now=NOON)
    page = client.get(f"/reports/{issued.id}").text

    client.post(f"/reports/{issued.id}/retry", data={"csrf_token": csrf(client)})

    again = only_report(database)
    assert "pango is missing" in page
    assert (again.state, again.attempt) == ("queued", 2)
    assert again.snapshot_sha256 == issued.snapshot_sha256
    assert len(queue) == 2


def test_an_unknown_report_is_404(client, sign_in):
    """A wrong id is a clear page, not an error."""
    sign_in(client, "auditor")

    assert client.get(f"/reports/{uuid.uuid4()}").status_code == 404


def test_an_empty_list_says_how_to_make_one(client, sign_in):
    """One sentence and the one action."""
    sign_in(client, "auditor")

    assert "No report yet" in client.get("/reports").text


def test_a_report_without_findings_has_no_list(database, client, sign_in, order):
    """An empty file would look like a mistake."""
    sign_in(client, "analyst")
    order()

    assert client.get(f"/reports/{only_report(database).id}/lists/findings.csv").status_code == 404


def test_a_report_comes_as_json_and_as_a_workbook(database, client, sign_in, order):
    """The same frozen content, whatever the file."""
    sign_in(client, "analyst")
    order()
    issued = only_report(database)

    told = json.loads(client.get(f"/reports/{issued.id}/report.json").data)
    book = openpyxl.load_workbook(
        io.BytesIO(client.get(f"/reports/{issued.id}/report.xlsx").data), read_only=True
    )

    assert told == issued.snapshot
    assert {"report", "findings", "decisions", "not seen"} <= set(book.sheetnames)
    cells = {row[0]: row[1] for row in book["report"].iter_rows(values_only=True)}
    assert (cells["vendor"], cells["snapshot, SHA-256"]) == ("Osprey", issued.snapshot_sha256)


def test_a_report_speaks_the_language_that_was_chosen(database, client, sign_in, csrf, vendor):
    """The pages around it keep the reader's."""
    sign_in(client, "analyst")
    client.post(f"/reports/create/{vendor}", data={"csrf_token": csrf(client), "language": "de"})
    issued = only_report(database)

    page = client.get(f"/reports/{issued.id}/read").text

    assert issued.language == "de"
    assert '<html lang="de">' in page
    assert "Risikobericht" in page
    assert "Facts of this report" in client.get(f"/reports/{issued.id}").text


def test_a_language_that_there_is_none_of_is_refused(database, client, sign_in, csrf, vendor):
    """Nothing is made of a form that somebody changed."""
    sign_in(client, "analyst")

    answer = client.post(
        f"/reports/create/{vendor}", data={"csrf_token": csrf(client), "language": "xx"}
    )

    with database.reading() as session:
        assert (answer.status_code, session.exec(select(IssuedReport)).all()) == (422, [])


@pytest.fixture
def board(database, client, csrf):
    """Order the report of the portfolio, and freeze it as a worker does."""

    def order():
        client.post(
            "/reports/create-portfolio", data={"csrf_token": csrf(client), "language": "en"}
        )
        with database.transaction() as session:
            issued = session.exec(select(IssuedReport)).one()
            reports.freeze(session, issued, now=NOON)
            return issued.id

    return order


def test_the_portfolio_waits_until_a_worker_freezes_it(database, client, sign_in, csrf, queue):
    """The page says so, and the files are not there yet."""
    sign_in(client, "analyst")
    client.post("/reports/create-portfolio", data={"csrf_token": csrf(client)})
    issued = only_report(database)

    page = client.get(f"/reports/{issued.id}").text

    assert "its content is frozen when its turn comes" in page
    assert client.get(f"/reports/{issued.id}/report.json").status_code == 404
    assert queue == [("report", [str(issued.id)])]


def test_the_portfolio_is_read_on_screen(client, sign_in, vendor, board):
    """With what nobody knows: one vendor, and it has no tier."""
    sign_in(client, "auditor")
    other = sign_in(client, "analyst")
    assert other
    report_id = board()

    page = client.get(f"/reports/{report_id}/read").text

    assert "Vendor portfolio report" in page
    assert "none of them is rated yet" in page


@pytest.mark.parametrize(
    ("role", "code"),
    [("requester", 403), ("analyst", 200), ("approver", 200), ("auditor", 200), ("admin", 200)],
)
def test_reports_are_for_whoever_reads_scores(
    database, client, sign_in, order, printed, role, code
):
    """They tell what the pages of score, findings and decisions tell, which requesters do not see.

    Neither a page nor a file of one, nor the list, which would say at whom somebody looks closely.
    """
    sign_in(client, "analyst")
    order()
    page = f"/reports/{only_report(database).id}"
    sign_in(client, role)

    asked = ("/reports", page, f"{page}/read", f"{page}/report.json", f"{page}/report.xlsx")
    assert {client.get(path).status_code for path in asked} == {code}
    assert ('href="/reports"' in client.get("/").text) == (code == 200)


@pytest.fixture
def printed(database):
    """The one report has its PDF."""

    def make():
        with database.transaction() as session:
            issued = session.exec(select(IssuedReport)).one()
            reports.keep_pdf(session, issued.id, sha256="a" * 64, size=3, now=NOON)
            return issued.id

    return make


def test_an_approver_signs_what_was_printed_once(client, sign_in, csrf, order, database, printed):
    """Name, day and note stand on the page; a second signature is refused."""
    sign_in(client, "analyst")
    order()
    report_id = printed()
    with database.transaction() as session:
        mikael = make_user(session, "approver", email="m@example.com")
        mikael.name = "Mikael Lindqvist"
    sign_in(client, user=mikael)
    said = {"csrf_token": csrf(client), "note": "Halvorsen leaves by June."}

    client.post(f"/reports/{report_id}/sign", data=said)
    again = client.post(f"/reports/{report_id}/sign", data=said, follow_redirects=True)

    issued = only_report(database)
    assert (issued.signed_as, issued.signed_note) == (
        "Mikael Lindqvist",
        "Halvorsen leaves by June.",
    )
    assert "Mikael Lindqvist signed this report already" in again.text
    assert "Halvorsen leaves by June." in again.text


def test_what_has_no_pdf_is_not_signed(client, sign_in, csrf, order, database):
    """There is nothing yet that somebody could have read on paper."""
    sign_in(client, "analyst")
    order()
    sign_in(client, "approver")
    report_id = only_report(database).id

    answer = client.post(
        f"/reports/{report_id}/sign", data={"csrf_token": csrf(client)}, follow_redirects=True
    )

    assert "before the PDF is made" in answer.text
    assert only_report(database).signed_at is None


@pytest.mark.parametrize("role", ["requester", "analyst", "admin", "auditor"])
def test_who_does_not_approve_does_not_sign(client, sign_in, csrf, order, printed, role):
    """A signature is the approver's."""
    sign_in(client, "analyst")
    order()
    report_id = printed()
    sign_in(client, role)

    answer = client.post(f"/reports/{report_id}/sign", data={"csrf_token": csrf(client)})

    assert answer.status_code == 403


def test_a_report_is_put_on_schedule_and_taken_off(client, sign_in, csrf, clock):
    """What runs stands on the page, and one press ends it."""
    ann = sign_in(client, "analyst")
    said = {
        "csrf_token": csrf(client),
        "every": "quarterly",
        "language": "de",
        "first_on": clock().date().isoformat(),
        "people": str(ann.id),
    }

    page = client.post("/reports/schedules", data=said, follow_redirects=True).text
    ends = re.search(r'action="(/reports/schedules/[^"]+/end)"', page)[1]
    over = client.post(ends, data={"csrf_token": csrf(client)}, follow_redirects=True).text

    assert "Every three months" in page
    assert "The schedule is over" in over
    assert "No report is made by itself yet" in over


def test_a_schedule_that_cannot_be_keeps_what_was_typed(client, sign_in, csrf, vendor):
    """Nobody was chosen; the vendor and the rhythm stay."""
    sign_in(client, "analyst")

    answer = client.post(
        "/reports/schedules",
        data={
            "csrf_token": csrf(client),
            "vendor": str(vendor),
            "every": "weekly",
            "language": "en",
            "first_on": NOON.date().isoformat(),
        },
    )

    assert answer.status_code == 422
    assert "Choose who is told" in answer.text
    assert '<option selected value="weekly">' in answer.text
    assert "Osprey" in answer.text


@pytest.fixture
def dossier(database, vendor):
    """One that a worker froze."""
    with database.transaction() as session:
        said = {"now": NOON, "actor": "test", "prepared_by": "Jana", "organisation": "Contoso"}
        nowhere = {"enqueue": lambda *_args, **_words: None}
        row = session.get(Vendor, vendor)
        issued = reports.request_dossier(session, row, **said, **nowhere)
        reports.freeze(session, issued, now=NOON)
        return issued.id


def test_a_dossier_is_ordered_where_the_report_is(database, client, csrf, sign_in, vendor, queue):
    """The worker freezes it: reading all that is kept takes longer than a page may."""
    sign_in(client, "analyst")
    said = {"csrf_token": csrf(client), "kind": "dossier", "language": "de"}

    client.post(f"/reports/create/{vendor}", data=said)

    issued = only_report(database)
    assert (issued.kind, issued.language, issued.snapshot) == ("dossier", "de", {})
    assert queue == [("report", [str(issued.id)])]


@pytest.mark.parametrize(
    ("role", "code"),
    [("requester", 403), ("analyst", 200), ("approver", 200), ("auditor", 200), ("admin", 200)],
)
@pytest.mark.parametrize("page", ["", "/read", "/report.json", "/report.xlsx", "/lists/log.csv"])
def test_a_dossier_is_for_whoever_sees_all(client, sign_in, dossier, role, code, page):
    """It has the log and every answer."""
    sign_in(client, role)

    assert client.get(f"/reports/{dossier}{page}").status_code == code


def test_the_workbook_of_a_dossier_has_a_sheet_for_each_list(client, sign_in, dossier):
    """What an auditor works through."""
    sign_in(client, "auditor")

    answer = client.get(f"/reports/{dossier}/report.xlsx")

    book = openpyxl.load_workbook(io.BytesIO(answer.data), read_only=True)
    assert book.sheetnames == ["report", "log"]
