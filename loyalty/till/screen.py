"""The one screen of the till, and the pictures on it."""

import re

from flask import Response, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from core import ids, money, web
from core.errors import NotFound
from coupons import issuing, qr
from loyalty.till.place import blueprint, place

_CODE = re.compile(r"[0-9A-Z]{4,32}")


@blueprint.get("")
@web.requires("till:open")
def show() -> ResponseReturnValue:
    """Show the till to the cashier who is signed on at it."""
    actor = web.actor()
    if actor.till_id is None:
        return redirect(url_for("till.sign_on"), 303)
    merchant = web.merchant()
    return render_template(
        "till/till.html",
        merchant=merchant,
        exponent=money.exponent(merchant.currency),
        cashier=actor.name,
        **place(g.till),
    )


@blueprint.get("/codes/<code>.svg")
@web.requires("till:open")
def draw(code: str) -> Response:
    """Draw a code that the till was told, so that the customer can take a picture of it.

    Whether there is such a code is not looked up, so nobody learns that from here.

    Raises:
        NotFound: it is no code.
    """
    text = ids.normalise(code)
    if not _CODE.fullmatch(text):
        raise NotFound(what="code")
    picture = qr.svg(issuing.address(web.config().base_url, text), ec="M")
    return Response(picture, mimetype="image/svg+xml")
