"""Sheets that people bring become questionnaires of their own, and nothing hostile gets in."""

import io
import json
import zlib

import openpyxl
import pytest

from tests.factories import NOON
from tests.questionnaires.layouts import CAIQ, HECVAT, SIG, many
from tests.rated import make
from vendor_risk.store.models.responses import PublishedQuestionnaire
from vendor_risk.workflow import contacts, grids, packs
from vendor_risk.workflow.responses import published, sending
from vendor_risk.workflow.vendors import VendorRefused

FACTS = {"data_sensitivity": 0, "data_volume": 0, "access": 3, "criticality": 1, "payment": 0}


def packed(*sheets):
    """An .xlsx of sheets, each a list of rows."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for n, rows in enumerate(sheets):
        sheet = book.create_sheet(f"Sheet {n}")
        for row in rows:
            sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def csv(rows, separator=",", encoding="utf-8-sig"):
    quoted = (separator.join(f'"{cell}"' for cell in row) for row in rows)
    return "\r\n".join(quoted).encode(encoding)


def parts(session, raw):
    row = grids.upload(session, filename="a.xlsx", raw=raw, now=NOON, actor="test")
    return packs.parts_of(grids.items_of(row))


def bring(session, raw, **more):
    return packs.make(
        session,
        parts(session, raw),
        **{"id": "own", "title": "Our own", "now": NOON, "actor": "test"} | more,
    )


@pytest.mark.parametrize(
    ("raw", "first", "count"),
    [
        (packed([("Read me",)], CAIQ), "own.A-A-01.1", 3),
        (packed(SIG), "own.A.1", 3),
        (packed(HECVAT), "own.COMP-01", 3),
        (csv(CAIQ, ";"), "own.A-A-01.1", 3),
        (csv(SIG, ",", "cp1252"), "own.A.1", 3),
        (csv(HECVAT, "\t", "utf-16"), "own.COMP-01", 3),
    ],
    ids=["caiq", "sig", "hecvat", "semicolons", "windows", "utf-16"],
)
def test_known_layouts_become_questionnaires(database, raw, first, count):
    """Published with all rules kept, under our own id, and the number of the sheet kept."""
    with database.transaction() as session:
        template = bring(session, raw)
        again = published.current(session, "own")

    asked = [question for _section, question in template.asked()]
    assert (asked[0].id, len(asked)) == (first, count)
    assert again.sha256 == template.sha256
    assert template.form.licence == "user-supplied"
    assert not template.controls


def test_it_is_sent_beside_one_that_ships(database):
    """Chosen like any other, with the questions about a control scored and the others asked."""
    with database.transaction() as session:
        vendor, engagement = make(session, "Polar Heating", NOON, levels=FACTS)
        contacts.add_contact(
            session, vendor, name="Pat", email="pat@polar.example", roles=[], now=NOON, actor="t"
        )
        template = bring(session, packed(SIG), controls={"Doors": "AC-01"})
        plan = sending.plan(session, vendor, engagement, ["contractor-access", "own"], now=NOON)

    assert plan.refusals == ()
    mine = [each for each in plan.questions if each.form.id == "own"]
    assert [(each.question.id, each.control) for each in mine] == [
        ("own.A.1", None),
        ("own.A.1.1", None),
        ("own.B.1", "AC-01"),
    ]
    assert [way.counts for _section, way in template.asked()] == [False, False, True]
    assert "password alone" in mine[2].question.outcomes["unmet"].fix["en"]


def test_a_row_names_its_control_itself(database):
    """That goes before what its section says."""
    rows = [("No", "Question", "Ours"), ("1", "Is there a lock?", "AC-02"), ("2", "Or two?", "")]
    with database.transaction() as session:
        template = bring(session, packed(rows), controls={"": "AC-01"})

    assert [way.control for _section, way in template.asked()] == ["AC-02", "AC-01"]


def test_more_than_fifty_are_chosen_by_section(database):
    """The refusal says how many stand where; a section that is too long comes in pieces."""
    rows = many(60, "Doors") + many(5, "Windows")[1:]
    rows = [(f"{row[2]}{row[0]}", *row[1:]) for row in rows]
    with database.transaction() as session:
        with pytest.raises(VendorRefused, match=r"65 questions.*Doors \(1\): 50.*Windows: 5"):
            bring(session, packed([("ID", *rows[0][1:]), *rows[1:]]))
        found = parts(session, packed([("ID", *rows[0][1:]), *rows[1:]]))
        template = packs.make(session, found[1:], id="few", title="A few", now=NOON, actor="test")

    assert len(list(template.asked())) == 15


@pytest.mark.parametrize(
    ("rows", "more", "words"),
    [
        ([("ID", "Question"), ("A", "One?"), ("A", "Two?")], {}, "more than one question: A"),
        ([("ID", "Question"), ("A", "One?")], {"id": "ecom-core"}, "choose another id"),
        ([("ID", "Question"), ("A", "One?")], {"id": "no"}, "begins with a letter"),
        ([("ID", "Question"), ("A", "One?")], {"id": "a b"}, "begins with a letter"),
        ([("ID", "Question"), ("A", "One?")], {"title": " "}, "a title"),
        ([("ID", "Question"), ("A", "One?")], {"controls": {"": "XX-99"}}, "none of our controls"),
    ],
)
def test_what_cannot_be_one_is_refused(database, rows, more, words):
    """With a sentence that says what to do."""
    with database.transaction() as session, pytest.raises(VendorRefused, match=words):
        bring(session, packed(rows), **more)


def test_a_published_one_never_changes_and_can_be_retired(database):
    """Its id is taken for ever; nobody is asked with it any more."""
    with database.transaction() as session:
        bring(session, packed(SIG))
        with pytest.raises(VendorRefused, match="choose another id"):
            bring(session, packed(HECVAT), id="OWN")
        packs.retire(session, "own", now=NOON, actor="test")
        with pytest.raises(VendorRefused, match="no questionnaire own"):
            published.current(session, "own")
        with pytest.raises(VendorRefused, match="choose another id"):
            bring(session, packed(SIG))


def test_a_mapping_is_remembered(database):
    """For the next file with the same header, in other rows and another order of cells above."""
    odd = [("Nummer", "Was wir wissen wollen", "Bereich"), ("1", "Gibt es ein Schloss?", "Tür")]
    with database.transaction() as session:
        row = grids.upload(session, filename="a.xlsx", raw=packed(odd), now=NOON, actor="test")
        assert "text" not in row.columns
        layout = grids.Layout(0, 0, {"id": 0, "text": 1, "section": 2})
        grids.choose(session, row, layout, now=NOON, actor="test")
        next_one = grids.upload(
            session, filename="b.csv", raw=csv(odd, ";"), now=NOON, actor="test"
        )

        assert grids.items_of(next_one)[0].text == "Gibt es ein Schloss?"


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"id": 0}, "which column has the questions"),
        ({"text": 1, "id": 1}, "cannot be two things"),
        ({"text": 500}, "no such column"),
        ({"text": 90}, "no question below"),
    ],
)
def test_a_layout_that_leads_nowhere_is_refused(columns, words):
    """Before anything is kept."""
    sheets = grids.read(packed(SIG))
    with pytest.raises(VendorRefused, match=words):
        grids.checked(sheets, grids.Layout(0, 1, columns), answers=False)


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"", "nothing in this file"),
        (b"\xd0\xcf\x11\xe0" + b"x" * 99, "old"),
        (b"PK\x03\x04 and no more", "no Excel workbook"),
        (b"ID,Question\n\x00", "no text file"),
        (b'ID,Question\n1,"never closed', "cannot be read"),
        (b"a,b\n" * 6000, "larger than we read"),
        (b"a" + b"," * 200 + b"\n", "larger than we read"),
        (b"x" * 5_000_001, "5 MB"),
    ],
)
def test_what_is_no_sheet_is_refused(raw, words):
    """By its content, whatever it is called."""
    with pytest.raises(VendorRefused, match=words):
        grids.read(raw)


def test_hostile_cells_are_words(database):
    """Control characters go, long cells are cut, and a formula is what it came to, or nothing."""
    nasty = 'Is \u202ethis \ufeff<b>a</b> {{ 7*7 }} \U0001f600 : *x &y !tag # \\ "q"?'
    rows = [("ID", "Question", "Comment"), ("1", nasty,
            "c" * 30_000), ("=1+1", "Is there a formula?", "=cmd|'/c calc'!A0")]  # fmt: skip
    with database.transaction() as session:
        row = grids.upload(session, filename="a.xlsx", raw=packed(rows), now=NOON, actor="test")
        first, second = grids.items_of(row)
        template = bring(session, packed(rows))
        kept = session.get_one(PublishedQuestionnaire, ("own", "1.0.0")).content

    assert "\u202e" not in first.text and "\ufeff" not in first.text
    assert (len(first.note), second.id, second.note) == (grids.CELL, "", "")
    asked = [question.text["en"] for _section, question in template.asked()]
    assert asked[0] == first.text
    assert json.loads(zlib.decompress(kept))["licence"] == "user-supplied"
