"""Questionnaires as our people send them, and as a vendor answers them over its link."""

import html
import io
import json
import re
import zipfile
from urllib.parse import urlsplit

import pytest
from sqlmodel import select

from tests.factories import NOON
from tests.rated import make
from vendor_risk.store.models.documents import Document, DocumentControl
from vendor_risk.store.models.outbox import OutboxMail
from vendor_risk.store.models.responses import (
    QuestionnaireResponse,
    ResponseAnswer,
    ResponseFile,
    ResponseLink,
    ResponseMessage,
)
from vendor_risk.store.models.vendors import Engagement
from vendor_risk.workflow import contacts

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)

SIGNS_IN = {"data_sensitivity": 0, "data_volume": 0, "access": 3, "criticality": 1, "payment": 0}
MARKUP = "<script>alert(1)</script>"
TURNED = "abc\u202egpj.exe\u0007"
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20


@pytest.fixture
def stock(database):
    """Ids of a contractor that signs in to our portal, and of what it does for us."""
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
def analyst(client, sign_in, csrf):
    """An analyst's browser; `press(address, **fields)` sends a form of it."""
    sign_in(client, "analyst")
    client.press = lambda address, **said: client.post(
        address, data={"csrf_token": csrf(client)} | said
    )
    return client


@pytest.fixture
def stranger(app, csrf):
    """`stranger()`: a browser without an account."""

    def fresh():
        browser = app.test_client()
        browser.press = lambda address, **said: browser.post(
            address, data={"csrf_token": csrf(browser)} | said, content_type="multipart/form-data"
        )
        return browser

    return fresh


def send(analyst, stock, **said):
    vendor, engagement = stock
    answer = analyst.press(
        f"/vendors/{vendor}/engagements/{engagement}/questionnaires",
        **{"chosen": "contractor-access", "language": "en", "contact_id": contact(analyst, stock)}
        | said,
    )
    assert answer.status_code == 200, answer.text
    return answer


def contact(analyst, stock):
    page = analyst.get(f"/vendors/{stock[0]}/engagements/{stock[1]}/questionnaires").text
    return re.search(r'<option[^>]*value="([0-9a-f-]{36})"', page)[1]


def newest_link(database, to="pat@polar.example", beyond=""):
    """The path in the letter to somebody that is not the one before."""
    with database.reading() as session:
        mails = [mail for mail in session.exec(select(OutboxMail)) if mail.recipient == to]
    found = (re.search(r"http\S+/q/\S+", mail.text) for mail in mails)
    paths = {urlsplit(one[0]).path for one in found if one}
    return next(path for path in paths if path != beyond)


@pytest.fixture
def link(analyst, stock, database):
    """The path of the vendor's link."""
    send(analyst, stock)
    return newest_link(database)


@pytest.fixture
def pat(stranger, link):
    """Pat's browser, come in by the button."""
    browser = stranger()
    assert browser.press(link).status_code == 302
    return browser


def one(database, model):
    with database.reading() as session:
        return session.exec(select(model)).one()


def answers(database):
    with database.reading() as session:
        return {
            row.question: (row.value, row.note, row.revision)
            for row in session.exec(select(ResponseAnswer))
        }


def said(question, value, note="", seen=0):
    """The fields of one question."""
    return {f"a:{question}": value, f"n:{question}": note, f"r:{question}": str(seen)}


SECTIONS = ("access", "computers", "events", "people")


def answer_all(browser, link, value="met"):
    """Every question of the form, as a person without JavaScript answers them."""
    for part in SECTIONS:
        page = browser.get(f"{link}/s/{part}").text
        fields = {}
        for id in dict.fromkeys(re.findall(r'name="a:([^"]+)"', page)):
            fields |= said(id, value, note="as agreed")
        answer = browser.press(f"{link}/s/{part}", go="next", **fields)
        assert answer.status_code == 302, answer.text


# our people


def test_the_send_page_shows_all_that_will_be_asked(analyst, stock):
    """The sum, the minutes, the questions, and that no mail leaves."""
    page = analyst.get(f"/vendors/{stock[0]}/engagements/{stock[1]}/questionnaires").text

    assert re.search(r"1[0-2] questions,\s+about \d+ minutes", page)
    assert "need a second step" in page
    assert "No mail leaves this installation" in page


