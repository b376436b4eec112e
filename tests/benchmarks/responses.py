"""Responses: autosave of 50 vendors at once to a bare insert, a section page, questionnaires."""

import datetime as dt
import json
import math
import threading
import time
import zlib
from collections.abc import Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from typing import Any

import yaml
from flask import Flask
from sqlmodel import Session, col, func, select

from tests.benchmarks import stage
from tests.factories import make_user
from tests.rated import make
from vendor_risk.store.engine import Database
from vendor_risk.store.models.responses import (
    AnswerChange,
    Author,
    PublishedQuestionnaire,
    ResponseAnswer,
)
from vendor_risk.workflow import contacts, questionnaires
from vendor_risk.workflow.responses import answers, links, published, sending

VENDORS = 50
SAVES = 10  # of each vendor, one after another without a pause
THREADS = 8  # of the server, as serve.py has them
QUESTIONS, LONG = 50, "long"  # of the section whose page is measured, and its name
LEVELS = {"data_sensitivity": 3, "data_volume": 3, "access": 3, "criticality": 3, "payment": 3}


def run() -> dict[str, float]:
    """Milliseconds and saves a second on both databases; seconds and ratios for the rest."""
    begun = time.perf_counter()
    for path in questionnaires.shipped():
        questionnaires.read(path)
    figures = {"all questionnaires read and checked (s)": time.perf_counter() - begun}
    for kind in stage.KINDS:
        with stage.opened(kind) as database:
            tokens = _sent(database)
            figures |= _autosave(kind, database, tokens)
            if kind == "SQLite":
                figures |= _pages(database)
    return figures


def _sent(database: Database) -> list[str]:
    """The tokens of as many vendors, each asked all that there is."""
    now = dt.datetime.now(dt.UTC)
    tokens = []
    with database.transaction() as session:
        actor = make_user(session, "analyst", email="sender@example.com").id
        for number in range(VENDORS):
            vendor, bought = make(session, f"Vendor {number}", now, levels=LEVELS)
            contacts.add_contact(
                session, vendor, name="Pat", email="p@v.example", roles=[], now=now, actor="bench"
            )
            tokens.append(sending.send(session, vendor, bought, now=now, actor=actor).token)
    return tokens


def _autosave(kind: str, database: Database, tokens: Sequence[str]) -> dict[str, float]:
    saved = _at_once(lambda server, number: _save_all(server, database, tokens[number]))
    with database.reading() as session:
        kept = select(func.count()).select_from(ResponseAnswer)
        rows = session.exec(kept.where(col(ResponseAnswer.value) != "")).one()
        ids = session.exec(select(ResponseAnswer.response_id).distinct()).all()
    if rows != VENDORS * SAVES:
        raise RuntimeError(f"{rows} answers are kept of {VENDORS * SAVES}")
    bare = _at_once(lambda server, number: _insert_all(server, database, ids[number]))
    return {
        f"{kind}: autosave, median (ms)": saved[0],
        f"{kind}: autosave, 95 of 100 (ms)": saved[1],
        f"{kind}: autosave, 95 of 100 to the median": saved[1] / saved[0],
        f"{kind}: saves a second, {VENDORS} at once": saved[2],
        f"{kind}: a save to a bare insert (time)": bare[2] / saved[2],
    }


