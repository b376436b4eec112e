"""Workers: when each one was last alive, so that doctor and the pages can say so."""

import datetime as dt

from sqlmodel import Field, SQLModel


class WorkerBeat(SQLModel, table=True):
    """The last sign of life of one worker."""

    __tablename__ = "worker_beat"

    name: str = Field(primary_key=True, max_length=64)
    version: str = Field(max_length=32)
    started_at: dt.datetime
    seen_at: dt.datetime
