"""Stamp cards on the desk: what gives a stamp, and what a full card is worth."""

from typing import Any
from uuid import UUID

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext
from sqlalchemy.orm import Session
from wtforms import RadioField

from core import clock, web
from core.i18n import LANGUAGES, gettext
from core.pages import choosing
from core.pages.choosing import ChoiceOf
from core.pages.forms import MoneyField, OnceForm, choices, whole
from core.pages.parts import Part, PartField
from core.pages.posting import Answer, Done, form_page, once, posting, show, telling
from core.schemas import read
from coupons import listing as offers
from coupons.pages import sources
from coupons.pages.offer_forms.products import OnField
from coupons.pages.offer_forms.words import Name, WordsField
from loyalty import stamps as rules
from loyalty.models import StampCard
from loyalty.pages.frame import pages
from loyalty.schemas.standing import StampCardChange, StampCardRequest

PER_NAMES = {
    "visit": lazy_gettext("For each visit"),
    "piece": lazy_gettext("For each piece of some products"),
    "coupon": lazy_gettext("Only by coupons that give stamps"),
}

MOST = 1000


class Worth(Part):
    """What a full card is worth."""

    points = whole(lazy_gettext("So many points"), least=1, required=False)
    offer = ChoiceOf(
        lazy_gettext("Or a coupon of this offer"), "offers", none=lazy_gettext("No coupon")
    )


class ChangeForm(OnceForm):
    """What can be changed of a stamp card."""

    name = WordsField(lazy_gettext("Name"), Name)
    needed = whole(lazy_gettext("Stamps of a full card"), least=1, most=MOST)
    on = OnField(lazy_gettext("Only for certain products"))
    minimum = MoneyField(
        lazy_gettext("Only for baskets from"),
        description=lazy_gettext("Before any discount, tax included. 0: every basket."),
        default=0,
    )
    daily_cap = whole(
        lazy_gettext("Most stamps on one day"),
        least=1,
        most=MOST,
        required=False,
        description=lazy_gettext("Empty: without a limit."),
    )
    expiry_months = whole(
        lazy_gettext("Months until a begun card expires"),
        least=1,
        most=120,
        required=False,
        description=lazy_gettext("Counted from its first stamp. Empty: never."),
    )

    def sent(self, before: StampCard | None = None) -> dict[str, Any]:
        """Return what would be sent to the API."""
        kept = before.name if before else {}
        return {
            "name": {tag: text for tag, text in kept.items() if tag not in LANGUAGES}
            | self.name.terms(),
            "on": self.on.terms(),
            **{
                name: self[name].data
                for name in ("needed", "minimum", "daily_cap", "expiry_months")
            },
        }


class NewForm(ChangeForm):
    """A new stamp card."""

    per = RadioField(lazy_gettext("A stamp"), choices=choices(PER_NAMES.items()), default="visit")
    reward = PartField(Worth, lazy_gettext("What a full card is worth"))

    def sent(self, before: StampCard | None = None) -> dict[str, Any]:
        """Return what would be sent to the API."""
        return super().sent(before) | {"per": self.per.data, "reward": self.reward.terms()}


@pages.get("/programme/stamp-cards")
@web.requires("programme:read")
@web.reading
def stamp_cards(session: Session) -> ResponseReturnValue:
    """Show the stamp cards there are and were."""
    found = rules.listed(session)
    return render_template(
        "admin/stamp_cards/list.html",
        cards=found,
        per_names=PER_NAMES,
        offers=offers.offer_names(session, (one.reward_offer_id for one in found)),
    )


@pages.route("/programme/stamp-cards/new", methods=["GET", "POST"])
@web.requires("stamps:write")
@form_page
def new_stamp_card(session: Session) -> Answer:
    """Begin a stamp card."""
    form = NewForm(needed=10)
    choosing.fill(session, form, {"offers": sources.offers})
    if form.validate_on_submit():
        with telling(session, form):
            return once(session, lambda: _add(session, form))
    return show("admin/stamp_cards/edit.html", form, card=None)


def _add(session: Session, form: NewForm) -> Done:
    given = read(StampCardRequest(), form.sent())
    reward = given.pop("reward")
    given |= {"reward_points": reward["points"], "reward_offer_id": reward["offer"]}
    given["products"] = given.pop("on")
    rules.add(session, **given, actor=web.actor(), at=clock.now())
    said = gettext("The stamp card begins now, for every customer with a card.")
    return Done(url_for("admin_loyalty.stamp_cards"), said)


@pages.route('/programme/stamp-cards/<public("sc"):id>/edit', methods=["GET", "POST"])
@web.requires("stamps:write")
@form_page
def edit_stamp_card(session: Session, id: UUID) -> Answer:
    """Change what a stamp card asks for."""
    card = rules.find(session, id)
    form = ChangeForm(obj=card, on=card.products)
    if form.validate_on_submit():
        with telling(session, form):
            changes = read(StampCardChange(), form.sent(card))
            changes["products"] = changes.pop("on")
            rules.change(session, id, changes, actor=web.actor(), at=clock.now())
            said = gettext(
                "Saved. Cards that were begun keep their number of stamps and their end."
            )
            return Done(url_for("admin_loyalty.stamp_cards"), said)
    return show("admin/stamp_cards/edit.html", form, card=card, per_names=PER_NAMES)


@pages.post('/programme/stamp-cards/<public("sc"):id>/end')
@web.requires("stamps:write")
@posting
def end_stamp_card(session: Session, id: UUID) -> Answer:
    """End a stamp card."""
    rules.end(session, id, actor=web.actor(), at=clock.now())
    said = gettext("The stamp card is ended: it gives no stamps any more.")
    return Done(url_for("admin_loyalty.stamp_cards"), said)
