#!/usr/bin/env python3
"""Makes testdata/pictures and testdata/resize: what Pillow and torch say.

Run from the repository root with a Python that has Pillow, numpy, torch and
lerobot; the YCCK picture also needs libturbojpeg. The same versions give the same
bytes.

  pictures/NAME.png, .jpg   small pictures, one for each kind of file
  pictures/NAME.EXT.rgb     their RGB bytes, as Pillow's convert("RGB") gives them;
                            for 16-bit grey the high byte, because Pillow clips
  resize/WxH_to_WxH.npy     every STRIDE-th value of the resized picture whose byte
                            i (in file order) is ((i * 2654435761) mod 2^32) >> 24
"""

import ctypes
import ctypes.util
import io
import pathlib
import struct
import zlib

import numpy as np
import torch
from lerobot.policies.common.vla_utils import resize_with_pad
from PIL import Image

WIDTH, HEIGHT = 37, 29  # no multiple of a JPEG block or an interlace step
STRIDE = 397  # coprime to every width above
PICTURES = pathlib.Path("testdata/pictures")
RESIZE = pathlib.Path("testdata/resize")
RESIZES = [  # picture, target
    ((640, 480), (512, 512)),
    ((480, 640), (512, 512)),
    ((512, 512), (512, 512)),
    ((37, 23), (16, 16)),
    ((3, 5), (8, 8)),
    ((1, 9), (9, 9)),
    ((1, 1), (4, 4)),
    ((100, 75), (224, 224)),
    ((641, 361), (224, 224)),
    ((823, 824), (224, 224)),
    ((101, 67), (512, 256)),
]


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def pack_rows(samples, bits):
    """samples [h, w, channels] -> PNG scan lines, unfiltered."""
    rows = b""
    for row in samples.reshape(samples.shape[0], -1):
        if bits == 16:
            data = row.astype(">u2").tobytes()
        elif bits == 8:
            data = row.astype(np.uint8).tobytes()
        else:
            shifts = np.arange(bits - 1, -1, -1)
            data = np.packbits((row[:, None] >> shifts) & 1).tobytes()
        rows += b"\0" + data
    return rows


def png(samples, bits, colour, extra=b"", interlaced=False):
    """samples [h, w, channels]; colour is PNG's colour type."""
    height, width = samples.shape[:2]
    passes = [(0, 0, 1, 1)]
    if interlaced:  # Adam7: x, y, step x, step y
        passes = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
    rows = b"".join(pack_rows(samples[y::dy, x::dx], bits) for x, y, dx, dy in passes)
    header = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, int(interlaced))
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + extra
        + chunk(b"IDAT", zlib.compress(rows, 9))
        + chunk(b"IEND", b"")
    )


