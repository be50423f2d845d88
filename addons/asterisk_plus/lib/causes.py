"""Hang-up causes in words (ITU-T Q.850, as Asterisk's causes.h numbers them)."""

from __future__ import annotations

from typing import Optional

WORDS = {
    1: "No such number",
    2: "No route to the network",
    3: "No route to the number",
    16: "Normal hang-up",
    17: "Busy",
    18: "The phone did not respond",
    19: "Nobody answered",
    20: "The phone is not registered",
    21: "Declined",
    22: "The number has changed",
    26: "Answered elsewhere",
    27: "The phone or trunk is out of order",
    28: "The number is incomplete",
    34: "No free line (congestion)",
    38: "The network is out of order",
    41: "Temporary failure of the network",
    42: "The network is congested",
    44: "The line asked for is not available",
    58: "No common codec",
    127: "Interworking failure",
}
NORMAL = 16
BUSY = 17
DECLINED = 21
# What a phone says of itself that rang, and was not answered: nothing (Asterisk took the call back), normal, no answer,
# answered elsewhere.
RANG_OUT = (None, 0, 16, 19, 26)
# ... and that rang before it failed to tell why: no response, normal, interworking.
RANG_FIRST = RANG_OUT + (18, 31, 127)


def in_words(cause: Optional[int]) -> str:
    """Return the cause in words, empty for none."""
    if not cause:
        return ""
    return WORDS.get(cause, "Cause %d" % cause)
