"""/api/v1 of loyalty."""

from flask import Flask


def init_app(_app: Flask) -> None:
    """Plug the API of loyalty in."""
    from core import rest
    from loyalty.api import (
        bundle,
        cards,
        checkout,
        customers,
        displays,
        finding,
        hands,
        history,
        offline,
        programme,
        purchases,
        referrals,
        refunds,
        rewards,
        stamps,
        tiers,
        trying,
    )

    for module in (
        customers,
        finding,
        cards,
        checkout,
        offline,
        bundle,
        refunds,
        history,
        purchases,
        displays,
        rewards,
        hands,
        programme,
        trying,
        tiers,
        stamps,
        referrals,
    ):
        rest.api.register_blueprint(module.blueprint)
