"""The queue of responses and the page of one, as a reviewer without JavaScript uses them."""

import datetime as dt
import html
import io
import re

import pytest
from sqlmodel import select

from tests.conftest import form_token
from tests.factories import NOON
from tests.rated import finding, make
from tests.workflow.review_test import FAZIO, submitted
from vendor_risk.evidence import Severity
from vendor_risk.jobs import letters
from vendor_risk.jobs.letters import Letterhead
from vendor_risk.reports.report import canonical_json
from vendor_risk.store.models.findings import FindingKind, StoredFinding
from vendor_risk.store.models.outbox import OutboxMail
from vendor_risk.store.models.responses import (
    FileUse,
    QuestionnaireResponse,
    ResponseAnswer,
    ResponseFile,
    ResponseLink,
    ResponseMessage,
    ResponseState,
)
from vendor_risk.store.models.vendors import Engagement, Vendor
from vendor_risk.workflow import contacts, reports
from vendor_risk.workflow.responses import reading, sending, silence, threads

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)

MARKUP = "<script>alert(1)</script>"


@pytest.fixture
def analyst(client, sign_in, csrf, clock):
    """An analyst's browser; `press(address, **fields)` sends a form of its."""
    client.person = sign_in(client, "analyst")

    def press(address, **fields):
        return client.post(address, data={"csrf_token": csrf(client)} | fields)

    client.press = press
    client.clock = clock
    return client


@pytest.fixture
def response(database, analyst):
    """The address of a response that came with one bare "no" and something to read."""
    with database.transaction() as session:
        vendor = make(session, f"Fazio {MARKUP}", NOON, levels=FAZIO)
        contacts.add_contact(
            session,
            vendor[0],
            name="Pat",
            email="pat@fazio.example",
            roles=[],
            now=NOON,
            actor="test",
        )
        finding(
            session,
            vendor[0],
            "DP-01",
            NOON,
            kind=FindingKind.CHECK,
            reference="tls.versions",
            reason="TLS 1.0 is accepted.",
            asset="fazio.example",
            severity=Severity.MEDIUM,
        )
        at = submitted(session, vendor, analyst.person.id, AC_01="unmet")
        session.get_one(ResponseAnswer, (at.response.id, "HV-02")).note = MARKUP
        file = ResponseFile(response_id=at.response.id, name="=mfa.png", sha256="0" * 64, bytes=9)
        session.add(file)
        session.flush()
        session.add(FileUse(file_id=file.id, question="AC-02"))
        return f"/responses/{at.response.id}"


