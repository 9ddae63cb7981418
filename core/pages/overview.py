"""The first page of the desk: what to do next, and the key figures."""

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from core import clock, web
from core.pages import desk
from core.pages.desk import admin


@admin.get("")
@web.requires("admin:open")
@web.reading
def overview(session: Session) -> ResponseReturnValue:
    """Show what a new merchant still has to do, and how things are."""
    at = clock.now()
    here = desk.here()
    steps = [
        (step, step.done(session))
        for step in sorted(here.steps, key=lambda step: step.order)
        if desk.may(step.permission)
    ]
    figures = [
        (figure, shown)
        for figure in sorted(here.figures, key=lambda figure: figure.order)
        if desk.may(figure.permission) and (shown := figure.show(session, at)) is not None
    ]
    return render_template(
        "admin/overview.html",
        steps=steps,
        following=next((step for step, done in steps if not done), None),
        figures=figures,
    )


@admin.get("/")
@web.requires("admin:open")
def overview_again() -> ResponseReturnValue:
    """Lead to the one address of the overview."""
    return redirect(url_for("admin.overview"), 308)
