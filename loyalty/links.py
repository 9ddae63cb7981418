"""The link to a customer's own page: signed, and dead as soon as the card is replaced."""

from collections.abc import Sequence
from uuid import UUID

from itsdangerous import BadData, URLSafeSerializer
from sqlalchemy.orm import Session

from core.config import Config
from core.models import Customer

_SALT = "customer-link"


def keys(config: Config) -> list[str]:
    """Return the keys that links are read with, the one they are made with coming last."""
    return [*config.secret_key_fallbacks, config.secret_key]


def make(keys: Sequence[str], customer: Customer) -> str:
    """Return the token that opens a customer's page until their card is replaced."""
    return str(_serializer(keys).dumps([customer.id.hex, customer.link_version]))


def address(customer: Customer, config: Config) -> str:
    """Return the web address of a customer's page, as it is sent to them."""
    return f"{config.base_url}/me/{make(keys(config), customer)}"


def find(session: Session, keys: Sequence[str], token: str) -> Customer | None:
    """Return the customer whose page a token opens, if it still does.

    Of one who was merged, it is the one they are now.
    """
    try:
        id, version = _serializer(keys).loads(token)
        customer = session.get(Customer, UUID(hex=id))
    except (BadData, ValueError, TypeError, AttributeError):
        return None
    if customer is None or customer.link_version != version:
        return None
    if customer.merged_into_id:
        customer = session.get_one(Customer, customer.merged_into_id)
    return customer if customer.state in ("active", "blocked") else None


def _serializer(keys: Sequence[str]) -> URLSafeSerializer:
    return URLSafeSerializer(list(keys), salt=_SALT)
