from collections import Counter
from uuid import UUID

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.auth import SYSTEM
from core.db import Database
from coupons.models import Coupon, Purchase, Quota
from loyalty import reconcile
from loyalty.models import Account, Referral, ReferralReward
from loyalty.referrals import codes
from loyalty.referrals import scheme as schemes
from tests.factories import NOON, make_offer, make_shop
from tests.loyalty.scheme import DAY, Pair, bring, make_pair, make_scheme
from tests.races import friends
from tests.races.crowd import WON, Arena, Crowd

CAP, FRIENDS, EACH = 20, 100, 500
GIFTS = 20


def make_host(session: Session) -> tuple[UUID, UUID, str]:
    """Return a shop, and a customer with their code, who may be rewarded for 20 friends."""
    shop, referrer = make_shop(session), friends.make_elder(session)
    referred = {"referrer": {"points": EACH}, "friend": {"points": 200}}
    schemes.change(session, referred | {"active": True, "cap": CAP}, actor=SYSTEM, at=NOON)
    return shop.id, referrer.id, codes.of_customer(session, referrer.id, at=NOON)


def check_capped(database: Database, referrer_id: UUID, outcomes: Counter[str]) -> None:
    """All have bought, each friend is rewarded, and the referrer just so many times."""
    assert outcomes == {WON: FRIENDS}
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Purchase)) == FRIENDS
        quota = session.scalars(select(Quota).where(Quota.measure == "referrals")).one()
        assert (quota.used, quota.voided) == (CAP, 0)
        counted = select(func.count()).where(Referral.period.is_not(None))
        assert session.scalar(counted) == CAP
        sides = select(ReferralReward.side, func.count()).group_by(ReferralReward.side)
        assert dict(session.execute(sides).all()) == {"referrer": CAP, "friend": FRIENDS}
        assert session.get_one(Account, referrer_id).pending == CAP * EACH
        assert list(reconcile.findings(session)) == []


def test_of_100_friends_at_once_20_are_rewarded_to_who_brought_them(
    database: Database, arena: Arena, crowd: Crowd
) -> None:
    shop_id, referrer_id, code = database.transact(make_host)

    outcomes = crowd.rush(arena, friends.join_and_buy, shop_id, code, times=FRIENDS)

    check_capped(database, referrer_id, outcomes)


def test_without_guards_more_friends_are_rewarded_than_the_cap_and_the_check_sees_it(
    unguarded: tuple[Arena, Database], crowd: Crowd
) -> None:
    arena, database = unguarded
    shop_id, referrer_id, code = database.transact(make_host)

    outcomes = crowd.rush(arena, friends.join_and_buy_carelessly, shop_id, code, times=FRIENDS)

    with database.reading() as session:
        assert session.get_one(Account, referrer_id).pending > CAP * EACH
    with pytest.raises(AssertionError):
        check_capped(database, referrer_id, outcomes)


def make_gifts(session: Session) -> None:
    """Make friends whose referrer gets a coupon for each of them."""
    offer = make_offer(session)
    make_scheme(session, referrer={"offer": offer.id}, friend=None, hold_days=1)
    pair: Pair = make_pair(session)
    for _ in range(GIFTS):
        bring(session, pair, at=NOON + DAY)


def test_what_is_due_is_given_once_whoever_comes_by(
    database: Database, arena: Arena, crowd: Crowd
) -> None:
    database.transact(make_gifts)

    outcomes = crowd.rush(arena, friends.give_due, NOON + 2 * DAY, times=50)

    assert outcomes == {WON: 50}
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Coupon)) == GIFTS
        assert set(session.scalars(select(Referral.state))) == {"rewarded", "attributed"}
        assert list(reconcile.findings(session)) == []
