"""What happens on each day of the replayed year, in the order in which it happened.

A day is worked out from the raw files alone and never from the days before it, so a replay that was
stopped begins again at the day it stopped in.
"""

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, date, timedelta
from itertools import groupby
from operator import attrgetter, itemgetter
from typing import Any

import duckdb

from core import clock
from loyalty.demo.year import (
    SHOP_ZONE,
    YEAR_END,
    YEAR_START,
    Basket,
    Campaign,
    Coupon,
    Day,
    Line,
    LooseRedemption,
    Offer,
    Volume,
)


class ReplayPlan:
    """The year, day by day.  Holds the redemptions and who is new when; baskets are read by day."""

    def __init__(self, study: duckdb.DuckDBPyConnection) -> None:
        """Look through the study once.

        Args:
            study: The study, as ``open_study`` opens it.
        """
        self._study = study
        self._new_households = self._by_day(_NEW_HOUSEHOLDS, {"year_start": YEAR_START})
        self._new_shops = self._by_day("SELECT min(day), shop_id FROM line GROUP BY shop_id")
        self._announced = self._by_day(
            "SELECT greatest(first_day, $year_start), campaign_id FROM campaign",
            {"year_start": YEAR_START},
        )
        self._coupons: defaultdict[int, list[Coupon]] = defaultdict(list)
        for basket_id, *coupon in self._rows(_COUPONS_OF_BASKETS):
            self._coupons[basket_id].append(Coupon(*coupon))

    def volume(self, *, first: date = YEAR_START, until: date = YEAR_END) -> Volume:
        """Count what ``days`` gives for the same days."""
        return Volume(*self._rows(_VOLUME, {"first": first, "until": until})[0])

    def days(self, *, first: date = YEAR_START, until: date = YEAR_END) -> Iterator[Day]:
        """Give the days in order.

        Args:
            first: The day to begin at; a stopped replay names the day it stopped in.
            until: The first day that is left out.

        Yields:
            One day after the other, with or without entries.
        """
        for number in range((until - first).days):
            yield self._day(first + timedelta(days=number))

    def _day(self, day: date) -> Day:
        baskets = self._baskets(day)
        loose = self._loose_redemptions(day)
        return Day(
            day=day,
            households=tuple(self._new_households[day]),
            shops=tuple(self._new_shops[day]),
            campaigns=tuple(self._campaign(number) for number in self._announced[day]),
            entries=tuple(sorted([*baskets, *loose], key=attrgetter("at"))),
        )

    def _baskets(self, day: date) -> list[Basket]:
        period = {
            "opens": clock.day_start(day, SHOP_ZONE).replace(tzinfo=None),
            "closes": clock.day_end(day, SHOP_ZONE).replace(tzinfo=None),
        }
        rows = self._rows(_LINES_OF_DAY, period)
        return [
            Basket(
                basket_id=basket_id,
                household_id=household_id,
                shop_id=shop_id,
                at=bought_at.replace(tzinfo=UTC),
                lines=tuple(Line(*row[4:]) for row in lines),
                coupons=tuple(self._coupons.get(basket_id, ())),
            )
            for (bought_at, basket_id, household_id, shop_id), lines in groupby(
                rows, key=itemgetter(0, 1, 2, 3)
            )
        ]

    def _loose_redemptions(self, day: date) -> list[LooseRedemption]:
        return [
            LooseRedemption(
                coupon=Coupon(campaign_id, coupon_upc),
                household_id=household_id,
                shop_id=shop_id,
                at=bought_at.replace(tzinfo=UTC),
            )
            for campaign_id, coupon_upc, household_id, shop_id, bought_at in self._rows(
                _LOOSE_REDEMPTIONS_OF_DAY, {"day": day}
            )
        ]

    def _campaign(self, campaign_id: int) -> Campaign:
        which = {"campaign_id": campaign_id}
        ((kind, first_day, last_day),) = self._rows(
            "SELECT kind, first_day, last_day FROM campaign WHERE campaign_id = $campaign_id", which
        )
        mailed = self._rows(
            "SELECT household_id FROM campaigns WHERE campaign_id = $campaign_id ORDER BY ALL",
            which,
        )
        return Campaign(
            campaign_id=campaign_id,
            kind=kind,
            first_day=first_day,
            last_day=last_day,
            offers=tuple(
                Offer(coupon_upc, face, about, tuple(skus))
                for coupon_upc, face, about, skus in self._rows(_OFFERS_OF_CAMPAIGN, which)
            ),
            households=tuple(household_id for (household_id,) in mailed),
        )

    def _by_day(
        self, query: str, values: dict[str, Any] | None = None
    ) -> defaultdict[date, list[int]]:
        found: defaultdict[date, list[int]] = defaultdict(list)
        for day, number in sorted(self._rows(query, values)):
            found[day].append(number)
        return found

    def _rows(self, query: str, values: dict[str, Any] | None = None) -> list[Any]:
        return self._study.execute(query, values).fetchall()


_NEW_HOUSEHOLDS = """
SELECT min(day), household_id
FROM (
    SELECT household_id, day FROM line
    UNION ALL
    SELECT household_id, greatest(first_day, $year_start)
    FROM campaigns JOIN campaign USING (campaign_id)
)
GROUP BY household_id
"""

_COUPONS_OF_BASKETS = """
SELECT basket_id, campaign_id, coupon_upc
FROM matched JOIN offer USING (campaign_id, coupon_upc)
WHERE basket_id IS NOT NULL
ORDER BY basket_id, place
"""

_VOLUME = """
SELECT count(DISTINCT basket_id) + (
           SELECT count(*) FROM matched WHERE basket_id IS NULL AND day >= $first AND day < $until
       ),
       count(*),
       coalesce(CAST(sum(amount) AS BIGINT), 0)
FROM line
WHERE day >= $first AND day < $until
"""

_LINES_OF_DAY = """
SELECT bought_at, basket_id, household_id, shop_id,
       CAST(product_id AS VARCHAR), product_category, quantity, amount
FROM line LEFT JOIN products USING (product_id)
WHERE bought_at >= $opens AND bought_at < $closes
ORDER BY bought_at, basket_id, product_id
"""

# The shop and the instant are those of the first basket of that household on that day.
_LOOSE_REDEMPTIONS_OF_DAY = """
SELECT campaign_id, coupon_upc, matched.household_id,
       arg_min(shop_id, (bought_at, line.basket_id)), min(bought_at)
FROM matched
JOIN offer USING (campaign_id, coupon_upc)
JOIN line ON line.household_id = matched.household_id AND line.day = matched.day
WHERE matched.basket_id IS NULL AND matched.day = $day
GROUP BY campaign_id, coupon_upc, matched.household_id, place
ORDER BY min(bought_at), matched.household_id, place
"""

_OFFERS_OF_CAMPAIGN = """
SELECT coupon_upc, face, coalesce(mode(product_category ORDER BY product_category), 'all'),
       list(CAST(product_id AS VARCHAR) ORDER BY product_id)
FROM offer
JOIN offer_product USING (campaign_id, coupon_upc)
LEFT JOIN products USING (product_id)
WHERE campaign_id = $campaign_id
GROUP BY coupon_upc, face, place
ORDER BY place
"""
