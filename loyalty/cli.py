"""flask commands for what customers hold."""

import click
from flask import Flask
from flask.cli import with_appcontext
from sqlalchemy.orm import Session

from core import clock, web
from loyalty import expiry, programme, reconcile

SWEEP = 500


@click.command("reconcile")
@with_appcontext
@click.pass_context
def reconcile_books(context: click.Context) -> None:
    """Print what is off in the books, one line each, and exit 1; nothing if they balance."""
    off = web.database().look(lambda session: list(reconcile.findings(session)))
    for line in off:
        click.echo(line)
    context.exit(1 if off else 0)


@click.command("sweep")
@with_appcontext
def sweep() -> None:
    """Book what has become due or has expired, so that the books can be read at rest.

    No rule waits for it: balances are right at every instant without it.
    """
    at, done = clock.now(), 0
    while found := web.database().look(
        lambda session: expiry.due_customers(session.connection(), at=at, most=SWEEP)
    ):
        for customer_id in found:

            def work(session: Session, id=customer_id) -> None:  # type: ignore[no-untyped-def]
                expiry.lock(session.connection(), id, at=at)

            web.database().transact(work)
        done += len(found)
        click.echo(f"{done} accounts", err=True)


def init_app(app: Flask) -> None:
    """Plug the commands in."""
    app.cli.add_command(reconcile_books)
    app.cli.add_command(sweep)
    app.extensions["first_run"].append(programme.set_up)
