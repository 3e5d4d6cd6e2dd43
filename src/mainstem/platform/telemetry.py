"""Logs, metrics and trace ids: what operators already run."""

import logging
import random
import sys

import structlog
from prometheus_client import Counter, Gauge, Histogram

RETRIES = Counter("mainstem_batch_retries_total", "Batches tried again after a transient error", ["operation", "error"])
DEFECTS = Counter("mainstem_defects_total", "Commands that failed on our side", ["operation"])
BATCH_SIZE = Histogram(
    "mainstem_batch_size", "Calls decided in one transaction", ["operation"], buckets=(1, 2, 4, 8, 16, 32, 64, 128, 256)
)
COMMANDS = Counter("mainstem_commands_total", "Commands by outcome", ["operation", "outcome"])
REQUEST_SECONDS = Histogram(
    "mainstem_http_request_seconds",
    "Time to answer a request",
    ["route", "status"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
EVENT_LAG = Gauge("mainstem_event_lag", "Events not yet delivered", ["subscriber"])

_random = random.Random()  # noqa: S311 - seeded by the system; asking it for every request is a system call each


def new_trace() -> str:
    """A W3C trace id: 32 hexadecimal digits; unlike any other, but no secret."""
    return f"{_random.getrandbits(128) or 1:032x}"


def configure_logging(level: str, form: str) -> None:
    """Log to standard error, as JSON lines or for a person at a console; standard library loggers included."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]
    last: list[structlog.typing.Processor] = (
        [
            # never the local variables: they hold keys and personal data
            structlog.processors.ExceptionRenderer(structlog.tracebacks.ExceptionDictTransformer(show_locals=False)),
            structlog.processors.JSONRenderer(),
        ]
        if form == "json"
        else [
            structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback)
        ]
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
