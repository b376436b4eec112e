"""The lists of a dossier, one sheet each: what paper cuts off stands in them whole."""

from collections.abc import Iterator
from itertools import chain

from vendor_risk.reports.dossier import Dossier, Score
from vendor_risk.reports.score_words import exact
from vendor_risk.reports.sheet import Cell, Sheet, iso, sheet


def dossier_sheets(dossier: Dossier) -> tuple[Sheet, ...]:
    """Every list that has a row."""
    found = chain(
        _decisions(dossier),
        _scores(dossier),
        _evidence(dossier),
        _answers(dossier),
        _findings(dossier),
        _rest(dossier),
    )
    return tuple(one for one in found if one.rows)


def _points(value: int | None) -> str:
    return "" if value is None else exact(value)


def _yes(value: bool | None) -> str:  # noqa: FBT001  (it is about a yes or no)
    return {True: "yes", False: "no", None: "unknown"}[value]


def _decisions(dossier: Dossier) -> Iterator[Sheet]:
    yield sheet(
        "decisions",
        (
            "no", "engagement", "decision", "state", "rationale", "refused because",
            "proposed by", "proposed at", "decided by", "decided at", "second person",
            "second at", "next review", "assurance then", "grade then", "residual then",
            "coverage then in percent", "snapshot of the score, SHA-256",
        ),
        (
            (
                one.ref, one.engagement, one.kind, one.state, one.rationale, one.refusal,
                one.proposed_by, iso(one.proposed_at), one.decided_by, iso(one.decided_at),
                one.second_by, iso(one.second_at), iso(one.review_on), _points(one.final),
                one.grade or "", _points(one.residual), _points(one.coverage), one.score_sha256,
            )
            for one in dossier.decided
        ),
    )  # fmt: skip
    yield sheet(
        "conditions",
        (
            "decision", "engagement", "condition", "owner", "due", "met on", "met by",
            "how it was met", "breached on", "dropped on",
        ),
        (
            (
                one.ref, one.engagement, each.text, each.owner, iso(each.due), iso(each.met_on),
                each.met_by, each.met_note, iso(each.breached_on), iso(each.dropped_on),
            )
            for one in dossier.decided
            for each in one.terms
        ),
    )  # fmt: skip


def _scores(dossier: Dossier) -> Iterator[Sheet]:
    yield sheet(
        "scores",
        (
            "engagement", "kept at", "as of", "tier", "inherent", "assurance", "low", "high",
            "coverage in percent", "grade", "unverified", "residual", "residual at best",
            "residual at worst", "band", "cause", "by", "risk model", "risk model, SHA-256",
            "snapshot, SHA-256",
        ),
        (_score(one) for one in dossier.scores),
    )  # fmt: skip
    yield sheet(
        "lines",
        ("engagement", "control", "name", "points", "most", "seen by", "on", "until", "held by"),
        (
            (
                one.engagement, line.control, line.name, exact(line.points), _points(line.most),
                line.seen_by, iso(line.on), iso(line.until), line.held.title if line.held else "",
            )
            for one in dossier.rated
            for line in one.lines
        ),
    )  # fmt: skip


def _score(one: Score) -> tuple[Cell, ...]:
    return (
        one.engagement, iso(one.at), iso(one.as_of), one.tier, one.inherent, exact(one.final),
        exact(one.low), exact(one.high), exact(one.coverage), one.grade or "not rated",
        _yes(one.unverified), _points(one.residual), exact(one.best), exact(one.worst), one.band,
        one.cause, one.by, one.model, one.model_sha256, one.snapshot_sha256,
    )  # fmt: skip


def _evidence(dossier: Dossier) -> Iterator[Sheet]:
    yield sheet(
        "claims",
        (
            "control", "name", "engagement", "level", "source", "on", "until", "from", "row",
            "of the parent", "ended on",
        ),
        (
            (
                one.control, one.name, one.engagement, one.level, one.source, iso(one.on),
                iso(one.until), one.origin, one.rests, one.parent, iso(one.ended_on),
            )
            for one in dossier.claims
        ),
    )  # fmt: skip
    yield sheet(
        "not applicable",
        ("control", "name", "engagement", "reason", "by", "on", "ended on"),
        (
            (
                one.control, one.name, one.engagement, one.reason, one.by, iso(one.on),
                iso(one.ended_on),
            )
            for one in dossier.exempt
        ),
    )  # fmt: skip
    yield sheet(
        "evidence",
        (
            "no", "file", "SHA-256", "bytes", "kind", "belongs to", "shows", "dated", "until",
            "state", "scope", "added by", "added on", "read by", "read on",
        ),
        (
            (
                one.ref, one.name, one.sha256, one.size, one.kind, one.belongs,
                ", ".join(one.uses), iso(one.dated), iso(one.until), one.state, one.scope,
                one.added_by, iso(one.added_on), one.read_by, iso(one.read_on),
            )
            for one in dossier.files
        ),
    )  # fmt: skip


