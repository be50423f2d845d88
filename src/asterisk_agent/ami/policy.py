"""Which actions Odoo may order: denied until listed, and the dangerous ones with a check each.

The account in manager.conf is the first fence, this is the second: it holds although the account
may do more, and against a stolen token. Pure functions; nothing is sent from here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from asterisk_agent.ami import policy_checks as checks
from asterisk_agent.ami.encode import Action, action_pairs
from asterisk_agent.core.errors import ActionRefusedError

Fields = Mapping[str, tuple[str, ...]]
Check = Callable[[Fields], None]

#: Every reason an action can be refused for, as Odoo is told.
REASONS: Mapping[str, str] = {
    "not_allowed": "the action is not on the list",
    "session": "the action would change the agent's own session",
    "repeated_header": "a header is given more than once",
    "application": "the application is not on the list, or its arguments are not allowed",
    "command": "the command is not on the list",
    "function": "the dialplan function is not on the list",
    "expression": "the value has a dialplan expression in it",
    "global_variable": "a global variable would be set",
    "path": "the file name could lead out of the recordings' folder",
    "module": "the module is not on the list",
}

#: Answers only; harmless by what they tell.
_LOOKING = """
    Ping ListCommands CoreSettings CoreStatus CoreShowChannels BridgeList BridgeInfo Agents
    QueueStatus QueueSummary QueueRule ExtensionState ExtensionStateList DeviceStateList
    PresenceState PresenceStateList MailboxCount MailboxStatus ParkedCalls Parkinglots
    ConfbridgeList ConfbridgeListRooms PJSIPShowEndpoints PJSIPShowAors PJSIPShowContacts
    PJSIPShowRegistrationsInbound PJSIPShowRegistrationInboundContactStatuses
    SIPpeers SIPpeerstatus IAXpeers IAXpeerlist VoicemailUsersList ModuleCheck
    LocalOptimizeAway
"""
#: What a person could do with a phone, or a supervisor with a queue.
_DOING = """
    Hangup Redirect Atxfer CancelAtxfer BlindTransfer Bridge BridgeDestroy BridgeKick Park
    PlayDTMF SendText SendFlash MuteAudio AbsoluteTimeout StopMixMonitor MixMonitorMute
    QueueAdd QueueRemove QueuePause QueuePenalty QueueMemberRingInUse QueueReset QueueLog
    QueueChangePriorityCaller QueueWithdrawCaller AgentLogoff PJSIPQualify SIPqualifypeer
    ConfbridgeKick ConfbridgeMute ConfbridgeUnmute ConfbridgeLock ConfbridgeUnlock UserEvent
"""
_CHECKED: Mapping[str, Check] = {
    "originate": checks.check_originate,
    "command": checks.check_command,
    "setvar": checks.check_setvar,
    "getvar": checks.check_getvar,
    "status": checks.check_status,
    "mixmonitor": checks.check_mixmonitor,
    "reload": checks.check_reload,
}
#: They log the agent in and out or decide what it hears.
_SESSION = frozenset({"login", "logoff", "challenge", "events", "filter", "waitevent"})
#: Left out knowingly, and why; everything that is on no list is refused all the same.
LEFT_OUT: Mapping[str, str] = {
    "AGI": "EXEC reaches every application, System among them",
    "ModuleLoad": "loads code, or unloads what protects",
    "UpdateConfig": "writes any file of the configuration; put_config checks the name",
    "CreateConfig": "as UpdateConfig",
    "GetConfig": "reads secrets out of any file; get_config checks the name",
    "GetConfigJSON": "as GetConfig",
    "DBPut": "the internal database holds registrations: who writes it takes calls over",
    "DBGet": "the internal database holds secrets of PBX distributions",
    "DBDel": "as DBPut",
    "PJSIPShowEndpoint": "tells the endpoint's password (AuthDetail)",
    "PJSIPShowAuths": "tells passwords",
    "PJSIPShowRegistrationsOutbound": "tells the provider's password",
    "PJSIPNotify": "reboots phones",
    "MessageSend": "sends to any SIP address of the world",
    "ShowDialPlan": "dialplans hold secrets",
    "Monitor": "writes any path; MixMonitor is its successor",
}

#: The lists as they are documented.
LISTS: Mapping[str, tuple[str, ...]] = {
    "answers only": tuple(_LOOKING.split()),
    "what a person does with a phone, or a supervisor with a queue": tuple(_DOING.split()),
    "with a check of their values": (
        *("Originate", "Command", "Setvar", "Getvar", "Status", "MixMonitor", "Reload"),
    ),
}
_ALLOWED = frozenset(f"{_LOOKING} {_DOING}".lower().split()) | _CHECKED.keys()
#: Headers that may come several times; each of them is checked.
_REPEATABLE = frozenset({"variable"})


def check_action(action: Action) -> None:
    """Raise ``ActionRefusedError`` unless Odoo may order this action.

    Raise ``AmiLocalError`` for what could not be said to Asterisk anyway: CR, LF, NUL, no or two
    headers ``Action``. Names of actions and headers count in any case, as Asterisk takes them.
    """
    fields = _fields(action)
    name = fields["action"][0].lower()
    if name in _SESSION:
        raise ActionRefusedError("session", REASONS["session"])
    if name not in _ALLOWED:
        raise ActionRefusedError("not_allowed", REASONS["not_allowed"])
    for header, values in fields.items():
        # Asterisk takes the first of several, somebody else perhaps the last: allow no doubt.
        if len(values) > 1 and header not in _REPEATABLE:
            raise ActionRefusedError("repeated_header", REASONS["repeated_header"])
    check = _CHECKED.get(name)
    if check is not None:
        check(fields)


def prepare_action(action: Action) -> Action:
    """Check an action and return it as it is to be sent. Raise like ``check_action``.

    An Originate is made ``Async``: otherwise Asterisk serves nothing else on this connection, not
    even its events, until the far end has answered.
    """
    check_action(action)
    fields = _fields(action)
    if fields["action"][0].lower() != "originate":
        return action
    kept = {name: value for name, value in action.items() if name.lower() != "async"}
    return {**kept, "Async": "true"}


def _fields(action: Action) -> dict[str, tuple[str, ...]]:
    fields: dict[str, tuple[str, ...]] = {}
    for name, value in action_pairs(action):
        fields[name.lower()] = (*fields.get(name.lower(), ()), value)
    return fields
