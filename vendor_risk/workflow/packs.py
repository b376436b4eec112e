"""Questionnaires that people bring themselves: from the rows of a sheet to one that can be sent."""

import datetime as dt
import json
import re
import uuid
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, select

from vendor_risk.evidence import Severity
from vendor_risk.questionnaires import grid
from vendor_risk.questionnaires.form import SCHEMA
from vendor_risk.questionnaires.grid import Item
from vendor_risk.questionnaires.rules import MOST_QUESTIONS
from vendor_risk.questionnaires.source import NEVER_IDS, TemplateRefused
from vendor_risk.questionnaires.template import Template
from vendor_risk.scoring.controls import ASKS, NAMES
from vendor_risk.store.audit import record
from vendor_risk.store.models.responses import PublishedQuestionnaire
from vendor_risk.workflow import questionnaires
from vendor_risk.workflow.responses.published import USER_SUPPLIED, parsed
from vendor_risk.workflow.vendors import Actor, VendorRefused, clean

VERSION = "1.0.0"
LONGEST_ID = 24  # it begins the id of each question, which has 64 characters
_PACK_ID = re.compile(r"[A-Za-z][A-Za-z0-9._-]{0,23}")
_NOT_IN_ID = re.compile(r"[^A-Za-z0-9._-]+")
_TITLE = 200
_DUE_DAYS = 90  # what our own questionnaires give for a finding of this severity
_SCALE = [
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
class Part:
    """The questions under one heading of the sheet, never more than a questionnaire may have."""

    name: str
    items: tuple[Item, ...]


def parts_of(items: Sequence[Item]) -> tuple[Part, ...]:
    """The questions by their sections, in the order of the sheet; a very long one in pieces."""
    by_name: dict[str, list[Item]] = {}
    for item in items:
        by_name.setdefault(clean(item.section)[:_TITLE], []).append(item)
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
    id, title = clean(id), clean(title)[:_TITLE]
    _check_id(session, id)
    if not title:
        raise VendorRefused("Give the questionnaire a title.", "title")
    _check_parts(parts)
    content = _written(id, title, parts, _checked(controls or {}))
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
    row = session.get(PublishedQuestionnaire, (id, VERSION))
    if row is None or row.licence != USER_SUPPLIED or row.retired_at is not None:
        raise VendorRefused("There is no questionnaire of your own called %(id)s.", id=id[:80])
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


def _check_id(session: Session, id: str) -> None:
    if not _PACK_ID.fullmatch(id) or id.lower() in NEVER_IDS:
        raise VendorRefused(
            "An id begins with a letter, and has at most %(most)s letters, digits, dots and"
            " hyphens.",
            "id",
            most=LONGEST_ID,
        )
    taken = {path.stem.lower() for path in questionnaires.shipped()}
    taken |= {one.lower() for one in session.exec(select(PublishedQuestionnaire.questionnaire_id))}
    if id.lower() in taken:
        raise VendorRefused(
            "There is a questionnaire %(id)s, and a published one never changes: choose another"
            " id.",
            "id",
            id=id,
        )


def _check_parts(parts: Sequence[Part]) -> None:
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


def _checked(controls: Mapping[str, str]) -> dict[str, str]:
    for control in controls.values():
        if control and control not in NAMES:
            raise VendorRefused(
                "“%(control)s” is none of our controls.", "controls", control=control[:80]
            )
    return {name: control for name, control in controls.items() if control}


def _written(id: str, title: str, parts: Sequence[Part], controls: Mapping[str, str]) -> bytes:
    """The file of the questionnaire; JSON is YAML in which every text has its quotes."""
    taken: set[str] = set()
    sections = [
        {
            "id": f"s{number}",
            "title": {"en": part.name or "Questions"},
            "questions": [
                _question(id, item, item.control or controls.get(part.name, ""), taken)
                for item in part.items
            ],
        }
        for number, part in enumerate(parts, start=1)
    ]
    count = sum(len(part.items) for part in parts)
    told = {
        "schema": SCHEMA,
        "id": id,
        "version": VERSION,
        "title": {"en": title},
        "licence": USER_SUPPLIED,
        "estimate_minutes": count,  # about a minute each, as ours take
        "scales": {"mpu": _SCALE},
        "sections": sections,
    }
    return json.dumps(told, ensure_ascii=False, indent=1).encode()


def _question(pack: str, item: Item, control: str, taken: set[str]) -> dict[str, Any]:
    told: dict[str, Any] = {
        "id": _question_id(pack, item, taken),
        "rev": 1,
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
                "due_days": _DUE_DAYS,
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
