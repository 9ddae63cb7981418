"""The form of an offer: what it says, as the API would be told it."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext
from sqlalchemy.orm import Session
from wtforms import HiddenField, RadioField
from wtforms.validators import Optional

from core import i18n, ids
from core.i18n import LANGUAGES
from core.pages import forms
from core.pages.forms import OnceForm, choices, day
from core.pages.parts import KindField, Part, PartField, every
from core.schemas import read
from coupons import listing
from coupons.models import Offer, OfferVersion
from coupons.pages.offer_forms import conditions as asked
from coupons.pages.offer_forms.kinds import SIMPLE
from coupons.pages.offer_forms.limits import Limits, Together
from coupons.pages.offer_forms.offline import Offline
from coupons.pages.offer_forms.steps import EarlyBird, LadderByAmount, LadderByQuantity
from coupons.pages.offer_forms.words import Name, WordsField
from coupons.schemas import OfferChange, public_conditions, public_policy, public_terms

BENEFITS: dict[str, type[Part]] = {
    **SIMPLE,
    "ladder_amount": LadderByAmount,
    "ladder_quantity": LadderByQuantity,
    "early_bird": EarlyBird,
    "kept": asked.Kept,
}
"""The part of each kind of benefit."""

Terms = Mapping[str, Any]


class OfferForm(OnceForm):
    """All that an offer says."""

    name = WordsField(lazy_gettext("Name"), Name)
    benefit = KindField(BENEFITS, lazy_gettext("What they get"), usual="percent")
    conditions = PartField(asked.Conditions, lazy_gettext("Conditions"))
    limits = PartField(Limits, lazy_gettext("Limits"))
    starts = day(lazy_gettext("From"))
    ends = day(lazy_gettext("Until"))
    together = PartField(Together, lazy_gettext("Together with other offers"))
    on_refund = RadioField(
        lazy_gettext("When all of the purchase is brought back"),
        choices=choices(
            [
                ("restore", lazy_gettext("The coupon can be used again")),
                ("burn", lazy_gettext("The coupon stays used")),
            ]
        ),
        default="restore",
    )
    offline = PartField(Offline, lazy_gettext("Without a line"))
    version = HiddenField(validators=[Optional()])

    def values(
        self, session: Session, zone: str, before: OfferVersion | None = None
    ) -> dict[str, Any]:
        """Return all that makes a version of an offer, read as the API reads it.

        Raises:
            InvalidRequest: something is not as it must be; the fields are named as in JSON.
        """
        found: dict[str, Any] = read(OfferChange(), self._sent(session, zone, before))
        limits = found.pop("limits")
        return found | {
            "limits": limits["more"],
            "overall": limits["overall"],
            "per_customer": limits["per_customer"],
        }

    def _sent(self, session: Session, zone: str, before: OfferVersion | None) -> dict[str, Any]:
        benefit = self.benefit.terms()
        if "kept" in benefit:
            benefit = public_terms(before.benefit) if before else {}
        kept = before.name if before else {}
        return {
            "name": {tag: text for tag, text in kept.items() if tag not in LANGUAGES}
            | self.name.terms(),
            "benefit": benefit,
            "conditions": self._conditions(session, before),
            "limits": self.limits.terms(),
            "together": self.together.terms(),
            "on_refund": self.on_refund.data,
            "offline": self.offline.terms(),
            **{name: at and at.isoformat() for name, at in self._window(zone, before).items()},
        }

    def _conditions(self, session: Session, before: OfferVersion | None) -> dict[str, Any]:
        """Return the conditions with customers named by id, and with what is kept from before."""
        stood = public_conditions(before.conditions) if before else {}

        def item(one: Terms, path: str) -> Any:
            if "kept" in one:
                return asked.place(stood, one["kept"])
            if "customers" in one:
                named = listing.customers_named(
                    session, one["customers"], field=f"{path}.customers"
                )
                return {**one, "customers": [ids.public("cu", id) for id in named]}
            return one

        return {
            of: [item(one, f"conditions.{of}.{i}") for i, one in enumerate(items)]
            for of, items in self.conditions.terms().items()
        }

    def _window(self, zone: str, before: OfferVersion | None) -> dict[str, datetime | None]:
        """Return the window, where a day that was not touched keeps its exact moment."""
        found = forms.window(self.starts.data, self.ends.data, zone)
        if before and self.starts.data == forms.first_day(before.starts_at, zone):
            found["starts_at"] = before.starts_at
        if before and self.ends.data == forms.last_day(before.ends_at, zone):
            found["ends_at"] = before.ends_at
        return found

    def parts(self) -> Iterator[Part]:
        """Yield the parts of which there are several kinds."""
        for field in every(self):
            if isinstance(field, KindField):
                yield field.form


def filled(offer: Offer, version: OfferVersion, zone: str) -> dict[str, Any]:
    """Return what the form of an offer holds as its version stands."""
    return {
        "name": version.name,
        "benefit": _benefit(public_terms(version.benefit)),
        "conditions": asked.filled(public_conditions(version.conditions)),
        "limits": {
            "overall": version.overall,
            "per_customer": version.per_customer,
            "more": version.limits,
        },
        "starts": forms.first_day(version.starts_at, zone),
        "ends": forms.last_day(version.ends_at, zone),
        "together": version.together,
        "on_refund": version.on_refund,
        "offline": public_policy(offer.offline),
        "version": str(version.number),
    }


def _benefit(terms: Terms) -> dict[str, Any]:
    """Return a benefit as its part of the form holds it, or that it is kept."""
    kind = f"ladder_{terms['by']}" if terms["kind"] == "ladder" else terms["kind"]
    part = BENEFITS[kind]
    said = {"kind": terms["kind"]} | part(formdata=None, **part.holding(terms)).terms()
    if plain(said) == plain(terms):
        return {**terms, "kind": kind}
    return {"kind": "kept", "place": "benefit"}


def plain(terms: Any) -> Any:
    """Return terms without what they mean anyway, so that they can be compared."""
    if isinstance(terms, list):
        return [plain(one) for one in terms]
    if not isinstance(terms, Mapping):
        return terms
    found = {
        name: plain(value)
        for name, value in terms.items()
        if value is not None and (name, value) != ("per", "basket")
    }
    if found.get("kind") in ("sample", "information") and isinstance(found.get("text"), str):
        found["text"] = {i18n.fallback(): found["text"]}
    return found