def plain(answer):
    """The text of a page."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())


def row(database):
    """The response as it is kept."""
    with database.reading() as session:
        return session.exec(select(QuestionnaireResponse)).one()


def reading_of(database):
    """The response as its reviewer reads it."""
    with database.reading() as session:
        return reading.read(session, row(database), today=NOON.date())


def answer_of(database, question):
    """An answer as it is kept."""
    with database.reading() as session:
        return session.get_one(ResponseAnswer, (row(database).id, question))


def decide(analyst, database, response, question, verdict, **fields):
    """One decision on what is kept now."""
    told = {"verdict": verdict, "revision": str(answer_of(database, question).revision)} | fields
    return analyst.press(f"{response}/answers/{question}", **told)


def test_an_empty_queue_says_where_questions_are_sent_from(analyst):
    """One sentence, and where to go."""
    assert "No questions were sent yet" in plain(analyst.get("/responses"))


@pytest.mark.parametrize(
    ("query", "there"),
    [
        ("", True),
        ("?mine=yes", True),
        ("?state=submitted", True),
        ("?state=with+vendor", False),
        ("?overdue=yes", False),
        ("?state=all&mine=yes", True),
    ],
)
def test_the_queue_is_filtered_by_its_address(analyst, response, query, there):
    """What nobody knows is told."""
    assert (response in analyst.get(f"/responses{query}").text) is there
    assert "state = “odd”" in plain(analyst.get("/responses?state=odd"))


def test_a_submitted_response_is_work_of_its_reviewer(analyst, response):
    """With the day until which it is to be reviewed, ten working days on."""
    text = analyst.get("/work").text
    assert response in text
    assert "Answers to review" in text
    assert "4 Dec 2026" in plain(analyst.get("/responses"))


def test_a_page_shows_what_speaks_for_and_against(analyst, response):
    """The scan beside the answer it contradicts comes first."""
    text = plain(analyst.get(response))
    for words in ("DP-01", "A scan says otherwise", "TLS 1.0 is accepted.", "What accepting it"):
        assert words in text
    assert "A stolen password is enough" in plain(analyst.get(f"{response}?q=AC-01"))
    page = analyst.get(f"{response}?q=HV-02").text
    assert MARKUP not in page
    assert html.escape(MARKUP) in page


def test_from_the_first_decision_to_the_score(analyst, database, response):
    """Batch, one by one, acceptance; then nothing can be decided any more."""
    assert "are accepted" in plain(
        analyst.post(f"{response}/plain", data=analyst_token(analyst), follow_redirects=True)
    )
    refused = analyst.press(f"{response}/accept")
    assert (refused.status_code, "Decide on" in plain(refused)) == (422, True)
    for question in ("DP-01", "AC-01", "AC-02"):
        if not answer_of(database, question).verdict:
            decide(analyst, database, response, question, "accepted")
    with database.reading() as session:
        left = [
            line.id
            for line in reading.read(session, row(database), today=NOON.date()).lines
            if line.open
        ]
    for question in left:
        decide(analyst, database, response, question, "accepted")
    promised = plain(analyst.get(response))
    assert "Score then" in promised

    analyst.press(f"{response}/accept")

    assert row(database).state == ResponseState.ACCEPTED
    with database.reading() as session:
        engagement = session.exec(select(Engagement)).one()
        assert (engagement.final, engagement.knockout) == (4900, "KO-02")
        assert session.exec(
            select(StoredFinding).where(StoredFinding.kind == FindingKind.QUESTION)
        ).one()
    assert row(database).snapshot_sha256 in analyst.get(response).text
    assert decide(analyst, database, response, "AC-01", "accepted").status_code == 422


def analyst_token(analyst):
    """The token of a form."""
    return {"csrf_token": form_token(analyst)}


def test_nothing_typed_is_lost_when_a_decision_is_refused(analyst, database, response):
    """The words stand in the field again, beside what is wrong."""
    told = decide(analyst, database, response, "AC-03", "overridden", note="Two keep leavers")
    assert (told.status_code, "Choose a level" in plain(told)) == (422, True)
    assert "Two keep leavers</textarea>" in told.text


def test_the_second_of_two_reviewers_is_told(analyst, database, response):
    """409, with the words kept."""
    decide(analyst, database, response, "AC-03", "accepted")
    told = decide(
        analyst, database, response, "AC-03", "overridden", level="0", note="No", revision="1"
    )
    assert told.status_code == 409
    assert "A colleague changed this" in plain(told)
    assert answer_of(database, "AC-03").verdict == "accepted"


def test_a_decision_is_undone(analyst, database, response):
    """By the button of the notice."""
    decide(analyst, database, response, "AC-03", "partly", note="Half of them")
    assert answer_of(database, "AC-03").override == 50
    analyst.press(f"{response}/answers/AC-03/undo")
    assert answer_of(database, "AC-03").verdict == ""


@pytest.mark.parametrize("leaves", [True, False])
def test_marked_questions_go_back_with_a_letter(app, analyst, database, response, leaves):
    """Its link is shown only where no server takes the mail, which tells no question."""
    app.config["MAIL_LEAVES"] = leaves
    decide(analyst, database, response, "AC-03", "ask", note="Who tells us?")
    told = analyst.press(f"{response}/return", words="Thank you.", due_on="2026-12-20")
    assert "The vendor has it again" in plain(told)
    kept = row(database)
    assert (kept.state, kept.due_on) == (ResponseState.RETURNED, dt.date(2026, 12, 20))
    with database.reading() as session:
        mail = session.exec(select(OutboxMail)).one()
    assert mail.recipient == "pat@fazio.example"
    assert "Who tells us" not in mail.text + mail.html
    link = re.search(r"/q/[\w-]{43}", mail.text)[0]
    assert (link in told.text) is not leaves  # whoever has it could answer as the vendor


def test_an_internal_note_is_said_to_be_one(analyst, response):
    """And an empty one is refused."""
    analyst.press(f"{response}/messages", question="AC-03", text="I doubt it.", to="us")
    text = plain(analyst.get(f"{response}?q=AC-03"))
    assert "I doubt it." in text
    assert "internal" in text
    assert analyst.press(f"{response}/messages", text=" ", to="us").status_code == 422


def test_evidence_is_read_and_says_by_whom(analyst, database, response):
    """Without a word on what it covers it is not."""
    with database.reading() as session:
        file = session.exec(select(ResponseFile)).one().id
    address = f"{response}/files/{file}"
    assert analyst.press(address, question="AC-02", state="reviewed").status_code == 422
    analyst.press(address, question="AC-02", state="reviewed", scope="The portal of ours")
    assert "The portal of ours" in plain(analyst.get(f"{response}?q=AC-02"))
    assert analyst.get(address).status_code == 404, "the file store has none"


def test_a_false_answer_costs_credibility(analyst, database, response):
    """Both exhibits stand in a finding."""
    with database.reading() as session:
        revision = session.exec(select(Vendor)).one().revision
    analyst.press(f"{response}/contradicted/DP-01", vendor_revision=str(revision))
    with database.reading() as session:
        assert "TLS 1.0" in session.exec(select(Vendor)).one().contradicted_why


@pytest.mark.parametrize("path", ["/take", "/plain", "/accept", "/return", "/messages"])
def test_an_auditor_reads_and_changes_nothing(client, sign_in, csrf, database, response, path):
    """Not even by sending the form."""
    sign_in(client, "auditor")
    assert client.get(response).status_code == 200
    told = client.post(f"{response}{path}", data={"csrf_token": csrf(client)})
    assert told.status_code == 403


def test_a_letter_whose_link_is_dead_is_not_sent_again(analyst, database):
    """It would lead nowhere; what to do instead is said."""
    with database.transaction() as session:
        vendor, bought = make(session, "Polar", NOON, levels=FAZIO)
        contacts.add_contact(
            session, vendor, name="Pat", email="pat@p.example", roles=[], now=NOON, actor="test"
        )
        made = sending.send(session, vendor, bought, now=analyst.clock(), actor=analyst.person.id)
        letters.ask(session, made, Letterhead("http://localhost", "Us"), analyst.clock())
        session.flush()
        mail = session.exec(select(OutboxMail)).one()
        mail.state = "failed"
        session.exec(select(ResponseLink)).one().revoked_at = NOON
        page = f"/responses/{made.response.id}"

    analyst.press(f"{page}/letters/{mail.id}/again")

    with database.reading() as session:
        assert session.get(OutboxMail, mail.id).state == "failed"
    assert "opens nothing any more" in plain(analyst.get(page))


def test_the_form_names_who_reads_the_message(analyst, database, response):
    """Whoever wrote last about the whole, which may be another than the owner."""
    assert "who wrote last" not in plain(analyst.get(response))
    with database.transaction() as session:
        one = session.exec(select(QuestionnaireResponse)).one()
        link = session.exec(select(ResponseLink)).first()
        link.name = "Kim Berg"
        threads.say(session, one, text="When is it due?", by=link, now=NOON)

    assert "goes to Kim Berg, who wrote last" in plain(analyst.get(response))


def test_a_letter_that_came_back_is_loud_until_it_is_sent_again(app, analyst, database):
    """On the response, the queue and the portfolio: with the link to copy and a way to send it."""
    app.config["MAIL_LEAVES"] = True
    with database.transaction() as session:
        vendor, bought = make(session, "Polar", NOON, levels=FAZIO)
        contacts.add_contact(
            session, vendor, name="Pat", email="pat@p.example", roles=[], now=NOON, actor="test"
        )
        made = sending.send(session, vendor, bought, now=analyst.clock(), actor=analyst.person.id)
        letters.ask(session, made, Letterhead("http://localhost", "Us"), analyst.clock())
        session.flush()
        mail = session.exec(select(OutboxMail)).one()
        mail.state, page = "sent", f"/responses/{made.response.id}"
    assert "It came back" in plain(analyst.get(page))

    analyst.press(f"{page}/letters/{mail.id}/came-back", reason=f"550 {MARKUP}")
    for address in (page, "/responses"):
        shown = analyst.get(address)
        assert f"/q/{made.token}" in shown.text
        assert "The letter to pat@p.example came back. " in plain(shown)
        assert MARKUP not in shown.text
        assert f"/questionnaires/{made.response.id}/again" in shown.text
    assert "Mail failed: Polar" in plain(analyst.get("/"))

    again = f"/vendors/{vendor.id}/questionnaires/{made.response.id}/again"
    assert analyst.press(again).status_code == 200
    assert "came back." not in plain(analyst.get("/responses"))
    assert "Mail failed: Polar" not in plain(analyst.get("/"))
    elsewhere = f"/responses/{vendor.id}/letters/{mail.id}/came-back"
    assert analyst.press(elsewhere).status_code == 404


def test_a_mail_is_filed_on_the_page_and_downloaded_again(analyst, response, database):
    """Marked as e-mailed and by whom; its markup is text; its attachment can be bound."""
    content = (
        b"From: Pat <pat@fazio.example>\r\nDate: Sat, 21 Nov 2026 10:00:00 +0000\r\n"
        b"Subject: <script>alert(1)</script>\r\nMIME-Version: 1.0\r\n"
        b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\n\r\nSee the report.\r\n--b\r\n'
        b'Content-Disposition: attachment; filename="soc2.pdf"\r\n\r\n%PDF-1.7 x\r\n--b\r\n'
        b'Content-Disposition: attachment; filename="x.svg"\r\n\r\n<svg onload=x>\r\n--b--\r\n'
    )
    sent = analyst.press(f"{response}/mails", eml=(io.BytesIO(content), "reply.eml"))
    page = analyst.get(sent.location)
    assert "e-mailed, filed by" in plain(page)
    assert "1 attachment is evidence now." in plain(page)
    assert "x.svg : Send a PDF" in plain(page)
    assert MARKUP not in page.text
    again = analyst.get(re.search(r'href="(/responses/[^"]+\.eml)"', page.text).group(1))
    assert again.data == content
    assert again.headers["X-Content-Type-Options"] == "nosniff"
    serves = re.search(r'action="(/responses/[^"]+/serves)"', page.text).group(1)
    analyst.press(serves, question="HV-02")
    assert "soc2.pdf" in plain(analyst.get(f"{response}?q=HV-02"))
    assert "Choose the mail" in plain(analyst.get(analyst.press(f"{response}/mails").location))


def test_one_of_us_answers_on_the_vendors_behalf_and_hands_it_in(analyst, database):
    """With source, day, NDA and whether a copy may be kept; nothing without the source."""
    at = analyst.clock()
    with database.transaction() as session:
        vendor, bought = make(session, "Cloud", at, levels=FAZIO)
        contacts.add_contact(
            session, vendor, name="Pat", email="pat@c.example", roles=[], now=at, actor="test"
        )
        made = sending.send(session, vendor, bought, now=at, actor=analyst.person.id).response
    page = f"/responses/{made.id}/behalf"
    told = {"seen_on": at.date().isoformat(), "nda": "signed", "not_stored": "1"}
    for _ in range(3):  # answers open further questions
        fields = dict(re.findall(r'name="(revision-[^"]+)" value="(\d+)"', analyst.get(page).text))
        fields |= {f"value-{name[9:]}": "met" for name in fields}
        if not _:
            refused = analyst.press(page, **told, **fields)
            assert (refused.status_code, "Say where you saw it" in plain(refused)) == (422, True)
        answered = analyst.press(page, **told, **fields, seen_where="trust.cloud.example")
        if answered.status_code == 422:
            break
    assert analyst.press(f"{page}/hand-in").status_code == 302
    shown = plain(analyst.get(f"/responses/{made.id}"))
    assert "trust.cloud.example , seen, not stored, under an NDA" in shown
    assert "on the vendor's behalf" in shown
    assert row(database).state == ResponseState.SUBMITTED
    analyst.press(f"/responses/{made.id}/plain")
    for one in reading_of(database).lines:
        if one.open:
            decide(analyst, database, f"/responses/{made.id}", one.id, "accepted")
    assert "Somebody else accepts it" in plain(analyst.get(f"/responses/{made.id}"))
    refused = analyst.press(f"/responses/{made.id}/accept")
    assert (refused.status_code, "need four eyes" in plain(refused)) == (422, True)


def test_what_questions_cost_is_told_or_unknown(analyst, response, database):
    """Nothing before the first is accepted; then each question, and as CSV."""
    assert "nothing can be said" in plain(analyst.get("/responses/burden"))
    with database.transaction() as session:
        kept = session.exec(select(QuestionnaireResponse)).one()
        kept.state, kept.accepted_at = ResponseState.ACCEPTED, analyst.clock()
    page = plain(analyst.get("/responses/burden"))
    assert "contractor-access 1 unknown" in page
    assert "too few to say" in page
    lines = analyst.get("/responses/burden.csv").text.splitlines()
    assert any(line.startswith("AC-01,1,0,") and line.endswith(",unknown") for line in lines)


def test_a_knockout_out_of_silence_is_nowhere_told_as_an_admission(analyst, database):
    """Portfolio, vendor, score, decision, finding and report: no answer since that day."""
    at = analyst.clock()
    sent = at - dt.timedelta(days=40)
    with database.transaction() as session:
        vendor, bought = make(session, "Quiet", sent, levels=FAZIO)
        contacts.add_contact(
            session, vendor, name="Pat", email="pat@q.example", roles=[], now=sent, actor="test"
        )
        made = sending.send(session, vendor, bought, now=sent, actor=analyst.person.id).response
        silence.count(session, at)
        report = reports.vendor_report(session, vendor, now=at, organisation="Us", number="VR-1")
        finding_id = session.exec(
            select(StoredFinding.id).where(StoredFinding.knockout == "KO-02")
        ).one()
    day = f"{made.due_on.day} {made.due_on:%b %Y}"
    pages = (
        "/",
        f"/vendors/{vendor.id}",
        f"/vendors/{vendor.id}/engagements/{bought.id}/score",
        f"/findings/{finding_id}",
        f"/vendors/{vendor.id}/decision?engagement={bought.id}",
    )
    for page in pages:
        told = plain(analyst.get(page))
        before, _fact, _after = told.partition("There is no second factor on remote access")
        assert _fact, page
        words = f"o answer since {day}"
        assert words in before[-120:] or words in _after[:90], page
    assert f"No answer since {day}, so the worst is assumed" in canonical_json(report).decode()
    for page in ("/findings", f"/vendors/{vendor.id}"):
        assert f"no answer since {day}" in plain(analyst.get(page)), page


def test_a_message_is_not_counted_as_a_review(analyst, database, response):
    """What only has an unread message is told apart."""
    with database.transaction() as session:
        vendor, bought = make(session, "Asks", NOON, levels=FAZIO)
        contacts.add_contact(
            session, vendor, name="Pat", email="pat@a.example", roles=[], now=NOON, actor="test"
        )
        sent = sending.send(session, vendor, bought, now=NOON, actor=analyst.person.id).response
        session.add(ResponseMessage(response_id=sent.id, text="Why?", by_kind="vendor"))
    told = plain(analyst.get("/responses"))
    assert "1 response waits for review. 1 more only has an unread message." in told
