"""One's own account."""

from uuid import UUID

from flask import flash, redirect, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext
from sqlalchemy.orm import Session
from wtforms import PasswordField
from wtforms.validators import EqualTo, InputRequired, Length

from core import clock, i18n, staff, throttle, web
from core.errors import Refusal, SignInFailed
from core.i18n import gettext
from core.pages.desk import admin
from core.pages.forms import Form
from core.pages.posting import show

_NEEDED = InputRequired(lazy_gettext("Please fill this in."))


class PasswordForm(Form):
    """The old password as the proof, the new one twice against a slip of the finger."""

    old = PasswordField(lazy_gettext("Present password"), [_NEEDED, Length(max=500)])
    new = PasswordField(lazy_gettext("New password"), [_NEEDED, Length(max=500)])
    again = PasswordField(
        lazy_gettext("New password again"),
        [_NEEDED, EqualTo("new", lazy_gettext("The two are not the same."))],
    )


@admin.route("/account", methods=["GET", "POST"])
@web.requires("admin:open")
def account() -> ResponseReturnValue:
    """Show who is signed in, and change the password."""
    form = PasswordForm()
    if form.validate_on_submit():
        try:
            token = _change(form.old.data or "", form.new.data or "")
        except Refusal as refusal:
            form.form_errors.append(i18n.tell(refusal))
        else:
            session["token"] = token
            flash(gettext("Your password is changed, and you are signed out everywhere else."))
            return redirect(url_for("admin.account"), 303)
    return show("admin/account.html", form, minimum=staff.PASSWORD_LENGTH, role=web.actor().role)


def _change(old: str, new: str) -> str:
    """Change the password of who asks, and return the token of a new session.

    Raises:
        SignInFailed: the old password is another one.
        TooManyAttempts: there were too many wrong guesses.
        PasswordTooWeak: the new one is too short.
    """
    me = web.actor().id or UUID(int=0)
    limits = {throttle.subject("password", me.hex): throttle.SIGN_IN}
    at = clock.now()

    def look(session: Session) -> str | None:
        throttle.check(session, limits, at=at)
        return staff.find(session, me).password_hash

    def settle(session: Session) -> str | None:
        throttle.check(session, limits, at=at)
        if not right:
            throttle.fail(session, limits, at=at)
            return None
        person = staff.find(session, me, lock=True)
        staff.set_password(session, person, new, actor=web.actor(), at=at)
        return staff.sign_on(session, person, at=at)

    right = staff.matches(web.database().look(look), old)
    token = web.database().transact(settle)
    if token is None:
        raise SignInFailed
    return token
