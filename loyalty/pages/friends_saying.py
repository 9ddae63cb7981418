"""What refer-a-friend promises, in plain words."""

from collections.abc import Iterator

from sqlalchemy.orm import Session

from core import i18n
from core.i18n import gettext, ngettext, show_money, show_number
from coupons import listing
from loyalty.pages.programme.saying import points
from loyalty.referrals.scheme import Milestone, Prize, Scheme

PERIODS = {
    "all": lambda: gettext("in all"),
    "year": lambda: gettext("in a year"),
    "month": lambda: gettext("in a month"),
    "week": lambda: gettext("in a week"),
    "day": lambda: gettext("in a day"),
}


def sentences(session: Session, scheme: Scheme) -> Iterator[str]:
    """Yield what both sides get, for which purchase, and how often."""
    wanted = [scheme.referrer, scheme.friend, *(one.prize for one in scheme.milestones)]
    names = listing.offer_names(session, (prize.offer_id for prize in wanted if prize))
    told = {id: i18n.named(name) for id, name in names.items()}

    def prize(one: Prize) -> str:
        if one.offer_id:
            return gettext("a coupon of “%(offer)s”", offer=told.get(one.offer_id, "?"))
        return points(one.points or 0)

    def milestone(one: Milestone) -> str:
        if one.repeats:
            said = gettext("For every %(count)s friends: %(prize)s.")
        else:
            said = gettext("For %(count)s friends, once: %(prize)s.")
        return said % {"count": show_number(one.friends), "prize": prize(one.prize)}

    if scheme.referrer:
        yield gettext("Who brings a friend gets %(prize)s.", prize=prize(scheme.referrer))
    if scheme.friend:
        yield gettext("The friend gets %(prize)s.", prize=prize(scheme.friend))
    yield from map(milestone, scheme.milestones)
    yield from _terms(scheme)


def _terms(scheme: Scheme) -> Iterator[str]:
    yield ngettext(
        "The friend must buy within a day, for at least %(least)s.",
        "The friend must buy within %(num)s days, for at least %(least)s.",
        scheme.within_days,
        least=show_money(scheme.least),
    )
    if scheme.hold_days:
        yield ngettext(
            "The reward comes a day after the purchase.",
            "The reward comes %(num)s days after the purchase.",
            scheme.hold_days,
        )
    if scheme.cap:
        yield ngettext(
            "A customer is rewarded for one friend %(period)s.",
            "A customer is rewarded for up to %(num)s friends %(period)s.",
            scheme.cap,
            period=PERIODS[scheme.cap_per](),
        )
