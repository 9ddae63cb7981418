"""/api/v1 of loyalty."""

from flask import Flask


def init_app(_app: Flask) -> None:
    """Plug the API of loyalty in."""
    from core import web
    from loyalty.api import cards, checkout, customers, programme

    for module in (customers, cards, checkout, programme):
        web.api.register_blueprint(module.blueprint)
