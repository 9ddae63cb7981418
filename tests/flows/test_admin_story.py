"""A merchant sets up shop at the desk, from the first page to the report."""

import csv
import io
import re
from datetime import UTC, datetime, timedelta

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from core import clock, ids, jobs, shops
from core.auth import SYSTEM
from core.db import Database
from core.models import AuditEntry, Staff, Till
from coupons import codes
from coupons.basket import Basket, Line
from coupons.models import Contact, Coupon, Issue, Offer, OfferVersion
from loyalty import checkout, expiry
from loyalty.models import Card
from loyalty.order import Order
from tests.desk import Desk, Filled, at_desk

CODE = re.compile(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}\b")


def tail(address: str, prefix: str) -> object:
    """Return the id that an address ends with."""
    return ids.parse(prefix, address.rpartition("/")[2])


def open_shop(desk: Desk) -> str:
    return desk.done("/admin/shops/new", name="Main Street", zone="Europe/Oslo")


def plan(desk: Desk, **given: str) -> str:
    fields = {
        "name": "Autumn", "kind": "mail", "channel": "Letter A", "fixed_cost": "1,200.00",
        "unit_cost": "0.85",
    }  # fmt: skip
    return desk.done("/admin/campaigns/new", **fields | given)


def offer(desk: Desk, campaign: str, kind: str = "percent", **given: str) -> str:
    fields = {"name_en": "10 % off"} | ({"benefit_percent": "10"} if kind == "percent" else {})
    return desk.done(f"{campaign}/offers/new?kind={kind}", **fields | given)


def settle(session: Session, code: str, *, card: str | None = None, total: int = 5000) -> object:
    shop = session.scalars(select(shops.Shop)).first()
    assert shop is not None
    basket = Basket("EUR", total, (Line(total, 1, "4006381333931"),))
    order = Order(shop.id, basket=basket, codes=(code,), card=card, receipt=ids.new().hex)
    return checkout.settle(session, order, actor=SYSTEM, at=clock.now()).id


def test_from_the_first_page_to_the_report(app: Flask, database: Database) -> None:
    desk = at_desk(app, "owner")
    assert "What to do next" in desk.page("/admin")

    shop = open_shop(desk)
    enrolment = desk.send(shop, f"{shop}/tills", label="Till 1").text
    member = desk.done("/admin/staff/new", name="Ines", role="cashier")
    desk.done(member, f"{member}/pin", pin="4711")
    campaign = plan(desk, starts="2020-01-01", ends="2099-12-31")
    made = offer(
        desk, campaign, benefit_on_skus="4006381333931",
        conditions_all_0_kind="minimum_basket", conditions_all_0_amount="20",
    )  # fmt: skip
    issue = desk.done(f"{made}/issue?kind=unique", count="3")
    desk.done(campaign, f"{campaign}/start")
    desk.done(f"{campaign}/contacts/new", quantity="100")
    code = CODE.search(desk.page(issue))
    assert code
    database.transact(lambda s: settle(s, code[0]))

    till_code = CODE.search(enrolment)
    assert till_code
    assert "/till/enrol" in enrolment
    report = desk.page(f"{campaign}/report")
    assert "1 of 100 contacts answered" in report
    assert "€45.00" in report
    assert "€5.00" in report
    assert "€1,285.00" in report
    assert desk.page("/admin/responses").count("Redeemed") >= 1
    database.transact(lambda s: shops.enrol_device(s, till_code[0], at=clock.now()))
    database.look(lambda s: s.scalars(select(Staff).where(Staff.name == "Ines")).one().pin_hash)


def test_a_day_that_is_named_as_the_end_is_in_it(app: Flask, database: Database) -> None:
    desk = at_desk(app, "owner")

    campaign = plan(desk)
    made = offer(desk, campaign, starts="2026-05-01", ends="2026-05-05")

    version = database.look(lambda s: s.scalars(select(OfferVersion)).one())
    assert version.starts_at == datetime(2026, 4, 30, 22, tzinfo=UTC)
    assert version.ends_at == datetime(2026, 5, 5, 22, tzinfo=UTC)
    assert 'value="2026-05-05"' in desk.page(f"{made}/edit")


