"""Customers: enrol, read, change, forget; their points and their cards."""

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any, ParamSpec, cast
from uuid import UUID

from flask import Response, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session

from core import audit, clock, customers, idempotency, ids, paging, people, rest, web
from core.models import Customer, Person
from core.schemas import ItemsSchema, PageQuery
from coupons import responses
from coupons.api.coupons import guarded
from coupons.errors import CodeNotFound
from loyalty import cards, expiry, export, links
from loyalty.errors import CardNotFound
from loyalty.expiry import Balance
from loyalty.models import Card, Entry
from loyalty.referrals import attribution
from loyalty.schemas import (
    CardShownSchema,
    CustomerChange,
    CustomerQuery,
    CustomerSchema,
    EnrolRequest,
    EntrySchema,
    ExportSchema,
    HoldingSchema,
    PersonSchema,
    ReplaceRequest,
)

P = ParamSpec("P")

blueprint = rest.blueprint("customers", "Those the merchant serves, under a pseudonym")


def card_shown(card: Card) -> dict[str, Any]:
    """Return a card with the address of its picture."""
    where = url_for("cards.qr", number=card.number, form="svg")
    return {"number": card.number, "state": card.state, "qr": where}


def balance_shown(balance: Balance) -> dict[str, Any]:
    """Return what a customer holds."""
    following = balance.next_expiry
    return {
        "available": balance.available,
        "pending": balance.pending,
        "debt": balance.debt,
        "next_expiry": (
            {"at": following[0].isoformat(), "points": following[1]} if following else None
        ),
    }


def shown(session: Session, customer: Customer) -> dict[str, Any]:
    """Return a customer; the person only to whom may read customers."""
    return all_shown(session, [customer])[0]


def all_shown(session: Session, found: Sequence[Customer]) -> list[dict[str, Any]]:
    """Return customers, in as many statements as one; the persons to whom may read customers."""
    wanted = [one.id for one in found]
    held = expiry.balances(session.connection(), wanted, at=clock.now())
    live = cards.live_of(session, wanted)
    items = [_plainly(one, held[one.id], live.get(one.id)) for one in found]
    if not web.actor().may("customers:read"):
        return items
    persons, consents = people.find_all(session, wanted), people.consents_of(session, wanted)
    return [
        item | _personally(one, persons.get(one.id), consents[one.id])
        for item, one in zip(items, found, strict=True)
    ]


def _plainly(customer: Customer, held: Balance, card: Card | None) -> dict[str, Any]:
    return {
        "id": ids.public("cu", customer.id),
        "pseudonym": customer.pseudonym,
        "state": customer.state,
        "locale": customer.locale,
        "external_ref": customer.external_ref,
        "merged_into": _survivor(customer),
        "points": balance_shown(held),
        "card": card_shown(card) if card else None,
    }


def _personally(
    customer: Customer, person: Person | None, consents: dict[str, bool]
) -> dict[str, Any]:
    return {
        "person": PersonSchema().dump(person) if person else None,
        "consents": consents,
        "tags": customer.tags,
        "attributes": customer.attributes,
        "link": links.address(customer, web.config()),
    }


def told_apart(shown: dict[str, Any]) -> dict[str, Any]:
    """Return what is shown of a customer without who it is, for answers that are kept."""
    told = ("person", "external_ref", "tags", "attributes")
    return {name: it for name, it in shown.items() if name not in told}


def _survivor(customer: Customer) -> str | None:
    return ids.public("cu", customer.merged_into_id) if customer.merged_into_id else None


@blueprint.get("/customers")
@web.requires("customers:read")
@blueprint.arguments(CustomerQuery, location="query")
@blueprint.response(200, ItemsSchema)
@web.reading
def list_customers(session: Session, sent: dict[str, Any]) -> dict[str, Any]:
    """List the customers, those with a tag, or find the one with an external reference."""
    rows = select(Customer)
    if tag := sent.pop("tag", None):
        rows = rows.where(customers.tagged(tag))
    if ref := sent.pop("external_ref", None):
        rows = rows.where(Customer.external_ref == ref)
    found, cursor = paging.page(session, rows, by=Customer.enrolled_at, id=Customer.id, **sent)
    return {"items": all_shown(session, found), "next_cursor": cursor}


def _guarding_codes(view: Callable[P, Response]) -> Callable[P, Response]:
    """Count wrong codes of friends and cards, and shut the door on who has guessed too often."""
    guarding = guarded(CodeNotFound, CardNotFound)(view)

    @wraps(view)
    def run(*args: P.args, **kwargs: P.kwargs) -> Response:
        sent = cast("dict[str, Any]", args[-1])
        guessed = sent["referral_code"] or sent["card"]
        return (guarding if guessed else view)(*args, **kwargs)

    return run


