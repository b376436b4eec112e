"""Sealing of values at rest, with a master key that is named, rotated and never guessed."""

import hashlib
import hmac
import json
import os
import struct
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import Dialect, LargeBinary
from sqlalchemy.types import TypeDecorator

# An envelope: version (1 byte), id of the master key (4), nonce (12), ciphertext, tag (16).
_VERSION = 1
_HEAD = struct.Struct(">BI")
_NONCE = 12
KEY_BYTES = 32
NAMESPACE = b"vendor-risk/1/"


class EncryptionError(Exception):
    """A sealed value cannot be read, or the keys themselves are unusable."""


class KeyMissing(EncryptionError):
    """The master key that sealed a value is not in the ring."""

    def __init__(self, key_id: int, context: str) -> None:
        super().__init__(
            f"{context} was sealed with key {key_id}, which is not among the encryption keys. "
            f"Put that key back: VENDOR_RISK_ENCRYPTION_KEYS, or keys.json in the data folder."
        )
        self.key_id = key_id


class SealBroken(EncryptionError):
    """A sealed value was altered, cut, or moved from another place."""


class Keyring:
    """Master keys by id: the first writes, all read."""

    def __init__(self, keys: Mapping[int, bytes]) -> None:
        if not keys:
            raise EncryptionError("there is no encryption key")
        for key_id, key in keys.items():
            if not 0 < key_id < 2**32 or len(key) != KEY_BYTES:
                raise EncryptionError(f"encryption key {key_id} is not ID:64 hex digits")
        self._keys = dict(keys)
        self.writes = next(iter(keys))
        self._ciphers: dict[tuple[int, str], AESGCM] = {}
        self._macs: dict[tuple[int, str], hmac.HMAC] = {}

    @property
    def ids(self) -> tuple[int, ...]:
        """The ids in order, the writing one first."""
        return tuple(self._keys)

    def derive(self, key_id: int, context: str, salt: bytes | None = None) -> bytes:
        """The 32-byte key of one context; KeyMissing when the ring lacks that master key."""
        if key_id not in self._keys:
            raise KeyMissing(key_id, context)
        info = NAMESPACE + context.encode()
        return HKDF(hashes.SHA256(), KEY_BYTES, salt, info).derive(self._keys[key_id])

    def _cipher(self, key_id: int, context: str) -> AESGCM:
        cipher = self._ciphers.get((key_id, context))
        if cipher is None:
            cipher = self._ciphers[key_id, context] = AESGCM(self.derive(key_id, context))
        return cipher

    def mac(self, key_id: int, context: str, data: bytes) -> str:
        """The HMAC-SHA-256 of the data in hexadecimal; KeyMissing when the ring lacks that key."""
        begun = self._macs.get((key_id, context))
        if begun is None:
            begun = hmac.new(self.derive(key_id, context), digestmod=hashlib.sha256)
            self._macs[key_id, context] = begun
        ended = begun.copy()
        ended.update(data)
        return ended.hexdigest()

    def seal(self, data: bytes, context: str, bound_to: bytes = b"") -> bytes:
        """An envelope that opens only in the same context, bound to the same thing."""
        head = _HEAD.pack(_VERSION, self.writes)
        nonce = os.urandom(_NONCE)
        cipher = self._cipher(self.writes, context)
        return head + nonce + cipher.encrypt(nonce, data, _associated(head, context, bound_to))

    def open(self, envelope: bytes, context: str, bound_to: bytes = b"") -> bytes:
        """What was sealed; KeyMissing or SealBroken when that cannot be told."""
        key_id = key_id_of(envelope, context)
        cipher = self._cipher(key_id, context)
        head, nonce = envelope[: _HEAD.size], envelope[_HEAD.size : _HEAD.size + _NONCE]
        sealed = envelope[_HEAD.size + _NONCE :]
        try:
            return cipher.decrypt(nonce, sealed, _associated(head, context, bound_to))
        except InvalidTag as error:
            raise SealBroken(
                f"{context} does not open with key {key_id}: the value was altered or moved, or "
                f"the key of that id is another one than the key that sealed it"
            ) from error


def _associated(head: bytes, context: str, bound_to: bytes) -> bytes:
    name = context.encode()
    return head + struct.pack(">H", len(name)) + name + bound_to


def key_id_of(envelope: bytes, context: str) -> int:
    """The id of the master key that sealed an envelope; SealBroken when it is no envelope."""
    if len(envelope) < _HEAD.size + _NONCE + 16 or envelope[0] != _VERSION:
        raise SealBroken(f"{context} holds something that is no sealed value")
    return int(_HEAD.unpack(envelope[: _HEAD.size])[1])


_ring: Keyring | None = None


def use_keyring(ring: Keyring) -> None:
    """Every sealed column of this process reads and writes with these keys from now on."""
    global _ring  # noqa: PLW0603  (column types are made at import, before any key is known)
    _ring = ring


def keyring() -> Keyring:
    """The keys of this process; EncryptionError when the start forgot to name them."""
    if _ring is None:
        raise EncryptionError("no keyring is in use: call use_keyring() at the start")
    return _ring


class Sealed(TypeDecorator[Any]):
    """A column whose JSON values are sealed at rest; `context` is "table.column"."""

    impl = LargeBinary
    cache_ok = True

    def __init__(self, context: str) -> None:
        self.context = context
        super().__init__()

    def process_bind_param(self, value: Any, dialect: Dialect) -> bytes | None:
        """The envelope of a value; None stays None, so that NULL can be asked for."""
        if value is None:
            return None
        return keyring().seal(_to_json(value), self.context)

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        """The value of an envelope."""
        if value is None:
            return None
        return json.loads(keyring().open(bytes(value), self.context))


def _to_json(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


def seal_row(value: Any, context: str, row_id: UUID | int) -> bytes:
    """A JSON value sealed for one row: copied to another row it does not open."""
    return keyring().seal(_to_json(value), context, str(row_id).encode())


def open_row(envelope: bytes, context: str, row_id: UUID | int) -> Any:
    """The value that `seal_row` sealed for that row."""
    return json.loads(keyring().open(bytes(envelope), context, str(row_id).encode()))


def blind_index(context: str, text: str) -> str:
    """A keyed fingerprint by which an exact text can be found in a sealed column.

    It begins with the id of the key that made it; look up with `blind_indexes`.
    """
    return _fingerprint(keyring(), keyring().writes, context, text)


def blind_indexes(context: str, text: str) -> tuple[str, ...]:
    """The fingerprints that rows written under any key of the ring may carry."""
    ring = keyring()
    return tuple(_fingerprint(ring, key_id, context, text) for key_id in ring.ids)


def _fingerprint(ring: Keyring, key_id: int, context: str, text: str) -> str:
    return f"{key_id}:{ring.mac(key_id, f'index/{context}', text.encode())}"
