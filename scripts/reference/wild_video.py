"""Writes the videos of wild datasets: in any codec and container, with sound, from another time on, at odd times."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from .wild import Video

TICKS = 90_000  # a second, where frames are shown at odd times
SOUND_RATE = 48_000


def write_video(path: Path, pictures: np.ndarray, fps: float, video: Video) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    rate = Fraction(fps).limit_denominator(1001)
    with av.open(str(path), "w", format=video.form, options=video.container) as container:
        sound = container.add_stream("aac", rate=SOUND_RATE) if video.sound else None  # the first stream
        stream = container.add_stream(video.encoding.encoder, rate=rate, options=video.encoding.options)
        stream.height, stream.width = pictures.shape[1:3]
        stream.pix_fmt = video.encoding.pixels
        if video.jitter_s:
            stream.codec_context.time_base = Fraction(1, TICKS)
        for number, picture in enumerate(pictures):
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts = number + video.starts_at
            if video.jitter_s:
                frame.pts = int((number / fps + (number % 3) * video.jitter_s) * TICKS)
                frame.time_base = Fraction(1, TICKS)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
        if sound:
            _write_sound(container, sound, len(pictures) / fps)


def _write_sound(container, stream, seconds: float) -> None:
    samples = np.zeros((1, int(seconds * SOUND_RATE)), np.float32)
    frame = av.AudioFrame.from_ndarray(samples, format="fltp", layout="mono")
    frame.sample_rate, frame.pts = SOUND_RATE, 0
    container.mux(stream.encode(frame))
    container.mux(stream.encode())
