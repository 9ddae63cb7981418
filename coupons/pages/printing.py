"""Sheets of coupons for the printer."""

from uuid import UUID

from flask import render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from core import clock, ids, web
from coupons import issuing, listing, offers, wording
from coupons.models import OfferVersion
from coupons.pages.frame import pages, picture
from coupons.pages.saying import asked_for

SHEET = 24
"""Coupons on one A4 page."""

AT_ONCE = 10 * SHEET
LONG = 120
"""So many characters make modules that are small on paper."""


@pages.get('/issues/<public("is"):id>/print')
@web.requires("coupons:codes")
@web.writing
def print_issue(session: Session, id: UUID) -> ResponseReturnValue:
    """Show the codes of an order as sheets, some pages at a time; that it was done is audited."""
    order = listing.issue(session, id)
    offer = offers.find(session, order.offer_id)
    version = session.get_one(OfferVersion, order.version_id)
    first = max(request.args.get("first", 0, int), 0)
    coupons = issuing.coupons_of(session, order, first=first, most=AT_ONCE + 1)
    issuing.note_export(session, order, actor=web.actor(), at=clock.now())
    shown = coupons[:AT_ONCE]
    said = issuing.addresses(session.connection(), shown, web.config())
    return render_template(
        "admin/issues/print.html",
        issue=order,
        version=version,
        ends_at=version.ends_at or listing.campaign_end(session, offer),
        benefit=wording.benefit(version.benefit),
        asked_for=asked_for(version, *(coupon.per_customer for coupon in coupons)),
        tickets=[
            (coupon.label or ids.grouped(coupon.code), picture(text, _strength(text)))
            for coupon, text in zip(shown, said, strict=True)
        ],
        first=first,
        before=max(first - AT_ONCE, 0) if first else None,
        following=coupons[AT_ONCE].position if len(coupons) > AT_ONCE else None,
    )


def _strength(text: str) -> str:
    """Return how much of a printed code may be damaged: less where its modules would be small."""
    return "Q" if len(text) < LONG else "M"
