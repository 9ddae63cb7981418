"""Who may do what: every route with the permission it asks for, and every role with what it may.

A new route is added to ROUTES, a new permission to ROLES; until then these tests fail.
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import update
from sqlalchemy.orm import Session
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from core import auth, ids, staff
from core.auth import SYSTEM
from core.db import Database
from core.models import ApiKey
from tests.api import Api
from tests.browser import TOKEN, Browser
from tests.desk import at_desk
from tests.factories import NOON, make_staff, make_till

ROUTES = """
GET /api/v1/adjustments                                points:read
GET /api/v1/adjustments/{ad}                           points:read
POST /api/v1/adjustments/{ad}/{approve|decline}        points:approve
GET /api/v1/audit                                      audit:read
GET /api/v1/campaigns                                  campaigns:read
POST /api/v1/campaigns                                 campaigns:write
GET /api/v1/campaigns/{ca}                             campaigns:read
PATCH /api/v1/campaigns/{ca}                           campaigns:write
POST /api/v1/campaigns/{ca}/contacts                   campaigns:write
GET /api/v1/campaigns/{ca}/report                      reports:read
POST /api/v1/campaigns/{ca}/{start|pause|end}          campaigns:write
GET /api/v1/cards/stock                                cards:write
POST /api/v1/cards/stock                               cards:write
GET /api/v1/cards/stock.csv                            cards:write
POST /api/v1/cards/stock/withdraw                      cards:write
GET /api/v1/cards/{number}                             cards:read
GET /api/v1/cards/{number}/qr.{svg|png}                cards:read
POST /api/v1/cards/{number}/{block|unblock}            cards:write
GET /api/v1/claims/{cl}                                rewards:read
POST /api/v1/claims/{cl}/cancel                        rewards:claim
GET /api/v1/conflicts                                  conflicts:read
GET /api/v1/conflicts/{cf}                             conflicts:read
POST /api/v1/conflicts/{cf}/close                      conflicts:close
GET /api/v1/coupons/{code}                             coupons:read
GET /api/v1/coupons/{code}/qr.{svg|png}                coupons:codes
POST /api/v1/coupons/{code}/{freeze|unfreeze|revoke}   coupons:stop
GET /api/v1/customers                                  customers:read
POST /api/v1/customers                                 customers:enrol
POST /api/v1/customers/find                            customers:find
GET /api/v1/customers/{cu}                             customers:read
PATCH /api/v1/customers/{cu}                           customers:write
DELETE /api/v1/customers/{cu}                          customers:write
POST /api/v1/customers/{cu}/cards                      cards:write
GET /api/v1/customers/{cu}/claims                      rewards:read
GET /api/v1/customers/{cu}/export                      customers:write
POST /api/v1/customers/{cu}/merge                      customers:merge
GET /api/v1/customers/{cu}/points                      points:read
POST /api/v1/customers/{cu}/points/adjustments         points:adjust
GET /api/v1/customers/{cu}/points/entries              points:read
POST /api/v1/customers/{cu}/points/transfers           points:transfer
GET /api/v1/customers/{cu}/stamps                      customers:read
GET /api/v1/customers/{cu}/standing                    customers:read
POST /api/v1/customers/{cu}/standing                   standing:write
GET /api/v1/docs                                       public
GET /api/v1/dry-runs/{dr}                              offers:read
POST /api/v1/holds                                     coupons:redeem
POST /api/v1/holds/release                             coupons:redeem
GET /api/v1/issues/{is}/codes.csv                      coupons:codes
GET /api/v1/jobs/{jo}                                  jobs:read
POST /api/v1/jobs/{jo}/cancel                          jobs:stop
GET /api/v1/keys                                       keys:write
POST /api/v1/keys                                      keys:write
DELETE /api/v1/keys/{ke}                               keys:write
GET /api/v1/merchant                                   shops:read
PUT /api/v1/merchant                                   shops:write
GET /api/v1/offers                                     offers:read
POST /api/v1/offers                                    offers:write
GET /api/v1/offers/{of}                                offers:read
PATCH /api/v1/offers/{of}                              offers:write
POST /api/v1/offers/{of}/clone                         offers:write
POST /api/v1/offers/{of}/coupons                       coupons:issue
POST /api/v1/offers/{of}/dry-runs                      offers:write
POST /api/v1/offers/{of}/preview                       offers:read
GET /api/v1/offline/bundle                             till:open
GET /api/v1/openapi.json                               public
POST /api/v1/points/imports                            points:import
GET /api/v1/problems/{code}                            public
GET /api/v1/programme                                  programme:read
PATCH /api/v1/programme                                programme:write
GET /api/v1/purchases                                  purchases:read
POST /api/v1/purchases                                 coupons:redeem
POST /api/v1/purchases/offline                         coupons:redeem
GET /api/v1/purchases/{pu}                             purchases:read
POST /api/v1/purchases/{pu}/claims                     purchases:refund
POST /api/v1/purchases/{pu}/refunds                    purchases:refund
POST /api/v1/purchases/{pu}/refunds/preview            purchases:refund
POST /api/v1/purchases/{pu}/void                       purchases:void
GET /api/v1/purchases/{pu}/why                         purchases:read
POST /api/v1/quotes                                    coupons:redeem
GET /api/v1/referral-scheme                            referrals:read
PATCH /api/v1/referral-scheme                          referrals:write
GET /api/v1/referrals                                  referrals:read
POST /api/v1/referrals                                 customers:enrol
GET /api/v1/referrals/{code}                           referrals:read
POST /api/v1/referrals/{rf}/approve                    referrals:review
POST /api/v1/referrals/{rf}/reject                     referrals:review
GET /api/v1/responses                                  responses:read
POST /api/v1/responses                                 responses:write
GET /api/v1/responses/{rs}/why                         responses:read
GET /api/v1/rewards                                    rewards:read
POST /api/v1/rewards                                   rewards:write
GET /api/v1/rewards/{rw}                               rewards:read
PATCH /api/v1/rewards/{rw}                             rewards:write
POST /api/v1/rewards/{rw}/claims                       rewards:claim
POST /api/v1/scans                                     coupons:redeem
GET /api/v1/shops                                      shops:read
POST /api/v1/shops                                     shops:write
PUT /api/v1/shops/{sh}                                 shops:write
GET /api/v1/shops/{sh}/tills                           shops:read
POST /api/v1/shops/{sh}/tills                          tills:write
GET /api/v1/staff                                      staff:read
POST /api/v1/staff                                     staff:write
POST /api/v1/staff/{st}/badge                          staff:write
DELETE /api/v1/staff/{st}/badge                        staff:write
GET /api/v1/stamp-cards                                programme:read
POST /api/v1/stamp-cards                               stamps:write
GET /api/v1/stamp-cards/{sc}                           programme:read
PATCH /api/v1/stamp-cards/{sc}                         stamps:write
POST /api/v1/stamp-cards/{sc}/end                      stamps:write
GET /api/v1/till-rules                                 till-rules:read
PATCH /api/v1/till-rules                               till-rules:write
GET /api/v1/till-timings                               shops:read
POST /api/v1/till-timings                              till:open
DELETE /api/v1/till/display                            till:open
POST /api/v1/till/display                              till:open
PUT /api/v1/till/display                               till:open
GET /api/v1/till/purchases                             purchases:own-till
GET /api/v1/till/purchases/{pu}                        purchases:own-till
GET /api/v1/tiers                                      programme:read
POST /api/v1/tiers                                     tiers:write
GET /api/v1/tiers/{tr}                                 programme:read
PATCH /api/v1/tiers/{tr}                               tiers:write
POST /api/v1/tiers/{tr}/end                            tiers:write
POST /api/v1/till/alive                                till:open
POST /api/v1/till/approvals                            till:open
GET /api/v1/till/approvers                             till:open
POST /api/v1/tills/{ti}/enrol                          tills:write
POST /api/v1/tills/{ti}/{suspend|resume|retire}        tills:write

