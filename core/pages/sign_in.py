"""Come in and go out."""

from urllib.parse import urlsplit

from flask import redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext
from sqlalchemy.orm import Session
from wtforms import PasswordField
from wtforms.validators import InputRequired, Length

from core import clock, i18n, staff, throttle, web
from core.auth import NOBODY, of_role
from core.errors import NotAllowed, Refusal, SignInFailed
from core.models import Staff
from core.pages.desk import admin
from core.pages.forms import Form, line


class SignInForm(Form):
    """Who, and the proof of it."""

    email = line(lazy_gettext("Mail address"))
    password = PasswordField(
        lazy_gettext("Password"),
        [InputRequired(lazy_gettext("Please fill this in.")), Length(max=500)],
    )


@admin.route("/sign-in", methods=["GET", "POST"])
@web.public
def sign_in() -> ResponseReturnValue:
    """Show the form, and let in who proves who they are."""
    goal = local(request.args.get("next"))
    if request.method == "GET" and web.actor() is not NOBODY:
        return redirect(goal, 303)
    form = SignInForm()
    status = 200
    if form.validate_on_submit():
        try:
            token = _prove(form.email.data or "", form.password.data or "")
        except Refusal as refusal:
            form.form_errors.append(i18n.tell(refusal))
            status = refusal.status
        else:
            _begin(token)
            return redirect(goal, 303)
    elif form.errors:
        status = 422
    return render_template("admin/sign_in.html", form=form), status


def local(goal: str | None) -> str:
    """Return where to go on if it is a page of the desk, else the overview."""
    home = url_for("admin.overview")
    goal = goal or home
    parts = urlsplit(goal)
    inside = parts.path == home or parts.path.startswith(f"{home}/")
    odd = (
        parts.scheme or parts.netloc or "\\" in goal or ".." in parts.path or not goal.isprintable()
    )
    return home if odd or not inside else goal.removesuffix("?")


def _prove(email: str, password: str) -> str:
    """Return the token of a new session.

    The password is checked between two transactions, as it takes long on purpose. The limits
    are looked at again before the answer, so that guesses at the same time count as well. They
    count by account and address first, so that no stranger can keep somebody out for long.

    Raises:
        SignInFailed: there is no such person, or it is not their password.
        TooManyAttempts: there were too many wrong guesses.
        NotAllowed: the right person, who has nothing to do here.
    """
    account, address = email.strip(), web.address()
    own = {
        throttle.subject("sign-in", account, address): throttle.SIGN_IN,
        throttle.subject("sign-in-account", account): throttle.SIGN_IN_ACCOUNT,
    }
    limits = own | {
        throttle.subject("sign-in-from", address): throttle.SIGN_IN_ADDRESS,
    }
    at = clock.now()

    def look(session: Session) -> Staff | None:
        throttle.check(session, limits, at=at)
        return staff.by_email(session, email)

    def settle(session: Session) -> str | None:
        throttle.check(session, limits, at=at)
        if person is None or not right:
            throttle.fail(session, limits, at=at)
            return None
        throttle.clear(session, own)
        return staff.sign_on(session, person, at=at)

    person = web.database().look(look)
    right = staff.matches(person.password_hash if person else None, password)
    if person and right and "admin:open" not in of_role(person.role):
        raise NotAllowed(permission="admin:open")
    token = web.database().transact(settle)
    if token is None:
        raise SignInFailed
    return token


def _begin(token: str | None) -> None:
    """Begin a fresh browser session: only the language is carried over into it."""
    fresh = {"language": session.get("language"), "token": token}
    session.clear()
    session.update({name: value for name, value in fresh.items() if value})


@admin.post("/sign-out")
@web.public
def sign_out() -> ResponseReturnValue:
    """End the session, in the database and here."""
    if token := session.get("token"):
        web.database().transact(lambda db: staff.sign_off(db, token, at=clock.now()))
    _begin(None)
    return redirect(url_for("admin.sign_in"), 303)
