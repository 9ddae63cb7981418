"""What hangs on a code for the time without a line: the same in Python and in JavaScript."""

import json
from datetime import datetime
from random import Random  # noqa: TID251  # seeded: the same changes every time
from typing import Any

import pytest

from core.errors import Refusal
from coupons.offline import tokens
from tests.shared.make_tokens import CODE, FILE, NOW, signed, vectors

SHARED = json.loads(FILE.read_text())
KEYS = {key["number"]: key["public"] for key in SHARED["keys"]}
MUTATED = 100_000
SIGNS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
CODE_SIGNS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def read(scanned: str, *, card: str | None = None, now: str = NOW.isoformat()) -> dict[str, Any]:
    try:
        found = tokens.read(scanned, KEYS, card=card, at=datetime.fromisoformat(now))
    except Refusal as refusal:
        return {"refused": refusal.code}
    return {
        "version": found.version,
        "single_use": found.single_use,
        "bound": found.holder is not None,
        "expires": int(found.expires.timestamp()) if found.expires else None,
    }


def test_the_file_is_what_is_made_of_it() -> None:
    assert vectors() == SHARED


@pytest.mark.parametrize("case", SHARED["cases"], ids=lambda case: case["name"])
def test_a_code_with_what_hangs_on_it(case: dict[str, Any]) -> None:
    expected = {name: it for name, it in case["expect"].items() if name != "code"}

    assert read(case["scanned"], card=case["card"], now=case["now"]) == expected


def mutated(random: Random, code: str, token: str) -> str:
    """Return a code and its token with one sign of them changed for another that could stand."""
    at = random.randrange(-len(code), len(token))
    if at < 0:
        at += len(code)
        return f"{code[:at]}{other(random, CODE_SIGNS, code[at])}{code[at + 1 :]}.{token}"
    return f"{code}.{token[:at]}{other(random, SIGNS, token[at])}{token[at + 1 :]}"


def other(random: Random, signs: str, sign: str) -> str:
    return random.choice(signs.replace(sign, ""))


def test_not_one_of_a_hundred_thousand_changed_tokens_is_taken() -> None:
    random, token = Random(4), signed()  # noqa: S311

    found = [read(mutated(random, CODE, token)) for _ in range(MUTATED)]
    control = read(f"{CODE}.{token}")

    assert [one for one in found if "refused" not in one] == []
    by_signature = sum(one["refused"] == "code_not_found" for one in found)
    assert by_signature > 0.95 * MUTATED
    assert "refused" not in control
