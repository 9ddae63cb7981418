"""What every view needs: who is asking, a transaction, and how a no is told."""

import hashlib
import re
from collections.abc import Callable
from contextlib import suppress
from functools import wraps
from ipaddress import ip_network
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

from flask import Response, current_app, g, request
from sqlalchemy.orm import Session

from core import clock, idempotency, ids
from core.auth import NOBODY, PUBLIC, Actor
from core.config import Config
from core.db import Database
from core.errors import NotAllowed, NotSignedIn, Stale, WrongShop
from core.models import Merchant

P = ParamSpec("P")
R = TypeVar("R")

DEVICE_COOKIE = "till_device"
_SANE_ID = re.compile(r"[A-Za-z0-9-]{8,64}")


OPEN_ENDPOINTS = frozenset({"static", "api-docs.openapi_json"})
"""Endpoints of libraries, which cannot be decorated, that anybody may ask."""


def database() -> Database:
    """Return the database of the merchant that is served."""
    return cast(Database, current_app.extensions["database"])


def config() -> Config:
    """Return the settings."""
    return cast(Config, current_app.extensions["config"])


def actor() -> Actor:
    """Return who is asking."""
    return cast(Actor, g.get("actor", NOBODY))


def requires(permission: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Let only an actor who holds the permission through; a view without one is shut."""

    def decorate(view: Callable[P, R]) -> Callable[P, R]:
        view.permission = permission  # type: ignore[attr-defined]
        return view

    return decorate


public = requires(PUBLIC)
"""Let anybody through."""


def check_permission() -> None:
    """Deny whatever is not granted.

    Raises:
        NotSignedIn: nobody is asking, and the view is not public.
        NotAllowed: somebody is asking who lacks the permission.
    """
    if request.endpoint is None or request.endpoint in OPEN_ENDPOINTS:
        return
    permission = permission_of(request.endpoint)
    if not actor().may(permission):
        if actor() is NOBODY:
            raise NotSignedIn
        raise NotAllowed(permission=permission)


def permission_of(endpoint: str) -> str:
    """Return the permission an endpoint asks for; one that asks for none is nobody's."""
    return str(getattr(current_app.view_functions[endpoint], "permission", "nobody's"))


def writing(view: Callable[Concatenate[Session, P], R]) -> Callable[P, R]:
    """Run a view in one writing transaction, committed when it returns."""

    @wraps(view)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        return database().transact(lambda session: view(session, *args, **kwargs))

    return run


def reading(view: Callable[Concatenate[Session, P], R]) -> Callable[P, R]:
    """Run a view in one transaction that only reads."""

    @wraps(view)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        return database().look(lambda session: view(session, *args, **kwargs))

    return run


def idempotent(view: Callable[Concatenate[Session, P], tuple[int, Any]]) -> Callable[P, Response]:
    """Run a view in one writing transaction, once per Idempotency-Key.

    The view returns a status and what is to be answered as JSON.
    """

    @wraps(view)
    def run(*args: P.args, **kwargs: P.kwargs) -> Response:
        key, print_ = idempotency_key()
        answer = database().transact(
            lambda session: idempotency.once(
                session,
                scope(),
                key,
                print_,
                work=lambda: view(session, *args, **kwargs),
                at=clock.now(),
            )
        )
        return answered(answer)

    return takes_key(run, required=True)


def repeatable(view: Callable[Concatenate[Session, P], tuple[int, Any]]) -> Callable[P, Response]:
    """Run a view in one writing transaction; with an Idempotency-Key, once per key."""

    @wraps(view)
    def run(*args: P.args, **kwargs: P.kwargs) -> Response:
        if "Idempotency-Key" in request.headers:
            return idempotent(view)(*args, **kwargs)
        status, payload = database().transact(lambda session: view(session, *args, **kwargs))
        return answered(idempotency.Answer(status, idempotency.written(payload)))

    return takes_key(run, required=False)


def takes_key(view: Callable[P, Response], *, required: bool = True) -> Callable[P, Response]:
    """Tell the API's description that a view takes an Idempotency-Key."""
    parameter = {
        "in": "header",
        "name": "Idempotency-Key",
        "required": required,
        "schema": {"type": "string", "minLength": 16, "maxLength": 64},
        "description": "The same key with the same request gets the first answer again.",
    }
    view._apidoc = {"manual_doc": {"parameters": [parameter]}}  # type: ignore[attr-defined]  # noqa: SLF001  # flask-smorest's
    return view


def takes_approval(view: Callable[P, Response]) -> Callable[P, Response]:
    """Tell the API's description that a view with a key takes a second person's approval too."""
    parameter = {
        "in": "header",
        "name": "Approval",
        "schema": {"type": "string"},
        "description": "What a second person has given for this; several are parted by commas.",
    }
    view._apidoc["manual_doc"]["parameters"].append(parameter)  # type: ignore[attr-defined]  # noqa: SLF001  # flask-smorest's
    return view


def tagged(payload: Any) -> Response:
    """Return what is shown as JSON, with the entity tag that If-Match compares."""
    response = Response(idempotency.written(payload), mimetype="application/json")
    response.set_etag(etag(payload))
    return response


def check_match(payload: Any) -> None:
    """Let a change through that was made from what is there now.

    Raises:
        Stale: the request's If-Match says that it was made from something else.
    """
    if request.if_match and not request.if_match.contains(etag(payload)):
        raise Stale


def idempotency_key() -> tuple[str, str]:
    """Return the request's key and the fingerprint of what it asks for.

    Raises:
        KeyMissing: there is no usable key.
    """
    key = idempotency.require(request.headers.get("Idempotency-Key"))
    payload = request.get_json(silent=True)
    return key, idempotency.fingerprint(request.method, request.path, payload)


def approval() -> str | None:
    """Return the token of a second person's approval that the request brought, if any."""
    return request.headers.get("Approval")


def answered(answer: idempotency.Answer) -> Response:
    """Return the kept answer as it was, and say whether it is a replay."""
    response = Response(answer.body, answer.status, mimetype="application/json")
    if answer.replayed:
        response.headers["Idempotency-Replayed"] = "true"
    return response


def scope() -> str:
    """Return within whom an idempotency key is unique: a till keeps its keys across cashiers."""
    asking = actor()
    return f"till:{asking.till_id.hex}" if asking.till_id else str(asking)


def address() -> str:
    """Return a digest of the address that asks, for throttling; the address is not kept.

    Of IPv6 it is the network (/64), as whoever has one address there has them all.
    """
    asking = request.remote_addr or ""
    if ":" in asking:
        with suppress(ValueError):  # whatever a proxy has passed on
            asking = str(ip_network((asking.partition("%")[0], 64), strict=False))
    text = f"{current_app.secret_key!r}{asking}"
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def shop_of(given: Any) -> Any:
    """Return the shop a request is about: its own, or the one its key or till belongs to.

    Raises:
        WrongShop: it names another shop than the one its key or till belongs to.
    """
    bound = actor().shop_id
    if bound and given and given != bound:
        raise WrongShop
    return bound or given


def merchant() -> Merchant:
    """Return the merchant, read once per request."""
    if "merchant" not in g:
        from core import shops  # noqa: PLC0415  # rules are read late: web is imported by every edge

        g.merchant = database().look(shops.merchant)
    return cast(Merchant, g.merchant)


def etag(value: Any) -> str:
    """Return the entity tag of what is shown, for If-Match."""
    return hashlib.sha256(idempotency.written(value).encode()).hexdigest()[:32]


def new_request_id() -> str:
    """Return the id under which a request is logged: the caller's if it is sane, else a new one."""
    given = request.headers.get("X-Request-Id", "")
    return given if _SANE_ID.fullmatch(given) else ids.new().hex
