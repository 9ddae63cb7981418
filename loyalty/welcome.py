"""The welcome: whoever gave a mail address gets the link to their card."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from core import customers, i18n, mail, people, shops, web
from core.config import Config
from core.db import Database
from core.mail import Letter
from loyalty import links


@dataclass(frozen=True, slots=True)
class _Recipient:
    email: str = field(repr=False)
    link: str = field(repr=False)
    language: str
    merchant: str


def deliver(database: Database, payload: dict[str, Any]) -> None:
    """Mail a new customer the link to their card; without a mail server there is nothing to do.

    The outbox tries again whatever is raised here, and keeps no more of it than its kind.
    """
    config = web.config()
    if not mail.is_configured(config):
        return
    id = UUID(hex=payload["customer"])
    if found := database.look(lambda session: _recipient(session, config, id)):
        mail.send(config, _letter(found))


def _recipient(session: Session, config: Config, id: UUID) -> _Recipient | None:
    """Return whom to write to, or None if they gave no address or were forgotten since."""
    customer = customers.find(session, id)
    person = people.find(session, customer)
    if person is None or person.email is None or customer.state != "active":
        return None
    merchant = shops.merchant(session)
    link = links.address(customer, config)
    return _Recipient(person.email, link, customer.locale or merchant.locale, merchant.name)


def _letter(to: _Recipient) -> Letter:
    said = {"merchant": to.merchant, "link": to.link}
    with i18n.speaking(to.language):
        return Letter(
            to.email,
            i18n.gettext("Your card at %(merchant)s", merchant=to.merchant),
            i18n.rendered("mail/welcome.txt", **said),
            i18n.rendered("mail/welcome.html", **said),
        )
