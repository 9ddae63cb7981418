"""/api/v1 of loyalty."""

from flask import Flask


def init_app(_app: Flask) -> None:
    """Plug the API of loyalty in."""
    from core import rest
    from loyalty.api import cards, checkout, customers, hands, programme, refunds, rewards, trying

    for module in (customers, cards, checkout, refunds, rewards, hands, programme, trying):
        rest.api.register_blueprint(module.blueprint)
