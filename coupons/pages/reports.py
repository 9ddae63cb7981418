"""What a campaign brought."""

from uuid import UUID

from flask import render_template
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from core import clock, web
from coupons import campaigns
from coupons.measurement import report
from coupons.pages.frame import CHANNEL_NAMES, pages


@pages.get('/campaigns/<public("ca"):id>/report')
@web.requires("reports:read")
@web.reading
def campaign_report(session: Session, id: UUID) -> ResponseReturnValue:
    """Show the report of a campaign, counted at this moment."""
    campaign = campaigns.find(session, id)
    found = report.of_campaign(session, campaign)
    rates = [figures.response_rate or 0 for _, figures in found.channels]
    return render_template(
        "admin/campaigns/report.html",
        campaign=campaign,
        report=found,
        kinds=CHANNEL_NAMES,
        highest=max(rates, default=0),
        at=clock.now(),
    )
