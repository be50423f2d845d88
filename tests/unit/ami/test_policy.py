"""What Odoo may order: denied until listed, each refusal with its reason."""

import pytest

from asterisk_agent.ami.encode import action_pairs, encode_action
from asterisk_agent.ami.policy import LEFT_OUT, REASONS, check_action, prepare_action
from asterisk_agent.core.errors import ActionRefusedError, AmiLocalError
from fakes.asterisk_wire import ActionParser

CALL = {"Action": "Originate", "Channel": "PJSIP/101", "Context": "from-internal",
        "Exten": "0470000001", "Priority": "1", "CallerID": "Alice <101>",
        "Timeout": "30000"}  # fmt: skip


def reason(action: dict[str, object]) -> str:
    with pytest.raises(ActionRefusedError) as caught:
        check_action(action)  # type: ignore[arg-type]
    assert caught.value.reason in REASONS
    return caught.value.reason


@pytest.mark.parametrize(
    "action",
    [
        {"Action": "Ping"},
        {"action": "PING"},
        {"Action": "Hangup", "Channel": "PJSIP/101-00000001", "Cause": "16"},
        {"Action": "Redirect", "Channel": "a", "Context": "c", "Exten": "1", "Priority": "1"},
        {"Action": "QueueStatus"},
        {"Action": "CoreShowChannels", "ActionID": "mine"},
        {"Action": "Getvar", "Channel": "a", "Variable": "CALLERID(num)"},
        {"Action": "Setvar", "Channel": "a", "Variable": "__X", "Value": "a b: c"},
        {"Action": "Status", "Variables": "CDR(dst),X"},
        {"Action": "MixMonitor", "Channel": "a", "File": "2026/11/1795.16.wav", "Options": "ab"},
        {"Action": "Reload", "Module": "pbx_config"},
        CALL,
        {**CALL, "Variable": "PJSIP_HEADER(add,Alert-Info)=<http://x>;info=alert-autoanswer"},
        {**CALL, "Variable": ["A=1,B=2", "__C=x=y", "CALLERID(name)=Jane (ACME, Ltd)"]},
        {**CALL, "Application": "ChanSpy", "Data": "PJSIP/102,qw"},
        {**CALL, "application": "chanspy", "Data": "PJSIP/102-00000001,qBg(sales)"},
        {**CALL, "Application": "Playback", "Data": "hello-world&vm-goodbye"},
        {"Action": "Command", "Command": "core show channels concise"},
        {"Action": "Command", "Command": "queue show sales"},
        {"Action": "Command", "Command": "dialplan reload"},
    ],
)
def test_telephony_is_allowed(action: dict[str, str]) -> None:
    check_action(action)


@pytest.mark.parametrize("name", [*LEFT_OUT, "Foo", "Ping2", "ShutDown", ""])
def test_everything_else_is_refused(name: str) -> None:
    assert reason({"Action": name}) == "not_allowed"


@pytest.mark.parametrize("name", ["Login", "LOGOFF", "Events", "Filter", "Challenge", "WaitEvent"])
def test_the_agents_own_session_is_its_own(name: str) -> None:
    assert reason({"Action": name}) == "session"


@pytest.mark.parametrize(
    ("application", "data"),
    [
        ("System", "touch /tmp/p"), ("SYSTEM", "id"), ("TrySystem", "id"), ("Exec", "System(id)"),
        ("AGI", "x"), ("MixMonitor", "a.wav,,id"), ("Set", "SHELL(id)=x"), ("", "System"),
        ("ChanSpy", "PJSIP/1,r(/etc/asterisk/x)"), ("ChanSpy", "PJSIP/1,D"),
        ("ChanSpy", "${SHELL(id)}"), ("Playback", "../../etc/shadow"), ("Playback", "/etc/x"),
        ("ConfBridge", "1,${EVAL(x)}"), ("Wait", "1e9"), ("Dial", "PJSIP/101"),
        ("ChanSpy ", "a|b"), ("Queue", "a,,,,,agi.sh"),
    ],
)  # fmt: skip
def test_applications_are_on_a_narrower_list(application: str, data: str) -> None:
    assert reason({**CALL, "Application": application, "Data": data}) == "application"


@pytest.mark.parametrize(
    "variable",
    [
        "SHELL(id)=1", "A=1,SHELL(id)=2", "CURL(http://x)=1", "FILE(/etc/passwd)=x", "DB(a/b)=c",
        "ODBC_X(1)=2", "EVAL(x)=1", "MASTER_CHANNEL(SHELL(id))=1", "GLOBAL(x)=1",
        "CALLERID(num)SHELL(id)=1", "CALLERID(${SHELL(id)})=1", "shell(id)=1", "AST_CONFIG(a)=1",
        'A="x,SHELL(id)=1', "A=x),SHELL(id)=1", "A=[,SHELL(id)=1", "PJSIP_HEADER(add,(X)=1",
        " SHELL(id)=1", "=1", "A B=1", "A=1, SHELL(id)=1", "\tX=1",
    ],
)  # fmt: skip
def test_variables_name_only_harmless_functions(variable: str) -> None:
    assert reason({**CALL, "Variable": variable}) == "function"
    assert reason({**CALL, "Variable": ["OK=1", variable]}) == "function"
    assert reason({**CALL, "vARIABLE": variable}) == "function"


