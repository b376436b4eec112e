"""What a vendor reads once its answers are accepted, what it says to that, and messages."""

import io
import json
import re
import zipfile
from html import unescape
from urllib.parse import urlsplit

import pytest
from sqlmodel import select

from tests.factories import NOON
from tests.rated import make
from tests.workflow.review_test import FAZIO, submitted
from vendor_risk.store.models.findings import FindingEvent, StoredFinding
from vendor_risk.store.models.outbox import OutboxMail
from vendor_risk.store.models.responses import (
    QuestionnaireResponse,
    ResponseAnswer,
    ResponseFile,
    ResponseLink,
    ResponseMessage,
)
from vendor_risk.workflow import contacts, questionnaires
from vendor_risk.workflow.responses import links, reading, review, threads

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)

SECRET = "They-dodge-and-Ann-thinks-so-too"
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20
MARKUP = "<script>alert(1)</script>"


@pytest.fixture
def analyst(client, sign_in, csrf, clock):
    """An analyst's browser; `press(address, **fields)` sends a form of its."""
    client.person = sign_in(client, "analyst")
    client.press = lambda address, **said: client.post(
        address, data={"csrf_token": csrf(client)} | said
    )
    return client


@pytest.fixture
def made(database, analyst):
    """A contractor's submitted answers with one "no", internal words all over, and a link to it."""
    with database.transaction() as session:
        vendor = make(session, "Polar Heating", NOON, levels=FAZIO)
        contacts.add_contact(
            session,
            vendor[0],
            name="Pat",
            email="pat@polar.example",
            roles=["security"],
            now=NOON,
            actor="test",
        )
        ann = analyst.person.id
        at = submitted(session, vendor, ann, AC_01="unmet")
        _link, token = links.beside(session, at.response, at.link, now=NOON)
        for question in ("", "AC-01", "AC-02"):
            threads.say(
                session,
                at.response,
                text=f"{SECRET} {question}",
                by=ann,
                question=question,
                internal=True,
                now=NOON,
            )
        return f"/q/{token}", f"/responses/{at.response.id}"


@pytest.fixture
def pat(app, csrf, made):
    """The vendor's browser, come in by the button."""
    browser = app.test_client()
    browser.press = lambda address, **said: browser.post(
        address, data={"csrf_token": csrf(browser)} | said, content_type="multipart/form-data"
    )
    assert browser.press(made[0]).status_code == 302
    return browser


def accept(database, analyst, made):
    """The reviewer decides on all, one of them otherwise with a reason of ours, and accepts."""
    with database.transaction() as session:
        row = session.exec(select(QuestionnaireResponse)).one()
        for line in reading.read(session, row, today=NOON.date()).lines:
            if line.open:
                lower = line.id == "AC-03"
                review.judge(
                    session,
                    row,
                    line.id,
                    "overridden" if lower else "accepted",
                    level=50 if lower else None,
                    note=SECRET,
                    revision=line.row.revision,
                    now=NOON,
                    actor=analyst.person.id,
                )
    assert analyst.press(f"{made[1]}/accept").status_code == 302


@pytest.fixture
def accepted(database, analyst, made):
    """The answers are accepted."""
    accept(database, analyst, made)
    return made


def found(database):
    """The finding that the answers made."""
    with database.reading() as session:
        return session.exec(select(StoredFinding).where(StoredFinding.reference == "AC-01")).one()


def say(pat, link, row, go, note="", **more):
    """The vendor's reply to a finding, as the form of the page sends it."""
    prefix = f"f{row.id.hex[:12]}-"
    fields = {f"{prefix}revision": str(row.revision), f"{prefix}note": note, "go": go}
    fields |= {f"{prefix}{name}": value for name, value in more.items()}
    return pat.press(f"{link}/result/{row.id}", **fields)


