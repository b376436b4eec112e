"""Look at many domains from a shell: a line for each as it comes, and how far it is."""

import contextlib
import gzip
import json
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, BinaryIO

import click

from vendor_risk.cli.common import COULD_NOT, FOUND, settings_or_stop, stop, writable_or_stop

if TYPE_CHECKING:
    from vendor_risk.checks.observations import Observations
    from vendor_risk.observe.target import Target

_HOSTS_A_PROCESS = 8  # below this another process costs more than it saves: half a second to start


@dataclass(frozen=True, slots=True)
class Scanned:
    """What one look gave: the object that `assess --json` prints, and what was seen where kept."""

    told: dict[str, Any]
    found_something: bool
    reached: bool
    seen: bytes = b""
    missing: str = ""


def scanned(seen: "Observations", *, keep: bool, lists: Path) -> Scanned:
    """Judge one look, compared with the lists in a folder; made for the process that took it."""
    from vendor_risk.checks.observations import OBSERVATIONS, Unreachable
    from vendor_risk.feeds.compare import compared
    from vendor_risk.workflow.assess import evaluate, no_such_name

    seen = compared(seen, lists)
    result = evaluate(seen)
    return Scanned(
        result.to_json(),
        result.found_something,
        not isinstance(seen.http, Unreachable) or not isinstance(seen.tls, Unreachable),
        OBSERVATIONS.dump_json(seen) if keep else b"",
        no_such_name(seen),
    )


@click.command()
@click.argument("domains", nargs=-1)
@click.option(
    "--from",
    "file",
    type=click.File("r", encoding="utf-8"),
    help="A file with a domain a line; - for standard input.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON Lines, one object a domain.")