def _at_once(act: Any) -> tuple[float, float, float]:
    """Median and 95th percentile in ms, and how many a second, of all vendors together."""
    walls: list[float] = []
    failures: list[BaseException] = []

    def one(number: int) -> None:
        try:
            walls.extend(act(server, number))
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=one, args=(number,)) for number in range(VENDORS)]
    begun = time.perf_counter()
    with ThreadPoolExecutor(THREADS) as server:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    took = time.perf_counter() - begun
    if failures:
        raise failures[0]
    walls.sort()
    late = walls[math.ceil(len(walls) * 0.95) - 1]
    return walls[len(walls) // 2] * 1000, late * 1000, len(walls) / took


def _save_all(server: Executor, database: Database, token: str) -> list[float]:
    """How long each save took, its turn waited for: as the page does it, without the page."""
    walls, done = [], set[str]()
    now = dt.datetime.now(dt.UTC)

    def save() -> None:
        with database.reading() as session:
            at = links.found(session, token, now=now)
            assert at is not None
            sheet = answers.sheet(session, at.response, today=now.date())
            id = next(one for one in sheet.open if one not in done)
        with database.transaction() as session:
            at = links.found(session, token, now=now)
            assert at is not None
            answers.save(session, at, id, "met", note="as agreed", revision=0, now=now)
        done.add(id)

    for _ in range(SAVES):
        begun = time.perf_counter()
        server.submit(save).result()
        walls.append(time.perf_counter() - begun)
    return walls


def _insert_all(server: Executor, database: Database, response_id: Any) -> list[float]:
    """The same number of rows, and nothing else."""
    walls = []

    def insert(number: int) -> None:
        with database.transaction() as session:
            session.add(
                AnswerChange(
                    response_id=response_id,
                    question=f"q{number}",
                    value='"met"',
                    note="as agreed",
                    revision=1,
                    by_kind=Author.VENDOR,
                )
            )

    for number in range(SAVES):
        begun = time.perf_counter()
        server.submit(insert, number).result()
        walls.append(time.perf_counter() - begun)
    return walls


def _pages(database: Database) -> dict[str, float]:
    """A section of 50 questions as the vendor sees it, to a page of one field in the same frame."""
    client = stage.signed_in(database, "analyst")
    app: Flask = client.application
    app.config["WTF_CSRF_ENABLED"] = False
    with database.transaction() as session:
        now = dt.datetime.now(dt.UTC)
        actor = make_user(session, "analyst", email="second@example.com").id
        vendor, bought = make(session, "Long", now, levels=LEVELS | {"access": 2})
        contacts.add_contact(
            session, vendor, name="Pat", email="p@v.example", roles=[], now=now, actor="bench"
        )
        made = sending.send(session, vendor, bought, now=now, actor=actor)
        made.response.tier = 2  # in tier 1 a code by mail stands before the page
        made.response.asked = [_long(session)]
        token = made.token
    browser = app.test_client()
    browser.post(f"/q/{token}")
    frame = stage.median(browser, f"/q/{token}/decline")  # one field in the vendor's frame
    page = stage.median(browser, f"/q/{token}/s/{LONG}")
    shown = browser.get(f"/q/{token}/s/{LONG}").text.count('name="n:')
    if shown != QUESTIONS:
        raise RuntimeError(f"{shown} questions are shown of {QUESTIONS}")
    return {
        "questions on the section page": float(shown),
        "that page (ms)": page * 1000,
        "that page to one of a single field (time)": page / frame,
    }


def _long(session: Session) -> dict[str, str]:
    """A published questionnaire with one section of 50 questions, each like a shipped one."""
    path = next(path for path in questionnaires.shipped() if path.stem == "ecom-core")
    form: dict[str, Any] = yaml.safe_load(path.read_bytes())
    like = next(
        each
        for section in form["sections"]
        for each in section["questions"]
        if each.get("evidence") and each.get("outcomes") and "when" not in each
    )
    same = {key: value for key, value in like.items() if key != "same_as"}
    form |= {"id": LONG, "version": "1.0.0"}
    form.pop("migrations", None)
    form["sections"] = [
        {
            "id": LONG,
            "title": {"en": "Fifty"},
            "questions": [same | {"id": f"L-{n:02}"} for n in range(QUESTIONS)],
        }
    ]
    content = json.dumps(form, default=str).encode()  # JSON is YAML too
    told = published.parsed(content)
    session.add(
        PublishedQuestionnaire(
            questionnaire_id=LONG,
            version=told.form.version,
            sha256=told.sha256,
            content=zlib.compress(content),
            licence=told.form.licence,
        )
    )
    return {"id": LONG, "version": told.form.version, "sha256": told.sha256}
