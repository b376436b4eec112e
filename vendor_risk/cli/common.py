"""What every command needs: settings, the database, files, and an end with one clear sentence."""

import contextlib
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

if TYPE_CHECKING:
    from vendor_risk.config import Settings
    from vendor_risk.store.engine import Database

FOUND, COULD_NOT = 1, 2
# What people type here, as messages name it: ./run in a checkout.
CALLED = os.environ.get("VENDOR_RISK_COMMAND", "vendor-risk")


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


def upgrade(database: "Database") -> None:
    """Bring the tables to this version."""
    from sqlalchemy.exc import SQLAlchemyError

    from vendor_risk.jobs.queue import prepare
    from vendor_risk.store import migrate

    try:
        migrate.upgrade(database)
        prepare(database)
    except migrate.MigrationError as error:
        stop(str(error))
    except SQLAlchemyError as error:
        stop(
            f"the database cannot be used: {str(error).splitlines()[0][:300]}",
            f"Run: {CALLED} doctor",
        )


def writable_or_stop(path: Path) -> None:
    """End before the work begins when its result could not be kept at `path`."""
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


def write_or_stop(path: Path, content: bytes) -> None:
    """Keep `content` at `path`, whole or not at all."""
    from vendor_risk.pdf import write

    try:
        write(path, content)
    except OSError as error:
        stop(f"{path} cannot be written: {error.strerror}")


def objects(file: Any) -> Iterator[tuple[int, str]]:
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
