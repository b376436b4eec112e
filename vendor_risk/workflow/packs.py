"""Questionnaires that people bring themselves: from the rows of a sheet to one that can be sent."""

import datetime as dt
import json
import re
import uuid
import zlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlmodel import Session, select

from vendor_risk.evidence import Severity
from vendor_risk.questionnaires import grid
from vendor_risk.questionnaires.form import SCHEMA, Question
from vendor_risk.questionnaires.grid import Item
from vendor_risk.questionnaires.rules import MOST_QUESTIONS
from vendor_risk.questionnaires.source import NEVER_IDS, TemplateRefused
from vendor_risk.questionnaires.template import Template
from vendor_risk.scoring.controls import ASKS, NAMES
from vendor_risk.store.audit import record
from vendor_risk.store.models.responses import PublishedQuestionnaire
from vendor_risk.workflow import questionnaires
from vendor_risk.workflow.responses.published import USER_SUPPLIED, parsed, versions_of
from vendor_risk.workflow.vendors import Actor, VendorRefused, clean

VERSION = "1.0.0"
LONGEST_ID = 24  # it begins the id of each question, which has 64 characters
_PACK_ID = re.compile(r"[A-Za-z][A-Za-z0-9._-]{0,23}")
_NOT_IN_ID = re.compile(r"[^A-Za-z0-9._-]+")
TITLE = 200
DUE_DAYS = 90  # what our own questionnaires give for a finding of this severity
SCALE: list[dict[str, Any]] = [
    {"id": "met", "level": 100, "text": {"en": "Yes", "de": "Ja"}},
    {"id": "partly", "level": 50, "note": "required", "text": {"en": "Partly", "de": "Teilweise"}},
    {"id": "unmet", "level": 0, "text": {"en": "No", "de": "Nein"}},
    {
        "id": "na",
        "note": "required",
        "accept": "reviewer",
        "text": {"en": "Does not apply to us", "de": "Trifft auf uns nicht zu"},
    },
]


@dataclass(frozen=True, slots=True)
class Draft:
    """What is said of a questionnaire beside its rows.

    `before` are the questions of the version before, by the row that is the same one; `used` are
    all ids that any version had: none of them ever means something else.
    """

    id: str
    title: str
    controls: Mapping[str, str]
    before: Mapping[int, Question] = field(default_factory=dict)
    used: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Part:
    """The questions under one heading of the sheet, never more than a questionnaire may have."""

    name: str
    items: tuple[Item, ...]


def parts_of(items: Sequence[Item]) -> tuple[Part, ...]:
    """The questions by their sections, in the order of the sheet; a very long one in pieces."""
    by_name: dict[str, list[Item]] = {}
    for item in items:
        by_name.setdefault(clean(item.section)[:TITLE], []).append(item)
    found = []
    for name, rows in by_name.items():
        if len(rows) <= MOST_QUESTIONS:
            found.append(Part(name, tuple(rows)))
            continue
        for n, start in enumerate(range(0, len(rows), MOST_QUESTIONS), start=1):
            some = tuple(rows[start : start + MOST_QUESTIONS])
            found.append(Part(f"{name} ({n})".strip(), some))
    return tuple(found)


def suggested_id(filename: str) -> str:
    """An id out of the name of a file."""
    stem = _NOT_IN_ID.sub("-", filename.rpartition(".")[0] or filename).strip("-._").lower()
    return (stem if stem[:1].isalpha() else f"own-{stem}").strip("-")[:LONGEST_ID].strip("-._")


def make(
    session: Session,
    parts: Sequence[Part],
    *,
    id: str,
    title: str,
    controls: Mapping[str, str] | None = None,
    now: dt.datetime,
    actor: Actor,
) -> Template:
    """A questionnaire of our own, published as it will stay; VendorRefused says what is wrong.

    `controls` say by the name of a part which of our controls its questions are about; a row that
    names one itself goes before. A question about none is asked, and moves no score.
    """
    id, title = clean(id), clean(title)[:TITLE]
    check_id(session, id)
    if not title:
        raise VendorRefused("Give the questionnaire a title.", "title")
    check_parts(parts)
    content = written(Draft(id, title, checked_controls(controls or {})), parts, version=VERSION)
    try:
        template = parsed(content)
    except TemplateRefused as refusal:
        raise VendorRefused(
            "It breaks a rule of questionnaires: %(why)s", "file", why=refusal.faults[0].message
        ) from refusal
    session.add(
        PublishedQuestionnaire(
            questionnaire_id=id,
            version=VERSION,
            sha256=template.sha256,
            content=zlib.compress(content),
            licence=USER_SUPPLIED,
            published_at=now,
            imported_by_id=actor if isinstance(actor, uuid.UUID) else None,
        )
    )
    session.flush()
    record(
        session,
        actor=actor,
        act="questionnaire.imported",
        subject_kind="questionnaire",
        subject_id=id,
        after={"title": title, "sha256": template.sha256, "questions": len(list(template.asked()))},
        now=now,
    )
    return template


def retire(session: Session, id: str, *, now: dt.datetime, actor: Actor) -> None:
    """It is offered no more; what was sent of it stays as it is. VendorRefused without one."""
    rows = [row for row in versions_of(session, id) if row.retired_at is None]
    if not rows:
        raise VendorRefused("There is no questionnaire of your own called %(id)s.", id=id[:80])
    for row in rows:
        row.retired_at = now
    session.flush()
    record(
        session,
        actor=actor,
        act="questionnaire.retired",
        subject_kind="questionnaire",
        subject_id=id,
        now=now,
    )


