"""/api/v1/docs: the API to read and try, and what each refusal means."""

from flask import Blueprint, Flask, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from core import problems, web
from core.errors import NotFound, every_refusal

blueprint = Blueprint("docs", __name__, url_prefix="/api/v1")


@blueprint.get("/docs")
@web.public
def show() -> ResponseReturnValue:
    """Show the API."""
    return render_template("docs.html")


@blueprint.get("/problems/<code>")
@web.public
def explain(code: str) -> ResponseReturnValue:
    """Say what a refusal's code means: its status and its sentence.

    Raises:
        NotFound: there is no such code.
    """
    for kind in every_refusal():
        if kind.code == code:
            return {"code": code, "status": int(kind.status), "sentence": gettext(kind.sentence)}
    for status, (known, sentence) in problems.HTTP_CODES.items():
        if known == code:
            return {"code": code, "status": status, "sentence": gettext(sentence)}
    raise NotFound(what=code)


def init_app(app: Flask) -> None:
    """Plug the docs in."""
    app.register_blueprint(blueprint)
