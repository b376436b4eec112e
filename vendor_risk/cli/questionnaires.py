"""Questionnaires from a shell: whether files keep the rules, and what they ask."""

import contextlib
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vendor_risk.cli.common import COULD_NOT, FOUND, opened, settings_or_stop, stop, upgrade

if TYPE_CHECKING:
    from datetime import datetime

    from sqlmodel import Session

    from vendor_risk.questionnaires.template import Template
    from vendor_risk.store.models.responses import PublishedQuestionnaire
    from vendor_risk.workflow.pack_versions import Renewal
    from vendor_risk.workflow.workbook import Sheet

_AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print it for programs.")


@click.group()
def questionnaires() -> None:
    """The questionnaires that vendors answer."""


@questionnaires.command()
@click.argument("files", nargs=-1, type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--language", "wanted", multiple=True, help="List texts without this language, too; repeat it."
)
@_AS_JSON
def lint(files: Sequence[Path], wanted: tuple[str, ...], as_json: bool) -> None:
    """Check FILES (all that ship, without any) and list missing translations."""
    from vendor_risk.workflow.questionnaires import shipped

    rows = [_linted(path, wanted) for path in files or shipped()]
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False))
    else:
        for row in rows:
            _tell(row)
    if any(row["faults"] for row in rows):
        sys.exit(COULD_NOT)
    sys.exit(FOUND if any(row["untranslated"] for row in rows) else 0)


@questionnaires.command("list")
@_AS_JSON
def list_(as_json: bool) -> None:
    """List the questionnaires that ship, and your own: the newest version of each."""
    from rich.console import Console
    from rich.table import Table

    from vendor_risk.workflow.questionnaires import shipped
    from vendor_risk.workflow.responses import published

    told = [_told(_read(path.stem)) for path in shipped()]
    with _own() as session:
        if session is not None:
            told += [
                _told(published.kept(row), published.versions_of(session, row.questionnaire_id))
                for row in published.imported(session)
            ]
    if as_json:
        click.echo(json.dumps([{k: v for k, v in row.items() if k != "sections"} for row in told]))
        return
    table = Table(box=None, header_style="bold", pad_edge=False)
    for head in ("Id", "Version", "Title", "Questions", "Controls", "Minutes"):
        table.add_column(head, overflow="fold")
    for row in told:
        sizes = (row["questions"], len(row["controls"]), row["minutes"])
        table.add_row(row["id"], row["version"], row["title"], *map(str, sizes))
    Console(soft_wrap=not sys.stdout.isatty()).print(table)


@questionnaires.command()
@click.argument("id")
@_AS_JSON
def show(id: str, as_json: bool) -> None:
    """Print what the questionnaire ID asks; of your own, ID@VERSION is an older one."""
    told = _found(id)
    if as_json:
        click.echo(json.dumps(told, ensure_ascii=False))
        return
    click.echo(
        f"{told['title']}\n{told['id']}@{told['version']}, {told['licence']},"
        f" {told['questions']} questions, about {told['minutes']} minutes\n"
        f"SHA-256 {told['sha256']}\nControls: {', '.join(told['controls']) or 'none'}"
    )
    for one in told["versions"]:
        retired = ", offered no more" if one["retired"] else ""
        click.echo(f"Version {one['version']}, brought on {one['published_on']}{retired}")
    for section in told["sections"]:
        click.echo(f"\n{section['title']}")
        for question in section["questions"]:
            click.echo(f"  {question['id']}  {question['text']}")


@questionnaires.command()
def schema() -> None:
    """Print the JSON Schema of the format, as questionnaires/schema.json holds it."""
    from vendor_risk.questionnaires.form import json_schema

    click.echo(json.dumps(json_schema(), indent=2, ensure_ascii=False))


