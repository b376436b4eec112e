"""Values at rest: what opens, what refuses, and what a lost key says."""

import os

import pytest
from sqlalchemy import text
from sqlmodel import select

from tests.factories import NOON
from vendor_risk.store.encryption import (
    EncryptionError,
    KeyMissing,
    Keyring,
    SealBroken,
    blind_index,
    blind_indexes,
    open_row,
    seal_row,
    use_keyring,
)
from vendor_risk.store.models.outbox import OutboxMail

OLD, NEW = bytes(range(32)), os.urandom(32)


def put_mail(database, **changes):
    fields = {
        "dedup_key": "one",
        "recipient": "ann@example.com",
        "subject": "Hello",
        "text": "Grüße, 你好",
        "due_at": NOON,
    }
    with database.transaction() as session:
        session.add(OutboxMail(**(fields | changes)))


def test_sealed_column_gives_back_what_was_put_in(database):
    """A sealed column reads as it was written, in any script."""
    put_mail(database)

    with database.reading() as session:
        assert session.exec(select(OutboxMail.text)).one() == "Grüße, 你好"


def test_sealed_column_is_unreadable_in_the_database(database):
    """Whoever reads the database file alone learns nothing from a sealed column."""
    put_mail(database, recipient="ann@example.com")

    with database.reading() as session:
        kept = session.execute(text("SELECT recipient FROM outbox_mail")).scalar_one()
    assert b"ann" not in bytes(kept)


def test_none_stays_null(database):
    """An absent value can be asked for: it is NULL, not a sealed null."""
    put_mail(database, html=None)

    with database.reading() as session:
        assert session.execute(text("SELECT count(*) FROM outbox_mail WHERE html IS NULL")).scalar()


def test_lost_key_is_named_and_never_blank(database):
    """When the key is gone the error names it, and no empty value takes the value's place."""
    put_mail(database)
    use_keyring(Keyring({9: NEW}))

    with (
        database.reading() as session,
        pytest.raises(KeyMissing, match=r"outbox_mail\.\w+ was sealed with key 7"),
    ):
        session.exec(select(OutboxMail)).one()


def test_another_key_of_the_same_id_is_told(database):
    """A key of the right id and the wrong bytes does not open what the right one sealed."""
    put_mail(database)
    use_keyring(Keyring({7: NEW}))

    with database.reading() as session, pytest.raises(SealBroken, match="another one"):
        session.exec(select(OutboxMail.text)).one()


def test_value_moved_to_another_column_does_not_open(database):
    """Text copied over the subject in the database is refused, not shown."""
    put_mail(database)
    with database.transaction() as session:
        session.execute(text("UPDATE outbox_mail SET subject = text"))

    with database.reading() as session, pytest.raises(SealBroken):
        session.exec(select(OutboxMail.subject)).one()


def test_old_key_still_reads_after_rotation():
    """A ring whose first key is new opens what the old key sealed."""
    sealed = Keyring({1: OLD}).seal(b"x", "a.b")

    assert Keyring({2: NEW, 1: OLD}).open(sealed, "a.b") == b"x"


def test_first_key_writes():
    """After rotation, new values are sealed with the new key alone."""
    sealed = Keyring({2: NEW, 1: OLD}).seal(b"x", "a.b")

    assert Keyring({2: NEW}).open(sealed, "a.b") == b"x"


@pytest.mark.parametrize("place", range(34))
def test_every_byte_of_an_envelope_counts(place):
    """Whichever byte of an envelope is flipped, it does not open."""
    ring = Keyring({1: OLD})
    sealed = bytearray(ring.seal(b"x", "a.b"))
    sealed[place] ^= 1

    with pytest.raises(EncryptionError):
        ring.open(bytes(sealed), "a.b")


def test_same_value_is_sealed_differently_each_time():
    """Two equal values cannot be told from their envelopes."""
    ring = Keyring({1: OLD})

    assert ring.seal(b"x", "a.b") != ring.seal(b"x", "a.b")


def test_secret_of_one_row_does_not_open_for_another():
    """A secret copied to another row is refused."""
    sealed = seal_row({"key": "k"}, "token.secret", 1)

    with pytest.raises(SealBroken):
        open_row(sealed, "token.secret", 2)


def test_secret_of_a_row_opens_for_it():
    """A secret opens for the row that it was sealed for."""
    assert open_row(seal_row({"key": "k"}, "token.secret", 1), "token.secret", 1) == {"key": "k"}


def test_blind_index_finds_the_same_text():
    """Equal texts have equal fingerprints in one column."""
    assert blind_index("contact.email", "a@b.c") == blind_index("contact.email", "a@b.c")


def test_blind_index_differs_between_columns():
    """Two columns cannot be joined over their fingerprints."""
    assert blind_index("contact.email", "a@b.c") != blind_index("user.email", "a@b.c")


def test_blind_index_of_an_old_key_is_among_the_candidates():
    """After rotation, a row that was written before it is still found."""
    use_keyring(Keyring({1: OLD}))
    before = blind_index("contact.email", "a@b.c")
    use_keyring(Keyring({2: NEW, 1: OLD}))

    assert before in blind_indexes("contact.email", "a@b.c")


@pytest.mark.parametrize("keys", [{}, {0: OLD}, {2**32: OLD}, {1: b"short"}])
def test_unusable_keys_are_refused(keys):
    """A ring without keys, or with one that is none, is refused."""
    with pytest.raises(EncryptionError):
        Keyring(keys)
