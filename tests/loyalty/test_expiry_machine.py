"""Hypothesis lets time pass under every kind of expiry: nobody sees a point too many or too few."""

import os
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import update
from sqlalchemy.orm import Session

from core.db import Database
from core.models import Merchant
from loyalty import changing, checkout, expiry, points, programme, reconcile, sweeping
from tests.factories import MANAGER, NOON, make_customer, make_order, make_shop
from tests.loyalty.plain_expiry import Paper, Rule

EXAMPLES = int(os.environ.get("HYPOTHESIS_EXAMPLES", "60"))

ZONES = st.sampled_from(["Europe/Oslo", "America/New_York", "Asia/Beirut", "Pacific/Apia"])
RULES = st.builds(
    lambda kind, days: Rule(*kind, pending_days=days),
    st.sampled_from(
        [
            ("rolling", 1), ("rolling", 24), ("never",),
            ("yearly", None, "12-31"), ("yearly", None, "02-28"), ("yearly", None, "03-29"),
            ("inactivity", 1), ("inactivity", 1), ("inactivity", 3),
        ]
    ),
    st.sampled_from([0, 0, 1, 27]),
)  # fmt: skip
CUSTOMERS = 2
WHO = st.sampled_from(range(CUSTOMERS))
STARTS = [
    NOON,
    datetime.fromisoformat("2028-01-31T23:30:00+00:00"),
    datetime.fromisoformat("2026-10-24T22:30:00+00:00"),
    datetime.fromisoformat("2027-12-31T22:59:59+00:00"),
]


class Machine(RuleBasedStateMachine):
    """A shop with some customers, and beside it what they hold on paper."""

    database: Database
    at: datetime

    @initialize(zone=ZONES, start=st.sampled_from(STARTS), first=RULES)
    def open(self, zone: str, start: datetime, first: Rule) -> None:
        self.at = start

        def work(session: Session) -> None:
            session.execute(update(Merchant).values(zone=zone))
            begins = Rule("never").changes() | {"adjust_limit": 10**6}
            programme.change(session, begins, actor=MANAGER, at=self.at)
            self.shop = make_shop(session, zone=zone)
            made = [make_customer(session) for _ in range(CUSTOMERS)]
            self.ids: list[UUID] = [customer.id for customer, _ in made]
            self.cards = [card.number for _, card in made]

        self.database.transact(work)
        self.papers = [Paper(ZoneInfo(zone)) for _ in range(CUSTOMERS)]
        self.change(first)

    @rule(to=RULES)
    def change(self, to: Rule) -> None:
        for paper in self.papers:
            paper.change(to, self.at)
        changes = to.changes()
        self.database.transact(lambda s: changing.change(s, changes, actor=MANAGER, at=self.at))

    @rule(hours=st.sampled_from([1, 24, 24 * 26, 24 * 27, 24 * 31, 24 * 40, 24 * 65, 24 * 366]))
    def wait(self, hours: int) -> None:
        self.go(self.at + timedelta(hours=hours))

    @rule(who=WHO, early=st.booleans())
    def wait_for_the_very_moment(self, who: int, *, early: bool) -> None:
        """Go to the instant at which points come in or go, or just before it."""
        paper = self.papers[who]
        moments = [one.due_at for one in paper.coming] + [when for when, _ in paper.schedule]
        if moments:
            self.go(max(self.at, min(moments) - timedelta(microseconds=early)))

    def go(self, at: datetime) -> None:
        self.at = at
        for paper in self.papers:
            paper.until(at)

    @rule(who=WHO, total=st.sampled_from([0, 99, 100, 2500]), share=st.sampled_from([0, 0, 1, 4]))
    def buy(self, who: int, total: int, share: int) -> None:
        paper = self.papers[who]
        spent = min(total, paper.available * share // 4)
        order = make_order(self.shop, card=self.cards[who], total=total, spend_points=spent)
        self.database.transact(lambda s: checkout.settle(s, order, actor=MANAGER, at=self.at))
        paper.bought(self.at)
        paper.spend(spent)
        if earned := (total - spent) // 100:
            paper.earn(earned, self.at)

    @rule(who=WHO, by=st.sampled_from([1, 30, 400, -1, -30, -400]))
    def adjust(self, who: int, by: int) -> None:
        """Points by hand come at once, and are no sign of life."""
        paper = self.papers[who]
        by = max(by, -paper.available)
        if not by:
            return
        self.database.transact(
            lambda s: points.adjust(s, self.ids[who], by, "game", actor=MANAGER, at=self.at)
        )
        if by > 0:
            paper.receive(by, paper.ends_of(self.at), self.at)
        else:
            paper.spend(-by)

    @rule()
    def sweep(self) -> None:
        sweeping.sweep(self.database, self.at)

    @rule()
    def activate(self) -> None:
        sweeping.activate(self.database, self.at)

    @rule(who=WHO)
    def bring_up_to_date(self, who: int) -> None:
        """Whoever locks an account changes nothing that anybody could see."""
        self.database.transact(lambda s: expiry.lock(s.connection(), self.ids[who], at=self.at))

    @invariant()
    def everybody_holds_what_is_on_paper(self) -> None:
        with self.database.reading() as session:
            for id, paper in zip(self.ids, self.papers, strict=True):
                held = expiry.holding(session.connection(), id, at=self.at)
                assert held.balance.available == paper.available
                assert held.schedule == paper.schedule
                assert list(held.coming) == paper.awaited

    def teardown(self) -> None:
        sweeping.sweep(self.database, self.at)
        self.everybody_holds_what_is_on_paper()
        with self.database.reading() as session:
            assert list(reconcile.findings(session)) == []
            connection = session.connection()
            due = [sweeping.with_due(self.at), *sweeping.with_expired(connection, self.at)]
            assert sweeping.customers(connection, due) == []


def test_points_come_and_go_at_the_very_instant_under_every_kind_of_expiry(
    database: Database,
) -> None:
    class OnThisDatabase(Machine):
        pass

    OnThisDatabase.database = database

    run_state_machine_as_test(
        OnThisDatabase,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=40,
            deadline=None,
            derandomize="HYPOTHESIS_EXAMPLES" not in os.environ,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
