"""Customers, points and purchases on the desk."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Plug the pages in."""
    from loyalty.pages import (  # noqa: F401  # importing them hangs their views on the blueprint
        cards,
        customer_page,
        customers,
        frame,
        persons,
        points,
        programme,
        purchases,
        sections,
        staff_cards,
    )

    sections.init_app(app)
    app.register_blueprint(frame.pages)
