"""The catalogue of rewards on the desk: what points buy, and how much of it is left."""

from typing import Any
from uuid import UUID

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext
from sqlalchemy.orm import Session

from core import clock, i18n, ids, web
from core.i18n import LANGUAGES, gettext
from core.pages import choosing
from core.pages.choosing import ChoiceOf
from core.pages.forms import OnceForm, day, first_day, last_day, whole, window
from core.pages.posting import Answer, Done, form_page, newest, older, once, posting, show, telling
from core.schemas import read
from coupons import listing as offers
from coupons.pages import sources
from coupons.pages.offer_forms.words import Name, WordsField
from loyalty import rewards as rules
from loyalty.models import Reward, Tier
from loyalty.pages.frame import pages
from loyalty.schemas.rewards import MOST_STOCK, RewardChange, RewardRequest


class RewardForm(OnceForm):
    """Something points buy."""

    name = WordsField(lazy_gettext("Name"), Name)
    points = whole(lazy_gettext("Price in points"), least=1)
    offer = ChoiceOf(
        lazy_gettext("Given out as a coupon of"),
        "offers",
        description=lazy_gettext("The offer says what the coupon brings and until when."),
    )
    tier = ChoiceOf(lazy_gettext("From this tier on"), "tiers", none=lazy_gettext("Everybody"))
    stock = whole(
        lazy_gettext("How many there are"),
        least=1,
        most=MOST_STOCK,
        required=False,
        description=lazy_gettext("Empty: any number."),
    )
    starts = day(lazy_gettext("From"))
    ends = day(lazy_gettext("Until"), description=lazy_gettext("Including that day."))

    def sent(self, before: Reward | None = None) -> dict[str, Any]:
        """Return what would be sent to the API; a day that was not touched keeps its moment."""
        zone = i18n.merchant_zone()
        found = window(self.starts.data, self.ends.data, zone)
        if before and self.starts.data == first_day(before.starts_at, zone):
            found["starts_at"] = before.starts_at
        if before and self.ends.data == last_day(before.ends_at, zone):
            found["ends_at"] = before.ends_at
        kept = before.name if before else {}
        return {
            "name": {tag: text for tag, text in kept.items() if tag not in LANGUAGES}
            | self.name.terms(),
            "points": self.points.data,
            "offer": self.offer.data,
            "tier": self.tier.data or None,
            "stock": self.stock.data,
            **{name: at and at.isoformat() for name, at in found.items()},
        }


def _filled(reward: Reward, tiers: dict[UUID | None, Tier]) -> RewardForm:
    zone, tier = i18n.merchant_zone(), tiers.get(reward.tier_id)
    return RewardForm(
        obj=reward,
        offer=ids.public("of", reward.offer_id),
        tier=tier.key if tier else "",
        starts=first_day(reward.starts_at, zone),
        ends=last_day(reward.ends_at, zone),
    )


@pages.get("/programme/rewards")
@web.requires("rewards:read")
@web.reading
def rewards(session: Session) -> ResponseReturnValue:
    """Show the catalogue, with what was claimed of it and what is left."""
    found, cursor = rules.catalogue(session, cursor=request.args.get("cursor"))
    return render_template(
        "admin/rewards/list.html",
        rewards=found,
        tiers=rules.tiers_of(session, found),
        offers=offers.offer_names(session, (one.offer_id for one in found)),
        next_url=older(cursor),
        first_url=newest(),
    )


@pages.route("/programme/rewards/new", methods=["GET", "POST"])
@web.requires("rewards:write")
@form_page
def new_reward(session: Session) -> Answer:
    """Put a reward into the catalogue."""
    form = RewardForm()
    choosing.fill(session, form, {"offers": sources.offers})
    if form.validate_on_submit():
        with telling(session, form):
            return once(session, lambda: _add(session, form))
    return show("admin/rewards/edit.html", form, reward=None)


def _add(session: Session, form: RewardForm) -> Done:
    given = read(RewardRequest(), form.sent())
    made = rules.add(session, **given, actor=web.actor(), at=clock.now())
    said = gettext("%(name)s is in the catalogue.", name=i18n.named(made.name))
    return Done(url_for("admin_loyalty.rewards"), said)


@pages.route('/programme/rewards/<public("rw"):id>/edit', methods=["GET", "POST"])
@web.requires("rewards:write")
@form_page
def edit_reward(session: Session, id: UUID) -> Answer:
    """Change a reward for the claims to come."""
    reward = rules.find(session, id, lock=request.method == "POST")
    form = _filled(reward, rules.tiers_of(session, [reward]))
    choosing.fill(session, form, {"offers": sources.offers})
    if form.validate_on_submit():
        with telling(session, form):
            changes = read(RewardChange(), form.sent(reward))
            rules.change(session, reward, changes, actor=web.actor(), at=clock.now())
            said = gettext("Saved. What was claimed before stays as it was.")
            return Done(url_for("admin_loyalty.rewards"), said)
    return show("admin/rewards/edit.html", form, reward=reward)


@pages.post('/programme/rewards/<public("rw"):id>/<any(end, offer):verb>')
@web.requires("rewards:write")
@posting
def move_reward(session: Session, id: UUID, verb: str) -> Answer:
    """Take a reward out of the catalogue, or put it back in."""
    reward = rules.find(session, id, lock=True)
    changes = {"ended": verb == "end"}
    rules.change(session, reward, changes, actor=web.actor(), at=clock.now())
    said = {
        "end": gettext("The reward is ended. Coupons that were claimed stay good."),
        "offer": gettext("The reward can be claimed again."),
    }
    return Done(url_for("admin_loyalty.rewards"), said[verb])
