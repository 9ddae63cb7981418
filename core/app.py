"""Build the application from the parts it is handed."""

from typing import Protocol

from flask import Flask

from core import api, cli, config, i18n, logs, pages, problems, rest, security
from core.config import Config
from core.db import Database


class Part(Protocol):
    """A package that plugs itself in: the same door Flask extensions have."""

    def init_app(self, app: Flask) -> None: ...


def create_app(*parts: Part, settings: Config | None = None) -> Flask:
    """Return an application made of core and the given parts.

    Raises:
        ConfigError: a setting is wrong.
    """
    settings = settings or config.load()
    app = Flask(
        "core",
        root_path=str(i18n.TRANSLATIONS.parent),
        static_folder="static",
        template_folder="templates",
    )
    app.url_map.merge_slashes = False  # a slash too many is an address there is not
    logs.set_up(settings.log_level)
    app.extensions["config"] = settings
    app.extensions["database"] = Database(settings.database_url, schema=settings.database_schema)
    security.init_app(app, settings)
    rest.init_app(app)
    i18n.init_app(app)
    problems.init_app(app)
    api.init_app(app)
    pages.init_app(app)
    cli.init_app(app)
    for part in parts:
        part.init_app(app)
    return app