def test_a_changed_offer_is_a_new_version_and_keeps_what_was_not_touched(
    app: Flask, database: Database
) -> None:
    desk = at_desk(app, "marketer")
    campaign = plan(desk)
    pseudonym = database.transact(_customer)
    made = offer(
        desk, campaign, limits_overall="500", limits_per_customer="1", ends="2026-12-24",
        name_de="10 % weniger",
        conditions_all_0_kind="minimum_basket", conditions_all_0_amount="15",
        conditions_all_1_kind="audience", conditions_all_1_customers=pseudonym,
    )  # fmt: skip

    before = database.look(lambda s: s.scalars(select(OfferVersion)).one())
    desk.done(f"{made}/edit", benefit_percent="15")
    after = database.look(
        lambda s: s.scalars(select(OfferVersion).where(OfferVersion.number == 2)).one()
    )

    assert after.benefit == {"kind": "percent", "percent": "15"}
    for field in ("name", "conditions", "overall", "per_customer", "starts_at", "ends_at"):
        assert getattr(after, field) == getattr(before, field), field
    assert [one["kind"] for one in after.conditions["all"]] == ["minimum_basket", "audience"]
    form = Filled(desk, f"{made}/edit")
    form.press("remove conditions_all_1").press("remove conditions_all_0").done()
    last = database.look(
        lambda s: s.scalars(select(OfferVersion).where(OfferVersion.number == 3)).one()
    )
    assert last.conditions == {"all": []}


def _customer(session: Session) -> str:
    from loyalty import cards  # noqa: PLC0415

    return cards.enrol(session, actor=SYSTEM, at=clock.now())[0].pseudonym


def test_two_who_change_one_offer_do_not_overwrite_each_other(
    app: Flask, database: Database
) -> None:
    desk = at_desk(app, "marketer")
    made = offer(desk, plan(desk))

    desk.done(f"{made}/edit", benefit_percent="15")
    late = desk.send(f"{made}/edit", benefit_percent="20", version="1")

    assert late.status_code == 422
    assert "Somebody changed this meanwhile" in late.text
    assert database.look(lambda s: s.scalars(select(Offer)).one().version) == 2


def test_a_button_pressed_twice_issues_once(app: Flask, database: Database) -> None:
    desk = at_desk(app, "marketer")
    campaign = plan(desk)
    made = offer(desk, campaign)
    once = "a token that came with the form"

    first = desk.send(f"{made}/issue?kind=unique", count="5", once=once)
    again = desk.send(f"{made}/issue?kind=unique", count="5", once=once)
    other = desk.send(f"{made}/issue?kind=unique", count="6", once=once)
    desk.done(f"{campaign}/contacts/new", quantity="10", once=once)
    desk.done(f"{campaign}/contacts/new", quantity="10", once=once)

    assert first.location == again.location != other.location
    assert database.look(lambda s: len(list(s.scalars(select(Issue))))) == 2
    assert database.look(lambda s: [c.quantity for c in s.scalars(select(Contact))]) == [10]


def test_a_large_order_shows_how_far_it_is(app: Flask, database: Database) -> None:
    desk = at_desk(app, "marketer")
    made = offer(desk, plan(desk))

    issue = desk.done(f"{made}/issue?kind=unique", count="2500")
    waiting = desk.page(issue)
    id = database.transact(lambda s: jobs.claim(s, at=clock.now()))
    assert id
    database.transact(lambda s: jobs.step(s, id, at=clock.now()))
    halfway = desk.page(issue)
    database.transact(lambda s: jobs.step(s, id, at=clock.now()))
    ready = desk.page(issue)

    assert 'http-equiv="refresh"' in waiting
    assert "0 of 2,500" in waiting
    assert "80%: 2,000 of 2,500" in halfway
    assert 'http-equiv="refresh"' not in ready
    assert "All 2,500 coupons are made." in ready


def test_making_coupons_can_be_stopped(app: Flask, database: Database) -> None:
    desk = at_desk(app, "marketer")
    made = offer(desk, plan(desk))
    issue = desk.done(f"{made}/issue?kind=unique", count="2500")

    desk.done(issue, f"{issue}/cancel")

    assert "It was stopped at 0 of 2,500" in desk.page(issue)
    assert database.transact(lambda s: jobs.claim(s, at=clock.now())) is None


def test_codes_are_shown_to_those_who_may_see_them(app: Flask, database: Database) -> None:
    marketer, manager = at_desk(app, "marketer"), at_desk(app, "manager", address="10.0.0.4")
    made = offer(marketer, plan(marketer))
    issue = marketer.done(f"{made}/issue?kind=unique", count="30")

    table = marketer.page(f"/api/v1{issue.removeprefix('/admin')}/codes.csv")
    sheet = marketer.page(f"{issue}/print")

    rows = list(csv.reader(io.StringIO(table)))
    assert len(rows) == 31
    assert CODE.fullmatch(rows[1][1])
    assert sheet.count("ticket-code") == sheet.count("<p>10% off</p>") == 30
    assert rows[1][1] in marketer.page(issue)
    assert not CODE.search(manager.page(issue))
    assert "…" + rows[1][1].replace("-", "")[-4:] in manager.page(issue)
    assert manager.get(f"{issue}/print").status_code == 403
    said = database.look(lambda s: [entry.action for entry in s.scalars(select(AuditEntry))])
    assert said.count("coupons.exported") == 2


