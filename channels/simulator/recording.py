"""What a simulated phone records: nobody speaks into it, so each recording is a soft tone of its own pitch."""

from __future__ import annotations

import io
import math
import re
import wave

from channels.errors import UnreadableRequest

RATE, SECONDS, LOUDNESS = 8000, 2, 40  # a phone line's samples a second, 8 bits each
RECORDING_ID = re.compile(r"SIMR[0-9a-f]{24}")


def spoken_words(recording_id: str) -> bytes:
    """A WAV file, the same for the same id."""
    if not RECORDING_ID.fullmatch(recording_id):
        raise UnreadableRequest("This is not the name of a recording.")
    pitch = 300 + int(recording_id[-2:], 16)
    samples = (128 + round(LOUDNESS * math.sin(2 * math.pi * pitch * n / RATE)) for n in range(RATE * SECONDS))
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(1)
        sound.setframerate(RATE)
        sound.writeframes(bytes(samples))
    return file.getvalue()
