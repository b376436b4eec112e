"""Backups: the database as of one moment and all sealed files in one file, and the way back.

A backup is a tar with `database.sqlite` or `database.dump` (of pg_dump, custom format), `files/...`
as they lie on disk, and last `manifest.json` with the SHA-256 of each. What is sealed stays sealed:
the keys are not in it. The database is read first: a file is on disk before its row is there, so
that no row of a backup lacks its file.
"""

import contextlib
import datetime as dt
import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
import tarfile
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, cast

from sqlalchemy import URL, inspect, text
from sqlmodel import Session

from vendor_risk.store import audit, migrate
from vendor_risk.store.encryption import keyring
from vendor_risk.store.engine import Database

FORMAT = "vendor-risk-backup/1"
_SQLITE, _DUMP, _MANIFEST = "database.sqlite", "database.dump", "manifest.json"
_FILES = "files/"
_PIECE = 1024 * 1024
_STEP = 2_000  # pages of SQLite at a time, so that writers have their turn
_MOST_MANIFEST = 512 * 1024 * 1024
_MOST_NAME = 200

Progress = Callable[[str, int, int], None]  # what is being done, how many are done, of how many


class BackupRefused(Exception):
    """A backup that cannot be made or brought back; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup holds; `sha256` is by name, `log_hash` that of the last entry of the log.

    `keys` are the ids of the keys that sealed it, each with a mark that tells the key and not what
    it is.
    """

    format: str
    made_at: str
    product: str
    database: str
    schema: str | None
    log_entries: int
    log_hash: str
    keys: dict[str, str]
    sha256: Mapping[str, str] = field(default_factory=dict)


def make(
    database: Database,
    files: Path,
    target: Path,
    *,
    product: str,
    now: dt.datetime,
    progress: Progress = lambda _what, _done, _all: None,
) -> Manifest:
    """The backup is at `target`, whole or not at all; web and workers go on meanwhile.

    BackupRefused where it is there already, or a program is missing.
    """
    if target.exists():
        raise BackupRefused(f"{target} is there already: name another file, or move it away.")
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=".backup-")
    with os.fdopen(handle, "wb") as out, tempfile.TemporaryDirectory(dir=target.parent) as folder:
        try:
            copy = Path(folder) / (_SQLITE if database.is_sqlite else _DUMP)
            log = _log(database)
            if database.is_sqlite:
                _copy_sqlite(database, copy, progress)
            else:
                _dump(database, copy)
            sums: dict[str, str] = {}
            with tarfile.open(fileobj=out, mode="w") as tar:
                sums[copy.name] = _add(tar, copy, copy.name)
                there = sorted(_stored(files))
                for done, path in enumerate(there, start=1):
                    place = _FILES + path.relative_to(files).as_posix()
                    with contextlib.suppress(FileNotFoundError):  # its row was deleted meanwhile
                        sums[place] = _add(tar, path, place)
                    progress("files", done, len(there))
                told = Manifest(
                    format=FORMAT,
                    made_at=now.astimezone(dt.UTC).isoformat(),
                    product=product,
                    database="sqlite" if database.is_sqlite else "postgresql",
                    schema=migrate.current(database),
                    log_entries=log[0],
                    log_hash=log[1],
                    keys=_marks(),
                    sha256=sums,
                )
                _add_text(tar, _MANIFEST, json.dumps(asdict(told), indent=1))
            out.flush()
            os.fsync(out.fileno())
            Path(name).chmod(0o600)
            Path(name).replace(target)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    return told


def look(source: Path, progress: Progress = lambda _what, _done, _all: None) -> Manifest:
    """What a backup holds, every byte of it verified; BackupRefused says what is wrong with it."""
    try:
        with tarfile.open(source, mode="r:") as tar:
            told = _manifest(tar)
            names = set(told.sha256)
            for done, name in enumerate(sorted(names), start=1):
                member = _member(tar, name)
                if _sum_of(cast(BinaryIO, tar.extractfile(member))) != told.sha256[name]:
                    raise BackupRefused(f"{name} in it is not what was put there: it was altered.")
                progress("checking", done, len(names))
    except FileNotFoundError as error:
        raise BackupRefused(f"{source} is not there.") from error
    except (tarfile.TarError, EOFError, KeyError) as error:
        raise BackupRefused(f"{source} is no backup, or it is not whole: {error}.") from error
    return told


