"""A marketer says everything that shops say through forms, without scripts, as the API would."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from core import clock, ids, shops
from core.auth import SYSTEM
from core.db import Database
from core.models import AuditEntry
from coupons.models import OfferVersion
from tests.api import Api
from tests.desk import Desk, Filled, at_desk

Fields = dict[str, Any]
Step = str | Fields
TERMS = (
    "name", "benefit", "conditions", "overall", "per_customer", "limits", "together", "on_refund",
    "starts_at", "ends_at",
)  # fmt: skip

ON = {"skus": ["1", "2"], "categories": ["coffee, ground"], "tags": ["organic"]}
ON_FIELDS = {
    "benefit_on_skus": "1, 2", "benefit_on_categories": "coffee, ground",
    "benefit_on_tags": "organic",
}  # fmt: skip

BENEFITS: list[tuple[str, list[Step], dict[str, Any]]] = [
    ("percent", [{"benefit_percent": "12,5 %", "benefit_cap": "20", **ON_FIELDS}],
     {"percent": "12.5", "cap": 2000, "on": ON}),
    ("amount", [{"benefit_amount": "5"}], {"amount": 500}),
    ("amount", [{"benefit_amount": "0,50", "benefit_per": "piece", **ON_FIELDS}],
     {"amount": 50, "per": "piece", "on": ON}),
    ("fixed_price", [{"benefit_price": "8", "benefit_per": "piece"}],
     {"price": 800, "per": "piece"}),
    ("free_pieces", [{"benefit_which": "dearest", "benefit_count": "1", "benefit_at_least": "3",
                      "benefit_percent": "50"}],
     {"which": "dearest", "count": 1, "at_least": 3, "percent": "50"}),
    ("buy_get", [{"benefit_buy_quantity": "2", "benefit_buy_on_skus": "7", "benefit_times": "5"}],
     {"buy": {"quantity": 2, "on": {"skus": ["7"]}},
      "get": {"quantity": 1, "on": {"skus": ["7"]}}, "times": 5}),
    ("buy_get", [{"benefit_buy_on_skus": "7", "benefit_get_same": [], "benefit_get_on_tags": "x"}],
     {"buy": {"quantity": 1, "on": {"skus": ["7"]}},
      "get": {"quantity": 1, "on": {"tags": ["x"]}}}),
    ("bundle", ["add benefit_parts",
                {"benefit_parts_0_on_skus": "1", "benefit_parts_1_quantity": "2",
                 "benefit_parts_1_on_categories": "cake", "benefit_price": "5"}],
     {"parts": [{"quantity": 1, "on": {"skus": ["1"]}},
                {"quantity": 2, "on": {"categories": ["cake"]}}], "price": 500}),
    ("free_item", [{"benefit_sku": "9", "benefit_text": "A cup"}], {"sku": "9", "text": "A cup"}),
    ("sample", [{"benefit_text_en": "Coffee", "benefit_text_de": "Kaffee"}],
     {"text": {"en": "Coffee", "de": "Kaffee"}}),
    ("information", [{"benefit_text_en": "Catalogue"}], {"text": {"en": "Catalogue"}}),
    ("points", [{"benefit_points": "200"}], {"points": 200}),
    ("points_factor", [{"benefit_factor": "1,5"}], {"factor": "1.5"}),
    ("stamps", [{"benefit_stamps": "2", "benefit_stamp_card": "{stamp_card}"}],
     {"stamps": 2, "stamp_card": "{stamp_card}"}),
    ("next_coupon", [{"benefit_offer": "{offer}"}], {"offer": "{offer}"}),
    ("guarantee", ["add benefit_reasons",
                   {"benefit_days": "30", "benefit_reasons_0_text_en": "Too large!",
                    "benefit_reasons_1_text_en": "Broken", "benefit_reasons_1_text_de": "Kaputt"}],
     {"days": 30, "reasons": [{"key": "too_large", "text": {"en": "Too large!"}},
                              {"key": "broken", "text": {"en": "Broken", "de": "Kaputt"}}]}),
    ("ladder_amount", ["add benefit_steps",
                       ("show benefit_steps_1_benefit", {
                           "benefit_steps_1_benefit_kind": "bundle"}),
                       "add benefit_steps_1_benefit_parts",
                       {"benefit_steps_0_from": "50", "benefit_steps_0_benefit_percent": "5",
                        "benefit_steps_1_from": "100", "benefit_steps_1_benefit_amount": "15",
                        "benefit_on_tags": "summer"}],
     {"kind": "ladder", "by": "amount", "on": {"tags": ["summer"]}, "steps": [
         {"from": 5000, "benefit": {"kind": "percent", "percent": "5"}},
         {"from": 10000, "benefit": {"kind": "bundle", "amount": 1500, "parts": [
             {"quantity": 1}, {"quantity": 1}]}}]}),
    ("ladder_quantity", [{"benefit_steps_0_from": "3", "benefit_steps_0_benefit_percent": "10"}],
     {"kind": "ladder", "by": "quantity", "steps": [
         {"from": 3, "benefit": {"kind": "percent", "percent": "10"}}]}),
    ("early_bird", ["add benefit_steps",
                    ("show benefit_after", {"benefit_after_kind": "amount"}),
                    {"benefit_steps_0_until": "2026-12-05", "benefit_steps_0_benefit_percent": "20",
                     "benefit_steps_1_first": "100", "benefit_steps_1_benefit_percent": "10",
                     "benefit_after_amount": "2"}],
     {"steps": [
         {"until": "2026-12-05T23:00:00Z", "benefit": {"kind": "percent", "percent": "20"}},
         {"first": 100, "benefit": {"kind": "percent", "percent": "10"}}],
      "after": {"kind": "amount", "amount": 200}}),
    ("early_bird", [{"benefit_steps_0_first": "100", "benefit_steps_0_benefit_percent": "10"}],
     {"steps": [{"first": 100, "benefit": {"kind": "percent", "percent": "10"}}]}),
]  # fmt: skip
"""Each kind of benefit: what is pressed and filled in, and what the API would be told."""

CONDITIONS: list[tuple[str, list[Any], dict[str, Any]]] = [
    ("minimum_basket", [{"amount": "20"}], {"amount": 2000}),
    ("minimum_quantity", [{"quantity": "3", "on_skus": "7"}],
     {"quantity": 3, "on": {"skus": ["7"]}}),
    ("products", [{"skus": "1\n2"}], {"skus": ["1", "2"]}),
    ("categories", [{"categories": "tea"}], {"categories": ["tea"]}),
    ("tags", [{"tags": "new"}], {"tags": ["new"]}),
    ("dates", [{"from": "2026-12-01", "until": "2026-12-24"}],
     {"from": "2026-12-01", "until": "2026-12-24"}),
    ("hours", ["add conditions_all_0_weekly",
               {"weekly_0_days": ["5", "6"], "weekly_0_from": "22:00", "weekly_0_until": "02:00",
                "weekly_1_days": ["7"], "weekly_1_from": "00:00", "weekly_1_until": "00:00"}],
     {"weekly": [{"days": [5, 6], "from": "22:00", "until": "02:00"},
                 {"days": [7], "from": "00:00", "until": "00:00"}]}),
    ("shops", [{"shops": ["{shop}"]}], {"shops": ["{shop}"]}),
    ("channels", [{"channels": ["{channel}"]}], {"channels": ["{channel}"]}),
    ("first_purchase", [], {}),
    ("not_bought", [{"days": "90"}], {"days": 90}),
    ("birthday", [{"before": "3"}], {"before": 3, "after": 0}),
    ("audience", [{"customers": "{pseudonym}"}], {"customers": ["{customer}"]}),
    ("tier", [{"tiers": ["gold"]}], {"tiers": ["gold"]}),
    ("customer_tags", [{"tags": "vip"}], {"tags": ["vip"]}),
    ("known_words", [{"name": "profession", "values": "teacher"}],
     {"kind": "attribute", "name": "profession", "equals": "teacher"}),
    ("known_words", [{"name": "profession", "values": "teacher\nnurse, by night"}],
     {"kind": "attribute", "name": "profession", "one_of": ["teacher", "nurse, by night"]}),
    ("known_number", [{"name": "children", "at_least": "2"}],
     {"kind": "attribute", "name": "children", "at_least": 2}),
    ("known_truth", [{"name": "student", "equals": "no"}],
     {"kind": "attribute", "name": "student", "equals": False}),
]  # fmt: skip
"""Each kind of condition: what is filled in, and what the API would be told."""


@pytest.fixture
def desk(app: Flask) -> Desk:
    return at_desk(app, "marketer")


@pytest.fixture
def things(api: Api, app: Flask, database: Database) -> dict[str, str]:
    """What conditions may name: a campaign that goes out by mail, a shop and a customer."""
    sent = {"name": "Autumn", "channels": [{"kind": "mail", "name": "Letter"}]}
    campaign = api.post("/campaigns", sent)
    customer = api.post("/customers", {})
    api.post("/tiers", {"key": "gold", "name": {"en": "Gold"}, "rank": 1, "entry": 100})
    coffee = {"name": {"en": "Coffee"}, "per": "piece", "needed": 5, "reward": {"points": 50}}

    def open_shop(session: Any) -> str:
        place = shops.add(session, "Main", zone="Europe/Oslo", actor=SYSTEM, at=clock.now())
        return ids.public("sh", place.id)

    return {
        "campaign": campaign["id"], "channel": campaign["channels"][0]["id"],
        "shop": database.transact(open_shop), "customer": customer["id"],
        "pseudonym": customer["pseudonym"], "stamp_card": api.post("/stamp-cards", coffee)["id"],
    }  # fmt: skip


def with_another_offer(api: Api, things: dict[str, str]) -> dict[str, str]:
    """Return the things with an offer that another one may give a coupon on."""
    sent = {"campaign": things["campaign"], "name": {"en": "Next time"}}
    other = api.post("/offers", sent | {"benefit": {"kind": "points", "points": 1}})
    return things | {"offer": other["id"]}


def named(value: Any, things: dict[str, str]) -> Any:
    """Return terms with the ids of the things they name."""
    if isinstance(value, dict):
        return {name: named(one, things) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(named(one, things) for one in value)
    return value.format(**things) if isinstance(value, str) else value


def walk(form: Filled, steps: list[Any], prefix: str = "") -> Filled:
    """Press and fill in what a row of a table says."""
    for step in steps:
        if isinstance(step, tuple):
            form.press(step[0], **step[1])
        elif isinstance(step, str):
            form.press(step)
        else:
            form.fill(**{f"{prefix}{name}": value for name, value in step.items()})
    return form


def versions(database: Database) -> list[OfferVersion]:
    """Return the versions of all offers, oldest first."""
    rows = select(OfferVersion).order_by(OfferVersion.id)
    return database.look(lambda session: list(session.scalars(rows)))


def same_terms(one: OfferVersion, other: OfferVersion) -> None:
    """See that two versions say the same."""
    for field in TERMS:
        assert getattr(one, field) == getattr(other, field), field


@pytest.mark.parametrize(("kind", "steps", "terms"), BENEFITS)
def test_a_benefit_made_by_form_is_what_the_api_would_keep(
    desk: Desk, api: Api, database: Database, things: dict[str, str], kind: str,
    steps: list[Any], terms: dict[str, Any],
) -> None:  # fmt: skip
    things = with_another_offer(api, things)
    campaign = f"/admin/campaigns/{things['campaign']}"

    form = Filled(desk, f"{campaign}/offers/new?kind={kind}").fill(name_en="It")
    made = walk(form, named(steps, things)).done()
    sent = {"campaign": things["campaign"], "name": {"en": "It"}}
    api.post("/offers", sent | {"benefit": {"kind": kind} | named(terms, things)})

    by_form, by_api = versions(database)[-2:]
    same_terms(by_form, by_api)
    Filled(desk, f"{made}/edit").done()
    unchanged = next(one for one in versions(database) if one.number == 2)
    same_terms(unchanged, by_api)
    assert "None: everybody gets it" in desk.page(made)


@pytest.mark.parametrize(("kind", "steps", "terms"), CONDITIONS)
def test_a_condition_made_by_form_is_what_the_api_would_keep(
    desk: Desk, api: Api, database: Database, things: dict[str, str], kind: str,
    steps: list[Any], terms: dict[str, Any],
) -> None:  # fmt: skip
    campaign = f"/admin/campaigns/{things['campaign']}"
    form = Filled(desk, f"{campaign}/offers/new?kind=amount")
    form.fill(name_en="It", benefit_amount="1")

    form.press("add conditions_all", conditions_all_new=kind)
    made = walk(form, named(steps, things), "conditions_all_0_").done()
    sent = {
        "campaign": things["campaign"], "name": {"en": "It"},
        "benefit": {"kind": "amount", "amount": 100},
        "conditions": {"all": [{"kind": kind} | named(terms, things)]},
    }  # fmt: skip
    api.post("/offers", sent)

    by_form, by_api = versions(database)[-2:]
    same_terms(by_form, by_api)
    Filled(desk, f"{made}/edit").done()
    unchanged = next(one for one in versions(database) if one.number == 2)
    same_terms(unchanged, by_api)


def test_all_the_rest_made_by_form_is_what_the_api_would_keep(
    desk: Desk, api: Api, database: Database, things: dict[str, str]
) -> None:
    campaign = f"/admin/campaigns/{things['campaign']}"
    form = Filled(desk, f"{campaign}/offers/new?kind=amount")

    form.press("add conditions_any", conditions_any_new="tags")
    form.press("add conditions_any", conditions_any_new="not_bought")
    form.press("add conditions_none", conditions_none_new="first_purchase")
    form.press("add limits_more").press("add limits_more").press("add limits_more")
    form.press("remove limits_more_1").fill(
        name_en="It", benefit_amount="1", conditions_any_0_tags="x", conditions_any_1_days="30",
        limits_overall="500", limits_per_customer="2",
        limits_more_0_of="code", limits_more_0_uses="3", limits_more_0_per="day",
        limits_more_0_each_customer="y",
        limits_more_1_discount="100", limits_more_1_per="month", limits_more_1_overrun="rest",
        together_mode="best", together_group="season", together_priority="10",
        together_base="first", on_refund="burn", starts="2026-12-01", ends="2026-12-24",
    ).done()  # fmt: skip
    api.post("/offers", {
        "campaign": things["campaign"], "name": {"en": "It"},
        "benefit": {"kind": "amount", "amount": 100},
        "conditions": {
            "any": [{"kind": "tags", "tags": ["x"]}, {"kind": "not_bought", "days": 30}],
            "none": [{"kind": "first_purchase"}],
        },
        "limits": {"overall": 500, "per_customer": 2, "more": [
            {"of": "code", "uses": 3, "per": "day", "each_customer": True},
            {"of": "offer", "discount": 10000, "per": "month", "overrun": "rest"},
        ]},
        "together": {"mode": "best", "group": "season", "priority": 10, "base": "first"},
        "on_refund": "burn",
        "starts_at": "2026-11-30T23:00:00Z", "ends_at": "2026-12-24T23:00:00Z",
    })  # fmt: skip

    by_form, by_api = versions(database)[-2:]
    same_terms(by_form, by_api)


def test_a_copy_says_the_same_in_another_campaign(
    desk: Desk, api: Api, database: Database, things: dict[str, str]
) -> None:
    other = api.post("/campaigns", {"name": "Winter"})["id"]
    channels = {"all": [{"kind": "channels", "channels": [things["channel"]]}]}
    offer = api.post("/offers", {
        "campaign": things["campaign"], "name": {"en": "It", "fr": "Ça"}, "conditions": channels,
        "benefit": {"kind": "points", "points": 5}, "limits": {"overall": 5},
    })["id"]  # fmt: skip

    made = desk.done(f"/admin/offers/{offer}/clone", campaign=ids.parse("ca", other).hex)

    first, second = versions(database)
    same_terms(first, second)
    assert first.offer_id != second.offer_id
    page = desk.page(made)
    assert "Winter" in page
    assert "It names channels of the other campaign" in page
    rows = select(AuditEntry).where(AuditEntry.action == "offer.cloned")
    entry = database.look(lambda session: session.scalars(rows).one())
    assert entry.subject == made.rpartition("/")[2]
    assert entry.new == {"of": offer}


def test_a_copy_over_the_api_stays_in_its_campaign_unless_one_is_named(
    api: Api, database: Database, things: dict[str, str]
) -> None:
    other = api.post("/campaigns", {"name": "Winter"})["id"]
    offer = api.post("/offers", {
        "campaign": things["campaign"], "name": {"en": "It"},
        "benefit": {"kind": "points", "points": 5},
    })  # fmt: skip

    here = api.post(f"/offers/{offer['id']}/clone", {})
    there = api.post(f"/offers/{offer['id']}/clone", {"campaign": other})

    assert here["campaign"] == things["campaign"]
    assert there["campaign"] == other
    assert {one["version"] for one in (here, there)} == {1}
    for copy in (here, there):
        assert copy | {"id": 0, "campaign": 0} == offer | {"id": 0, "campaign": 0}
    api.post(f"/offers/{offer['id']}/clone", {"campaign": "ca_" + "0" * 32}, expect=404)


def test_what_a_form_cannot_say_is_told_and_kept(
    desk: Desk, api: Api, database: Database, things: dict[str, str]
) -> None:
    offer = api.post("/offers", {
        "campaign": things["campaign"], "name": {"en": "It", "fi": "Se"},
        "benefit": {"kind": "sample", "text": {"fi": "Kahvi", "en": "Coffee"}},
        "conditions": {
            "all": [
                {"any": [{"kind": "first_purchase"}, {"all": [
                    {"kind": "not_bought", "days": 30}, {"kind": "customer_tags", "tags": ["vip"]},
                ]}]},
                {"kind": "minimum_basket", "amount": 500},
            ],
            "none": [{"kind": "attribute", "name": "stars", "one_of": [1, 2]}],
        },
    })["id"]  # fmt: skip

    form = Filled(desk, f"/admin/offers/{offer}/edit")
    form.press("add conditions_all", conditions_all_new="first_purchase")
    form.fill(conditions_all_1_amount="7", name_en="That").done()

    before, after = versions(database)
    assert "At least one of these" in form.page
    assert "After 30 days without a purchase" in form.page
    assert "stars: 1, 2" in form.page
    assert after.benefit == before.benefit
    assert after.name == {"en": "That", "fi": "Se"}
    kept = before.conditions["all"][0]
    assert after.conditions["all"][0] == kept
    assert after.conditions["all"][1:] == [
        {"kind": "minimum_basket", "amount": 700}, {"kind": "first_purchase"},
    ]  # fmt: skip
    assert after.conditions["none"] == before.conditions["none"]


def test_a_mistake_stands_at_its_field_and_nothing_typed_is_lost(
    desk: Desk, database: Database, things: dict[str, str]
) -> None:
    form = Filled(desk, f"/admin/campaigns/{things['campaign']}/offers/new?kind=early_bird")
    form.fill(name_en="Much", benefit_steps_0_benefit_percent="120")
    form.press("add conditions_any", conditions_any_new="minimum_basket")
    form.press("add limits_more").fill(conditions_any_0_amount="a lot")

    first = form.post()
    form.fill(conditions_any_0_amount="5", benefit_steps_0_first="10")
    second = form.post()

    assert first.status_code == second.status_code == 422
    assert 'id="conditions_any_0_amount-error"' in first.text
    assert 'value="a lot"' in first.text
    assert 'value="120"' in first.text
    assert 'id="benefit_steps_0_benefit_percent-error"' in second.text
    assert 'href="#benefit_steps_0_benefit_percent"' in second.text
    assert 'id="limits_more_0_uses-error"' in second.text
    assert "Say either how many uses, or how much discount." in second.text
    assert versions(database) == []


def test_a_limit_said_twice_is_told_above_the_limits(desk: Desk, things: dict[str, str]) -> None:
    form = Filled(desk, f"/admin/campaigns/{things['campaign']}/offers/new?kind=amount")
    form.fill(name_en="It", benefit_amount="1").press("add limits_more").press("add limits_more")

    answer = form.fill(limits_more_0_uses="1", limits_more_1_uses="2").post()

    assert answer.status_code == 422
    assert "The same limit is said twice." in answer.text
    assert 'href="#limits_more"' in answer.text


@pytest.mark.parametrize(
    "sent",
    [
        {"conditions_all_²_kind": "tags"}, {"conditions_all_99999999_kind": "tags"},
        {"conditions_all_0_kind": "kept", "conditions_all_0_place": "all.0"},
        {"conditions_all_0_kind": "kept", "conditions_all_0_place": "all.²"},
        {"conditions_all_0_kind": "nothing of the kind"}, {"benefit_kind": "kept"},
        {"do": "add nothing"}, {"do": "remove conditions_all_0"}, {"do": "boom"},
        {"benefit_steps_0_benefit_kind": "x", "benefit_kind": "ladder_amount"},
        {"benefit_kind": "early_bird", "benefit_steps_0_moment": "never",
         "benefit_steps_0_until": "2026-01-01"},
        {f"limits_more_{number}_uses": "1" for number in range(200)},
        {"conditions_all_0_kind": "shops", "conditions_all_0_shops": "nowhere"},
    ],
)  # fmt: skip
def test_a_form_that_nobody_was_shown_is_refused_or_shown_again(
    desk: Desk, database: Database, things: dict[str, str], sent: dict[str, str]
) -> None:
    form = Filled(desk, f"/admin/campaigns/{things['campaign']}/offers/new?kind=amount")

    answer = form.post(**{name: [value] for name, value in sent.items()})

    assert answer.status_code in (200, 422)
    assert versions(database) == []


def test_the_page_of_an_offer_says_what_changed_and_how_many_coupons_hold_it(
    desk: Desk, api: Api, things: dict[str, str]
) -> None:
    offer = api.post("/offers", {
        "campaign": things["campaign"], "name": {"en": "It"},
        "benefit": {"kind": "percent", "percent": "10"},
        "conditions": {"any": [{"kind": "shops", "shops": [things["shop"]]},
                               {"kind": "audience", "customers": [things["customer"]]}]},
    })["id"]  # fmt: skip
    api.post(f"/offers/{offer}/coupons", {"count": 3})

    Filled(desk, f"/admin/offers/{offer}/edit").done(
        benefit_percent="15", limits_overall="500", ends="2030-12-24"
    )
    page = " ".join(desk.page(f"/admin/offers/{offer}").split())

    assert "At least one of these" in page
    assert "In selected shops" in page
    assert "Main" in page
    assert "1 customer" in page
    assert "<del>10% off</del></div><div>15% off</div>" in page.replace("> <", "><")
    assert "<div>This offer: at most 500 uses in all</div>" in page
    assert "<del>With the campaign</del>" in page
    assert "<div>Until Dec 24, 2030</div>" in page
    assert 'data-label="Coupons that hold it" class="number">3<' in page
    assert 'data-label="Coupons that hold it" class="number">0<' in page


def test_the_page_of_an_early_bird_counts_the_places(
    desk: Desk, api: Api, things: dict[str, str]
) -> None:
    offer = api.post("/offers", {
        "campaign": things["campaign"], "name": {"en": "It"},
        "benefit": {"kind": "early_bird", "steps": [
            {"first": 1, "benefit": {"kind": "amount", "amount": 500}},
            {"first": 3, "benefit": {"kind": "amount", "amount": 200}},
        ]},
    })["id"]  # fmt: skip
    api.post(f"/campaigns/{things['campaign']}/start")
    codes = [one["code"] for one in api.post(f"/offers/{offer}/coupons", {"count": 3})["items"]]
    basket = {"currency": "EUR", "total": 2000}

    said = []
    for code in codes:
        said.append(" ".join(desk.page(f"/admin/offers/{offer}").split()))
        api.post("/purchases", {"shop": things["shop"], "basket": basket, "coupons": [code]})
    said.append(" ".join(desk.page(f"/admin/offers/{offer}").split()))

    assert "<dt> What holds now </dt> <dd> €5.00 off" in said[0]
    assert "<dt> Places left </dt> <dd> 2 </dd>" in said[1]
    assert "<dt> Places left </dt> <dd> 1 </dd>" in said[2]
    assert "Nothing: all places are taken" in said[3]
    assert "<dt> Places given so far </dt> <dd> 3 </dd>" in said[3]


def test_an_offer_may_give_something_else_from_now_on(
    desk: Desk, api: Api, database: Database, things: dict[str, str]
) -> None:
    offer = api.post("/offers", {
        "campaign": things["campaign"], "name": {"en": "It"},
        "benefit": {"kind": "percent", "percent": "10"}, "limits": {"overall": 7},
    })["id"]  # fmt: skip

    assert "What do customers get?" in desk.page(f"/admin/offers/{offer}/edit?kind=")
    Filled(desk, f"/admin/offers/{offer}/edit?kind=points").done(benefit_points="50")

    after = versions(database)[-1]
    assert after.benefit == {"kind": "points", "points": 50}
    assert after.overall == 7


def test_a_campaign_has_a_budget_of_its_own(desk: Desk, api: Api, database: Database) -> None:
    form = Filled(desk, "/admin/campaigns/new").fill(name="Autumn", channel="Letter")
    form.press("add limits").press("add limits")
    made = form.done(
        limits_0_discount="1000", limits_0_per="month", limits_0_overrun="rest",
        limits_1_uses="5", limits_1_each_customer="y",
    )  # fmt: skip
    sent = [
        {"discount": 100_000, "per": "month", "overrun": "rest"},
        {"uses": 5, "each_customer": True},
    ]
    by_api = api.post("/campaigns", {"name": "Winter", "limits": sent})

    id = made.rpartition("/")[2]
    assert api.get(f"/campaigns/{id}")["limits"] == by_api["limits"]
    page = desk.page(made)
    assert (
        "The whole campaign: at most €1,000.00 of discount a month; what is left is given" in page
    )
    assert "The whole campaign, for each customer: at most 5 uses in all" in page
    Filled(desk, f"{made}/edit").press("remove limits_1").done(limits_0_discount="500")
    [left] = api.get(f"/campaigns/{id}")["limits"]
    assert left == by_api["limits"][0] | {"discount": 50_000}


def test_a_limit_of_a_campaign_that_says_nothing_is_refused_at_its_field(desk: Desk) -> None:
    form = Filled(desk, "/admin/campaigns/new").fill(name="Autumn", channel="Letter")

    answer = form.press("add limits").post()

    assert answer.status_code == 422
    assert 'id="limits_0_uses-error"' in answer.text


HOSTILE = "</textarea><script>alert('x')</script>{{7*7}}%(x)s \u202eΩ"


def test_hostile_text_is_kept_to_the_letter_and_never_run(
    desk: Desk, database: Database, things: dict[str, str]
) -> None:
    form = Filled(desk, f"/admin/campaigns/{things['campaign']}/offers/new?kind=guarantee")
    form.press("add conditions_all", conditions_all_new="known_words")
    form.press("add conditions_all", conditions_all_new="customer_tags")
    form.press("add conditions_any", conditions_any_new="categories")

    made = form.done(
        name_en=HOSTILE, name_de=HOSTILE, benefit_days="9", benefit_reasons_0_text_en=HOSTILE,
        benefit_on_tags=HOSTILE, benefit_on_categories=HOSTILE, together_group=HOSTILE,
        conditions_all_0_name=HOSTILE, conditions_all_0_values=HOSTILE,
        conditions_all_1_tags=HOSTILE, conditions_any_0_categories=HOSTILE,
    )  # fmt: skip

    [version] = versions(database)
    assert version.name == {"en": HOSTILE, "de": HOSTILE}
    assert version.benefit["reasons"] == [
        {"key": "textarea_script_alert_x_script", "text": {"en": HOSTILE}}
    ]
    assert version.benefit["on"] == {"categories": [HOSTILE], "tags": [HOSTILE]}
    assert version.together["group"] == HOSTILE
    assert version.conditions["all"] == [
        {"kind": "attribute", "name": HOSTILE, "equals": HOSTILE},
        {"kind": "customer_tags", "tags": [HOSTILE]},
    ]
    for path in (made, f"{made}/edit", f"{made}/clone", f"{made}/preview", f"{made}/dry-run"):
        page = desk.page(path)
        assert "<script>alert" not in page, path
        assert "{{7*7}}" in page, path
        assert "49%" not in page, path