def test_other_boxes_show_what_they_ask(analyst, stock):
    """Nothing is sent by counting."""
    answer = analyst.press(
        f"/vendors/{stock[0]}/engagements/{stock[1]}/questionnaires",
        chosen=["contractor-access", "incident-rapid"],
        go="count",
    )

    assert (answer.status_code, "What it means for us" in answer.text) == (200, True)


def test_without_a_mail_server_the_link_is_shown_once(analyst, stock, database):
    """On the page after sending and nowhere else."""
    page = send(analyst, stock).text
    path = newest_link(database)

    assert path in page
    there = analyst.get(f"/vendors/{stock[0]}/questionnaires").text
    assert path not in there
    assert "0 of 1" in there


def test_what_forbids_sending_is_told_before_the_press(analyst, stock, link):
    """The same questionnaire is on its way."""
    address = f"/vendors/{stock[0]}/engagements/{stock[1]}/questionnaires"

    assert "is on its way already (Q-" in analyst.get(address).text
    again = analyst.press(
        address, chosen="contractor-access", language="en", contact_id=contact(analyst, stock)
    )
    assert (again.status_code, "is on its way already" in again.text) == (422, True)


def test_a_failed_letter_is_loud(analyst, stock, link, database):
    """On the vendor's page, with why."""
    with database.transaction() as session:
        mail = session.exec(select(OutboxMail)).one()
        mail.state, mail.last_error = "failed", "550 no such person"

    page = analyst.get(f"/vendors/{stock[0]}/questionnaires").text
    assert "did not get through" in page
    assert "550 no such person" in page


def test_sending_again_ends_the_link_before(analyst, stock, link, stranger, database):
    """And a link to copy is made without a mail."""
    row = one(database, QuestionnaireResponse)
    address = f"/vendors/{stock[0]}/questionnaires/{row.id}/again"

    assert analyst.press(address).status_code == 200
    assert stranger().get(link).status_code == 404
    second = newest_link(database, beyond=link)
    page = analyst.press(address, go="link").text
    third = urlsplit(re.search(r"http[^\s<\"]+/q/[^\s<\"]+", page)[0]).path
    assert stranger().get(second).status_code == 404
    assert stranger().get(third).status_code == 200


def test_withdrawing_needs_a_reason(analyst, stock, link, stranger, database):
    """Then the link opens nothing."""
    row = one(database, QuestionnaireResponse)
    address = f"/vendors/{stock[0]}/questionnaires/{row.id}/withdraw"

    assert analyst.press(address, reason=" ").status_code == 422
    assert analyst.press(address, reason="the wrong company").status_code == 302
    assert stranger().get(link).status_code == 404


def test_a_requester_sends_nothing(client, sign_in, csrf, stock):
    """Sending is for analysts."""
    sign_in(client, "requester")
    address = f"/vendors/{stock[0]}/engagements/{stock[1]}/questionnaires"
    assert client.get(address).status_code == 403


# the link


def test_looking_opens_nothing_and_the_button_does(stranger, link, database):
    """A scanner of mail only looks; no page of it may be kept or listed."""
    browser = stranger()
    page = browser.get(link)

    assert one(database, QuestionnaireResponse).state == "sent"
    assert page.headers["X-Robots-Tag"].startswith("noindex")
    assert page.headers["Referrer-Policy"] in ("same-origin", "no-referrer")
    assert page.headers["Cache-Control"] == "no-store"
    assert browser.get(f"{link}/overview").status_code == 302
    assert browser.press(link).status_code == 302
    assert browser.get(f"{link}/overview").status_code == 200
    assert one(database, QuestionnaireResponse).state == "opened"


def test_who_came_in_by_one_link_is_not_in_by_another(analyst, stock, pat, link, database):
    """The cookie is for the link of this address alone."""
    pat.press(
        f"{link}/people", name="Sam", email="sam@polar.example", sections=["people", "events"]
    )
    sams = newest_link(database, "sam@polar.example")

    assert pat.get(f"{sams}/overview").status_code == 302


@pytest.mark.parametrize("path", ["", "/overview", "/s/access", "/answers.json", "/files"])
def test_an_unknown_link_tells_nothing(stranger, database, path):
    """One page for all that opens nothing."""
    answer = stranger().get(f"/q/{'x' * 43}{path}")

    assert (answer.status_code, "This link opens nothing" in answer.text) == (404, True)


