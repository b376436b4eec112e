"""Look again at vendors of the inventory: one, those that are due, or all."""

import datetime as dt
import json
import sys
import time
import uuid
from typing import TYPE_CHECKING, Any

import click

from vendor_risk.cli.common import CALLED, COULD_NOT, FOUND, opened, settings_or_stop, stop, upgrade

if TYPE_CHECKING:
    from vendor_risk.store.engine import Database

_LOOK_SECONDS = 1.0


@click.command()
@click.argument("vendor", required=False)
@click.option("--due", is_flag=True, help="All vendors whose next look is due.")
@click.option("--all", "every", is_flag=True, help="All vendors that have a domain.")
@click.option("--wait", is_flag=True, help="Show how far it is, until it is over.")
@click.option("--stop", "halt", is_flag=True, help="Stop the run that goes on.")
@click.option("--resume", is_flag=True, help="Go on with the run that was stopped last.")
@click.option("--json", "as_json", is_flag=True, help="Print how far it is, for programs.")
def rescan(vendor: str | None, *, as_json: bool, wait: bool, **chosen: bool) -> None:
    """Order new looks at vendors; workers make them. Without any option: how far the run is.

    VENDOR is an id, supplier number, domain or name. Exit code 1: something was not reached.
    """
    if sum((bool(vendor), *chosen.values())) > 1:
        stop("only one of VENDOR, --due, --all, --stop and --resume goes at a time")
    settings = settings_or_stop()
    with opened(settings) as database:
        upgrade(database)
        if vendor:
            _one(database, vendor, wait=wait, as_json=as_json)
            return
        run_id = _run(database, chosen)
        if run_id is None:
            _idle(database, as_json=as_json)
            return
        _warn(database)
        if wait:
            _follow(database, run_id, quiet=as_json)
        told = _told(database, run_id)
    _say(told, as_json=as_json)
    sys.exit(FOUND if told["not_reached"] and told["state"] == "done" else 0)


def _run(database: "Database", chosen: dict[str, bool]) -> uuid.UUID | None:
    """The run that was begun, stopped, resumed, or that goes on; None where there is none."""
    from vendor_risk.store.models.scans import RunScope
    from vendor_risk.workflow import rescans
    from vendor_risk.workflow.vendors import VendorRefused

    now = dt.datetime.now(dt.UTC)
    try:
        with database.transaction() as session:
            if chosen["due"] or chosen["every"]:
                scope = RunScope.DUE if chosen["due"] else RunScope.ALL
                return rescans.start(session, scope, now=now, by=None).id
            run = rescans.active(session)
            if chosen["resume"]:
                run = next((one for one in rescans.newest(session) if one.state == "stopped"), None)
                if run is None:
                    stop("no run was stopped", f"Begin one: {CALLED} rescan --due")
                rescans.resume(session, run, now=now, by=None)
            elif chosen["halt"]:
                if run is None:
                    stop("no run goes on")
                rescans.stop(session, run, now=now, by=None)
            return run.id if run else None
    except VendorRefused as refusal:
        stop(str(refusal))


def _one(database: "Database", text: str, *, wait: bool, as_json: bool) -> None:
    from vendor_risk.cli.reports import one_vendor
    from vendor_risk.jobs.queue import Queue
    from vendor_risk.store.models.scans import Scan
    from vendor_risk.workflow import scans

    with database.transaction() as session:
        vendor = one_vendor(session, text)
        scan = scans.request_scan(
            session, vendor, now=dt.datetime.now(dt.UTC), by=None, enqueue=Queue(database)
        )
        if scan is None:
            stop(
                f"there is nothing to look at for {vendor.name}",
                "Is it a sample, archived, or without a domain?",
            )
        scan_id = scan.id
    _warn(database)
    while True:
        with database.reading() as session:
            found = session.get(Scan, scan_id)
            said = {
                "scan": str(scan_id),
                "state": found.state if found else "gone",
                "posture": (found.posture or {}).get("score") if found else None,
                "reason": found.reason if found else "",
            }
        if not wait or said["state"] not in ("queued", "running"):
            break
        time.sleep(_LOOK_SECONDS)
    posture = f", external posture {said['posture']}" if said["posture"] is not None else ""
    reason = f": {said['reason']}" if said["reason"] else ""
    click.echo(json.dumps(said) if as_json else f"The scan is {said['state']}{posture}{reason}.")
    sys.exit(COULD_NOT if said["state"] in ("failed", "gone") else 0)


def _idle(database: "Database", *, as_json: bool) -> None:
    from vendor_risk.workflow import rescans

    now = dt.datetime.now(dt.UTC)
    with database.reading() as session:
        due, held = rescans.due(session, now), rescans.paused(session)
    if as_json:
        click.echo(json.dumps({"state": "none", "due": due, "paused": held}))
        return
    held_words = "; the clock is held" if held else ""
    click.echo(f"No run goes on. {due} vendors are due{held_words}.")


def _follow(database: "Database", run_id: uuid.UUID, *, quiet: bool) -> None:
    """Draw how far the run is on standard error, until it is over; Ctrl-C leaves it going."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
    from rich.progress import TimeRemainingColumn as TimeLeft

    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeLeft(),
        TextColumn("{task.fields[missed]} not reached"),
        console=Console(stderr=True),
        disable=quiet or not sys.stderr.isatty(),
    )
    begun, first = time.monotonic(), _told(database, run_id)["over"]
    try:
        with bar:
            task = bar.add_task("Looking", total=None, rate="", missed=0)
            while True:
                told = _told(database, run_id)
                spent = time.monotonic() - begun
                rate = f"{(told['over'] - first) / spent:.1f}/s" if spent > 1 else ""
                bar.update(
                    task,
                    total=told["total"],
                    completed=told["over"],
                    rate=rate,
                    missed=told["not_reached"],
                )
                if told["state"] != "running":
                    return
                time.sleep(_LOOK_SECONDS)
    except KeyboardInterrupt:
        click.echo(f"The run goes on without you. To stop it: {CALLED} rescan --stop", err=True)


def _told(database: "Database", run_id: uuid.UUID) -> dict[str, Any]:
    from vendor_risk.store.models.scans import ScanRun
    from vendor_risk.workflow import rescans

    with database.reading() as session:
        run = session.get_one(ScanRun, run_id)
        far = rescans.progress(session, run)
        return {
            "run": str(run.id),
            "scope": run.scope,
            "state": run.state,
            "total": far.total,
            "done": far.done,
            "not_reached": far.not_reached,
            "stopped": far.stopped,
            "running": far.running,
            "left": far.left,
            "over": far.over,
        }


def _say(told: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(told))
        return
    click.echo(
        f"The run is {told['state']}: {told['done']} of {told['total']} done, "
        f"{told['not_reached']} not reached, {told['left']} left."
    )


def _warn(database: "Database") -> None:
    """Without a worker nothing happens, and it is said."""
    from vendor_risk.workflow import rescans

    now = dt.datetime.now(dt.UTC)
    with database.reading() as session:
        alive, held = rescans.workers(session, now), rescans.paused(session)
    if held:
        click.echo("The clock is held: nothing is ordered until somebody lets it go on.", err=True)
    if not alive:
        click.echo(f"No worker is alive: start one with {CALLED} worker.", err=True)
