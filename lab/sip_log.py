"""What sipp saw: its message log, read into messages with times."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

# sipp's logger.cpp: a line of dashes with the local time (the lab runs it in UTC), then who and how
# long.
_HEAD = re.compile(
    r"^-{20,} (\d{4}-\d\d-\d\d)[ \t]+(\d\d:\d\d:\d\d\.\d+)[^\n]*\n"
    r"\w+ message (sent|received) ?[^\n]*\n\n",
    re.M,
)


@dataclass(frozen=True)
class SipMessage:
    """One SIP message as sipp logged it. `time` is Unix seconds, `sent` means sent by sipp."""

    time: float
    sent: bool
    start: str
    headers: dict[str, list[str]]
    body: str

    @property
    def status(self) -> int:
        """Return the status of a response, 0 for a request."""
        return int(self.start.split()[1]) if self.start.startswith("SIP/2.0 ") else 0

    @property
    def method(self) -> str:
        """Return the method, of a response that of its request."""
        return self.header("CSeq").split()[-1] if self.status else self.start.split()[0]

    def header(self, name: str) -> str:
        """Return the first value of a header, empty if it is missing."""
        return next(iter(self.headers.get(name.lower(), [])), "")


def read(path: Path) -> list[SipMessage]:
    """Return the messages of a sipp message log, oldest first; none for a log that is not there
    yet.
    """
    if not path.is_file():
        return []
    text = path.read_text(encoding="utf-8", errors="replace").replace("\r\n", "\n")
    heads = list(_HEAD.finditer(text))
    ends = [*(head.start() for head in heads[1:]), len(text)][: len(heads)]
    return [_message(head, text[head.end() : end]) for head, end in zip(heads, ends, strict=True)]


def _message(head: re.Match[str], text: str) -> SipMessage:
    when = datetime.strptime(f"{head[1]} {head[2]}", "%Y-%m-%d %H:%M:%S.%f").replace(tzinfo=UTC)
    return message(when.timestamp(), head[3] == "sent", text)


def message(time: float, sent: bool, text: str) -> SipMessage:
    """Return the message that a text with Unix line ends holds."""
    top, _, body = text.partition("\n\n")
    start, *lines = top.strip().split("\n")
    headers: dict[str, list[str]] = {}
    for line in lines:
        name, _, value = line.partition(":")
        headers.setdefault(name.strip().lower(), []).append(value.strip())
    return SipMessage(time, sent, start, headers, body.strip())
