"""Find a customer who forgot the card."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from core import clock, customers, people, rest, throttle, web
from core.throttle import Limit
from loyalty import cards, finding
from loyalty.errors import CustomerNotFound
from loyalty.schemas import FindRequest, FoundSchema

FIND = Limit(20, timedelta(minutes=15))
"""So many searches of one person, whether somebody was found or not."""

FIND_TILL = Limit(40, timedelta(minutes=15))

blueprint = rest.blueprint("finding", "Customers who forgot their card")


@blueprint.post("/customers/find")
@web.requires("customers:find")
@blueprint.arguments(FindRequest)
@blueprint.response(200, FoundSchema)
def find(sent: dict[str, Any]) -> dict[str, Any]:
    """Find the card of the one customer with exactly this mail address or phone number.

    Every search counts and is audited. Of several who share it none is told.
    """
    [(by, text)], at = sent.items(), clock.now()
    customer_id = web.database().transact(lambda session: _seek(session, by, text, at=at))
    if customer_id is None:
        raise CustomerNotFound
    return web.database().look(lambda session: _found(session, customer_id))


def _seek(session: Session, by: str, text: str, *, at: datetime) -> UUID | None:
    actor = web.actor()
    limits = {
        throttle.subject("find", actor): FIND,
        throttle.subject("find-till", actor.till_id or actor): FIND_TILL,
    }
    throttle.check(session, limits, at=at)
    throttle.fail(session, limits, at=at)
    return finding.seek(session, by, text, actor=actor, at=at)


def _found(session: Session, customer_id: UUID) -> dict[str, Any]:
    """Return the card of a customer who may be served.

    Raises:
        CardBlocked, CustomerBlocked, OwnCard: they may not.
    """
    number = cards.live(session, customer_id).number
    card = cards.accept(session.connection(), number, staff_id=web.actor().staff_id)
    customer = customers.find(session, customer_id)
    person = people.find(session, customer)
    agreed = people.agreed(session, customer, "name_at_till")
    return {
        "card": {"number": card.number, "state": card.state},
        "name": finding.masked(person.name) if person and person.name and agreed else None,
    }
