"""``recordings.upload``, ``asterisk.get_file``, ``asterisk.delete_file``: the folder of recordings.

Names lead into that folder and nowhere else: who implements ``Files`` sees to it.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from asterisk_agent.core.errors import RecordingError, RefusedError
from asterisk_agent.rpc.functions import Functions, Prepared, invalid
from asterisk_agent.rpc.refusals import NO_RECORDING

MAX_NAME_CHARS = 1000


class Files(Protocol):
    """What these need of the folder; all raise ``RecordingError``."""

    def request(self, path: str, linkedid: str) -> None:
        """Bring a file into Odoo, as one of that call."""

    def read(self, path: str) -> bytes:
        """Return the content of a file that is not too large for a reply."""

    def delete(self, path: str) -> None:
        """Remove a file that nobody writes."""


class RecordingFunctions:
    """The three functions; each is refused where there is no folder (``files`` is ``None``)."""

    def __init__(self, files: Files | None) -> None:
        self._files = files

    def add_to(self, functions: Functions) -> None:
        """Put them on the list."""
        functions.add("recordings.upload", self.upload)
        functions.add("asterisk.get_file", self.get_file)
        functions.add("asterisk.delete_file", self.delete_file)

    def upload(self, args: Sequence[Any], kwargs: Mapping[str, Any], budget_s: float) -> Prepared:
        """Prepare to bring a file into Odoo; ``call`` is the Linkedid, if its name tells none."""
        del budget_s
        path, linkedid = _texts(args, kwargs, ("path", "call"))
        return lambda: self._run(lambda files: files.request(path, linkedid))

    def get_file(self, args: Sequence[Any], kwargs: Mapping[str, Any], budget_s: float) -> Prepared:
        """Prepare to return a file's content in base64."""
        del budget_s
        path, _ = _texts(args, kwargs, ("path",))
        return lambda: self._run(lambda files: base64.b64encode(files.read(path)).decode())

    def delete_file(
        self, args: Sequence[Any], kwargs: Mapping[str, Any], budget_s: float
    ) -> Prepared:
        """Prepare to remove a file."""
        del budget_s
        path, _ = _texts(args, kwargs, ("path",))
        return lambda: self._run(lambda files: files.delete(path))

    def _run(self, work: Any) -> Any:
        if self._files is None:
            raise RefusedError(NO_RECORDING)
        try:
            result = work(self._files)
        except RecordingError as exc:
            raise RefusedError(NO_RECORDING) from exc
        return True if result is None else result


def _texts(args: Sequence[Any], kwargs: Mapping[str, Any], names: Sequence[str]) -> tuple[str, str]:
    """Return the path, and what may follow it."""
    if len(args) > len(names) or set(kwargs) - set(names[len(args) :]):
        raise invalid("kwargs" if kwargs else "args")
    given = {**dict(zip(names, args, strict=False)), **kwargs}
    found = [given.get(name, "") for name in ("path", "call")]
    if not all(isinstance(text, str) and len(text) <= MAX_NAME_CHARS for text in found):
        raise invalid("value")
    if not found[0] or not all(text.isprintable() for text in found):
        raise invalid("value")
    return found[0], found[1]
