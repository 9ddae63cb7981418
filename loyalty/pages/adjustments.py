"""Many points by hand take two people: what was asked for, and the word of the second."""

from uuid import UUID

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from core import clock, web
from core.i18n import gettext
from core.listing import actor_names
from core.pages.posting import Answer, Done, newest, older, posting
from loyalty import adjustments as rules
from loyalty import listing
from loyalty.pages.frame import pages


@pages.get("/adjustments")
@web.requires("points:read")
@web.reading
def adjustments(session: Session) -> ResponseReturnValue:
    """Show what waits for a second person, and what was decided before."""
    waiting, _ = rules.listed(session, state="requested", limit=200)
    found, cursor = rules.listed(session, cursor=request.args.get("cursor"))
    decided = [one for one in found if one.state != "requested"]
    me = web.actor().id
    return render_template(
        "admin/adjustments.html",
        waiting=waiting,
        decided=decided,
        own={one.id for one in waiting if me and one.requested_by.endswith(f":{me.hex}")},
        pseudonyms=listing.pseudonyms(session, (one.customer_id for one in [*waiting, *decided])),
        names=actor_names(
            session,
            [by for one in [*waiting, *decided] for by in (one.requested_by, one.decided_by)],
        ),
        next_url=older(cursor),
        first_url=newest(),
    )


@pages.post('/adjustments/<public("ad"):id>/<any(approve, decline):verb>')
@web.requires("points:approve")
@posting
def decide_adjustment(session: Session, id: UUID, verb: str) -> Answer:
    """Book what somebody else has asked for, or say no to it."""
    act = rules.approve if verb == "approve" else rules.decline
    act(session, id, actor=web.actor(), at=clock.now())
    said = {
        "approve": gettext("Approved, and booked."),
        "decline": gettext("Declined: nothing is booked."),
    }
    return Done(url_for("admin_loyalty.adjustments"), said[verb])
