"""What a conflict costs now: what it cost, less its share of what was given back since."""

from sqlalchemy import ColumnElement, case

from coupons.models import Conflict, Purchase

_WORTH = Purchase.basket_total - Purchase.discount
_PART = 2**20
"""The largest cost times the largest refund is beyond 64 bits, so it is divided in two parts."""

_HIGH = Conflict.cost // _PART * Purchase.refunded
_LOW = _HIGH % _WORTH * _PART + Conflict.cost % _PART * Purchase.refunded
_BACK = _HIGH // _WORTH * _PART + _LOW // _WORTH

NOW: ColumnElement[int] = case(
    (Purchase.voided_at.is_not(None), 0),
    (Purchase.refunded == 0, Conflict.cost),
    else_=Conflict.cost - _BACK,
)
"""For a statement that reads a conflict and its purchase, in minor units.

As with all that follows a refund, what is given back so far is rounded down.
"""
