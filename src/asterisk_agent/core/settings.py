"""The agent's settings: a field per environment variable, whose name in lower case it has.

Each tells its default, what it is for, and the cure of a wrong value. ``config`` reads them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import unquote, urlsplit

from pydantic import AfterValidator, Field, SecretStr
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from asterisk_agent.core import setting_types as types

Text = Annotated[str, AfterValidator(types.check_text)]
Port = Annotated[int, Field(ge=1, le=65535)]
Retries = Annotated[int, Field(ge=1, le=1000)]
Seconds = Annotated[float, Field(gt=0, le=31_536_000)]


def _setting(default: Any, help_text: str, cure: str) -> Any:
    return Field(default, description=help_text, json_schema_extra={"cure": cure})


class Settings(BaseSettings):
    """Every setting, checked. Secrets are ``SecretStr``: no ``repr`` and no log shows them."""

    model_config = SettingsConfigDict(
        frozen=True, extra="ignore", hide_input_in_errors=True, validate_default=False
    )

    odoo_url: Annotated[str, AfterValidator(types.check_odoo_url)] = _setting(
        ..., "Odoo's address", "give it like https://odoo.example.com"
    )
    odoo_db: Text = _setting(..., "Odoo's database", "give the database's name")
    odoo_user: Text = _setting(
        ..., "login of the agent's user in Odoo", "take the login from the server's form in Odoo"
    )
    odoo_password: SecretStr = _setting(
        ..., "password of that user", "take the password that Odoo showed at the installation"
    )
    odoo_ca_file: types.ReadableFile | None = _setting(
        None, "certificates that sign Odoo's, if no public authority does", "give a PEM file"
    )
    odoo_timeout: Annotated[float, Field(gt=0, le=600)] = _setting(
        30.0, "seconds that a request to Odoo may take", "give seconds, at most 600"
    )
    odoo_ip: types.Networks = _setting(
        (),
        "addresses and networks from which Odoo may call; empty: from everywhere",
        "give addresses or networks, separated by commas",
    )
    asterisk_ami_host: Annotated[str, AfterValidator(types.check_host)] = _setting(
        "localhost", "Asterisk's address", "give a host name or an address, without the port"
    )
    asterisk_ami_port: Port = _setting(
        5038, "port of the manager interface", "give the port of manager.conf, 5038 if unchanged"
    )
    asterisk_ami_user: Text = _setting(
        ..., "account in manager.conf", "give the name of the section in manager.conf"
    )
    asterisk_ami_password: SecretStr = _setting(
        ..., "secret of that account", "give the section's secret"
    )
    asterisk_ami_tls: types.Flag = _setting(
        False, "speak TLS with Asterisk (port 5039 unless changed)", "give yes or no"
    )
    asterisk_ami_ca_file: types.ReadableFile | None = _setting(
        None, "certificates that sign Asterisk's", "give a PEM file"
    )
    agent_name: Annotated[str, AfterValidator(types.check_agent_name)] = _setting(
        "", "name of this agent on the broker; default: ODOO_USER", "give a short name"
    )
    amqp_uri: Annotated[SecretStr, AfterValidator(types.check_amqp_uri)] = _setting(
        SecretStr("pyamqp://guest:guest@localhost"),
        "RabbitMQ's address; of a cluster all nodes', with ; between them",
        "give it like pyamqp://user:password@host, with an account of its own",
    )
    amqp_queues: Literal["classic", "quorum"] = _setting(
        "classic",
        "type of the agent's queues: quorum on a cluster of RabbitMQ, where they are replicated",
        "give classic or quorum",
    )
    rpc_host: Annotated[str, AfterValidator(types.check_host)] = _setting(
        "127.0.0.1", "address where the agent listens for Odoo", "give an address of this machine"
    )
    rpc_port: Port = _setting(40000, "port where the agent listens", "give a free port")
    rpc_trusted_proxies: types.Networks = _setting(
        types.check_networks("127.0.0.1,::1"),
        "proxies whose X-Forwarded-For is believed",
        "give addresses or networks, separated by commas",
    )
    rpc_max_body: Annotated[int, Field(ge=1024, le=1 << 30)] = _setting(
        1 << 20, "largest request in bytes", "give bytes, at least 1024"
    )
    metrics_host: Annotated[str, AfterValidator(types.check_host)] = _setting(
        "127.0.0.1", "address of /metrics, /healthz and /readyz", "give an address of this machine"
    )
    metrics_port: Annotated[int, Field(ge=0, le=65535)] = _setting(
        0, "port of /metrics, /healthz and /readyz; 0: none", "give a free port, or 0"
    )
    event_backlog: Annotated[int, Field(ge=1, le=10_000_000)] = _setting(
        50_000, "events kept in memory until the broker has them", "give a number of events"
    )
    event_spool: Annotated[int, Field(ge=0, le=1 << 40)] = _setting(
        256 << 20,
        "bytes of events kept on disk while the broker is away; 0: none",
        "give bytes, or 0",
    )
    state_directory: types.Folder = _setting(
        Path("/var/lib/asterisk-agent"),
        "folder for what must survive a restart: spool, events map, jobs; "
        "if the default can't be used, the agent says so and works without",
        "give a folder that the agent may write; systemd's StateDirectory= sets it",
    )
    deliver_batch: Annotated[int, Field(ge=1, le=1000)] = _setting(
        200, "events sent to Odoo in one request", "give a number from 1 to 1000"
    )
    deliver_retries: Annotated[int, Field(ge=0, le=100)] = _setting(
        5, "tries of an event whose handler fails, before it is parked", "give 0 to 100"
    )
    asterisk_security_enabled: types.Flag = _setting(
        False, "protect Asterisk: ban who guesses passwords, shed floods", "give yes or no"
    )
    security_observe_only: types.Flag = _setting(
        False, "only log who would be banned, and leave the kernel alone", "give yes or no"
    )
    security_ignoreip: types.Networks = _setting(
        (),
        "addresses and networks that are never banned",
        "give addresses or networks, separated by commas",
    )
    security_maxretry: Retries = _setting(
        5,
        "wrong passwords for one account, or tries on unknown ones, that ban a stranger",
        "give 1 to 1000",
    )
    security_findtime: Seconds = _setting(60.0, "within so many seconds", "give seconds")
    security_source_maxretry: Retries = _setting(
        20, "failures of any kind that ban a stranger", "give 1 to 1000"
    )
    security_source_findtime: Seconds = _setting(300.0, "within so many seconds", "give seconds")
    security_slow_maxretry: Retries = _setting(
        30, "failures in a day, without any success, that ban a stranger", "give 1 to 1000"
    )
    security_known_maxretry: Retries = _setting(
        20, "wrong passwords that ban an address from which others registered", "give 1 to 1000"
    )
    security_known_findtime: Seconds = _setting(600.0, "within so many seconds", "give seconds")
    security_known_days: Annotated[float, Field(gt=0, le=365)] = _setting(
        7.0,
        "days that an address stays known after its last success",
        "give days, at most 365",
    )
    security_ami_maxretry: Retries = _setting(
        3, "failed logins to the manager interface within a minute", "give 1 to 1000"
    )
    security_bantime: Seconds = _setting(600.0, "seconds of a first ban", "give seconds")
    security_bantime_factor: Annotated[float, Field(ge=1, le=100)] = _setting(
        6.0, "each ban of the same address is longer by this factor", "give 1 to 100"
    )
    security_bantime_max: Seconds = _setting(604_800.0, "seconds of the longest", "give seconds")
    security_bans_per_minute: Annotated[int, Field(ge=0, le=10_000)] = _setting(
        60, "new bans in a minute by evidence that may be forged", "give 0 to 10000"
    )
    security_subnet_sources: Annotated[int, Field(ge=0, le=256)] = _setting(
        5,
        "banned sources of a /24 (IPv6: /48) a day that ban it whole; 0: never",
        "give 0 to 256",
    )
    security_udp_ports: types.Ports = _setting(
        (), "SIP ports (UDP); empty: as in Asterisk's configuration", "give ports like 5060,5080"
    )
    security_tcp_ports: types.Ports = _setting(
        (), "SIP ports (TCP); empty: as in Asterisk's configuration", "give ports like 5060"
    )
    recordings_enabled: types.Flag = _setting(
        True,
        "bring recordings into Odoo, and remove a file when Odoo has it",
        "give yes or no",
    )
    recordings_folder: types.Folder = _setting(
        Path("/var/spool/asterisk/monitor"),
        "folder of Asterisk's recordings; without it there are none",
        "give the absolute path of a folder",
    )
    recordings_told_folder: Text = _setting(
        "", "how Asterisk names that folder, if otherwise", "give the absolute path of a folder"
    )
    recordings_keep: types.Flag = _setting(
        False, "leave the files where they are when Odoo has them", "give yes or no"
    )
    recordings_voicemail: types.Flag = _setting(
        True,
        "bring messages that callers leave in mailboxes into Odoo, too; they stay in the mailbox",
        "give yes or no",
    )
    voicemail_folder: types.Folder = _setting(
        Path("/var/spool/asterisk/voicemail"),
        "folder of Asterisk's mailboxes; without it there are none",
        "give the absolute path of a folder",
    )
    recordings_format: Literal["as-is", "mp3", "opus"] = _setting(
        "as-is",
        "make WAV files smaller before they go over; needs libsndfile",
        "give as-is, mp3 or opus",
    )
    recordings_post_command: Literal["", "mp3", "ogg", "opus", "flac", "gsm"] = _setting(
        "",
        "what MixMonitor's post-command makes of each recording; the rest is left to it",
        "give mp3, ogg, opus, flac or gsm, or nothing",
    )
    asterisk_config_folder: Path = _setting(
        Path("/etc/asterisk"), "folder of Asterisk's configuration", "give the name of a folder"
    )
    asterisk_config_access: Literal["none", "read", "write"] = _setting(
        "none",
        "what Odoo's PBX admins may do with its files; who writes the dialplan runs programs here",
        "give none, read or write",
    )
    tz: Annotated[str, AfterValidator(types.check_time_zone)] = _setting(
        "UTC", "time zone of the log", "give a name like Europe/London"
    )
    log_level: Annotated[str, AfterValidator(types.check_log_level)] = _setting(
        "INFO", "least severity that is logged", "give DEBUG, INFO, WARNING or ERROR"
    )
    log_format: Literal["text", "json"] = _setting(
        "text",
        "how log lines are written: text for people, or json",
        "give text or json",
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 (the library's signature)
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read nothing by itself: ``load_settings`` hands in what it was given."""
        return (init_settings,)

    def secrets(self) -> tuple[str, ...]:
        """List the values that no log may show."""
        values = [
            getattr(self, field).get_secret_value()
            for field, info in type(self).model_fields.items()
            if info.annotation is SecretStr
        ]
        nodes = types.amqp_nodes(self.amqp_uri.get_secret_value())
        passwords = (unquote(urlsplit(node).password or "") for node in nodes)
        # "guest" is no secret, and hiding the word would only spoil the log.
        return tuple(v for v in (*values, *passwords) if v not in {"", "guest"})