def _answers(dossier: Dossier) -> Iterator[Sheet]:
    yield sheet(
        "responses",
        (
            "number", "engagement", "questionnaires", "state", "tier", "sent at", "sent by",
            "due", "submitted at", "submitted by", "role", "accepted at", "accepted by",
            "why it ended", "questions", "snapshot, SHA-256",
        ),
        (
            (
                one.number, one.engagement,
                ", ".join(f"{each.id} {each.version} {each.sha256}" for each in one.asked),
                one.state, one.tier, iso(one.sent_at), one.sent_by, iso(one.due),
                iso(one.submitted_at), one.submitted_by, one.role, iso(one.accepted_at),
                one.accepted_by, one.ended_reason, one.questions, one.snapshot_sha256,
            )
            for one in dossier.responses
        ),
    )  # fmt: skip
    yield sheet(
        "answers",
        (
            "response", "question", "text", "control", "answer", "note", "on", "by", "seen where",
            "waits to be confirmed", "level", "level given by us", "source", "until", "decided",
            "why", "decided by", "decided on", "changed before", "evidence",
        ),
        (
            (
                one.number, each.question, each.text, each.control, each.said, each.note,
                iso(each.on), each.by, each.where, _yes(each.unconfirmed), each.level, each.given,
                each.source, iso(each.until), each.verdict, each.review_note, each.reviewed_by,
                iso(each.reviewed_on), each.earlier, ", ".join(each.files),
            )
            for one in dossier.responses
            for each in one.answers
        ),
    )  # fmt: skip
    yield sheet(
        "messages",
        ("response", "at", "who", "question", "internal", "text"),
        (
            (one.number, iso(each.at), each.who, each.question, _yes(each.internal), each.text)
            for one in dossier.responses
            for each in one.messages
        ),
    )


def _findings(dossier: Dossier) -> Iterator[Sheet]:
    yield sheet(
        "findings",
        (
            "no", "severity", "finding", "control", "seen in", "check or question", "asset",
            "engagement", "state", "owner", "due", "first seen", "opened", "closed",
            "times opened", "accepted until", "accepted by", "seen", "see for yourself", "id",
        ),
        (
            (
                one.ref, one.severity, one.title, one.control, one.kind, one.reference, one.asset,
                one.engagement, one.state, one.owner, iso(one.due), iso(one.first_seen),
                iso(one.opened), iso(one.closed), one.times, iso(one.accepted_until),
                one.accepted_by, one.value, one.command, one.id,
            )
            for one in dossier.findings
        ),
    )  # fmt: skip
    yield sheet(
        "life of findings",
        ("finding", "at", "by", "who", "what", "state before", "state after", "note", "evidence"),
        (
            (
                one.ref, iso(each.at), each.by, each.who, each.act, each.before, each.after,
                each.note, each.file,
            )
            for one in dossier.findings
            for each in one.events
        ),
    )  # fmt: skip


def _rest(dossier: Dossier) -> Iterator[Sheet]:
    yield sheet(
        "looks",
        (
            "at", "state", "cause", "check catalogue", "hosts", "met", "not met", "unknown",
            "external posture", "grade", "reason",
        ),
        (
            (
                iso(one.at), one.state, one.cause, one.catalogue, one.hosts, one.met, one.failed,
                one.unknown, one.posture, one.grade or "", one.reason,
            )
            for one in dossier.looks
        ),
    )  # fmt: skip
    yield sheet(
        "access",
        (
            "kind", "name", "system", "holder", "purpose", "from afar", "second factor",
            "card data", "production", "last used", "reviewed on", "reviewed by", "ended on",
        ),
        (
            (
                one.kind, one.name, one.system, one.holder, one.purpose, _yes(one.remote),
                _yes(one.second_factor), _yes(one.card_data), _yes(one.production),
                iso(one.last_used), iso(one.reviewed_on), one.reviewed_by, iso(one.ended_on),
            )
            for one in dossier.ways
        ),
    )  # fmt: skip
    yield sheet(
        "log",
        ("entry", "at", "who", "act", "upon", "values", "erased", "carries its seal", "seal"),
        (
            (
                one.sequence, iso(one.at), one.who, one.act, one.subject, one.values,
                _yes(one.erased), _yes(one.sealed), one.hash,
            )
            for one in dossier.log.entries
        ),
    )  # fmt: skip
