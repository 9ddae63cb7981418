"""Which offers go together, in which order, and which of some is the best."""

from datetime import UTC, datetime
from itertools import permutations
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import Refusal
from core.money import Money
from coupons import benefits, conditions, quotas, stacking
from coupons.basket import Basket, Line
from coupons.benefits import Ask
from coupons.codes import Held
from coupons.errors import OfferUsedUp
from coupons.quotas import ALL, Limit, Name
from coupons.stacking import Candidate, Round
from coupons.terms import Terms, Together

NOON = datetime(2026, 3, 14, 12, 0, tzinfo=UTC)
TEN = {"kind": "percent", "percent": "10"}
TWENTY = {"kind": "percent", "percent": "20"}
THREE_OFF = {"kind": "amount", "amount": 300}
FIFTY_POINTS = {"kind": "points", "points": 50}


def make_candidate(
    number: int,
    benefit: dict[str, Any],
    *,
    refusal: Refusal | None = None,
    limits: tuple[Limit, ...] = (),
    **together: Any,
) -> Candidate:
    """Return a coupon named by its number."""
    offer = Terms(
        offer_id=UUID(int=1000 + number),
        number=1,
        name={"en": f"Offer {number}"},
        benefit=benefits.read(benefit),
        benefit_terms=benefit,
        conditions=conditions.read({"all": []}),
        overall=None,
        per_customer=None,
        limits=[],
        together=Together(**together),
        on_refund="restore",
        starts_at=None,
        ends_at=None,
    )
    coupon = Held(
        id=UUID(int=number), code=f"C{number}", label=f"C{number}", state="active",
        offer_id=offer.offer_id, version_id=UUID(int=2000 + number), channel_id=None,
        customer_id=None, use_limit=None, per_customer=None, used=0, voided=0,
        campaign_id=UUID(int=9), campaign_state="running", campaign_starts_at=None,
        campaign_ends_at=None, campaign_limits=[],
    )  # fmt: skip
    return Candidate(coupon, offer, refusal, None, limits, quotas.places(offer))


def play(*candidates: Candidate, total: int = 1000, live: dict[Name, int] | None = None) -> Round:
    basket = Basket("EUR", Money(total), (Line(Money(total)),))
    ask = Ask(basket, [total], [total], has_card=True, at=NOON, zone="Europe/Oslo")
    return stacking.play(candidates, ask, live or {})


def told(end: Round) -> dict[str, int | str]:
    """Return by coupon what it took off, or the code of its refusal; in the order of applying."""
    return {one.coupon.code: one.given.discount for one in end.taken} | {
        one.coupon.code: one.refusal.code for one in end.refused
    }


@pytest.mark.parametrize(
    ("case", "offers", "expected"),
    [
        ("per cent comes before amount", [(THREE_OFF, {}), (TEN, {})], {"C2": 100, "C1": 300}),
        (
            "unless the amount has the smaller priority",
            [(THREE_OFF, {"priority": 1}), (TEN, {})],
            {"C1": 300, "C2": 70},
        ),
        ("two percentages are taken one on the other", [(TEN, {}), (TWENTY, {})],
         {"C1": 100, "C2": 180}),
        (
            "or both on the first price",
            [(TEN, {"base": "first"}), (TWENTY, {"base": "first"})],
            {"C1": 100, "C2": 200},
        ),
        (
            "an exclusive one that comes first keeps all others out",
            [(TEN, {"mode": "exclusive", "priority": 1}), (THREE_OFF, {})],
            {"C1": 100, "C2": "not_together"},
        ),
        (
            "an exclusive one that comes later stands back",
            [(TEN, {"mode": "exclusive", "priority": 900}), (THREE_OFF, {})],
            {"C2": 300, "C1": "not_together"},
        ),
        (
            "exclusive in its group leaves other groups alone",
            [(TEN, {"mode": "exclusive", "group": "a"}), (THREE_OFF, {"group": "b"})],
            {"C1": 100, "C2": 300},
        ),
        (
            "and keeps its own group out",
            [(TEN, {"mode": "exclusive", "group": "a"}), (THREE_OFF, {"group": "a"})],
            {"C1": 100, "C2": "not_together"},
        ),
        (
            "of rivals the best for the customer wins",
            [(TEN, {"mode": "best", "group": "a"}), (THREE_OFF, {"mode": "best", "group": "a"})],
            {"C2": 300, "C1": "better_taken"},
        ),
        (
            "the first of two equal rivals wins",
            [(TEN, {"mode": "best"}), (TEN, {"mode": "best"})],
            {"C1": 100, "C2": "better_taken"},
        ),
        (
            "money counts before points",
            [(FIFTY_POINTS, {"mode": "best"}), (TEN, {"mode": "best"})],
            {"C2": 100, "C1": "better_taken"},
        ),
        (
            "a rival alone in its group has no rival",
            [(TEN, {"mode": "best", "group": "a"}), (TWENTY, {"mode": "best", "group": "b"})],
            {"C1": 100, "C2": 180},
        ),
        (
            "a stackable one goes with the best",
            [(TEN, {"mode": "best"}), (TWENTY, {"mode": "best"}), (THREE_OFF, {})],
            {"C2": 200, "C3": 300, "C1": "better_taken"},
        ),
    ],
)  # fmt: skip
def test_offers_together(
    case: str, offers: list[tuple[dict[str, Any], dict[str, Any]]], expected: dict[str, Any]
) -> None:
    candidates = [
        make_candidate(i, benefit, **together) for i, (benefit, together) in enumerate(offers, 1)
    ]

    for order in permutations(candidates):
        end = play(*order)

        assert list(told(end).items()) == list(expected.items()), case


