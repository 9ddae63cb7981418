"""What refer-a-friend promises, as both sides are told on their phones."""

from collections.abc import Iterable, Iterator
from uuid import UUID

from sqlalchemy.orm import Session

from core.i18n import gettext, ngettext, show_money, show_number
from coupons import listing, wording
from loyalty.referrals.scheme import Prize, Scheme


def prize(session: Session, one: Prize) -> str:
    """Return what somebody gets: so many points, or a coupon with what it is good for."""
    return prizes(session, [one])[one]


def prizes(session: Session, some: Iterable[Prize]) -> dict[Prize, str]:
    """Return of each of some prizes what somebody gets."""
    wanted = list(some)
    good_for = benefits(session, [one.offer_id for one in wanted if one.offer_id])
    return {
        one: (
            gettext("a coupon: %(benefit)s", benefit=good_for[one.offer_id])
            if one.offer_id
            else wording.benefit({"kind": "points", "points": one.points})
        )
        for one in wanted
    }


def benefits(session: Session, offers: Iterable[UUID]) -> dict[UUID, str]:
    """Return what a coupon of each of some offers is good for that is given now."""
    found = listing.benefits(session, offers)
    return {id: wording.benefit(terms) for id, terms in found.items()}


def to_friend(session: Session, scheme: Scheme) -> list[str]:
    """Return what a friend is told who opens the code: what they get, and for what."""
    if scheme.friend is None:
        return []
    return [gettext("You get %(prize)s", prize=prize(session, scheme.friend)), *_terms(scheme)]


def to_referrer(session: Session, scheme: Scheme) -> list[str]:
    """Return what somebody is told who may bring friends."""
    return [*_sides(session, scheme), *_terms(scheme), *_cap(scheme)]


def in_short(session: Session, scheme: Scheme) -> str:
    """Return the one line that makes somebody bring a friend."""
    return " · ".join(_sides(session, scheme))


def _sides(session: Session, scheme: Scheme) -> Iterator[str]:
    promised = [scheme.referrer, scheme.friend, *(one.prize for one in scheme.milestones)]
    said = prizes(session, [one for one in promised if one])
    if scheme.referrer:
        yield gettext("You get %(prize)s", prize=said[scheme.referrer])
    if scheme.friend:
        yield gettext("Your friend gets %(prize)s", prize=said[scheme.friend])
    for one in scheme.milestones:
        facts = {"shown": show_number(one.friends), "prize": said[one.prize]}
        if one.repeats:
            yield ngettext(
                "For every friend you also get %(prize)s",
                "For every %(shown)s friends you also get %(prize)s",
                one.friends,
                **facts,
            )
        else:
            yield ngettext(
                "For the first friend you also get %(prize)s",
                "For %(shown)s friends you also get %(prize)s",
                one.friends,
                **facts,
            )


def _terms(scheme: Scheme) -> Iterator[str]:
    days = {"shown": show_number(scheme.within_days), "least": show_money(scheme.minimum)}
    if scheme.minimum:
        yield ngettext(
            "For a purchase of %(least)s or more within a day of joining",
            "For a purchase of %(least)s or more within %(shown)s days of joining",
            scheme.within_days,
            **days,
        )
    else:
        yield ngettext(
            "For a purchase within a day of joining",
            "For a purchase within %(shown)s days of joining",
            scheme.within_days,
            shown=days["shown"],
        )
    if scheme.hold_days:
        yield ngettext(
            "It is there a day after the purchase",
            "It is there %(shown)s days after the purchase",
            scheme.hold_days,
            shown=show_number(scheme.hold_days),
        )


def _cap(scheme: Scheme) -> Iterator[str]:
    if scheme.cap is None:
        return
    facts = {"shown": show_number(scheme.cap), "period": _PERIODS[scheme.cap_per]()}
    yield ngettext(
        "You are rewarded for one friend %(period)s",
        "You are rewarded for up to %(shown)s friends %(period)s",
        scheme.cap,
        **facts,
    )


_PERIODS = {
    "all": lambda: gettext("in all"),
    "year": lambda: gettext("in a year"),
    "month": lambda: gettext("in a month"),
    "week": lambda: gettext("in a week"),
    "day": lambda: gettext("in a day"),
}
