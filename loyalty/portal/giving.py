"""Giving points to somebody else's card, where the programme lets customers do so."""

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext
from sqlalchemy.orm import Session
from wtforms import HiddenField
from wtforms.validators import Length

from core import clock, i18n, ids, throttle, web
from core.errors import Refusal, TooManyAttempts
from core.i18n import gettext, ngettext, show_number
from core.models import Customer
from core.pages.forms import OnceForm, line, whole
from core.pages.posting import Done, once, show, telling
from loyalty import cards, expiry, programme, transfers
from loyalty.cards import Shown
from loyalty.errors import (
    CardBlank,
    CardBlocked,
    CardNotFound,
    CardReplaced,
    CardWithdrawn,
    CustomerBlocked,
    PointsShort,
    TransferToSelf,
)
from loyalty.portal import visitor
from loyalty.portal.visitor import Answer, blueprint


class GiveForm(OnceForm):
    """To which card, and how many points."""

    card = line(lazy_gettext("Number of the other card"), most=40)
    points = whole(lazy_gettext("Points"), least=1)
    sure = HiddenField(validators=[Length(max=3)])


def is_offered(db: Session) -> bool:
    """Tell whether customers can give points away."""
    return programme.rules(db.connection()).transfers


@blueprint.route("/me/give", methods=["GET", "POST"])
@web.public
def give() -> ResponseReturnValue:
    """Ask for a card and a number of points, show both again, and only then move them."""
    customer = web.database().look(_giver)
    if customer is None:
        return redirect(url_for("me.show"), 303)
    form = GiveForm()
    if request.method == "POST" and form.validate() and _is_right(form, customer):
        if form.sure.data == "yes":
            return _do()
        return render_template("me/give_sure.html", form=form, to=ids.grouped(_number(form)))
    return web.database().look(lambda db: _show(db, customer, form))


def _giver(db: Session) -> Customer | None:
    return visitor.customer(db) if is_offered(db) else None


def _show(db: Session, customer: Customer, form: GiveForm) -> tuple[str, int]:
    balance = expiry.balance(db.connection(), customer.id, at=clock.now())
    return show("me/give.html", form, available=balance.available)


def _number(form: GiveForm) -> str:
    return ids.normalise(form.card.data or "")


def _is_right(form: GiveForm, customer: Customer) -> bool:
    """Tell whether there is such a card and there are so many points; else the form says so.

    A number that is nobody's counts as a wrong guess.

    Raises:
        TooManyAttempts: too many numbers were tried from here.
    """
    try:
        web.database().look(lambda db: _check(db, form, customer))
    except TooManyAttempts:
        raise
    except CardNotFound:
        at = clock.now()
        web.database().transact(lambda db: throttle.fail(db, visitor.guesses(), at=at))
        form.card.errors = [gettext("This card is not one of ours. Check the number.")]
    except PointsShort as no:
        form.points.errors = [i18n.tell(no)]
    except Refusal as no:
        form.form_errors.append(i18n.tell(no))
    return not form.errors


def _check(db: Session, form: GiveForm, customer: Customer) -> None:
    throttle.check(db, visitor.guesses(), at=clock.now())
    visitor.check_served(db, customer)
    if _taker(db, form).customer_id == customer.id:
        raise TransferToSelf
    held = expiry.balance(db.connection(), customer.id, at=clock.now())
    wanted = form.points.data or 0
    if wanted > held.available:
        raise PointsShort(available=held.available, wanted=wanted)


def _taker(db: Session, form: GiveForm) -> Shown:
    """Return the card that gets the points. Whatever is wrong with it is nobody else's business.

    Raises:
        CardNotFound: there is none, or it cannot take any.
    """
    try:
        return cards.accept(db.connection(), _number(form), staff_id=None)
    except (CardBlank, CardWithdrawn, CardBlocked, CardReplaced, CustomerBlocked):
        raise CardNotFound from None


@visitor.concluded
@web.writing
@visitor.owned
def _do(db: Session, customer: Customer) -> Answer:
    form = GiveForm()
    if form.validate():
        with telling(db, form):
            return once(db, lambda: _transfer(db, customer, form))
    return _show(db, customer, form)


def _transfer(db: Session, customer: Customer, form: GiveForm) -> Done:
    visitor.check_served(db, customer)
    points = form.points.data or 0
    taker, actor = _taker(db, form).customer_id, visitor.actor(customer)
    transfers.transfer(db, customer.id, taker, points, actor=actor, at=clock.now())
    said = ngettext(
        "%(shown)s point is on the other card now.",
        "%(shown)s points are on the other card now.",
        points,
        shown=show_number(points),
    )
    return Done(url_for("me.show"), said)
