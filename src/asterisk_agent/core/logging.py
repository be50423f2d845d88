"""Log lines, text or JSON: one line per record, no secret in it, nothing forged by a stranger.

Caller ids, SIP user names and header values are chosen by strangers. A line break or a terminal
escape among them would forge a line or repaint the administrator's terminal, so every control
character of a record is written as an escape.
"""

from __future__ import annotations

import json
import logging
import re
import sys
import time
from collections.abc import Iterable
from typing import Literal, TextIO

from asterisk_agent.core.redaction import redact

LINE_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"

# C0, DEL, C1, the Unicode line ends, and the characters that turn the reading direction around.
_CONTROL = re.compile(
    "[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)


def escape_control(text: str) -> str:
    """Given any text, return it on one line: control characters become ``\\n``, ``\\x1b`` ..."""
    return _CONTROL.sub(lambda m: m.group().encode("unicode_escape").decode("ascii"), text)


class LineFormatter(logging.Formatter):
    """Format a record as one safe line; a traceback follows on lines that begin with ``|``."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        super().__init__(LINE_FORMAT)
        self._secrets = tuple(secrets)

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 (logging's own name)
        """Format the first line."""
        return self._safe(super().formatMessage(record))

    def formatException(self, ei: object) -> str:  # noqa: N802 (logging's own name)
        """Format a traceback so that none of its lines can pass for a record."""
        lines = super().formatException(ei).splitlines()  # type: ignore[arg-type]
        return "\n".join(f"| {self._safe(line)}" for line in lines)

    def _safe(self, text: str) -> str:
        return escape_control(redact(text, self._secrets))


class JsonFormatter(LineFormatter):
    """Format a record as one line with a JSON object: time (UTC, ISO 8601), level, logger, message.

    ``exception`` is a traceback's lines, if there is one.
    """

    def format(self, record: logging.LogRecord) -> str:
        """Format a record."""
        moment = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        fields: dict[str, object] = {
            "time": f"{moment}.{int(record.msecs):03d}Z",
            "level": record.levelname,
            "logger": record.name,
            "message": self._safe(record.getMessage()),
        }
        if record.exc_info:
            lines = logging.Formatter.formatException(self, record.exc_info).splitlines()
            fields["exception"] = [self._safe(line) for line in lines]
        return json.dumps(fields)


def setup_logging(
    level: str,
    secrets: Iterable[str] = (),
    stream: TextIO | None = None,
    style: Literal["text", "json"] = "text",
) -> None:
    """Send everything of at least ``level`` to ``stream`` (standard error), and nowhere else."""
    handler = logging.StreamHandler(stream if stream is not None else sys.stderr)
    handler.setFormatter(LineFormatter(secrets) if style == "text" else JsonFormatter(secrets))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
