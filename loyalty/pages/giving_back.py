"""The forms by which a purchase is given back: parts of it, a line under its guarantee, or all."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext
from wtforms import IntegerField, SelectField
from wtforms.validators import NumberRange, Optional

from core import i18n
from core.i18n import gettext
from core.pages.forms import Form, MoneyField, OnceForm, choices, line, whole
from coupons.models import PurchaseLine
from loyalty.guarantees import Guarantee
from loyalty.portions import Part
from loyalty.refunding import Wanted

BOOKS = lazy_gettext("It stands in the books for ever. No name, please.")


class VoidForm(Form):
    """Why a purchase is undone."""

    reason = line(lazy_gettext("Reason"), description=BOOKS)


class RefundForm(OnceForm):
    """So many pieces of some lines, or an amount; and why."""

    amount = MoneyField(
        lazy_gettext("Or an amount of the whole"),
        least=1,
        required=False,
        description=lazy_gettext("What the goods cost after the discount."),
    )
    why = line(lazy_gettext("Reason"), description=BOOKS)

    def pieces(self) -> Iterator[Any]:
        """Yield the fields of the lines."""
        return (field for field in self if field.short_name.startswith("line_"))

    def wanted(self) -> Wanted:
        """Return what is to be given back."""
        parts = tuple(
            Part(int(field.short_name.removeprefix("line_")), field.data)
            for field in self.pieces()
            if field.data
        )
        return Wanted(parts, None if parts else self.amount.data)

    def validate(self, extra_validators: Any = None) -> bool:
        """Refuse to give back nothing, or both lines and an amount."""
        valid: bool = super().validate(extra_validators)
        lines = any(field.data for field in self.pieces())
        if valid and lines and self.amount.data:
            self.amount.errors = [gettext("Give either lines or an amount.")]
        elif valid and not lines and not self.amount.data:
            self.form_errors.append(gettext("Say what is brought back."))
        return valid and lines != bool(self.amount.data)


class ClaimForm(OnceForm):
    """A line that is brought back under its guarantee, and why."""

    line = SelectField(lazy_gettext("What is brought back"))
    quantity = whole(
        lazy_gettext("Pieces"),
        least=1,
        required=False,
        description=lazy_gettext("Empty: all that are left."),
    )
    because = SelectField(lazy_gettext("Reason"))

    def part(self) -> Part:
        """Return what is brought back."""
        return Part(int(self.line.data), self.quantity.data)


@dataclass(frozen=True, slots=True)
class Forms:
    """The forms of a purchase; the one that was sent holds what was typed.

    Attributes:
        claim: there is none where no guarantee covers anything.
    """

    void: VoidForm
    refund: RefundForm
    claim: ClaimForm | None
    sent: Form

    @classmethod
    def of(
        cls, lines: Sequence[PurchaseLine], guarantees: Sequence[Guarantee], sent: str = ""
    ) -> "Forms":
        """Return the forms of a purchase; ``sent`` names the one that is taken."""

        def given(name: str) -> dict[str, Any]:
            return {} if name == sent else {"formdata": None}

        void = VoidForm(**given("void"))
        refund = _refund(lines, given("refund"))
        claim = _claim(lines, guarantees, given("claim"))
        return cls(void, refund, claim, {"void": void, "claim": claim}.get(sent) or refund)


def _refund(lines: Sequence[PurchaseLine], given: dict[str, Any]) -> RefundForm:
    fields = {f"line_{one.position}": _pieces(one) for one in lines if _left(one)}
    made: RefundForm = type("RefundForm", (RefundForm,), fields)(**given)
    return made


def _pieces(one: PurchaseLine) -> IntegerField:
    return IntegerField(
        gettext("Pieces of %(what)s", what=called(one)),
        [Optional(), NumberRange(0, one.quantity)],
    )


def _left(one: PurchaseLine) -> int:
    return one.amount - one.discount - one.refunded


def called(one: PurchaseLine) -> str:
    """Return what a line of a purchase is called."""
    said = one.sku or one.category
    number = gettext("Line %(number)s", number=i18n.show_number(one.position + 1))
    return f"{number}: {said}" if said else number


def _claim(
    lines: Sequence[PurchaseLine], guarantees: Sequence[Guarantee], given: dict[str, Any]
) -> ClaimForm | None:
    covered = {line for one in guarantees for line in one.covered}
    named = [(str(one.position), called(one)) for one in lines if one.position in covered]
    if not lines and covered:
        named = [("0", gettext("The purchase"))]
    if not named:
        return None
    form = ClaimForm(**given)
    form.line.choices = choices(named)
    reasons = {one["key"]: i18n.named(one["text"]) for each in guarantees for one in each.reasons}
    form.because.choices = choices(reasons.items())
    return form
