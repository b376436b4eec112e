"""The folder in which somebody drops risk models of their own."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

MOST_FILES = 50
MOST_BYTES = 256 * 1024  # the one that we ship has six thousand


@dataclass(frozen=True, slots=True)
class Dropped:
    """One file of the folder; `refused` says why its content could not be read."""

    name: str
    changed_at: dt.datetime
    content: bytes = b""
    refused: str = ""


def dropped(folder: Path) -> Sequence[Dropped]:
    """The YAML files of the folder by name, the first so many; none where there is no folder."""
    try:
        paths = sorted(one for one in folder.iterdir() if one.suffix in (".yaml", ".yml"))
    except OSError:
        return ()
    return [_read(path) for path in paths[:MOST_FILES]]


def _read(path: Path) -> Dropped:
    name = path.name.encode("utf-8", "replace").decode()  # a name may be no UTF-8
    try:
        facts = path.stat()
        changed_at = dt.datetime.fromtimestamp(facts.st_mtime, dt.UTC)
        if not path.is_file():
            return Dropped(name, changed_at, refused="It is no regular file.")
        if facts.st_size > MOST_BYTES:
            return Dropped(
                name,
                changed_at,
                refused=f"It has more than {MOST_BYTES // 1024} KiB: no model has.",
            )
        return Dropped(name, changed_at, path.read_bytes())
    except OSError as error:
        return Dropped(
            name,
            dt.datetime.fromtimestamp(0, dt.UTC),
            refused=f"It cannot be read: {error.strerror}.",
        )
