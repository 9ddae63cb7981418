"""The merchant, its shops and its tills."""

import re
import zoneinfo
from datetime import datetime, timedelta
from functools import cache
from uuid import UUID

from babel import Locale, UnknownLocaleError
from babel.numbers import list_currencies
from sqlalchemy import select
from sqlalchemy.orm import Session

from core import audit, ids
from core.auth import SYSTEM, Actor, hashed, new_token
from core.db import locked
from core.errors import (
    N_,
    AlreadyExists,
    InvalidRequest,
    NotFound,
    SignInFailed,
    WrongShop,
    WrongState,
)
from core.models import Merchant, Shop, Till

ENROL_FOR = timedelta(hours=24)
TILL_MOVES = {
    "suspend": ("active", "suspended"),
    "resume": ("suspended", "active"),
}

_MERCHANT = select(Merchant)


def merchant(session: Session) -> Merchant:
    """Return the one merchant this database serves.

    Raises:
        NotFound: it was never set up.
    """
    found: Merchant | None = session.scalar(_MERCHANT)
    if found is None:
        raise NotFound(what="merchant")
    return found


def set_up(
    session: Session, *, name: str, currency: str, zone: str, locale: str, at: datetime
) -> Merchant:
    """Create the merchant, once.

    Raises:
        InvalidRequest: the currency, zone or locale is unknown.
    """
    found: Merchant | None = session.scalar(select(Merchant))
    if found:
        return found
    check_zone(zone)
    if currency not in list_currencies():
        raise InvalidRequest({"currency": [N_("Not an ISO 4217 currency.")]})
    check_locale(locale)
    made = Merchant(name=name, currency=currency, zone=zone, locale=locale)
    session.add(made)
    audit.record(session, SYSTEM, "merchant.set_up", "merchant", new={"currency": currency}, at=at)
    session.flush()
    return made


def change_merchant(
    session: Session, *, name: str, zone: str, locale: str, actor: Actor, at: datetime
) -> Merchant:
    """Change what may change of the merchant; the currency may not, as the books are kept in it."""
    check_zone(zone)
    check_locale(locale)
    found = session.scalars(locked(select(Merchant))).one()
    old = {"name": found.name, "zone": found.zone, "locale": found.locale}
    found.name, found.zone, found.locale = name, zone, locale
    new = {"name": name, "zone": zone, "locale": locale}
    audit.record(session, actor, "merchant.changed", "merchant", old=old, new=new, at=at)
    return found


def check_zone(zone: str) -> None:
    """Let a known time zone through.

    Raises:
        InvalidRequest: it is not in the IANA database.
    """
    if zone not in _zones():
        raise InvalidRequest({"zone": [N_("Not a time zone, such as Europe/Oslo.")]})


@cache
def _zones() -> frozenset[str]:
    return frozenset(zoneinfo.available_timezones())


def check_locale(locale: str) -> None:
    """Let a known language tag through.

    Raises:
        InvalidRequest: it is not a language tag such as de or nb-NO.
    """
    try:
        Locale.parse(locale, sep="-")
    except (UnknownLocaleError, ValueError):
        raise InvalidRequest({"locale": [N_("Not a language tag, such as de.")]}) from None


def add(session: Session, name: str, *, zone: str, actor: Actor, at: datetime) -> Shop:
    """Open a shop.

    Raises:
        InvalidRequest: the zone is unknown.
        AlreadyExists: there is a shop of that name.
    """
    check_zone(zone)
    if session.scalar(select(Shop.id).where(Shop.name == name)):
        raise AlreadyExists(field="name")
    shop = Shop(name=name, zone=zone, created_at=at)
    session.add(shop)
    session.flush()
    new = {"name": name, "zone": zone}
    audit.record(session, actor, "shop.added", ids.public("sh", shop.id), new=new, at=at)
    return shop


def change(session: Session, id: UUID, *, name: str, zone: str, actor: Actor, at: datetime) -> Shop:
    """Rename a shop or correct its zone.

    Raises:
        NotFound: there is no such shop.
        InvalidRequest: the zone is unknown.
        AlreadyExists: another shop has that name.
        WrongShop: the actor works for another shop only.
    """
    check_own(actor, id)
    check_zone(zone)
    shop = session.scalar(locked(select(Shop).where(Shop.id == id)))
    if shop is None:
        raise NotFound(what="shop")
    if session.scalar(select(Shop.id).where(Shop.name == name, Shop.id != id)):
        raise AlreadyExists(field="name")
    old = {"name": shop.name, "zone": shop.zone}
    shop.name, shop.zone = name, zone
    new = {"name": name, "zone": zone}
    audit.record(session, actor, "shop.changed", ids.public("sh", id), old=old, new=new, at=at)
    return shop


