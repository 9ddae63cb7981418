"""Money back within some days: for what is covered, in time, for a reason of the list."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.auth import Actor, of_role
from coupons.measurement import report
from coupons.models import Offer, Redemption, Refund, Response
from loyalty import checkout, guarantees, receipts, reconcile, refunding, voiding
from loyalty.errors import (
    ClaimReasonUnknown,
    ClaimTooLate,
    FullyRefunded,
    NotCovered,
    OwnCard,
    PiecesTooMany,
    PurchaseVoided,
    RefundTooMuch,
)
from loyalty.portions import Part
from loyalty.refunding import Paid, Wanted
from tests.factories import (
    MANAGER,
    NOON,
    make_campaign,
    make_coupon,
    make_customer,
    make_offer,
    make_order,
    make_shop,
    make_staff,
    make_till,
)
from tests.loyalty.test_refunds import make_lines

REASONS = [
    {"key": "taste", "text": {"en": "I did not like it", "de": "Schmeckt nicht"}},
    {"key": "broken", "text": {"en": "It was broken"}},
]
TERMS: dict[str, Any] = {
    "kind": "guarantee", "days": 14, "reasons": REASONS, "on": {"skus": ["SKU-0"]},
}  # fmt: skip
LAST = datetime(2026, 3, 28, 22, 59, 59, tzinfo=UTC)
"""The last second of the fourteenth day after NOON in the shop's zone."""


def make_guaranteed(session: Session, offer: Offer | None = None, **given: Any) -> UUID:
    """Return a purchase of three pieces at 10.00 that are covered, and of one that is not."""
    promise = offer or make_offer(session, benefit=TERMS)
    basket = make_lines((3, 1000), (1, 500))
    order = make_order(make_shop(session), make_coupon(session, promise).code, basket=basket)
    done = checkout.settle(session, order, actor=MANAGER, at=NOON, **given)
    session.flush()
    assert done.id
    return done.id


def claim(session: Session, id: UUID, part: Part, reason: str = "taste", **given: Any) -> Paid:
    usual: dict[str, Any] = {"actor": MANAGER, "at": NOON}
    done = guarantees.claim(session, id, part, reason, **usual | given)
    session.flush()
    session.expire_all()
    return done


def test_a_claim_pays_a_piece_back_and_is_an_answer(session: Session) -> None:
    id = make_guaranteed(session)

    done = claim(session, id, Part(0, 1))

    assert (done.kind, done.worth, done.money, done.left) == ("claim", 333, 333, (1167, 1167))
    refund = session.scalars(select(Refund)).one()
    assert (refund.reason, refund.redemption_id) == ("taste", session.scalar(select(Redemption.id)))
    kinds = session.scalars(select(Response.kind).order_by(Response.id)).all()
    assert kinds == ["redeemed", "claimed"]
    assert list(reconcile.findings(session)) == []


def test_each_piece_is_claimed_once_also_if_it_was_given_back_before(session: Session) -> None:
    id = make_guaranteed(session)
    refunding.refund(session, id, Wanted((Part(0, 1),)), "no", actor=MANAGER, at=NOON)

    claim(session, id, Part(0, 1))
    with pytest.raises(PiecesTooMany) as refused:
        claim(session, id, Part(0, 2))
    rest = claim(session, id, Part(0))

    assert refused.value.facts == {"line": 0, "left": 1}
    assert rest.worth == 334
    assert list(reconcile.findings(session)) == []


def test_a_claim_is_in_time_until_the_last_day_is_over(session: Session) -> None:
    id = make_guaranteed(session)

    claim(session, id, Part(0, 1), at=LAST)
    with pytest.raises(ClaimTooLate) as refused:
        claim(session, id, Part(0, 1), at=LAST + timedelta(seconds=1))

    assert refused.value.facts == {"until": LAST + timedelta(seconds=1)}


def test_only_what_is_covered_is_paid_back_and_only_for_a_reason_of_the_list(
    session: Session,
) -> None:
    id = make_guaranteed(session)

    with pytest.raises(NotCovered):
        claim(session, id, Part(1))
    with pytest.raises(NotCovered):
        claim(session, id, Part(7))
    with pytest.raises(ClaimReasonUnknown) as refused:
        claim(session, id, Part(0), "colour")

    assert refused.value.facts == {"reasons": REASONS}
    assert session.scalars(select(Refund)).all() == []


def test_a_step_of_a_ladder_can_be_a_guarantee_with_its_own_reasons(session: Session) -> None:
    steps = [{"from": 1000, "benefit": TERMS}]
    offer = make_offer(session, benefit={"kind": "ladder", "by": "amount", "steps": steps})
    id = make_guaranteed(session, offer)

    done = claim(session, id, Part(0, 1), "broken")

    assert (done.kind, done.worth) == ("claim", 333)
    assert list(reconcile.findings(session)) == []


