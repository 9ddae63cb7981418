"""Who changed what: every change of a setting, a right or a balance leaves an entry."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session
from structlog.contextvars import get_contextvars

from core.auth import Actor
from core.models import AuditEntry


def record(
    session: Session,
    actor: Actor,
    action: str,
    subject: str,
    *,
    old: dict[str, Any] | None = None,
    new: dict[str, Any] | None = None,
    at: datetime,
) -> None:
    """Write down one change with its old and new values; never a secret, never a person's data."""
    session.add(
        AuditEntry(
            at=at,
            actor=str(actor),
            action=action,
            subject=subject,
            old=old or {},
            new=new or {},
            request_id=get_contextvars().get("request_id"),
        )
    )