def test_a_public_code_and_personal_coupons(app: Flask, database: Database) -> None:
    desk = at_desk(app, "owner")
    made = offer(desk, plan(desk))
    customer = desk.done("/admin/customers/new", name="Ada")

    poster = desk.done(f"{made}/issue?kind=public", code="summer 10", per_customer="1")
    taken = desk.send(f"{made}/issue?kind=public", code="SUMMER-10")
    personal = desk.done(f"{made}/issue?kind=personal", customers=customer.rpartition("/")[2])
    unknown = desk.send(f"{made}/issue?kind=personal", customers="nobody-i-know")

    assert "SUMMER 10" in desk.page(poster)
    assert "data:image/svg+xml;base64," in desk.page(poster)
    assert taken.status_code == 422
    assert "There is a coupon with this code already." in taken.text
    assert "0 of 1" in desk.page(personal)
    assert unknown.status_code == 422
    assert "nobody-i-know" in unknown.text
    assert database.look(lambda s: len(list(s.scalars(select(Coupon))))) == 2


def test_a_coupon_is_found_stopped_and_opened(app: Flask, database: Database) -> None:
    desk = at_desk(app, "marketer")
    made = offer(desk, plan(desk))
    issue = desk.done(f"{made}/issue?kind=unique", count="1")
    code = CODE.search(desk.page(issue))
    assert code

    coupon = desk.done("/admin/coupons", code=code[0].lower())
    assert "This offer is not running" in desk.page(coupon)
    desk.done(coupon, f"{coupon}/freeze")
    assert "This coupon is on hold" in desk.page(coupon)
    desk.done(coupon, f"{coupon}/unfreeze")
    desk.done(coupon, f"{coupon}/revoke")

    assert "This coupon has been withdrawn" in desk.page(coupon)
    assert database.look(lambda s: codes.one(s.connection(), code[0]).state) == "revoked"
    assert desk.send("/admin/coupons", code="0000").status_code == 422


def test_a_customer_from_enrolment_to_oblivion(app: Flask, database: Database) -> None:
    desk = at_desk(app, "owner")
    open_shop(desk)

    customer = desk.done(
        "/admin/customers/new", name="Ada Byron", email="Ada@Example.com",
        phone="+47 22 86 44 00", messages="y",
    )  # fmt: skip
    id = tail(customer, "cu")
    old = database.look(lambda s: s.scalars(select(Card)).one().number)
    for text in (old, ids.grouped(old), "ada@example.com", "+4722864400"):
        assert desk.done("/admin/customers", text=text) == customer, text
    desk.done(f"{customer}/points", points="500", reason="Welcome")
    too_many = desk.send(f"{customer}/points", points="-600", reason="Oops")
    desk.done(customer, f"{customer}/card/replace")
    desk.done(f"{customer}/person", phone="", consents=["tracking"])

    shown = desk.page(customer)
    assert "Ada Byron" in shown
    assert "/me/" in shown
    assert too_many.status_code == 422
    assert "There are 500 points" in too_many.text
    live = database.look(
        lambda s: s.scalars(select(Card).where(Card.state == "active")).one().number
    )
    assert live != old
    assert ids.grouped(live) in shown
    assert (
        database.look(lambda s: expiry.balance(s.connection(), id, at=clock.now()).available) == 500
    )
    assert "Welcome" in desk.page(f"{customer}/bookings")
    assert ids.grouped(live) in desk.page(f"{customer}/card/print")
    desk.done(customer, f"{customer}/card/block")
    desk.done(customer, f"{customer}/card/open")
    desk.done(customer, f"{customer}/erase")
    assert "Ada" not in desk.page(customer)
    assert desk.send("/admin/customers", text="ada@example.com").status_code == 200