def text_of(answer):
    """The words of a page."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())


def mails(database, to="pat@polar.example"):
    with database.reading() as session:
        rows = session.exec(select(OutboxMail).order_by(OutboxMail.created_at)).all()
        return [row for row in rows if row.recipient == to]


def unpacked(content):
    """All that a workbook holds."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return b"".join(archive.read(name) for name in archive.namelist())


# the result


def test_the_result_says_what_was_accepted_and_what_is_to_be_mended(pat, accepted, database):
    """With severity, fix and day; a level given instead of an answer is said."""
    assert pat.get(f"{accepted[0]}/overview").location.endswith("/result")
    page = text_of(pat.get(f"{accepted[0]}/result"))

    row = found(database)
    assert "Your answers were accepted" in page
    assert "1 point has to be mended" in page
    assert "A stolen password is enough" in page
    assert "Turn on the second step for every log-in" in page
    assert f"{row.due_on.day} {row.due_on:%b %Y}" in page
    assert "Counted as “partly”" in page


def test_a_letter_brings_a_link_to_the_result(app, accepted, database, csrf):
    """The letter tells no finding; its link works until 14 days after the last day to mend."""
    (mail,) = (mail for mail in mails(database) if mail.dedup_key.startswith("result/"))
    path = urlsplit(re.search(r"http\S+/q/\S+", mail.text)[0]).path

    assert "password" not in mail.text + mail.html
    browser = app.test_client()
    assert "See the result" in browser.get(path).text
    browser.post(path, data={"csrf_token": csrf(browser)})
    assert browser.get(f"{path}/result").status_code == 200
    with database.reading() as session:
        until = {row.expires_at.date() for row in session.exec(select(ResponseLink))}
    assert {(day - found(database).due_on).days for day in until} == {14}


def test_accepting_twice_writes_one_letter(accepted, analyst, database):
    """A second press finds it accepted."""
    analyst.press(f"{accepted[1]}/accept")

    assert sum(mail.dedup_key.startswith("result/") for mail in mails(database)) == 1


def test_a_dispute_with_evidence_is_marked_everywhere_until_decided(
    pat, accepted, analyst, database
):
    """On the list, the finding's page, the vendor's page, and the vendor's own."""
    row = found(database)
    empty = say(pat, accepted[0], row, "dispute")
    assert (empty.status_code, "Say what is not so" in empty.text) == (422, True)

    note = f"We turned it on in May. {MARKUP}"
    proof = (io.BytesIO(PNG), "../\u202egnp.exe")
    assert say(pat, accepted[0], row, "dispute", note, file=proof).status_code == 302

    row = found(database)
    for browser, address in (
        (analyst, "/findings"),
        (analyst, f"/findings/{row.id}"),
        (analyst, f"/vendors/{row.vendor_id}"),
        (analyst, f"/vendors/{row.vendor_id}/engagements/{row.engagement_id}/score"),
        (pat, f"{accepted[0]}/result"),
    ):
        page = browser.get(address).text
        assert "Disputed" in page, address
        assert MARKUP not in page
    with database.reading() as session:
        event = session.exec(select(FindingEvent).where(FindingEvent.act == "dispute")).one()
    assert event.file_name == "gnp.exe.png"
    served = analyst.get(f"/findings/files/{event.id}")
    assert (served.data, served.mimetype) == (PNG, "image/png")
    assert served.headers["Content-Disposition"].startswith("attachment")
    analyst.press(
        f"/findings/{row.id}/step", step="confirm", note=SECRET, revision=str(row.revision)
    )
    page = text_of(pat.get(f"{accepted[0]}/result"))
    assert "The dispute was not followed" in page
    assert "We turned it on in May" in page


def test_fixed_can_be_said_too_and_a_stale_form_loses_nothing(pat, accepted, database):
    """What was typed stands on the page of the refusal."""
    row = found(database)
    assert say(pat, accepted[0], row, "say-fixed", "Done.").status_code == 302

    again = say(pat, accepted[0], row, "dispute", "It was never so")

    assert again.status_code == 409
    assert "It was never so" in again.text
    assert found(database).state == "vendor says fixed"


