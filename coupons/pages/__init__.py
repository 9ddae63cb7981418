"""Campaigns, offers, coupons and their answers on the desk."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Plug the pages in."""
    from coupons.pages import (  # noqa: F401  # importing them hangs their views on the blueprint
        campaigns,
        codes,
        contacts,
        frame,
        issues,
        offer_page,
        offers,
        printing,
        reports,
        responses,
        sections,
    )

    sections.init_app(app)
    app.register_blueprint(frame.pages)
