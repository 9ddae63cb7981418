"""Long work in steps: each step is one transaction, so it can stop anywhere and go on."""

from collections.abc import Callable
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from core.auth import Actor
from core.db import Database, claimable, locked
from core.errors import NotFound, Refusal, WrongState
from core.models import Job

Step = Callable[[Session, Job], int]
"""Do the next part of a job and return by how much it went on; 0 ends it."""

HANDLERS: dict[str, Step] = {}
"""Who does a kind of job; parts add their own."""

Chore = Callable[[Database, datetime], None]

CHORES: list[Chore] = []
"""What is tidied every hour by who works the jobs; no rule waits for it. Parts add their own."""

QUICK_CHORES: list[Chore] = []
"""What is tidied every minute."""

LEASE = timedelta(minutes=2)
CHORES_EVERY = timedelta(hours=1)
QUICK_CHORES_EVERY = timedelta(minutes=1)


class Rota:
    """Whose turn it is among the chores: a worker keeps one, and begins with all of them."""

    def __init__(self) -> None:
        """Begin where nothing was done yet."""
        self._done: dict[timedelta, datetime] = {}

    def due(self, at: datetime) -> list[Chore]:
        """Return the chores whose time has come."""
        rounds = ((QUICK_CHORES_EVERY, QUICK_CHORES), (CHORES_EVERY, CHORES))
        return [chore for every, some in rounds if self._is_due(every, at) for chore in some]

    def did(self, at: datetime) -> None:
        """Note that what was due is done."""
        for every in (QUICK_CHORES_EVERY, CHORES_EVERY):
            if self._is_due(every, at):
                self._done[every] = at

    def _is_due(self, every: timedelta, at: datetime) -> bool:
        done = self._done.get(every)
        return done is None or at - done > every


def enqueue(
    session: Session, kind: str, payload: dict[str, Any], *, total: int, actor: Actor, at: datetime
) -> Job:
    """Put long work in the queue; ``flask jobs run`` does it."""
    job = Job(kind=kind, payload=payload, total=total, actor=str(actor), at=at)
    session.add(job)
    session.flush()
    return job


def waiting(session: Session, kind: str) -> int:
    """Return how much of a kind of work is still to be done."""
    rows = select(func.coalesce(func.sum(Job.total - Job.done), 0)).where(
        Job.kind == kind, Job.state.in_(("queued", "running"))
    )
    return int(session.scalar(rows) or 0)


def find(session: Session, id: UUID) -> Job:
    """Return a job.

    Raises:
        NotFound: there is none.
    """
    job = session.get(Job, id)
    if job is None:
        raise NotFound(what="job")
    return job


def cancel(session: Session, id: UUID, *, at: datetime) -> Job:
    """Stop a job after its present step; what it has done stays.

    Raises:
        NotFound: there is none.
        WrongState: it has ended already.
    """
    job = session.scalar(locked(select(Job).where(Job.id == id)))
    if job is None:
        raise NotFound(what="job")
    if job.state not in ("queued", "running"):
        raise WrongState(state=job.state)
    job.state = "cancelled"
    job.finished_at = at
    return job


def claim(session: Session, *, at: datetime) -> UUID | None:
    """Take the oldest job that is waiting, or whose worker has gone silent."""
    job = session.scalar(
        claimable(
            select(Job)
            .where(
                or_(Job.state == "queued", (Job.state == "running") & (Job.leased_until <= at)),
                Job.kind.in_(HANDLERS),
            )
            .order_by(Job.at)
            .limit(1)
        )
    )
    if job is None:
        return None
    job.state = "running"
    job.leased_until = at + LEASE
    return job.id


def step(session: Session, id: UUID, *, at: datetime) -> bool:
    """Do one step of a claimed job and tell whether there is more to do."""
    job = session.scalars(locked(select(Job).where(Job.id == id))).one()
    if job.state != "running":
        return False
    gone_on = HANDLERS[job.kind](session, job)
    job.done = min(job.done + gone_on, job.total)
    job.leased_until = at + LEASE
    if gone_on == 0 or job.done == job.total:
        job.state = "done"
        job.finished_at = at
        return False
    return True


def fail(session: Session, id: UUID, problem: Refusal | Exception, *, at: datetime) -> None:
    """End a job that cannot go on, and keep the code of the reason."""
    job = session.scalars(locked(select(Job).where(Job.id == id))).one()
    job.state = "failed"
    job.problem = problem.code if isinstance(problem, Refusal) else type(problem).__name__
    job.finished_at = at


def work(
    database: Database, now: Callable[[], datetime], *, stop: Callable[[], bool] = lambda: False
) -> bool:
    """Do one job to its end, or until told to stop; return whether there was one.

    Raises:
        DatabaseBusy, DatabaseGone, DatabaseFull: the job waits for the next worker.
    """
    id = database.transact(lambda session: claim(session, at=now()))
    if id is None:
        return False
    claimed = id
    try:
        while database.transact(lambda session: step(session, claimed, at=now())):
            if stop():
                database.transact(lambda session: _requeue(session, claimed))
                break
    except Exception as problem:  # a broken job must not take the worker along
        if isinstance(problem, Refusal) and problem.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise
        failure = problem
        database.transact(lambda session: fail(session, claimed, failure, at=now()))
    return True


def _requeue(session: Session, id: UUID) -> None:
    job = session.scalars(locked(select(Job).where(Job.id == id))).one()
    if job.state == "running":
        job.state = "queued"
