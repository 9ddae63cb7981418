"""Rows of coupons in the order and the pages in which people read them."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import exists, func, or_, select
from sqlalchemy.orm import Session

from core import ids, paging
from core.errors import N_, InvalidRequest, NotFound
from core.models import Customer
from coupons.models import (
    Audience,
    Campaign,
    Channel,
    Coupon,
    Issue,
    Offer,
    OfferVersion,
    Redemption,
    Response,
)


def campaigns(
    session: Session, *, state: str | None = None, cursor: str | None = None
) -> tuple[list[Campaign], str | None]:
    """Return a page of campaigns, of one state if it is named."""
    rows = select(Campaign)
    if state:
        rows = rows.where(Campaign.state == state)
    return paging.page(session, rows, by=Campaign.created_at, id=Campaign.id, cursor=cursor)


def campaign_names(session: Session, *, most: int = 500) -> dict[UUID, str]:
    """Return the names of the newest campaigns, newest first."""
    rows = session.execute(
        select(Campaign.id, Campaign.name).order_by(Campaign.created_at.desc()).limit(most)
    )
    return dict(rows.all())


def open_campaigns(session: Session, *, most: int = 500) -> dict[UUID, str]:
    """Return the names of the newest campaigns that have not ended, newest first."""
    rows = select(Campaign.id, Campaign.name).where(Campaign.state != "ended")
    found = session.execute(rows.order_by(Campaign.created_at.desc()).limit(most))
    return dict(found.all())


def offers(
    session: Session,
    *,
    campaign_id: UUID | None = None,
    limit: int = 50,
    cursor: str | None = None,
) -> tuple[list[tuple[Offer, OfferVersion, str]], str | None]:
    """Return a page of offers, each with its current version and the name of its campaign."""
    rows = select(Offer)
    if campaign_id:
        rows = rows.where(Offer.campaign_id == campaign_id)
    found, following = paging.page(
        session, rows, by=Offer.created_at, id=Offer.id, limit=limit, cursor=cursor
    )
    said = {
        version.offer_id: (version, name)
        for version, name in session.execute(
            select(OfferVersion, Campaign.name)
            .join(Offer, Offer.id == OfferVersion.offer_id)
            .join(Campaign, Campaign.id == Offer.campaign_id)
            .where(
                Offer.id.in_([offer.id for offer in found]), OfferVersion.number == Offer.version
            )
        )
    }
    return [(offer, *said[offer.id]) for offer in found], following


def versions(session: Session, offer: Offer, *, most: int = 50) -> list[OfferVersion]:
    """Return the versions of an offer, newest first."""
    rows = select(OfferVersion).where(OfferVersion.offer_id == offer.id)
    return list(session.scalars(rows.order_by(OfferVersion.number.desc()).limit(most)))


def offer_names(session: Session, offers: Iterable[UUID | None]) -> dict[UUID, dict[str, Any]]:
    """Return what some offers are called now, by language."""
    rows = session.execute(
        select(Offer.id, OfferVersion.name)
        .join(
            OfferVersion,
            (OfferVersion.offer_id == Offer.id) & (OfferVersion.number == Offer.version),
        )
        .where(Offer.id.in_([id for id in offers if id]))
    )
    return dict(rows.all())


def benefits(session: Session, offers: Iterable[UUID]) -> dict[UUID, dict[str, Any]]:
    """Return the terms of what some offers give now."""
    rows = session.execute(
        select(Offer.id, OfferVersion.benefit)
        .join(
            OfferVersion,
            (OfferVersion.offer_id == Offer.id) & (OfferVersion.number == Offer.version),
        )
        .where(Offer.id.in_(set(offers)))
    )
    return dict(rows.all())


def newest_offers(session: Session, *, most: int = 500) -> list[tuple[UUID, dict[str, Any], str]]:
    """Return the newest offers, each with what it is called now and the name of its campaign."""
    rows = session.execute(
        select(Offer.id, OfferVersion.name, Campaign.name)
        .join(
            OfferVersion,
            (OfferVersion.offer_id == Offer.id) & (OfferVersion.number == Offer.version),
        )
        .join(Campaign, Campaign.id == Offer.campaign_id)
        .order_by(Offer.created_at.desc(), Offer.id)
        .limit(most)
    )
    return [(id, name, campaign) for id, name, campaign in rows]


def newest_channels(session: Session, *, most: int = 500) -> list[tuple[UUID, str, str]]:
    """Return the channels of the newest campaigns, each with the name of its campaign."""
    rows = session.execute(
        select(Channel.id, Channel.name, Campaign.name)
        .join(Campaign, Campaign.id == Channel.campaign_id)
        .order_by(Campaign.created_at.desc(), Channel.id)
        .limit(most)
    )
    return [(id, name, campaign) for id, name, campaign in rows]


def audience_size(session: Session, id: UUID) -> int:
    """Return how many customers an audience is."""
    return session.scalar(select(Audience.size).where(Audience.id == id)) or 0


def coupons_by_version(session: Session, offer: Offer) -> dict[UUID, int]:
    """Return how many coupons were issued on each version of an offer."""
    rows = session.execute(
        select(Coupon.version_id, func.count())
        .where(Coupon.offer_id == offer.id)
        .group_by(Coupon.version_id)
    )
    return dict(rows.all())


def issue(session: Session, id: UUID) -> Issue:
    """Return an order of coupons.

    Raises:
        NotFound: there is none.
    """
    found = session.get(Issue, id)
    if found is None:
        raise NotFound(what="issue")
    return found


def issues(
    session: Session, offer: Offer, *, cursor: str | None = None
) -> tuple[list[Issue], str | None]:
    """Return a page of the orders of coupons on an offer."""
    rows = select(Issue).where(Issue.offer_id == offer.id)
    return paging.page(session, rows, by=Issue.created_at, id=Issue.id, cursor=cursor)


def coupon(session: Session, id: UUID) -> Coupon:
    """Return a coupon.

    Raises:
        NotFound: there is none.
    """
    found = session.get(Coupon, id)
    if found is None:
        raise NotFound(what="coupon")
    return found


def responses(
    session: Session,
    *,
    campaign_id: UUID | None = None,
    kind: str | None = None,
    outcome: str | None = None,
    coupon_id: UUID | None = None,
    cursor: str | None = None,
) -> tuple[list[Response], str | None]:
    """Return a page of response events."""
    rows = select(Response)
    for column, value in (
        (Response.campaign_id, campaign_id),
        (Response.kind, kind),
        (Response.outcome, outcome),
        (Response.coupon_id, coupon_id),
    ):
        if value is not None:
            rows = rows.where(column == value)
    return paging.page(session, rows, by=Response.recorded_at, id=Response.id, cursor=cursor)


def customers_named(session: Session, names: Sequence[str], *, field: str) -> list[UUID]:
    """Return the customers that a list names, by id or by pseudonym.

    Raises:
        InvalidRequest: one of them is no customer of ours; the field says where it was written.
    """
    by_id = {name: _id_in(name) for name in names}
    pseudonyms = [name.lower() for name, id in by_id.items() if id is None]
    rows = session.execute(
        select(Customer.id, Customer.pseudonym).where(
            or_(
                Customer.id.in_([id for id in by_id.values() if id]),
                Customer.pseudonym.in_(pseudonyms),
            )
        )
    )
    known = {pseudonym: id for id, pseudonym in rows}
    found = [by_id[name] or known.get(name.lower()) for name in names]
    ours = set(known.values())
    unknown = [name for name, id in zip(names, found, strict=True) if id not in ours]
    if unknown:
        raise InvalidRequest({field: [N_("Not a customer of yours:"), ", ".join(unknown[:5])]})
    return list(dict.fromkeys(id for id in found if id))


def _id_in(name: str) -> UUID | None:
    try:
        return ids.parse("cu", name)
    except NotFound:
        return None


def count_running(session: Session) -> int:
    """Return how many campaigns are running."""
    rows = select(func.count()).select_from(Campaign).where(Campaign.state == "running")
    return session.scalar(rows) or 0


def count_redemptions(session: Session, since: datetime) -> int:
    """Return how many redemptions there were since a moment that still stand."""
    rows = (
        select(func.count())
        .select_from(Response)
        .join(Redemption, Redemption.id == Response.redemption_id)
    )
    wanted = rows.where(Response.recorded_at >= since, Redemption.state == "redeemed")
    return session.scalar(wanted) or 0


def any_running(session: Session) -> bool:
    """Tell whether a campaign was ever started."""
    return bool(session.scalar(select(exists().where(Campaign.state != "draft"))))


def any_campaign(session: Session) -> bool:
    """Tell whether there is a campaign."""
    return bool(session.scalar(select(exists().where(Campaign.id.is_not(None)))))


def any_offer(session: Session) -> bool:
    """Tell whether there is an offer."""
    return bool(session.scalar(select(exists().where(Offer.id.is_not(None)))))


def any_issue(session: Session) -> bool:
    """Tell whether coupons were ever issued."""
    return bool(session.scalar(select(exists().where(Issue.id.is_not(None)))))


def pseudonym(session: Session, customer_id: UUID) -> str | None:
    """Return the pseudonym of a customer."""
    return session.scalar(select(Customer.pseudonym).where(Customer.id == customer_id))


def channel_name(session: Session, id: UUID) -> str | None:
    """Return the name of a channel."""
    return session.scalar(select(Channel.name).where(Channel.id == id))


def channel_names(session: Session, channels: Iterable[UUID | None]) -> dict[UUID, str]:
    """Return the names of some channels."""
    wanted = [id for id in channels if id]
    rows = session.execute(select(Channel.id, Channel.name).where(Channel.id.in_(wanted)))
    return dict(rows.all())


def campaign_end(session: Session, offer: Offer) -> datetime | None:
    """Return when the campaign of an offer ends."""
    return session.scalar(select(Campaign.ends_at).where(Campaign.id == offer.campaign_id))
