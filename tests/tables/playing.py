"""Play a case step by step, and say in words what came out otherwise than the case says."""

import re
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select

from core.errors import Refusal
from coupons.basket import Basket
from loyalty import programme
from loyalty.models import Referral
from loyalty.schemas import ProgrammeSchema
from tests.factories import MANAGER
from tests.tables.acting import Answer, Hands, Json, No
from tests.tables.reading import Case, Step
from tests.tables.stage import Stage
from tests.tables.words import Misread, cents, moment

_MOMENT = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d.*")
ZONE = "Europe/Oslo"

BETTER = "better_taken"
"""The only refusal of a coupon that stops no purchase."""


def play(case: Case, stage: Stage, hands: Hands) -> list[str]:
    """Return what was not as the case says; nothing if all was."""
    stage.set_up(case)
    player = _Player(case, stage, hands)
    for number, step in enumerate(case.steps, 1):
        player.where = f"step {number} ({step.verb} {step.what if step.verb != 'buy' else ''})"
        player.act(step)
    return player.complaints


def basket_json(basket: Basket | None) -> Json | None:
    """Return a basket as the API takes it."""
    if basket is None:
        return None
    lines = [{n: v for n, v in asdict(line).items() if v is not None} for line in basket.lines]
    for line in lines:
        line["tags"] = list(line["tags"])
    return {"currency": basket.currency, "total": basket.total, "lines": lines}


