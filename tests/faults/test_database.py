"""A database that is locked, full, gone, or without its schema: each gets one clear answer."""

import multiprocessing
import shutil
from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import create_engine, event, text
from werkzeug.test import TestResponse

from core.db import Database
from tests.conftest import migrate
from tests.digest import digest
from tests.faults.conftest import make_application
from tests.faults.postgres import Postgres
from tests.faults.scene import (
    BUSY,
    FULL,
    GONE,
    NOT_READY,
    Scene,
    check_kept,
    check_refused,
    check_survives,
    make_scene,
)


def make_impatient(scene: Scene) -> None:
    """Let SQLite wait a moment only, on every connection made from now on."""
    listen(scene, "PRAGMA busy_timeout = 200")


def listen(scene: Scene, pragma: str) -> Any:
    """Say a pragma on every connection made from now on."""

    def say(connection: Any, _record: Any) -> None:
        connection.execute(pragma)

    event.listen(scene.database.engine, "connect", say)
    scene.database.engine.dispose()
    return say


def data_of(scene: Scene) -> Path:
    """Return the file of a scene's database."""
    return Path(str(scene.database.engine.url.database))


@pytest.fixture
def embedded(tmp_path: Path) -> Iterator[Scene]:
    """A shop on SQLite."""
    scene = make_scene(make_application(f"sqlite:///{tmp_path / 'test.sqlite3'}", tmp_path))
    yield scene
    scene.database.engine.dispose()


@pytest.fixture
def served(postgres: Postgres, tmp_path: Path) -> Iterator[Scene]:
    """A shop on a PostgreSQL server of its own."""
    schema = f"shop_{uuid4().hex}"
    scene = make_scene(make_application(postgres.url, tmp_path, schema=schema))
    yield scene
    scene.database.engine.dispose()


@pytest.fixture(params=["embedded", "served"])
def scene(request: pytest.FixtureRequest) -> Scene:
    """A shop on either engine."""
    found: Scene = request.getfixturevalue(request.param)
    return found


# locked


def hold(url: str, schema: str | None, statement: str, taken: Any, done: Any) -> None:
    """Hold a lock, in a process of its own, until told to let it go."""
    database = Database(url, schema=schema)
    with database.writing() as session:
        session.execute(text(statement))
        taken.set()
        done.wait(60)
    database.engine.dispose()


class Holder:
    """Another process that holds a lock."""

    def __init__(self, scene: Scene, statement: str) -> None:
        config = scene.app.extensions["config"]
        context = multiprocessing.get_context("spawn")
        self._taken, self._done = context.Event(), context.Event()
        given = (config.database_url, config.database_schema, statement, self._taken, self._done)
        self._process = context.Process(target=hold, args=given, daemon=True)

    def take(self) -> None:
        self._process.start()
        assert self._taken.wait(60)

    def let_go(self) -> None:
        self._done.set()
        self._process.join(60)
        self._process.close()


def test_a_database_locked_by_another_process_is_busy_and_loses_nothing(scene: Scene) -> None:
    if scene.database.engine.dialect.name == "sqlite":
        make_impatient(scene)
    holder = Holder(scene, "UPDATE coupon SET state = 'active'")

    check_survives(scene, holder.take, holder.let_go, BUSY)