@questionnaires.command("import")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--sheet", default="", help="The sheet, by its name; else the one with most.")
@click.option("--header-row", type=click.IntRange(1), help="The row with the headers, from 1.")
@click.option("--id", "id_", default="", metavar="COLUMN", help="Numbers of the questions.")
@click.option("--text", default="", metavar="COLUMN", help="The questions.")
@click.option("--section", default="", metavar="COLUMN", help="What they stand under.")
@click.option("--control", default="", metavar="COLUMN", help="Ids of our controls.")
@click.option("--title", default="", help="What vendors read above it; else the file's name.")
@click.option("--id-of-questionnaire", default="", help="What it is called here, such as caiq.")
@click.option("--only", multiple=True, metavar="SECTION", help="This section alone; repeat it.")
@click.option(
    "--about",
    multiple=True,
    metavar="SECTION=CONTROL",
    help="Which of our controls a section is about; repeat it.",
)
@click.option(
    "--version", default="", help="Of a sheet under an id that you have: the new version's number."
)
@click.option(
    "--as-proposed",
    is_flag=True,
    help="Rows that are only like a question of the version before are that question.",
)
@click.option("--dry-run", is_flag=True, help="Only say what would come of the file.")
def import_(
    file: Path,
    *,
    version: str,
    as_proposed: bool,
    sheet: str,
    header_row: int | None,
    title: str,
    id_of_questionnaire: str,
    only: tuple[str, ...],
    about: tuple[str, ...],
    dry_run: bool,
    **columns: str,
) -> None:
    """Make a questionnaire of your own out of FILE, an .xlsx, a CSV or a YAML.

    A COLUMN is the text of its header, or its letter; without any, the headers are guessed. Under
    an id that you have it is a new version: what differs is printed. What you bring is asked of
    your vendors, and never handed out.
    """
    import datetime as dt

    from vendor_risk.workflow import grids
    from vendor_risk.workflow.vendors import VendorRefused

    try:
        with file.open("rb") as open_file:
            raw = open_file.read(grids.MOST_BYTES + 1)
    except OSError as error:
        stop(f"{file} cannot be read: {error.strerror}")
    moment = dt.datetime.now(dt.UTC)
    with opened(settings_or_stop()) as database:
        upgrade(database)
        with database.transaction() as session:
            try:
                if file.suffix.lower() in (".yaml", ".yml"):
                    template = _of_file(session, raw, now=moment)
                else:
                    template = _of_sheet(
                        session,
                        raw,
                        file,
                        sheet=sheet,
                        header_row=header_row,
                        title=title,
                        id=id_of_questionnaire,
                        only=only,
                        about=about,
                        version=version,
                        as_proposed=as_proposed,
                        columns=columns,
                        now=moment,
                    )
            except VendorRefused as refusal:
                stop(f"{file}: {refusal}")
            scored = sum(question.counts for _section, question in template.asked())
            click.echo(
                f"{template.address}: {len(list(template.asked()))} questions, {scored} of them"
                f" about a control"
            )
            if dry_run:
                session.rollback()
    click.echo("Nothing was written." if dry_run else "It can be sent now.")


def _of_file(session: "Session", raw: bytes, *, now: "datetime") -> "Template":
    """The questionnaire of a YAML file, published."""
    from vendor_risk.workflow import pack_versions

    template, told = pack_versions.file_renewal(session, raw)
    if told is not None:
        _tell_differences(told)
    pack_versions.publish_file(session, template, raw, now=now, actor="command")
    return template


