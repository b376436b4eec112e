"""Sheets that people bring: a questionnaire of our own, and a vendor's filled copy as answers."""

import html
import io
import re

import pytest
from sqlmodel import select

from tests.factories import NOON
from tests.questionnaires.layouts import CAIQ, SIG, many
from tests.web.questionnaire_test import (  # noqa: F401  (fixtures)
    analyst,
    link,
    newest_link,
    one,
    pat,
    send,
    stock,
    stranger,
)
from tests.workflow.packs_test import bring, csv, packed, parts
from tests.workflow.review_test import accept_all
from vendor_risk.store.models.responses import (
    PublishedQuestionnaire,
    QuestionnaireResponse,
    ResponseAnswer,
)
from vendor_risk.workflow import pack_versions
from vendor_risk.workflow.responses import answers, published

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


def upload(browser, address, raw, name="sheet.xlsx"):
    return browser.press(address, file=(io.BytesIO(raw), name))


def selected(page):
    """The columns that the page proposes, by field."""
    found = {}
    for field, body in re.findall(r'name="column-(\w+)">(.*?)</select>', page, re.S):
        chosen = re.search(r'value="(\d*)" selected', body)
        if chosen:
            found[f"column-{field}"] = chosen[1]
    return found | dict(re.findall(r'type="hidden" name="(column-\w+)" value="(\d+)"', page))


def mapped(browser, address, raw, name="sheet.xlsx"):
    """Uploaded, and the proposal taken as it is: the address of the next page."""
    there = upload(browser, address, raw, name)
    assert there.status_code == 302, there.text
    page = browser.get(there.location).text
    header = re.search(r'type="hidden" name="header" value="(\d+)"', page)[1]
    sheet = re.search(r'type="hidden" name="sheet" value="(\d+)"', page)[1]
    done = browser.press(there.location, sheet=sheet, header=header, **selected(page))
    assert done.status_code == 302, done.text
    return done.location


def test_a_sheet_becomes_a_questionnaire_that_is_sent(analyst, stock, database):  # noqa: F811
    """Upload, columns, sections, save; it is among the boxes of the send screen."""
    look = mapped(analyst, "/responses/import", packed([("Read me",)], CAIQ), "caiq 4.xlsx")
    page = analyst.get(look).text
    assert 'value="caiq-4"' in page
    fields = {"id": "cloud", "title": "The <cloud>", "section": ["0", "1"], "control-1": "AC-01"}
    assert "none of our controls" in analyst.press(look, **fields | {"control-0": "X"}).text
    assert analyst.press(look, **fields).status_code == 302
    assert "The &lt;cloud&gt;" in analyst.get("/responses/import").text
    assert "choose another id" in analyst.press(look, **fields | {"id": "ecom-core"}).text

    send(analyst, stock, chosen=["contractor-access", "cloud"])
    response = one(database, QuestionnaireResponse)
    assert [each["id"] for each in response.asked] == ["contractor-access", "cloud"]
    analyst.press("/responses/import/retire", id="cloud")
    assert "The &lt;cloud&gt;" not in analyst.get("/responses/import").text
    assert analyst.get(f"/responses/{response.id}").status_code == 200


LOCK, ALARM = "Is there a lock?", "Does an alarm ring at night?"


def fields_of(page):
    """What the form of a new version would send as it stands."""
    fields = {}
    for tag in re.findall(r"<input[^>]*>", page.partition("<main")[2]):
        name = re.search(r' name="([^"]+)"', tag)
        value = re.search(r' value="([^"]*)"', tag)
        if 'type="checkbox"' in tag and " checked" not in tag:
            continue
        if name and name[1] != "csrf_token":
            fields[name[1]] = html.unescape(value[1]) if value else ""
    for name, body in re.findall(r'<select[^>]* name="([^"]+)">(.*?)</select>', page, re.S):
        fields[name] = (re.search(r'value="([^"]*)" selected', body) or ["", ""])[1]
    return fields