def restore(
    source: Path,
    database: Database,
    files: Path,
    *,
    replace: bool,
    now: dt.datetime,
    progress: Progress = lambda _what, _done, _all: None,
) -> tuple[Manifest, Path | None]:
    """The installation is as it was; what it was and, with `replace`, where what was here lies now.

    Nothing is touched before the whole backup was verified. BackupRefused where something is here
    and `replace` was not said, for another kind of database, tables of a newer version, or keys
    that this installation lacks.
    """
    told = look(source, progress)
    kind = "sqlite" if database.is_sqlite else "postgresql"
    if told.database != kind:
        raise BackupRefused(
            f"it is of {told.database}, and this installation has {kind}: restore it where"
            " VENDOR_RISK_DATABASE_URL names that kind."
        )
    mine = _marks()
    if missing := [id for id, mark in told.keys.items() if mine.get(id) != mark]:
        listed = ", ".join(sorted(missing))
        raise BackupRefused(
            f"it was sealed with keys that this installation lacks ({listed}): put them into"
            " VENDOR_RISK_ENCRYPTION_KEYS, or their keys.json into the data folder, first."
        )
    if told.schema is not None and not migrate.known(told.schema):
        raise BackupRefused(
            f"its tables are of version {told.schema}, which this installation does not know: a"
            f" newer one made it ({told.product}). Install that version first."
        )
    if not replace and (why := _filled(database, files)):
        raise BackupRefused(
            f"there is something here already ({why}). Restore into an empty installation, or say"
            " --replace: what is here is kept beside it."
        )
    aside = files.parent / f"before-restore-{now:%Y%m%dT%H%M%SZ}" if replace else None
    with tempfile.TemporaryDirectory(dir=files.parent, prefix=".restore-") as folder:
        with tarfile.open(source, mode="r:") as tar:
            for done, name in enumerate(sorted(told.sha256), start=1):
                out = Path(folder) / name
                out.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                with out.open("wb") as file:
                    shutil.copyfileobj(cast(BinaryIO, tar.extractfile(_member(tar, name))), file)
                out.chmod(0o600)
                progress("unpacking", done, len(told.sha256))
        if aside is not None:
            _set_aside(database, files, aside)
        new = Path(folder)
        if database.is_sqlite:
            database.close()
            for end in ("-wal", "-shm"):  # of an empty database; SQLite would read them into ours
                Path(f"{_path(database)}{end}").unlink(missing_ok=True)
            (new / _SQLITE).replace(_path(database))
        else:
            _load(database, new / _DUMP, clean=replace)
        if (new / "files").is_dir():
            shutil.move(new / "files", files)
    return told, aside


def _marks() -> dict[str, str]:
    ring = keyring()
    return {str(id): ring.mac(id, "backup", b"whose key this is") for id in sorted(ring.ids)}


def _log(database: Database) -> tuple[int, str]:
    with database.reading() as session:
        return _end_of_log(session)


def _end_of_log(session: Session) -> tuple[int, str]:
    if not inspect(session.get_bind()).has_table("audit_entry"):
        return 0, audit.START
    row = session.execute(
        text("SELECT sequence, hash FROM audit_entry ORDER BY sequence DESC LIMIT 1")
    ).first()
    return (int(row[0]), str(row[1])) if row else (0, audit.START)


def _copy_sqlite(database: Database, copy: Path, progress: Progress) -> None:
    """The database as of one moment, by SQLite's own way, which lets writers in between."""
    with (
        contextlib.closing(sqlite3.connect(f"file:{_path(database)}?mode=ro", uri=True)) as source,
        contextlib.closing(sqlite3.connect(copy)) as out,
    ):
        # A reader's snapshot: a backup that others write into would begin again and again.
        source.execute("BEGIN")
        source.execute("SELECT count(*) FROM sqlite_master").fetchone()
        source.backup(
            out,
            pages=_STEP,
            progress=lambda _status, left, all: progress("database", all - left, all),
        )


def _dump(database: Database, copy: Path) -> None:
    _program(
        "pg_dump",
        ["--format=custom", "--no-owner", "--no-privileges", f"--file={copy}"],
        database.engine.url,
    )


def _load(database: Database, dump: Path, *, clean: bool) -> None:
    database.close()
    named = database.engine.url.database or ""
    more = ["--clean", "--if-exists"] if clean else []
    _program(
        "pg_restore",
        [
            "--no-owner",
            "--no-privileges",
            "--single-transaction",
            "--exit-on-error",
            *more,
            f"--dbname={named}",
            str(dump),
        ],
        database.engine.url,
    )


