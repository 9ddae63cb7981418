"""The form of refer-a-friend: what both sides get, for which purchase, and how often."""

from collections.abc import Mapping
from typing import Any

from flask import request, url_for
from flask_babel import lazy_gettext
from sqlalchemy.orm import Session
from wtforms import BooleanField, IntegerField, SelectField

from core import clock, ids, web
from core.i18n import gettext
from core.pages import choosing
from core.pages.choosing import ChoiceOf
from core.pages.forms import Form, MoneyField, choices, whole
from core.pages.parts import Part, PartField, Rows, rearrange
from core.pages.posting import Answer, Done, form_page, show, telling
from core.schemas import read
from coupons import listing
from coupons.pages import sources
from loyalty.api.referrals import scheme_shown
from loyalty.pages.frame import pages
from loyalty.referrals import scheme as rules
from loyalty.schemas.referrals import MOST_FRIENDS, MOST_POINTS, ReferralSchemeSchema


def points() -> IntegerField:
    """Return a field of points that somebody gets."""
    return whole(lazy_gettext("So many points"), least=1, most=MOST_POINTS, required=False)


def offer() -> ChoiceOf:
    """Return a field of an offer whose coupon somebody gets."""
    return ChoiceOf(
        lazy_gettext("Or a coupon of this offer"), "offers", none=lazy_gettext("No coupon")
    )


class Prize(Part):
    """Points, or a coupon of an offer, or nothing."""

    points = points()
    offer = offer()


class Milestone(Part):
    """What a referrer gets besides."""

    how = SelectField(
        lazy_gettext("For"),
        choices=choices(
            [
                ("every", lazy_gettext("Every so many friends")),
                ("at", lazy_gettext("So many friends, once")),
            ]
        ),
    )
    friends = whole(lazy_gettext("How many friends"), least=1, most=MOST_FRIENDS)
    points = points()
    offer = offer()

    def terms(self) -> dict[str, Any]:
        """Return the milestone as JSON says it."""
        found: dict[str, Any] = super().terms()
        return {found.pop("how"): found.pop("friends", None)} | found

    @classmethod
    def holding(cls, terms: Mapping[str, Any]) -> dict[str, Any]:
        """Return what the fields hold for some terms."""
        how = "at" if "at" in terms else "every"
        return {**terms, "how": how, "friends": terms.get(how)}


class SchemeForm(Form):
    """What both sides get, for which purchase, and how often."""

    active = BooleanField(lazy_gettext("Customers can refer friends now"))
    referrer = PartField(Prize, lazy_gettext("Who brings a friend gets"))
    friend = PartField(Prize, lazy_gettext("The friend gets"))
    minimum = MoneyField(
        lazy_gettext("The friend must buy for at least"),
        description=lazy_gettext("In money; what is paid with points does not count."),
    )
    within_days = whole(lazy_gettext("Within so many days of joining"), least=1, most=730)
    hold_days = whole(
        lazy_gettext("Days until the reward comes"),
        most=365,
        description=lazy_gettext("The time in which the purchase could be brought back."),
    )
    cap = whole(
        lazy_gettext("Most friends a customer is rewarded for"),
        least=1,
        most=MOST_FRIENDS,
        required=False,
        description=lazy_gettext("Empty: any number."),
    )
    cap_per = SelectField(
        lazy_gettext("Counted"),
        choices=choices(
            [
                ("all", lazy_gettext("In all")),
                ("year", lazy_gettext("In a year")),
                ("month", lazy_gettext("In a month")),
                ("week", lazy_gettext("In a week")),
                ("day", lazy_gettext("In a day")),
            ]
        ),
    )
    channel = ChoiceOf(
        lazy_gettext("Answers count for the channel"),
        "every_channel",
        none=lazy_gettext("None"),
        description=lazy_gettext("So that a campaign’s report shows what referrals brought."),
    )
    milestones = Rows(
        PartField(Milestone),
        lazy_gettext("Milestones"),
        called=lazy_gettext("Milestone"),
        adds=lazy_gettext("Add a milestone"),
        most=rules.MOST_MILESTONES,
    )

    def sent(self) -> dict[str, Any]:
        """Return what would be sent to the API."""
        found = {
            name: self[name].data
            for name in ("active", "minimum", "within_days", "hold_days", "cap", "cap_per")
        }
        return found | {
            "channel": self.channel.data or None,
            "referrer": self.referrer.terms() or None,
            "friend": self.friend.terms() or None,
            "milestones": [row.terms() for row in self.milestones],
        }


@pages.route("/programme/referrals/scheme", methods=["GET", "POST"])
@web.requires("referrals:write")
@form_page
def change_scheme(session: Session) -> Answer:
    """Change what both sides get, for which purchase, and how often."""
    form = SchemeForm(data=scheme_shown(rules.shown(session)))
    is_rearranged = rearrange(form, request.form)
    choosing.fill(session, form, {"offers": sources.offers, "every_channel": _channels})
    if not is_rearranged and form.validate_on_submit():
        with telling(session, form):
            changes = read(ReferralSchemeSchema(), form.sent())
            rules.change(session, changes, actor=web.actor(), at=clock.now())
            said = gettext("Saved. It counts for friends who join and buy from now on.")
            return Done(url_for("admin_loyalty.referrals"), said)
    return show("admin/referrals/scheme.html", form)


def _channels(session: Session) -> list[tuple[str, str]]:
    found = listing.newest_channels(session)
    return [(ids.public("ch", id), f"{name} – {campaign}") for id, name, campaign in found]
