"""People at work: who they are, how they prove it, and when they are in."""

import re
import secrets
from datetime import datetime, timedelta
from functools import cache
from uuid import UUID

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from core import audit, ids, shops, till_rules
from core.auth import ROLES, Actor, check_granted, hashed, new_token, of_role
from core.db import locked
from core.errors import (
    N_,
    AlreadyExists,
    InvalidRequest,
    NotFound,
    OwnerNeeded,
    PasswordTooWeak,
    PinTooWeak,
)
from core.models import SignOn, Staff, Till

PASSWORD_LENGTH = 10
SIGNED_IN_FOR = timedelta(hours=12)
TOUCHED_EVERY = timedelta(seconds=10)
"""A touch of a till sooner after the one before it is not written down."""

_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
"""OWASP's argon2id settings: t=2, 19 MiB, p=1."""


def add(
    session: Session,
    *,
    name: str,
    email: str | None,
    role: str,
    shop_id: UUID | None = None,
    actor: Actor,
    at: datetime,
) -> Staff:
    """Take somebody on.

    Raises:
        InvalidRequest: the role is unknown.
        NotAllowed: the role may do more than the actor.
        WrongShop: the actor works for another shop only.
        AlreadyExists: somebody has that mail address.
    """
    if role not in ROLES:
        raise InvalidRequest({"role": [N_("Not a role.")]})
    check_granted(actor, of_role(role))
    shops.check_own(actor, shop_id)
    email = email.strip().casefold() if email else None
    if email and session.scalar(select(Staff.id).where(Staff.email == email)):
        raise AlreadyExists(field="email")
    staff = Staff(name=name, email=email, role=role, shop_id=shop_id, created_at=at)
    session.add(staff)
    session.flush()
    subject = ids.public("st", staff.id)
    audit.record(session, actor, "staff.added", subject, new={"role": role}, at=at)
    return staff


def find(session: Session, id: UUID, *, lock: bool = False) -> Staff:
    """Return a staff member.

    Raises:
        NotFound: there is none.
    """
    rows = select(Staff).where(Staff.id == id)
    staff = session.scalar(locked(rows) if lock else rows)
    if staff is None:
        raise NotFound(what="staff")
    return staff


def check_over(actor: Actor, staff: Staff) -> None:
    """Let through who may do all that a staff member may, wherever they work.

    Raises:
        NotAllowed: who it is for may do more than the actor.
        WrongShop: they work in another shop, or in all, and the actor in one only.
    """
    check_granted(actor, of_role(staff.role))
    shops.check_own(actor, staff.shop_id)


def change(
    session: Session, id: UUID, *, role: str, state: str, shop_id: UUID | None,
    actor: Actor, at: datetime,
) -> Staff:  # fmt: skip
    """Give another role or shop, or disable; whoever loses a right is signed out.

    Raises:
        NotFound: there is no such staff member.
        OwnerNeeded: nobody would own the shop any more.
        NotAllowed: the old or the new role may do more than the actor.
        WrongShop: the old or the new shop is not the only one that the actor works for.
    """
    owners = session.scalars(
        locked(
            select(Staff).where(Staff.role == "owner", Staff.state == "active").order_by(Staff.id)
        )
    ).all()
    staff = find(session, id, lock=True)
    check_over(actor, staff)
    check_granted(actor, of_role(role))
    shops.check_own(actor, shop_id)
    if [o.id for o in owners] == [id] and (role != "owner" or state != "active"):
        raise OwnerNeeded
    old = {"role": staff.role, "state": staff.state}
    staff.role, staff.state, staff.shop_id = role, state, shop_id
    new = {"role": role, "state": state}
    if old != new:
        sign_out_everywhere(session, staff, at=at)
    audit.record(session, actor, "staff.changed", ids.public("st", id), old=old, new=new, at=at)
    return staff


def set_password(
    session: Session, staff: Staff, password: str, *, actor: Actor, at: datetime
) -> None:
    """Set a password; every other sign-in of this person ends.

    Raises:
        PasswordTooWeak: it is too short.
        NotAllowed, WrongShop: as ``check_over`` says.
    """
    check_over(actor, staff)
    if len(password) < PASSWORD_LENGTH:
        raise PasswordTooWeak(minimum=PASSWORD_LENGTH)
    staff.password_hash = _HASHER.hash(password)
    sign_out_everywhere(session, staff, at=at)
    audit.record(session, actor, "staff.password_set", ids.public("st", staff.id), at=at)


