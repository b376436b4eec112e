"""The inventory from a shell: list, import, export."""

import datetime as dt
import json
import sys
from collections.abc import Callable, Iterator
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

    from vendor_risk.store.queries.vendors import Row
    from vendor_risk.web.vendors.filters import Asked
    from vendor_risk.workflow.import_trial import Trial

_MOST_SHOWN = 50
_HEADS = (
    "Name",
    "Main domain",
    "Number",
    "Tier",
    "Assurance",
    "Residual",
    "Posture",
    "State",
    "Last scan",
)
_MOST_FAULTS = 20


@click.group()
def vendors() -> None:
    """The vendor inventory."""


def filters(command: Callable[..., None]) -> Callable[..., None]:
    """The filters of the vendor list, under the names that its URL has."""
    said = {
        "q": "Part of a name, supplier number or domain.",
        "tier": "1 to 4, or none; several with commas.",
        "grade": "External posture: A to F, or none; several with commas.",
        "risk": "Residual risk: low, medium, high, critical or none; or above our appetite, or"
        " knocked out: above.",
        "rated": "Assurance: A to F, or none; several with commas.",
        "review": "overdue.",
        "findings": "severe: critical or high ones are open.",
        "knockout": "yes: one is in force.",
        "state": "Such as approved; several with commas.",
        "owner": "The owner's e-mail address, or none.",
        "use": "Words as in the list's URL: yes, no or untriaged.",
        "tag": "One tag.",
        "seen": "Scanned within 1, 7, 30 or 90 days, or never.",
        "fault": "The worst failed check: critical, high or medium.",
        "posture": "A range of the external posture, such as 40-69.",
        "sort": "name, tier, inherent, assurance, residual, review, posture, faults, seen, changed;"
        " -residual for the worst first.",
    }
    for name, words in reversed(said.items()):
        command = click.option(f"--{name}", default="", help=words)(command)
    return command


@vendors.command("list")
@filters
@click.option("--most", default=_MOST_SHOWN, show_default=True, help="Vendors to print; 0 for all.")
@click.option("--json", "as_json", is_flag=True, help="Print it for programs.")
def vendors_list(most: int, as_json: bool, **said: str) -> None:
    """List the vendors that match, as the page does."""
    from rich.console import Console
    from rich.table import Table

    from vendor_risk.store.queries import vendors as listed

    with opened(settings_or_stop()) as database:
        upgrade(database)
        with database.reading() as session:
            asked = _asked(session, said)
            total = listed.count(session, asked.wanted)
            rows = listed.page(session, asked.wanted, sort=asked.sort, most=most or total or 1)
            if as_json:
                click.echo(json.dumps([_plain(row) for row in rows], ensure_ascii=False))
                return
            table = Table(box=None, header_style="bold", pad_edge=False)
            for head in _HEADS:
                table.add_column(head, overflow="fold")
            for row in rows:
                table.add_row(*_line(row))
    if rows:
        Console(soft_wrap=not sys.stdout.isatty()).print(table)
    click.echo(
        "No vendor matches."
        if not total
        else f"\n{len(rows)} of {total:,}."
        + (" All of them: --most 0" if len(rows) < total else "")
    )


@vendors.command("export")
@click.argument("file", type=click.Path(path_type=Path))
@filters
def vendors_export(file: Path, **said: str) -> None:
    """Write the vendors that match to FILE.csv or FILE.xlsx; - for CSV on standard output."""
    from vendor_risk.store.queries import vendors as listed
    from vendor_risk.web.vendors import exports

    to_output = str(file) == "-"
    if not to_output:
        if file.suffix not in (".csv", ".xlsx"):
            stop(f"{file} is neither .csv nor .xlsx", "Name a file such as vendors.csv.")
        writable_or_stop(file)
    with opened(settings_or_stop()) as database:
        upgrade(database)
        with database.reading() as session:
            asked = _asked(session, said)
            rows = listed.every(session, asked.wanted, sort=asked.sort)
            if to_output:
                for piece in exports.as_csv(rows):
                    sys.stdout.buffer.write(piece.encode())
                return
            total = listed.count(session, asked.wanted)
            if file.suffix == ".csv":
                content = "".join(exports.as_csv(rows)).encode()
            else:
                with exports.as_workbook(rows) as workbook:
                    content = workbook.read()
    write_or_stop(file, content)
    click.echo(f"{_many(total, 'vendor')} in {file}")


@vendors.command("import")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--column",
    "columns",
    multiple=True,
    metavar="HEADER=FIELD",
    help="What a column is, where its header does not say it. Repeat it for more.",
)
@click.option("--dry-run", is_flag=True, help="Only say what would become of each line.")
@click.option("--leave-known", is_flag=True, help="Do not update vendors whose number is known.")
@click.option("--enter-alike", is_flag=True, help="Enter lines that may be vendors we have.")
@click.option(
    "--failed", type=click.Path(path_type=Path), help="Write the lines with errors to this CSV."
)
def vendors_import(
    file: Path,
    *,
    columns: tuple[str, ...],
    dry_run: bool,
    leave_known: bool,
    enter_alike: bool,
    failed: Path | None,
) -> None:
    """Import vendors from a CSV: all good lines or nothing; they wait to be triaged."""
    from vendor_risk.workflow import imports
    from vendor_risk.workflow.csv_file import CsvRefused
    from vendor_risk.workflow.import_trial import Policy, table_of, try_out
    from vendor_risk.workflow.vendors import VendorRefused

    try:
        raw = file.read_bytes()
    except OSError as error:
        stop(f"{file} cannot be read: {error.strerror}")
    if failed is not None:
        writable_or_stop(failed)
    policy = Policy(update=not leave_known, skip_alike=not enter_alike)
    moment = dt.datetime.now(dt.UTC)
    with opened(settings_or_stop()) as database:
        upgrade(database)
        with database.transaction() as session:
            try:
                row = imports.upload(
                    session, filename=file.name, raw=raw, now=moment, actor="command"
                )
                mapping = _mapping(table_of(row).header, row.mapping, columns)
                imports.choose_columns(session, row, mapping)
            except (CsvRefused, VendorRefused) as refusal:
                stop(f"{file}: {refusal}", "--column HEADER=FIELD says what a column is.")
            trial = try_out(session, row, policy)
            if failed is not None and trial.counts["wrong"]:
                write_or_stop(failed, ("\ufeff" + imports.failed_lines(row, trial)).encode())
            _tell(trial, "would be " if dry_run else "")
            if dry_run:
                session.rollback()
            else:
                for _done in _shown(
                    imports.apply(session, row, policy, now=moment, actor="command")
                ):
                    pass
    click.echo("Nothing was written." if dry_run else "Imported.")
    sys.exit(FOUND if trial.counts["wrong"] else 0)


