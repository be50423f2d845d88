"""Settings: read once, all mistakes at once, no secret shown."""

from pathlib import Path

import pytest

from asterisk_agent.core.config import SETTINGS_TABLE, describe, load_settings
from asterisk_agent.core.errors import ConfigError
from asterisk_agent.core.settings import Settings

GOOD = {
    "ODOO_URL": "https://odoo.example.com/",
    "ODOO_DB": "odoopbx_15",
    "ODOO_USER": "asterisk1",
    "ODOO_PASSWORD": "hopping-marmot-41",
    "ASTERISK_AMI_USER": "odoo",
    "ASTERISK_AMI_PASSWORD": "silent-badger-17",
}


def problems(environ: dict[str, str]) -> dict[str, str]:
    with pytest.raises(ConfigError) as caught:
        load_settings(environ)
    return {p.variable: p.problem for p in caught.value.problems}


def test_the_least_environment_is_enough() -> None:
    settings = load_settings(GOOD)
    assert settings.odoo_url == "https://odoo.example.com"
    assert settings.odoo_password.get_secret_value() == "hopping-marmot-41"
    assert (settings.asterisk_ami_host, settings.asterisk_ami_port) == ("localhost", 5038)
    assert (settings.rpc_host, settings.rpc_port) == ("127.0.0.1", 40000)
    assert settings.agent_name == "asterisk1"
    assert settings.odoo_ip == ()


def test_the_environment_of_the_document_is_accepted() -> None:
    """Names and values of reference/agent.rst, but for the secrets that everybody knows."""
    document = {
        **GOOD,
        "ODOO_IP": "1.2.3.4",
        "ASTERISK_AMI_HOST": "localhost",
        "TZ": "Europe/London",
        "AMQP_URI": "pyamqp://guest:guest@localhost",
        "ASTERISK_SECURITY_ENABLED": "1",
    }
    assert load_settings(document).tz == "Europe/London"


def test_an_empty_environment_names_every_missing_variable_at_once() -> None:
    assert problems({}) == dict.fromkeys(GOOD, "is not set")


def test_all_mistakes_are_told_together_each_with_a_cure() -> None:
    wrong = {**GOOD, "RPC_PORT": "0", "TZ": "Mars/Olympus", "ODOO_IP": "1.2.3.400",
             "ASTERISK_AMI_TLS": "maybe", "ODOO_URL": "odoo.example.com",
             "LOG_LEVEL": "chatty", "ODOO_CA_FILE": "/nowhere/ca.pem",
             "DELIVER_BATCH": "many", "AGENT_NAME": "a b"}  # fmt: skip
    del wrong["ODOO_DB"]
    with pytest.raises(ConfigError) as caught:
        load_settings(wrong)
    found = caught.value.problems
    assert {p.variable for p in found} == {
        "RPC_PORT", "TZ", "ODOO_IP", "ASTERISK_AMI_TLS", "ODOO_URL", "LOG_LEVEL",
        "ODOO_CA_FILE", "DELIVER_BATCH", "AGENT_NAME", "ODOO_DB"}  # fmt: skip
    assert all(p.problem and p.cure for p in found)
    order = [row.name for row in SETTINGS_TABLE]
    assert [p.variable for p in found] == sorted((p.variable for p in found), key=order.index)


@pytest.mark.parametrize(
    ("user", "secret"),
    [("asterisk1", "asterisk1"), ("x", "Asterisk1"), ("pbx7", "PBX7"), ("x", "<your password>"),
     ("x", "changeme"), ("x", "odoo")],
)  # fmt: skip
def test_known_odoo_secrets_are_refused(user: str, secret: str) -> None:
    found = problems({**GOOD, "ODOO_USER": user, "ODOO_PASSWORD": secret})
    assert found == {"ODOO_PASSWORD": "is a secret that everybody knows"}


@pytest.mark.parametrize(
    ("user", "secret"), [("odoo", "odoo"), ("admin", "amp111"), ("u", "mysecret")]
)
def test_known_ami_secrets_are_refused(user: str, secret: str) -> None:
    found = problems({**GOOD, "ASTERISK_AMI_USER": user, "ASTERISK_AMI_PASSWORD": secret})
    assert found == {"ASTERISK_AMI_PASSWORD": "is a secret that everybody knows"}