GET /admin                                             admin:open
GET /admin/                                            admin:open
GET /admin/account                                     admin:open
POST /admin/account                                    admin:open
GET /admin/adjustments                                 points:read
POST /admin/adjustments/{ad}/{approve|decline}         points:approve
GET /admin/audit                                       audit:read
GET /admin/campaigns                                   campaigns:read
GET /admin/campaigns/new                               campaigns:write
POST /admin/campaigns/new                              campaigns:write
GET /admin/campaigns/{ca}                              campaigns:read
GET /admin/campaigns/{ca}/channels/new                 campaigns:write
POST /admin/campaigns/{ca}/channels/new                campaigns:write
GET /admin/campaigns/{ca}/contacts/new                 campaigns:write
POST /admin/campaigns/{ca}/contacts/new                campaigns:write
GET /admin/campaigns/{ca}/edit                         campaigns:write
POST /admin/campaigns/{ca}/edit                        campaigns:write
GET /admin/campaigns/{ca}/offers/new                   offers:write
POST /admin/campaigns/{ca}/offers/new                  offers:write
GET /admin/campaigns/{ca}/report                       reports:read
GET /admin/campaigns/{ca}/responses/new                responses:write
POST /admin/campaigns/{ca}/responses/new               responses:write
POST /admin/campaigns/{ca}/{start|pause|end}           campaigns:write
GET /admin/claims/{cl}                                 rewards:read
POST /admin/claims/{cl}/cancel                         rewards:claim
GET /admin/conflicts                                   conflicts:read
GET /admin/conflicts/{cf}                              conflicts:read
POST /admin/conflicts/{cf}/close                       conflicts:close
GET /admin/coupons                                     coupons:read
POST /admin/coupons                                    coupons:read
GET /admin/coupons/{co}                                coupons:read
POST /admin/coupons/{co}/{freeze|unfreeze|revoke}      coupons:stop
GET /admin/cards                                       cards:write
POST /admin/cards                                      cards:write
GET /admin/cards/old                                   cards:write
POST /admin/cards/old                                  cards:write
GET /admin/cards/print                                 cards:write
POST /admin/cards/withdraw                             cards:write
GET /admin/customers                                   customers:read
POST /admin/customers                                  customers:read
GET /admin/customers/new                               customers:enrol
POST /admin/customers/new                              customers:enrol
GET /admin/customers/{cu}                              customers:read
GET /admin/customers/{cu}/bookings                     points:read
GET /admin/customers/{cu}/card/print                   customers:read
POST /admin/customers/{cu}/card/replace                cards:write
POST /admin/customers/{cu}/card/{block|open}           cards:write
POST /admin/customers/{cu}/erase                       customers:write
GET /admin/customers/{cu}/friends                      referrals:read
POST /admin/customers/{cu}/friends/code                customers:enrol
GET /admin/customers/{cu}/merge                        customers:merge
POST /admin/customers/{cu}/merge                       customers:merge
POST /admin/customers/{cu}/merge/{cu}                  customers:merge
GET /admin/customers/{cu}/notes                        customers:write
POST /admin/customers/{cu}/notes                       customers:write
GET /admin/customers/{cu}/person                       customers:write
POST /admin/customers/{cu}/person                      customers:write
GET /admin/customers/{cu}/points                       points:read
POST /admin/customers/{cu}/points                      points:adjust
POST /admin/customers/{cu}/points/transfer             points:transfer
GET /admin/customers/{cu}/rewards                      rewards:read
POST /admin/customers/{cu}/rewards/{rw}                rewards:claim
GET /admin/customers/{cu}/standing                     customers:read
POST /admin/customers/{cu}/standing                    standing:write
GET /admin/dry-runs/{dr}                               offers:read
POST /admin/dry-runs/{dr}/cancel                       offers:write
GET /admin/issues/{is}                                 coupons:read
POST /admin/issues/{is}/cancel                         coupons:issue
GET /admin/issues/{is}/print                           coupons:codes
GET /admin/keys                                        keys:write
GET /admin/keys/new                                    keys:write
POST /admin/keys/new                                   keys:write
POST /admin/keys/{ke}/revoke                           keys:write
GET /admin/offers                                      offers:read
GET /admin/offers/{of}                                 offers:read
GET /admin/offers/{of}/clone                           offers:write
POST /admin/offers/{of}/clone                          offers:write
GET /admin/offers/{of}/dry-run                         offers:write
POST /admin/offers/{of}/dry-run                        offers:write
GET /admin/offers/{of}/edit                            offers:write
POST /admin/offers/{of}/edit                           offers:write
GET /admin/offers/{of}/issue                           coupons:issue
POST /admin/offers/{of}/issue                          coupons:issue
GET /admin/offers/{of}/preview                         offers:read
POST /admin/offers/{of}/preview                        offers:read
GET /admin/programme                                   programme:read
GET /admin/programme/{name|earning|multipliers|caps|time|spending|undoing} programme:write
POST /admin/programme/{name|earning|multipliers|caps|time|spending|undoing} programme:write
GET /admin/programme/referrals                         referrals:read
GET /admin/programme/referrals/scheme                  referrals:write
POST /admin/programme/referrals/scheme                 referrals:write
GET /admin/programme/referrals/{rf}                    referrals:read
POST /admin/programme/referrals/{rf}/{approve|reject}  referrals:review
GET /admin/programme/rewards                           rewards:read
GET /admin/programme/rewards/claims                    rewards:read
GET /admin/programme/rewards/new                       rewards:write
POST /admin/programme/rewards/new                      rewards:write
GET /admin/programme/rewards/{rw}/edit                 rewards:write
POST /admin/programme/rewards/{rw}/edit                rewards:write
POST /admin/programme/rewards/{rw}/{end|offer}         rewards:write
GET /admin/programme/stamp-cards                       programme:read
GET /admin/programme/stamp-cards/new                   stamps:write
POST /admin/programme/stamp-cards/new                  stamps:write
GET /admin/programme/stamp-cards/{sc}/edit             stamps:write
POST /admin/programme/stamp-cards/{sc}/edit            stamps:write
POST /admin/programme/stamp-cards/{sc}/end             stamps:write
GET /admin/programme/tiers                             programme:read
GET /admin/programme/tiers/counting                    programme:write
POST /admin/programme/tiers/counting                   programme:write
GET /admin/programme/tiers/new                         tiers:write
POST /admin/programme/tiers/new                        tiers:write
GET /admin/programme/tiers/{tr}/edit                   tiers:write
POST /admin/programme/tiers/{tr}/edit                  tiers:write
POST /admin/programme/tiers/{tr}/end                   tiers:write
GET /admin/purchases                                   purchases:read
GET /admin/purchases/{pu}                              purchases:read
POST /admin/purchases/{pu}/claims                      purchases:refund
POST /admin/purchases/{pu}/refunds                     purchases:refund
POST /admin/purchases/{pu}/void                        purchases:void-any
GET /admin/responses                                   responses:read
GET /admin/settings                                    shops:write
POST /admin/settings                                   shops:write
GET /admin/shops                                       shops:read
GET /admin/shops/new                                   shops:write
POST /admin/shops/new                                  shops:write
GET /admin/shops/{sh}                                  shops:read
GET /admin/shops/{sh}/edit                             shops:write
POST /admin/shops/{sh}/edit                            shops:write
POST /admin/shops/{sh}/tills                           tills:write
GET /admin/sign-in                                     public
POST /admin/sign-in                                    public
POST /admin/sign-out                                   public
GET /admin/staff                                       staff:read
GET /admin/staff/new                                   staff:write
POST /admin/staff/new                                  staff:write
GET /admin/staff/{st}                                  staff:read
POST /admin/staff/{st}/badge                           staff:write
POST /admin/staff/{st}/badge/drop                      staff:write
GET /admin/staff/{st}/card                             staff:write
POST /admin/staff/{st}/card                            staff:write
POST /admin/staff/{st}/card/forget                     staff:write
GET /admin/staff/{st}/edit                             staff:write
POST /admin/staff/{st}/edit                            staff:write
POST /admin/staff/{st}/password                        staff:write
POST /admin/staff/{st}/pin                             staff:write
POST /admin/staff/{st}/{disable|enable}                staff:write
GET /admin/tills/rules                                 till-rules:read
POST /admin/tills/rules                                till-rules:write
GET /admin/tills/speed                                 shops:read
POST /admin/tills/{ti}/enrol                           tills:write
POST /admin/tills/{ti}/{suspend|resume|retire}         tills:write

