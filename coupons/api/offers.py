"""Offers, and the coupons issued on them."""

import csv
import io
from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

from flask import Response, stream_with_context, url_for
from sqlalchemy.orm import Session

from core import clock, ids, rest, web
from core.errors import NotFound
from core.schemas import ItemsSchema
from coupons import campaigns, issuing, listing, offers
from coupons.models import Coupon, Issue, Offer, OfferVersion
from coupons.schemas import (
    CloneRequest,
    IssuedSchema,
    IssueRequest,
    OfferChange,
    OfferQuery,
    OfferRequest,
    OfferSchema,
    QueuedSchema,
    public_conditions,
    public_policy,
    public_terms,
)

FORMULA = ("=", "+", "-", "@", "\t")
"""What makes a spreadsheet take a cell for a formula."""

blueprint = rest.blueprint("offers", "Promises, and the coupons that carry them")


def shown(offer: Offer, version: OfferVersion) -> dict[str, Any]:
    """Return an offer as its current version says."""
    found: dict[str, Any] = OfferSchema().dump(
        {
            "id": offer.id,
            "campaign": offer.campaign_id,
            "version": version.number,
            "name": version.name,
            "benefit": public_terms(version.benefit),
            "conditions": public_conditions(version.conditions),
            "limits": {
                "overall": version.overall,
                "per_customer": version.per_customer,
                "more": version.limits,
            },
            "together": offers.TOGETHER | version.together,
            "on_refund": version.on_refund,
            "starts_at": version.starts_at,
            "ends_at": version.ends_at,
            "offline": public_policy(offer.offline),
        }
    )
    return found


def _values(sent: dict[str, Any]) -> dict[str, Any]:
    """Return the terms that were sent; what was sent stays, as a transaction may be tried again."""
    terms = {name: it for name, it in sent.items() if name not in ("campaign", "limits")}
    if "limits" in sent:
        limits = {"overall": None, "per_customer": None, "more": []} | sent["limits"]
        terms |= {"limits": limits.pop("more"), **limits}
    return terms


@blueprint.get("/offers")
@web.requires("offers:read")
@blueprint.arguments(OfferQuery, location="query")
@blueprint.response(200, ItemsSchema)
@web.reading
def list_offers(session: Session, sent: dict[str, Any]) -> dict[str, Any]:
    """List the offers, of one campaign or of all."""
    found, cursor = listing.offers(session, campaign_id=sent.pop("campaign", None), **sent)
    items = [shown(offer, version) for offer, version, _ in found]
    return {"items": items, "next_cursor": cursor}


@blueprint.post("/offers")
@web.requires("offers:write")
@blueprint.arguments(OfferRequest)
@blueprint.response(201, OfferSchema)
@web.repeatable
def add(session: Session, sent: dict[str, Any]) -> tuple[int, Any]:
    """Make an offer in a campaign."""
    campaign = campaigns.find(session, sent["campaign"])
    terms, actor, at = _values(sent), web.actor(), clock.now()
    offline = terms.pop("offline", None)
    made = offers.add(session, campaign, **terms, actor=actor, at=at)
    if offline:
        offers.take_offline(session, made, offline, actor=actor, at=at)
    return 201, shown(made, offers.current(session, made))


@blueprint.get('/offers/<public("of"):id>')
@web.requires("offers:read")
@blueprint.response(200, OfferSchema)
@web.reading
def show(session: Session, id: UUID) -> Response:
    """Show an offer; its ETag serves for If-Match."""
    offer = offers.find(session, id)
    return web.tagged(shown(offer, offers.current(session, offer)))


@blueprint.patch('/offers/<public("of"):id>')
@web.requires("offers:write")
@blueprint.arguments(OfferChange)
@blueprint.response(200, OfferSchema)
@web.writing
def change(session: Session, sent: dict[str, Any], id: UUID) -> Response:
    """Change an offer by a new version; coupons issued before keep theirs."""
    offer = offers.find(session, id, lock=True)
    web.check_match(shown(offer, offers.current(session, offer)))
    version = offers.change(session, offer, _values(sent), actor=web.actor(), at=clock.now())
    return web.tagged(shown(offer, version))


