"""What an offer asks for: all, at least one, or none of some conditions."""

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext
from wtforms import HiddenField

from core.pages.parts import KindField, Part, Rows
from coupons.conditions import OF
from coupons.pages.offer_forms import circumstances, customers

MOST = 50


class Kept(Part):
    """Something that this form cannot say, and keeps as it is.

    Attributes:
        said: it, in words; put here when the form is shown.
    """

    place = HiddenField()
    said: str = ""

    def terms(self) -> dict[str, Any]:
        """Return where it stands in the version before."""
        return {"kept": self.place.data}


GROUPS: list[tuple[Any, list[tuple[str, Any, type[Part]]]]] = [
    (lazy_gettext("What is bought"), [
        ("minimum_basket", lazy_gettext("A basket of at least"), circumstances.MinimumBasket),
        ("minimum_quantity", lazy_gettext("So many pieces"), circumstances.MinimumQuantity),
        ("products", lazy_gettext("Certain products"), circumstances.Skus),
        ("categories", lazy_gettext("Certain categories"), circumstances.Categories),
        ("tags", lazy_gettext("Products with certain tags"), circumstances.Tags),
    ]),
    (lazy_gettext("When and where"), [
        ("dates", lazy_gettext("Certain days"), circumstances.Dates),
        ("hours", lazy_gettext("Hours of the week"), circumstances.Hours),
        ("shops", lazy_gettext("Certain shops"), circumstances.Shops),
        ("channels", lazy_gettext("Certain channels"), circumstances.Channels),
    ]),
    (lazy_gettext("Who buys"), [
        ("first_purchase", lazy_gettext("The first purchase"), customers.FirstPurchase),
        ("not_bought", lazy_gettext("Away for a while"), customers.NotBought),
        ("birthday", lazy_gettext("The birthday"), customers.Birthday),
        ("tier", lazy_gettext("Certain tiers"), customers.OfTier),
        ("audience", lazy_gettext("Chosen customers"), customers.InAudience),
        ("customer_tags", lazy_gettext("Customers with certain tags"), customers.CustomerTags),
        ("known_words", lazy_gettext("A word known of the customer"), customers.KnownWords),
        ("known_number", lazy_gettext("A number known of the customer"), customers.KnownNumber),
        ("known_truth", lazy_gettext("A yes or no known of the customer"), customers.KnownTruth),
    ]),
]  # fmt: skip
"""Every kind of condition: its name, and its part of the form."""

KINDS: dict[str, type[Part]] = {
    "kept": Kept,
    **{kind: part for _, kinds in GROUPS for kind, _, part in kinds},
}
TITLES: dict[str, Any] = {
    "kept": lazy_gettext("More"),
    **{kind: name for _, kinds in GROUPS for kind, name, _ in kinds},
}
NAMES = [(group, [(kind, name) for kind, name, _ in kinds]) for group, kinds in GROUPS]

LABELS = {
    "all": lazy_gettext("All of these must be true"),
    "any": lazy_gettext("At least one of these must be true"),
    "none": lazy_gettext("None of these may be true"),
}


class Conditions(Part):
    """The three sections of conditions."""

    def terms(self) -> dict[str, Any]:
        """Return what was entered."""
        return {"all": [], **super().terms()}


for _of in OF:
    _row = KindField(KINDS, usual="minimum_basket")
    setattr(Conditions, _of, Rows(_row, LABELS[_of], names=NAMES, most=MOST))


def filled(conditions: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the form holds for some conditions, as the API shows them."""
    return {
        of: [_row_of(item, f"{of}.{i}") for i, item in enumerate(conditions.get(of, ()))]
        for of in OF
    }


def _row_of(item: Mapping[str, Any], place: str) -> dict[str, Any]:
    """Return a condition as a row, or that it is kept where the form cannot say it."""
    kind = customers.known_kind(item) if item.get("kind") == "attribute" else item.get("kind")
    if kind not in KINDS:
        return {"kind": "kept", "place": place}
    part = KINDS[kind]
    said = {"kind": kind} | part(formdata=None, **part.holding(item)).terms()
    return {**item, "kind": kind} if said == item else {"kind": "kept", "place": place}


def place(conditions: Mapping[str, Any], name: str) -> Mapping[str, Any] | None:
    """Return the item of conditions that stands in a place such as ``all.2``."""
    of, _, number = name.partition(".")
    items = conditions.get(of, ())
    is_there = number.isascii() and number.isdigit() and int(number) < len(items)
    return items[int(number)] if is_there else None
