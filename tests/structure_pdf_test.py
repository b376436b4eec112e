"""Reports and the dossier for those who hear them: heads, tables, figures, order, contrast."""

import functools
import io
import re
from dataclasses import replace
from itertools import pairwise

import pikepdf
import pytest

from tests.dossier_pdf_test import dossier
from tests.pdf_test import full, structure
from tests.reports.portfolio_test import LINE, OVER, portfolio
from vendor_risk import pdf
from vendor_risk.resources import data_dir

MAKERS = {
    ("vendor", "en"): full,
    ("vendor", "de"): lambda: replace(full(), language="de"),
    ("portfolio", "en"): lambda: portfolio(OVER, LINE),
    ("portfolio", "de"): lambda: portfolio(OVER, LINE, language="de"),
    ("dossier", "en"): dossier,
}


@functools.cache
def rendered(kind, language):
    return pdf.render_pdf(MAKERS[kind, language]())


@pytest.fixture(params=MAKERS, ids="-".join)
def paper(request):
    """Each report in each language."""
    with pikepdf.open(io.BytesIO(rendered(*request.param))) as document:
        document.language = request.param[1]
        yield document


def elements(paper, *kinds):
    """The elements of these kinds, in the order in which they are read."""
    tree = paper.Root.StructTreeRoot
    found = [one for top in tree.K for one in structure(top)]
    return [one for one in found if not kinds or str(one.S) in kinds]


def test_one_title_and_heads_without_jumps(paper):
    """Who leaps from head to head misses no level."""
    levels = [int(str(one.S)[2]) for one in elements(paper, "/H1", "/H2", "/H3", "/H4")]

    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_heads_of_tables_have_scope_and_cells_name_them(paper):
    """Every cell leads to a head that the index of names finds."""
    index = {str(one) for one in paper.Root.StructTreeRoot.IDTree.Names[::2]}
    for head in elements(paper, "/TH"):
        assert str(head.A.Scope) in ("/Column", "/Row")
        assert str(head.ID) in index
    cells = elements(paper, "/TD")
    assert cells
    named = {str(name) for cell in cells for name in cell.A.get("/Headers", [])}
    assert named <= index
    assert sum(not list(cell.A.get("/Headers", [])) for cell in cells) == 0


def test_rows_stand_in_tables_and_items_in_lists(paper):
    """A part that is read alone makes no sense."""
    parents = {
        "/TR": ("/THead", "/TBody", "/TFoot", "/Table"), "/TD": ("/TR",), "/TH": ("/TR",),
        "/LI": ("/L",), "/LBody": ("/LI",), "/THead": ("/Table",), "/TBody": ("/Table",),
    }  # fmt: skip
    for one in elements(paper, *parents):
        assert str(one.P.S) in parents[str(one.S)]


def test_figures_have_words(paper):
    """In both languages."""
    for figure in elements(paper, "/Figure"):
        assert len(str(figure.Alt)) > 5


def marks(page):
    """What a page draws outside of any mark, and the numbers of the marks in their order."""
    depth, bare, numbers = 0, [], []
    for operands, operator in pikepdf.parse_content_stream(page):
        name = str(operator)
        if name in ("BMC", "BDC"):
            depth += 1
            if len(operands) > 1 and "/MCID" in operands[1]:
                numbers.append(int(operands[1].MCID))
        elif name == "EMC":
            depth -= 1
        elif depth == 0 and name in ("Tj", "TJ", "Do", "f", "S", "B", "f*", "sh"):
            bare.append(name)
    return bare, numbers


def test_all_that_is_drawn_is_content_or_marked_as_decoration(paper):
    """Nothing is drawn that a screen reader would have to guess about."""
    assert [marks(page)[0] for page in paper.pages] == [[] for _ in paper.pages]


def test_all_content_is_in_the_tree_once(paper):
    """The numbers of marks on each page are those that the tree names."""
    for number, page in enumerate(paper.pages):
        tree = [
            int(kid)
            for one in elements(paper)
            if "/Pg" in one and one.Pg.objgen == page.objgen
            for kid in (one.K if isinstance(one.get("/K"), pikepdf.Array) else [one.get("/K", [])])
            if isinstance(kid, int)
        ]
        assert len(tree) == len(set(tree)), number
        assert set(tree) <= set(marks(page)[1]), number


def test_it_says_its_language_and_its_title(paper):
    """In the window of the reader, too."""
    assert str(paper.Root.Lang) == paper.language
    assert str(paper.docinfo.Title)
    assert paper.Root.ViewerPreferences.DisplayDocTitle


def _luminance(colour):
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def rules():
    """Each rule of the printed reports: its selector and what it says."""
    css = re.sub(r"/\*.*?\*/", "", (data_dir("static") / "css/report.css").read_text(), flags=re.S)
    return re.findall(r"([^{}]+)\{([^{}]*)\}", css)


def test_printed_words_stand_out():
    """4.5 to 1 against their own ground, or the paper; WCAG 1.4.3. Separators are decoration."""
    weak = []
    for selector, said in rules():
        words = re.search(r"(?<![-\w])color:(#[0-9a-f]{6})", said)
        ground = re.search(r"background(?:-color)?:(#[0-9a-f]{6})", said)
        if words and selector.strip() != ".sep":
            against = [ground[1]] if ground else ["#ffffff", "#f3f4f6"]
            weak += [selector for one in against if contrast(words[1], one) < 4.5]

    assert weak == []
