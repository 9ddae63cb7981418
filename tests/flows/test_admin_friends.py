"""Refer a friend at the desk: what is promised, what came of it, and who looks twice."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from core.db import Database
from loyalty.models import Referral
from loyalty.referrals import scheme as schemes
from loyalty.referrals.scheme import Prize
from tests.api import Api
from tests.desk import Desk, Filled, at_desk, forms_of
from tests.flows.store import make_store

LIST = "/admin/programme/referrals"
PHONE = {"person": {"phone": "+47 22 86 44 00"}}


@pytest.fixture
def desk(app: Flask) -> Desk:
    return at_desk(app, "owner")


def promise(desk: Desk, **given: Any) -> None:
    usual = {"active": "y", "referrer_points": "500", "minimum": "10", "hold_days": "14"}
    desk.done(f"{LIST}/scheme", **usual | given)


def bring(api: Api, **friend: Any) -> tuple[str, str, str]:
    """Return a referrer, a friend and the id of their referral."""
    referrer = api.post("/customers", PHONE)["id"]
    code = api.post("/referrals", {"customer": referrer})["code"]
    made = api.post("/customers", {"referral_code": code} | friend)
    return referrer, made["id"], made["referral"]


def test_a_scheme_is_promised_in_words(desk: Desk, api: Api, database: Database) -> None:
    offer = make_store(api)["offer"]
    form = Filled(desk, f"{LIST}/scheme").press("add milestones")

    form.done(
        active="y", referrer_points="500", friend_points="", friend_offer=offer, minimum="10",
        within_days="30", hold_days="7", cap="20", cap_per="year",
        milestones_0_how="every", milestones_0_friends="5", milestones_0_points="1000",
    )  # fmt: skip

    scheme = database.look(schemes.shown)
    assert scheme.active
    assert scheme.referrer == Prize(points=500)
    assert scheme.friend is not None
    assert scheme.friend.offer_id is not None
    assert (scheme.minimum, scheme.within_days, scheme.hold_days) == (1000, 30, 7)
    assert (scheme.cap, scheme.cap_per) == (20, "year")
    assert [one.name for one in scheme.milestones] == ["every:5"]
    page = desk.page(LIST)
    for said in (
        "Who brings a friend gets 500 points.", "The friend gets a coupon of “Ten off”.",
        "For every 5 friends: 1,000 points.", "within 30 days, for at least €10.00",
        "7 days after the purchase", "up to 20 friends in a year",
    ):  # fmt: skip
        assert said in page, said
    Filled(desk, f"{LIST}/scheme").done()
    assert database.look(schemes.shown) == scheme


def test_a_scheme_that_promises_nothing_or_too_much_is_refused(
    desk: Desk, api: Api, database: Database
) -> None:
    offer = make_store(api)["offer"]
    usual = {"active": "y", "referrer_points": "", "friend_points": ""}

    nothing = desk.send(f"{LIST}/scheme", **usual)
    both = desk.send(f"{LIST}/scheme", **usual | {"friend_points": "5", "friend_offer": offer})

    assert "Say first what the friend or the referrer gets." in nothing.text
    assert 'id="friend_points-error"' in both.text
    assert {nothing.status_code, both.status_code} == {422}
    assert not database.look(schemes.shown).active


def test_an_odd_referral_waits_with_its_reason_and_is_approved(
    desk: Desk, api: Api, database: Database
) -> None:
    promise(desk)
    *_, id = bring(api, **PHONE)
    assert "Referrals to look at" in desk.page("/admin")
    assert id in desk.page(f"{LIST}?state=review")

    page = desk.page(f"{LIST}/{id}")
    silent = desk.send(f"{LIST}/{id}", f"{LIST}/{id}/approve")
    desk.done(f"{LIST}/{id}", f"{LIST}/{id}/approve", reason="They live together")

    assert "The friend has the phone number of the referrer" in page
    assert silent.status_code == 422
    assert "Joined, has not bought yet" in desk.page(f"{LIST}/{id}")
    assert id not in desk.page(f"{LIST}?state=review")
    assert "They live together" in desk.page(f"/admin/audit?subject={id}")
    assert "Referrals to look at" not in desk.page("/admin")


def test_a_rejected_one_is_over_and_cannot_be_approved_any_more(
    desk: Desk, api: Api, database: Database
) -> None:
    promise(desk)
    *_, id = bring(api, **PHONE)

    def decide(verb: str, reason: str) -> TestResponse:
        held = next(held for where, held in forms_of(page) if where == f"{LIST}/{id}/approve")
        data = held | {"reason": [reason]}
        return desk.client.post(f"{LIST}/{id}/{verb}", data=data, environ_base=desk.base)

    page = desk.page(f"{LIST}/{id}")
    rejected = decide("reject", "Twice the same person")
    late = decide("approve", "Or are they?")

    assert f'formaction="{LIST}/{id}/reject"' in page
    assert (rejected.status_code, late.status_code) == (303, 422)
    assert database.look(lambda s: s.scalars(select(Referral.state)).one()) == "rejected"
    assert "Approve" not in desk.page(f"{LIST}/{id}")


def test_a_customer_sees_their_friends(desk: Desk, api: Api) -> None:
    promise(desk)
    referrer, friend, id = bring(api)

    brought = desk.page(f"/admin/customers/{referrer}/friends")
    came = desk.page(f"/admin/customers/{friend}/friends")

    assert id in brought
    assert id in came
    assert "/C/" in brought
    assert "Give a code" in came
    desk.done(f"/admin/customers/{friend}/friends", f"/admin/customers/{friend}/friends/code")
    assert "/C/" in desk.page(f"/admin/customers/{friend}/friends")


def test_the_list_is_narrowed_down_by_state(desk: Desk, api: Api) -> None:
    promise(desk)
    *_, plain = bring(api)
    *_, odd = bring(api, **PHONE)

    review, joined = desk.page(f"{LIST}?state=review"), desk.page(f"{LIST}?state=attributed")

    assert (odd in review, plain in review) == (True, False)
    assert (odd in joined, plain in joined) == (False, True)
    assert desk.get(f"{LIST}?state=nonsense").status_code == 200
