"""The report of the portfolio on paper: the answer on page 1, and no figure of its own."""

import functools
import io
import logging
import re
import subprocess
from dataclasses import replace

import pikepdf
import pytest

from tests.reports.portfolio_test import LINE, MOVE, OVER, TOTALS, asked, portfolio
from vendor_risk import pdf
from vendor_risk.languages import catalogue
from vendor_risk.reports.issue import sha256_of
from vendor_risk.reports.plain import plain


@functools.cache
def rendered(name):
    makers = {
        "two": lambda: portfolio(OVER, LINE),
        "empty": portfolio,
        "many": lambda: portfolio(
            *(replace(OVER, id=f"o{n}", name=f"Over {n}") for n in range(40)),
            *(replace(LINE, id=f"l{n}", name=f"Line {n}") for n in range(3000)),
        ),
    }
    return pdf.render_pdf(makers[name]())


def text(content, *options):
    run = subprocess.run(
        ["pdftotext", *options, "-", "-"], input=content, capture_output=True, check=True
    )
    return " ".join(run.stdout.decode().split())


def opened(content):
    return pikepdf.open(io.BytesIO(content))


def test_page_1_is_the_answer():
    """What is asked, who stands above, the tiers, and the boxes to sign."""
    page = text(rendered("two"), "-l", "1")

    for words in (
        "Decide what happens with",
        "Polar Heating",
        "Knocked out: KO-02",
        "Tiers against residual risk",
        "No appetite covers a knock-out",
        "Signature",
    ):
        assert words in page


def test_two_vendors_take_three_pages():
    """Two pages for the board and the appendix."""
    assert len(opened(rendered("two")).pages) == 3


def test_nothing_is_known_and_it_says_so():
    """An empty inventory is neither good nor bad."""
    page = text(pdf.render_pdf(portfolio(totals=replace(portfolio().totals, rated=0))))

    assert "nobody knows. That is neither good nor bad" in page


def test_page_1_holds_the_signature_however_many_there_are():
    """Forty above the appetite: the worst on page 1, the others in the appendix."""
    first, whole = text(rendered("many"), "-l", "1"), text(rendered("many"))

    assert "Signature" in first
    assert "6 of 40; the others stand in the appendix" in first
    assert "Over 39" in whole
    assert "300 rows are printed" in whole


def test_every_figure_on_the_pages_stands_in_the_snapshot():
    """Numbers are copied, cut to whole points, or counted, never made up."""
    made = portfolio(OVER, LINE)
    shown = re.sub(r"Page \d+ of \d+|page 2", "", text(rendered("two")))
    for known in (
        r"\s?".join(sha256_of(made)),  # a line may break within it
        sha256_of(made)[:12],
        "1,234,567|987,654",  # cents of the snapshot, as money
        "22 Nov 2026, 06:10|22 Aug 2026|1 Mar 2026|1 Mar 2027|28 Sep 2026",
        r"\d+\.\d\.\d",  # versions
        "KO-02|DN-01|VR-2026-0007",
    ):
        shown = re.sub(known, "", shown)
    line = (LINE, OVER)
    whole = {str(n // 100) for one in line for n in (one.final, one.residual)}
    whole |= {str(n // 100) for n in (MOVE.before, MOVE.after, made.coverage_needed)}
    whole |= {str(n // 100) for n in made.bands.values()} | {"86"}  # of the change, 8.86
    counted = {made.overdue, *(cell.count for cell in made.cells), *range(5), 100, 8}
    totals = {made.totals.vendors, made.totals.triaged, made.totals.rated, made.totals.above}
    others = {made.shared_of, made.blind.first_tiers, made.blind.old_days, *made.appetite}

    found = set(re.findall(r"\d+", shown)) - whole
    assert found <= {str(n) for n in counted | totals | others}


def test_the_same_report_gives_the_same_bytes():
    """So that a stored snapshot can be printed again and compared."""
    assert pdf.render_pdf(portfolio(OVER, LINE)) == rendered("two")


@pytest.mark.parametrize("name", ["two", "empty", "many"])
def test_it_is_tagged_and_has_its_list(name):
    """PDF/UA with a title and a language; the vendors as a file where there are any."""
    made = opened(rendered(name))

    assert made.Root.MarkInfo.Marked
    assert str(made.Root.Lang) == "en"
    assert b"pdfuaid" in made.Root.Metadata.read_bytes()
    assert list(made.attachments) == ([] if name == "empty" else ["vendors.csv"])


def test_it_speaks_its_own_language():
    """Whoever prints it, in whatever language the pages are."""
    german = pdf.render_pdf(portfolio(OVER, LINE, language="de"))

    assert "Unterschrift" in text(german)
    assert str(opened(german).Root.Lang) == "de"
    assert catalogue("de").gettext("Signature") == "Unterschrift"


BAD = [
    "محمد الشركة",
    "株式会社シャープ",
    "Ελληνική",
    "Shop 😀🧾",
    "\U000f1234 rare",
    "abc\u202egpj.exe",
    "<b>bold</b><script>x()</script>",
    '<img src="file:///etc/passwd"><link rel=stylesheet href="http://127.0.0.1:9/a.css">',
    "x" * 200,
    "Wort " * 40,
]


@pytest.mark.parametrize("name", BAD)
def test_names_come_out_right_or_visibly_as_codes(name, caplog):
    """No empty box, no markup, nothing fetched, no row that pushes the page apart.

    Names stand as the report keeps them: `plain` has taken out what turns a line around.
    """
    shown = plain(name)
    made = portfolio(replace(OVER, name=shown), LINE, decision=asked(replace(TOTALS, above=1)))
    with caplog.at_level(logging.WARNING, "weasyprint"):
        content = pdf.render_pdf(made)

    first = text(content, "-l", "1")
    letters = first.replace(" ", "")
    for letter in shown.replace(" ", "")[:20]:
        assert letter in letters or f"U+{ord(letter):04X}" in first
    assert "Signature" in first
    assert "\u202e" not in first
    assert not [one for one in caplog.records if "load" in one.getMessage().lower()]
    rights = re.findall(r'xMax="([\d.]+)"', text(content, "-bbox"))
    assert max(map(float, rights)) <= 595 - 50


def test_3000_vendors_are_cut_on_paper_and_whole_in_the_file():
    """Some hundred rows are printed and said to be; the attachment has them all."""
    document = opened(rendered("many"))

    attached = document.attachments["vendors.csv"].get_file().read_bytes()
    assert attached.count(b"\r\n") == 1 + 40 + 3000
    assert len(document.pages) < 40
    assert "vendors.csv holds 3040" in text(rendered("many"))
