"""The PDF: tagged, traceable, the same bytes each time, and closed to everything outside."""

import csv
import functools
import http.server
import io
import json
import logging
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pikepdf
import pytest

from tests.reports.cases import (
    AS_OF,
    HOST,
    TERRIBLE,
    judged,
    look,
    report,
    vendor,
)
from vendor_risk import pdf
from vendor_risk.evidence import HostClass
from vendor_risk.reports.build import Earlier
from vendor_risk.reports.report import Report, Subject, canonical_json, snapshot_sha256
from vendor_risk.resources import data_dir

ROOT = Path(__file__).resolve().parent.parent


def terrible() -> Report:
    return report(judged=judged(TERRIBLE))


def full() -> Report:
    """A vendor with everything a report can hold: faults, blind spots, changes, dates, a cap."""
    spoilt = {key: TERRIBLE[key] for key in ("tls.cert.expiry", "dns.caa", "dns.dnssec.state")}
    return vendor(
        judged=judged(spoilt),
        earlier=Earlier(AS_OF - timedelta(days=31), judged({"web.hsts": TERRIBLE["web.hsts"]})),
        dues={("dns.caa", HOST): date(2026, 12, 24)},
    )


def large(hosts: int) -> Report:
    """Ten faults on each host."""
    names = [f"host-{n:03d}.shop.example" for n in range(hosts)]
    spoilt = TERRIBLE | {
        "web.https": TERRIBLE["web.hsts"],
        "tls.reach": TERRIBLE["web.hsts"],
        "mail.spf.present": TERRIBLE["web.hsts"],
    }
    return vendor(
        judged=[one for name in names for one in judged(spoilt, name)],
        looks=[look(name, HostClass.SERVICE) for name in names],
    )


@functools.cache
def rendered(name: str) -> bytes:
    makers = {"good": report, "terrible": terrible, "full": full, "sixty": lambda: large(6)}
    return pdf.render_pdf(makers[name]())


def text(content: bytes, *options: str) -> str:
    run = subprocess.run(
        ["pdftotext", *options, "-", "-"], input=content, capture_output=True, check=True
    )
    return run.stdout.decode()


def opened(content: bytes) -> pikepdf.Pdf:
    return pikepdf.open(io.BytesIO(content))


@pytest.mark.parametrize(("name", "pages"), [("good", 2), ("terrible", 4), ("full", 4)])
def test_the_number_of_pages(name: str, pages: int) -> None:
    """Short enough to be read: a report that grows by a page is a change of layout."""
    assert len(opened(rendered(name)).pages) == pages


def test_page_1_is_the_answer() -> None:
    """Question, grade, number, tier, assurance, boxes to sign, all on the first page."""
    page = " ".join(text(rendered("full"), "-l", "1").split())
    for part in (
        "Zonnepanelen Techniek BV",
        "Decide whether to go on assessing Zonnepanelen Techniek BV",
        "39 / 100",
        "Tier 1 · 99 / 100",
        "Not rated yet",
        "no probability of a breach",
        "What to ask for first",
        "€1,240,000",
        "Go on once the findings are mended",
        "Signature",
        "Page 1 of 4",
    ):
        assert part in page


def numbers(text: str) -> set[str]:
    return set(re.findall(r"\d+", text))


@pytest.mark.parametrize("name", ["good", "terrible", "full", "sixty"])
def test_every_figure_on_the_pages_stands_in_the_snapshot(name: str) -> None:
    """Numbers are copied or counted, never made up."""
    some = {"good": report, "terrible": terrible, "full": full, "sixty": lambda: large(6)}[name]()
    shown = text(rendered(name))
    shown = re.sub(r"Page \d+ of \d+", "", shown)
    for group in ("1,240,000", "86,500"):  # cents of the snapshot, as money
        shown = shown.replace(group, "")
    posture = some.posture
    counted = {
        len(some.faults),
        len(posture.unknown),
        len(posture.seen),
        len(some.scale.families),
        posture.taken,
        (posture.score or 0) + posture.cap_points,
        *some.by_severity.values(),
        *(below - 1 for below in some.scale.grades.values()),  # the upper end of each band
    }
    hosts = len(some.looks)
    ends_of_scales = {0, 100, 4, 1}
    more_hosts = {hosts, hosts - 3}
    allowed = {str(number) for number in counted | ends_of_scales | more_hosts}
    snapshot, hash = canonical_json(some).decode(), snapshot_sha256(some)
    shown = shown.replace(hash, "").replace(hash[:12], "").replace("\n", " ")
    assert numbers(shown) - numbers(snapshot) - allowed == set()


def test_the_table_head_is_repeated() -> None:
    """Whoever turns the page still knows what the columns are."""
    content = rendered("sixty")
    pages = [text(content, "-f", str(n), "-l", str(n)) for n in range(2, 5)]
    assert ["Finding and effect on us" in page for page in pages] == [True, True, True]


