"""The customer's own face: their card, how to get one, and what a printed code opens."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Plug the customer's pages in."""
    from loyalty.portal import (  # noqa: F401  # importing them hangs their views on the blueprint
        card,
        friends,
        giving,
        join,
        person,
        printed,
        rewards,
        visitor,
    )

    app.register_blueprint(visitor.blueprint)