def test_a_purchase_is_shown_and_undone_with_a_reason(app: Flask, database: Database) -> None:
    desk = at_desk(app, "owner")
    open_shop(desk)
    campaign = plan(desk)
    made = offer(desk, campaign)
    desk.done(campaign, f"{campaign}/start")
    code = CODE.search(desk.page(desk.done(f"{made}/issue?kind=unique", count="1")))
    customer = desk.done("/admin/customers/new", name="Ada")
    card = database.look(lambda s: s.scalars(select(Card)).one().number)
    assert code
    id = database.transact(lambda s: settle(s, code[0], card=card))
    purchase = f"/admin/purchases/{ids.public('pu', id)}"

    silent = desk.send(purchase, f"{purchase}/void")
    assert silent.status_code == 422
    assert "€45.00" in desk.page("/admin/purchases")
    desk.done(purchase, f"{purchase}/void", reason="Brought back")
    again = desk.client.get(purchase, environ_base=desk.base).text

    assert "Brought back" in again
    assert "Voided" in again
    assert "Reversed" in desk.page(f"{customer}/points")


def test_a_till_is_suspended_enrolled_again_and_retired(app: Flask, database: Database) -> None:
    desk = at_desk(app, "manager")
    shop = database.transact(
        lambda s: ids.public(
            "sh", shops.add(s, "A", zone="Europe/Oslo", actor=SYSTEM, at=clock.now()).id
        )
    )
    first = desk.send(f"/admin/shops/{shop}", f"/admin/shops/{shop}/tills", label="1")
    code = CODE.search(first.text)
    assert code
    till, _ = database.transact(lambda s: shops.enrol_device(s, code[0], at=clock.now()))
    base = f"/admin/tills/{ids.public('ti', till.id)}"

    desk.done(f"/admin/shops/{shop}", f"{base}/suspend")
    twice = desk.client.get(f"/admin/shops/{shop}", environ_base=desk.base)
    assert "Suspended" in twice.text
    desk.done(f"/admin/shops/{shop}", f"{base}/resume")
    again = desk.send(f"/admin/shops/{shop}", f"{base}/enrol")
    assert CODE.search(again.text)
    assert CODE.search(again.text) != code
    desk.done(f"/admin/shops/{shop}", f"{base}/retire")

    assert database.look(lambda s: shops.find_till(s, till.id).state) == "retired"


def test_a_manager_of_one_shop_keeps_to_it(app: Flask, database: Database) -> None:
    def prepare(session: Session) -> tuple[str, str]:
        at = clock.now()
        own = shops.add(session, "Own", zone="Europe/Oslo", actor=SYSTEM, at=at)
        other = shops.add(session, "Other", zone="Europe/Oslo", actor=SYSTEM, at=at)
        till, _ = shops.add_till(session, other, "1", actor=SYSTEM, at=at)
        session.scalars(select(Staff)).one().shop_id = own.id
        return f"/admin/shops/{ids.public('sh', other.id)}", ids.public("ti", till.id)

    desk = at_desk(app, "manager")
    shop, till = database.transact(prepare)

    for action, fields in ((f"{shop}/tills", {"label": "2"}), (f"/admin/tills/{till}/retire", {})):
        assert action not in desk.page(shop)
        assert desk.insist(action, **fields).location == "/admin"
        assert "This belongs to a shop that you do not work for." in desk.page("/admin")

    assert "Retired" not in desk.page(shop)
    assert database.look(lambda s: [one.label for one in s.scalars(select(Till))]) == ["1"]


def test_staff_are_given_ways_in_and_taken_off(app: Flask, database: Database) -> None:
    desk = at_desk(app, "owner")

    member = desk.done("/admin/staff/new", name="Mia", email="mia@example.com", role="marketer")
    shown = desk.send(member, f"{member}/password").text
    password = re.search(r"\b[a-z2-9]{5}-[a-z2-9]{5}-[a-z2-9]{5}\b", shown)
    assert password
    mia = Desk(app, "10.0.0.3")
    assert mia.sign_in("mia@example.com", password[0]).status_code == 303
    assert mia.get("/admin/campaigns").status_code == 200
    desk.done(f"{member}/edit", role="manager")
    assert mia.get("/admin/campaigns").status_code == 303
    weak = desk.send(member, f"{member}/pin", pin="1234")
    assert weak.status_code == 422
    desk.done(member, f"{member}/pin", pin="4711")
    customer = desk.done("/admin/customers/new")
    number = database.look(lambda s: s.scalars(select(Card)).one().number)
    desk.done(f"{member}/card", number=number)
    desk.done(member, f"{member}/disable")

    assert Desk(app, "10.0.0.2").sign_in("mia@example.com", password[0]).status_code == 401
    linked = database.look(lambda s: s.scalars(select(Staff).where(Staff.name == "Mia")).one())
    assert linked.customer_id == tail(customer, "cu")
    desk.done(f"{member}/card", f"{member}/card/forget")
    desk.done(member, f"{member}/enable")


