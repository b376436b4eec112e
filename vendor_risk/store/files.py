"""Files sealed on disk in chunks, each bound to its place and to the row that it belongs to."""

import hashlib
import io
import os
import struct
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from vendor_risk.store.encryption import KeyMissing, Keyring, SealBroken, keyring

CHUNK = 1024 * 1024

# Head: version, id of the master key, a salt from which each file gets a key of its own. As no
# two files share a key, the nonce can simply count: chunk number, and whether it is the last one
# (the STREAM construction of Hoang, Reyhanitabar, Rogaway, Vizár 2015, section 6).
_VERSION = 1
_HEAD = struct.Struct(">BI16s")
_NONCE = struct.Struct(">7xI?")
_TAG = 16
_CONTEXT = "file"


class FileTooLarge(ValueError):
    """A file is larger than it may be; nothing of it was kept."""


@dataclass(frozen=True, slots=True)
class Stored:
    """What was written: its size and the SHA-256 of its content, before it was sealed."""

    size: int
    sha256: str


class Files:
    """The sealed files under one folder, named by the id of the row that they belong to."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, row_id: UUID) -> Path:
        """Where the file of a row is; 256 folders, so that none grows to a million names."""
        return self.folder / row_id.hex[:2] / row_id.hex

    def write(self, row_id: UUID, content: BinaryIO, *, at_most: int | None = None) -> Stored:
        """The whole content is stored, or nothing; a file that was there before is replaced."""
        place = self.path(row_id)
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, name = tempfile.mkstemp(dir=place.parent, prefix=".writing-")
        try:
            with os.fdopen(handle, "wb") as file:
                stored = _seal(content, file, row_id, at_most)
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(place)
        except BaseException:
            Path(name).unlink()
            raise
        return stored

    def open(self, row_id: UUID) -> BinaryIO:
        """The content as a stream that gives out nothing it has not verified.

        FileNotFoundError when there is none. A file that was cut, altered, reordered or belongs
        to another row raises SealBroken, at the latest when its end is read.
        """
        file = self.path(row_id).open("rb")
        try:
            return io.BufferedReader(_Opened(file, row_id), buffer_size=CHUNK)
        except BaseException:
            file.close()
            raise

    def delete(self, row_id: UUID) -> None:
        """The file is gone, if it was there."""
        self.path(row_id).unlink(missing_ok=True)


def _cipher(ring: Keyring, key_id: int, salt: bytes) -> AESGCM:
    return AESGCM(ring.derive(key_id, _CONTEXT, salt))


def _seal(content: BinaryIO, file: BinaryIO, row_id: UUID, at_most: int | None) -> Stored:
    ring, salt = keyring(), os.urandom(16)
    head = _HEAD.pack(_VERSION, ring.writes, salt)
    cipher, bound = _cipher(ring, ring.writes, salt), head + row_id.bytes
    file.write(head)
    digest, size, number = hashlib.sha256(), 0, 0
    chunk = _read(content, CHUNK)
    while True:
        digest.update(chunk)
        size += len(chunk)
        if at_most is not None and size > at_most:
            raise FileTooLarge(f"the file is larger than {at_most} bytes")
        following = _read(content, CHUNK) if len(chunk) == CHUNK else b""
        file.write(cipher.encrypt(_NONCE.pack(number, not following), chunk, bound))
        if not following:
            return Stored(size, digest.hexdigest())
        chunk, number = following, number + 1


def _read(content: BinaryIO, size: int) -> bytes:
    """So many bytes, fewer only at the end: a socket may give fewer at a time."""
    parts, missing = [], size
    while missing and (part := content.read(missing)):
        parts.append(part)
        missing -= len(part)
    return b"".join(parts)


class _Opened(io.RawIOBase):
    """Reads chunk after chunk; the next is read ahead to know whether one is the last."""

    def __init__(self, file: BinaryIO, row_id: UUID) -> None:
        self._file = file
        head = file.read(_HEAD.size)
        if len(head) < _HEAD.size or head[0] != _VERSION:
            raise SealBroken(f"file {row_id} is no sealed file")
        _, key_id, salt = _HEAD.unpack(head)
        if key_id not in keyring().ids:
            raise KeyMissing(key_id, f"file {row_id}")
        self._cipher = _cipher(keyring(), key_id, salt)
        self._bound = head + row_id.bytes
        self._name = row_id
        self._number = 0
        self._sealed = file.read(CHUNK + _TAG)
        self._plain = memoryview(b"")
        self._over = False

    def readable(self) -> bool:
        """Yes."""
        return True

    def readinto(self, buffer: "memoryview | bytearray") -> int:  # type: ignore[override]
        """Fill the buffer from what is verified; 0 at the verified end."""
        if not self._plain and not self._over:
            self._next()
        taken = min(len(buffer), len(self._plain))
        buffer[:taken] = self._plain[:taken]
        self._plain = self._plain[taken:]
        return taken

    def _next(self) -> None:
        following = self._file.read(CHUNK + _TAG)
        nonce = _NONCE.pack(self._number, not following)
        try:
            self._plain = memoryview(self._cipher.decrypt(nonce, self._sealed, self._bound))
        except InvalidTag as error:
            raise SealBroken(
                f"file {self._name} was cut, altered or moved (chunk {self._number})"
            ) from error
        self._sealed, self._number, self._over = following, self._number + 1, not following

    def close(self) -> None:
        """Give the file back."""
        if not self.closed:
            self._file.close()
        super().close()
