"""Run an installation: serve it, take its jobs, keep its database and people, ask how it is."""

import datetime as dt
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from vendor_risk.cli.common import CALLED, FOUND, opened, settings_or_stop, stop, upgrade

if TYPE_CHECKING:
    from vendor_risk.config import Settings


@click.command()
@click.option("--settings", "list_settings", is_flag=True, help="List all settings.")
@click.option("--quick", is_flag=True, help="Only what a health check needs.")
@click.option("--json", "as_json", is_flag=True, help="Print it for programs.")
def doctor(list_settings: bool, quick: bool, as_json: bool) -> None:
    """Say what is wrong with this installation, and how to mend it."""
    from vendor_risk.doctor import State, examine

    settings = settings_or_stop()
    if list_settings:
        _show_settings(settings, as_json)
        return
    marks = {
        State.OK: ("ok  ", "green"),
        State.WARN: ("warn", "yellow"),
        State.BAD: ("BAD ", "red"),
    }
    symptoms = []
    with opened(settings) as database:
        for symptom in examine(settings, database, quick=quick, command=CALLED):
            symptoms.append(symptom)
            if as_json:
                continue
            word, colour = marks[symptom.state]
            click.echo(f"{click.style(word, fg=colour)}  {symptom.name:<11} {symptom.says}")
            if symptom.state is not State.OK and symptom.mend:
                click.echo(f"      {'':<11} -> {symptom.mend}")
    if as_json:
        listed = [
            {"name": s.name, "state": s.state, "says": s.says, "mend": s.mend} for s in symptoms
        ]
        click.echo(json.dumps(listed, ensure_ascii=False))
    sys.exit(FOUND if any(symptom.state is State.BAD for symptom in symptoms) else 0)


def _show_settings(settings: "Settings", as_json: bool) -> None:
    from pydantic import SecretStr

    rows = []
    for name, field in type(settings).model_fields.items():
        value = getattr(settings, name)
        shown = (
            ("set" if value.get_secret_value() else "") if isinstance(value, SecretStr) else value
        )
        rows.append(
            {
                "name": f"VENDOR_RISK_{name.upper()}",
                "value": ",".join(map(str, shown)) if isinstance(shown, tuple) else str(shown),
                "meaning": field.description or "",
            }
        )
    if as_json:
        click.echo(json.dumps(rows))
        return
    for row in rows:
        click.echo(f"{click.style(row['name'], bold=True)} = {row['value']}\n    {row['meaning']}")


@click.group()
def db() -> None:
    """The database."""


@db.command("upgrade")
def db_upgrade() -> None:
    """Bring the tables to this version; harmless when they are."""
    settings = settings_or_stop()
    with opened(settings) as database:
        upgrade(database)
    click.echo("The database is up to date.")


@db.command("backup")
@click.argument("target", type=click.Path(path_type=Path), required=False)
def db_backup(target: Path | None) -> None:
    """Write database and files into one file, while web and workers go on.

    Without a name it goes into backups/ of the data folder. The keys are not in it.
    """
    from vendor_risk import __version__
    from vendor_risk.store import backup

    settings = settings_or_stop()
    now = dt.datetime.now(dt.UTC)
    wanted = target or settings.data_dir / "backups" / f"vendor-risk-{now:%Y%m%dT%H%M%SZ}.tar"
    with opened(settings) as database:
        try:
            told = backup.make(
                database,
                settings.data_dir / "files",
                wanted,
                product=__version__,
                now=now,
                progress=_bar(),
            )
        except (backup.BackupRefused, OSError) as error:
            stop(f"there is no backup: {error}")
    size = wanted.stat().st_size
    click.echo(f"{wanted}: {size:,} bytes, {len(told.sha256) - 1} files, log entry")
    click.echo(f"  {told.log_entries}, {told.log_hash}")
    kept = "keys.json" if (settings.data_dir / "keys.json").exists() else "the keys of its settings"
    click.echo(f"The keys are not in it: keep {kept} somewhere else, or nothing opens it.")


@db.command("check")
@click.argument("source", type=click.Path(path_type=Path))
def db_check(source: Path) -> None:
    """Read a backup whole, and say whether it is as it was written."""
    from vendor_risk.store import backup

    try:
        told = backup.look(source, _bar())
    except backup.BackupRefused as error:
        stop(f"this backup cannot be used: {error}")
    click.echo(f"As it was written on {told.made_at} by {told.product} ({told.database}).")
    click.echo(f"  {len(told.sha256) - 1} files, {told.log_entries} entries of the log")


@db.command("restore")
@click.argument("source", type=click.Path(path_type=Path))
@click.option("--replace", is_flag=True, help="Put aside what is here.")
def db_restore(source: Path, replace: bool) -> None:
    """Bring back a backup into an installation that is stopped.

    The whole backup is verified before anything is touched, and the log after it.
    """
    from sqlalchemy.exc import SQLAlchemyError

    from vendor_risk.store import audit, backup
    from vendor_risk.workflow import rescans

    settings = settings_or_stop()
    now = dt.datetime.now(dt.UTC)
    with opened(settings) as database:
        try:
            with database.reading() as session:
                alive = [one.name for one in rescans.workers(session, now)]
        except SQLAlchemyError:  # there are no tables yet
            alive = []
        if alive:
            stop(f"workers are running ({', '.join(alive)}): stop them and the web, then restore.")
        try:
            told, aside = backup.restore(
                source,
                database,
                settings.data_dir / "files",
                replace=replace,
                now=now,
                progress=_bar(),
            )
        except (backup.BackupRefused, OSError) as error:
            stop(f"nothing was restored: {error}")
    with opened(settings) as database:
        upgrade(database)
        with database.reading() as session:
            verdict = audit.verify(session, expect_last=told.log_hash)
    if not verdict.whole:
        stop(f"it is restored, and its log is broken at entry {verdict.broken}: {verdict.why}")
    click.echo(f"Restored as of {told.made_at}: {len(told.sha256) - 1} files; the log of")
    click.echo(f"  {verdict.entries} entries is whole.")
    if aside is not None:
        click.echo(f"What was here lies in {aside}.")


