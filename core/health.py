"""Is it alive, is it ready, what is it doing: for load balancers and monitors."""

import ipaddress
from functools import cache
from hmac import compare_digest
from pathlib import Path

from alembic.config import Config as AlembicConfig
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Blueprint, Flask, Response, request
from flask.typing import ResponseReturnValue
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy.orm import Session

from core import web
from core.errors import NotAllowed, NotReady

MIGRATIONS = Path(__file__).parent.parent / "migrations"

blueprint = Blueprint("health", __name__)


@cache
def head() -> str | None:
    """Return the newest revision this code knows."""
    config = AlembicConfig()
    config.set_main_option("script_location", str(MIGRATIONS))
    return ScriptDirectory.from_config(config).get_current_head()


def current(session: Session) -> str | None:
    """Return the revision the database is at."""
    return MigrationContext.configure(session.connection()).get_current_revision()


@blueprint.get("/healthz")
@web.public
def alive() -> ResponseReturnValue:
    """Say that the process answers."""
    return {"status": "ok"}


@blueprint.get("/readyz")
@web.public
def ready() -> ResponseReturnValue:
    """Say whether the database answers and its schema is the one this code was written for.

    Raises:
        DatabaseGone, DatabaseBusy: it does not answer.
        NotReady: its schema is another one.
    """
    if web.database().look(current) != head():
        raise NotReady
    return {"status": "ok"}


@blueprint.get("/metrics")
@web.public
def metrics() -> ResponseReturnValue:
    """Show the figures of this process to the machine itself, or to who has the token.

    Raises:
        NotAllowed: it is somebody else who asks.
    """
    token = web.config().metrics_token
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    near = _is_loopback(request.remote_addr or "") and "X-Forwarded-For" not in request.headers
    if not (compare_digest(given.encode(), token.encode()) if token else near):
        raise NotAllowed(permission="metrics")
    return Response(generate_latest(), content_type=CONTENT_TYPE_LATEST)


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:  # whatever a proxy has passed on
        return False


def init_app(app: Flask) -> None:
    """Plug the monitors' views in."""
    app.register_blueprint(blueprint)