def test_a_new_link_goes_to_the_bound_address_alone(stranger, link, database):
    """Who asks is told the same, whether there was one or not."""
    browser = stranger()
    with database.transaction() as session:
        session.exec(select(ResponseLink)).one().expires_at = NOON.replace(year=2020)

    assert browser.get(link).status_code == 404
    told = browser.press(f"{link}/new-link").text
    nothing = browser.press(f"/q/{'x' * 43}/new-link").text

    strip = lambda page: re.sub(r'value="[^"]+"|/q/[^"]+', "", page)  # noqa: E731
    assert strip(told) == strip(nothing)
    assert browser.get(newest_link(database, beyond=link)).status_code == 200


def test_tier_1_needs_the_code_of_a_mail_as_well(analyst, stock, stranger, database):
    """A wrong one does not open it."""
    with database.transaction() as session:
        session.get_one(Engagement, stock[1]).tier_override = 1
    send(analyst, stock)
    path, browser = newest_link(database), stranger()

    page = browser.press(path)
    assert "The code from your mail" in page.text
    assert browser.get(f"{path}/overview").status_code == 302
    with database.reading() as session:
        text = (
            session.exec(
                select(OutboxMail).where(OutboxMail.dedup_key.startswith("questionnaire-code/"))
            )
            .one()
            .text
        )
    code = re.search(r"\d{3} \d{3}", text)[0]
    wrong = "111111" if code != "111 111" else "222222"
    assert path.rpartition("/")[2] not in text
    assert browser.press(f"{path}/code", code=wrong).status_code == 422
    assert browser.press(f"{path}/code", code=code).status_code == 302
    assert browser.get(f"{path}/overview").status_code == 200


def test_mails_with_codes_are_bounded(analyst, stock, stranger, database):
    """Nobody floods a mail box with them."""
    with database.transaction() as session:
        session.get_one(Engagement, stock[1]).tier_override = 1
    send(analyst, stock)
    path, browser = newest_link(database), stranger()

    codes = [browser.press(path).status_code for _ in range(12)]
    assert codes[-1] == 429


# answering


def test_a_form_without_javascript_goes_to_the_end(pat, link, database):
    """Answers, check, declaration, and a page that says what comes next."""
    answer_all(pat, link)
    assert "Every question that counts is answered" in pat.get(f"{link}/check").text
    without = pat.press(f"{link}/check", name="Pat", role="Owner")
    assert (without.status_code, "Tick this" in without.text) == (422, True)

    assert pat.press(f"{link}/check", name="Pat", role="Owner", declared="y").status_code == 302

    page = pat.get(f"{link}/overview").text
    assert "your answers are with us" in page
    assert one(database, QuestionnaireResponse).state == "submitted"
    late = pat.press(f"{link}/s/access", go="save", **said("AC-01", "unmet", seen=1))
    assert late.status_code == 302
    assert answers(database)["AC-01"][0] == '"met"'
    told = json.loads(pat.get(f"{link}/answers.json").text)
    assert {each["value"] for each in told["answers"]} == {"met"}
    book = pat.get(f"{link}/answers.xlsx")
    assert zipfile.ZipFile(io.BytesIO(book.data)).testzip() is None


def test_what_is_open_is_listed_and_not_submitted(pat, link, database):
    """Each open question leads to its place."""
    page = pat.get(f"{link}/check").text

    assert "questions are still open" in page
    assert f"{link}/s/access#q-AC-01" in page
    assert pat.press(f"{link}/check", name="P", role="O", declared="y").status_code == 422
    assert one(database, QuestionnaireResponse).state == "opened"


def test_an_answer_is_saved_while_others_are_typed(pat, link, database):
    """The fragment carries the new revision, and what a bad answer leads to stands on the page."""
    answer = pat.press(f"{link}/s/access/AC-01", **said("AC-01", "unmet", "soon"))

    assert answer.status_code == 200
    assert 'name="r:AC-01" value="1"' in answer.text
    assert re.search(r"1 of \d+ answered", answer.text)
    assert answers(database)["AC-01"] == ('"unmet"', "soon", 1)
    assert "Turn on the second step for every log-in" in pat.get(f"{link}/s/access").text


def test_a_note_that_is_missing_is_said(pat, link):
    """The answer is kept, and does not count until then."""
    told = pat.press(f"{link}/s/access/AC-01", **said("AC-01", "partly")).text

    assert "this answer needs one" in told
    assert re.search(r"0 of \d+ answered", told)


