"""The till: make a device one, sign on and off at it, and its one screen."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Plug the till in."""
    from loyalty.till import (  # noqa: F401  # they hang their views on the blueprint
        displays,
        gate,
        installed,
        joining,
        screen,
        shell,
        slips,
    )
    from loyalty.till.place import blueprint

    shell.version()  # before the first request, and the same in every process
    app.register_blueprint(blueprint)
