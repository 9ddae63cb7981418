"""Response events: every answer, taken or refused."""

from collections.abc import Iterable
from uuid import UUID

from flask import render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from core import ids, web
from core.errors import NotFound
from core.listing import shop_names
from core.pages.posting import newest, older
from coupons import listing
from coupons.models import RESPONSE_KINDS, Response
from coupons.pages.frame import RESPONSE_NAMES, pages
from coupons.pages.reasons import said

OUTCOMES = ("accepted", "refused")


def reasons(events: Iterable[Response]) -> dict[str, str]:
    """Return why the refused ones of some events were refused, by the code of the reason."""
    return said(event.reason for event in events if event.reason)


@pages.get("/responses")
@web.requires("responses:read")
@web.reading
def responses(session: Session) -> ResponseReturnValue:
    """Show the response events, newest first, narrowed down as it is asked for."""
    kind, outcome = request.args.get("kind"), request.args.get("outcome")
    campaign_id = _campaign(request.args.get("campaign"))
    events, cursor = listing.responses(
        session,
        campaign_id=campaign_id,
        kind=kind if kind in RESPONSE_KINDS else None,
        outcome=outcome if outcome in OUTCOMES else None,
        cursor=request.args.get("cursor"),
    )
    return render_template(
        "admin/responses/list.html",
        events=events,
        campaigns=listing.campaign_names(session),
        channels=listing.channel_names(session, (event.channel_id for event in events)),
        offers=listing.offer_names(session, (event.offer_id for event in events)),
        shops=shop_names(session),
        kinds=RESPONSE_NAMES,
        reasons=reasons(events),
        chosen={"campaign": campaign_id, "kind": kind, "outcome": outcome},
        next_url=older(cursor),
        first_url=newest(),
    )


def _campaign(text: str | None) -> UUID | None:
    try:
        return ids.parse("ca", text) if text else None
    except NotFound:
        return None
