"""What a setting's text may be, and the message when it is not.

Each check takes the text of one variable and returns the value, or raises ``ValueError`` with
words that end the sentence "NAME: ...". No message repeats a secret.
"""

from __future__ import annotations

import ipaddress
import re
import zoneinfo
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import unquote, urlsplit

from pydantic import BeforeValidator, SecretStr

from asterisk_agent.core.secrets_policy import is_known_secret

IPNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network

_TRUE = {"1", "true", "yes", "on"}
_FALSE = {"0", "false", "no", "off"}
_AMQP_SCHEMES = {"amqp", "amqps", "pyamqp"}
_AGENT_NAME = re.compile(r"[\w.@+-]{1,100}", re.ASCII)
#: Longer than any host name (RFC 1035: 255) or user name that a person types.
MAX_NAME_CHARS = 255


def check_text(text: str) -> str:
    """Accept one line of at most ``MAX_NAME_CHARS`` printable characters."""
    if not text.isprintable() or len(text) > MAX_NAME_CHARS:
        raise ValueError("has a control character or is too long")
    return text


def check_host(text: str) -> str:
    """Accept a host name or an address, without port and brackets."""
    if not re.fullmatch(r"[A-Za-z0-9_.:%-]{1,255}", text):
        raise ValueError("is not a host name or an address")
    return text


def check_odoo_url(text: str) -> str:
    """Accept ``http(s)://host[:port][/path]``; return it without the last slash."""
    parts = urlsplit(check_text(text))
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("is not an http:// or https:// address")
    if parts.username is not None or parts.query or parts.fragment:
        raise ValueError("has a user, a query or a fragment in it")
    _port_of(text)
    if parts.hostname.endswith("your.odoo.addr"):
        raise ValueError("is still the sample's address")
    return text.rstrip("/")


def amqp_nodes(uri: str) -> list[str]:
    """Return the address of each node of a cluster, in the order in which they are tried."""
    return uri.split(";")


def check_amqp_uri(secret: SecretStr) -> SecretStr:
    """Accept ``pyamqp://user:password@host[:port][/vhost]``, several with a ``;`` between them."""
    for uri in amqp_nodes(secret.get_secret_value()):
        _check_amqp_node(uri)
    return secret


def _check_amqp_node(uri: str) -> None:
    parts = urlsplit(uri)
    if parts.scheme not in _AMQP_SCHEMES or not parts.hostname:
        raise ValueError("is not a pyamqp://, amqp:// or amqps:// address")
    _port_of(uri)
    user, password = unquote(parts.username or "guest"), unquote(parts.password or "guest")
    if (user, password) == ("guest", "guest"):
        check_guest_host(parts.hostname)
    elif is_known_secret(user, password) and not is_loopback(parts.hostname):
        raise ValueError("has a password that everybody knows, for a broker on another machine")


def check_guest_host(host: str) -> None:
    """Refuse RabbitMQ's known account for anything but a broker on this machine."""
    if not is_loopback(host):
        raise ValueError("uses the known account guest:guest for a broker on another machine")


def is_loopback(host: str) -> bool:
    """Tell whether a host name or an address is this very machine."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def check_agent_name(text: str) -> str:
    """Accept what may stand in names of exchanges and queues."""
    if not _AGENT_NAME.fullmatch(text):
        raise ValueError("may hold letters, digits and . @ + _ - only, at most 100 of them")
    return text


def check_time_zone(text: str) -> str:
    """Accept a name of the IANA time zone database."""
    try:
        zoneinfo.ZoneInfo(text.removeprefix(":"))
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError) as exc:
        raise ValueError("is not a time zone") from exc
    return text


def check_log_level(text: str) -> str:
    """Accept DEBUG, INFO, WARNING or ERROR in any case."""
    level = text.upper()
    if level not in {"DEBUG", "INFO", "WARNING", "ERROR"}:
        raise ValueError("is not one of DEBUG, INFO, WARNING, ERROR")
    return level


def check_flag(value: Any) -> bool:
    """Accept 1, true, yes, on; 0, false, no, off."""
    text = str(value).strip().lower()
    if text in _TRUE:
        return True
    if text in _FALSE:
        return False
    raise ValueError("is neither yes nor no")


def check_networks(value: Any) -> tuple[IPNetwork, ...]:
    """Accept addresses and networks, separated by commas."""
    names = value.split(",") if isinstance(value, str) else value
    return tuple(_network(str(name).strip()) for name in names if str(name).strip())


def check_ports(value: Any) -> tuple[int, ...]:
    """Accept port numbers, separated by commas."""
    names = value.split(",") if isinstance(value, str) else value
    found = tuple(str(name).strip() for name in names if str(name).strip())
    if not all(name.isascii() and name.isdigit() and 0 < int(name) < 65536 for name in found):
        raise ValueError("holds something that is no port")
    return tuple(int(name) for name in found)


def check_file(text: Any) -> Path:
    """Accept the name of a file that can be read."""
    path = Path(str(text))
    try:
        with path.open("rb"):
            return path
    except OSError as exc:
        raise ValueError("names a file that can't be read") from exc


def _network(text: str) -> IPNetwork:
    try:
        return ipaddress.ip_network(text)
    except ValueError as exc:
        raise ValueError("holds something that is no address and no network") from exc


def _port_of(uri: str) -> int | None:
    try:
        return urlsplit(uri).port
    except ValueError as exc:
        raise ValueError("has a wrong port") from exc


Flag = Annotated[bool, BeforeValidator(check_flag)]
Networks = Annotated[tuple[IPNetwork, ...], BeforeValidator(check_networks)]


def check_folder(text: Any) -> Path:
    """Accept the absolute path of a folder that is there, or may be made."""
    path = Path(str(text))
    if not path.is_absolute() or not str(text).isprintable():
        raise ValueError("is not the absolute path of a folder")
    if path.exists() and not path.is_dir():
        raise ValueError("is not a folder")
    return path


Folder = Annotated[Path, BeforeValidator(check_folder)]
Ports = Annotated[tuple[int, ...], BeforeValidator(check_ports)]
ReadableFile = Annotated[Path, BeforeValidator(check_file)]
