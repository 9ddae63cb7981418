"""The rules of the points."""

from typing import Any

from flask import Response
from sqlalchemy.orm import Session

from core import clock, rest, web
from loyalty import changing, programme
from loyalty.models import Programme
from loyalty.schemas import ProgrammeSchema

blueprint = rest.blueprint("programme", "The rules of the points")


@blueprint.get("/programme")
@web.requires("programme:read")
@blueprint.response(200, ProgrammeSchema)
@web.reading
def show(session: Session) -> Response:
    """Show the rules of the points; the ETag serves for If-Match."""
    return web.tagged(shown(programme.find(session)))


@blueprint.patch("/programme")
@web.requires("programme:write")
@blueprint.arguments(ProgrammeSchema)
@blueprint.response(200, ProgrammeSchema)
@web.writing
def change(session: Session, sent: dict[str, Any]) -> Response:
    """Change the rules for what is earned from now on."""
    web.check_match(shown(programme.find(session)))
    return web.tagged(shown(changing.change(session, sent, actor=web.actor(), at=clock.now())))


def shown(found: Programme) -> dict[str, Any]:
    """Return the rules of the points as JSON."""
    return dict(ProgrammeSchema().dump(found))
