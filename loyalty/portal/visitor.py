"""Whose device is asking: the card that was put on it by a link, for a year."""

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from babel import Locale
from flask import Blueprint, flash, g, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as Reply

from core import i18n, throttle, web
from core.auth import Actor
from core.models import Customer
from core.pages.posting import Done
from core.throttle import Limit
from loyalty import cards, links

COOKIE = "card"
KEPT_FOR = timedelta(days=365)

Answer = ResponseReturnValue | Done
P = ParamSpec("P")
R = TypeVar("R")

blueprint = Blueprint("me", __name__)


def customer(db: Session) -> Customer | None:
    """Return whose card is on this device, unless it was replaced since or they were forgotten."""
    token = request.cookies.get(COOKIE)
    return links.find(db, links.keys(web.config()), token) if token else None


def owned(
    view: Callable[Concatenate[Session, Customer, P], R],
) -> Callable[Concatenate[Session, P], R | Reply]:
    """Hand the view whose card is on this device; without one, the page says how to get it here."""

    @wraps(view)
    def run(db: Session, /, *args: P.args, **kwargs: P.kwargs) -> R | Reply:
        found = customer(db)
        if found is None:
            return redirect(url_for("me.show"), 303)
        return view(db, found, *args, **kwargs)

    return run


def concluded(
    view: Callable[P, Answer],
) -> Callable[P, ResponseReturnValue]:
    """Say what was done once it is committed, and go on to where it shows."""

    @wraps(view)
    def run(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
        answer = view(*args, **kwargs)
        if not isinstance(answer, Done):
            return answer
        flash(answer.said)
        return redirect(answer.address, 303)

    return run


def remember(response: Reply, owner: Customer) -> Reply:
    """Put a card on this device, and speak its owner's language from now on."""
    response.set_cookie(
        COOKIE,
        links.make(links.keys(web.config()), owner),
        max_age=KEPT_FOR,
        httponly=True,
        samesite="Lax",
        secure=web.config().secure,
    )
    if owner.locale and owner.locale[:2] in i18n.LANGUAGES:
        session.setdefault("language", owner.locale[:2])
        session.permanent = True
    return response


def forget(response: Reply) -> Reply:
    """Take the card off this device."""
    response.delete_cookie(COOKIE, httponly=True, samesite="Lax", secure=web.config().secure)
    return response


def end_forms() -> None:
    """Make the forms shown so far worthless: whoever uses the device next cannot send them."""
    session.pop("csrf_token", None)


def guesses() -> dict[str, Limit]:
    """Return under which names wrong codes are counted: the address, and everybody outside.

    Apart from those of the tills: no stranger can shut them.
    """
    return {
        throttle.subject("code", web.address()): throttle.CODE,
        throttle.subject("code", "outside"): throttle.CODE_MERCHANT,
    }


def check_served(db: Session, owner: Customer) -> None:
    """Let through whose card is good: of one that was lost, nobody gives anything away.

    Raises:
        CardBlocked, CustomerBlocked: it is not.
    """
    cards.accept(db.connection(), cards.live(db, owner.id).number, staff_id=None)


def actor(owner: Customer) -> Actor:
    """Return the customer as the one who acts, for the audit log."""
    return Actor("customer", owner.id)


@blueprint.context_processor
def shared() -> dict[str, Any]:
    """Return what every page of the customer may use."""
    return {"languages": _languages, "merchant": g.get("merchant")}


def _languages() -> list[tuple[str, str, bool]]:
    """Return the languages there are: tag, own name, and whether it is the one spoken."""
    spoken = i18n.language()[:2]
    return [
        (tag, (Locale.parse(tag).get_display_name(tag) or tag).title(), tag == spoken)
        for tag in i18n.LANGUAGES
    ]
