"""What in Asterisk's own configuration lets strangers in, by its files: each finding with its cure.

Reads ``pjsip.conf``, ``pjsip_wizard.conf``, ``sip.conf``, ``manager.conf``, ``http.conf`` and
``ari.conf``, with includes and templates. What is kept in a database, or made by ``#exec``, is not
seen. No secret gets into a finding.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from asterisk_agent.core.secrets_policy import is_known_secret
from asterisk_agent.firewall.conf_file import Section, read_sections

#: Shorter ones are found by trying, below every threshold, within weeks.
MIN_SECRET = 10
#: manager.c: these classes of write run programs, read secrets, or change the configuration.
POWERS = frozenset({"all", "system", "command", "config"})
#: What the agent's account needs: asterisk/manager.conf.
AGENT_WRITE = frozenset({"call", "agent", "user", "originate", "reporting"})
AGENT_READ = frozenset(
    {"system", "call", "agent", "user", "dialplan", "security", "cdr", "reporting", "dtmf"}
)
_ON = frozenset({"yes", "true", "y", "t", "1", "on"})


@dataclass(frozen=True, slots=True)
class Finding:
    """One weakness. ``where`` is ``file [section]``."""

    where: str
    text: str
    cure: str


@dataclass(frozen=True)
class Audit:
    """What was found, which files were looked at, and which could not be read."""

    findings: list[Finding] = field(default_factory=list)
    read: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)


class _Files:
    """The sections of the files in a folder, and what could not be read."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.audit = Audit()

    def sections(self, name: str) -> list[Section]:
        unread: list[Path] = []
        path = self._folder / name
        sections = read_sections(path, unread)
        self.audit.unread.extend(str(one) for one in unread)
        if not unread and path.exists():
            self.audit.read.append(name)
        return sections


def audit(folder: Path, agent_account: str = "") -> Audit:
    """Look at the files of a folder; ``agent_account`` is the agent's section in manager.conf.

    Never raises: what can't be read is in ``unread``.
    """
    files = _Files(folder)
    found = files.audit.findings
    found += _pjsip(files.sections("pjsip.conf"))
    found += _wizards(files.sections("pjsip_wizard.conf"))
    found += _chan_sip(files.sections("sip.conf"))
    manager, http = files.sections("manager.conf"), files.sections("http.conf")
    found += _manager(manager, agent_account)
    found += _web(http, _general(manager), files.sections("ari.conf"))
    return files.audit


def _pjsip(sections: list[Section]) -> Iterator[Finding]:
    real = [section for section in sections if not section.template]
    order = _words(
        next((s for s in real if s.get("type") == "global"), Section("")),
        "endpoint_identifier_order",
        "ip,username,anonymous",
    )
    for section in real:
        where = f"pjsip.conf [{section.name}]"
        kind = section.get("type").lower()
        if kind == "endpoint" and section.name == "anonymous":
            yield _anonymous(where)
        elif kind == "endpoint" and not section.get("auth") and "username" in order:
            if "username" in _words(section, "identify_by", "username,ip"):
                yield _nameable(where, "identify_by = ip")
        elif kind == "auth":
            yield from _secret(where, section, "username", "password", ("md5_cred",))


def _wizards(sections: list[Section]) -> Iterator[Finding]:
    for section in sections:
        if section.template or section.get("type").lower() != "wizard":
            continue
        where = f"pjsip_wizard.conf [{section.name}]"
        if section.get("accepts_auth").lower() in _ON:
            yield from _secret(where, section, "inbound_auth/username", "inbound_auth/password")
        elif "username" in _words(section, "endpoint/identify_by", "username,ip"):
            yield _nameable(where, "endpoint/identify_by = ip")


def _chan_sip(sections: list[Section]) -> Iterator[Finding]:
    for section in sections:
        where = f"sip.conf [{section.name}]"
        if section.template:
            continue
        if section.name == "general":
            # chan_sip.c: DEFAULT_ALLOWGUEST is TRUE.
            if section.get("allowguest", "yes").lower() in _ON:
                yield Finding(where, "takes calls from anybody (allowguest)", "set allowguest = no")
            continue
        kind = section.get("type").lower()
        if not (section.get("secret") or section.get("md5secret")):
            if kind in {"friend", "user"} or section.get("host").lower() == "dynamic":
                yield _nameable(where, "type = peer and the trunk's address as host")
        else:
            yield from _secret(where, section, "defaultuser", "secret", ("md5secret",))


