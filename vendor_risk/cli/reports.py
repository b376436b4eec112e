"""Reports from a shell: issue one as PDF, and say whether a PDF is one that was issued here."""

import datetime as dt
import hashlib
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vendor_risk.cli.common import (
    CALLED,
    FOUND,
    opened,
    settings_or_stop,
    stop,
    upgrade,
    writable_or_stop,
    write_or_stop,
)

if TYPE_CHECKING:
    from sqlmodel import Session

    from vendor_risk.store.models.reports import IssuedReport
    from vendor_risk.store.models.vendors import Vendor

_MOST_NEAR = 3  # vendors that are offered where none is called what was typed
_MOST_ALIKE = 20  # vendors of one name that are listed


@click.group()
def report() -> None:
    """Reports as PDF."""


_LANGUAGE = click.option(
    "--language", default="", help="The language of the report; the installation's without."
)
_PDF = click.option(
    "--pdf", type=click.Path(path_type=Path), help="The PDF's path; NUMBER.pdf here."
)
_JSON = click.option("--json", "as_json", is_flag=True, help="Print what was made, for programs.")


@report.command("vendor")
@click.argument("vendor")
@_LANGUAGE
@_PDF
@_JSON
def report_vendor(vendor: str, language: str, pdf: Path | None, as_json: bool) -> None:
    """Issue the report of a VENDOR (its id, supplier number, domain or name) and write the PDF."""
    from vendor_risk.workflow import reports

    def order(session: "Session", **common: Any) -> "IssuedReport":
        return reports.request_report(session, one_vendor(session, vendor), **common)

    _issue(order, language, pdf, as_json=as_json)


@report.command("dossier")
@click.argument("vendor")
@_LANGUAGE
@_PDF
@_JSON
def report_dossier(vendor: str, language: str, pdf: Path | None, as_json: bool) -> None:
    """Issue the dossier of a VENDOR for its auditor: all that is kept, and write the PDF."""
    from vendor_risk.workflow import reports

    def order(session: "Session", **common: Any) -> "IssuedReport":
        return reports.request_dossier(session, one_vendor(session, vendor), **common)

    _issue(order, language, pdf, as_json=as_json)


@report.command("portfolio")
@_LANGUAGE
@_PDF
@_JSON
def report_portfolio(language: str, pdf: Path | None, as_json: bool) -> None:
    """Issue the report of all vendors, for the board, and write the PDF."""
    from vendor_risk.workflow import reports

    _issue(reports.request_portfolio, language, pdf, as_json=as_json)


@report.command("verify")
@click.argument("file", type=click.Path(path_type=Path))
@_JSON
def report_verify(file: Path, as_json: bool) -> None:
    """Say whether a PDF is one that this installation issued, and when.

    Exit code 0: it is, byte for byte; 1: it is not; 2: the file cannot be read.
    """
    from vendor_risk.workflow import reports

    try:
        digest = hashlib.sha256(file.read_bytes()).hexdigest()
    except OSError as error:
        stop(f"{file} cannot be read: {error.strerror}")
    settings = settings_or_stop()
    with opened(settings) as database:
        upgrade(database)
        with database.reading() as session:
            issued = reports.issued_as(session, digest)
    said = {"file": str(file), "sha256": digest, "issued": issued is not None}
    if issued is not None:
        said |= {
            "number": issued.number,
            "as_of": issued.as_of.isoformat(),
            "snapshot": issued.snapshot_sha256,
            "signed_by": issued.signed_as,
        }
    if as_json:
        click.echo(json.dumps(said))
    elif issued is None:
        click.echo(
            f"{file} is no report that this installation issued. A changed copy, one that was "
            "printed to a new PDF, and one of another installation all look like that."
        )
    else:
        click.echo(f"{file} is report {issued.number}, as of {issued.as_of:%Y-%m-%d %H:%M} UTC.")
        click.echo(f"Snapshot: {issued.snapshot_sha256}")
        if issued.signed_at is not None:
            click.echo(f"Signed by {issued.signed_as} on {issued.signed_at:%Y-%m-%d}.")
    sys.exit(0 if issued is not None else FOUND)


def _issue(
    order: Callable[..., "IssuedReport"], language: str, pdf: Path | None, *, as_json: bool
) -> None:
    """A report is ordered, made here and now, and written."""
    from vendor_risk.languages import OFFERED, offered
    from vendor_risk.press import Press
    from vendor_risk.store.files import Files
    from vendor_risk.store.models.reports import IssuedReport

    settings = settings_or_stop()
    spoken = offered(language or settings.language)
    if spoken is None:
        stop(f"there is no {language}; the languages are {', '.join(OFFERED)}")
    if pdf is not None:
        writable_or_stop(pdf)
    files = Files(settings.data_dir / "files")
    with opened(settings) as database:
        upgrade(database)
        with database.transaction() as session:
            report_id = order(
                session,
                now=dt.datetime.now(dt.UTC),
                actor="command",
                prepared_by="",
                organisation=settings.organisation,
                language=spoken,
                enqueue=lambda *_args, **_words: None,  # it is made here and now
            ).id
        Press(database, files).make(report_id)
        with database.reading() as session:
            issued = session.get_one(IssuedReport, report_id)
    if issued.state != "done":
        stop(f"the PDF of report {issued.number} could not be made: {issued.reason}")
    path = pdf or Path(f"{issued.number}.pdf")
    with files.open(report_id) as content:
        write_or_stop(path, content.read())
    said = {"number": issued.number, "pdf": str(path), "sha256": issued.pdf_sha256}
    click.echo(json.dumps(said) if as_json else f"PDF: {path}")


def one_vendor(session: "Session", text: str) -> "Vendor":
    """The vendor that is meant, or an end that says why there is none."""
    from vendor_risk.store.models.vendors import Vendor
    from vendor_risk.store.queries.vendors import VendorFilter, called, ids_of
    from vendor_risk.workflow.names import name_key

    found = called(session, text.strip(), name_key(text))
    if not found:
        wanted = VendorFilter(text=text, key=name_key(text))
        near = ids_of(session, wanted, _MOST_NEAR) if text.strip() else ()
        names = "".join(f"\n  {one}  {session.get_one(Vendor, one).name}" for one in near)
        mend = f"Did you mean one of these? Give its name or its id.{names}" if names else ""
        stop(
            f"no vendor is called {text}",
            mend or f"Look for it: {CALLED} vendors list --q '{text}'",
        )
    if len(found) > 1:
        names = "\n  ".join(f"{one.id}  {one.name}" for one in found[:_MOST_ALIKE])
        stop(f"several vendors are called {text}; give the id of one", names)
    return found[0]
