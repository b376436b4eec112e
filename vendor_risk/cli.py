"""The command line `vendor-risk`: reads words, calls one step, prints the answer.

Exit codes: 0 good, 1 something was found, 2 could not run. What is slow to import is imported
inside the command that needs it.
"""

import contextlib
import datetime as dt
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from vendor_risk import __version__

if TYPE_CHECKING:
    from vendor_risk.config import Settings
    from vendor_risk.store.engine import Database

FOUND, COULD_NOT = 1, 2


def stop(message: str, mend: str = "") -> NoReturn:
    """End with code 2 and one clear sentence on standard error."""
    click.echo(f"vendor-risk: {message}" + (f"\n  {mend}" if mend else ""), err=True)
    sys.exit(COULD_NOT)


def settings_or_stop(**overrides: Any) -> "Settings":
    """The settings, or an end that names each wrong one."""
    from vendor_risk.config import SettingsError, load

    try:
        return load(**overrides)
    except SettingsError as error:
        stop(f"a setting is wrong\n  {str(error).replace(chr(10), chr(10) + '  ')}")


@contextlib.contextmanager
def opened(settings: "Settings") -> "Iterator[Database]":
    """The database of this installation with its keys in place."""
    from vendor_risk.store.encryption import EncryptionError, use_keyring
    from vendor_risk.store.engine import Database
    from vendor_risk.store.keys import load_keys

    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        keys = load_keys(
            settings.encryption_keys.get_secret_value(),
            settings.secret_key.get_secret_value(),
            settings.data_dir / "keys.json",
        )
    except EncryptionError as error:
        stop(str(error))
    except OSError as error:
        stop(
            f"{settings.data_dir} cannot be used: {error.strerror}",
            "Give this user the folder, or name another with VENDOR_RISK_DATA_DIR.",
        )
    use_keyring(keys.ring)
    database = Database(settings.database)
    try:
        yield database
    finally:
        database.close()


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="vendor-risk")
def main() -> None:
    """Judge the vendors who could hurt your customers."""


@main.command()
@click.argument("domain")
@click.option("--pdf", type=click.Path(path_type=Path), help="The PDF's path; DOMAIN.pdf here.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON; a PDF only with --pdf.")
@click.option(
    "--save-observations",
    type=click.Path(path_type=Path),
    help="Keep what was seen, to judge it again with `evaluate`.",
)
def assess(domain: str, pdf: Path | None, as_json: bool, save_observations: Path | None) -> None:
    """Scan a DOMAIN, print the findings and write a PDF; needs no set-up."""
    from rich.console import Console

    from vendor_risk import pdf as paper
    from vendor_risk.checks.observations import OBSERVATIONS
    from vendor_risk.config import network
    from vendor_risk.observe.addresses import AddressRefused
    from vendor_risk.observe.look import look
    from vendor_risk.observe.network import ResolverDown
    from vendor_risk.observe.target import TargetRefused, parse
    from vendor_risk.terminal import show
    from vendor_risk.workflow.assess import NoSuchName, domain_report
    from vendor_risk.workflow.assess import assess as judge

    settings = settings_or_stop()
    try:
        target = parse(domain)
    except TargetRefused as refusal:
        stop(refusal.message)
    path = pdf or (None if as_json else Path(f"{target.host}.pdf"))
    for wanted in filter(None, (path, save_observations)):
        _writable_or_stop(wanted)
    how = network(settings)
    console = Console(stderr=True)
    try:
        with console.status(f"Looking at {target.display} ..."):
            result = judge(
                target.host,
                observed_at=dt.datetime.now(dt.UTC),
                look=lambda _host, at: look(target, how, observed_at=at),
            )
    except (AddressRefused, ResolverDown, NoSuchName) as error:
        stop(str(error))
    if save_observations is not None:
        text = OBSERVATIONS.dump_json(result.observations, indent=1)
        _write_or_stop(save_observations, text + b"\n")
    if as_json:
        click.echo(json.dumps(result.to_json(), ensure_ascii=False))
    else:
        show(result, Console(soft_wrap=False))
    if path is not None:
        report = domain_report(result, organisation=settings.organisation)
        try:
            with console.status("Making the PDF ..."):
                made = paper.render_pdf(report)
        except paper.PdfUnavailable as error:
            stop(f"the PDF could not be made: {error}", error.mend)
        _write_or_stop(path, made)
        click.echo(f"PDF: {path}", err=as_json)
    sys.exit(FOUND if result.found_something else 0)


@main.command()
@click.argument("file", type=click.File("r", encoding="utf-8"))
def evaluate(file: Any) -> None:
    """Judge stored observations (one JSON object, or JSON Lines; - for standard input)."""
    from pydantic import ValidationError

    from vendor_risk.checks.observations import OBSERVATIONS
    from vendor_risk.workflow.assess import evaluate as judge

    code = 0
    for number, text in _objects(file):
        try:
            observations = OBSERVATIONS.validate_json(text)
        except ValidationError as error:
            problem = error.errors(include_url=False, include_input=False)[0]
            where = ".".join(str(part) for part in problem["loc"]) or "the object"
            words = f"{where}: {problem['msg']}"
            # An answer stands on its line all the same, so that the lines stay in step.
            click.echo(json.dumps({"line": number, "error": words}, ensure_ascii=False))
            click.echo(
                f"vendor-risk: observations, line {number}: {words}\n"
                "  docs/observations.md has the format.",
                err=True,
            )
            code = COULD_NOT
            continue
        result = judge(observations)
        if result.found_something:
            code = max(code, FOUND)
        click.echo(json.dumps(result.to_json(), ensure_ascii=False))
    sys.exit(code)


