"""The door to paper: a report as a tagged PDF that comes out the same at every rendering."""

import contextlib
import functools
import hashlib
import io
import logging
import os
import re
import tempfile
from collections.abc import Callable, Iterator
from gettext import NullTranslations
from pathlib import Path
from typing import Any

import jinja2

from vendor_risk.languages import OFFERED, catalogue
from vendor_risk.reports import cut_off, dossier_page, page, portfolio_page, questions
from vendor_risk.reports.cut_off import Sheet
from vendor_risk.reports.dossier import Dossier
from vendor_risk.reports.issue import Issue, attached, sha256_of
from vendor_risk.reports.portfolio import Portfolio
from vendor_risk.reports.questions import Paper
from vendor_risk.reports.score_words import exact, mark_of, signed
from vendor_risk.resources import data_dir

_MEND_PANGO = (
    "Install libpango-1.0-0, libpangoft2-1.0-0 and libharfbuzz-subset0, or run ./run setup again."
)
_MEND_FONTS = "Run ./run setup again: it fills static/vendor/ with the fonts of the report."
# Which letters ask for which file of the font. Each file is a family of its own, because the
# engine names fonts in the PDF by family and weight and so mixes up two files that share both.
_SUBSETS = {
    "latin": ("Inter", None),
    "latin-ext": (
        "Inter Latin Ext",
        re.compile("[\u0100-\u024f\u1e00-\u1eff\u2c60-\u2c7f\ua720-\ua7ff]"),
    ),
    "greek": ("Inter Greek", re.compile("[\u0370-\u03ff\u1f00-\u1fff]")),
    "cyrillic": ("Inter Cyrillic", re.compile("[\u0400-\u052f]")),
}
_WEIGHTS = (400, 500, 600, 700)
_LINK = '<link rel="stylesheet" href="asset:///css/report.css">'
# What only narrow screens show, and what takes a third of the time to read a page with tables.
_LABELS = re.compile(r' data-label="[^"]*"')
_TYPES = {".css": "text/css", ".svg": "image/svg+xml", ".png": "image/png", ".woff2": "font/woff2"}
_DATA_LIMIT = 2_000_000
# A page that needs what reports need.
_SMALL = (
    f'<html lang="en"><title>x</title>{_LINK}'
    '<div class="mast"><div class="mast-l"><h1>x</h1></div></div><div class="two"><section>x'
    '<strong>x</strong> <b class="wt">x</b></section></div><p class="n"><span class="tag t-high">'
    '1</span> <a href="https://x.example">x</a></p><ul class="tight"><li>x</ul><pre>x</pre>'
    '<table><thead><tr><th class="n">1<td>x<tbody><tr><th scope="row">x<td>x</table>'
    '<svg viewBox="0 0 9 9" width="9" height="9"><title>x</title><text>x</text></svg>'
)
_TEMPLATES = (
    page.TEMPLATE,
    portfolio_page.TEMPLATE,
    dossier_page.TEMPLATE,
    "reports/_answer.html",
    "reports/_open.html",
    "reports/_score.html",
    "reports/_sources.html",
)


class PdfUnavailable(RuntimeError):
    """This machine cannot make PDFs; `mend` says what to do."""

    def __init__(self, message: str, mend: str) -> None:
        super().__init__(message, mend)  # both, or it does not come back from a process of a pool
        self.mend = mend

    def __str__(self) -> str:
        """What is wrong."""
        return str(self.args[0])


class PdfNotWritten(OSError):
    """The finished PDF could not be stored; the message names the path and the reason."""


def available(static: Path | None = None) -> None:
    """Nothing, when PDFs can be made here; PdfUnavailable with the mend when they cannot."""
    _weasyprint()
    _font_faces("", static or data_dir("static"))


