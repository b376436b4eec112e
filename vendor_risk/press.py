"""The press: makes the PDF of an ordered report in a process of its own, and keeps it sealed."""

import datetime as dt
import gc
import io
import logging
import os
import threading
import uuid
from collections.abc import Callable
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any

from sqlmodel import Session

from vendor_risk import pdf
from vendor_risk.reports.issue import Issue
from vendor_risk.store.engine import Database
from vendor_risk.store.files import Files
from vendor_risk.store.models.reports import IssuedReport
from vendor_risk.workflow import reports

log = logging.getLogger(__name__)

# A report with 3,000 findings takes seconds; one that takes this long hangs.
_PDF_SECONDS = 120
# Layout makes hundreds of thousands of objects that all live to the end of their short process.
_RARELY = 100_000
_MOST_AT_ONCE = 4  # each may take a quarter of a gigabyte


class PressBroken(Exception):
    """The process that makes a PDF died or hangs."""


class Press:
    """Makes PDFs, as many at a time as there are cores, each in a process of its own.

    Layout takes a second of CPU, keeps the memory that it took, and must not take others with it
    when it hangs or dies. `told` is called with each report that is there, before the commit.
    """

    def __init__(
        self,
        database: Database,
        files: Files,
        render: Callable[[Issue], bytes] = pdf.render_pdf,
        seconds: float = _PDF_SECONDS,
        told: Callable[[Session, IssuedReport], object] | None = None,
    ) -> None:
        self._database = database
        self._files = files
        self._render = render
        self._seconds = seconds
        self._told = told
        self._places = threading.BoundedSemaphore(min(_MOST_AT_ONCE, os.cpu_count() or 1))

    def make(self, report_id: uuid.UUID) -> None:
        """The PDF of an ordered report lies in the file store; harmless when it does already."""
        with self._database.reading() as session:
            issued = session.get(IssuedReport, report_id)
            if issued is None or issued.state == "done":
                return
            waits = not issued.snapshot
        try:
            if waits:
                self._freeze(report_id)
            with self._database.reading() as session:
                report = reports.frozen(session.get_one(IssuedReport, report_id))
            with self._places:
                made = self._made(report)
            stored = self._files.write(report_id, io.BytesIO(made))
        except pdf.PdfUnavailable as error:
            self._fail(report_id, f"{error}. {error.mend}")
            return
        except Exception as error:  # whatever it was, the report says so and can be tried again
            self._fail(report_id, f"{type(error).__name__}: {error}")
            return
        with self._database.transaction() as session:
            reports.keep_pdf(
                session,
                report_id,
                sha256=stored.sha256,
                size=stored.size,
                now=dt.datetime.now(dt.UTC),
            )
            if self._told is not None:
                self._told(session, session.get_one(IssuedReport, report_id))

    def _freeze(self, report_id: uuid.UUID) -> None:
        with self._database.transaction() as session:
            reports.freeze(session, session.get_one(IssuedReport, report_id), now=_now())

    def _fail(self, report_id: uuid.UUID, reason: str) -> None:
        log.error("the PDF of report %s could not be made: %s", report_id, reason)
        with self._database.transaction() as session:
            reports.fail(session, report_id, reason, now=_now())

    def _made(self, report: Issue) -> bytes:
        return made_apart(self._render, report, self._seconds)


def made_apart(render: Callable[[Any], bytes], subject: object, seconds: float) -> bytes:
    """What `render` makes of the subject, in a process of its own; raises whatever it raises."""
    context = get_context("forkserver")
    # Each process is a fork of one that has read program, engine and fonts once: seconds of CPU.
    context.set_forkserver_preload([__name__, "vendor_risk.warm"])
    answer, said = context.Pipe(duplex=False)
    process = context.Process(target=_print, args=(said, render, subject), daemon=True)
    process.start()
    said.close()
    try:
        if not answer.poll(seconds):
            raise PressBroken(f"it was not ready after {seconds:.0f} seconds")
        made = answer.recv()
    except EOFError:
        process.join()
        raise PressBroken(f"its process died with code {process.exitcode}") from None
    finally:
        process.kill()
        process.join()
        answer.close()
    if isinstance(made, Exception):
        raise made
    return bytes(made)


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def _print(said: Connection, render: Callable[[Any], bytes], subject: object) -> None:
    gc.set_threshold(_RARELY, 20, 20)
    try:
        said.send(render(subject))
    except Exception as error:
        said.send(error)
