"""A contractor answers on a phone, with and without JavaScript, in a real browser."""

import io
import re
from urllib.parse import urlsplit

import openpyxl
import pytest
from playwright.sync_api import expect
from sqlmodel import select

from tests.browser.harness import audit, follow
from tests.factories import NOON
from tests.rated import make
from vendor_risk.store.models.findings import StoredFinding
from vendor_risk.store.models.outbox import OutboxMail
from vendor_risk.store.models.responses import QuestionnaireResponse, ResponseFile
from vendor_risk.store.models.scores import StoredScore
from vendor_risk.workflow import contacts, scores

pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("database", ["sqlite"], indirect=True),
]

SIGNS_IN = {"data_sensitivity": 0, "data_volume": 0, "access": 3, "criticality": 1, "payment": 0}
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20
MOST_TAPS = 60


@pytest.fixture
def stock(database):
    """Ids of a contractor with a contact, and of what it does."""
    with database.transaction() as session:
        vendor, engagement = make(session, "Polar Heating", NOON, levels=SIGNS_IN)
        contacts.add_contact(
            session,
            vendor,
            name="Pat Smith",
            email="pat@polar.example",
            roles=["security"],
            now=NOON,
            actor="test",
        )
        return vendor.id, engagement.id


@pytest.fixture
def link(enter, context, address, stock, database):
    """An analyst sent the twelve questions with a browser; the address in the letter."""
    enter("analyst")
    vendor, engagement = stock
    send = f"{address}/vendors/{vendor}/engagements/{engagement}/questionnaires"
    page = context.new_page()
    page.goto(send)
    page.get_by_label("Your words").fill("Please ask whoever looks after your computers.")
    follow(page, page.get_by_role("button", name="Send", exact=True))
    expect(page.get_by_role("heading", name="The link")).to_be_visible()
    page.close()
    with database.reading() as session:
        mail = session.exec(select(OutboxMail)).one()
    return address + urlsplit(re.search(r"http\S+/q/\S+", mail.text)[0]).path


def test_the_pages_of_sending_are_sound(enter, context, address, stock, link):
    """The preview with its refusal, and the list."""
    vendor, engagement = stock
    send = f"{address}/vendors/{vendor}/engagements/{engagement}/questionnaires"

    assert audit(context, send) == []
    assert audit(context, f"{address}/vendors/{vendor}/questionnaires") == []


@pytest.mark.parametrize("javascript", [True, False])
def test_a_contractor_answers_and_disputes_on_a_phone(
    browser, enter, context, address, link, database, javascript
):
    """From the mail to the end with one photo in at most sixty taps; then the result of it.

    Accepted by the reviewer the answers move the score; the vendor reads what came of them and
    disputes one finding, and the reviewer's decision on that moves the score again.
    """
    enter("admin")
    outbox = context.new_page()
    outbox.goto(f"{address}/mail")
    follow(outbox, outbox.get_by_role("link", name=re.compile("Security questions from")))
    theirs = outbox.locator(".prose a").first.get_attribute("href")
    assert urlsplit(theirs).path == urlsplit(link).path
    phone = browser.new_context(
        java_script_enabled=javascript, viewport={"width": 390, "height": 844}, has_touch=True
    )
    page = phone.new_page()
    taps = 0

    def tap(what, *, leads=True):
        nonlocal taps
        taps += 1
        if leads:
            follow(page, what)
        else:
            what.check()

    page.goto(link)
    tap(page.get_by_role("button", name="Open the questions"))
    tap(page.get_by_role("link", name="Begin"))
    for part in range(4):
        for group in page.locator(".q").all():
            tap(group.get_by_role("radio", name="Yes"), leads=False)
        if part == 0:
            first = page.locator(".q").first
            tap(first.get_by_role("radio", name="No", exact=True), leads=False)
            expect(first.get_by_text("Turn on the second step for every log-in")).to_be_visible()
            last = page.locator(".q").last
            last.locator("summary", has_text=re.compile("Evidence|Add a file")).click()
            last.get_by_label(re.compile("Choose a file")).set_input_files(
                {"name": "desk.png", "mimeType": "image/png", "buffer": PNG}
            )
            taps += 3
            if javascript:
                expect(first.get_by_role("status")).to_contain_text("Saved")
        tap(page.get_by_role("button", name="Save and continue"))
    page.get_by_label("Your role").fill("Owner")
    tap(page.get_by_label(re.compile("true and complete")), leads=False)
    tap(page.get_by_role("button", name="Submit the answers"))
    expect(page.get_by_role("heading", name="What happens next")).to_be_visible()
    assert taps <= MOST_TAPS
    with database.reading() as session:
        response = session.exec(select(QuestionnaireResponse)).one()
        assert response.state == "submitted"
        assert session.exec(select(ResponseFile)).one().name == "desk.png"

    outbox.goto(f"{address}/responses/{response.id}")
    follow(outbox, outbox.get_by_role("button", name=re.compile("without a flag")))
    for _ in range(12):
        if outbox.get_by_role("button", name="Accept the response").count():
            break
        follow(outbox, outbox.get_by_role("button", name=re.compile("^Accept( \\w)?$")))
    follow(outbox, outbox.get_by_role("button", name="Accept the response"))
    accepted = scored(database, scores.ANSWERS)

    page.reload()
    expect(page.get_by_role("heading", name="Your answers were accepted")).to_be_visible()
    if javascript:
        assert audit(page, "", themes=["light"], widths=[390]) == []
    expect(page.get_by_role("heading", name="A stolen password is enough")).to_be_visible()
    page.get_by_label("Your words").fill("We turned it on in May; the photo shows it.")
    page.get_by_label(re.compile("^Evidence")).set_input_files(
        {"name": "may.png", "mimeType": "image/png", "buffer": PNG}
    )
    follow(page, page.get_by_role("button", name=re.compile("^Dispute")))
    expect(page.get_by_text("Disputed", exact=True)).to_be_visible()
    phone.close()

    with database.reading() as session:
        finding = session.exec(select(StoredFinding)).one()
        assert finding.state == "disputed"
    enter("approver")  # what would take a knock-out away is not for an analyst alone
    outbox.goto(f"{address}/findings/{finding.id}")
    expect(outbox.get_by_role("link", name=re.compile("may.png"))).to_be_visible()
    outbox.get_by_label("Not theirs").check()
    outbox.get_by_label("Reason").fill("The photo shows it.")
    follow(outbox, outbox.get_by_role("button", name="Save the step"))
    outbox.close()
    assert scored(database, scores.FACTS) < accepted < scored(database, scores.FINDING)


