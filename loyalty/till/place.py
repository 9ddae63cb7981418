"""Where the pages of the till hang, and where a till stands."""

from flask import Blueprint

from core import shops, web
from core.models import Shop, Till

blueprint = Blueprint("till", __name__, url_prefix="/till")


def place(till: Till) -> dict[str, str]:
    """Return the names of a till and of its shop, as its pages show them."""
    shop: Shop = web.database().look(lambda db: shops.find(db, till.shop_id))
    return {"till": till.label, "shop": shop.name}
