"""The dossier on paper: what is asked on page 1, and every row with its source."""

import functools
import io
import re
import subprocess
from dataclasses import replace
from datetime import UTC, date, datetime
from gettext import NullTranslations

import pikepdf
import pytest

from vendor_risk import pdf
from vendor_risk.evidence import Severity
from vendor_risk.reports.dossier import (
    Claim,
    Decided,
    Dossier,
    Entry,
    Event,
    Fault,
    File,
    Log,
    Questionnaire,
    Response,
    Said,
    Term,
    ask,
)
from vendor_risk.reports.issue import sha256_of
from vendor_risk.reports.report import Kind, Subject
from vendor_risk.reports.sheets import sheets

AT = datetime(2026, 3, 4, 9, 30, tzinfo=UTC)
DAY = date(2026, 3, 4)
TERM = Term("Mend the plug-in", "Ann", date(2026, 5, 1), None, "", "", None, None)
DECIDED = Decided(
    ref="D1", engagement="Parcels", kind="approve with conditions", state="in force",
    rationale="It is small.\nIt is known.", refusal="", proposed_by="Ann", proposed_at=AT,
    decided_by="Paul", decided_at=AT, second_by="", second_at=None, review_on=date(2027, 3, 4),
    final=7126, grade="B", residual=3654, coverage=9200, score_sha256="c" * 64, terms=(TERM,),
)  # fmt: skip
SAID = Said(
    question="AC-01", text="Is there a second factor?", control="AC-01", said="Yes", note="An app",
    on=DAY, by="Pat", where="", unconfirmed=False, level=100, given=None, source="reviewed",
    until=date(2027, 3, 4), verdict="accepted", review_note="", reviewed_by="Ann", reviewed_on=DAY,
    earlier=1, files=("E1",),
)  # fmt: skip
RESPONSE = Response(
    number="Q-2026-00001", engagement="Parcels",
    asked=(Questionnaire("ecom-core", "1.0.0", "d" * 64),), state="accepted", tier=2, sent_at=AT,
    sent_by="Ann", due=date(2026, 4, 1), submitted_at=AT, submitted_by="Pat", role="Owner",
    accepted_at=AT, accepted_by="Ann", ended_reason="", snapshot_sha256="e" * 64, questions=2,
    answers=(SAID,), messages=(),
)  # fmt: skip
FILE = File("E1", "policy.pdf", "a" * 64, "answer", "Q-2026-00001", "Pat", DAY, size=7)
FAULT = Fault(
    ref="F1", id="1", severity=Severity.HIGH, title="Old plug-in", control="HV-02", kind="person",
    reference="x", asset="shop.example", engagement="", state="open", owner="Ann", due=DAY,
    first_seen=DAY, opened=DAY, closed=None, times=1, value="", command="", accepted_until=None,
    accepted_by="", events=(Event(AT, "person", "Ann", "raised", "", "open", "Seen by hand", ""),),
)  # fmt: skip
ENTRY = Entry(7, AT, "Ann", "response.sent", "response", "number: Q-1", False, True, "1:abc")
CLAIM = Claim("AC-01", "Second factor", "", 100, "reviewed", DAY, None, "answer", "E1", "", None)
LOG = Log((ENTRY,), 80, "1:f00d")


def dossier(**changes):
    """One of a vendor with a row of each kind."""
    made = Dossier(
        kind=Kind.DOSSIER, number="VR-2026-0007", organisation="Contoso Shop", language="en",
        as_of=AT, prepared_by="Jana Ortiz", subject=Subject("osprey.example", "Osprey", "S-1"),
        engagements=(), decision=asked(), rated=(), decided=(DECIDED,), scores=(),
        claims=(CLAIM,), exempt=(), responses=(RESPONSE,), files=(FILE,), findings=(FAULT,),
        looks=(), ways=(), log=LOG, left_out={}, model="1.0.0", model_sha256="f" * 64,
        product="0.1.0",
    )  # fmt: skip
    return replace(made, **changes)


def asked(decided=(DECIDED,), findings=(FAULT,), log=LOG, today=date(2026, 3, 5)):
    said = {"decided": decided, "rated": (), "findings": findings, "log": log, "today": today}
    return ask("Osprey", **said, words=NullTranslations())


@functools.cache
def rendered(name="one"):
    makers = {
        "one": dossier,
        "many": lambda: dossier(
            findings=tuple(replace(FAULT, ref=f"F{n}") for n in range(300)),
            responses=(replace(RESPONSE, answers=(SAID,) * 420),),
        ),
    }
    return pdf.render_pdf(makers[name]())


def text(content, *options):
    run = subprocess.run(
        ["pdftotext", *options, "-", "-"], input=content, capture_output=True, check=True
    )
    return " ".join(run.stdout.decode().split())