def _of_sheet(
    session: "Session",
    raw: bytes,
    file: Path,
    *,
    sheet: str,
    header_row: int | None,
    title: str,
    id: str,
    only: tuple[str, ...],
    about: tuple[str, ...],
    version: str,
    as_proposed: bool,
    columns: dict[str, str],
    now: "datetime",
) -> "Template":
    """The questionnaire of the rows of a sheet, published: a first one, or a new version."""
    from vendor_risk.questionnaires import grid
    from vendor_risk.workflow import grids, pack_versions, packs

    sheets = grids.read(raw)
    named = {field.rstrip("_"): name for field, name in columns.items() if name}
    number, header = grids.propose(session, sheets).place
    if sheet:
        number = _sheet(sheets, sheet)
        header = grids.header_of(session, sheets[number]) or 0
    header = header_row - 1 if header_row else header
    rows = sheets[number].rows
    found = grids.columns_for(session, sheets[number], header)
    found |= _places(rows, header, named)
    layout = grids.checked(sheets, grids.Layout(number, header, found), answers=False)
    grids.remember(session, sheets[layout.sheet], layout, now=now, actor="command")
    parts = packs.parts_of(grid.items(rows, layout.header_row, layout.columns))
    chosen = [part for part in parts if not only or part.name in only]
    controls = _pairs(about, {part.name for part in parts})
    id = id or packs.suggested_id(file.name)
    if pack_versions.newest(session, id) is None:
        template = packs.make(
            session, chosen, id=id, title=title or file.stem, controls=controls, now=now,
            actor="command",
        )  # fmt: skip
    else:
        told = pack_versions.renewal(
            session, chosen, id=id, title=title, controls=controls, version=version
        )
        _tell_differences(told)
        if told.unsure and not as_proposed:
            stop(
                f"{file}: {len(told.unsure)} of these are only proposed",
                "Add --as-proposed if they are those questions; else bring the file on the page"
                " “Your own questionnaires”, where each can be said.",
            )
        template = pack_versions.publish(session, told, now=now, actor="command")
    for part in chosen:
        click.echo(f"  {len(part.items):3}  {part.name or 'Questions'}")
    return template


def _tell_differences(told: "Renewal") -> None:
    """What becomes of each question that is not as it was."""
    from vendor_risk.questionnaires import versions

    click.echo(f"A new version of {told.old.address}:")
    for kind, word in (
        (versions.ADDED, "added"), (versions.REMOVED, "removed"), (versions.CHANGED, "changed"),
        (versions.SAME, "unchanged"),
    ):  # fmt: skip
        of_kind = told.of(kind)
        click.echo(f"  {len(of_kind):3}  {word}")
        if kind == versions.SAME:
            continue
        for one in of_kind:
            known = ", ".join(one.what)
            stays = ", old answers stay" if one.kind == versions.CHANGED and one.carries else ""
            click.echo(f"       {one.question.id}" + (f" ({known}{stays})" if known else ""))
            for sign, question in (("-", one.before), ("+", one.after)):
                if question is not None:
                    click.echo(f"         {sign} {question.text['en']}")
    for match in told.unsure:
        if match.before is not None:
            click.echo(
                f"  proposed: row {match.item.row + 1}, “{match.item.text}”, is {match.before.id},"
                f" “{match.before.text['en']}”"
            )


def _sheet(sheets: "Sequence[Sheet]", name: str) -> int:
    """The number of the sheet that was named."""
    names = [sheet.name for sheet in sheets]
    if name not in names:
        stop(f"there is no sheet “{name}”; there are: {', '.join(names[:30])}")
    return names.index(name)


def _places(rows: "Sequence[Sequence[str]]", header: int, named: dict[str, str]) -> dict[str, int]:
    """The columns that were named, by their headers or their letters."""
    from openpyxl.utils import column_index_from_string

    heads = list(rows[header]) if header < len(rows) else []
    found = {}
    for field, name in named.items():
        if name in heads:
            found[field] = heads.index(name)
        elif name.isascii() and name.isalpha() and len(name) <= 2:
            found[field] = column_index_from_string(name.upper()) - 1
        else:
            stop(f"there is no column “{name}”; there are: {', '.join(filter(None, heads))}")
    return found


def _pairs(about: Sequence[str], names: "set[str]") -> dict[str, str]:
    """SECTION=CONTROL as a mapping."""
    told = {}
    for one in about:
        name, _, control = one.rpartition("=")
        if name not in names:
            stop(f"there is no section “{name}”; there are: {', '.join(sorted(names))}")
        told[name] = control
    return told


