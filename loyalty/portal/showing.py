"""A coupon as its holder is shown it: what it gives now, on what, until when, and its code."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from markupsafe import Markup
from sqlalchemy import Connection

from core import i18n, ids, web
from coupons import issuing, places, qr, wording
from coupons.wallet import Judged
from loyalty import steps
from loyalty.models import Card


@dataclass(frozen=True, slots=True)
class Shown:
    """A coupon as it is shown to whoever holds it.

    Attributes:
        counter: where an early bird stands, in words; empty where it is none.
        opens_at: when it can be used, if not now.
    """

    benefit: str
    name: str
    counter: list[str]
    conditions: list[str]
    opens_at: datetime | None
    ends_at: datetime | None
    code: str
    picture: Markup


def shown(connection: Connection, one: Judged, *, at: datetime) -> Shown:
    """Return a coupon in words, with its picture; of an early bird, what it gives now."""
    return every(connection, [one], at=at)[0]


def every(connection: Connection, found: Sequence[Judged], *, at: datetime) -> list[Shown]:
    """Return some coupons in words, each with its picture."""
    said = issuing.addresses(connection, [one.coupon for one in found], web.config())
    return [
        _shown(connection, one, drawn(text), at=at) for one, text in zip(found, said, strict=True)
    ]


def _shown(connection: Connection, one: Judged, picture: Markup, *, at: datetime) -> Shown:
    terms = one.terms
    benefit, counter = wording.benefit(terms.benefit_terms), list[str]()
    if bird := places.counter(connection, terms, at=at):
        counter = wording.counter(terms.benefit_terms, bird, at=at)
        benefit = wording.benefit(bird.benefit) if bird.benefit else benefit
    return Shown(
        benefit=benefit,
        name=i18n.named(terms.name),
        counter=counter,
        conditions=wording.conditions(
            terms.benefit_terms, terms.conditions, terms.per_customer, one.coupon.per_customer
        ),
        opens_at=one.opens_at,
        ends_at=one.ends_at,
        code=one.coupon.label or ids.grouped(one.coupon.code),
        picture=picture,
    )


def link(code: str) -> str:
    """Return the web address that a code opens, as people send it to one another."""
    return f"{web.config().base_url}/c/{code}"


def changing(card: Card, *, at: datetime) -> Markup:
    """Return the picture of a card that counts at a moment; another one follows it."""
    step = steps.make(steps.key(web.config().secret_key), card.id, at=at)
    return picture(f"{card.number}.{step}")


def picture(code: str) -> Markup:
    """Return a code as a picture to stand in the page, so that it is there once the page is."""
    return drawn(issuing.address(web.config().base_url, code))


def drawn(text: str) -> Markup:
    """Return what a QR says as a picture to stand in the page."""
    return Markup(qr.svg(text, ec="M"))  # noqa: S704  # it is made of digits and our own words
