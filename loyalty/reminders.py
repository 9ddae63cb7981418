"""Whoever agreed to messages is told by mail, once for each date, that points are about to expire.

How many they are is looked up when the mail is written: whoever has spent them in the meantime
gets none.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Select, bindparam, exists, or_, update
from sqlalchemy.orm import Session

from core import clock, customers, i18n, mail, outbox, people, shops, web
from core.config import Config
from core.db import Database, table
from core.mail import Letter
from core.models import Consent, Customer, Person
from loyalty import expiry, links, programme, sweeping
from loyalty.models import Account

TOPIC = "points.expiring"

_ACCOUNT, _CUSTOMER, _PERSON = table(Account), table(Customer), table(Person)
_CONSENT = table(Consent)

_AGREED = exists().where(
    _CONSENT.c.customer_id == _ACCOUNT.c.customer_id,
    _CONSENT.c.kind == "messages",
    _CONSENT.c.withdrawn_at.is_(None),
)
_REACHED = exists().where(
    _CUSTOMER.c.id == _ACCOUNT.c.customer_id,
    _CUSTOMER.c.state == "active",
    _PERSON.c.customer_id == _CUSTOMER.c.id,
    _PERSON.c.email.is_not(None),
)
_MARK = (
    update(_ACCOUNT)
    .where(
        _ACCOUNT.c.customer_id == bindparam("customer"),
        or_(_ACCOUNT.c.reminded_for.is_(None), _ACCOUNT.c.reminded_for < bindparam("when")),
    )
    .values(reminded_for=bindparam("when"))
)


@dataclass(frozen=True, slots=True)
class _Reminder:
    email: str = field(repr=False)
    link: str = field(repr=False)
    language: str
    merchant: str
    name: dict[str, str]
    points: int
    last_day: date


def remind(database: Database, at: datetime) -> None:
    """Owe a mail to everybody whose points expire soon and who was not told of that date."""
    if not mail.is_configured(web.config()):
        return
    days = database.look(lambda session: programme.rules(session.connection()).remind_days)
    until = at + timedelta(days=days)
    after: UUID | None = None

    def look(session: Session) -> list[UUID]:
        connection = session.connection()
        return sweeping.customers(connection, _wanted(connection, at, until), after=after)

    while days and (found := database.look(look)):
        for id in found:
            database.transact(partial(_owe, id=id, until=until, at=at))
        after = found[-1]


def _wanted(connection: Connection, at: datetime, until: datetime) -> list[Select[Any]]:
    """Return the queries of customers to be told; who was told of a later date is left out."""
    soon = sweeping.with_expired(connection, until, since=at)
    return [rows.where(_AGREED, _REACHED) for rows in soon]


def _owe(session: Session, *, id: UUID, until: datetime, at: datetime) -> None:
    """Remember that a customer is told of the next date, and owe the mail; once for each date."""
    connection = session.connection()
    following = expiry.balance(connection, id, at=at).next_expiry
    if following is None or following[0] > until:
        return
    when = following[0]
    if connection.execute(_MARK, {"customer": id, "when": when}).rowcount:
        outbox.put(session, TOPIC, {"customer": id.hex, "when": when.isoformat()}, at=at)


def deliver(database: Database, payload: dict[str, Any]) -> None:
    """Mail a customer how many points are about to expire; without a mail server, nothing.

    The outbox tries again whatever is raised here, and keeps no more of it than its kind.
    """
    config = web.config()
    if not mail.is_configured(config):
        return
    id, when = UUID(hex=payload["customer"]), datetime.fromisoformat(payload["when"])
    if found := database.look(lambda session: _reminder(session, config, id, when=when)):
        mail.send(config, _letter(found))


def _reminder(session: Session, config: Config, id: UUID, *, when: datetime) -> _Reminder | None:
    """Return what to write to whom, or None if they are not to be reached or have nothing left.

    What they would lose at that moment is read as of the instant before it.
    """
    customer = customers.find(session, id)
    person = people.find(session, customer)
    agreed = people.agreed(session, customer, "messages")
    if person is None or person.email is None or customer.state != "active" or not agreed:
        return None
    eve = when - timedelta.resolution
    points = dict(expiry.schedule(session.connection(), id, at=eve)).get(when)
    if not points:
        return None
    merchant = shops.merchant(session)
    return _Reminder(
        email=person.email,
        link=links.address(customer, config),
        language=customer.locale or merchant.locale,
        merchant=merchant.name,
        name=programme.rules(session.connection()).name,
        points=points,
        last_day=clock.local_day(eve, merchant.zone),
    )


def _letter(to: _Reminder) -> Letter:
    with i18n.speaking(to.language):
        said = {
            "merchant": to.merchant,
            "link": to.link,
            "held": f"{i18n.show_number(to.points)} {i18n.named(to.name)}",
            "day": i18n.show_day(to.last_day),
        }
        return Letter(
            to.email,
            i18n.gettext("%(held)s expire on %(day)s", held=said["held"], day=said["day"]),
            i18n.rendered("mail/reminder.txt", **said),
            i18n.rendered("mail/reminder.html", **said),
        )
