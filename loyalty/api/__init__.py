"""/api/v1 of loyalty."""

from flask import Flask


def init_app(_app: Flask) -> None:
    """Plug the API of loyalty in."""
    from core import rest
    from loyalty.api import (
        cards,
        checkout,
        customers,
        hands,
        programme,
        referrals,
        refunds,
        rewards,
        stamps,
        tiers,
        trying,
    )

    for module in (
        customers,
        cards,
        checkout,
        refunds,
        rewards,
        hands,
        programme,
        trying,
        tiers,
        stamps,
        referrals,
    ):
        rest.api.register_blueprint(module.blueprint)
