"""Links into a response: bound to a person at the vendor, good for a time, and revocable."""

import datetime as dt
import hashlib
import hmac
import secrets
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, select

from vendor_risk.store.audit import record
from vendor_risk.store.models.responses import (
    WITH_US,
    WITH_VENDOR,
    QuestionnaireResponse,
    ResponseLink,
    ResponseState,
)
from vendor_risk.store.models.vendors import Contact, Vendor
from vendor_risk.workflow import outbox
from vendor_risk.workflow.contacts import checked_email, checked_person
from vendor_risk.workflow.vendors import VendorRefused, clean

GRACE = dt.timedelta(days=14)  # a link works so long after the day that the answers are due
CODE_LIFE = dt.timedelta(minutes=15)
CODE_TRIES = 5
MOST_AN_HOUR = 3  # letters to one address over one response
_PAUSE = dt.timedelta(hours=1)
MOST_LINKS = 40  # contributors of one response, those whose link was revoked among them


@dataclass(frozen=True, slots=True)
class Entry:
    """An open link and the response behind it."""

    link: ResponseLink
    response: QuestionnaireResponse

    @property
    def owner(self) -> bool:
        """Whether this person answers everything and submits."""
        return self.link.sections is None


def make(
    session: Session,
    response: QuestionnaireResponse,
    *,
    contact: Contact | None = None,
    name: str = "",
    email: str = "",
    sections: Sequence[str] | None = None,
    now: dt.datetime,
) -> str:
    """The token of a new link, which is kept nowhere; only its hash is."""
    token = secrets.token_urlsafe(32)
    session.add(
        ResponseLink(
            response_id=response.id,
            contact_id=contact.id if contact else None,
            name=contact.name if contact else name,
            email=(contact.email or "") if contact else email,
            token_sha256=_digest(token),
            sections=None if sections is None else list(sections),
            # the whole of the last day, wherever on earth the vendor is
            expires_at=dt.datetime.combine(response.due_on + GRACE, dt.time(23, 59, 59), dt.UTC),
            created_at=now,
        )
    )
    session.flush()
    return token


def found(session: Session, token: str, *, now: dt.datetime) -> Entry | None:
    """What a link leads to; None when it is unknown, revoked, or over. Writes nothing."""
    link = _by_token(session, token)
    if link is None or link.revoked_at is not None or link.expires_at < now:
        return None
    return entry(session, link)


def entry(session: Session, link: ResponseLink) -> Entry | None:
    """The response behind a link that stands; None when it, or the vendor, is gone."""
    response = session.get(QuestionnaireResponse, link.response_id)
    if response is None or response.state in (ResponseState.WITHDRAWN, ResponseState.DRAFT):
        return None
    vendor = session.get(Vendor, response.vendor_id)
    if vendor is None or vendor.archived_at is not None:
        return None
    return Entry(link, response)


def enter(session: Session, at: Entry, *, now: dt.datetime) -> None:
    """Somebody pressed the button: looking alone does not open it, for mail scanners look too."""
    if at.link.opened_at is None:
        at.link.opened_at = now
    if at.response.state == ResponseState.SENT:
        at.response.state = ResponseState.OPENED
        at.response.opened_at = now
        at.response.revision += 1
        _record(session, at.response, "response.opened", at.link, now)
    session.flush()


def needs_code(at: Entry) -> bool:
    """For tier 1 a link alone is not enough: a code goes to the address that it is bound to."""
    return at.response.tier == 1


def new_code(session: Session, at: Entry, *, now: dt.datetime) -> str:
    """Six digits for a letter to the bound address; only a keyed hash of them is kept."""
    code = f"{secrets.randbelow(1_000_000):06d}"
    at.link.code_sha256 = _code_digest(at.link, code)
    at.link.code_until = now + CODE_LIFE
    at.link.code_tries = 0
    session.flush()
    return code


def check_code(session: Session, at: Entry, code: str, *, now: dt.datetime) -> bool:
    """Whether these are the digits of the letter; after five tries only a new code helps."""
    link = at.link
    session.refresh(link, with_for_update=True)
    if link.code_sha256 is None or link.code_until is None or link.code_until < now:
        return False
    if link.code_tries >= CODE_TRIES:
        return False
    link.code_tries += 1
    right = hmac.compare_digest(link.code_sha256, _code_digest(link, clean(code).replace(" ", "")))
    if right:
        link.code_sha256 = link.code_until = None
    session.flush()
    return right


def renew(session: Session, token: str, *, now: dt.datetime) -> tuple[ResponseLink, str] | None:
    """A fresh link in place of one that is over, for its own address alone; None where none is.

    Who asks is told the same either way.
    """
    old = _by_token(session, token)
    if old is None or old.revoked_at is not None or not old.email:
        return None
    at = entry(session, old)
    if at is None or at.response.state not in (*WITH_VENDOR, *WITH_US, ResponseState.ACCEPTED):
        return None
    old.revoked_at = now
    fresh = secrets.token_urlsafe(32)
    until = max(old.expires_at, now + GRACE)
    link = ResponseLink(
        response_id=old.response_id,
        contact_id=old.contact_id,
        name=old.name,
        email=old.email,
        token_sha256=_digest(fresh),
        sections=old.sections,
        expires_at=until,
        created_at=now,
    )
    session.add(link)
    session.flush()
    _record(session, at.response, "response.link_renewed", old, now)
    return link, fresh


