"""The audit log: complete, in order, unchangeable, and erasable where it speaks of a person."""

import threading
import uuid

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError
from sqlmodel import func, select

from tests.databases import only
from tests.factories import NOON, make_user
from vendor_risk.store import audit
from vendor_risk.store.audit import SECRET, erase, record, tell, verify
from vendor_risk.store.encryption import Keyring, keyring, use_keyring
from vendor_risk.store.models.audit import AuditEntry, PersonKey

ANN = uuid.UUID("11111111-2222-4333-8444-555555555555")


def note(session, **changes):
    record(
        session,
        **(
            {
                "actor": ANN,
                "act": "vendor.renamed",
                "subject_kind": "vendor",
                "subject_id": "v1",
                "before": {"name": "Old"},
                "after": {"name": "New"},
                "now": NOON,
            }
            | changes
        ),
    )


def note_many(database, count):
    with database.transaction() as session:
        for number in range(count):
            note(session, subject_id=f"v{number}")


def told(database, sequence=1):
    with database.reading() as session:
        return tell(session, session.get_one(AuditEntry, sequence))


def verdict(database, **arguments):
    with database.reading() as session:
        return verify(session, **arguments)


def without_triggers(database, statement):
    """Change the log as somebody may who owns the database."""
    with database.transaction() as session:
        if database.is_sqlite:
            for name in ("no_update", "no_delete", "in_line"):
                session.execute(text(f"DROP TRIGGER audit_entry_{name}"))
        else:
            session.execute(text("ALTER TABLE audit_entry DISABLE TRIGGER ALL"))
        session.execute(text(statement))


def test_entry_tells_who_did_what(database):
    """An entry keeps the values before and after."""
    note_many(database, 1)

    assert (told(database).before, told(database).after) == ({"name": "Old"}, {"name": "New"})


def test_values_are_sealed(database):
    """Whoever reads the database alone does not learn the values."""
    note_many(database, 1)

    with database.reading() as session:
        assert b"Old" not in bytes(session.exec(select(AuditEntry.change)).one())


def test_untouched_log_is_whole(database):
    """A log that nobody touched verifies to its last entry."""
    note_many(database, 3)

    assert (verdict(database).whole, verdict(database).entries) == (True, 3)


def test_empty_log_is_whole(database):
    """A new installation has nothing to complain of."""
    assert verdict(database).whole


@pytest.mark.parametrize(
    "change",
    [
        "act = 'nothing'",
        "actor_id = NULL",
        "actor_kind = 'worker'",
        "subject_kind = 'x'",
        "subject_id = 'v9'",
        "at = '2020-01-01 00:00:00.000000+00:00'",
        "change = NULL",
        "origin = change",
        "change_key = actor_id",
        "previous = 'a'",
        "hash = 'a'",
    ],
)
def test_changed_entry_is_found(database, change):
    """Whatever is changed in an entry, the walk names that entry."""
    note_many(database, 3)
    without_triggers(database, f"UPDATE audit_entry SET {change} WHERE sequence = 2")

    assert verdict(database).broken == 2


def test_chain_rewritten_without_the_key_is_found(database):
    """Who can write the table, and knows how the hash is made, lacks the key it is made with."""
    note_many(database, 2)
    own = Keyring({7: bytes(32)})
    with database.reading() as session:
        last = session.get_one(AuditEntry, 2)
        last.act = "nothing"
        installed = keyring()
        use_keyring(own)
        forged = audit.digest(last, 7)
        use_keyring(installed)
    without_triggers(
        database, f"UPDATE audit_entry SET act = 'nothing', hash = '{forged}' WHERE sequence = 2"
    )

    assert verdict(database).broken == 2


def test_chain_goes_on_when_the_key_is_rotated(database):
    """Entries of the old key verify beside those of the new one."""
    note_many(database, 2)
    use_keyring(Keyring({8: bytes(range(1, 33)), 7: bytes(range(32))}))
    note_many(database, 2)

    assert (verdict(database).whole, verdict(database).entries) == (True, 4)
    assert verdict(database).last.startswith("8:")


def test_missing_key_is_named(database):
    """Whoever took an old key away learns which one the log needs."""
    note_many(database, 1)
    use_keyring(Keyring({8: bytes(range(1, 33))}))

    assert verdict(database).why == "it names key 7, which is not among the encryption keys"


def test_deleted_entry_is_found(database):
    """An entry that was taken out of the middle is missed."""
    note_many(database, 3)
    without_triggers(database, "DELETE FROM audit_entry WHERE sequence = 2")

    assert (verdict(database).broken, verdict(database).why) == (3, "entry 2 is missing")


