"""What points buy, on the customer's own screen: look, claim, and give back while it is unused."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from core import clock, i18n, web
from core.errors import NotFound
from core.i18n import gettext, ngettext, show_number, show_start
from core.models import Customer
from core.pages.forms import OnceForm
from core.pages.posting import Done, once, show, telling
from coupons import codes, wallet
from coupons.models import Coupon
from loyalty import cards, claims, expiry, listing, programme, scenes
from loyalty import rewards as rules
from loyalty.errors import PointsShort, RewardEnded, RewardNotStarted, RewardTierNeeded
from loyalty.models import Claim, Reward, Tier
from loyalty.portal import promises, visitor
from loyalty.portal.showing import shown
from loyalty.portal.visitor import Answer, blueprint
from loyalty.rewards import Judged

MOST = 100
"""So many rewards are shown, the newest."""

LAST_CLAIMS = 20


@dataclass(frozen=True, slots=True)
class Wish:
    """A reward as a customer sees it.

    Attributes:
        is_there: whether it can be claimed now.
        why_not: what keeps it from that, in a few words.
        have: how many of its points are there, for a bar; None where points are not what lacks.
    """

    id: UUID
    name: str
    points: int
    is_there: bool
    why_not: str
    have: int | None


def wishes(db: Session, customer: Customer, *, at: datetime) -> list[Wish]:
    """Return the rewards there are: first what can be claimed now, then what is nearest."""
    found, _ = rules.catalogue(db, active=True, limit=MOST)
    needed = rules.tiers_of(db, found)
    judged = [
        one
        for one in rules.judge(db, found, customer.id, at=at)
        if not isinstance(one.refusal, RewardEnded)
    ]
    judged.sort(key=lambda one: (_group(one), one.missing, one.reward.points, one.reward.id))
    return [_wish(one, needed.get(one.reward.tier_id)) for one in judged]


def _group(one: Judged) -> int:
    if one.refusal is None:
        return 0
    return 1 if isinstance(one.refusal, PointsShort) else 2


def _wish(one: Judged, tier: Tier | None) -> Wish:
    reward, is_short = one.reward, isinstance(one.refusal, PointsShort)
    return Wish(
        id=reward.id,
        name=i18n.named(reward.name),
        points=reward.points,
        is_there=one.refusal is None,
        why_not=_why_not(one, tier),
        have=reward.points - one.missing if is_short else None,
    )


def _why_not(one: Judged, tier: Tier | None) -> str:
    no = one.refusal
    if no is None:
        return ""
    if isinstance(no, PointsShort):
        return ngettext(
            "%(shown)s point to go", "%(shown)s points to go", one.missing,
            shown=show_number(one.missing),
        )  # fmt: skip
    if isinstance(no, RewardTierNeeded) and tier:
        return gettext("From %(tier)s on", tier=i18n.named(tier.name))
    if isinstance(no, RewardNotStarted):
        return gettext("From %(day)s", day=show_start(no.facts["starts_at"]))
    return i18n.tell(no)


@blueprint.get("/me/rewards")
@web.public
@web.reading
@visitor.owned
def rewards(db: Session, customer: Customer) -> ResponseReturnValue:
    """Show the whole catalogue, and what was claimed of it."""
    at = clock.now()
    mine, _ = claims.of_customer(db, customer.id, limit=LAST_CLAIMS)
    return render_template(
        "me/rewards.html",
        wishes=wishes(db, customer, at=at),
        claims=[
            (one, i18n.named(reward.name), _state(one, coupon))
            for one, reward, coupon in listing.with_rewards(db, mine)
        ],
        **_purse(db, customer, at=at),
    )


def _purse(db: Session, customer: Customer, *, at: datetime) -> dict[str, Any]:
    connection = db.connection()
    return {
        "balance": expiry.balance(connection, customer.id, at=at),
        "programme": i18n.named(programme.rules(connection).name),
    }


def _state(claim: Claim, coupon: Coupon) -> str:
    if claim.state == "cancelled":
        return gettext("Given back")
    if coupon.used > coupon.voided:
        return gettext("Used")
    return gettext("Not used yet") if coupon.state == "active" else gettext("Not usable")


@blueprint.get('/me/rewards/<public("rw"):id>')
@web.public
@web.reading
@visitor.owned
def ask_to_claim(db: Session, customer: Customer, id: UUID) -> ResponseReturnValue:
    """Say what a reward is and what it takes, and ask again."""
    return _ask(db, customer, rules.find(db, id), OnceForm())


def _ask(db: Session, customer: Customer, reward: Reward, form: OnceForm) -> tuple[str, int]:
    at = clock.now()
    [one] = rules.judge(db, [reward], customer.id, at=at)
    return show(
        "me/reward.html",
        form,
        wish=_wish(one, rules.tiers_of(db, [reward]).get(reward.tier_id)),
        gives=promises.benefits(db, [reward.offer_id])[reward.offer_id],
        **_purse(db, customer, at=at),
    )


@blueprint.post('/me/rewards/<public("rw"):id>')
@web.public
@visitor.concluded
@web.writing
@visitor.owned
def claim(db: Session, customer: Customer, id: UUID) -> Answer:
    """Take a reward for points; the form sent twice takes one."""
    form, reward = OnceForm(), rules.find(db, id)
    if form.validate():
        with telling(db, form):
            return once(db, lambda: _claim(db, customer, id))
    return _ask(db, customer, reward, form)


def _claim(db: Session, customer: Customer, id: UUID) -> Done:
    visitor.check_served(db, customer)
    actor = visitor.actor(customer)
    made = claims.claim(db, id, customer.id, actor=actor, at=clock.now())
    return Done(url_for("me.claimed", id=made.id), gettext("It is yours. Show it at the till."))


def _mine(db: Session, customer: Customer, id: UUID) -> Claim:
    """Return a claim of this customer.

    Raises:
        NotFound: there is none, or it is somebody else's.
    """
    found = claims.find(db, id)
    if cards.survivor(db.connection(), found.customer_id) != customer.id:
        raise NotFound(what="claim")
    return found


@blueprint.get('/me/claims/<public("cl"):id>')
@web.public
@web.reading
@visitor.owned
def claimed(db: Session, customer: Customer, id: UUID) -> ResponseReturnValue:
    """Show what was claimed, to be shown at the till."""
    return _shown(db, customer, _mine(db, customer, id), OnceForm())


def _shown(db: Session, customer: Customer, found: Claim, form: OnceForm) -> tuple[str, int]:
    at, connection = clock.now(), db.connection()
    coupon = claims.coupon_of(db, found)
    held = codes.one(connection, coupon.code)
    scene = scenes.scene(connection, customer.id, at=at)
    [judged] = wallet.judge(connection, [held], scene)
    return show(
        "me/claim.html",
        form,
        claim=found,
        reward=i18n.named(rules.find(db, found.reward_id).name),
        it=shown(connection, judged, at=at),
        no=i18n.tell(judged.refusal) if judged.refusal and judged.is_over else "",
        state=_state(found, coupon),
        may_cancel=found.state == "claimed" and coupon.used == coupon.voided,
    )


@blueprint.post('/me/claims/<public("cl"):id>/cancel')
@web.public
@visitor.concluded
@web.writing
@visitor.owned
def cancel_claim(db: Session, customer: Customer, id: UUID) -> Answer:
    """Give a reward back while it is unused: the points return."""
    form = OnceForm()
    if form.validate():
        with telling(db, form):
            return once(db, lambda: _cancel(db, customer, id))
    return _shown(db, customer, _mine(db, customer, id), form)


def _cancel(db: Session, customer: Customer, id: UUID) -> Done:
    _mine(db, customer, id)
    visitor.check_served(db, customer)
    actor = visitor.actor(customer)
    with i18n.speaking(None):
        reason = gettext("given back by the customer")
    claims.cancel(db, id, reason, actor=actor, at=clock.now())
    return Done(url_for("me.rewards"), gettext("The points are back."))
