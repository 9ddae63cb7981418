"""Whatever is bought with whatever offers: the sums are right, and undoing it leaves no trace."""

import os
from collections import Counter
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from hypothesis import HealthCheck, event, given, settings
from sqlalchemy import select
from sqlalchemy.orm import Session

from core import ids
from core.auth import SYSTEM
from coupons import offers
from coupons.benefits import KINDS
from coupons.models import Campaign, Coupon, Purchase, Quota
from coupons.schemas import OfferRequest
from loyalty import programme, reconcile
from tests.factories import NOON, make_campaign, make_coupon, make_customer, make_offer, make_shop
from tests.tables.acting import Answer, Json
from tests.tables.by_rules import ByRules, terms_of
from tests.tables.histories import BENEFITS, Bought, History, histories
from tests.tables.stage import Stage, hurried

EXAMPLES = int(os.environ.get("HYPOTHESIS_EXAMPLES", "80"))
"""How many histories are lived on each engine; a soak lives thousands."""

BEFORE = {"available": 500, "pending": 0, "debt": 0}
STAMPS = 5


@pytest.fixture(scope="module")
def stage(application: Flask) -> Iterator[Stage]:
    """A database that was emptied once; each history brings its own customer and offers."""
    with hurried(application):
        yield Stage(application)


@pytest.fixture(scope="module")
def world(stage: Stage) -> "World":
    return World(stage)


