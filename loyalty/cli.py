"""flask commands for what customers hold."""

import signal
from pathlib import Path
from types import FrameType

import click
from flask import Flask
from flask.cli import AppGroup, with_appcontext

from core import clock, i18n, jobs, web
from core.auth import SYSTEM
from core.errors import InvalidRequest, Refusal
from loyalty import night, opening_files, programme, reconcile
from loyalty.opening_files import Summary

points = AppGroup("points", help="What customers hold.")

STOPPED = 130
"""How a command ends that was stopped with Ctrl-C."""


@click.command("reconcile")
@with_appcontext
@click.pass_context
def reconcile_books(context: click.Context) -> None:
    """Print what is off in the books, one line each, and exit 1; nothing if they balance."""
    at = clock.now()
    off = web.database().look(lambda session: list(reconcile.findings(session, at=at)))
    for line in off:
        click.echo(line)
    context.exit(1 if off else 0)


@points.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.pass_context
def import_points(context: click.Context, file: Path) -> None:
    """Book opening balances from a CSV; what was booked is passed over, so it can go on."""
    stopping = False

    def stop(_signal: int, _frame: FrameType | None) -> None:
        nonlocal stopping
        stopping = True

    def tell(summary: Summary) -> bool:
        click.echo(f"{summary.rows} rows", err=True)
        return not stopping

    signal.signal(signal.SIGINT, stop)
    try:
        done = opening_files.take_in(web.database(), file, actor=SYSTEM, now=clock.now, told=tell)
    except (Refusal, UnicodeDecodeError) as problem:
        raise click.ClickException(_told(problem)) from None
    outcomes = ("booked", "already", "refused")
    click.echo(", ".join(f"{outcome} {done.outcomes[outcome]}" for outcome in outcomes))
    if beside := opening_files.write_refused(file, done):
        click.echo(f"what was refused, and why: {beside}")
    if stopping:
        click.echo("stopped; run it again to go on", err=True)
        context.exit(STOPPED)
    context.exit(1 if beside else 0)


def _told(problem: Refusal | UnicodeDecodeError) -> str:
    if isinstance(problem, UnicodeDecodeError):
        return "the file is not in UTF-8"
    if isinstance(problem, InvalidRequest):
        known = ", ".join(opening_files.COLUMNS)
        return f"columns missing or unknown: {', '.join(problem.errors)}. Known are: {known}"
    return f"{problem.code}: {i18n.tell(problem)}"


def init_app(app: Flask) -> None:
    """Plug the commands in."""
    app.cli.add_command(reconcile_books)
    app.cli.add_command(points)
    jobs.CHORES.append(night.run)
    app.extensions["first_run"].append(programme.set_up)