def test_nobody_answers_what_is_not_of_its_answers(pat, accepted, database, analyst):
    """A finding of another source, and a step that is none of the vendor's."""
    row = found(database)
    with database.transaction() as session:
        session.get_one(StoredFinding, row.id).kind = "check"
    assert say(pat, accepted[0], row, "dispute", "no").status_code == 302
    with database.transaction() as session:
        session.get_one(StoredFinding, row.id).kind = "question"
    assert say(pat, accepted[0], row, "verify", "mended").status_code == 422
    assert found(database).state == "open"


def test_a_colleague_s_link_shows_no_result(app, csrf, pat, made, database, analyst):
    """A contributor answered a section; what came of all is the owner's."""
    with database.transaction() as session:
        owner = session.exec(select(ResponseLink)).first()
        row = session.exec(select(QuestionnaireResponse)).one()
        _link, token = links.beside(
            session,
            row,
            ResponseLink(
                response_id=row.id,
                name="Sam",
                email="sam@polar.example",
                sections=["people"],
                token_sha256="x",
                expires_at=owner.expires_at,
            ),
            now=NOON,
        )
    accept(database, analyst, made)
    sam = app.test_client()
    sam.post(f"/q/{token}", data={"csrf_token": csrf(sam)})

    assert sam.get(f"/q/{token}/result").location.endswith("/overview")
    assert "A stolen password" not in sam.get(f"/q/{token}/overview").text
    told = json.loads(sam.get(f"/q/{token}/answers.json").text)
    assert {each["id"][:2] for each in told["answers"]}.isdisjoint({"AC"})
    assert "second step" not in sam.get(f"/q/{token}/messages").text
    sent = sam.post(
        f"/q/{token}/messages",
        data={"csrf_token": csrf(sam), "question": "AC-01", "text": "And this?"},
    )
    assert sent.status_code == 422


def test_a_link_that_ended_is_renewed_after_acceptance(pat, accepted, database):
    """By mail to its own address, and it leads to the result."""
    with database.transaction() as session:
        for row in session.exec(select(ResponseLink)):
            row.expires_at = NOON.replace(year=2020)
    assert pat.get(f"{accepted[0]}/result").status_code == 404

    before = len(mails(database))
    pat.press(f"{accepted[0]}/new-link")

    assert len(mails(database)) == before + 1
    assert "See the result" in mails(database)[-1].html


def test_a_reviewer_s_finding_beside_an_answer_reaches_the_vendor(pat, made, database, analyst):
    """The form begins with the words of the question, and the result page shows it."""
    with database.reading() as session:
        vendor = session.exec(select(QuestionnaireResponse)).one().vendor_id
    number = made[1].rpartition("/")[2]
    form = analyst.get(f"/findings/raise/{vendor}?response={number}&question=AC-01").text
    assert "A stolen password is enough" in unescape(form)
    assert re.search(r'<option selected value="AC-01"', form)
    assert re.search(r'<option selected value="(high|critical)"', form)

    raised = analyst.press(
        f"/findings/raise/{vendor}",
        response=number,
        question="AC-01",
        title="Shared accounts in the photo",
        severity="medium",
        control="AC-01",
        engagement_id="",
        knockout="",
    )

    assert raised.location.endswith(f"{made[1]}?q=AC-01")
    accept(database, analyst, made)
    assert "Shared accounts in the photo" in pat.get(f"{made[0]}/result").text


