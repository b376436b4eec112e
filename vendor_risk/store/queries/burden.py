"""What questionnaires cost vendors, and which questions never mattered: over accepted responses."""

import datetime as dt
import statistics
import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from sqlalchemy import ColumnElement, Select, case
from sqlmodel import Session, col, func, select

from vendor_risk.store.models.findings import FindingKind, StoredFinding
from vendor_risk.store.models.responses import (
    AnswerChange,
    Author,
    QuestionnaireResponse,
    ResponseAnswer,
    ResponseMessage,
    ResponseState,
)

FEWEST = 5  # responses, or answers to one question, below which nothing is said
PAUSE = dt.timedelta(minutes=10)  # between two saves; who is longer away did something else
_MOST = 2000  # responses, the newest, whose saves are read
_AT_ONCE = 300


@dataclass(frozen=True, slots=True)
class Effort:
    """How long vendors worked on one set of questionnaires; `minutes` None where too few did."""

    asked: tuple[str, ...]
    responses: int
    minutes: int | None


@dataclass(frozen=True, slots=True)
class Use:
    """How often one question was answered in accepted responses, and what came of it."""

    question: str
    answered: int
    changed: int  # a reviewer gave it less than was said, or another level
    returned: int  # responses in which the vendor was asked about it again
    not_applicable: int
    findings: int

    @property
    def dead(self) -> bool | None:
        """Whether nothing ever came of it; None where too few answered it to say."""
        if self.answered < FEWEST:
            return None
        return not (self.changed or self.returned or self.not_applicable or self.findings)


def efforts(session: Session, since: dt.datetime) -> list[Effort]:
    """By what was asked together: the median of the minutes that each vendor worked.

    A vendor's minutes are the sum of the times between its saves, those over ten minutes left out:
    what it read and gathered away from the page is not in it.
    """
    rows = session.exec(
        select(QuestionnaireResponse.id, QuestionnaireResponse.asked)
        .where(*_accepted(since))
        .order_by(col(QuestionnaireResponse.accepted_at).desc())
        .limit(_MOST)
    ).all()
    saves = _saves(session, [id for id, _asked in rows])
    worked: dict[tuple[str, ...], list[float]] = defaultdict(list)
    counted: dict[tuple[str, ...], int] = defaultdict(int)
    for id, asked in rows:
        which = tuple(sorted(one["id"] for one in asked))
        counted[which] += 1
        if len(saves[id]) > 1:  # what one of us answered has no saves of the vendor
            worked[which].append(_minutes(saves[id]))
    return [
        Effort(which, number, round(statistics.median(worked[which])))
        if len(worked[which]) >= FEWEST
        else Effort(which, number, None)
        for which, number in sorted(counted.items())
    ]


def uses(session: Session, since: dt.datetime) -> list[Use]:
    """Each question that was answered, those of which nothing came first."""
    findings = dict(session.exec(_findings(since)).all())
    returned = dict(session.exec(_returned(since)).all())
    told = [
        Use(
            question,
            answered,
            int(changed),
            returned.get(question, 0),
            int(left_out),
            findings.get(question, 0),
        )
        for question, answered, changed, left_out in session.exec(_answered(since)).all()
    ]
    return sorted(told, key=lambda one: (one.dead is not True, one.dead is None, one.question))


def statements(since: dt.datetime) -> Sequence[Select[tuple[str, int]]]:
    """The three counts, for whoever asks how a database goes about them."""
    return [_answered(since), _returned(since), _findings(since)]


def _answered(since: dt.datetime):  # type: ignore[no-untyped-def]
    verdict = col(ResponseAnswer.verdict)
    return (
        select(
            ResponseAnswer.question,
            func.count(),
            func.sum(case((verdict.in_(("partly", "overridden")), 1), else_=0)),
            func.sum(case((verdict == "na", 1), else_=0)),
        )
        .join(QuestionnaireResponse, col(QuestionnaireResponse.id) == ResponseAnswer.response_id)
        .where(*_accepted(since), col(ResponseAnswer.answered_on).is_not(None))
        .group_by(ResponseAnswer.question)
    )


def _returned(since: dt.datetime):  # type: ignore[no-untyped-def]
    return (
        select(ResponseMessage.question, func.count(func.distinct(ResponseMessage.response_id)))
        .join(QuestionnaireResponse, col(QuestionnaireResponse.id) == ResponseMessage.response_id)
        .where(
            *_accepted(since),
            ResponseMessage.question != "",
            ResponseMessage.by_kind == Author.PERSON,
            col(ResponseMessage.internal).is_(False),
        )
        .group_by(ResponseMessage.question)
    )


def _findings(since: dt.datetime):  # type: ignore[no-untyped-def]
    return (
        select(StoredFinding.reference, func.count())
        .where(StoredFinding.kind == FindingKind.QUESTION, col(StoredFinding.opened_at) >= since)
        .group_by(StoredFinding.reference)
    )


def _accepted(since: dt.datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        col(QuestionnaireResponse.state) == ResponseState.ACCEPTED,
        col(QuestionnaireResponse.accepted_at) >= since,
        col(QuestionnaireResponse.sample).is_(False),
    )


def _saves(session: Session, ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[dt.datetime]]:
    """When the vendor saved something, by response: answers as they stand and each before."""
    found: dict[uuid.UUID, list[dt.datetime]] = defaultdict(list)
    for start in range(0, len(ids), _AT_ONCE):
        some = ids[start : start + _AT_ONCE]
        for rows in (
            select(ResponseAnswer.response_id, ResponseAnswer.updated_at).where(
                col(ResponseAnswer.response_id).in_(some), ResponseAnswer.by_kind == Author.VENDOR
            ),
            select(AnswerChange.response_id, AnswerChange.created_at).where(
                col(AnswerChange.response_id).in_(some), AnswerChange.by_kind == Author.VENDOR
            ),
        ):
            for id, at in session.exec(rows):
                found[id].append(at)
    return found


def _minutes(saves: Iterable[dt.datetime]) -> float:
    times = sorted(saves)
    gaps = (later - sooner for sooner, later in pairwise(times))
    return sum((gap for gap in gaps if gap <= PAUSE), dt.timedelta()) / dt.timedelta(minutes=1)
