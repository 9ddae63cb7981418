"""How a no is told: RFC 9457 problem details under /api, a page elsewhere, never a traceback."""

import json
from http import HTTPStatus
from typing import Any

import structlog
from flask import (
    Flask,
    Response,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from core import i18n, metrics
from core.db import explain
from core.errors import (
    N_,
    BadToken,
    DatabaseBusy,
    HttpProblem,
    InvalidRequest,
    NotFound,
    NotSignedIn,
    Refusal,
    TooManyAttempts,
)
from core.schemas import by_path

log = structlog.get_logger()

HTTP_CODES = {
    400: ("bad_request", N_("The request is not valid JSON in UTF-8.")),
    404: ("not_found", NotFound.sentence),
    405: ("method_not_allowed", N_("This address does not take that method.")),
    406: ("not_acceptable", N_("There is no such form of this.")),
    413: ("too_large", N_("The request is larger than 1 MiB.")),
    415: ("unsupported_media_type", N_("Send JSON, with Content-Type: application/json.")),
    429: ("too_many_requests", N_("Too many requests. Try again in a moment.")),
    500: (
        "internal_error",
        N_("Something went wrong here. It has been logged; nothing was changed."),
    ),
}
"""What the framework itself refuses, by HTTP status: its stable code and its sentence."""


def init_app(app: Flask) -> None:
    """Plug the handlers in."""
    app.register_error_handler(Refusal, tell_refusal)
    app.register_error_handler(CSRFError, lambda _: tell_refusal(BadToken()))
    app.register_error_handler(HTTPException, tell_http)
    app.register_error_handler(DBAPIError, tell_database)
    app.register_error_handler(PoolTimeout, lambda _: tell_refusal(DatabaseBusy()))
    app.register_error_handler(RecursionError, lambda _: _tell(400, *HTTP_CODES[400]))
    app.register_error_handler(Exception, tell_bug)


def problem(refusal: Refusal) -> dict[str, Any]:
    """Return a refusal as a problem document."""
    document = {
        "type": f"/api/v1/problems/{refusal.code}",
        "title": gettext(refusal.sentence) if "{" not in refusal.sentence else i18n.tell(refusal),
        "status": int(refusal.status),
        "detail": i18n.tell(refusal),
        "code": refusal.code,
        "facts": facts(refusal),
    }
    if isinstance(refusal, InvalidRequest):
        document["errors"] = {
            path: [i18n.wrong(message) for message in messages]
            for path, messages in refusal.errors.items()
        }
    return document


def facts(refusal: Refusal) -> dict[str, Any]:
    """Return the facts of a refusal as JSON can carry them: instants in RFC 3339."""
    return {
        name: value
        if isinstance(value, int | str | bool | float | list | dict | None)
        else _plain(value)
        for name, value in refusal.facts.items()
    }


def _plain(value: Any) -> str:
    return str(value.isoformat()) if hasattr(value, "isoformat") else str(value)


def tell_refusal(refusal: Refusal) -> ResponseReturnValue:
    """Answer a refusal."""
    log.info("refused", code=refusal.code, route=str(request.url_rule))
    metrics.REFUSALS.labels(refusal.code).inc()
    if isinstance(refusal, NotSignedIn) and (page := _sign_in_page()):
        return redirect(page, code=303)
    headers = {}
    if refusal.status == HTTPStatus.UNAUTHORIZED and wants_json():
        headers["WWW-Authenticate"] = "Bearer"
    if isinstance(refusal, TooManyAttempts):
        headers["Retry-After"] = str(refusal.facts.get("retry_after", 1))
    if refusal.status == HTTPStatus.SERVICE_UNAVAILABLE:
        headers["Retry-After"] = "2"
    if wants_json():
        return _document(problem(refusal), headers)
    page = render_template("refusal.html", refusal=refusal, sentence=i18n.tell(refusal))
    return page, refusal.status, headers


def wants_json() -> bool:
    """Tell whether a program is asking: no HTML ever comes from /api."""
    return f"{request.path}/".startswith(("/api/", "/healthz", "/readyz", "/metrics"))


def tell_http(error: HTTPException) -> ResponseReturnValue:
    """Answer what the framework refused."""
    if error.code is None or error.code < HTTPStatus.BAD_REQUEST:
        return error.get_response()
    data = getattr(error, "data", None)
    if error.code == HTTPStatus.UNPROCESSABLE_ENTITY and data is not None:
        errors: dict[str, list[str]] = {}
        for of_one_location in data.get("messages", {}).values():
            errors |= by_path(of_one_location)
        return tell_refusal(InvalidRequest(errors))
    known = HTTP_CODES.get(error.code, (HttpProblem.code, HttpProblem.sentence))
    answer = make_response(_tell(error.code, *known))
    if isinstance(error, MethodNotAllowed) and error.valid_methods:
        answer.headers["Allow"] = ", ".join(sorted(error.valid_methods))
    return answer


def tell_database(error: DBAPIError) -> ResponseReturnValue:
    """Answer for a database that is locked, full or gone; anything else of it is a bug."""
    return tell_refusal(found) if (found := explain(error)) else tell_bug(error)


def tell_bug(error: Exception) -> ResponseReturnValue:
    """Answer for a bug of ours: it is logged with its traceback, and the client sees none of it."""
    log.error("bug", route=str(request.url_rule), kind=type(error).__name__, exc_info=error)
    return _tell(500, *HTTP_CODES[500])


def _tell(status: int, code: str, sentence: str) -> ResponseReturnValue:
    return tell_refusal(HttpProblem(status, code, sentence))


def _document(document: dict[str, Any], headers: dict[str, str]) -> Response:
    # half a surrogate in a field's name is sent back as it came
    text = json.dumps(document, ensure_ascii=False, default=str).encode(errors="backslashreplace")
    return Response(text, document["status"], headers, content_type="application/problem+json")


def _sign_in_page() -> str | None:
    if request.path.startswith("/admin"):
        wanted = request.full_path.removesuffix("?") if request.method == "GET" else None
        return url_for("admin.sign_in", next=wanted)
    if request.path.startswith("/till"):
        return url_for("till.sign_on")
    return None
