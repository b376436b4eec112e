"""The dossier of a vendor for its auditor: all that was decided, by whom, and what it rested on."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from gettext import NullTranslations
from typing import Literal

from pydantic import TypeAdapter

from vendor_risk.evidence import Severity
from vendor_risk.reports.rating import Rated
from vendor_risk.reports.report import Decision, Engagement, Kind, Subject
from vendor_risk.reports.score_words import exact, mark_of

WAITING, IN_FORCE = "waiting", "in force"
ACCEPTED = "accepted"


@dataclass(frozen=True, slots=True)
class Term:
    """One condition of an approval, and what became of it."""

    text: str
    owner: str
    due: date
    met_on: date | None
    met_by: str
    met_note: str
    breached_on: date | None
    dropped_on: date | None


@dataclass(frozen=True, slots=True)
class Decided:
    """One decision with the figures that it rested on; shares are of 10000, risks in 1/100."""

    ref: str
    engagement: str
    kind: str
    state: str
    rationale: str
    refusal: str
    proposed_by: str
    proposed_at: datetime
    decided_by: str
    decided_at: datetime | None
    second_by: str
    second_at: datetime | None
    review_on: date | None
    final: int | None
    grade: str | None
    residual: int | None
    coverage: int | None
    score_sha256: str
    terms: tuple[Term, ...]


@dataclass(frozen=True, slots=True)
class Score:
    """One kept score; shares are of 10000, risks in 1/100 of a point."""

    engagement: str
    at: datetime
    as_of: date
    tier: int
    inherent: int
    final: int
    low: int
    high: int
    coverage: int
    grade: str | None
    unverified: bool
    residual: int | None
    best: int
    worst: int
    band: str
    cause: str  # marked for translation
    by: str
    model: str
    model_sha256: str
    snapshot_sha256: str


@dataclass(frozen=True, slots=True)
class Claim:
    """What says how well a control is met; `rests` names the row of this dossier that it is from.

    `level` is 0, 50 or 100. One with an end counts no longer.
    """

    control: str
    name: str
    engagement: str
    level: int
    source: str
    on: date
    until: date | None
    origin: str
    rests: str
    parent: str
    ended_on: date | None


@dataclass(frozen=True, slots=True)
class Exempt:
    """A control that somebody took out of an engagement, with the reason."""

    control: str
    name: str
    engagement: str
    reason: str
    by: str
    on: date
    ended_on: date | None


@dataclass(frozen=True, slots=True)
class Said:
    """One answer, and what a reviewer made of it.

    `level` is what it comes to, None where it does not count; `given` the level that a reviewer
    put in its place. `where` says where one of us read it, on the vendor's behalf.
    """

    question: str
    text: str
    control: str
    said: str
    note: str
    on: date | None
    by: str
    where: str
    unconfirmed: bool
    level: int | None
    given: int | None
    source: str
    until: date | None
    verdict: str
    review_note: str
    reviewed_by: str
    reviewed_on: date | None
    earlier: int  # how often it stood otherwise before
    files: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Message:
    """What was written about a question, or about the whole; an internal one stayed with us."""

    at: datetime
    who: str
    question: str
    internal: bool
    text: str


@dataclass(frozen=True, slots=True)
class Questionnaire:
    """What was asked, to the byte."""

    id: str
    version: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Response:
    """Questionnaires that a vendor was sent, and what became of them."""

    number: str
    engagement: str
    asked: tuple[Questionnaire, ...]
    state: str
    tier: int
    sent_at: datetime | None
    sent_by: str
    due: date
    submitted_at: datetime | None
    submitted_by: str
    role: str
    accepted_at: datetime | None
    accepted_by: str
    ended_reason: str
    snapshot_sha256: str
    questions: int
    answers: tuple[Said, ...]
    messages: tuple[Message, ...]


@dataclass(frozen=True, slots=True)
class File:
    """One file that shows something; the hash is that of its content, which is not in here."""

    ref: str
    name: str
    sha256: str
    kind: str  # answer, finding, document, mail
    belongs: str
    added_by: str
    added_on: date
    size: int | None = None
    uses: tuple[str, ...] = ()
    dated: date | None = None
    until: date | None = None
    state: str = ""
    scope: str = ""
    read_by: str = ""
    read_on: date | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened to a finding; `by` is a person, or vendor, scan, clock."""

    at: datetime
    by: str
    who: str
    act: str
    before: str
    after: str
    note: str
    file: str