def warm() -> None:
    """Whatever all PDFs need alike is read; nothing where this machine cannot make any."""
    with contextlib.suppress(PdfUnavailable):
        document, _fonts = _laid_out(_SMALL)
        document.write_pdf(pdf_variant="pdf/ua-1", pdf_tags=True, finisher=_heads_told)
        for language in OFFERED:
            for name in _TEMPLATES:  # to compile the larger ones takes as long as to lay out a page
                _environment(catalogue(language)).get_template(name)


def asset_url(name: str) -> str:
    """The address under which the PDF engine finds a file of static/."""
    return f"asset:///{name}"


def render_html(
    report: Issue,
    *,
    asset: Callable[[str], str] = asset_url,
    words: NullTranslations | None = None,
    back: str = "",
) -> str:
    """The report as one page of HTML; `asset` gives the address of a file of static/.

    `back` is the address of the page that it was opened from, for the screen alone; without
    `words` it speaks its own language.
    """
    words = words or catalogue(report.language)
    if isinstance(report, Portfolio):
        return portfolio_page.render(report, _environment(words), asset, words, back=back)
    if isinstance(report, Dossier):
        return dossier_page.render(report, _environment(words), asset, words, back=back)
    return page.render(report, _environment(words), asset, words, back=back)


def render_pdf(report: Issue, *, words: NullTranslations | None = None) -> bytes:
    """The report as PDF/UA-1 with its lists attached; the same report gives the same bytes.

    PdfUnavailable when this machine lacks the libraries or the fonts. Costs about a second of CPU:
    call it in a process of a pool, never in a request and never in a thread.
    """
    html = render_html(report, words=words)
    with _undrawable() as missing:
        content = _pdf(html, report)
    if not missing:
        return content
    return _pdf(_spelt_out(html, missing), report)


def render_sheet(sheet: Sheet, *, words: NullTranslations | None = None) -> bytes:
    """The cut-off sheet as one page of PDF/UA-1, with the whole list attached as a CSV.

    As many ways in are printed as fit; the same cost and the same errors as `render_pdf`.
    """
    words = words or NullTranslations()
    template = _environment(words).get_template(cut_off.TEMPLATE)
    shown = min(len(sheet.ways), cut_off.MOST)
    while True:
        html = template.render(report=sheet, sheet=sheet, shown=sheet.ways[:shown], asset=asset_url)
        with _undrawable() as missing:
            document, _fonts = _laid_out(html)
        if missing:
            html = _spelt_out(html, missing)
            document, _fonts = _laid_out(html)
        if len(document.pages) == 1 or shown <= 1:
            return _written(document, html, sheet)
        shown -= 1


def render_questions(paper: Paper) -> bytes:
    """The questions as PDF/UA-1 in the language of the paper; cost and errors as `render_pdf`."""
    template = _environment(catalogue(paper.language)).get_template(questions.TEMPLATE)
    html = template.render(report=paper, paper=paper, asset=asset_url)
    with _undrawable() as missing:
        document, _fonts = _laid_out(html)
    if missing:
        html = _spelt_out(html, missing)
        document, _fonts = _laid_out(html)
    content: bytes = document.write_pdf(
        pdf_variant="pdf/ua-1",
        pdf_identifier=hashlib.sha256(html.encode()).digest()[:16],
        pdf_tags=True,
        finisher=_heads_told,
    )
    return content


def _laid_out(html: str) -> tuple[Any, Any]:
    """The pages, and the fonts that they draw with, to be kept until the pages are written."""
    engine, fetcher = _weasyprint(), asset_fetcher()
    fonts = engine.text.fonts.FontConfiguration()
    faces = engine.CSS(
        string=_font_faces(html, data_dir("static")), url_fetcher=fetcher, font_config=fonts
    )
    document = engine.HTML(
        string=_LABELS.sub("", html.replace(_LINK, "", 1)),
        url_fetcher=fetcher,
        base_url="asset:///",
    )
    return document.render(stylesheets=[_rules(), faces], font_config=fonts), fonts


