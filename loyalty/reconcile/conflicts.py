"""Conflicts: what tills gave without a line, against the uses it was given for."""

from collections.abc import Iterator

from sqlalchemy import and_, case, func, or_, select
from sqlalchemy.orm import Session

from core import ids
from coupons.models import Conflict, Purchase, Redemption, Response
from loyalty.errors import PointsNeedCard, PointsShort


def findings(session: Session) -> Iterator[str]:
    """Yield a line for every refused use that is not told of, or at another cost."""
    yield from _uses(session)
    yield from _answers(session)
    yield from _purchases(session)


def _uses(session: Session) -> Iterator[str]:
    """A refused use is one conflict, and costs what was taken off; others cost no more."""
    of_one = Redemption.state == "conflict"
    told, cost = func.count(Conflict.id), func.coalesce(func.sum(Conflict.cost), 0)
    rows = session.execute(
        select(Redemption.id, Redemption.discount, told, cost)
        .outerjoin(Conflict, Conflict.redemption_id == Redemption.id)
        .where(or_(of_one, Conflict.id.is_not(None)))
        .group_by(Redemption.id, Redemption.state, Redemption.discount)
        .having(
            case(
                (of_one, or_(told != 1, cost != Redemption.discount)),
                else_=cost > Redemption.discount,
            )
        )
    )
    for id, discount, found, costs in rows:
        name = ids.public("re", id)
        yield f"redemption {name}: took {discount} off, but {found} conflicts cost {costs}"


def _answers(session: Session) -> Iterator[str]:
    """Whoever used a coupon that is refused has answered, and was told so."""
    answer = and_(
        Response.purchase_id == Redemption.purchase_id,
        Response.coupon_id == Redemption.coupon_id,
        Response.outcome == "refused",
        Response.kind == "redeemed",
    )
    rows = session.execute(
        select(Redemption.id, func.count(Response.id))
        .outerjoin(Response, answer)
        .where(Redemption.state == "conflict")
        .group_by(Redemption.id)
        .having(func.count(Response.id) != 1)
    )
    for id, found in rows:
        yield f"redemption {ids.public('re', id)}: is a conflict, but has {found} response events"


def _purchases(session: Session) -> Iterator[str]:
    """Only what was settled without a line can conflict with anything."""
    rows = session.scalars(
        select(Purchase.id)
        .join(Conflict, Conflict.purchase_id == Purchase.id)
        .where(~Purchase.offline)
        .distinct()
    )
    for id in rows:
        yield f"purchase {ids.public('pu', id)}: has a conflict, but was settled with a line"
    unpaid = session.execute(
        select(Purchase.id, Purchase.paid_with_points, Conflict.cost)
        .join(Conflict, Conflict.purchase_id == Purchase.id)
        .where(
            Conflict.code.in_((PointsNeedCard.code, PointsShort.code)),
            Conflict.cost != Purchase.paid_with_points,
        )
    )
    for id, paid, cost in unpaid:
        name = ids.public("pu", id)
        yield f"purchase {name}: {paid} paid with points that were not there, at a cost of {cost}"