def test_a_writer_whose_turn_does_not_come_is_told_that_the_database_is_busy(
    embedded: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.db.WRITER_PATIENCE", 0.2)
    turn = embedded.database.writing()

    check_survives(embedded, turn.__enter__, lambda: turn.__exit__(None, None, None), BUSY)


# full


def test_a_full_disk_is_told_and_everything_acknowledged_before_is_there(embedded: Scene) -> None:
    engine = embedded.database.engine
    with engine.connect() as connection:
        pages = connection.execute(text("PRAGMA page_count")).scalar_one()
    fill = listen(embedded, f"PRAGMA max_page_count = {pages}")
    told: dict[str, TestResponse] = {}
    before, key, answer = digest(embedded.database), "", None
    for _ in range(500):
        before, key = digest(embedded.database), uuid4().hex
        answer = embedded.settle(key)
        if answer.status_code != 201:
            break
        told[key] = answer

    assert answer is not None
    check_refused(answer, FULL)
    assert digest(embedded.database) == before
    event.remove(engine, "connect", fill)
    engine.dispose()
    assert embedded.settle(key).status_code == 201
    for known, first in told.items():
        check_kept(embedded, known, first)


def test_a_full_disk_of_the_server_is_told_and_loses_nothing(
    served: Scene, postgres: Postgres
) -> None:
    """The file of the table that is written last is the kernel's own full device for a while."""
    schema = served.app.extensions["config"].database_schema
    served.database.transact(lambda s: s.execute(text("TRUNCATE response")))
    path = served.database.look(
        lambda s: s.execute(text(f"SELECT pg_relation_filepath('{schema}.response')")).scalar_one()
    )
    file = postgres.data / path
    aside = file.with_name("aside")

    def fill() -> None:
        served.database.engine.dispose()
        file.rename(aside)
        file.symlink_to("/dev/full")

    def mend() -> None:
        served.database.engine.dispose()
        file.unlink()
        aside.rename(file)

    before, key = digest(served.database), uuid4().hex
    fill()
    try:
        refused = served.settle(key)
    finally:
        mend()

    check_refused(refused, FULL)
    assert digest(served.database) == before
    again = served.settle(key)
    assert again.status_code == 201, again.text
    check_kept(served, key, again)


# gone


def test_a_server_that_is_down_is_told_and_the_same_key_works_when_it_is_up(
    served: Scene, postgres: Postgres
) -> None:
    check_survives(served, postgres.stop, postgres.start, GONE)


def test_a_server_that_lets_nobody_in_is_told_and_loses_nothing(
    served: Scene, postgres: Postgres
) -> None:
    check_survives(
        served, lambda: refuse(postgres, allow=False), lambda: refuse(postgres, allow=True), GONE
    )


def refuse(postgres: Postgres, *, allow: bool) -> None:
    """Throw everybody out of the database, or let them in again."""
    elsewhere = create_engine(
        postgres.url.removesuffix("/postgres") + "/template1", isolation_level="AUTOCOMMIT"
    )
    with elsewhere.connect() as connection:
        connection.execute(text(f"ALTER DATABASE postgres ALLOW_CONNECTIONS {allow}"))
        connection.execute(
            text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname='postgres'")
        )
    elsewhere.dispose()


def test_a_server_that_only_reads_is_told_and_loses_nothing(served: Scene) -> None:
    """As after a fail-over, while the address still leads to the standby."""

    def set_(value: str) -> None:
        served.database.transact(
            lambda s: s.execute(
                text(f"ALTER ROLE loyalty SET default_transaction_read_only = {value}")
            )
        )
        served.database.engine.dispose()

    def mend() -> None:
        served.database.engine.dispose()
        admin = create_engine(served.database.engine.url, isolation_level="AUTOCOMMIT")
        with admin.connect() as connection:
            connection.execute(text("SET default_transaction_read_only = off"))
            connection.execute(text("ALTER ROLE loyalty RESET default_transaction_read_only"))
        admin.dispose()

    check_survives(served, lambda: set_("on"), mend, GONE)


def test_connections_cut_between_two_requests_are_made_again_unseen(served: Scene) -> None:
    assert served.settle(uuid4().hex).status_code == 201
    cut(served)

    answer = served.settle(uuid4().hex)

    assert answer.status_code == 201


def cut(scene: Scene) -> int:
    """Cut every connection of the application; return how many there were."""
    admin = create_engine(scene.database.engine.url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        found = connection.execute(
            text(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
                "WHERE datname = 'postgres' AND pid <> pg_backend_pid()"
            )
        ).scalar_one()
    admin.dispose()
    return int(found)


def waiting(scene: Scene) -> int:
    """Return how many connections wait for a lock."""
    with scene.database.reading() as session:
        found = session.execute(
            text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
        ).scalar_one()
    return int(found)


def test_a_connection_cut_in_the_middle_of_a_purchase_leaves_nothing_of_it(served: Scene) -> None:
    key, answers = uuid4().hex, []
    before = digest(served.database)
    holder = Holder(served, "UPDATE coupon SET state = 'active'")
    holder.take()
    request = Thread(target=lambda: answers.append(served.settle(key)))
    request.start()
    while not waiting(served):
        pass

    assert cut(served) >= 2
    request.join(60)
    holder.let_go()

    check_refused(answers[0], GONE)
    assert digest(served.database) == before
    again = served.settle(key)
    assert again.status_code == 201
    check_kept(served, key, again)


def test_a_file_that_is_gone_is_told_and_the_same_key_works_when_it_is_back(
    embedded: Scene,
) -> None:
    file = data_of(embedded)
    aside = file.with_name("aside")

    def spoil() -> None:
        embedded.database.engine.dispose()
        file.rename(aside)
        file.mkdir()

    def mend() -> None:
        embedded.database.engine.dispose()
        file.rmdir()
        aside.rename(file)

    check_survives(embedded, spoil, mend, GONE)


def test_nothing_is_written_into_a_file_that_was_taken_away_under_the_server(
    embedded: Scene,
) -> None:
    file = data_of(embedded)
    aside = file.with_name("aside")

    def spoil() -> None:
        file.rename(aside)

    def mend() -> None:
        assert not file.exists()
        aside.rename(file)

    check_survives(embedded, spoil, mend, GONE)


def test_a_file_that_is_no_database_any_more_is_told_and_left_alone(embedded: Scene) -> None:
    file = data_of(embedded)
    aside = file.with_name("aside")
    rubbish = b"this is no database" * 100

    def spoil() -> None:
        embedded.database.engine.dispose()
        shutil.copy(file, aside)
        file.write_bytes(rubbish)

    def mend() -> None:
        assert file.read_bytes() == rubbish
        embedded.database.engine.dispose()
        aside.rename(file)

    check_survives(embedded, spoil, mend, GONE)


# without its schema


@pytest.fixture(params=["sqlite", "postgresql"])
def bare(request: pytest.FixtureRequest, postgres: Postgres, tmp_path: Path) -> Iterator[Any]:
    """An application on a database that has no schema yet."""
    if request.param == "sqlite":
        app = make_application(f"sqlite:///{tmp_path / 'test.sqlite3'}", tmp_path)
    else:
        app = make_application(postgres.url, tmp_path, schema=f"bare_{uuid4().hex}")
    yield app
    app.extensions["database"].engine.dispose()


def test_a_missing_migration_is_told_until_it_is_made(bare: Any) -> None:
    client = bare.test_client()
    key = {"Authorization": "Bearer lk_any", "Idempotency-Key": uuid4().hex}

    alive, ready = client.get("/healthz"), client.get("/readyz")
    asked = client.get("/api/v1/customers", headers=key)
    sent = client.post("/api/v1/purchases", json={}, headers=key)
    migrate(bare)

    assert alive.status_code == 200
    assert (ready.status_code, "flask db upgrade" in ready.text) == (503, True)
    for answer in (asked, sent):
        check_refused(answer, NOT_READY)
        assert "flask db upgrade" in answer.get_json(force=True)["detail"]
    assert client.get("/readyz").status_code == 200
    assert client.get("/api/v1/customers", headers=key).status_code == 401


def test_a_schema_of_another_version_is_not_ready(scene: Scene) -> None:
    client = scene.app.test_client()
    assert client.get("/readyz").status_code == 200

    scene.database.transact(lambda s: s.execute(text("UPDATE alembic_version SET version_num='0'")))

    assert client.get("/readyz").status_code == 503


def test_a_database_that_is_gone_is_not_ready_but_the_process_is_alive(
    served: Scene, postgres: Postgres
) -> None:
    client = served.app.test_client()
    postgres.stop()

    ready, alive = client.get("/readyz"), client.get("/healthz")
    postgres.start()

    assert (ready.status_code, alive.status_code) == (503, 200)
    assert client.get("/readyz").status_code == 200
