"""What of a line is given back: some pieces, some of its worth, or all that is left of it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.errors import N_, InvalidRequest
from coupons.shares import Share
from loyalty.errors import PiecesTooMany, RefundTooMuch


@dataclass(frozen=True, slots=True)
class Part:
    """What of a line is to be given back; neither pieces nor an amount: all that is left."""

    line: int
    quantity: int | None = None
    amount: int | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a purchase as it stands.

    Attributes:
        worth: its amount after the discount.
        refunded: how much of its worth was given back.
        returned: how many of its pieces were.
    """

    position: int
    quantity: int
    worth: int
    refunded: int = 0
    returned: int = 0

    @property
    def left(self) -> int:
        """Return what is left of its worth."""
        return self.worth - self.refunded


@dataclass(frozen=True, slots=True)
class Portion:
    """What is given back of a line: its worth, and how many pieces if they were named."""

    line: int
    quantity: int | None
    worth: int

    @property
    def shown(self) -> dict[str, Any]:
        """Return it as it is kept and shown."""
        return {"line": self.line, "quantity": self.quantity, "worth": self.worth}


def read(rows: Iterable[Any], refunds: Iterable[Sequence[Mapping[str, Any]]]) -> dict[int, Line]:
    """Return the lines of a purchase by their positions, with what earlier refunds gave back."""
    returned: dict[int, int] = {}
    for lines in refunds:
        for one in lines:
            returned[one["line"]] = returned.get(one["line"], 0) + (one["quantity"] or 0)
    return {
        row.position: Line(
            row.position,
            row.quantity,
            row.amount - row.discount,
            row.refunded,
            returned.get(row.position, 0),
        )
        for row in rows
    }


def portions(lines: Mapping[int, Line], parts: Sequence[Part]) -> list[Portion]:
    """Return what is given back of each line that is named.

    Raises:
        InvalidRequest: a line is not there, or is named twice.
        PiecesTooMany: so many pieces are not left.
        RefundTooMuch: so much of a line is not left.
    """
    for i, part in enumerate(parts):
        if part.line not in lines:
            raise InvalidRequest({f"lines.{i}.line": [N_("This purchase has no such line.")]})
        if part.line in [one.line for one in parts[:i]]:
            raise InvalidRequest({f"lines.{i}.line": [N_("This line is named twice.")]})
    return [portion(lines[part.line], part) for part in parts]


def portion(line: Line, part: Part) -> Portion:
    """Return what is given back of a line.

    Pieces have their share of the line's worth by running totals, rounded down; with the last
    piece comes whatever is left of the line.

    Raises:
        PiecesTooMany: so many pieces are not left.
        RefundTooMuch: so much is not left.
    """
    if part.amount is not None:
        worth, quantity = part.amount, None
    else:
        left = line.quantity - line.returned
        quantity = left if part.quantity is None else part.quantity
        if not 0 < quantity <= left:
            raise PiecesTooMany(line=line.position, left=left)
        share = Share(line.returned, line.returned + quantity, line.quantity)
        worth = line.left if share.completes else share.of(line.worth)
    if worth > line.left:
        raise RefundTooMuch(left=line.left)
    return Portion(line.position, quantity, worth)