def _asked(session: "Session", said: dict[str, str]) -> "Asked":
    """The filter that the options ask for, or an end that names those that cannot be."""
    from werkzeug.datastructures import MultiDict

    from vendor_risk.store.queries import vendors as listed
    from vendor_risk.web.vendors.filters import NONE, read
    from vendor_risk.workflow.people import find_user
    from vendor_risk.workflow.settings import appetite

    owner = said["owner"]
    if owner and owner != NONE:
        person = find_user(session, owner)
        if person is None:
            stop(f"nobody here has the address {owner}")
        said = said | {"owner": str(person.id)}
    people = dict(listed.people(session))
    asked = read(MultiDict(said), people, dt.datetime.now(dt.UTC), appetite(session))
    if asked.ignored:
        stop(f"not understood: {', '.join(asked.ignored)}", f"{CALLED} vendors list --help")
    return asked


# Of the worst engagement, as `score` prints them: shares of 10000, the risk in 1/100 of a point;
# while `grade` is null the risk is the worst end of its range.
_SCORED = ("final", "coverage", "grade", "unverified", "residual", "band", "knockout")


def _plain(row: "Row") -> dict[str, Any]:
    vendor = row.vendor
    names = ("supplier_number", "tier", "inherent", "posture_score", "posture_grade", "state")
    return (
        {"id": str(vendor.id), "name": vendor.name, "domain": row.domain, "owner": row.owner}
        | {name: getattr(vendor, name) for name in (*names, "failed_checks", "in_use", "sample")}
        | {"engagement": row.engagement or None, "low": row.low, "high": row.high}
        | {name: getattr(vendor, name) for name in _SCORED}
        | {
            name: moment.isoformat() if (moment := getattr(vendor, name)) else None
            for name in ("last_scan_at", "updated_at")
        }
    )


def _line(row: "Row") -> list[str]:
    from rich.markup import escape

    vendor = row.vendor
    return [
        escape(vendor.name),
        escape(row.domain) or "-",
        escape(vendor.supplier_number or "-"),
        str(vendor.tier or "-"),
        f"{(vendor.final or 0) // 100} {vendor.grade}" if vendor.grade else "not rated",
        f"{(vendor.residual or 0) // 100} {vendor.band}" if vendor.grade else "-",
        f"{vendor.posture_score} {vendor.posture_grade}" if vendor.posture_grade else "-",
        vendor.state,
        vendor.last_scan_at.strftime("%d %b %Y") if vendor.last_scan_at else "never",
    ]


def _mapping(
    header: tuple[str, ...], guessed: dict[str, str], columns: tuple[str, ...]
) -> dict[str, str]:
    """What each column is: as guessed, and as said, where what is said wins."""
    from vendor_risk.workflow.import_columns import COLUMNS

    keys = [column.key for column in COLUMNS]
    mapping = dict(guessed)
    for said in columns:
        name, equals, key = said.rpartition("=")
        if not equals or name not in header:
            stop(f"there is no column “{name or said}”", f"The columns are: {', '.join(header)}")
        if key not in keys:
            stop(f"a column cannot be “{key}”", f"It can be: {', '.join(keys)}")
        mapping = {place: old for place, old in mapping.items() if old != key}
        mapping[str(header.index(name))] = key
    return mapping


def _tell(trial: "Trial", would: str) -> None:
    counts = trial.counts
    for what, words in (
        ("new", "entered"),
        ("update", "updated"),
        ("skip", "left out: they may be vendors we have"),
    ):
        if counts[what]:
            click.echo(f"{_many(counts[what], 'line')} {would}{words}")
    for fate in trial.of("skip")[:_MOST_FAULTS]:
        alike = ", ".join(one.name for one in fate.likenesses) or "an earlier line"
        click.echo(f"  line {fate.entry.line.number}: {fate.entry.name} is like {alike}")
    if counts["wrong"]:
        click.echo(f"{_many(counts['wrong'], 'line')} with errors, left out", err=True)
    for fate in trial.of("wrong")[:_MOST_FAULTS]:
        why = " ".join(each.message for each in fate.entry.errors)
        click.echo(f"  line {fate.entry.line.number}: {why}", err=True)
    if counts["wrong"] > _MOST_FAULTS:
        click.echo("  ... and more: --failed FILE writes them all", err=True)


def _shown(steps: Iterator[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """The same steps, with a bar where somebody looks at a terminal."""
    from rich.progress import Progress

    with Progress(transient=True, disable=not sys.stderr.isatty()) as progress:
        task = progress.add_task("Importing")
        for done, total in steps:
            progress.update(task, completed=done, total=total)
            yield done, total


def _many(number: int, what: str) -> str:
    return f"{number:,} {what}" + ("" if number == 1 else "s")
