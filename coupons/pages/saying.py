"""What an offer says, in words for those who made it: with the names of all that it names."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from core import i18n, ids
from core import listing as house
from core.errors import NotFound
from core.i18n import gettext, ngettext
from core.pages import desk
from coupons import conditions, listing, wording
from coupons.conditions import OF
from coupons.models import OfferVersion
from coupons.pages.offer_forms import OfferForm
from coupons.pages.offer_forms.conditions import Kept, place
from coupons.pages.offer_forms.customers import InAudience

Terms = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Said:
    """A condition in words, the names it is about, and those in it if it is a group."""

    text: str
    names: str = ""
    of: list["Said"] = field(default_factory=list)

    def __str__(self) -> str:
        inside = "; ".join(str(one) for one in self.of)
        return ": ".join(part for part in (self.text, self.names, inside) if part)


class Speaker:
    """Says conditions in words; what they name is looked up once."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def tree(self, terms: Terms) -> list[Said]:
        """Return conditions in words, those that must all be true before the others."""
        plain = [self.say(one) for one in terms.get("all", ())]
        return plain + [
            Said(_heading(of), "", [self.say(one) for one in terms[of]])
            for of in OF[1:]
            if terms.get(of)
        ]

    def say(self, terms: Terms) -> Said:
        """Return a condition or a group of them in words."""
        if "kind" not in terms:
            of = self.tree(terms)
            return of[0] if len(of) == 1 else Said(_heading("all"), "", of)
        kind = terms["kind"]
        said = _untold(kind) or wording.condition(conditions.KINDS[kind](dict(terms)))
        more = self._more.get(kind)
        return Said(said or kind, more(terms) if more else "")

    @cached_property
    def _more(self) -> dict[str, Callable[[Terms], str]]:
        return {
            "products": _on,
            "categories": _on,
            "tags": _on,
            "minimum_quantity": lambda terms: _on(terms.get("on") or {}),
            "shops": lambda terms: self._named(house.shop_names(self._session), terms["shops"]),
            "channels": self._channels,
            "tier": self._tiers,
            "audience": self._audience,
            "birthday": _birthday,
            "customer_tags": lambda terms: ", ".join(terms["tags"]),
            "attribute": _attribute,
        }

    def _named(self, known: Mapping[UUID, str], wanted: Iterable[str]) -> str:
        return ", ".join(known.get(UUID(hex=id), "?") for id in wanted)

    def _channels(self, terms: Terms) -> str:
        wanted = terms["channels"]
        found = listing.channel_names(self._session, (UUID(hex=id) for id in wanted))
        return self._named(found, wanted)

    def _tiers(self, terms: Terms) -> str:
        source = desk.here().choices.get("tiers")
        known = dict(source(self._session)) if source else {}
        return ", ".join(str(known.get(key, key)) for key in terms["tiers"])

    def _audience(self, terms: Terms) -> str:
        size = listing.audience_size(self._session, UUID(hex=terms["audience"]))
        return ngettext(
            "%(shown)s customer", "%(shown)s customers", size, shown=i18n.show_number(size)
        )


def _heading(of: str) -> str:
    return {
        "all": gettext("All of these"),
        "any": gettext("At least one of these"),
        "none": gettext("None of these"),
    }[of]


def _untold(kind: str) -> str | None:
    """Return what customers are not told so, but those who made the offer are."""
    return {
        "channels": gettext("Through these channels"),
        "audience": gettext("Chosen customers"),
        "customer_tags": gettext("Customers with one of these tags"),
        "attribute": gettext("Known of the customer"),
    }.get(kind)


def _on(terms: Terms) -> str:
    """Return the products that something is about."""
    return ", ".join(
        one for name in ("skus", "categories", "tags") for one in terms.get(name) or ()
    )


def _birthday(terms: Terms) -> str:
    if not terms.get("before") and not terms.get("after"):
        return ""
    return gettext(
        "from %(before)s days before to %(after)s days after",
        before=i18n.show_number(terms.get("before") or 0),
        after=i18n.show_number(terms.get("after") or 0),
    )


def _attribute(terms: Terms) -> str:
    if "at_least" in terms or "at_most" in terms:
        ends = (terms.get("at_least"), terms.get("at_most"))
        shown = ["…" if end is None else i18n.show_number(end) for end in ends]
        return f"{terms['name']}: {shown[0]} – {shown[1]}"
    values = [terms["equals"]] if "equals" in terms else terms["one_of"]
    return f"{terms['name']}: {', '.join(_value(value) for value in values)}"


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    return i18n.show_number(value) if isinstance(value, int) else str(value)


def products(benefit: Terms) -> list[str]:
    """Return the products a benefit, or a part or step of it, is about."""
    inner = [step["benefit"] for step in benefit.get("steps", ())]
    inner += [benefit[name] for name in ("buy", "get", "after") if benefit.get(name)]
    found = [_on(benefit.get("on") or {}), *(_on(one.get("on") or {}) for one in inner)]
    found += [_on(part.get("on") or {}) for part in benefit.get("parts", ())]
    return list(dict.fromkeys(one for one in found if one))


def asked_for(version: OfferVersion, *per_customer: int | None) -> list[str]:
    """Return what a version asks for, as customers are told; coupons may be limited as well."""
    needed = conditions.read(version.conditions)
    return wording.conditions(version.benefit, needed, version.per_customer, *per_customer)


def say_kept(session: Session, form: OfferForm, before: OfferVersion | None) -> None:
    """Put into words what a form keeps from the version before, and cannot show in its fields."""
    speaker = Speaker(session)
    for part in form.parts():
        if isinstance(part, InAudience) and part.audience.data:
            part.said = _chosen(session, part.audience.data)
        elif isinstance(part, Kept) and before:
            where = part.place.data or ""
            item = place(before.conditions, where)
            if where == "benefit":
                part.said = wording.benefit(before.benefit)
            elif item:
                part.said = str(speaker.say(item))


def _chosen(session: Session, audience: str) -> str:
    with suppress(NotFound):
        size = listing.audience_size(session, ids.parse("au", audience))
        return ngettext(
            "It is for %(shown)s chosen customer now. Name others to replace them.",
            "It is for %(shown)s chosen customers now. Name others to replace them.",
            size,
            shown=i18n.show_number(size),
        )
    return ""
