"""Scripts on our own pages: what each is for, and who allowed it (PCI DSS 4.0.1, 6.4.3)."""

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

from sqlmodel import Session, col, select

from vendor_risk.store.audit import noting
from vendor_risk.store.models.scripts import NOTE, PURPOSE, PageScript
from vendor_risk.workflow import scores
from vendor_risk.workflow.own_pages import recompute
from vendor_risk.workflow.vendors import Actor, VendorRefused, changed, clean, lock

_note = noting("page_script")


def describe(
    session: Session,
    row: PageScript,
    *,
    purpose: str,
    integrity_note: str,
    revision: int,
    now: dt.datetime,
    actor: uuid.UUID,
) -> bool:
    """The script is there for this, and kept whole by that; False when it said so already.

    Stale when somebody changed it meanwhile. A script without a purpose is authorised no longer.
    """
    lock(session, row, revision)
    wanted = {
        "purpose": _checked(purpose, PURPOSE, "purpose"),
        "integrity_note": _checked(integrity_note, NOTE, "integrity_note"),
    }
    before, after = changed(row, wanted)
    if not after:
        return False
    row.revision += 1
    _note(session, row, "script.described", actor, now, before=before, after=after)
    if not row.purpose and row.authorised_at is not None:
        _withdraw(session, row, actor, now)
    _rescore(session, [row], now)
    return True


def say_purpose(
    session: Session,
    rows: Sequence[PageScript],
    purpose: str,
    *,
    now: dt.datetime,
    actor: uuid.UUID,
) -> int:
    """All of these are there for this; how many said something else before."""
    purpose = _checked(purpose, PURPOSE, "purpose")
    if not purpose:
        raise VendorRefused("Say what the scripts are needed for.", "purpose")
    done = 0
    for row in rows:
        before, after = changed(row, {"purpose": purpose})
        if not after:
            continue
        row.revision += 1
        _note(session, row, "script.described", actor, now, before=before, after=after)
        done += 1
    session.flush()
    return done


def authorise(
    session: Session, rows: Sequence[PageScript], *, now: dt.datetime, actor: uuid.UUID
) -> list[PageScript]:
    """Those that are allowed from now on; left alone is what is gone, allowed or has no purpose."""
    done = []
    for row in rows:
        if row.authorised_at is not None or row.gone_at is not None or not row.purpose:
            continue
        row.authorised_at, row.authorised_by_id, row.withdrawn_why = now, actor, ""
        row.revision += 1
        _note(session, row, "script.authorised", actor, now, after=_where(row))
        done.append(row)
    _rescore(session, done, now)
    return done


def withdraw(
    session: Session, rows: Sequence[PageScript], *, now: dt.datetime, actor: uuid.UUID
) -> list[PageScript]:
    """Those that are allowed no longer; what was not is left alone."""
    done = [row for row in rows if row.authorised_at is not None]
    for row in done:
        _withdraw(session, row, actor, now)
    _rescore(session, done, now)
    return done


def mark_gone(
    session: Session, rows: Sequence[PageScript], *, now: dt.datetime, actor: uuid.UUID
) -> list[PageScript]:
    """Those that a person says are gone, as their page is no more; a look may bring them back.

    Their vendors are lifted by them no longer. What was gone is left alone.
    """
    done = [row for row in rows if row.gone_at is None]
    for row in done:
        row.gone_at = now
        row.revision += 1
        _note(session, row, "script.gone", actor, now, after={"gone_at": now} | _where(row))
    recompute(session, {row.vendor_id for row in done if row.vendor_id}, now=now, actor=actor)
    return done


def undo(
    session: Session, moment: dt.datetime, *, now: dt.datetime, actor: uuid.UUID
) -> list[PageScript]:
    """What this person allowed at one moment, and is still allowed by it, is so no longer."""
    rows = session.exec(
        select(PageScript)
        .where(PageScript.authorised_at == moment, PageScript.authorised_by_id == actor)
        .order_by(col(PageScript.id))
        .with_for_update()
    ).all()
    return withdraw(session, rows, now=now, actor=actor)


def lapse(session: Session, row: PageScript, why: str, *, now: dt.datetime, actor: Actor) -> bool:
    """What the authorisation rested on is no more, so it ends and the row says why.

    False when there was none.
    """
    if row.authorised_at is None:
        return False
    _withdraw(session, row, actor, now, why)
    return True


def _rescore(session: Session, rows: Sequence[PageScript], now: dt.datetime) -> None:
    """What runs on a page that takes cards without this caps the score of its vendor (KO-04)."""
    tied = sorted({row.vendor_id for row in rows if row.vendor_id and row.card_page})
    scores.rescore(session, tied, now=now, cause=scores.SCRIPTS)


def _withdraw(
    session: Session, row: PageScript, actor: Actor, now: dt.datetime, why: str = ""
) -> None:
    before = {"authorised_at": row.authorised_at, "authorised_by_id": row.authorised_by_id}
    row.authorised_at = row.authorised_by_id = None
    row.withdrawn_why = why
    row.revision += 1
    after = {"withdrawn_why": why} if why else None
    _note(session, row, "script.withdrawn", actor, now, before=before | _where(row), after=after)


def _where(row: PageScript) -> dict[str, Any]:
    return {"script": row.script, "page": row.page}


def _checked(text: str, most: int, field: str) -> str:
    text = clean(text)
    if len(text) > most:
        raise VendorRefused(
            "%(count)s characters, and %(most)s fit: shorten it.", field, count=len(text), most=most
        )
    return text
