"""/api/v1 of coupons."""

from flask import Flask


def init_app(_app: Flask) -> None:
    """Plug the API of coupons in."""
    from core import rest
    from coupons.api import campaigns, coupons, holds, offers, responses

    for module in (campaigns, offers, coupons, holds, responses):
        rest.api.register_blueprint(module.blueprint)
