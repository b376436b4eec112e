"""How Alembic meets the models; run by `vendor_risk.store.migrate` only."""

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from alembic.autogenerate.render import _repr_type
from sqlalchemy.types import TypeDecorator
from sqlmodel import SQLModel

import vendor_risk.store.models  # noqa: F401  (registers the tables)


def render_item(kind: str, item: Any, autogen: AutogenContext) -> str | Literal[False]:
    """Types of ours and of SQLModel as the plain types beneath: old versions must keep running."""
    if kind == "type" and isinstance(item, TypeDecorator):
        return _repr_type(item.impl_instance, autogen)
    return False


def include_object(
    _item: Any,
    _name: str | None,
    kind: str,
    reflected: bool,  # noqa: FBT001  (Alembic's signature)
    twin: Any,
) -> bool:
    """Only what our models name: the queue (DBOS) keeps its own tables beside ours on SQLite."""
    return not (kind == "table" and reflected and twin is None)


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    render_as_batch=True,
    compare_type=True,
    render_item=render_item,
    include_object=include_object,
)
with context.begin_transaction():
    context.run_migrations()
