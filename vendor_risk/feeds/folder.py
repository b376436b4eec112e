"""The folder of the lists: each a file beside a small one that says where it came from."""

import hashlib
import os
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pydantic import AwareDatetime, TypeAdapter, ValidationError


@dataclass(frozen=True, slots=True)
class Meta:
    """Where a list came from: what NAME.meta.json holds.

    `sha256` is that of the list which was fetched: a file with another one was given by the
    operator. `trouble` is why the last attempt brought nothing.
    """

    url: str = ""
    fetched_at: AwareDatetime | None = None
    checked_at: AwareDatetime | None = None
    etag: str = ""
    last_modified: str = ""
    sha256: str = ""
    count: int = 0
    licence: str = ""
    trouble: str = ""
    trouble_at: AwareDatetime | None = None


_META = TypeAdapter(Meta)
_MOST_META = 64 * 1024


@dataclass(frozen=True, slots=True)
class Kept:
    """A list as it lies there; `given` where the operator put it there."""

    content: bytes
    changed_at: datetime
    given: bool


@dataclass(frozen=True, slots=True)
class Folder:
    """The lists of one installation, in DATA_DIR/feeds."""

    path: Path

    def file(self, name: str) -> Path:
        """Where a list lies, or is put by the operator."""
        return self.path / f"{name}.json"

    def meta(self, name: str) -> Meta:
        """Where a list came from; nothing is known of one that was never fetched."""
        try:
            with self._meta_file(name).open("rb") as file:
                return _META.validate_json(file.read(_MOST_META))
        except (OSError, ValidationError):
            return Meta()

    def stamp(self, name: str) -> tuple[int, ...]:
        """Changes whenever the list or what is known of it does."""
        stamps: list[int] = []
        for path in (self.file(name), self._meta_file(name)):
            try:
                found = path.stat()
            except OSError:
                stamps.append(0)
                continue
            stamps += (found.st_mtime_ns, found.st_size, found.st_ino)
        return tuple(stamps)

    def kept(self, name: str, most_bytes: int) -> Kept | None:
        """The list, or None where there is none; ValueError or OSError when it cannot be read."""
        try:
            with self.file(name).open("rb") as file:
                content = file.read(most_bytes + 1)
                changed = datetime.fromtimestamp(os.fstat(file.fileno()).st_mtime, UTC)
        except FileNotFoundError:
            return None
        if len(content) > most_bytes:
            raise ValueError(f"it is longer than {most_bytes} bytes")
        return Kept(content, changed, sha256(content) != self.meta(name).sha256)

    def keep(self, name: str, content: bytes | None, meta: Meta) -> None:
        """The new list lies there, whole or not at all; None leaves the list as it is.

        Whoever is stopped between the two files leaves a list that looks as if it were given: it
        is read with its own date, and fetched anew the next time.
        """
        self.path.mkdir(parents=True, exist_ok=True)
        if content is not None:
            write(self.file(name), content)
        write(self._meta_file(name), _META.dump_json(meta, indent=1) + b"\n")

    def _meta_file(self, name: str) -> Path:
        return self.path / f"{name}.meta.json"


def sha256(content: bytes) -> str:
    """The fingerprint of a list."""
    return hashlib.sha256(content).hexdigest()


def write(path: Path, content: bytes) -> None:
    """The content is at the path, or whatever was there before."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    fresh = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise
