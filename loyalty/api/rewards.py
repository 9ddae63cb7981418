"""Rewards: the catalogue, and claims of what is in it."""

from typing import Any
from uuid import UUID

from flask import Response, url_for
from sqlalchemy.orm import Session

from core import clock, customers, i18n, ids, problems, rest, web
from core.schemas import ItemsSchema, PageQuery
from coupons.api.coupons import guarded
from loyalty import cards, claims, expiry, listing, rewards
from loyalty.api.checkout import proven
from loyalty.api.customers import balance_shown
from loyalty.cards import Shown
from loyalty.claims import ByCard
from loyalty.errors import CardNotFound
from loyalty.listing import Claimed
from loyalty.models import Claim, Reward, Tier
from loyalty.rewards import Judged
from loyalty.schemas.rewards import (
    CancelRequest,
    ClaimRequest,
    ClaimSchema,
    RewardChange,
    RewardQuery,
    RewardRequest,
    RewardSchema,
)

blueprint = rest.blueprint("rewards", "What points buy")


def shown(reward: Reward, tiers: dict[UUID | None, Tier]) -> dict[str, Any]:
    """Return a reward and how many of it are left."""
    live = reward.claimed - reward.cancelled
    tier = tiers.get(reward.tier_id)
    return {
        "id": ids.public("rw", reward.id),
        "name": reward.name,
        "points": reward.points,
        "offer": ids.public("of", reward.offer_id),
        "tier": tier.key if tier else None,
        "stock": reward.stock,
        "left": None if reward.stock is None else reward.stock - live,
        "claimed": reward.claimed,
        "cancelled": reward.cancelled,
        "starts_at": reward.starts_at.isoformat() if reward.starts_at else None,
        "ends_at": reward.ends_at.isoformat() if reward.ends_at else None,
        "state": reward.state,
    }


def one_shown(session: Session, reward: Reward) -> dict[str, Any]:
    """Return one reward."""
    return shown(reward, rewards.tiers_of(session, [reward]))


def judged(one: Judged) -> dict[str, Any]:
    """Return what a reward is to a customer: within reach or not, and why it is a no."""
    no = one.refusal
    return {
        "affordable": one.missing == 0,
        "missing": one.missing,
        "refused": {"code": no.code, "detail": i18n.tell(no), "facts": problems.facts(no)}
        if no
        else None,
    }


def claim_shown(session: Session, claim: Claim, *, in_full: bool = False) -> dict[str, Any]:
    """Return a claim with its coupon; the code in full only where it is handed out."""
    [found] = listing.with_rewards(session, [claim])
    return _claim(found, in_full=in_full)


def _claim(one: Claimed, *, in_full: bool = False) -> dict[str, Any]:
    claim, reward, coupon = one
    code = ids.grouped(coupon.code) if in_full else ids.masked(coupon.code)
    found: dict[str, Any] = {
        "id": ids.public("cl", claim.id),
        "reward": ids.public("rw", claim.reward_id),
        "name": reward.name,
        "customer": ids.public("cu", claim.customer_id),
        "points": claim.points,
        "state": claim.state,
        "at": claim.at.isoformat(),
        "cancelled_at": claim.cancelled_at.isoformat() if claim.cancelled_at else None,
        "coupon": {
            "id": ids.public("co", coupon.id),
            "code": code,
            "state": coupon.state,
            "used": coupon.used > coupon.voided,
        },
    }
    if in_full:
        found["coupon"]["qr"] = url_for("coupons.qr", code=coupon.code, form="svg")
    return found


def _balance(session: Session, claim: Claim) -> dict[str, Any]:
    connection = session.connection()
    holder = cards.survivor(connection, claim.customer_id)
    return balance_shown(expiry.balance(connection, holder, at=clock.now()))


def _card(session: Session, sent: dict[str, Any]) -> Shown | None:
    """Return the card a request names, if it names one, that may be served."""
    if "card" not in sent:
        return None
    return cards.accept(session.connection(), sent["card"], staff_id=web.actor().staff_id)


def _whose(session: Session, sent: dict[str, Any]) -> UUID:
    """Return the customer a request names, by a card that may be served or by an id."""
    if card := _card(session, sent):
        return card.customer_id
    return cards.survivor(session.connection(), sent["customer"])


@blueprint.get("/rewards")
@web.requires("rewards:read")
@blueprint.arguments(RewardQuery, location="query")
@blueprint.response(200, ItemsSchema)
@guarded(CardNotFound)
@web.reading
def list_rewards(session: Session, sent: dict[str, Any]) -> dict[str, Any]:
    """List the rewards; for a card or a customer also what they could claim now."""
    names: list[str] = [name for name in ("card", "customer") if name in sent]
    whose = {name: sent.pop(name) for name in names}
    found, cursor = rewards.catalogue(session, **sent)
    tiers = rewards.tiers_of(session, found)
    if not whose:
        return {"items": [shown(one, tiers) for one in found], "next_cursor": cursor}
    customer_id = _whose(session, whose)
    every = rewards.judge(session, found, customer_id, at=clock.now())
    items = [shown(one.reward, tiers) | judged(one) for one in every]
    return {"items": items, "next_cursor": cursor}


@blueprint.post("/rewards")
@web.requires("rewards:write")
@blueprint.arguments(RewardRequest)
@blueprint.response(201, RewardSchema)
@web.repeatable
def add(session: Session, sent: dict[str, Any]) -> tuple[int, Any]:
    """Put a reward into the catalogue."""
    made = rewards.add(session, **sent, actor=web.actor(), at=clock.now())
    return 201, one_shown(session, made)


@blueprint.get('/rewards/<public("rw"):id>')
@web.requires("rewards:read")
@blueprint.response(200, RewardSchema)
@web.reading
def show(session: Session, id: UUID) -> Response:
    """Show a reward; the ETag serves for If-Match."""
    return web.tagged(one_shown(session, rewards.find(session, id)))


@blueprint.patch('/rewards/<public("rw"):id>')
@web.requires("rewards:write")
@blueprint.arguments(RewardChange)
@blueprint.response(200, RewardSchema)
@web.writing
def change(session: Session, sent: dict[str, Any], id: UUID) -> Response:
    """Change a reward for the claims to come, or end it."""
    reward = rewards.find(session, id, lock=True)
    web.check_match(one_shown(session, reward))
    rewards.change(session, reward, sent, actor=web.actor(), at=clock.now())
    return web.tagged(one_shown(session, reward))


@blueprint.post('/rewards/<public("rw"):id>/claims')
@web.requires("rewards:claim")
@blueprint.arguments(ClaimRequest)
@blueprint.response(201, ClaimSchema)
@guarded(CardNotFound)
@web.takes_approval
@web.idempotent
def claim(session: Session, sent: dict[str, Any], id: UUID) -> tuple[int, Any]:
    """Take a reward for points; its coupon is handed out here, its code in full.

    Without a card, whoever may adjust points by hand needs no proof of one.
    """
    actor, card = web.actor(), _card(session, sent)
    customer_id = card.customer_id if card else _whose(session, sent)
    how = None
    if card or not actor.may("points:adjust"):
        how = ByCard(card.id if card else None, proven(sent["card_proof"]), web.approval())
    made = claims.claim(session, id, customer_id, shown=how, actor=actor, at=clock.now())
    return 201, claim_shown(session, made, in_full=True) | {"balance": _balance(session, made)}


@blueprint.get('/claims/<public("cl"):id>')
@web.requires("rewards:read")
@blueprint.response(200, ClaimSchema)
@web.reading
def show_claim(session: Session, id: UUID) -> dict[str, Any]:
    """Show a claim and what became of its coupon."""
    return claim_shown(session, claims.find(session, id))


@blueprint.post('/claims/<public("cl"):id>/cancel')
@web.requires("rewards:claim")
@blueprint.arguments(CancelRequest)
@blueprint.response(200, ClaimSchema)
@web.idempotent
def cancel(session: Session, sent: dict[str, Any], id: UUID) -> tuple[int, Any]:
    """Give a reward back while its coupon is unused; the points return to where they were."""
    done = claims.cancel(session, id, sent["reason"], actor=web.actor(), at=clock.now())
    return 200, claim_shown(session, done) | {"balance": _balance(session, done)}


@blueprint.get('/customers/<public("cu"):id>/claims')
@web.requires("rewards:read")
@blueprint.arguments(PageQuery, location="query")
@blueprint.response(200, ItemsSchema)
@web.reading
def list_claims(session: Session, sent: dict[str, Any], id: UUID) -> dict[str, Any]:
    """List what a customer has claimed, newest first."""
    customers.find(session, id)
    found, cursor = claims.of_customer(session, id, **sent)
    items = [_claim(one) for one in listing.with_rewards(session, found)]
    return {"items": items, "next_cursor": cursor}