@click.option(
    "--save-observations",
    type=click.Path(path_type=Path),
    help="Keep what was seen as JSON Lines (FILE.gz: packed), for `evaluate`.",
)
@click.option("--processes", type=click.IntRange(1, 64), help="All cores where nothing is said.")
def scan(
    domains: tuple[str, ...],
    file: IO[str] | None,
    *,
    as_json: bool,
    save_observations: Path | None,
    processes: int | None,
) -> None:
    """Scan many DOMAINS side by side and print a line for each as it comes; needs no set-up."""
    from vendor_risk.config import network
    from vendor_risk.observe.batch import look_at_all
    from vendor_risk.observe.network import LookBroken, ResolverDown

    settings = settings_or_stop()
    targets, wrong = _targets([*domains, *(_lines(file) if file else ())])
    if not targets and not wrong:
        stop("no domain was given", "Name some, or a file of them with --from FILE.")
    if save_observations is not None:
        writable_or_stop(save_observations)
    for domain, words in wrong:
        _say_error(domain, words, as_json=as_json)
    found, missed = False, len(wrong)
    crew = processes or min(os.cpu_count() or 1, 1 + len(targets) // _HOSTS_A_PROCESS)
    work = partial(scanned, keep=save_observations is not None, lists=settings.feeds_dir)
    with contextlib.ExitStack() as stack:
        kept = stack.enter_context(_kept(save_observations)) if save_observations else None
        tell = stack.enter_context(_progress(len(targets)))
        left = {target.host: target for target in targets}
        try:
            for target, result in look_at_all(
                targets, network(settings), work=work, processes=crew
            ):
                if isinstance(result, Exception):  # stays among those that are left
                    missed += 1
                    tell(reached=False)
                    _say_error(target.host, str(result), as_json=as_json)
                    continue
                left.pop(target.host, None)
                tell(reached=result.reached)
                if result.missing:
                    missed += 1
                    _say_error(target.host, result.missing, as_json=as_json)
                else:
                    found = found or result.found_something
                    told = result.told
                    click.echo(json.dumps(told, ensure_ascii=False) if as_json else _line(told))
                if kept is not None:
                    kept.write(result.seen)
        except (LookBroken, ResolverDown) as error:
            stop(str(error), kept.onward(tuple(left)) if kept is not None else "")
        except KeyboardInterrupt:
            stop("the scan was broken off", kept.onward(tuple(left)) if kept is not None else "")
        except OSError as error:
            stop(f"{save_observations} cannot be written: {error.strerror}")
    sys.exit(COULD_NOT if missed else FOUND if found else 0)


def _lines(file: IO[str]) -> Iterator[str]:
    """The domains of a file: one a line, comments behind # left out."""
    for line in file:
        name = line.partition("#")[0].strip()
        if name:
            yield name


def _targets(domains: list[str]) -> tuple[list["Target"], list[tuple[str, str]]]:
    """The hosts to look at, each once, and what is no host with the reason."""
    from vendor_risk.observe.target import TargetRefused, parse

    targets: dict[str, Target] = {}
    wrong: list[tuple[str, str]] = []
    for domain in domains:
        try:
            target = parse(domain)
        except TargetRefused as refusal:
            wrong.append((domain[:253], refusal.message))
            continue
        targets.setdefault(target.host, target)
    return list(targets.values()), wrong


def _say_error(domain: str, words: str, *, as_json: bool) -> None:
    from vendor_risk.checks.exhibit import shown

    domain, words = shown(domain), shown(words, 600)
    if as_json:
        click.echo(json.dumps({"domain": domain, "error": words}, ensure_ascii=False))
    else:
        click.echo(f"{domain}: {words}", err=True)


def _line(told: dict[str, Any]) -> str:
    """One domain for a person: its posture and how many checks failed how badly."""
    external = told["external"]
    score, grade = external["score"], external["grade"]
    posture = f"{score:3} {grade}" if score is not None else "not rated"
    counts: dict[str, int] = {}
    for outcome in told["outcomes"]:
        if outcome["outcome"] == "failed":
            counts[outcome["severity"]] = counts.get(outcome["severity"], 0) + 1
    order = ("critical", "high", "medium", "low")
    faults = ", ".join(f"{counts[each]} {each}" for each in order if each in counts)
    if score is None:
        return f"{told['domain']:<40} {posture:<9} {faults or 'could not be seen'}"
    unknown = sum(outcome["outcome"] == "unknown" for outcome in told["outcomes"])
    seen = f"; {unknown} checks could not be seen" if unknown else ""
    return f"{told['domain']:<40} {posture:<9} {faults or 'nothing failed'}{seen}"


class _Kept:
    """The observations of a scan on their way to a file."""

    def __init__(self, path: Path, file: BinaryIO | gzip.GzipFile) -> None:
        self._path, self._file = path, file
        self.count = 0

    def write(self, seen: bytes) -> None:
        """One more line."""
        self._file.write(seen + b"\n")
        self.count += 1

    def onward(self, left: tuple[str, ...]) -> str:
        """Where a scan that breaks off leaves what it saw, and how to go on; empty without any."""
        if not self.count:
            return ""
        said = f"What was seen of {self.count} hosts until then is kept in {_part(self._path)}."
        if not left:
            return said
        rest = self._path.with_name(f"{self._path.name}.rest")
        try:
            rest.write_text("".join(f"{host}\n" for host in left), encoding="utf-8")
        except OSError:
            return said
        return f"{said} The other {len(left)} are in {rest}: go on with scan --from {rest}."


def _part(path: Path) -> Path:
    return path.with_name(f"{path.name}.part")


@contextlib.contextmanager
def _kept(path: Path) -> Iterator[_Kept]:
    """The file of observations, whole at its place only when the scan went to its end.

    Until then, and where it breaks off, what was seen is in FILE.part.
    """
    part, kept = _part(path), None
    if part.exists() and part.stat().st_size:
        stop(
            f"{part} holds what an earlier scan saw before it broke off",
            "Rename it to keep it, or remove it; then scan again.",
        )
    try:
        with part.open("wb") as file:
            if path.suffix == ".gz":
                with gzip.GzipFile(fileobj=file, mode="wb") as packed:
                    kept = _Kept(path, packed)
                    yield kept
            else:
                kept = _Kept(path, file)
                yield kept
        part.replace(path)
    finally:
        if kept is None or not kept.count:
            part.unlink(missing_ok=True)


@contextlib.contextmanager
def _progress(total: int) -> Iterator[Callable[..., None]]:
    """A bar on standard error: done, not reached, rate, time left; nothing where nobody looks."""
    if not sys.stderr.isatty():
        yield lambda *, reached: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
    from rich.progress import TimeRemainingColumn as TimeLeft

    columns = (
        TextColumn("Scanning"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeLeft(),
        TextColumn("{task.fields[missed]}"),
    )
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task("", total=total, rate="", missed="")
        missed = 0

        def tell(*, reached: bool) -> None:
            nonlocal missed
            missed += not reached
            speed = bar.tasks[0].finished_speed or bar.tasks[0].speed
            bar.update(
                task,
                advance=1,
                rate=f"{speed:.0f}/s" if speed else "",
                missed=f"{missed} not reached" if missed else "",
            )

        yield tell