def scene(channels, seed=0):
    """Smooth ramps with some noise: [h, w, channels] of uint8."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    planes = [128 + 90 * np.sin(x / (5 + c) + c) + 30 * np.cos(y / (3 + c)) for c in range(channels)]
    noise = np.random.default_rng(seed).integers(-6, 7, (HEIGHT, WIDTH, channels))
    return np.clip(np.stack(planes, -1) + noise, 0, 255).astype(np.uint8)


def jpeg(image, **options):
    out = io.BytesIO()
    image.save(out, "JPEG", quality=85, **options)
    return out.getvalue()


def turbo_jpeg(pixels, pixel_format, subsampling):
    """A JPEG of a kind that Pillow does not write."""
    turbo = ctypes.CDLL(ctypes.util.find_library("turbojpeg") or "libturbojpeg.so.0")
    turbo.tjInitCompress.restype = ctypes.c_void_p
    handle = ctypes.c_void_p(turbo.tjInitCompress())
    data, size = ctypes.POINTER(ctypes.c_ubyte)(), ctypes.c_ulong(0)
    failed = turbo.tjCompress2(
        handle, pixels.tobytes(), WIDTH, 0, HEIGHT, pixel_format,
        ctypes.byref(data), ctypes.byref(size), subsampling, 85, 0,
    )
    assert not failed
    return bytes(data[: size.value])


def pictures():
    wide = scene(4).astype(np.int64) * 257 + np.random.default_rng(1).integers(-90, 90, (HEIGHT, WIDTH, 4))
    wide = np.clip(wide, 0, 65535)
    index = scene(1) % 7
    colours = np.random.default_rng(2).integers(0, 256, (7, 3), dtype=np.uint8).tobytes()
    palette = chunk(b"PLTE", colours)
    clear = chunk(b"tRNS", bytes([0, 255, 128, 3]))
    gamma = chunk(b"gAMA", struct.pack(">I", 100000))
    grey_key = chunk(b"tRNS", struct.pack(">H", int(scene(1)[0, 0, 0])))
    yield "grey.png", png(scene(1), 8, 0)
    yield "grey_transparent.png", png(scene(1), 8, 0, grey_key)
    yield "grey_1bit.png", png(scene(1) >> 7, 1, 0)
    yield "grey_2bit.png", png(scene(1) >> 6, 2, 0)
    yield "grey_4bit.png", png(scene(1) >> 4, 4, 0, interlaced=True)
    yield "grey_16bit.png", png(wide[..., :1], 16, 0)
    yield "grey_alpha.png", png(scene(2), 8, 4)
    yield "rgb.png", png(scene(3), 8, 2)
    yield "rgb_gamma.png", png(scene(3), 8, 2, gamma)
    yield "rgb_interlaced.png", png(scene(3), 8, 2, interlaced=True)
    yield "rgb_16bit.png", png(wide[..., :3], 16, 2)
    yield "rgba.png", png(scene(4), 8, 6)
    yield "rgba_16bit_interlaced.png", png(wide, 16, 6, interlaced=True)
    yield "palette.png", png(index, 8, 3, palette)
    yield "palette_4bit_transparent.png", png(index, 4, 3, palette + clear)

    rgb = Image.fromarray(scene(3))
    turned = Image.Exif()
    turned[0x0112] = 6  # to be turned by a quarter, if anybody looked
    yield "rgb_444.jpg", jpeg(rgb, subsampling=0)
    yield "rgb_422.jpg", jpeg(rgb, subsampling=1)
    yield "rgb_420.jpg", jpeg(rgb, subsampling=2)
    yield "rgb_420_progressive.jpg", jpeg(rgb, subsampling=2, progressive=True)
    yield "rgb_turned.jpg", jpeg(rgb, subsampling=2, exif=turned)
    yield "grey.jpg", jpeg(Image.fromarray(scene(1)[..., 0]))
    yield "cmyk.jpg", jpeg(Image.frombytes("CMYK", (WIDTH, HEIGHT), scene(4).tobytes()))
    yield "ycck.jpg", turbo_jpeg(scene(4), pixel_format=11, subsampling=2)


def expected_rgb(data):
    image = Image.open(io.BytesIO(data))
    if image.mode == "I;16":
        return np.repeat((np.asarray(image) >> 8).astype(np.uint8)[..., None], 3, -1)
    return np.asarray(image.convert("RGB"))


def make_pictures():
    for name, data in pictures():
        path = PICTURES / name
        path.write_bytes(data)
        rgb = expected_rgb(data)
        assert rgb.shape == (HEIGHT, WIDTH, 3), (name, rgb.shape)
        path.with_suffix(path.suffix + ".rgb").write_bytes(rgb.tobytes())


def make_resizes():
    for (width, height), (to_width, to_height) in RESIZES:
        i = np.arange(width * height * 3, dtype=np.uint64)
        rgb = ((i * 2654435761) % 2**32 >> 24).astype(np.uint8).reshape(height, width, 3)
        image = torch.from_numpy(rgb).permute(2, 0, 1)[None].contiguous().float() / 255
        image = resize_with_pad(image, to_height, to_width, pad_value=0) * 2.0 - 1.0
        flat = image.numpy().reshape(-1)
        np.save(RESIZE / f"{width}x{height}_to_{to_width}x{to_height}.npy", flat[:: 1 if flat.size < 1000 else STRIDE])


if __name__ == "__main__":
    PICTURES.mkdir(parents=True, exist_ok=True)
    RESIZE.mkdir(parents=True, exist_ok=True)
    make_pictures()
    make_resizes()
