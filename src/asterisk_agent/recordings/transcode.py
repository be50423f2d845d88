"""Standard input, a WAV file, into a smaller one: ``python -m … mp3|opus TARGET``.

A process of its own: what the encoder does with a stranger's sound touches nothing of the agent.
libsndfile does it, in pieces; it is needed only by who wants this.
"""

from __future__ import annotations

import sys

from asterisk_agent.recordings.sndfile import Sound

#: Frames of a piece: eight seconds of a telephone's sound.
_PIECE = 1 << 16


def transcode(kind: str, target: str) -> None:
    """Write ``target``. Raise ``OSError``, ``ValueError`` if sound was lost."""
    with Sound(0) as source:
        with Sound(target, source, kind) as sink:
            source.copy_to(sink, _PIECE)
        with Sound(target) as made:
            # Both fill their last frame.
            if abs(made.seconds - source.seconds) > 0.1:
                raise ValueError("the sound became shorter or longer")


if __name__ == "__main__":
    transcode(*sys.argv[1:3])
