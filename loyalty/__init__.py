"""Loyalty: what a customer holds (cards, points) and the checkout."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Plug loyalty into the application."""
    from core import auth, jobs, outbox
    from coupons import issuing, naming
    from coupons.offline import marking
    from loyalty import (
        api,
        cli,
        demo,
        pages,
        portal,
        reminders,
        stamps,
        stock,
        tiers,
        till,
        trying,
        welcome,
    )
    from loyalty.offline import holders
    from loyalty.permissions import PERMISSIONS

    auth.PERMISSIONS |= PERMISSIONS
    issuing.ELSEWHERE.add(stock.is_card)
    marking.CARDS.add(holders.numbers)
    naming.KNOWN |= {"tier": tiers.known, "stamp_card": stamps.known}
    jobs.HANDLERS["offers.dry_run"] = trying.step
    outbox.HANDLERS["customer.enrolled"] = [welcome.deliver]
    outbox.HANDLERS[reminders.TOPIC] = [reminders.deliver]
    api.init_app(app)
    pages.init_app(app)
    till.init_app(app)
    portal.init_app(app)
    cli.init_app(app)
    demo.init_app(app)
