"""January and February of the real year, by the command: killed, stopped, taken up, compared."""

import io
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from datetime import date

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core import config
from core.db import Bare, Database
from core.errors import Stale
from core.models import Job
from coupons.models import Campaign, Coupon, Offer, Purchase, Redemption
from loyalty.demo import comparison, progress, replay
from loyalty.demo import programme as house
from loyalty.demo.replay import Progress
from loyalty.demo.year import YEAR_START, CampaignFigures, Day, Volume
from loyalty.models import Stamp, StandingChange

HIT = """
import os, sys
import coupons, loyalty
from core.app import create_app
from flask.cli import ScriptInfo
from loyalty import checkout

settle, calls = checkout.settle, 0

def hit(*args, **given):
    global calls
    calls += 1
    if calls == int(sys.argv[2]):
        os.kill(os.getpid(), int(sys.argv[1]))
    return settle(*args, **given)

checkout.settle = hit
app = create_app(coupons, loyalty)
app.cli.main(["demo", "load", "--until", "2017-03-01"], obj=ScriptInfo(create_app=lambda: app))
"""
"""The command in a process of its own, which a signal hits in the middle of a day."""


OVERLAP = date(2017, 1, 12)
"""A day on which all offers of the house hold."""


@dataclass(frozen=True)
class Standing:
    """What the database holds after a run."""

    day: str
    state: str
    done: int
    purchases: int


@dataclass(frozen=True)
class Replayed:
    """The runs that made up the two months, and what stood after the first ones."""

    killed: int
    after_kill: Standing
    stopped: subprocess.CompletedProcess[str]
    after_stop: Standing
    january: Result
    february: Result


def load(app: Flask, until: str = "2017-03-01") -> Result:
    return app.test_cli_runner().invoke(args=["demo", "load", "--until", until])