@functools.cache
def _rules() -> Any:
    """The rules of reports, read once: they are the same for all, and none of them names a font."""
    engine = _weasyprint()
    return engine.CSS(url=asset_url("css/report.css"), url_fetcher=asset_fetcher())


def _written(document: Any, html: str, sheet: Sheet) -> bytes:
    attached = _weasyprint().Attachment(
        string=cut_off.as_csv(sheet),
        name="ways-in.csv",
        description="All open ways in, in the order to act",
        created=sheet.as_of,
        modified=sheet.as_of,
        relationship="Data",
        url_fetcher=asset_fetcher(),
    )
    content: bytes = document.write_pdf(
        pdf_variant="pdf/ua-1",
        pdf_identifier=hashlib.sha256(html.encode()).digest()[:16],
        attachments=[attached],
        pdf_tags=True,
        finisher=_heads_told,
    )
    return content


def write(path: Path, content: bytes) -> None:
    """The file holds `content`, whole or not at all; PdfNotWritten names what stood in the way."""
    try:
        if _is_device(path):
            path.write_bytes(content)
            return
        _replace(path.resolve(), content)
    except OSError as error:
        reason = error.strerror or str(error)
        raise PdfNotWritten(f"could not write {path}: {reason}") from error


def _is_device(path: Path) -> bool:
    """Whether a rename would put a file in the place of a pipe, a terminal or /dev/null."""
    return path.absolute().parts[1:2] in (("dev",), ("proc",)) or path.is_fifo()


def _replace(path: Path, content: bytes) -> None:
    if path.is_dir():
        raise IsADirectoryError(0, "it is a folder")
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:40]}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        mask = os.umask(0)
        os.umask(mask)
        Path(name).chmod(0o666 & ~mask)  # as any program would have made it
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _weasyprint() -> Any:
    """The engine, imported only now: it takes three seconds and needs libraries of the system."""
    try:
        import weasyprint
    except (ImportError, OSError) as error:
        raise PdfUnavailable(f"the PDF libraries are missing: {error}", _MEND_PANGO) from error
    return weasyprint


def _pdf(html: str, report: Issue) -> bytes:
    engine, fetcher = _weasyprint(), asset_fetcher()
    document, _fonts = _laid_out(html)
    attachments = [
        engine.Attachment(
            string=beside.content,
            name=beside.name,
            description=beside.description,
            created=report.as_of,
            modified=report.as_of,
            relationship="Data",
            url_fetcher=fetcher,
        )
        for beside in attached(report)
    ]
    content: bytes = document.write_pdf(
        pdf_variant="pdf/ua-1",
        pdf_tags=True,
        pdf_identifier=hashlib.sha256(sha256_of(report).encode()).digest()[:16],
        attachments=attachments,
        finisher=_heads_told,
    )
    return content


def _heads_told(_document: Any, paper: Any) -> None:
    """Each head cell says what it is the head of, and is found by the name that cells call it.

    The engine writes the names of heads into the cells, but neither scopes nor the index of names
    that goes with them (ISO 32000-1, tables 322 and 349). In the head of a table stand heads of
    columns, elsewhere those of rows.
    """
    import pydyf

    parts = {part.reference: part for part in paper.objects if isinstance(part, pydyf.Dictionary)}
    heads = [part for part in parts.values() if part.get("S") == "/TH" and "ID" in part]
    for head in heads:
        group = parts[parts[head["P"]]["P"]]
        head["A"]["Scope"] = "/Column" if group["S"] == "/THead" else "/Row"
    if heads:
        index = sorted(((head["ID"].string, head) for head in heads), key=lambda each: each[0])
        names = pydyf.Array(one for _name, head in index for one in (head["ID"], head.reference))
        parts[paper.catalog["StructTreeRoot"]]["IDTree"] = pydyf.Dictionary({"Names": names})


