"""Reads security.txt (RFC 9116): its fields, the signature around it, when it ends."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from itertools import islice

LENGTH_LIMIT = 65_536  # characters; RFC 9116 section 5.4 asks readers to have a limit
_LINES_MOST = 1000  # section 5.4 again
_FIELD = re.compile(r"([A-Za-z][A-Za-z0-9-]{0,60}):[ \t]*(.*)")
_SIGNED = "-----BEGIN PGP SIGNED MESSAGE-----"
_SIGNATURE = "-----BEGIN PGP SIGNATURE-----"
_DATE = re.compile(
    r"(\d{4})-(\d{2})-(\d{2})[Tt](\d{2}):(\d{2}):(\d{2})(?:\.\d{1,20})?"
    r"(?:([Zz])|([+-])(\d{2}):(\d{2}))"
)


@dataclass(frozen=True, slots=True)
class SecurityText:
    """The fields in their order, names in lower case; `signed` says that a signature is there."""

    fields: tuple[tuple[str, str], ...]
    signed: bool = False

    def values(self, name: str) -> tuple[str, ...]:
        """Every value of a field."""
        return tuple(value for key, value in self.fields if key == name)


def parse(text: str) -> SecurityText:
    """The fields of a file; lines end with CRLF or LF (section 2.2), comments are passed over."""
    lines = [line.rstrip("\r") for line in text[:LENGTH_LIMIT].lstrip("\ufeff").split("\n")]
    inside, signed = _unwrapped(lines[:_LINES_MOST])
    found = (_FIELD.fullmatch(line.rstrip(" \t")) for line in inside)
    return SecurityText(
        tuple((each[1].lower(), each[2].strip()[:2048]) for each in found if each), signed
    )


def _unwrapped(lines: list[str]) -> tuple[list[str], bool]:
    """What a clear-signed file says (RFC 9580 section 7), and whether a signature follows.

    Only what stands between the two marks is signed; what stands around it is nothing.
    """
    marks = [number for number, line in enumerate(lines) if line.rstrip() == _SIGNED]
    if not marks:
        return lines, False
    inside = lines[marks[0] + 1 :]
    body = next((number for number, line in enumerate(inside) if not line.strip()), len(inside))
    said = inside[body + 1 :]
    end = next((number for number, line in enumerate(said) if line.rstrip() == _SIGNATURE), None)
    if end is None:
        return [line.removeprefix("- ") for line in said], False
    return [line.removeprefix("- ") for line in islice(said, end)], True


def date(value: str) -> datetime | None:
    """A time as RFC 3339 writes it, or None for anything else."""
    found = _DATE.fullmatch(value.strip()[:64])
    if found is None:
        return None
    year, month, day, hour, minute, second = (int(found[number]) for number in range(1, 7))
    zone: timezone = UTC
    try:
        if found[7] is None:
            away = timedelta(hours=int(found[9]), minutes=int(found[10]))
            zone = timezone(-away if found[8] == "-" else away)
        # a leap second is written as 60
        at = datetime(year, month, day, hour, minute, min(second, 59), tzinfo=zone)
        return at.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
