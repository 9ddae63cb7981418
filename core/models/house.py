"""Who and where: the tables both packages point at, and those of the machinery."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base
from core.models.checks import one_of


class Merchant(Base):
    """The one business this database serves."""

    __tablename__ = "merchant"
    __table_args__ = (
        CheckConstraint("singleton = 1", name="only_one"),
        UniqueConstraint("singleton"),
    )

    singleton: Mapped[int] = mapped_column(default=1)
    name: Mapped[str]
    currency: Mapped[str]
    zone: Mapped[str]
    locale: Mapped[str]


class Shop(Base):
    """A place of business, with the zone in which its days begin and end."""

    __tablename__ = "shop"
    __table_args__ = (UniqueConstraint("name"),)

    name: Mapped[str]
    zone: Mapped[str]
    created_at: Mapped[datetime]


class Customer(Base):
    """Somebody the merchant serves, under a pseudonym; the person is another table."""

    __tablename__ = "customer"
    __table_args__ = (
        one_of("state", "active", "blocked", "erased", "merged"),
        CheckConstraint(
            "(state = 'merged') = (merged_into_id IS NOT NULL)", name="merged_into_one"
        ),
        UniqueConstraint("pseudonym"),
        UniqueConstraint("external_ref"),
        Index(None, "enrolled_at", "id"),
        Index(None, "merged_into_id"),
    )

    pseudonym: Mapped[str]
    state: Mapped[str] = mapped_column(default="active")
    locale: Mapped[str | None]
    external_ref: Mapped[str | None]
    enrolled_at: Mapped[datetime]
    shop_id: Mapped[UUID | None] = mapped_column(ForeignKey("shop.id"))
    link_version: Mapped[int] = mapped_column(default=1)
    tags: Mapped[list[Any]] = mapped_column(default=list, server_default="[]")
    attributes: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    merged_into_id: Mapped[UUID | None] = mapped_column(ForeignKey("customer.id"))


class Person(Base):
    """What is known of the person behind a customer; erased without touching the books."""

    __tablename__ = "person"
    __table_args__ = (UniqueConstraint("customer_id"), Index(None, "email"), Index(None, "phone"))

    customer_id: Mapped[UUID] = mapped_column(ForeignKey("customer.id"))
    name: Mapped[str | None]
    email: Mapped[str | None]
    phone: Mapped[str | None]
    birthday: Mapped[date | None]


class Consent(Base):
    """What a person agreed to, when and where; withdrawn by a date, never by a deletion."""

    __tablename__ = "consent"
    __table_args__ = (
        one_of("kind", "messages", "tracking", "name_at_till"),
        Index(None, "customer_id", "kind"),
    )

    customer_id: Mapped[UUID] = mapped_column(ForeignKey("customer.id"))
    kind: Mapped[str]
    given_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
    source: Mapped[str]


class Staff(Base):
    """A person at work."""

    __tablename__ = "staff"
    __table_args__ = (
        one_of("role", "owner", "manager", "marketer", "cashier"),
        one_of("state", "active", "disabled"),
        UniqueConstraint("email"),
        UniqueConstraint("badge_hash"),
    )

    name: Mapped[str]
    email: Mapped[str | None]
    role: Mapped[str]
    state: Mapped[str] = mapped_column(default="active")
    password_hash: Mapped[str | None]
    pin_hash: Mapped[str | None]
    shop_id: Mapped[UUID | None] = mapped_column(ForeignKey("shop.id"))
    customer_id: Mapped[UUID | None] = mapped_column(ForeignKey("customer.id"))
    badge_hash: Mapped[str | None]
    created_at: Mapped[datetime]


class SignOn(Base):
    """A staff member signed in at a browser, or signed on at a till.

    ``seen_at`` is when somebody last did something at the till; nobody did for long: it is locked.
    """

    __tablename__ = "sign_on"
    __table_args__ = (UniqueConstraint("token_hash"), Index(None, "staff_id"))

    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    till_id: Mapped[UUID | None] = mapped_column(ForeignKey("till.id"))
    token_hash: Mapped[str]
    at: Mapped[datetime]
    expires_at: Mapped[datetime]
    seen_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]


class ApiKey(Base):
    """What lets a program in; only the hash of its secret is kept."""

    __tablename__ = "api_key"
    __table_args__ = (UniqueConstraint("token_hash"),)

    name: Mapped[str]
    token_hash: Mapped[str]
    scopes: Mapped[list[Any]]
    shop_id: Mapped[UUID | None] = mapped_column(ForeignKey("shop.id"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class Throttle(Base):
    """Wrong guesses of one subject within one window of time."""

    __tablename__ = "throttle"
    __table_args__ = (
        UniqueConstraint("subject"),
        CheckConstraint("failures >= 0", name="failures_counted"),
    )

    subject: Mapped[str]
    failures: Mapped[int]
    since: Mapped[datetime]


class IdempotencyKey(Base):
    """The first answer to a request that moved value, written with its effect."""

    __tablename__ = "idempotency_key"
    __table_args__ = (UniqueConstraint("actor", "key"), Index(None, "at"))

    actor: Mapped[str]
    key: Mapped[str]
    fingerprint: Mapped[str]
    status: Mapped[int]
    body: Mapped[str]
    at: Mapped[datetime]


class AuditEntry(Base):
    """Who changed what, from which value to which."""

    __tablename__ = "audit_entry"
    __table_args__ = (Index(None, "at", "id"), Index(None, "subject"))

    at: Mapped[datetime]
    actor: Mapped[str]
    action: Mapped[str]
    subject: Mapped[str]
    old: Mapped[dict[str, Any]]
    new: Mapped[dict[str, Any]]
    request_id: Mapped[str | None]


class Outbox(Base):
    """What is owed to the outside once a transaction stands: mail, webhooks."""

    __tablename__ = "outbox"
    __table_args__ = (
        Index(
            None,
            "due_at",
            postgresql_where=text("done_at IS NULL"),
            sqlite_where=text("done_at IS NULL"),
        ),
    )

    topic: Mapped[str]
    payload: Mapped[dict[str, Any]]
    at: Mapped[datetime]
    due_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    done_at: Mapped[datetime | None]
    problem: Mapped[str | None]


class Job(Base):
    """Long work: shows progress, can be stopped, and goes on where it stood."""

    __tablename__ = "job"
    __table_args__ = (
        one_of("state", "queued", "running", "done", "failed", "cancelled"),
        CheckConstraint("done >= 0 AND done <= total", name="progress_in_range"),
        Index(None, "state", "at"),
    )

    kind: Mapped[str]
    payload: Mapped[dict[str, Any]]
    state: Mapped[str] = mapped_column(default="queued")
    actor: Mapped[str]
    total: Mapped[int]
    done: Mapped[int] = mapped_column(default=0)
    problem: Mapped[str | None]
    at: Mapped[datetime]
    leased_until: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
