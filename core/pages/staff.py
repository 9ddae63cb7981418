"""People at work: who they are, what they may do, and how they prove it."""

from typing import Any
from uuid import UUID

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext
from sqlalchemy.orm import Session
from wtforms import EmailField, SelectField, StringField
from wtforms.validators import Email, InputRequired, Length, Optional

from core import approvals, badges, clock, listing, web
from core import staff as rules
from core.i18n import gettext
from core.models import Staff
from core.pages import choosing, desk
from core.pages.desk import admin
from core.pages.forms import Form, choices, line, printable, stripped
from core.pages.posting import Answer, Done, form_page, newest, older, posting, show, telling

ROLE_NAMES = {
    "owner": lazy_gettext("Owner"),
    "manager": lazy_gettext("Manager"),
    "marketer": lazy_gettext("Marketer"),
    "cashier": lazy_gettext("Cashier"),
}

ROLE_NOTES = {
    "owner": lazy_gettext("May do everything."),
    "manager": lazy_gettext("Runs shops: tills, customers, purchases, and their undoing."),
    "marketer": lazy_gettext("Plans what goes out, and reads what came back."),
    "cashier": lazy_gettext("Serves at a till, and cannot come in here."),
}


class StaffForm(Form):
    """What a role and a shop are; everything else has a form of its own."""

    role = SelectField(lazy_gettext("Role"), choices=choices(ROLE_NAMES.items()))
    shop = SelectField(lazy_gettext("Shop"))

    def fill(self, session: Session) -> None:
        """Offer the shops."""
        self.shop.choices = choosing.own_shops(session, gettext("All shops"))

    def shop_id(self) -> UUID | None:
        """Return the shop that was chosen, if it was one."""
        return UUID(hex=self.shop.data) if self.shop.data else None


class NewStaffForm(StaffForm):
    """Somebody who is taken on."""

    name = line(lazy_gettext("Name"), most=120)
    email = EmailField(
        lazy_gettext("Mail address"),
        [Optional(), printable, Length(max=200), Email(lazy_gettext("Not a mail address."))],
        filters=[stripped],
    )


class PinForm(Form):
    """What is typed at a till."""

    pin = StringField(
        lazy_gettext("PIN"), [InputRequired(lazy_gettext("Please fill this in.")), Length(max=8)]
    )


@admin.get("/staff", endpoint="staff")
@web.requires("staff:read")
@web.reading
def list_staff(session: Session) -> ResponseReturnValue:
    """Show who works here."""
    found, cursor = listing.staff(session, cursor=request.args.get("cursor"))
    return render_template(
        "admin/staff/list.html",
        staff=found,
        roles=ROLE_NAMES,
        shops=listing.shop_names(session),
        next_url=older(cursor),
        first_url=newest(),
    )


@admin.route("/staff/new", methods=["GET", "POST"])
@web.requires("staff:write")
@form_page
def new_staff(session: Session) -> Answer:
    """Take somebody on."""
    form = NewStaffForm(role="cashier")
    form.fill(session)
    if form.validate_on_submit():
        with telling(session, form):
            made = rules.add(
                session,
                name=form.name.data or "",
                email=form.email.data,
                role=form.role.data,
                shop_id=form.shop_id(),
                actor=web.actor(),
                at=clock.now(),
            )
            said = gettext("%(name)s is on the list. Now choose how they sign in.", name=made.name)
            return Done(url_for("admin.member", id=made.id), said)
    return show("admin/staff/new.html", form, notes=ROLE_NOTES, roles=ROLE_NAMES)


@admin.get('/staff/<public("st"):id>')
@web.requires("staff:read")
@web.reading
def member(session: Session, id: UUID) -> ResponseReturnValue:
    """Show one of the staff."""
    return _page(session, rules.find(session, id))


def _page(
    session: Session, member: Staff, *, pin: PinForm | None = None, **given: Any
) -> tuple[str, int]:
    return show(
        "admin/staff/show.html",
        pin or PinForm(),
        member=member,
        roles=ROLE_NAMES,
        notes=ROLE_NOTES,
        shops=listing.shop_names(session),
        approves=approvals.may_approve(member),
        **given,
    )


@admin.route('/staff/<public("st"):id>/edit', methods=["GET", "POST"])
@web.requires("staff:write")
@form_page
def edit_staff(session: Session, id: UUID) -> Answer:
    """Give somebody another role or shop."""
    member = rules.find(session, id)
    form = StaffForm(role=member.role, shop=member.shop_id.hex if member.shop_id else "")
    form.fill(session)
    if form.validate_on_submit():
        with telling(session, form):
            rules.change(
                session, id, role=form.role.data, state=member.state, shop_id=form.shop_id(),
                actor=web.actor(), at=clock.now(),
            )  # fmt: skip
            return Done(url_for("admin.member", id=id), gettext("The role is changed."))
    return show("admin/staff/edit.html", form, member=member, notes=ROLE_NOTES, roles=ROLE_NAMES)


@admin.post('/staff/<public("st"):id>/<any(disable, enable):verb>')
@web.requires("staff:write")
@posting
def move_staff(session: Session, id: UUID, verb: str) -> Answer:
    """Keep somebody out, or let them in again."""
    member = rules.find(session, id)
    state = "disabled" if verb == "disable" else "active"
    rules.change(
        session, id, role=member.role, state=state, shop_id=member.shop_id,
        actor=web.actor(), at=clock.now(),
    )  # fmt: skip
    said = {
        "disable": gettext("%(name)s is signed out and cannot sign in.", name=member.name),
        "enable": gettext("%(name)s can sign in again.", name=member.name),
    }
    return Done(url_for("admin.member", id=id), said[verb])


@admin.post('/staff/<public("st"):id>/password')
@web.requires("staff:write")
@posting
def give_password(session: Session, id: UUID) -> Answer:
    """Make a new password and show it, this once."""
    member = rules.find(session, id, lock=True)
    password = rules.new_password()
    rules.set_password(session, member, password, actor=web.actor(), at=clock.now())
    return _page(session, member, password=password)


@admin.post('/staff/<public("st"):id>/pin')
@web.requires("staff:write")
@posting
def give_pin(session: Session, id: UUID) -> Answer:
    """Set the PIN with which somebody signs on at a till."""
    form = PinForm()
    if form.validate_on_submit():
        with telling(session, form):
            member = rules.find(session, id, lock=True)
            rules.set_pin(session, member, form.pin.data or "", actor=web.actor(), at=clock.now())
            said = gettext("%(name)s can sign on at the tills with this PIN.", name=member.name)
            return Done(url_for("admin.member", id=id), said)
    return _page(session, rules.find(session, id), pin=form)


@admin.post('/staff/<public("st"):id>/badge')
@web.requires("staff:write")
@posting
def give_badge(session: Session, id: UUID) -> Answer:
    """Make somebody a badge and show it for the printer, this once."""
    code = badges.renew(session, id, actor=web.actor(), at=clock.now())
    member = rules.find(session, id)
    return render_template(
        "admin/staff/badge.html",
        member=member,
        role=ROLE_NAMES[member.role],
        picture=desk.here().draw(code),
    )


@admin.post('/staff/<public("st"):id>/badge/drop')
@web.requires("staff:write")
@posting
def drop_badge(session: Session, id: UUID) -> Answer:
    """Take somebody's badge away."""
    badges.drop(session, id, actor=web.actor(), at=clock.now())
    said = gettext("%(name)s has no badge any more.", name=rules.find(session, id).name)
    return Done(url_for("admin.member", id=id), said)
