"""Cards: blocked, opened again, replaced, and printed."""

from uuid import UUID

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from core import clock, ids, web
from core import customers as served
from core.i18n import gettext
from core.pages.posting import Answer, Done, posting
from coupons import issuing
from coupons.pages.frame import picture
from loyalty import cards as rules
from loyalty import programme
from loyalty.pages.frame import pages


@pages.post('/customers/<public("cu"):id>/card/<any(block, open):verb>')
@web.requires("cards:write")
@posting
def move_card(session: Session, id: UUID, verb: str) -> Answer:
    """Block the card of a customer, or open it again."""
    card = rules.live(session, id)
    blocked = verb == "block"
    rules.set_blocked(session, card.number, blocked=blocked, actor=web.actor(), at=clock.now())
    said = {
        "block": gettext("The card is blocked: it is refused at every till."),
        "open": gettext("The card works again."),
    }
    return Done(url_for("admin_loyalty.customer", id=id), said[verb])


@pages.post('/customers/<public("cu"):id>/card/replace')
@web.requires("cards:write")
@posting
def replace_card(session: Session, id: UUID) -> Answer:
    """Issue a new card for a lost one, which is dead for ever."""
    rules.replace(session, id, "lost", actor=web.actor(), at=clock.now())
    said = gettext("This is the new card. Points and coupons are on it; the lost one is dead.")
    return Done(url_for("admin_loyalty.customer", id=id), said)


@pages.get('/customers/<public("cu"):id>/card/print')
@web.requires("customers:read")
@web.reading
def print_card(session: Session, id: UUID) -> ResponseReturnValue:
    """Show the card of a customer for the printer, of the size that fits a purse."""
    customer = served.find(session, id)
    card = rules.live(session, id)
    return render_template(
        "admin/customers/print.html",
        customer=customer,
        number=ids.grouped(card.number),
        name=programme.rules(session.connection()).name,
        picture=picture(issuing.address(web.config().base_url, card.number), "Q"),
    )