def test_cut_end_is_found_by_a_noted_hash(database):
    """Entries cut off at the end are missed by whoever noted the last hash."""
    note_many(database, 3)
    noted = verdict(database).last
    without_triggers(database, "DELETE FROM audit_entry WHERE sequence = 3")

    assert verdict(database, expect_last=noted).broken == 3


def test_log_that_grew_still_has_the_noted_hash(database):
    """A hash noted earlier is found in the longer log."""
    note_many(database, 2)
    noted = verdict(database).last
    note_many(database, 2)

    assert verdict(database, expect_last=noted).whole


@pytest.mark.parametrize(
    "statement", ["UPDATE audit_entry SET act = 'x'", "DELETE FROM audit_entry"]
)
def test_database_refuses_to_change_the_log(database, statement):
    """The product's own connection can neither change nor delete an entry."""
    note_many(database, 1)

    with pytest.raises(DatabaseError, match="append-only"), database.transaction() as session:
        session.execute(text(statement))


@only("postgresql")  # SQLite has no TRUNCATE
def test_postgresql_refuses_to_empty_the_log(database):
    """TRUNCATE, which passes by row triggers, is refused too."""
    note_many(database, 1)

    with pytest.raises(DatabaseError, match="append-only"), database.transaction() as session:
        session.execute(text("TRUNCATE audit_entry"))


def test_rolled_back_act_is_not_in_the_log(database):
    """What did not happen is not noted."""
    with database.writing() as session:
        note(session)
        session.rollback()
        session.commit()

    assert verdict(database).entries == 0


def test_act_in_a_rolled_back_savepoint_is_not_in_the_log(database):
    """Of a transaction, only the part that was kept is noted."""
    with database.transaction() as session:
        note(session, act="kept")
        inner = session.begin_nested()
        note(session, act="dropped")
        inner.rollback()

    with database.reading() as session:
        assert session.exec(select(AuditEntry.act)).all() == ["kept"]


def test_act_in_a_kept_savepoint_is_in_the_log(database):
    """A savepoint that is released hands its acts to the whole."""
    with database.transaction() as session:
        with session.begin_nested():
            note(session, act="inner")
        note(session, act="outer")

    with database.reading() as session:
        acts = select(AuditEntry.act).order_by(AuditEntry.sequence)
        assert session.exec(acts).all() == ["inner", "outer"]


def test_session_that_goes_on_after_a_commit_notes_each_act_once(database):
    """A job that commits per vendor writes each act once."""
    with database.writing() as session:
        for _ in range(3):
            note(session)
            session.commit()
        session.commit()

    assert verdict(database).entries == 3


def test_many_writers_make_one_chain(database):
    """Acts of several processes at once stand in one unbroken line."""

    def write():
        for _ in range(5):
            note_many(database, 2)

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (verdict(database).whole, verdict(database).entries) == (True, 40)


