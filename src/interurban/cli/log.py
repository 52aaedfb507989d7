"""What a running server writes about itself: lines for people, JSON where a program reads."""

from __future__ import annotations

import logging
import sys

__all__ = ["start_log"]


def start_log(*, requests: bool) -> None:
    """Log to standard error: every request, or only what went wrong.

    In a terminal a line is set for reading; anywhere else it is one JSON object, with its time in
    UTC, as log collectors take it.
    """
    import structlog

    people = sys.stderr.isatty()
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(
            logging.INFO if requests else logging.WARNING
        ),
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *(
                [structlog.dev.ConsoleRenderer()]
                if people
                else [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
            ),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
