"""A server that answers before it commits: the negative control of the kills.

Everything else is the product. Run as ``gunicorn tests.faults.hasty:app``.
"""

import time
from collections.abc import Callable
from queue import SimpleQueue
from threading import Thread
from typing import Any

from flask import copy_current_request_context
from sqlalchemy.orm import Session

import coupons
import loyalty
from core.app import create_app
from core.db import Database

LATE = 0.05
"""Seconds by which the commit is late: what a kill can hit."""


def transact(database: Database, work: Callable[[Session], Any]) -> Any:
    """Do the work, give the answer, and commit when it suits."""
    answers: SimpleQueue[tuple[Any, BaseException | None]] = SimpleQueue()

    @copy_current_request_context
    def run() -> None:
        try:
            with database.writing() as session:
                result = work(session)
                answers.put((result, None))
                time.sleep(LATE)
                session.commit()
        except BaseException as problem:
            answers.put((None, problem))

    Thread(target=run).start()
    result, problem = answers.get()
    if problem:
        raise problem
    return result


Database.transact = transact  # type: ignore[method-assign]
app = create_app(coupons, loyalty)