def _bar() -> Callable[[str, int, int], None]:
    """Progress on standard error, where a person watches."""
    said = [""]

    def tell(what: str, done: int, total: int) -> None:
        if not sys.stderr.isatty():
            return
        words = f"{what} {done * 100 // max(total, 1)} %"
        if words != said[0]:
            said[0] = words
            click.echo(f"\r{words:<30}", err=True, nl=done >= total)

    return tell


@click.group()
def users() -> None:
    """The people who sign in."""


@users.command("create")
@click.argument("email")
@click.option("--name", default="", help="As reports print it.")
@click.option("--role", "roles", multiple=True, required=True, help="One or more roles.")
def users_create(email: str, name: str, roles: tuple[str, ...]) -> None:
    """Create a person and print the link with which they choose a password."""
    from flask import url_for
    from flask_security.recoverable import generate_reset_password_token

    from vendor_risk.app import create_app
    from vendor_risk.workflow import people

    settings = settings_or_stop()
    now = dt.datetime.now(dt.UTC)
    with opened(settings) as database:
        upgrade(database)
        app = create_app(settings, database=database)
        with app.test_request_context(base_url=settings.address):
            with database.transaction() as session:
                try:
                    user = people.create_user(
                        session, email=email, name=name, roles=roles, actor="command", now=now
                    )
                except people.PeopleError as refusal:
                    stop(str(refusal))
                people.note_link(session, user, actor="command", now=now)
                token = generate_reset_password_token(user)  # type: ignore[no-untyped-call]
            path = url_for("security.reset_password", token=token)
    click.echo(f"{email} chooses a password here, once:\n{settings.address}{path}")


@users.command("reset-mfa")
@click.argument("email")
def users_reset_mfa(email: str) -> None:
    """Take a lost second factor away; the next sign-in sets up a new one."""
    from vendor_risk.workflow import people

    with opened(settings_or_stop()) as database, database.transaction() as session:
        user = people.find_user(session, email)
        if user is None:
            stop(f"nobody here has the address {email}")
        people.reset_second_factor(session, user, actor="command", now=dt.datetime.now(dt.UTC))
    click.echo(f"{email} sets up a new second factor at the next sign-in.")


@click.command()
def worker() -> None:
    """Take jobs until told to stop."""
    import signal
    import threading

    from vendor_risk import logs
    from vendor_risk.jobs.worker import STOP_SECONDS, Worker
    from vendor_risk.serve import leave_within
    from vendor_risk.store import migrate

    settings = settings_or_stop()
    logs.install(settings.log_level, settings.log_format)
    over = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: over.set())
    with opened(settings) as database:
        if why := migrate.misfit(database):
            stop(why, f"Run {CALLED} db upgrade with the newest version, and start that one.")
        running = Worker(settings, database, leave=over.set)
        running.start()
        click.echo("worker ready", err=True)
        over.wait()
        # The supervisor kills after 30 s; jobs that are not done wait for the next worker anyway.
        leave_within(STOP_SECONDS + 5)
        running.stop()
        if running.misfit:
            stop(running.misfit, "Start the version that the database has.")


@click.command()
def web() -> None:
    """Serve the pages alone."""
    from vendor_risk import logs
    from vendor_risk.app import create_app
    from vendor_risk.jobs.queue import Queue
    from vendor_risk.serve import web as run

    settings = settings_or_stop()
    logs.install(settings.log_level, settings.log_format)
    with opened(settings) as database:
        queue = Queue(database)
        run(
            settings,
            make_app=lambda: create_app(settings, database=database, enqueue=queue),
            ready=queue.warm,
        )


@click.command()
def serve() -> None:
    """Serve the pages and take jobs, in one process tree."""
    _serve(settings_or_stop())


def _port_or_stop(settings: "Settings") -> None:
    from vendor_risk.doctor import port_is_free

    if not port_is_free(settings.host, settings.port):
        stop(
            f"port {settings.port} on {settings.host} is taken: is vendor-risk running already?",
            f"Stop the other one, or: VENDOR_RISK_PORT={settings.port + 1} {CALLED} serve",
        )


def _serve(settings: "Settings", greeting: str = "") -> NoReturn:
    from vendor_risk.serve import Supervisor

    _port_or_stop(settings)
    with opened(settings) as database:
        if settings.embedded:
            upgrade(database)
    click.echo(greeting or f"Open {settings.address}  (Ctrl+C ends it)")
    supervisor = Supervisor(("web", "worker"), lambda words: click.echo(words, err=True))
    sys.exit(supervisor.run())


@click.command()
@click.option("--fresh", is_flag=True, help="Begin again with the samples as shipped.")
def demo(fresh: bool) -> None:
    """Serve with sample vendors on embedded defaults, in a folder of their own."""
    from vendor_risk.samples import load as samples

    os.environ.update(samples.environment(settings_or_stop()))  # web and worker inherit it
    settings = settings_or_stop()
    _port_or_stop(settings)  # before anything of a demonstration that runs is cleared
    if fresh:
        samples.clear(settings)
    with opened(settings) as database:
        upgrade(database)
        try:
            signing_in = samples.load(database, settings, now=dt.datetime.now(dt.UTC))
        except samples.SamplesRefused as refusal:
            stop(str(refusal))
    _serve(settings, signing_in)