def _objects(file: Any) -> Iterator[tuple[int, str]]:
    """Each JSON object with its line: one over many lines, or one a line."""
    first = file.readline()
    try:
        json.loads(first)
    except ValueError:
        yield 1, first + file.read()
        return
    yield 1, first
    for number, line in enumerate(file, 2):
        if line.strip():
            yield number, line


@main.command()
@click.option("--markdown", is_flag=True, help="Print the whole catalogue for docs/checks.md.")
@click.option("--json", "as_json", is_flag=True, help="Print it for programs.")
def checks(markdown: bool, as_json: bool) -> None:
    """List the checks."""
    from vendor_risk.checks import catalogue

    if markdown:
        click.echo(catalogue.markdown(), nl=False)
        return
    listed = catalogue.catalogue()
    if as_json:
        fields = ("id", "control", "severity", "requirement", "rationale", "remediation")
        click.echo(
            json.dumps(
                [
                    {name: getattr(check, name) for name in fields}
                    | {"references": list(check.references)}
                    for check in listed
                ],
                ensure_ascii=False,
            )
        )
        return
    for check in listed:
        click.echo(f"{check.id:<20} {check.control}  {check.severity:<9} {check.requirement}")


@main.command()
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
        for symptom in examine(settings, database, quick=quick):
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


@main.group()
def db() -> None:
    """The database."""


@db.command("upgrade")
def db_upgrade() -> None:
    """Bring the tables to this version; harmless when they are."""
    settings = settings_or_stop()
    with opened(settings) as database:
        _upgrade(database)
    click.echo("The database is up to date.")


def _upgrade(database: "Database") -> None:
    from sqlalchemy.exc import SQLAlchemyError

    from vendor_risk import jobs
    from vendor_risk.store import migrate

    try:
        migrate.upgrade(database)
        jobs.prepare(database)
    except SQLAlchemyError as error:
        stop(
            f"the database cannot be used: {str(error).splitlines()[0][:300]}",
            "Run: vendor-risk doctor",
        )


@main.group()
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
        _upgrade(database)
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


@main.command()
def worker() -> None:
    """Take jobs until told to stop."""
    import signal
    import threading

    from vendor_risk.jobs import Worker

    settings = settings_or_stop()
    over = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: over.set())
    with opened(settings) as database:
        running = Worker(settings, database)
        running.start()
        click.echo("worker ready", err=True)
        over.wait()
        running.stop()


@main.command()
def web() -> None:
    """Serve the pages alone."""
    from vendor_risk.app import create_app
    from vendor_risk.jobs import Queue
    from vendor_risk.serve import web as run

    settings = settings_or_stop()
    with opened(settings) as database:
        queue = Queue(database)
        run(
            settings,
            make_app=lambda: create_app(settings, database=database, enqueue=queue),
            ready=queue.warm,
        )


@main.command()
def serve() -> None:
    """Serve the pages and take jobs, in one process tree."""
    _serve(settings_or_stop())


def _serve(settings: "Settings", greeting: str = "") -> NoReturn:
    from vendor_risk.doctor import port_is_free
    from vendor_risk.serve import Supervisor

    if not port_is_free(settings.host, settings.port):
        stop(
            f"port {settings.port} on {settings.host} is taken: is vendor-risk running already?",
            f"Stop the other one, or: VENDOR_RISK_PORT={settings.port + 1} vendor-risk serve",
        )
    with opened(settings) as database:
        if settings.embedded:
            _upgrade(database)
    click.echo(greeting or f"Open {settings.address}  (Ctrl+C ends it)")
    supervisor = Supervisor(("web", "worker"), lambda words: click.echo(words, err=True))
    sys.exit(supervisor.run())


@main.command()
@click.option("--fresh", is_flag=True, help="Begin again with the samples as shipped.")
def demo(fresh: bool) -> None:
    """Serve with sample vendors on embedded defaults, in a folder of their own."""
    from vendor_risk import samples

    os.environ.update(samples.environment(settings_or_stop()))  # web and worker inherit it
    settings = settings_or_stop()
    if fresh:
        samples.clear(settings)
    with opened(settings) as database:
        _upgrade(database)
        try:
            signing_in = samples.load(database, settings, now=dt.datetime.now(dt.UTC))
        except samples.SamplesRefused as refusal:
            stop(str(refusal))
    _serve(settings, signing_in)


def _writable_or_stop(path: Path) -> None:
    folder = path.parent
    if not folder.is_dir():
        stop(f"{path} cannot be written: {folder} does not exist", f"Make it: mkdir -p {folder}")
    if path.is_dir():
        stop(f"{path} is a folder", "Name a file, such as report.pdf.")
    try:
        probe = folder / f".vendor-risk-{path.name[:100]}.probe"
        probe.touch()
        probe.unlink()
    except OSError as error:
        stop(f"{path} cannot be written: {error.strerror}", "Name another place with --pdf FILE.")


def _write_or_stop(path: Path, content: bytes) -> None:
    from vendor_risk.pdf import write

    try:
        write(path, content)
    except OSError as error:
        stop(f"{path} cannot be written: {error.strerror}")


if __name__ == "__main__":
    main()
