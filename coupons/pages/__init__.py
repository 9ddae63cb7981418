"""Campaigns, offers, coupons and their answers on the desk."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Plug the pages in."""
