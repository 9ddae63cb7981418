"""Acts on the rules themselves: each act is one transaction, as the edge would have it."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from marshmallow import ValidationError
from sqlalchemy.orm import Session

from core import ids, problems
from core.auth import Actor, of_role
from core.db import Database
from core.errors import Refusal
from coupons import campaigns, codes, holds, issuing, offers
from coupons.errors import CodeNotFound
from coupons.schemas import CampaignRequest, IssueRequest, OfferChange, OfferRequest
from loyalty import (
    adjustments,
    cards,
    checkout,
    expiry,
    guarantees,
    merging,
    refunding,
    stamps,
    tiers,
    voiding,
)
from loyalty.expiry import Balance
from loyalty.order import Order, Outcome
from loyalty.portions import Part
from loyalty.referrals import attribution
from loyalty.refunding import Paid, Wanted
from loyalty.schemas import AdjustRequest, PurchaseRequest
from loyalty.schemas.refunds import MoneyBackRequest, RefundRequest
from tests.factories import MANAGER
from tests.tables.acting import Answer, Back, Json, No, Taken
from tests.tables.stage import People

R = TypeVar("R")


class ByRules:
    """Calls the functions of the house."""

    def __init__(self, database: Database, people: People) -> None:
        self.database, self.people = database, people

    def actor(self, by: str | None) -> Actor:
        """Return who acts: a program that may everything, or a manager."""
        if by is None:
            return MANAGER
        return Actor("staff", self.people.staff[by], permissions=of_role("manager"))

    def do(self, work: Callable[[Session], R]) -> R:
        """Do some work in one transaction."""
        try:
            return self.database.transact(work)
        except Refusal as refusal:
            raise No(refusal.code, problems.facts(refusal)) from refusal

    def campaign(self, body: Json, at: datetime) -> Json:
        sent = CampaignRequest().load(body)

        def work(session: Session) -> Json:
            made = campaigns.add(session, **sent, actor=MANAGER, at=at)
            campaigns.move(session, made.id, "start", actor=MANAGER, at=at)
            channels = campaigns.channels(session, made)
            return {
                "id": ids.public("ca", made.id),
                "channels": [{"id": ids.public("ch", c.id), "name": c.name} for c in channels],
            }

        return self.do(work)

    def offer(self, body: Json, at: datetime) -> str:
        sent = OfferRequest().load(body)
        place = sent.pop("campaign")

        def work(session: Session) -> str:
            where = campaigns.find(session, place)
            made = offers.add(session, where, **terms_of(sent), actor=MANAGER, at=at)
            return ids.public("of", made.id)

        return self.do(work)

    def change_offer(self, offer: str, body: Json, at: datetime) -> None:
        sent = terms_of(OfferChange().load(body))

        def work(session: Session) -> None:
            found = offers.find(session, ids.parse("of", offer), lock=True)
            offers.change(session, found, sent, actor=MANAGER, at=at)

        self.do(work)

    def issue(self, offer: str, body: Json, at: datetime) -> str:
        sent = IssueRequest().load(body)
        same: dict[str, Any] = {"channel_id": sent.get("channel"), "actor": MANAGER, "at": at}

        def work(session: Session) -> str:
            found = offers.find(session, ids.parse("of", offer))
            version = offers.current(session, found)
            if "customers" in sent:
                made = issuing.issue_personal(session, found, version, sent["customers"], **same)
                return made[0].code
            limits = {n: sent[n] for n in ("use_limit", "per_customer") if n in sent}
            if "code" in sent:
                code = sent["code"]
                return issuing.issue_public(session, found, version, code, **limits, **same).code
            issue, _ = issuing.issue_unique(session, found, version, 1, **limits, **same)
            return issuing.coupons_of(session, issue)[0].code

        return self.do(work)

    def quote(self, order: Json, at: datetime, by: str | None) -> Answer:
        wanted = _order(order)

        def work(session: Session) -> Answer:
            return _answer(
                checkout.quote(session.connection(), wanted, actor=self.actor(by), at=at)
            )

        try:
            return self.database.look(work)
        except Refusal as refusal:
            raise No(refusal.code, problems.facts(refusal)) from refusal

    def buy(self, order: Json, at: datetime, by: str | None) -> Answer:
        wanted = _order(order)
        return self.do(lambda s: _answer(checkout.settle(s, wanted, actor=self.actor(by), at=at)))

    def void(self, purchase: str, at: datetime, by: str | None) -> None:
        id = ids.parse("pu", purchase)
        self.do(lambda s: voiding.void(s, id, "undone", actor=self.actor(by), at=at))

    def refund(self, purchase: str, body: Json, at: datetime, by: str | None) -> Back:
        id, sent = ids.parse("pu", purchase), RefundRequest().load(body)
        wanted = Wanted(tuple(sent.get("lines", ())), sent.get("amount"))
        return self.do(
            lambda s: _back(
                refunding.refund(s, id, wanted, sent["reason"], actor=self.actor(by), at=at)
            )
        )

    def claim(self, purchase: str, body: Json, at: datetime) -> Back:
        id, sent = ids.parse("pu", purchase), MoneyBackRequest().load(body)
        part = Part(sent["line"], sent["quantity"])
        return self.do(
            lambda s: _back(guarantees.claim(s, id, part, sent["reason"], actor=MANAGER, at=at))
        )

    def hold(self, codes: list[str], till: str, at: datetime) -> None:
        id = ids.parse("ti", till)
        self.do(lambda s: holds.place(s, codes, till_id=id, at=at))

    def release(self, codes: list[str], till: str, at: datetime, by: str | None) -> None:
        id, actor = ids.parse("ti", till), self.actor(by)
        if by:
            self.do(lambda s: holds.release_elsewhere(s, codes, None, actor=actor, at=at))
        else:
            self.do(lambda s: holds.release(s, codes, till_id=id))

    def stop_coupon(self, code: str, verb: str, at: datetime) -> None:
        self.do(lambda s: codes.move(s, code, verb, actor=MANAGER, at=at))

    def move_campaign(self, campaign: str, verb: str, at: datetime) -> None:
        id = ids.parse("ca", campaign)
        self.do(lambda s: campaigns.move(s, id, verb, actor=MANAGER, at=at))

    def adjust(
        self, customer: UUID, points: int, reason: str, at: datetime, by: str | None
    ) -> str | None:
        try:
            sent = AdjustRequest().load({"points": points, "reason": reason})
        except ValidationError as problem:
            raise No("invalid_request") from problem

        def work(session: Session) -> str | None:
            made = adjustments.adjust(
                session, customer, sent["points"], sent["reason"], actor=self.actor(by), at=at
            )
            return None if isinstance(made, Balance) else ids.public("ad", made.id)

        return self.do(work)

    def approve(self, adjustment: str, at: datetime, by: str | None) -> None:
        id = ids.parse("ad", adjustment)
        self.do(lambda s: adjustments.approve(s, id, actor=self.actor(by), at=at))

    def replace_card(self, customer: UUID, at: datetime) -> str:
        return self.do(lambda s: cards.replace(s, customer, "lost", actor=MANAGER, at=at).number)

    def merge(self, customer: UUID, into: UUID, at: datetime) -> None:
        self.do(lambda s: merging.merge(s, customer, into, actor=MANAGER, at=at))

    def join(self, body: Json, at: datetime, by: str | None) -> tuple[UUID, str]:
        def work(session: Session) -> tuple[UUID, str]:
            customer, card = cards.enrol(
                session, person=body.get("person"), actor=self.actor(by), at=at
            )
            attribution.attribute(
                session, body["referral_code"], customer, actor=self.actor(by), at=at
            )
            return customer.id, card.number

        return self.do(work)

    def balance(self, customer: UUID, at: datetime) -> dict[str, int]:
        with self.database.reading() as session:
            found = expiry.balance(session.connection(), customer, at=at)
        return {"available": found.available, "pending": found.pending, "debt": found.debt}

    def shelf(self, customer: UUID, at: datetime) -> list[Json]:
        with self.database.reading() as session:
            return stamps.shelf(session.connection(), customer, at=at)

    def tier(self, customer: UUID, at: datetime) -> str | None:
        with self.database.reading() as session:
            return tiers.key_of(session.connection(), customer, at=at)


def terms_of(sent: Json) -> Json:
    """Return the terms of an offer as its rules take them."""
    found = {name: it for name, it in sent.items() if name != "limits"}
    if "limits" in sent:
        said = {"overall": None, "per_customer": None, "more": []} | sent["limits"]
        found |= {"limits": said.pop("more"), **said}
    return found


def _order(body: Json) -> Order:
    sent = PurchaseRequest().load(body)
    return Order(
        shop_id=sent["shop"],
        basket=sent["basket"],
        card=sent["card"],
        codes=tuple(sent["coupons"]),
        spend_points=sent["spend_points"],
        till_id=sent["till"],
        occurred_at=sent["occurred_at"],
        skip_refused=sent["on_refusal"] == "skip",
    )


def _answer(outcome: Outcome) -> Answer:
    news = outcome.news
    return Answer(
        discount=outcome.discount,
        to_pay=outcome.to_pay,
        paid_with_points=outcome.paid_with_points,
        points=dict(outcome.points),
        taken=tuple(
            Taken(
                outcome.index_of(one["coupon"]),
                one["given"].discount,
                {part["line"]: part["discount"] for part in one["lines"]},
                one["place"],
                one["next"],
            )
            for one in outcome.redemptions
        ),
        refused={
            outcome.index_of(one.coupon): (one.refusal.code, problems.facts(one.refusal))
            for one in outcome.refused
        }
        | {index: (CodeNotFound.code, {}) for index in outcome.unknown},
        news=(news.get("stamps"), news.get("tier"), news.get("referrals")),
        id=ids.public("pu", outcome.id) if outcome.id else None,
    )


def _back(paid: Paid) -> Back:
    return Back(paid.money, paid.points_back, paid.points_claimed)
