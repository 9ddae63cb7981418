"""The tables of the tills: devices, and what they are allowed, told and measured by."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Bare, Base
from core.models.checks import one_of
from core.money import Money

TIMED = ("start", "decode", "answer")
"""What a till measures: from opening to ready, from picture to code, from code to answer."""


class Till(Base):
    """A point of sale: an enrolled device."""

    __tablename__ = "till"
    __table_args__ = (
        one_of("state", "enrolled", "active", "suspended", "retired"),
        UniqueConstraint("shop_id", "label"),
        UniqueConstraint("device_hash"),
        UniqueConstraint("enrol_hash"),
    )

    shop_id: Mapped[UUID] = mapped_column(ForeignKey("shop.id"))
    label: Mapped[str]
    state: Mapped[str] = mapped_column(default="enrolled")
    device_hash: Mapped[str | None]
    enrol_hash: Mapped[str | None]
    enrol_until: Mapped[datetime | None]
    created_at: Mapped[datetime]


class Approval(Base):
    """A second person allowed one thing at a till, once, for a few minutes.

    ``subject`` names what it is about, so that it serves for nothing else.
    """

    __tablename__ = "approval"
    __table_args__ = (
        CheckConstraint("asked_by_id <> staff_id", name="by_somebody_else"),
        CheckConstraint("at < expires_at", name="runs_forwards"),
        UniqueConstraint("token_hash"),
        Index(None, "till_id", "at"),
    )

    till_id: Mapped[UUID] = mapped_column(ForeignKey("till.id"))
    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    asked_by_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    action: Mapped[str]
    subject: Mapped[str]
    token_hash: Mapped[str]
    at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class SigningKey(Base):
    """The public half of a key that signs codes for offline use; the other half is kept nowhere.

    It is derived from the secret of the installation, so a copy of the database forges nothing.
    """

    __tablename__ = "signing_key"
    __table_args__ = (
        CheckConstraint("number BETWEEN 1 AND 255", name="number_in_a_byte"),
        UniqueConstraint("number"),
        UniqueConstraint("public"),
    )

    number: Mapped[int]
    public: Mapped[str]
    created_at: Mapped[datetime]
    retired_at: Mapped[datetime | None]


class Lease(Base):
    """How long a till may go on without a line, from when it last heard the rules."""

    __tablename__ = "lease"
    __table_args__ = (
        CheckConstraint("issued_at < expires_at", name="runs_forwards"),
        Index(None, "till_id", "issued_at"),
    )

    till_id: Mapped[UUID] = mapped_column(ForeignKey("till.id"))
    issued_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class TillRules(Base):
    """What holds at every till: one row.

    ``lock_minutes`` without anybody's touch lock a till. Within ``void_minutes`` a cashier undoes
    alone, and up to ``approve_above`` minor units taken off settles alone. ``offline_hours`` is how
    long a lease lasts, ``offline_most`` the largest basket in minor units without a line. Empty is
    no limit.
    """

    __tablename__ = "till_rules"
    __table_args__ = (
        CheckConstraint("singleton = 1", name="only_one"),
        CheckConstraint("lock_minutes BETWEEN 1 AND 720", name="lock_minutes_in_range"),
        CheckConstraint("void_minutes BETWEEN 0 AND 525600", name="void_minutes_in_range"),
        CheckConstraint(
            "approve_above >= 0 AND offline_most >= 0",
            name="amounts_not_negative",
        ),
        CheckConstraint("offline_hours BETWEEN 0 AND 168", name="offline_hours_in_range"),
        UniqueConstraint("singleton"),
    )

    singleton: Mapped[int] = mapped_column(default=1)
    lock_minutes: Mapped[int] = mapped_column(default=10)
    void_minutes: Mapped[int] = mapped_column(default=30)
    approve_above: Mapped[Money | None]
    offline_hours: Mapped[int] = mapped_column(default=24)
    offline_most: Mapped[Money | None]


class TillTiming(Bare):
    """How often something took a till so long, by day; ``bucket`` is in milliseconds, at most."""

    __tablename__ = "till_timing"
    __table_args__ = (
        one_of("kind", *TIMED),
        CheckConstraint("times > 0", name="times_positive"),
        {"sqlite_with_rowid": False},
    )

    till_id: Mapped[UUID] = mapped_column(ForeignKey("till.id"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    bucket: Mapped[int] = mapped_column(primary_key=True)
    times: Mapped[int]


class Display(Base):
    """What a phone that faces the customer shows: the last that its till told it, and by whom."""

    __tablename__ = "display"
    __table_args__ = (UniqueConstraint("till_id"), UniqueConstraint("token_hash"))

    till_id: Mapped[UUID] = mapped_column(ForeignKey("till.id"))
    token_hash: Mapped[str]
    shown: Mapped[dict[str, Any]] = mapped_column(default=dict)
    at: Mapped[datetime]
