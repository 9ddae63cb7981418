"""Tiers: reached at once, held until their date, renewed or lost at that very instant."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.auth import SYSTEM, Actor, of_role
from core.db import Database
from core.errors import AlreadyExists, InvalidRequest, NotFound, WrongState
from core.models import AuditEntry
from loyalty import checkout, merging, points, programme, reconcile, tiers
from loyalty.errors import OwnCard
from loyalty.models import Standing, StandingChange
from tests.factories import (
    MANAGER,
    NOON,
    make_customer,
    make_offer,
    make_order,
    make_public,
    make_shop,
    make_staff,
)
from tests.loyalty.standing import (
    BRONZE,
    GOLD,
    SILVER,
    Member,
    change_ladder,
    make_ladder,
    make_member,
)

DAY = timedelta(days=1)
END_2026 = datetime(2026, 12, 31, 23, tzinfo=UTC)
END_2027 = datetime(2027, 12, 31, 23, tzinfo=UTC)
END_2028 = datetime(2028, 12, 31, 23, tzinfo=UTC)
"""The last midnight of the years in Oslo."""


@pytest.fixture
def member(session: Session) -> Member:
    """A customer where there is a ladder of bronze, silver and gold, in calendar years."""
    make_ladder(session)
    return make_member(session)


def on(year: int, month: int, day: int, hour: int = 12) -> datetime:
    return datetime(year, month, day, hour, tzinfo=UTC)


def check_books(session: Session) -> None:
    session.flush()
    assert list(reconcile.findings(session)) == []


def test_a_tier_is_reached_with_the_purchase_and_held_to_the_end_of_the_next_year(
    member: Member,
) -> None:
    member.buy(499, NOON)
    assert member.place(NOON) == ("bronze", END_2027)

    member.buy(1, NOON)

    assert member.place(NOON) == ("silver", END_2027)
    assert member.news["tier"] == {
        "kind": "tier_reached", "tier": "silver", "name": {"en": "Silver"},
        "until": END_2027,
    }  # fmt: skip
    assert member.told(NOON) == [
        (None, "bronze", "reached", 499), ("bronze", "silver", "reached", 500),
    ]  # fmt: skip
    check_books(member.session)


def test_one_large_purchase_passes_tiers(member: Member) -> None:
    member.buy(5000, NOON)

    assert member.told(NOON) == [(None, "gold", "reached", 5000)]


def test_what_is_nearly_reached_is_said(member: Member) -> None:
    member.buy(400, NOON)
    assert member.news["tier"]["kind"] == "tier_reached"

    member.buy(50, NOON)

    assert member.news["tier"] == {
        "kind": "tier_near", "tier": "silver", "name": {"en": "Silver"}, "missing": 50,
        "by": "points",
    }  # fmt: skip


@pytest.mark.parametrize("bought", [1, 50, 85, 99, 100, 420, 500, 5000])
def test_a_quote_tells_of_the_tier_what_the_purchase_does(member: Member, bought: int) -> None:
    order = make_order(member.shop, total=bought * 100, card=member.card)
    quoted = checkout.quote(member.session.connection(), order, actor=MANAGER, at=NOON)

    member.buy(bought, NOON)

    assert quoted.news["tier"] == member.news["tier"]


def test_points_count_when_they_are_earned_not_when_they_are_due(member: Member) -> None:
    programme.change(member.session, {"pending_days": 14}, actor=SYSTEM, at=NOON)

    member.buy(500, NOON)

    assert member.tier(NOON) == "silver"


def test_points_of_coupons_count_and_points_by_hand_do_not(member: Member) -> None:
    session = member.session
    gift = make_public(session, make_offer(session, benefit={"kind": "points", "points": 30}))
    points.adjust(session, member.id, 5000, "sorry", actor=MANAGER, at=NOON)

    order = make_order(member.shop, gift.code, total=7000, card=member.card)
    checkout.settle(session, order, actor=MANAGER, at=NOON)

    assert member.tier(NOON) == "bronze"


def test_money_counts_as_it_is_paid(session: Session) -> None:
    make_ladder(session, ("bronze", 10_000, 5_000), by="money")
    member = make_member(session)
    member.buy(99, NOON)
    assert member.tier(NOON) is None

    order = make_order(member.shop, total=200, card=member.card, spend_points=99)
    checkout.settle(session, order, actor=MANAGER, at=NOON)
    assert member.tier(NOON) == "bronze"


def test_at_its_date_a_tier_is_renewed_by_the_year_that_has_ended(member: Member) -> None:
    member.buy(1000, NOON)
    member.buy(800, on(2027, 5, 5))

    assert member.place(END_2027 - DAY) == ("gold", END_2027)
    assert member.place(END_2027) == ("gold", END_2028)
    assert member.told(END_2027)[-1] == ("gold", "gold", "renewed", 800)


def test_at_its_date_a_tier_is_lost_by_one_rung(member: Member) -> None:
    member.buy(1000, NOON)
    member.buy(799, on(2027, 5, 5))

    assert member.place(END_2027 - timedelta(microseconds=1)) == ("gold", END_2027)
    assert member.place(END_2027) == ("silver", END_2028)


def test_a_tier_is_lost_to_what_fits(session: Session) -> None:
    make_ladder(session, downgrade="fit")
    member = make_member(session)
    member.buy(1000, NOON)
    member.buy(60, on(2027, 5, 5))

    assert member.place(END_2027) == ("bronze", END_2028)


def test_several_dates_missed_at_once_are_decided_as_on_their_days(member: Member) -> None:
    member.buy(1000, NOON)

    assert member.told(on(2031, 1, 1)) == [
        (None, "gold", "reached", 1000),
        ("gold", "silver", "not_renewed", 0),
        ("silver", "bronze", "not_renewed", 0),
        ("bronze", None, "not_renewed", 0),
    ]
    assert member.place(on(2031, 1, 1)) == (None, None)


def test_reading_writes_nothing_and_the_night_writes_what_was_read(member: Member) -> None:
    member.buy(1000, NOON)
    later = on(2029, 6, 1)
    read = member.told(later)
    assert member.session.get_one(Standing, member.id).until == END_2027

    member.night(later)

    member.session.expire_all()
    kept = member.session.scalars(select(StandingChange).order_by(StandingChange.at)).all()
    assert [one.at for one in kept] == [NOON, END_2027, END_2028]
    assert member.told(later) == read
    check_books(member.session)


def test_days_of_grace_keep_a_tier_and_what_is_bought_in_them_renews_it(session: Session) -> None:
    make_ladder(session, grace_days=31)
    member = make_member(session)
    member.buy(1000, NOON)

    assert member.place(on(2028, 1, 31)) == ("gold", END_2027)
    assert member.tier(on(2028, 2, 1)) == "silver"

    member.buy(800, on(2028, 1, 20))

    assert member.place(on(2028, 2, 1)) == ("gold", END_2028)


def test_rolling_months_end_at_the_end_of_a_month(session: Session) -> None:
    make_ladder(session, period="rolling", months=12)
    member = make_member(session)
    member.buy(300, on(2027, 3, 1))
    member.buy(200, on(2028, 2, 29))

    assert member.place(on(2028, 2, 29)) == ("silver", datetime(2029, 2, 28, 23, tzinfo=UTC))


def test_rolling_months_forget_what_is_older(session: Session) -> None:
    make_ladder(session, period="rolling", months=1)
    member = make_member(session)
    member.buy(60, on(2026, 2, 27))
    member.buy(60, on(2026, 3, 29))

    assert member.tier(on(2026, 3, 29)) is None

    member.buy(40, on(2026, 4, 29, 21))

    assert member.tier(on(2026, 4, 29, 22)) == "bronze"


def test_the_year_turns_at_the_merchants_midnight(member: Member) -> None:
    member.buy(60, END_2026 - timedelta(seconds=1))
    member.buy(60, END_2026)
    assert member.tier(END_2026) is None

    member.buy(40, END_2026 + timedelta(seconds=1))

    assert member.place(END_2026 + DAY) == ("bronze", END_2028)


LIVE = [
    # what is done to the ladder while gold is held
    "entry up",
    "renewal up",
    "gold ended",
    "other period",
    "another above",
    "no ladder",
]


@pytest.mark.parametrize("edit", LIVE)
def test_a_change_of_the_ladder_takes_nothing_before_the_date(session: Session, edit: str) -> None:
    *_, gold = make_ladder(session)
    member = make_member(session)
    member.buy(1000, NOON)
    at = NOON + DAY

    if edit == "entry up":
        tiers.change(session, gold.id, {"entry": 9000}, actor=SYSTEM, at=at)
    elif edit == "renewal up":
        tiers.change(session, gold.id, {"renewal": 1000}, actor=SYSTEM, at=at)
    elif edit == "gold ended":
        tiers.end(session, gold.id, actor=SYSTEM, at=at)
    elif edit == "other period":
        change_ladder(session, by="money", period="rolling", months=1)
    elif edit == "another above":
        new = {"name": {"en": "Top"}, "perks": {}, "rank": 40, "entry": 1100, "renewal": 1100}
        tiers.add(session, key="top", **new, actor=SYSTEM, at=at)
    else:
        change_ladder(session)

    assert member.place(END_2027 - DAY) == ("gold", END_2027)
    member.buy(1, at)
    other = member.buy(1, at)
    member.void(other, at)
    assert member.tier(END_2027 - DAY) == "gold"
    check_books(session)


def test_dates_that_are_due_are_decided_by_the_ladder_before_it_changes(session: Session) -> None:
    *_, gold = make_ladder(session)
    member = make_member(session)
    member.buy(1000, NOON)
    member.buy(800, on(2027, 5, 5))

    tiers.change(session, gold.id, {"renewal": 1000}, actor=SYSTEM, at=on(2028, 1, 2))

    assert member.place(on(2028, 1, 3)) == ("gold", END_2028)


def test_who_holds_a_tier_that_has_ended_goes_down_at_the_date(session: Session) -> None:
    *_, gold = make_ladder(session)
    member = make_member(session)
    member.buy(1000, NOON)
    tiers.end(session, gold.id, actor=SYSTEM, at=NOON)
    member.buy(5000, on(2027, 5, 5))

    assert member.tier(END_2027 - DAY) == "gold"
    assert member.tier(END_2027) == "silver"


def test_undoing_the_purchase_that_reached_a_tier_takes_it_back(member: Member) -> None:
    member.buy(450, NOON)
    second = member.buy(60, NOON)
    assert member.tier(NOON) == "silver"

    member.void(second, NOON + DAY)

    assert member.place(NOON + DAY) == ("bronze", END_2027)
    assert member.told(NOON + DAY)[-1] == ("silver", "bronze", "undone", 450)
    check_books(member.session)


def test_undoing_leaves_a_tier_that_is_still_reached(member: Member) -> None:
    first = member.buy(450, NOON)
    member.buy(600, NOON)

    member.void(first, NOON + DAY)

    assert member.place(NOON + DAY) == ("silver", END_2027)


def test_undoing_everything_leaves_nothing(member: Member) -> None:
    bought = [member.buy(one, NOON) for one in (100, 400, 500)]
    assert member.tier(NOON) == "gold"

    for one in bought:
        member.void(one, NOON)

    assert member.place(NOON) == (None, None)
    check_books(member.session)


def test_a_refund_counts_for_its_share(member: Member) -> None:
    bought = member.buy(1000, NOON)
    member.refund(bought, 1, NOON)
    assert member.place(NOON) == ("silver", END_2027)

    member.refund(bought, 500, NOON)
    assert member.place(NOON) == ("bronze", END_2027)

    member.refund(bought, 499, NOON)
    assert member.place(NOON) == (None, None)


def test_a_refund_of_money_counts_as_well(session: Session) -> None:
    make_ladder(session, ("bronze", 10_000, 5_000), by="money")
    member = make_member(session)
    bought = member.buy(100, NOON)
    assert member.tier(NOON) == "bronze"

    member.refund(bought, 1, NOON)

    assert member.tier(NOON) is None


@pytest.mark.parametrize("clawback", ["only_pending", "within_balance", "debt"])
def test_what_comes_back_counts_no_more_whatever_becomes_of_the_points(
    member: Member, clawback: str
) -> None:
    programme.change(member.session, {"clawback": clawback}, actor=SYSTEM, at=NOON)
    bought = member.buy(1000, NOON)

    member.void(bought, NOON)

    assert member.tier(NOON) is None


def test_undoing_an_older_purchase_leaves_a_tier_that_was_renewed_since(member: Member) -> None:
    first = member.buy(1000, NOON)
    member.buy(800, on(2027, 5, 5))

    member.void(first, on(2028, 3, 1))

    assert member.place(on(2028, 3, 1)) == ("gold", END_2028)


def test_undoing_what_renewed_a_tier_decides_the_date_again(member: Member) -> None:
    member.buy(1000, NOON)
    second = member.buy(800, on(2027, 5, 5))
    assert member.place(on(2028, 3, 1)) == ("gold", END_2028)

    member.void(second, on(2028, 3, 1))

    assert member.place(on(2028, 3, 1)) == ("silver", END_2028)
    assert member.told(on(2028, 3, 1))[-1][2] == "undone"


def test_a_tier_given_by_hand_stays_when_purchases_are_undone(member: Member) -> None:
    bought = member.buy(100, NOON)
    tiers.assign(
        member.session, member.id, "gold", reason="a friend of the house", actor=MANAGER, at=NOON
    )

    member.void(bought, NOON)

    assert member.place(NOON) == ("gold", END_2027)


def test_a_tier_by_hand_ends_with_its_last_day_and_is_audited(member: Member) -> None:
    tiers.assign(
        member.session, member.id, "gold", reason="a friend of the house",
        last_day=date(2026, 6, 30), actor=MANAGER, at=NOON,
    )  # fmt: skip
    member.session.flush()

    assert member.tier(on(2026, 6, 30, 21)) == "gold"
    assert member.place(on(2026, 6, 30, 22)) == ("silver", END_2026)
    entry = member.session.scalars(
        select(AuditEntry).where(AuditEntry.action == "standing.set")
    ).one()
    assert (entry.new["tier"], entry.new["reason"]) == ("gold", "a friend of the house")
    check_books(member.session)


def test_a_tier_taken_by_hand_is_reached_again_only_by_what_comes_after(member: Member) -> None:
    member.buy(1000, NOON)
    tiers.assign(member.session, member.id, None, reason="fraud", actor=MANAGER, at=NOON + DAY)

    member.buy(99, NOON + 2 * DAY)
    assert member.tier(NOON + 2 * DAY) is None

    member.buy(1, NOON + 2 * DAY)
    assert member.tier(NOON + 2 * DAY) == "bronze"


def test_nobody_gives_a_tier_to_themselves(member: Member) -> None:
    clerk = make_staff(member.session, role="manager")
    clerk.customer_id = member.id
    member.session.flush()
    actor = Actor("staff", clerk.id, permissions=of_role("manager"))

    with pytest.raises(OwnCard):
        tiers.assign(member.session, member.id, "gold", reason="me", actor=actor, at=NOON)

    assert member.tier(NOON) is None


def test_a_tier_by_hand_must_exist_and_not_be_over(member: Member) -> None:
    with pytest.raises(NotFound):
        tiers.assign(member.session, member.id, "diamond", reason="?", actor=MANAGER, at=NOON)
    with pytest.raises(InvalidRequest):
        tiers.assign(
            member.session, member.id, "gold", reason="?", last_day=date(2026, 3, 13),
            actor=MANAGER, at=NOON,
        )  # fmt: skip

    assert member.told(NOON) == []


def test_a_purchase_that_comes_in_late_counts_in_its_own_year(member: Member) -> None:
    member.buy(400, END_2026 - 2 * DAY)

    member.buy(100, END_2026 + DAY, occurred_at=END_2026 - DAY)

    assert member.place(END_2026 + DAY) == ("silver", END_2027)


def test_a_purchase_that_comes_in_after_the_date_gives_the_tier_back_that_it_renews(
    member: Member,
) -> None:
    member.buy(1000, NOON)
    member.buy(700, on(2027, 5, 5))
    member.night(END_2027)
    assert member.tier(END_2027) == "silver"

    member.buy(100, END_2027 + DAY, occurred_at=END_2027 - DAY)

    assert member.place(END_2027 + DAY) == ("gold", END_2028)
    check_books(member.session)


def test_a_customer_who_is_merged_keeps_the_higher_tier_and_all_counts(session: Session) -> None:
    make_ladder(session)
    kept, gone = make_member(session), make_member(session)
    kept.buy(450, NOON)
    gone.buy(510, NOON)

    merging.merge(session, gone.id, kept.id, actor=MANAGER, at=NOON)
    assert kept.place(NOON) == ("silver", END_2027)

    kept.buy(40, NOON)
    assert kept.place(NOON) == ("gold", END_2027)
    check_books(session)


def test_progress_says_what_is_missing(member: Member) -> None:
    member.buy(600, NOON)

    found = tiers.progress(member.session.connection(), member.id, at=NOON)

    assert found
    assert found.following
    assert found.place.rung
    assert (found.place.rung.key, found.amount, found.following.key, found.missing) == (
        "silver", 600, "gold", 400,
    )  # fmt: skip
    assert (found.kept, found.kept_missing) == (400, 400)
    later = tiers.progress(member.session.connection(), member.id, at=on(2027, 1, 5))
    assert later
    assert (later.amount, later.missing, later.kept_missing) == (0, 1000, 400)


def test_the_top_has_nothing_above_and_nobody_starts_at_the_bottom(member: Member) -> None:
    none = tiers.progress(member.session.connection(), member.id, at=NOON)
    assert none
    assert (none.place.rung, none.missing, none.kept) == (None, 100, None)

    member.buy(5000, NOON)

    top = tiers.progress(member.session.connection(), member.id, at=NOON)
    assert top
    assert (top.following, top.missing) == (None, 0)


def test_without_a_ladder_nothing_is_reached(session: Session) -> None:
    member = make_member(session)

    member.buy(5000, NOON)

    assert member.place(NOON) == (None, None)
    assert member.news["tier"] is None
    assert tiers.progress(session.connection(), member.id, at=NOON) is None


@pytest.mark.parametrize(
    ("rank", "entry", "renewal", "refusal"),
    [
        (10, 50, 50, AlreadyExists),
        (15, 100, 50, InvalidRequest),
        (15, 600, 50, InvalidRequest),
        (5, 200, 50, InvalidRequest),
        (15, 300, 301, InvalidRequest),
    ],
)
def test_a_tier_must_fit_into_the_ladder(
    session: Session, rank: int, entry: int, renewal: int, refusal: type[Exception]
) -> None:
    make_ladder(session)
    given = {"name": {"en": "Odd"}, "perks": {}, "rank": rank, "entry": entry, "renewal": renewal}

    with pytest.raises(refusal):
        tiers.add(session, key="odd", **given, actor=SYSTEM, at=NOON)

    assert len(tiers.listed(session)) == 3


def test_a_key_is_used_once_and_what_has_ended_stays_so(session: Session) -> None:
    bronze, *_ = make_ladder(session)
    tiers.end(session, bronze.id, actor=SYSTEM, at=NOON)
    again = {"name": {"en": "B"}, "perks": {}, "rank": 5, "entry": 10, "renewal": 10}

    with pytest.raises(AlreadyExists):
        tiers.add(session, key="bronze", **again, actor=SYSTEM, at=NOON)
    with pytest.raises(WrongState):
        tiers.end(session, bronze.id, actor=SYSTEM, at=NOON)
    with pytest.raises(WrongState):
        tiers.change(session, bronze.id, {"entry": 10}, actor=SYSTEM, at=NOON)


def test_the_night_finds_all_whose_date_is_over(database: Database) -> None:
    def open_(session: Session) -> list[Member]:
        make_ladder(session, BRONZE, SILVER, GOLD, grace_days=10)
        shop = make_shop(session)
        members = [make_member(session, shop) for _ in range(3)]
        for one, bought in zip(members, (99, 100, 1000), strict=True):
            one.buy(bought, NOON)
        make_customer(session)
        return members

    database.transact(open_)
    decided = END_2027 + 10 * DAY
    tiers.renew(database, decided - timedelta(seconds=1))
    with database.reading() as session:
        assert session.query(StandingChange).count() == 2

    tiers.renew(database, decided)
    tiers.renew(database, decided)

    with database.reading() as session:
        changes = session.scalars(select(StandingChange.reason)).all()
        assert sorted(changes) == ["not_renewed", "not_renewed", "reached", "reached"]
        assert tiers.due_customers(session.connection(), at=decided) == []
        assert list(reconcile.findings(session)) == []