def test_two_at_once_are_both_shown(pat, link, database, stranger):
    """Autosave and the Save button alike; either text can win, and none is lost."""
    other = stranger()
    other.press(link)
    pat.press(f"{link}/s/access/AC-01", **said("AC-01", "met", "mine"))

    told = other.press(f"{link}/s/access/AC-01", **said("AC-01", "unmet", "theirs"))
    whole = other.press(f"{link}/s/access", go="next", **said("AC-01", "unmet", "theirs"))

    for answer in (told, whole):
        assert "A colleague changed this meanwhile" in answer.text
        assert answer.text.count("theirs") >= 1
        assert "mine" in answer.text
    assert whole.status_code == 409
    assert answers(database)["AC-01"] == ('"met"', "mine", 1)
    kept = other.press(f"{link}/s/access", go="mine=AC-01:1", **said("AC-01", "unmet", "theirs"))
    assert kept.status_code == 302
    assert answers(database)["AC-01"] == ('"unmet"', "theirs", 2)


def test_who_changed_nothing_is_in_nobody_s_way(pat, link, database):
    """A page opened before a colleague's answer and sent after it takes nothing back."""
    pat.press(f"{link}/s/access/AC-01", **said("AC-01", "met", "fine"))

    fields = said("AC-01", "", "") | said("AC-02", "met")
    assert pat.press(f"{link}/s/access", go="save", **fields).status_code == 302
    assert answers(database)["AC-01"][0] == '"met"'
    assert answers(database)["AC-02"][0] == '"met"'


@pytest.mark.parametrize(
    ("note", "kept"), [(MARKUP, MARKUP), (TURNED, "abcgpj.exe"), ("ok\r\nline", "ok\nline")]
)
def test_hostile_words_are_only_words(pat, link, database, note, kept):
    """Nothing runs, and nothing reads in another order than it is kept."""
    pat.press(f"{link}/s/access", go="save", **said("AC-01", "met", note))
    page = pat.get(f"{link}/s/access").text

    assert answers(database)["AC-01"][1] == kept
    assert MARKUP not in page


def test_a_megabyte_is_refused_and_given_back(pat, link, database):
    """What was typed stays in its field, and the other answers are saved."""
    fields = said("AC-01", "met", "x" * 1_000_000) | said("AC-02", "met")
    answer = pat.press(f"{link}/s/access", go="next", **fields)

    assert (answer.status_code, "at most 4000 characters" in answer.text) == (422, True)
    assert "x" * 1_000_000 in answer.text
    assert set(answers(database)) == {"AC-02"}


@pytest.mark.parametrize("value", ["maybe", "met\x00", MARKUP])
def test_an_answer_that_is_none_is_told(pat, link, database, value):
    """Only what is offered counts."""
    answer = pat.press(f"{link}/s/access", go="save", **said("AC-01", value))

    assert answer.status_code == (302 if value.startswith("met") else 422)
    assert answers(database).get("AC-01", ('"met"',))[0] == '"met"'


def test_after_the_day_it_can_still_be_answered(pat, link, database):
    """And the page says until when."""
    with database.transaction() as session:
        row = session.exec(select(QuestionnaireResponse)).one()
        row.due_on = NOON.date().replace(year=2025)

    assert "You can still answer and submit until" in pat.get(f"{link}/overview").text
    answer_all(pat, link)
    assert pat.press(f"{link}/check", name="P", role="O", declared="y").status_code == 302


def hidden(page):
    """The fields that the first form of a page sends by itself."""
    form = page.partition("<main")[2].partition("<form")[2].partition("</form>")[0]
    found = re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', form)
    return {name: html.unescape(value) for name, value in found if name != "csrf_token"}


@pytest.mark.parametrize("lost", ["sign of the form", "cookie"])
def test_a_form_that_was_open_too_long_loses_nothing(pat, link, database, lost):
    """The button comes once more, with all that was typed, and saves it."""
    if lost == "cookie":
        pat.delete_cookie("session")
    typed = said("AC-01", "met", "hours\nof <words>") | {"go": "next", "csrf_token": "old"}
    late = pat.post(f"{link}/s/access", data=typed)
    assert (late.status_code, "Nothing that you typed is lost" in late.text) == (400, True)
    assert answers(database) == {}
    once = pat.press(link, **hidden(late.text))
    assert once.status_code == 307
    assert pat.press(once.location, **hidden(late.text)).location == f"{link}/s/computers"
    assert answers(database)["AC-01"] == ('"met"', "hours\nof <words>", 1)


