"""How lists are fetched and what comes of it, for those who name it without fetching any.

`requests`, with which fetch.py fetches, takes a tenth of a second to import.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path


class FeedUnreachable(Exception):
    """A list could not be fetched; the message is the reason, to follow a colon."""


@dataclass(frozen=True, slots=True)
class Access:
    """How lists are fetched.

    `refusal` says in words why the addresses of a host may not be visited, or nothing; it is not
    asked for the server that the operator named. Pauses between tries are `pause`, then twice
    that, and so on.
    """

    user_agent: str
    refusal: Callable[[str, Sequence[str]], str]
    roots: Path | None = None  # roots to trust beside Mozilla's
    seconds: float = 120  # for one list in all
    silence_seconds: float = 20  # between two signs of life
    tries: int = 3
    pause: float = 1.0


@dataclass(frozen=True, slots=True)
class Fetched:
    """What a server answered; `content` is None where it says that nothing has changed."""

    content: bytes | None
    etag: str = ""
    last_modified: str = ""