@pytest.mark.parametrize("state", ["in progress", "submitted", "accepted", "declined"])
def test_its_own_answers_can_be_taken_along_at_any_time(pat, made, database, analyst, state):
    """As a spreadsheet and for a program, offered on the page that the link leads to."""
    if state == "accepted":
        accept(database, analyst, made)
    else:
        with database.transaction() as session:
            session.exec(select(QuestionnaireResponse)).one().state = state
    page = pat.get(f"{made[0]}/overview", follow_redirects=True).text

    for name in ("answers.xlsx", "answers.json"):
        assert f'href="{made[0]}/{name}"' in page
    told = json.loads(pat.get(f"{made[0]}/answers.json").text)
    said = {each["id"]: each["value"] for each in told["answers"]}
    assert (said["AC-01"], said["AC-02"]) == ("unmet", "met")
    book = unpacked(pat.get(f"{made[0]}/answers.xlsx").data).decode()
    assert "Does each of your people have their own log-in" in book


def test_the_history_of_the_vendor_tells_of_its_answers(accepted, database, analyst):
    """By the number of the response; single answers and messages stand on its own page."""
    with database.reading() as session:
        row = session.exec(select(QuestionnaireResponse)).one()
    page = text_of(analyst.get(f"/vendors/{row.vendor_id}/history"))

    assert f"Answers accepted: {row.number}" in page
    assert f"Answers submitted: {row.number}" in page
    assert "response." not in page


# messages


def test_a_question_asked_while_answering_is_seen_and_answered(pat, made, database, analyst):
    """Sent with Save beside the answers, marked unread in the queue, answered with one letter."""
    with database.transaction() as session:
        row = session.exec(select(QuestionnaireResponse)).one()
        row.state, row.submitted_at = "returned", None
        session.get_one(ResponseAnswer, (row.id, "AC-02")).flagged = True
        revision = session.get_one(ResponseAnswer, (row.id, "AC-02")).revision
    page = pat.get(f"{made[0]}/s/returned").text
    assert "Ask us about this question" in page
    fields = {"a:AC-02": "met", "n:AC-02": "", "r:AC-02": str(revision), "go": "save"}
    sent = pat.press(f"{made[0]}/s/returned", **fields, **{"m:AC-02": f"Which one? {MARKUP}"})
    assert sent.status_code == 302
    pat.press(f"{made[0]}/messages", question="", text="Who reads this?")

    queue = text_of(analyst.get("/responses"))
    assert "2 unread messages" in queue
    assert "2 unread messages" in text_of(analyst.get("/responses?unread=yes"))
    page = analyst.get(f"{made[1]}?q=AC-02").text
    assert (MARKUP in page, "Which one?" in page) == (False, True)
    before = len(mails(database))
    for _ in range(2):
        analyst.press(f"{made[1]}/messages", question="AC-02", text="The portal.", to="vendor")
    assert "1 unread message" in text_of(analyst.get("/responses"))
    assert len(mails(database)) == before + 1
    analyst.press(f"{made[1]}/messages/read", question="")
    assert "unread message" not in text_of(analyst.get("/responses?state=all")).replace(
        "Unread messages", ""
    )
    assert "The portal." in pat.get(f"{made[0]}/messages").text


def test_a_message_that_is_refused_stays_in_its_field(pat, made, database):
    """The answer beside it is saved."""
    with database.transaction() as session:
        row = session.exec(select(QuestionnaireResponse)).one()
        row.state, row.submitted_at = "in progress", None
    fields = {"a:AC-02": "unmet", "n:AC-02": "", "r:AC-02": "1", "go": "next"}
    answer = pat.press(f"{made[0]}/s/access", **fields, **{"m:AC-02": "y" * 4001})

    assert (answer.status_code, "y" * 4001 in answer.text) == (422, True)
    with database.reading() as session:
        assert session.get_one(ResponseAnswer, (row.id, "AC-02")).value == '"unmet"'
        assert session.exec(select(ResponseMessage).where(~ResponseMessage.internal)).all() == []


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"question": "", "text": " "}, 422),
        ({"question": "XX-99", "text": "hello"}, 422),
        ({"question": "AC-01", "text": "z" * 4001}, 422),
        ({"question": "AC-01", "text": "a\u202eb\x00c\r\nd"}, 302),
    ],
)
def test_messages_are_only_words(pat, made, database, fields, status):
    """Nothing is said for what is none."""
    assert pat.press(f"{made[0]}/messages", **fields).status_code == status
    with database.reading() as session:
        rows = session.exec(select(ResponseMessage).where(~ResponseMessage.internal)).all()
    assert [row.text for row in rows] == (["abc\nd"] if status == 302 else [])


