"""The forms of offers: one for each kind of benefit, with what they all have in common."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

from flask_babel import lazy_gettext
from sqlalchemy.orm import Session
from wtforms import BooleanField, Field, HiddenField
from wtforms.validators import Optional, ValidationError

from core import i18n
from core.errors import N_, InvalidRequest
from core.i18n import LANGUAGES, gettext
from core.pages import forms
from core.pages.forms import ListField, MoneyField, OnceForm, day, line, whole
from coupons import listing
from coupons.benefits import hundredths
from coupons.models import OfferVersion

EDITED = ("minimum_basket", "products", "categories", "audience")
"""The conditions these forms know; any other is kept as it is."""


class OfferForm(OnceForm):
    """What every offer has: a name per language, conditions, limits and a window."""

    kind: ClassVar[str]

    minimum = MoneyField(lazy_gettext("Smallest basket"), required=False, least=1)
    needed_skus = ListField(
        lazy_gettext("One of these products must be in the basket"), most=20_000
    )
    needed_categories = ListField(
        lazy_gettext("One of these categories must be in the basket"), length=100
    )
    customers = ListField(lazy_gettext("Only for these customers"), most=20_000)
    everybody = BooleanField(lazy_gettext("From now on for everybody"))
    overall = whole(lazy_gettext("How often in all"), least=1, required=False)
    per_customer = whole(lazy_gettext("How often per customer"), least=1, required=False)
    starts = day(lazy_gettext("From"))
    ends = day(lazy_gettext("Until"))
    version = HiddenField(validators=[Optional()])

    def benefit(self) -> dict[str, Any]:
        """Return the benefit as the rules take it; each kind adds what it is about."""
        return {"kind": self.kind}

    @staticmethod
    def of_benefit(terms: Mapping[str, Any]) -> dict[str, Any]:
        """Return what the fields of a benefit hold; each kind has its own."""
        return {"kind": terms["kind"]}

    def names(self) -> dict[str, str]:
        """Return the name by language.

        Raises:
            InvalidRequest: there is none in any language.
        """
        found = {tag: self[f"name_{tag}"].data for tag in LANGUAGES}
        if not any(found.values()):
            missing = N_("Give it a name, in one language at least.")
            raise InvalidRequest({f"name_{i18n.fallback()}": [missing]})
        return {tag: name for tag, name in found.items() if name}

    def conditions(self, session: Session, before: OfferVersion | None = None) -> dict[str, Any]:
        """Return the conditions as the rules take them, with those that are kept from before."""
        every: list[dict[str, Any]] = []
        if self.minimum.data:
            every.append({"kind": "minimum_basket", "amount": self.minimum.data})
        if self.needed_skus.data:
            every.append({"kind": "products", "skus": self.needed_skus.data})
        if self.needed_categories.data:
            every.append({"kind": "categories", "categories": self.needed_categories.data})
        if self.customers.data:
            named = listing.customers_named(session, self.customers.data, field="customers")
            every.append({"kind": "audience", "customers": named})
        kept = before.conditions.get("all", ()) if before else ()
        every += [one for one in kept if self._keeps(one)]
        return {"all": every}

    def _keeps(self, condition: dict[str, Any]) -> bool:
        if condition["kind"] == "audience":
            return not self.customers.data and not self.everybody.data
        return condition["kind"] not in EDITED

    def window(self, zone: str, before: OfferVersion | None = None) -> dict[str, datetime | None]:
        """Return the window, where a day that was not touched keeps its exact moment."""
        found = forms.window(self.starts.data, self.ends.data, zone)
        if before and self.starts.data == forms.first_day(before.starts_at, zone):
            found["starts_at"] = before.starts_at
        if before and self.ends.data == forms.last_day(before.ends_at, zone):
            found["ends_at"] = before.ends_at
        return found

    def values(
        self, session: Session, zone: str, before: OfferVersion | None = None
    ) -> dict[str, Any]:
        """Return all that makes a version of an offer."""
        return {
            "name": self.names(),
            "benefit": self.benefit(),
            "conditions": self.conditions(session, before),
            "overall": self.overall.data,
            "per_customer": self.per_customer.data,
            **self.window(zone, before),
        }


for _tag in LANGUAGES:
    setattr(OfferForm, f"name_{_tag}", line(lazy_gettext("Name"), required=False))


class OnSome(OfferForm):
    """A benefit that may be narrowed down to some products."""

    skus = ListField(lazy_gettext("Only on these products"), most=20_000)
    categories = ListField(lazy_gettext("Only on these categories"), length=100)

    def on(self) -> dict[str, Any]:
        """Return the products, if any are named."""
        named = {"skus": self.skus.data, "categories": self.categories.data}
        found = {name: values for name, values in named.items() if values}
        return {"on": found} if found else {}

    @staticmethod
    def of_on(terms: Mapping[str, Any]) -> dict[str, Any]:
        """Return what the fields of the products hold."""
        on = terms.get("on") or {}
        return {"skus": on.get("skus"), "categories": on.get("categories")}


class PercentForm(OnSome):
    """A share of the price."""

    kind = "percent"

    percent = line(lazy_gettext("Per cent off"), most=6)
    cap = MoneyField(lazy_gettext("At most"), required=False, least=1)

    def share(self) -> str:
        """Return the share as the rules take it: 12,5 % is 12.5."""
        return (self.percent.data or "").replace(",", ".").removesuffix("%").strip()

    def validate_percent(self, _field: Field) -> None:
        """Refuse what is no share, before any rule has to."""
        try:
            hundredths(self.share())
        except InvalidRequest:
            raise ValidationError(gettext("Above 0 and at most 100, such as 12.5.")) from None

    def benefit(self) -> dict[str, Any]:
        """Return the benefit as the rules take it."""
        cap = {"cap": self.cap.data} if self.cap.data else {}
        return {"kind": "percent", "percent": self.share(), **cap, **self.on()}

    @staticmethod
    def of_benefit(terms: Mapping[str, Any]) -> dict[str, Any]:
        """Return what the fields of a benefit hold."""
        return {"percent": terms["percent"], "cap": terms.get("cap"), **OnSome.of_on(terms)}


class AmountForm(OnSome):
    """A fixed amount."""

    kind = "amount"

    amount = MoneyField(lazy_gettext("Amount off"), least=1)

    def benefit(self) -> dict[str, Any]:
        """Return the benefit as the rules take it."""
        return {"kind": "amount", "amount": self.amount.data, **self.on()}

    @staticmethod
    def of_benefit(terms: Mapping[str, Any]) -> dict[str, Any]:
        """Return what the fields of a benefit hold."""
        return {"amount": terms["amount"], **OnSome.of_on(terms)}


class FreeItemForm(OnSome):
    """Something for nothing."""

    kind = "free_item"

    sku = line(lazy_gettext("Number of the product"), most=64, required=False)
    text = line(lazy_gettext("What is handed over"), most=200, required=False)

    def benefit(self) -> dict[str, Any]:
        """Return the benefit as the rules take it.

        Raises:
            InvalidRequest: nothing is named.
        """
        if not self.sku.data and not self.text.data:
            raise InvalidRequest({"text": [N_("Name the product, or what is handed over.")]})
        said = {"sku": self.sku.data, "text": self.text.data}
        named = {name: value for name, value in said.items() if value}
        return {"kind": "free_item", **named, **self.on()}

    @staticmethod
    def of_benefit(terms: Mapping[str, Any]) -> dict[str, Any]:
        """Return what the fields of a benefit hold."""
        return {"sku": terms.get("sku"), "text": terms.get("text"), **OnSome.of_on(terms)}


class PointsForm(OnSome):
    """Points on top."""

    kind = "points"

    points = whole(lazy_gettext("Bonus points"), least=1, most=10_000_000)

    def benefit(self) -> dict[str, Any]:
        """Return the benefit as the rules take it."""
        return {"kind": "points", "points": self.points.data, **self.on()}

    @staticmethod
    def of_benefit(terms: Mapping[str, Any]) -> dict[str, Any]:
        """Return what the fields of a benefit hold."""
        return {"points": terms["points"], **OnSome.of_on(terms)}


FORMS: dict[str, type[OfferForm]] = {
    form.kind: form for form in (PercentForm, AmountForm, FreeItemForm, PointsForm)
}
"""The form of each kind of benefit."""

KIND_NAMES = {
    "percent": (
        lazy_gettext("Per cent off"),
        lazy_gettext("10 per cent off everything, or off some products"),
    ),
    "amount": (
        lazy_gettext("An amount off"),
        lazy_gettext("5 off the basket, or off some products"),
    ),
    "free_item": (lazy_gettext("A free item"), lazy_gettext("One piece of a product, or a gift")),
    "points": (lazy_gettext("Bonus points"), lazy_gettext("Points on top, for those with a card")),
}
"""What each kind is called, with an example."""


def filled(version: OfferVersion, zone: str) -> OfferForm:
    """Return the form of an offer as its version stands."""
    every = {one["kind"]: one for one in version.conditions.get("all", ())}
    kind = FORMS[version.benefit["kind"]]
    return kind(
        **{f"name_{tag}": version.name.get(tag) for tag in LANGUAGES},
        **kind.of_benefit(version.benefit),
        minimum=every.get("minimum_basket", {}).get("amount"),
        needed_skus=every.get("products", {}).get("skus"),
        needed_categories=every.get("categories", {}).get("categories"),
        overall=version.overall,
        per_customer=version.per_customer,
        starts=forms.first_day(version.starts_at, zone),
        ends=forms.last_day(version.ends_at, zone),
        version=str(version.number),
    )
