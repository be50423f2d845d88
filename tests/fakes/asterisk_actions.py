"""What the fake Asterisk does with each action, in Asterisk's words (manager.c)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from fakes.asterisk_wire import block

if TYPE_CHECKING:
    from fakes.asterisk import FakeAccount, FakeConnection

Handler = Callable[["FakeConnection", dict[str, str]], None]
ALL = frozenset({"system", "call", "log", "verbose", "agent", "user", "config", "command", "dtmf",
                 "reporting", "cdr", "dialplan", "originate", "security"})  # fmt: skip

#: The class of write permission that an action needs (manager.c: ast_manager_register_core).
NEEDS = {
    "command": {"command"},
    "originate": {"originate"},
    "hangup": {"system", "call"},
    "coresettings": {"system", "reporting"},
    "coreshowchannels": {"system", "reporting"},
    "setvar": {"call"},
    "getvar": {"call", "reporting"},
    "redirect": {"call"},
}


def may(account: FakeAccount, name: str) -> bool:
    return name not in NEEDS or bool(NEEDS[name] & account.write)


def _login(connection: FakeConnection, action: dict[str, str]) -> None:
    account = connection.server.accounts.get(action.get("username", ""))
    if account is None or not _proves(connection, account, action):
        connection.reply(action, "Error", ("Message", "Authentication failed"))
        connection.close()
        return
    connection.user, connection.account = action["username"], account
    connection.reply(action, "Success", ("Message", "Authentication accepted"))
    connection.send(block([("Event", "FullyBooted"), ("Privilege", "system,all"),
                           ("Uptime", "12"), ("LastReload", "12"),
                           ("Status", "Fully Booted")]))  # fmt: skip


def _proves(connection: FakeConnection, account: FakeAccount, action: dict[str, str]) -> bool:
    if action.get("authtype", "").lower() != "md5":
        return action.get("secret") == account.secret
    text = f"{connection.challenge}{account.secret}"
    key = hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
    return bool(connection.challenge) and action.get("key") == key


def _challenge(connection: FakeConnection, action: dict[str, str]) -> None:
    if action.get("authtype", "").lower() != "md5" or not connection.server.offers_md5:
        connection.reply(action, "Error", ("Message", "Must specify AuthType"))
        return
    connection.challenge = "840415273"
    connection.reply(action, "Success", ("Challenge", connection.challenge))


def _ping(connection: FakeConnection, action: dict[str, str]) -> None:
    connection.reply(action, "Success", ("Ping", "Pong"), ("Timestamp", "1795393664.430000"))


def _logoff(connection: FakeConnection, action: dict[str, str]) -> None:
    connection.reply(action, "Goodbye", ("Message", "Thanks for all the fish."))
    connection.close()


def _core_settings(connection: FakeConnection, action: dict[str, str]) -> None:
    server = connection.server
    connection.reply(action, "Success", ("AMIversion", "5.0.5"),
                     ("AsteriskVersion", server.asterisk_version),
                     ("SystemName", server.system_name), ("CoreMaxCalls", "0"))  # fmt: skip


def _command(connection: FakeConnection, action: dict[str, str]) -> None:
    if not action.get("command"):
        connection.reply(action, "Error", ("Message", "No command provided"))
        return
    output = [("Output", line) for line in ("System uptime: 2 weeks", "", "Last reload: never")]
    connection.reply(action, "Success", ("Message", "Command output follows"), *output)


def _channels(connection: FakeConnection, action: dict[str, str]) -> None:
    items = [
        [("Event", "CoreShowChannel"), ("Channel", f"PJSIP/10{n}-0000000{n}"),
         ("Uniqueid", f"1795393664.{n}"), ("Linkedid", "1795393664.1")]
        for n in (1, 2)
    ]  # fmt: skip
    connection.reply_list(action, items, "CoreShowChannelsComplete", "Channels will follow")


def _queues(connection: FakeConnection, action: dict[str, str]) -> None:
    items = [
        [("Event", "QueueParams"), ("Queue", "sales"), ("Max", "0")],
        [("Event", "QueueMember"), ("Queue", "sales"), ("Name", "PJSIP/101")],
    ]
    connection.reply_list(action, items, "QueueStatusComplete", "Queue status will follow")


def _originate(connection: FakeConnection, action: dict[str, str]) -> None:
    if not action.get("channel"):
        connection.reply(action, "Error", ("Message", "Channel not specified"))
    elif not re.fullmatch(r"true|yes|1|on|t|y", action.get("async", ""), re.IGNORECASE):
        connection.reply(action, "Error", ("Message", "Originate failed"))
    else:
        connection.reply(action, "Success", ("Message", "Originate successfully queued"))


def _hangup(connection: FakeConnection, action: dict[str, str]) -> None:
    connection.reply(action, "Error", ("Message", "No such channel"))


def _events(connection: FakeConnection, action: dict[str, str]) -> None:
    mask = action.get("eventmask", "")
    connection.mask = ALL if mask in {"on", "all"} else ALL & set(mask.split(","))
    connection.reply(action, "Success", ("Events", "On" if connection.mask else "Off"))


HANDLERS: dict[str, Handler] = {
    "login": _login,
    "challenge": _challenge,
    "ping": _ping,
    "logoff": _logoff,
    "coresettings": _core_settings,
    "command": _command,
    "coreshowchannels": _channels,
    "queuestatus": _queues,
    "originate": _originate,
    "hangup": _hangup,
    "events": _events,
}
