"""What is known of a customer, looked up only as far as the offers ask."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import Connection, bindparam, func, or_, select

from core.db import table
from core.models import Customer, Person
from coupons.conditions import About
from coupons.models import AudienceMember, Purchase
from coupons.scene import Scene
from coupons.terms import Terms

_MEMBER, _PURCHASE, _CUSTOMER, _PERSON = (
    table(AudienceMember), table(Purchase), table(Customer), table(Person),
)  # fmt: skip
_EVER = select(_CUSTOMER.c.id).where(
    or_(
        _CUSTOMER.c.id == bindparam("customer"), _CUSTOMER.c.merged_into_id == bindparam("customer")
    )
)
"""A customer, and everybody who was merged into them."""

_IN = select(_MEMBER.c.audience_id).where(
    _MEMBER.c.customer_id.in_(_EVER),
    _MEMBER.c.audience_id.in_(bindparam("audiences", expanding=True)),
)
_BOUGHT = select(func.count(), func.max(_PURCHASE.c.occurred_at)).where(
    _PURCHASE.c.customer_id.in_(_EVER),
    _PURCHASE.c.voided_at.is_(None),
    _PURCHASE.c.occurred_at < bindparam("before"),
)
_KNOWN = select(_CUSTOMER.c.tags, _CUSTOMER.c.attributes).where(
    _CUSTOMER.c.id == bindparam("customer")
)
_BORN = select(_PERSON.c.birthday).where(_PERSON.c.customer_id == bindparam("customer"))


def about(connection: Connection, offers: Iterable[Terms], scene: Scene) -> About:
    """Return what the conditions of some offers ask about the customer of a scene."""
    if scene.customer_id is None:
        return About()
    groups = [offer.conditions for offer in offers]
    asked: frozenset[str] = frozenset().union(*(group.asks for group in groups))
    if not asked:
        return About()
    one = {"customer": scene.customer_id}
    found: dict[str, object] = {}
    if "audience" in asked:
        audiences: frozenset[UUID] = frozenset().union(*(group.audiences for group in groups))
        rows = connection.execute(_IN, one | {"audiences": list(audiences)})
        found["audiences"] = frozenset(rows.scalars())
    if "tier" in asked:
        found["tier"] = scene.tier()
    if "purchases" in asked:
        times, last = connection.execute(_BOUGHT, one | {"before": scene.at}).one()
        found |= {"purchases": times, "last_purchase": last}
    if "birthday" in asked:
        found["birthday"] = connection.execute(_BORN, one).scalar()
    if asked & {"tags", "attributes"}:
        tags, attributes = connection.execute(_KNOWN, one).one()
        found |= {"tags": frozenset(tags), "attributes": attributes}
    return About(**found)  # type: ignore[arg-type]  # each is looked up under its own name