@pytest.mark.parametrize("value", ["${SHELL(id)}", "x${EVAL(y)}", "$[1+1]"])
def test_values_hold_no_dialplan_expressions(value: str) -> None:
    assert reason({**CALL, "Variable": f"A={value}"}) == "expression"
    setvar = {"Action": "Setvar", "Channel": "a", "Variable": "A", "Value": value}
    assert reason(setvar) == "expression"


@pytest.mark.parametrize("header", ["Channel", "Context", "Exten", "Priority", "CallerID"])
def test_no_header_of_an_originate_holds_an_expression(header: str) -> None:
    action = {"Action": "Originate", "Channel": "PJSIP/101", "Context": "x", "Exten": "1"}
    with pytest.raises(ActionRefusedError) as refused:
        check_action({**action, header: "Local/${SHELL(id)}@x"})
    assert refused.value.reason == "expression"


def test_an_escaped_bracket_hides_nothing() -> None:
    assert reason({**CALL, "Variable": r"A=\(,SHELL(id)=1"}) == "expression"


@pytest.mark.parametrize("variable", ["SHELL(id)", "FILE(/etc/passwd)", "ENV(PATH)", "CURL(x)"])
def test_reading_runs_functions_too(variable: str) -> None:
    assert reason({"Action": "Getvar", "Channel": "a", "Variable": variable}) == "function"
    assert reason({"Action": "Status", "Variables": f"A,{variable}"}) == "function"
    setvar = {"Action": "Setvar", "Channel": "a", "Variable": variable, "Value": "x"}
    assert reason(setvar) == "function"


def test_global_variables_are_not_set() -> None:
    assert reason({"Action": "Setvar", "Variable": "TRUNK", "Value": "x"}) == "global_variable"


@pytest.mark.parametrize(
    "command",
    [
        "core stop now", "!id", "core show channels\t!id", "module load app_system.so", "",
        "channel originate Local/1@x application System id", "database put a b c",
        "manager show user odoo", "dialplan add extension 1,1,System,id into x",
        "core showchannels",
        "core set debug 9", "pjsip show auth 101", "core show channels; !id", "core show",
        "config list", "dialplan reload | x", "file convert a b", "CORE RESTART NOW",
    ],
)  # fmt: skip
def test_commands_are_on_a_narrower_list(command: str) -> None:
    assert reason({"Action": "Command", "Command": command}) == "command"


@pytest.mark.parametrize(
    "fields",
    [{"File": "../x.wav"}, {"File": "/etc/asterisk/x.wav"}, {"File": "x.conf"},
     {"File": "a/../b.wav"}, {}, {"File": "x.wav", "Options": "r(/tmp/x)"}, {"File": "x.wav|id"}],
)  # fmt: skip
def test_recordings_stay_in_their_folder(fields: dict[str, str]) -> None:
    assert reason({"Action": "MixMonitor", "Channel": "a", **fields}) == "path"


def test_a_recording_runs_no_command_afterwards() -> None:
    action = {"Action": "MixMonitor", "Channel": "a", "File": "x.wav", "Command": "id"}
    assert reason(action) == "command"


@pytest.mark.parametrize("module", ["", "res_http_websocket.so", "../x.so", "manager"])
def test_only_some_modules_are_reloaded(module: str) -> None:
    assert reason({"Action": "Reload", "Module": module}) == "module"


@pytest.mark.parametrize(
    "twice",
    [{"Application": "ChanSpy", "application": "System"}, {"Data": ["a", "b"]},
     {"Channel": "a", "CHANNEL": "b"}],
)  # fmt: skip
def test_no_header_comes_twice(twice: dict[str, object]) -> None:
    assert reason({"Action": "Originate", **twice}) == "repeated_header"


def test_a_variable_read_comes_once() -> None:
    action = {"Action": "Getvar", "Channel": "a", "Variable": ["A", "SHELL(id)"]}
    assert reason(action) == "repeated_header"


def test_two_actions_and_line_ends_are_refused_before() -> None:
    for action in ({"Action": "Ping", "action": "Command"}, {"Action": "Ping\r\nAction: x"}):
        with pytest.raises(AmiLocalError):
            check_action(action)


def test_an_originate_never_stops_the_events() -> None:
    for asked in ({}, {"Async": "false"}, {"async": "no"}):
        pairs = action_pairs(prepare_action({**CALL, **asked}))
        assert [value for name, value in pairs if name.lower() == "async"] == ["true"]
        assert ("Channel", "PJSIP/101") in pairs


def test_other_actions_are_sent_as_they_are() -> None:
    action = {"Action": "Ping", "ActionID": "x"}
    assert prepare_action(action) == action
    (heard,) = ActionParser().receive_data(encode_action(action_pairs(action)))
    assert dict(heard) == action
