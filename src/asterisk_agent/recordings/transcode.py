"""Standard input, a WAV file, into a smaller one: ``python -m … mp3|opus TARGET``.

A process of its own: what the encoder does with a stranger's sound touches nothing of the agent.
libsndfile does it (python-soundfile), in pieces; it is needed only by who wants this.
"""

from __future__ import annotations

import sys

FORMATS = {"mp3": ("MP3", "MPEG_LAYER_III"), "opus": ("OGG", "OPUS")}
#: Frames of a piece: eight seconds of a telephone's sound.
_PIECE = 1 << 16


def transcode(kind: str, target: str) -> None:
    """Write ``target``. Raise ``soundfile.SoundFileError``, ``ValueError`` if sound was lost."""
    import soundfile

    form, subtype = FORMATS[kind]
    with soundfile.SoundFile(0, closefd=False) as source:
        rate, channels = source.samplerate, source.channels
        with soundfile.SoundFile(target, "w", rate, channels, subtype, format=form) as sink:
            while len(piece := source.buffer_read(_PIECE, dtype="int16")):
                sink.buffer_write(piece, dtype="int16")
    with soundfile.SoundFile(target) as made:
        # Both fill their last frame.
        if abs(made.frames / made.samplerate - source.frames / rate) > 0.1:
            raise ValueError("the sound became shorter or longer")


if __name__ == "__main__":
    transcode(*sys.argv[1:3])
