"""Structured logs: one JSON object a line, with the request's id, without personal data."""

import logging
import re
import sys
from typing import Any

import structlog
from structlog.typing import EventDict

_ROW = re.compile(r"DETAIL:.*")


def leave_out_rows(_logger: Any, _name: str, entry: EventDict) -> EventDict:
    """Leave out what a database's error says of the row it was about: it may be somebody's."""
    if "exception" in entry:
        entry["exception"] = _ROW.sub("DETAIL: (left out)", str(entry["exception"]))
    return entry


def set_up(level: str) -> None:
    """Send everything that is logged to standard error, one JSON object a line."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[
            *shared,
            structlog.processors.format_exc_info,
            leave_out_rows,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(
            logging.getLevelNamesMapping()[level.upper()]
        ),
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                leave_out_rows,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    logging.basicConfig(
        handlers=[handler],
        level=max(logging.getLevelNamesMapping()[level.upper()], logging.WARNING),
        force=True,
    )
