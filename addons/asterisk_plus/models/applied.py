"""Which items of one agent's start have been applied: everything up to a mark, and a set above it. Plain Python."""
import json


class AppliedItems:
    """The items of one boot, by (seq, row)."""

    def __init__(self, stored=None):
        self.stored = stored
        data = json.loads(stored) if stored else {}
        self.settled = data.get("settled", 0)
        self.above = {(seq, row) for seq, row in data.get("above", ())}

    def __contains__(self, key):
        """Tell whether (seq, row) has been applied."""
        return key[0] <= self.settled or key in self.above

    def add(self, key):
        self.above.add(key)

    def settle(self, seq):
        """No item up to `seq` will come again. The mark never goes back."""
        self.settled = max(self.settled, seq)
        self.above = {key for key in self.above if key[0] > self.settled}

    def to_json(self):
        return json.dumps({"settled": self.settled, "above": sorted(self.above)}, separators=(",", ":"))