@dataclass(frozen=True, slots=True)
class Fault:
    """One finding from its first day to its last; `severity` is after severity and place."""

    ref: str
    id: str
    severity: Severity
    title: str
    control: str
    kind: str
    reference: str
    asset: str
    engagement: str
    state: str
    owner: str
    due: date | None
    first_seen: date
    opened: date
    closed: date | None
    times: int
    value: str
    command: str
    accepted_until: date | None
    accepted_by: str
    events: tuple[Event, ...]

    @property
    def stands(self) -> bool:
        """Whether it counts today."""
        return self.closed is None


@dataclass(frozen=True, slots=True)
class Look:
    """One scan: how many hosts it saw, and what the checks said."""

    at: datetime
    state: str
    cause: str
    catalogue: str
    hosts: int
    met: int
    failed: int
    unknown: int
    posture: int | None
    grade: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class Way:
    """One way of the vendor into our systems; None is "nobody knows"."""

    kind: str
    name: str
    system: str
    holder: str
    purpose: str
    remote: bool
    second_factor: bool | None
    card_data: bool | None
    production: bool | None
    last_used: date | None
    reviewed_on: date | None
    reviewed_by: str
    ended_on: date | None


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the log; `sealed` is False for one that was changed after it was written."""

    sequence: int
    at: datetime
    who: str
    act: str
    subject: str
    values: str
    erased: bool
    sealed: bool
    hash: str


@dataclass(frozen=True, slots=True)
class Log:
    """What the log has about the vendor, the oldest first, and where the whole log ended then."""

    entries: tuple[Entry, ...]
    last_sequence: int
    last_hash: str

    @property
    def broken(self) -> tuple[int, ...]:
        """The entries that do not carry their seal."""
        return tuple(one.sequence for one in self.entries if not one.sealed)


@dataclass(frozen=True, slots=True)
class Dossier:
    """Everything that the dossier shows and that its lists hold; no other number is printed.

    `left_out` counts what was too much to list, by the name of the list.
    """

    kind: Literal[Kind.DOSSIER]
    number: str
    organisation: str
    language: str
    as_of: datetime
    prepared_by: str
    subject: Subject
    engagements: tuple[Engagement, ...]
    decision: Decision
    rated: tuple[Rated, ...]
    decided: tuple[Decided, ...]  # the newest first
    scores: tuple[Score, ...]  # the newest first
    claims: tuple[Claim, ...]
    exempt: tuple[Exempt, ...]
    responses: tuple[Response, ...]  # the newest first
    files: tuple[File, ...]
    findings: tuple[Fault, ...]  # those that stand first, the worst first
    looks: tuple[Look, ...]  # the newest first
    ways: tuple[Way, ...]
    log: Log
    left_out: Mapping[str, int]
    model: str
    model_sha256: str
    product: str

    @property
    def sample(self) -> bool:
        """Whether the vendor is invented."""
        return self.subject.sample

    @property
    def answers(self) -> int:
        """How many answers are listed."""
        return sum(len(one.answers) for one in self.responses)

    @property
    def standing(self) -> tuple[Fault, ...]:
        """The findings that count today."""
        return tuple(one for one in self.findings if one.stands)


def ask(
    vendor: str,
    *,
    decided: Sequence[Decided],
    rated: Sequence[Rated],
    findings: Sequence[Fault],
    log: Log,
    today: date,
    words: NullTranslations,
) -> Decision:
    """What the auditor is asked, and the facts to begin with."""
    waiting = [one for one in decided if one.state == WAITING]
    holding = [one for one in decided if one.state == IN_FORCE]
    one = next(iter(waiting or holding), None)
    if one is None:
        text = words.gettext(
            "Nothing has been decided about %(vendor)s. Check whether what is listed here is "
            "enough to decide."
        ) % {"vendor": vendor}
    elif waiting:
        text = words.gettext(
            "Check whether what is proposed for %(engagement)s follows from what is listed here."
        ) % {"engagement": one.engagement}
    elif len(holding) == 1:
        text = words.gettext(
            "Check whether the decision on %(engagement)s follows from what is listed here."
        ) % {"engagement": one.engagement}
    else:
        text = words.ngettext(
            "Check whether the %(n)s decision in force follows from what is listed here.",
            "Check whether the %(n)s decisions in force follow from what is listed here.",
            len(holding),
        ) % {"n": len(holding)}
    reasons = [
        *_people(one, words),
        *_moved(one, rated, words),
        *_weight(rated, words),
        *_open(findings, today, words),
        *_seals(log, words),
    ]
    options = (
        words.gettext("It follows"),
        words.gettext("It does not follow, because:"),
        words.gettext("More is asked for:"),
    )
    return Decision(text, tuple(reasons), options)


def _people(one: Decided | None, words: NullTranslations) -> Iterator[str]:
    if one is None:
        return
    left = words.gettext("somebody who has left")
    names = {"a": one.proposed_by or left, "b": one.decided_by or left, "c": one.second_by}
    if one.state == WAITING:
        yield words.gettext("%(a)s proposed it; nobody has decided yet.") % names
    elif one.second_by:
        yield words.gettext("%(a)s proposed it, %(b)s decided, %(c)s saw it second.") % names
    elif one.proposed_by and one.proposed_by == one.decided_by:
        yield words.gettext("%(a)s proposed and decided it alone.") % names
    else:
        yield words.gettext("%(a)s proposed it and %(b)s decided.") % names


def _moved(one: Decided | None, rated: Sequence[Rated], words: NullTranslations) -> Iterator[str]:
    if one is None or one.final is None:
        return
    now = next((each for each in rated if each.engagement == one.engagement), None)
    values: dict[str, object] = {"was": exact(one.final, mark_of(words.gettext))}
    if now is None:
        yield words.gettext("It rested on assurance %(was)s of 100.") % values
        return
    values["now"] = exact(now.final, mark_of(words.gettext))
    if now.final == one.final:
        yield words.gettext("It rested on assurance %(was)s of 100, which is today's.") % values
    else:
        yield words.gettext("It rested on assurance %(was)s of 100; today it is %(now)s.") % values


def _weight(rated: Sequence[Rated], words: NullTranslations) -> Iterator[str]:
    """On what the lines of the worst score rest."""
    if not rated:
        yield words.gettext("No score is kept: what could happen to us was not said.")
        return
    lines = rated[0].lines
    told = words.gettext(
        "%(all)s controls count: %(word)s rest on the vendor's word alone, %(nothing)s on nothing."
    )
    yield told % {
        "all": len(lines),
        "word": sum(line.claimed for line in lines),
        "nothing": sum(not line.answered for line in lines),
    }


def _open(findings: Sequence[Fault], today: date, words: NullTranslations) -> Iterator[str]:
    standing = [one for one in findings if one.stands]
    accepted = [one for one in standing if one.state == ACCEPTED]
    late = [one for one in standing if one.due and one.due < today and one.state != ACCEPTED]
    values = {"n": len(standing), "late": len(late), "accepted": len(accepted)}
    yield (
        words.ngettext(
            "%(n)s finding stands, %(late)s past its day, %(accepted)s accepted for a time.",
            "%(n)s findings stand, %(late)s past their day, %(accepted)s accepted for a time.",
            len(standing),
        )
        % values
    )


def _seals(log: Log, words: NullTranslations) -> Iterator[str]:
    broken = log.broken
    if broken:
        shown = ", ".join(str(one) for one in broken[:5])
        yield words.gettext(
            "Entries of the log were changed after they were written: %(which)s."
        ) % {"which": shown}
        return
    yield words.ngettext(
        "The %(n)s entry of the log that is listed here carries its seal.",
        "All %(n)s entries of the log that are listed here carry their seal.",
        len(log.entries),
    ) % {"n": len(log.entries)}


DOSSIER: TypeAdapter[Dossier] = TypeAdapter(Dossier)


def dossier_sha256(dossier: Dossier) -> str:
    """The hash that a printed dossier is traced by."""
    content = DOSSIER.dump_python(dossier, mode="json")
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
