"""Sealed files: whole or refused, never in part."""

import hashlib
import io
import os
import uuid

import pytest

from vendor_risk.store.encryption import KeyMissing, Keyring, SealBroken, use_keyring
from vendor_risk.store.files import CHUNK, Files, FileTooLarge

ROW = uuid.UUID("11111111-2222-4333-8444-555555555555")
SEALED_CHUNK = CHUNK + 16
HEAD = 21


@pytest.fixture
def files(tmp_path):
    return Files(tmp_path / "files")


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK])
def test_file_comes_back_whole(files, size):
    """A file of any size reads as it was written, also at the edges of chunks."""
    content = os.urandom(size)
    files.write(ROW, io.BytesIO(content))

    with files.open(ROW) as opened:
        assert opened.read() == content


def test_write_tells_size_and_hash(files):
    """What is returned describes the content, not the sealed file."""
    stored = files.write(ROW, io.BytesIO(b"evidence"))

    assert (stored.size, stored.sha256) == (8, hashlib.sha256(b"evidence").hexdigest())


def test_content_is_unreadable_on_disk(files):
    """Whoever takes the disk learns nothing from a file."""
    files.write(ROW, io.BytesIO(b"evidence" * 100))

    assert b"evidence" not in files.path(ROW).read_bytes()


@pytest.mark.parametrize("kept", [HEAD, HEAD + SEALED_CHUNK, HEAD + 2 * SEALED_CHUNK, -1])
def test_truncated_file_is_refused(files, kept):
    """A file that lost its end is an error, also when it was cut exactly between chunks."""
    files.write(ROW, io.BytesIO(os.urandom(3 * CHUNK)))
    path = files.path(ROW)
    path.write_bytes(path.read_bytes()[:kept])

    with files.open(ROW) as opened, pytest.raises(SealBroken):
        opened.read()


def test_reordered_file_is_refused(files):
    """Chunks that changed places are an error."""
    files.write(ROW, io.BytesIO(os.urandom(3 * CHUNK)))
    path = files.path(ROW)
    raw = path.read_bytes()
    first, second = raw[HEAD : HEAD + SEALED_CHUNK], raw[HEAD + SEALED_CHUNK :][:SEALED_CHUNK]
    path.write_bytes(raw[:HEAD] + second + first + raw[HEAD + 2 * SEALED_CHUNK :])

    with files.open(ROW) as opened, pytest.raises(SealBroken):
        opened.read()


def test_appended_bytes_are_refused(files):
    """A file with something behind its end is an error."""
    files.write(ROW, io.BytesIO(b"evidence"))
    with files.path(ROW).open("ab") as file:
        file.write(b"more")

    with files.open(ROW) as opened, pytest.raises(SealBroken):
        opened.read()


@pytest.mark.parametrize("place", [0, 2, 10, HEAD, -1])
def test_flipped_bit_is_refused(files, place):
    """A file in which one bit flipped, in its head or its content, is an error."""
    files.write(ROW, io.BytesIO(b"evidence"))
    raw = bytearray(files.path(ROW).read_bytes())
    raw[place] ^= 1
    files.path(ROW).write_bytes(raw)

    with pytest.raises((SealBroken, KeyMissing)), files.open(ROW) as opened:
        opened.read()


def test_file_of_another_row_is_refused(files):
    """A file that was put in the place of another row's does not open there."""
    other = uuid.uuid4()
    files.write(other, io.BytesIO(b"evidence"))
    files.path(ROW).parent.mkdir(parents=True, exist_ok=True)
    files.path(other).rename(files.path(ROW))

    with files.open(ROW) as opened, pytest.raises(SealBroken):
        opened.read()


def test_lost_key_is_named(files):
    """When the key is gone the error names it."""
    files.write(ROW, io.BytesIO(b"evidence"))
    use_keyring(Keyring({9: os.urandom(32)}))

    with pytest.raises(KeyMissing, match="key 7"):
        files.open(ROW)


class Breaks(io.BytesIO):
    """Gives one chunk and then fails, as an upload that is cut off."""

    def read(self, size=-1):
        if self.tell():
            raise ConnectionError("gone")
        return super().read(size)


def test_failed_write_leaves_the_old_file(files):
    """An upload that breaks off changes nothing and leaves nothing behind."""
    files.write(ROW, io.BytesIO(b"old"))
    with pytest.raises(ConnectionError):
        files.write(ROW, Breaks(os.urandom(2 * CHUNK)))

    with files.open(ROW) as opened:
        assert (opened.read(), len(list(files.path(ROW).parent.iterdir()))) == (b"old", 1)


def test_too_large_a_file_leaves_nothing(files):
    """A file beyond the limit is refused while it is read."""
    with pytest.raises(FileTooLarge):
        files.write(ROW, io.BytesIO(bytes(2 * CHUNK)), at_most=CHUNK)

    assert not files.path(ROW).exists()


class Drips(io.BytesIO):
    """Gives at most 1000 bytes at a time, as a socket may."""

    def read(self, size=-1):
        return super().read(min(size, 1000))


def test_slow_stream_is_stored_whole(files):
    """A stream that gives less than asked for is read to its end."""
    content = os.urandom(CHUNK + 5000)
    files.write(ROW, Drips(content))

    with files.open(ROW) as opened:
        assert opened.read() == content


def test_deleted_file_is_gone(files):
    """After deleting, there is no such file; deleting again is harmless."""
    files.write(ROW, io.BytesIO(b"evidence"))
    files.delete(ROW)
    files.delete(ROW)

    with pytest.raises(FileNotFoundError):
        files.open(ROW)
