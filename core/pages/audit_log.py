"""Who changed what."""

from typing import Any

from flask import render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from core import listing, web
from core.models import AuditEntry
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
        changes=changes,
        actors=listing.actor_names(session, (entry.actor for entry in found)),
        subject=subject,
        next_url=older(cursor),
        first_url=newest(),
    )


def changes(entry: AuditEntry) -> list[tuple[str, Any, Any]]:
    """Return what an entry changed: a name, the old value and the new, None where there is none."""
    old, new = _flat(entry.old), _flat(entry.new)
    names = dict.fromkeys([*old, *new])
    return [
        (name, old.get(name), new.get(name)) for name in names if old.get(name) != new.get(name)
    ]


def _flat(values: dict[str, Any], above: str = "") -> dict[str, Any]:
    """Return values by name, where those of a table inside are called "name.en"."""
    found: dict[str, Any] = {}
    for name, value in values.items():
        found |= (
            _flat(value, f"{above}{name}.") if isinstance(value, dict) else {above + name: value}
        )
    return found
