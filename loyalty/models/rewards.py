"""The tables of rewards: what points buy."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base
from core.models import one_of
from core.money import Points


class Reward(Base):
    """Something points buy, given out as a coupon of an offer."""

    __tablename__ = "reward"
    __table_args__ = (
        one_of("state", "active", "ended"),
        CheckConstraint("points > 0", name="points_positive"),
        CheckConstraint("stock > 0", name="stock_positive"),
        CheckConstraint("cancelled >= 0 AND cancelled <= claimed", name="cancelled_in_claimed"),
        CheckConstraint("stock IS NULL OR claimed - cancelled <= stock", name="claimed_in_stock"),
        CheckConstraint("starts_at < ends_at", name="runs_forwards"),
        Index(None, "created_at", "id"),
    )

    name: Mapped[dict[str, Any]]
    points: Mapped[Points]
    offer_id: Mapped[UUID] = mapped_column(ForeignKey("offer.id"))
    tier_id: Mapped[UUID | None] = mapped_column(ForeignKey("tier.id"))
    stock: Mapped[int | None]
    claimed: Mapped[int] = mapped_column(default=0)
    cancelled: Mapped[int] = mapped_column(default=0)
    starts_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]
    state: Mapped[str] = mapped_column(default="active")
    created_at: Mapped[datetime]


class Claim(Base):
    """A customer took a reward for points; cancelled, the points come back."""

    __tablename__ = "claim"
    __table_args__ = (
        one_of("state", "claimed", "cancelled"),
        CheckConstraint("points > 0", name="points_positive"),
        CheckConstraint(
            "(state = 'cancelled') = (cancelled_at IS NOT NULL)", name="cancelled_has_a_when"
        ),
        UniqueConstraint("coupon_id"),
        Index(None, "reward_id"),
        Index(None, "customer_id", "at"),
    )

    reward_id: Mapped[UUID] = mapped_column(ForeignKey("reward.id"))
    customer_id: Mapped[UUID] = mapped_column(ForeignKey("account.customer_id"))
    coupon_id: Mapped[UUID] = mapped_column(ForeignKey("coupon.id"))
    points: Mapped[Points]
    state: Mapped[str] = mapped_column(default="claimed")
    actor: Mapped[str]
    at: Mapped[datetime]
    cancelled_by: Mapped[str | None]
    cancelled_at: Mapped[datetime | None]
