"""The tables of tiers and stamp cards: what a customer has reached."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Bare, Base
from core.models import one_of
from core.money import Money, Points


class Tier(Base):
    """A rung of the ladder; rank 1 is the lowest. Customers below it have no tier."""

    __tablename__ = "tier"
    __table_args__ = (
        one_of("state", "active", "ended"),
        CheckConstraint("rank > 0", name="rank_positive"),
        CheckConstraint("entry > 0 AND renewal >= 0 AND renewal <= entry", name="renewal_in_entry"),
        UniqueConstraint("key"),
        Index(
            "uq_tier_rank",
            "rank",
            unique=True,
            postgresql_where=text("state = 'active'"),
            sqlite_where=text("state = 'active'"),
        ),
    )

    key: Mapped[str]
    name: Mapped[dict[str, Any]]
    rank: Mapped[int]
    entry: Mapped[Money]
    renewal: Mapped[Money]
    perks: Mapped[dict[str, Any]] = mapped_column(default=dict)
    state: Mapped[str] = mapped_column(default="active")
    created_at: Mapped[datetime]


class Standing(Bare):
    """The tier a customer holds, and until when nobody takes it away."""

    __tablename__ = "standing"
    __table_args__ = (
        CheckConstraint("until IS NULL OR since < until", name="lasts"),
        Index(None, "until"),
        Index(None, "tier_id"),
    )

    customer_id: Mapped[UUID] = mapped_column(ForeignKey("account.customer_id"), primary_key=True)
    tier_id: Mapped[UUID | None] = mapped_column(ForeignKey("tier.id"))
    since: Mapped[datetime]
    until: Mapped[datetime | None]


class StandingChange(Base):
    """A customer rose, kept a tier, or went down; and why.

    ``reached`` is what ``counted``, points or money, from one instant to before another, and
    ``needed`` what it had to be: a standing that rests on no amount, such as one given by hand,
    has none of them. ``until`` is the date of the tier they have from then on.
    """

    __tablename__ = "standing_change"
    __table_args__ = (
        one_of("reason", "reached", "renewed", "not_renewed", "by_hand", "undone", "merged"),
        CheckConstraint(
            "(needed IS NULL) = (counted_from IS NULL) "
            "AND (needed IS NULL) = (counted_until IS NULL) "
            "AND (needed IS NULL) = (counted IS NULL)",
            name="counted_in_a_period",
        ),
        one_of("counted", "points", "money"),
        Index(None, "customer_id", "at"),
    )

    customer_id: Mapped[UUID] = mapped_column(ForeignKey("account.customer_id"))
    from_tier_id: Mapped[UUID | None] = mapped_column(ForeignKey("tier.id"))
    to_tier_id: Mapped[UUID | None] = mapped_column(ForeignKey("tier.id"))
    reason: Mapped[str]
    reached: Mapped[Money | None]
    needed: Mapped[Money | None]
    counted: Mapped[str | None]
    counted_from: Mapped[datetime | None]
    counted_until: Mapped[datetime | None]
    until: Mapped[datetime | None]
    actor: Mapped[str]
    at: Mapped[datetime]


class StampCard(Base):
    """What gives a stamp, how many fill a card, and what a full card is worth."""

    __tablename__ = "stamp_card"
    __table_args__ = (
        one_of("state", "active", "ended"),
        one_of("per", "visit", "piece", "coupon"),
        CheckConstraint("needed > 0 AND minimum >= 0", name="needs_something"),
        CheckConstraint("daily_cap > 0", name="daily_cap_positive"),
        CheckConstraint("expiry_months BETWEEN 1 AND 120", name="expiry_months_in_range"),
        CheckConstraint(
            "(reward_points IS NULL) <> (reward_offer_id IS NULL)", name="one_kind_of_reward"
        ),
        CheckConstraint("reward_points > 0", name="reward_points_positive"),
    )

    name: Mapped[dict[str, Any]]
    per: Mapped[str]
    products: Mapped[dict[str, Any]] = mapped_column(default=dict)
    minimum: Mapped[Money] = mapped_column(default=Money(0))
    needed: Mapped[int]
    daily_cap: Mapped[int | None]
    expiry_months: Mapped[int | None]
    reward_points: Mapped[Points | None]
    reward_offer_id: Mapped[UUID | None] = mapped_column(ForeignKey("offer.id"))
    state: Mapped[str] = mapped_column(default="active")
    created_at: Mapped[datetime]


class StampBook(Base):
    """One card of a customer, being filled or full; what runs over goes into the next."""

    __tablename__ = "stamp_book"
    __table_args__ = (
        CheckConstraint("needed > 0 AND stamps >= 0 AND stamps <= needed", name="stamps_in_card"),
        CheckConstraint("(stamps = needed) = (full_at IS NOT NULL)", name="full_when_it_is"),
        UniqueConstraint("stamp_card_id", "customer_id", "number"),
        Index(None, "customer_id"),
    )

    stamp_card_id: Mapped[UUID] = mapped_column(ForeignKey("stamp_card.id"))
    customer_id: Mapped[UUID] = mapped_column(ForeignKey("account.customer_id"))
    number: Mapped[int]
    needed: Mapped[int]
    stamps: Mapped[int] = mapped_column(default=0)
    started_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    full_at: Mapped[datetime | None]


class Stamp(Base):
    """Stamps that were given, or taken back (below zero); never changed."""

    __tablename__ = "stamp"
    __table_args__ = (
        CheckConstraint("stamps <> 0", name="stamps_something"),
        Index(None, "stamp_book_id"),
        Index(None, "purchase_id"),
    )

    stamp_book_id: Mapped[UUID] = mapped_column(ForeignKey("stamp_book.id"))
    purchase_id: Mapped[UUID | None] = mapped_column(ForeignKey("purchase.id"))
    stamps: Mapped[int]
    at: Mapped[datetime]
