"""Languages: the catalogues are whole, and every face answers in the language it is asked in."""

import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from babel.messages import Catalog, Message
from babel.messages.pofile import read_po
from flask import Flask, g
from sqlalchemy import CheckConstraint, select
from sqlalchemy.orm import Session

import coupons.errors
import loyalty.errors
from core import clock, i18n, ids, keys, shops, staff
from core.auth import SYSTEM
from core.db import Bare, Database
from core.errors import HttpProblem, InvalidRequest, Refusal, WrongState, every_refusal
from core.models import Customer, Shop
from core.problems import HTTP_CODES
from coupons import campaigns, issuing, offers, wording
from coupons.models import Campaign, Conflict, Coupon, Offer
from coupons.pages.offer_forms import kinds
from loyalty import adjustments, checkout, claims, links, trying
from tests.api import Api
from tests.browser import Browser
from tests.factories import (
    NOON,
    make_campaign,
    make_coupon,
    make_customer,
    make_offer,
    make_order,
    make_public,
    make_staff,
    make_till,
)
from tests.loyalty.hands import LATE, give, make_reward, set_programme
from tests.loyalty.scheme import make_friend, make_referrer, make_scheme
from tests.loyalty.standing import make_ladder
from tests.loyalty.test_stamps import make_card
from tests.loyalty.without_line import make_stand, record

ROOT = Path(__file__).parents[2]
CATALOGUES = sorted((ROOT / "translations").glob("*/LC_MESSAGES/messages.po"))
PLACEHOLDER = re.compile(r"%\((\w+)\)s|\{(\w+)\}|(%%)")
NBSP = "\N{NO-BREAK SPACE}"
GERMAN = {"Accept-Language": "de-CH,de;q=0.9,en;q=0.5"}


# the catalogues


def read(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale=path.parts[-3] if path.suffix == ".po" else None)


def texts_of(message: Message) -> list[str]:
    """Return a text, or the forms of a text that counts something."""
    return [message.id] if isinstance(message.id, str) else list(message.id)


def translations_of(message: Message) -> list[str]:
    return [message.string] if isinstance(message.string, str) else list(message.string)


def refusals() -> list[type[Refusal]]:
    """Return every refusal of the product itself."""
    ours = ("core", "coupons", "loyalty")
    return [kind for kind in every_refusal() if kind.__module__.partition(".")[0] in ours]


def messages(catalog: Catalog) -> Iterator[Message]:
    return (message for message in catalog if message.id)


