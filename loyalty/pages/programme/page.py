"""The page of the programme: all its rules in words, and what a purchase would earn by them."""

from collections.abc import Iterable
from datetime import UTC, datetime, time
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from sqlalchemy.orm import Session
from wtforms import SelectField, TimeField
from wtforms.validators import Optional

from core import clock, web
from core.i18n import named
from core.pages.forms import Form, MoneyField, choices, day, line
from coupons.basket import Basket, Line
from loyalty import earning, explaining, tiers
from loyalty import programme as rules
from loyalty.models import Tier
from loyalty.pages.frame import pages
from loyalty.pages.programme import saying
from loyalty.programme import Rules

TITLES = {
    "earning": lazy_gettext("Earning"),
    "multipliers": lazy_gettext("Double points"),
    "caps": lazy_gettext("Limits"),
    "time": lazy_gettext("Waiting and expiry"),
    "spending": lazy_gettext("Spending"),
    "undoing": lazy_gettext("Undoing"),
    "name": lazy_gettext("Name"),
}
"""The sections of the programme, in the order in which one thinks of them."""


class TrialForm(Form):
    """A purchase that nobody makes."""

    class Meta(FlaskForm.Meta):  # type: ignore[misc]  # Flask-WTF ships no types
        """It changes nothing."""

        csrf = False

    nothing: ClassVar[Any] = ("", lazy_gettext("Without a tier"))

    amount = MoneyField(lazy_gettext("Paid in money"), least=1)
    what = line(
        lazy_gettext("For"),
        most=100,
        required=False,
        description=lazy_gettext("The number, category or tag of a product."),
    )
    tier = SelectField(lazy_gettext("By a customer of the tier"), default="")
    on = day(lazy_gettext("On the day"))
    clock = TimeField(lazy_gettext("At"), [Optional()])

    def fill(self, found: Iterable[Tier]) -> None:
        """Offer the tiers."""
        self.tier.choices = choices([self.nothing, *((one.key, named(one.name)) for one in found)])

    def moment(self, zone: str) -> datetime:
        """Return the moment that was named, where nothing is said now."""
        now = clock.now().astimezone(ZoneInfo(zone))
        on, at = self.on.data or now.date(), self.clock.data
        at = at or (time(12) if self.on.data else now.time())
        return datetime.combine(on, at, ZoneInfo(zone)).astimezone(UTC)

    def paid(self, found: Rules) -> earning.Paid:
        """Return the purchase."""
        amount, what = self.amount.data, self.what.data
        bought = Line(amount, 1, what, what, None, (what,) if what else ())
        return earning.Paid(
            Basket(found.currency, amount, (bought,)),
            left=[amount],
            to_pay=amount,
            at=self.moment(found.zone),
            zone=found.zone,
            tier=self.tier.data or None,
        )


@pages.get("/programme")
@web.requires("programme:read")
@web.reading
def programme(session: Session) -> ResponseReturnValue:
    """Say the rules of the points, and what a purchase would earn by them."""
    found = rules.rules(session.connection())
    ladder = tiers.listed(session)
    form = TrialForm(request.args)
    form.fill(one for one in ladder if one.state == "active")
    tried = None
    if "amount" in request.args and form.validate():
        tried = earning.earned(found, form.paid(found), in_period=lambda _: 0)
    return render_template(
        "admin/programme/show.html",
        sections=[
            (name, title, list(_said(name, found, {one.key: one for one in ladder})))
            for name, title in TITLES.items()
        ],
        form=form,
        tried=tried,
        steps=explaining.points(tried.why) if tried else [],
    )


def _said(name: str, found: Rules, ladder: dict[str, Tier]) -> Iterable[str]:
    """Return what a section says, in words."""
    if name == "name":
        return [" / ".join(dict.fromkeys(found.name.values()))]
    if name == "multipliers":
        return saying.multipliers(found, ladder)
    words = {
        "earning": saying.earning, "caps": saying.caps, "time": saying.time,
        "spending": saying.spending, "undoing": saying.undoing,
    }  # fmt: skip
    return words[name](found)
