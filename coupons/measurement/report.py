"""What a campaign brought, by channel and by offer. docs/report.md says what each figure means."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from core import money
from coupons import costs
from coupons.models import (
    Campaign,
    Channel,
    Conflict,
    Contact,
    Offer,
    OfferVersion,
    Purchase,
    Redemption,
    Refund,
    Response,
)

AFTERWARDS = ("returned", "claimed")
"""What comes after an answer is no answer of its own."""


@dataclass(slots=True)
class Figures:
    """Counts, and money in minor units.

    Attributes:
        contacts: how many were reached; None where nobody is reached by it, as by an offer.
        responders: how many different contacts answered.
        responses: how often they answered.
        refused: how often somebody tried and was refused.
        conflicts: in how many of these, and of the redemptions, a till without a line gave what it
            should not have; ``conflict_cost`` is what that cost.
        discount: money off, in conflicts as well, less what was given back of it.
        revenue: what was paid in money for purchases with a redemption, each counted once, less
            what was paid back.
        cost: what the medium cost, fixed and per contact.
        guarantees: how many redemptions put something under a money-back guarantee.
        claims: in how many of them the money was claimed back.
    """

    contacts: int | None = 0
    responders: int = 0
    responses: int = 0
    redemptions: int = 0
    refused: int = 0
    discount: int = 0
    revenue: int = 0
    cost: int | None = 0
    guarantees: int = 0
    claims: int = 0
    conflicts: int = 0
    conflict_cost: int = 0

    @property
    def claim_rate(self) -> float | None:
        """Return claims by guarantees, if there was a guarantee."""
        return self.claims / self.guarantees if self.guarantees else None

    @property
    def response_rate(self) -> float | None:
        """Return responders by contacts, if anybody was contacted."""
        return self.responders / self.contacts if self.contacts else None

    @property
    def cost_per_responder(self) -> int | None:
        """Return what one responder cost in minor units, rounded half up, if anybody answered."""
        if self.cost is None or not self.responders:
            return None
        return money.share(self.cost, 1, self.responders)


@dataclass(frozen=True, slots=True)
class Report:
    """The figures of a campaign in all, by channel and by offer."""

    campaign: Campaign
    totals: Figures
    channels: list[tuple[Channel, Figures]]
    offers: list[tuple[Offer, dict[str, str], Figures]]


def of_campaign(session: Session, campaign: Campaign) -> Report:
    """Return the report of a campaign, counted from its events at this moment."""
    totals = Figures()
    channels = [
        (channel, Figures(cost=channel.fixed_cost))
        for channel in session.scalars(
            select(Channel).where(Channel.campaign_id == campaign.id).order_by(Channel.id)
        )
    ]
    offers = [
        (offer, name, Figures(contacts=None, cost=None))
        for offer, name in session.execute(
            select(Offer, OfferVersion.name)
            .join(
                OfferVersion,
                and_(OfferVersion.offer_id == Offer.id, OfferVersion.number == Offer.version),
            )
            .where(Offer.campaign_id == campaign.id)
            .order_by(Offer.id)
        )
    ]
    by_channel = {channel.id: figures for channel, figures in channels}
    by_offer = {offer.id: figures for offer, _, figures in offers}
    totals.cost = sum(channel.fixed_cost for channel, _ in channels)
    _contacts(session, campaign.id, totals, by_channel)
    _answers(session, campaign.id, None, {None: totals})
    _answers(session, campaign.id, Response.channel_id, by_channel)
    _answers(session, campaign.id, Response.offer_id, by_offer)
    return Report(campaign, totals, channels, offers)


def _contacts(
    session: Session, campaign_id: UUID, totals: Figures, by_channel: dict[UUID, Figures]
) -> None:
    rows = session.execute(
        select(Contact.channel_id, func.sum(Contact.quantity), func.sum(Contact.cost))
        .where(Contact.campaign_id == campaign_id)
        .group_by(Contact.channel_id)
    )
    for channel_id, quantity, cost in rows:
        for figures in (totals, by_channel[channel_id]):
            figures.contacts = (figures.contacts or 0) + int(quantity)
            figures.cost = (figures.cost or 0) + int(cost)


def _answers(
    session: Session,
    campaign_id: UUID,
    by: InstrumentedAttribute[UUID | None] | None,
    into: dict[Any, Figures],
) -> None:
    """Add up the events of a campaign, in all or by one of their columns."""
    stands = _stands()
    uses = and_(stands, Redemption.state == "redeemed")
    guaranteed = and_(stands, Redemption.gave["until"].as_string().is_not(None))
    claimed = and_(guaranteed, exists().where(Refund.redemption_id == Redemption.id))
    keys: list[Any] = [] if by is None else [by]
    counted = (
        select(
            *keys,
            func.count(case((stands, 1))).label("responses"),
            func.count(func.distinct(case((stands, Response.responder)))).label("responders"),
            func.count(case((uses, 1))).label("redemptions"),
            func.count(case((Response.outcome == "refused", 1))).label("refused"),
            func.sum(case((stands, Redemption.discount - Redemption.refunded), else_=0)).label(
                "discount"
            ),
            func.count(case((guaranteed, 1))).label("guarantees"),
            func.count(case((claimed, 1))).label("claims"),
        )
        .outerjoin(Redemption, Redemption.id == Response.redemption_id)
        .where(Response.campaign_id == campaign_id)
        .group_by(*keys)
    )
    for row in session.execute(counted):
        figures = into.get(row[0] if keys else None)
        if figures:
            figures.responses, figures.responders = row.responses, row.responders
            figures.redemptions, figures.refused = row.redemptions, row.refused
            figures.discount = int(row.discount or 0)
            figures.guarantees, figures.claims = row.guarantees, row.claims
    for row in session.execute(_revenue(campaign_id, keys)):
        if figures := into.get(row[0] if keys else None):
            figures.revenue = int(row.revenue or 0)
    for row in session.execute(_conflicts(campaign_id, keys)):
        if figures := into.get(row[0] if keys else None):
            figures.conflicts, figures.conflict_cost = row.conflicts, int(row.cost or 0)
            figures.discount += int(row.given or 0)


def _stands() -> ColumnElement[bool]:
    """Return what makes an event count: accepted, and not undone with its redemption.

    Whoever brings back what they bought has answered all the same.
    """
    return and_(
        Response.outcome == "accepted",
        Response.kind.not_in(AFTERWARDS),
        func.coalesce(Redemption.state, "redeemed") != "voided",
    )


def _conflicts(campaign_id: UUID, keys: list[Any]) -> Select[Any]:
    """Count what tills gave without a line, unless all of the purchase was undone.

    A refused use is no answer that counts, so its discount is added here; it costs all of that,
    less what was given back. One that was redeemed costs what its conflicts cost, as the list of
    conflicts says it.
    """
    uses = (
        select(Conflict.redemption_id, func.sum(costs.NOW).label("cost"))
        .join(Purchase, Purchase.id == Conflict.purchase_id)
        .where(Conflict.redemption_id.is_not(None))
        .group_by(Conflict.redemption_id)
        .subquery()
    )
    is_use = Redemption.state == "conflict"
    given = case((is_use, Redemption.discount - Redemption.refunded), else_=0)
    event = or_(
        Response.redemption_id == Redemption.id,
        and_(
            is_use,
            Response.kind == "redeemed",
            Response.outcome == "refused",
            Response.purchase_id == Redemption.purchase_id,
            Response.coupon_id == Redemption.coupon_id,
        ),
    )
    return (
        select(
            *keys,
            func.count().label("conflicts"),
            func.sum(uses.c.cost).label("cost"),
            func.sum(given).label("given"),
        )
        .select_from(uses)
        .join(Redemption, Redemption.id == uses.c.redemption_id)
        .join(Purchase, Purchase.id == Redemption.purchase_id)
        .join(Response, event)
        .where(Response.campaign_id == campaign_id, Purchase.voided_at.is_(None))
        .group_by(*keys)
    )


def _revenue(campaign_id: UUID, keys: list[Any]) -> Select[Any]:
    once = (
        select(*keys, Response.purchase_id)
        .join(Redemption, Redemption.id == Response.redemption_id)
        .where(Response.campaign_id == campaign_id, Redemption.state != "voided")
        .distinct()
        .subquery()
    )
    grouped = [once.c[key.key] for key in keys]
    back = (
        select(func.coalesce(func.sum(Refund.money), 0))
        .where(Refund.purchase_id == Purchase.id)
        .scalar_subquery()
    )
    return (
        select(*grouped, func.sum(Purchase.to_pay - back).label("revenue"))
        .select_from(once)
        .join(Purchase, Purchase.id == once.c.purchase_id)
        .group_by(*grouped)
    )
