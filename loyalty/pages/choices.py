"""What forms of other packages may choose from: the tiers and the stamp cards."""

from typing import Any

from sqlalchemy.orm import Session

from core import ids
from core.i18n import gettext, named
from core.pages.desk import Desk
from loyalty.stamps import definitions
from loyalty.tiers import rungs

Pairs = list[tuple[str, Any]]


def tiers(session: Session) -> Pairs:
    """Return the tiers, the lowest first, by their keys."""
    return [(tier.key, _shown(tier)) for tier in rungs.listed(session)]


def stamp_cards(session: Session) -> Pairs:
    """Return the stamp cards."""
    return [(ids.public("sc", card.id), _shown(card)) for card in definitions.listed(session)]


def _shown(one: Any) -> str:
    """Return what a tier or stamp card is called, and whether it has ended."""
    name = named(one.name)
    return gettext("%(name)s (ended)", name=name) if one.state == "ended" else name


def offer_them(here: Desk) -> None:
    """Put them on the desk."""
    here.choices |= {"tiers": tiers, "stamp_cards": stamp_cards}
