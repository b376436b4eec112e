"""Who is told of what moved: at once, with a collected letter, or in the inbox alone; once each."""

import datetime as dt
import hashlib
import secrets
import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import case, text
from sqlalchemy.orm import selectinload
from sqlmodel import Session, col, func, select, update

from vendor_risk.reports.moves import Answer
from vendor_risk.store.audit import record
from vendor_risk.store.models.alerts import Alert, AlertChoice
from vendor_risk.store.models.moves import StoredMove
from vendor_risk.store.models.people import User
from vendor_risk.store.models.vendors import Engagement, Vendor
from vendor_risk.store.models.work import Deputy
from vendor_risk.workflow import held, settings, webhooks
from vendor_risk.workflow.people import role_names
from vendor_risk.workflow.vendors import Stale, VendorRefused

KEY = "alert_roles"  # of the setting that holds what roles want
SLICE = 200  # moves that one transaction tells
MORNING = 7  # the hour of the collected letter, where the person is
MOST_TOLD = 50  # moves in one letter; the inbox has them all
_LOUD = (Answer.ALERT, Answer.REVIEW)
_READERS = frozenset({"analyst", "approver", "admin"})  # who may open what it is about
# Spelt as their indexes are, which hold the few that wait.
_IS_UNTOLD = text("move.told_at IS NULL AND move.state = 'stands'")
_IS_UNMAILED = text("alert.mailed_at IS NULL")
_IS_UNSEEN = text("alert.seen_at IS NULL")


class Scope(StrEnum):
    """Of whose moves a person is told."""

    NONE = "none"
    OWN = "own"  # vendors they answer for or stand in for; analysts also of those without owner
    ALL = "all"


class Digest(StrEnum):
    """How often a collected letter comes."""

    OFF = "off"
    WEEKLY = "weekly"
    DAILY = "daily"


@dataclass(frozen=True, slots=True)
class Choice:
    """What a person wants to be told, and how; quiet hours are of the day where they are."""

    scope: Scope
    at_once: bool
    digest: Digest
    quiet_from: int | None = None
    quiet_until: int | None = None

    def quiet(self, hour: int) -> bool:
        """Whether no letter leaves at that hour; the hours may go over midnight."""
        begin, end = self.quiet_from, self.quiet_until
        if begin is None or end is None or begin == end:
            return False
        return begin <= hour < end if begin < end else hour >= begin or hour < end


# What each role wants unless somebody says otherwise: whoever answers for a vendor hears at once,
# and whoever decides has an overview of all on Mondays.
DEFAULTS: Mapping[str, Choice] = {
    "analyst": Choice(Scope.OWN, at_once=True, digest=Digest.DAILY),
    "approver": Choice(Scope.ALL, at_once=False, digest=Digest.WEEKLY),
    "admin": Choice(Scope.OWN, at_once=True, digest=Digest.DAILY),
}


def role_choices(session: Session) -> dict[str, Choice]:
    """What each role wants."""
    told: Mapping[str, Mapping[str, Any]] = held.value(session, KEY, {})
    return {role: _choice(told[role]) if role in told else DEFAULTS[role] for role in DEFAULTS}


def set_role_choices(
    session: Session, wanted: Mapping[str, Choice], *, now: dt.datetime, actor: uuid.UUID
) -> bool:
    """People who chose nothing are told so from now on; False when they were already."""
    if wanted == role_choices(session):
        return False
    told = {role: asdict(wanted[role]) for role in DEFAULTS}
    return settings.change(session, KEY, told, now=now, actor=actor)


def of_roles(roles: Mapping[str, Choice], person: User) -> Choice:
    """What the roles of a person want together: the widest, the fastest, the most often."""
    mine = [roles[name] for name in role_names(person) if name in roles]
    if not mine:
        return Choice(Scope.NONE, at_once=False, digest=Digest.OFF)
    scopes, digests = list(Scope), list(Digest)
    return Choice(
        max((one.scope for one in mine), key=scopes.index),
        at_once=any(one.at_once for one in mine),
        digest=max((one.digest for one in mine), key=digests.index),
    )