def test_the_sum_is_not_repeated() -> None:
    """The foot of the table stands once, at its end."""
    assert text(rendered("sixty")).count("Taken from 100 by all findings") == 1


def test_it_is_tagged_for_screen_readers() -> None:
    """PDF/UA-1: a structure tree, a language, marked content, the title in the window."""
    document = opened(rendered("full"))
    root = document.Root
    assert root.MarkInfo.Marked
    assert str(root.Lang) == "en"
    assert root.ViewerPreferences.DisplayDocTitle
    assert root.StructTreeRoot.K
    assert b"pdfuaid" in root.Metadata.read_bytes()


def structure(element: pikepdf.Object) -> Iterator[pikepdf.Object]:
    """Every structure element below one, itself included."""
    yield element
    kids = element.get("/K", [])
    for kid in kids if isinstance(kids, pikepdf.Array) else [kids]:
        if isinstance(kid, pikepdf.Dictionary) and "/S" in kid:
            yield from structure(kid)


def test_every_picture_has_words() -> None:
    """A chart is read aloud as its numbers."""
    document = opened(rendered("full"))
    tree = document.Root.StructTreeRoot
    figures = [one for top in tree.K for one in structure(top) if one.S == "/Figure"]
    words = [str(figure.get("/Alt", "")) for figure in figures]
    assert "External posture 39 of 100, grade F. Without the cap 58" in words
    assert all(words)


def test_headings_of_tables_are_told_apart_from_cells() -> None:
    """Columns and rows have header cells."""
    document = opened(rendered("full"))
    tree = document.Root.StructTreeRoot
    kinds = {str(one.S) for top in tree.K for one in structure(top)}
    assert {"/H1", "/H2", "/Table", "/TH", "/TD", "/P", "/L", "/Figure"} <= kinds


def test_bookmarks_lead_through_the_report() -> None:
    """The outline holds the title and its sections."""
    with opened(rendered("full")).open_outline() as outline:
        (top,) = outline.root
        assert top.title == "Vendor risk report Zonnepanelen Techniek BV"
        sections = [item.title for item in top.children]
    assert "Findings, most severe first" in sections
    assert "Method and limits" in sections


def test_the_document_says_what_it_is() -> None:
    """Title, author and the moment of its data; no clock of the machine."""
    document = opened(rendered("full"))
    about = document.docinfo
    assert str(about.Title) == "Vendor risk report: Zonnepanelen Techniek BV"
    assert str(about.Author) == "Hollandse Winkels"
    assert str(about.CreationDate).startswith("D:20261122061000")
    assert snapshot_sha256(full()) in str(about.Keywords)


def test_the_findings_are_attached() -> None:
    """As findings.csv, with every finding, dated like the report."""
    document = opened(rendered("terrible"))
    attached = document.attachments["findings.csv"].get_file()
    assert attached.creation_date == AS_OF
    rows = list(csv.reader(io.StringIO(attached.read_bytes().decode("utf-8-sig"))))
    assert len(rows) == 1 + len(terrible().faults)


def test_a_report_without_findings_attaches_nothing() -> None:
    """An empty file would only raise questions."""
    assert not opened(rendered("good")).attachments


def test_the_same_report_gives_the_same_bytes() -> None:
    """In this process a second time."""
    assert pdf.render_pdf(full()) == rendered("full")


def test_another_process_gives_the_same_bytes() -> None:
    """With another seed of hashes, another zone, another locale and another folder."""
    code = (
        "import sys; from tests.pdf_test import full; from vendor_risk import pdf;"
        "sys.stdout.buffer.write(pdf.render_pdf(full()))"
    )
    environment = os.environ | {
        "PYTHONHASHSEED": "4711",
        "TZ": "Asia/Tokyo",
        "LC_ALL": "C",
        "PYTHONPATH": str(ROOT),
    }
    run = subprocess.run(
        [sys.executable, "-c", code], cwd="/", env=environment, capture_output=True, check=True
    )
    assert run.stdout == rendered("full")


def test_the_engine_finds_nothing_to_complain_about(caplog: pytest.LogCaptureFixture) -> None:
    """No rule it does not know, no picture without words, no missing letter."""
    with caplog.at_level(logging.WARNING, "weasyprint"):
        pdf.render_pdf(terrible())
    assert [record.getMessage() for record in caplog.records] == []


