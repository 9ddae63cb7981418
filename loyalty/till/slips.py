"""The slip of a purchase for the printer beside the till."""

from uuid import UUID

from flask import g, render_template
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from core import clock, ids, web
from core.errors import TillNeeded
from loyalty import history
from loyalty.till.place import blueprint, place


@blueprint.post('/purchases/<public("pu"):id>/slip')
@web.requires("purchases:own-till")
@web.writing
def print_slip(session: Session, id: UUID) -> ResponseReturnValue:
    """Show what is printed of a purchase; from the second time on it says that it is a copy.

    Raises:
        TillNeeded: nobody is signed on at a till.
        NotFound: the till has settled none like that.
    """
    actor = web.actor()
    if actor.till_id is None:
        raise TillNeeded
    slip = history.slip(session, actor.till_id, id, actor=actor, at=clock.now())
    return render_template(
        "till/slip.html",
        merchant=web.merchant(),
        slip=slip,
        codes=[ids.grouped(code) for code in slip.codes],
        **place(g.till),
    )
