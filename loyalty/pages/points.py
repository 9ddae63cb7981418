"""The points of a customer: what expires when, every booking, and points moved by hand."""

from uuid import UUID

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext
from sqlalchemy.orm import Session
from wtforms import IntegerField
from wtforms.validators import InputRequired, NumberRange

from core import clock, customers, i18n, web
from core.i18n import gettext
from core.models import Customer
from core.pages.forms import OnceForm, line, whole
from core.pages.posting import Answer, Done, newest, older, once, posting, show, telling
from loyalty import adjustments, cards, expiry, listing, programme, statement, transfers
from loyalty.expiry import Balance
from loyalty.pages.frame import ENTRY_NAMES, SIDE_NAMES, pages
from loyalty.pages.tabs import head

BOOKINGS = 10
"""How many of the last bookings are shown; the rest has a page of its own."""

MOST = 10_000_000


class AdjustForm(OnceForm):
    """So many more, or with a minus so many fewer; and why."""

    points = IntegerField(
        lazy_gettext("Points"),
        [InputRequired(lazy_gettext("Please fill this in.")), NumberRange(-MOST, MOST)],
    )
    reason = line(
        lazy_gettext("Reason"),
        description=lazy_gettext("It stands in the books for ever. No name, please."),
    )


class TransferForm(OnceForm):
    """So many points to somebody else."""

    to = line(lazy_gettext("Card number of the other customer"), most=300)
    give = whole(lazy_gettext("So many points"), least=1)


@pages.get('/customers/<public("cu"):id>/points')
@web.requires("points:read")
@web.reading
def points(session: Session, id: UUID) -> ResponseReturnValue:
    """Show what a customer holds, when it expires, and the last bookings."""
    return _page(session, customers.find(session, id))


def _page(
    session: Session,
    customer: Customer,
    adjust: AdjustForm | None = None,
    transfer: TransferForm | None = None,
) -> tuple[str, int]:
    connection = session.connection()
    held = expiry.holding(connection, customer.id, at=clock.now())
    return show(
        "admin/customers/points.html",
        transfer if transfer and transfer.errors else adjust or AdjustForm(),
        **head(session, customer, "points"),
        adjust=adjust or AdjustForm(),
        transfer=transfer or TransferForm(),
        held=held,
        balance=held.balance,
        rules=programme.rules(connection),
        bookings=statement.last(connection, customer.id, most=BOOKINGS),
        entry_names=ENTRY_NAMES,
    )


@pages.get('/customers/<public("cu"):id>/bookings')
@web.requires("points:read")
@web.reading
def bookings(session: Session, id: UUID) -> ResponseReturnValue:
    """Show every booking of a customer, line by line as the ledger has it."""
    found, cursor = listing.entries(session, id, cursor=request.args.get("cursor"))
    return render_template(
        "admin/customers/bookings.html",
        customer=customers.find(session, id),
        entries=found,
        entry_names=ENTRY_NAMES,
        sides=SIDE_NAMES,
        next_url=older(cursor),
        first_url=newest(),
    )


@pages.post('/customers/<public("cu"):id>/points')
@web.requires("points:adjust")
@posting
def adjust_points(session: Session, id: UUID) -> Answer:
    """Add points to an account or take them off; many of them wait for a second person."""
    form = AdjustForm()
    if form.validate_on_submit():
        with telling(session, form):
            return once(session, lambda: _adjust(session, id, form))
    return _page(session, customers.find(session, id), adjust=form)


def _adjust(session: Session, id: UUID, form: AdjustForm) -> Done:
    made = adjustments.adjust(
        session, id, form.points.data or 0, form.reason.data or "",
        actor=web.actor(), at=clock.now(),
    )  # fmt: skip
    if isinstance(made, Balance):
        said = gettext(
            "Booked. There are %(points)s points now.", points=i18n.show_number(made.available)
        )
    else:
        said = gettext("So many points take two people: another one must approve it.")
    return Done(url_for("admin_loyalty.points", id=id), said)


@pages.post('/customers/<public("cu"):id>/points/transfer')
@web.requires("points:transfer")
@posting
def transfer_points(session: Session, id: UUID) -> Answer:
    """Give points of one customer to another one."""
    form = TransferForm()
    if form.validate_on_submit():
        with telling(session, form):
            return once(session, lambda: _transfer(session, id, form))
    return _page(session, customers.find(session, id), transfer=form)


def _transfer(session: Session, id: UUID, form: TransferForm) -> Done:
    actor, number = web.actor(), form.to.data or ""
    taker = cards.accept(session.connection(), number, staff_id=actor.staff_id).customer_id
    done = transfers.transfer(session, id, taker, form.give.data or 0, actor=actor, at=clock.now())
    said = gettext("Given. There are %(points)s points left.", points=i18n.show_number(done.left))
    return Done(url_for("admin_loyalty.points", id=id), said)
