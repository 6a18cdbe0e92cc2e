"""What the service writes about itself: JSON lines on standard error, without a person's data, an id or a query."""

import logging
import os
import queue
import threading
from typing import TextIO, cast

import structlog

MOST_LINES = 10_000
"""Lines that wait for whoever reads standard error."""
LAST_WORDS_S = 2.0
_STDERR = 2


class Lines:
    """Standard error, written by a thread of its own: a reader who has stopped reading stops nobody else.

    Lines beyond the most that may wait are left out, and their number is said with the next one.
    """

    def __init__(self) -> None:
        self._waiting: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._left_out = 0
        self._thread = threading.Thread(target=self._write, name="log", daemon=True)
        self._thread.start()

    def write(self, text: str) -> None:
        """A line, or a part of one."""
        if self._waiting.qsize() >= MOST_LINES:
            self._left_out += 1
            return
        if self._left_out:
            text, self._left_out = f'{{"event":"lines left out","lines":{self._left_out}}}\n{text}', 0
        self._waiting.put(text)

    def flush(self) -> None:
        """Nothing to do: the thread writes."""

    def close(self) -> None:
        """Write what waits, if somebody reads it."""
        self._waiting.put(None)
        self._thread.join(LAST_WORDS_S)

    def _write(self) -> None:
        while (text := self._waiting.get()) is not None:
            data = text.encode()
            try:
                while data:
                    data = data[os.write(_STDERR, data) :]
            except OSError:
                continue  # nobody is there any more


def logger(lines: Lines) -> structlog.typing.FilteringBoundLogger:
    """What writes lines; each has its instant in UTC."""
    bound: structlog.typing.FilteringBoundLogger = structlog.wrap_logger(
        structlog.WriteLogger(cast(TextIO, lines)),
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(sort_keys=True),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
    )
    return bound


class ServersOwn(logging.Handler):
    """What the HTTP server has to say, in the same form: its words alone, which hold nothing that was sent."""

    def __init__(self, log: structlog.typing.FilteringBoundLogger) -> None:
        super().__init__(logging.WARNING)
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        """One line."""
        self._log.warning("http server", said=str(record.msg))
