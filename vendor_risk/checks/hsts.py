"""Strict-Transport-Security headers, read as a browser reads them (RFC 6797 section 6.1)."""

import re
from dataclasses import dataclass

HEADER = "Strict-Transport-Security"
YEAR = 31_536_000  # seconds
HALF_YEAR = 15_768_000

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]++")
_VALUE = re.compile(r'"((?:[^"\\]|\\.)*+)"|([!#$%&\'*+.^_`|~0-9A-Za-z-]++)', re.DOTALL)
_DIGITS = re.compile(r"[0-9]++")
_FOREVER = 10**18  # a number of more digits is longer than any browser keeps


@dataclass(frozen=True, slots=True)
class Hsts:
    """One header. `fault` says why browsers ignore it as a whole; `notes` are harmless oddities."""

    max_age: int | None = None
    include_subdomains: bool = False
    preload: bool = False
    fault: str = ""
    notes: tuple[str, ...] = ()


def parse(header: str) -> Hsts:
    """The directives of one header; never fails, the first fault ends the reading."""
    seen: dict[str, str | None] = {}
    notes: list[str] = []
    for part in _split(header[:8192]):
        if not part:
            if len(header.strip()) > 0:
                notes.append("an empty directive")
            continue
        name, equals, raw = (text.strip(" \t") for text in part.partition("="))
        directive = name.casefold()
        if not _TOKEN.fullmatch(name):
            return Hsts(fault=f"{part[:40]!r} is no directive")
        if directive in seen and directive in ("max-age", "includesubdomains"):
            return Hsts(fault=f"{name} stands twice")
        if directive in seen:
            notes.append(f"{name} stands twice")
            continue
        value = _VALUE.fullmatch(raw) if equals else None
        if equals and value is None and directive != "max-age":
            return Hsts(fault=f"the value of {name} cannot be read")
        fault = _fault(directive, name, raw if equals else None)
        if fault:
            return Hsts(fault=fault)
        if directive not in ("max-age", "includesubdomains", "preload"):
            notes.append(f"unknown directive {name}")
        seen[directive] = raw
    max_age = _number(seen.get("max-age"))
    fault = "" if max_age is not None else "it has no max-age"
    return Hsts(max_age, "includesubdomains" in seen, "preload" in seen, fault, tuple(notes))


def _split(header: str) -> list[str]:
    """The parts between semicolons; a semicolon in a quoted text does not separate."""
    if '"' not in header:
        return [part.strip(" \t") for part in header.split(";")]
    parts, start, quoted = [], 0, False
    for i, character in enumerate(header):
        if character == '"':
            quoted = not quoted
        elif character == ";" and not quoted:
            parts.append(header[start:i].strip(" \t"))
            start = i + 1
    return [*parts, header[start:].strip(" \t")]


def _fault(directive: str, name: str, raw: str | None) -> str:
    if directive == "max-age":
        if raw is None:
            return "max-age has no value"
        return "" if _number(raw) is not None else f"max-age is no whole number: {raw[:40]!r}"
    if directive == "includesubdomains" and raw is not None:
        return f"{name} takes no value"
    return ""


def _number(raw: str | None) -> int | None:
    if raw is None:
        return None
    digits = raw[1:-1] if len(raw) > 1 and raw[0] == raw[-1] == '"' else raw
    if not _DIGITS.fullmatch(digits):
        return None
    significant = digits.lstrip("0")
    return int(significant or "0") if len(significant) <= 18 else _FOREVER
