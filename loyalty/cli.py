"""flask commands for what customers hold."""

import click
from flask import Flask
from flask.cli import with_appcontext

from core import jobs, web
from loyalty import night, programme, reconcile


@click.command("reconcile")
@with_appcontext
@click.pass_context
def reconcile_books(context: click.Context) -> None:
    """Print what is off in the books, one line each, and exit 1; nothing if they balance."""
    off = web.database().look(lambda session: list(reconcile.findings(session)))
    for line in off:
        click.echo(line)
    context.exit(1 if off else 0)


def init_app(app: Flask) -> None:
    """Plug the commands in."""
    app.cli.add_command(reconcile_books)
    jobs.CHORES.append(night.run)
    app.extensions["first_run"].append(programme.set_up)
