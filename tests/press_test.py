"""PDFs are made in a process of their own, once, and kept sealed."""

import hashlib
import os
import pickle
import time

import pytest

from tests.factories import NOON
from vendor_risk.pdf import PdfUnavailable
from vendor_risk.press import Press
from vendor_risk.store.files import Files
from vendor_risk.store.models.reports import IssuedReport
from vendor_risk.workflow import reports
from vendor_risk.workflow.vendors import create_vendor


@pytest.fixture
def ordered(database, queue):
    """A report whose content is frozen and whose PDF nobody has made yet."""
    with database.transaction() as session:
        vendor = create_vendor(session, name="Osprey", now=NOON, actor="test")
        issued = reports.request_report(
            session,
            vendor,
            now=NOON,
            actor="test",
            prepared_by="Jana Ortiz",
            organisation="Our shop",
            enqueue=queue,
        )
        return issued.id


@pytest.fixture
def board(database, queue):
    """The report of the portfolio: one that is made and read, and a newer one that waits."""
    with database.transaction() as session:
        create_vendor(session, name="Osprey", now=NOON, actor="test")
        return [
            reports.request_portfolio(
                session,
                now=NOON,
                actor="test",
                prepared_by="Jana Ortiz",
                organisation="Our shop",
                enqueue=queue,
            ).id
            for _ in range(2)
        ]


@pytest.fixture
def files(tmp_path):
    """An empty store of files."""
    return Files(tmp_path / "files")


@pytest.fixture
def press(database, files):
    """The press of a worker."""
    return Press(database, files)


def hang(report):
    """A layout that does not end."""
    time.sleep(600)


def die(report):
    """What the kernel does to a process that takes too much memory."""
    os._exit(9)


def quick(report):
    """A PDF in no time."""
    return b"%PDF"


def stumble(report):
    """A fault of the layout engine that nobody has foreseen."""
    raise LookupError("no such glyph")


def load(database, report_id):
    """The report as it stands now."""
    with database.reading() as session:
        return session.get(IssuedReport, report_id)


def test_the_pdf_is_made_and_kept_sealed(database, press, files, ordered):
    """State, size and hash are those of the paper; on the disk it is unreadable."""
    press.make(ordered)

    issued = load(database, ordered)
    with files.open(ordered) as file:
        paper = file.read()
    assert issued.state == "done"
    assert paper.startswith(b"%PDF-1.7")
    assert (issued.pdf_bytes, issued.pdf_sha256) == (len(paper), hashlib.sha256(paper).hexdigest())
    assert b"%PDF" not in files.path(ordered).read_bytes()


def test_a_second_run_leaves_the_first_paper(database, press, files, ordered):
    """A job that runs twice makes nothing anew."""
    press.make(ordered)
    before = files.path(ordered).stat().st_mtime_ns

    press.make(ordered)

    assert files.path(ordered).stat().st_mtime_ns == before


def test_a_full_disk_is_a_reason_and_not_a_loss(database, press, files, ordered):
    """The frozen content stays, the report says what went wrong."""
    files.folder.write_text("a file where the folder should be")

    press.make(ordered)

    issued = load(database, ordered)
    assert issued.state == "failed"
    assert issued.reason
    assert reports.frozen(issued).subject.vendor == "Osprey"


@pytest.mark.parametrize(
    ("render", "seconds", "words"),
    [
        (hang, 1, "it was not ready after 1 seconds"),
        (die, 60, "its process died with code 9"),
        (stumble, 60, "LookupError: no such glyph"),
    ],
)
def test_a_broken_process_fails_its_report_alone(database, files, ordered, render, seconds, words):
    """The report can be tried again, and the next one is made."""
    Press(database, files, render, seconds=seconds).make(ordered)

    issued = load(database, ordered)
    assert (issued.state, words in issued.reason) == ("failed", True)
    with database.transaction() as session:
        session.get(IssuedReport, ordered).state = "queued"
    Press(database, files).make(ordered)
    assert load(database, ordered).state == "done"


def full_disk(files, report_id):
    """The place of the file is taken by something that is no folder."""
    files.path(report_id).parent.write_text("a file where the folder should be")


def nothing(files, report_id):
    """The disk is as it should be."""


@pytest.mark.parametrize(
    ("render", "seconds", "spoil", "words"),
    [
        (hang, 1, nothing, "it was not ready after 1 seconds"),
        (die, 60, nothing, "its process died with code 9"),
        (stumble, 60, nothing, "LookupError: no such glyph"),
        (quick, 60, full_disk, "FileExistsError"),
    ],
)
def test_a_portfolio_that_fails_leaves_the_old_one(
    database, files, board, queue, render, seconds, spoil, words
):
    """It says why; tried again it is printed of what was frozen before."""
    old, new = board
    Press(database, files, quick).make(old)
    spoil(files, new)

    Press(database, files, render, seconds=seconds).make(new)

    failed = load(database, new)
    assert (failed.state, words in failed.reason, bool(failed.snapshot)) == ("failed", True, True)
    with files.open(old) as kept:
        assert (load(database, old).state, kept.read()) == ("done", b"%PDF")
    files.path(new).parent.unlink() if spoil is full_disk else None
    with database.transaction() as session:
        reports.try_again(session, session.get(IssuedReport, new), enqueue=queue)
    Press(database, files, quick).make(new)
    again = load(database, new)
    assert (again.state, again.snapshot_sha256) == ("done", failed.snapshot_sha256)


def test_a_portfolio_killed_before_it_is_frozen_is_frozen_by_the_next_run(
    database, files, board, monkeypatch
):
    """Nothing is half written: the second run begins with what is known then."""
    _old, new = board

    def killed(*_arguments, **_words):
        raise KeyboardInterrupt  # like a kill, nothing on the way catches it

    with monkeypatch.context() as patch:
        patch.setattr(reports, "portfolio_report", killed)
        with pytest.raises(KeyboardInterrupt):
            Press(database, files, quick).make(new)
    assert (load(database, new).state, load(database, new).snapshot) == ("queued", {})

    Press(database, files, quick).make(new)

    assert load(database, new).state == "done"


def test_missing_libraries_are_told_across_processes():
    """What the press's process raises arrives whole, with the mend."""
    told = pickle.loads(pickle.dumps(PdfUnavailable("pango is missing", "Install it.")))

    assert (str(told), told.mend) == ("pango is missing", "Install it.")


def test_what_is_there_is_told_in_the_same_transaction(database, files, ordered):
    """A letter about a report whose PDF was lost would lead nowhere."""
    told = []
    press = Press(
        database,
        files,
        render=quick,
        told=lambda session, issued: told.append((session.in_transaction(), issued.state)),
    )

    press.make(ordered)

    assert told == [(True, "done")]
