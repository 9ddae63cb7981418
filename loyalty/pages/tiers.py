"""The ladder of tiers on the desk: how it counts, its tiers, and how many hold each."""

import re
from typing import Any
from uuid import UUID

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext
from sqlalchemy.orm import Session

from core import clock, i18n, web
from core.i18n import LANGUAGES, gettext
from core.pages.forms import MoneyField, OnceForm, line, whole
from core.pages.parts import Part
from core.pages.posting import Answer, Done, form_page, once, posting, show, telling
from core.schemas import read
from coupons.pages.offer_forms.words import Name, Words, WordsField
from loyalty import changing, listing, programme
from loyalty import tiers as rules
from loyalty.models import Tier
from loyalty.pages.frame import pages
from loyalty.pages.programme import saying
from loyalty.pages.programme.forms import LadderForm
from loyalty.schemas.standing import TierChange, TierRequest

MOST = 1_000_000_000
LONGEST_KEY = 30


class Perks(Words):
    """What a tier brings, which need not be said."""

    def validate(self, extra_validators: Any = None) -> bool:
        """Let an empty text through."""
        return bool(Part.validate(self, extra_validators))


class TierForm(OnceForm):
    """A tier."""

    name = WordsField(lazy_gettext("Name"), Name)
    rank = whole(lazy_gettext("Place on the ladder"), least=1, most=1000)
    perks = WordsField(lazy_gettext("What it brings"), Perks)

    def sent(self, before: Tier | None = None) -> dict[str, Any]:
        """Return what would be sent to the API, which knows no perks in no language."""
        renewal = self["renewal"].data
        perks = _kept(before.perks if before else {}) | self.perks.terms()
        return ({"perks": perks} if perks else {}) | {
            "name": _kept(before.name if before else {}) | self.name.terms(),
            "rank": self.rank.data,
            "entry": self["entry"].data,
            "renewal": self["entry"].data if renewal is None else renewal,
        }


class PointsTier(TierForm):
    """A tier that is reached by points."""

    key = line(lazy_gettext("Short name"), most=LONGEST_KEY, required=False)
    entry = whole(lazy_gettext("Points to reach it"), least=1, most=MOST)
    renewal = whole(lazy_gettext("Points to keep it"), most=MOST, required=False)


class MoneyTier(TierForm):
    """A tier that is reached by money."""

    key = line(lazy_gettext("Short name"), most=LONGEST_KEY, required=False)
    entry = MoneyField(lazy_gettext("Paid to reach it"), least=1)
    renewal = MoneyField(lazy_gettext("Paid to keep it"), required=False)


def _kept(before: dict[str, str]) -> dict[str, str]:
    """Return what is said in languages that the interface does not speak."""
    return {tag: text for tag, text in before.items() if tag not in LANGUAGES}


def _form(session: Session, **given: Any) -> TierForm:
    by_money = programme.find(session).tiers.get("by") == "money"
    return MoneyTier(**given) if by_money else PointsTier(**given)


@pages.get("/programme/tiers")
@web.requires("programme:read")
@web.reading
def tiers(session: Session) -> ResponseReturnValue:
    """Show the ladder: how it counts, its tiers, and how many hold each."""
    found = programme.find(session)
    return render_template(
        "admin/tiers/list.html",
        tiers=rules.listed(session),
        holders=listing.tier_holders(session),
        counting=list(saying.ladder(found)),
        amount=i18n.show_money if found.tiers.get("by") == "money" else i18n.show_number,
    )


@pages.route("/programme/tiers/counting", methods=["GET", "POST"])
@web.requires("programme:write")
@form_page
def change_ladder(session: Session) -> Answer:
    """Change how the ladder counts."""
    found = programme.find(session, lock=request.method == "POST")
    form = LadderForm(obj=found)
    if form.validate_on_submit():
        with telling(session, form):
            changing.change(session, form.changes(found), actor=web.actor(), at=clock.now())
            said = gettext("Saved. Whoever holds a tier keeps it until their own date.")
            return Done(url_for("admin_loyalty.tiers"), said)
    return show("admin/tiers/counting.html", form)


@pages.route("/programme/tiers/new", methods=["GET", "POST"])
@web.requires("tiers:write")
@form_page
def new_tier(session: Session) -> Answer:
    """Add a tier to the ladder."""
    highest = max((one.rank for one in rules.listed(session) if one.state == "active"), default=0)
    form = _form(session, rank=highest + 1)
    if form.validate_on_submit():
        with telling(session, form):
            return once(session, lambda: _add(session, form))
    return show("admin/tiers/edit.html", form, tier=None)


def _add(session: Session, form: TierForm) -> Done:
    sent = form.sent()
    key = form["key"].data or short_name(sent["name"])
    given = read(TierRequest(), sent | {"key": key})
    made = rules.add(session, **given, actor=web.actor(), at=clock.now())
    said = gettext(
        "%(name)s is on the ladder. Customers reach it with their next purchase.",
        name=i18n.named(made.name),
    )
    return Done(url_for("admin_loyalty.tiers"), said)


def short_name(name: dict[str, str]) -> str:
    """Return a short name such as a till software writes it, made from the name."""
    found = re.sub(r"[^a-z0-9]+", "-", next(iter(name.values()), "").lower()).strip("-")
    return found[:LONGEST_KEY].strip("-") or "tier"


@pages.route('/programme/tiers/<public("tr"):id>/edit', methods=["GET", "POST"])
@web.requires("tiers:write")
@form_page
def edit_tier(session: Session, id: UUID) -> Answer:
    """Change a tier."""
    tier = rules.find(session, id)
    form = _form(session, obj=tier)
    del form.key
    if form.validate_on_submit():
        with telling(session, form):
            changes = {"perks": {}} | read(TierChange(), form.sent(tier))
            rules.change(session, id, changes, actor=web.actor(), at=clock.now())
            said = gettext("Saved. Whoever holds a tier keeps it until their own date.")
            return Done(url_for("admin_loyalty.tiers"), said)
    return show("admin/tiers/edit.html", form, tier=tier)


@pages.post('/programme/tiers/<public("tr"):id>/end')
@web.requires("tiers:write")
@posting
def end_tier(session: Session, id: UUID) -> Answer:
    """Take a tier out of the ladder."""
    rules.end(session, id, actor=web.actor(), at=clock.now())
    said = gettext("The tier is ended. Whoever holds it keeps it until their own date.")
    return Done(url_for("admin_loyalty.tiers"), said)
