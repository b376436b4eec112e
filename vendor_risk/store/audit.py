"""The append-only log of people's acts: each entry's keyed hash covers the entry before it."""

import datetime as dt
import hashlib
import hmac
import json
import re
import secrets
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, cast

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Connection, Table, event, text
from sqlalchemy.orm import Session as AnySession
from sqlalchemy.orm import SessionTransaction
from sqlmodel import Session, col, select

from vendor_risk.store.encryption import KeyMissing, SealBroken, keyring, open_row, seal_row
from vendor_risk.store.models.audit import AuditEntry, PersonKey

# What the first entry names as the one before it.
START = "0" * 64

# Any number will do that no other lock of this database uses.
_LOCK = 7_310_001

# Who can write the table has not the key, so cannot rewrite the chain.
_CHAIN = "audit_entry.chain"
_KEY_ID = re.compile(r"([1-9][0-9]{0,9}):")

# A value under such a name never reaches the log, whatever the caller hands in.
_SECRET_NAMES = ("password", "secret", "totp", "recovery", "token", "uniquifier", "private_key")
SECRET = "(secret)"  # noqa: S105  (it stands in a secret's place)

# Subjects that are persons: what the log says of them is sealed with their own key.
PERSONS = frozenset({"person", "contact"})


@dataclass(frozen=True, slots=True)
class _Pending:
    entry: AuditEntry
    change: dict[str, Any] | None
    origin: dict[str, Any] | None
    transaction: SessionTransaction | None


class Row(Protocol):
    """A row of a table, which has an id."""

    id: uuid.UUID


class Noting(Protocol):
    """Writes what was done with a row of one kind."""

    def __call__(
        self,
        session: Session,
        row: Row,
        act: str,
        actor: uuid.UUID | str,
        now: dt.datetime,
        *,
        before: Mapping[str, Any] | None = None,
        after: Mapping[str, Any] | None = None,
    ) -> None:
        """As `record`."""


def noting(kind: str) -> Noting:
    """`record` for the rows of one kind."""

    def note(
        session: Session,
        row: Row,
        act: str,
        actor: uuid.UUID | str,
        now: dt.datetime,
        *,
        before: Mapping[str, Any] | None = None,
        after: Mapping[str, Any] | None = None,
    ) -> None:
        record(
            session,
            actor=actor,
            act=act,
            subject_kind=kind,
            subject_id=row.id,
            before=before,
            after=after,
            now=now,
        )

    return note


def record(
    session: Session,
    *,
    actor: uuid.UUID | str,
    act: str,
    subject_kind: str,
    subject_id: uuid.UUID | str = "",
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    now: dt.datetime,
    about: uuid.UUID | None = None,
    request_id: str | None = None,
    address: str | None = None,
) -> None:
    """The act is in the log once this transaction commits, and not when it rolls back.

    `actor` is the id of a person, or a word such as "stranger", "command" or "worker". The values
    before and after are sealed; when the subject is a person (or `about` names one), with the key
    of that person, whose erasure leaves the chain whole. The address is sealed with the key of
    the actor. Request id and address default to those of the page that opened the session.
    """
    origin = dict(session.info.get("origin") or {})
    origin |= {k: v for k, v in (("request", request_id), ("address", address)) if v is not None}
    change = {k: _harmless(v) for k, v in (("before", before), ("after", after)) if v is not None}
    if about is None and subject_kind in PERSONS and isinstance(subject_id, uuid.UUID):
        about = subject_id
    person = actor if isinstance(actor, uuid.UUID) else None
    entry = AuditEntry(
        sequence=0,
        at=now,
        actor_id=person,
        actor_kind="person" if isinstance(actor, uuid.UUID) else actor,
        act=act,
        subject_kind=subject_kind,
        subject_id=str(subject_id),
        change_key=about if change else None,
        origin_key=person if origin else None,
        previous="",
        hash="",
    )
    if not session.in_transaction():
        session.begin()  # so that a rollback takes the entry along
    pending: list[_Pending] = session.info.setdefault("audit", [])
    inside = session.get_nested_transaction() or session.get_transaction()
    pending.append(_Pending(entry, change or None, origin or None, inside))


def _harmless(value: Any) -> Any:
    """The value as JSON, with nothing in it that is secret."""
    if isinstance(value, Mapping):
        return {
            str(key): SECRET
            if item is not None and any(word in str(key).lower() for word in _SECRET_NAMES)
            else _harmless(item)
            for key, item in value.items()
        }
    if isinstance(value, list | tuple | set | frozenset):
        items = sorted(value, key=str) if isinstance(value, set | frozenset) else value
        return [_harmless(item) for item in items]
    if value is None or isinstance(value, bool | int | float | str):
        return value
    return str(value)


# Entries are written at the very end of a transaction. The lock that keeps them in line is then
# the last lock taken and is held for a moment only, so two transactions cannot wait for each other.


