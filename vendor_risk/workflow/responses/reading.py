"""A response as its reviewer reads it: each answer with what speaks for it and against it."""

import datetime as dt
import json
import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlmodel import Session, col, select

from vendor_risk.evidence import N_, Severity, Source
from vendor_risk.questionnaires.evaluate import Answer, Evaluation, Fault, evaluate
from vendor_risk.questionnaires.form import Value
from vendor_risk.questionnaires.merged import Asked, merge
from vendor_risk.store.models.evidence import StoredClaim
from vendor_risk.store.models.findings import CAPPING, FindingKind, StoredFinding
from vendor_risk.store.models.responses import (
    FileState,
    FileUse,
    QuestionnaireResponse,
    ResponseAnswer,
    ResponseFile,
)
from vendor_risk.workflow.intervals import review_interval
from vendor_risk.workflow.responses import proven
from vendor_risk.workflow.responses.answers import said, value_of
from vendor_risk.workflow.responses.published import templates_of

ACCEPTED, PARTLY, OVERRIDDEN, NA = "accepted", "partly", "overridden", "na"
UPHELD = (ACCEPTED, PARTLY, OVERRIDDEN)
PARTLY_LEVEL = 50

# Why a person has to look at an answer, the gravest first.
CONTRADICTED = N_("A scan says otherwise")
DOES_NOT_APPLY = N_("Said not to apply")
FAULT = N_("Makes a finding")
NO_PROOF = N_("No evidence, and some was asked for")
CHANGED = N_("Other than last time")
REWORDED = N_("Asked with other words than last time")
FLAGS = (CONTRADICTED, DOES_NOT_APPLY, FAULT, NO_PROOF, CHANGED, REWORDED)


@dataclass(frozen=True, slots=True)
class Line:
    """One question with its answer; `last` is what was accepted the time before.

    `level` and `fault` are what it comes to as it stands, a reviewer's decision included. `seen`
    are claims of scans about its control, `found` the open findings of scans on it. `reworded` says
    that the question had another text when `last` was accepted.
    """

    asked: Asked
    row: ResponseAnswer | None
    last: ResponseAnswer | None
    files: tuple[ResponseFile, ...]
    level: int | None
    fault: Fault | None
    waiting: bool
    seen: tuple[StoredClaim, ...]
    found: tuple[StoredFinding, ...]
    flags: tuple[str, ...]
    reworded: bool = False

    @property
    def id(self) -> str:
        """The question's."""
        return self.asked.question.id

    @property
    def answered(self) -> bool:
        """Whether there is anything to decide on."""
        return self.row is not None and bool(self.row.value) and not self.row.confirm

    @property
    def decided(self) -> bool:
        """Whether a reviewer decided on it."""
        return self.row is not None and bool(self.row.verdict)

    @property
    def returned(self) -> bool:
        """Whether the vendor is to look at it again."""
        return self.row is not None and self.row.flagged

    @property
    def open(self) -> bool:
        """Whether it has to be decided on before the response can be accepted."""
        return self.asked.question.counts and self.answered and not self.decided

    @property
    def contradicted(self) -> StoredFinding | None:
        """The finding of a scan that speaks against the answer."""
        return self.found[0] if CONTRADICTED in self.flags else None


@dataclass(frozen=True, slots=True)
class Reading:
    """All that a reviewer sees of a response."""

    response: QuestionnaireResponse
    lines: tuple[Line, ...]
    evaluation: Evaluation
    months: int  # for which an answer holds: until the next review

    @property
    def plain(self) -> list[Line]:
        """Answers that nothing speaks against and nobody decided on yet."""
        return [one for one in self.lines if one.open and not one.flags and not one.returned]

    def line(self, question: str) -> Line | None:
        """The line of a question; None where it is not asked."""
        return next((one for one in self.lines if one.id == question), None)


