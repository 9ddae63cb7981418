"""What if? A coupon that nobody holds, to try an offer out with."""

from uuid import UUID

from sqlalchemy.orm import Session

from coupons.codes import Held
from coupons.models import Campaign, Offer, OfferVersion

NOBODYS = UUID(int=0)


def coupon(session: Session, offer: Offer, version: OfferVersion) -> Held:
    """Return a coupon of an offer as if its campaign ran, whether or not it was started."""
    campaign = session.get_one(Campaign, offer.campaign_id)
    return Held(
        id=NOBODYS,
        code="",
        label="?",
        state="active",
        offer_id=offer.id,
        version_id=version.id,
        channel_id=None,
        customer_id=None,
        use_limit=None,
        per_customer=None,
        used=0,
        voided=0,
        campaign_id=campaign.id,
        campaign_state="running",
        campaign_starts_at=campaign.starts_at,
        campaign_ends_at=campaign.ends_at,
        campaign_limits=campaign.limits,
    )
