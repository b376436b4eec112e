"""Webhooks: other systems are told of what moved, signed, and again where they did not answer.

What is sent, its headers and its signature follow Standard Webhooks 1.0.0
(github.com/standard-webhooks/standard-webhooks), so that a receiver needs no code of ours.
"""

import base64
import datetime as dt
import hashlib
import hmac
import json
import secrets
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from sqlalchemy import text
from sqlmodel import Session, col, select

from vendor_risk.reports.moves import Kind, sentence
from vendor_risk.store.audit import record
from vendor_risk.store.models.alerts import Webhook, WebhookDelivery
from vendor_risk.store.models.moves import StoredMove
from vendor_risk.store.models.vendors import Vendor
from vendor_risk.workflow.vendors import VendorRefused, clean

# Waits after each failure; after the last one a person has to look at it. About a day in all.
RETRIES = tuple(dt.timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 480, 960))
MOST = 20  # addresses; each has its row for each move
_LEASE = dt.timedelta(minutes=5)  # while one is on its way; a crash frees it after so long
_NAME, _URL = 100, 500
_IS_WAITING = text("webhook_delivery.state = 'waiting'")


@dataclass(frozen=True, slots=True)
class Parcel:
    """What is sent to one address."""

    id: uuid.UUID
    url: str
    body: bytes
    headers: dict[str, str]


class Undelivered(Exception):
    """An address did not take it; `code` is what it answered, None where it did not."""

    def __init__(self, reason: str, code: int | None = None) -> None:
        super().__init__(reason)
        self.code = code


def add(
    session: Session,
    *,
    name: str,
    url: str,
    loud: bool,
    now: dt.datetime,
    actor: uuid.UUID,
) -> Webhook:
    """The address is told of moves from now on; its secret is shown this once."""
    name, url = clean(name), clean(url)
    if not name or len(name) > _NAME:
        raise VendorRefused("Give it a name, of at most %(most)s characters.", "name", most=_NAME)
    try:
        parts = urlsplit(url)
        refused = parts.scheme != "https" or not parts.hostname or bool(parts.username)
        _port = parts.port
    except ValueError:
        refused = True
    if refused or len(url) > _URL:
        raise VendorRefused("Give an address that begins with https:// and names a host.", "url")
    if len(standing(session)) >= MOST:
        raise VendorRefused("%(most)s addresses are enough: remove one first.", "url", most=MOST)
    row = Webhook(
        name=name,
        url=url,
        secret="whsec_" + base64.b64encode(secrets.token_bytes(32)).decode(),
        loud=loud,
        by_id=actor,
        created_at=now,
    )
    session.add(row)
    session.flush()
    _note(session, row, "webhook.added", now, actor)
    return row


def end(session: Session, row: Webhook, *, now: dt.datetime, actor: uuid.UUID) -> bool:
    """The address is told nothing any more; False when that was so already."""
    if row.ended_at is not None:
        return False
    row.ended_at = now
    for waiting in session.exec(
        select(WebhookDelivery).where(_IS_WAITING, WebhookDelivery.webhook_id == row.id)
    ):
        waiting.state, waiting.reason = "failed", "the address was removed"
    _note(session, row, "webhook.ended", now, actor)
    return True


def resume(session: Session, row: Webhook, *, now: dt.datetime, actor: uuid.UUID) -> bool:
    """An address that was removed is told again of what moves from now on."""
    if row.ended_at is None:
        return False
    row.ended_at = None
    _note(session, row, "webhook.resumed", now, actor)
    return True


def standing(session: Session) -> Sequence[Webhook]:
    """The addresses that are told, by name."""
    return session.exec(
        select(Webhook).where(col(Webhook.ended_at).is_(None)).order_by(Webhook.name)
    ).all()


def enqueue(session: Session, move: StoredMove, *, loud: bool, now: dt.datetime) -> None:
    """Each address that wants such a move has it waiting."""
    for row in standing(session):
        if loud or not row.loud:
            session.add(
                WebhookDelivery(webhook_id=row.id, move_id=move.id, due_at=now, created_at=now)
            )


