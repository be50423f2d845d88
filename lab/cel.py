"""An Asterisk that also writes CEL (channel event logging), and says it on AMI."""

from lab.asterisk import Asterisk
from lab.modules import WANTED

CONF = """
[general]
enable = yes
events = CHAN_START,CHAN_END,ANSWER,HANGUP,BRIDGE_ENTER,BRIDGE_EXIT,LINKEDID_END
[manager]
enabled = yes
"""


class AsteriskWithCel(Asterisk):
    """As the lab's own, with CEL."""

    modules = f"{WANTED} cel_manager"

    def prepare(self) -> None:
        super().prepare()
        (self.etc / "cel.conf").write_text(CONF)
