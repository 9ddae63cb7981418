"""Campaigns, their contacts, and their report."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from core import clock, ids, paging, rest, web
from core.schemas import ItemsSchema, PageQuery
from coupons import campaigns
from coupons.measurement import report
from coupons.models import Campaign
from coupons.schemas import (
    CampaignChange,
    CampaignRequest,
    CampaignSchema,
    ChannelSchema,
    ContactedSchema,
    ContactsRequest,
    FiguresSchema,
    ReportSchema,
)

blueprint = rest.blueprint("campaigns", "Planned efforts, the media they go out by, what came back")


def shown(session: Session, campaign: Campaign) -> dict[str, Any]:
    """Return a campaign with its channels."""
    return all_shown(session, [campaign])[0]


def all_shown(session: Session, found: Sequence[Campaign]) -> list[dict[str, Any]]:
    """Return campaigns, each with its channels."""
    channels = campaigns.channels_of(session, found)
    plain, of_channel = CampaignSchema(exclude=["channels"]), ChannelSchema(many=True)
    return [plain.dump(one) | {"channels": of_channel.dump(channels[one.id])} for one in found]


@blueprint.get("/campaigns")
@web.requires("campaigns:read")
@blueprint.arguments(PageQuery, location="query")
@blueprint.response(200, ItemsSchema)
@web.reading
def list_campaigns(session: Session, sent: dict[str, Any]) -> dict[str, Any]:
    """List the campaigns."""
    rows, cursor = paging.page(
        session, select(Campaign), by=Campaign.created_at, id=Campaign.id, **sent
    )
    return {"items": all_shown(session, rows), "next_cursor": cursor}


@blueprint.post("/campaigns")
@web.requires("campaigns:write")
@blueprint.arguments(CampaignRequest)
@blueprint.response(201, CampaignSchema)
@web.repeatable
def add(session: Session, sent: dict[str, Any]) -> tuple[int, Any]:
    """Plan a campaign."""
    made = campaigns.add(session, **sent, actor=web.actor(), at=clock.now())
    return 201, shown(session, made)


@blueprint.get('/campaigns/<public("ca"):id>')
@web.requires("campaigns:read")
@blueprint.response(200, CampaignSchema)
@web.reading
def show(session: Session, id: UUID) -> Response:
    """Show a campaign; its ETag serves for If-Match."""
    return web.tagged(shown(session, campaigns.find(session, id)))


@blueprint.patch('/campaigns/<public("ca"):id>')
@web.requires("campaigns:write")
@blueprint.arguments(CampaignChange)
@blueprint.response(200, CampaignSchema)
@web.writing
def change(session: Session, sent: dict[str, Any], id: UUID) -> Response:
    """Change the name, the window or the limits of a campaign."""
    campaign = campaigns.find(session, id, lock=True)
    web.check_match(shown(session, campaign))
    campaigns.change(session, campaign, sent, actor=web.actor(), at=clock.now())
    session.flush()
    return web.tagged(shown(session, campaign))


@blueprint.post('/campaigns/<public("ca"):id>/<any(start, pause, end):verb>')
@web.requires("campaigns:write")
@blueprint.response(200, CampaignSchema)
@web.writing
def move(session: Session, id: UUID, verb: str) -> dict[str, Any]:
    """Start, pause or end a campaign."""
    return shown(session, campaigns.move(session, id, verb, actor=web.actor(), at=clock.now()))


@blueprint.post('/campaigns/<public("ca"):id>/contacts')
@web.requires("campaigns:write")
@blueprint.arguments(ContactsRequest)
@blueprint.response(201, ContactedSchema)
@web.repeatable
def contact(session: Session, sent: dict[str, Any], id: UUID) -> tuple[int, Any]:
    """Record who, or how many, were reached by a channel."""
    campaign = campaigns.find(session, id)
    channel = campaigns.channel_of(session, campaign, sent["channel"])
    at = sent.get("at", clock.now())
    if "customers" in sent:
        wave = sent.get("external_ref", "1")
        made = campaigns.contact_customers(
            session, campaign, channel, sent["customers"], wave=wave, actor=web.actor(), at=at
        )
    else:
        made = campaigns.contact_many(
            session,
            campaign,
            channel,
            quantity=sent["quantity"],
            cost=sent.get("cost"),
            external_ref=sent.get("external_ref"),
            actor=web.actor(),
            at=at,
        )
    return 201, {"recorded": made}


@blueprint.get('/campaigns/<public("ca"):id>/report')
@web.requires("reports:read")
@blueprint.response(200, ReportSchema)
@web.reading
def show_report(session: Session, id: UUID) -> dict[str, Any]:
    """Show what a campaign brought, in all, by channel and by offer."""
    campaign = campaigns.find(session, id)
    found = report.of_campaign(session, campaign)
    figures = FiguresSchema()
    return {
        "campaign": {"id": ids.public("ca", id), "name": campaign.name, "state": campaign.state},
        "totals": found.totals,
        "channels": [
            {"id": ids.public("ch", channel.id), "kind": channel.kind, "name": channel.name}
            | figures.dump(one)
            for channel, one in found.channels
        ],
        "offers": [
            {"id": ids.public("of", offer.id), "name": name} | figures.dump(one)
            for offer, name, one in found.offers
        ],
    }
