"""Customers, points and purchases on the desk."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Plug the pages in."""
    from loyalty.pages import (  # noqa: F401  # importing them hangs their views on the blueprint
        adjustments,
        cards,
        claims,
        conflicts,
        customer_page,
        customers,
        dry_runs,
        frame,
        friends,
        merging,
        notes,
        persons,
        points,
        programme,
        purchases,
        referrals,
        rewards,
        scheme,
        sections,
        staff_cards,
        stamp_cards,
        standing,
        stock,
        tiers,
        trying,
        undoing,
    )

    sections.init_app(app)
    app.register_blueprint(frame.pages)
