"""Tiers, stamp cards and rewards at the desk: made, changed, ended, and taken from nobody."""

import re

from flask import Flask
from sqlalchemy import select

from core.db import Database
from loyalty import programme
from loyalty.errors import RewardSoldOut
from loyalty.models import Reward, StampCard, Tier
from tests.api import Api
from tests.desk import Desk, at_desk
from tests.flows.store import make_store

TIERS, CARDS, REWARDS = (f"/admin/programme/{one}" for one in ("tiers", "stamp-cards", "rewards"))
SCRIPT = "<script>alert(1)</script>"


def tiers(database: Database) -> dict[str, Tier]:
    return database.look(lambda s: {one.key: one for one in s.scalars(select(Tier))})


def card(database: Database) -> StampCard:
    return database.look(lambda s: s.scalars(select(StampCard)).one())


def mug(database: Database) -> Reward:
    return database.look(lambda s: s.scalars(select(Reward).order_by(Reward.id.desc())).first())


def claims(api: Api, customer: str) -> list[str]:
    return [one["state"] for one in api.get(f"/customers/{customer}/claims")["items"]]


def count_points(desk: Desk) -> None:
    desk.done(f"{TIERS}/counting", tiers_by="points", tiers_grace_days="14")


def test_a_ladder_is_built_rung_by_rung(app: Flask, database: Database) -> None:
    desk = at_desk(app, "owner")
    assert "nobody reaches a tier" in desk.page(TIERS)

    count_points(desk)
    desk.done(f"{TIERS}/new", name_en="Silver star", entry="500", perks_en="Double points")
    desk.done(f"{TIERS}/new", name_en="Gold", entry="2000", renewal="1500", key="gold")

    found = tiers(database)
    assert set(found) == {"silver-star", "gold"}
    assert (found["silver-star"].rank, found["silver-star"].renewal) == (1, 500)
    assert (found["gold"].rank, found["gold"].entry, found["gold"].renewal) == (2, 2000, 1500)
    page = desk.page(TIERS)
    assert "The points of the calendar year count." in page
    assert "There are 14 days of grace." in page
    assert "Nobody loses a tier before the date" in page


def test_a_tier_by_money_is_entered_as_money(app: Flask, database: Database) -> None:
    desk = at_desk(app, "owner")
    desk.done(f"{TIERS}/counting", tiers_by="money", tiers_period="rolling", tiers_months="6")

    desk.done(f"{TIERS}/new", name_en="Silver", entry="250,00")

    assert tiers(database)["silver"].entry == 25_000
    page = desk.page(TIERS)
    assert "€250.00" in page
    assert "What was paid in the last 6 months counts." in page


def test_a_tier_is_changed_and_ended(app: Flask, database: Database) -> None:
    desk = at_desk(app, "owner")
    count_points(desk)
    desk.done(f"{TIERS}/new", name_en="Silver", name_de="Silber", entry="500")
    edit = f"{TIERS}/tr_{tiers(database)['silver'].id.hex}/edit"

    desk.done(edit, entry="400", renewal="300", name_en="Steel")
    changed = tiers(database)["silver"]
    desk.done(edit, edit.replace("/edit", "/end"))

    assert (changed.entry, changed.renewal) == (400, 300)
    assert changed.name == {"en": "Steel", "de": "Silber"}
    assert tiers(database)["silver"].state == "ended"
    assert "Ended" in desk.page(TIERS)


def test_a_ladder_that_does_not_rise_is_refused_at_its_field(
    app: Flask, database: Database
) -> None:
    desk = at_desk(app, "owner")
    count_points(desk)
    desk.done(f"{TIERS}/new", name_en="Silver", entry="500")

    lower = desk.send(f"{TIERS}/new", name_en="Gold", entry="400")
    dearer = desk.send(f"{TIERS}/new", name_en="Gold", entry="600", renewal="700")
    taken = desk.send(f"{TIERS}/new", name_en="Silver", entry="900")
    odd = desk.send(f"{TIERS}/new", name_en="Gold", entry="900", key="Gold!")

    assert 'id="entry-error"' in lower.text
    assert 'id="renewal-error"' in dearer.text
    assert "already" in taken.text
    assert 'id="key-error"' in odd.text
    assert {one.status_code for one in (lower, dearer, taken, odd)} == {422}
    assert set(tiers(database)) == {"silver"}


def test_the_ladder_is_taken_down(app: Flask, database: Database) -> None:
    desk = at_desk(app, "owner")
    count_points(desk)

    desk.done(f"{TIERS}/counting", tiers_by="")

    assert database.look(programme.find).tiers == {}


def test_the_page_says_how_many_hold_a_tier(app: Flask, api: Api) -> None:
    desk = at_desk(app, "owner")
    store = make_store(api)
    count_points(desk)
    desk.done(f"{TIERS}/new", name_en="Silver", rank="1", entry="10")

    desk.done(
        f"/admin/customers/{store['customer']}/standing", tier="silver", reason="For the picture"
    )

    [silver] = [row for row in desk.page(TIERS).split("<tr>") if "Silver" in row]
    assert re.search(r'data-label="Customers"[^>]*>1<', silver)


