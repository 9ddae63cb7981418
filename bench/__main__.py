"""One honest table: purchases a second over HTTP, and beside them what they could be at most.

Everything is measured in turns within one run, so that a busy machine slows all of it alike:
only the ratios mean something elsewhere.
"""

import os
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

from bench import plain
from bench.client import Crew, Floor, Result, request
from bench.plain import Player, Sample, new_key
from core import clock, ids, shops
from core.auth import SYSTEM
from tests.api import Api
from tests.running import Running

ROUNDS = 3
SECONDS = 2.0
CONNECTIONS = 8
CUSTOMERS = 400
CODES = 1000  # at a time


@dataclass
class Measured:
    """What one thing came to in each round, and the processor time the web server took for it."""

    rounds: list[Result] = field(default_factory=list)
    busy: float = 0

    @property
    def rate(self) -> float:
        """Return the middle one of the rates."""
        return statistics.median(one.rate for one in self.rounds)

    @property
    def cost(self) -> float:
        """Return the milliseconds of processor time that one took; no other program adds to it."""
        return 1000 * self.busy / sum(len(one.latencies) for one in self.rounds)

    def quantile(self, share: float) -> float:
        """Return a latency over all rounds, in milliseconds."""
        every = [one for result in self.rounds for one in result.latencies]
        return Result(0, every).quantile(share)

    def add(self, result: Result, expected: str) -> None:
        """Take one round, all of whose answers are what they should be."""
        wrong = {status: n for status, n in result.statuses.items() if status != expected}
        if wrong:
            sys.exit(f"not an honest figure: answers {wrong} where {expected} was expected")
        self.rounds.append(result)


class Shop:
    """A shop with a campaign, cards, and coupons that are each used once."""

    def __init__(self, running: Running, crew: Crew) -> None:
        """Open it, and measure how fast codes are issued on the way."""
        self.running = running
        self.port = running.server.port
        api = Api(running.app, running.database)
        self._headers = {"Authorization": f"Bearer {api.key}"}
        made = running.database.transact(
            lambda s: shops.add(s, "Bench", zone="Europe/Oslo", actor=SYSTEM, at=clock.now())
        )
        self.id = ids.public("sh", made.id)
        campaign = api.post("/campaigns", {"name": "Bench", "channels": []})["id"]
        api.post(f"/campaigns/{campaign}/start")
        offer = {
            "campaign": campaign,
            "name": {"en": "Ten"},
            "benefit": {"kind": "percent", "percent": "10"},
        }
        self._coupons = f"/offers/{api.post('/offers', offer)['id']}/coupons"
        self._cards = [self._enrol(api) for _ in range(CUSTOMERS)]
        self.issuing = Measured()
        orders = [self._post(self._coupons, {"count": CODES}, new_key()) for _ in range(5)]
        self.issuing.add(crew.http(self.port, [orders], 60), "201")
        self._api = api
        self._samples = self._issue()

    def _enrol(self, api: Api) -> tuple[str, UUID, str]:
        made = api.post("/customers", {})
        return made["card"]["number"], ids.parse("cu", made["id"]), made["pseudonym"]

    def _issue(self) -> Iterator[Sample]:
        """Yield purchases that nobody has made yet."""
        i = 0
        while True:
            for item in self._api.post(self._coupons, {"count": CODES})["items"]:
                number, customer, pseudonym = self._cards[i % CUSTOMERS]
                i += 1
                code = ids.normalise(item["code"])
                coupon = ids.parse("co", item["id"])
                yield Sample(code, coupon, number, customer, pseudonym, new_key())

    def samples(self, count: int) -> list[Sample]:
        """Return so many purchases to make."""
        return [next(self._samples) for _ in range(count)]

    def order(self, sample: Sample) -> dict[str, object]:
        """Return a purchase as a till sends it: one coupon, one card, a basket's total."""
        return {
            "shop": self.id,
            "card": sample.number,
            "coupons": [sample.code],
            "basket": {"currency": "EUR", "total": 4990},
        }

    def purchase(self, sample: Sample) -> bytes:
        """Return the request that settles a purchase."""
        return self._post("/purchases", self.order(sample), sample.key)

    def quote(self, sample: Sample) -> bytes:
        """Return the request that asks what a purchase would come to."""
        return self._post("/quotes", self.order(sample), None)

    def _post(self, path: str, body: object, key: str | None) -> bytes:
        named = {"Idempotency_Key": key} if key else {}
        return request("POST", f"/api/v1{path}", body, **self._headers, **named)

    def player(self) -> Player:
        """Listen to one purchase; one before it fills what the product keeps in memory."""
        first, second = self.samples(2)
        api = self._api

        def settle(sample: Sample) -> None:
            api.post("/purchases", self.order(sample), key=sample.key)

        settle(first)
        mark = ids.new()
        steps = plain.recorded(self.running.database, lambda: settle(second))
        return Player(steps, second, mark)


@dataclass
class Figures:
    """Everything that was measured on one engine."""

    purchases: Measured = field(default_factory=Measured)
    purchases_alone: Measured = field(default_factory=Measured)
    quotes: Measured = field(default_factory=Measured)
    empty: Measured = field(default_factory=Measured)
    empty_alone: Measured = field(default_factory=Measured)
    driver: Measured = field(default_factory=Measured)
    floor: Measured = field(default_factory=Measured)
    issuing: Measured = field(default_factory=Measured)
    statements: int = 0
    workers: int = 0
    memory: int = 0


