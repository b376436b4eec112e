"""Says what is wrong with this installation and how to mend it."""

import contextlib
import datetime as dt
import os
import shutil
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

import dns.flags
import dns.message
import dns.query
from sqlalchemy import func, text
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import col, select

from vendor_risk.config import Settings, network
from vendor_risk.jobs.worker import BEAT_SECONDS
from vendor_risk.mail import MailFailed, Smtp
from vendor_risk.observe.files import allowed, looks_within, needed
from vendor_risk.observe.network import ResolverDown
from vendor_risk.resources import data_dir
from vendor_risk.store import migrate
from vendor_risk.store.audit import verify
from vendor_risk.store.encryption import EncryptionError
from vendor_risk.store.engine import Database
from vendor_risk.store.models.intake import Intake
from vendor_risk.store.models.reports import IssuedReport
from vendor_risk.store.models.vendors import Contact
from vendor_risk.store.models.workers import WorkerBeat
from vendor_risk.store.portfolio_counts import differences

# Below this a day of scans and reports may not fit any more.
_LOW_DISK_BYTES = 1 << 30
# A clock further off than this breaks second factors and certificate checks.
_CLOCK_SECONDS = 30
# No installation of this version can live before it was written.
_WRITTEN = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)


class State(StrEnum):
    """How bad a symptom is."""

    OK = "ok"
    WARN = "warn"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Symptom:
    """One thing looked at: what it says, and how to mend it when it is not well."""

    name: str
    state: State
    says: str
    mend: str = ""


def examine(
    settings: Settings, database: Database, *, quick: bool = False, command: str = "vendor-risk"
) -> Iterator[Symptom]:
    """Every symptom, the ones that others depend on first; `quick` stops after the database.

    `command` is what people type here to start this program.
    """
    yield from _disk(settings)
    usable = True
    for symptom in _database(settings, database, command):
        usable = usable and symptom.state is State.OK
        yield symptom
    if quick:
        return
    now = dt.datetime.now(dt.UTC)
    if usable:
        yield _worker(database, now, command)
        yield _keys(settings, database)
        yield _audit(settings, database)
        yield _figures(database)
    yield _clock(database if usable else None, now)
    yield _mail(settings)
    yield from _resolver(settings)
    yield _files(settings)
    yield _fonts()


def _disk(settings: Settings) -> Iterator[Symptom]:
    folder = settings.data_dir
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / f".doctor-{os.getpid()}"
        probe.write_bytes(b"well")
        probe.unlink()
    except OSError as error:
        yield Symptom(
            "disk",
            State.BAD,
            f"{folder} cannot be written: {error.strerror}",
            "Give this user the folder (chown), mount it writable, or name another with "
            "VENDOR_RISK_DATA_DIR.",
        )
        return
    free = shutil.disk_usage(folder).free
    state = State.OK if free > _LOW_DISK_BYTES else State.WARN
    yield Symptom(
        "disk", state, f"{folder} has {free / (1 << 30):.1f} GiB free", "Make room on that disk."
    )


def _database(settings: Settings, database: Database, command: str) -> Iterator[Symptom]:
    kind = "SQLite" if database.is_sqlite else "PostgreSQL"
    try:
        with database.engine.connect() as connection:
            connection.execute(text("SELECT 1"))
    except SQLAlchemyError as error:
        yield Symptom(
            "database",
            State.BAD,
            f"{kind} does not answer: {_first_line(error)}",
            "Is the server up, and are user, password and name in VENDOR_RISK_DATABASE_URL right?"
            if settings.database_url
            else f"Look at {settings.data_dir}: is the file there and yours?",
        )
        return
    yield Symptom("database", State.OK, f"{kind} answers")
    here = migrate.current(database)
    if here is None and not settings.database_url:
        yield Symptom(
            "migrations",
            State.WARN,
            "there is no database yet: this installation was never set up",
            f"Run: {command} demo, {command} serve or {command} db upgrade; each of them makes it.",
        )
        return
    if migrate.pending(database):
        yield Symptom(
            "migrations",
            State.BAD,
            f"the database is at {here or 'none'}, this version needs {migrate.head()}",
            f"Run: {command} db upgrade",
        )
        return
    yield Symptom("migrations", State.OK, f"the database is at {migrate.head()}")


def _worker(database: Database, now: dt.datetime, command: str) -> Symptom:
    with database.reading() as session:
        beats = session.exec(select(WorkerBeat)).all()
    alive = [beat for beat in beats if now - beat.seen_at < dt.timedelta(seconds=4 * BEAT_SECONDS)]
    if alive:
        return Symptom(
            "worker", State.OK, f"{len(alive)} alive: {', '.join(b.name for b in alive)}"
        )
    last = max((beat.seen_at for beat in beats), default=None)
    says = f"last seen {last:%d %b %Y, %H:%M UTC}" if last else "never seen"
    return Symptom(
        "worker",
        State.WARN,
        f"no worker is alive ({says}): scans and reports wait in the queue",
        f"Start one: {command} serve, or {command} worker.",
    )


def _keys(settings: Settings, database: Database) -> Symptom:
    try:
        with database.reading() as session:
            for table in (Contact, Intake, IssuedReport):  # the oldest row has the oldest key
                session.exec(select(table).order_by(col(table.created_at)).limit(1)).first()
    except EncryptionError as error:
        return Symptom(
            "keys",
            State.BAD,
            str(error),
            f"Restore keys.json into {settings.data_dir}, or set VENDOR_RISK_ENCRYPTION_KEYS.",
        )
    return Symptom("keys", State.OK, "the oldest sealed rows open")


