"""What the portfolio page shows in numbers, counted while vendors change."""

from sqlalchemy import BigInteger
from sqlmodel import Field, SQLModel


class PortfolioCount(SQLModel, table=True):
    """One number about the inventory; `store.portfolio_counts` says what each figure counts.

    Those of one figure, number and value are summed over their slots: writers that work at the
    same time count in slots of their own.
    """

    __tablename__ = "portfolio_count"

    figure: str = Field(primary_key=True, max_length=16)
    number: int = Field(primary_key=True)
    value: str = Field(primary_key=True, max_length=16)
    slot: int = Field(primary_key=True)
    n: int = Field(sa_type=BigInteger)
