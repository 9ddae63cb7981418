"""Refer a friend, through the API: from the scheme to the reward, and every no on the way."""

from typing import Any
from uuid import uuid4

import pytest

from core.throttle import CODE
from tests.flows.described import DescribedApi
from tests.flows.store import make_offer, make_store, sale

SCHEME = {"active": True, "referrer": {"points": 500}, "friend": {"points": 200}, "hold_days": 0}


@pytest.fixture
def store(api: DescribedApi) -> dict[str, Any]:
    return make_store(api)


def change(api: DescribedApi, expect: int = 200, **given: Any) -> Any:
    answer = api.call("PATCH", "/referral-scheme", given)
    assert answer.status_code == expect, answer.text
    return answer.json


def code_of(api: DescribedApi, customer: str) -> str:
    made: str = api.post("/referrals", {"customer": customer})["code"]
    return made


def balance(api: DescribedApi, customer: str) -> tuple[int, int]:
    found = api.get(f"/customers/{customer}/points")
    return found["available"], found["pending"]


def test_a_scheme_says_what_was_set_and_what_was_not(
    api: DescribedApi, store: dict[str, Any]
) -> None:
    assert api.get("/referral-scheme")["active"] is False
    milestones = [{"every": 5, "points": 1000}, {"at": 10, "offer": store["offer"]}]

    changed = change(
        api, **SCHEME, cap=20, cap_per="month", minimum=2000, channel=store["channel"],
        milestones=milestones,
    )  # fmt: skip

    assert changed == api.get("/referral-scheme") == SCHEME | {
        "cap": 20, "cap_per": "month", "minimum": 2000, "channel": store["channel"],
        "within_days": 90, "milestones": milestones,
    }  # fmt: skip
    assert change(api, friend=None, referrer={"offer": store["offer"]})["friend"] is None
    entry = next(one for one in api.get("/audit")["items"] if one["action"] == "referrals.changed")
    assert entry["old"]["friend_points"] == 200


def test_a_scheme_changed_meanwhile_is_not_changed_again(api: DescribedApi) -> None:
    tag = api.call("GET", "/referral-scheme").headers["ETag"]
    change(api, minimum=1)

    answer = api.call("PATCH", "/referral-scheme", {"minimum": 2}, If_Match=tag)

    assert answer.status_code == 412
    assert api.get("/referral-scheme")["minimum"] == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"referrer": {"points": 0}},
        {"referrer": {"points": 1, "offer": "of_" + "0" * 32}},
        {"referrer": {"offer": "of_" + "0" * 32}},
        {"friend": {}},
        {"channel": "ch_" + "0" * 32},
        {"cap": 0},
        {"cap_per": "hour"},
        {"hold_days": 366},
        {"within_days": 0},
        {"milestones": [{"every": 1, "points": 1}]},
        {"milestones": [{"at": 1}]},
        {"active": True},
    ],
)
def test_a_scheme_that_makes_no_sense_is_refused(api: DescribedApi, wrong: dict[str, Any]) -> None:
    assert change(api, 422, **wrong)["code"] == "invalid_request"


def test_a_friend_joins_by_a_code_buys_and_both_are_rewarded(
    api: DescribedApi, store: dict[str, Any]
) -> None:
    change(api, **SCHEME)
    shared = api.post("/referrals", {"customer": store["customer"]})
    assert shared["link"] == f"HTTP://LOCALHOST:8000/C/{shared['code'].replace('-', '')}"
    before, _ = balance(api, store["customer"])

    friend = api.post("/customers", {"referral_code": shared["link"]})
    listed = api.get(f"/referrals?customer={friend['id']}")["items"]
    assert [(one["id"], one["state"]) for one in listed] == [(friend["referral"], "attributed")]
    api.post("/purchases", sale(store["shop"], card=friend["card"]["number"], total=1000))

    assert balance(api, store["customer"]) == (before + 500, 0)
    assert balance(api, friend["id"]) == (210, 0)
    one = api.get("/referrals?state=rewarded")["items"][0]
    assert (one["referrer"], one["friend"]) == (store["customer"], friend["id"])
    assert [(r["for"], r["points"]) for r in one["rewards"]] == [("friend", 200), ("referrer", 500)]


def test_within_the_hold_the_rewards_wait(api: DescribedApi, store: dict[str, Any]) -> None:
    change(api, **SCHEME | {"hold_days": 14})
    before, _ = balance(api, store["customer"])
    friend = api.post("/customers", {"referral_code": code_of(api, store["customer"])})
    bought = sale(store["shop"], card=friend["card"]["number"], total=1000)
    purchase = api.post("/purchases", bought)["id"]

    assert balance(api, store["customer"]) == (before, 500)
    assert balance(api, friend["id"]) == (10, 200)
    api.post(f"/purchases/{purchase}/void", {"reason": "wrong"})

    assert balance(api, store["customer"]) == (before, 0)
    assert balance(api, friend["id"]) == (0, 0)
    assert api.get("/referrals")["items"][0]["state"] == "attributed"


@pytest.mark.parametrize(("days", "said"), [(0, "comes with this purchase"), (14, "is on its way")])
def test_a_friend_is_told_whether_the_gift_is_there_already(
    api: DescribedApi, store: dict[str, Any], days: int, said: str
) -> None:
    change(api, **SCHEME | {"hold_days": days})
    friend = api.post("/customers", {"referral_code": code_of(api, store["customer"])})
    order = sale(store["shop"], card=friend["card"]["number"], total=1000)

    answers = [api.post("/quotes", order), api.post("/purchases", order)]

    for answer in answers:
        [told] = [one for one in answer["messages"] if one["kind"] == "referral"]
        assert told["text"].endswith(said)
        assert told["hold_days"] == days


