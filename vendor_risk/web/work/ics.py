"""Duties as a calendar file (RFC 5545): a whole-day event each, without detail."""

import datetime as dt
from collections.abc import Iterable

TYPE = "text/calendar; charset=utf-8"
_LINE = 75  # octets before a fold, RFC 5545 section 3.1


def calendar_of(
    name: str, events: Iterable[tuple[str, dt.date, str, str]], now: dt.datetime
) -> str:
    """The file of events, each (id, day, words, address)."""
    stamp = now.astimezone(dt.UTC).strftime("%Y%m%dT%H%M%SZ")
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Vendor Risk//Work//EN",
        f"X-WR-CALNAME:{_text(name)}",
    ]
    for uid, day, words, url in events:
        lines += [
            "BEGIN:VEVENT",
            f"UID:{uid}@vendor-risk",
            f"DTSTAMP:{stamp}",
            f"DTSTART;VALUE=DATE:{day:%Y%m%d}",
            f"SUMMARY:{_text(words)}",
            f"URL:{url}",
            "TRANSP:TRANSPARENT",
            "END:VEVENT",
        ]
    lines.append("END:VCALENDAR")
    return "".join(f"{part}\r\n" for line in lines for part in _folded(line))


def _text(words: str) -> str:
    """Escaped as RFC 5545 section 3.3.11 says, and on one line."""
    words = "".join(letter if letter.isprintable() else " " for letter in words)
    for letter in ("\\", ";", ","):
        words = words.replace(letter, f"\\{letter}")
    return words


def _folded(line: str) -> list[str]:
    parts, part, size = [], "", 0
    for letter in line:
        width = len(letter.encode())
        if size + width > _LINE:
            parts.append(part)
            part, size = " ", 1
        part += letter
        size += width
    return [*parts, part]
