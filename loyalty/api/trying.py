"""Try offers out: on a basket at any moment, or over what was really bought."""

from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from core import clock, i18n, ids, problems, rest, web
from core.models import Job
from coupons import explaining as coupons_explaining
from coupons import offers, tracing, wording
from coupons.api.coupons import guarded
from coupons.models import DryRun
from coupons.quoting import Decision
from loyalty import cards, trying
from loyalty.errors import CardNotFound
from loyalty.schemas.trying import DryRunRequest, DryRunSchema, PreviewRequest, PreviewSchema

blueprint = rest.blueprint("trying", "Try offers out before they cost anything")


@blueprint.post('/offers/<public("of"):id>/preview')
@web.requires("offers:read")
@blueprint.arguments(PreviewRequest)
@blueprint.response(200, PreviewSchema)
@guarded(CardNotFound)
def preview(sent: dict[str, Any], id: UUID) -> dict[str, Any]:
    """Say what a basket would get from an offer at any moment. Nothing is written."""

    def look(session: Session) -> dict[str, Any]:
        offer = offers.find(session, id)
        card = cards.find(session.connection(), sent["card"]) if sent["card"] else None
        decision = trying.preview(
            session,
            offer,
            basket=sent["basket"],
            customer_id=card.customer_id if card else None,
            shop_id=web.shop_of(sent["shop"]),
            at=sent["at"] or clock.now(),
        )
        return shown(session, decision)

    return web.database().look(look)


def shown(session: Session, decision: Decision) -> dict[str, Any]:
    """Return what an offer would give, or why it would not, and how that came about."""
    traces = tracing.of_decision(decision)
    why = coupons_explaining.coupons(session.connection(), traces)
    refusal = decision.refused[0].refusal if decision.refused else None
    given = decision.taken[0].given if decision.taken else None
    lines = sorted(given.lines.items()) if given else []
    return {
        "applies": bool(decision.taken),
        "benefit": wording.benefit(decision.taken[0].terms.benefit_terms) if given else None,
        "discount": decision.discount,
        "points": decision.points,
        "lines": [{"line": i, "discount": part} for i, part in lines],
        "refusal": refusal
        and {
            "code": refusal.code,
            "detail": i18n.tell(refusal),
            "facts": problems.facts(refusal),
        },
        "why": why[0],
    }


@blueprint.post('/offers/<public("of"):id>/dry-runs')
@web.requires("offers:write")
@blueprint.arguments(DryRunRequest)
@blueprint.response(202, DryRunSchema)
@web.repeatable
def begin(session: Session, sent: dict[str, Any], id: UUID) -> tuple[int, Any]:
    """Begin a dry run: what the offer would have cost over past purchases."""
    offer = offers.find(session, id)
    made = trying.begin(
        session,
        offer,
        since=sent["since"],
        until=sent["until"],
        actor=web.actor(),
        at=clock.now(),
    )
    return 202, run_shown(session, made)


@blueprint.get('/dry-runs/<public("dr"):id>')
@web.requires("offers:read")
@blueprint.response(200, DryRunSchema)
@web.reading
def show(session: Session, id: UUID) -> dict[str, Any]:
    """Show how far a dry run is, and what the offer would have cost so far."""
    return run_shown(session, trying.find(session, id))


def run_shown(session: Session, run: DryRun) -> dict[str, Any]:
    """Return a dry run with the state of its job."""
    job = session.get_one(Job, run.job_id)
    return {
        "id": ids.public("dr", run.id),
        "offer": ids.public("of", run.offer_id),
        "job": ids.public("jo", run.job_id),
        "state": job.state,
        "since": run.since.isoformat(),
        "until": run.until.isoformat(),
        "of": job.total,
        "purchases": run.purchases,
        "hits": run.hits,
        "discount": run.discount,
        "points": run.points,
        "revenue": run.revenue,
        "refused": run.refused,
    }
