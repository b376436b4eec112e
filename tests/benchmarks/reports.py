"""Reports: ours in the press against WeasyPrint started anew each time, and against Chromium."""

import datetime as dt
import resource
import statistics
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from playwright.sync_api import sync_playwright
from sqlalchemy import insert

from tests.benchmarks import stage
from tests.browser.harness import launch
from tests.factories import NOON
from tests.pdf_test import full
from vendor_risk import pdf
from vendor_risk.languages import catalogue
from vendor_risk.press import made_apart
from vendor_risk.resources import data_dir
from vendor_risk.store.models.vendors import Engagement, Vendor
from vendor_risk.workflow.portfolio_report import Ordered, portfolio_report

IN_A_ROW = 200
FEW = 7
AT_ONCE = 2
SECONDS = 300
SMALL, LARGE = 1_000, 10_000

_NAIVE = """
import sys, weasyprint
weasyprint.HTML(filename=sys.argv[1]).write_pdf(sys.argv[2], pdf_variant="pdf/ua-1")
"""


def run() -> dict[str, float]:
    """Seconds of a vendor report of four pages, alone and many in a row; memory; the portfolio."""
    report = full()
    made_apart(pdf.render_pdf, report, SECONDS)  # the process that all are forked from is there
    ours = _median(lambda: made_apart(pdf.render_pdf, report, SECONDS))
    began = time.perf_counter()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(lambda _: made_apart(pdf.render_pdf, report, SECONDS), range(IN_A_ROW)))
    row = (time.perf_counter() - began) / IN_A_ROW
    peak = int(made_apart(peak_of, report, SECONDS))
    with TemporaryDirectory() as folder:
        page = _page(Path(folder))
        naive = _median(lambda: _naive(page))
        began = time.perf_counter()
        with ThreadPoolExecutor(AT_ONCE) as pool:
            list(pool.map(lambda _: _naive(page), range(FEW * AT_ONCE)))
        naive_row = (time.perf_counter() - began) / (FEW * AT_ONCE)
        chromium = _chromium(page)
    return {
        "ours, alone (s)": ours,
        f"ours, {IN_A_ROW} in a row, two at once (s each)": row,
        "peak memory of one (MB)": peak / 1024,
        "WeasyPrint anew each time, alone (s)": naive,
        "the same, two at once (s each)": naive_row,
        "Chromium, already running (s)": chromium,
        "throughput to WeasyPrint anew, alone": naive / ours,
        "throughput to WeasyPrint anew, two at once": naive_row / row,
        "ours to Chromium": ours / chromium,
        **_portfolio(),
    }


def peak_of(report: Any) -> bytes:
    """The most memory that the process took which made this report, in kilobytes."""
    pdf.render_pdf(report)
    return str(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss).encode()


def _median(work: Callable[[], object]) -> float:
    taken = []
    for _ in range(FEW):
        began = time.perf_counter()
        work()
        taken.append(time.perf_counter() - began)
    return statistics.median(taken)


def _page(folder: Path) -> Path:
    """The same report as a file with the same fonts, as anybody would hand it to an engine."""
    static = data_dir("static").resolve().as_uri()
    html = pdf.render_html(full(), asset=lambda name: f"{static}/{name}")
    faces = pdf._font_faces("", data_dir("static")).replace("asset://", static)
    path = folder / "report.html"
    path.write_text(html.replace("</head>", f"<style>{faces}</style></head>"))
    return path


def _naive(page: Path) -> None:
    target = str(page.with_suffix(".pdf"))
    subprocess.run([sys.executable, "-c", _NAIVE, str(page), target], check=True)


def _chromium(page: Path) -> float:
    with sync_playwright() as playwright:
        browser = launch(playwright)
        tab = browser.new_page()

        def print_it() -> None:
            tab.goto(page.as_uri(), wait_until="load")
            tab.pdf(prefer_css_page_size=True, tagged=True, outline=True)

        taken = _median(print_it)
        browser.close()
    return taken


def _portfolio() -> dict[str, float]:
    """Freezing the report of the portfolio: memory and time for two sizes, every vendor tier 1."""
    told: dict[int, tuple[float, float]] = {}
    for size in (SMALL, LARGE):
        with stage.opened("SQLite") as database:
            _fill(database, size)
            with database.reading() as session:
                order = Ordered("VR-2026-0001", "Contoso", "en", "")
                tracemalloc.start()
                began = time.perf_counter()
                portfolio_report(session, order, now=NOON, words=catalogue("en"))
                taken = time.perf_counter() - began
                told[size] = (taken, tracemalloc.get_traced_memory()[1] / 1_000_000)
                tracemalloc.stop()
    (_, small), (seconds, large) = told[SMALL], told[LARGE]
    return {
        f"portfolio of {LARGE:,} vendors (s, traced)": seconds,
        f"portfolio of {LARGE:,} vendors, peak (MB)": large,
        f"memory at {LARGE:,} to {SMALL:,} vendors": large / small,
    }


def _fill(database: Any, size: int) -> None:
    with database.transaction() as session:
        for start in range(0, size, 500):
            vendors = [_vendor(number) for number in range(start, min(start + 500, size))]
            session.execute(insert(Vendor), vendors)
            session.execute(insert(Engagement), [_engagement(one) for one in vendors])


def _vendor(number: int) -> dict[str, Any]:
    row = Vendor(name=f"Vendor {number:06}", name_key=f"vendor {number:06}", in_use=True)
    high = number % 3 == 0
    known = {
        "triaged_at": NOON,
        "tier": 1,
        "grade": "C",
        "residual": 5_500 if high else 2_000,
        "band": "high" if high else "low",
        "final": 6_000,
        "coverage": 8_000,
        "last_scan_at": NOON,
        "next_review_on": NOON.date() - dt.timedelta(days=number % 30),
    }
    return row.model_dump() | known


def _engagement(vendor: dict[str, Any]) -> dict[str, Any]:
    row = Engagement(vendor_id=vendor["id"], name="Service", spend_minor=100_00, currency="EUR")
    return row.model_dump() | {"tier": 1, "low": 5_000, "high": 7_000, "final": 6_000}