class _Player:
    """One case as it goes on: the offers, coupons and purchases that there are so far."""

    def __init__(self, case: Case, stage: Stage, hands: Hands) -> None:
        self.case, self.stage, self.hands = case, stage, hands
        self.where = ""
        self.complaints: list[str] = []
        self.campaigns: dict[str, Json] = {}
        self.offers: dict[str, str] = {}
        self.stamp_cards: dict[str, str] = {}
        self.coupons: dict[str, str] = {}
        self.purchases: list[str] = []
        self.asked: str | None = None
        for name in case.stamp_cards:
            self._stamp_card(name, case.steps[0].at)

    def check(self, what: str, expected: Any, found: Any) -> None:
        """Complain of what is not as it was expected."""
        if expected != found:
            self.complaints.append(f"{self.where}: {what}: expected {expected!r}, was {found!r}")

    # What is needed before anything can be done.

    def _campaign(self, name: str, at: datetime) -> Json:
        if name not in self.campaigns:
            said = dict(self.case.campaigns.get(name, {}))
            names = said.pop("channels", ["mail"])
            channels = [{"kind": "mail", "name": one} for one in names]
            body = self._resolved(said, {}, at) | {"name": name, "channels": channels}
            self.campaigns[name] = self.hands.campaign(body, at)
        return self.campaigns[name]

    def _offer(self, name: str, at: datetime) -> str:
        if name not in self.offers:
            said = {k: it for k, it in self.case.offers[name].items() if k != "coupon"}
            campaign = self._campaign(said.pop("campaign", "spring"), at)
            body = self._resolved(said, campaign, at)
            body |= {"campaign": campaign["id"], "name": {"en": name}}
            self.offers[name] = self.hands.offer(body, at)
        return self.offers[name]

    def _stamp_card(self, name: str, at: datetime) -> str:
        if name not in self.stamp_cards:
            said = dict(self.case.stamp_cards[name])
            if "reward_offer" in said:
                said["reward_offer"] = self._offer(said["reward_offer"], at)
            self.stamp_cards[name] = self.stage.stamp_card(name, said, at)
        return self.stamp_cards[name]

    def _resolved(self, said: Any, campaign: Json, at: datetime) -> Any:
        """Return terms with ids in place of names, and moments as the API writes them."""
        if isinstance(said, list):
            return [self._resolved(one, campaign, at) for one in said]
        if isinstance(said, str) and _MOMENT.fullmatch(said):
            return moment(said, ZONE).isoformat()
        if not isinstance(said, dict):
            return said
        channels = {one["name"]: one["id"] for one in campaign.get("channels", ())}
        ids_of: dict[str, Callable[[Any], Any]] = {
            "stamp_card": lambda it: self._stamp_card(it, at),
            "offer": lambda it: self._offer(it, at),
            "shops": lambda it: [self.stage.shops[one] for one in it],
            "channels": lambda it: [channels[one] for one in it],
            "customers": lambda it: [self._public(one) for one in it],
        }
        return {
            key: ids_of[key](it) if key in ids_of else self._resolved(it, campaign, at)
            for key, it in said.items()
        }

    def _public(self, name: str) -> str:
        return f"cu_{self.stage.people.customers[name].hex}"

    def _coupon(self, label: str, at: datetime) -> str:
        """Return the code of a coupon; the first time it is named it is issued."""
        if label not in self.coupons:
            name = label.partition("#")[0]
            offer = self._offer(name, at)
            said = dict(self.case.offers[name].get("coupon", {}))
            campaign = self._campaign(self.case.offers[name].get("campaign", "spring"), at)
            channels = {one["name"]: one["id"] for one in campaign["channels"]}
            body: Json = {k: said[k] for k in ("use_limit", "per_customer") if k in said}
            if "of" in said:
                body["customers"] = [self._public(said["of"])]
            elif said.get("public"):
                body["code"] = "P" + offer[-20:].upper()
            else:
                body["count"] = 1
            if "channel" in said:
                body["channel"] = channels[said["channel"]]
            self.coupons[label] = self.hands.issue(offer, body, at)
        return self.coupons[label]

    # What happens.

    def act(self, step: Step) -> None:
        """Do one step, and look at what came of it."""
        wanted = step.expected.get("error")
        before = self._balance(step) if wanted else None
        try:
            getattr(self, f"_{step.verb}")(step)
            if step.verb != "buy":
                self.check("error", wanted, None)
        except (No, Refusal) as no:
            self.check("error", wanted, no.code)
        if before is not None:
            self.check("the balance after a refusal", before, self._balance(step))
        self._look(step)

    def _balance(self, step: Step) -> dict[str, int] | None:
        id = self.stage.people.customers.get(step.who or "")
        return self.hands.balance(id, step.at) if id else None

    def _look(self, step: Step) -> None:
        """Compare what is to be looked at after every kind of step."""
        expected, id = step.expected, self.stage.people.customers.get(step.who or "")
        if id is None:
            return
        names = {"balance": "available", "coming": "pending", "debt": "debt"}
        if wanted := {what: expected[what] for what in names if what in expected}:
            balance = self._balance(step) or {}
            for what, value in wanted.items():
                self.check(what, value, balance[names[what]])
        if "stamps" in expected:
            shelf = {one["stamp_card"]: one for one in self.hands.shelf(id, step.at)}
            for name, said in expected["stamps"].items():
                held = shelf[self.stamp_cards[name]]
                self.check(f"stamps of {name}", said, f"{held['held']} of {held['needed']}")
        if "tier" in expected:
            self.check("tier", expected["tier"], self.hands.tier(id, step.at) or "none")
        if "referral" in expected:
            self.check("referral", expected["referral"], self._referral(id))

    def _referral(self, friend: UUID) -> str | None:
        with self.stage.database.reading() as session:
            return session.scalar(select(Referral.state).where(Referral.referee_id == friend))

    def _order(self, step: Step) -> Json:
        labels = step.given.get("offers", [])
        order: Json = {
            "shop": self.stage.shops[step.shop],
            "basket": basket_json(step.what),
            "card": self.stage.people.cards[step.who] if step.who else None,
            "coupons": [self._coupon(label, step.at) for label in labels],
            "spend_points": step.given.get("spend", 0),
            "on_refusal": "skip",
        }
        if "till" in step.given:
            order["till"] = self.stage.till(step.shop, step.given["till"])
        if "occurred" in step.given:
            order["occurred_at"] = step.given["occurred"].isoformat()
        return order

    def _buy(self, step: Step) -> None:
        order, by = self._order(step), step.given.get("by")
        quoted = self._try(lambda: self.hands.quote(order, step.at, by))
        if isinstance(quoted, Answer) and order["basket"]:
            order |= self._all_or_none(quoted, order, step)
        bought = self._try(lambda: self.hands.buy(order, step.at, by))
        if isinstance(bought, No):
            self._refused(quoted, bought, order, step)
            return
        self.check("error", step.expected.get("error"), None)
        self.check("the quote", quoted, bought)
        self.purchases.append(bought.id or "")
        self._weigh(bought, order, step)
        self._compare(bought, step)

    @staticmethod
    def _try(work: Callable[[], Answer]) -> Answer | No:
        try:
            return work()
        except No as no:
            return no

    def _all_or_none(self, quoted: Answer, order: Json, step: Step) -> Json:
        """Where a coupon is refused, nothing is settled that did not agree to go without it.

        Returns how the purchase is to be sent, so that it goes through.
        """
        stopping = {code for code, _ in quoted.refused.values()} - {BETTER}
        strict = {"on_refusal": "refuse"}
        if not stopping:
            return strict
        found = self._try(lambda: self.hands.buy(order | strict, step.at, step.given.get("by")))
        code = found.code if isinstance(found, No) else None
        if code not in stopping:
            self.check("the purchase with every coupon or none", sorted(stopping), code)
        return {}

    def _refused(self, quoted: Answer | No, bought: No, order: Json, step: Step) -> None:
        """A purchase that was refused was refused as a quote already."""
        if isinstance(quoted, No):
            self.check("the quote", quoted.code, bought.code)
            self.check("error", step.expected.get("error"), bought.code)
            return
        codes = [code for code, _ in quoted.refused.values()]
        if order["basket"] is None and bought.code in codes and not quoted.taken:
            self._compare(quoted, step)
        else:
            self.check("error", step.expected.get("error"), bought.code)

    def _weigh(self, bought: Answer, order: Json, step: Step) -> None:
        """What holds of every purchase, whatever the case says."""
        basket: Basket | None = step.what
        total = basket.total if basket else 0
        off = self._off(bought, basket)
        self.check("the sum of the lines", bought.discount, sum(off))
        self.check("to pay", total - bought.discount - bought.paid_with_points, bought.to_pay)
        amounts = basket.amounts() if basket else []
        within = all(0 <= part <= most for part, most in zip(off, amounts, strict=True))
        self.check("discounts within their lines", expected=True, found=within)
        balance = self._balance(step)
        if balance:
            told = (bought.points["available"], bought.points["balance_pending"])
            self.check("the balance told", told, (balance["available"], balance["pending"]))

    @staticmethod
    def _off(bought: Answer, basket: Basket | None) -> list[int]:
        off = [0] * len(basket.amounts()) if basket else []
        for one in bought.taken:
            for line, part in one.lines.items():
                off[line] += part
        return off

    def _compare(self, found: Answer, step: Step) -> None:
        """Compare what came out with what the case says."""
        labels = step.given.get("offers", [])
        off = self._off(found, step.what)
        refused = {labels[i]: it for i, it in found.refused.items()}
        every = {
            "off": off,
            "total_off": found.discount,
            "to_pay": found.to_pay,
            "points": found.points["earned"],
            "pending": found.points["pending"],
            "refused": {label: code for label, (code, _) in refused.items()},
            "order": [labels[one.index] for one in found.taken],
            "place": {labels[one.index]: one.place for one in found.taken if one.place},
            "gives": [labels[one.index] for one in found.taken if one.next_code],
        }
        expected = {"off": [0] * len(off), "refused": {}} | step.expected
        if isinstance(expected["off"], int):
            expected["off"] = [expected["off"]]
        for what, value in every.items():
            if what in expected:
                self.check(what, expected[what], value)
        for label, facts in step.expected.get("told", {}).items():
            for name, value in facts.items():
                self.check(f"{label} tells {name}", value, self._fact(refused, label, name))
        for one in found.taken:
            if one.next_code:
                self.coupons[f"gift of {labels[one.index]}"] = one.next_code

    @staticmethod
    def _fact(refused: dict[str, tuple[str, Json]], label: str, name: str) -> Any:
        """Return a fact of a refusal; a moment as the clock on the wall in Oslo shows it."""
        found = refused.get(label, ("", {}))[1].get(name)
        if isinstance(found, str) and re.match(r"\d{4}-\d\d-\d\dT", found):
            local = datetime.fromisoformat(found).astimezone(ZoneInfo(ZONE))
            return f"{local:%Y-%m-%d %H:%M}"
        return found

    def _purchase(self, number: Any) -> str:
        return self.purchases[number - 1 if isinstance(number, int) else -1]

    def _void(self, step: Step) -> None:
        self.hands.void(self._purchase(step.what), step.at, step.given.get("by"))

    def _refund(self, step: Step) -> None:
        text = str(step.what)
        of_line = re.fullmatch(r"(?:(all|\d+|\d+\.\d\d) of )?line (\d+)", text)
        body: Json = {"reason": "returned"}
        if of_line is None:
            body["amount"] = step.what if isinstance(step.what, int) else int(cents(text))
        else:
            part: Json = {"line": int(of_line[2]) - 1}
            some = of_line[1] or "all"
            if "." in some:
                part["amount"] = int(cents(some))
            elif some != "all":
                part["quantity"] = int(some)
            body["lines"] = [part]
        purchase = self._purchase(step.given.get("purchase"))
        back = self.hands.refund(purchase, body, step.at, step.given.get("by"))
        for what in ("money", "points_back", "points_claimed"):
            if what in step.expected:
                self.check(what, step.expected[what], getattr(back, what))

    def _claim(self, step: Step) -> None:
        line = re.fullmatch(r"line (\d+)", step.what)
        if line is None:
            raise Misread(f"{step.what!r} is no line")
        body = {"line": int(line[1]) - 1, "reason": step.given["reason"]}
        back = self.hands.claim(self._purchase(step.given.get("purchase")), body, step.at)
        if "money" in step.expected:
            self.check("money", step.expected["money"], back.money)

    def _issue(self, step: Step) -> None:
        for label in step.what:
            self._coupon(label, step.at)

    def _change(self, step: Step) -> None:
        name = step.what
        campaign = self._campaign(self.case.offers[name].get("campaign", "spring"), step.at)
        body = self._resolved(step.given["to"], campaign, step.at)
        self.hands.change_offer(self._offer(name, step.at), body, step.at)

    def _freeze(self, step: Step) -> None:
        self.hands.stop_coupon(self._coupon(step.what, step.at), step.verb, step.at)

    _unfreeze = _revoke = _freeze

    def _hold(self, step: Step) -> None:
        codes = [self._coupon(label, step.at) for label in step.what]
        self.hands.hold(codes, self.stage.till(step.shop, step.given["till"]), step.at)

    def _release(self, step: Step) -> None:
        codes = [self._coupon(label, step.at) for label in step.what]
        till = self.stage.till(step.shop, step.given["till"])
        self.hands.release(codes, till, step.at, step.given.get("by"))

    def _pause(self, step: Step) -> None:
        campaign = self._campaign(step.what, step.at)
        self.hands.move_campaign(campaign["id"], step.verb, step.at)

    _start = _pause

    def _adjust(self, step: Step) -> None:
        id = self.stage.people.customers[step.who or ""]
        reason, by = step.given.get("reason", "set right"), step.given.get("by")
        self.asked = self.hands.adjust(id, step.what, reason, step.at, by)

    def _approve(self, step: Step) -> None:
        self.hands.approve(self.asked or "", step.at, step.what)

    def _lose(self, step: Step) -> None:
        people, name = self.stage.people, step.what
        id, old = people.customers[name], people.cards[name]
        people.cards[name] = self.hands.replace_card(id, step.at)
        people.cards[f"{name}, old card"], people.customers[f"{name}, old card"] = old, id

    def _merge(self, step: Step) -> None:
        of = self.stage.people.customers
        self.hands.merge(of[step.what], of[step.given["into"]], step.at)
        of[step.what] = of[step.given["into"]]

    def _join(self, step: Step) -> None:
        people, friend_of = self.stage.people, step.given["friend_of"]
        body: Json = {"referral_code": self.stage.friends_code(friend_of, step.at)}
        if "phone" in step.given:
            body["person"] = {"phone": people.phone(step.given["phone"])}
        id, card = self.hands.join(body, step.at, step.given.get("by"))
        people.customers[step.what], people.cards[step.what] = id, card

    def _refer(self, step: Step) -> None:
        self.stage.refer(step.what, step.given["friend_of"], step.at)

    def _night(self, step: Step) -> None:
        self.stage.night(step.at)

    def _reprogramme(self, step: Step) -> None:
        changes = ProgrammeSchema().load(step.what)
        self.stage.database.transact(
            lambda s: programme.change(s, changes, actor=MANAGER, at=step.at)
        )
