"""The tables of coupons, and of the purchases they are redeemed with."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Bare, Base
from core.models import one_of
from core.money import Money

CHANNEL_KINDS = (
    "mail", "email", "phone", "tv", "radio", "search", "display", "social", "web", "fair",
    "sample", "shop", "other",
)  # fmt: skip

RESPONSE_KINDS = (
    "opened", "clicked", "scanned", "called", "replied", "visited", "joined", "referred",
    "redeemed", "purchased", "claimed", "returned", "unsubscribed",
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
    created_at: Mapped[datetime]


class OfferVersion(Base):
    """The terms of an offer from one change to the next: conditions, benefit and limits."""

    __tablename__ = "offer_version"
    __table_args__ = (
        CheckConstraint("starts_at < ends_at", name="runs_forwards"),
        CheckConstraint("overall > 0", name="overall_positive"),
        CheckConstraint("per_customer > 0", name="per_customer_positive"),
        UniqueConstraint("offer_id", "number"),
    )

    offer_id: Mapped[UUID] = mapped_column(ForeignKey("offer.id"))
    number: Mapped[int]
    name: Mapped[dict[str, Any]]
    benefit: Mapped[dict[str, Any]]
    conditions: Mapped[dict[str, Any]]
    overall: Mapped[int | None]
    per_customer: Mapped[int | None]
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


class Quota(Bare):
    """How much of a limit that spans several coupons, or one customer's share, is taken.

    ``subject_id`` names the offer or the coupon whose limit it is; ``customer_id`` is all zeros
    where the limit is not per customer.
    """

    __tablename__ = "quota"
    __table_args__ = (
        CheckConstraint("voided >= 0 AND voided <= used", name="voided_in_used"),
        CheckConstraint("used - voided <= cap", name="used_in_cap"),
        {"sqlite_with_rowid": False},
    )

    subject_id: Mapped[UUID] = mapped_column(primary_key=True)
    customer_id: Mapped[UUID] = mapped_column(primary_key=True)
    cap: Mapped[int]
    used: Mapped[int] = mapped_column(default=0)
    voided: Mapped[int] = mapped_column(default=0)


class Purchase(Base):
    """What was settled. Never edited but by its void."""

    __tablename__ = "purchase"
    __table_args__ = (
        CheckConstraint("basket_total >= 0", name="basket_not_negative"),
        CheckConstraint("discount >= 0 AND discount <= basket_total", name="discount_in_basket"),
        CheckConstraint(
            "paid_with_points >= 0 AND to_pay = basket_total - discount - paid_with_points "
            "AND to_pay >= 0",
            name="to_pay_is_the_rest",
        ),
        CheckConstraint("(voided_at IS NULL) = (void_reason IS NULL)", name="void_has_a_reason"),
        Index(
            "uq_purchase_receipt",
            "shop_id",
            "receipt",
            unique=True,
            postgresql_where=text("voided_at IS NULL"),
            sqlite_where=text("voided_at IS NULL"),
        ),
        Index(None, "customer_id", "occurred_at"),
        Index(None, "till_id", "recorded_at"),
        Index(None, "recorded_at", "id"),
    )

    shop_id: Mapped[UUID] = mapped_column(ForeignKey("shop.id"))
    till_id: Mapped[UUID | None] = mapped_column(ForeignKey("till.id"))
    staff_id: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    customer_id: Mapped[UUID | None] = mapped_column(ForeignKey("customer.id"))
    receipt: Mapped[str | None]
    currency: Mapped[str]
    basket_total: Mapped[Money]
    discount: Mapped[Money]
    paid_with_points: Mapped[Money]
    to_pay: Mapped[Money]
    occurred_at: Mapped[datetime]
    recorded_at: Mapped[datetime]
    voided_at: Mapped[datetime | None]
    voided_by: Mapped[str | None]
    void_reason: Mapped[str | None]


class PurchaseLine(Bare):
    """Some of one product in a purchase: its amount, tax in, and what was taken off it."""

    __tablename__ = "purchase_line"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity_positive"),
        CheckConstraint("discount >= 0 AND discount <= amount", name="discount_in_amount"),
        {"sqlite_with_rowid": False},
    )

    purchase_id: Mapped[UUID] = mapped_column(ForeignKey("purchase.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    sku: Mapped[str | None]
    category: Mapped[str | None]
    quantity: Mapped[int]
    amount: Mapped[Money]
    discount: Mapped[Money]
    tax_rate: Mapped[str | None]


class Redemption(Base):
    """One use of a coupon. Its ordinal is never given out again, not even after a void."""

    __tablename__ = "redemption"
    __table_args__ = (
        one_of("state", "redeemed", "voided"),
        CheckConstraint("discount >= 0 AND points >= 0", name="benefit_not_negative"),
        CheckConstraint("(state = 'voided') = (voided_at IS NOT NULL)", name="void_has_a_when"),
        UniqueConstraint("coupon_id", "ordinal"),
        UniqueConstraint("coupon_id", "purchase_id"),
        Index(None, "purchase_id"),
        Index(None, "offer_id", "customer_id"),
    )

    coupon_id: Mapped[UUID] = mapped_column(ForeignKey("coupon.id"))
    offer_id: Mapped[UUID] = mapped_column(ForeignKey("offer.id"))
    version_id: Mapped[UUID] = mapped_column(ForeignKey("offer_version.id"))
    purchase_id: Mapped[UUID] = mapped_column(ForeignKey("purchase.id"))
    customer_id: Mapped[UUID | None] = mapped_column(ForeignKey("customer.id"))
    ordinal: Mapped[int]
    state: Mapped[str] = mapped_column(default="redeemed")
    discount: Mapped[Money]
    points: Mapped[int]
    lines: Mapped[list[Any]]
    at: Mapped[datetime]
    voided_at: Mapped[datetime | None]


class Response(Base):
    """A customer acted: one answer to one offer in one medium, under a pseudonym.

    ``responder`` is whom a report counts once: a pseudonym, or the unique code that went to one
    contact. It is empty where an answer names nobody, such as a scan of a public code.
    """

    __tablename__ = "response"
    __table_args__ = (
        one_of("kind", *RESPONSE_KINDS),
        one_of("outcome", "accepted", "refused"),
        CheckConstraint("(outcome = 'refused') = (reason IS NOT NULL)", name="refused_with_reason"),
        CheckConstraint(
            "(kind = 'redeemed' AND outcome = 'accepted') = (redemption_id IS NOT NULL)",
            name="redeemed_by_a_redemption",
        ),
        UniqueConstraint("redemption_id"),
        UniqueConstraint("dedupe"),
        Index(None, "campaign_id", "channel_id", "offer_id"),
        Index(None, "recorded_at", "id"),
        Index(None, "coupon_id"),
    )

    kind: Mapped[str]
    outcome: Mapped[str]
    reason: Mapped[str | None]
    campaign_id: Mapped[UUID | None] = mapped_column(ForeignKey("campaign.id"))
    channel_id: Mapped[UUID | None] = mapped_column(ForeignKey("channel.id"))
    offer_id: Mapped[UUID | None] = mapped_column(ForeignKey("offer.id"))
    coupon_id: Mapped[UUID | None] = mapped_column(ForeignKey("coupon.id"))
    redemption_id: Mapped[UUID | None] = mapped_column(ForeignKey("redemption.id"))
    purchase_id: Mapped[UUID | None] = mapped_column(ForeignKey("purchase.id"))
    shop_id: Mapped[UUID | None] = mapped_column(ForeignKey("shop.id"))
    pseudonym: Mapped[str | None]
    responder: Mapped[str | None]
    note: Mapped[str | None]
    dedupe: Mapped[str | None]
    at: Mapped[datetime]
    recorded_at: Mapped[datetime]