@pytest.fixture(scope="module")
def texts(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    """Every text of code and templates, as it is now."""
    template = tmp_path_factory.mktemp("texts") / "messages.pot"
    command = [str(ROOT / "bin/texts"), "--to", str(template)]
    subprocess.run(command, check=True)  # noqa: S603  # our own script
    return read(template)


@pytest.fixture(scope="module", params=CATALOGUES, ids=lambda path: path.parts[-3])
def catalog(request: pytest.FixtureRequest) -> Catalog:
    return read(request.param)


def test_every_language_of_the_interface_has_a_catalogue() -> None:
    assert {"en", *(path.parts[-3] for path in CATALOGUES)} == set(i18n.LANGUAGES)


def test_a_catalogue_holds_every_text_and_no_other(catalog: Catalog, texts: Catalog) -> None:
    wanted = {tuple(texts_of(message)) for message in messages(texts)}
    held = {tuple(texts_of(message)) for message in messages(catalog)}

    assert sorted(wanted - held) == [], "missing: run bin/texts and translate them"
    assert sorted(held - wanted) == [], "not said any more: run bin/texts"
    assert list(catalog.obsolete) == []


def test_a_catalogue_has_no_gap(catalog: Catalog) -> None:
    assert [m.id for m in messages(catalog) if m.fuzzy or not all(translations_of(m))] == []
    assert all(len(translations_of(m)) in (1, catalog.num_plurals) for m in messages(catalog))


def test_a_translation_keeps_the_placeholders(catalog: Catalog) -> None:
    def held(text: str) -> list[tuple[str, ...]]:
        return sorted(PLACEHOLDER.findall(text))

    for message in messages(catalog):
        for number, translation in enumerate(translations_of(message)):
            forms = texts_of(message)[min(number, 1) :]  # the first may say "a day" for "1 day"
            assert held(translation) in [held(form) for form in forms], message.id


def test_german_is_set_as_germans_set_it() -> None:
    for message in messages(read(ROOT / "translations/de/LC_MESSAGES/messages.po")):
        for translation in translations_of(message):
            assert '"' not in translation, translation
            assert translation.count("„") == translation.count("“"), translation
            assert not re.search(r"\d ?%", translation), f"no-break space: {translation}"
            assert not re.search(r"\b(du|dein|dir|dich)\b", translation), translation
            assert translation == translation.strip(), translation


def test_every_refusal_is_in_the_catalogue(catalog: Catalog) -> None:
    told = {kind.sentence for kind in refusals()} | {said for _, said in HTTP_CODES.values()}

    held = {text for message in messages(catalog) for text in texts_of(message)}

    assert len(told) > 50
    assert told - held == set()


# the pages


class _Shown(HTMLParser):
    """What a page says, heard or seen, and the language it says it is in."""

    spoken = ("alt", "aria-label", "placeholder", "title", "data-label")

    def __init__(self) -> None:
        super().__init__()
        self.language = ""
        self.texts: set[str] = set()
        self.silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.silent += tag in ("script", "style")
        given = dict(attrs)
        if tag == "html":
            self.language = given.get("lang") or ""
        for name in self.spoken:
            self._say(given.get(name) or "")

    def handle_endtag(self, tag: str) -> None:
        self.silent -= tag in ("script", "style")

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self._say(data)

    def _say(self, text: str) -> None:
        self.texts.add(" ".join(text.split()))


def only_english() -> re.Pattern[str]:
    """Return what matches a text that only the English pages show."""
    german = read(ROOT / "translations/de/LC_MESSAGES/messages.po")
    spoken = {text for message in messages(german) for text in translations_of(message)}
    english = {text for message in messages(german) for text in texts_of(message)}
    shapes = (re.escape(PLACEHOLDER.sub("\0", text)) for text in english - spoken)
    worded = (shape for shape in shapes if re.search("[a-z]{2}", shape))
    return re.compile("|".join(shape.replace("\0", ".+") for shape in worded))


ENGLISH = only_english()


def assert_german(browser: Browser, path: str, status: int = 200) -> set[str]:
    answer = browser.get(path, **GERMAN)
    shown = _Shown()
    shown.feed(answer.text)
    assert answer.status_code == status, (path, answer.status_code)
    assert shown.language == "de", path
    assert [text for text in shown.texts if ENGLISH.fullmatch(text)] == [], path
    return shown.texts


@dataclass
class Place:
    """A merchant with one of everything: what opens the pages, and the ids by prefix."""

    owner: str
    device: str
    cashier: str
    link: str
    code: str
    things: dict[str, UUID]


def furnish(session: Session, app: Flask) -> Place:
    at = clock.now()
    till, device = make_till(session)
    shop = session.get_one(shops.Shop, till.shop_id)
    owner = make_staff(session, "owner", name="Olga")
    cashier = make_staff(session, name="Kim", shop_id=shop.id)
    staff.set_pin(session, cashier, "4711", actor=SYSTEM, at=NOON)
    keys.add(session, "Kasse 3", scopes=["all"], actor=SYSTEM, at=NOON)
    customer, card = make_customer(session, person={"name": "Ada", "email": "ada@example.org"})
    campaign = make_campaign(session)
    [channel] = campaigns.channels(session, campaign)
    campaigns.contact_many(session, campaign, channel, quantity=200, cost=None, at=NOON)
    offer, one, public = promise(session, campaign, customer.id)
    order = make_order(shop, one.code, card=card.number, total=2500)
    settled = checkout.settle(session, order, actor=SYSTEM, at=NOON)
    collected = collect(session, offer, customer)
    return Place(
        owner=staff.sign_on(session, owner, at=at),
        device=device,
        cashier=staff.sign_on(session, cashier, till=till, at=at),
        link=links.address(customer, app.extensions["config"]).partition("8000")[2],
        code=one.code,
        things={
            "sh": shop.id,
            "st": cashier.id,
            "cu": customer.id,
            "ca": campaign.id,
            "of": offer.id,
            "co": one.id,
            "cf": conflict(session, offer, shop),
            "is": public.issue_id,
            "pu": settled.id,
            **collected,
        },
    )


def conflict(session: Session, offer: Offer, shop: Shop) -> UUID:
    """Let a till sell without a line what another one has sold already."""
    coupon, stand = make_coupon(session, offer), make_stand(session, shop)
    record(session, stand, (coupon.code, 100))
    lost = record(session, stand, (coupon.code, 100))
    rows = select(Conflict.id).where(Conflict.purchase_id == lost.purchase_id)
    return session.scalars(rows).one()


def collect(session: Session, offer: Offer, customer: Customer) -> dict[str, UUID]:
    """Make what a card is for: tiers, stamps, a reward that was taken, a friend to look at."""
    *_, gold = make_ladder(session, at=NOON)
    named = {"en": "A mug", "de": "Becher"}
    reward = make_reward(session, offer, name=named, points=100)
    make_reward(session, offer, name=named, points=100_000, tier="gold", stock=5)
    set_programme(session, transfers=True)
    give(session, customer, (400, LATE))
    taken = claims.claim(session, reward.id, customer.id, actor=SYSTEM, at=NOON)
    adjustments.adjust(session, customer.id, 100_000, "a wish", actor=SYSTEM, at=NOON)
    make_scheme(session, milestones=[{"every": 5, "points": 50}], hold_days=14, cap=10)
    person = {"phone": "+4722864400"}
    _, code = make_referrer(session, person=person)
    *_, referral = make_friend(session, code, person=person)
    return {
        "cl": taken.id,
        "dr": trying.begin(session, offer, actor=SYSTEM, at=NOON).id,
        "rf": referral,
        "rw": reward.id,
        "sc": make_card(session).id,
        "tr": gold.id,
    }


def promise(session: Session, campaign: Campaign, customer: UUID) -> tuple[Offer, Coupon, Coupon]:
    named = {"en": "Ten off", "de": "Herbstgruß"}
    conditions = {"all": [{"kind": "minimum_basket", "amount": 500}]}
    offer = make_offer(session, campaign, name=named, conditions=conditions, overall=50)
    version = offers.current(session, offer)
    issuing.issue_personal(session, offer, version, [(customer, None)], actor=SYSTEM, at=NOON)
    return offer, make_coupon(session, offer, use_limit=3), make_public(session, offer, "SUMMER10")


def pages_of_the_desk(app: Flask, things: dict[str, UUID]) -> list[str]:
    """Return every page of the desk that can be opened, so that a new one is not forgotten."""
    left_out = {"admin.audit", "admin.overview_again", "admin.sign_in"}  # data; leads on; no desk
    rules = [
        str(rule)
        for rule in app.url_map.iter_rules()
        if str(rule).startswith("/admin") and "GET" in (rule.methods or ())
        if rule.endpoint not in left_out
    ]
    id = re.compile(r'<public\("(\w+)"\):id>')
    any_of = re.compile(r"<any\(([^)]*)\):\w+>")
    rules = [
        any_of.sub(one, rule)
        for rule in rules
        for one in (any_of.search(rule) or [rule, ""])[1].split(", ")
    ]
    pages = [id.sub(lambda held: f"{held[1]}_{things[held[1]].hex}", rule) for rule in rules]
    of_a_page = {
        "/offers/new": tuple(kinds.TITLES),
        "/issue": ("unique", "public", "personal"),
    }
    of_a_kind = [
        f"{page}?kind={kind}"
        for page in pages
        for end, found in of_a_page.items()
        if page.endswith(end)
        for kind in found
    ]
    return pages + of_a_kind


@pytest.fixture
def place(app: Flask, database: Database) -> Place:
    return database.transact(lambda session: furnish(session, app))


@pytest.fixture
def browser(app: Flask) -> Browser:
    return Browser(app)


def test_the_desk_speaks_german(app: Flask, browser: Browser, place: Place) -> None:
    assert_german(browser, "/admin/sign-in")
    with browser.client.session_transaction() as session:
        session["token"] = place.owner

    pages = pages_of_the_desk(app, place.things)
    said = {text for path in pages for text in assert_german(browser, path)}

    assert len(pages) > 40
    assert {"Kampagnen", "Antwortquote", "Filialen und Kassen"} <= said
    assert "Ab einem Einkauf von 5,00 €" in said


def test_the_till_speaks_german(browser: Browser, place: Place) -> None:
    assert_german(browser, "/till/enrol")
    browser.client.set_cookie("till_device", place.device)
    assert "Wer ist an der Kasse?" in assert_german(browser, "/till/sign-on")
    with browser.client.session_transaction() as session:
        session["till_token"] = place.cashier

    said = assert_german(browser, "/till")

    assert {"Karte oder Coupon scannen.", "{amount} buchen", "Zu zahlen"} <= said


def test_the_pages_of_a_customer_speak_german(browser: Browser, place: Place) -> None:
    for path in ("/me", "/join"):
        assert_german(browser, path)
    assert_german(browser, "/c/AAAABBBBCCCC", status=404)
    assert_german(browser, f"/c/{place.code}")
    assert browser.get(place.link).status_code == 303

    reward, claim = (f"{at}_{place.things[at].hex}" for at in ("rw", "cl"))
    said = {
        text
        for path in (
            "/me", "/me/details", "/me/forget", "/me/friends", "/me/give", "/me/rewards",
            f"/me/rewards/{reward}", f"/me/claims/{claim}",
        )
        for text in assert_german(browser, path)
    }  # fmt: skip

    assert {"Meine Prämien", "Freunde werben", "Punkte verschenken"} <= said


def test_a_language_that_was_chosen_stays(browser: Browser) -> None:
    browser.post("/language", language="de")

    answer = browser.get("/join", Accept_Language="en")

    assert '<html lang="de">' in answer.text


def test_mistakes_in_a_form_are_told_in_german(browser: Browser, place: Place) -> None:
    with browser.client.session_transaction() as session:
        session["token"], session["language"] = place.owner, "de"

    empty = browser.post("/admin/shops/new", name="", zone="Nowhere/Else").text
    wrong = browser.post("/admin/staff/new", name="x" * 200, email="no", role="owner").text

    assert "Bitte prüfen Sie Ihre Eingaben" in empty
    assert "Bitte ausfüllen." in empty
    assert "Keine E-Mail-Adresse." in wrong
    assert "Feld" in wrong, "the words of WTForms itself"
    for page in (empty, wrong):
        assert not re.search(r"\b(Field|Not a|Invalid)\b", page)


# the API


def ask(api: Api, path: str, body: Any, language: str = "de") -> dict[str, Any]:
    answer = api.call("POST", path, body, Accept_Language=language, Idempotency_Key=ids.new().hex)
    found: dict[str, Any] = answer.get_json(force=True)
    return found


def test_a_refusal_is_told_in_the_language_asked_for(api: Api) -> None:
    german, english = (ask(api, "/scans", {"code": "AAAABBBBCCCC"}, tag) for tag in ("de", "en"))

    assert german["code"] == english["code"] == "code_not_found"
    assert german["detail"].startswith("Dieser Code ist nicht von uns.")
    assert english["detail"].startswith("This code is not one of ours.")


def test_what_is_wrong_with_a_field_is_told_in_german(api: Api) -> None:
    told = ask(api, "/shops", {"name": 7, "zone": "x" * 201, "colour": "red"})
    ids_told = ask(api, "/quotes", {"shop": "sh_x", "coupons": [""], "spend_points": -1})

    assert told["detail"] == "Einige Angaben stimmen nicht."
    assert told["errors"] == {
        "name": ["Kein Text."],
        "zone": ["Die Länge muss zwischen 1 und 200 liegen."],
        "colour": ["Unbekanntes Feld."],
    }
    assert ids_told["errors"]["shop"] == ["Keine Kennung der Form sh_…."]
    assert ids_told["errors"]["spend_points"][0].startswith("Muss mindestens 0 und höchstens ")
    assert ask(api, "/shops", {})["errors"]["name"] == ["Diese Angabe fehlt."]


def test_every_refusal_can_be_told_in_german(app: Flask) -> None:
    known: dict[str, Any] = {"state": "paused", "field": "name"}
    for kind in refusals():
        if kind in (HttpProblem, InvalidRequest):  # they are made of more than facts
            continue
        names = re.findall(r"\{(\w+)\}", kind.sentence)
        facts = {name: known.get(name, NOON if name.endswith("_at") else 1250) for name in names}
        with app.test_request_context(headers=GERMAN):
            told = i18n.tell(kind(**facts))

        assert told != kind.sentence.format(**facts)
        assert not re.search(r"[{}?]|None", told), told


def test_every_state_is_told_in_words(app: Flask) -> None:
    rules = [
        str(rule.sqltext)
        for table in Bare.metadata.sorted_tables
        for rule in table.constraints
        if isinstance(rule, CheckConstraint)
    ]
    states = {
        state
        for rule in rules
        if rule.startswith("state IN ")
        for state in re.findall(r"'(\w+)'", rule)
    }

    with app.test_request_context(headers=GERMAN):
        untold = {state for state in states if state in i18n.tell(WrongState(state=state))}

    assert len(states) > 15
    assert untold == set()


# facts, amounts, days


@pytest.fixture
def german(app: Flask) -> Iterator[None]:
    with app.test_request_context(headers=GERMAN):
        g.currency, g.zone = "EUR", "Europe/Vienna"
        yield


@pytest.mark.usefixtures("german")
def test_facts_are_written_as_germans_write_them() -> None:
    held = WrongState(state="paused")
    short = coupons.errors.BasketTooSmall(minimum=123450, total=0, missing=2050)
    began = coupons.errors.OfferEnded(ends_at=datetime(2026, 11, 21, 22, 5, tzinfo=UTC))
    points = loyalty.errors.PointsShort(available=1250, wanted=12000)

    assert i18n.tell(held) == "Das geht nicht mehr. Status jetzt: pausiert."
    assert f"1.234,50{NBSP}€" in i18n.tell(short)
    assert f"es fehlen 20,50{NBSP}€" in i18n.tell(short)
    assert i18n.tell(began) == "Dieses Angebot endete am 21.11.2026, 23:05."
    assert i18n.tell(points).startswith("Es sind nur 1.250 Punkte da, 12.000 sollten")


@pytest.mark.usefixtures("german")
def test_a_window_of_whole_days_is_told_in_days() -> None:
    midnight = datetime(2026, 11, 30, 23, 0, tzinfo=UTC)

    later = coupons.errors.OfferNotStarted(starts_at=midnight)
    over = coupons.errors.OfferEnded(ends_at=midnight)

    assert i18n.tell(later) == "Dieses Angebot beginnt am 01.12.2026."
    assert i18n.tell(over) == "Dieses Angebot endete am 30.11.2026."


@pytest.mark.usefixtures("german")
def test_amounts_numbers_and_days_in_german() -> None:
    at = datetime(2026, 3, 31, 22, 0, tzinfo=UTC)

    assert i18n.show_money(123450) == f"1.234,50{NBSP}€"
    assert i18n.show_money(-5, "CHF") == f"-0,05{NBSP}CHF"
    assert i18n.show_money(500, "JPY") == f"500{NBSP}¥"
    assert i18n.show_number(1234567) == "1.234.567"
    assert i18n.show_percent(0.1234) == f"12,3{NBSP}%"
    assert i18n.show_percent(0.00042) == f"0,04{NBSP}%"
    assert i18n.show_percent(0.5) == f"50{NBSP}%"
    assert i18n.show_rate(1250) == f"12,5{NBSP}%"
    assert i18n.show_day(at) == "01.04.2026"
    assert i18n.show_end(at) == "31.03.2026"
    assert i18n.show_moment(at) == "01.04.2026, 00:00:00"
    assert i18n.show_window(NOON, at) == "14.03.2026 bis 31.03.2026"
    assert i18n.show_window(NOON, None) == "Ab 14.03.2026"
    assert i18n.show_window(None, at) == "Bis 31.03.2026"
    assert i18n.show_window(None, None) is None


@pytest.mark.usefixtures("german")
def test_one_and_many_in_german() -> None:
    def points(number: int) -> str:
        return wording.benefit({"kind": "points", "points": number})

    assert [points(0), points(1), points(2), points(1000)] == [
        "0 Punkte",
        "1 Punkt",
        "2 Punkte",
        "1.000 Punkte",
    ]


@pytest.mark.usefixtures("german")
def test_benefits_in_german() -> None:
    some = {"kind": "percent", "percent": "12.5", "cap": 500, "on": {"skus": ["1"]}}

    assert wording.benefit(some) == (
        f"12,5{NBSP}% Rabatt auf ausgewählte Artikel, höchstens 5,00{NBSP}€"
    )
    assert wording.benefit({"kind": "free_item", "text": {"de": "Kaffee", "en": "Coffee"}}) == (
        "Gratis: Kaffee"
    )


# which language


@pytest.mark.parametrize(
    ("accepted", "merchant", "spoken"),
    [
        ("de", "en", "de"),
        ("de-AT", "en", "de"),
        ("de-CH;q=0.8,en;q=0.9", "de", "en"),
        ("fi,sv;q=0.5", "de-AT", "de"),
        ("fi", "fi", "en"),
        ("tlh", "en", "en"),
        ("", "de", "de"),
        ("*", "en", "en"),
        ("nonsense;;q=x", "de", "de"),
    ],
)
def test_the_language_is_the_browsers_then_the_merchants_then_english(
    app: Flask, accepted: str, merchant: str, spoken: str
) -> None:
    with app.test_request_context(headers={"Accept-Language": accepted} if accepted else {}):
        g.merchant_locale = merchant

        assert i18n.language() == spoken


def test_a_merchants_language_counts_on_a_page(app: Flask, database: Database) -> None:
    def speak_german(session: Session) -> None:
        shops.merchant(session).locale = "de"

    database.transact(speak_german)

    page = Browser(app).get("/join", Accept_Language="fi").text

    assert '<html lang="de">' in page
    assert "Karte holen" in page


@pytest.mark.parametrize(
    ("names", "shown"),
    [
        ({"en": "Coffee", "de": "Kaffee"}, "Kaffee"),
        ({"en": "Coffee", "de": ""}, "Coffee"),
        ({"en": "Coffee", "fi": "Kahvi"}, "Kahvi"),
        ({"en": "Coffee", "fr": "Café"}, "Coffee"),
        ({"fr": "Café"}, "Café"),
        ({}, ""),
        ("Kaffee", "Kaffee"),
    ],
)
def test_a_marketers_text_falls_back(app: Flask, names: dict[str, str] | str, shown: str) -> None:
    with app.test_request_context(headers=GERMAN):
        g.merchant_locale = "fi"

        assert i18n.named(names) == shown


def test_somebody_else_is_spoken_to_in_their_language(app: Flask) -> None:
    with app.test_request_context(headers={"Accept-Language": "en"}):
        with i18n.speaking("de-AT"):
            assert i18n.gettext("Cancel") == "Abbrechen"
        assert i18n.gettext("Cancel") == "Cancel"


def test_what_only_some_may_do_is_said_in_german(browser: Browser, database: Database) -> None:
    def begin(session: Session) -> list[str]:
        people = [make_staff(session, role) for role in ("manager", "marketer")]
        return [staff.sign_on(session, person, at=clock.now()) for person in people]

    lists = (("campaigns", "offers", "staff"), ("shops", "offers"))
    for token, seen in zip(database.transact(begin), lists, strict=True):
        with browser.client.session_transaction() as session:
            session["token"] = token
        for path in seen:
            assert_german(browser, f"/admin/{path}")
