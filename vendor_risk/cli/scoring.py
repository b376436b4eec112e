"""The risk model on snapshots: the score with its lines, and the back-test."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vendor_risk.cli.common import COULD_NOT, FOUND, objects, settings_or_stop, stop

if TYPE_CHECKING:
    from vendor_risk.scoring.model import Model
    from vendor_risk.scoring.score import Score
    from vendor_risk.scoring.snapshot import Snapshot


@click.command()
@click.argument("file", type=click.File("r", encoding="utf-8"), required=False)
@click.option("--explain", is_flag=True, help="Tell it in words and tables instead of JSON.")
@click.option("--advice", is_flag=True, help="Add what raises the score most to the JSON.")
@click.option(
    "--model",
    "called",
    metavar="FILE|VERSION",
    help="Another model: a file, or a version that is shipped or lies in the folder of models.",
)
@click.option("--backtest", is_flag=True, help="Score four known breaches with hindsight.")
def score(file: Any, *, explain: bool, advice: bool, called: str | None, backtest: bool) -> None:
    """Score snapshots (one JSON object, or JSON Lines; - for standard input).

    A score.json of the product is scored by its own model, and compared with what it says.
    """
    from vendor_risk.scoring.model import load

    model = _given(called) if called is not None else None
    if backtest:
        _print_backtest(model or load())
        return
    if file is None:
        stop("no snapshot was given", "Name a file, or - for standard input.")
    sys.exit(_score_all(file, model, explain=explain, advice=advice))


def _given(called: str) -> "Model":
    """The model in a file, or else of a version; an end that says which there are."""
    from vendor_risk.scoring.model import ModelRefused, read

    path = Path(called)
    try:
        return read(path.read_bytes()) if path.is_file() else _of_version(called)
    except ModelRefused as refusal:
        stop(f"{path} is refused: {refusal}", "models/1.0.0.yaml shows a whole one.")
    except OSError as error:
        stop(f"{path} cannot be read: {error.strerror}")
    except LookupError as error:
        stop(str(error), "Name one of these, or the path of a model file.")


def _of_version(version: str) -> "Model":
    """The model of that version: one that we ship, else one of the folder of own models.

    LookupError names the versions that there are, and why the other files are none.
    """
    from vendor_risk.scoring.model import ModelRefused, load, read, shipped
    from vendor_risk.store.model_files import dropped

    if version in shipped():
        return load(version)
    folder = settings_or_stop().own_models_dir
    known, refused = list(shipped()), []
    for file in dropped(folder):
        try:
            model = None if file.refused else read(file.content)
        except ModelRefused as refusal:
            refused.append(f"{file.name}: {refusal}")
            continue
        if model is None:
            refused.append(f"{file.name}: {file.refused}")
        elif model.version == version:
            return model
        else:
            known.append(model.version)
    told = f"there is no risk model {version}; known are {', '.join(dict.fromkeys(known))}"
    told += f" (files in {folder})"
    raise LookupError("\n  refused is ".join([told, *refused]))


def _score_all(file: Any, given: "Model | None", *, explain: bool, advice: bool) -> int:
    """An answer for each snapshot; the exit code."""
    from vendor_risk.scoring.model import load
    from vendor_risk.scoring.score import score as compute
    from vendor_risk.scoring.snapshot import SnapshotRefused, parse

    code = 0
    for number, written in objects(file):
        try:
            text, kept = _unwrapped(written)
            model = given or (_of_version(kept["model"]) if kept else load())
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
            more = _advice(snapshot, told, model) if advice else {}
            click.echo(json.dumps(told.to_json() | more, ensure_ascii=False))
    return code


def _advice(snapshot: "Snapshot", told: "Score", model: "Model") -> dict[str, Any]:
    """What raises the score most with the total then, and the proofs that would tell most."""
    from vendor_risk.scoring.advice import cheapest_proofs, fastest_way_up

    ups = fastest_way_up(snapshot, model)
    proofs = cheapest_proofs(snapshot, model)
    return {
        "fastest_way_up": [
            {
                "close": list(one.findings),
                "lift": list(one.demands),
                "lifts": list(one.lifts),
                "gains": one.gains,
                "then": told.final + one.gains,
            }
            for one in ups
        ],
        "cheapest_proofs": [
            {"control": one.control, "source": str(one.source), "narrows": one.narrows}
            for one in proofs
        ],
    }


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

    from vendor_risk.reports.score_words import lift_of
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
        deeds = [f"lifting {', '.join(repair.demands)}"] if repair.demands else []
        deeds += [f"closing {', '.join(repair.findings)}"] if repair.findings else []
        then = told.final + repair.gains
        letter = f" {model.grade(then // 100)}" if told.grade else ""
        ways = "".join(f" {id}: {lift_of(id)}" for id in repair.demands)
        words = " and ".join(deeds)
        console.print(
            f"{words[0].upper()}{words[1:]} adds {_hundredths(repair.gains)}, to"
            f" {_hundredths(then)}{letter}.{ways}"
        )


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