def test_names_of_all_alphabets_can_be_read() -> None:
    """Greek, Cyrillic and Arabic as such, what no font can draw as its code."""
    name = "شركة Ελληνική Łódź Кириллица 北京 😀 \U000f1234"
    content = pdf.render_pdf(report(subject=Subject(HOST, name)))
    shown = text(content)
    for part in ("Ελληνική", "Łódź", "Кириллица", "شركة", "[U+F1234]"):
        assert part in shown
    for char in ("北", "京", "😀"):
        assert char in shown or f"[U+{ord(char):04X}]" in shown
    assert "\U000f1234" not in shown
    assert "Vendor risk report" in shown
    document = opened(content)
    assert str(document.docinfo.Title).endswith(name)


def test_alphabets_do_not_share_a_font() -> None:
    """Two files under one name would print each other's letters."""
    content = pdf.render_pdf(report(subject=Subject(HOST, "Ελληνική Łódź")))
    document = opened(content)
    fonts = {
        str(font.BaseFont).split("+")[1]
        for page in document.pages
        for font in page.Resources.Font.values()
    }
    assert {"Inter-Bold", "Inter-Greek-Bold", "Inter-Latin-Ext-Bold"} <= fonts


def test_a_name_of_200_letters_fits() -> None:
    """Page 1 still ends with the signature."""
    content = pdf.render_pdf(vendor(subject=Subject(HOST, "Unterhaltung " * 15)))
    first = text(content, "-l", "1")
    assert "Signature" in first


def test_a_name_without_a_blank_is_broken() -> None:
    """No word leaves the paper on the right."""
    content = pdf.render_pdf(report(subject=Subject("x" * 63 + ".example", "w" * 200)))
    boxes = text(content, "-bbox")
    rights = [float(value) for value in re.findall(r'xMax="([\d.]+)"', boxes)]
    assert max(rights) <= 595 - 50


def test_3000_findings_are_capped_on_paper_and_whole_in_the_file() -> None:
    """300 rows are printed and said to be; the attachment has them all."""
    content = pdf.render_pdf(large(300))
    shown = " ".join(text(content).split())
    assert "This table shows 300 of 3000 findings, among them every one that takes points." in shown
    document = opened(content)
    assert len(document.pages) < 40
    attached = document.attachments["findings.csv"].get_file().read_bytes()
    assert attached.count(b"\r\n") == 1 + len(large(300).faults)


HOSTILE = (
    '</pre><img src="file:///etc/passwd"><img src="http://127.0.0.1:9/a.png">'
    "<style>*{display:none}</style><script>x()</script>\u202egpj.exe"
)


def test_an_answer_full_of_markup_stays_words(caplog: pytest.LogCaptureFixture) -> None:
    """It is printed as it was written, and nothing that it names is asked for."""
    made = terrible()
    fault = replace(made.faults[0], value=HOSTILE, what=HOSTILE)
    with caplog.at_level(logging.WARNING, "weasyprint"):
        shown = text(pdf.render_pdf(replace(made, faults=(fault, *made.faults[1:]))))

    letters = re.sub(r"\s", "", shown)
    assert '<imgsrc="file:///etc/passwd">' in letters
    assert "<style>*{display:none}</style>" in letters
    assert not [one for one in caplog.records if "load" in one.getMessage().lower()]


@pytest.fixture
def website() -> Iterator[tuple[str, list[str]]]:
    """A web server on loopback that notes every visit."""
    visits: list[str] = []

    class Visited(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            visits.append(self.path)
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *arguments: object) -> None:
            """Say nothing."""

    server = http.server.HTTPServer(("127.0.0.1", 0), Visited)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", visits
    server.shutdown()
    thread.join()
    server.server_close()


def test_the_engine_reads_nothing_from_outside(website: tuple[str, list[str]]) -> None:
    """No web address and no file of the machine, by whatever element it is asked for."""
    import weasyprint

    url, visits = website
    html = f"""<html lang="en"><title>t</title>
      <link rel="stylesheet" href="{url}/a.css"><link rel="attachment" href="{url}/b">
      <link rel="attachment" href="file:///etc/passwd">
      <style>@import url({url}/c.css); @font-face{{font-family:x;src:url({url}/d.woff)}}
      body{{font-family:x;background:url({url}/e.png)}}</style>
      <img src="{url}/f.png" alt="f"><img src="file:///etc/passwd" alt="g"><embed src="{url}/h">
      <svg xmlns="http://www.w3.org/2000/svg"><image href="{url}/i.png" width="9" height="9"/>
      <use href="file:///etc/passwd#x"/></svg>"""
    engine = weasyprint.HTML(string=html, url_fetcher=pdf.asset_fetcher(), base_url="asset:///")
    content = engine.write_pdf()
    assert visits == []
    assert b"root:" not in content
    assert not opened(content).attachments


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "http://127.0.0.1/",
        "asset:///../pyproject.toml",
        "asset:////etc/passwd",
        "asset:///css/none.css",
        "asset://css/report.css",
        "data:text/plain," + "x" * 3_000_000,
    ],
)
def test_other_addresses_are_refused(url: str) -> None:
    """Only files under static/, and data of a bearable size."""
    with pytest.raises(ValueError, match="may not read"):
        pdf.asset_fetcher().fetch(url)


