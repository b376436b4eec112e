"""New versions of the questionnaires that people bring themselves: what differs, and publishing."""

import datetime as dt
import uuid
import zlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from vendor_risk.evidence import Severity
from vendor_risk.questionnaires import versions
from vendor_risk.questionnaires.form import Question
from vendor_risk.questionnaires.source import TemplateRefused
from vendor_risk.questionnaires.template import Template
from vendor_risk.questionnaires.versions import Difference, Match
from vendor_risk.store.audit import record
from vendor_risk.store.models.responses import PublishedQuestionnaire
from vendor_risk.workflow import packs
from vendor_risk.workflow.packs import SCALE, Part
from vendor_risk.workflow.responses import published
from vendor_risk.workflow.responses.published import USER_SUPPLIED, parsed
from vendor_risk.workflow.vendors import Actor, VendorRefused, clean


@dataclass(frozen=True, slots=True)
class Renewal:
    """A version as it would be published, beside the one before; `content` is its file."""

    old: Template
    new: Template
    content: bytes
    matches: tuple[Match, ...]
    differences: tuple[Difference, ...]
    suggested: str

    @property
    def unsure(self) -> tuple[Match, ...]:
        """Rows of which somebody has to say whether they are that question."""
        return tuple(one for one in self.matches if not one.sure)

    def of(self, kind: str) -> tuple[Difference, ...]:
        """The differences of one kind."""
        return tuple(one for one in self.differences if one.kind == kind)


def newest(session: Session, id: str) -> Template | None:
    """The newest version of a questionnaire that we brought, asked or retired; None without one."""
    rows = published.versions_of(session, id)
    return published.kept(rows[0]) if rows else None


def renewal(
    session: Session,
    parts: Sequence[Part],
    *,
    id: str,
    title: str = "",
    controls: Mapping[str, str] | None = None,
    chosen: Mapping[int, str] | None = None,
    meant: Collection[int] = (),
    version: str = "",
    base: str = "",
) -> Renewal:
    """What the rows would make of the questionnaire that we have under this id; VendorRefused.

    `controls` as for a first version; a part that they do not name keeps what its questions had.
    `chosen` says by its row which question one is, by the id that it has here, or empty for a new
    one. `meant` are rows whose question means what it meant, in other words: its answers hold.
    Without a `version` it has the number that is suggested. `base` is the version that it was
    shown beside: where that is the newest no more, it is refused.
    """
    rows = published.versions_of(session, clean(id))
    if not rows:
        raise VendorRefused("There is no questionnaire of your own called %(id)s.", id=id[:80])
    earlier = [published.kept(row) for row in rows]
    old = earlier[0]
    if base and base != old.form.version:
        raise VendorRefused(
            "%(address)s was published meanwhile: look at what differs from it.",
            "version",
            address=old.address,
        )
    _refuse_more_than_rows(old)
    packs.check_parts(parts)
    items = [item for part in parts for item in part.items]
    _refuse_twice(chosen or {})
    matches = versions.matched(old, items, chosen)
    draft = packs.Draft(
        id=old.form.id,
        title=clean(title)[: packs.TITLE] or old.form.title["en"],
        controls=packs.checked_controls(controls or {}),
        before={one.item.row: one.before for one in matches if one.before is not None},
        used=frozenset(question.id for one in earlier for _section, question in one.asked()),
    )
    number = version.strip()
    if number:
        check_number(number, rows[0].version)
    # Once to see what differs, once with the number and the revs that follow from it.
    first = _parsed(packs.written(draft, parts, version=number or _next(old.form.version)))
    told = versions.differences(old, first)
    suggested = versions.suggested(old.form.version, told)
    reworded = {one.before.id for one in matches if one.before and one.item.row in meant}
    changed = {
        one.question.id
        for one in told
        if one.kind == versions.CHANGED
        and (one.question.id not in reworded or versions.CONTROL in one.what)
    }
    content = packs.written(
        draft,
        parts,
        version=number or suggested,
        raised=changed,
        migrations=[_migration(one, first) for one in earlier],
    )
    new = _parsed(content)
    return Renewal(old, new, content, matches, versions.differences(old, new), suggested)


def publish(session: Session, told: Renewal, *, now: dt.datetime, actor: Actor) -> Template:
    """The new version is what is sent from now on; VendorRefused where nothing differs."""
    if not _differs(told):
        raise VendorRefused(
            "Nothing differs from %(address)s: there is nothing to publish.",
            "file",
            address=told.old.address,
        )
    _add(session, told.new, told.content, now=now, actor=actor)
    return told.new


def file_renewal(session: Session, content: bytes) -> tuple[Template, Renewal | None]:
    """The questionnaire of a file, and what it changes where we have one of its id.

    VendorRefused names what breaks a rule, an id that ships, a number that is not higher, and an
    id of a question that meant something else before.
    """
    new = _parsed(content)
    id, version = new.form.id, new.form.version
    packs.check_id(session, id, new=False)
    rows = published.versions_of(session, id)
    if not rows:
        return new, None
    old = published.kept(rows[0])
    same = next((row for row in rows if row.version == version), None)
    if same is not None and same.sha256 == new.sha256:
        raise VendorRefused("%(address)s is here already.", "file", address=new.address)
    if same is not None:
        raise VendorRefused(
            "%(address)s was published with another text, and a published version never changes:"
            " give the file a new version.",
            "version",
            address=new.address,
        )
    check_number(version, rows[0].version)
    told = versions.differences(old, new)
    _refuse_reused(told, [published.kept(row) for row in rows[1:]])
    suggested = versions.suggested(old.form.version, told)
    return new, Renewal(old, new, content, (), told, suggested)


