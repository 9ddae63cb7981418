"""flask points import: a file of balances from elsewhere, which can be stopped and gone on with."""

import csv
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import func, select

from core import clock
from core.auth import SYSTEM
from core.db import Database
from loyalty import opening_files, reconcile
from loyalty.models import Entry
from loyalty.opening_files import Summary
from tests.api import Api
from tests.flows.pages import every


def run(app: Flask, path: Path) -> Result:
    return app.test_cli_runner().invoke(args=["points", "import", str(path)])


def write(
    path: Path, *rows: str, head: str = "ref,external_ref,points,earned_at,expires_at"
) -> Path:
    path.write_text("\n".join((head, *rows)) + "\n", encoding="utf-8")
    return path


def booked(database: Database) -> tuple[int, int]:
    """Return how many opening balances there are, and how many points they come to."""
    rows = select(func.count(), func.coalesce(func.sum(Entry.points), 0))
    count, points = database.look(lambda s: s.execute(rows.where(Entry.kind == "opening")).one())
    return int(count), int(points)


@pytest.fixture
def customers(api: Api) -> list[str]:
    return [api.post("/customers", {"external_ref": f"crm-{i}"})["id"] for i in range(3)]


def test_a_file_is_booked_and_what_is_refused_is_written_beside_it(
    app: Flask, api: Api, database: Database, customers: list[str], tmp_path: Path
) -> None:
    file = write(
        tmp_path / "old.csv",
        "a-1,crm-0,500,2026-03-01,",
        "a-2,crm-1,20,2026-03-01T12:00:00+01:00,2099-12-31",
        "",
        "a-3,crm-9,20,2026-03-01,",
        "a-4,crm-2,many,2026-03-01,",
        "a-5,crm-2,20,yesterday,",
        "a-6,crm-2,20,2020-03-01,2020-12-31",
    )

    done = run(app, file)

    assert done.exit_code == 1, done.output
    assert "booked 2, already 0, refused 4" in done.stdout
    assert "6 rows" in done.stderr
    assert booked(database) == (2, 520)
    with (tmp_path / "old.refused.csv").open(encoding="utf-8", newline="") as beside:
        refused = {row["ref"]: row for row in csv.DictReader(beside)}
    assert {ref: row["code"] for ref, row in refused.items()} == {
        "a-3": "not_found", "a-4": "invalid_request", "a-5": "invalid_request",
        "a-6": "points_expired",
    }  # fmt: skip
    assert refused["a-4"]["detail"].startswith("points: ")
    assert refused["a-3"]["external_ref"] == "crm-9"
    ends = api.get(f"/customers/{customers[1]}/points")["next_expiry"]
    assert ends == {"at": "2099-12-31T23:00:00+00:00", "points": 20}
    assert database.look(lambda s: list(reconcile.findings(s))) == []


def test_what_was_mended_is_sent_again_as_the_file_that_was_written(
    app: Flask, database: Database, customers: list[str], tmp_path: Path
) -> None:
    run(app, write(tmp_path / "old.csv", "a-1,crm-0,5,2026-03-01,", "a-2,crm-1,x,2026-03-01,"))
    beside = tmp_path / "old.refused.csv"
    beside.write_text(beside.read_text().replace(",x,", ",7,"))

    done = run(app, beside)

    assert (done.exit_code, done.stdout) == (0, "booked 1, already 0, refused 0\n")
    assert booked(database) == (2, 12)


def test_a_file_that_is_booked_again_changes_nothing(
    app: Flask, database: Database, customers: list[str], tmp_path: Path
) -> None:
    rows = [f"a-{i},crm-{i % 3},{i + 1},2026-03-01," for i in range(20)]
    file = write(tmp_path / "old.csv", *rows)

    first, again = run(app, file), run(app, file)

    assert (first.exit_code, again.exit_code) == (0, 0)
    assert again.stdout == "booked 0, already 20, refused 0\n"
    assert booked(database) == (20, 210)
    assert not (tmp_path / "old.refused.csv").exists()


def test_a_file_that_was_stopped_goes_on_where_it_stood(
    app: Flask,
    api: Api,
    database: Database,
    customers: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(opening_files, "STEP", 4)
    rows = [f"a-{i},crm-{i % 3},10,2026-03-01," for i in range(10)]
    file = write(tmp_path / "old.csv", *rows)
    heard: list[int] = []

    def told(summary: Summary) -> bool:
        heard.append(summary.rows)
        return len(heard) < 2

    stopped = opening_files.take_in(database, file, actor=SYSTEM, now=clock.now, told=told)
    assert (heard, stopped.outcomes) == ([4, 8], {"booked": 8})
    done = run(app, file)

    assert done.stdout == "booked 2, already 8, refused 0\n"
    assert done.stderr.split("\n")[:3] == ["4 rows", "8 rows", "10 rows"]
    assert booked(database) == (10, 100)
    assert len(every(api, f"/customers/{customers[0]}/points/entries")) == 4


def test_a_file_with_semicolons_and_a_mark_at_its_head_is_read(
    app: Flask, database: Database, customers: list[str], tmp_path: Path
) -> None:
    file = tmp_path / "old.csv"
    file.write_text(
        "\ufeffref;customer;points;earned_at\na-1;" + customers[0] + ";5;2026-03-01\n",
        encoding="utf-8",
    )

    assert run(app, file).exit_code == 0
    assert booked(database) == (1, 5)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"ref,points\na,1\n", "earned_at"),
        (b"ref,points,earned_at,colour\na,1,2026-01-01,red\n", "colour"),
        (b"", "ref"),
        (b"ref,points,earned_at\n\xff\xfe,1,2026-01-01\n", "UTF-8"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused(
    app: Flask, database: Database, tmp_path: Path, content: bytes, said: Any
) -> None:
    file = tmp_path / "old.csv"
    file.write_bytes(content)

    done = run(app, file)

    assert done.exit_code == 1
    assert said in done.stderr
    assert booked(database) == (0, 0)
