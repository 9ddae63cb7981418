"""Signs that nobody new was brought: they lead to a review, and never to a quiet no."""

from collections.abc import Iterator
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, bindparam, or_, select

from core.auth import Actor
from core.db import table
from core.errors import N_
from core.models import Person
from loyalty import cards
from loyalty.errors import OwnCard
from loyalty.models import Referral, Trace

REASONS = {
    "same_phone": N_("The friend has the phone number of the referrer, or of another friend."),
    "same_mail": N_("The friend has the mail address of the referrer, or of another friend."),
    "same_device": N_("The friend joined on the device of the referrer, or of another friend."),
    "same_address": N_("The friend joined from where the referrer, or another friend, did."),
    "known_phone": N_("Another customer has this phone number: the friend may not be new."),
    "known_mail": N_("Another customer has this mail address: the friend may not be new."),
    "cashier": N_("The referrer is the cashier who served the friend."),
    "merged": N_("The friend and the referrer turned out to be one customer."),
    "cap_reached": N_("The referrer was rewarded for as many friends as the scheme allows."),
}
"""Every reason that is kept with a referral, in words."""

_REFERRAL, _PERSON, _TRACE = table(Referral), table(Person), table(Trace)
_THEIRS = table(Trace).alias("theirs")
_FRIENDS = select(_REFERRAL.c.referee_id).where(_REFERRAL.c.referrer_id == bindparam("referrer"))


def _near(customer: ColumnElement[UUID]) -> ColumnElement[bool]:
    """Tell of a column whether it names the referrer or another friend of theirs."""
    return or_(customer == bindparam("referrer"), customer.in_(_FRIENDS))


_SHARED = (
    select(_TRACE.c.kind)
    .join(_THEIRS, (_THEIRS.c.kind == _TRACE.c.kind) & (_THEIRS.c.digest == _TRACE.c.digest))
    .where(
        _TRACE.c.customer_id == bindparam("customer"),
        _THEIRS.c.customer_id != bindparam("customer"),
        _near(_THEIRS.c.customer_id),
    )
    .distinct()
)
_CONTACT = select(_PERSON.c.email, _PERSON.c.phone).where(
    _PERSON.c.customer_id == bindparam("customer")
)
_ALIKE = select(_PERSON.c.email, _PERSON.c.phone, _near(_PERSON.c.customer_id).label("near")).where(
    _PERSON.c.customer_id != bindparam("customer"),
    or_(_PERSON.c.email == bindparam("mail"), _PERSON.c.phone == bindparam("phone")),
)


def reasons(
    connection: Connection, referrer_id: UUID, referee_id: UUID, *, actor: Actor
) -> list[str]:
    """Return the reasons to look twice before anybody is rewarded; none if all is well."""
    of = {"referrer": referrer_id, "customer": referee_id}
    found = {f"same_{kind}" for kind in connection.execute(_SHARED, of).scalars()}
    found |= set(_contacts(connection, of))
    if owns_card(connection, actor, referrer_id):
        found.add("cashier")
    return [name for name in REASONS if name in found]


def owns_card(connection: Connection, actor: Actor, customer_id: UUID) -> bool:
    """Tell whether a customer is the staff member who acts."""
    try:
        cards.check_not_own(connection, customer_id, actor.staff_id)
    except OwnCard:
        return True
    return False


def _contacts(connection: Connection, of: dict[str, UUID]) -> Iterator[str]:
    own = connection.execute(_CONTACT, of).one_or_none()
    if own is None or not (own.email or own.phone):
        return
    like = of | {"mail": own.email, "phone": own.phone}
    for mail, phone, near in connection.execute(_ALIKE, like):
        whose = "same" if near else "known"
        if mail and mail == own.email:
            yield f"{whose}_mail"
        if phone and phone == own.phone:
            yield f"{whose}_phone"