def publish_file(
    session: Session, new: Template, content: bytes, *, now: dt.datetime, actor: Actor
) -> None:
    """The questionnaire of a file, as `file_renewal` read it, is what is sent from now on."""
    _add(session, new, content, now=now, actor=actor)


def check_number(version: str, before: str) -> None:
    """VendorRefused where a version is no number, or not higher than the one before."""
    parts = version.split(".")
    plain = all(one.isascii() and one.isdigit() and len(one) <= 6 for one in parts)
    if len(parts) != 3 or not plain or any(one != str(int(one)) for one in parts):
        raise VendorRefused(
            "A version is three numbers with dots between, such as %(such)s.",
            "version",
            such=_next(before),
        )
    if versions.key(version) <= versions.key(before):
        raise VendorRefused(
            "There is a version %(before)s already: give a higher number, such as %(such)s.",
            "version",
            before=before,
            such=_next(before),
        )


def _add(
    session: Session, new: Template, content: bytes, *, now: dt.datetime, actor: Actor
) -> None:
    row = PublishedQuestionnaire(
        questionnaire_id=new.form.id,
        version=new.form.version,
        sha256=new.sha256,
        content=zlib.compress(content),
        licence=USER_SUPPLIED,
        published_at=now,
        imported_by_id=actor if isinstance(actor, uuid.UUID) else None,
    )
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:
        raise VendorRefused(
            "%(address)s was published meanwhile: look at what differs from it.",
            "version",
            address=new.address,
        ) from None
    record(
        session,
        actor=actor,
        act="questionnaire.imported",
        subject_kind="questionnaire",
        subject_id=new.form.id,
        after={
            "title": new.form.title["en"],
            "version": new.form.version,
            "sha256": new.sha256,
            "questions": len(list(new.asked())),
        },
        now=now,
    )


def _differs(told: Renewal) -> bool:
    """Whether anything but the number is otherwise: questions, their order, headings, the title."""

    def shown(template: Template) -> object:
        form = template.form
        asked = [
            (section.title, [(one.id, one.rev, one.maps, one.text) for one in section.questions])
            for section in form.sections
        ]
        return form.title, asked

    return shown(told.old) != shown(told.new)


def _parsed(content: bytes) -> Template:
    try:
        return parsed(content)
    except TemplateRefused as refusal:
        raise VendorRefused(
            "It breaks a rule of questionnaires: %(why)s",
            "file",
            why="; ".join(f"{one.path}: {one.message}" for one in refusal.faults[:5]),
        ) from refusal


def _migration(earlier: Template, new: Template) -> dict[str, Any]:
    """What became of the questions of an earlier version: ids stay, so that they only retire."""
    asked = {question.id for _section, question in new.asked()}
    gone = [one.id for _section, one in earlier.asked() if one.id not in asked]
    return {"from": earlier.form.version, "carry": "same_rev", "retire": gone}


def _next(version: str) -> str:
    return versions.suggested(version, ())


def _refuse_twice(chosen: Mapping[int, str]) -> None:
    ids = [id for id in chosen.values() if id]
    twice = next((id for id in ids if ids.count(id) > 1), None)
    if twice:
        raise VendorRefused(
            "Two rows cannot both be the question %(id)s: choose another for one of them.",
            "same",
            id=twice,
        )


def _refuse_more_than_rows(old: Template) -> None:
    """VendorRefused where the version before says what no row of a sheet can say."""
    plain = [(one["id"], one.get("level"), one.get("note"), one.get("accept")) for one in SCALE]
    scale = [(one.id, one.level, one.note, one.accept) for one in old.form.scales.get("mpu", ())]
    if scale != plain or not all(
        section.when is None and _says_a_row(one) for section, one in old.asked()
    ):
        raise VendorRefused(
            "%(address)s has more than a sheet can say (other answers, conditions, evidence or"
            " languages): bring its new version as a YAML file, with `vendor-risk questionnaires"
            " import`.",
            "id",
            address=old.address,
        )


def _says_a_row(one: Question) -> bool:
    """Whether a row of a sheet could have made the question."""
    more = one.when or one.why or one.evidence or one.same_as or one.options
    usual = all(
        (found.severity, found.due_days, found.knockout) == (Severity.MEDIUM, packs.DUE_DAYS, None)
        for found in one.outcomes.values()
    )
    return (one.type, one.scale, {*one.text}) == ("choice", "mpu", {"en"}) and usual and not more


def _refuse_reused(told: Sequence[Difference], older: Sequence[Template]) -> None:
    """VendorRefused where an id that was retired is asked again, or a rev fell."""
    once = {question.id for one in older for _section, question in one.asked()}
    for one in told:
        if one.kind == versions.ADDED and one.question.id in once:
            raise VendorRefused(
                "%(id)s was a question of an earlier version and is never used again: give the new"
                " question another id.",
                "file",
                id=one.question.id,
            )
        if one.before and one.after and one.after.rev < one.before.rev:
            raise VendorRefused(
                "%(id)s has rev %(rev)s, and had %(before)s: a rev never falls. Give at least the"
                " one before.",
                "file",
                id=one.after.id,
                rev=one.after.rev,
                before=one.before.rev,
            )
