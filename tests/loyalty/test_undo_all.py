"""All that hangs on purchases at once: when every one of them is undone, nothing is left of it."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.db import Database
from coupons.models import Coupon, Purchase, Quota, QuotaUse, Redemption
from loyalty import checkout, expiry, reconcile, refunding, voiding
from loyalty.models import Referral, StampBook, Standing
from loyalty.portions import Part
from loyalty.refunding import Wanted
from tests.factories import MANAGER, make_basket, make_offer, make_order, make_public
from tests.loyalty.scheme import BOUGHT, Pair, make_pair, make_scheme
from tests.loyalty.standing import make_ladder
from tests.loyalty.test_stamps import make_card

LINES = (1999, 700, 301)
STEPS = st.sampled_from(["buy", "buy", "part", "part", "line", "rest", "void"])


@dataclass
class Game:
    """A friend who was referred, with a stamp card, tiers, and coupons of every kind of limit."""

    session: Session
    pair: Pair
    codes: list[str]
    open: list[UUID] = field(default_factory=list)

    def buy(self, choice: int) -> None:
        spend = min(self.held[0], 97) if choice % 2 else 0
        codes = [code for i, code in enumerate(self.codes) if choice >> i & 1]
        basket, card = make_basket(*LINES), self.pair.card.number
        order = make_order(
            self.pair.shop, *codes, basket=basket, card=card, spend_points=spend, skip_refused=True
        )
        done = checkout.settle(self.session, order, actor=MANAGER, at=BOUGHT)
        self.session.flush()
        assert done.id
        self.open.append(done.id)

    def undo(self, step: str, choice: int) -> None:
        """Undo a purchase, or some of it; what is done with is put aside."""
        id = self.open[choice % len(self.open)]
        self.session.expire_all()
        row = self.session.get_one(Purchase, id)
        left = row.basket_total - row.discount - row.refunded
        if step == "void" or not left:
            voiding.void(self.session, id, "undone", actor=MANAGER, at=BOUGHT)
            self.open.remove(id)
            return
        wanted = Wanted(amount=left)
        if step == "part":
            wanted = Wanted(amount=1 + choice * 7919 % left)
        elif step == "line" and not row.refunded:
            wanted = Wanted((Part(choice % len(LINES), amount=1),))
        paid = refunding.refund(self.session, id, wanted, "undone", actor=MANAGER, at=BOUGHT)
        if paid.left[0] == 0:
            self.open.remove(id)

    @property
    def held(self) -> tuple[int, int, int]:
        connection = self.session.connection()
        found = expiry.balance(connection, self.pair.friend.id, at=BOUGHT)
        return found.available, found.pending, found.debt


def make_game(session: Session) -> Game:
    make_scheme(session)
    make_ladder(session)
    card = make_card(session, needed=3, reward_points=40)
    following = make_offer(session)
    limits: list[dict[str, Any]] = [
        {"of": "offer", "discount": 10**6, "per": "month"},
        {"of": "campaign", "uses": 99, "each_customer": True, "per": "day"},
    ]
    terms: list[dict[str, Any]] = [
        {"benefit": {"kind": "percent", "percent": "12.5"}, "limits": limits, "overall": 50},
        {"benefit": {"kind": "points", "points": 33}, "per_customer": 50},
        {"benefit": {"kind": "stamps", "stamps": 2, "stamp_card": card.id.hex}},
        {"benefit": {"kind": "next_coupon", "offer": following.id.hex}, "limits": limits},
        {"benefit": {"kind": "amount", "amount": 250}, "limits": limits[:1]},
    ]
    codes = [make_public(session, make_offer(session, **one)).code for one in terms]
    return Game(session, make_pair(session), codes)


def check_nothing_left(game: Game) -> None:
    """Every counter says what it said before the first purchase."""
    session = game.session
    session.expire_all()
    assert game.held == (0, 0, 0)
    for model in (Coupon, Quota):
        assert [(one.used, one.voided) for one in session.scalars(select(model))] == [
            (one.used, one.used) for one in session.scalars(select(model))
        ]
    assert session.scalar(select(func.sum(QuotaUse.amount - QuotaUse.given_back))) in (0, None)
    assert set(session.scalars(select(Redemption.state))) <= {"returned", "voided"}
    granted = select(Coupon.state).where(Coupon.external_ref.is_not(None))
    assert set(session.scalars(granted)) <= {"revoked"}
    assert not session.scalar(select(func.sum(StampBook.stamps)))
    assert set(session.scalars(select(Standing.tier_id))) <= {None}
    assert session.scalars(select(Referral.state)).all() == ["attributed"]
    referrer = expiry.balance(session.connection(), game.pair.referrer.id, at=BOUGHT)
    assert (referrer.available, referrer.pending, referrer.debt) == (0, 0, 0)
    assert list(reconcile.findings(session)) == []


@settings(
    max_examples=60, deadline=None, database=None, derandomize=True,
    suppress_health_check=list(HealthCheck),
)  # fmt: skip
@given(
    history=st.lists(st.tuples(STEPS, st.integers(0, 31)), max_size=14),
    ends=st.lists(st.sampled_from(["rest", "void"]), min_size=14, max_size=14),
)
def test_whatever_was_done_undoing_all_of_it_restores_every_counter(
    database: Database, history: list[tuple[str, int]], ends: list[str]
) -> None:
    with database.writing() as session:
        game = make_game(session)
        for step, choice in history:
            if step == "buy" or not game.open:
                game.buy(choice)
            else:
                game.undo(step, choice)

        for end in ends:
            if game.open:
                game.undo(end, 0)

        assert game.open == []
        check_nothing_left(game)
        session.rollback()
