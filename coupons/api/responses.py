"""Response events: those recorded by hand, and the list of all."""

from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core import clock, customers, ids, paging, rest, web
from core.errors import NotFound
from core.schemas import ItemsSchema
from coupons import campaigns, codes, explaining, responses
from coupons.api.coupons import guarded
from coupons.errors import CodeNotFound
from coupons.models import Response
from coupons.schemas import (
    RecordedSchema,
    ResponseQuery,
    ResponseRequest,
    ResponseSchema,
    ResponseWhySchema,
)

blueprint = rest.blueprint("responses", "The answers of customers to offers")


@blueprint.get("/responses")
@web.requires("responses:read")
@blueprint.arguments(ResponseQuery, location="query")
@blueprint.response(200, ItemsSchema)
@web.reading
def list_responses(session: Session, sent: dict[str, Any]) -> dict[str, Any]:
    """List the response events, of one campaign or kind, or all."""
    rows = select(Response)
    if campaign := sent.pop("campaign", None):
        rows = rows.where(Response.campaign_id == campaign)
    if kind := sent.pop("kind", None):
        rows = rows.where(Response.kind == kind)
    found, cursor = paging.page(session, rows, by=Response.recorded_at, id=Response.id, **sent)
    return {"items": ResponseSchema(many=True).dump(found), "next_cursor": cursor}


@blueprint.get('/responses/<public("rs"):id>/why')
@web.requires("responses:read")
@blueprint.response(200, ResponseWhySchema)
@web.reading
def why(session: Session, id: UUID) -> dict[str, Any]:
    """Say why a try was refused: which conditions did not hold, with which facts.

    A try that was accepted is explained with its purchase, so there is nothing here.
    """
    event = session.get(Response, id)
    if event is None:
        raise NotFound(what="response")
    told = explaining.coupons(session.connection(), [event.why]) if event.why else [None]
    return {"id": id, "outcome": event.outcome, "reason": event.reason, "why": told[0]}


@blueprint.post("/responses")
@web.requires("responses:write")
@blueprint.arguments(ResponseRequest)
@blueprint.response(201, RecordedSchema)
@guarded(CodeNotFound)
@web.repeatable
def record(session: Session, sent: dict[str, Any]) -> tuple[int, Any]:
    """Record an answer that came by phone, reply card or visit."""
    campaign = campaigns.find(session, sent["campaign"])
    channel = campaigns.channel_of(session, campaign, sent["channel"])
    coupon = codes.one(session.connection(), sent["code"]) if "code" in sent else None
    customer = customers.find(session, sent["customer"]) if "customer" in sent else None
    id = responses.by_hand(
        session.connection(),
        campaign,
        channel,
        kind=sent["kind"],
        coupon=coupon,
        pseudonym=customer.pseudonym if customer else None,
        note=sent["note"],
        occurred_at=sent.get("at", clock.now()),
        at=clock.now(),
    )
    return 201, {"id": ids.public("rs", id)}