# what a vendor never sees


@pytest.mark.parametrize("state", ["in progress", "returned", "submitted", "accepted", "declined"])
def test_no_byte_of_a_vendor_s_page_tells_what_is_internal(pat, made, database, analyst, state):
    """Every page that the vendor can open, in every state, and every file it can take along."""
    if state == "accepted":
        accept(database, analyst, made)
    else:
        with database.transaction() as session:
            row = session.exec(select(QuestionnaireResponse)).one()
            row.state, row.ended_reason = state, "We will not." if state == "declined" else ""
            for each in session.exec(select(ResponseAnswer)):
                each.review_note, each.flagged = SECRET, state == "returned"
    seen, waiting = set(), [made[0], f"{made[0]}/s/access/AC-01"]
    while waiting:
        address = waiting.pop()
        seen.add(address)
        answer = pat.get(address, follow_redirects=True)
        content = answer.data
        if address.endswith(".xlsx"):
            content = unpacked(content)
        assert SECRET.encode() not in content, address
        for word in (b"KO-0", b"assurance", b"residual"):
            assert word not in content, address
        here = re.findall(r'href="(/q/[^"#]+)', answer.text if b"<html" in content else "")
        waiting += [one for one in set(here) if one not in seen and one not in waiting]
    assert len(seen) > (3 if state == "declined" else 5)
    for mail in mails(database):
        assert SECRET not in mail.text + mail.html


# bad input


def test_all_goes_on_when_the_questionnaire_is_gone_from_the_disk(
    pat, made, database, analyst, monkeypatch
):
    """What is asked was frozen when it was sent: nobody needs the file any more."""
    with database.transaction() as session:
        row = session.exec(select(QuestionnaireResponse)).one()
        row.state, row.submitted_at = "in progress", None
        revision = session.get_one(ResponseAnswer, (row.id, "AC-02")).revision
        vendor, engagement = row.vendor_id, row.engagement_id
    monkeypatch.setattr(questionnaires, "shipped", tuple)
    link, ours = made

    for path in ("/overview", "/s/access", "/check", "/messages", "/files", "/questions.xlsx"):
        assert pat.get(f"{link}{path}").status_code == 200, path
    fields = {"a:AC-02": "met", "n:AC-02": "as ever", "r:AC-02": str(revision), "go": "next"}
    assert pat.press(f"{link}/s/access", **fields).status_code == 302
    done = pat.press(f"{link}/check", name="Pat", role="Owner", declared="y")
    assert done.status_code == 302
    for path in (f"/vendors/{vendor}/questionnaires", "/responses", ours, "/work"):
        assert analyst.get(path).status_code == 200, path
    send = f"/vendors/{vendor}/engagements/{engagement}/questionnaires"
    assert analyst.get(send).status_code == 200
    accept(database, analyst, made)
    assert "Your answers were accepted" in pat.get(f"{link}/result").text


