"""What a day of the study holds, in its own numbers: ids as they are there, money in cents."""

from dataclasses import dataclass
from datetime import date, datetime

SHOP_ZONE = "America/New_York"
YEAR_START, YEAR_END = date(2017, 1, 1), date(2018, 1, 1)


@dataclass(frozen=True, slots=True)
class Offer:
    """The promise of one coupon in one campaign: ``face`` cents off its products.

    Attributes:
        about: the category that most of the products are of, for a name.
    """

    coupon_upc: int
    face: int
    about: str
    skus: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Campaign:
    """A mailing: what it promises, to whom, from its first day to the end of its last."""

    campaign_id: int
    kind: str
    first_day: date
    last_day: date
    offers: tuple[Offer, ...]
    households: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Coupon:
    """Which coupon of which campaign."""

    campaign_id: int
    coupon_upc: int

    @property
    def code(self) -> str:
        """The public code: an article number stands in several campaigns, so it names both."""
        return f"{self.campaign_id:02}-{self.coupon_upc}"


@dataclass(frozen=True, slots=True)
class Line:
    """One product of a basket; ``amount`` in cents is for all its pieces."""

    sku: str
    category: str | None
    quantity: int
    amount: int


@dataclass(frozen=True, slots=True)
class Basket:
    """One purchase, with the coupons it is settled with in the order they are applied."""

    basket_id: int
    household_id: int
    shop_id: int
    at: datetime
    lines: tuple[Line, ...]
    coupons: tuple[Coupon, ...]

    @property
    def key(self) -> str:
        """The receipt: the same for the same purchase, in every run."""
        return f"basket-{self.basket_id}"

    @property
    def total(self) -> int:
        """What the lines cost before discounts, in cents."""
        return sum(line.amount for line in self.lines)


@dataclass(frozen=True, slots=True)
class LooseRedemption:
    """A redemption that no basket of that household on that day explains."""

    coupon: Coupon
    household_id: int
    shop_id: int
    at: datetime

    @property
    def key(self) -> str:
        """The receipt: the same in every run, as a household uses a coupon once a day."""
        return f"redemption-{self.coupon.code}-{self.household_id}-{self.at:%Y%m%dT%H%M%S}"

    @property
    def coupons(self) -> tuple[Coupon, ...]:
        """The one coupon, as a basket names its own."""
        return (self.coupon,)


@dataclass(frozen=True, slots=True)
class Day:
    """One day of the shops: first who and what is new, then the entries in order of time."""

    day: date
    households: tuple[int, ...]
    shops: tuple[int, ...]
    campaigns: tuple[Campaign, ...]
    entries: tuple[Basket | LooseRedemption, ...]


@dataclass(frozen=True, slots=True)
class Volume:
    """How much there is to settle: purchases, loose redemptions included, their lines and cents."""

    purchases: int
    lines: int
    cents: int


@dataclass(frozen=True, slots=True)
class CampaignFigures:
    """What one campaign brought; money in cents."""

    campaign_id: int
    contacts: int
    responders: int
    responses: int
    redemptions: int
    discount: int
    revenue: int
