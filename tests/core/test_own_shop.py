"""Who works for one shop decides over people, tills and keys of that shop, and of no other."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core import badges, keys, own_cards, shops, staff
from core.auth import SYSTEM, Actor, of_role
from core.errors import WrongShop
from core.models import AuditEntry, Shop
from loyalty import merging
from tests.factories import NOON, make_customer, make_shop, make_staff, make_till

Verb = Callable[[Session, Shop | None, Actor], object]


def of_staff(act: Callable[..., object]) -> Verb:
    """Return what is done to a cashier of a shop, or of all of them."""

    def run(session: Session, shop: Shop | None, actor: Actor) -> object:
        person = make_staff(session, shop_id=shop.id if shop else None)
        return act(session, person, actor=actor, at=NOON)

    return run


def change(session: Session, person: Any, **by: Any) -> None:
    staff.change(session, person.id, role="cashier", state="disabled", shop_id=person.shop_id, **by)


def add_staff(session: Session, shop: Shop | None, actor: Actor) -> None:
    given = {"name": "Kim", "email": None, "role": "cashier"}
    staff.add(session, **given, shop_id=shop.id if shop else None, actor=actor, at=NOON)  # type: ignore[arg-type]


def add_key(session: Session, shop: Shop | None, actor: Actor) -> None:
    shop_id = shop.id if shop else None
    keys.add(session, "x", scopes=["all"], shop_id=shop_id, actor=actor, at=NOON)


def revoke_key(session: Session, shop: Shop | None, actor: Actor) -> None:
    shop_id = shop.id if shop else None
    key, _ = keys.add(session, "x", scopes=["all"], shop_id=shop_id, actor=SYSTEM, at=NOON)
    keys.revoke(session, key.id, actor=actor, at=NOON)


def add_till(session: Session, shop: Shop | None, actor: Actor) -> None:
    assert shop
    shops.add_till(session, shop, "Till", actor=actor, at=NOON)


def enrol_till(session: Session, shop: Shop | None, actor: Actor) -> None:
    shops.enrol_again(session, make_till(session, shop)[0].id, actor=actor, at=NOON)


def move_till(session: Session, shop: Shop | None, actor: Actor) -> None:
    shops.move_till(session, make_till(session, shop)[0].id, "suspend", actor=actor, at=NOON)


EVERYWHERE: dict[str, Verb] = {
    "add": add_staff,
    "change": of_staff(change),
    "password": of_staff(lambda s, one, **by: staff.set_password(s, one, "long enough", **by)),
    "pin": of_staff(lambda s, one, **by: staff.set_pin(s, one, "4711", **by)),
    "card": of_staff(lambda s, one, **by: own_cards.link(s, one.id, None, **by)),
    "badge": of_staff(lambda s, one, **by: badges.renew(s, one.id, **by)),
    "no badge": of_staff(lambda s, one, **by: badges.drop(s, one.id, **by)),
    "add key": add_key,
    "revoke key": revoke_key,
}
IN_A_SHOP = {"add till": add_till, "enrol till": enrol_till, "move till": move_till}


def owner(shop: Shop | None) -> Actor:
    return Actor(
        "key", UUID(int=9), permissions=of_role("owner"), shop_id=shop.id if shop else None
    )


@pytest.mark.parametrize("name", EVERYWHERE | IN_A_SHOP)
def test_who_works_for_one_shop_decides_over_that_one_only(session: Session, name: str) -> None:
    act = (EVERYWHERE | IN_A_SHOP)[name]
    own, other = make_shop(session), make_shop(session)
    places = [other, None] if name in EVERYWHERE else [other]

    act(session, own, owner(own))
    for place in places:
        act(session, place, owner(None))
        with pytest.raises(WrongShop):
            act(session, place, owner(own))


@pytest.mark.parametrize(("before", "after"), [("own", "other"), ("own", None), ("other", "own")])
def test_nobody_is_moved_out_of_ones_own_shop_nor_into_it(
    session: Session, before: str, after: str | None
) -> None:
    shops_ = {"own": make_shop(session).id, "other": make_shop(session).id, None: None}
    person = make_staff(session, shop_id=shops_[before])
    actor = Actor("key", UUID(int=9), permissions=of_role("owner"), shop_id=shops_["own"])

    with pytest.raises(WrongShop):
        staff.change(
            session, person.id, role="cashier", state="active", shop_id=shops_[after],
            actor=actor, at=NOON,
        )  # fmt: skip

    assert person.shop_id == shops_[before]


def test_a_merge_keeps_the_staff_of_every_shop_from_their_own_cards(session: Session) -> None:
    own, other = make_shop(session), make_shop(session)
    (one, _), (two, _) = make_customer(session), make_customer(session)
    person = make_staff(session, shop_id=other.id)
    own_cards.link(session, person.id, one.id, actor=SYSTEM, at=NOON)

    merging.merge(session, one.id, two.id, actor=owner(own), at=NOON)

    assert person.customer_id == two.id
    linked = select(func.count()).where(AuditEntry.action == "staff.linked")
    assert session.scalar(linked) == 2
