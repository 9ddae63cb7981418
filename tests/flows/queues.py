"""A till that sells without a line, and tells of it over the API when the line is back."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from core import clock, ids
from core.db import Database
from core.models import Lease
from tests.api import Api

Item = dict[str, Any]


def make_lease(database: Database, till: str, *, hours: int = 24) -> str:
    """Return the lease of a till that began an hour ago."""
    began = clock.now() - timedelta(hours=1)
    lease = Lease(
        till_id=ids.parse("ti", till), issued_at=began, expires_at=began + timedelta(hours=hours)
    )
    database.transact(lambda s: (s.add(lease), s.flush()))
    return ids.public("le", UUID(str(lease.id)))


def item(
    lease: str | None, *gave: tuple[str, int], total: int = 1000, at: datetime | None = None,
    **given: Any,
) -> Item:  # fmt: skip
    """Return a sale as it stands in a queue: each code with what was taken off for it."""
    off = sum(amount for _, amount in gave)
    usual = {
        "key": uuid4().hex,
        "occurred_at": (at or clock.now() - timedelta(minutes=20)).isoformat(),
        "lease": lease,
        "coupons": [code for code, _ in gave],
        "basket": {"currency": "EUR", "total": total},
        "accepted": {
            "discount": off,
            "to_pay": total - off,
            "coupons": [{"code": code, "discount": amount} for code, amount in gave],
        },
    }
    return usual | given


def upload(api: Api, till: str, *items: Item) -> list[dict[str, Any]]:
    """Send some of a queue; return what became of each sale."""
    answer = api.call("POST", "/purchases/offline", {"till": till, "items": list(items)})
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.get_json(force=True)["items"]
    return found
