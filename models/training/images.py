"""A grey PNG without an imaging library: progress pictures need nothing more."""

import struct
import zlib

import torch


def write_png(path, pictures, low=0.0, high=1.0):
    """Write pictures [columns, rows, H, W] as one montage, low...high mapped to black...white."""
    columns, rows, height, width = pictures.shape
    montage = pictures.permute(1, 2, 0, 3).reshape(rows * height, columns * width)
    grey = ((montage - low) / (high - low) * 255).round().clamp(0, 255).to(torch.uint8).numpy()
    lines = b"".join(b"\0" + line.tobytes() for line in grey[::-1])  # stored back to front; shown front on top

    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", columns * width, rows * height, 8, 0, 0, 0, 0)
    with open(path, "wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(lines)) + chunk(b"IEND", b""))