@blueprint.post('/offers/<public("of"):id>/clone')
@web.requires("offers:write")
@blueprint.arguments(CloneRequest)
@blueprint.response(201, OfferSchema)
@web.repeatable
def clone(session: Session, sent: dict[str, Any], id: UUID) -> tuple[int, Any]:
    """Copy what an offer says now into its campaign or another, as an offer of its own."""
    offer = offers.find(session, id)
    campaign = campaigns.find(session, sent["campaign"] or offer.campaign_id)
    made = offers.clone(session, offer, campaign=campaign, actor=web.actor(), at=clock.now())
    return 201, shown(made, offers.current(session, made))


@blueprint.post('/offers/<public("of"):id>/coupons')
@web.requires("coupons:issue")
@blueprint.arguments(IssueRequest)
@blueprint.response(201, IssuedSchema)
@blueprint.alt_response(202, schema=QueuedSchema)
@web.repeatable
def issue(session: Session, sent: dict[str, Any], id: UUID) -> tuple[int, Any]:
    """Issue coupons: so many unique codes, personal ones, or a public one."""
    offer = offers.find(session, id)
    version = offers.current(session, offer)
    same: dict[str, Any] = {
        "channel_id": sent["channel"],
        "actor": web.actor(),
        "at": clock.now(),
    }
    if "count" in sent:
        limit = sent.get("use_limit") or 1
        order, job = issuing.issue_unique(
            session, offer, version, sent["count"], use_limit=limit, **same
        )
        if job:
            where = {"job": ids.public("jo", job.id)}
            return 202, where | {"csv": url_for("offers.download", id=order.id)}
        made = issuing.coupons_of(session, order)
    elif "customers" in sent:
        made = issuing.issue_personal(session, offer, version, sent["customers"], **same)
    else:
        made = [
            issuing.issue_public(
                session,
                offer,
                version,
                sent["code"],
                use_limit=sent.get("use_limit"),
                per_customer=sent.get("per_customer"),
                **same,
            )
        ]
    return 201, {"items": [_issued(coupon) for coupon in made]}


def _issued(coupon: Coupon) -> dict[str, Any]:
    full = web.actor().may("coupons:codes")
    code = coupon.label or ids.grouped(coupon.code)
    return {
        "code": code if full else ids.masked(coupon.code),
        "id": ids.public("co", coupon.id),
        "use_limit": coupon.use_limit,
        "customer": ids.public("cu", coupon.customer_id) if coupon.customer_id else None,
        "qr": url_for("coupons.qr", code=coupon.code, form="svg") if full else None,
    }


@blueprint.get('/issues/<public("is"):id>/codes.csv')
@web.requires("coupons:codes")
@blueprint.response(200, description="The table")
@blueprint.doc(responses={200: {"content": {"text/csv": {}}}})
@web.writing
def download(session: Session, id: UUID) -> Response:
    """Download all codes of one order of coupons; that it was done is audited."""
    order = session.get(Issue, id)
    if order is None:
        raise NotFound(what="issue")
    issuing.note_export(session, order, actor=web.actor(), at=clock.now())
    database, config = web.database(), web.config()

    def page(first: int) -> list[list[str]]:
        return database.look(lambda reading: issuing.lines_of(reading, order, config, first=first))

    def rows() -> Iterator[str]:
        yield _line(issuing.COLUMNS)
        first = 0
        while found := page(first):
            yield from (_line(row) for row in found)
            first = int(found[-1][0])

    name = f"coupons-{order.id.hex[-8:]}.csv"
    return Response(
        stream_with_context(rows()),
        mimetype="text/csv",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _line(row: Sequence[str]) -> str:
    text = io.StringIO()
    csv.writer(text).writerow(f"'{cell}" if cell.startswith(FORMULA) else cell for cell in row)
    return text.getvalue()