@blueprint.post("/customers")
@web.requires("customers:enrol")
@blueprint.arguments(EnrolRequest)
@blueprint.response(201, CustomerSchema)
@_guarding_codes
@web.repeatable
def enrol(session: Session, sent: dict[str, Any]) -> tuple[int, Any]:
    """Take in a customer with a card, a new one or a blank one; all that is asked is optional.

    The answer does not repeat who it is: it is kept for a month under its key, and a person who
    is erased must be nowhere.
    """
    noted = {name: sent.pop(name) for name in ("tags", "attributes") if name in sent}
    ours = ("shop", "channel", "referral_code")
    given = {name: it for name, it in sent.items() if name not in ours}
    shop_id, at = web.shop_of(sent["shop"]), clock.now()
    customer, _ = cards.enrol(session, **given, shop_id=shop_id, actor=web.actor(), at=at)
    customers.describe(customer, **noted)
    if sent["channel"]:
        responses.joined_by(session, sent["channel"], customer.pseudonym, at=at)
    found = shown(session, customer)
    if code := sent["referral_code"]:
        id = attribution.attribute(session, code, customer, actor=web.actor(), at=at)
        found["referral"] = ids.public("rf", id)
    return 201, told_apart(found)


@blueprint.get('/customers/<public("cu"):id>')
@web.requires("customers:read")
@blueprint.response(200, CustomerSchema)
@web.reading
def show(session: Session, id: UUID) -> Response:
    """Show a customer; the ETag serves for If-Match."""
    return web.tagged(shown(session, customers.find(session, id)))


@blueprint.patch('/customers/<public("cu"):id>')
@web.requires("customers:write")
@blueprint.arguments(CustomerChange)
@blueprint.response(200, CustomerSchema)
@web.writing
def change(session: Session, sent: dict[str, Any], id: UUID) -> Response:
    """Change what is known of a person, their consents, what is noted, or block the customer."""
    at = clock.now()
    customer = customers.find(session, id, lock=True)
    customers.check_served(customer)
    web.check_match(shown(session, customer))
    if "person" in sent:
        person = people.find(session, customer)
        known = {f: getattr(person, f) for f in people.FIELDS} if person else {}
        shop_id = web.actor().shop_id
        people.remember(session, customer, **known | sent["person"], shop_id=shop_id, at=at)
    if "locale" in sent:
        customers.speak(customer, sent["locale"])
    customers.describe(customer, tags=sent.get("tags"), attributes=sent.get("attributes"))
    for kind, given in sent.get("consents", {}).items():
        if given:
            people.agree(session, customer, kind, source="api", at=at)
        else:
            people.withdraw(session, customer, kind, at=at)
    if "blocked" in sent:
        customers.set_blocked(session, id, blocked=sent["blocked"], actor=web.actor(), at=at)
    session.flush()
    return web.tagged(shown(session, customer))


@blueprint.delete('/customers/<public("cu"):id>')
@web.requires("customers:write")
@blueprint.response(204)
@web.writing
def erase(session: Session, id: UUID) -> None:
    """Forget the person; the books keep the pseudonym."""
    customer = customers.find(session, id, lock=True)
    cards.forget(session, customer, actor=web.actor(), at=clock.now())


@blueprint.get('/customers/<public("cu"):id>/export')
@web.requires("customers:write")
@blueprint.response(200, ExportSchema)
@web.writing
def take_along(session: Session, id: UUID) -> Response:
    """Give everything kept about a customer, machine-readable; that it was done is audited."""
    at = clock.now()
    customer = customers.find(session, id)
    audit.record(session, web.actor(), "customer.exported", ids.public("cu", id), at=at)
    return Response(
        idempotency.written(export.of(session, customer, at=at)), mimetype="application/json"
    )


@blueprint.get('/customers/<public("cu"):id>/points')
@web.requires("points:read")
@blueprint.response(200, HoldingSchema)
@web.reading
def show_points(session: Session, id: UUID) -> dict[str, Any]:
    """Show what a customer holds at this moment, when it expires and what is still to come."""
    customers.find(session, id)
    held = expiry.holding(session.connection(), id, at=clock.now())
    dated = {"schedule": held.schedule, "coming": held.coming}
    return balance_shown(held.balance) | {
        name: [{"at": at, "points": points} for at, points in some] for name, some in dated.items()
    }


@blueprint.get('/customers/<public("cu"):id>/points/entries')
@web.requires("points:read")
@blueprint.arguments(PageQuery, location="query")
@blueprint.response(200, ItemsSchema)
@web.reading
def list_entries(session: Session, sent: dict[str, Any], id: UUID) -> dict[str, Any]:
    """List the bookings of a customer, newest first."""
    customers.find(session, id)
    rows = select(Entry).where(Entry.customer_id == id)
    found, cursor = paging.page(session, rows, by=Entry.at, id=Entry.id, **sent)
    return {"items": EntrySchema(many=True).dump(found), "next_cursor": cursor}


@blueprint.post('/customers/<public("cu"):id>/cards')
@web.requires("cards:write")
@blueprint.arguments(ReplaceRequest)
@blueprint.response(201, CardShownSchema)
@web.repeatable
def replace(session: Session, sent: dict[str, Any], id: UUID) -> tuple[int, Any]:
    """Issue a new card; the old one is dead for ever, and everything is on the new one."""
    card = cards.replace(session, id, sent["reason"], actor=web.actor(), at=clock.now())
    return 201, card_shown(card)
