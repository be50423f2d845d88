"""The table of all situations: each module enters its own when it is imported."""

from lab import call_situations, click_situations, queue_situations, transfer_situations
from lab.situations import SITUATIONS

MODULES = (call_situations, click_situations, queue_situations, transfer_situations)
__all__ = ["MODULES", "SITUATIONS"]
