"""Accounts: who may sign in, with which roles."""

import datetime as dt
import secrets
import uuid
from collections.abc import Collection, Iterable

from sqlalchemy import func
from sqlmodel import Session, col, select, update

from vendor_risk.evidence import N_
from vendor_risk.refusals import Refused, Word
from vendor_risk.reports.plain import plain
from vendor_risk.store.audit import record
from vendor_risk.store.models.people import Role, SignIn, User

ROLES = ("requester", "analyst", "approver", "auditor", "admin")

# Who decides or administers proves it with a second factor.
SECOND_FACTOR_ROLES = frozenset({"analyst", "approver", "admin"})


class PeopleError(Refused):
    """An account cannot be as asked; the message says why to the person who asks."""


def normal_email(email: str) -> str:
    """An address as accounts keep it: without blanks around it, in lower case."""
    return email.strip().lower()


def find_user(session: Session, email: str) -> User | None:
    """The account with that address."""
    return session.exec(select(User).where(User.email == normal_email(email))).first()


def create_user(
    session: Session,
    *,
    email: str,
    name: str,
    roles: Iterable[str],
    actor: uuid.UUID | str,
    now: dt.datetime,
    password_hash: str | None = None,
    sample: bool = False,
) -> User:
    """A new account; without a password its owner sets one over a mailed link."""
    address = normal_email(email)
    local, _at, domain = address.rpartition("@")
    if not (local and domain) or any(letter.isspace() for letter in address):
        raise PeopleError(
            "%(address)s is no e-mail address: write it like ann@shop.example", address=address[:80]
        )
    if find_user(session, address):
        raise PeopleError("%(address)s has an account already", address=address)
    user = User(
        email=address, name=name.strip(), password=password_hash, sample=sample, created_at=now
    )
    user.roles = _roles(session, _checked(roles))
    session.add(user)
    session.flush()
    record(
        session,
        actor=actor,
        act="person.created",
        subject_kind="person",
        subject_id=user.id,
        after={"email": user.email, "name": user.name, "roles": role_names(user)},
        now=now,
    )
    return user


def set_roles(
    session: Session,
    user: User,
    roles: Iterable[str],
    *,
    actor: uuid.UUID | str,
    now: dt.datetime,
) -> None:
    """The person has exactly these roles; nothing happens when they had them already."""
    wanted, before = _checked(roles), role_names(user)
    if wanted == before:
        return
    if "admin" in before and "admin" not in wanted:
        _keep_an_admin(session, user)
    user.roles = _roles(session, wanted)
    session.add(user)
    record(
        session,
        actor=actor,
        act="person.roles",
        subject_kind="person",
        subject_id=user.id,
        before={"roles": before},
        after={"roles": wanted},
        now=now,
    )


def deactivate(session: Session, user: User, *, actor: uuid.UUID | str, now: dt.datetime) -> None:
    """The person can no longer sign in, and every sign-in they have is over."""
    if not user.active:
        return
    if "admin" in role_names(user):
        _keep_an_admin(session, user)
    user.active = False
    end_sign_ins(session, user, now)
    _note(session, user, "person.deactivated", actor, now)


def activate(session: Session, user: User, *, actor: uuid.UUID | str, now: dt.datetime) -> None:
    """The person can sign in again."""
    if user.active:
        return
    user.active = True
    session.add(user)
    _note(session, user, "person.activated", actor, now)


def reset_second_factor(
    session: Session, user: User, *, actor: uuid.UUID | str, now: dt.datetime
) -> None:
    """The person's authenticator and recovery codes count no more, and they must sign in anew."""
    user.tf_primary_method = None
    user.tf_totp_secret = None
    user.totp_counter = None
    user.mf_recovery_codes = None
    end_sign_ins(session, user, now)
    _note(session, user, "person.second_factor_reset", actor, now)


def end_sign_ins(session: Session, user: User, now: dt.datetime) -> None:
    """Every cookie of this person is worthless from now on, copies of it too."""
    user.fs_uniquifier = secrets.token_hex(32)
    session.add(user)
    session.exec(
        update(SignIn)
        .where(col(SignIn.user_id) == user.id, col(SignIn.ended_at).is_(None))
        .values(ended_at=now)
    )


def set_preferences(
    session: Session,
    user: User,
    *,
    actor: uuid.UUID | str,
    now: dt.datetime,
    **wanted: str,
) -> None:
    """The person's own name, time zone, language or theme is this; only what differs is noted."""
    before = {
        key: getattr(user, key) for key, value in wanted.items() if getattr(user, key) != value
    }
    if not before:
        return
    for key in before:
        setattr(user, key, wanted[key])
    session.add(user)
    record(
        session,
        actor=actor,
        act="person.preferences",
        subject_kind="person",
        subject_id=user.id,
        before=before,
        after={key: wanted[key] for key in before},
        now=now,
    )


def role_names(user: User) -> list[str]:
    """The person's roles in the order of `ROLES`."""
    names = {role.name for role in user.roles}
    return [name for name in ROLES if name in names]


def approvers(session: Session, but: Collection[uuid.UUID | None] = ()) -> object:
    """The names of some who approve, `but` these; or that an admin has to name one."""
    people = session.exec(select(User).where(col(User.active).is_(True)).order_by(col(User.email)))
    able = [one for one in people if "approver" in role_names(one) and one.id not in but]
    names = [one.name or one.email for one in able]
    if not names:
        return Word(N_("an admin to name one"))
    said: object = names[0]
    for other in names[1:3]:
        said = Refused("%(one)s or %(other)s", one=said, other=other)
    return said


def needs_second_factor(user: User) -> bool:
    """Whether one of the person's roles asks for a second factor."""
    return not SECOND_FACTOR_ROLES.isdisjoint(role_names(user))


def _checked(roles: Iterable[str]) -> list[str]:
    asked = set(roles)
    unknown = asked - set(ROLES)
    if unknown:
        raise PeopleError("there is no role %(unknown)s", unknown=", ".join(sorted(unknown)))
    if not asked:
        raise PeopleError("a person needs at least one role")
    if "auditor" in asked and len(asked) > 1:
        raise PeopleError("an auditor changes nothing, so has no other role")
    return [name for name in ROLES if name in asked]


def _roles(session: Session, names: list[str]) -> list[Role]:
    known = {role.name: role for role in session.exec(select(Role)).all()}
    return [known.get(name) or Role(name=name) for name in names]


def _keep_an_admin(session: Session, leaving: User) -> None:
    others = session.exec(
        select(func.count())
        .select_from(User)
        .where(
            col(User.active).is_(True),
            col(User.id) != leaving.id,
            col(User.roles).any(col(Role.name) == "admin"),
        )
    ).one()
    if not others:
        raise PeopleError("this is the last administrator; make another one first")


def _note(session: Session, user: User, act: str, actor: uuid.UUID | str, now: dt.datetime) -> None:
    record(session, actor=actor, act=act, subject_kind="person", subject_id=user.id, now=now)


def note_link(session: Session, user: User, *, actor: uuid.UUID | str, now: dt.datetime) -> None:
    """The log says that the person was sent a link to set a password."""
    _note(session, user, "person.link_sent", actor, now)


class Names:
    """Who people are, looked up once each."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._found: dict[uuid.UUID, str] = {}

    def __call__(self, person: uuid.UUID | None) -> str:
        """What others call them; empty for nobody."""
        if person is None:
            return ""
        if person not in self._found:
            user = self._session.get(User, person)
            self._found[person] = plain(user.name or user.email) if user else ""
        return self._found[person]