def test_a_coupon_is_there_when_the_card_is_shown(api: DescribedApi, store: dict[str, Any]) -> None:
    offer = make_offer(api, store["campaign"], name={"en": "For a friend"})
    change(api, **SCHEME | {"friend": {"offer": offer}})
    code = code_of(api, store["customer"])
    promise = api.get(f"/referrals/{code}")["friend"]
    assert promise["offer"] == "For a friend"
    friend = api.post("/customers", {"referral_code": code})
    number = friend["card"]["number"]
    api.post("/purchases", sale(store["shop"], card=number, total=1000))

    by_scan = api.post("/scans", {"code": number})["coupons"]
    by_card = api.get(f"/cards/{number}")["coupons"]

    assert [one["offer"] for one in by_scan] == ["For a friend"]
    assert by_card == by_scan
    used = api.post("/purchases", sale(store["shop"], by_scan[0]["code"], card=number, total=1000))
    assert used["discount"] == 100


def test_a_code_is_the_same_each_time_and_a_scan_says_what_it_is(
    api: DescribedApi, store: dict[str, Any]
) -> None:
    change(api, **SCHEME | {"minimum": 2000})
    code = code_of(api, store["customer"])

    assert code_of(api, store["customer"]) == code
    scanned = api.post("/scans", {"code": code.lower()})
    assert scanned["kind"] == "referral"
    assert scanned["referral"] == api.get(f"/referrals/{code}")
    assert scanned["referral"]["friend"] == {"points": 200}
    assert scanned["referral"]["minimum"] == 2000
    assert code not in str(scanned)
    assert store["customer"] not in str(scanned)


def test_with_a_wrong_code_nobody_is_enrolled(api: DescribedApi, store: dict[str, Any]) -> None:
    change(api, **SCHEME)
    there = len(api.get("/customers")["items"])

    refused = api.post("/customers", {"referral_code": "0000-0000-0000"}, expect=404)

    assert refused["code"] == "code_not_found"
    assert len(api.get("/customers")["items"]) == there


def test_guesses_of_friends_codes_are_counted_and_who_names_none_may_enrol(
    api: DescribedApi, store: dict[str, Any]
) -> None:
    change(api, **SCHEME)
    for i in range(CODE.failures):
        path, body = [
            ("/customers", {"referral_code": f"{i:012}"}),
            ("/scans", {"code": f"{i:012}"}),
        ][i % 2]
        api.post(path, body, expect=404)

    code = code_of(api, store["customer"])

    assert api.call("GET", f"/referrals/{code}").status_code == 429
    assert (
        api.post("/customers", {"referral_code": code}, expect=429)["code"] == "too_many_attempts"
    )
    api.post("/customers", {}, expect=201)


def test_a_customer_without_a_scheme_gets_no_code(api: DescribedApi, store: dict[str, Any]) -> None:
    refused = api.post("/referrals", {"customer": store["customer"]}, expect=409)

    assert refused["code"] == "referrals_off"
    api.post("/referrals", {"customer": "cu_" + "0" * 32}, expect=404)


def make_odd(api: DescribedApi, store: dict[str, Any]) -> tuple[str, str]:
    """Return a friend in review, who has the referrer's mail address, and the referral."""
    change(api, **SCHEME)
    person = {"person": {"email": "ada@example.org"}}
    api.call("PATCH", f"/customers/{store['customer']}", person)
    code = code_of(api, store["customer"])
    friend = api.post("/customers", person | {"referral_code": code})
    api.post("/purchases", sale(store["shop"], card=friend["card"]["number"], total=1000))
    return friend["id"], friend["referral"]


def test_what_seems_odd_waits_and_is_approved(api: DescribedApi, store: dict[str, Any]) -> None:
    friend, referral = make_odd(api, store)
    waiting = api.get("/referrals?state=review")["items"]
    assert [one["id"] for one in waiting] == [referral]
    assert waiting[0]["reasons"] == [
        {
            "code": "same_mail",
            "detail": "The friend has the mail address of the referrer, or of another friend.",
        }
    ]
    assert balance(api, friend) == (10, 0)

    key = uuid4().hex
    first = api.post(f"/referrals/{referral}/approve", {"reason": "one house"}, key=key)
    again = api.post(f"/referrals/{referral}/approve", {"reason": "one house"}, key=key)

    assert first == again
    assert first["state"] == "rewarded"
    assert balance(api, friend) == (210, 0)
    refused = api.post(f"/referrals/{referral}/reject", {"reason": "no"}, expect=409)
    assert refused["code"] == "wrong_state"
    assert "referral.approved" in [one["action"] for one in api.get("/audit")["items"]]


def test_what_seems_odd_waits_and_is_rejected(api: DescribedApi, store: dict[str, Any]) -> None:
    friend, referral = make_odd(api, store)

    ended = api.post(f"/referrals/{referral}/reject", {"reason": "one person"})

    assert (ended["state"], ended["rewards"]) == ("rejected", [])
    assert balance(api, friend) == (10, 0)


def test_what_is_kept_of_a_customer_names_no_friend(
    api: DescribedApi, store: dict[str, Any]
) -> None:
    change(api, **SCHEME)
    friend = api.post("/customers", {"referral_code": code_of(api, store["customer"])})
    api.post("/purchases", sale(store["shop"], card=friend["card"]["number"], total=1000))

    referrer = api.call("GET", f"/customers/{store['customer']}/export").text
    own = api.call("GET", f"/customers/{friend['id']}/export").text

    assert '"as":"referrer"' in referrer.replace(" ", "")
    assert '"as":"friend"' in own.replace(" ", "")
    assert friend["id"][3:] not in referrer
    assert store["customer"][3:] not in own
