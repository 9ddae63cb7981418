"""Blank cards on the desk: made, taken in from another system, and printed."""

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext
from sqlalchemy.orm import Session

from core import clock, ids, web
from core.i18n import ngettext, show_number
from core.pages.forms import ListField, OnceForm, whole
from core.pages.posting import Answer, Done, form_page, once, posting, show, telling
from core.schemas import read
from coupons import issuing
from coupons.pages.frame import picture
from loyalty import programme
from loyalty import stock as rules
from loyalty.pages.frame import pages
from loyalty.schemas import StockQuery, WithdrawRequest

SHEET = 10
"""Cards on one A4 page."""

AT_ONCE = 10 * SHEET


class MakeForm(OnceForm):
    """So many new ones."""

    count = whole(lazy_gettext("How many"), least=1, most=rules.MOST, default=SHEET)


class OldForm(OnceForm):
    """Those of another system."""

    numbers = ListField(lazy_gettext("Numbers"), most=rules.MOST, required=True)


@pages.route("/cards", methods=["GET", "POST"])
@web.requires("cards:write")
@form_page
def card_stock(session: Session) -> Answer:
    """Show the blank cards by when they were made, and make more."""
    form = MakeForm()
    if form.validate_on_submit():
        with telling(session, form):
            return once(session, lambda: _make(session, form.count.data or 0))
    return show(
        "admin/cards/list.html",
        form,
        blank=rules.count(session),
        batches=[(one, one.made_at.isoformat()) for one in rules.batches(session)],
    )


def _make(session: Session, count: int) -> Done:
    at = clock.now()
    rules.make(session, count, actor=web.actor(), at=at)
    said = ngettext(
        "%(shown)s blank card is made. Here is its sheet.",
        "%(shown)s blank cards are made. Here are their sheets.",
        count,
        shown=show_number(count),
    )
    return Done(url_for("admin_loyalty.print_stock", made=at.isoformat()), said)


@pages.route("/cards/old", methods=["GET", "POST"])
@web.requires("cards:write")
@form_page
def old_cards(session: Session) -> Answer:
    """Take in the cards of another system."""
    form = OldForm()
    if form.validate_on_submit():
        with telling(session, form):
            return once(session, lambda: _take_in(session, form))
    return show("admin/cards/old.html", form)


def _take_in(session: Session, form: OldForm) -> Done:
    done = rules.take_in(session, form.numbers.data or [], actor=web.actor(), at=clock.now())
    said = ngettext(
        "%(shown)s card is taken in: the tills know it.",
        "%(shown)s cards are taken in: the tills know them.",
        len(done),
        shown=show_number(len(done)),
    )
    return Done(url_for("admin_loyalty.card_stock"), said)


@pages.post("/cards/withdraw")
@web.requires("cards:write")
@posting
def withdraw_stock(session: Session) -> Answer:
    """Withdraw for good what is still blank of the cards that were made together."""
    made = read(WithdrawRequest(), {n: v for n, v in request.form.items() if n == "made"})["made"]
    count = rules.withdraw(session, made, actor=web.actor(), at=clock.now())
    said = ngettext(
        "%(shown)s blank card is withdrawn: no till hands it out any more.",
        "%(shown)s blank cards are withdrawn: no till hands them out any more.",
        count,
        shown=show_number(count),
    )
    return Done(url_for("admin_loyalty.card_stock"), said)


@pages.get("/cards/print")
@web.requires("cards:write")
@web.reading
def print_stock(session: Session) -> ResponseReturnValue:
    """Show blank cards as sheets, those that were made together or all, some pages at a time."""
    asked = read(StockQuery(), {n: v for n, v in request.args.items() if n == "made"})
    made, after = asked["made"], request.args.get("after", "")
    numbers = rules.blanks(session, made, after=after, most=AT_ONCE + 1)
    following = numbers[AT_ONCE - 1] if len(numbers) > AT_ONCE else None
    base_url = web.config().base_url
    return render_template(
        "admin/cards/print.html",
        name=programme.rules(session.connection()).name,
        tickets=[
            (ids.grouped(number), picture(issuing.address(base_url, number), "Q"))
            for number in numbers[:AT_ONCE]
        ],
        made=made.isoformat() if made else None,
        following=following,
        is_first=not after,
    )