def test_a_late_form_of_tier_1_comes_through_the_code(analyst, stock, stranger, database):
    """And a file is said to be chosen once more."""
    with database.transaction() as session:
        session.get_one(Engagement, stock[1]).tier_override = 1
    send(analyst, stock)
    path = newest_link(database)
    browser = stranger()
    file = {"f:AC-01": (io.BytesIO(PNG), "desk.png")}
    late = browser.press(f"{path}/s/access", go="save", **said("AC-01", "met", "words"), **file)
    assert "files have to be chosen once more" in late.text
    asked = browser.press(path, **hidden(late.text))
    with database.reading() as session:
        text = next(row.text for row in session.exec(select(OutboxMail)) if "code" in row.subject)
    code = re.search(r"\d{3} \d{3}", text)[0]
    once = browser.press(f"{path}/code", code=code, **hidden(asked.text))
    assert (once.status_code, urlsplit(once.location).path) == (307, f"{path}/s/access")


@pytest.mark.parametrize("place", ["//evil.example/", "../../login", "code", "s/../../x", "a b"])
def test_a_button_leads_nowhere_else(stranger, link, place):
    """What a strange page puts into the form is no way out of the link."""
    assert stranger().press(link, onward=place).location == f"{link}/overview"


def test_the_cookie_lasts_as_long_as_somebody_answers(pat, link):
    """Each page renews it."""
    assert "Expires=" in pat.get(f"{link}/overview").headers["Set-Cookie"]


def test_words_for_a_link_that_is_over_are_given_back(pat, link, clock):
    """To be copied, though nothing is saved."""
    clock.move(days=90)
    late = pat.press(f"{link}/s/access", **said("AC-01", "met", "hours of words"))
    assert (late.status_code, "hours of words</textarea>" in late.text) == (404, True)


def test_only_what_is_unanswered(pat, link):
    """For the second sitting."""
    pat.press(f"{link}/s/access/AC-01", **said("AC-01", "met"))

    page = pat.get(f"{link}/s/access?only=open").text
    assert 'id="q-AC-01"' not in page
    assert 'id="q-AC-02"' in page


def test_what_came_back_comes_first_with_the_words(pat, link, database):
    """Only that can be changed; internal words are not shown."""
    answer_all(pat, link)
    pat.press(f"{link}/check", name="P", role="O", declared="y")
    with database.transaction() as session:
        row = session.exec(select(QuestionnaireResponse)).one()
        row.state = "returned"
        session.get_one(ResponseAnswer, (row.id, "AC-02")).flagged = True
        for text, internal in (("Which product is it?", False), ("They dodge.", True)):
            session.add(
                ResponseMessage(
                    response_id=row.id,
                    question="AC-02",
                    internal=internal,
                    text=text,
                    by_kind="person",
                )
            )

    assert "1 answer came back to you" in pat.get(f"{link}/overview").text
    page = pat.get(f"{link}/s/returned").text
    assert "Which product is it?" in page
    assert "They dodge" not in page
    assert 'id="q-AC-01"' not in page
    other = pat.press(f"{link}/s/access", go="save", **said("AC-01", "unmet", seen=1))
    assert other.status_code == 302
    assert answers(database)["AC-01"][0] == '"met"'
    done = pat.press(f"{link}/s/returned", go="next", **said("AC-02", "met", "Product X", 1))
    assert done.location.endswith("/check")
    assert pat.press(f"{link}/check", name="P", role="O", declared="y").status_code == 302


def test_answers_of_last_time_wait_to_be_confirmed(pat, link, database):
    """Saving the page as it is confirms nothing; the button does."""
    pat.press(f"{link}/s/access/AC-01", **said("AC-01", "met", "as ever"))
    with database.transaction() as session:
        session.exec(select(ResponseAnswer)).one().confirm = True

    fields = said("AC-01", "met", "as ever", 1)
    pat.press(f"{link}/s/access", go="save", **fields)
    assert one(database, ResponseAnswer).confirm
    pat.press(f"{link}/s/access", go="confirm=AC-01", **fields)
    assert not one(database, ResponseAnswer).confirm


