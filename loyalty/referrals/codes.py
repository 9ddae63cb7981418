"""What a customer hands to friends: one code for each, made when it is first asked for."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, bindparam, or_, select
from sqlalchemy.orm import Session

from core import customers, ids
from core.db import table, upsert
from core.models import Customer
from coupons import codes as coupons
from coupons.errors import CodeNotFound
from loyalty.errors import ReferralsOff
from loyalty.models import ReferralCode
from loyalty.referrals import scheme as schemes
from loyalty.referrals.scheme import Scheme

_OF, _CUSTOMER = table(ReferralCode), table(Customer)
_MAKE = upsert(_OF).on_conflict_do_nothing().returning(_OF.c.code)
_OF_CUSTOMER = select(_OF.c.code).where(_OF.c.customer_id == bindparam("customer"))
_OWNER = select(_OF.c.customer_id).where(_OF.c.code == bindparam("code"))
SAME = select(_CUSTOMER.c.id).where(
    or_(
        _CUSTOMER.c.id == bindparam("referrer"), _CUSTOMER.c.merged_into_id == bindparam("referrer")
    )
)
"""Everybody who is the referrer: they, and those who were merged into them."""

_STATE = select(
    _CUSTOMER.c.id,
    _CUSTOMER.c.pseudonym,
    _CUSTOMER.c.state,
    _CUSTOMER.c.enrolled_at,
    _CUSTOMER.c.merged_into_id,
).where(_CUSTOMER.c.id == bindparam("customer"))


@dataclass(frozen=True, slots=True)
class Holder:
    """A customer as referrals see them."""

    id: UUID
    pseudonym: str
    state: str
    enrolled_at: datetime


def of_customer(session: Session, customer_id: UUID, *, at: datetime) -> str:
    """Return the code that a customer hands to friends; the first time it is made.

    Raises:
        NotFound: there is no such customer.
        WrongState: the customer was erased or merged.
        ReferralsOff: there is no scheme at present.
    """
    connection = session.connection()
    customers.check_served(customers.find(session, customer_id))
    if not active(connection):
        raise ReferralsOff
    while (code := known(connection, customer_id)) is None:
        fresh = ids.new_code()
        if not coupons.held(connection, [fresh]):
            connection.execute(
                _MAKE,
                {"id": ids.new(), "customer_id": customer_id, "code": fresh, "created_at": at},
            )
    return code


def known(connection: Connection, customer_id: UUID) -> str | None:
    """Return the code of a customer, if one was made."""
    return connection.execute(_OF_CUSTOMER, {"customer": customer_id}).scalar()


def active(connection: Connection) -> Scheme | None:
    """Return the scheme if friends can be referred now."""
    found = schemes.read(connection)
    return found if found and found.active else None


def find(connection: Connection, text: str) -> tuple[Holder, Scheme]:
    """Return whose code this is, as it was typed or scanned, and what it is good for.

    Whatever cannot be used gets one answer: a code that is unknown, of somebody who is no longer
    served, or of a scheme that has ended.

    Raises:
        CodeNotFound: it cannot be used.
    """
    owner = connection.execute(_OWNER, {"code": ids.normalise(text)}).scalar()
    scheme = active(connection) if owner else None
    found = holder(connection, owner) if owner and scheme else None
    if found is None or scheme is None or found.state != "active":
        raise CodeNotFound
    return found, scheme


def is_usable(connection: Connection, text: str) -> bool:
    """Tell whether this is a friend's code that can be used now."""
    try:
        find(connection, text)
    except CodeNotFound:
        return False
    return True


def holder(connection: Connection, customer_id: UUID) -> Holder:
    """Return a customer, or the one they were merged into."""
    row = connection.execute(_STATE, {"customer": customer_id}).one()
    if row.merged_into_id:
        return holder(connection, row.merged_into_id)
    return Holder(row.id, row.pseudonym, row.state, row.enrolled_at)
