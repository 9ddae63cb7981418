"""The world in which a case is played: shops, customers, the programme; set up by the rules.

Every case has customers, campaigns and offers of its own, so nothing need be emptied between two
cases. What there is but once is set anew for each: programme, tiers, stamp cards, the scheme of
friends.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from flask import Flask
from sqlalchemy import event, select, update
from sqlalchemy.orm import Session

from core import customers, ids, own_cards, shops, staff
from core.auth import SYSTEM
from core.db import Bare, Database
from core.money import Money
from coupons.basket import Basket
from loyalty import cards, checkout, night, points, programme, stamps, tiers
from loyalty.models import StampCard, Tier
from loyalty.order import Order
from loyalty.referrals import attribution
from loyalty.referrals import codes as friends
from loyalty.referrals import scheme as schemes
from loyalty.schemas import ProgrammeSchema
from tests.desk import PASSWORD
from tests.factories import MANAGER, NOON
from tests.tables.reading import Case
from tests.tables.words import SHOPS, Who

DAY = timedelta(days=1)
SINCE = 30 * DAY
"""So long before the first step the customers were taken in, a minute between two."""

USUAL_FRIENDS: dict[str, Any] = {
    "active": False, "referrer": None, "friend": None, "minimum": 0, "within_days": 90,
    "hold_days": 14, "cap": None, "cap_per": "all", "milestones": [],
}  # fmt: skip


@dataclass
class People:
    """Who is there: customers and their cards, and managers by name."""

    customers: dict[str, UUID] = field(default_factory=dict)
    cards: dict[str, str] = field(default_factory=dict)
    staff: dict[str, UUID] = field(default_factory=dict)
    emails: dict[str, str] = field(default_factory=dict)
    phones: dict[str, str] = field(default_factory=dict)

    def phone(self, letter: str | None) -> str | None:
        """Return the number of a telephone that is named by a letter, new in each case."""
        if letter is None:
            return None
        return self.phones.setdefault(letter, f"+4791{uuid4().int % 10**6:06}")


def empty(session: Session) -> None:
    """Leave nothing in a database but the merchant and the programme."""
    for table in reversed(Bare.metadata.sorted_tables):
        session.execute(table.delete())
    shops.set_up(session, name="Corner", currency="EUR", zone="Europe/Oslo", locale="en", at=NOON)
    programme.set_up(session)


@contextmanager
def hurried(app: Flask) -> Iterator[None]:
    """Let commits not wait for the disk: what is shown here is not what outlives a power cut."""
    engine = app.extensions["database"].engine
    is_file = engine.dialect.name == "sqlite"
    command = "PRAGMA synchronous = OFF" if is_file else "SET synchronous_commit TO off"

    def hurry(connection: Any, _: Any) -> None:
        connection.execute(command)
        connection.commit()

    event.listen(engine, "connect", hurry)
    engine.dispose()
    yield
    event.remove(engine, "connect", hurry)
    engine.dispose()


class Stage:
    """A database, emptied once, with the shops of the table: one case is set up after the other."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.database: Database = app.extensions["database"]
        self.database.transact(empty)
        self.people = People()
        self.shops: dict[str, str] = self.database.transact(self._open)
        self._tills: dict[tuple[str, str], str] = {}
        self._usual: dict[str, Any] = self.database.look(self._programme)

    @staticmethod
    def _open(session: Session) -> dict[str, str]:
        opened = {
            name: shops.add(session, name, zone=zone, actor=SYSTEM, at=NOON)
            for name, zone in SHOPS.items()
        }
        return {name: ids.public("sh", shop.id) for name, shop in opened.items()}

    @staticmethod
    def _programme(session: Session) -> dict[str, Any]:
        found = programme.find(session)
        return {name: getattr(found, name) for name in programme.FIELDS}

    def set_up(self, case: Case) -> None:
        """Make the world as a case wants it."""
        start = case.steps[0].at
        people = People()

        def work(session: Session) -> None:
            people.__dict__.update(People().__dict__)
            self._set_tiers(session, case, start)
            self._set_programme(session, case, start)
            session.execute(update(StampCard).values(state="ended"))
            self._set_friends(session, case, start)
            for name in self._managers(case):
                self._hire(session, people, name, start)
            for number, (name, who) in enumerate(case.people.items()):
                at = start - SINCE + timedelta(minutes=number)
                self._enrol(session, people, name, who, at)
            for name, who in case.people.items():
                self._lived(session, people, name, who, case)

        self.database.transact(work)
        self.people.__dict__.update(people.__dict__)

    @staticmethod
    def _set_tiers(session: Session, case: Case, at: datetime) -> None:
        session.execute(update(Tier).values(state="ended"))
        rungs = {key: it for key, it in case.tiers.items() if isinstance(it, dict)}
        for rank, (key, said) in enumerate(rungs.items(), 1):
            values = {"rank": rank, "renewal": said["entry"]} | said | {"state": "active"}
            found = session.scalar(select(Tier).where(Tier.key == key))
            if found is None:
                found = Tier(key=key, name={"en": key.title()}, created_at=at)
                session.add(found)
            for name, value in values.items():
                setattr(found, name, value)
        session.flush()

    def _set_programme(self, session: Session, case: Case, at: datetime) -> None:
        ladder = {key: it for key, it in case.tiers.items() if not isinstance(it, dict)}
        if case.tiers:
            ladder = asdict(tiers.Settings(**ladder))
        said = ProgrammeSchema().load(case.programme)
        if said.get("expiry") in ("yearly", "never"):
            said.setdefault("expiry_months", None)
        wanted = self._usual | {"tiers": ladder} | said
        programme.change(session, wanted, actor=SYSTEM, at=at)

    @staticmethod
    def _set_friends(session: Session, case: Case, at: datetime) -> None:
        if case.friends or schemes.read(session.connection()):
            said = {"active": True} | case.friends if case.friends else {}
            schemes.change(session, USUAL_FRIENDS | said, actor=SYSTEM, at=at)

    @staticmethod
    def _managers(case: Case) -> list[str]:
        named = [step.given["by"] for step in case.steps if "by" in step.given]
        named += [who.staff for who in case.people.values() if who.staff]
        named += [step.what for step in case.steps if step.verb == "approve"]
        return sorted(set(named))

    @staticmethod
    def _hire(session: Session, people: People, name: str, at: datetime) -> None:
        email = f"{name.lower()}-{uuid4().hex[:8]}@example.com"
        made = staff.add(session, name=name, email=email, role="manager", actor=SYSTEM, at=at)
        staff.set_password(session, made, PASSWORD, actor=SYSTEM, at=at)
        people.staff[name], people.emails[name] = made.id, email

    @staticmethod
    def _enrol(session: Session, people: People, name: str, who: Who, at: datetime) -> None:
        person = {"birthday": who.born, "phone": people.phone(who.phone)}
        customer, card = cards.enrol(session, person=person, actor=SYSTEM, at=at)
        customers.describe(customer, tags=list(who.tags), attributes=who.attributes)
        people.customers[name], people.cards[name] = customer.id, card.number
        if who.staff:
            own_cards.link(session, people.staff[who.staff], customer.id, actor=SYSTEM, at=at)
        if who.friend_of:
            referrer = people.customers[who.friend_of]
            code = friends.of_customer(session, referrer, at=at)
            attribution.attribute(session, code, customer, actor=MANAGER, at=at)

    def _lived(self, session: Session, people: People, name: str, who: Who, case: Case) -> None:
        """Let pass what has happened to a customer before the first step."""
        start, id = case.steps[0].at, people.customers[name]
        shop = ids.parse("sh", self.shops[case.steps[0].shop])
        for days, amount in sorted(who.bought, reverse=True):
            order = Order(shop, Basket("EUR", Money(amount)), card=people.cards[name])
            checkout.settle(session, order, actor=MANAGER, at=start - days * DAY)
        if who.tier:
            at = start - timedelta(hours=1)
            tiers.assign(session, id, who.tier, reason="set up", actor=MANAGER, at=at)
        if who.points:
            at = start - timedelta(minutes=1)
            points.adjust(session, id, who.points, "set up", actor=MANAGER, at=at)

    def till(self, shop: str, label: str) -> str:
        """Return a till of a shop; the first time it is named it is set up."""
        if (shop, label) not in self._tills:

            def work(session: Session) -> UUID:
                place = shops.find(session, ids.parse("sh", self.shops[shop]))
                return shops.add_till(session, place, label, actor=SYSTEM, at=NOON)[0].id

            self._tills[shop, label] = ids.public("ti", self.database.transact(work))
        return self._tills[shop, label]

    def stamp_card(self, name: str, said: dict[str, Any], at: datetime) -> str:
        """Begin a stamp card; a reward that is an offer is named by its id."""
        usual = {
            "name": {"en": name}, "per": "visit", "products": said.get("on", {}), "minimum": 0,
            "daily_cap": None, "expiry_months": None, "reward_points": None,
            "reward_offer_id": None,
        }  # fmt: skip
        own = {key: it for key, it in said.items() if key not in ("on", "reward_offer")}
        if "reward_offer" in said:
            own["reward_offer_id"] = ids.parse("of", said["reward_offer"])
        made = self.database.transact(
            lambda s: stamps.add(s, **usual | own, actor=SYSTEM, at=at).id
        )
        return ids.public("sc", made)

    def friends_code(self, name: str, at: datetime) -> str:
        """Return the code that a customer hands to friends."""
        id = self.people.customers[name]
        return self.database.transact(lambda s: friends.of_customer(s, id, at=at))

    def night(self, at: datetime) -> None:
        """Do what is done each night."""
        with self.app.app_context():
            night.run(self.database, at)

    def refer(self, friend: str, by: str, at: datetime) -> None:
        """Say that a customer who is here already came by another's code."""
        code = self.friends_code(by, at)

        def work(session: Session) -> None:
            customer = customers.find(session, self.people.customers[friend])
            attribution.attribute(session, code, customer, actor=MANAGER, at=at)

        self.database.transact(work)
