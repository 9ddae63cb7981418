"""The demo: a year of a real chain, settled through the same rules as the API. docs/demo.md."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Plug the command in; what reads the data is loaded only when it runs."""
    from loyalty.demo.cli import demo

    app.cli.add_command(demo)
