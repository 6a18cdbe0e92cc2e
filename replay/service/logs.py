"""What the service writes about itself: JSON lines on standard error, without a person's data, an id or a query."""

import logging
import sys

import structlog


def logger() -> structlog.typing.FilteringBoundLogger:
    """Where lines go; each has its instant in UTC."""
    bound: structlog.typing.FilteringBoundLogger = structlog.wrap_logger(
        structlog.WriteLogger(sys.stderr),
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
