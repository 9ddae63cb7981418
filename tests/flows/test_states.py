"""Every state that a thing can be in is said in a word at the desk."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask, get_template_attribute
from sqlalchemy import CheckConstraint

from core.db import Base
from coupons.models import Purchase
from loyalty.pages import referrals

OTHERWISE = {
    "adjustment": "a sentence says who approved or declined it",
    "card": "blank: only the list of blank cards shows one",
    "claim": "claim_state, which looks at the coupon as well",
    "job": "its progress",
    "referral": "STATE_NAMES",
    "referral_reward": "friends_saying",
    "staff": "its page",
}


def states() -> Iterator[tuple[str, str]]:
    """Yield each table that has a state, and each word that its CHECK knows."""
    for table in Base.metadata.sorted_tables:
        for one in table.constraints:
            if isinstance(one, CheckConstraint) and str(one.name).endswith("state_known"):
                for word in re.findall(r"'(\w+)'", str(one.sqltext)):
                    yield table.name, word


def words(app: Flask, code: str) -> str:
    with app.test_request_context():
        return re.sub(r"<[^>]+>", "", get_template_attribute("macros.html", "state")(code)).strip()


@pytest.mark.parametrize(("table", "code"), list(states()))
def test_a_state_has_a_word(app: Flask, table: str, code: str) -> None:
    if table == "referral":
        assert code in referrals.STATE_NAMES
    elif table not in OTHERWISE or (table == "card" and code != "blank"):
        assert words(app, code) != code


@pytest.mark.parametrize(
    ("code", "given"),
    [
        ("settled", {}),
        ("partly", {"refunded": 1}),
        ("returned", {"refunded": 900}),
        ("voided", {"refunded": 1, "voided_at": datetime(2026, 1, 1, tzinfo=UTC)}),
    ],
)
def test_so_has_what_became_of_a_purchase(app: Flask, code: str, given: dict[str, Any]) -> None:
    one = Purchase(**{"basket_total": 1000, "discount": 100, "refunded": 0} | given)

    assert one.state == code
    assert words(app, code) != code
