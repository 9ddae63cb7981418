"""The language switch that every face has."""

from urllib.parse import urlsplit

from flask import Blueprint, redirect, request, session
from flask.typing import ResponseReturnValue

from core import web
from core.i18n import LANGUAGES

blueprint = Blueprint("language", __name__)


@blueprint.post("/language")
@web.public
def choose() -> ResponseReturnValue:
    """Remember the language of this browser, and go back to the page it was chosen on."""
    wanted = request.form.get("language")
    if wanted in LANGUAGES:
        session["language"] = wanted
        session.permanent = True
    return redirect(_page(), 303)


def _page() -> str:
    parts = urlsplit(request.referrer or "")
    if (
        parts.netloc != request.host
        or not parts.path.startswith("/")
        or parts.path.startswith("//")
    ):
        return request.script_root + "/"
    return parts.path + (f"?{parts.query}" if parts.query else "")
