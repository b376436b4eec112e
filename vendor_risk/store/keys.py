"""The keys of an installation: from its settings, else from a file made once."""

import json
import os
import re
import secrets
import tempfile
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from vendor_risk.store.encryption import KEY_BYTES, NAMESPACE, EncryptionError, Keyring


@dataclass(frozen=True, slots=True)
class Keys:
    """What this installation must keep secret: lose the ring, and sealed values are lost."""

    ring: Keyring
    session_secret: str

    def derived(self, purpose: str) -> bytes:
        """A 32-byte key for something short-lived that ends with the session secret."""
        info = NAMESPACE + purpose.encode()
        return HKDF(hashes.SHA256(), KEY_BYTES, None, info).derive(self.session_secret.encode())


_SETTING = re.compile(r"([0-9]{1,10}):([0-9a-fA-F]{64})")


def parse_keys(setting: str) -> Keyring:
    """`ID:64 hex digits`, several by comma, as a ring; EncryptionError names the bad piece."""
    keys: dict[int, bytes] = {}
    for number, piece in enumerate(setting.split(","), 1):
        match = _SETTING.fullmatch(piece.strip())
        if not match:
            raise EncryptionError(
                f"VENDOR_RISK_ENCRYPTION_KEYS: piece {number} is not ID:64 hex digits, "
                f"such as 1:{'00' * 4}..., made by: openssl rand -hex 32"
            )
        if int(match[1]) in keys:
            raise EncryptionError(f"VENDOR_RISK_ENCRYPTION_KEYS: key {match[1]} stands there twice")
        keys[int(match[1])] = bytes.fromhex(match[2])
    return Keyring(keys)


def load_keys(encryption_keys: str, secret_key: str, path: Path) -> Keys:
    """The keys of this installation: from the settings, else from a file made once.

    A key id is random, so that a lost file is noticed as a missing key rather than met by a new
    key of the same name. A file that others may read is refused.
    """
    ring = parse_keys(encryption_keys) if encryption_keys else None
    if ring and secret_key:
        return Keys(ring, secret_key)
    if not path.exists():
        try:
            _make_file(path)
        except OSError as error:
            raise EncryptionError(
                f"{path} cannot be made: {error.strerror}. Mend: let this user write to "
                f"{path.parent}, or set VENDOR_RISK_ENCRYPTION_KEYS and VENDOR_RISK_SECRET_KEY"
            ) from error
    kept = _read_file(path)
    return Keys(ring or parse_keys(kept["encryption_keys"]), secret_key or kept["secret_key"])


def _make_file(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = {
        "encryption_keys": f"{secrets.randbelow(2**31 - 1) + 1}:{secrets.token_hex(KEY_BYTES)}",
        "secret_key": secrets.token_urlsafe(KEY_BYTES),
    }
    # mkstemp makes the file for its owner alone; the link appears whole or not at all, and when
    # web and worker start together the first one's keys stand.
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".keys-")
    try:
        with os.fdopen(handle, "w") as file:
            json.dump(fresh, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(name, path)
        except FileExistsError:
            return
    finally:
        Path(name).unlink()


def _read_file(path: Path) -> dict[str, str]:
    mode = path.stat().st_mode & 0o777
    if mode & 0o027:
        raise EncryptionError(
            f"{path} holds the encryption keys and others may read or change it (mode {mode:o}). "
            f"Mend: chmod 600 {path}"
        )
    try:
        kept = json.loads(path.read_text())
        return {name: str(kept[name]) for name in ("encryption_keys", "secret_key")}
    except (ValueError, KeyError, TypeError) as error:
        raise EncryptionError(
            f"{path} is damaged: it must hold encryption_keys and secret_key. Put back your copy; "
            f"without the old keys what was sealed cannot be read"
        ) from error