def _audit(settings: Settings, database: Database) -> Symptom:
    """The chain, and whether it still holds the entry that was the last one the last time.

    A chain cannot tell that its end was cut off, so its last entry is noted outside the database.
    """
    note = settings.data_dir / "audit-last"
    try:
        noted = note.read_text(encoding="ascii").strip() or None
    except (OSError, UnicodeDecodeError):
        noted = None
    with database.reading() as session:
        verdict = verify(session, expect_last=noted)
    if verdict.whole:
        with contextlib.suppress(OSError):  # another symptom says that the disk cannot be written
            note.write_text(f"{verdict.last}\n", encoding="ascii")
        return Symptom("audit log", State.OK, f"{verdict.entries} entries, the chain is whole")
    return Symptom(
        "audit log",
        State.BAD,
        f"the chain is broken at entry {verdict.broken}: {verdict.why}",
        "Somebody changed the database by hand: compare with a backup before trusting the log."
        f" If you put an older backup back yourself, remove {note}.",
    )


def _figures(database: Database) -> Symptom:
    with database.reading() as session:
        wrong = differences(session)
    if not wrong:
        return Symptom("figures", State.OK, "those of the portfolio are what its vendors say")
    return Symptom(
        "figures",
        State.WARN,
        f"{wrong} numbers of the portfolio are not what its vendors say",
        "Wait a day: the worker counts them anew each morning. Did somebody change tables by hand?",
    )


def _clock(database: Database | None, now: dt.datetime) -> Symptom:
    if now < _WRITTEN:
        return Symptom(
            "clock",
            State.BAD,
            f"it shows {now:%d %b %Y}, before this version was made",
            "Set the time, and let it be kept by NTP (timedatectl set-ntp true).",
        )
    if database is not None and not database.is_sqlite:
        with database.reading() as session:
            theirs = session.exec(select(func.now())).one()
        apart = abs((theirs - now).total_seconds())
        if apart > _CLOCK_SECONDS:
            return Symptom(
                "clock",
                State.WARN,
                f"it differs from the database server's by {apart:.0f} s",
                "Let both be kept by NTP (timedatectl set-ntp true).",
            )
    return Symptom("clock", State.OK, f"{now:%d %b %Y, %H:%M:%S UTC}")


def _mail(settings: Settings) -> Symptom:
    url = settings.smtp_url.get_secret_value()
    if not url:
        return Symptom(
            "mail",
            State.WARN,
            "no mail server is set: mail stays in the outbox, which an admin reads in the browser",
            "Set VENDOR_RISK_SMTP_URL=smtp://USER:PASSWORD@HOST:587 to send it.",
        )
    server = Smtp.from_url(
        url, settings.mail_from, str(settings.ca_file) if settings.ca_file else None
    )
    try:
        server.check()
    except MailFailed as error:
        return Symptom(
            "mail",
            State.BAD,
            f"no mail can be sent: {error}",
            "Are host, port, user and password in VENDOR_RISK_SMTP_URL right, and may this machine"
            " reach it? A private CA goes into VENDOR_RISK_CA_FILE.",
        )
    signed_in = f", {server.user} is signed in" if server.user else ""
    return Symptom("mail", State.OK, f"{server.host}:{server.port} answers{signed_in}")


def _resolver(settings: Settings) -> Iterator[Symptom]:
    try:
        servers = network(settings).servers()
    except ResolverDown as error:
        yield Symptom("resolver", State.BAD, str(error), "Set VENDOR_RISK_RESOLVERS=9.9.9.9")
        return
    question = dns.message.make_query(".", "SOA", want_dnssec=False)
    question.flags |= dns.flags.AD
    for address, port in servers:
        try:
            answer = dns.query.udp(question, address, timeout=3, port=port)
        except (OSError, dns.exception.DNSException) as error:
            yield Symptom(
                "resolver",
                State.BAD,
                f"{address}:{port} does not answer ({type(error).__name__})",
                "Set VENDOR_RISK_RESOLVERS to one that does, such as 9.9.9.9.",
            )
            continue
        if answer.flags & dns.flags.AD:
            yield Symptom("resolver", State.OK, f"{address}:{port} answers and validates DNSSEC")
        else:
            yield Symptom(
                "resolver",
                State.WARN,
                f"{address}:{port} answers but does not validate DNSSEC: that check stays unknown",
                "Set VENDOR_RISK_RESOLVERS to a validating one, such as 9.9.9.9.",
            )


def _files(settings: Settings) -> Symptom:
    """Whether the looks of a worker find enough files; a worker takes all that it may have."""
    looks, may = settings.scan_workers, allowed()
    least = needed(looks)
    if may >= least:
        return Symptom("files", State.OK, f"a process may open {may}")
    return Symptom(
        "files",
        State.WARN,
        f"a process may open {may}, and {looks} looks at once need {least}: some will fail",
        "Raise the hard limit (LimitNOFILE= of systemd, --ulimit nofile= of Docker, limits.conf),"
        f" or set VENDOR_RISK_SCAN_WORKERS={looks_within(may)}.",
    )


def _fonts() -> Symptom:
    try:
        fonts = data_dir("static") / "vendor" / "fonts"
    except FileNotFoundError as error:
        return Symptom("fonts", State.BAD, str(error), "Install vendor-risk again.")
    if not (fonts / "inter-latin-400-normal.woff2").is_file():
        return Symptom(
            "fonts", State.BAD, f"{fonts} holds no Inter", "Run ./run setup in the checkout."
        )
    try:
        import weasyprint
    except (OSError, ImportError) as error:
        return Symptom(
            "fonts",
            State.BAD,
            f"WeasyPrint cannot start: {_first_line(error)}",
            "apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0",
        )
    return Symptom("fonts", State.OK, f"Inter is there, WeasyPrint {weasyprint.__version__} starts")


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]


def port_is_free(host: str, port: int) -> bool:
    """Whether a server may listen there; a second instance is found before it fails."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True
