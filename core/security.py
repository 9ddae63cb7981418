"""What stands before every view: identity, CSRF, headers, limits, and the log line after it."""

import time
from datetime import timedelta
from http import HTTPStatus
from pathlib import Path

import structlog
from flask import Flask, Response, current_app, g, request, session
from flask_wtf.csrf import CSRFProtect
from sqlalchemy.orm import Session
from werkzeug.middleware.proxy_fix import ProxyFix

from core import clock, keys, metrics, shops, staff, web
from core.auth import NOBODY, Actor, at_a_till, of_role
from core.config import Config
from core.errors import NotFound, NotSignedIn

CSP = (
    "default-src 'self'; script-src 'self'; worker-src 'self'; style-src 'self'; "
    "img-src 'self' data:; connect-src 'self'; object-src 'none'; base-uri 'none'; "
    "frame-ancestors 'none'; form-action 'self'"
)
WORKER_CSP = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'"
WORKER = "/till/scan-worker.js"  # whatever version of it

FILES = ("static", "till.script")
WITHOUT_DATABASE = (*FILES, "health.alive", "health.ready", "health.metrics")

log = structlog.get_logger()
csrf = CSRFProtect()


def init_app(app: Flask, config: Config) -> None:
    """Plug the guards in."""
    app.config |= {
        "SECRET_KEY": config.secret_key,
        "SECRET_KEY_FALLBACKS": list(config.secret_key_fallbacks),
        "SESSION_COOKIE_NAME": "session",
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_SECURE": config.secure,
        "PERMANENT_SESSION_LIFETIME": timedelta(days=365),
        "MAX_CONTENT_LENGTH": 2**20,
        "WTF_CSRF_CHECK_DEFAULT": False,
        "WTF_CSRF_TIME_LIMIT": None,
    }
    if config.trusted_proxies:
        n = config.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=n, x_proto=n, x_host=n)  # type: ignore[method-assign]
    csrf.init_app(app)
    app.url_defaults(_version)
    app.before_request(begin)
    app.after_request(finish)


def begin() -> None:
    """Find out who is asking, whether they may, and whether their own page sent the form."""
    g.began = time.perf_counter()
    g.request_id = web.new_request_id()
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=g.request_id)
    if request.endpoint in WITHOUT_DATABASE:
        return
    g.actor = web.database().look(identify)
    web.check_permission()
    if request.method not in ("GET", "HEAD", "OPTIONS") and "Authorization" not in request.headers:
        csrf.protect()


def identify(db: Session) -> Actor:
    """Return who is asking, by key, by till, or by the browser's session.

    Raises:
        NotSignedIn: a key was sent that is not valid.
    """
    try:
        _read_merchant(db)
    except NotFound:
        g.currency, g.zone, g.merchant_locale = "EUR", "UTC", "en"
    header = request.headers.get("Authorization")
    if header is not None:
        scheme, _, token = header.partition(" ")
        found = keys.actor_of(db, token.strip(), at=clock.now()) if scheme == "Bearer" else None
        if found is None:
            raise NotSignedIn
        return found
    if not request.path.startswith("/admin") and (till := _at_till(db)):
        return till
    return _at_desk(db)


def _read_merchant(db: Session) -> None:
    g.merchant = shops.merchant(db)
    g.currency, g.zone = g.merchant.currency, g.merchant.zone
    g.merchant_locale = g.merchant.locale


def _at_till(db: Session) -> Actor | None:
    device, token = request.cookies.get(web.DEVICE_COOKIE), session.get("till_token")
    if not device:
        return None
    g.till = shops.till_of_device(db, device)
    if g.till is None or not token:
        return None
    person = staff.signed_on(db, token, till=g.till, at=clock.now())
    if person is None:
        return None
    return Actor(
        "till",
        person.id,
        name=person.name,
        role=person.role,
        permissions=at_a_till(person.role),
        shop_id=g.till.shop_id,
        till_id=g.till.id,
    )


def _at_desk(db: Session) -> Actor:
    token = session.get("token")
    person = staff.signed_on(db, token, at=clock.now()) if token else None
    if person is None:
        return NOBODY
    return Actor(
        "staff",
        person.id,
        name=person.name,
        role=person.role,
        permissions=of_role(person.role),
        shop_id=person.shop_id,
    )


def finish(response: Response) -> Response:
    """Set the headers that guard the browser, and log the request."""
    headers = response.headers
    headers["X-Request-Id"] = g.get("request_id", "")
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Referrer-Policy"] = "same-origin"
    headers["Permissions-Policy"] = "camera=(self), microphone=(), geolocation=()"
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    headers["Content-Security-Policy"] = WORKER_CSP if request.path.endswith(WORKER) else CSP
    if web.config().secure:
        headers["Strict-Transport-Security"] = "max-age=31536000"
    if request.endpoint in FILES and response.status_code < HTTPStatus.BAD_REQUEST:
        versioned = "v" in request.args or request.endpoint != "static"
        headers["Cache-Control"] = "max-age=31536000, immutable" if versioned else "no-cache"
        return response
    headers.setdefault("Cache-Control", "no-store")
    _note(response)
    return response


def _note(response: Response) -> None:
    """Log and measure a request by its route; addresses with codes in them are written nowhere."""
    seconds = time.perf_counter() - g.get("began", time.perf_counter())
    route, status = str(request.url_rule), response.status_code
    metrics.REQUESTS.labels(route, request.method, str(status)).observe(seconds)
    log.info(
        "request",
        method=request.method,
        route=route,
        status=status,
        milliseconds=round(seconds * 1000, 1),
        actor=str(g.get("actor", NOBODY)),
    )


def _version(endpoint: str, values: dict[str, object]) -> None:
    """Give a static file's address the time it was made, so that browsers may keep it for good."""
    name = values.get("filename")
    if endpoint == "static" and isinstance(name, str) and "v" not in values:
        path = Path(str(current_app.static_folder)) / name
        if path.is_file():
            values["v"] = format(int(path.stat().st_mtime), "x")
