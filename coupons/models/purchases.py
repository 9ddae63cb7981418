"""The tables of purchases, of the redemptions in them, and of the answers they are."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Bare, Base
from core.models import one_of
from core.money import Money, Points

RESPONSE_KINDS = (
    "opened", "clicked", "scanned", "called", "replied", "visited", "joined", "referred",
    "redeemed", "purchased", "claimed", "returned", "unsubscribed",
)  # fmt: skip


PURCHASE_STATES = ("settled", "partly", "returned", "voided")
"""What ``Purchase.state`` may say."""


class Purchase(Base):
    """What was settled. Never edited but by its void; ``slips`` counts how often it was printed."""

    __tablename__ = "purchase"
    __table_args__ = (
        CheckConstraint("basket_total >= 0", name="basket_not_negative"),
        CheckConstraint("discount >= 0 AND discount <= basket_total", name="discount_in_basket"),
        CheckConstraint(
            "paid_with_points >= 0 AND to_pay = basket_total - discount - paid_with_points "
            "AND to_pay >= 0",
            name="to_pay_is_the_rest",
        ),
        CheckConstraint(
            "refunded >= 0 AND refunded <= basket_total - discount", name="refunded_in_worth"
        ),
        CheckConstraint("(voided_at IS NULL) = (void_reason IS NULL)", name="void_has_a_reason"),
        CheckConstraint("offline OR lease_id IS NULL", name="leased_offline_only"),
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
    refunded: Mapped[Money] = mapped_column(default=Money(0), server_default="0")
    why: Mapped[dict[str, Any] | None]
    lease_id: Mapped[UUID | None] = mapped_column(ForeignKey("lease.id"))
    offline: Mapped[bool] = mapped_column(default=False, server_default=false())
    occurred_at: Mapped[datetime]
    recorded_at: Mapped[datetime]
    slips: Mapped[int] = mapped_column(default=0, server_default="0")
    voided_at: Mapped[datetime | None]
    voided_by: Mapped[str | None]
    void_reason: Mapped[str | None]

    @property
    def state(self) -> str:
        """Return in a word what has become of it: settled, partly or wholly returned, or voided."""
        if self.voided_at:
            return "voided"
        if not self.refunded:
            return "settled"
        return "returned" if self.refunded == self.basket_total - self.discount else "partly"


class PurchaseLine(Bare):
    """Some of one product in a purchase: its amount, tax in, and what was taken off it."""

    __tablename__ = "purchase_line"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity_positive"),
        CheckConstraint("discount >= 0 AND discount <= amount", name="discount_in_amount"),
        CheckConstraint("refunded >= 0 AND refunded <= amount - discount", name="refunded_in_rest"),
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
    tags: Mapped[list[Any] | None]
    refunded: Mapped[Money] = mapped_column(default=Money(0), server_default="0")


class Refund(Base):
    """Some of a purchase was given back: its worth after the discount, in money and in points."""

    __tablename__ = "refund"
    __table_args__ = (
        one_of("kind", "refund", "claim"),
        CheckConstraint("worth > 0 AND money + points_worth = worth", name="worth_is_the_sum"),
        CheckConstraint("money >= 0 AND points_worth >= 0", name="parts_not_negative"),
        CheckConstraint("points_back >= 0 AND points_claimed >= 0", name="points_not_negative"),
        CheckConstraint(
            "(kind = 'claim') = (redemption_id IS NOT NULL)", name="claimed_by_a_guarantee"
        ),
        UniqueConstraint("purchase_id", "number"),
        Index(None, "at", "id"),
        Index(None, "redemption_id"),
    )

    purchase_id: Mapped[UUID] = mapped_column(ForeignKey("purchase.id"))
    number: Mapped[int]
    kind: Mapped[str]
    worth: Mapped[Money]
    money: Mapped[Money]
    points_worth: Mapped[Money]
    points_back: Mapped[Points]
    points_claimed: Mapped[Points]
    lines: Mapped[list[Any]]
    redemption_id: Mapped[UUID | None] = mapped_column(ForeignKey("redemption.id"))
    reason: Mapped[str]
    actor: Mapped[str]
    till_id: Mapped[UUID | None] = mapped_column(ForeignKey("till.id"))
    at: Mapped[datetime]


class Redemption(Base):
    """One use of a coupon. Its ordinal is never given out again, not even after a void.

    A conflict is a use that a till gave without a line and that was not there to give: it happened,
    it cost its discount, and it takes no ordinal, so that it counts against nothing.
    """

    __tablename__ = "redemption"
    __table_args__ = (
        one_of("state", "redeemed", "returned", "voided", "conflict"),
        CheckConstraint("(state = 'conflict') = (ordinal IS NULL)", name="conflict_takes_no_use"),
        CheckConstraint("discount >= 0 AND points >= 0", name="benefit_not_negative"),
        CheckConstraint("refunded >= 0 AND refunded <= discount", name="refunded_in_discount"),
        CheckConstraint(
            "(state IN ('redeemed', 'conflict')) = (voided_at IS NULL)", name="undone_has_a_when"
        ),
        CheckConstraint("(place IS NULL) = (step IS NULL)", name="place_in_a_step"),
        UniqueConstraint("coupon_id", "ordinal"),
        UniqueConstraint("offer_id", "place"),
        UniqueConstraint("coupon_id", "purchase_id"),
        Index(None, "purchase_id"),
        Index(None, "offer_id", "customer_id"),
    )

    coupon_id: Mapped[UUID] = mapped_column(ForeignKey("coupon.id"))
    offer_id: Mapped[UUID] = mapped_column(ForeignKey("offer.id"))
    version_id: Mapped[UUID] = mapped_column(ForeignKey("offer_version.id"))
    purchase_id: Mapped[UUID] = mapped_column(ForeignKey("purchase.id"))
    customer_id: Mapped[UUID | None] = mapped_column(ForeignKey("customer.id"))
    ordinal: Mapped[int | None]
    state: Mapped[str] = mapped_column(default="redeemed")
    discount: Mapped[Money]
    refunded: Mapped[Money] = mapped_column(default=Money(0), server_default="0")
    points: Mapped[int]
    place: Mapped[int | None]
    step: Mapped[int | None]
    gave: Mapped[dict[str, Any] | None]
    lines: Mapped[list[Any]]
    at: Mapped[datetime]
    voided_at: Mapped[datetime | None]


class Conflict(Base):
    """What was settled without a line and should not have been: why, at what cost, who knows."""

    __tablename__ = "conflict"
    __table_args__ = (
        CheckConstraint("cost >= 0", name="cost_not_negative"),
        CheckConstraint("(closed_at IS NULL) = (closed_by IS NULL)", name="closed_by_somebody"),
        Index(None, "purchase_id"),
        Index(None, "at", "id"),
    )

    purchase_id: Mapped[UUID] = mapped_column(ForeignKey("purchase.id"))
    redemption_id: Mapped[UUID | None] = mapped_column(ForeignKey("redemption.id"))
    code: Mapped[str]
    facts: Mapped[dict[str, Any]]
    cost: Mapped[Money]
    at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[str | None]
    note: Mapped[str | None]


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
    why: Mapped[dict[str, Any] | None]
    dedupe: Mapped[str | None]
    at: Mapped[datetime]
    recorded_at: Mapped[datetime]