def test_an_answer_opens_and_closes_what_follows_it(analyst, stock, stranger, database):
    """Where it is saved alone the page gets the new question; after Save it is there."""
    send(analyst, stock, chosen=["ecom-core"])
    link, browser = newest_link(database), stranger()
    browser.press(link)
    assert 'id="q-AC-01a"' not in browser.get(f"{link}/s/access").text

    opened = browser.press(f"{link}/s/access/AC-01", **said("AC-01", "met")).text
    assert 'hx-swap-oob="afterend:#q-AC-01"' in opened
    assert 'id="q-AC-01a"' in opened
    boxes = said("AC-01a", ["totp", "passkey"])
    browser.press(f"{link}/s/access/AC-01a", **boxes)
    assert answers(database)["AC-01a"][0] == '["totp", "passkey"]'
    closed = browser.press(f"{link}/s/access/AC-01", **said("AC-01", "unmet", seen=1)).text
    assert '<div id="q-AC-01a" hx-swap-oob="delete">' in closed


def test_a_table_is_kept_line_by_line(analyst, stock, stranger, database):
    """And comes back in its cells."""
    with database.transaction() as session:
        engagement = session.get_one(Engagement, stock[1])
        engagement.payment, engagement.tier_override = 3, 2
    send(analyst, stock, chosen=["payment-page"])
    link, browser = newest_link(database), stranger()
    browser.press(link)
    page = browser.get(f"{link}/s/scripts").text
    table = re.search(r'name="a:([^":]+):0:0"', page)
    id = table[1]
    cells = {f"a:{id}:0:0": "pay.js", f"a:{id}:0:1": "to | pay", f"a:{id}:2:0": "chat.js"}
    cells |= {f"a:{id}:1:0": "", f"r:{id}": "0", f"n:{id}": ""}

    assert browser.press(f"{link}/s/scripts", go="save", **cells).status_code == 302

    assert json.loads(answers(database)[id][0]).splitlines() == [
        "pay.js | to \N{BROKEN BAR} pay | ",
        "chat.js |  |",
    ]
    assert 'value="chat.js"' in browser.get(f"{link}/s/scripts").text


# people


def test_a_colleague_answers_only_the_chosen_sections(pat, link, stranger, database):
    """Over a link of their own, which can be taken back."""
    pat.press(f"{link}/people", name="Sam", email="sam@polar.example", sections=["people"])
    sams, sam = newest_link(database, "sam@polar.example"), stranger()
    sam.press(sams)

    page = sam.get(f"{sams}/overview").text
    assert f"{sams}/s/people" in page
    assert f"{sams}/s/access" not in page
    assert sam.get(f"{sams}/s/access").status_code == 302
    told = sam.press(f"{sams}/s/access/AC-01", **said("AC-01", "met"))
    assert "not asked of you" in told.text
    assert sam.get(f"{sams}/check").status_code == 302
    with database.reading() as session:
        helper = next(row for row in session.exec(select(ResponseLink)) if row.sections)
    pat.press(f"{link}/people/{helper.id}/remove")
    assert sam.get(f"{sams}/overview").status_code == 404


def test_somebody_else_is_the_right_person(pat, link, database):
    """The old link ends."""
    bad = pat.press(f"{link}/hand-over", name="Kim", email="nobody")
    assert (bad.status_code, "error-text" in bad.text) == (422, True)
    assert pat.press(f"{link}/hand-over", name="Kim", email="kim@polar.example").status_code == 200

    assert pat.get(f"{link}/overview").status_code == 404
    assert newest_link(database, "kim@polar.example") != link


def test_declining_needs_a_reason(pat, link, database):
    """It is shown to our people."""
    assert pat.press(f"{link}/decline", reason="").status_code == 422
    assert pat.press(f"{link}/decline", reason="Our lawyers say no").status_code == 302

    row = one(database, QuestionnaireResponse)
    assert (row.state, row.ended_reason) == ("declined", "Our lawyers say no")
    assert "You declined" in pat.get(f"{link}/overview").text


# files


def upload(browser, link, name, content, question="AC-01"):
    fields = said(question, "met") | {f"f:{question}": (io.BytesIO(content), name)}
    return browser.press(f"{link}/s/access", go="save", **fields)


def test_a_text_names_its_charset_once(pat, link, database):
    """As browsers read it."""
    upload(pat, link, "list.txt", b"hello")

    got = pat.get(f"{link}/files/{one(database, ResponseFile).id}")

    assert got.headers["Content-Type"] == "text/plain; charset=utf-8"


