"""All that a till goes by while its line is down."""

from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Response, request
from sqlalchemy import Connection
from sqlalchemy.orm import Session

from core import clock, i18n, ids, leases, money, rest, shops, signing, till_rules, web
from core.errors import WrongState
from coupons import wording
from coupons.offline import taken, tokens
from coupons.offline.taken import Taken
from coupons.schemas import public_conditions, public_policy, public_terms
from loyalty.api.offline import place
from loyalty.offline import holders
from loyalty.schemas.offline import BundleQuery, BundleSchema

blueprint = rest.blueprint("bundle", "What a till goes by without a line")


@blueprint.get("/offline/bundle")
@web.requires("till:open")
@blueprint.arguments(BundleQuery, location="query")
@blueprint.response(200, BundleSchema)
@blueprint.alt_response(304, description="The same as the ETag in If-None-Match")
def bundle(sent: dict[str, Any]) -> Response:
    """Return the keys, offers and codes to go by, and a lease: how long one may.

    What is the same as before is not sent again (304); the new lease then stands in the headers
    ``Lease-Id`` and ``Lease-Until``. A program with a key says for which till.
    """
    till_id, _ = place(sent["till"])
    at = clock.now()
    found = web.database().look(lambda session: _shown(session, till_id, at=at))
    lease = web.database().transact(lambda session: _lease(session, till_id, at=at))
    tag = web.etag(found)
    if request.if_none_match.contains(tag):
        response = Response(status=304)
        for name, value in (lease or {}).items():
            response.headers[f"Lease-{name.title()}"] = value
    else:
        whole = {"version": tag, "issued_at": at.isoformat(), "lease": lease} | found
        response = web.tagged(whole)
    response.set_etag(tag)
    return response


def _lease(session: Session, till_id: UUID, *, at: datetime) -> dict[str, str] | None:
    """Give a till its lease, and keep the key that it is told to trust.

    Raises:
        WrongState: it is suspended, retired, or no device at all.
    """
    till = shops.find_till(session, till_id, lock=True)
    if till.state != "active":
        raise WrongState(state=till.state)
    signing.keep(session, web.config().secret_key, at=at)
    hours = till_rules.find(session.connection()).offline_hours
    lease = leases.give(session, till.id, hours=hours, at=at)
    if lease is None:
        return None
    return {"id": ids.public("le", lease.id), "until": lease.expires_at.isoformat()}


def _shown(session: Session, till_id: UUID, *, at: datetime) -> dict[str, Any]:
    """Return all that is the same until somebody changes something."""
    connection = session.connection()
    till = shops.find_till(session, till_id)
    currency = web.merchant().currency
    offers = taken.offers(connection, at=at)
    positions = {one.version_id: position for position, one in enumerate(offers)}
    return {
        "till": ids.public("ti", till.id),
        "shop": ids.public("sh", till.shop_id),
        "zone": shops.find(session, till.shop_id).zone,
        "currency": currency,
        "exponent": money.exponent(currency),
        "most": till_rules.find(connection).offline_most,
        "keys": [
            {"number": number, "public": half}
            for number, half in sorted(signing.trusted(connection, web.config().secret_key).items())
        ],
        "offers": [_offer(one) for one in offers],
        "public": [
            {"code": code, "offer": positions[version]}
            for code, version in taken.public_codes(connection, offers)
        ],
        "gone": _gone(connection, offers),
    }


def _offer(one: Taken) -> dict[str, Any]:
    return {
        "version": tokens.version_of(one.version_id),
        "id": ids.public("of", one.offer_id),
        "name": i18n.named(one.name),
        "says": wording.benefit(one.benefit),
        "benefit": public_terms(one.benefit),
        "conditions": public_conditions(one.conditions),
        "starts_at": one.starts_at.isoformat() if one.starts_at else None,
        "ends_at": one.ends_at.isoformat() if one.ends_at else None,
        "policy": public_policy(one.policy),
    }


def _gone(connection: Connection, offers: list[Taken]) -> str:
    """Return what counts no more: codes, and cards that personal coupons are bound to."""
    codes = taken.gone(connection, offers)
    cards = holders.dead(connection, list({one.offer_id for one in offers}))
    return taken.packed(
        [*(code.encode() for code in codes), *(tokens.card_name(card) for card in cards)]
    )