def set_pin(session: Session, staff: Staff, pin: str, *, actor: Actor, at: datetime) -> None:
    """Set the PIN for signing on at a till.

    Raises:
        PinTooWeak: it is not 4 to 8 digits, or an obvious run of them.
        NotAllowed, WrongShop: as ``check_over`` says.
    """
    check_over(actor, staff)
    runs = "01234567890123456789", "98765432109876543210"
    if not re.fullmatch(r"[0-9]{4,8}", pin) or len(set(pin)) == 1 or any(pin in r for r in runs):
        raise PinTooWeak
    staff.pin_hash = _HASHER.hash(pin)
    audit.record(session, actor, "staff.pin_set", ids.public("st", staff.id), at=at)


def new_password() -> str:
    """Return a fresh password that can be typed from paper."""
    return "-".join(
        "".join(secrets.choice("abcdefghjkmnpqrstvwxyz23456789") for _ in range(5))
        for _ in range(3)
    )


def matches(secret_hash: str | None, secret: str) -> bool:
    """Tell whether a secret is right, in the same time whether or not there is one."""
    try:
        _HASHER.verify(secret_hash or _nobody(), secret)
    except (VerificationError, InvalidHashError):
        return False
    return secret_hash is not None


@cache
def _nobody() -> str:
    return _HASHER.hash(secrets.token_urlsafe())


def by_email(session: Session, email: str) -> Staff | None:
    """Return the active staff member with a mail address."""
    return session.scalar(
        select(Staff).where(Staff.email == email.strip().casefold(), Staff.state == "active")
    )


def at_till(session: Session, till: Till) -> list[Staff]:
    """Return who can sign on at a till: those with a PIN who work in its shop or in all."""
    rows = select(Staff).where(
        Staff.state == "active",
        Staff.pin_hash.is_not(None),
        Staff.role.in_([role for role in ROLES if "till:open" in of_role(role)]),
        (Staff.shop_id == till.shop_id) | Staff.shop_id.is_(None),
    )
    return list(session.scalars(rows.order_by(Staff.name, Staff.id)))


def sign_on(session: Session, staff: Staff, *, till: Till | None = None, at: datetime) -> str:
    """Begin a session, at a browser or at a till, and return its token, known to nobody else."""
    token, token_hash = new_token()
    session.add(
        SignOn(
            staff_id=staff.id,
            till_id=till.id if till else None,
            token_hash=token_hash,
            at=at,
            expires_at=at + SIGNED_IN_FOR,
        )
    )
    return token


def signed_on(
    session: Session, token: str, *, till: Till | None = None, at: datetime
) -> Staff | None:
    """Return who is behind a session's token, while it lasts and at the till it was begun at.

    A till that nobody has touched for some minutes is locked: there the session is over.
    """
    return behind(session, hashed(token), till=till, at=at)


def behind(
    session: Session, token_hash: str, *, till: Till | None = None, at: datetime
) -> Staff | None:
    """Return who is behind a session, by the digest of its token; as ``signed_on`` says."""
    rows = (
        select(Staff, func.coalesce(SignOn.seen_at, SignOn.at), till_rules.LOCK_MINUTES)
        .join(SignOn, SignOn.staff_id == Staff.id)
        .where(
            SignOn.token_hash == token_hash,
            SignOn.ended_at.is_(None),
            SignOn.expires_at > at,
            SignOn.till_id == till.id if till else SignOn.till_id.is_(None),
            Staff.state == "active",
        )
    )
    found = session.execute(rows).one_or_none()
    if found is None:
        return None
    person, touched, minutes = found
    return None if till and at - touched >= timedelta(minutes=minutes) else person


def touch(session: Session, token: str, *, at: datetime) -> None:
    """Note that somebody does something at the till of a session that is not over."""
    session.execute(
        update(SignOn)
        .where(
            SignOn.token_hash == hashed(token),
            SignOn.ended_at.is_(None),
            func.coalesce(SignOn.seen_at, SignOn.at) <= at - TOUCHED_EVERY,
        )
        .values(seen_at=at)
    )


def sign_off(session: Session, token: str, *, at: datetime) -> None:
    """End a session."""
    session.execute(
        update(SignOn)
        .where(SignOn.token_hash == hashed(token), SignOn.ended_at.is_(None))
        .values(ended_at=at)
    )


def sign_out_everywhere(session: Session, staff: Staff, *, at: datetime) -> None:
    """End every session of somebody."""
    session.execute(
        update(SignOn)
        .where(SignOn.staff_id == staff.id, SignOn.ended_at.is_(None))
        .values(ended_at=at)
    )


def count_owners(session: Session) -> int:
    """Return how many active owners there are."""
    rows = select(func.count()).where(Staff.role == "owner", Staff.state == "active")
    return session.scalar(rows) or 0
