"""Questionnaires as they were published: a version that was sent once never changes."""

import zlib
from functools import lru_cache

from sqlmodel import Session

from vendor_risk.questionnaires.template import Template, parse
from vendor_risk.scoring.asking import known
from vendor_risk.store.models.responses import PublishedQuestionnaire, QuestionnaireResponse
from vendor_risk.workflow import questionnaires
from vendor_risk.workflow.vendors import VendorRefused


def current(session: Session, id: str) -> Template:
    """The questionnaire that ships under this id, as it is now; writes nothing.

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
        raise VendorRefused(f"There is no questionnaire {id}.", "questionnaires")
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


@lru_cache(maxsize=64)
def parsed(content: bytes) -> Template:
    """The content of a file as a questionnaire."""
    return parse(content, known())


def templates_of(session: Session, response: QuestionnaireResponse) -> tuple[Template, ...]:
    """The questionnaires of a response as they were sent, whatever became of their files."""
    kept = []
    for one in response.asked:
        row = session.get_one(PublishedQuestionnaire, (one["id"], one["version"]))
        kept.append(_parsed(row.sha256, row.content))
    return tuple(kept)


@lru_cache(maxsize=64)
def _parsed(sha256: str, content: bytes) -> Template:
    template = parse(zlib.decompress(content), known())
    if template.sha256 != sha256:
        raise ValueError(f"the kept copy of {template.address} is not what was sent")
    return template
