"""Questionnaires as they were published: a version that was sent once never changes."""

import zlib
from collections.abc import Sequence
from functools import lru_cache

from sqlmodel import Session, col, select

from vendor_risk.questionnaires import versions
from vendor_risk.questionnaires.template import Template, parse
from vendor_risk.scoring.asking import known
from vendor_risk.store.models.responses import PublishedQuestionnaire, QuestionnaireResponse
from vendor_risk.workflow import questionnaires
from vendor_risk.workflow.vendors import VendorRefused

USER_SUPPLIED = "user-supplied"
"""The licence of what people bring themselves: it is asked, and never handed out."""

_MOST_KNOWN = 64
_known: dict[str, Template] = {}  # by hash


def current(session: Session, id: str) -> Template:
    """The questionnaire that ships or was brought by us under this id, as it is; writes nothing.

    VendorRefused when there is none, or when another text was sent under the same version.
    """
    return _current(session, id)[0]


def publish(session: Session, id: str) -> Template:
    """The same, kept as it is now: its responses are read with this copy."""
    template, content = _current(session, id)
    if session.get(PublishedQuestionnaire, (template.form.id, template.form.version)) is None:
        session.add(
            PublishedQuestionnaire(
                questionnaire_id=template.form.id,
                version=template.form.version,
                sha256=template.sha256,
                content=zlib.compress(content),
                licence=template.form.licence,
            )
        )
        session.flush()
    return template


def _current(session: Session, id: str) -> tuple[Template, bytes]:
    path = next((path for path in questionnaires.shipped() if path.stem == id), None)
    if path is None:
        own = next((row for row in versions_of(session, id) if row.retired_at is None), None)
        if own is None:
            raise VendorRefused("There is no questionnaire %(id)s.", "questionnaires", id=id)
        return _parsed(own.sha256, own.content), zlib.decompress(own.content)
    content = path.read_bytes()
    template = parsed(content)
    there = session.get(PublishedQuestionnaire, (template.form.id, template.form.version))
    if there is not None and there.sha256 != template.sha256:
        raise VendorRefused(
            "%(address)s was sent with another text before: give the changed file a new version.",
            "questionnaires",
            address=template.address,
        )
    return template, content


def imported(session: Session) -> Sequence[PublishedQuestionnaire]:
    """The newest version of each that people of ours brought and that is still asked.

    What was brought first comes first.
    """
    rows = session.exec(
        select(PublishedQuestionnaire)
        .where(
            PublishedQuestionnaire.licence == USER_SUPPLIED,
            col(PublishedQuestionnaire.retired_at).is_(None),
        )
        .order_by(
            col(PublishedQuestionnaire.published_at), col(PublishedQuestionnaire.questionnaire_id)
        )
    ).all()
    newest: dict[str, PublishedQuestionnaire] = {}
    for row in rows:
        there = newest.setdefault(row.questionnaire_id, row)
        if versions.key(row.version) > versions.key(there.version):
            newest[row.questionnaire_id] = row
    return list(newest.values())


def versions_of(session: Session, id: str) -> Sequence[PublishedQuestionnaire]:
    """Every version of one that people of ours brought, the newest first, retired ones too."""
    rows = session.exec(
        select(PublishedQuestionnaire).where(
            PublishedQuestionnaire.licence == USER_SUPPLIED,
            PublishedQuestionnaire.questionnaire_id == id,
        )
    )
    return sorted(rows, key=lambda row: versions.key(row.version), reverse=True)


def kept(row: PublishedQuestionnaire) -> Template:
    """The questionnaire of a row, as it was published."""
    return _parsed(row.sha256, row.content)


@lru_cache(maxsize=64)
def parsed(content: bytes) -> Template:
    """The content of a file as a questionnaire."""
    return parse(content, known())


def templates_of(session: Session, response: QuestionnaireResponse) -> tuple[Template, ...]:
    """The questionnaires of a response as they were sent, whatever became of their files."""
    return tuple(_kept(session, **one) for one in response.asked)


def _kept(session: Session, id: str, version: str, sha256: str) -> Template:
    """The copy that was sent; read once, for every autosave asks for it and it never changes."""
    there = _known.get(sha256)
    if there is None:
        row = session.get_one(PublishedQuestionnaire, (id, version))
        there = _parsed(sha256, row.content)
        if len(_known) >= _MOST_KNOWN:
            _known.clear()
        _known[sha256] = there
    return there


@lru_cache(maxsize=_MOST_KNOWN)
def _parsed(sha256: str, content: bytes) -> Template:
    template = parse(zlib.decompress(content), known())
    if template.sha256 != sha256:
        raise ValueError(f"the kept copy of {template.address} is not what was sent")
    return template