def test_what_was_undone_is_not_claimed(session: Session) -> None:
    voided, refunded = make_guaranteed(session), make_guaranteed(session)
    voiding.void(session, voided, "oops", actor=MANAGER, at=NOON)
    refunding.refund(session, refunded, Wanted(amount=1500), "no", actor=MANAGER, at=NOON)

    with pytest.raises(PurchaseVoided):
        claim(session, voided, Part(0))
    with pytest.raises(FullyRefunded):
        claim(session, refunded, Part(0))


def test_what_an_amount_has_paid_back_already_is_not_claimed_again(session: Session) -> None:
    id = make_guaranteed(session)
    refunding.refund(session, id, Wanted(amount=1400), "goodwill", actor=MANAGER, at=NOON)

    with pytest.raises(RefundTooMuch) as refused:
        claim(session, id, Part(0, 1))

    assert refused.value.facts == {"left": 100}


def test_a_cashier_takes_a_claim_at_any_till_and_days_later(session: Session) -> None:
    id = make_guaranteed(session)
    till, _ = make_till(session)
    staff = make_staff(session)
    cashier = Actor("till", staff.id, permissions=of_role("cashier"), till_id=till.id)

    done = claim(session, id, Part(0, 1), actor=cashier, at=LAST)

    assert session.scalars(select(Refund.till_id)).one() == till.id
    assert done.number == 1


def test_nobody_takes_a_claim_of_their_own(session: Session) -> None:
    customer, card = make_customer(session)
    staff = make_staff(session)
    coupon = make_coupon(session, make_offer(session, benefit=TERMS))
    order = make_order(
        make_shop(session), coupon.code, basket=make_lines((1, 500)), card=card.number
    )
    done = checkout.settle(session, order, actor=MANAGER, at=NOON)
    staff.customer_id = customer.id
    session.flush()
    assert done.id

    with pytest.raises(OwnCard):
        claim(session, done.id, Part(0), actor=Actor("staff", staff.id))


def test_a_refused_claim_is_an_answer_once_for_each_try(session: Session) -> None:
    id = make_guaranteed(session)

    for attempt in ("first", "first", "second"):
        for line in (0, 1):
            refusal = NotCovered(line=line)
            guarantees.record_refused(
                session, id, line, refusal, attempt=f"{attempt}{line}", at=NOON
            )

    rows = session.scalars(select(Response).where(Response.kind == "claimed")).all()
    told = [(row.outcome, row.reason, row.offer_id is None) for row in rows]
    assert sorted(told) == [
        ("refused", "not_covered", False),
        ("refused", "not_covered", False),
        ("refused", "not_covered", True),
        ("refused", "not_covered", True),
    ]
    assert list(reconcile.findings(session)) == []


def test_the_receipt_says_what_is_covered_until_when_and_for_which_reasons(
    app: Flask, session: Session
) -> None:
    id = make_guaranteed(session)

    [one] = guarantees.guarantees(session.connection(), id)

    assert (one.covered, one.keys) == (frozenset({0}), ["taste", "broken"])
    assert one.until == LAST + timedelta(seconds=1)
    with app.test_request_context():
        [redemption] = receipts.shown(session, id)["redemptions"]
    assert redemption["guarantee"] == {
        "lines": [0],
        "until": "2026-03-28T23:00:00+00:00",
        "reasons": [
            {"key": "taste", "text": "I did not like it"},
            {"key": "broken", "text": "It was broken"},
        ],
    }


def test_the_report_shows_how_many_claim_and_counts_no_return_as_an_answer(
    session: Session,
) -> None:
    campaign = make_campaign(session)
    offer = make_offer(session, campaign, benefit=TERMS)
    bought = [make_guaranteed(session, offer) for _ in range(4)]
    claim(session, bought[0], Part(0, 1))
    claim(session, bought[0], Part(0, 1))
    refunding.refund(session, bought[1], Wanted(amount=1500), "no", actor=MANAGER, at=NOON)
    voiding.void(session, bought[2], "oops", actor=MANAGER, at=NOON)
    session.flush()

    found = report.of_campaign(session, campaign)

    for figures in (found.totals, found.offers[0][2]):
        assert (figures.guarantees, figures.claims, figures.claim_rate) == (3, 1, 1 / 3)
        assert (figures.responses, figures.responders, figures.redemptions) == (3, 3, 2)
        assert figures.revenue == 1500 - 666 + 1500
    assert make_offer(session, campaign).id != offer.id
