"""The risk model on snapshots: the score with its lines, and the back-test."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vendor_risk.cli.common import COULD_NOT, FOUND, objects, stop

if TYPE_CHECKING:
    from vendor_risk.scoring.model import Model
    from vendor_risk.scoring.score import Score
    from vendor_risk.scoring.snapshot import Snapshot


@click.command()
@click.argument("file", type=click.File("r", encoding="utf-8"), required=False)
@click.option("--explain", is_flag=True, help="Tell it in words and tables instead of JSON.")
@click.option(
    "--model",
    "model_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Another model file, to try it.",
)
@click.option("--backtest", is_flag=True, help="Score four known breaches with hindsight.")
def score(file: Any, *, explain: bool, model_file: Path | None, backtest: bool) -> None:
    """Score snapshots (one JSON object, or JSON Lines; - for standard input).

    A score.json of the product is scored by its own model, and compared with what it says.
    """
    from vendor_risk.scoring.model import ModelRefused, load, read

    try:
        model = read(model_file.read_bytes()) if model_file else None
    except ModelRefused as refusal:
        stop(f"{model_file} is refused: {refusal}", "models/1.0.0.yaml shows a whole one.")
    except OSError as error:
        stop(f"{model_file} cannot be read: {error.strerror}")
    if backtest:
        _print_backtest(model or load())
        return
    if file is None:
        stop("no snapshot was given", "Name a file, or - for standard input.")
    sys.exit(_score_all(file, model, explain=explain))


def _score_all(file: Any, given: "Model | None", *, explain: bool) -> int:
    """An answer for each snapshot; the exit code."""
    from vendor_risk.scoring.model import CURRENT, load
    from vendor_risk.scoring.score import score as compute
    from vendor_risk.scoring.snapshot import SnapshotRefused, parse

    code = 0
    for number, written in objects(file):
        try:
            text, kept = _unwrapped(written)
            model = given or load(kept["model"] if kept else CURRENT)
            snapshot = parse(text)
            told = compute(snapshot, model)
        except LookupError as error:
            stop(str(error), "Give its file with --model.")
        except SnapshotRefused as refusal:
            # An answer stands on its line all the same, so that the lines stay in step.
            click.echo(json.dumps({"line": number, "error": str(refusal)}, ensure_ascii=False))
            click.echo(f"vendor-risk: snapshot, line {number}: {refusal}", err=True)
            code = COULD_NOT
            continue
        if kept and given is None and kept != told.to_json():
            click.echo(f"vendor-risk: line {number}: the file says another result", err=True)
            code = COULD_NOT
        if told.assurance.knockouts:
            code = max(code, FOUND)
        if explain:
            _print_score(snapshot, told, model)
        else:
            click.echo(json.dumps(told.to_json(), ensure_ascii=False))
    return code


def _unwrapped(text: str) -> tuple[str, dict[str, Any] | None]:
    """The snapshot in a text, and the result that stands beside it in a file of the product."""
    try:
        told = json.loads(text)
    except ValueError:
        return text, None
    if not (isinstance(told, dict) and "snapshot" in told):
        return text, None
    result = told.get("result")
    known = isinstance(result, dict) and isinstance(result.get("model"), str)
    return json.dumps(told["snapshot"]), result if known else None


def _print_score(snapshot: "Snapshot", told: "Score", model: "Model") -> None:
    """The score in words: the three numbers, its lines, and what to do next."""
    from rich.console import Console
    from rich.table import Table

    from vendor_risk.scoring.advice import cheapest_proofs, fastest_way_up
    from vendor_risk.scoring.controls import NAMES
    from vendor_risk.scoring.knockouts import KNOCKOUTS

    console, sure = Console(), told.assurance
    risk = _hundredths(told.residual) if told.residual is not None else "not rated"
    low, high = (_hundredths(end) for end in told.residual_range)
    grade = f"{told.grade or 'not rated'}{', unverified' if told.unverified else ''}"
    console.print(
        f"Inherent risk {told.inherent.value} (tier {told.tier}), assurance"
        f" {_hundredths(sure.final)} {grade} ({_hundredths(sure.low)} to {_hundredths(sure.high)}),"
        f" residual risk {risk} {told.band} ({low} to {high}), coverage"
        f" {_hundredths(sure.coverage)} %. Model {told.model}."
    )
    table = Table(box=None)
    for column in ("Control", "What it asks for", "Held down by", "Known by"):
        table.add_column(column)
    table.add_column("Points", justify="right")
    table.add_column("of", justify="right")
    for line in sure.lines:
        table.add_row(
            line.control,
            NAMES.get(line.control, ""),
            f"{line.cap.id} ({line.cap.severity})" if line.cap else "",
            str(line.best.claim.source) if line.best else "",
            _hundredths(line.points),
            _hundredths(line.most),
        )
    if sure.knocked_by:
        words = KNOCKOUTS.get(sure.knocked_by, "")
        table.add_row(sure.knocked_by, words, "", "", _hundredths(sure.knocked), "")
    table.add_row("", "Assurance", "", "", _hundredths(sure.final), "")
    console.print(table)
    for proof in cheapest_proofs(snapshot, model):
        console.print(
            f"A {proof.source} proof of {proof.control} narrows the range by"
            f" {_hundredths(proof.narrows)}."
        )
    for repair in fastest_way_up(snapshot, model):
        console.print(f"Closing {', '.join(repair.findings)} adds {_hundredths(repair.gains)}.")


def _print_backtest(model: "Model") -> None:
    """The table of known breaches, with its warning before and behind."""
    from rich.console import Console
    from rich.table import Table

    from vendor_risk.questionnaires.source import TemplateRefused
    from vendor_risk.scoring.backtest import WARNING, run
    from vendor_risk.workflow.questionnaires import CONTRACTOR_ACCESS, called

    try:
        contractor_access = called(CONTRACTOR_ACCESS, model)
    except (LookupError, TemplateRefused) as refusal:
        stop(f"the questionnaire of the back-test cannot be read with this model: {refusal}")
    console = Console()
    console.print(WARNING)
    table = Table(box=None)
    for column in ("Case, as known before the breach", "I", "Tier", "Assurance", "Residual"):
        table.add_column(column)
    table.add_column("What it says")
    for case in run(contractor_access, model):
        told = case.score
        sure = told.assurance
        grade = f"{told.grade or 'not rated'}{' unverified' if told.unverified else ''}"
        risk = told.residual if told.residual is not None else told.residual_range[1]
        table.add_row(
            case.title,
            str(told.inherent.value),
            f"T{told.tier}",
            f"{_hundredths(sure.final)} {grade} [{_hundredths(sure.low)},"
            f" {_hundredths(sure.high)}]",
            f"{_hundredths(risk)} {told.band}",
            case.lesson,
        )
    console.print(table)


def _hundredths(value: int) -> str:
    """A number of 1/100 as people read it; what is whole without its zeros."""
    sign, value = ("\N{MINUS SIGN}", -value) if value < 0 else ("", value)
    whole, rest = divmod(value, 100)
    return f"{sign}{whole}.{rest:02}" if rest else f"{sign}{whole}"
