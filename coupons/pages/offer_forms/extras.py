"""What is given beside money: points, stamps, gifts, a guarantee, the next coupon."""

import re
from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext
from wtforms import HiddenField

from core import i18n
from core.pages.choosing import ChoiceOf
from core.pages.forms import DecimalField, line, whole
from core.pages.parts import Part, PartField, Rows
from coupons.pages.offer_forms.products import OnField
from coupons.pages.offer_forms.words import WordsField

CARD = lazy_gettext("Only with a customer card, on which they are kept.")


class Points(Part):
    """Points on top."""

    note = CARD

    points = whole(lazy_gettext("Bonus points"), least=1, most=10_000_000)
    on = OnField()


class PointsFactor(Part):
    """More points than usual."""

    note = CARD

    factor = DecimalField(
        lazy_gettext("So many times the points"),
        suffix="×",
        description=lazy_gettext("2 doubles them; 1.5 gives half as many again."),
    )
    on = OnField()


class Stamps(Part):
    """Stamps on a stamp card."""

    note = CARD

    stamps = whole(lazy_gettext("Stamps"), least=1, most=1000, default=1)
    stamp_card = ChoiceOf(lazy_gettext("On the stamp card"), "stamp_cards")
    on = OnField()


class FreeItem(Part):
    """Something for nothing."""

    sku = line(
        lazy_gettext("Number of the product"),
        most=64,
        required=False,
        description=lazy_gettext("One piece of it becomes free, if it is in the basket."),
    )
    text = line(
        lazy_gettext("What is handed over"),
        most=200,
        required=False,
        description=lazy_gettext("Or a gift that stands on no receipt."),
    )
    on = OnField()

    def validate(self, extra_validators: Any = None) -> bool:
        """Refuse a gift that nobody can find."""
        valid: bool = super().validate(extra_validators)
        if valid and not self.sku.data and not self.text.data:
            self.text.errors = [i18n.gettext("Name the product, or what is handed over.")]
            return False
        return valid


class HandedOver(Part):
    """Something that is handed over, and costs nothing."""

    text = WordsField(lazy_gettext("What they get"))


class NextCoupon(Part):
    """A coupon for the next time."""

    offer = ChoiceOf(lazy_gettext("A coupon of this offer"), "offers")


class Reason(Part):
    """Why somebody may claim; its key never changes once it was used."""

    key = HiddenField()
    text = WordsField(lazy_gettext("Reason"))


class Guarantee(Part):
    """Money back within some days."""

    note = lazy_gettext(
        "Takes nothing off. Who is not content gets the money back within the days."
    )

    days = whole(lazy_gettext("Days"), least=1, most=3650)
    reasons = Rows(
        PartField(Reason),
        lazy_gettext("Reasons a customer may give"),
        called=lazy_gettext("Reason"),
        adds=lazy_gettext("Add a reason"),
        least=1,
        most=20,
    )
    on = OnField()

    def terms(self) -> dict[str, Any]:
        """Return what was entered; a new reason gets a key that no other has."""
        found: dict[str, Any] = super().terms()
        keys = {one["key"] for one in found["reasons"] if one.get("key")}
        for one in found["reasons"]:
            if not one.get("key"):
                one["key"] = _key(one.get("text") or {}, keys)
                keys.add(one["key"])
        return found


def _key(text: Mapping[str, str], taken: set[str]) -> str:
    """Return a key for a reason: its first words, or a number."""
    said = re.sub(r"[^a-z0-9]+", "_", next(iter(text.values()), "").lower()).strip("_")[:30]
    tried = [said or "reason", *(f"{said or 'reason'}_{number}" for number in range(2, 99))]
    return next(key for key in tried if key not in taken)
