"""Questionnaires from a shell: whether files keep the rules, and what they ask."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vendor_risk.cli.common import COULD_NOT, FOUND, opened, settings_or_stop, stop, upgrade

if TYPE_CHECKING:
    from vendor_risk.questionnaires.template import Template
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
    """List the questionnaires that ship."""
    from rich.console import Console
    from rich.table import Table

    from vendor_risk.workflow.questionnaires import shipped

    told = [_told(_read(path.stem)) for path in shipped()]
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
    """Print what the questionnaire ID asks."""
    told = _told(_read(id))
    if as_json:
        click.echo(json.dumps(told, ensure_ascii=False))
        return
    click.echo(
        f"{told['title']}\n{told['id']}@{told['version']}, {told['licence']},"
        f" {told['questions']} questions, about {told['minutes']} minutes\n"
        f"SHA-256 {told['sha256']}\nControls: {', '.join(told['controls'])}"
    )
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
@click.option("--dry-run", is_flag=True, help="Only say what would come of the file.")
def import_(
    file: Path,
    *,
    sheet: str,
    header_row: int | None,
    title: str,
    id_of_questionnaire: str,
    only: tuple[str, ...],
    about: tuple[str, ...],
    dry_run: bool,
    **columns: str,
) -> None:
    """Make a questionnaire of your own out of FILE, an .xlsx or a CSV.

    A COLUMN is the text of its header, or its letter; without any, the headers are guessed. What
    you bring is asked of your vendors, and never handed out.
    """
    import datetime as dt

    from vendor_risk.questionnaires import grid
    from vendor_risk.workflow import grids, packs
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
                grids.remember(session, sheets[layout.sheet], layout, now=moment, actor="command")
                parts = packs.parts_of(grid.items(rows, layout.header_row, layout.columns))
                chosen = [part for part in parts if not only or part.name in only]
                template = packs.make(
                    session,
                    chosen,
                    id=id_of_questionnaire or packs.suggested_id(file.name),
                    title=title or file.stem,
                    controls=_pairs(about, {part.name for part in parts}),
                    now=moment,
                    actor="command",
                )
            except VendorRefused as refusal:
                stop(f"{file}: {refusal}")
            scored = sum(question.counts for _section, question in template.asked())
            for part in chosen:
                click.echo(f"  {len(part.items):3}  {part.name or 'Questions'}")
            click.echo(
                f"{template.address}: {len(list(template.asked()))} questions, {scored} of them"
                f" about a control"
            )
            if dry_run:
                session.rollback()
    click.echo("Nothing was written." if dry_run else "It can be sent now.")


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


def _told(template: "Template") -> dict[str, Any]:
    """A questionnaire for people and programs, in English."""
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
        "sections": sections,
    }
