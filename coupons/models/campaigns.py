"""The tables of campaigns: what is planned, by which media, and whom it reached."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base
from core.models import one_of
from core.money import Money

CHANNEL_KINDS = (
    "mail", "email", "phone", "tv", "radio", "search", "display", "social", "web", "fair",
    "sample", "shop", "other",
)  # fmt: skip


class Campaign(Base):
    """A planned effort to be answered."""

    __tablename__ = "campaign"
    __table_args__ = (
        one_of("state", "draft", "running", "paused", "ended"),
        CheckConstraint("starts_at < ends_at", name="runs_forwards"),
        UniqueConstraint("external_ref"),
        Index(None, "created_at", "id"),
    )

    name: Mapped[str]
    state: Mapped[str] = mapped_column(default="draft")
    starts_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]
    external_ref: Mapped[str | None]
    limits: Mapped[list[Any]] = mapped_column(default=list, server_default="[]")
    created_at: Mapped[datetime]


class Channel(Base):
    """A medium a campaign goes out by, and what it costs: in all and for each contact."""

    __tablename__ = "channel"
    __table_args__ = (
        one_of("kind", *CHANNEL_KINDS),
        CheckConstraint("fixed_cost >= 0 AND unit_cost >= 0", name="costs_not_negative"),
        UniqueConstraint("campaign_id", "name"),
    )

    campaign_id: Mapped[UUID] = mapped_column(ForeignKey("campaign.id"))
    kind: Mapped[str]
    name: Mapped[str]
    fixed_cost: Mapped[Money] = mapped_column(default=Money(0))
    unit_cost: Mapped[Money] = mapped_column(default=Money(0))


class Contact(Base):
    """We reached somebody, or so many: sent, shown, delivered."""

    __tablename__ = "contact"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity_positive"),
        CheckConstraint("cost >= 0", name="cost_not_negative"),
        CheckConstraint("pseudonym IS NULL OR quantity = 1", name="one_person_is_one"),
        UniqueConstraint("channel_id", "external_ref"),
        Index(None, "campaign_id", "channel_id"),
    )

    campaign_id: Mapped[UUID] = mapped_column(ForeignKey("campaign.id"))
    channel_id: Mapped[UUID] = mapped_column(ForeignKey("channel.id"))
    pseudonym: Mapped[str | None]
    quantity: Mapped[int]
    cost: Mapped[Money]
    external_ref: Mapped[str | None]
    at: Mapped[datetime]
