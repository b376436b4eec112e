"""Questionnaires from a shell: whether files keep the rules, and what they ask."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vendor_risk.cli.common import COULD_NOT, FOUND, stop

if TYPE_CHECKING:
    from vendor_risk.questionnaires.template import Template

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
