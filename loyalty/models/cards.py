"""The table of cards: what a customer shows."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base
from core.models import one_of


class Card(Base):
    """What a customer shows; replaceable, and once replaced dead for ever.

    A blank one is printed and nobody's yet; if it has a ``replaced_at``, it was withdrawn then and
    will never be anybody's. ``last_step`` is the last of the changing pictures of
    the card on a phone that was taken, by the till or key ``last_step_by``; none before it is
    taken any more, and itself only by them.
    """

    __tablename__ = "card"
    __table_args__ = (
        one_of("state", "active", "blocked", "replaced", "blank"),
        CheckConstraint("(state = 'blank') = (customer_id IS NULL)", name="blank_is_nobodys"),
        UniqueConstraint("number"),
        Index(
            "uq_card_live",
            "customer_id",
            unique=True,
            postgresql_where=text("state <> 'replaced'"),
            sqlite_where=text("state <> 'replaced'"),
        ),
        Index(
            "ix_card_blank",
            "issued_at",
            "number",
            postgresql_where=text("state = 'blank'"),
            sqlite_where=text("state = 'blank'"),
        ),
    )

    customer_id: Mapped[UUID | None] = mapped_column(ForeignKey("customer.id"))
    number: Mapped[str]
    state: Mapped[str] = mapped_column(default="active")
    reason: Mapped[str | None]
    issued_at: Mapped[datetime]
    replaced_at: Mapped[datetime | None]
    last_step: Mapped[int | None] = mapped_column(BigInteger)
    last_step_by: Mapped[str | None]