def choice_of(session: Session, person: User, roles: Mapping[str, Choice] | None = None) -> Choice:
    """What a person wants: as they chose, else as their roles say."""
    own = session.get(AlertChoice, person.id)
    usual = of_roles(roles or role_choices(session), person)
    if own is None:
        return usual
    return Choice(
        Scope(own.scope) if own.scope else usual.scope,
        at_once=usual.at_once if own.at_once is None else own.at_once,
        digest=Digest(own.digest) if own.digest else usual.digest,
        quiet_from=own.quiet_from,
        quiet_until=own.quiet_until,
    )


def choose(
    session: Session,
    person: User,
    wanted: Choice | None,
    *,
    revision: int,
    now: dt.datetime,
) -> bool:
    """The person is told so from now on, or as their roles say with None; False when already.

    Stale when it was changed since the page was opened.
    """
    row = session.get(AlertChoice, person.id, with_for_update=True)
    if revision != (row.revision if row else 0):
        raise Stale
    if wanted is not None:
        if (wanted.quiet_from is None) != (wanted.quiet_until is None):
            raise VendorRefused("Give both hours, or neither.", "quiet_until")
        for hour in (wanted.quiet_from, wanted.quiet_until):
            if hour is not None and not 0 <= hour <= 23:
                raise VendorRefused("An hour is a number from 0 to 23.", "quiet_from")
    told: dict[str, Any] = asdict(wanted) if wanted else dict.fromkeys(_CHOSEN)
    before = {name: getattr(row, name) for name in _CHOSEN} if row else dict.fromkeys(_CHOSEN)
    if before == told:
        return False
    if row is None:
        row = AlertChoice(person_id=person.id, revision=0)
        session.add(row)
    for name, value in told.items():
        setattr(row, name, value)
    row.revision += 1
    _note(session, person, "person.alerts", now, before=before, after=told)
    return True


_CHOSEN = ("scope", "at_once", "digest", "quiet_from", "quiet_until")


def revision_of(session: Session, person: User) -> int:
    """What tells whether the choice changed since a page was opened; 0: nothing was chosen."""
    row = session.get(AlertChoice, person.id)
    return row.revision if row else 0


def tell(session: Session, now: dt.datetime, most: int = SLICE) -> int:
    """The people and webhooks that have to know of the next moves do; how many moves.

    Each person hears of each move once, whoever runs this twice.
    """
    rows = session.exec(
        select(StoredMove)
        .where(_IS_UNTOLD)
        .order_by(col(StoredMove.created_at), col(StoredMove.id))
        .limit(most)
        .with_for_update(skip_locked=True)
    ).all()
    if not rows:
        return 0
    audience = _Audience(session, now)
    vendors = _by_id(session, Vendor, {row.vendor_id for row in rows})
    bought = _by_id(session, Engagement, {row.engagement_id for row in rows if row.engagement_id})
    for row in rows:
        loud = row.answer in _LOUD
        owners = {vendors[row.vendor_id].owner_id}
        if row.engagement_id in bought:
            owners.add(bought[row.engagement_id].owner_id)
        for person in audience.of(owners - {None}):
            if person.id != row.by_id:
                session.add(Alert(person_id=person.id, move_id=row.id, loud=loud, created_at=now))
        webhooks.enqueue(session, row, loud=loud, now=now)
        row.told_at = now
    session.flush()
    return len(rows)


