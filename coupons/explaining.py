"""Why did a coupon take part, or not? A kept trace in words, in the language of the request."""

from typing import Any

from sqlalchemy import Connection

from core import i18n
from core.i18n import gettext, named, show_money, show_number
from coupons import terms, tracing, wording
from coupons.conditions import Condition, Group
from coupons.terms import Terms
from coupons.tracing import Trace


def coupons(connection: Connection, traces: list[Trace]) -> list[dict[str, Any]]:
    """Return for each coupon whether it took part, in which order, and why or why not."""
    found = []
    order = 0
    for trace in traces:
        offer = terms.of(connection, tracing.version_of(trace))
        if trace["taken"]:
            order += 1
        found.append(
            {
                "coupon": trace["coupon"],
                "offer": trace["offer"],
                "name": named(offer.name),
                "version": trace["version"],
                "taken": trace["taken"],
                "order": order if trace["taken"] else None,
                "code": None if trace["taken"] else trace["refusal"]["code"],
                "text": _outcome(trace, offer),
                "conditions": _checks(trace["checks"], offer.conditions),
                "limits": [_limit(one) for one in trace["limits"]],
                "facts": _facts(trace),
            }
        )
    return found


def _outcome(trace: Trace, offer: Terms) -> str:
    if trace["refusal"]:
        return i18n.tell(tracing.refusal_of(trace["refusal"]))
    gives = trace["gives"]
    benefit = wording.benefit(offer.benefit_terms)
    if gives["discount"]:
        money = show_money(gives["discount"])
        return gettext("%(benefit)s: %(money)s off", benefit=benefit, money=money)
    return benefit


def _facts(trace: Trace) -> dict[str, Any]:
    """Return the plain facts beside the words."""
    if trace["refusal"]:
        return dict(trace["refusal"]["facts"])
    return dict(trace["gives"]) | {
        name: trace[name] for name in ("priority", "group", "mode") if trace[name] is not None
    }


def _checks(check: Trace | None, of: Group | Condition) -> list[dict[str, Any]]:
    """Return the conditions with whether each held, groups opened up in place."""
    if check is None:
        return []
    if isinstance(of, Group):
        found = [
            line
            for inner, item in zip(check.get("of", []), of.items, strict=False)
            for line in _checks(inner, item)
        ]
        return found if of.of == "all" else [_group(check, of, found)]
    said = wording.condition(of) or _name(of)
    line: dict[str, Any] = {"kind": check["kind"], "held": check["held"], "text": said}
    if refusal := check.get("refusal"):
        line |= {"code": refusal["code"], "because": i18n.tell(tracing.refusal_of(refusal))}
    return [line]


def _name(of: Condition) -> str:
    """Return in words what a customer is not told."""
    return {
        "audience": gettext("Somebody the offer was made for"),
        "channels": gettext("By a channel of the offer"),
    }.get(of.kind, of.kind)


def _group(check: Trace, of: Group, found: list[dict[str, Any]]) -> dict[str, Any]:
    said = gettext("One of these") if of.of == "any" else gettext("None of these")
    return {"kind": of.of, "held": check["held"], "text": said, "of": found}


def _limit(limit: Trace) -> dict[str, Any]:
    counted = show_money if limit["measure"] == "discount" else show_number
    said = gettext(
        "%(whose)s: %(taken)s of %(cap)s taken before",
        whose=_whose(limit),
        taken=counted(limit["taken"]),
        cap=counted(limit["cap"]),
    )
    return {"held": limit["taken"] < limit["cap"], "text": said, **limit}


def _whose(limit: Trace) -> str:
    names = {
        "code": gettext("This code"),
        "offer": gettext("This offer"),
        "campaign": gettext("This campaign"),
    }
    whose = names[limit["of"]]
    if limit["each_customer"]:
        whose = gettext("%(whose)s, by this customer", whose=whose)
    if limit["period"]:
        whose = gettext("%(whose)s, counted in %(period)s", whose=whose, period=limit["period"])
    return whose
