"""What can be done to whom: the table, and one fault of a schedule."""

from dataclasses import dataclass

KINDS = ("stop", "kill", "pause", "cut", "slow")
TARGETS = ("asterisk", "rabbitmq", "odoo", "postgres", "agent")
#: Seconds that a fault of a kind lasts, at least and at most: down, frozen, silent, slow.
LASTS_S = {"stop": (0.0, 7.0), "kill": (0.0, 7.0), "pause": (1.0, 8.0), "cut": (1.0, 10.0)}
LASTS_S["slow"] = (3.0, 12.0)
#: Which ones make sense. A cut or slow link is that between the agent and the target; PostgreSQL's
#: is that to Odoo. The agent's own links are all of them.
#: `workers` are Odoo's without their master, which starts others for those that died.
TABLE = {
    "stop": TARGETS,
    "kill": (*TARGETS, "workers"),
    "pause": (*TARGETS, "workers"),
    "cut": ("asterisk", "rabbitmq", "odoo", "postgres"),
    "slow": ("asterisk", "rabbitmq", "odoo", "postgres"),
}


@dataclass(frozen=True)
class Fault:
    """One fault: `at_s` seconds after the calls began something is done to `target`.

    `lasts_s` is how long it stays so. `reset`: a cut ends with the connections dead; else they go
    on. `delay_s` is the slow link's.
    """

    at_s: float
    kind: str
    target: str
    lasts_s: float
    reset: bool = False
    delay_s: float = 0.0

    def __post_init__(self) -> None:
        if self.target not in TABLE[self.kind]:
            raise ValueError(f"{self.kind} of {self.target} makes no sense")

    def __str__(self) -> str:
        how = f" ({self.delay_s:.2f} s slower)" if self.delay_s else ""
        how += " (then reset)" if self.reset else ""
        return f"{self.kind} {self.target} for {self.lasts_s:.1f} s{how}"