def test_a_sheet_that_comes_again_is_a_new_version(analyst, database):  # noqa: F811
    """Shown beside the one before, with what is not plain to be said; published when pressed."""
    rows = [("Number", "Question"), ("1", LOCK), ("2", ALARM)]
    look = mapped(analyst, "/responses/import", csv(rows), "house.csv")
    first = {"id": "house", "title": "The house", "section": "0", "control-0": "AC-01"}
    analyst.press(look, **first)

    rows = [("Number", "Question"), ("1", "Who guards it?"), ("9", "Is there a good lock?")]
    look = mapped(analyst, "/responses/import", csv(rows), "house.csv")
    page = analyst.get(look).text
    assert "You have this questionnaire: house@1.0.0" in page
    assert 'value="The house"' in page
    page = analyst.press(
        look, id="house", title="The house", section="0", **{"control-0": "before"}
    )
    fields = fields_of(page.text)
    assert (fields["same-1"], fields["same-2"], fields["version"]) == ("", "house.1", "2.0.0")
    low = analyst.press(look, **fields | {"version": "1.0.0", "go": "publish"})
    assert (low.status_code, "higher number" in low.text) == (422, True)
    assert analyst.press(look, **fields | {"go": "publish"}).status_code == 302

    with database.reading() as session:
        new = published.current(session, "house")
    assert new.address == "house@2.0.0"
    assert [(one.id, one.rev, one.control) for _, one in new.asked()] == [
        ("house.1-2", 1, None),
        ("house.1", 2, "AC-01"),
    ]
    assert "before: 1.0.0" in analyst.get("/responses/import").text
    again = analyst.press(look, **fields | {"go": "publish"})
    assert "house@2.0.0 was published meanwhile" in again.text


def test_back_to_the_sections_and_forth_loses_nothing(analyst, database):  # noqa: F811
    """What was chosen on either page is in the form of the other."""
    rows = [("Number", "Question"), ("1", LOCK), ("2", ALARM)]
    look = mapped(analyst, "/responses/import", csv(rows), "house.csv")
    analyst.press(look, id="house", title="The house", section="0")
    rows[1] = ("1", "Is there a good lock?")
    look = mapped(analyst, "/responses/import", csv(rows), "house.csv")
    first = {"id": "house", "title": "Our house", "section": "0", "control-0": "AC-01"}
    fields = fields_of(analyst.press(look, **first).text)
    back = analyst.press(look, **fields | {"same-1": "", "go": "sections"})
    told = fields_of(back.text)
    assert (told["id"], told["title"], told["section"]) == ("house", "Our house", "0")
    assert (told["control-0"], told["same-1"]) == ("AC-01", "")
    forth = fields_of(analyst.press(look, **told).text)
    assert (forth["same-1"], forth["version"]) == ("", "2.0.0")


def test_another_choice_is_looked_at_before_it_is_published(analyst, database):  # noqa: F811
    """For it changes what is removed, and the number that is suggested."""
    rows = [("Number", "Question"), ("1", LOCK), ("2", ALARM)]
    look = mapped(analyst, "/responses/import", csv(rows), "house.csv")
    analyst.press(look, id="house", title="The house", section="0")
    rows[1] = ("1", "Is there a good lock?")
    look = mapped(analyst, "/responses/import", csv(rows), "house.csv")
    fields = fields_of(analyst.press(look, id="house", title="x", section="0").text)
    assert fields["version"] == "1.1.0"
    other = analyst.press(look, **fields | {"same-1": "", "go": "publish"})
    assert (other.status_code, "look at it once more" in other.text) == (422, True)
    assert fields_of(other.text)["version"] == "2.0.0"
    twice = analyst.press(look, **fields | {"same-1": "house.2", "go": "publish"})
    assert (twice.status_code, "Two rows cannot both" in twice.text) == (422, True)
    assert one(database, PublishedQuestionnaire).version == "1.0.0"


def test_a_vendor_sees_what_it_said_beside_a_changed_question(
    analyst,  # noqa: F811
    stock,  # noqa: F811
    stranger,  # noqa: F811
    database,
):
    """With the words that were asked then; the answer itself is not filled in."""
    rows = [("Number", "Question"), ("1", LOCK), ("2", ALARM)]
    with database.transaction() as session:
        bring(session, csv(rows), controls={"": "AC-01"})
    send(analyst, stock, chosen="own")
    first, browser = newest_link(database), stranger()
    browser.press(first)
    said = {"a:own.1": "partly", "n:own.1": "Two doors.", "r:own.1": "0"}
    said |= {"a:own.2": "met", "n:own.2": "", "r:own.2": "0"}
    browser.press(f"{first}/s/s1", go="next", **said)
    browser.press(f"{first}/check", name="Pat", role="Owner", declared="y")
    with database.transaction() as session:
        response = session.exec(select(QuestionnaireResponse)).one()
        accept_all(session, response, response.sent_by_id)
        new = [rows[0], ("1", "Is there a good lock?"), ("2", ALARM)]
        told = pack_versions.renewal(session, parts(session, csv(new)), id="own")
        pack_versions.publish(session, told, now=NOON, actor="test")

    send(analyst, stock, chosen="own")
    second = newest_link(database, beyond=first)
    browser.press(second)
    page = browser.get(f"{second}/s/s1").text
    changed, _, same = page.partition('id="q-own_2"')
    assert "The question has changed" in changed
    assert re.search(rf"We asked:</span> <bdi>{re.escape(LOCK)}</bdi>", changed)
    assert re.search(r"You said:</span> <bdi>Partly</bdi>.*Two doors", changed)
    assert " checked" not in changed
    assert "The question has changed" not in same
    assert "This is what you said last time." in same


