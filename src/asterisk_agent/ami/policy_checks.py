"""The checks of the actions that are allowed only in part. Each takes the action's headers,
names in lower case, and raises ``ActionRefusedError``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from asterisk_agent.core.errors import ActionRefusedError

Fields = Mapping[str, tuple[str, ...]]

#: Applications that Originate may start, with the arguments that are allowed. Never System,
#: TrySystem, Exec, AGI, MixMonitor ... ChanSpy without r() and D: they write files.
_APPLICATIONS: Mapping[str, re.Pattern[str]] = {
    "chanspy": re.compile(r"[\w/@.;+-]{1,128}(,(?:[bBdEoqQSsuwW]|g\([\w:,]{1,64}\)|x\(\d\))*)?"),
    "playback": re.compile(r"\w[\w/&-]{0,250}(,(skip|noanswer|say|mix))?"),
    "confbridge": re.compile(r"[\w-]{1,64}(,[\w-]{0,64}){0,3}"),
    "queue": re.compile(r"[\w-]{1,128}(,[a-zA-Z]{0,20})?"),
    "echo": re.compile(r""),
    "wait": re.compile(r"\d{1,4}(\.\d{1,3})?"),
    "musiconhold": re.compile(r"[\w-]{0,64}(,\d{1,5})?"),
    "parkedcall": re.compile(r"[\w-]{0,64}(,\d{1,10})?"),
}
#: Commands that only tell, and the reloads that read what is already on the disk. Compared word
#: by word; what follows them is an argument of harmless characters.
_COMMANDS = tuple(
    tuple(command.split())
    for command in """
    core show uptime|core show version|core show channels|core show calls|core show settings
    core show hints|core show hint|core show sysinfo|core show taskprocessors|core show channel
    pjsip show endpoints|pjsip show contacts|pjsip show aors|pjsip show registrations
    pjsip show channels|pjsip show channelstats|pjsip show version|pjsip qualify
    sip show peers|sip show registry|sip show channels|iax2 show peers|iax2 show registry
    queue show|queue add member|queue remove member|queue pause member|queue unpause member
    module show like|bridge show all|bridge show|confbridge list|parking show|mixmonitor list
    channel request hangup|manager show connected|voicemail show users|rtp show settings
    dialplan reload|pjsip reload|queue reload all|queue reload members
    """.replace("\n", "|").split("|")
    if command.strip()
)
_COMMAND_TEXT = re.compile(r"[\w .,:@/+*#-]{1,200}", re.ASCII)
#: What Reload may name: the parts that the addon's configuration pages concern.
_MODULES = frozenset(
    """
    pbx_config pbx_config.so res_pjsip res_pjsip.so app_queue app_queue.so chan_sip chan_sip.so
    app_voicemail app_voicemail.so app_confbridge app_confbridge.so res_parking res_parking.so
    res_musiconhold res_musiconhold.so chan_iax2 chan_iax2.so features dnsmgr cdr
    """.split()  # noqa: SIM905 (a table is read better than twenty quoted words)
)
#: Dialplan functions that neither run a program, nor reach files, the network or other functions.
#: Not MASTER_CHANNEL and IMPORT: func_channel.c substitutes what stands in their brackets.
_FUNCTIONS = frozenset(
    """
    CALLERID CONNECTEDLINE REDIRECTING CHANNEL CDR PJSIP_HEADER PJSIP_MEDIA_OFFER SIP_HEADER
    TIMEOUT DEVICE_STATE EXTENSION_STATE HINT PRESENCE_STATE GROUP GROUP_COUNT HANGUPCAUSE
    QUEUE_MEMBER QUEUE_WAITING_COUNT QUEUE_VARIABLES QUEUE_EXISTS VOLUME DENOISE JITTERBUFFER
    MUTEAUDIO DIALPLAN_EXISTS PJSIP_DIAL_CONTACTS PJSIP_CONTACT PJSIP_AOR LANGUAGE MUSICCLASS
    """.split()  # noqa: SIM905
)
_VARIABLE = re.compile(r"_{0,2}[A-Za-z][A-Za-z0-9_]*")
_FUNCTION = re.compile(r"([A-Z_]+)\([^()$\\{}\[\]]*\)")
_EXPRESSION = re.compile(r"\$\{|\$\[")
_RECORDING = re.compile(r"\w[\w.-]*(/\w[\w.-]*){0,8}\.(wav|WAV|wav49|gsm|ulaw|alaw|sln|g722)")


def check_originate(fields: Fields) -> None:
    """Refuse applications and variables that reach beyond telephony."""
    application = _one(fields, "application")
    data = _one(fields, "data")
    if application or data:
        pattern = _APPLICATIONS.get(application.lower())
        if pattern is None or not pattern.fullmatch(data):
            raise _refused("application")
    for name in ("channel", "context", "exten", "priority", "callerid", "account"):
        # A dialplan that evaluates its extension twice would run it.
        _check_value(_one(fields, name))
    for text in fields.get("variable", ()):
        for name, value in _assignments(text):
            _check_name(name)
            _check_value(value)


def check_command(fields: Fields) -> None:
    """Refuse commands that are not on the list."""
    text = _one(fields, "command")
    words = tuple(text.split())
    listed = any(words[: len(command)] == command for command in _COMMANDS)
    if not listed or not _COMMAND_TEXT.fullmatch(text):
        raise _refused("command")


def check_setvar(fields: Fields) -> None:
    """Refuse global variables, functions that are not on the list, and expressions."""
    if not _one(fields, "channel"):
        raise _refused("global_variable")
    _check_name(_only_variable(fields))
    _check_value(_one(fields, "value"))


def check_getvar(fields: Fields) -> None:
    """Refuse functions that are not on the list: reading SHELL() runs it."""
    _check_name(_only_variable(fields))


def check_status(fields: Fields) -> None:
    """Refuse functions among the variables that are to be told of each channel."""
    for name in _split(_one(fields, "variables")):
        _check_name(name)


def check_mixmonitor(fields: Fields) -> None:
    """Refuse a command to run afterwards, and files outside of the recordings' folder."""
    if _one(fields, "command"):
        raise _refused("command")
    options = _one(fields, "options")
    if not _RECORDING.fullmatch(_one(fields, "file")) or not re.fullmatch(r"[abBn]*", options):
        raise _refused("path")


