"""Conflicts on the desk: what tills gave without a line, what it cost, and who has seen to it."""

from uuid import UUID

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext
from sqlalchemy.orm import Session

from core import clock, ids, web
from core.i18n import gettext
from core.listing import actor_names, shop_names
from core.pages.forms import Form, line
from core.pages.posting import Answer, Done, newest, older, posting, show, telling
from loyalty.offline import review
from loyalty.offline.review import Seen
from loyalty.pages.frame import pages

STATE_NAMES = {"open": lazy_gettext("Open"), "closed": lazy_gettext("Closed")}


class CloseForm(Form):
    """What came of a conflict."""

    note = line(lazy_gettext("What came of it"), most=500)


@pages.get("/conflicts")
@web.requires("conflicts:read")
@web.reading
def conflicts(session: Session) -> ResponseReturnValue:
    """Show what tills did without a line and should not have, and what it cost."""
    state, shop_id = request.args.get("state"), web.actor().shop_id
    wanted = state if state in review.STATES else None
    found, cursor = review.listed(
        session, state=wanted, shop_id=shop_id, cursor=request.args.get("cursor")
    )
    return render_template(
        "admin/conflicts/list.html",
        conflicts=found,
        state=wanted,
        states=STATE_NAMES,
        shops=shop_names(session),
        totals={one: review.total(session, state=one, shop_id=shop_id) for one in review.STATES},
        next_url=older(cursor),
        first_url=newest(),
    )


@pages.get('/conflicts/<public("cf"):id>')
@web.requires("conflicts:read")
@web.reading
def conflict(session: Session, id: UUID) -> ResponseReturnValue:
    """Show a conflict: what was wrong, with which purchase, and what came of it."""
    return _page(session, review.one(session, id, shop_id=web.actor().shop_id), CloseForm())


def _page(session: Session, found: Seen, form: CloseForm) -> tuple[str, int]:
    earlier = found.conflict.facts.get("purchase")
    return show(
        "admin/conflicts/show.html",
        form,
        one=found,
        earlier=ids.parse("pu", earlier) if earlier else None,
        states=STATE_NAMES,
        shop=shop_names(session).get(found.purchase.shop_id),
        names=actor_names(session, [found.conflict.closed_by]),
    )


@pages.post('/conflicts/<public("cf"):id>/close')
@web.requires("conflicts:close")
@posting
def close_conflict(session: Session, id: UUID) -> Answer:
    """Note that somebody has seen to a conflict."""
    form, actor = CloseForm(), web.actor()
    if form.validate_on_submit():
        with telling(session, form):
            note = form.note.data or ""
            review.close(session, id, note, shop_id=actor.shop_id, actor=actor, at=clock.now())
            return Done(url_for("admin_loyalty.conflicts", state="open"), gettext("Closed."))
    return _page(session, review.one(session, id, shop_id=actor.shop_id), form)
