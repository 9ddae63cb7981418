"""How a form is taken: one transaction, then what was done is said, or why not."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from typing import Any, Concatenate, ParamSpec
from urllib.parse import urlsplit

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from core import clock, i18n, idempotency, web
from core.errors import InvalidRequest, NotFound, Refusal
from core.pages import parts
from core.pages.forms import Form

P = ParamSpec("P")


@dataclass(frozen=True, slots=True)
class Done:
    """What a form has done: where to go on, and what is said there once it is committed."""

    address: str
    said: str = ""


Answer = ResponseReturnValue | Done
View = Callable[Concatenate[Session, P], Answer]


def posting(view: View[P]) -> Callable[P, ResponseReturnValue]:
    """Run a view in a writing transaction; a refusal is told where the button was pressed."""

    @wraps(view)
    def run(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
        try:
            answer = web.writing(view)(*args, **kwargs)
        except NotFound:
            raise
        except Refusal as refusal:
            flash(told(refusal), "error")
            return redirect(came_from(), 303)
        return _tell(answer)

    return run


def form_page(view: View[P]) -> Callable[P, ResponseReturnValue]:
    """Show a form in a reading transaction, and take it in a writing one."""
    taking = posting(view)

    @wraps(view)
    def run(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
        if request.method == "POST":
            return taking(*args, **kwargs)
        return _tell(web.reading(view)(*args, **kwargs))

    return run


def _tell(answer: Answer) -> ResponseReturnValue:
    if not isinstance(answer, Done):
        return answer
    if answer.said:
        flash(answer.said)
    return redirect(answer.address, 303)


def once(session: Session, work: Callable[[], Done]) -> Done:
    """Do what a form asks for, once: the same form sent again gets the first answer.

    The form's own hidden token is part of what it sends, so that an equal form on purpose is
    another one, and so is the same form with something changed.
    """
    sent = {name: values for name, values in request.form.lists() if name != "csrf_token"}
    key = idempotency.fingerprint(request.method, request.path, sent)

    def answer() -> tuple[int, Any]:
        done = work()
        return 303, [done.address, done.said]

    found = idempotency.once(session, web.scope(), key, key, work=answer, at=clock.now())
    return Done(*json.loads(found.body))


@contextmanager
def telling(session: Session, form: Form) -> Iterator[None]:
    """Turn what a rule refuses into mistakes of the form; nothing it did before is kept."""
    try:
        yield
    except Refusal as refusal:
        session.rollback()
        if isinstance(refusal, InvalidRequest):
            _mark(form, refusal)
        else:
            form.form_errors.append(i18n.tell(refusal))


def _mark(form: Form, refusal: InvalidRequest) -> None:
    """Put the errors of an invalid request beside the fields they are about."""
    for path, messages in refusal.errors.items():
        said = [i18n.wrong(message) for message in messages]
        if ("." in path or path in form) and parts.blame(form, path, said):
            continue
        name = path.rpartition(".")[2].removesuffix("_at")
        if name in form:
            form[name].errors = [*form[name].errors, *said]
        else:
            form.form_errors.extend(said)


def told(refusal: Refusal) -> str:
    """Return the sentence of a refusal, with what is wrong if it is about fields."""
    if isinstance(refusal, InvalidRequest):
        said = [i18n.wrong(message) for messages in refusal.errors.values() for message in messages]
        return " ".join([i18n.tell(refusal), *said])
    return i18n.tell(refusal)


def show(template: str, form: Form, **given: Any) -> tuple[str, int]:
    """Render a page with a form: 422 if what was entered has mistakes, with what was typed."""
    page = render_template(template, form=form, **given)
    return page, 422 if form.errors else 200


def came_from() -> str:
    """Return the page of ours that the browser came from, else the overview."""
    parts = urlsplit(request.referrer or "")
    if parts.netloc == request.host and parts.path.startswith(url_for("admin.overview")):
        return parts.path + (f"?{parts.query}" if parts.query else "")
    return url_for("admin.overview")


def older(cursor: str | None) -> str | None:
    """Return the address of the next page of the list that is shown, if there is one."""
    if cursor is None or request.endpoint is None:
        return None
    return _here({"cursor": cursor})


def newest() -> str | None:
    """Return the address of the first page of the list, unless it is the one that is shown."""
    if "cursor" not in request.args or request.endpoint is None:
        return None
    return _here({})


def _here(more: dict[str, str]) -> str:
    """Return the address of the list that is shown, at another place of it."""
    asked: dict[str, Any] = {n: v for n, v in request.args.items() if v and n != "cursor"}
    return url_for(request.endpoint or "", **(asked | (request.view_args or {}) | more))
