"""Hand out coupons: unique bearer codes, personal ones, or one public code."""

import re
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, insert, select
from sqlalchemy.orm import Session

from core import audit, ids, jobs
from core.auth import Actor
from core.config import Config
from core.customers import survivors
from core.db import table
from core.errors import N_, InvalidRequest, NotFound
from core.models import Customer, Job
from coupons import campaigns
from coupons.errors import ChannelNeeded, CodeNotUsable, CodeTaken, TooManyWaiting
from coupons.models import Campaign, Coupon, Issue, Offer, OfferVersion
from coupons.offline import marking
from coupons.offline.marking import Issued

AT_ONCE = 1_000
"""Up to so many coupons are made within the request; more become a job."""

MOST = 1_000_000
SHORTEST, LONGEST = 4, 32
STEP = 2_000

_READABLE = re.compile(r"[A-Za-z0-9][A-Za-z0-9 -]*")
_MAKE = insert(table(Coupon))

ELSEWHERE: set[Callable[[Session, str], bool]] = set()
"""Each tells whether a normalised text is something else already that a till reads: a card."""


def begin(
    session: Session,
    offer: Offer,
    version: OfferVersion,
    *,
    kind: str,
    quantity: int,
    channel_id: UUID | None = None,
    at: datetime,
) -> Issue:
    """Open an order of coupons.

    Raises:
        NotFound: the channel is not one of the campaign's.
        ChannelNeeded: the campaign has several channels and none was named.
    """
    campaign = session.get_one(Campaign, offer.campaign_id)
    if channel_id:
        campaigns.channel_of(session, campaign, channel_id)
    else:
        channels = campaigns.channels(session, campaign)
        if len(channels) > 1:
            raise ChannelNeeded
        channel_id = channels[0].id if channels else None
    issue = Issue(
        offer_id=offer.id,
        version_id=version.id,
        channel_id=channel_id,
        kind=kind,
        quantity=quantity,
        created_at=at,
    )
    session.add(issue)
    session.flush()
    return issue


def issue_unique(
    session: Session,
    offer: Offer,
    version: OfferVersion,
    quantity: int,
    *,
    use_limit: int = 1,
    channel_id: UUID | None = None,
    actor: Actor,
    at: datetime,
) -> tuple[Issue, Job | None]:
    """Issue bearer codes: at once up to 1,000, as a job above.

    Raises:
        InvalidRequest: more than 1,000,000 at a time.
        TooManyWaiting: so many are still being made.
        NotFound, ChannelNeeded: as ``begin`` says.
    """
    if not 1 <= quantity <= MOST:
        raise InvalidRequest({"count": [N_("From 1 to 1,000,000 at a time.")]})
    if quantity > AT_ONCE and (waiting := jobs.waiting(session, "coupons.issue")) >= MOST:
        raise TooManyWaiting(waiting=waiting)
    issue = begin(
        session, offer, version, kind="unique", quantity=quantity, channel_id=channel_id, at=at
    )
    _audit(session, issue, actor, at=at)
    if quantity <= AT_ONCE:
        _make(session, issue, first=0, count=quantity, use_limit=use_limit)
        return issue, None
    payload = {"issue": issue.id.hex, "use_limit": use_limit}
    job = jobs.enqueue(session, "coupons.issue", payload, total=quantity, actor=actor, at=at)
    issue.job_id = job.id
    session.flush()
    return issue, job


def step(session: Session, job: Job) -> int:
    """Make the next coupons of a large order; the job says how many there are already."""
    issue = session.get_one(Issue, UUID(hex=job.payload["issue"]))
    count = min(STEP, job.total - job.done)
    _make(session, issue, first=job.done, count=count, use_limit=job.payload["use_limit"])
    return count


def issue_personal(
    session: Session,
    offer: Offer,
    version: OfferVersion,
    customers: Sequence[tuple[UUID, str | None]],
    *,
    channel_id: UUID | None = None,
    actor: Actor,
    at: datetime,
) -> list[Coupon]:
    """Issue one coupon to each customer; an external reference that has one gets it again.

    Raises:
        NotFound: one of them is no customer of ours.
        NotFound, ChannelNeeded: as ``begin`` says.
    """
    refs = [ref for _, ref in customers if ref]
    held = {
        coupon.external_ref: coupon
        for coupon in session.scalars(
            select(Coupon).where(Coupon.offer_id == offer.id, Coupon.external_ref.in_(refs))
        )
    }
    wanted = [(id, ref) for id, ref in customers if ref is None or ref not in held]
    known = survivors(session, [id for id, _ in wanted])
    if any(id not in known for id, _ in wanted):
        raise NotFound(what="customer")
    made: list[Coupon] = []
    if wanted:
        issue = begin(
            session, offer, version, kind="personal", quantity=len(wanted),
            channel_id=channel_id, at=at,
        )  # fmt: skip
        _audit(session, issue, actor, at=at)
        for position, (customer_id, ref) in enumerate(wanted):
            made.append(_coupon(issue, position, customer_id=known[customer_id], external_ref=ref))
        session.add_all(made)
        session.flush()
    fresh = iter(made)
    return [held[ref] if ref in held else next(fresh) for _, ref in customers]


