"""A sale that a till made without a line is always written down, once, with what was wrong."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.models import Customer, Staff
from coupons import campaigns, codes, offers
from coupons.models import Conflict, Coupon, OfferVersion, Purchase, QuotaUse, Redemption, Response
from loyalty import cards, checkout, expiry, export, merging, reconcile, refunding, voiding
from loyalty.models import Card, Entry
from loyalty.refunding import Wanted
from tests.factories import (
    MANAGER,
    NOON,
    make_campaign,
    make_customer,
    make_order,
    make_staff,
)
from tests.loyalty.without_line import (
    SOLD_AT,
    Stand,
    check_books,
    conflicts_of,
    live_uses,
    make_coupon,
    make_offer,
    make_public,
    make_stand,
    purchase_of,
    record,
    uses_of,
)

HOUR = timedelta(hours=1)


@pytest.fixture
def stand(session: Session) -> Stand:
    return make_stand(session)


def points_of(session: Session, customer: Customer) -> int:
    return expiry.balance(session.connection(), customer.id, at=NOON).available


def count(session: Session, model: type) -> int:
    return session.scalar(select(func.count()).select_from(model)) or 0


def test_a_sale_that_was_fine_is_redeemed_as_it_was_when_it_was(
    session: Session, stand: Stand
) -> None:
    coupon, (customer, card) = make_coupon(session), make_customer(session)
    cashier = make_staff(session)

    done = record(
        session, stand, (coupon.code, 100), card=card.number, staff_id=cashier.id, receipt="7"
    )

    assert (done.known, conflicts_of(session, done)) == (False, [])
    found = purchase_of(session, done)
    assert (found.basket_total, found.discount, found.to_pay) == (1000, 100, 900)
    assert stand.lease
    assert (found.offline, found.lease_id, found.receipt) == (True, stand.lease.id, "7")
    assert (found.staff_id, found.till_id) == (cashier.id, stand.till.id)
    assert (found.occurred_at, found.recorded_at) == (SOLD_AT, NOON)
    assert uses_of(session, coupon) == [("redeemed", 100)]
    assert points_of(session, customer) == 9
    check_books(session)


def test_of_three_tills_with_one_coupon_the_first_to_tell_wins_whenever_it_sold(
    session: Session,
) -> None:
    coupon = make_coupon(session)
    stands = [make_stand(session) for _ in range(3)]

    done = [
        record(session, one, (coupon.code, 100), at=SOLD_AT - i * HOUR)
        for i, one in enumerate(stands)
    ]

    lost = [("coupon_used_up", 100)]
    assert [conflicts_of(session, one) for one in done] == [[], lost, lost]
    assert uses_of(session, coupon) == [("redeemed", 100), ("conflict", 100), ("conflict", 100)]
    assert live_uses(session, coupon) == 1
    assert [purchase_of(session, one).to_pay for one in done] == [900] * 3
    check_books(session)


def test_a_conflict_is_an_answer_that_was_refused(session: Session, stand: Stand) -> None:
    coupon = make_coupon(session)
    record(session, stand, (coupon.code, 100))
    lost = record(session, stand, (coupon.code, 100))

    event = session.scalars(select(Response).where(Response.outcome == "refused")).one()

    assert (event.kind, event.reason) == ("redeemed", "coupon_used_up")
    assert (event.coupon_id, event.purchase_id) == (coupon.id, lost.purchase_id)
    assert event.redemption_id is None
    assert event.why


def test_a_conflict_stays_one_after_the_winner_is_undone(session: Session, stand: Stand) -> None:
    coupon = make_coupon(session)
    winner = record(session, stand, (coupon.code, 100))
    loser = record(session, stand, (coupon.code, 100))

    voiding.void(session, winner.purchase_id, "returned", actor=MANAGER, at=NOON)

    assert uses_of(session, coupon) == [("voided", 100), ("conflict", 100)]
    assert conflicts_of(session, loser) == [("coupon_used_up", 100)]
    checkout.settle(session, make_order(stand.shop, coupon.code), actor=MANAGER, at=NOON)
    assert [state for state, _ in uses_of(session, coupon)] == ["voided", "conflict", "redeemed"]
    check_books(session)


def test_the_void_of_a_purchase_with_a_conflict_gives_back_points_and_no_use(
    session: Session, stand: Stand
) -> None:
    coupon, (customer, card) = make_coupon(session), make_customer(session)
    record(session, stand, (coupon.code, 100))
    lost = record(session, stand, (coupon.code, 100), card=card.number)
    assert points_of(session, customer) == 9

    voiding.void(session, lost.purchase_id, "returned", actor=MANAGER, at=NOON)

    assert points_of(session, customer) == 0
    assert uses_of(session, coupon) == [("redeemed", 100), ("conflict", 100)]
    assert live_uses(session, coupon) == 1
    check_books(session)


def test_a_conflict_gives_back_its_share_with_a_refund_and_is_no_use_after_the_last(
    session: Session, stand: Stand
) -> None:
    coupon, public = make_coupon(session), make_public(session)
    record(session, stand, (coupon.code, 100))
    both = (coupon.code, 100), (public.code, 90)
    lost = record(session, stand, *both)

    for amount in (300, 510):
        refunding.refund(
            session, lost.purchase_id, Wanted(amount=amount), "gone", actor=MANAGER, at=NOON
        )
        check_books(session)

    rows = select(Redemption.state, Redemption.discount, Redemption.refunded)
    of_lost = rows.where(Redemption.purchase_id == lost.purchase_id).order_by(Redemption.discount)
    assert [tuple(row) for row in session.execute(of_lost)] == [
        ("returned", 90, 90), ("conflict", 100, 100)
    ]  # fmt: skip
    assert (live_uses(session, coupon), live_uses(session, public)) == (1, 0)
    answers = select(Response.kind).where(Response.kind == "returned")
    assert len(list(session.scalars(answers))) == 2


def revoke(session: Session, coupon: Coupon) -> None:
    codes.move(session, coupon.code, "revoke", actor=MANAGER, at=NOON)
    session.flush()


def freeze(session: Session, coupon: Coupon) -> None:
    codes.move(session, coupon.code, "freeze", actor=MANAGER, at=NOON)
    session.flush()


@pytest.mark.parametrize(("stop", "code"), [(revoke, "coupon_revoked"), (freeze, "coupon_frozen")])
def test_a_coupon_that_was_stopped_meanwhile_is_a_conflict(
    session: Session, stand: Stand, stop: Callable[[Session, Coupon], None], code: str
) -> None:
    coupon = make_coupon(session)
    stop(session, coupon)

    done = record(session, stand, (coupon.code, 100))

    assert conflicts_of(session, done) == [(code, 100)]
    assert uses_of(session, coupon) == [("conflict", 100)]
    check_books(session)


def test_whether_an_offer_held_is_a_question_of_when_it_was_sold(
    session: Session, stand: Stand
) -> None:
    offer = make_offer(session, ends_at=SOLD_AT + HOUR)
    one, other = make_coupon(session, offer), make_coupon(session, offer)

    in_time = record(session, stand, (one.code, 100), at=SOLD_AT)
    late = record(session, stand, (other.code, 100), at=SOLD_AT + HOUR)

    assert conflicts_of(session, in_time) == []
    assert conflicts_of(session, late) == [("offer_ended", 100)]


def test_a_coupon_keeps_the_terms_it_was_issued_on(session: Session, stand: Stand) -> None:
    offer = make_offer(session)
    coupon = make_coupon(session, offer)
    offers.change(
        session, offer, {"benefit": {"kind": "percent", "percent": "50"}},
        actor=MANAGER, at=NOON,
    )  # fmt: skip
    assert count(session, OfferVersion) == 2

    done = record(session, stand, (coupon.code, 100))

    assert conflicts_of(session, done) == []


def test_a_campaign_that_is_paused_when_it_is_told_is_a_conflict(
    session: Session, stand: Stand
) -> None:
    campaign = make_campaign(session)
    coupon = make_coupon(session, make_offer(session, campaign))
    campaigns.move(session, campaign.id, "pause", actor=MANAGER, at=NOON)
    session.flush()

    done = record(session, stand, (coupon.code, 100))

    assert conflicts_of(session, done) == [("campaign_not_running", 100)]


@pytest.mark.parametrize(
    ("gave", "conflicts"),
    [(130, [("amount_differs", 30)]), (60, [("amount_differs", 0)]), (0, [("amount_differs", 0)])],
)
def test_another_amount_than_was_due_is_redeemed_as_it_was_given_and_costs_the_excess(
    session: Session, stand: Stand, gave: int, conflicts: list[tuple[str, int]]
) -> None:
    coupon, (customer, card) = make_coupon(session), make_customer(session)

    done = record(session, stand, (coupon.code, gave), card=card.number)

    assert conflicts_of(session, done) == conflicts
    assert uses_of(session, coupon) == [("redeemed", gave)]
    assert purchase_of(session, done).to_pay == 1000 - gave
    assert points_of(session, customer) == (1000 - gave) // 100
    check_books(session)


def test_a_budget_pays_for_what_was_promised_and_not_for_the_excess(
    session: Session, stand: Stand
) -> None:
    offer = make_offer(session, limits=[{"of": "offer", "discount": 150}])
    one, other = make_coupon(session, offer), make_coupon(session, offer)

    first = record(session, stand, (one.code, 400))
    second = record(session, stand, (other.code, 100))

    assert conflicts_of(session, first) == [("amount_differs", 300)]
    assert conflicts_of(session, second) == [("budget_used_up", 100)]
    assert session.scalars(select(QuotaUse.amount)).all() == [100]
    check_books(session)


def test_less_is_no_wonder_where_a_refused_coupon_has_left_less(
    session: Session, stand: Stand
) -> None:
    used, public = make_coupon(session), make_public(session)
    record(session, stand, (used.code, 100))

    done = record(session, stand, (used.code, 100), (public.code, 90))

    assert conflicts_of(session, done) == [("coupon_used_up", 100)]
    assert uses_of(session, public) == [("redeemed", 90)]
    check_books(session)


def test_a_coupon_that_gives_nothing_on_nothing_is_kept(session: Session, stand: Stand) -> None:
    coupon = make_coupon(session)

    done = record(session, stand, (coupon.code, 0), total=0)

    assert conflicts_of(session, done) == []
    assert (uses_of(session, coupon), live_uses(session, coupon)) == ([], 0)
    check_books(session)


def test_a_coupon_without_a_basket_is_used_all_the_same(session: Session, stand: Stand) -> None:
    coffee = {"kind": "free_item", "text": {"en": "A coffee"}}
    coupon = make_coupon(session, make_offer(session, benefit=coffee))

    first = record(session, stand, (coupon.code, 0), total=None)
    second = record(session, stand, (coupon.code, 0), total=None)

    assert conflicts_of(session, first) == []
    assert conflicts_of(session, second) == [("coupon_used_up", 0)]
    assert uses_of(session, coupon) == [("redeemed", 0), ("conflict", 0)]
    check_books(session)


def test_points_are_given_for_what_was_redeemed_and_not_for_a_conflict(
    session: Session, stand: Stand
) -> None:
    coupon = make_coupon(session, make_offer(session, benefit={"kind": "points", "points": 50}))
    people = [make_customer(session) for _ in range(2)]

    for _, card in people:
        record(session, stand, (coupon.code, 0), card=card.number)

    assert [points_of(session, customer) for customer, _ in people] == [60, 10]
    check_books(session)


def test_a_code_that_is_none_of_ours_costs_what_it_took_off(session: Session, stand: Stand) -> None:
    coupon = make_coupon(session)

    done = record(session, stand, ("N0THING0F0URS", 200), (coupon.code, 80))

    assert conflicts_of(session, done) == [("code_not_found", 200)]
    assert purchase_of(session, done).discount == 280
    assert count(session, Redemption) == 1
    check_books(session)
    voiding.void(session, done.purchase_id, "returned", actor=MANAGER, at=NOON)
    check_books(session)


@pytest.mark.parametrize("first_state", ["redeemed", "conflict"])
def test_a_coupon_that_came_twice_in_a_sale_counts_once(
    session: Session, stand: Stand, first_state: str
) -> None:
    coupon = make_coupon(session)
    if first_state == "conflict":
        revoke(session, coupon)

    done = record(session, stand, (coupon.code, 100), (coupon.code.lower(), 90))

    expected = [("coupon_twice", 90)]
    if first_state == "conflict":
        expected.insert(0, ("coupon_revoked", 100))
    assert conflicts_of(session, done) == expected
    assert uses_of(session, coupon) == [(first_state, 100)]
    assert purchase_of(session, done).to_pay == 810
    check_books(session)


def block(session: Session, customer: Customer, card: Card) -> None:
    cards.set_blocked(session, card.number, blocked=True, actor=MANAGER, at=NOON)


def replace(session: Session, customer: Customer, card: Card) -> None:
    cards.replace(session, customer.id, "lost", actor=MANAGER, at=NOON)


def forget(session: Session, customer: Customer, card: Card) -> None:
    cards.forget(session, customer, actor=MANAGER, at=NOON)


@pytest.mark.parametrize(
    ("happens", "code"),
    [(block, "card_blocked"), (replace, "card_replaced"), (forget, "customer_erased")],
)
def test_a_card_that_is_refused_is_left_out(
    session: Session, stand: Stand, happens: Callable[..., Any], code: str
) -> None:
    customer, card = make_customer(session)
    coupon = make_coupon(session)
    happens(session, customer, card)
    session.flush()

    done = record(session, stand, (coupon.code, 100), card=card.number)

    assert conflicts_of(session, done) == [(code, 0)]
    assert purchase_of(session, done).customer_id is None
    assert uses_of(session, coupon) == [("redeemed", 100)]
    assert count(session, Entry) == 0
    check_books(session)


@pytest.mark.parametrize("whose", ["who_served", "who_sends"])
def test_neither_the_card_of_whoever_served_nor_of_whoever_sends_is_served(
    session: Session, stand: Stand, whose: str
) -> None:
    """Else whoever sends their own purchase would name a colleague as the cashier."""
    (customer, card), (_, other) = make_customer(session), make_customer(session)
    cashier, sender = make_staff(session), session.get_one(Staff, stand.actor.id)
    (cashier if whose == "who_served" else sender).customer_id = customer.id
    session.flush()

    own = record(session, stand, card=card.number, staff_id=cashier.id)
    others = record(session, stand, card=other.number, staff_id=cashier.id)

    assert conflicts_of(session, own) == [("own_card", 0)]
    assert conflicts_of(session, others) == []
    assert points_of(session, customer) == 0


def test_whoever_sends_has_served_where_nobody_else_is_named(
    session: Session, stand: Stand
) -> None:
    unknown = make_customer(session)[0].id

    done = record(session, stand, staff_id=unknown)

    assert purchase_of(session, done).staff_id == stand.actor.id


def test_a_personal_coupon_of_a_refused_card_is_a_conflict_as_well(
    session: Session, stand: Stand
) -> None:
    customer, card = make_customer(session)
    coupon = make_coupon(session)
    coupon.customer_id = customer.id
    block(session, customer, card)
    session.flush()

    done = record(session, stand, (coupon.code, 100), card=card.number)

    assert conflicts_of(session, done) == [("card_blocked", 0), ("card_needed", 100)]
    check_books(session)


def test_the_card_of_a_merged_customer_serves_the_survivor(session: Session, stand: Stand) -> None:
    (merged, card), (survivor, _) = make_customer(session), make_customer(session)
    coupon = make_coupon(session)
    coupon.customer_id = merged.id
    session.flush()
    merging.merge(session, merged.id, survivor.id, actor=MANAGER, at=NOON)

    done = record(session, stand, (coupon.code, 100), card=card.number, receipt="1")
    again = record(session, stand, (coupon.code, 100), card=card.number, receipt="1")

    assert conflicts_of(session, done) == []
    assert (again.purchase_id, again.known) == (done.purchase_id, True)
    assert points_of(session, survivor) == 9
    check_books(session)


def test_what_was_sold_after_the_lease_stands_and_is_told(session: Session) -> None:
    stand = make_stand(session, hours=2)
    coupon, (customer, card) = make_coupon(session), make_customer(session)

    done = record(session, stand, (coupon.code, 100), card=card.number)

    assert conflicts_of(session, done) == [("lease_over", 0)]
    assert uses_of(session, coupon) == [("redeemed", 100)]
    assert points_of(session, customer) == 9
    check_books(session)


def test_the_lease_of_another_till_is_none(session: Session, stand: Stand) -> None:
    other = make_stand(session)
    foreign = Stand(stand.shop, stand.till, other.lease, stand.actor)
    without = Stand(stand.shop, stand.till, None, stand.actor)

    for one in (foreign, without):
        done = record(session, one)
        assert conflicts_of(session, done) == [("lease_over", 0)]
        assert purchase_of(session, done).lease_id is None


@pytest.mark.parametrize(
    "said", [NOON + timedelta(days=400), NOON - timedelta(hours=11), NOON - timedelta(days=20_000)]
)
def test_a_clock_that_cannot_be_right_is_not_believed(
    session: Session, stand: Stand, said: Any
) -> None:
    coupon = make_coupon(session)

    done = record(session, stand, (coupon.code, 100), at=said)

    assert conflicts_of(session, done) == [("clock_wrong", 0)]
    assert purchase_of(session, done).occurred_at == NOON
    assert uses_of(session, coupon) == [("redeemed", 100)]
    check_books(session)


def test_a_tablet_that_lay_in_a_drawer_for_a_month_is_believed(
    session: Session, stand: Stand
) -> None:
    customer, card = make_customer(session)
    told_at = NOON + timedelta(days=60)

    done = record(session, stand, card=card.number, told_at=told_at)

    assert conflicts_of(session, done) == []
    assert purchase_of(session, done).occurred_at == SOLD_AT
    assert points_of(session, customer) == 10
    check_books(session)


def test_the_same_receipt_under_another_key_is_the_same_sale(
    session: Session, stand: Stand
) -> None:
    coupon, (customer, card) = make_coupon(session), make_customer(session)
    told = {"card": card.number, "receipt": "0042"}
    first = record(session, stand, (coupon.code, 100), **told)

    twin = record(session, stand, (coupon.code, 100), at=SOLD_AT + HOUR, **told)

    assert (twin.purchase_id, twin.known) == (first.purchase_id, True)
    assert (count(session, Purchase), points_of(session, customer)) == (1, 9)
    assert uses_of(session, coupon) == [("redeemed", 100)]
    check_books(session)


def test_a_sale_that_was_settled_before_the_line_broke_is_the_same_sale(
    session: Session, stand: Stand
) -> None:
    coupon, (customer, card) = make_coupon(session), make_customer(session)
    told: dict[str, Any] = {"card": card.number, "receipt": "0042"}
    order = make_order(stand.shop, coupon.code, till_id=stand.till.id, **told)
    settled = checkout.settle(session, order, actor=stand.actor, at=SOLD_AT)

    twin = record(session, stand, (coupon.code, 100), **told)

    assert (twin.purchase_id, twin.known) == (settled.id, True)
    assert (count(session, Purchase), points_of(session, customer)) == (1, 9)


@pytest.mark.parametrize("other", ["till", "total", "card", "coupon"])
def test_another_sale_with_the_same_receipt_earns_nothing_and_uses_nothing(
    session: Session, stand: Stand, other: str
) -> None:
    coupon, public = make_coupon(session), make_public(session)
    (customer, card), (stranger, strange) = make_customer(session), make_customer(session)
    record(session, stand, (coupon.code, 100), card=card.number, receipt="0042")
    place = make_stand(session, stand.shop) if other == "till" else stand
    used = public if other == "coupon" else coupon

    again = record(
        session,
        place,
        (used.code, 100),
        card=strange.number if other == "card" else card.number,
        total=1001 if other == "total" else 1000,
        receipt="0042",
    )

    assert not again.known
    assert conflicts_of(session, again) == [("receipt_used", 0), ("receipt_used", 100)]
    found = purchase_of(session, again)
    assert (found.receipt, found.customer_id) == (None, None)
    assert (points_of(session, customer), points_of(session, stranger)) == (9, 0)
    assert (live_uses(session, coupon), live_uses(session, public)) == (1, 0)
    check_books(session)


def test_a_receipt_whose_purchase_was_undone_is_settled_anew(
    session: Session, stand: Stand
) -> None:
    coupon = make_coupon(session)
    first = record(session, stand, (coupon.code, 100), receipt="0042")
    voiding.void(session, first.purchase_id, "wrong", actor=MANAGER, at=NOON)

    again = record(session, stand, (coupon.code, 100), receipt="0042")

    assert (again.known, conflicts_of(session, again)) == (False, [])
    assert purchase_of(session, again).receipt == "0042"
    check_books(session)


def test_who_takes_along_what_is_kept_gets_their_conflicts(session: Session, stand: Stand) -> None:
    coupon, (customer, card) = make_coupon(session), make_customer(session)
    record(session, stand, (coupon.code, 100))
    record(session, stand, (coupon.code, 100), card=card.number)

    [kept] = export.of(session, customer, at=NOON)["conflict"]

    assert kept["code"] == "coupon_used_up"
    assert not {"cost", "closed_by"} & kept.keys()


def test_the_books_tell_a_conflict_that_costs_another_amount_or_has_no_answer(
    session: Session, stand: Stand
) -> None:
    coupon = make_coupon(session)
    record(session, stand, (coupon.code, 100))
    lost = record(session, stand, (coupon.code, 100))
    check_books(session)
    conflict = session.scalars(select(Conflict)).one()

    conflict.cost = 40
    session.flush()
    assert "took 100 off, but 1 conflicts cost 40" in "".join(reconcile.findings(session))
    conflict.cost = 100
    session.scalars(select(Response).where(Response.outcome == "refused")).one().purchase_id = None
    session.flush()
    assert "has 0 response events" in "".join(reconcile.findings(session))
    with_line = purchase_of(session, lost)
    with_line.offline, with_line.lease_id = False, None
    session.flush()
    assert "was settled with a line" in "".join(reconcile.findings(session))