@pytest.mark.parametrize("state", ["lapsed", "declined", "submitted", "accepted", "withdrawn"])
def test_a_form_that_comes_too_late_changes_nothing_and_says_so(pat, made, database, state):
    """Sent again from a page that was open for a month, or by a second press."""
    with database.transaction() as session:
        row = session.exec(select(QuestionnaireResponse)).one()
        row.state, row.accepted_at = state, NOON
        before = session.get_one(ResponseAnswer, (row.id, "AC-02"))
        value, seen = before.value, before.revision
    fields = {"a:AC-02": "unmet", "n:AC-02": "", "r:AC-02": str(seen), "go": "next"}

    saved = pat.press(f"{made[0]}/s/access", **fields)
    kept = pat.press(f"{made[0]}/s/access/AC-02", **fields)
    pat.press(f"{made[0]}/check", name="X", role="Y", declared="y")
    pat.press(f"{made[0]}/decline", reason="no")

    if state == "withdrawn":
        assert "This link opens nothing" in saved.text
    else:
        assert "not asked of you any more" in pat.get(saved.location, follow_redirects=True).text
        assert "not saved" in kept.text
    with database.reading() as session:
        row = session.exec(select(QuestionnaireResponse)).one()
        assert (row.state, row.submitted_by) == (state, "Pat")
        assert session.get_one(ResponseAnswer, (row.id, "AC-02")).value == value


def test_a_link_that_was_revoked_cannot_be_replayed(pat, app, csrf, made, database):
    """Neither by a browser that was in, nor by the button; a scanner that looks changes nothing."""
    scanner = app.test_client()
    with database.reading() as session:
        before = [row.opened_at for row in session.exec(select(ResponseLink))]
    for _ in range(3):
        assert scanner.get(made[0]).status_code == 200
    with database.transaction() as session:
        rows = session.exec(select(ResponseLink)).all()
        assert [row.opened_at for row in rows] == before
        for row in rows:
            row.revoked_at = NOON

    for path in ("", "/overview", "/result", "/messages", "/answers.json", "/answers.xlsx"):
        assert pat.get(f"{made[0]}{path}").status_code == 404, path
    assert pat.press(made[0]).status_code == 404
    assert pat.press(f"{made[0]}/messages", question="", text="hello").status_code == 404


def test_a_picture_that_is_also_a_page_is_only_a_picture(pat, made, database, analyst):
    """Told by how it begins, sealed as it came, and handed out as an attachment."""
    with database.transaction() as session:
        row = session.exec(select(QuestionnaireResponse)).one()
        row.state, row.submitted_at = "in progress", None
        revision = session.get_one(ResponseAnswer, (row.id, "AC-02")).revision
    both = PNG + f"<html>{MARKUP}</html>".encode() + b"PK\x05\x06" + b"\0" * 18
    fields = {"a:AC-02": "met", "n:AC-02": "", "r:AC-02": str(revision), "go": "save"}
    sent = pat.press(f"{made[0]}/s/access", **fields, **{"f:AC-02": (io.BytesIO(both), "a.html")})
    assert sent.status_code == 302

    with database.reading() as session:
        file = session.exec(select(ResponseFile)).one()
    for browser, address in (
        (pat, f"{made[0]}/files/{file.id}"),
        (analyst, f"{made[1]}/files/{file.id}"),
    ):
        answer = browser.get(address)
        assert (answer.data, answer.mimetype) == (both, "image/png")
        assert answer.headers["Content-Disposition"] == "attachment; filename=a.html.png"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    "words",
    [MARKUP, "z" * 1_000_000, "abc\u202egpj.exe\x07\x00", "=cmd|' /C calc'!A0", "{{ 7*191 }}%(x)s"],
)
def test_hostile_words_beside_a_finding_are_only_words(pat, accepted, database, analyst, words):
    """On the vendor's page, on ours, and in nothing that is calculated."""
    row = found(database)
    answer = say(pat, accepted[0], row, "dispute", words)

    if len(words) > 4000:
        assert (answer.status_code, words in answer.text) == (422, True)
        return
    assert answer.status_code == 302
    for browser, address in (
        (pat, f"{accepted[0]}/result"),
        (analyst, f"/findings/{row.id}"),
        (analyst, f"/vendors/{row.vendor_id}/history"),
    ):
        page = browser.get(address)
        assert page.status_code == 200
        assert MARKUP not in page.text
        assert "\u202e" not in page.text
        assert "1337" not in page.text