class World:
    """What all histories share, and the acts of one after the other."""

    def __init__(self, stage: Stage) -> None:
        self.database = stage.database
        self.hands = ByRules(stage.database, stage.people)
        card = {"per": "piece", "on": {}, "needed": STAMPS, "reward_points": 20}
        self.card = stage.stamp_card("coffees", card, NOON)
        self.shop, self.gift = self.database.transact(self._open)

    @staticmethod
    def _open(session: Session) -> tuple[str, str]:
        gift, shop = make_offer(session), make_shop(session)
        return ids.public("sh", shop.id), ids.public("of", gift.id)

    def begin(self, history: History) -> None:
        """Take in a customer with some points, and issue a coupon of each offer."""

        def work(session: Session) -> None:
            changes = {"pending_days": history.pending_days}
            programme.change(session, changes, actor=SYSTEM, at=NOON)
            customer, card = make_customer(session)
            self.customer, self.number = customer.id, card.number
            campaign = make_campaign(session)
            self.campaign = campaign.id
            coupons = [self._coupon(session, campaign, one) for one in history.offers]
            self.codes = [code for code, _ in coupons]
            self.offers = [offer for _, offer in coupons]

        self.database.transact(work)
        self.hands.adjust(self.customer, BEFORE["available"], "to begin with", NOON, None)

    def _coupon(self, session: Session, campaign: Campaign, said: Json) -> tuple[str, UUID]:
        body = self._filled(said) | {"campaign": ids.public("ca", campaign.id)}
        sent = OfferRequest().load(body | {"name": {"en": "Some offer"}})
        sent.pop("campaign")
        offer = offers.add(session, campaign, **terms_of(sent), actor=SYSTEM, at=NOON)
        return make_coupon(session, offer, use_limit=3).code, offer.id

    def _filled(self, said: Any) -> Any:
        if isinstance(said, dict):
            return {key: self._filled(value) for key, value in said.items()}
        if isinstance(said, list):
            return [self._filled(value) for value in said]
        return {"STAMP CARD": self.card, "GIFT": self.gift}.get(said, said) if said else said

    def order(self, bought: Bought, spend: int = 0) -> Json:
        """Return a purchase as the API is told of it."""
        return {
            "shop": self.shop,
            "basket": bought.basket,
            "card": self.number if bought.has_card else None,
            "coupons": [self.codes[i] for i in bought.coupons],
            "spend_points": spend,
            "on_refusal": "skip",
        }

    def buy(self, bought: Bought) -> Answer:
        """Quote a purchase in two orders of its coupons, and settle it."""
        order = self.order(bought)
        first = self.hands.quote(order, NOON, None)
        turned = order | {"coupons": order["coupons"][::-1]}
        assert by_code(first, order) == by_code(self.hands.quote(turned, NOON, None), turned)
        most = min(first.to_pay, self.balance()["available"]) if bought.has_card else 0
        order["spend_points"] = most * bought.spend // 4
        quoted = self.hands.quote(order, NOON, None)
        done = self.hands.buy(order, NOON, None)
        assert quoted == done
        return done

    def balance(self) -> dict[str, int]:
        """Return what the customer holds."""
        return self.hands.balance(self.customer, NOON)

    def undo(self, bought: Bought, done: Answer) -> bool:
        """Undo a purchase, after some refunds; tell whether it ended with a refund."""
        assert done.id
        worth = left = bought.basket["total"] - done.discount
        for tenths in bought.back:
            if 0 < (part := worth * tenths // 10) < left:
                self.refund(done.id, part)
                left -= part
        if bought.ends == "refund" and left:
            self.refund(done.id, left)
            return True
        self.hands.void(done.id, NOON, None)
        return False

    def refund(self, purchase: str, amount: int) -> None:
        """Give some of a purchase back."""
        self.hands.refund(purchase, {"amount": amount, "reason": "returned"}, NOON, None)

    def coupons(self, session: Session) -> dict[str, int]:
        """Return how many uses of each coupon stand."""
        rows = select(Coupon).where(Coupon.code.in_(self.codes))
        return {one.code: one.used - one.voided for one in session.scalars(rows)}

    def quotas(self, session: Session) -> list[int]:
        """Return what is taken of each limit."""
        of = [self.campaign, *self.offers]
        coupons = select(Coupon.id).where(Coupon.code.in_(self.codes))
        rows = select(Quota).where(Quota.subject_id.in_(of) | Quota.subject_id.in_(coupons))
        return [one.used - one.voided for one in session.scalars(rows)]


def by_code(answer: Answer, order: Json) -> Any:
    """Return an answer with codes in place of their places in the request."""
    codes = order["coupons"]
    taken = [(codes[one.index], one.discount, one.lines) for one in answer.taken]
    refused = {codes[i]: it for i, it in answer.refused.items()}
    return taken, refused, answer.discount, answer.to_pay, answer.points, answer.news


def check_sums(bought: Bought, done: Answer) -> None:
    """No line is worth less than nothing, and the lines come to the total."""
    lines = bought.basket.get("lines") or [{"amount": bought.basket["total"]}]
    off: Counter[int] = Counter()
    for one in done.taken:
        assert all(part > 0 for part in one.lines.values())
        assert sum(one.lines.values()) == one.discount
        off.update(one.lines)
    assert all(0 <= off[i] <= line["amount"] for i, line in enumerate(lines))
    assert sum(off.values()) == done.discount
    assert done.to_pay == bought.basket["total"] - done.discount - done.paid_with_points
    assert done.to_pay >= 0


def check_gone(world: World, history: History, answers: list[Answer], burnt: set[int]) -> None:
    """Nothing stands any more, but for the coupons of which a full refund burns the use."""
    assert world.balance() == BEFORE
    assert [(one["held"], one["full"]) for one in world.hands.shelf(world.customer, NOON)] == [
        (0, 0)
    ]
    stands: Counter[str] = Counter()
    for i in burnt:
        for one in answers[i].taken:
            offer = history.purchases[i].coupons[one.index]
            if history.offers[offer]["on_refund"] == "burn":
                stands[world.codes[offer]] += 1
    with world.database.reading() as session:
        assert world.coupons(session) == {code: stands[code] for code in world.codes}
        if not stands:
            assert not any(world.quotas(session))
        for answer in answers:
            purchase = session.get_one(Purchase, ids.parse("pu", str(answer.id)))
            assert (
                purchase.voided_at or purchase.refunded == purchase.basket_total - purchase.discount
            )
        assert list(reconcile.findings(session)) == []


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize="HYPOTHESIS_EXAMPLES" not in os.environ,
    database=None,
    suppress_health_check=list(HealthCheck),
)
@given(history=histories())
def test_whatever_is_bought_the_sums_are_right_and_undoing_it_leaves_no_trace(
    world: World, history: History
) -> None:
    world.begin(history)

    answers = [world.buy(one) for one in history.purchases]
    with world.database.reading() as session:
        assert list(reconcile.findings(session)) == []
    burnt = {i for i in history.undo if world.undo(history.purchases[i], answers[i])}

    for bought, done in zip(history.purchases, answers, strict=True):
        event(f"coupons taken: {len(done.taken)}")
        check_sums(bought, done)
    check_gone(world, history, answers, burnt)


def test_every_kind_of_benefit_can_come_up() -> None:
    assert set(BENEFITS) == set(KINDS)
