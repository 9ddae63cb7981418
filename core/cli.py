"""flask commands for what core holds."""

import signal
import time
from collections.abc import Callable
from datetime import datetime
from types import FrameType
from typing import TypeVar

import click
from flask import Flask, current_app
from flask.cli import AppGroup, with_appcontext
from flask_migrate import Migrate
from sqlalchemy.orm import Session

from core import (
    clock,
    health,
    idempotency,
    ids,
    jobs,
    keys,
    outbox,
    shops,
    staff,
    throttle,
    web,
)
from core import signing as signatures
from core.auth import SYSTEM
from core.config import write_secret
from core.errors import InvalidRequest, Refusal

R = TypeVar("R")

USUAL = {"name": "My shop", "currency": "EUR", "zone": "Europe/Berlin", "locale": "en"}

shop = AppGroup("shop", help="Places of business.")
till = AppGroup("till", help="Points of sale.")
people = AppGroup("staff", help="People at work.")
key = AppGroup("key", help="API keys.")
job = AppGroup("jobs", help="Long work.")
signing = AppGroup("signing", help="Keys that sign for the time without a line.")


@shop.command("add")
@click.argument("name")
@click.option("--zone", default=None, help="IANA time zone; the merchant's if not said.")
def add_shop(name: str, zone: str | None) -> None:
    """Open a shop and print its id."""

    def work(session: Session) -> str:
        held = zone or shops.merchant(session).zone
        made = shops.add(session, name, zone=held, actor=SYSTEM, at=clock.now())
        return ids.public("sh", made.id)

    click.echo(_do(work))


@till.command("add")
@click.argument("shop_id", metavar="SHOP")
@click.argument("label")
def add_till(shop_id: str, label: str) -> None:
    """Set up a till and print its id; the enrolment code goes to standard error."""

    def work(session: Session) -> tuple[str, str]:
        found = shops.find(session, ids.parse("sh", shop_id))
        made, code = shops.add_till(session, found, label, actor=SYSTEM, at=clock.now())
        return ids.public("ti", made.id), code

    id, code = _do(work)
    click.echo(f"On the device, open {web.config().base_url}/till/enrol and enter {code}", err=True)
    click.echo(id)


@people.command("add")
@click.argument("mail")
@click.option("--role", default="cashier", show_default=True)
@click.option("--name", default=None)
@click.option("--pin", default=None, help="For signing on at a till.")
def add_staff(mail: str, role: str, name: str | None, pin: str | None) -> None:
    """Take somebody on and print the id; the password goes to standard error."""
    password = staff.new_password()

    def work(session: Session) -> str:
        at = clock.now()
        made = staff.add(
            session, name=name or mail.partition("@")[0], email=mail, role=role, actor=SYSTEM, at=at
        )
        staff.set_password(session, made, password, actor=SYSTEM, at=at)
        if pin:
            staff.set_pin(session, made, pin, actor=SYSTEM, at=at)
        return ids.public("st", made.id)

    made = _do(work)
    click.echo(f"Password: {password}", err=True)
    click.echo(made)


@key.command("add")
@click.argument("name")
@click.option("--scopes", default="all", show_default=True, help="Separated by commas.")
@click.option("--shop", "shop_id", default=None)
def add_key(name: str, scopes: str, shop_id: str | None) -> None:
    """Make an API key and print it, this once."""

    def work(session: Session) -> str:
        bound = shops.find(session, ids.parse("sh", shop_id)).id if shop_id else None
        wanted = [one.strip() for one in scopes.split(",") if one.strip()]
        _, secret = keys.add(
            session, name, scopes=wanted, shop_id=bound, actor=SYSTEM, at=clock.now()
        )
        return secret

    click.echo(_do(work))


@signing.command("list")
def list_signing() -> None:
    """Print the number and the public half of each key that is trusted."""

    def work(session: Session) -> dict[int, str]:
        return signatures.trusted(session.connection(), web.config().secret_key)

    for number, half in sorted(_do(work).items()):
        click.echo(f"{number} {half}")