def test_own_files_are_read() -> None:
    """The style sheet comes with its type."""
    answer = pdf.asset_fetcher().fetch("asset:///css/report.css")
    assert (answer.content_type, b"@page" in answer.read()) == ("text/css", True)


def test_a_font_that_cannot_be_read_is_named_and_not_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another font would change every page, and no one would know why."""
    static = tmp_path / "static"
    shutil.copytree(data_dir("static"), static)
    (static / "vendor/fonts/inter-latin-400-normal.woff2").write_bytes(b"no font at all")
    folders = {"static": static}
    monkeypatch.setattr(pdf, "data_dir", lambda name: folders.get(name) or data_dir(name))
    with pytest.raises(pdf.PdfUnavailable, match="Inter cannot be read") as caught:
        pdf.render_pdf(report())
    assert "./run setup" in caught.value.mend


def test_missing_fonts_are_named_with_the_mend(tmp_path: Path) -> None:
    """Whoever installed half of it learns what to run."""
    with pytest.raises(pdf.PdfUnavailable, match="inter-latin-400") as caught:
        pdf.available(static=tmp_path)
    assert "./run setup" in caught.value.mend


def test_this_machine_can_make_pdfs() -> None:
    """The doctor says nothing."""
    pdf.available()


def test_a_missing_library_is_named_with_the_mend(tmp_path: Path) -> None:
    """On a machine without pango the import of the engine fails with an OSError."""
    (tmp_path / "weasyprint.py").write_text("raise OSError('cannot load libpango-1.0-0')")
    code = (
        "from vendor_risk import pdf\n"
        "try: pdf.available()\n"
        "except pdf.PdfUnavailable as error: print(error, '|', error.mend)"
    )
    run = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"PYTHONPATH": f"{tmp_path}:{ROOT}"},
        capture_output=True,
        check=True,
        text=True,
    )
    assert run.stdout.startswith("the PDF libraries are missing: cannot load libpango-1.0-0 | ")
    assert "libpango-1.0-0, libpangoft2-1.0-0" in run.stdout


def test_the_engine_is_imported_only_when_needed() -> None:
    """It takes three seconds, which nobody who wants no PDF should pay."""
    code = "import sys, json, vendor_risk.pdf; print(json.dumps('weasyprint' in sys.modules))"
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, check=True, text=True, cwd=ROOT
    )
    assert json.loads(run.stdout) is False


def test_a_file_is_written_whole(tmp_path: Path) -> None:
    """With the rights that any program would give it, and nothing left beside it."""
    path = tmp_path / "report.pdf"
    pdf.write(path, b"new")
    plain = tmp_path / "plain"
    plain.write_bytes(b"")
    assert path.read_bytes() == b"new"
    assert path.stat().st_mode == plain.stat().st_mode
    assert sorted(tmp_path.iterdir()) == [plain, path]


def test_an_older_file_is_replaced(tmp_path: Path) -> None:
    """The second report of the day takes the place of the first."""
    path = tmp_path / "report.pdf"
    path.write_bytes(b"old and longer")
    pdf.write(path, b"new")
    assert path.read_bytes() == b"new"


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    """The file behind it is replaced."""
    (tmp_path / "link.pdf").symlink_to(tmp_path / "file.pdf")
    pdf.write(tmp_path / "link.pdf", b"new")
    assert (tmp_path / "link.pdf").is_symlink()
    assert (tmp_path / "file.pdf").read_bytes() == b"new"


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("missing/report.pdf", "No such file or directory"),
        ("file/report.pdf", "Not a directory"),
        ("folder", "it is a folder"),
        ("x" * 300, "File name too long"),
    ],
)
def test_a_path_that_cannot_be_written_is_named(tmp_path: Path, name: str, reason: str) -> None:
    """With the reason, and nothing half-written is left."""
    (tmp_path / "file").write_bytes(b"")
    (tmp_path / "folder").mkdir()
    with pytest.raises(pdf.PdfNotWritten, match=reason) as caught:
        pdf.write(tmp_path / name, b"new")
    assert str(tmp_path / name) in str(caught.value)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "folder"]


def test_a_full_disk_is_named() -> None:
    """The reason of the system is passed on."""
    with pytest.raises(pdf.PdfNotWritten, match="No space left on device"):
        pdf.write(Path("/dev/full"), b"x" * 100_000)


def test_a_device_is_written_to_and_not_replaced() -> None:
    """Sending a report to nowhere leaves nowhere in place."""
    pdf.write(Path("/dev/null"), b"new")
    assert Path("/dev/null").is_char_device()