def send_due(
    session: Session,
    deliver: Callable[[Parcel], int],
    now: Callable[[], dt.datetime],
    address: str,
    most: int = 20,
) -> int:
    """Send what is due, one by one; commits around each, for no lock is held while one travels.

    `address` is ours, for the link in what is sent. How many were taken.
    """
    taken = 0
    for _ in range(most):
        row = _claim(session, now())
        if row is None:
            break
        try:
            row.code = deliver(_parcel(session, row, address, now()))
        except Undelivered as failure:
            row.code, row.reason = failure.code, str(failure)[:300]
            if row.attempts <= len(RETRIES):
                row.due_at = now() + RETRIES[row.attempts - 1]
            else:
                row.state = "failed"
        else:
            row.state, row.sent_at, row.reason = "sent", now(), ""
            taken += 1
        session.add(row)
        session.commit()
    return taken


def again(session: Session, row: WebhookDelivery, *, now: dt.datetime, actor: uuid.UUID) -> bool:
    """What failed waits again, with all its attempts before it; False when it had not failed."""
    hook = session.get_one(Webhook, row.webhook_id)
    if row.state != "failed" or hook.ended_at is not None:
        return False
    row.state, row.attempts, row.due_at, row.reason = "waiting", 0, now, ""
    _note(session, hook, "webhook.again", now, actor)
    return True


def log_of(
    session: Session, hook: Webhook, *, first: int, most: int
) -> Sequence[tuple[WebhookDelivery, StoredMove, Vendor]]:
    """What was sent to an address, or is on its way, the newest first."""
    return session.exec(
        select(WebhookDelivery, StoredMove, Vendor)
        .join(StoredMove, col(StoredMove.id) == col(WebhookDelivery.move_id))
        .join(Vendor, col(Vendor.id) == col(StoredMove.vendor_id))
        .where(WebhookDelivery.webhook_id == hook.id)
        .order_by(col(WebhookDelivery.created_at).desc(), col(WebhookDelivery.id))
        .offset(first)
        .limit(most)
    ).all()


def signature(secret: str, id: str, stamp: int, body: bytes) -> str:
    """What the header `webhook-signature` says."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{id}.{stamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def _claim(session: Session, now: dt.datetime) -> WebhookDelivery | None:
    row = session.exec(
        select(WebhookDelivery)
        .where(_IS_WAITING, col(WebhookDelivery.due_at) <= now)
        .order_by(col(WebhookDelivery.due_at), col(WebhookDelivery.id))
        .limit(1)
        .with_for_update(skip_locked=True)
    ).first()
    if row is not None:
        row.attempts += 1
        row.due_at = now + _LEASE
        session.add(row)
    session.commit()
    return row


def _parcel(session: Session, row: WebhookDelivery, address: str, now: dt.datetime) -> Parcel:
    hook = session.get_one(Webhook, row.webhook_id)
    move = session.get_one(StoredMove, row.move_id)
    vendor = session.get_one(Vendor, move.vendor_id)
    told = {
        "type": f"vendor.{move.kind}",
        "timestamp": move.created_at.astimezone(dt.UTC).isoformat(),
        "data": {
            "id": str(move.id),
            "vendor": {"id": str(vendor.id), "name": vendor.name, "tier": move.tier},
            "answer": move.answer,
            "severity": move.severity,
            "what": move.what,
            "host": move.host,
            "before": move.before,
            "now": move.now,
            "sentence": sentence(
                Kind(move.kind), move.what, move.before, move.now, lambda text: text
            ),
            "url": f"{address}/vendors/{vendor.id}/moves",
        },
    }
    body = json.dumps(told, ensure_ascii=False, sort_keys=True).encode()
    stamp = int(now.timestamp())
    headers = {
        "Content-Type": "application/json",
        "webhook-id": str(row.id),
        "webhook-timestamp": str(stamp),
        "webhook-signature": signature(hook.secret, str(row.id), stamp, body),
    }
    session.commit()
    return Parcel(row.id, hook.url, body, headers)


def _note(session: Session, row: Webhook, act: str, now: dt.datetime, actor: uuid.UUID) -> None:
    record(
        session,
        actor=actor,
        act=act,
        subject_kind="webhook",
        subject_id=row.id,
        after={"name": row.name, "host": urlsplit(row.url).hostname},
        now=now,
    )
