"""What faces the customer: a second window of the till, or a phone that was paired with it."""

from flask import Response, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from core import clock, displays, i18n, money, web
from core.displays import Facing
from core.models import Till
from coupons.pages.frame import picture
from loyalty.till import joining
from loyalty.till.place import blueprint


@blueprint.get("/display")
@web.public
def face() -> ResponseReturnValue:
    """Show a window for the customer; it hears from the till in the same browser."""
    till = g.get("till")
    if till is None:
        return redirect(url_for("till.enrol"), 303)
    return _page(till, source="")


@blueprint.get("/display/<token>")
@web.public
def face_phone(token: str) -> ResponseReturnValue:
    """Show a phone's page for the customer; it asks the server what the till has told.

    Raises:
        NotFound: it was not paired, or is not any more.
    """
    return _page(_look(token).till, source=url_for("till.shown_to_phone", token=token))


@blueprint.get("/display/<token>/shown")
@web.public
def shown_to_phone(token: str) -> Response:
    """Say what a phone shows now; whoever knows it already is told just that.

    Raises:
        NotFound: it is not paired any more.
    """
    response = web.tagged(_look(token).shown)
    response.headers["Cache-Control"] = "no-cache"
    response.make_conditional(request)
    return response


def _look(token: str) -> Facing:
    return web.database().look(lambda session: displays.look(session, token, at=clock.now()))


def _page(till: Till, *, source: str) -> str:
    """Return the page in the merchant's language, as nobody knows the customer's."""
    merchant = web.merchant()
    with i18n.speaking(merchant.locale):
        return render_template(
            "till/display.html",
            merchant=merchant,
            exponent=money.exponent(merchant.currency),
            source=source,
            joining=picture(joining.address(till.shop_id)),
        )