def test_a_known_secret_out_of_a_file_is_refused_too(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("odoo\n")
    environ = {**GOOD, "ASTERISK_AMI_PASSWORD_FILE": str(tmp_path / "secret")}
    del environ["ASTERISK_AMI_PASSWORD"]
    assert problems(environ) == {"ASTERISK_AMI_PASSWORD": "is a secret that everybody knows"}


@pytest.mark.parametrize("row", [r for r in SETTINGS_TABLE if r.secret], ids=lambda r: r.name)
def test_every_secret_can_stand_in_a_file(row: object, tmp_path: Path) -> None:
    name = row.name  # type: ignore[attr-defined]
    text = "pyamqp://a:b@broker" if name == "AMQP_URI" else " spaced secret "
    (tmp_path / "secret").write_text(f"{text}\n")
    environ = {k: v for k, v in GOOD.items() if k != name}
    settings = load_settings({**environ, f"{name}_FILE": str(tmp_path / "secret")})
    assert getattr(settings, name.lower()).get_secret_value() == text


def test_a_secret_given_twice_is_a_mistake() -> None:
    found = problems({**GOOD, "ODOO_PASSWORD_FILE": "/run/secrets/odoo"})
    assert found == {"ODOO_PASSWORD_FILE": "is set beside ODOO_PASSWORD"}


def test_files_that_give_no_secret_are_mistakes(tmp_path: Path) -> None:
    (tmp_path / "empty").write_text("\n")
    environ = {k: v for k, v in GOOD.items() if not k.endswith("PASSWORD")}
    environ |= {"ODOO_PASSWORD_FILE": str(tmp_path / "none"),
                "ASTERISK_AMI_PASSWORD_FILE": str(tmp_path / "empty")}  # fmt: skip
    assert problems(environ) == {
        "ODOO_PASSWORD_FILE": "names a file that can't be read",
        "ASTERISK_AMI_PASSWORD_FILE": "names an empty file",
    }


@pytest.mark.parametrize("uri", ["pyamqp://guest:guest@rabbitmq", "pyamqp://rabbitmq",
                                 "amqp://guest:guest@10.0.0.5:5672//",
                                 "pyamqp://agent:agent@rabbitmq",
                                 "pyamqp://u:long-one@a;pyamqp://u:changeme@b"])  # fmt: skip
def test_the_guest_of_rabbitmq_is_for_loopback_only(uri: str) -> None:
    assert list(problems({**GOOD, "AMQP_URI": uri})) == ["AMQP_URI"]


@pytest.mark.parametrize(
    "uri",
    [
        "pyamqp://guest:guest@localhost",
        "amqp://127.0.0.1",
        "pyamqp://guest:guest@[::1]:5672/",
        "amqps://u:p@broker/v",
        "pyamqp://u:p@one/v;pyamqp://u:p@two:5673/v",
    ],
)
def test_good_broker_addresses(uri: str) -> None:
    assert load_settings({**GOOD, "AMQP_URI": uri}).amqp_uri.get_secret_value() == uri


@pytest.mark.parametrize(
    "uri",
    [
        "http://localhost",
        "pyamqp://",
        "pyamqp://u:p@h:99999",
        "pyamqp://u:p@one;http://u:p@two",
        "pyamqp://u:p@one;",
    ],
)
def test_wrong_broker_addresses_never_show_their_password(uri: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_settings({**GOOD, "AMQP_URI": uri.replace("p@", "deep-secret@")})
    assert "deep-secret" not in str(caught.value)


def test_no_secret_is_shown() -> None:
    nodes = "pyamqp://agent:tall-heron-3@broker;pyamqp://agent:low-otter-9@other"
    settings = load_settings({**GOOD, "AMQP_URI": nodes})
    shown = repr(settings) + str(settings) + "".join(text for _, text in describe(settings))
    for secret in ("hopping-marmot-41", "silent-badger-17", "tall-heron-3", "low-otter-9"):
        assert secret not in shown
        assert secret in settings.secrets()


def test_a_wrong_value_is_shown_on_one_line() -> None:
    with pytest.raises(ConfigError) as caught:
        load_settings({**GOOD, "RPC_PORT": "80\nforged: line"})
    assert len(str(caught.value).splitlines()) == 1


def test_empty_variables_count_as_not_set() -> None:
    assert load_settings({**GOOD, "RPC_PORT": "", "ODOO_IP": ""}).rpc_port == 40000


def test_lists_of_networks() -> None:
    settings = load_settings({**GOOD, "ODOO_IP": "1.2.3.4, 10.0.0.0/8,2001:db8::/32"})
    assert [str(n) for n in settings.odoo_ip] == ["1.2.3.4/32", "10.0.0.0/8", "2001:db8::/32"]


def test_lists_of_ports() -> None:
    settings = load_settings({**GOOD, "SECURITY_UDP_PORTS": "5060, 5080"})
    assert (settings.security_udp_ports, settings.security_tcp_ports) == ((5060, 5080), ())
    for text in ("0", "65536", "5060;", "-1", "\u0665060"):
        assert problems({**GOOD, "SECURITY_TCP_PORTS": text})


def test_the_table_tells_everything_of_every_field() -> None:
    assert {row.field for row in SETTINGS_TABLE} == set(Settings.model_fields)
    assert all(row.help and row.cure and row.type for row in SETTINGS_TABLE)
    assert {row.name for row in SETTINGS_TABLE if row.required} == set(GOOD)


def test_settings_never_change() -> None:
    settings = load_settings(GOOD)
    with pytest.raises(ValueError, match="frozen"):
        settings.rpc_port = 1