def issue_public(
    session: Session,
    offer: Offer,
    version: OfferVersion,
    label: str,
    *,
    use_limit: int | None = None,
    per_customer: int | None = None,
    channel_id: UUID | None = None,
    actor: Actor,
    at: datetime,
) -> Coupon:
    """Issue one code that everybody may know.

    Raises:
        CodeNotUsable: it is too short, too long, looks like a card, or is one.
        CodeTaken: there is a coupon with that code.
        NotFound, ChannelNeeded: as ``begin`` says.
    """
    code = ids.normalise(label)
    if not _READABLE.fullmatch(label.strip()):
        raise CodeNotUsable
    if not SHORTEST <= len(code) <= LONGEST or not code.isascii() or ids.is_number(code):
        raise CodeNotUsable
    if any(is_one(session, code) for is_one in ELSEWHERE):
        raise CodeNotUsable
    if session.scalar(select(Coupon.id).where(Coupon.code == code)):
        raise CodeTaken
    issue = begin(session, offer, version, kind="public", quantity=1, channel_id=channel_id, at=at)
    _audit(session, issue, actor, at=at)
    coupon = _coupon(issue, 0, code=code, label=label.strip().upper())
    coupon.use_limit, coupon.per_customer = use_limit, per_customer
    session.add(coupon)
    session.flush()
    return coupon


def _coupon(issue: Issue, position: int, **given: Any) -> Coupon:
    return Coupon(
        offer_id=issue.offer_id,
        version_id=issue.version_id,
        issue_id=issue.id,
        channel_id=issue.channel_id,
        position=position,
        **{"code": ids.new_code(), "use_limit": 1} | given,
    )


def _make(session: Session, issue: Issue, *, first: int, count: int, use_limit: int) -> None:
    same = {
        "offer_id": issue.offer_id, "version_id": issue.version_id, "issue_id": issue.id,
        "channel_id": issue.channel_id, "use_limit": use_limit, "state": "active",
        "used": 0, "voided": 0,
    }  # fmt: skip
    rows = [
        same | {"id": ids.new(), "position": first + i, "code": ids.new_code()}
        for i in range(count)
    ]
    session.connection().execute(_MAKE, rows)


def _audit(session: Session, issue: Issue, actor: Actor, *, at: datetime) -> None:
    new = {"kind": issue.kind, "quantity": issue.quantity}
    audit.record(session, actor, "coupons.issued", ids.public("of", issue.offer_id), new=new, at=at)


def coupons_of(session: Session, issue: Issue, *, first: int = 0, most: int = 1000) -> list[Coupon]:
    """Return the coupons of an order in the order they were made, from a position on."""
    rows = select(Coupon).where(Coupon.issue_id == issue.id, Coupon.position >= first)
    return list(session.scalars(rows.order_by(Coupon.position).limit(most)))


COLUMNS = ("number", "code", "address", "customer", "external_ref")
"""What a table of coupons says: the address is what the QR carries, the customer a pseudonym."""


def lines_of(
    session: Session, issue: Issue, config: Config, *, first: int, most: int = STEP
) -> list[list[str]]:
    """Return the next coupons of an order as rows of a table, from a position on."""
    rows = session.execute(
        select(Coupon, Customer.pseudonym)
        .outerjoin(Customer, Customer.id == Coupon.customer_id)
        .where(Coupon.issue_id == issue.id, Coupon.position >= first)
        .order_by(Coupon.position)
        .limit(most)
    ).all()
    said = addresses(session.connection(), [coupon for coupon, _ in rows], config)
    return [
        [
            str(coupon.position + 1),
            coupon.label or ids.grouped(coupon.code),
            where,
            pseudonym or "",
            coupon.external_ref or "",
        ]
        for (coupon, pseudonym), where in zip(rows, said, strict=True)
    ]


def address(base_url: str, code: str) -> str:
    """Return what a QR says: upper case, so that QR's compact alphanumeric mode applies."""
    return f"{base_url}/C/{code}".upper()


def addresses(connection: Connection, coupons: Sequence[Issued], config: Config) -> list[str]:
    """Return what the QRs of coupons say: with a token where they are taken without a line."""
    marks = marking.marks(connection, coupons, config.secret_key)
    plain = [address(config.base_url, one.code) for one in coupons]
    return [
        f"{where}.{marks[one.code]}" if one.code in marks else where
        for one, where in zip(coupons, plain, strict=True)
    ]


def note_export(session: Session, issue: Issue, *, actor: Actor, at: datetime) -> None:
    """Write down that all codes of an order were shown to somebody."""
    new = {"quantity": issue.quantity}
    audit.record(session, actor, "coupons.exported", ids.public("is", issue.id), new=new, at=at)
