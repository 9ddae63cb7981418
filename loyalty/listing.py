"""Rows of loyalty in the order and the pages in which people read them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import Session

from core import ids, paging, people
from core.models import Customer, Person, Shop, Staff, Till
from coupons.models import Coupon, Purchase, PurchaseLine
from loyalty import withheld
from loyalty.models import Account, Adjustment, Card, Claim, Entry, Reward, Standing


@dataclass(frozen=True, slots=True)
class Known:
    """A customer in a list: the live card, what is spendable as last booked, and the name."""

    customer: Customer
    number: str | None
    available: int
    name: str | None


def customers(session: Session, *, cursor: str | None = None) -> tuple[list[Known], str | None]:
    """Return a page of customers."""
    found, following = paging.page(
        session, select(Customer), by=Customer.enrolled_at, id=Customer.id, cursor=cursor
    )
    return known(session, found), following


def known(session: Session, customers: Sequence[Customer]) -> list[Known]:
    """Return customers as a list shows them."""
    wanted = [customer.id for customer in customers]
    rows = session.execute(
        select(Account.customer_id, Card.number, Account.available, Person.name)
        .outerjoin(Card, (Card.customer_id == Account.customer_id) & (Card.state != "replaced"))
        .outerjoin(Person, Person.customer_id == Account.customer_id)
        .where(Account.customer_id.in_(wanted))
    )
    held = {id: (number, available, name) for id, number, available, name in rows}
    nothing = (None, 0, None)
    return [Known(customer, *held.get(customer.id, nothing)) for customer in customers]


def search(session: Session, text: str, *, shop_id: UUID | None) -> list[Customer]:
    """Return the customers that a text names: a card number, a pseudonym, a mail or a phone.

    Every one of them must be given in full: nobody is found by a part of their name. A phone
    number without its country is of the shop's, or else of the merchant's.
    """
    rows = select(Customer).order_by(Customer.enrolled_at.desc()).limit(50)
    of_card = (
        select(func.coalesce(Customer.merged_into_id, Customer.id))
        .join(Card, Card.customer_id == Customer.id)
        .where(Card.number == ids.normalise(text))
    )
    if found := list(session.scalars(rows.where(Customer.id.in_(of_card)))):
        return found
    if contact := people.contact(session, text, shop_id=shop_id):
        of_person = select(Person.customer_id).where(
            (Person.email == contact) | (Person.phone == contact)
        )
        if found := list(session.scalars(rows.where(Customer.id.in_(of_person)))):
            return found
    return list(session.scalars(rows.where(Customer.pseudonym == text.strip().lower())))


def entries(
    session: Session, customer_id: UUID, *, cursor: str | None = None
) -> tuple[list[Entry], str | None]:
    """Return a page of the bookings of a customer."""
    rows = select(Entry).where(Entry.customer_id == customer_id)
    return paging.page(session, rows, by=Entry.at, id=Entry.id, cursor=cursor)


def purchases(
    session: Session,
    *,
    customer_id: UUID | None = None,
    shop_id: UUID | None = None,
    till_id: UUID | None = None,
    receipt: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    state: str | None = None,
    sees_all: bool = True,
    limit: int = 50,
    cursor: str | None = None,
) -> tuple[list[Purchase], str | None]:
    """Return a page of purchases: of a customer, also before a merge; of a shop, in a time.

    Who does not see all is not told whose a purchase is of which the answer was withheld.
    """
    rows = select(Purchase)
    if customer_id:
        rows = rows.where(_whose(customer_id, sees_all=sees_all))
    if shop_id:
        rows = rows.where(Purchase.shop_id == shop_id)
    if till_id:
        rows = rows.where(Purchase.till_id == till_id)
    if receipt:
        rows = rows.where(Purchase.receipt == receipt)
    if since:
        rows = rows.where(Purchase.occurred_at >= since)
    if until:
        rows = rows.where(Purchase.occurred_at < until)
    if state:
        rows = rows.where(_IN_STATE[state])
    return paging.page(
        session, rows, by=Purchase.recorded_at, id=Purchase.id, limit=limit, cursor=cursor
    )


def _whose(customer_id: UUID, *, sees_all: bool) -> ColumnElement[bool]:
    merged = select(Customer.id).where(Customer.merged_into_id == customer_id)
    whose = (Purchase.customer_id == customer_id) | Purchase.customer_id.in_(merged)
    return whose if sees_all else whose & withheld.IS_NOT


_STANDS = Purchase.voided_at.is_(None)
_WORTH = Purchase.basket_total - Purchase.discount
_IN_STATE = {
    "voided": Purchase.voided_at.is_not(None),
    "settled": _STANDS & (Purchase.refunded == 0),
    "partly": _STANDS & (Purchase.refunded > 0) & (Purchase.refunded < _WORTH),
    "returned": _STANDS & (Purchase.refunded > 0) & (Purchase.refunded == _WORTH),
}
"""What ``Purchase.state`` says, as a condition."""


def lines(session: Session, purchase: Purchase) -> list[PurchaseLine]:
    """Return the lines of a purchase."""
    rows = select(PurchaseLine).where(PurchaseLine.purchase_id == purchase.id)
    return list(session.scalars(rows.order_by(PurchaseLine.position)))


def pseudonyms(session: Session, customers: Iterable[UUID | None]) -> dict[UUID, str]:
    """Return the pseudonyms of some customers."""
    wanted = [id for id in customers if id]
    rows = session.execute(select(Customer.id, Customer.pseudonym).where(Customer.id.in_(wanted)))
    return dict(rows.all())


def where(session: Session, purchase: Purchase) -> tuple[str, str | None, str | None]:
    """Return the names of the shop, the till and whoever served."""
    shop = session.get_one(Shop, purchase.shop_id).name
    till = session.get(Till, purchase.till_id) if purchase.till_id else None
    staff = session.get(Staff, purchase.staff_id) if purchase.staff_id else None
    return shop, till.label if till else None, staff.name if staff else None


def tier_holders(session: Session) -> dict[UUID, int]:
    """Return how many customers hold each tier, as last written down."""
    held = select(Standing.tier_id, func.count()).group_by(Standing.tier_id)
    return {tier: count for tier, count in session.execute(held) if tier}


Claimed = tuple[Claim, Reward, Coupon]


def claims(session: Session, *, cursor: str | None = None) -> tuple[list[Claimed], str | None]:
    """Return a page of what customers have claimed, newest first."""
    found, following = paging.page(session, select(Claim), by=Claim.at, id=Claim.id, cursor=cursor)
    return with_rewards(session, found), following


def with_rewards(session: Session, claims: Sequence[Claim]) -> list[Claimed]:
    """Return claims, each with its reward and its coupon."""
    rows = session.execute(
        select(Claim.id, Reward, Coupon)
        .join(Reward, Reward.id == Claim.reward_id)
        .join(Coupon, Coupon.id == Claim.coupon_id)
        .where(Claim.id.in_([claim.id for claim in claims]))
    )
    of = {id: (reward, coupon) for id, reward, coupon in rows}
    return [(claim, *of[claim.id]) for claim in claims]


def count_requested(session: Session) -> int:
    """Return how many adjustments wait for a second person."""
    rows = select(func.count()).select_from(Adjustment)
    return session.scalar(rows.where(Adjustment.state == "requested")) or 0


def count_customers(session: Session) -> int:
    """Return how many customers are served."""
    rows = select(func.count()).select_from(Customer).where(Customer.state == "active")
    return session.scalar(rows) or 0


def count_purchases(session: Session, since: datetime) -> int:
    """Return how many purchases were settled since a moment and still stand."""
    rows = select(func.count()).select_from(Purchase)
    wanted = rows.where(Purchase.recorded_at >= since, Purchase.voided_at.is_(None))
    return session.scalar(wanted) or 0


def sum_points(session: Session) -> int:
    """Return how many points are out there to be spent, as last booked."""
    return int(session.scalar(select(func.coalesce(func.sum(Account.available), 0))) or 0)


def any_customer(session: Session) -> bool:
    """Tell whether there is a customer."""
    return bool(session.scalar(select(exists().where(Customer.id.is_not(None)))))


def any_purchase(session: Session) -> bool:
    """Tell whether anything was ever settled."""
    return bool(session.scalar(select(exists().where(Purchase.id.is_not(None)))))