def check_id(session: Session, id: str, *, new: bool = True) -> None:
    """VendorRefused where nothing can have this id; `new` where one of ours must not have it."""
    if not _PACK_ID.fullmatch(id) or id.lower() in NEVER_IDS:
        raise VendorRefused(
            "An id begins with a letter, and has at most %(most)s letters, digits, dots and"
            " hyphens.",
            "id",
            most=LONGEST_ID,
        )
    shipped = {path.stem.lower() for path in questionnaires.shipped()}
    mine = {*session.exec(select(PublishedQuestionnaire.questionnaire_id))}
    if id.lower() in shipped:
        raise VendorRefused(
            "There is a questionnaire %(id)s, and a published one never changes: choose another"
            " id.",
            "id",
            id=id,
        )
    like = next((one for one in mine if one.lower() == id.lower()), None)
    if like is not None and (new or like != id):
        raise VendorRefused(
            "There is a questionnaire %(id)s of your own: bring this as a new version of it, or"
            " choose another id.",
            "id",
            id=like,
        )


def check_parts(parts: Sequence[Part]) -> None:
    """VendorRefused where the rows of these parts cannot be one questionnaire."""
    items = [item for part in parts for item in part.items]
    if not items:
        raise VendorRefused("Choose at least one section.", "sections")
    if len(items) > MOST_QUESTIONS:
        sizes = ", ".join(f"{part.name or '–'}: {len(part.items)}" for part in parts[:30])  # noqa: RUF001
        raise VendorRefused(
            "These are %(count)s questions, and a questionnaire has at most %(most)s: choose"
            " fewer sections (%(sizes)s).",
            "sections",
            count=len(items),
            most=MOST_QUESTIONS,
            sizes=sizes,
        )
    if doubles := grid.twice(items):
        raise VendorRefused(
            "These numbers stand at more than one question: %(ids)s. Mend the file, or choose no"
            " column of numbers.",
            "columns",
            ids=", ".join(doubles[:10]),
        )
    named = sorted({item.control for item in items if item.control} - NAMES.keys())
    if named:
        raise VendorRefused(
            "“%(control)s” is none of our controls: mend the column, or leave it out.",
            "columns",
            control=named[0][:80],
        )


def checked_controls(controls: Mapping[str, str]) -> dict[str, str]:
    """The same; VendorRefused where one is none of our controls."""
    for control in controls.values():
        if control and control not in NAMES:
            raise VendorRefused(
                "“%(control)s” is none of our controls.", "controls", control=control[:80]
            )
    return dict(controls)


def written(
    draft: Draft,
    parts: Sequence[Part],
    *,
    version: str,
    raised: Collection[str] = (),
    migrations: Sequence[Mapping[str, Any]] = (),
) -> bytes:
    """The file of the questionnaire; JSON is YAML in which every text has its quotes.

    `raised` are ids of questions that mean something else than in the version before.
    """
    taken = set(draft.used)
    sections = [
        {
            "id": f"s{number}",
            "title": {"en": part.name or "Questions"},
            "questions": [
                _question(draft, item, _control(draft, part, item), taken, raised)
                for item in part.items
            ],
        }
        for number, part in enumerate(parts, start=1)
    ]
    count = sum(len(part.items) for part in parts)
    told = {
        "schema": SCHEMA,
        "id": draft.id,
        "version": version,
        "title": {"en": draft.title},
        "licence": USER_SUPPLIED,
        "estimate_minutes": count,  # about a minute each, as ours take
        "scales": {"mpu": SCALE},
        "sections": sections,
        "migrations": list(migrations),
    }
    return json.dumps(told, ensure_ascii=False, indent=1).encode()


def _control(draft: Draft, part: Part, item: Item) -> str:
    """What the row says, else its part, else what the question was about before."""
    before = draft.before.get(item.row)
    kept = (before.control or "") if before else ""
    return item.control or draft.controls.get(part.name, kept)


def _question(
    draft: Draft, item: Item, control: str, taken: set[str], raised: Collection[str]
) -> dict[str, Any]:
    pack, before = draft.id, draft.before.get(item.row)
    id = before.id if before else _question_id(pack, item, taken)
    told: dict[str, Any] = {
        "id": id,
        "rev": (before.rev if before else 1) + (id in raised),
        "type": "choice",
        "scale": "mpu",
        "text": {"en": _printable(item.text)},
    }
    if item.id:
        told["maps"] = {pack: [_printable(item.id)[:200]]}
    if not control:
        return told | {"scored": False}
    return told | {
        "control": control,
        "outcomes": {
            "unmet": {
                "severity": Severity.MEDIUM,
                "risk": {"en": f"Not in place: {NAMES[control]}."},
                "fix": {"en": f"Bring it to this: {ASKS[control]}"},
                "due_days": DUE_DAYS,
            }
        },
    }


def _question_id(pack: str, item: Item, taken: set[str]) -> str:
    """The number of the sheet behind the id of the pack, so that no other questionnaire has it."""
    own = _NOT_IN_ID.sub("-", item.id).strip("-") or f"row-{item.row + 1}"
    id = f"{pack}.{own}"[:64]
    n = 2
    while id in taken:
        id = f"{f'{pack}.{own}'[:60]}-{n}"
        n += 1
    taken.add(id)
    return id


def _printable(text: str) -> str:
    """Without what YAML takes for no text at all."""
    return "".join(one for one in text if one in "\n\t" or not _unprintable(one)).strip()


def _unprintable(one: str) -> bool:
    return one in "\ufffe\uffff\ufeff" or (ord(one) & 0xFFFE) == 0xFFFE
