"""``asterisk.get_config``, ``put_config``, ``delete_config``, ``get_all_configs`` and
``put_all_configs``: Asterisk's configuration files, in base64.

Who writes the dialplan runs programs on Asterisk's machine. So nothing of this works until that
machine's admin has opened it (ASTERISK_CONFIG_ACCESS).
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

from asterisk_agent.core.errors import ConfigFileError, RefusedError
from asterisk_agent.rpc.config_folder import MAX_BYTES, ConfigFolder, is_open_name
from asterisk_agent.rpc.functions import Functions, Prepared, invalid, without_arguments
from asterisk_agent.rpc.refusals import CONFIG_CLOSED, CONFIG_FILE

Access = Literal["none", "read", "write"]
#: Run what waits for the disk somewhere else, and give its result.
Aside = Callable[..., Any]
MAX_FILES = 200
_DIGEST = re.compile(r"([0-9a-f]{64})?")
_WRITING = frozenset({"write"})
_READING = frozenset({"read", "write"})


class ConfigFunctions:
    """The five functions, as far as ``access`` goes."""

    def __init__(self, folder: ConfigFolder, access: Access, aside: Aside) -> None:
        self._folder, self._access, self._aside = folder, access, aside

    def add_to(self, functions: Functions) -> None:
        """Put them on the list."""
        functions.add("asterisk.get_config", self.get_config)
        functions.add("asterisk.put_config", self.put_config)
        functions.add("asterisk.delete_config", self.delete_config)
        functions.add("asterisk.get_all_configs", without_arguments(self._get_all))
        functions.add("asterisk.put_all_configs", self.put_all_configs)

    def get_config(
        self, args: Sequence[Any], kwargs: Mapping[str, Any], budget_s: float
    ) -> Prepared:
        """Prepare to return a file's content."""
        del budget_s
        name = _name(_given(args, kwargs, ("name",)).get("name"))
        return lambda: _encoded(self._run(_READING, self._folder.read, name))

    def put_config(
        self, args: Sequence[Any], kwargs: Mapping[str, Any], budget_s: float
    ) -> Prepared:
        """Prepare to write a file; ``was`` is the SHA-256 that it must have now."""
        del budget_s
        given = _given(args, kwargs, ("name", "content", "was"))
        name, content = _name(given.get("name")), _decoded(given.get("content"))
        was = _was(given.get("was"))
        return lambda: self._run(_WRITING, self._folder.write, name, content, was) is None

    def delete_config(
        self, args: Sequence[Any], kwargs: Mapping[str, Any], budget_s: float
    ) -> Prepared:
        """Prepare to remove a file; ``was`` is the SHA-256 that it must have now."""
        del budget_s
        given = _given(args, kwargs, ("name", "was"))
        name, was = _name(given.get("name")), _was(given.get("was"))
        return lambda: self._run(_WRITING, self._folder.remove, name, was) is None

    def put_all_configs(
        self, args: Sequence[Any], kwargs: Mapping[str, Any], budget_s: float
    ) -> Prepared:
        """Prepare to write several files, ``{name: content}``, each as a whole."""
        del budget_s
        files = _given(args, kwargs, ("files",)).get("files")
        if not isinstance(files, dict) or not 0 < len(files) <= MAX_FILES:
            raise invalid("value")
        contents = {_name(name): _decoded(content) for name, content in files.items()}
        return lambda: self._put_all(contents)

    def _get_all(self) -> dict[str, str]:
        found = self._run(_READING, self._folder.read_all)
        return {name: _encoded(content) for name, content in found.items()}

    def _put_all(self, contents: Mapping[str, bytes]) -> bool:
        for name, content in contents.items():
            self._run(_WRITING, self._folder.write, name, content)
        return True

    def _run(self, needed: frozenset[str], work: Callable[..., Any], *args: Any) -> Any:
        if self._access not in needed:
            raise RefusedError(CONFIG_CLOSED)
        try:
            return self._aside(work, *args)
        except ConfigFileError as exc:
            raise RefusedError(CONFIG_FILE, exc.reason) from exc


def _given(
    args: Sequence[Any], kwargs: Mapping[str, Any], names: Sequence[str]
) -> Mapping[str, Any]:
    if len(args) > len(names):
        raise invalid("args")
    if set(kwargs) - set(names[len(args) :]):
        raise invalid("kwargs")
    return {**dict(zip(names, args, strict=False)), **kwargs}


def _name(name: object) -> str:
    if not isinstance(name, str) or not is_open_name(name):
        raise invalid("value")
    return name


def _was(was: object) -> str | None:
    if was is not None and not (isinstance(was, str) and _DIGEST.fullmatch(was)):
        raise invalid("value")
    return was


def _decoded(content: object) -> bytes:
    if not isinstance(content, str) or len(content) > MAX_BYTES * 4 // 3 + 4:
        raise invalid("value")
    try:
        return base64.b64decode(content, validate=True)
    except (binascii.Error, ValueError):
        raise invalid("value") from None


def _encoded(content: bytes) -> str:
    return base64.b64encode(content).decode()