def _program(name: str, arguments: list[str], url: URL) -> None:
    """Run a program of PostgreSQL; the password goes by the environment, where nobody lists it."""
    program = shutil.which(name)
    if program is None:
        raise BackupRefused(
            f"{name} is not on this machine: install PostgreSQL's client programs (on Debian"
            " postgresql-client), of at least the version of the server."
        )
    host = url.host or str(url.query.get("host", ""))
    said = {
        "PGHOST": host,
        "PGPORT": str(url.port or ""),
        "PGUSER": url.username or "",
        "PGPASSWORD": str(url.password or ""),
        "PGDATABASE": url.database or "",
    }
    run = subprocess.run(  # noqa: S603  (a program of PostgreSQL, and arguments of ours)
        [program, *arguments],
        env=os.environ | {key: value for key, value in said.items() if value},
        capture_output=True,
        text=True,
        check=False,
    )
    if run.returncode:
        last = (run.stderr.strip().splitlines() or ["it said nothing"])[-1]
        raise BackupRefused(f"{name} ended with {run.returncode}: {last[:300]}")


def _filled(database: Database, files: Path) -> str:
    """What is here that a restore would cover; empty where nothing is."""
    if next(_stored(files), None) is not None:
        return f"files in {files}"
    if database.is_sqlite and not _path(database).exists():
        return ""
    with database.engine.connect() as connection:
        for table in ("vendor", "user_account", "audit_entry"):
            if (
                inspect(connection).has_table(table)
                and connection.execute(
                    text(f"SELECT 1 FROM {table} LIMIT 1")  # noqa: S608  (three words of ours)
                ).first()
            ):
                return f"rows in {table}"
    return ""


def _set_aside(database: Database, files: Path, aside: Path) -> None:
    """What is here lies in a folder beside it, to be put back by hand; PostgreSQL as a dump."""
    aside.mkdir(mode=0o700)
    if database.is_sqlite:
        database.close()
        for end in ("", "-wal", "-shm"):
            path = Path(f"{_path(database)}{end}")
            if path.exists():
                path.replace(aside / path.name)
    else:
        _dump(database, aside / _DUMP)
    if files.exists():
        files.replace(aside / files.name)


def _path(database: Database) -> Path:
    return Path(database.engine.url.database or "")


def _stored(files: Path) -> Iterator[Path]:
    """The sealed files; what is being written is none yet."""
    if files.is_dir():
        yield from (
            path
            for path in files.rglob("*")
            if path.is_file() and not path.name.startswith(".writing-")
        )


def _add(tar: tarfile.TarFile, path: Path, name: str) -> str:
    """The file is in the tar under this name; its SHA-256."""
    with path.open("rb") as file:
        info = tarfile.TarInfo(name)
        info.size, info.mode = os.fstat(file.fileno()).st_size, 0o600
        counted = _Counted(file)
        tar.addfile(info, cast(BinaryIO, counted))
    return counted.sum.hexdigest()


def _add_text(tar: tarfile.TarFile, name: str, words: str) -> None:
    content = words.encode()
    info = tarfile.TarInfo(name)
    info.size, info.mode = len(content), 0o600
    with tempfile.TemporaryFile() as file:
        file.write(content)
        file.seek(0)
        tar.addfile(info, file)


class _Counted:
    """A file that is hashed as it is read."""

    def __init__(self, file: BinaryIO) -> None:
        self.sum = hashlib.sha256()
        self._file = file

    def read(self, size: int = -1) -> bytes:
        piece = self._file.read(size)
        self.sum.update(piece)
        return piece


def _sum_of(file: BinaryIO) -> str:
    digest = hashlib.sha256()
    while piece := file.read(_PIECE):
        digest.update(piece)
    return digest.hexdigest()


def _manifest(tar: tarfile.TarFile) -> Manifest:
    """The manifest; every name in it is one that a backup of ours has."""
    member = _member(tar, _MANIFEST)
    if member.size > _MOST_MANIFEST:
        raise BackupRefused("its manifest is longer than any of ours.")
    try:
        said: dict[str, Any] = json.loads(cast(BinaryIO, tar.extractfile(member)).read())
        told = Manifest(**said)
    except (ValueError, TypeError) as error:
        raise BackupRefused("its manifest cannot be read.") from error
    if told.format != FORMAT:
        raise BackupRefused(
            f"it is of the form {str(told.format)[:40]!r}, and this reads {FORMAT}."
        )
    for name in told.sha256:
        parts = name.split("/")
        plain = name in (_SQLITE, _DUMP) or (
            name.startswith(_FILES) and all(part.strip(".") for part in parts)
        )
        if not plain or len(name) > _MOST_NAME or "\\" in name or name.startswith("/"):
            raise BackupRefused(f"it names a file that no backup has: {name[:80]!r}.")
    wanted = _SQLITE if told.database == "sqlite" else _DUMP
    if wanted not in told.sha256:
        raise BackupRefused("there is no database in it.")
    return told


def _member(tar: tarfile.TarFile, name: str) -> tarfile.TarInfo:
    member = tar.getmember(name)
    if not member.isreg():
        raise BackupRefused(f"{name} in it is no plain file.")
    return member