def send_again(
    session: Session, response: QuestionnaireResponse, *, now: dt.datetime, actor: uuid.UUID
) -> tuple[ResponseLink, str]:
    """A new link for the owner of the answers; the one before opens nothing any more."""
    if response.state not in WITH_VENDOR:
        raise VendorRefused("The vendor is not asked at the moment, so there is nothing to send.")
    owners = [link for link in standing(session, response, now=now) if link.sections is None]
    last = owners[-1] if owners else _last_owner(session, response)
    for one in owners:
        one.revoked_at = now
    name, email = _person_now(session, last)
    token = make(session, response, name=name, email=email, now=now)
    link = _by_token(session, token)
    assert link is not None
    link.contact_id = last.contact_id
    link.expires_at = max(link.expires_at, now + GRACE)
    session.flush()
    _record(session, response, "response.link_sent_again", actor, now)
    return link, token


def again(
    session: Session, response: QuestionnaireResponse, *, now: dt.datetime
) -> tuple[ResponseLink, str]:
    """One more link for the owner of the answers, for a letter; those there are work on.

    What nobody revoked works until the grace after the day that the answers are due now.
    """
    until = dt.datetime.combine(response.due_on + GRACE, dt.time(23, 59, 59), dt.UTC)
    for one in _unrevoked(session, response):
        one.expires_at = max(one.expires_at, until)
    last = _last_owner(session, response)
    name, email = _person_now(session, last)
    token = make(session, response, name=name, email=email, now=now)
    link = _by_token(session, token)
    assert link is not None
    link.contact_id = last.contact_id
    link.expires_at = max(link.expires_at, now + GRACE)
    session.flush()
    return link, token


def beside(
    session: Session, response: QuestionnaireResponse, like: ResponseLink, *, now: dt.datetime
) -> tuple[ResponseLink, str]:
    """One more link for whoever has this one, for a letter; both open the same."""
    token = make(
        session, response, name=like.name, email=like.email, sections=like.sections, now=now
    )
    link = _by_token(session, token)
    assert link is not None
    link.contact_id = like.contact_id
    link.expires_at = max(link.expires_at, like.expires_at, now + GRACE)
    session.flush()
    return link, token


def owner_of(session: Session, response: QuestionnaireResponse) -> ResponseLink | None:
    """The link of who owns the answers, the newest; None where there was none."""
    rows = select(ResponseLink).where(ResponseLink.response_id == response.id)
    every = session.exec(rows.order_by(col(ResponseLink.created_at).desc())).all()
    return next((link for link in every if link.sections is None), None)


def invite(
    session: Session,
    at: Entry,
    *,
    name: str,
    email: str,
    sections: Sequence[str],
    known: Sequence[str],
    now: dt.datetime,
) -> str:
    """The token for a contributor who may answer these sections; `known` are all there are."""
    _refuse_other(at)
    chosen = [one for one in known if one in sections]
    if not chosen:
        raise VendorRefused("Choose at least one section.", "sections")
    name, email = _person(name, email)
    _refuse_again(session, at.response, email, now)
    _refuse_many(session, at.response)
    token = make(session, at.response, name=name, email=email, sections=chosen, now=now)
    _record(session, at.response, "response.contributor_invited", at.link, now)
    return token


def hand_over(session: Session, at: Entry, *, name: str, email: str, now: dt.datetime) -> str:
    """Somebody else at the vendor owns the answers from now on; what was said stays."""
    _refuse_other(at)
    name, email = _person(name, email)
    _refuse_again(session, at.response, email, now)
    # every one that letters brought since, and what is over, which could be renewed
    for one in _unrevoked(session, at.response):
        if one.sections is None:
            one.revoked_at = now
    outbox.call_off(session, f"reminder/{at.response.id}/", keep="/owner", now=now)
    token = make(session, at.response, name=name, email=email, now=now)
    _record(session, at.response, "response.handed_over", at.link, now)
    return token


def take_back(session: Session, at: Entry, link_id: uuid.UUID, *, now: dt.datetime) -> None:
    """The links of a contributor open nothing any more; what was said over them stays."""
    _refuse_other(at)
    link = session.get(ResponseLink, link_id)
    if link is None or link.response_id != at.response.id or link.sections is None:
        raise VendorRefused("There is no such person here.")
    theirs = [one for one in _unrevoked(session, at.response) if _who(one) == _who(link)]
    if theirs:
        for one in theirs:
            one.revoked_at = now
        _record(session, at.response, "response.contributor_removed", at.link, now)
        session.flush()


