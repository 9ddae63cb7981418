"""What the forms of offers let one choose from."""

from typing import Any

from sqlalchemy.orm import Session
from wtforms.form import BaseForm

from core import i18n, ids
from core.pages import choosing
from coupons import campaigns, listing
from coupons.models import Campaign

Pairs = list[tuple[str, Any]]


def fill(session: Session, form: BaseForm, campaign: Campaign) -> None:
    """Fill in what can be chosen on a form about an offer of a campaign."""

    def channels(session: Session) -> Pairs:
        found = campaigns.channels(session, campaign)
        return [(ids.public("ch", channel.id), channel.name) for channel in found]

    choosing.fill(session, form, {"channels": channels})


def offers(session: Session) -> Pairs:
    """Return the newest offers of all campaigns, each with what it is called."""
    found = listing.newest_offers(session)
    return [(ids.public("of", id), f"{i18n.named(name)} – {of}") for id, name, of in found]