def read(session: Session, response: QuestionnaireResponse, *, today: dt.date) -> Reading:
    """The response, with all that is known beside it today."""
    templates = templates_of(session, response)
    rows = rows_of(session, response.id)
    files = files_of(session, response.id)
    months = review_interval(session, response.tier)
    given = {
        id: answer
        for id, row in rows.items()
        if (answer := counted(row, files[id], today, months)) is not None
    }
    told = evaluate(
        templates,
        response.facts,
        given,
        as_of=today,
        out_of_scope=response.out_of_scope,
        accepted=[row.question for row in rows.values() if row.verdict == NA],
        proven=proven.standing(session, response, today=today),
    )
    last = rows_of(session, response.previous_id) if response.previous_id else {}
    before = _revisions(session, response)
    seen = _seen(session, response)
    found = found_by_scans(session, response)
    faults = {one.question: one for one in told.faults}
    return Reading(
        response,
        tuple(
            _line(each, rows, last, files, told, faults, seen, found, before, response.tier, today)
            for each in told.visible
            if each.question.type != "info"
        ),
        told,
        months,
    )


def counted(
    row: ResponseAnswer, files: Iterable[ResponseFile], today: dt.date, months: int
) -> Answer | None:
    """The answer as it counts once accepted, for so many months: a reviewer's level, who says so.

    It is more than the vendor's word where a reviewer upheld it and read the evidence, and then it
    holds no longer than the evidence does.
    """
    answer = said(row, today, months)
    if answer is None:
        return None
    answer = replace(answer, level=row.override)
    read = [one for one in files if state_of(one, today) == FileState.REVIEWED]
    better = answer.source in (Source.AUDITED, Source.OBSERVED)
    if better or row.verdict not in UPHELD or not read:
        return answer
    ends = [one.valid_until for one in read if one.valid_until is not None]
    until = min(answer.valid_until, max(ends)) if len(ends) == len(read) else answer.valid_until
    return replace(answer, source=Source.REVIEWED, valid_until=until)


def state_of(file: ResponseFile, today: dt.date) -> FileState:
    """Unread, reviewed, rejected; or expired, once its last day has passed."""
    over = file.valid_until is not None and file.valid_until < today
    if over and file.state != FileState.REJECTED:
        return FileState.EXPIRED
    return FileState(file.state)


def rows_of(session: Session, response_id: uuid.UUID) -> dict[str, ResponseAnswer]:
    """The answers of a response, by question."""
    rows = select(ResponseAnswer).where(ResponseAnswer.response_id == response_id)
    return {row.question: row for row in session.exec(rows)}


def files_of(session: Session, response_id: uuid.UUID) -> defaultdict[str, list[ResponseFile]]:
    """The files of evidence that stand, by the questions they serve."""
    files: defaultdict[str, list[ResponseFile]] = defaultdict(list)
    for use, file in session.exec(
        select(FileUse, ResponseFile)
        .join(ResponseFile, col(ResponseFile.id) == col(FileUse.file_id))
        .where(ResponseFile.response_id == response_id, col(ResponseFile.removed_at).is_(None))
        .order_by(col(ResponseFile.created_at), col(ResponseFile.id))
    ):
        files[use.question].append(file)
    return files


def found_by_scans(
    session: Session, response: QuestionnaireResponse
) -> Mapping[str, Sequence[StoredFinding]]:
    """The open findings of scans, by control, the worst first."""
    found: defaultdict[str, list[StoredFinding]] = defaultdict(list)
    for row in session.exec(
        select(StoredFinding)
        .where(
            StoredFinding.vendor_id == response.vendor_id,
            StoredFinding.kind == FindingKind.CHECK,
            col(StoredFinding.state).in_(CAPPING),
            StoredFinding.severity >= Severity.LOW.rank,
        )
        .order_by(col(StoredFinding.severity).desc(), col(StoredFinding.asset))
    ):
        found[row.control].append(row)
    return found


