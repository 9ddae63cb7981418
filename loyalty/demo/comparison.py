"""What the product says about the replayed days, beside what the raw files say."""

from collections.abc import Iterator, Sequence
from dataclasses import astuple, fields

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from coupons.measurement import report
from coupons.models import Campaign, Purchase, PurchaseLine
from loyalty.demo.year import CampaignFigures, Volume

NAMES = [field.name for field in fields(CampaignFigures)][1:]


def reported(session: Session) -> list[CampaignFigures]:
    """Return what the product's own report says of each campaign, by number."""
    found = [_of(session, campaign) for campaign in session.scalars(select(Campaign))]
    return sorted(found, key=lambda figures: figures.campaign_id)


def _of(session: Session, campaign: Campaign) -> CampaignFigures:
    totals = report.of_campaign(session, campaign).totals
    figures = (getattr(totals, name) for name in NAMES)
    return CampaignFigures(int(campaign.external_ref or 0), *figures)


def booked(session: Session) -> Volume:
    """Return what was settled in all, before discounts."""
    purchases, cents = session.execute(
        select(func.count(), func.sum(Purchase.basket_total)).select_from(Purchase)
    ).one()
    lines = session.scalar(select(func.count()).select_from(PurchaseLine))
    return Volume(purchases, lines or 0, int(cents or 0))


def side_by_side(ours: Sequence[CampaignFigures], raw: Sequence[CampaignFigures]) -> Iterator[str]:
    """Yield a table: two lines for each campaign, ours above that of the raw files."""
    yield _row("campaign", "", NAMES)
    of_raw = {figures.campaign_id: figures for figures in raw}
    for figures in ours:
        yield _row(figures.campaign_id, "report", astuple(figures)[1:])
        if other := of_raw.get(figures.campaign_id):
            yield _row("", "files", astuple(other)[1:])


def _row(campaign: object, whose: str, cells: Sequence[object]) -> str:
    return f"{campaign!s:>8} {whose:6}" + "".join(f"{cell!s:>12}" for cell in cells)


def differences(ours: Sequence[CampaignFigures], raw: Sequence[CampaignFigures]) -> Iterator[str]:
    """Yield a line for every figure in which the report and the raw files are not the same."""
    said = {figures.campaign_id: figures for figures in ours}
    found = {figures.campaign_id: figures for figures in raw}
    for number in sorted(said.keys() ^ found.keys()):
        yield f"campaign {number}: only in the {'report' if number in said else 'files'}"
    for number in sorted(said.keys() & found.keys()):
        for name in NAMES:
            ours_, theirs = getattr(said[number], name), getattr(found[number], name)
            if ours_ != theirs:
                yield f"campaign {number}: {name}: the report says {ours_}, the files {theirs}"
    if len(said) < len(ours):
        yield "campaigns: the report names one twice"


def shortfalls(ours: Volume, raw: Volume) -> Iterator[str]:
    """Yield a line for every total of the purchases that is not that of the raw files."""
    for name in (field.name for field in fields(Volume)):
        if getattr(ours, name) != getattr(raw, name):
            yield f"{name}: {getattr(ours, name)} settled, {getattr(raw, name)} in the files"
