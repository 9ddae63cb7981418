"""Thousands of offers, moments and baskets at random: a till decides as the server would."""

import json
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random  # noqa: TID251  # seeded: the same cases every time
from typing import Any
from uuid import UUID

from core.errors import Refusal
from core.money import Money
from coupons import benefits, conditions
from coupons.basket import Basket
from coupons.benefits import Ask
from coupons.conditions import Case

SCRIPT = Path(__file__).parents[1] / "js" / "decide.js"
MANY = 5_000
HERE, THERE = ("0190a1b2c3d47e5f8a9b0c1d2e3f000" + one for one in "12")
ZONES = (
    "Europe/Oslo", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Apia",
    "Africa/Casablanca", "America/St_Johns", "America/Havana", "Pacific/Chatham", "UTC",
)  # fmt: skip
CHANGES = ("2026-03-08", "2026-03-29", "2026-04-04", "2026-04-05", "2026-10-25", "2026-11-01")
"""Days on which clocks are changed somewhere."""


def benefit(random: Random) -> dict[str, Any]:
    kind = random.choice(["percent", "percent", "amount", "points", "free_item", "sample"])
    if kind == "percent":
        share = f"{random.randint(1, 9999) / 100:.2f}".rstrip("0").rstrip(".")
        cap = {"cap": random.randint(1, 2000)} if random.random() < 0.4 else {}
        return {"kind": kind, "percent": share, **cap}
    if kind in ("amount", "points"):
        return {"kind": kind, kind: random.randint(1, 3000)}
    return {"kind": kind, "text": "A cup"}


def condition(random: Random, at: datetime) -> dict[str, Any]:
    def day(least: int, most: int) -> str:
        return (at + timedelta(days=random.randint(least, most))).date().isoformat()

    def slot() -> dict[str, Any]:
        days = random.sample(range(1, 8), random.randint(1, 7))
        start, end = (
            f"{random.randint(0, 23):02}:{random.choice((0, 0, 15, 30, 59)):02}" for _ in range(2)
        )
        return {"days": sorted(days), "from": start, "until": end}

    return random.choice(
        [
            {"kind": "minimum_basket", "amount": random.randint(1, 4000)},
            {"kind": "dates", "from": day(-3, 1)},
            {"kind": "dates", "from": day(-3, 0), "until": day(0, 3)},
            {"kind": "dates", "until": day(-1, 3)},
            {"kind": "hours", "weekly": [slot() for _ in range(random.randint(1, 3))]},
            {"kind": "hours", "weekly": [slot()]},
            {"kind": "shops", "shops": random.choice([[HERE], [THERE], [HERE, THERE]])},
        ]
    )


def case(random: Random) -> dict[str, Any]:
    if random.random() < 0.5:
        changes = datetime.fromisoformat(random.choice(CHANGES)).replace(tzinfo=UTC)
        at = changes + timedelta(seconds=random.randint(-12 * 3600, 36 * 3600))
    else:
        at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(
            seconds=random.randint(0, 3 * 365 * 86400)
        )
    near = [None] * 8 + [(at + timedelta(seconds=by)).isoformat() for by in (-1, 0, 1)]
    asked = [condition(random, at) for _ in range(random.choice((0, 0, 1, 1, 2)))]
    return {
        "at": at.isoformat(),
        "zone": random.choice(ZONES),
        "shop": HERE,
        "card": random.random() < 0.5,
        "total": random.choice([None, 0, random.randint(1, 5000), random.randint(1, 10**12)]),
        "offer": {
            "benefit": benefit(random),
            "conditions": {"all": random.choice([asked, [{"all": asked}]])},
            "starts_at": random.choice(near),
            "ends_at": random.choice(near),
        },
    }


def decided(case: dict[str, Any]) -> dict[str, Any]:
    """Return what the server decides."""
    at, offer = datetime.fromisoformat(case["at"]), case["offer"]
    window = [it and datetime.fromisoformat(it) for it in (offer["starts_at"], offer["ends_at"])]
    basket = None if case["total"] is None else Basket("EUR", Money(case["total"]))
    asked = Case(basket, at, case["zone"], UUID(hex=case["shop"]))
    no = conditions.window(*window, at) or conditions.first_refusal(
        conditions.read(offer["conditions"]), asked
    )
    if no is None:
        left = basket.amounts() if basket else []
        ask = Ask(basket, left, list(left), case["card"], at, case["zone"])
        found = benefits.read(offer["benefit"]).give(ask)
        if not isinstance(found, Refusal):
            return {"discount": found.discount, "points": found.points}
        no = found
    return {"refused": no.code}


def test_a_till_decides_as_the_server_would() -> None:
    random = Random(4)  # noqa: S311
    cases = [case(random) for _ in range(MANY)]
    node = shutil.which("node")
    assert node, "the till's own script is run by Node"

    told = subprocess.run(  # noqa: S603
        [node, SCRIPT], input=json.dumps(cases), capture_output=True, text=True, check=True
    )

    expected = [decided(one) for one in cases]
    found = json.loads(told.stdout)
    assert [it for it in zip(cases, found, expected, strict=True) if it[1] != it[2]] == []
    reasons = {one["refused"] for one in expected if "refused" in one}
    assert len(reasons) >= 8
    assert sum("discount" in one for one in expected) > MANY / 4