@only("postgresql")  # SQLite has one writer at a time
def test_writers_that_lock_rows_in_opposite_order_do_not_wait_for_each_other(database):
    """The log's lock is taken last, so that it joins no circle of waiting transactions."""
    with database.transaction() as session:
        ann = make_user(session, "requester").id
    holds_row, noted = threading.Event(), threading.Event()
    failures = []

    def first():
        try:
            with database.transaction() as session:
                note(session)
                noted.set()
                holds_row.wait(10)
                session.execute(
                    text("UPDATE user_account SET name = 'A' WHERE id = :id"), {"id": ann}
                )
        except DatabaseError as error:
            failures.append(error)

    def second():
        try:
            with database.transaction() as session:
                noted.wait(10)
                session.execute(
                    text("UPDATE user_account SET name = 'B' WHERE id = :id"), {"id": ann}
                )
                holds_row.set()
                note(session)
        except DatabaseError as error:
            failures.append(error)

    threads = [threading.Thread(target=one) for one in (first, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)

    assert failures == []


@pytest.mark.parametrize(
    "name", ["password", "password_hash", "tf_totp_secret", "mf_recovery_codes", "api_token"]
)
def test_secret_never_reaches_the_log(database, name):
    """A value under the name of a secret is not kept, however deep it is."""
    with database.transaction() as session:
        note(session, after={"account": [{name: "hunter2"}]})

    assert told(database).after == {"account": [{name: SECRET}]}


def test_origin_of_a_request_is_kept(database):
    """The page's request id and address stand in the entry."""
    with database.writing() as session:
        session.info["origin"] = {"request": "r1", "address": "192.0.2.7"}
        note(session)
        session.commit()

    assert (told(database).request_id, told(database).address) == ("r1", "192.0.2.7")


def note_person(database):
    with database.transaction() as session:
        note(session, actor="command", subject_kind="person", subject_id=ANN, after={"name": "Ann"})


def test_erasure_makes_what_is_said_of_a_person_unreadable(database):
    """After erasure nobody can read the values of entries about that person."""
    note_person(database)
    with database.transaction() as session:
        erase(session, ANN, NOON)

    assert (told(database).after, told(database).erased) == (None, True)


def test_chain_is_whole_after_erasure(database):
    """Erasing a person breaks no link of the chain."""
    note_person(database)
    note_many(database, 1)
    with database.transaction() as session:
        erase(session, ANN, NOON)

    assert verdict(database).whole


def test_erasure_leaves_what_is_said_of_others(database):
    """Values about a vendor stay readable when the person who changed them is erased."""
    note_many(database, 1)
    with database.transaction() as session:
        erase(session, ANN, NOON)

    assert told(database).after == {"name": "New"}


def test_erasure_takes_the_address_of_the_person(database):
    """Where an erased person's requests came from is gone with them."""
    with database.transaction() as session:
        note(session, address="192.0.2.7")
    with database.transaction() as session:
        erase(session, ANN, NOON)

    assert told(database).address is None


def test_erased_person_gets_no_new_key(database):
    """What is noted about an erased person later is not kept either."""
    with database.transaction() as session:
        erase(session, ANN, NOON)
    note_person(database)

    assert (told(database).after, told(database).erased) == (None, True)


def test_person_key_is_sealed_itself(database):
    """The key of a person is not readable in the database."""
    note_person(database)

    with database.reading() as session:
        key = session.get_one(PersonKey, ANN).key
        kept = session.execute(text("SELECT key FROM person_key")).scalar_one()
    assert key.encode() not in bytes(kept)


def test_verify_reads_any_length_in_parts(database):
    """A long log is walked without holding it."""
    note_many(database, 1200)

    with database.reading() as session:
        verify(session)
        assert session.exec(select(func.count()).select_from(AuditEntry)).one() == 1200
        assert len(session.identity_map) == 0


def test_triggers_exist_for_both_databases():
    """The migration finds the statements for each database that the product runs on."""
    assert set(audit.TRIGGERS) == {"sqlite", "postgresql"}


COLUMNS = "at, actor_kind, act, subject_kind, subject_id, previous, sequence, hash"


@pytest.mark.parametrize(
    ("keys", "where"),
    [
        ("sequence, hash", "sequence = 1"),
        ("sequence, 'other'", "sequence = 1"),
        ("3, hash", "sequence = 1"),
        ("4, 'other'", "sequence = 1"),
    ],
)
@only("sqlite")  # PostgreSQL has no REPLACE
def test_entry_cannot_be_replaced_or_put_out_of_line(database, keys, where):
    """REPLACE is no way around the triggers, and no entry leaves a gap behind it."""
    note_many(database, 2)
    values = COLUMNS.replace("sequence, hash", keys).replace("act,", "'nothing',")

    with pytest.raises(DatabaseError, match="append-only"), database.transaction() as session:
        session.execute(
            text(
                f"INSERT OR REPLACE INTO audit_entry ({COLUMNS}) "
                f"SELECT {values} FROM audit_entry WHERE {where}"
            )
        )
    assert verdict(database).entries == 2


@only("sqlite")  # PostgreSQL has no REPLACE
def test_entry_cannot_be_replaced_by_its_hidden_key(database):
    """SQLite gives each row a number of its own, which REPLACE goes by as well."""
    note_many(database, 2)
    values = COLUMNS.replace("sequence, hash", "3, 'other'")

    with pytest.raises(DatabaseError, match="append-only"), database.transaction() as session:
        session.execute(
            text(
                f"INSERT OR REPLACE INTO audit_entry (rowid, {COLUMNS}) "
                f"SELECT rowid, {values} FROM audit_entry WHERE sequence = 1"
            )
        )


def test_entry_cannot_be_overwritten_by_an_insert(database):
    """Nor does the other way to write over a row work, on either database."""
    note_many(database, 2)

    with pytest.raises(DatabaseError, match="append-only"), database.transaction() as session:
        session.execute(
            text(
                f"INSERT INTO audit_entry ({COLUMNS}) "
                f"SELECT {COLUMNS} FROM audit_entry WHERE sequence = 1 "
                "ON CONFLICT (sequence) DO UPDATE SET act = 'nothing'"
            )
        )
