"""Files of opening balances: a CSV with a row for each, booked in parts, so that it can go on.

What is refused is written to a file beside it, with the reason, to be mended and sent again.
"""

import csv
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

from core import i18n
from core.auth import Actor
from core.db import Database
from core.errors import InvalidRequest
from loyalty import openings, programme
from loyalty.openings import Done, Opening
from loyalty.schemas.hands import opening_of

COLUMNS = ("ref", "points", "earned_at", "expires_at", "customer", "card", "external_ref")
REASONS = ("code", "detail")
"""What a file of refused rows says besides; it can be mended and sent as it is."""

STEP = 500

Row = dict[str, str]


@dataclass(slots=True)
class Summary:
    """What became of the rows so far."""

    outcomes: Counter[str] = field(default_factory=Counter)
    refused: list[tuple[Row, str, str]] = field(default_factory=list)

    @property
    def rows(self) -> int:
        """Return how many rows were read."""
        return self.outcomes.total()


def take_in(
    database: Database,
    path: Path,
    *,
    actor: Actor,
    now: Callable[[], datetime],
    told: Callable[[Summary], bool],
) -> Summary:
    """Book a file in parts, each in a transaction of its own; what was booked is passed over.

    ``told`` hears after each part how far it is, and says whether to go on.
    """
    zone = database.look(lambda session: programme.rules(session.connection()).zone)
    summary = Summary()
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = iter(_rows(file))
        while part := list(islice(rows, STEP)):
            _book(database, part, summary, zone=zone, actor=actor, at=now())
            if not told(summary):
                break
    return summary


def _rows(file: Any) -> Iterator[Row]:
    """Yield the rows of a file by the names of its columns.

    Raises:
        InvalidRequest: a column is missing or unknown.
    """
    head = file.readline()
    names = [name.strip() for name in next(csv.reader([head], delimiter=_divider(head)), [])]
    unknown = sorted(set(names) - {*COLUMNS, *REASONS})
    missing = sorted({"ref", "points", "earned_at"} - set(names))
    if unknown or missing:
        raise InvalidRequest({name: ["?"] for name in (*unknown, *missing)})
    for values in csv.reader(file, delimiter=_divider(head)):
        if any(values):
            row = dict(zip(names, (one.strip() for one in values), strict=False))
            yield {name: text for name, text in row.items() if name in COLUMNS}


def _divider(head: str) -> str:
    return ";" if head.count(";") > head.count(",") else ","


def _book(
    database: Database,
    part: Sequence[Row],
    summary: Summary,
    *,
    zone: str,
    actor: Actor,
    at: datetime,
) -> None:
    """Book the rows that can be read, and note the others."""
    readable: list[tuple[Row, Opening]] = []
    for row in part:
        try:
            readable.append((row, opening_of(row, zone)))
        except InvalidRequest as refusal:
            wrong = "; ".join(f"{name}: {_said(said)}" for name, said in refusal.errors.items())
            summary.outcomes["refused"] += 1
            summary.refused.append((row, refusal.code, wrong))
    items = [one for _, one in readable]
    done: list[Done] = database.transact(
        lambda session: openings.book(session, items, actor=actor, at=at)
    )
    for (row, _), one in zip(readable, done, strict=True):
        summary.outcomes[one.outcome] += 1
        if one.refusal:
            summary.refused.append((row, one.refusal.code, i18n.tell(one.refusal)))


def _said(said: Any) -> str:
    return " ".join(said) if isinstance(said, list) else str(said)


def write_refused(path: Path, summary: Summary) -> Path | None:
    """Write what was refused beside the file, with the reasons; return where, if anything was."""
    beside = path.with_name(f"{path.stem}.refused.csv")
    if not summary.refused:
        return None
    with beside.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, (*COLUMNS, *REASONS))
        writer.writeheader()
        for row, code, detail in summary.refused:
            writer.writerow(row | {"code": code, "detail": detail})
    return beside