def test_the_last_owner_stays_owner(app: Flask, database: Database) -> None:
    desk = at_desk(app, "owner")
    id = database.look(lambda s: s.scalars(select(Staff)).one().id)
    member = f"/admin/staff/{ids.public('st', id)}"

    refused = desk.send(member, f"{member}/disable")

    assert refused.status_code == 303
    assert refused.location == member
    assert "There must be at least one active owner." in desk.page(member)
    assert database.look(lambda s: s.scalars(select(Staff)).one().state) == "active"


def test_a_key_is_shown_once_works_and_is_revoked(app: Flask, database: Database) -> None:
    desk = at_desk(app, "owner")

    made = desk.send("/admin/keys/new", name="Web shop", scopes=["shops:read"], until="2099-01-31")
    token = re.search(r"lk_[\w-]{40,}", made.text)
    assert token
    bearer = {"Authorization": f"Bearer {token[0]}"}
    assert Desk(app).client.get("/api/v1/shops", headers=bearer).status_code == 200
    listed = desk.page("/admin/keys")
    assert token[0] not in listed
    assert "Jan 31, 2099" in listed
    revoke = re.search(r"/admin/keys/ke_\w+/revoke", listed)
    assert revoke
    desk.done("/admin/keys", revoke[0])

    assert Desk(app).client.get("/api/v1/shops", headers=bearer).status_code == 401


def test_the_audit_log_says_who(app: Flask) -> None:
    desk = at_desk(app, "owner")
    shop = open_shop(desk)

    log = desk.page("/admin/audit")

    assert "shop.added" in log
    assert "Owner" in log
    only = desk.page(f"/admin/audit?subject={shop.rpartition('/')[2]}")
    assert "shop.added" in only
    assert "staff.added" not in only


def test_the_audit_log_shows_what_changed_and_nothing_else(app: Flask) -> None:
    desk = at_desk(app, "owner")
    desk.done("/admin/programme/name", name_de="Sterne")
    desk.done("/admin/programme/earning", earn_points="2")
    desk.done("/admin/customers/new")

    log = unspaced(desk.page("/admin/audit"))

    assert "name.de: <del>Punkte</del> → Sterne" in log
    assert "earn_points: <del>1</del> → 2" in log
    assert "name.en" not in log
    assert "earn_per" not in log
    assert "{" not in log
    assert "person: False" in log


def unspaced(page: str) -> str:
    """Return what the entries of a page say, on one line and without their soft words' tags."""
    body = page.partition("<tbody")[2].partition("</tbody>")[0]
    return " ".join(re.sub(r"</?span[^>]*>", "", body).split())


def test_what_a_channel_costs_stands_in_the_audit_log(app: Flask) -> None:
    desk = at_desk(app, "owner")
    campaign = desk.done("/admin/campaigns/new", name="Autumn", channel="A")

    desk.done(f"{campaign}/channels/new", channel="B", kind="radio", fixed_cost="900")

    log = unspaced(desk.page(f"/admin/audit?subject={campaign.rpartition('/')[2]}"))
    assert "channel.added" in log
    assert "name: B" in log
    assert "fixed_cost: 90000" in log


def test_the_rules_of_the_points_are_changed(app: Flask, database: Database) -> None:
    desk = at_desk(app, "owner")

    desk.done("/admin/programme/earning", earn_points="2", earn_per="1,50")
    desk.done("/admin/programme/spending", point_value="0.02")
    desk.done("/admin/programme/time", expiry="never")

    from loyalty import programme  # noqa: PLC0415

    rules = database.look(lambda s: programme.rules(s.connection()))
    assert (rules.earn_points, rules.earn_per, rules.point_value) == (2, 150, 2)
    assert rules.expiry_months is None
    shown = at_desk(app, "marketer", address="10.0.0.2").page("/admin/programme")
    assert "2 points for each €1.50 that is paid in money." in shown


def test_lists_go_on_page_by_page(app: Flask, database: Database) -> None:
    desk = at_desk(app, "owner")

    def many(session: Session) -> None:
        at = clock.now()
        for number in range(60):
            shops.add(
                session, f"Shop {number:02}", zone="Europe/Oslo", actor=SYSTEM,
                at=at + timedelta(seconds=number),
            )  # fmt: skip

    database.transact(many)
    first = desk.page("/admin/shops")
    following = re.search(r'href="(/admin/shops\?cursor=[^"]+)"', first)
    assert following
    second = desk.page(following[1].replace("&amp;", "&"))

    assert "Shop 59" in first
    assert "Shop 09" not in first
    assert "Shop 09" in second
    assert "Shop 59" not in second
    assert desk.get("/admin/shops?cursor=nonsense").status_code == 422
