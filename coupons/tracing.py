"""How a decision came about, as plain data that is kept with the purchase.

Only codes and facts are kept, no sentences: ``explaining`` words them, in any language and at any
time, from the version of the offer that was decided on, which never changes.
"""

from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from core import ids
from core.errors import Refusal, every_refusal
from coupons.conditions import Check
from coupons.quotas import ALL, Limit
from coupons.quoting import Decision
from coupons.stacking import Candidate, Refused, Taken

Trace = dict[str, Any]


def of_decision(decision: Decision) -> list[Trace]:
    """Return how each coupon fared: those taken in the order they were applied, then the others."""
    taken = [
        _about(one.candidate, decision) | {"taken": True, "refusal": None, "gives": _gives(one)}
        for one in decision.taken
    ]
    return taken + [of_refused(one, decision) for one in decision.refused]


def of_refused(one: Refused, decision: Decision) -> Trace:
    """Return why a coupon did not take part."""
    about = _about(one.candidate, decision)
    return about | {"taken": False, "refusal": of_refusal(one.refusal), "gives": None}


def of_refusal(refusal: Refusal) -> Trace:
    """Return a refusal as plain data."""
    facts = {name: _plain(value) for name, value in refusal.facts.items()}
    return {"code": refusal.code, "facts": facts}


def refusal_of(trace: Trace) -> Refusal:
    """Return the refusal that was kept."""
    return _by_code()[trace["code"]](
        **{name: _revived(value) for name, value in trace["facts"].items()}
    )


@cache
def _by_code() -> dict[str, type[Refusal]]:
    return {kind.code: kind for kind in every_refusal()}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return {"at": value.isoformat()}
    return value if isinstance(value, int | str | bool | None) else str(value)


def _revived(value: Any) -> Any:
    return datetime.fromisoformat(value["at"]) if isinstance(value, dict) else value


def _about(one: Candidate, decision: Decision) -> Trace:
    together = one.terms.together
    return {
        "coupon": one.coupon.masked,
        "offer": ids.public("of", one.terms.offer_id),
        "version": one.terms.number,
        "version_id": one.coupon.version_id.hex,
        "priority": together.priority,
        "group": together.group,
        "mode": together.mode,
        "checks": _check(one.checked) if one.checked else None,
        "limits": [_limit(limit, decision.live.get(limit.name, 0)) for limit in one.limits],
    }


def _check(found: Check) -> Trace:
    trace: Trace = {"kind": found.kind, "held": found.held}
    if found.children:
        return trace | {"of": [_check(one) for one in found.children]}
    return trace | {"refusal": of_refusal(found.refusal)} if found.refusal else trace


def _limit(limit: Limit, live: int) -> Trace:
    return {
        "of": limit.of,
        "each_customer": limit.customer_id != ALL,
        "period": limit.period,
        "measure": limit.measure,
        "cap": limit.cap,
        "taken": live,
    }


def _gives(one: Taken) -> Trace:
    given = one.given
    found: Trace = {
        "discount": given.discount,
        "lines": [{"line": i, "discount": part} for i, part in sorted(given.lines.items())],
    }
    if given.points:
        found["points"] = given.points
    if one.step is not None:
        found["step"] = one.step
    if given.factors:
        found["factors"] = [factor.hundredths for factor in given.factors]
    if given.stamps:
        found["stamps"] = sum(stamps.stamps for stamps in given.stamps)
    return found


def version_of(trace: Trace) -> UUID:
    """Return the version of the offer that a coupon was decided on."""
    return UUID(hex=trace["version_id"])
