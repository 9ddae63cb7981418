"""The desk under /admin, and what every face shares: the language switch and the error page."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Plug the desk in, with the sections that belong to core."""
    from core.pages import (  # noqa: F401  # importing them hangs their views on the blueprint
        account,
        audit_log,
        desk,
        house,
        keys,
        language,
        overview,
        places,
        sections,
        sign_in,
        speed,
        staff,
        till_rules,
        tills,
    )

    app.extensions["desk"] = desk.Desk()
    app.context_processor(desk.context)
    sections.init_app(app)
    app.register_blueprint(desk.admin)
    app.register_blueprint(language.blueprint)