def check_reload(fields: Fields) -> None:
    """Refuse to reload everything at once, and modules that are not on the list."""
    if _one(fields, "module") not in _MODULES:
        raise _refused("module")


def _one(fields: Fields, header: str) -> str:
    return fields.get(header, ("",))[0].strip()


def _only_variable(fields: Fields) -> str:
    values = fields.get("variable", ("",))
    if len(values) > 1:
        raise _refused("repeated_header")
    return values[0]


def _assignments(text: str) -> Iterator[tuple[str, str]]:
    """Take one header Variable apart as manager.c does (astman_get_variables)."""
    if "\\" in text:
        # An escaped bracket or comma would be counted by us, and not by Asterisk.
        raise _refused("expression")
    for part in _split(text):
        name, _, value = part.partition("=")
        yield name, value


def _split(text: str) -> Iterator[str]:
    """Split at commas outside of round brackets (app.c: __ast_app_separate_args).

    Quotes are not honoured: that splits more often than Asterisk, so nothing hides in them.
    """
    depth, part = 0, ""
    for character in text:
        depth = max(0, depth + {"(": 1, ")": -1}.get(character, 0))
        if character == "," and depth == 0:
            yield part
            part = ""
        else:
            part += character
    if part:
        yield part


def _check_name(name: str) -> None:
    if _VARIABLE.fullmatch(name):
        return
    match = _FUNCTION.fullmatch(name)
    if match is None or match[1] not in _FUNCTIONS:
        raise _refused("function")


def _check_value(value: str) -> None:
    if _EXPRESSION.search(value):
        raise _refused("expression")


def _refused(reason: str) -> ActionRefusedError:
    return ActionRefusedError(reason, f"refused: {reason.replace('_', ' ')}")
