"""The tables of offers and coupons, and of the limits they count against."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Bare, Base
from core.models import one_of
from core.money import Money, Points, Units


class Audience(Base):
    """A set of customers an offer is meant for; equal sets are kept once."""

    __tablename__ = "audience"
    __table_args__ = (UniqueConstraint("fingerprint"),)

    fingerprint: Mapped[str]
    size: Mapped[int]


class AudienceMember(Bare):
    """One customer of an audience."""

    __tablename__ = "audience_member"
    __table_args__ = {"sqlite_with_rowid": False}  # rows are found by their whole name

    audience_id: Mapped[UUID] = mapped_column(ForeignKey("audience.id"), primary_key=True)
    customer_id: Mapped[UUID] = mapped_column(ForeignKey("customer.id"), primary_key=True)


class Offer(Base):
    """A promise; what it says is in its versions, each of them immutable."""

    __tablename__ = "offer"
    __table_args__ = (Index(None, "campaign_id"), Index(None, "created_at", "id"))

    campaign_id: Mapped[UUID] = mapped_column(ForeignKey("campaign.id"))
    version: Mapped[int] = mapped_column(default=1)
    offline: Mapped[dict[str, Any]] = mapped_column(
        default=lambda: {"policy": "never"}, server_default='{"policy": "never"}'
    )
    created_at: Mapped[datetime]


class OfferVersion(Base):
    """The terms of an offer from one change to the next: conditions, benefit and limits."""

    __tablename__ = "offer_version"
    __table_args__ = (
        CheckConstraint("starts_at < ends_at", name="runs_forwards"),
        CheckConstraint("overall > 0", name="overall_positive"),
        CheckConstraint("per_customer > 0", name="per_customer_positive"),
        one_of("on_refund", "restore", "burn"),
        UniqueConstraint("offer_id", "number"),
    )

    offer_id: Mapped[UUID] = mapped_column(ForeignKey("offer.id"))
    number: Mapped[int]
    name: Mapped[dict[str, Any]]
    benefit: Mapped[dict[str, Any]]
    conditions: Mapped[dict[str, Any]]
    overall: Mapped[int | None]
    per_customer: Mapped[int | None]
    limits: Mapped[list[Any]] = mapped_column(default=list, server_default="[]")
    together: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    on_refund: Mapped[str] = mapped_column(default="restore", server_default="restore")
    starts_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class Issue(Base):
    """One order of coupons: so many unique codes, some personal ones, or a public one."""

    __tablename__ = "issue"
    __table_args__ = (
        one_of("kind", "unique", "personal", "public"),
        CheckConstraint("quantity > 0", name="quantity_positive"),
        UniqueConstraint("job_id"),
        Index(None, "offer_id"),
    )

    offer_id: Mapped[UUID] = mapped_column(ForeignKey("offer.id"))
    version_id: Mapped[UUID] = mapped_column(ForeignKey("offer_version.id"))
    channel_id: Mapped[UUID | None] = mapped_column(ForeignKey("channel.id"))
    kind: Mapped[str]
    quantity: Mapped[int]
    job_id: Mapped[UUID | None] = mapped_column(ForeignKey("job.id"))
    created_at: Mapped[datetime]


class Coupon(Base):
    """An issued right to an offer. Uses are counted up and voids are counted up."""

    __tablename__ = "coupon"
    __table_args__ = (
        one_of("state", "active", "frozen", "revoked"),
        CheckConstraint("use_limit > 0", name="use_limit_positive"),
        CheckConstraint("per_customer > 0", name="per_customer_positive"),
        CheckConstraint("voided >= 0 AND voided <= used", name="voided_in_used"),
        CheckConstraint("use_limit IS NULL OR used - voided <= use_limit", name="used_in_limit"),
        UniqueConstraint("code"),
        UniqueConstraint("issue_id", "position"),
        UniqueConstraint("offer_id", "external_ref"),
        Index(None, "customer_id"),
    )

    offer_id: Mapped[UUID] = mapped_column(ForeignKey("offer.id"))
    version_id: Mapped[UUID] = mapped_column(ForeignKey("offer_version.id"))
    issue_id: Mapped[UUID] = mapped_column(ForeignKey("issue.id"))
    position: Mapped[int]
    channel_id: Mapped[UUID | None] = mapped_column(ForeignKey("channel.id"))
    customer_id: Mapped[UUID | None] = mapped_column(ForeignKey("customer.id"))
    external_ref: Mapped[str | None]
    code: Mapped[str]
    label: Mapped[str | None]
    state: Mapped[str] = mapped_column(default="active")
    use_limit: Mapped[int | None]
    per_customer: Mapped[int | None]
    used: Mapped[int] = mapped_column(default=0)
    voided: Mapped[int] = mapped_column(default=0)
    held_until: Mapped[datetime | None]


class Hold(Base):
    """A use of a coupon that a till keeps for the customer in front of it, for two minutes.

    ``coupon.held_until`` is when the last hold ends: whoever locks a coupon sees there whether
    there is any to be looked for.
    """

    __tablename__ = "hold"
    __table_args__ = (
        CheckConstraint("at < until", name="runs_forwards"),
        UniqueConstraint("coupon_id", "till_id"),
        Index(None, "until"),
    )

    coupon_id: Mapped[UUID] = mapped_column(ForeignKey("coupon.id"))
    till_id: Mapped[UUID] = mapped_column(ForeignKey("till.id"))
    at: Mapped[datetime]
    until: Mapped[datetime]


class Quota(Bare):
    """How much is taken of a limit that spans several coupons, or of one customer's share.

    ``subject_id`` names the campaign, offer or coupon whose limit it is; ``customer_id`` is all
    zeros where the limit is not per customer, and ``period`` is empty where it is for all time.
    ``measure`` says what is counted: uses, minor units of discount, or places of an early bird.
    """

    __tablename__ = "quota"
    __table_args__ = (
        CheckConstraint("voided >= 0 AND voided <= used", name="voided_in_used"),
        CheckConstraint("used - voided <= cap", name="used_in_cap"),
        {"sqlite_with_rowid": False},
    )

    subject_id: Mapped[UUID] = mapped_column(primary_key=True)
    customer_id: Mapped[UUID] = mapped_column(primary_key=True)
    period: Mapped[str] = mapped_column(primary_key=True)
    measure: Mapped[str] = mapped_column(primary_key=True)
    cap: Mapped[Units]
    used: Mapped[Units] = mapped_column(default=Units(0))
    voided: Mapped[Units] = mapped_column(default=Units(0))


class QuotaUse(Bare):
    """What one redemption took of one quota, and how much of it was given back."""

    __tablename__ = "quota_use"
    __table_args__ = (
        CheckConstraint("amount > 0", name="amount_positive"),
        CheckConstraint("given_back >= 0 AND given_back <= amount", name="given_back_in_amount"),
        Index(None, "subject_id", "customer_id", "period", "measure"),
        {"sqlite_with_rowid": False},
    )

    redemption_id: Mapped[UUID] = mapped_column(ForeignKey("redemption.id"), primary_key=True)
    subject_id: Mapped[UUID] = mapped_column(primary_key=True)
    customer_id: Mapped[UUID] = mapped_column(primary_key=True)
    period: Mapped[str] = mapped_column(primary_key=True)
    measure: Mapped[str] = mapped_column(primary_key=True)
    amount: Mapped[Units]
    given_back: Mapped[Units] = mapped_column(default=Units(0))


class DryRun(Base):
    """What an offer would have cost over past purchases; a job fills it in."""

    __tablename__ = "dry_run"
    __table_args__ = (
        CheckConstraint("since < until", name="runs_forwards"),
        CheckConstraint("hits >= 0 AND hits <= purchases", name="hits_in_purchases"),
        UniqueConstraint("job_id"),
        Index(None, "offer_id"),
    )

    offer_id: Mapped[UUID] = mapped_column(ForeignKey("offer.id"))
    version_id: Mapped[UUID] = mapped_column(ForeignKey("offer_version.id"))
    job_id: Mapped[UUID] = mapped_column(ForeignKey("job.id"))
    since: Mapped[datetime]
    until: Mapped[datetime]
    at: Mapped[datetime]
    last_at: Mapped[datetime | None]
    last_id: Mapped[UUID | None]
    purchases: Mapped[int] = mapped_column(default=0)
    hits: Mapped[int] = mapped_column(default=0)
    discount: Mapped[Money] = mapped_column(default=Money(0))
    revenue: Mapped[Money] = mapped_column(default=Money(0))
    points: Mapped[Points] = mapped_column(default=Points(0))
    refused: Mapped[dict[str, Any]] = mapped_column(default=dict)
    counted: Mapped[list[Any]] = mapped_column(default=list)