@event.listens_for(AnySession, "before_commit")
def _write(session: AnySession) -> None:
    if session.in_nested_transaction():  # a savepoint; the entries go with the whole
        return
    pending: list[_Pending] = session.info.pop("audit", [])
    if not pending:
        return
    session.flush()
    connection = session.connection()
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    # on SQLite the writing transaction is alone since its BEGIN IMMEDIATE
    sequence, previous = _last(session)
    for waiting in pending:
        entry = waiting.entry
        sequence += 1
        entry.sequence = sequence
        entry.change = _sealed(session, entry, "change", waiting.change, entry.change_key)
        entry.origin = _sealed(session, entry, "origin", waiting.origin, entry.origin_key)
        entry.previous = previous
        previous = entry.hash = digest(entry, keyring().writes)
        session.add(entry)
    session.flush()


@event.listens_for(AnySession, "after_soft_rollback")
def _forget(session: AnySession, rolled_back: SessionTransaction) -> None:
    pending: list[_Pending] = session.info.get("audit", [])
    pending[:] = [one for one in pending if not _within(one.transaction, rolled_back)]


def _within(inner: SessionTransaction | None, outer: SessionTransaction) -> bool:
    if outer.parent is None:
        return True
    while inner is not None:
        if inner is outer:
            return True
        inner = inner.parent
    return False


def _last(session: AnySession) -> tuple[int, str]:
    newest = (
        select(AuditEntry.sequence, AuditEntry.hash)
        .order_by(col(AuditEntry.sequence).desc())
        .limit(1)
    )
    row = session.execute(newest).first()
    return (row[0], row[1]) if row else (0, START)