def load_hit_by(app: Flask, number: int, *, at: int) -> subprocess.CompletedProcess[str]:
    """Run the command until a signal hits it at so many purchases."""
    settings = app.extensions["config"]
    given = {config.PREFIX + f.name.upper(): getattr(settings, f.name) for f in fields(settings)}
    plain = {name: str(value) for name, value in given.items() if isinstance(value, str | int)}
    environment = {n: v for n, v in os.environ.items() if not n.startswith(config.PREFIX)} | plain
    return subprocess.run(  # noqa: S603  # our own interpreter and script
        [sys.executable, "-c", HIT, str(int(number)), str(at)],
        env=environment | {"LOYALTY_DATA_DIR": str(settings.data_dir)},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def standing(database: Database) -> Standing:
    def look(session: Session) -> Standing:
        job = session.scalars(select(Job).where(Job.kind == replay.KIND)).one()
        purchases = session.scalar(select(func.count()).select_from(Purchase))
        return Standing(job.payload["day"], job.state, job.done, purchases or 0)

    return database.look(look)


def empty(session: Session) -> None:
    for table in reversed(Bare.metadata.sorted_tables):
        session.execute(table.delete())


@pytest.fixture(scope="module")
def replayed(application: Flask) -> Iterator[Replayed]:
    """January and February, replayed once for each engine."""
    database: Database = application.extensions["database"]
    database.transact(empty)
    killed = load_hit_by(application, signal.SIGKILL, at=1000).returncode
    after_kill = standing(database)
    stopped = load_hit_by(application, signal.SIGTERM, at=1000)
    after_stop = standing(database)
    january = load(application, "2017-02-01")
    yield Replayed(killed, after_kill, stopped, after_stop, january, load(application))
    database.transact(empty)


def test_a_killed_replay_leaves_whole_days(replayed: Replayed) -> None:
    assert replayed.killed == -signal.SIGKILL
    assert replayed.after_kill == Standing("2017-01-03", "running", 777, 777)


def test_a_stopped_replay_ends_its_day_and_says_where(replayed: Replayed) -> None:
    assert replayed.stopped.returncode == 128 + signal.SIGTERM
    assert "Stopped before 2017-01-06." in replayed.stopped.stderr
    assert replayed.after_stop == Standing("2017-01-06", "queued", 1990, 1990)


def test_two_months_in_four_runs_agree_with_the_raw_files(replayed: Replayed) -> None:
    assert replayed.january.exit_code == 0, replayed.january.output
    assert "Up to 2017-02-01: all the same." in replayed.january.output
    assert replayed.february.exit_code == 0, replayed.february.output
    assert "24618 purchases, 238753 lines, 72335531 cents" in replayed.february.output
    assert "Up to 2017-03-01: all the same." in replayed.february.output


def test_what_is_replayed_is_not_replayed_again(application: Flask, replayed: Replayed) -> None:
    again = load(application, "2017-01-15")

    assert again.exit_code == 0, again.output
    assert "Up to 2017-03-01: all the same." in again.output


def add_a_cent_to_a_redemption(session: Session, cent: int) -> None:
    rows = (
        select(Redemption)
        .join(Offer, Offer.id == Redemption.offer_id)
        .join(Campaign, Campaign.id == Offer.campaign_id)
        .where(Campaign.external_ref == "26", Redemption.discount > 0)
    )
    session.scalars(rows.order_by(Redemption.id)).first().discount += cent


def add_a_cent_to_a_purchase(session: Session, cent: int) -> None:
    purchase = session.scalars(
        select(Purchase).where(Purchase.discount == 0).order_by(Purchase.id)
    ).first()
    purchase.basket_total += cent
    purchase.to_pay += cent


@pytest.mark.parametrize(
    ("tamper", "said"),
    [
        (add_a_cent_to_a_redemption, "campaign 26: discount: the report says"),
        (add_a_cent_to_a_purchase, "cents: 72335532 settled, 72335531 in the files"),
    ],
)
def test_one_cent_too_many_is_found(
    application: Flask, replayed: Replayed, tamper: Callable[[Session, int], None], said: str
) -> None:
    database: Database = application.extensions["database"]
    database.transact(lambda session: tamper(session, 1))

    compared = load(application)

    database.transact(lambda session: tamper(session, -1))
    assert compared.exit_code == 1
    assert said in compared.output
    assert "not the same" in compared.output


def test_a_day_that_is_settled_is_not_settled_by_another_process(
    application: Flask, replayed: Replayed
) -> None:
    database: Database = application.extensions["database"]
    with database.writing() as session:
        job = replay.marker(session)
        assert job
        job.state = "running"
        session.flush()

        with pytest.raises(Stale):
            replay.settle_day(session, job.id, Day(YEAR_START, (), (), (), ()), replay.Known())


def test_the_year_with_tiers_stamps_expiry_and_three_offers_at_once_balances(
    app: Flask, database: Database
) -> None:
    database.transact(empty)

    done = app.test_cli_runner().invoke(args=["demo", "load", "--full", "--until", "2017-01-15"])
    other_kind = load(app, "2017-01-16")

    assert done.exit_code == 0, done.output
    assert "Up to 2017-01-15: all the same." in done.output
    assert other_kind.exit_code == 1
    assert "begun the other way" in other_kind.output
    with database.reading() as session:
        codes = select(Coupon.label, func.count()).join(Redemption).group_by(Coupon.label)
        used = dict(session.execute(codes.where(Coupon.label.in_(house.codes(OVERLAP)))).all())
        assert min(used[code] for code in house.codes(OVERLAP)) > 20
        assert session.scalar(select(func.count()).select_from(StandingChange)) > 50
        assert session.scalar(select(func.count()).select_from(Stamp)) > 1000


def test_a_database_in_use_is_left_alone(app: Flask, database: Database) -> None:
    refused = load(app)

    assert refused.exit_code == 1
    assert "This database is in use" in refused.output
    assert database.look(replay.marker) is None


@pytest.mark.parametrize("until", ["2017-01-01", "2018-01-02", "yesterday"])
def test_a_day_outside_the_year_is_refused(app: Flask, until: str) -> None:
    assert load(app, until).exit_code == 2


class Terminal(io.StringIO):
    """Somewhere that lines can be rewritten."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("stream", [Terminal(), io.StringIO()])
def test_progress_is_told_now_and_then_and_at_the_end(stream: io.StringIO) -> None:
    line = progress.Line(stream)
    for day in range(2, 30):
        line.tell(Progress(date(2017, 1, day), day * 100, 4000))

    line.close()

    assert stream.getvalue().count("2017-01-") == 1
    assert "2017-01-29  2,900 of 4,000 purchases, " in stream.getvalue()
    assert stream.getvalue().endswith(" left\n")


def test_every_difference_is_named() -> None:
    ours = [CampaignFigures(1, 5, 4, 4, 4, 400, 900), CampaignFigures(2, 1, 0, 0, 0, 0, 0)]
    raw = [CampaignFigures(1, 5, 4, 4, 4, 401, 900), CampaignFigures(3, 1, 0, 0, 0, 0, 0)]

    assert list(comparison.differences(ours, raw)) == [
        "campaign 2: only in the report",
        "campaign 3: only in the files",
        "campaign 1: discount: the report says 400, the files 401",
    ]
    assert list(comparison.shortfalls(Volume(1, 2, 3), Volume(1, 2, 4))) == [
        "cents: 3 settled, 4 in the files"
    ]
    assert not [*comparison.differences(raw, raw), *comparison.shortfalls(*[Volume(1, 2, 3)] * 2)]
