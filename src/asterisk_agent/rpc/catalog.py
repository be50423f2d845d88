"""What Odoo may call, as it is documented: docs/reference/rpc.md is made of it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Entry:
    """A function: its arguments and result as they are written in JSON-RPC, and what it does."""

    name: str
    arguments: str
    result: str
    help: str


CATALOG = (
    Entry("test.ping", "", "`true`", "Tells that the agent is there, and the token right."),
    Entry(
        "asterisk.manager_action",
        "`action` (header → text, or list of texts), `timeout` 5, `as_list` false, `no_wait` false",
        "a list of dicts, one for each AMI message",
        "Sends an AMI action of the lists below. `ReloadEvents` makes the agent download the events"
        " map again, and never reaches Asterisk.",
    ),
    Entry(
        "asterisk.originate",
        "`actions` (1 to 10 Originates), `timeout` 5",
        "Asterisk's answer to each",
        "Makes several phones ring for one call; the first to be picked up goes on.",
    ),
    Entry("agent.rotate_token", "", "`true`", "Makes a new token, and hands it to Odoo."),
    Entry("agent.health", "", "a dict", "Tells which parts are missing, and what waits."),
    Entry(
        "events.parked_list", "`limit` 500", "a list of dicts", "Lists parked events, oldest first."
    ),
    Entry("events.parked_replay", "", "how many", "Delivers all parked events again."),
    Entry("events.parked_drop", "", "how many", "Drops all parked events."),
    Entry(
        "recordings.upload",
        "`path`, `call` empty",
        "`true`",
        "Brings a recording into Odoo, as one of the call with that Linkedid.",
    ),
    Entry("asterisk.get_file", "`path`", "base64", "Returns a recording of at most 16 MiB."),
    Entry("asterisk.delete_file", "`path`", "`true`", "Removes a recording that nobody writes."),
    Entry(
        "asterisk.get_all_configs",
        "",
        "a dict: name → base64",
        "Returns Asterisk's configuration files that may be edited.",
    ),
    Entry("asterisk.get_config", "`name`", "base64", "Returns a configuration file."),
    Entry(
        "asterisk.put_config",
        "`name`, `content` (base64), `was` null (SHA-256 of what it is to replace)",
        "`true`",
        "Writes a configuration file, as a whole or not at all.",
    ),
    Entry("asterisk.put_all_configs", "`files`: name → base64", "`true`", "Writes several."),
    Entry("asterisk.delete_config", "`name`, `was` null", "`true`", "Removes one."),
    Entry(
        "asterisk.update_access_rules",
        "`rules` (the full list)",
        "`true`, or an error that names the bad rows",
        "Replaces the access list; the good rows apply.",
    ),
    Entry("asterisk.get_banned", "", "a list of dicts", "Lists who is shut out, and why."),
    Entry(
        "asterisk.ban_address",
        "`address`, `reason`, `seconds`",
        "`true`",
        "Bans an address or a network; 0 seconds: as long as its past asks for.",
    ),
    Entry("asterisk.remove_banned_addresses", "`addresses`", "`true`", "Ends bans."),
)
