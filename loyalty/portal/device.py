"""Which device this is, to see whether two customers are one: a random name, kept only here.

The database has no more of it than a keyed digest, for 90 days; see ``loyalty.traces``.
"""

from datetime import datetime

from flask import g, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as Reply

from core import ids, web
from core.models import Customer
from loyalty import traces
from loyalty.portal.visitor import KEPT_FOR

COOKIE = "device"
LONGEST = 64


def note(db: Session, customer: Customer, *, at: datetime) -> None:
    """Note by which device and from which address a customer came."""
    traces.note(
        db.connection(),
        customer.id,
        key=web.config().secret_key,
        device=name(),
        address=web.address(),
        at=at,
    )


def name() -> str:
    """Return the name of this device; one that has none gets one."""
    if "device" not in g:
        g.device = request.cookies.get(COOKIE, "")[:LONGEST] or ids.new_token()
    return str(g.device)


def keep(response: Reply) -> Reply:
    """Let this device know its name, also when the card is taken off it."""
    response.set_cookie(
        COOKIE,
        name(),
        max_age=KEPT_FOR,
        httponly=True,
        samesite="Lax",
        secure=web.config().secure,
    )
    return response
