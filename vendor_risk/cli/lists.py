"""Fetch and show the lists of others that what was seen is compared with."""

import datetime as dt
import json
import sys
from typing import TYPE_CHECKING, Any

import click

from vendor_risk.cli.common import CALLED, COULD_NOT, FOUND, settings_or_stop, stop

if TYPE_CHECKING:
    from vendor_risk.config import Settings
    from vendor_risk.feeds.folder import Folder
    from vendor_risk.feeds.shelf import Held

_SHOWN = 300  # characters of a reason


@click.group(invoke_without_command=True)
@click.pass_context
def feeds(context: click.Context) -> None:
    """Show or fetch the lists of known flaws and breaches; shows them where nothing is said."""
    if context.invoked_subcommand is None:
        context.invoke(listed)


@feeds.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def listed(as_json: bool = False) -> None:
    """Show each list: date, age, entries, licence and state. 1 when one is old or missing."""
    from vendor_risk.feeds.shelf import Shelf

    folder = folder_of(settings_or_stop())
    now = dt.datetime.now(dt.UTC)
    found = Shelf(folder).all()
    rows = [_row(each, now) for each in found]
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False))
    else:
        for each, row in zip(found, rows, strict=True):
            _tell(each, row, folder)
    sys.exit(FOUND if any(row["reason"] for row in rows) else 0)


def _row(held: "Held", now: dt.datetime) -> dict[str, Any]:
    source = held.source
    old = held.old(now)
    return {
        "name": source.name,
        "title": source.title,
        "state": "missing" if not held.readable else "old" if old else "current",
        "date": held.dated.date().isoformat() if held.dated else None,
        "age_days": held.age_days(now),
        "old_after_days": source.old_days,
        "entries": len(held.entries),
        "origin": None if not held.readable else "given" if held.given else "fetched",
        "licence": source.licence,
        "attribution": source.attribution,
        "reason": held.reason or old,
        "trouble": held.trouble,
        "note": held.note,
    }


def _tell(held: "Held", row: dict[str, Any], folder: "Folder") -> None:
    name = row["name"]
    click.echo(f"{name:<11} {row['state']:<8} {row['title']}")
    if held.readable:
        click.echo(
            f"            {row['date']}, {row['age_days']} days old, {row['entries']} entries,"
            f" {row['origin']}; {row['attribution']}"
        )
    if row["reason"]:
        click.echo(f"            {_short(row['reason'])}. Run: {CALLED} feeds update {name}")
        click.echo(f"            or put the file there: {folder.file(name)}")
    if row["note"]:
        click.echo(f"            {_short(row['note'])}.")
    if row["trouble"]:
        click.echo(f"            The last attempt to fetch it failed: {_short(row['trouble'])}.")


@feeds.command()
@click.argument("names", nargs=-1)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def update(names: tuple[str, ...], as_json: bool) -> None:
    """Fetch the lists, all or those that are named; the old one stays where a new one is bad."""
    from vendor_risk.config import access, feed_urls
    from vendor_risk.feeds import shelf
    from vendor_risk.feeds.sources import BY_NAME

    for name in names:
        if name not in BY_NAME:
            stop(f"there is no list {name!r}", f"There are: {', '.join(BY_NAME)}.")
    settings = settings_or_stop()
    urls, how, folder = feed_urls(settings), access(settings), folder_of(settings)
    done = []
    for name in names or BY_NAME:
        try:
            result = shelf.update(folder, BY_NAME[name], urls[name], how, dt.datetime.now(dt.UTC))
        except OSError as error:
            stop(f"{folder.path} cannot be written: {error.strerror}")
        done.append(result)
        if not as_json:
            because = f": {_short(result.reason)}" if result.reason else ""
            click.echo(f"{name:<11} {result.state}{because}", err=result.state == "failed")
    if as_json:
        rows = [
            {"name": each.source.name, "state": each.state, "reason": each.reason} for each in done
        ]
        click.echo(json.dumps(rows, ensure_ascii=False))
    sys.exit(COULD_NOT if any(each.state == "failed" for each in done) else 0)


def folder_of(settings: "Settings") -> "Folder":
    """Where the lists of this installation lie."""
    from vendor_risk.feeds.folder import Folder

    return Folder(settings.feeds_dir)


def _short(text: str) -> str:
    from vendor_risk.checks.exhibit import shown

    return shown(text, _SHOWN)