def test_more_than_fifty_wait_for_a_choice(analyst, database):  # noqa: F811
    """No box is set; all at once are refused with the number of each section."""
    look = mapped(analyst, "/responses/import", csv(many(60, "Doors")), "doors.csv")
    page = analyst.get(look).text
    assert not re.search(r'name="section" value="\d" checked', page)
    all_ = analyst.press(look, id="doors", title="Doors", section=["0", "1"])
    assert (all_.status_code, "Doors (1): 50" in all_.text) == (422, True)
    assert analyst.press(look, id="doors", title="Doors", section=["1"]).status_code == 302
    assert one(database, PublishedQuestionnaire).licence == "user-supplied"


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"PK\x03\x04 and no more", "no Excel workbook"),
        (b"\xd0\xcf\x11\xe0", "locked with a password"),
        (b"\x00\x01\x02", "no text file"),
    ],
)
def test_a_hostile_file_is_refused(analyst, raw, words):  # noqa: F811
    """Whatever it is called."""
    answer = upload(analyst, "/responses/import", raw, "fine.csv")
    assert (answer.status_code, words in answer.text) == (422, True)


def test_a_vendors_copy_is_paired_and_counts_once_confirmed(
    analyst,  # noqa: F811
    link,  # noqa: F811
    pat,  # noqa: F811
    database,
):
    """By id, by number of a row; to be confirmed by the vendor, or by us before it is handed in."""
    response = one(database, QuestionnaireResponse)
    rows = [*SIG, ("AC-02", "Has each of you an own key?", "Partially", "Not the night shift")]
    pairs = mapped(analyst, f"/responses/{response.id}/copy", packed(rows), "SIG of Polar.xlsx")
    page = analyst.get(pairs).text
    assert re.search(r'name="row-AC-02"[^>]* value="6"', page)

    fields = {"row-AC-01": "a.1", "row-AC-02": "6", "row-AC-03": "99", "row-DP-01": "5",
              "as-DP-01": "unmet"}  # fmt: skip
    fields |= {f"revision-{id}": "0" for id in ("AC-01", "AC-02", "AC-03", "DP-01")}
    shown = analyst.press(pairs, go="look", **fields)
    assert "no such row" in shown.text
    assert "Last tried in May" in shown.text
    done = analyst.press(pairs, seen_on=NOON.date().isoformat(), **fields)
    assert done.status_code == 302, done.text
    with database.reading() as session:
        kept = {row.question: row for row in session.exec(select(ResponseAnswer))}
        sheet = answers.sheet(
            session, session.get_one(QuestionnaireResponse, response.id), today=NOON.date()
        )
    assert {id: row.value for id, row in kept.items()} == {
        "AC-01": '"met"',
        "AC-02": '"partly"',
        "DP-01": '"unmet"',
    }
    assert all(row.confirm and row.by_kind == "person" for row in kept.values())
    assert (kept["AC-02"].seen_where, kept["AC-02"].note) == (
        "SIG of Polar.xlsx, 6",
        "Not the night shift",
    )
    assert not sheet.evaluation.levels

    assert "SIG of Polar.xlsx" in pat.get(f"{link}/s/access").text
    answer = analyst.press(f"/responses/{response.id}/behalf/confirm")
    assert answer.status_code == 302
    with database.reading() as session:
        sheet = answers.sheet(
            session, session.get_one(QuestionnaireResponse, response.id), today=NOON.date()
        )
    assert sheet.evaluation.levels == {"AC-01": 100, "AC-02": 50, "DP-01": 0}


def test_a_stale_pair_saves_nothing(analyst, link, database):  # noqa: F811
    """Somebody answered meanwhile: the page says so, and keeps what was typed."""
    response = one(database, QuestionnaireResponse)
    pairs = mapped(analyst, f"/responses/{response.id}/copy", csv(SIG), "sig.csv")
    fields = {"row-AC-01": "3", "revision-AC-01": "4", "seen_on": NOON.date().isoformat()}
    answer = analyst.press(pairs, **fields)
    assert (answer.status_code, "meanwhile" in answer.text) == (409, True)


def test_a_requester_brings_nothing(client, sign_in):
    """It is the analysts' work."""
    sign_in(client, "requester")
    assert client.get("/responses/import").status_code in {403, 404}