def digest(entry: AuditEntry, key_id: int) -> str:
    """The keyed hash of an entry over all its columns; of sealed values, over their own hash.

    It begins with the id of the master key, which may be rotated while the chain goes on.
    """
    facts = {
        "sequence": entry.sequence,
        "at": entry.at.astimezone(dt.UTC).isoformat(),
        "actor_id": str(entry.actor_id or ""),
        "actor_kind": entry.actor_kind,
        "act": entry.act,
        "subject_kind": entry.subject_kind,
        "subject_id": entry.subject_id,
        "change_key": str(entry.change_key or ""),
        "change": _sha256(entry.change),
        "origin_key": str(entry.origin_key or ""),
        "origin": _sha256(entry.origin),
        "previous": entry.previous,
    }
    canonical = json.dumps(facts, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return f"{key_id}:{keyring().mac(key_id, _CHAIN, canonical.encode())}"


def _sha256(sealed: bytes | None) -> str:
    return hashlib.sha256(bytes(sealed)).hexdigest() if sealed is not None else ""


# A sealed part is an envelope of the ring, bound to its row. Where it speaks of a person it holds
# a second envelope of that person's key, so that either key alone opens nothing.


def _sealed(
    session: AnySession,
    entry: AuditEntry,
    part: str,
    value: dict[str, Any] | None,
    person: uuid.UUID | None,
) -> bytes | None:
    if value is None:
        return None
    content: Any = value
    if person is not None:
        key = _person_key(session, person)
        if key is None:  # erased already: what is said of them now is not kept
            content = {"erased": True}
        else:
            nonce = secrets.token_bytes(12)
            inner = AESGCM(key).encrypt(nonce, json.dumps(value).encode(), str(person).encode())
            content = (nonce + inner).hex()
    return seal_row(content, f"audit_entry.{part}", entry.sequence)


def _person_key(session: AnySession, person: uuid.UUID) -> bytes | None:
    row = session.get(PersonKey, person)
    if row is None:
        row = PersonKey(person_id=person, key=secrets.token_hex(32))
        session.add(row)
        session.flush()
    return bytes.fromhex(row.key) if row.key else None


@dataclass(frozen=True, slots=True)
class Told:
    """What an entry says once opened; `erased` parts are gone for good."""

    before: dict[str, Any] | None
    after: dict[str, Any] | None
    request_id: str | None
    address: str | None
    erased: bool


def tell(session: Session, entry: AuditEntry) -> Told:
    """The sealed values of an entry."""
    change, gone = _opened(session, entry, "change", entry.change, entry.change_key)
    origin, lost = _opened(session, entry, "origin", entry.origin, entry.origin_key)
    return Told(
        before=change.get("before"),
        after=change.get("after"),
        request_id=origin.get("request"),
        address=origin.get("address"),
        erased=gone or lost,
    )


def _opened(
    session: Session, entry: AuditEntry, part: str, sealed: bytes | None, person: uuid.UUID | None
) -> tuple[dict[str, Any], bool]:
    if sealed is None:
        return {}, False
    content = open_row(sealed, f"audit_entry.{part}", entry.sequence)
    if not isinstance(content, str):
        erased = content == {"erased": True}
        return ({} if erased else cast(dict[str, Any], content)), erased
    row = session.get(PersonKey, person)
    if row is None:
        raise SealBroken(f"person_key: the row of {person} is missing")
    if row.key is None:
        return {}, True
    blob = bytes.fromhex(content)
    plain = AESGCM(bytes.fromhex(row.key)).decrypt(blob[:12], blob[12:], str(person).encode())
    return json.loads(plain), False


def erase(session: Session, person: uuid.UUID, now: dt.datetime) -> None:
    """What the log says of a person can never be read again; the chain still verifies."""
    row = session.get(PersonKey, person) or PersonKey(person_id=person)
    row.key = None
    row.destroyed_at = now
    session.add(row)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the chain is whole; `broken` is the first row that does not fit, and `why`."""

    entries: int
    last: str
    broken: int | None = None
    why: str = ""

    @property
    def whole(self) -> bool:
        """Whether no row was changed, taken out or slipped in."""
        return self.broken is None


def verify(session: Session, *, expect_last: str | None = None) -> Verdict:
    """Walk the whole log, one row at a time.

    A chain cannot tell by itself that its end was cut off: with `expect_last`, a hash that was
    noted elsewhere (a report, a backup), that is told too.
    """
    count, previous, noted = 0, START, expect_last in (None, START)
    for entry in _stream(session):
        why = _fault(entry, count + 1, previous)
        if why:
            return Verdict(count, previous, entry.sequence, why)
        count, previous = count + 1, entry.hash
        noted = noted or previous == expect_last
    if not noted:
        return Verdict(count, previous, count + 1, "the noted last entry is no longer there")
    return Verdict(count, previous)


def carries_its_seal(entry: AuditEntry) -> bool:
    """Whether an entry is as it was written; that none is missing only `verify` can tell."""
    return not _changed(entry)


def _fault(entry: AuditEntry, expected: int, previous: str) -> str:
    if entry.sequence != expected:
        return f"entry {expected} is missing"
    if entry.previous != previous:
        return "it does not follow the entry before it"
    return _changed(entry)


def _changed(entry: AuditEntry) -> str:
    """Why an entry does not carry its seal; empty for one that does."""
    key_id = _KEY_ID.match(entry.hash)
    if key_id:
        try:
            right = hmac.compare_digest(entry.hash.encode(), digest(entry, int(key_id[1])).encode())
        except KeyMissing:
            return f"it names key {key_id[1]}, which is not among the encryption keys"
        if right:
            return ""
    return "it was changed after it was written"


def _stream(session: Session) -> Iterator[AuditEntry]:
    in_order = select(AuditEntry).order_by(col(AuditEntry.sequence))
    for entry in session.exec(in_order, execution_options={"yield_per": 500}):
        yield entry
        session.expunge(entry)


_REFUSAL = "the audit log is append-only"

# INSERT OR REPLACE deletes a row without its trigger, by any of the three keys of the table.
_REPLACES = (
    "NEW.sequence IS NOT (SELECT COALESCE(MAX(sequence), 0) + 1 FROM audit_entry) "
    "OR EXISTS (SELECT 1 FROM audit_entry WHERE hash = NEW.hash) "
    "OR EXISTS (SELECT 1 FROM audit_entry WHERE rowid = NEW.rowid)"
)

TRIGGERS: dict[str, tuple[str, ...]] = {
    "sqlite": (
        f"CREATE TRIGGER IF NOT EXISTS audit_entry_no_update BEFORE UPDATE ON audit_entry "
        f"BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END",
        f"CREATE TRIGGER IF NOT EXISTS audit_entry_no_delete BEFORE DELETE ON audit_entry "
        f"BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END",
        f"CREATE TRIGGER IF NOT EXISTS audit_entry_in_line BEFORE INSERT ON audit_entry "
        f"WHEN {_REPLACES} BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END",
    ),
    "postgresql": (
        f"CREATE OR REPLACE FUNCTION audit_entry_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{_REFUSAL}'; END $$",
        "CREATE OR REPLACE TRIGGER audit_entry_no_change BEFORE UPDATE OR DELETE ON audit_entry "
        "FOR EACH ROW EXECUTE FUNCTION audit_entry_refuse()",
        "CREATE OR REPLACE TRIGGER audit_entry_no_truncate BEFORE TRUNCATE ON audit_entry "
        "FOR EACH STATEMENT EXECUTE FUNCTION audit_entry_refuse()",
    ),
}
"""What makes the table append-only: run after each migration, and by `create_all` in tests."""


def make_append_only(connection: Connection) -> None:
    """The database itself refuses to change or delete an entry; harmless when it did already."""
    for statement in TRIGGERS[connection.dialect.name]:
        connection.exec_driver_sql(statement)


@event.listens_for(cast(Table, AuditEntry.__table__), "after_create")  # type: ignore[attr-defined]
def _protect(_table: Table, connection: Connection, **_: Any) -> None:
    make_append_only(connection)


@event.listens_for(cast(Table, AuditEntry.__table__), "after_drop")  # type: ignore[attr-defined]
def _unprotect(_table: Table, connection: Connection, **_: Any) -> None:
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("DROP FUNCTION audit_entry_refuse()")