def asset_fetcher() -> Any:
    """What the engine reads with: data: addresses and files of static/, and nothing else."""
    urls: Any = _weasyprint().urls
    base: Any = urls.URLFetcher
    root = data_dir("static").resolve()

    class AssetFetcher(base):  # type: ignore[misc]  # the engine has no types
        def __init__(self) -> None:
            super().__init__(allowed_protocols=("data",), allow_redirects=False)

        def fetch(self, url: str, headers: Any = None) -> Any:
            """The content of one address; ValueError for any that is not ours."""
            if url.startswith("data:") and len(url) <= _DATA_LIMIT:
                return super().fetch(url, headers)
            if url.startswith("asset:///"):
                path = (root / url.removeprefix("asset:///")).resolve()
                if path.suffix == ".woff2" and path.is_relative_to(root) and path.is_file():
                    return urls.URLFetcherResponse(
                        url, _unpacked(path), {"Content-Type": "font/ttf"}
                    )
                if path.is_relative_to(root) and path.is_file():
                    kind = _TYPES.get(path.suffix, "application/octet-stream")
                    return urls.URLFetcherResponse(url, path.read_bytes(), {"Content-Type": kind})
            raise ValueError(f"a report may not read {url[:100]}")

    return AssetFetcher()


@functools.lru_cache(maxsize=32)
def _unpacked(font: Path) -> bytes:
    """The font as the engine uses it; unpacking one takes a tenth of what a whole report does."""
    from fontTools.ttLib import woff2

    unpacked = io.BytesIO()
    woff2.decompress(io.BytesIO(font.read_bytes()), unpacked)
    return unpacked.getvalue()


def _font_faces(html: str, static: Path) -> str:
    """Font declarations for the alphabets in the text; PdfUnavailable when a file is missing."""
    rules = []
    for subset, (family, letters) in _SUBSETS.items():
        if letters is not None and not letters.search(html):
            continue
        for weight in _WEIGHTS:
            name = f"vendor/fonts/inter-{subset}-{weight}-normal.woff2"
            if not (static / name).is_file():
                raise PdfUnavailable(f"static/{name} is missing", _MEND_FONTS)
            rules.append(
                f'@font-face{{font-family:"{family}";font-weight:{weight};'
                f'src:url("{asset_url(name)}")}}'
            )
    return "\n".join(rules)


@contextlib.contextmanager
def _undrawable() -> Iterator[set[str]]:
    """The characters that no font of this machine can draw, as the engine meets them.

    PdfUnavailable where a font is there and cannot be read: the engine would take another one.
    """
    missing: set[str] = set()
    broken: set[str] = set()

    class Listener(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if str(record.msg).startswith(".notdef glyph") and isinstance(record.args, tuple):
                missing.add(str(record.args[0]))
            elif str(record.msg).startswith("Font-face") and isinstance(record.args, tuple):
                broken.add(str(record.args[0]))

    listener, logger = Listener(), logging.getLogger("weasyprint")
    logger.addHandler(listener)
    try:
        yield missing
    finally:
        logger.removeHandler(listener)
    if broken:
        raise PdfUnavailable(f"the font {min(broken)} cannot be read", _MEND_FONTS)


def _spelt_out(html: str, missing: set[str]) -> str:
    """The text with undrawable characters as their codes; the title keeps them as they are."""
    head, body = html.split("<body>", 1)
    # the mark keeps a code behind Arabic or Hebrew letters from being turned around
    codes = {ord(char): f"\u200e[U+{ord(char):04X}]" for char in missing}
    return f"{head}<body>{body.translate(codes)}"


@functools.cache
def _environment(words: NullTranslations) -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(data_dir("templates")),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    environment.install_gettext_translations(words, newstyle=True)  # type: ignore[attr-defined]
    mark = mark_of(words.gettext)
    environment.filters |= page.FILTERS | {
        "exact": functools.partial(exact, mark=mark),
        "signed": functools.partial(signed, mark=mark),
    }
    return environment
