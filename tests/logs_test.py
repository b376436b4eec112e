"""Logs: one line an event with the ids of its request or job, and no secret in it."""

import io
import json
import logging
import threading

import pytest

from vendor_risk import logs

TOKEN = "Zx9" + "k_-4" * 10  # 43 characters, as secrets.token_urlsafe(32) makes them


@pytest.fixture
def written():
    """`written()`: the lines as JSON since the beginning; the handlers are put back at the end."""
    root, ours = logging.getLogger(), logging.getLogger("vendor_risk")
    before = root.handlers[:], root.level, ours.level
    out = io.StringIO()
    logs.install("INFO", "json", out)
    yield lambda: [json.loads(line) for line in out.getvalue().splitlines()]
    root.handlers[:], root.level, ours.level = before
    logs.begin()


log = logging.getLogger("vendor_risk.test")


def test_a_line_is_one_object_with_its_ids(written):
    """Time in UTC, level, logger, message, and what was given along."""
    with logs.about(job="j-1"), logs.about(scan="s-1"):
        log.info("a look at %s", "a.example", extra={"ms": 12})
    log.info("later")
    first, second = written()
    assert first["time"].endswith("Z")
    assert (first["level"], first["logger"]) == ("info", "vendor_risk.test")
    assert (first["message"], first["job"], first["scan"], first["ms"]) == (
        "a look at a.example",
        "j-1",
        "s-1",
        12,
    )
    assert "job" not in second


def test_an_error_is_one_line_with_its_trace(written):
    """A program that reads lines gets all of it."""
    try:
        raise LookupError("no such thing")
    except LookupError:
        log.exception("it broke off")
    (line,) = written()
    assert "LookupError: no such thing" in line["error"]


def test_what_took_how_long_is_told_also_of_what_broke_off(written):
    """With the kind of the error, and its words where they belong."""
    with logs.timed(log, "job scan", job="j-1"):
        pass
    with pytest.raises(LookupError), logs.timed(log, "job scan", job="j-2"):
        raise LookupError
    good, bad = written()
    assert (good["job"], good["ms"] >= 0) == ("j-1", True)
    assert (bad["level"], bad["broke_off"]) == ("warning", "LookupError")


@pytest.mark.parametrize("form", ["json", "text"])
def test_what_looks_like_a_token_is_masked(form):
    """In a message and in the trace of an error; hashes and ids are not."""
    root = logging.getLogger()
    before = root.handlers[:], root.level
    out = io.StringIO()
    logs.install("INFO", form, out)
    try:
        raise LookupError(f"/q/{TOKEN}")
    except LookupError:
        log.exception("no page at /q/%s, hash %s", TOKEN, "ab" * 32)
    root.handlers[:], root.level = before
    assert TOKEN not in out.getvalue()
    assert "ab" * 32 in out.getvalue()


def test_a_line_for_people_is_one_line():
    """Whatever a message holds."""
    root = logging.getLogger()
    before = root.handlers[:], root.level
    out = io.StringIO()
    logs.install("INFO", "text", out)
    with logs.about(request="r-1"):
        log.warning("two\nlines")
    root.handlers[:], root.level = before
    (line,) = out.getvalue().splitlines()
    assert line.endswith("WARNING vendor_risk.test: two lines [request=r-1]")


def test_threads_do_not_mix_their_ids(written):
    """Each says what it is about."""

    def work(name):
        with logs.about(job=name):
            log.info("%s", name)

    threads = [threading.Thread(target=work, args=(f"j-{n}",)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(line["message"] == line["job"] for line in written())


def test_libraries_speak_up_only_when_something_is_wrong(written):
    """Their chatter is not ours."""
    logging.getLogger("urllib3").info("chatter")
    logging.getLogger("urllib3").warning("trouble")
    assert [line["message"] for line in written()] == ["trouble"]


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_request_is_logged_by_its_route_and_never_by_its_address(client, written):
    """The address of a vendor's page opens it; its id ties the line to the answer."""
    answer = client.get(f"/q/{TOKEN}?secret=1")
    (line,) = [one for one in written() if one["logger"].endswith("access_log")]
    assert (line["message"], line["status"]) == ("GET /q/<token>", answer.status_code)
    assert line["request"] == answer.headers["X-Request-ID"]
    assert TOKEN not in json.dumps(line)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_what_goes_wrong_in_a_request_carries_its_id(app, client, written, monkeypatch):
    """The page that says so shows the same id."""

    def broken(token):
        raise LookupError(f"nobody has foreseen {token}")

    monkeypatch.setitem(app.view_functions, "alerts_off.off", broken)
    answer = client.get(f"/alerts/off/{TOKEN}")
    (line,) = [one for one in written() if "error" in one]
    assert answer.status_code == 500
    assert line["request"] == answer.headers["X-Request-ID"]
    assert answer.headers["X-Request-ID"] in answer.text
    assert TOKEN not in json.dumps(line)
