"""Jobs that were given up: list them, do them again."""

import datetime as dt
import json
import sys

import click

from vendor_risk.cli.common import FOUND, opened, settings_or_stop, stop, upgrade


@click.group()
def jobs() -> None:
    """Tell which jobs were given up, and do them again."""


@jobs.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print them for programs.")
def list_jobs(as_json: bool) -> None:
    """Reports, letters, rounds and models that were given up; exit code 1: there are some."""
    from vendor_risk.workflow import given_up

    with opened(settings_or_stop()) as database:
        upgrade(database)
        with database.reading() as session:
            found = given_up.listed(session, dt.datetime.now(dt.UTC))
    if as_json:
        told = [
            {"job": one.key, "name": one.name, "reason": one.reason, "at": one.at.isoformat()}
            for one in found
        ]
        click.echo(json.dumps(told, ensure_ascii=False))
    elif not found:
        click.echo("No job was given up.")
    else:
        for one in found:
            click.echo(f"{one.key}  {one.at:%d %b %Y, %H:%M UTC}  {one.name}: {one.reason}")
    sys.exit(FOUND if found else 0)


@jobs.command("again")
@click.argument("chosen", nargs=-1, metavar="JOB...")
@click.option("--all", "every", is_flag=True, help="All that were given up.")
def again(chosen: tuple[str, ...], every: bool) -> None:
    """Let jobs wait for a worker once more; JOB is as `jobs list` prints it."""
    from vendor_risk.jobs.queue import Queue
    from vendor_risk.workflow import given_up
    from vendor_risk.workflow.vendors import VendorRefused

    if bool(chosen) == every:
        stop("name jobs, or say --all", "`jobs list` prints their names.")
    now = dt.datetime.now(dt.UTC)
    refused = 0
    with opened(settings_or_stop()) as database:
        upgrade(database)
        queue = Queue(database)
        with database.reading() as session:
            keys = [one.key for one in given_up.listed(session, now)] if every else chosen
        for key in keys:
            try:
                with database.transaction() as session:
                    done = given_up.again(session, key, now=now, actor="command", enqueue=queue)
            except ValueError:
                stop(f"there is no job {key}", "`jobs list` prints their names.")
            except VendorRefused as refusal:
                click.echo(f"{key}: {refusal}", err=True)
                refused += 1
                continue
            click.echo(f"{key}: {'waits again' if done else 'was not given up'}")
    sys.exit(FOUND if refused else 0)
