"""What was asked about one organisation: kept for a day, or given as a file by the operator."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from vendor_risk.feeds.folder import Folder, write

MOST_BYTES = 4 * 1024 * 1024
_NAME = re.compile(r"[a-z0-9_](?:[a-z0-9._-]{0,251}[a-z0-9_])?")  # a file of this name is harmless


@dataclass(frozen=True, slots=True)
class Answer:
    """The bytes of an answer and when they came."""

    content: bytes
    at: datetime


def path_of(folder: Folder, kind: str, name: str) -> Path | None:
    """Where the answer about a name lies; None for what is no plain name."""
    return folder.path / kind / f"{name}.json" if _NAME.fullmatch(name) else None


def kept(folder: Folder, kind: str, name: str) -> Answer | None:
    """The last answer; None where there is none, or one that is far too long."""
    path = path_of(folder, kind, name)
    try:
        if path is None or path.stat().st_size > MOST_BYTES:
            return None
        return Answer(path.read_bytes(), datetime.fromtimestamp(path.stat().st_mtime, UTC))
    except OSError:
        return None


def keep(folder: Folder, kind: str, name: str, content: bytes) -> None:
    """The answer is there for the next look."""
    path = path_of(folder, kind, name)
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        write(path, content)
