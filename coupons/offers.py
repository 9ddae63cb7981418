"""Offers: what is promised, to whom, under which conditions; changed only by a new version."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from core import audit, ids
from core.auth import Actor
from core.db import locked, table
from core.errors import N_, InvalidRequest, NotFound
from core.models import Customer
from coupons import benefits, conditions, naming
from coupons.campaigns import check_window
from coupons.conditions import OF
from coupons.models import Audience, AudienceMember, Campaign, Offer, OfferVersion
from coupons.offline import policy

TERMS = (
    "name", "benefit", "conditions", "overall", "per_customer", "limits", "together", "on_refund",
    "starts_at", "ends_at",
)  # fmt: skip
"""What a version of an offer says."""

TOGETHER = {"priority": 500, "group": None, "mode": "stackable", "base": "running"}
"""How an offer goes together with others where nothing is said."""


def add(
    session: Session,
    campaign: Campaign,
    *,
    name: dict[str, str],
    benefit: dict[str, Any],
    conditions: dict[str, Any] | None = None,
    overall: int | None = None,
    per_customer: int | None = None,
    limits: Sequence[dict[str, Any]] = (),
    together: dict[str, Any] | None = None,
    on_refund: str = "restore",
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
    actor: Actor,
    at: datetime,
) -> Offer:
    """Make an offer with its first version.

    Raises:
        InvalidRequest: the terms cannot be read or name what is not there, or the window has no
            inside.
    """
    naming.check(session, {"benefit": benefit, "conditions": conditions})
    offer = Offer(campaign_id=campaign.id, created_at=at)
    session.add(offer)
    session.flush()
    _write(
        session,
        offer,
        {
            "name": name,
            "benefit": benefit,
            "conditions": conditions or {},
            "overall": overall,
            "per_customer": per_customer,
            "limits": list(limits),
            "together": together or {},
            "on_refund": on_refund,
            "starts_at": starts_at,
            "ends_at": ends_at,
        },
        at=at,
    )
    subject = ids.public("of", offer.id)
    new = {"name": name, "benefit": benefit["kind"]}
    audit.record(session, actor, "offer.added", subject, new=new, at=at)
    return offer


def change(
    session: Session, offer: Offer, changes: dict[str, Any], *, actor: Actor, at: datetime
) -> OfferVersion:
    """Change an offer by a new version; the coupons issued before keep theirs.

    Whether it is taken without a line (``offline``) holds for all of its coupons at once: if that
    is all that changes, there is no new version.

    Raises:
        InvalidRequest: the new terms cannot be read, or name what is not there.
        NotFound: the shop that is to take it without a line is none of ours.
        OfflineNotWorkable: it is to be taken without a line, and no till could work it out.
    """
    said = current(session, offer)
    terms = {field: changes[field] for field in TERMS if field in changes}
    wanted = changes.get("offline", offer.offline)
    is_policy = wanted != offer.offline and _says(said, terms)
    if not is_policy and set(changes) != {"offline"}:
        said = _change(session, offer, said, terms, actor=actor, at=at)
    policy.settle(session, offer, said, wanted, actor=actor, at=at)
    return said


def take_offline(
    session: Session, offer: Offer, wanted: dict[str, Any], *, actor: Actor, at: datetime
) -> None:
    """Set whether coupons of an offer are taken without a line.

    Raises:
        OfflineNotWorkable: no till could work out what it gives.
        NotFound: the shop is none of ours.
    """
    policy.settle(session, offer, current(session, offer), wanted, actor=actor, at=at)


def _says(said: OfferVersion, terms: dict[str, Any]) -> bool:
    """Tell whether a version says all of some terms already."""
    usual: dict[str, dict[str, Any]] = {"conditions": {"all": []}, "together": TOGETHER}
    meant = {
        field: usual.get(field, {}) | it if isinstance(it, dict) else it
        for field, it in terms.items()
    }
    return all(getattr(said, field) == it for field, it in meant.items())


def _change(
    session: Session,
    offer: Offer,
    before: OfferVersion,
    changes: dict[str, Any],
    *,
    actor: Actor,
    at: datetime,
) -> OfferVersion:
    naming.check(session, changes)
    values = {field: getattr(before, field) for field in TERMS} | changes
    offer.version = before.number + 1
    made = _write(session, offer, values, at=at)
    audit.record(
        session,
        actor,
        "offer.changed",
        ids.public("of", offer.id),
        old={"version": before.number},
        new={"version": made.number, "changed": sorted(changes)},
        at=at,
    )
    return made


def clone(
    session: Session, offer: Offer, *, campaign: Campaign, actor: Actor, at: datetime
) -> Offer:
    """Make an offer in a campaign that says what another one says now; no coupon comes along."""
    said = current(session, offer)
    terms = {field: getattr(said, field) for field in TERMS}
    made = add(session, campaign, **terms, actor=actor, at=at)
    subject, new = ids.public("of", made.id), {"of": ids.public("of", offer.id)}
    audit.record(session, actor, "offer.cloned", subject, new=new, at=at)
    if not policy.obstacle(said, campaign.limits):
        take_offline(session, made, offer.offline, actor=actor, at=at)
    return made


def _write(session: Session, offer: Offer, values: dict[str, Any], *, at: datetime) -> OfferVersion:
    check_window(values["starts_at"], values["ends_at"])
    benefits.read(values["benefit"])
    settled = {"all": []} | _settle(session, values["conditions"], "conditions")
    conditions.read(settled)
    values = values | {"conditions": settled, "together": TOGETHER | values["together"]}
    version = OfferVersion(offer_id=offer.id, number=offer.version, created_at=at, **values)
    session.add(version)
    session.flush()
    return version


def _settle(session: Session, terms: dict[str, Any], path: str) -> dict[str, Any]:
    """Keep each list of customers, however deep, as an audience, and the rest as it is."""
    if "kind" not in terms:
        return {
            of: [_settle(session, one, f"{path}.{of}.{i}") for i, one in enumerate(terms[of])]
            for of in OF
            if of in terms
        }
    if terms["kind"] != "audience":
        return terms
    if "audience" in terms:
        return {"kind": "audience", "audience": UUID(str(terms["audience"])).hex}
    try:
        return {"kind": "audience", "audience": audience(session, terms["customers"]).hex}
    except NotFound:
        raise InvalidRequest({f"{path}.customers": [N_("Not a customer of yours.")]}) from None


def audience(session: Session, customers: Sequence[UUID]) -> UUID:
    """Return the audience of exactly these customers, made if it is new.

    Raises:
        NotFound: one of them is no customer of ours.
    """
    members = sorted(set(customers))
    fingerprint = hashlib.sha256(b"".join(id.bytes for id in members)).hexdigest()
    if found := session.scalar(select(Audience.id).where(Audience.fingerprint == fingerprint)):
        return found
    known = set(session.scalars(select(Customer.id).where(Customer.id.in_(members))))
    if len(known) != len(members):
        raise NotFound(what="customer")
    made = Audience(fingerprint=fingerprint, size=len(members))
    session.add(made)
    session.flush()
    rows = [{"audience_id": made.id, "customer_id": id} for id in members]
    session.execute(insert(table(AudienceMember)), rows)
    return made.id


def find(session: Session, id: UUID, *, lock: bool = False) -> Offer:
    """Return an offer.

    Raises:
        NotFound: there is none.
    """
    rows = select(Offer).where(Offer.id == id)
    offer = session.scalar(locked(rows) if lock else rows)
    if offer is None:
        raise NotFound(what="offer")
    return offer


def current(session: Session, offer: Offer) -> OfferVersion:
    """Return the version of an offer that new coupons get."""
    return session.scalars(
        select(OfferVersion).where(
            OfferVersion.offer_id == offer.id, OfferVersion.number == offer.version
        )
    ).one()
