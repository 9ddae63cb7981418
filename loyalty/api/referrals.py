"""Refer a friend: the scheme, the codes customers hand out, and the list with its reviews."""

from typing import Any
from uuid import UUID

from flask import Response
from sqlalchemy.orm import Session

from core import clock, i18n, ids, rest, shops, web
from core.i18n import gettext
from core.schemas import ItemsSchema
from coupons import issuing, offers, terms, wording
from coupons.api.coupons import guarded
from coupons.errors import CodeNotFound
from loyalty.referrals import codes, listing, review, suspicion
from loyalty.referrals import scheme as schemes
from loyalty.referrals.listing import Listed
from loyalty.referrals.scheme import Prize, Scheme
from loyalty.schemas.referrals import (
    DecisionRequest,
    ReferralCodeSchema,
    ReferralOfferSchema,
    ReferralQuery,
    ReferralRequest,
    ReferralSchema,
    ReferralSchemeSchema,
)

blueprint = rest.blueprint("referrals", "Customers who bring their friends")


def scheme_shown(scheme: Scheme) -> dict[str, Any]:
    """Return the scheme as JSON says it."""
    return {
        "active": scheme.active,
        "channel": ids.public("ch", scheme.channel_id) if scheme.channel_id else None,
        "referrer": _prize(scheme.referrer),
        "friend": _prize(scheme.friend),
        "minimum": scheme.minimum,
        "within_days": scheme.within_days,
        "hold_days": scheme.hold_days,
        "cap": scheme.cap,
        "cap_per": scheme.cap_per,
        "milestones": [
            {"every" if one.repeats else "at": one.friends} | (_prize(one.prize) or {})
            for one in scheme.milestones
        ],
    }


def _prize(prize: Prize | None) -> dict[str, Any] | None:
    if prize is None:
        return None
    if prize.offer_id:
        return {"offer": ids.public("of", prize.offer_id)}
    return {"points": prize.points}


def promise_shown(session: Session, code: str, scheme: Scheme) -> dict[str, Any]:
    """Return what a friend gets who joins by a code and buys; nothing of whose it is."""
    return {
        "code": ids.masked(ids.normalise(code)),
        "friend": prize_worded(session, scheme.friend),
        "minimum": scheme.minimum,
        "currency": shops.merchant(session).currency,
        "within_days": scheme.within_days,
        "hold_days": scheme.hold_days,
    }


def prize_worded(session: Session, prize: Prize | None) -> dict[str, Any] | None:
    """Return a prize with the words in which an offer is told."""
    if prize is None or prize.offer_id is None:
        return _prize(prize)
    version = offers.current(session, offers.find(session, prize.offer_id))
    found = terms.of(session.connection(), version.id)
    return {
        "offer": i18n.named(found.name),
        "benefit": wording.benefit(found.benefit_terms),
    }


def shown(one: Listed) -> dict[str, Any]:
    """Return a referral as a list shows it."""
    found: dict[str, Any] = ReferralSchema(exclude=("reasons", "rewards")).dump(one.referral)
    kept = ReferralSchema(only=("rewards",)).dump({"rewards": one.rewards})
    reasons = [
        {"code": code, "detail": gettext(suspicion.REASONS[code])} for code in one.referral.reasons
    ]
    counted = one.referral.period is not None
    more = {"state": one.state, "reasons": reasons, "counted": counted}
    return {**found, **kept, **more}


@blueprint.get("/referral-scheme")
@web.requires("referrals:read")
@blueprint.response(200, ReferralSchemeSchema)
@web.reading
def show_scheme(session: Session) -> Response:
    """Show what both sides get, for which purchase, and how often."""
    return web.tagged(scheme_shown(schemes.shown(session)))


@blueprint.patch("/referral-scheme")
@web.requires("referrals:write")
@blueprint.arguments(ReferralSchemeSchema)
@blueprint.response(200, ReferralSchemeSchema)
@web.writing
def change_scheme(session: Session, sent: dict[str, Any]) -> Response:
    """Change the scheme for who is referred and who qualifies from now on."""
    web.check_match(scheme_shown(schemes.shown(session)))
    changed = schemes.change(session, sent, actor=web.actor(), at=clock.now())
    return web.tagged(scheme_shown(changed))


@blueprint.post("/referrals")
@web.requires("customers:enrol")
@blueprint.arguments(ReferralRequest)
@blueprint.response(201, ReferralCodeSchema)
@web.repeatable
def give_code(session: Session, sent: dict[str, Any]) -> tuple[int, Any]:
    """Give a customer the code to hand to friends; asked again, it is the same."""
    code = codes.of_customer(session, sent["customer"], at=clock.now())
    return 201, {
        "customer": ids.public("cu", sent["customer"]),
        "code": ids.grouped(code),
        "link": issuing.address(web.config().base_url, code),
    }


@blueprint.get("/referrals/<code>")
@web.requires("referrals:read")
@blueprint.response(200, ReferralOfferSchema)
@guarded(CodeNotFound)
@web.reading
def show_promise(session: Session, code: str) -> dict[str, Any]:
    """Show what a friend gets by a code; one that cannot be used, for whatever reason, is 404."""
    _, scheme = codes.find(session.connection(), code)
    return promise_shown(session, code, scheme)


@blueprint.get("/referrals")
@web.requires("referrals:read")
@blueprint.arguments(ReferralQuery, location="query")
@blueprint.response(200, ItemsSchema)
@web.reading
def list_referrals(session: Session, sent: dict[str, Any]) -> dict[str, Any]:
    """List the referrals: all, those in a state (``review`` waits for a decision), or one's own."""
    customer_id = sent.pop("customer", None)
    found, cursor = listing.page(session, customer_id=customer_id, at=clock.now(), **sent)
    return {"items": [shown(one) for one in found], "next_cursor": cursor}


@blueprint.post('/referrals/<public("rf"):id>/approve')
@web.requires("referrals:review")
@blueprint.arguments(DecisionRequest)
@blueprint.response(200, ReferralSchema)
@web.idempotent
def approve(session: Session, sent: dict[str, Any], id: UUID) -> tuple[int, Any]:
    """Let a referral in review go on; not by whoever served the friend."""
    at = clock.now()
    review.approve(session, id, sent["reason"], actor=web.actor(), at=at)
    return 200, shown(listing.find(session, id, at=at))


@blueprint.post('/referrals/<public("rf"):id>/reject')
@web.requires("referrals:review")
@blueprint.arguments(DecisionRequest)
@blueprint.response(200, ReferralSchema)
@web.idempotent
def reject(session: Session, sent: dict[str, Any], id: UUID) -> tuple[int, Any]:
    """End a referral in review without a reward; not by whoever served the friend."""
    at = clock.now()
    review.reject(session, id, sent["reason"], actor=web.actor(), at=at)
    return 200, shown(listing.find(session, id, at=at))
