"""What is looked up once for a whole dossier, and what was too much for it."""

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from gettext import NullTranslations
from typing import Any, overload

from sqlmodel import Session, func

from vendor_risk.evidence import N_
from vendor_risk.reports.dossier import File
from vendor_risk.store.models.vendors import Vendor
from vendor_risk.workflow.people import Names

# So many of each are listed, and the others counted: a dossier is read by people.
MOST: Mapping[str, int] = {
    "decisions": 500,
    "scores": 1_000,
    "claims": 5_000,
    "responses": 50,
    "messages": 1_000,
    "findings": 3_000,
    "events": 12_000,
    "looks": 500,
    "access": 1_000,
    "log": 5_000,
}
LONG = 4_000  # of what somebody wrote; the whole of it fits
VENDOR = N_("the vendor")
LEFT = N_("somebody who has left")


@dataclass(slots=True)
class Desk:
    """What is looked up once for the whole dossier, and what was too much for it."""

    session: Session
    vendor: Vendor
    now: dt.datetime
    language: str
    words: NullTranslations
    name: Names
    bought: dict[uuid.UUID, str]
    files: list[File] = field(default_factory=list)
    refs: dict[uuid.UUID, str] = field(default_factory=dict)  # of files, by the row they are of
    left_out: dict[str, int] = field(default_factory=dict)

    @property
    def today(self) -> dt.date:
        """The day of the dossier."""
        return self.now.astimezone(dt.UTC).date()

    def engagement(self, id: uuid.UUID | None) -> str:
        """Its name; empty for the vendor as a whole."""
        return self.bought.get(id, "") if id else ""

    def first(self, name: str, statement: Any) -> Sequence[Any]:
        """As many rows as are listed of this kind; the others are counted."""
        most = MOST[name]
        rows: Sequence[Any] = self.session.exec(statement.limit(most + 1)).all()
        if len(rows) > most:
            counted = statement.order_by(None).with_only_columns(
                func.count(), maintain_column_froms=True
            )
            more = int(self.session.execute(counted).scalar_one()) - most
            self.left_out[name] = self.left_out.get(name, 0) + more
        return rows[:most]

    def keep(self, row: uuid.UUID, **facts: Any) -> str:
        """A file has the next number; `facts` are those of a `File`."""
        ref = f"E{len(self.files) + 1}"
        self.files.append(File(ref=ref, **facts))
        self.refs[row] = ref
        return ref


@overload
def day_of(when: dt.datetime) -> dt.date: ...
@overload
def day_of(when: None) -> None: ...
def day_of(when: dt.datetime | None) -> dt.date | None:
    """The day of a moment, in UTC; None for none."""
    return None if when is None else when.astimezone(dt.UTC).date()
