"""What to tell the customer beside the figures: what was reached, and what nearly is."""

from collections.abc import Iterator
from typing import Any

from core import i18n
from core.i18n import gettext, named, ngettext, show_money, show_number
from coupons.errors import BasketTooSmall, QuantityTooSmall
from loyalty.order import Outcome

NEAR = (BasketTooSmall, QuantityTooSmall)

Message = dict[str, Any]


def of(outcome: Outcome) -> list[Message]:
    """Return the messages of a purchase or a quote, what was reached first."""
    return [
        *_places(outcome),
        *_tier(outcome.news.get("tier")),
        *(_stamps(one) for one in outcome.news.get("stamps") or ()),
        *(_friend(one) for one in outcome.news.get("referrals") or ()),
        *_near(outcome),
        *_lacking(outcome),
    ]


def _places(outcome: Outcome) -> Iterator[Message]:
    for one in outcome.redemptions:
        if one["place"] is not None:
            place = show_number(one["place"])
            offer = named(one["terms"].name)
            said = gettext("Place %(place)s: %(offer)s", place=place, offer=offer)
            yield {"kind": "early_bird", "text": said, "place": one["place"]}


def _tier(news: Message | None) -> Iterator[Message]:
    if news is None:
        return
    name = named(news["name"])
    if news["kind"] == "tier_reached":
        yield {"kind": "tier_reached", "text": gettext("Now %(tier)s", tier=name)}
        return
    said = missing(news["by"], news["missing"], name)
    yield {"kind": "tier_near", "text": said, "missing": news["missing"], "by": news["by"]}


def missing(by: str, number: int, tier: str) -> str:
    """Return how many points, or how much money, are missing to a tier."""
    if by == "money":
        return gettext("%(amount)s more for %(tier)s", amount=show_money(number), tier=tier)
    return ngettext(
        "%(shown)s point more for %(tier)s",
        "%(shown)s points more for %(tier)s",
        number,
        shown=show_number(number),
        tier=tier,
    )


def _stamps(news: Message) -> Message:
    name = named(news["name"])
    if news["full"]:
        said = gettext("%(card)s is full", card=name)
    else:
        said = gettext(
            "%(card)s: %(stamps)s of %(needed)s stamps",
            card=name,
            stamps=show_number(news["held"]),
            needed=show_number(news["needed"]),
        )
    return {"kind": "stamps", "text": said} | {
        key: value for key, value in news.items() if key != "name"
    }


def _friend(news: Message) -> Message:
    if news["hold_days"]:
        said = gettext("A friend brought you: your welcome gift is on its way")
    else:
        said = gettext("A friend brought you: your welcome gift comes with this purchase")
    return {"kind": "referral", "text": said} | news


def _near(outcome: Outcome) -> Iterator[Message]:
    for one in outcome.refused:
        if isinstance(one.refusal, NEAR):
            name = named(one.candidate.terms.name)
            said = gettext("%(offer)s: %(why)s", offer=name, why=i18n.tell(one.refusal))
            yield {"kind": "offer_near", "text": said, "coupon": one.coupon.masked}


def _lacking(outcome: Outcome) -> Iterator[Message]:
    if no := outcome.lacking:
        yield {"kind": no.code, "text": i18n.tell(no), **no.facts}
