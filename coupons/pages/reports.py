"""What a campaign brought."""

from uuid import UUID

from flask import render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from core import clock, web
from coupons import campaigns
from coupons.measurement import report
from coupons.pages.frame import CHANNEL_NAMES, pages

BEST = 20
"""So many offers are shown at first, those with the most answers."""


@pages.get('/campaigns/<public("ca"):id>/report')
@web.requires("reports:read")
@web.reading
def campaign_report(session: Session, id: UUID) -> ResponseReturnValue:
    """Show the report of a campaign, counted at this moment."""
    campaign = campaigns.find(session, id)
    found = report.of_campaign(session, campaign)
    everything = "all" in request.args
    offers = sorted(found.offers, key=lambda one: one[2].responses, reverse=True)
    rates = [figures.response_rate or 0 for _, figures in found.channels]
    return render_template(
        "admin/campaigns/report.html",
        campaign=campaign,
        report=found,
        offers=offers if everything else offers[:BEST],
        more=0 if everything else len(offers[BEST:]),
        kinds=CHANNEL_NAMES,
        highest=max(rates, default=0),
        at=clock.now(),
    )
