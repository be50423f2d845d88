"""What of one agent's boot has been applied: a number, and the items above it. Plain Python."""
import json


class Watermark:
    """Items are (seq, row). All with seq <= `settled` are applied or will never come again."""

    def __init__(self, settled=0, applied=()):
        self.settled = settled
        self._applied = {tuple(item) for item in applied}

    @classmethod
    def from_json(cls, settled, text):
        return cls(int(settled or 0), json.loads(text or "[]"))

    def to_json(self):
        """Return the items above the settled number, as text that is the same for the same items."""
        return json.dumps(sorted(self._applied), separators=(",", ":"))

    def __contains__(self, item):
        return item[0] <= self.settled or tuple(item) in self._applied

    def add(self, item):
        self._applied.add(tuple(item))

    def settle(self, seq):
        """Forget the items up to `seq`; the number never goes back."""
        if seq > self.settled:
            self.settled = seq
            self._applied = {item for item in self._applied if item[0] > seq}
