"""Refunds: what purchases, lines and redemptions say was given back, against the refunds."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from sqlalchemy import and_, case, func, or_, select
from sqlalchemy.orm import Session

from core import ids
from coupons.models import OfferVersion, Purchase, PurchaseLine, QuotaUse, Redemption, Refund

PAGE = 1000


def findings(session: Session) -> Iterator[str]:
    """Yield a line for everything that is off with what was given back."""
    yield from _worth(session)
    yield from _lines(session)
    yield from _redemptions(session)
    yield from _ends(session)


def _worth(session: Session) -> Iterator[str]:
    """A purchase says what its refunds come to, and their money is its share of what was paid."""
    sums = (
        select(
            Refund.purchase_id,
            func.sum(Refund.worth).label("worth"),
            func.sum(Refund.money).label("money"),
        )
        .group_by(Refund.purchase_id)
        .subquery()
    )
    worth, money = func.coalesce(sums.c.worth, 0), func.coalesce(sums.c.money, 0)
    rows = session.execute(
        select(
            Purchase.id, Purchase.refunded, Purchase.to_pay, _whole().label("whole"), worth, money
        )
        .outerjoin(sums, sums.c.purchase_id == Purchase.id)
        .where(or_(Purchase.refunded > 0, sums.c.purchase_id.is_not(None)))
    )
    for id, refunded, to_pay, whole, found, paid in rows:
        if refunded != found:
            yield f"{_named(id)}: refunded {refunded}, but its refunds come to {found}"
        elif paid != to_pay * refunded // whole:
            yield f"{_named(id)}: {paid} of {to_pay} paid back for {refunded} of {whole}"


def _whole() -> Any:
    """Return what the goods were worth after the discount."""
    return Purchase.basket_total - Purchase.discount


def _lines(session: Session) -> Iterator[str]:
    """A line says what the refunds say of it, and no piece was given back twice."""
    said: defaultdict[tuple[UUID, int], list[int]] = defaultdict(lambda: [0, 0])
    refunds = select(Refund.purchase_id, Refund.lines).execution_options(yield_per=PAGE)
    for purchase_id, lines in session.execute(refunds):
        for one in lines:
            sums = said[purchase_id, one["line"]]
            sums[0] += one["worth"]
            sums[1] += one["quantity"] or 0
    of = PurchaseLine
    refunded = select(of.purchase_id, of.position, of.quantity, of.refunded).where(
        or_(of.refunded > 0, of.purchase_id.in_(select(Refund.purchase_id)))
    )
    for id, position, quantity, worth in session.execute(refunded):
        found, pieces = said.pop((id, position), [0, 0])
        if worth != found:
            yield f"{_named(id)}: line {position} says {worth} refunded, its refunds {found}"
        if pieces > quantity:
            yield f"{_named(id)}: of {quantity} pieces of line {position} {pieces} were given back"
    for id, position in said:
        yield f"{_named(id)}: a refund names line {position}, which is not there"


def _redemptions(session: Session) -> Iterator[str]:
    """A redemption has given back its share of the discount, and of every budget."""
    share = Redemption.discount * Purchase.refunded
    rows = session.execute(
        select(Redemption.id, Redemption.refunded, Redemption.discount)
        .join(Purchase, Purchase.id == Redemption.purchase_id)
        .where(
            or_(Purchase.refunded > 0, Redemption.refunded > 0),
            or_(
                Redemption.refunded * _whole() > share,
                (Redemption.refunded + 1) * _whole() <= share,
            ),
        )
    )
    for id, refunded, discount in rows:
        yield f"redemption {ids.public('re', id)}: {refunded} of {discount} is not its share"


def _ends(session: Session) -> Iterator[str]:
    """Whoever got everything back has used the coupon or not, as the offer says."""
    full = and_(_whole() > 0, Purchase.refunded == _whole())
    wanted = case(
        (Purchase.voided_at.is_not(None), "voided"),
        (and_(full, OfferVersion.on_refund == "restore"), "returned"),
        else_="redeemed",
    )
    rows = session.execute(
        select(Redemption.id, Redemption.state, wanted)
        .join(Purchase, Purchase.id == Redemption.purchase_id)
        .join(OfferVersion, OfferVersion.id == Redemption.version_id)
        .where(Redemption.state != wanted, Redemption.state != "conflict")
    )
    for id, state, found in rows:
        yield f"redemption {ids.public('re', id)}: is {state}, but its purchase makes it {found}"
    ended = Redemption.state.in_(("returned", "voided"))
    uses = session.execute(
        select(QuotaUse.redemption_id)
        .join(Redemption, Redemption.id == QuotaUse.redemption_id)
        .where(
            or_(
                and_(ended, QuotaUse.given_back != QuotaUse.amount),
                and_(~ended, QuotaUse.measure != "discount", QuotaUse.given_back != 0),
            )
        )
        .distinct()
    )
    for (id,) in uses:
        yield f"redemption {ids.public('re', id)}: a limit does not know whether it stands"


def _named(id: UUID) -> str:
    return f"purchase {ids.public('pu', id)}"
