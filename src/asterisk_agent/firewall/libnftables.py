"""The library behind ``nft``, for single bans: a fast guesser has dozens of tries in the time that
a busy machine takes to start a program.

Only ever an addition: where it is missing or fails, the program does the same and says what is
wrong.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable

#: Debian's package nftables brings it.
NAME = "libnftables.so.1"
#: Given a transaction as text, carry it out; tell whether that worked.
Quick = Callable[[str], bool]


def load() -> Quick | None:
    """Return what carries out transactions within this process; ``None`` without the library."""
    try:
        library = ctypes.CDLL(NAME)
        library.nft_ctx_new.restype = ctypes.c_void_p
        library.nft_ctx_new.argtypes = [ctypes.c_uint32]
        library.nft_run_cmd_from_buffer.argtypes = [ctypes.c_void_p, ctypes.c_char_p]
        for name in ("nft_ctx_buffer_output", "nft_ctx_buffer_error", "nft_ctx_free"):
            getattr(library, name).argtypes = [ctypes.c_void_p]
    except (OSError, AttributeError):
        return None
    return lambda text: _run(library, text)


def _run(library: ctypes.CDLL, text: str) -> bool:
    context = library.nft_ctx_new(0)
    if not context:
        return False
    try:
        # Into buffers that are freed with the context: nothing of it belongs on our output.
        library.nft_ctx_buffer_output(context)
        library.nft_ctx_buffer_error(context)
        return bool(library.nft_run_cmd_from_buffer(context, text.encode()) == 0)
    finally:
        library.nft_ctx_free(context)
