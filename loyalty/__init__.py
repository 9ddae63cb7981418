"""Loyalty: what a customer holds (cards, points) and the checkout."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Plug loyalty into the application."""
    from core import auth, outbox
    from loyalty import api, cli, demo, pages, portal, till, welcome
    from loyalty.permissions import PERMISSIONS

    auth.PERMISSIONS |= PERMISSIONS
    outbox.HANDLERS["customer.enrolled"] = [welcome.deliver]
    api.init_app(app)
    pages.init_app(app)
    till.init_app(app)
    portal.init_app(app)
    cli.init_app(app)
    demo.init_app(app)
