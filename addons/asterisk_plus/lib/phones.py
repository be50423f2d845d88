"""Which phones an Asterisk has: read out of its own answers. Texts are as it told them, cut to size; whose a phone may be is
decided elsewhere.
"""
from dataclasses import dataclass

#: What is asked, one after the other: {source: action}; first of all, which of the others it knows and we may send: what Asterisk
#: refuses is a security event of its own.
ACTIONS = {
    "commands": "ListCommands",
    # Tells of the devices of all technologies; the lists of one say more, and want write=system, which the agent's account has not.
    "devices": "DeviceStateList",
    "pjsip": "PJSIPShowEndpoints",
    "sip": "SIPpeers",
    "iax": "IAXpeerlist",
    "hints": "ExtensionStateList",
    "mailboxes": "VoicemailUsersList",
}
#: The event of each list that is of use, and its headers (Asterisk: res/res_pjsip/pjsip_configuration.c, channels/chan_sip.c,
#: channels/chan_iax2.c, res/res_manager_devicestate.c, main/manager.c, apps/app_voicemail.c).
_WANTED = {
    "devices": ("DeviceStateChange", ("Device", "State")),
    "pjsip": ("EndpointList", ("ObjectName", "OutboundAuths", "DeviceState")),
    "sip": ("PeerEntry", ("ObjectName", "Dynamic", "Status")),
    "iax": ("PeerEntry", ("ObjectName", "Dynamic", "Status")),
    "hints": ("ExtensionStatus", ("Exten", "Hint")),
    "mailboxes": ("VoicemailUserEntry", ("VoiceMailbox", "Fullname", "Email")),
}
_TECHNOLOGY = {"pjsip": "PJSIP", "sip": "SIP", "iax": "IAX2"}
_DEVICES = ("PJSIP/", "SIP/", "IAX2/", "DAHDI/")
MAX_PHONES = 2000
MAX_TEXT = 120


@dataclass(frozen=True)
class Phone:
    """An endpoint as Asterisk told of it. `exten`, `name` and `email` may be empty."""

    channel: str
    exten: str
    name: str
    email: str
    state: str
    is_trunk: bool


def pick(source, messages):
    """Return of the answer to a source's action what is of use: a list of small dicts of texts."""
    if source == "commands":
        first = messages[0] if isinstance(messages, list) and messages and isinstance(messages[0], dict) else {}
        return [name for name in ACTIONS.values() if name in first]
    event, headers = _WANTED[source]
    found = [one for one in messages if isinstance(one, dict) and one.get("Event") == event] if isinstance(messages, list) else []
    return [{name: _text(one.get(name)) for name in headers} for one in found[:MAX_PHONES]]


def following(source, picked):
    """Return the source that is to be asked after this one, None when that was the last."""
    rest = list(ACTIONS)[list(ACTIONS).index(source) + 1 :]
    return next((one for one in rest if ACTIONS[one] in picked.get("commands", ())), None)


def phones(picked):
    """Return the phones, by their channels, of {source: what `pick` gave}."""
    extens = _extens(picked.get("hints", ()))
    mailboxes = {one["VoiceMailbox"]: one for one in picked.get("mailboxes", ())}
    rows = {row["Device"]: row for row in picked.get("devices", ()) if row["Device"].startswith(_DEVICES)}
    for source, technology in _TECHNOLOGY.items():
        for row in picked.get(source, ()):
            channel = "%s/%s" % (technology, row["ObjectName"])
            rows[channel] = dict(rows.get(channel, ()), **row)
    found = [_phone(channel, row, extens, mailboxes) for channel, row in rows.items()]
    return sorted(found, key=lambda one: (not one.exten, len(one.exten), one.exten, one.channel))[:MAX_PHONES]


def _phone(channel, row, extens, mailboxes):
    name, hint = channel.partition("/")[2], extens.get(channel.lower())
    exten = hint or (name if name.isascii() and name.isdigit() else "")
    mailbox = mailboxes.get(exten) or mailboxes.get(name) or {}
    state = row.get("DeviceState") or row.get("Status") or row.get("State", "")
    return Phone(channel, exten, mailbox.get("Fullname", ""), mailbox.get("Email", ""), state, _is_trunk(row, bool(hint)))


def _extens(hints):
    """Return {channel in small letters: its extension}: a hint is "PJSIP/101&Custom:DND101"."""
    extens = {}
    for row in hints:
        for device in row["Hint"].partition(",")[0].split("&"):
            extens.setdefault(device.strip().lower(), row["Exten"])
    return extens


def _is_trunk(row, has_hint):
    """Tell what rather leads outside: it logs in elsewhere, or has a fixed address and no hint."""
    return bool(row.get("OutboundAuths")) or (row.get("Dynamic") == "no" and not has_hint)


def _text(value):
    # Asterisk prints an address that a mailbox does not have (app_voicemail.c: manager_list_voicemail_users).
    return value[:MAX_TEXT] if isinstance(value, str) and value != "(null)" else ""
