"""Who changed what."""

from flask import render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from core import listing, web
from core.pages.desk import admin
from core.pages.posting import newest, older


@admin.get("/audit")
@web.requires("audit:read")
@web.reading
def audit(session: Session) -> ResponseReturnValue:
    """Show the audit log, newest first, of one subject if it is named."""
    subject = (request.args.get("subject") or "").strip()[:100] or None
    found, cursor = listing.audit(session, subject=subject, cursor=request.args.get("cursor"))
    return render_template(
        "admin/audit.html",
        entries=found,
        actors=listing.actor_names(session, found),
        subject=subject,
        next_url=older(cursor),
        first_url=newest(),
    )