class _Audience:
    """Everybody who may be told, with what they want, read once."""

    def __init__(self, session: Session, now: dt.datetime) -> None:
        active = select(User).where(col(User.active).is_(True)).order_by(col(User.email))
        people = session.exec(active.options(selectinload(User.roles))).all()  # type: ignore[arg-type]
        roles = role_choices(session)
        self._people = {one.id: one for one in people if _READERS & set(role_names(one))}
        self._scopes = {
            id: choice_of(session, one, roles).scope for id, one in self._people.items()
        }
        today = now.astimezone(dt.UTC).date()
        self._deputies: dict[uuid.UUID, set[uuid.UUID]] = defaultdict(set)
        for row in session.exec(
            select(Deputy).where(
                col(Deputy.ended_at).is_(None),
                col(Deputy.from_on) <= today,
                col(Deputy.until_on) >= today,
            )
        ):
            self._deputies[row.person_id].add(row.deputy_id)

    def of(self, owners: Collection[Any]) -> list[User]:
        """Who hears of a vendor with these owners; where none can, the analysts do."""
        near = set(owners).union(*(self._deputies.get(one, ()) for one in owners))
        told = {
            id
            for id, scope in self._scopes.items()
            if scope is Scope.ALL or (scope is Scope.OWN and id in near)
        }
        if not near & self._people.keys():
            told |= {
                id
                for id, scope in self._scopes.items()
                if scope is Scope.OWN and "analyst" in role_names(self._people[id])
            }
        return [person for id, person in self._people.items() if id in told]


@dataclass(frozen=True, slots=True)
class ToWrite:
    """A letter that is due: to whom, about which moves, the gravest first, how many more."""

    person: User
    moves: Sequence[tuple[StoredMove, Vendor]]
    more: int
    at_once: bool
    token: str
    key: str


def letters(session: Session, now: dt.datetime, zone: str) -> list[ToWrite]:
    """The letters that are due now; what they take along is marked as mailed.

    One letter at once for all that is loud, one collected letter a day or on Mondays.
    """
    loud = func.sum(case((col(Alert.loud), 1), else_=0))
    oldest = func.min(Alert.created_at)
    found = session.exec(
        select(Alert.person_id, loud, oldest).where(_IS_UNMAILED).group_by(col(Alert.person_id))
    ).all()
    roles = role_choices(session)
    due: list[ToWrite] = []
    for person_id, any_loud, since in found:
        person = session.get(User, person_id)
        if person is None:
            continue
        choice = choice_of(session, person, roles)
        there = now.astimezone(ZoneInfo(person.timezone or zone))
        if not person.active or choice.scope is Scope.NONE:
            _mailed(session, person_id, now)
        elif choice.quiet(there.hour):
            continue
        elif choice.at_once and any_loud:
            due.append(_letter(session, person, now, loud=True))
        elif choice.digest is Digest.OFF:
            _mailed(session, person_id, now)
        elif since < _last_morning(choice.digest, there):
            due.append(_letter(session, person, now, loud=False))
    return due


def _last_morning(digest: Digest, there: dt.datetime) -> dt.datetime:
    """When the last collected letter was due where the person is: what is younger waits."""
    day = there.date() - dt.timedelta(days=there.hour < MORNING)
    if digest is Digest.WEEKLY:
        day -= dt.timedelta(days=day.weekday())
    return dt.datetime.combine(day, dt.time(MORNING), there.tzinfo)


def _letter(session: Session, person: User, now: dt.datetime, *, loud: bool) -> ToWrite:
    mine: list[Any] = [_IS_UNMAILED, Alert.person_id == person.id]
    if loud:
        mine.append(col(Alert.loud).is_(True))
    rows = session.exec(
        select(Alert, StoredMove, Vendor)
        .join(StoredMove, col(StoredMove.id) == col(Alert.move_id))
        .join(Vendor, col(Vendor.id) == col(StoredMove.vendor_id))
        .where(*mine)
        .order_by(
            col(Alert.loud).desc(),
            col(StoredMove.severity).desc(),
            col(StoredMove.created_at).desc(),
            col(StoredMove.id),
        )
        .limit(MOST_TOLD)
    ).all()
    total = session.exec(select(func.count()).select_from(Alert).where(*mine)).one()
    first = rows[0][0].id
    session.exec(update(Alert).where(*mine).values(mailed_at=now))
    row = session.get(AlertChoice, person.id)
    if row is None:
        row = AlertChoice(person_id=person.id, revision=0)
        session.add(row)
    if row.token is None:
        row.token = secrets.token_urlsafe(32)
        row.token_sha256 = _hash(row.token)
    session.flush()
    return ToWrite(
        person,
        [(move, vendor) for _alert, move, vendor in rows],
        total - len(rows),
        loud,
        row.token,
        f"alert/{person.id}/{first}",
    )