def test_a_rival_that_is_refused_does_not_win() -> None:
    gone = make_candidate(1, TWENTY, refusal=OfferUsedUp(), mode="best")
    there = make_candidate(2, TEN, mode="best")

    assert told(play(gone, there)) == {"C2": 100, "C1": "offer_used_up"}


def budget(cap: int, *, gives_rest: bool) -> Limit:
    return Limit(UUID(int=77), ALL, "", "discount", cap, gives_rest=gives_rest)


@pytest.mark.parametrize(
    ("case", "limit", "taken", "expected"),
    [
        ("it suffices", budget(100, gives_rest=False), 0, {"C1": 100}),
        ("a cent is missing", budget(100, gives_rest=False), 1, {"C1": "budget_used_up"}),
        ("the rest is given", budget(100, gives_rest=True), 60, {"C1": 40}),
        ("nothing is left", budget(100, gives_rest=True), 100, {"C1": "budget_used_up"}),
    ],
)
def test_a_budget(case: str, limit: Limit, taken: int, expected: dict[str, Any]) -> None:
    coupon = make_candidate(1, TEN, limits=(limit,))

    assert told(play(coupon, live={limit.name: taken})) == expected, case


def test_a_budget_is_shared_by_the_coupons_of_one_purchase() -> None:
    limit = budget(150, gives_rest=True)

    end = play(make_candidate(1, TEN, limits=(limit,)), make_candidate(2, TEN, limits=(limit,)))

    assert told(end) == {"C1": 100, "C2": 50}


MODES = st.fixed_dictionaries(
    {
        "mode": st.sampled_from(["stackable", "exclusive", "best"]),
        "group": st.sampled_from([None, "a", "b"]),
        "priority": st.integers(0, 3),
        "base": st.sampled_from(["running", "first"]),
    }
)
GIVES = st.sampled_from([TEN, TWENTY, THREE_OFF, FIFTY_POINTS])


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.tuples(GIVES, MODES), min_size=1, max_size=5),
    st.integers(0, 5000),
    st.randoms(use_true_random=False),
)
def test_whatever_goes_together_the_order_of_the_request_does_not_matter(
    offers: list[tuple[dict[str, Any], dict[str, Any]]], total: int, chance: Any
) -> None:
    candidates = [make_candidate(i, one, **how) for i, (one, how) in enumerate(offers, 1)]
    shuffled = list(candidates)
    chance.shuffle(shuffled)

    end, other = play(*candidates, total=total), play(*shuffled, total=total)

    assert told(end) == told(other)
    assert 0 <= sum(one.given.discount for one in end.taken) <= total
    assert len(end.taken) + len(end.refused) == len(candidates)


def test_of_many_rivals_each_is_asked_once_of_the_same_lines(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = []
    ask_it = benefits.Percent.give

    def give(self: benefits.Percent, ask: Ask) -> Any:
        asked.append(tuple(ask.left))
        return ask_it(self, ask)

    monkeypatch.setattr(benefits.Percent, "give", give)
    pairs = [make_candidate(i, TEN, mode="best", group=f"g{i // 2}") for i in range(30)]

    end = play(*pairs, total=10_000_000)

    assert len(end.taken) == len(end.refused) == 15
    assert len(asked) <= 30 + 15