def find(session: Session, id: UUID) -> Shop:
    """Return a shop.

    Raises:
        NotFound: there is none.
    """
    shop = session.get(Shop, id)
    if shop is None:
        raise NotFound(what="shop")
    return shop


def check_own(actor: Actor, shop_id: UUID | None) -> None:
    """Let through who works for every shop, or for this one; None is all of them.

    Raises:
        WrongShop: the actor works for another shop only.
    """
    if not actor.works_for(shop_id):
        raise WrongShop


def add_till(
    session: Session, shop: Shop, label: str, *, actor: Actor, at: datetime
) -> tuple[Till, str]:
    """Set up a till and return it with the code that enrols one device, once, within a day.

    Raises:
        AlreadyExists: the shop has a till of that label.
        WrongShop: the actor works for another shop only.
    """
    check_own(actor, shop.id)
    if session.scalar(select(Till.id).where(Till.shop_id == shop.id, Till.label == label)):
        raise AlreadyExists(field="label")
    till = Till(shop_id=shop.id, label=label, created_at=at)
    session.add(till)
    session.flush()
    code = _open_enrolment(till, at=at)
    new = {"shop": ids.public("sh", shop.id), "label": label}
    audit.record(session, actor, "till.added", ids.public("ti", till.id), new=new, at=at)
    return till, code


def enrol_again(session: Session, id: UUID, *, actor: Actor, at: datetime) -> tuple[Till, str]:
    """Give a till a new enrolment code; its present device is out at once.

    Raises:
        NotFound: there is no such till.
        WrongState: it is retired.
        WrongShop: the actor works for another shop only.
    """
    till = find_till(session, id, lock=True)
    check_own(actor, till.shop_id)
    if till.state == "retired":
        raise WrongState(state=till.state)
    old = {"state": till.state}
    till.state, till.device_hash = "enrolled", None
    code = _open_enrolment(till, at=at)
    new = {"state": till.state}
    audit.record(session, actor, "till.enrol", ids.public("ti", id), old=old, new=new, at=at)
    return till, code


def _open_enrolment(till: Till, *, at: datetime) -> str:
    code = ids.new_code()
    till.enrol_hash = hashed(code)
    till.enrol_until = at + ENROL_FOR
    return ids.grouped(code)


def enrol_device(session: Session, code: str, *, at: datetime) -> tuple[Till, str]:
    """Make the device that shows an enrolment code the till; return its token, shown once.

    Raises:
        SignInFailed: the code is unknown, used or too old.
    """
    till = session.scalar(
        locked(select(Till).where(Till.enrol_hash == hashed(ids.normalise(code))))
    )
    if till is None or till.state != "enrolled" or not till.enrol_until or till.enrol_until <= at:
        raise SignInFailed
    token, till.device_hash = new_token()
    till.enrol_hash = till.enrol_until = None
    till.state = "active"
    subject = ids.public("ti", till.id)
    audit.record(session, SYSTEM, "till.activated", subject, new={"state": "active"}, at=at)
    return till, token


def find_till(session: Session, id: UUID, *, lock: bool = False) -> Till:
    """Return a till.

    Raises:
        NotFound: there is none.
    """
    rows = select(Till).where(Till.id == id)
    till = session.scalar(locked(rows) if lock else rows)
    if till is None:
        raise NotFound(what="till")
    return till


def check_till(session: Session, id: UUID, shop_id: UUID) -> None:
    """Let a till through that stands in a shop.

    Raises:
        NotFound: the shop has no such till.
    """
    if session.scalar(select(Till.id).where(Till.id == id, Till.shop_id == shop_id)) is None:
        raise NotFound(what="till")


def till_of_device(session: Session, token: str, state: str = "active") -> Till | None:
    """Return the till in this state whose device shows this token."""
    return session.scalar(
        select(Till).where(Till.device_hash == hashed(token), Till.state == state)
    )


def move_till(session: Session, id: UUID, verb: str, *, actor: Actor, at: datetime) -> Till:
    """Suspend, resume or retire a till.

    Raises:
        NotFound: there is no such till, or no such verb.
        WrongState: the till is not in the state the verb expects.
        WrongShop: the actor works for another shop only.
    """
    till = find_till(session, id, lock=True)
    check_own(actor, till.shop_id)
    old = {"state": till.state}
    if verb == "retire" and till.state != "retired":
        till.state, till.device_hash, till.enrol_hash = "retired", None, None
    elif verb in TILL_MOVES and till.state == TILL_MOVES[verb][0]:
        till.state = TILL_MOVES[verb][1]
    else:
        raise WrongState(state=till.state)
    new = {"state": till.state}
    audit.record(session, actor, f"till.{verb}", ids.public("ti", id), old=old, new=new, at=at)
    return till


def printable(name: str) -> bool:
    """Tell whether a name has something to show and no control characters."""
    return bool(name.strip()) and not re.search(r"[\x00-\x1f\x7f]", name)
