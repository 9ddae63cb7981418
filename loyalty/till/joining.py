"""How a customer at this till gets a card on their own phone: the address, and its picture."""

from uuid import UUID

from flask import Response, g, url_for

from core import ids, web
from core.errors import TillNeeded
from coupons import qr
from loyalty.till.place import blueprint


def address(shop_id: UUID) -> str:
    """Return the web address of joining, counted for a shop; nothing of anybody is in it."""
    return web.config().base_url + url_for("me.join", shop=ids.public("sh", shop_id))


@blueprint.get("/join.svg")
@web.requires("till:open")
def draw_joining() -> Response:
    """Draw the address of joining, for the customer to scan off this till.

    Raises:
        TillNeeded: nobody is signed on at a till.
    """
    if web.actor().till_id is None:
        raise TillNeeded
    return Response(qr.svg(address(g.till.shop_id), ec="M"), mimetype="image/svg+xml")