def test_a_stamp_card_from_its_begin_to_its_end(app: Flask, database: Database) -> None:
    desk = at_desk(app, "marketer")

    desk.done(
        f"{CARDS}/new", name_en="Coffee card", per="piece", on_categories="coffee", needed="10",
        daily_cap="3", reward_points="100", expiry_months="12",
    )  # fmt: skip
    made = card(database)
    edit = f"{CARDS}/sc_{made.id.hex}/edit"
    desk.done(edit, needed="8", minimum="5", daily_cap="")
    changed = card(database)
    desk.done(edit, f"{CARDS}/sc_{made.id.hex}/end")

    assert (made.per, made.products, made.needed) == ("piece", {"categories": ["coffee"]}, 10)
    assert (made.daily_cap, made.reward_points, made.expiry_months) == (3, 100, 12)
    assert (changed.needed, changed.minimum, changed.daily_cap) == (8, 500, None)
    assert changed.products == made.products
    assert card(database).state == "ended"


def test_a_full_card_gives_points_or_a_coupon_and_not_both(
    app: Flask, api: Api, database: Database
) -> None:
    desk, store = at_desk(app, "marketer"), make_store(api)
    usual = {"name_en": "Card", "needed": "5"}

    both = desk.send(f"{CARDS}/new", **usual, reward_points="5", reward_offer=store["offer"])
    none = desk.send(f"{CARDS}/new", **usual)
    desk.done(f"{CARDS}/new", **usual, reward_offer=store["offer"])

    for answer in (both, none):
        assert answer.status_code == 422
        assert "Either points or an offer." in answer.text
        assert 'id="reward_points-error"' in answer.text
    assert "Ten off" in desk.page(CARDS)


def test_a_reward_is_put_into_the_catalogue_changed_and_taken_out(
    app: Flask, api: Api, database: Database
) -> None:
    desk, store = at_desk(app, "owner"), make_store(api)
    desk.done(
        f"{REWARDS}/new", name_en="A large mug", points="300", offer=store["offer"], tier="gold",
        stock="40", starts="2026-01-01", ends="2099-12-31",
    )  # fmt: skip
    made = mug(database)
    address = f"{REWARDS}/rw_{made.id.hex}"
    desk.done(f"{address}/edit", points="250", tier="", stock="")
    changed = mug(database)
    desk.done(f"{address}/edit", f"{address}/end")
    ended = mug(database).state
    desk.done(f"{address}/edit", f"{address}/offer")

    assert (made.points, made.stock) == (300, 40)
    assert made.tier_id is not None
    assert (changed.points, changed.tier_id, changed.stock) == (250, None, None)
    assert (changed.starts_at, changed.ends_at) == (made.starts_at, made.ends_at)
    assert ended == "ended"
    assert mug(database).state == "active"


def test_a_reward_that_cannot_be_is_refused(app: Flask, api: Api, database: Database) -> None:
    desk, store = at_desk(app, "marketer"), make_store(api)
    usual, before = {"name_en": "A mug", "offer": store["offer"]}, mug(database).id

    free = desk.send(f"{REWARDS}/new", **usual, points="0")
    late = desk.send(f"{REWARDS}/new", **usual, points="5", starts="2026-05-05", ends="2026-05-04")

    assert 'id="points-error"' in free.text
    assert 'id="ends-error"' in late.text
    assert mug(database).id == before


def test_a_reward_is_claimed_for_a_customer_and_given_back(
    app: Flask, api: Api, database: Database
) -> None:
    desk, store = at_desk(app, "manager"), make_store(api)
    reward = api.post(
        "/rewards", {"name": {"en": "A mug"}, "points": 300, "offer": store["offer"], "stock": 1}
    )["id"]
    shown = f"/admin/customers/{store['customer']}/rewards"
    before = api.get(f"/customers/{store['customer']}/points")["available"]

    claim = desk.done(shown, f"{shown}/{reward}")
    after = api.get(f"/customers/{store['customer']}/points")["available"]
    sold_out = desk.page(shown)
    silent = desk.send(claim, f"{claim}/cancel")
    desk.done(claim, f"{claim}/cancel", reason="Changed their mind")

    assert before - after == 300
    assert RewardSoldOut.sentence in sold_out
    assert silent.status_code == 422
    assert api.get(f"/customers/{store['customer']}/points")["available"] == before
    assert claims(api, store["customer"]) == ["cancelled"]
    assert "Given back" in desk.page("/admin/programme/rewards/claims")


def test_a_button_pressed_twice_claims_once(app: Flask, api: Api, database: Database) -> None:
    desk, store = at_desk(app, "manager"), make_store(api)
    reward = api.post(
        "/rewards", {"name": {"en": "A mug"}, "points": 300, "offer": store["offer"]}
    )["id"]
    shown = f"/admin/customers/{store['customer']}/rewards"

    first = desk.done(shown, f"{shown}/{reward}", once="a token of this very page")
    again = desk.done(shown, f"{shown}/{reward}", once="a token of this very page")

    assert first == again
    assert claims(api, store["customer"]) == ["claimed"]


def test_hostile_names_stay_names(app: Flask, api: Api) -> None:
    desk, store = at_desk(app, "owner"), make_store(api)
    count_points(desk)
    desk.done(f"{TIERS}/new", name_en=SCRIPT, rank="1", entry="5", perks_en=SCRIPT)
    desk.done(f"{CARDS}/new", name_en=SCRIPT, needed="5", reward_points="5")
    desk.done(f"{REWARDS}/new", name_en=SCRIPT, points="5", offer=store["offer"])

    for path in (
        TIERS, CARDS, REWARDS, f"/admin/customers/{store['customer']}/standing",
        f"/admin/customers/{store['customer']}/rewards",
    ):  # fmt: skip
        page = desk.page(path)
        assert SCRIPT not in page, path
        assert "&lt;script&gt;" in page, path