GET /till                                              till:open
GET /till/codes/{code}.svg                             till:open
GET /till/join.svg                                     till:open
GET /till/display                                      public
GET /till/display/{token}                              public
GET /till/display/{token}/shown                        public
GET /till/enrol                                        public
POST /till/enrol                                       public
GET /till/icon-{kind}.png                              public
GET /till/manifest.webmanifest                         public
GET /till/no-line                                      public
POST /till/purchases/{pu}/slip                         purchases:own-till
GET /till/session                                      public
GET /till/shell/{version}/{name}                       public
POST /till/sign-off                                    public
GET /till/sign-on                                      public
POST /till/sign-on                                     public
GET /till/sw.js                                        public

GET /                                                  public
GET /C/{code}                                          public
GET /c/{code}                                          public
GET /healthz                                           public
GET /join                                              public
POST /join                                             public
POST /language                                         public
GET /me                                                public
GET /me/claims/{cl}                                    public
POST /me/claims/{cl}/cancel                            public
POST /me/consents                                      public
GET /me/data.json                                      public
GET /me/details                                        public
POST /me/details                                       public
GET /me/forget                                         public
POST /me/forget                                        public
GET /me/friends                                        public
GET /me/give                                           public
POST /me/give                                          public
GET /me/qr.svg                                         public
GET /me/rewards                                        public
GET /me/rewards/{rw}                                   public
POST /me/rewards/{rw}                                  public
POST /me/sign-off                                      public
GET /me/{token}                                        public
POST /me/{token}                                       public
GET /metrics                                           public
GET /readyz                                            public
GET /static/{filename}                                 public
"""
"""Every route: a method, an address, and the permission it asks for."""

ROLES = """
admin:open           owner  manager  marketer  -
audit:read           owner  manager  -         -
campaigns:read       owner  manager  marketer  -
campaigns:write      owner  -        marketer  -
cards:read           owner  manager  -         cashier
cards:write          owner  manager  -         -
conflicts:close      owner  manager  -         -
conflicts:read       owner  manager  -         -
coupons:codes        owner  -        marketer  -
coupons:issue        owner  -        marketer  -
coupons:read         owner  manager  marketer  cashier
coupons:redeem       owner  manager  -         cashier
coupons:stop         owner  manager  marketer  -
customers:enrol      owner  manager  -         cashier
customers:find       owner  manager  -         cashier
customers:merge      owner  manager  -         -
customers:read       owner  manager  -         -
customers:write      owner  manager  -         -
jobs:read            owner  manager  marketer  -
jobs:stop            owner  -        marketer  -
keys:write           owner  -        -         -
offers:read          owner  manager  marketer  -
offers:write         owner  -        marketer  -
points:adjust        owner  manager  -         -
points:approve       owner  manager  -         -
points:import        owner  -        -         -
points:read          owner  manager  -         -
points:transfer      owner  manager  -         -
programme:read       owner  manager  marketer  -
programme:write      owner  -        -         -
purchases:own-till   owner  manager  -         cashier
purchases:read       owner  manager  -         -
purchases:refund     owner  manager  -         cashier
purchases:void       owner  manager  -         cashier
purchases:void-any   owner  manager  -         -
referrals:read       owner  manager  marketer  -
referrals:review     owner  manager  -         -
referrals:write      owner  -        marketer  -
reports:read         owner  manager  marketer  -
responses:read       owner  manager  marketer  -
responses:write      owner  manager  marketer  cashier
rewards:claim        owner  manager  -         cashier
rewards:read         owner  manager  marketer  cashier
rewards:write        owner  -        marketer  -
shops:read           owner  manager  marketer  -
shops:write          owner  -        -         -
staff:read           owner  manager  -         -
staff:write          owner  -        -         -
stamps:write         owner  -        marketer  -
standing:write       owner  manager  -         -
tiers:write          owner  -        -         -
till-rules:read      owner  manager  -         -
till-rules:write     owner  -        -         -
till:approve         owner  manager  -         -
till:open            owner  manager  -         cashier
tills:write          owner  manager  -         -
"""
"""Every permission and the roles that hold it."""

SIGN_IN = ("/admin/sign-in", "/till/sign-on")


@dataclass(frozen=True, slots=True)
class Route:
    """One line of the table."""

    method: str
    path: str
    permission: str

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def is_api(self) -> bool:
        return self.path.startswith("/api/")

    def address(self) -> str:
        """Return an address of this route, of things that do not exist."""

        def fill(part: re.Match[str]) -> str:
            name = part[1]
            return ids.public(name, ids.new()) if len(name) == 2 else name.partition("|")[0]

        return re.sub(r"\{([^}]+)\}", fill, self.path)


def routes() -> Iterator[Route]:
    """Read the table of routes."""
    for line in ROUTES.split("\n"):
        if line.strip():
            yield Route(*line.split())


def roles() -> dict[str, set[str]]:
    """Read the table of roles."""
    lines = [line.split() for line in ROLES.split("\n") if line.strip()]
    return {name: set(held) - {"-"} for name, *held in lines}


def written(rule: Rule) -> str:
    """Return the address of a rule as the table writes it."""
    text = re.sub(r'<public\("(\w+)"\):\w+>', r"{\1}", rule.rule)
    text = re.sub(r"<any\(([^)]*)\):\w+>", lambda any_: f"{{{any_[1].replace(', ', '|')}}}", text)
    return re.sub(r"<(?:path:)?(\w+)>", r"{\1}", text)


def there(app: Flask) -> set[tuple[str, str, str]]:
    """Return every route there is, with the permission its view asks for."""
    return {
        (method, written(rule), str(getattr(app.view_functions[rule.endpoint], "permission", "-")))
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }


def test_every_route_is_in_the_table_with_the_permission_it_asks_for(application: Flask) -> None:
    of_libraries = {"/static/{filename}", "/api/v1/openapi.json"}
    listed = {(one.method, one.path, one.permission) for one in routes()}
    found = {
        (m, path, "public" if path in of_libraries else needed)
        for m, path, needed in there(application)
    }

    assert found - listed == set(), "list it in ROUTES"
    assert listed - found == set(), "there is no such route any more"


def test_every_permission_is_in_the_table_with_the_roles_that_hold_it(application: Flask) -> None:
    granted = {name: {"owner", *held} for name, held in auth.PERMISSIONS.items()}

    assert granted == roles()
    assert {one.permission for one in routes()} <= {*granted, "public"}


class Somebody(ABC):
    """Whoever asks: with what they hold, and how they are told no."""

    def __init__(self, may: set[str], *, known: bool = True) -> None:
        self.may, self.known = may, known

    @abstractmethod
    def open(self, route: Route) -> TestResponse:
        """Ask as this one does."""

    def check(self, route: Route) -> None:
        """Ask, and see that the answer is a no exactly where the table says so."""
        answer = self.open(route)
        assert answer.status_code < 500, (str(route), answer.text)
        if route.permission in {*self.may, "public"}:
            assert answer.status_code not in (401, 403), (str(route), answer.text)
        elif self.known:
            assert answer.status_code == 403, (str(route), answer.status_code)
            assert not route.is_api or answer.get_json(force=True)["code"] == "not_allowed"
        elif route.is_api:
            assert answer.status_code == 401, (str(route), answer.status_code)
            assert answer.get_json(force=True)["code"] == "not_signed_in"
        else:
            assert answer.status_code == 303, (str(route), answer.status_code)
            assert answer.location.startswith(SIGN_IN), str(route)


class Program(Somebody):
    """A program with a key."""

    def __init__(self, api: Api, may: set[str]) -> None:
        super().__init__(may)
        self._api = api

    def open(self, route: Route) -> TestResponse:
        path = route.address().removeprefix("/api/v1")
        body = None if route.method == "GET" else {}
        return self._api.call(route.method, path, body, Idempotency_Key=uuid4().hex)


class Person(Somebody):
    """Somebody with a browser, whose own pages sent the token of the form along."""

    def __init__(self, client: Any, base: dict[str, str], may: set[str], *, known: bool) -> None:
        super().__init__(may, known=known)
        self._client, self._base = client, base
        found = TOKEN.search(self._client.get("/till/enrol", environ_base=base).text)
        assert found
        self._token = found[1]

    def open(self, route: Route) -> TestResponse:
        near = {"REMOTE_ADDR": "127.0.0.1"}  # for the figures, which have a test of their own
        base = near if route.path == "/metrics" else self._base
        given: dict[str, Any] = {"environ_base": base, "method": route.method}
        if route.method != "GET":
            given["headers"] = {"X-CSRFToken": self._token, "Idempotency-Key": uuid4().hex}
            given |= {"json": {}} if route.is_api else {"data": {}}
        answer: TestResponse = self._client.open(route.address(), **given)
        return answer


def held_by(role: str) -> set[str]:
    return {name for name, holders in roles().items() if role in holders}


@pytest.mark.parametrize("role", ["owner", "manager", "marketer"])
def test_who_signed_in_at_a_desk_may_what_the_role_may(app: Flask, role: str) -> None:
    desk = at_desk(app, role)
    person = Person(desk.client, desk.base, held_by(role), known=True)

    for route in routes():
        if route.permission != "public":
            person.check(route)


@pytest.fixture
def at_till(app: Flask, database: Database) -> Browser:
    """A browser that is a till, at which a cashier has signed on."""
    browser = Browser(app)

    def make(session: Session) -> tuple[str, str]:
        till, token = make_till(session)
        person = make_staff(session, shop_id=till.shop_id)
        staff.set_pin(session, person, "4711", actor=SYSTEM, at=NOON)
        return token, str(person.id)

    token, person = database.transact(make)
    browser.client.set_cookie("till_device", token)
    assert browser.post("/till/sign-on", staff=person, pin="4711").location == "/till"
    return browser


def test_a_cashier_at_a_till_may_what_the_role_may_and_is_nobody_at_the_desk(
    at_till: Browser,
) -> None:
    cashier = Person(at_till.client, at_till.base, held_by("cashier"), known=True)
    nobody = Person(at_till.client, at_till.base, set(), known=False)

    for route in routes():
        if route.permission != "public":
            (nobody if route.path.startswith("/admin") else cashier).check(route)


def test_a_cashier_without_a_till_is_let_in_nowhere(app: Flask, database: Database) -> None:
    def make(session: Session) -> None:
        person = make_staff(session, email="ines@example.com")
        staff.set_password(session, person, "correct-horse-battery", actor=SYSTEM, at=NOON)

    database.transact(make)
    browser = Browser(app)
    refused = browser.post(
        "/admin/sign-in", email="ines@example.com", password="correct-horse-battery"
    )
    nobody = Person(browser.client, browser.base, set(), known=False)

    assert refused.status_code == 403
    for route in routes():
        nobody.check(route)


def test_a_cashier_who_signed_off_may_nothing_more(at_till: Browser) -> None:
    assert at_till.post("/till/sign-off").status_code == 303
    nobody = Person(at_till.client, at_till.base, set(), known=False)

    for route in routes():
        if route.permission != "public":
            nobody.check(route)


def test_figures_are_for_the_machine_itself(app: Flask) -> None:
    far = app.test_client().get("/metrics", environ_base={"REMOTE_ADDR": "10.0.0.1"})
    near = app.test_client().get("/metrics", environ_base={"REMOTE_ADDR": "127.0.0.1"})

    assert (far.status_code, near.status_code) == (403, 200)


def test_nobody_may_only_what_is_public(app: Flask) -> None:
    browser = Browser(app)
    nobody = Person(browser.client, browser.base, set(), known=False)

    for route in routes():
        nobody.check(route)


def test_a_key_with_all_scopes_may_everything(api: Api) -> None:
    program = Program(api, set(roles()))

    for route in routes():
        if route.is_api:
            program.check(route)


def test_a_key_without_scopes_may_nothing(app: Flask, database: Database) -> None:
    program = Program(Api(app, database), set())
    database.transact(lambda s: s.execute(update(ApiKey).values(scopes=[])))

    for route in routes():
        if route.is_api:
            program.check(route)


def test_a_key_with_one_scope_may_only_that(app: Flask, database: Database) -> None:
    for scope in roles():
        program = Program(Api(app, database, scopes=(scope,)), {scope})
        for route in routes():
            if route.is_api:
                program.check(route)
