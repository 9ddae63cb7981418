"""The tables of refer-a-friend: who brought whom, and what came of it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base
from core.models import one_of
from core.money import Money, Points

REFERRAL_STATES = (
    "attributed", "qualified", "review", "rewarded", "reversed", "expired", "rejected",
)  # fmt: skip


class ReferralScheme(Base):
    """What both sides get, for which purchase, and how often: one row."""

    __tablename__ = "referral_scheme"
    __table_args__ = (
        CheckConstraint("singleton = 1", name="only_one"),
        CheckConstraint("minimum >= 0", name="minimum_not_negative"),
        CheckConstraint("within_days BETWEEN 1 AND 730", name="within_days_in_range"),
        CheckConstraint("hold_days BETWEEN 0 AND 365", name="hold_days_in_range"),
        CheckConstraint("cap > 0", name="cap_positive"),
        CheckConstraint("referrer_points > 0", name="referrer_points_positive"),
        CheckConstraint("friend_points > 0", name="friend_points_positive"),
        CheckConstraint(
            "referrer_points IS NULL OR referrer_offer_id IS NULL", name="referrer_gets_one_kind"
        ),
        CheckConstraint(
            "friend_points IS NULL OR friend_offer_id IS NULL", name="friend_gets_one_kind"
        ),
        one_of("cap_per", "all", "year", "month", "week", "day"),
        UniqueConstraint("singleton"),
    )

    singleton: Mapped[int] = mapped_column(default=1)
    active: Mapped[bool] = mapped_column(default=False)
    channel_id: Mapped[UUID | None] = mapped_column(ForeignKey("channel.id"))
    referrer_points: Mapped[Points | None]
    referrer_offer_id: Mapped[UUID | None] = mapped_column(ForeignKey("offer.id"))
    friend_points: Mapped[Points | None]
    friend_offer_id: Mapped[UUID | None] = mapped_column(ForeignKey("offer.id"))
    minimum: Mapped[Money] = mapped_column(default=Money(0))
    within_days: Mapped[int] = mapped_column(default=90)
    hold_days: Mapped[int] = mapped_column(default=14)
    cap: Mapped[int | None]
    cap_per: Mapped[str] = mapped_column(default="all")
    milestones: Mapped[list[Any]] = mapped_column(default=list)


class ReferralCode(Base):
    """What a customer hands to friends."""

    __tablename__ = "referral_code"
    __table_args__ = (UniqueConstraint("customer_id"), UniqueConstraint("code"))

    customer_id: Mapped[UUID] = mapped_column(ForeignKey("customer.id"))
    code: Mapped[str]
    created_at: Mapped[datetime]


class Referral(Base):
    """One customer brought another: once in the friend's life, and never in a circle of two.

    ``purchase_id`` is the one that qualified; ``minimum`` is what had to be paid for it in money
    then, and ``period`` names the quota it was counted in, or nothing if it was beyond the cap.
    """

    __tablename__ = "referral"
    __table_args__ = (
        one_of("state", *REFERRAL_STATES),
        CheckConstraint("referrer_id <> referee_id", name="not_self"),
        CheckConstraint(
            "(first_id = referrer_id AND second_id = referee_id) "
            "OR (first_id = referee_id AND second_id = referrer_id)",
            name="pair_is_both",
        ),
        CheckConstraint(
            "(state IN ('rewarded', 'reversed')) = (rewarded_at IS NOT NULL)",
            name="rewarded_has_a_when",
        ),
        CheckConstraint(
            "(purchase_id IS NULL) = (qualified_at IS NULL) "
            "AND (purchase_id IS NULL) = (due_at IS NULL) "
            "AND (purchase_id IS NULL) = (minimum IS NULL)",
            name="qualified_by_a_purchase",
        ),
        CheckConstraint(
            "state NOT IN ('qualified', 'rewarded', 'reversed') OR purchase_id IS NOT NULL",
            name="qualified_has_a_purchase",
        ),
        UniqueConstraint("referee_id"),
        UniqueConstraint("first_id", "second_id"),
        UniqueConstraint("purchase_id"),
        Index(None, "referrer_id"),
        Index(None, "state", "due_at"),
        Index(None, "attributed_at", "id"),
    )

    referrer_id: Mapped[UUID] = mapped_column(ForeignKey("account.customer_id"))
    referee_id: Mapped[UUID] = mapped_column(ForeignKey("account.customer_id"))
    first_id: Mapped[UUID]
    second_id: Mapped[UUID]
    state: Mapped[str] = mapped_column(default="attributed")
    reasons: Mapped[list[Any]] = mapped_column(default=list)
    purchase_id: Mapped[UUID | None] = mapped_column(ForeignKey("purchase.id"))
    minimum: Mapped[Money | None]
    period: Mapped[str | None]
    attributed_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    qualified_at: Mapped[datetime | None]
    due_at: Mapped[datetime | None]
    rewarded_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    decided_by: Mapped[str | None]


class ReferralReward(Base):
    """What somebody gets for a referral: owed from the purchase that qualified it on.

    Points are booked at once and become spendable when they are due; a coupon is given when it is.
    A milestone is named as ``every:3`` or ``at:10``, with the number of friends that reached it.
    """

    __tablename__ = "referral_reward"
    __table_args__ = (
        one_of("side", "referrer", "friend", "milestone"),
        one_of("state", "pending", "given", "taken_back"),
        CheckConstraint("(points IS NULL) <> (offer_id IS NULL)", name="points_or_a_coupon"),
        CheckConstraint("points > 0", name="points_positive"),
        CheckConstraint("(points IS NULL) = (entry_id IS NULL)", name="points_are_booked"),
        CheckConstraint(
            "offer_id IS NULL OR state <> 'given' OR coupon_id IS NOT NULL", name="given_is_there"
        ),
        CheckConstraint(
            "(side = 'milestone') = (milestone IS NOT NULL) "
            "AND (milestone IS NULL) = (friends IS NULL)",
            name="milestone_says_which",
        ),
        CheckConstraint("(state = 'taken_back') = (ended_at IS NOT NULL)", name="ended_has_a_when"),
        UniqueConstraint("entry_id"),
        UniqueConstraint("coupon_id"),
        Index(
            "uq_referral_reward_side",
            "referral_id",
            "side",
            unique=True,
            postgresql_where=text("side <> 'milestone' AND state <> 'taken_back'"),
            sqlite_where=text("side <> 'milestone' AND state <> 'taken_back'"),
        ),
        Index(
            "uq_referral_reward_milestone",
            "customer_id",
            "milestone",
            "friends",
            unique=True,
            postgresql_where=text("side = 'milestone' AND state <> 'taken_back'"),
            sqlite_where=text("side = 'milestone' AND state <> 'taken_back'"),
        ),
        Index(None, "referral_id"),
        Index(None, "customer_id"),
        Index(None, "state", "due_at"),
    )

    referral_id: Mapped[UUID] = mapped_column(ForeignKey("referral.id"))
    customer_id: Mapped[UUID] = mapped_column(ForeignKey("account.customer_id"))
    side: Mapped[str]
    milestone: Mapped[str | None]
    friends: Mapped[int | None]
    points: Mapped[Points | None]
    offer_id: Mapped[UUID | None] = mapped_column(ForeignKey("offer.id"))
    entry_id: Mapped[UUID | None] = mapped_column(ForeignKey("ledger_entry.id"))
    coupon_id: Mapped[UUID | None] = mapped_column(ForeignKey("coupon.id"))
    state: Mapped[str] = mapped_column(default="pending")
    at: Mapped[datetime]
    due_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class Trace(Base):
    """A keyed digest of what a customer came by, so that equal ones are seen and none is known."""

    __tablename__ = "trace"
    __table_args__ = (
        one_of("kind", "device", "address"),
        UniqueConstraint("customer_id", "kind", "digest"),
        Index(None, "kind", "digest"),
    )

    customer_id: Mapped[UUID] = mapped_column(ForeignKey("customer.id"))
    kind: Mapped[str]
    digest: Mapped[str]
    at: Mapped[datetime]
