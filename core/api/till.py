"""What a till asks about its people, and the rules that hold at every till."""

from typing import Any
from uuid import UUID

from flask import Response
from flask import session as cookie
from sqlalchemy.orm import Session

from core import approvals, badges, clock, proving, rest, shops, staff, till_rules, web
from core.approvals import Given
from core.errors import TillNeeded
from core.models import Till
from core.schemas import (
    ApprovalRequest,
    ApprovalSchema,
    BadgeSchema,
    ItemsSchema,
    LockSchema,
    StaffSchema,
    TillRulesSchema,
)
from core.till_rules import Rules

blueprint = rest.blueprint("at-tills", "People at the tills, and the rules that hold there")


@blueprint.get("/till-rules")
@web.requires("till-rules:read")
@blueprint.response(200, TillRulesSchema)
@web.reading
def rules(session: Session) -> Response:
    """Show the rules of the tills; the ETag serves for If-Match."""
    return web.tagged(rules_shown(till_rules.find(session.connection())))


@blueprint.patch("/till-rules")
@web.requires("till-rules:write")
@blueprint.arguments(TillRulesSchema)
@blueprint.response(200, TillRulesSchema)
@web.writing
def change_rules(session: Session, sent: dict[str, Any]) -> Response:
    """Change some of the rules of the tills."""
    web.check_match(rules_shown(till_rules.find(session.connection())))
    changed = till_rules.change(session, sent, actor=web.actor(), at=clock.now())
    return web.tagged(rules_shown(changed))


def rules_shown(rules: Rules) -> dict[str, Any]:
    """Return the rules of the tills as JSON."""
    return dict(TillRulesSchema().dump(rules))


@blueprint.post("/till/alive")
@web.requires("till:open")
@blueprint.response(200, LockSchema)
@web.writing
def touch(session: Session) -> dict[str, int]:
    """Say that somebody does something at this till, so that it is not locked.

    The answer says after how many minutes without anybody it is.
    """
    _here(session)
    staff.touch(session, cookie["till_token"], at=clock.now())
    return {"lock_minutes": till_rules.find(session.connection()).lock_minutes}


@blueprint.get("/till/approvers")
@web.requires("till:open")
@blueprint.response(200, ItemsSchema)
@web.reading
def approvers(session: Session) -> dict[str, Any]:
    """List who may be the second person here: those with a PIN, but whoever asks."""
    found = [
        one
        for one in staff.at_till(session, _here(session))
        if approvals.may_approve(one) and one.id != web.actor().id
    ]
    return {"items": StaffSchema(many=True, only=("id", "name")).dump(found), "next_cursor": None}


@blueprint.post("/till/approvals")
@web.requires("till:open")
@blueprint.arguments(ApprovalRequest)
@blueprint.response(201, ApprovalSchema)
def approve(sent: dict[str, Any]) -> dict[str, Any]:
    """Let a second person allow one thing, as a refusal has named it, by their PIN or badge."""
    till, at = web.database().look(_here), clock.now()
    if "badge" in sent:
        person = proving.by_badge(till, sent["badge"], at=at)
    else:
        person = proving.by_pin(till, sent["staff"], sent["pin"], at=at)

    def give(session: Session) -> Given:
        return approvals.give(
            session, person,
            action=sent["action"], subject=sent["subject"], actor=web.actor(), at=at,
        )  # fmt: skip

    given = web.database().transact(give)
    return {"approval": given.token, "until": given.until}


@blueprint.post('/staff/<public("st"):id>/badge')
@web.requires("staff:write")
@blueprint.response(201, BadgeSchema)
@web.writing
def renew_badge(session: Session, id: UUID) -> dict[str, str]:
    """Give somebody a badge; the one before is dead. What it says is in this answer only."""
    return {"badge": badges.renew(session, id, actor=web.actor(), at=clock.now())}


@blueprint.delete('/staff/<public("st"):id>/badge')
@web.requires("staff:write")
@blueprint.response(204)
@web.writing
def drop_badge(session: Session, id: UUID) -> None:
    """Take somebody's badge away."""
    badges.drop(session, id, actor=web.actor(), at=clock.now())


def _here(session: Session) -> Till:
    """Return the till that asks.

    Raises:
        TillNeeded: none does.
    """
    till_id = web.actor().till_id
    if till_id is None:
        raise TillNeeded
    return shops.find_till(session, till_id)
