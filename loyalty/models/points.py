"""The tables of points: the programme, and the ledger."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Bare, Base
from core.models import one_of
from core.money import Money, Points

SIDES = ("world", "pending", "available", "redeemed", "breakage", "debt")
"""Where points can be: outside, earned but not yet spendable, spendable, spent, expired, owed."""

ENTRY_KINDS = (
    "earn", "bonus", "activate", "spend", "expire", "adjust", "reverse", "transfer", "opening",
)  # fmt: skip


class Programme(Base):
    """The rules of the points: one row.

    ``printed_points`` are spent at most with a card that shows only its number; empty is no limit.
    """

    __tablename__ = "programme"
    __table_args__ = (
        CheckConstraint("singleton = 1", name="only_one"),
        CheckConstraint("earn_points >= 0 AND earn_per > 0", name="rate_makes_sense"),
        CheckConstraint("earn_minimum >= 0 AND point_value >= 0", name="amounts_not_negative"),
        CheckConstraint("pending_days BETWEEN 0 AND 365", name="pending_days_in_range"),
        CheckConstraint("expiry_months BETWEEN 1 AND 120", name="expiry_months_in_range"),
        one_of("clawback", "only_pending", "within_balance", "debt"),
        one_of("lapsed_refund", "lapse", "grace"),
        one_of("expiry", "rolling", "yearly", "inactivity", "never"),
        one_of("rounding", "floor", "half_up", "ceiling"),
        CheckConstraint("spend_minimum >= 0", name="spend_minimum_not_negative"),
        CheckConstraint("printed_points >= 0", name="printed_points_not_negative"),
        CheckConstraint("spend_share BETWEEN 1 AND 100", name="spend_share_in_range"),
        CheckConstraint("remind_days BETWEEN 0 AND 365", name="remind_days_in_range"),
        CheckConstraint(
            "(expiry IN ('rolling', 'inactivity')) = (expiry_months IS NOT NULL)",
            name="months_where_they_count",
        ),
        CheckConstraint(
            "(expiry = 'yearly') = (expiry_day IS NOT NULL)", name="day_where_it_counts"
        ),
        UniqueConstraint("singleton"),
    )

    singleton: Mapped[int] = mapped_column(default=1)
    name: Mapped[dict[str, Any]]
    earn_points: Mapped[Points]
    earn_per: Mapped[Money]
    earn_minimum: Mapped[Money]
    point_value: Mapped[Money]
    pending_days: Mapped[int]
    expiry: Mapped[str] = mapped_column(default="rolling", server_default="rolling")
    expiry_months: Mapped[int | None]
    expiry_day: Mapped[str | None]
    idle_since: Mapped[datetime | None]
    rounding: Mapped[str] = mapped_column(default="floor", server_default="floor")
    earning: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    spend_minimum: Mapped[Points] = mapped_column(default=Points(0), server_default="0")
    spend_share: Mapped[int] = mapped_column(default=100, server_default="100")
    transfers: Mapped[bool] = mapped_column(default=False, server_default=false())
    remind_days: Mapped[int] = mapped_column(default=30, server_default="30")
    tiers: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    clawback: Mapped[str]
    lapsed_refund: Mapped[str]
    adjust_limit: Mapped[Points]
    printed_points: Mapped[Points | None]


class Account(Bare):
    """What a customer holds: a cache of the ledger, checked against its sum."""

    __tablename__ = "account"
    __table_args__ = (
        CheckConstraint("available >= 0 AND pending >= 0 AND debt >= 0", name="not_negative"),
        CheckConstraint("available = 0 OR debt = 0", name="no_debt_beside_points"),
        CheckConstraint(
            "merged_into_id IS NULL OR available + pending + debt = 0", name="merged_holds_nothing"
        ),
    )

    customer_id: Mapped[UUID] = mapped_column(ForeignKey("customer.id"), primary_key=True)
    available: Mapped[Points] = mapped_column(default=Points(0))
    pending: Mapped[Points] = mapped_column(default=Points(0))
    debt: Mapped[Points] = mapped_column(default=Points(0))
    active_at: Mapped[datetime | None]
    reminded_for: Mapped[datetime | None]
    merged_into_id: Mapped[UUID | None] = mapped_column(ForeignKey("account.customer_id"))


class Entry(Base):
    """One movement of points from one side to another. Never changed, never deleted."""

    __tablename__ = "ledger_entry"
    __table_args__ = (
        one_of("kind", *ENTRY_KINDS),
        one_of("from_side", *SIDES),
        one_of("to_side", *SIDES),
        CheckConstraint("points > 0", name="points_positive"),
        CheckConstraint("from_side <> to_side", name="two_sides"),
        CheckConstraint("kind <> 'adjust' OR reason IS NOT NULL", name="adjusted_with_reason"),
        CheckConstraint("(to_side = 'pending') = (due_at IS NOT NULL)", name="pending_until"),
        CheckConstraint("kind <> 'activate' OR activates_id IS NOT NULL", name="activates_one"),
        CheckConstraint("kind <> 'reverse' OR reverses_id IS NOT NULL", name="reverses_one"),
        UniqueConstraint("activates_id", "to_side"),
        UniqueConstraint("reverses_id", "part", "from_side", "to_side"),
        CheckConstraint("part >= 0", name="part_counted"),
        CheckConstraint("kind <> 'opening' OR source IS NOT NULL", name="opened_from_a_source"),
        Index(None, "customer_id", "source"),
        Index(
            "uq_ledger_entry_opening",
            "source",
            "to_side",
            unique=True,
            postgresql_where=text("kind = 'opening'"),
            sqlite_where=text("kind = 'opening'"),
        ),
        Index(None, "customer_id", "at"),
        Index(None, "purchase_id"),
    )

    customer_id: Mapped[UUID] = mapped_column(ForeignKey("account.customer_id"))
    kind: Mapped[str]
    from_side: Mapped[str]
    to_side: Mapped[str]
    points: Mapped[Points]
    at: Mapped[datetime]
    due_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]
    purchase_id: Mapped[UUID | None] = mapped_column(ForeignKey("purchase.id"))
    activates_id: Mapped[UUID | None] = mapped_column(ForeignKey("ledger_entry.id"))
    reverses_id: Mapped[UUID | None] = mapped_column(ForeignKey("ledger_entry.id"))
    part: Mapped[int] = mapped_column(default=0, server_default="0")
    source: Mapped[str | None]
    actor: Mapped[str]
    reason: Mapped[str | None]


class Lot(Base):
    """Points of a customer that expire together."""

    __tablename__ = "lot"
    __table_args__ = (
        CheckConstraint("remaining >= 0 AND remaining <= granted", name="remaining_in_granted"),
        UniqueConstraint("customer_id", "expires_at"),
        Index(
            "ix_lot_due",
            "expires_at",
            postgresql_where=text("remaining > 0"),
            sqlite_where=text("remaining > 0"),
        ),
    )

    customer_id: Mapped[UUID] = mapped_column(ForeignKey("account.customer_id"))
    expires_at: Mapped[datetime]
    granted: Mapped[Points]
    remaining: Mapped[Points]


class LotMove(Bare):
    """How much one ledger entry put into a lot, or took out of it."""

    __tablename__ = "lot_move"
    __table_args__ = (
        CheckConstraint("points <> 0", name="moves_something"),
        Index(None, "lot_id"),
        {"sqlite_with_rowid": False},
    )

    entry_id: Mapped[UUID] = mapped_column(ForeignKey("ledger_entry.id"), primary_key=True)
    lot_id: Mapped[UUID] = mapped_column(ForeignKey("lot.id"), primary_key=True)
    points: Mapped[Points]


class Adjustment(Base):
    """Points to be added or taken off by hand that need the consent of a second person."""

    __tablename__ = "adjustment"
    __table_args__ = (
        one_of("state", "requested", "approved", "declined"),
        CheckConstraint("points <> 0", name="adjusts_something"),
        CheckConstraint("(state = 'requested') = (decided_by IS NULL)", name="decided_by_one"),
        CheckConstraint(
            "decided_by <> requested_by OR state = 'declined'", name="decided_by_another"
        ),
        Index(None, "state", "requested_at", "id"),
    )

    customer_id: Mapped[UUID] = mapped_column(ForeignKey("account.customer_id"))
    points: Mapped[Points]
    reason: Mapped[str]
    state: Mapped[str] = mapped_column(default="requested")
    requested_by: Mapped[str]
    requested_at: Mapped[datetime]
    decided_by: Mapped[str | None]
    decided_at: Mapped[datetime | None]