def shown(asked: Asked, value: Value | None, language: str = "en") -> str:
    """An answer in words."""
    if value is None:
        return ""
    words = {option.id: option.text for option in asked.options}

    def word(id: str | int) -> str:
        text = words.get(str(id))
        return text.get(language, text["en"]) if text else str(id)

    return ", ".join(word(id) for id in (value if isinstance(value, tuple) else (value,)))


def _revisions(session: Session, response: QuestionnaireResponse) -> Mapping[str, int]:
    """Which text of each question was answered in the response before, from its frozen copy."""
    before = (
        session.get(QuestionnaireResponse, response.previous_id) if response.previous_id else None
    )
    if before is None or not before.snapshot:
        return {}
    return {one["question"]: one["rev"] for one in json.loads(before.snapshot)["answers"]}


def _seen(session: Session, response: QuestionnaireResponse) -> Mapping[str, Sequence[StoredClaim]]:
    seen: defaultdict[str, list[StoredClaim]] = defaultdict(list)
    for row in session.exec(
        select(StoredClaim).where(
            StoredClaim.vendor_id == response.vendor_id,
            StoredClaim.source == Source.OBSERVED,
            col(StoredClaim.ended_at).is_(None),
        )
    ):
        seen[row.control].append(row)
    return seen


def _line(  # noqa: PLR0917  (a row of one table, joined by hand)
    asked: Asked,
    rows: Mapping[str, ResponseAnswer],
    last: Mapping[str, ResponseAnswer],
    files: Mapping[str, list[ResponseFile]],
    told: Evaluation,
    faults: Mapping[str, Fault],
    seen: Mapping[str, Sequence[StoredClaim]],
    found: Mapping[str, Sequence[StoredFinding]],
    revisions: Mapping[str, int],
    tier: int,
    today: dt.date,
) -> Line:
    id, control = asked.question.id, asked.control or ""
    line = Line(
        asked=asked,
        row=rows.get(id),
        last=last.get(id),
        files=tuple(files.get(id, ())),
        level=told.levels.get(id),
        fault=faults.get(id),
        waiting=id in told.waiting,
        seen=tuple(seen.get(control, ())),
        found=tuple(found.get(control, ())),
        flags=(),
        reworded=revisions.get(id, asked.question.rev) != asked.question.rev,
    )
    return replace(line, flags=tuple(_flags(line, tier, today)))


def _flags(line: Line, tier: int, today: dt.date) -> Iterator[str]:
    row = line.row
    if row is None or not line.answered:
        return
    if line.asked.question.counts and line.found and (line.level or 0) > 0:
        yield CONTRADICTED
    if line.waiting or row.verdict == NA:
        yield DOES_NOT_APPLY
    if line.fault is not None:
        yield FAULT
    if _wants_proof(line, tier) and not any(_is_fresh(line, one, today) for one in line.files):
        yield NO_PROOF
    if line.last is not None and line.last.value and line.last.value != row.value:
        yield CHANGED
    if line.reworded:
        yield REWORDED


def _is_fresh(line: Line, file: ResponseFile, today: dt.date) -> bool:
    """Whether a file can show what was asked for: not rejected, expired or too old."""
    if state_of(file, today) not in (FileState.UNREAD, FileState.REVIEWED):
        return False
    asked = line.asked.question.evidence
    most = asked.max_age_days if asked else None
    if most is None or file.document_date is None:
        return True
    return (today - file.document_date).days <= most


def _wants_proof(line: Line, tier: int) -> bool:
    asked = line.asked.question.evidence
    if asked is None or line.row is None:
        return False
    value = value_of(line.row)
    given = {str(one) for one in (value if isinstance(value, tuple) else (value,))}
    names = given | {{100: "met", 50: "partly", 0: "unmet"}.get(line.level or 0, "")}
    answered = not asked.when.answer or bool(names & set(asked.when.answer))
    return answered and (not asked.when.tier or tier in asked.when.tier)


def merged(session: Session, response: QuestionnaireResponse) -> tuple[Asked, ...]:
    """All that the response can ask, whatever was answered."""
    return merge(templates_of(session, response))
