"""The settings of the programme as one transaction sees them, read once: most are not there."""

from typing import Any

from sqlalchemy import event
from sqlmodel import Session, select

from vendor_risk.store.models.work import Setting

_INFO = "held settings"


def value(session: Session, key: str, default: Any = None) -> Any:
    """What a setting says, or the default; all are read with the first one that is asked for."""
    known: dict[str, Any] | None = session.info.get(_INFO)
    if known is None:
        known = dict(session.exec(select(Setting.key, Setting.value)).all())
        session.info[_INFO] = known
    return known.get(key, default)


def forget(session: Session) -> None:
    """They are read anew; for whoever changed one, and at the end of each transaction."""
    session.info.pop(_INFO, None)


for end in ("after_commit", "after_rollback"):
    event.listen(Session, end, forget)