@signing.command("retire")
@click.argument("number", type=int)
def retire_signing(number: int) -> None:
    """Trust a key no more: without a line, nothing it has signed is taken."""
    _do(lambda session: signatures.retire(session, number, actor=SYSTEM, at=clock.now()))


@job.command("run")
@click.option("--once", is_flag=True, help="Work what is due, then end.")
def run_jobs(once: bool) -> None:  # noqa: FBT001  # click hands it over by name
    """Work what is due: long jobs, what is owed to the outside, and the hourly chores."""
    stopping = False

    def stop(_signal: int, _frame: FrameType | None) -> None:
        nonlocal stopping
        stopping = True

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    rota = jobs.Rota()
    while not stopping:
        at = clock.now()
        try:
            busy = _work(at, rota, stop=lambda: stopping)
        except Refusal as refusal:
            if once:
                raise click.ClickException(refusal.code) from None
            time.sleep(5)
            continue
        if once and not busy:
            return
        if not busy:
            time.sleep(1)


def _work(at: datetime, rota: jobs.Rota, *, stop: Callable[[], bool]) -> bool:
    """Do one round of what is due and tell whether there was anything."""
    database = web.database()
    for chore in rota.due(at):
        chore(database, at)
    rota.did(at)
    busy = jobs.work(database, clock.now, stop=stop)
    return bool(outbox.work(database, at=clock.now())) or busy


@click.command("first-run")
@with_appcontext
@click.option("--name", default=USUAL["name"], help="The merchant's name.")
@click.option("--currency", default=USUAL["currency"])
@click.option("--zone", default=USUAL["zone"])
@click.option("--locale", default=USUAL["locale"])
@click.option(
    "--owner", default="owner@localhost.localdomain", help="Mail address to sign in with."
)
def first_run(**options: str) -> None:
    """Set up the merchant and the first owner, if there is none; say how to sign in."""
    note = web.config().data_dir / "first-owner.txt"
    password = staff.new_password()

    def work(session: Session) -> bool:
        at = clock.now()
        if staff.count_owners(session):
            return False
        made = staff.add(
            session, name="Owner", email=options["owner"], role="owner", actor=SYSTEM, at=at
        )
        staff.set_password(session, made, password, actor=SYSTEM, at=at)
        return True

    if _do(work, {name: options[name] for name in USUAL}):
        note.unlink(missing_ok=True)
        where = f"Sign in at {web.config().base_url}/admin"
        write_secret(note, f"{where}\n  mail:     {options['owner']}\n  password: {password}\n")
    if note.exists():
        click.echo(note.read_text(), nl=False)
        click.echo(f"(kept in {note}; delete it once you have changed the password)")
    else:
        click.echo(f"Sign in at {web.config().base_url}/admin")


def _set_up(session: Session, options: dict[str, str]) -> None:
    """Create the merchant and what every part begins with, if they are not there yet."""
    shops.set_up(session, **options, at=clock.now())
    for set_up in current_app.extensions["first_run"]:
        set_up(session)


def _do(work: Callable[[Session], R], options: dict[str, str] = USUAL) -> R:
    """Run a command's work in one transaction; a database that is new gets its merchant first."""

    def ready(session: Session) -> R:
        _set_up(session, options)
        return work(session)

    try:
        return web.database().transact(ready)
    except Refusal as refusal:
        from core import i18n  # noqa: PLC0415  # sentences are needed only when something is refused

        wrong = refusal.errors if isinstance(refusal, InvalidRequest) else {}
        listed = "".join(f" {name}: {' '.join(said)}" for name, said in wrong.items())
        raise click.ClickException(f"{refusal.code}: {i18n.tell(refusal)}{listed}") from None


def init_app(app: Flask) -> None:
    """Plug the commands in."""
    app.extensions["first_run"] = []
    jobs.CHORES[:] = [idempotency.forget, throttle.forget]
    Migrate().init_app(app, directory=str(health.MIGRATIONS))
    for group in (shop, till, people, key, signing, job):
        app.cli.add_command(group)
    app.cli.add_command(first_run)