def test_a_name_that_turns_the_line_round_is_shown_as_it_is_kept(pat, link):
    """Without the sign that turns it."""
    fields = {"name": "Sam\u202egpj.exe", "email": "sam@polar.example", "sections": ["people"]}
    pat.press(f"{link}/people", **fields)

    page = pat.get(f"{link}/people").text

    assert ("Samgpj.exe gets a mail" in page, "\u202e" in page) == (True, False)


def test_a_photo_is_kept_and_served_as_an_attachment(pat, link, analyst, stock, database):
    """To the vendor and to our people; never as a page."""
    assert upload(pat, link, "..\\desk.png", PNG).status_code == 302
    row = one(database, ResponseFile)

    assert row.name == "desk.png"
    ours = f"/vendors/{stock[0]}/questionnaires/{row.response_id}/files/{row.id}"
    for browser, address in ((pat, f"{link}/files/{row.id}"), (analyst, ours)):
        answer = browser.get(address)
        assert answer.data == PNG
        assert answer.headers["Content-Disposition"].startswith("attachment")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert pat.press(f"{link}/files/{row.id}/date", date="2026-13-01").status_code == 302
    pat.press(f"{link}/files/{row.id}/date", date="2026-01-05")
    assert str(one(database, ResponseFile).document_date) == "2026-01-05"
    remove = f'action="{link}/files/{row.id}/remove"'
    assert remove in pat.get(f"{link}/files").text
    with database.transaction() as session:
        session.get_one(ResponseFile, row.id).by_kind = "person"
    assert remove not in pat.get(f"{link}/files").text, "what we filed stays"
    with database.transaction() as session:
        session.get_one(ResponseFile, row.id).by_kind = "vendor"
    pat.press(f"{link}/files/{row.id}/remove")
    assert pat.get(f"{link}/files/{row.id}").status_code == 404


def test_a_file_that_is_refused_takes_no_answer_with_it(pat, link, database):
    """The answer is saved, the file is told."""
    answer = upload(pat, link, "page.pdf", b"<html><script>alert(1)</script>")

    assert (answer.status_code, "Send a PDF" in answer.text) == (422, True)
    assert answers(database)["AC-01"][0] == '"met"'


def test_one_file_serves_several_questions(pat, link, database):
    """By a tick at the second."""
    upload(pat, link, "desk.png", PNG)
    row = one(database, ResponseFile)

    fields = said("AC-02", "met") | {"U:AC-02": "1", "u:AC-02": str(row.id)}
    assert pat.press(f"{link}/s/access", go="save", **fields).status_code == 302
    assert "Shows: AC-01, AC-02" in pat.get(f"{link}/files").text


def test_what_a_report_proves_is_said_and_may_be_answered_anyway(
    analyst, stock, stranger, database
):
    """The question names the report, counts as answered, and takes an answer all the same."""
    with database.transaction() as session:
        row = Document(
            vendor_id=stock[0],
            kind="soc 2 type ii",
            title="SOC 2",
            document_date=NOON.date(),
            period_end=NOON.date(),
            service_in_scope=True,
            reviewed_at=NOON,
        )
        session.add(row)
        session.flush()
        session.add(
            DocumentControl(document_id=row.id, control="AC-01", level=100, source="audited")
        )
    asked = analyst.get(f"/vendors/{stock[0]}/engagements/{stock[1]}/questionnaires")
    assert "answered by SOC 2 Type II" in asked.text
    send(analyst, stock)
    link, browser = newest_link(database), stranger()
    browser.press(link)
    part = next(one for one in SECTIONS if "a:AC-01" in browser.get(f"{link}/s/{one}").text)
    page = browser.get(f"{link}/s/{part}").text
    assert "Answered by your SOC 2 Type II of" in page
    assert "You may answer anyway." in page
    assert "a:AC-01" not in browser.get(f"{link}/s/{part}?only=open").text
    browser.press(f"{link}/s/{part}", go="save", **said("AC-01", "met"))
    assert answers(database)["AC-01"][0] == '"met"'


def test_no_reminders_by_a_button_and_back(pat, link):
    """The overview says how it stands."""
    page = f"{link}/overview"
    assert "No reminders, please" in pat.get(page).text
    assert "You get no more reminders." in pat.get(pat.press(f"{link}/reminders").location).text
    assert "You get no reminders of these questions." in pat.get(page).text
    pat.press(f"{link}/reminders", go="on")
    assert "No reminders, please" in pat.get(page).text
