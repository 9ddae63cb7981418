"""Coupons: campaigns, the offers they make, the codes they hand out, and what came back."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Plug coupons into the application."""
    from core import auth, jobs
    from coupons import api, holds, issuing, pages
    from coupons.permissions import PERMISSIONS

    auth.PERMISSIONS |= PERMISSIONS
    jobs.HANDLERS["coupons.issue"] = issuing.step
    jobs.QUICK_CHORES[:] = [holds.sweep]
    api.init_app(app)
    pages.init_app(app)
