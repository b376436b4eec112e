"""One search over vendors, engagements, contacts and domains."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, or_
from sqlmodel import Session, col, func, select

from vendor_risk.store.models.vendors import Contact, ContactToken, Domain, Engagement, Vendor


@dataclass(frozen=True, slots=True)
class Found:
    """What was found of each kind; a list longer than asked for by one has more behind it."""

    vendors: Sequence[Vendor] = ()
    engagements: Sequence[tuple[Engagement, Vendor]] = ()
    contacts: Sequence[tuple[Contact, Vendor]] = ()
    domains: Sequence[tuple[Domain, Vendor]] = ()

    @property
    def nothing(self) -> bool:
        """Whether no kind has anything."""
        return not (self.vendors or self.engagements or self.contacts or self.domains)


def search(
    session: Session,
    *,
    text: str,
    key: str,
    words: Sequence[Sequence[str]],
    most: int = 8,
) -> Found:
    """What a text leads to, at most `most` and one more of each kind; joined vendors never.

    `key` is the text folded as names are; `words` has, for each word of the text, the tokens of
    which a contact must bear one, because contacts are sealed and found only by whole words.
    """
    text = text.strip()
    if not text:
        return Found()
    return Found(
        vendors(session, text, key, most + 1),
        _engagements(session, text, most + 1),
        _contacts(session, words, most + 1),
        _domains(session, text, most + 1),
    )


def vendors(session: Session, text: str, key: str, most: int) -> Sequence[Vendor]:
    """Vendors whose name has the text, or whose supplier number it is; best beginnings first."""
    ways: list[ColumnElement[bool]] = [
        col(Vendor.name).icontains(text, autoescape=True),
        col(Vendor.supplier_number) == text,
    ]
    if key:
        ways.append(col(Vendor.name_key).contains(key, autoescape=True))
    begins = col(Vendor.name_key).startswith(key or text.casefold(), autoescape=True)
    return session.exec(
        select(Vendor)
        .where(or_(*ways), col(Vendor.merged_into_id).is_(None))
        .order_by(
            col(Vendor.archived_at).is_not(None),
            begins.desc(),
            col(Vendor.name_key),
            col(Vendor.id),
        )
        .limit(most)
    ).all()


def _engagements(session: Session, text: str, most: int) -> Sequence[tuple[Engagement, Vendor]]:
    return session.exec(
        select(Engagement, Vendor)
        .join(Vendor, col(Vendor.id) == Engagement.vendor_id)
        .where(
            or_(
                col(Engagement.name).icontains(text, autoescape=True),
                col(Engagement.purchase_order) == text,
            )
        )
        .order_by(col(Engagement.ended_at).is_not(None), Engagement.name, col(Engagement.id))
        .limit(most)
    ).all()


def _contacts(
    session: Session, words: Sequence[Sequence[str]], most: int
) -> Sequence[tuple[Contact, Vendor]]:
    if not words:
        return ()
    tokens = [token for word in words for token in word]
    bearing_all = (
        select(ContactToken.contact_id)
        .where(col(ContactToken.token).in_(tokens))
        .group_by(col(ContactToken.contact_id))
        .having(func.count(func.distinct(col(ContactToken.token))) >= len(words))
    )
    return session.exec(
        select(Contact, Vendor)
        .join(Vendor, col(Vendor.id) == Contact.vendor_id)
        .where(col(Contact.id).in_(bearing_all))
        .order_by(Vendor.name_key, col(Contact.id))
        .limit(most)
    ).all()


def _domains(session: Session, text: str, most: int) -> Sequence[tuple[Domain, Vendor]]:
    typed = text.casefold().rpartition("://")[2].rstrip("/.")
    return session.exec(
        select(Domain, Vendor)
        .join(Vendor, col(Vendor.id) == Domain.vendor_id)
        .where(
            or_(
                col(Domain.host).contains(typed, autoescape=True),
                col(Domain.display).contains(typed, autoescape=True),
            )
        )
        .order_by(Domain.host, col(Domain.id))
        .limit(most)
    ).all()