def scored(database, cause):
    """The score that this left of what the contractor does."""
    with database.reading() as session:
        return session.exec(select(StoredScore).where(StoredScore.cause == cause)).one().final


def test_the_vendor_s_pages_are_sound(browser, link):
    """The door, the overview, a section with a bad answer, the check, and a dead link."""
    theirs = browser.new_context()
    page = theirs.new_page()
    assert audit(page, link) == []
    follow(page, page.get_by_role("button", name="Open the questions"))
    assert audit(page, f"{link}/overview") == []
    page.goto(f"{link}/s/access")
    page.locator(".q").first.get_by_role("radio", name="No", exact=True).check()
    expect(page.locator(".q").first.get_by_role("status")).to_contain_text("Saved")
    assert audit(page, "") == []
    assert audit(page, f"{link}/check") == []
    assert audit(page, f"{link}/people", themes=["light"]) == []
    page.goto(f"{link}/messages?q=AC-02")
    page.get_by_label("Your message").fill("Which portal do you mean?")
    follow(page, page.get_by_role("button", name="Send"))
    assert audit(page, "", themes=["light"]) == []
    assert audit(page, link.rpartition("/")[0] + f"/{'x' * 43}", themes=["light"], expect=404) == []
    theirs.close()


def test_an_answer_that_is_refused_says_so_and_is_kept(browser, link, database):
    """The cookie ran out while the page was open: Save brings all of it, after the button."""
    theirs = browser.new_context(viewport={"width": 390, "height": 844})
    page = theirs.new_page()
    page.goto(link)
    follow(page, page.get_by_role("button", name="Open the questions"))
    page.goto(f"{link}/s/access")
    expect(page.get_by_text("Each answer is saved as you give it.")).to_be_visible()
    theirs.clear_cookies()
    first = page.locator(".q").first
    first.get_by_role("radio", name="Yes").check()
    expect(first.get_by_role("status")).to_have_text(re.compile("Not saved. Press Save"))
    first.get_by_label("Note").fill("All of us, since May.")
    follow(page, page.get_by_role("button", name="Save", exact=True))
    assert audit(page, "", themes=["light"], expect=400) == []
    follow(page, page.get_by_role("button", name="Open the questions"))
    expect(page.get_by_label("Note").first).to_have_value("All of us, since May.")
    theirs.close()


def test_a_file_that_is_too_large_is_refused_before_it_is_sent(browser, link):
    """The server would refuse the whole page, with all that was typed."""
    theirs = browser.new_context(viewport={"width": 390, "height": 844})
    page = theirs.new_page()
    page.goto(link)
    follow(page, page.get_by_role("button", name="Open the questions"))
    page.goto(f"{link}/s/access")
    first = page.locator(".q").first
    picked = first.get_by_label("Choose a file")
    expect(picked).to_be_visible()
    large = PNG + bytes(10 * 1024 * 1024)
    picked.set_input_files({"name": "desk.png", "mimeType": "image/png", "buffer": large})
    expect(first.get_by_role("alert")).to_have_text(
        "The file has more than 10 MB: send a smaller one."
    )
    assert picked.input_value() == ""
    picked.set_input_files({"name": "desk.png", "mimeType": "image/png", "buffer": PNG})
    expect(first.get_by_role("alert")).to_be_hidden()
    theirs.close()


def test_the_page_of_a_filled_workbook_is_sound(browser, link, address):
    """A refused cell, a new answer and one that a colleague changed, at all widths."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(link)
    follow(page, page.get_by_role("button", name="Open the questions"))
    raw = page.request.get(f"{link}/questions.xlsx").body()
    book = openpyxl.load_workbook(io.BytesIO(raw))
    rows = [row for row in book["Questions"].iter_rows(min_row=3) if row[8].value]
    rows[0][6].value = rows[1][6].value = "Yes"
    rows[1][7].value = "As agreed with the landlord, " * 12
    rows[2][6].value = "perhaps"
    out = io.BytesIO()
    book.save(out)

    assert audit(context, f"{link}/workbook") == []
    page.goto(f"{link}/workbook")
    page.get_by_label("The filled workbook").set_input_files(
        {"name": "filled.xlsx", "mimeType": "application/zip", "buffer": out.getvalue()}
    )
    follow(page, page.get_by_role("button", name="Show what it changes"))
    expect(page.get_by_role("checkbox", name="Save what the workbook says")).to_have_count(2)
    page.set_viewport_size({"width": 390, "height": 844})
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= 390
    follow(page, page.get_by_role("button", name="Save what is ticked"))
    expect(page.get_by_text("2 answers of the workbook are saved.")).to_be_visible()
    context.close()