def measure(engine: str, crew: Crew, floor: Floor, folder: Path) -> Figures:
    """Measure one engine."""
    url = os.environ["LOYALTY_TEST_POSTGRES"] if engine == "PostgreSQL" else None
    schema = f"bench_{os.getpid()}" if url else None
    settings = {"LOYALTY_LOG_LEVEL": "info"}  # as it is shipped
    with Running(folder / engine, database_url=url, schema=schema, settings=settings) as running:
        shop = Shop(running, crew)
        player = shop.player()
        figures = Figures(issuing=shop.issuing, statements=len(player.steps))
        address = running.app.extensions["config"].database_url
        lines = CONNECTIONS if url else 1  # SQLite has one writer at a time
        warm_up(shop, crew)
        for _ in range(ROUNDS):
            take_turns(figures, shop, crew, floor)
            jobs = [(address, player, shop.samples(6000 // lines), SECONDS) for _ in range(lines)]
            figures.driver.add(crew.run(plain.replay, jobs), "done")
        workers = running.server.workers()
        figures.workers = len(workers)
        figures.memory = sum(peak(pid) for pid in workers)
    return figures


def warm_up(shop: Shop, crew: Crew) -> None:
    """Let every worker read what it keeps in memory."""
    lists = [[shop.purchase(one) for one in shop.samples(30)] for _ in range(CONNECTIONS)]
    crew.http(shop.port, lists, SECONDS)


def take_turns(figures: Figures, shop: Shop, crew: Crew, floor: Floor) -> None:
    """Measure each thing that goes over HTTP once."""
    healthy = [request("GET", "/healthz")]
    figures.floor.add(crew.http(floor.port, [healthy] * CONNECTIONS, SECONDS / 2), "200")
    workers = shop.running.server.workers()

    def turn(measured: Measured, lists: list[list[bytes]], status: str) -> None:
        before = busy(workers)
        measured.add(crew.http(shop.port, lists, SECONDS), status)
        measured.busy += busy(workers) - before

    turn(figures.empty, [healthy] * CONNECTIONS, "200")
    turn(figures.empty_alone, [healthy], "200")
    turn(figures.quotes, [[shop.quote(one)] for one in shop.samples(CONNECTIONS)], "200")
    alone = [shop.purchase(one) for one in shop.samples(1500)]
    turn(figures.purchases_alone, [alone], "201")
    lists = [[shop.purchase(one) for one in shop.samples(400)] for _ in range(CONNECTIONS)]
    turn(figures.purchases, lists, "201")


def busy(pids: list[int]) -> float:
    """Return the seconds of processor time that processes have had."""
    ticks = 0
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def peak(pid: int) -> int:
    """Return the most memory a process ever held, in KiB."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0])


def main() -> None:
    """Measure both engines and print the table."""
    began = time.monotonic()
    crew, floor = Crew(CONNECTIONS), Floor()
    with tempfile.TemporaryDirectory() as folder:
        found = {
            engine: measure(engine, crew, floor, Path(folder))
            for engine in ("SQLite", "PostgreSQL")
        }
    floor.close()
    crew.dismiss()
    report(found)
    print(f"\nIn {time.monotonic() - began:.0f} s on {os.cpu_count()} cores", end=", ")
    print(f"Python {platform.python_version()}, {platform.machine()}.")


def report(found: dict[str, Figures]) -> None:
    """Print what was found."""
    row("", *found)
    row("---", *("---:" for _ in found))
    for title, name in (
        ("purchases a second, 8 connections", "purchases"),
        ("purchases a second, 1 connection", "purchases_alone"),
        ("quotes a second, 8 connections", "quotes"),
        ("empty endpoint a second, 8 connections", "empty"),
        ("empty endpoint a second, 1 connection", "empty_alone"),
        ("the same SQL by the driver alone, a second", "driver"),
        ("the load generator against nothing, a second", "floor"),
    ):
        row(title, *(f"{getattr(one, name).rate:,.0f}" for one in found.values()))
    for title, name in (("8 connections", "purchases"), ("1 connection", "purchases_alone")):
        row(f"purchase, p50 / p95 / p99 in ms, {title}", *(
            " / ".join(f"{getattr(one, name).quantile(q):.1f}" for q in (0.5, 0.95, 0.99))
            for one in found.values()
        ))  # fmt: skip
    every = list(found.values())
    for title, name in (
        ("purchase, 8 connections", "purchases"),
        ("purchase, 1 connection", "purchases_alone"),
        ("quote", "quotes"),
        ("empty answer", "empty"),
    ):
        row(f"processor time of the web server in ms: {title}", *(
            f"{getattr(one, name).cost:.2f}" for one in every
        ))  # fmt: skip
    row("codes issued a second", *(f"{one.issuing.rate * CODES:,.0f}" for one in every))
    row("peak memory, all workers", *(f"{one.memory / 1024:.0f} MiB" for one in every))
    row("workers", *(str(one.workers) for one in every))
    row("statements in a purchase", *(str(one.statements) for one in every))
    row("**empty endpoint : purchase**", *(
        f"**{one.empty.rate / one.purchases.rate:.1f}**" for one in every
    ))  # fmt: skip
    row("**driver alone : purchase**", *(
        f"**{one.driver.rate / one.purchases.rate:.1f}**" for one in every
    ))  # fmt: skip
    row("**empty endpoint : quote**", *(
        f"**{one.empty.rate / one.quotes.rate:.1f}**" for one in every
    ))  # fmt: skip


def row(*cells: str) -> None:
    """Print one row."""
    print("| " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
