"""Into the till: make a device one, sign on at it and off."""

from contextlib import suppress
from datetime import datetime, timedelta
from http import HTTPStatus
from uuid import UUID

from flask import g, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from core import clock, i18n, proving, shops, staff, throttle, web
from core.errors import Refusal, SignInFailed, TooManyAttempts
from core.models import Till
from core.throttle import Limit
from loyalty.till.place import blueprint, place

DEVICE_FOR = timedelta(days=365)


@blueprint.get("/enrol")
@web.public
def enrol() -> ResponseReturnValue:
    """Ask for the code that makes this device a till, unless it only has to wait."""
    device = request.cookies.get(web.DEVICE_COOKIE, "")
    waiting = web.database().look(lambda db: shops.till_of_device(db, device, "suspended"))
    till = waiting or g.get("till")
    where = place(till) if till else {}
    return render_template(
        "till/enrol.html", merchant=web.merchant(), suspended=waiting is not None, **where
    )


@blueprint.post("/enrol")
@web.public
def enrol_device() -> ResponseReturnValue:
    """Make this device a till, if the code is right."""
    limits = {throttle.subject("enrol", web.address()): throttle.ENROL}
    at = clock.now()
    try:
        _count_try(limits, at=at)
        token = web.database().transact(lambda db: _enrol(db, limits, at=at))
    except (SignInFailed, TooManyAttempts) as refusal:
        return _again("till/enrol.html", refusal)
    response = redirect(url_for("till.sign_on"), 303)
    response.set_cookie(
        web.DEVICE_COOKIE,
        token,
        max_age=DEVICE_FOR,
        httponly=True,
        samesite="Strict",
        secure=web.config().secure,
    )
    return response


def _enrol(db: Session, limits: dict[str, Limit], *, at: datetime) -> str:
    _, token = shops.enrol_device(db, request.form.get("code", "")[:64], at=at)
    throttle.clear(db, limits)
    return token


@blueprint.get("/sign-on")
@web.public
def sign_on() -> ResponseReturnValue:
    """Ask who is at the till; a device that is none is asked for its code first."""
    till = g.get("till")
    if till is None:
        return redirect(url_for("till.enrol"), 303)
    return render_template("till/sign_on.html", **_gate(till))


@blueprint.post("/sign-on")
@web.public
def begin() -> ResponseReturnValue:
    """Sign a cashier on, if the PIN is right."""
    till = g.get("till")
    if till is None:
        return redirect(url_for("till.enrol"), 303)
    try:
        token = _prove(till, request.form.get("staff", ""), request.form.get("pin", ""))
    except (SignInFailed, TooManyAttempts) as refusal:
        return _again("till/sign_on.html", refusal, **_gate(till))
    _fresh_session()
    session["till_token"] = token
    return redirect(url_for("till.show"), 303)


def _prove(till: Till, staff_id: str, pin: str) -> str:
    """Return the token of a new session at the till; the one before it is over.

    Raises:
        SignInFailed: there is nobody like that here, or it is not their PIN.
        TooManyAttempts: too many PINs were tried for this name, or at this till.
    """
    at, before = clock.now(), session.get("till_token")
    person = proving.by_pin(till, _staff_id(staff_id), pin, at=at)

    def sign_on(db: Session) -> str:
        if before:
            staff.sign_off(db, before, at=at)
        return staff.sign_on(db, person, till=till, at=at)

    return web.database().transact(sign_on)


def _staff_id(text: str) -> UUID | None:
    with suppress(ValueError):
        return UUID(text)
    return None


@blueprint.post("/sign-off")
@web.public
@web.writing
def sign_off(db: Session) -> ResponseReturnValue:
    """End the session of the cashier; the device stays a till."""
    if token := session.get("till_token"):
        staff.sign_off(db, token, at=clock.now())
    _fresh_session()
    return redirect(url_for("till.sign_on"), 303)


def _count_try(limits: dict[str, Limit], *, at: datetime) -> None:
    """Count a try before it is looked at, so that guesses sent all at once count as well.

    Raises:
        TooManyAttempts: they are used up.
    """

    def count(db: Session) -> None:
        throttle.check(db, limits, at=at)
        throttle.fail(db, limits, at=at)

    web.database().transact(count)


def _fresh_session() -> None:
    """Begin a fresh browser session: nothing is carried over but the language."""
    kept = session.get("language")
    session.clear()
    if kept:
        session["language"] = kept


def _again(template: str, refusal: Refusal, **given: object) -> ResponseReturnValue:
    """Show a form again with what was wrong: one sentence, whatever it was."""
    given = {"merchant": web.merchant()} | given
    page = render_template(template, error=i18n.tell(refusal), **given)
    headers = {}
    if refusal.status == HTTPStatus.TOO_MANY_REQUESTS:
        headers["Retry-After"] = str(refusal.facts["retry_after"])
    return page, refusal.status, headers


def _gate(till: Till) -> dict[str, object]:
    people = web.database().look(lambda db: staff.at_till(db, till))
    return {"merchant": web.merchant(), "people": people, **place(till)}
