"""Say how far the replay is, how fast it goes, and how long it will take."""

import time
from typing import TextIO

from loyalty.demo.replay import Progress

ON_A_TERMINAL = 1.0
ELSEWHERE = 5.0
"""Seconds between two lines, so that a log stays readable."""


class Line:
    """The one line that tells it: rewritten on a terminal, written anew now and then elsewhere."""

    def __init__(self, stream: TextIO) -> None:
        """Write to a stream; begin to count at the first day that is told."""
        self._stream = stream
        self._terminal = stream.isatty()
        self._begun = self._told = time.monotonic()
        self._first: Progress | None = None
        self._last: Progress | None = None

    def tell(self, now: Progress) -> None:
        """Take note of a day that is done, and say so if it is time."""
        moment = time.monotonic()
        if self._first is None:
            self._first, self._begun = now, moment
        self._last = now
        if moment - self._told >= (ON_A_TERMINAL if self._terminal else ELSEWHERE):
            self._told = moment
            self._write(now)

    def close(self) -> None:
        """Say where it ended."""
        if self._last:
            self._write(self._last)
            if self._terminal:
                self._stream.write("\n")
                self._stream.flush()

    def _write(self, now: Progress) -> None:
        text = f"{now.day}  {now.done:,} of {now.total:,} purchases{self._speed(now)}"
        self._stream.write(f"\r\x1b[K{text}" if self._terminal else f"{text}\n")
        self._stream.flush()

    def _speed(self, now: Progress) -> str:
        """Return rate and time left, as the days since the first one went."""
        seconds = time.monotonic() - self._begun
        done = now.done - self._first.done if self._first else 0
        if not done or not seconds:
            return ""
        rate = done / seconds
        left = int((now.total - now.done) / rate)
        time_left = f", {left // 60}:{left % 60:02} left" if now.done < now.total else ""
        return f", {rate:,.0f} a second{time_left}"