@pytest.mark.parametrize(
    ("decided", "words"),
    [
        ((), "Nothing has been decided about Osprey."),
        ((replace(DECIDED, state="waiting"),), "what is proposed for Parcels follows"),
        ((DECIDED,), "Check whether the decision on Parcels follows"),
        ((DECIDED, replace(DECIDED, engagement="B")), "the 2 decisions in force follow"),
        ((replace(DECIDED, state="replaced"),), "Nothing has been decided about Osprey."),
    ],
)
def test_the_question_follows_from_what_was_decided(decided, words):
    """What waits is asked about first."""
    assert words in asked(decided).question


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "Ann proposed it and Paul decided."),
        ({"decided_by": "Ann"}, "Ann proposed and decided it alone."),
        ({"decided_by": ""}, "Ann proposed it and somebody who has left decided."),
        ({"second_by": "Ben"}, "Ann proposed it, Paul decided, Ben saw it second."),
    ],
)
def test_the_people_behind_it_are_named(changes, words):
    """Four eyes are seen at a glance."""
    assert words in asked((replace(DECIDED, **changes),)).reasons


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "1 finding stands, 1 past its day, 0 accepted for a time."),
        ({"due": date(2026, 3, 5)}, "1 finding stands, 0 past its day"),
        ({"state": "accepted"}, "1 finding stands, 0 past its day, 1 accepted"),
        ({"closed": DAY}, "0 findings stand"),
    ],
)
def test_findings_are_counted_as_the_pages_count_them(changes, words):
    """What is due today is not late; what was accepted is not late either."""
    assert words in " ".join(asked(findings=(replace(FAULT, **changes),)).reasons)


def test_a_broken_seal_is_told_on_page_1():
    """The gravest thing an auditor can hear."""
    log = replace(LOG, entries=(replace(ENTRY, sealed=False),))

    assert "were changed after they were written: 7." in asked(log=log).reasons[-1]


def test_each_row_leads_to_its_source():
    """Numbers of rows, hashes, people and days stand beside what they show."""
    whole = text(rendered())

    for words in (
        "D1 Approve with conditions",
        "Mend the plug-in",
        "Is there a second factor?",
        "Evidence: E1",
        "1 earlier version",
        "policy.pdf",
        "F1",
        "Raised by a reviewer (Ann): Seen by hand",
        "Questions sent",
        "Entry 80 was the last of the whole log",
    ):
        assert words in whole
    for hash in ("a" * 64, "c" * 64, "d" * 64, "e" * 64, sha256_of(dossier())):
        assert hash in whole.replace(" ", "")


def test_every_figure_on_the_pages_stands_in_the_snapshot():
    """Numbers are copied or counted, never made up."""
    made = dossier()
    shown = re.sub(r"Page \d+ of \d+|page \d+", "", text(rendered()))
    for known in (
        *(r"\s?".join(each * 64) for each in "acdef"),
        r"\s?".join(sha256_of(made)),
        sha256_of(made)[:12],
        r"1:\s?f00d|SHA-256",
        "4 Mar 2026, 09:30|4 Mar 202[67]|1 May 2026|1 Apr 2026",
        r"\d+\.\d\.\d",
        "AC-01|HV-02|VR-2026-0007|Q-2026-00001|D1|E1|F1|S-1|Q-1",
        r"71\.26|36\.54|92 %",
    ):
        shown = re.sub(known, "", shown)
    rows = {len(one.rows) for one in sheets(made)} | {len(sheets(made)) - 1}
    log = {made.log.last_sequence, ENTRY.sequence}

    counted = rows | log | {0, 1, RESPONSE.questions, FILE.size, 100}  # of 100
    assert set(re.findall(r"\d+", shown)) <= {str(n) for n in counted}


def test_what_paper_cuts_off_is_attached_whole():
    """And how much it is, and where it stands."""
    whole, made = text(rendered("many")), pikepdf.open(io.BytesIO(rendered("many")))

    assert "200 of 300 rows are printed. The attached file findings.csv holds all" in whole
    assert "400 of 420 rows are printed. The attached file answers.csv holds all" in whole
    kept = made.attachments["answers.csv"].get_file().read_bytes()
    assert kept.count(b"Is there a second factor?") == 420


def test_it_is_tagged_and_speaks_its_language():
    """PDF/UA, German headings, and the title of the vendor."""
    made = pikepdf.open(io.BytesIO(pdf.render_pdf(dossier(language="de"))))

    assert made.Root.MarkInfo.Marked
    assert str(made.Root.Lang) == "de"
    assert b"pdfuaid" in made.Root.Metadata.read_bytes()
    assert "Osprey" in str(made.docinfo["/Title"])


@pytest.mark.parametrize("name", ["محمد الشركة", "株式会社シャープ", "<b>bold</b>", "x" * 200])
def test_what_strangers_wrote_stays_text(name):
    """No empty box, no markup, no row that pushes the page apart."""
    said = replace(SAID, said=name, note="<script>alert(1)</script> file:///etc/passwd")
    made = dossier(responses=(replace(RESPONSE, answers=(said,)),))
    page = text(pdf.render_pdf(made))

    shown = page.replace(" ", "")
    for letter in name.replace(" ", "")[:20]:
        assert letter in shown or f"U+{ord(letter):04X}" in page
    assert "<script>alert(1)</script>" in page


def test_the_same_dossier_gives_the_same_bytes():
    """So that a stored snapshot can be printed again and compared."""
    assert pdf.render_pdf(dossier()) == rendered()
