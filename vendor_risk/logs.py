"""Logs: one line an event, for people or as JSON, with the ids that tie it to a page or a job.

Messages never hold a secret, an answer or an address with a token in it; what looks like one of our
tokens all the same is masked.
"""

import datetime as dt
import json
import logging
import re
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import IO, Any

_about: ContextVar[Mapping[str, str]] = ContextVar("about", default={})  # noqa: B039  (never changed)
# What secrets.token_urlsafe(32) makes: links of vendors, calendars, letters.
_TOKEN = re.compile(r"(?<![\w-])[\w-]{43}(?![\w-])")
_MOST = 20_000  # characters of one line: a trace of a hostile page may be long
# What every record has; the rest was given along.
_USUAL = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


@contextmanager
def about(**ids: object) -> Iterator[None]:
    """Lines that are written within carry these ids."""
    token = _about.set({**_about.get(), **{name: str(id) for name, id in ids.items()}})
    try:
        yield
    finally:
        _about.reset(token)


def begin(**ids: object) -> None:
    """Lines carry these ids from now on in this thread, and no others; until the next beginning.

    For a request, whose end another context may see.
    """
    _about.set({name: str(id) for name, id in ids.items()})


@contextmanager
def timed(logger: logging.Logger, what: str, **ids: object) -> Iterator[None]:
    """The line `what` says how many milliseconds it took, and whether it broke off."""
    with about(**ids):
        begun = time.perf_counter()
        try:
            yield
        except BaseException as error:
            more = {"ms": _ms(begun), "broke_off": type(error).__name__}
            logger.warning("%s", what, extra=more)
            raise
        logger.info("%s", what, extra={"ms": _ms(begun)})


def install(level: str, form: str, out: IO[str] | None = None) -> None:
    """This process logs to standard error from now on, in the form "text" or "json"."""
    handler = logging.StreamHandler(out or sys.stderr)
    handler.setFormatter(JsonLines() if form == "json" else TextLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)  # libraries speak up when something is wrong
    logging.getLogger("vendor_risk").setLevel(level)


class JsonLines(logging.Formatter):
    """One JSON object a line: time, level, logger, message, ids, and what was given along."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        told: dict[str, Any] = {
            "time": _time(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": _masked(record.getMessage()),
            **_given(record),
        }
        if record.exc_info:
            told["error"] = _masked(self.formatException(record.exc_info))
        return json.dumps(told, ensure_ascii=False, default=str)


class TextLines(logging.Formatter):
    """The same for people: time, level, message, and ids behind it."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        ids = " ".join(f"{name}={value}" for name, value in _given(record).items())
        said = " ".join(_masked(record.getMessage()).splitlines())
        line = f"{_time(record)} {record.levelname:<7} {record.name}: {said}"
        line += f" [{ids}]" if ids else ""
        if record.exc_info:
            line += "\n" + _masked(self.formatException(record.exc_info))
        return line


def _given(record: logging.LogRecord) -> dict[str, Any]:
    more = {name: value for name, value in vars(record).items() if name not in _USUAL}
    return {**_about.get(), **more}


def _time(record: logging.LogRecord) -> str:
    at = dt.datetime.fromtimestamp(record.created, dt.UTC)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _masked(text: str) -> str:
    return _TOKEN.sub("(a token)", text[:_MOST])


def _ms(begun: float) -> int:
    return round((time.perf_counter() - begun) * 1000)
