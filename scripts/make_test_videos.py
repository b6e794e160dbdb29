#!/usr/bin/env python3
"""Makes testdata/videos: small files of each kind, and what PyAV decodes from them.

Run from the repository root with a Python that has PyAV and numpy.

  NAME.mp4      12 frames or so
  videos.json   for each file the time and the CRC-32 of the RGB bytes of each frame,
                as `frame.to_ndarray(format="rgb24")` gives them
"""

import json
import pathlib
import sys
import zlib

import av
import numpy as np

FOLDER = pathlib.Path("testdata/videos")
KINDS = {  # name: (encoder, pixel format, width, height, options)
    "av1": ("libsvtav1", "yuv420p", 64, 64, {"g": "2", "crf": "30", "preset": "12"}),
    "h264": ("libx264", "yuv420p", 64, 48, {"g": "2", "crf": "30", "bf": "0"}),
    "h264_reordered": ("libx264", "yuv420p", 64, 48, {"g": "6", "bf": "2", "b-pyramid": "none"}),
    "h264_full_range": ("libx264", "yuvj420p", 64, 48, {"g": "4"}),
    "h264_444": ("libx264", "yuv444p", 64, 48, {"g": "4"}),
    "h264_wide": ("libx264", "yuv420p", 50, 38, {"g": "4"}),
    "mpeg4": ("mpeg4", "yuv420p", 64, 48, {"g": "4"}),
    "hevc_grey": ("libx265", "gray", 64, 48, {"x265-params": "keyint=4:log-level=0"}),
}


def picture(i, width, height):
    y, x = np.mgrid[0:height, 0:width]
    rgb = np.stack([x * 4 + i * 9, y * 5 - i * 7, (x + y) * 2 + i * 20], axis=-1) % 256
    rgb[8:24, 4 + 3 * i : 16 + 3 * i] = [250, 20, 20 * i]
    return rgb.astype(np.uint8)


def encode(path, encoder, pixels, width, height, options, start=0):
    with av.open(str(path), "w") as out:
        stream = out.add_stream(encoder, 30, options=options)
        stream.width, stream.height, stream.pix_fmt = width, height, pixels
        stream.thread_count = 1
        for i in range(12):
            frame = av.VideoFrame.from_ndarray(picture(i, width, height), format="rgb24")
            frame = frame.reformat(format=pixels)
            frame.pts = i + start
            out.mux(stream.encode(frame))
        out.mux(stream.encode())


def facts(path):
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        frames = list(container.decode(stream))
        return {
            "times": [float(f.pts * stream.time_base) for f in frames],
            "keys": [i for i, f in enumerate(frames) if f.key_frame],
            "crc32": [zlib.crc32(f.to_ndarray(format="rgb24").tobytes()) for f in frames],
        }


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, kind in KINDS.items():
        encode(FOLDER / f"{name}.mp4", *kind)
    # Starts late, by an edit list.
    encode(FOLDER / "late.mp4", *KINDS["h264_reordered"], start=15)
    found = {p.name: facts(p) for p in sorted(FOLDER.glob("*.mp4"))}
    (FOLDER / "videos.json").write_text(json.dumps(found, indent=1) + "\n")
    size = sum(p.stat().st_size for p in FOLDER.iterdir())
    if size > 150_000:
        sys.exit(f"{FOLDER} holds {size} bytes; at most 150000 are meant to be")


if __name__ == "__main__":
    main()
