"""Hypothesis plays shop: whatever it does, the ledger says what a pupil would have on paper."""

import os
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.db import Database
from core.errors import Refusal
from loyalty import (
    checkout,
    claims,
    expiry,
    merging,
    points,
    programme,
    reconcile,
    refunding,
    sweeping,
    transfers,
    voiding,
)
from loyalty.models import Entry
from tests.factories import (
    MANAGER,
    NOON,
    make_customer,
    make_offer,
    make_order,
    make_public,
    make_shop,
)
from tests.loyalty.hands import make_reward
from tests.loyalty.plain_points import Purchase, Rules, Wallet

EXAMPLES = int(os.environ.get("HYPOTHESIS_EXAMPLES", "60"))
"""How many games are played; a soak plays thousands."""

CLAWBACKS = st.sampled_from(["debt", "debt", "within_balance", "only_pending"])
LAPSED = st.sampled_from(["grace", "lapse"])
WHO = st.sampled_from([0, 0, 0, 1])

BONUS = 7
PRICE = 40
CUSTOMERS = 2


class Machine(RuleBasedStateMachine):
    """A shop with some customers, and beside it the wallets on paper."""

    database: Database

    @initialize(
        pending_days=st.sampled_from([0, 14]),
        expiry_months=st.sampled_from([1, 2]),
        clawback=CLAWBACKS,
        lapsed_refund=LAPSED,
    )
    def open(self, **given: Any) -> None:
        self.at = NOON
        self.standing: list[tuple[int, UUID, Purchase]] = []
        self.claimed: list[tuple[int, UUID, Purchase]] = []
        self.closed: list[UUID] = []
        self.wallets = [Wallet() for _ in range(CUSTOMERS)]

        def work(session: Session) -> None:
            self.shop = make_shop(session)
            made = [make_customer(session) for _ in range(CUSTOMERS)]
            self.ids = [customer.id for customer, _ in made]
            self.cards = [card.number for _, card in made]
            self.reward = make_reward(session, points=PRICE).id
            gift = make_offer(session, benefit={"kind": "points", "points": BONUS})
            self.gift = make_public(session, gift).code
            programme.change(session, {"transfers": True}, actor=MANAGER, at=NOON)

        self.database.transact(work)
        self.change_rules(earn_per=100, **given)

    @rule(
        earn_per=st.sampled_from([10, 100]),
        pending_days=st.sampled_from([0, 0, 1, 14]),
        expiry_months=st.sampled_from([1, 2, 24, None]),
        clawback=CLAWBACKS,
        lapsed_refund=LAPSED,
    )
    def change_rules(self, **given: Any) -> None:
        self.rules = Rules(**given)
        changes = dict(vars(self.rules))
        self.database.transact(lambda s: programme.change(s, changes, actor=MANAGER, at=self.at))

    @rule(hours=st.sampled_from([0, 1, 24, 24 * 13, 24 * 14, 24 * 17, 24 * 30, 24 * 31, 24 * 65]))
    def wait(self, hours: int) -> None:
        self.at += timedelta(hours=hours)
        for wallet in self.wallets:
            wallet.until(self.at)

    @rule(who=WHO)
    def wait_for_the_very_moment(self, who: int) -> None:
        """Go to the instant at which points come in or go, not one second further."""
        wallet = self.wallets[who]
        moments = [one.due_at for one in wallet.coming]
        if following := wallet.next_expiry:
            moments.append(following[0])
        if moments:
            self.at = min(moments)
            self.wait(0)

    @rule(
        who=WHO,
        total=st.sampled_from([0, 99, 100, 1234, 5000, 20_000]),
        share=st.sampled_from([0, 0, 1, 2, 4, 5]),
        gift=st.booleans(),
    )
    def buy(self, who: int, total: int, share: int, *, gift: bool) -> None:
        wallet = self.wallets[who]
        spend = wallet.available * share // 4
        codes = [self.gift] if gift else []
        order = make_order(self.shop, *codes, card=self.cards[who], total=total, spend_points=spend)
        expected = None
        if spend > wallet.available:
            expected = "points_short"
        elif spend > total:
            expected = "points_too_many"
        done, refused = self.attempt(lambda s: checkout.settle(s, order, actor=MANAGER, at=self.at))
        assert refused == expected
        if done is None:
            return
        purchase = Purchase(spent=wallet.take(spend), worth=total, to_pay=total - spend)
        for earned in ((total - spend) // self.rules.earn_per, BONUS if gift else 0):
            if earned:
                purchase.earned.append(wallet.earn(earned, self.rules, self.at))
        assert done.points["available"] == wallet.available
        assert done.points["balance_pending"] == wallet.pending
        assert done.id
        self.standing.append((who, done.id, purchase))

    @rule(who=WHO, gift=st.booleans())
    def spend_all(self, who: int, *, gift: bool) -> None:
        """Pay with every point there is, and with nothing else."""
        self.buy(who, self.wallets[who].available, 4, gift=gift)

    @precondition(lambda self: self.standing)
    @rule(which=st.integers(0, 5), days=st.sampled_from([0, 0, 20]))
    def void(self, which: int, days: int) -> None:
        self.wait(24 * days)
        who, id, purchase = self.standing.pop(which % len(self.standing))
        self.database.transact(lambda s: voiding.void(s, id, "returned", actor=MANAGER, at=self.at))
        self.wallets[who].undo(purchase, self.rules, self.at)

    @precondition(lambda self: self.standing)
    @rule(
        which=st.integers(0, 5),
        share=st.sampled_from([1, 33, 50, 50, 99, 100]),
        days=st.sampled_from([0, 0, 13, 20]),
    )
    def refund(self, which: int, share: int, days: int) -> None:
        """Give some of a purchase back, or the last of it."""
        self.wait(24 * days)
        which %= len(self.standing)
        who, id, purchase = self.standing[which]
        left = purchase.worth - purchase.back
        amount = -(-left * share // 100)
        if not amount:
            return
        wanted = refunding.Wanted(amount=amount)
        self.database.transact(
            lambda s: refunding.refund(s, id, wanted, "some", actor=MANAGER, at=self.at)
        )
        self.wallets[who].undo(purchase, self.rules, self.at, purchase.back + amount)
        if amount == left:
            self.standing.pop(which)

    @rule(who=WHO, by=st.integers(-400, 400).filter(bool))
    def adjust(self, who: int, by: int) -> None:
        wallet = self.wallets[who]
        expected = "points_short" if -by > wallet.available else None
        _, refused = self.attempt(
            lambda s: points.adjust(s, self.ids[who], by, "game", actor=MANAGER, at=self.at)
        )
        assert refused == expected
        if refused:
            return
        if by > 0:
            wallet.earn(by, Rules(expiry_months=self.rules.expiry_months), self.at)
        else:
            wallet.take(-by)

    @rule(who=WHO, share=st.sampled_from([1, 2, 3, 4]))
    def transfer(self, who: int, share: int) -> None:
        points = max(1, self.wallets[who].available * share // 4)
        giver, taker = self.ids[who], self.ids[1 - who]
        _, refused = self.attempt(
            lambda s: transfers.transfer(s, giver, taker, points, actor=MANAGER, at=self.at)
        )
        assert refused == ("points_short" if points > self.wallets[who].available else None)
        if refused is None:
            self.wallets[1 - who].receive(self.wallets[who].take(points))

    @rule(who=WHO)
    def claim(self, who: int) -> None:
        made, refused = self.attempt(
            lambda s: claims.claim(s, self.reward, self.ids[who], actor=MANAGER, at=self.at)
        )
        assert refused == ("points_short" if self.wallets[who].available < PRICE else None)
        if made:
            spent = Purchase(spent=self.wallets[who].take(PRICE))
            self.claimed.append((who, made.id, spent))

    @precondition(lambda self: self.claimed)
    @rule(which=st.integers(0, 5))
    def cancel(self, which: int) -> None:
        who, id, spent = self.claimed.pop(which % len(self.claimed))
        self.database.transact(
            lambda s: claims.cancel(s, id, "not wanted", actor=MANAGER, at=self.at)
        )
        self.wallets[who].undo(spent, self.rules, self.at)

    @rule(who=WHO)
    def merge(self, who: int) -> None:
        """Let one customer be the other, who shows the old card from then on."""
        into = 1 - who
        self.database.transact(
            lambda s: merging.merge(s, self.ids[who], self.ids[into], actor=MANAGER, at=self.at)
        )
        self.wallets[into].absorb(self.wallets[who])
        for strip in (self.standing, self.claimed):
            strip[:] = [(into if w == who else w, id, what) for w, id, what in strip]
        self.closed.append(self.ids[who])
        fresh, card = self.database.transact(make_customer)
        self.cards[into] = self.cards[who]
        self.ids[who], self.cards[who], self.wallets[who] = fresh.id, card.number, Wallet()

    def attempt(self, work: Callable[[Session], Any]) -> tuple[Any, str | None]:
        """Return what came of some work, or the code of its refusal."""
        try:
            return self.database.transact(work), None
        except Refusal as refusal:
            return None, refusal.code

    @rule()
    def sweep(self) -> None:
        sweeping.sweep(self.database, self.at)

    @invariant()
    def balances_are_those_on_paper(self) -> None:
        with self.database.reading() as session:
            for id, wallet in zip(self.ids, self.wallets, strict=True):
                found = expiry.balance(session.connection(), id, at=self.at)
                assert found == expiry.Balance(
                    wallet.available, wallet.pending, wallet.debt, wallet.next_expiry
                )

    def teardown(self) -> None:
        """Whatever was played, the books balance, swept or not, and nothing was lost on the way."""
        self.check_books()
        sweeping.sweep(self.database, self.at)
        self.check_books()
        with self.database.reading() as session:
            for id, wallet in zip(self.ids, self.wallets, strict=True):
                sums = {side: self.moved(session, id, side) for side in ("available", "pending")}
                assert sums == {"available": wallet.available, "pending": wallet.pending}
            for id in self.closed:
                assert {self.moved(session, id, side) for side in ("available", "pending")} == {0}

    def check_books(self) -> None:
        with self.database.reading() as session:
            assert list(reconcile.findings(session)) == []

    @staticmethod
    def moved(session: Session, id: UUID, side: str) -> int:
        into = select(func.sum(Entry.points)).where(Entry.customer_id == id, Entry.to_side == side)
        out = select(func.sum(Entry.points)).where(Entry.customer_id == id, Entry.from_side == side)
        return int(session.scalar(into) or 0) - int(session.scalar(out) or 0)

    at: datetime


def test_the_ledger_says_what_a_plain_model_says_whatever_is_done(database: Database) -> None:
    class OnThisDatabase(Machine):
        pass

    OnThisDatabase.database = database

    run_state_machine_as_test(
        OnThisDatabase,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=50,
            deadline=None,
            derandomize="HYPOTHESIS_EXAMPLES" not in os.environ,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