def _mailed(session: Session, person_id: uuid.UUID, now: dt.datetime) -> None:
    """No letter will tell of what waits."""
    mine: tuple[Any, ...] = (_IS_UNMAILED, Alert.person_id == person_id)
    session.exec(update(Alert).where(*mine).values(mailed_at=now))


def inbox(
    session: Session, person_id: uuid.UUID, *, unseen: bool, first: int, most: int
) -> Sequence[tuple[Alert, StoredMove, Vendor]]:
    """What a person was told, the newest first."""
    rows = (
        select(Alert, StoredMove, Vendor)
        .join(StoredMove, col(StoredMove.id) == col(Alert.move_id))
        .join(Vendor, col(Vendor.id) == col(StoredMove.vendor_id))
        .where(Alert.person_id == person_id)
        .order_by(
            col(Alert.created_at).desc(),
            col(StoredMove.severity).desc(),
            col(Alert.id),
        )
    )
    if unseen:
        rows = rows.where(_IS_UNSEEN)
    return session.exec(rows.offset(first).limit(most)).all()


def unseen(session: Session, person_id: uuid.UUID, most: int = 1000) -> int:
    """How many alerts a person has not seen; counted up to a bound."""
    some = select(Alert.id).where(_IS_UNSEEN, Alert.person_id == person_id).limit(most)
    return session.exec(select(func.count()).select_from(some.subquery())).one()


def see(
    session: Session, person_id: uuid.UUID, ids: Iterable[uuid.UUID] | None, *, now: dt.datetime
) -> int:
    """The person has seen these, or all with None; how many they had not."""
    mine: list[Any] = [_IS_UNSEEN, Alert.person_id == person_id]
    if ids is not None:
        mine.append(col(Alert.id).in_(list(ids)))
    return session.exec(update(Alert).where(*mine).values(seen_at=now)).rowcount


def see_not(session: Session, person_id: uuid.UUID, moment: dt.datetime) -> int:
    """What the person marked as seen at that moment is unseen again; how many."""
    mine: tuple[Any, ...] = (Alert.person_id == person_id, Alert.seen_at == moment)
    return session.exec(update(Alert).where(*mine).values(seen_at=None)).rowcount


def person_of(session: Session, token: str) -> User | None:
    """Whose letters the secret ends; None for a wrong one, or a closed account."""
    row = session.exec(select(AlertChoice).where(AlertChoice.token_sha256 == _hash(token))).first()
    person = session.get(User, row.person_id) if row else None
    return person if person is not None and person.active else None


def unsubscribe(session: Session, person: User, *, now: dt.datetime) -> None:
    """No letter about moves comes any more; the inbox goes on."""
    wanted = replace(choice_of(session, person), at_once=False, digest=Digest.OFF)
    choose(session, person, wanted, revision=revision_of(session, person), now=now)


def _choice(told: Mapping[str, Any]) -> Choice:
    return Choice(
        Scope(told["scope"]),
        at_once=bool(told["at_once"]),
        digest=Digest(told["digest"]),
        quiet_from=told.get("quiet_from"),
        quiet_until=told.get("quiet_until"),
    )


def _by_id(session: Session, model: Any, ids: Collection[uuid.UUID]) -> dict[uuid.UUID, Any]:
    found = session.exec(select(model).where(model.id.in_(ids)))
    return {row.id: row for row in found}


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _note(
    session: Session,
    person: User,
    act: str,
    now: dt.datetime,
    *,
    before: dict[str, Any],
    after: dict[str, Any],
) -> None:
    record(
        session,
        actor=person.id,
        act=act,
        subject_kind="person",
        subject_id=person.id,
        before=before,
        after=after,
        now=now,
    )