def _manager(sections: list[Section], agent_account: str) -> Iterator[Finding]:
    general = _general(sections)
    if general.get("enabled", "no").lower() not in _ON:
        return
    open_to_all = _is_world(general.get("bindaddr", "0.0.0.0"))  # noqa: S104 (read, not bound)
    if open_to_all:
        yield Finding(
            "manager.conf [general]",
            "the manager interface listens to the whole network, without encryption",
            "set bindaddr = 127.0.0.1; for an agent elsewhere use TLS, and permit its address only",
        )
    for account in sections:
        if account.name == "general" or account.template:
            continue
        where = f"manager.conf [{account.name}]"
        yield from _secret(where, account, "", "secret")
        yield from _rights(where, account, is_agent=account.name == agent_account)
        if open_to_all and not account.all("permit") and not account.all("acl"):
            yield Finding(
                where,
                "may log in from every address",
                "set deny = 0.0.0.0/0.0.0.0 and permit = 127.0.0.1/255.255.255.255",
            )


def _rights(where: str, account: Section, *, is_agent: bool) -> Iterator[Finding]:
    write, read = set(account.all("write")), set(account.all("read"))
    if is_agent:
        more = sorted((write - AGENT_WRITE) | {f"read={r}" for r in read - AGENT_READ})
        if more:
            yield Finding(
                where,
                f"may do more than the agent needs: {', '.join(more)}",
                "take read and write from the sample asterisk/manager.conf",
            )
    elif powers := sorted(write & POWERS):
        yield Finding(
            where,
            f"may run programs or read every secret: write={','.join(powers)}",
            "leave out system, command and config, unless you know who needs them",
        )


def _web(http: list[Section], manager: Section, ari: list[Section]) -> Iterator[Finding]:
    users = [s for s in ari if s.get("type").lower() == "user" and not s.template]
    for user in users:
        if user.get("password_format").lower() != "crypt":
            yield from _secret(f"ari.conf [{user.name}]", user, "", "password")
    general = _general(http)
    # ari.conf: `enabled` is yes unless said otherwise.
    is_ari = bool(users) and _general(ari).get("enabled", "yes").lower() in _ON
    is_ami = {manager.get("enabled").lower(), manager.get("webenabled").lower()} <= _ON
    names = [name for name, on in (("ARI", is_ari), ("the manager interface", is_ami)) if on]
    if not names:
        return
    what = " and ".join(names)
    cure = "set {0} = 127.0.0.1, or put a proxy before it that lets only those in who need it"
    plain = general.get("bindaddr", "0.0.0.0")  # noqa: S104 (read, not bound)
    if general.get("enabled", "no").lower() in _ON and _is_world(plain):
        text = f"{what} can be reached from the whole network, without encryption"
        yield Finding("http.conf [general]", text, cure.format("bindaddr"))
    if general.get("tlsenable").lower() in _ON and _is_world(_host(general.get("tlsbindaddr"))):
        # A wrong password of ARI raises no event: nobody would be banned (docs: security.md).
        text = f"{what} can be reached from the whole network; nobody sees failed logins of ARI"
        yield Finding("http.conf [general]", text, cure.format("tlsbindaddr"))


def _secret(
    where: str, section: Section, user_key: str, key: str, others: tuple[str, ...] = ()
) -> Iterator[Finding]:
    """Look at a section's secret; ``others`` are options that stand for one."""
    secret, user = section.get(key), section.get(user_key) or section.name
    if not secret and any(section.get(other) for other in others):
        return
    cure = f"set {key} to a random one: openssl rand -hex 16"
    if not secret:
        if key != "secret" or section.get("read") or section.get("write"):
            yield Finding(where, f"has no {key}", cure)
    elif is_known_secret(user, secret) or secret == section.name:
        yield Finding(where, f"has a {key} that everybody tries first", cure)
    elif len(secret) < MIN_SECRET or len(set(secret)) < 5 or secret.isdigit():
        yield Finding(where, f"has a weak {key}: short, or digits only", cure)


def _anonymous(where: str) -> Finding:
    return Finding(
        where,
        "takes calls from anybody, and hides who looks for accounts",
        "delete this endpoint; give trunks an identify section of their own",
    )


def _nameable(where: str, alternative: str) -> Finding:
    return Finding(
        where,
        "has no password, and whoever writes its name into From is taken for it",
        f"give it a password, or, if it is a trunk known by its address, set {alternative}",
    )


def _general(sections: list[Section]) -> Section:
    return next((s for s in sections if s.name == "general"), Section("general"))


def _words(section: Section, key: str, default: str) -> set[str]:
    return {word.strip().lower() for word in section.get(key, default).split(",")}


def _host(bind: str) -> str:
    """Return the host of ``host:port``, ``[host]:port`` or ``host``."""
    text = bind.strip()
    if text.startswith("["):
        return text[1:].partition("]")[0]
    return text.partition(":")[0] if text.count(":") == 1 else text


def _is_world(host: str) -> bool:
    """Tell whether an address is every address of the machine, or one of the internet."""
    if host.lower() == "localhost":
        return False
    try:
        address = ipaddress.ip_address(host or "0.0.0.0")  # noqa: S104 (read, not bound)
    except ValueError:
        return True
    return address.is_unspecified or address.is_global