def standing(
    session: Session, response: QuestionnaireResponse, *, now: dt.datetime
) -> Sequence[ResponseLink]:
    """The links that open it now, the oldest first."""
    rows = select(ResponseLink).where(
        ResponseLink.response_id == response.id,
        col(ResponseLink.revoked_at).is_(None),
        col(ResponseLink.expires_at) >= now,
    )
    return session.exec(rows.order_by(col(ResponseLink.created_at), col(ResponseLink.id))).all()


def contributors(
    session: Session, response: QuestionnaireResponse, *, now: dt.datetime
) -> Sequence[ResponseLink]:
    """One standing link for each who helps with sections, however many letters brought."""
    helping = [link for link in standing(session, response, now=now) if link.sections]
    return list({_who(link): link for link in helping}.values())


def of_same(session: Session, link: ResponseLink) -> set[uuid.UUID]:
    """The links of one person with the same rights: each letter brings one more."""
    rows = select(ResponseLink).where(ResponseLink.response_id == link.response_id)
    return {one.id for one in session.exec(rows) if _who(one) == _who(link)}


def revoke_all(session: Session, response: QuestionnaireResponse, *, now: dt.datetime) -> int:
    """No link opens it any more; how many did."""
    links = standing(session, response, now=now)
    for one in links:
        one.revoked_at = now
    session.flush()
    return len(links)


def _last_owner(session: Session, response: QuestionnaireResponse) -> ResponseLink:
    rows = select(ResponseLink).where(ResponseLink.response_id == response.id)
    every = session.exec(rows.order_by(col(ResponseLink.created_at).desc())).all()
    return next(link for link in every if link.sections is None)


def _person_now(session: Session, link: ResponseLink) -> tuple[str, str]:
    """Whom the link is bound to: a contact under the address that it has by now."""
    contact = session.get(Contact, link.contact_id) if link.contact_id else None
    if contact is not None and contact.email:
        return contact.name, contact.email
    return link.name, link.email


def _unrevoked(session: Session, response: QuestionnaireResponse) -> Sequence[ResponseLink]:
    rows = select(ResponseLink).where(
        ResponseLink.response_id == response.id, col(ResponseLink.revoked_at).is_(None)
    )
    return session.exec(rows).all()


def _who(link: ResponseLink) -> tuple[str, frozenset[str] | None]:
    """Links of one person with the same rights say the same here."""
    sections = None if link.sections is None else frozenset(link.sections)
    return link.email.casefold(), sections


def _refuse_other(at: Entry) -> None:
    if not at.owner:
        raise VendorRefused("Only who owns the answers can do this.")
    if at.response.state not in WITH_VENDOR:
        raise VendorRefused("The answers are with us now.")


def _refuse_many(session: Session, response: QuestionnaireResponse) -> None:
    """Further links of the same people are those of our own letters, and of hand-overs: not these.

    In Python, for the sections are plain JSON.
    """
    rows = select(ResponseLink).where(ResponseLink.response_id == response.id)
    invited = {_who(link) for link in session.exec(rows) if link.sections is not None}
    if len(invited) >= MOST_LINKS:
        raise VendorRefused(
            "At most %(most)s links are made: use those there are.", "email", most=MOST_LINKS
        )


def _refuse_again(
    session: Session, response: QuestionnaireResponse, email: str, now: dt.datetime
) -> None:
    """Nobody outside is written to again and again in our name."""
    rows = select(ResponseLink).where(
        ResponseLink.response_id == response.id, col(ResponseLink.created_at) > now - _PAUSE
    )
    lately = [one for one in session.exec(rows) if one.email.casefold() == email.casefold()]
    if len(lately) >= MOST_AN_HOUR:
        raise VendorRefused(
            "%(most)s letters to this address left within the last hour. Let them look for these,"
            " also among unwanted mail, before another one goes.",
            "email",
            most=MOST_AN_HOUR,
        )


def _person(name: str, email: str) -> tuple[str, str]:
    address = checked_email(email)
    if address is None:
        raise VendorRefused("Give an e-mail address, such as ann@example.com.", "email")
    return checked_person(name), address


def _by_token(session: Session, token: str) -> ResponseLink | None:
    if not 20 <= len(token) <= 100:
        return None
    rows = select(ResponseLink).where(ResponseLink.token_sha256 == _digest(token))
    return session.exec(rows).first()


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _code_digest(link: ResponseLink, code: str) -> str:
    # Six digits are soon guessed from a plain hash: the hash of the secret token is its key.
    return hmac.new(link.token_sha256.encode(), code.encode(), hashlib.sha256).hexdigest()


def _record(
    session: Session,
    response: QuestionnaireResponse,
    act: str,
    by: uuid.UUID | ResponseLink,
    now: dt.datetime,
) -> None:
    link = by if isinstance(by, ResponseLink) else None
    record(
        session,
        actor="vendor" if isinstance(by, ResponseLink) else by,
        act=act,
        subject_kind="response",
        subject_id=response.id,
        after={"number": response.number} | ({"link": link.id} if link else {}),
        now=now,
    )