def _linted(path: Path, wanted: tuple[str, ...]) -> dict[str, Any]:
    """What is wrong with a file, and which texts of it nobody translated."""
    from vendor_risk.questionnaires.source import TemplateRefused
    from vendor_risk.questionnaires.translations import untranslated
    from vendor_risk.workflow.questionnaires import read

    row: dict[str, Any] = {"file": str(path), "faults": [], "untranslated": {}}
    try:
        template = read(path)
    except OSError as error:
        stop(f"{path} cannot be read: {error.strerror}")
    except TemplateRefused as refusal:
        row["faults"] = [
            {"line": each.line, "path": each.path, "message": each.message}
            for each in refusal.faults
        ]
        return row
    return row | {
        "id": template.form.id,
        "version": template.form.version,
        "sha256": template.sha256,
        "untranslated": untranslated(template.form, wanted),
    }


def _tell(row: dict[str, Any]) -> None:
    for fault in row["faults"]:
        place = f"{row['file']}:{fault['line']}: {fault['path']}"
        click.echo(f"{place}: {fault['message']}", err=True)
    if not row["faults"]:
        click.echo(f"{row['file']}: {row['id']}@{row['version']} keeps every rule")
    for language, places in row["untranslated"].items():
        for place in places:
            click.echo(f"{row['file']}: {place}: no text in {language}; English is shown")


def _read(id: str) -> "Template":
    from vendor_risk.questionnaires.source import TemplateRefused
    from vendor_risk.workflow.questionnaires import called

    try:
        return called(id)
    except LookupError as error:
        stop(str(error))
    except TemplateRefused as refusal:
        stop(f"{id} is refused\n  " + "\n  ".join(each.said(id) for each in refusal.faults))


def _found(id: str) -> dict[str, Any]:
    """One that ships or was brought, told; else an end that says which there are."""
    from vendor_risk.workflow.responses import published

    own, _, version = id.partition("@")
    with _own() as session:
        rows = published.versions_of(session, own) if session else ()
        row = next((row for row in rows if version in ("", row.version)), None)
        if row is not None:
            return _told(published.kept(row), rows)
        if rows:
            stop(f"there is no {id}; there are: {', '.join(row.version for row in rows)}")
    return _told(_read(id))


@contextlib.contextmanager
def _own() -> "Iterator[Session | None]":
    """A session that reads what people brought; None before there is a database with it."""
    from vendor_risk.store import migrate

    settings = settings_or_stop()
    if not settings.database_url and not (settings.data_dir / "vendor-risk.db").exists():
        yield None
        return
    with opened(settings) as database:
        if migrate.pending(database):
            click.echo("Your own are not listed: the database has to be upgraded first.", err=True)
            yield None
            return
        with database.reading() as session:
            yield session


def _told(template: "Template", rows: "Sequence[PublishedQuestionnaire]" = ()) -> dict[str, Any]:
    """A questionnaire for people and programs, in English; `rows` are its versions."""
    from vendor_risk.questionnaires.translations import FALLBACK, said

    form = template.form
    sections = [
        {
            "id": section.id,
            "title": said(section.title, FALLBACK),
            "questions": [
                {"id": each.id, "control": each.control, "text": said(each.text, FALLBACK)}
                for each in section.questions
            ],
        }
        for section in form.sections
    ]
    return {
        "id": form.id,
        "version": form.version,
        "sha256": template.sha256,
        "title": said(form.title, FALLBACK),
        "licence": form.licence,
        "minutes": form.estimate_minutes,
        "questions": sum(1 for _ in template.asked()),
        "controls": sorted(template.controls),
        "versions": [
            {
                "version": row.version,
                "sha256": row.sha256,
                "published_on": row.published_at.date().isoformat(),
                "retired": row.retired_at is not None,
            }
            for row in rows
        ],
        "sections": sections,
    }
