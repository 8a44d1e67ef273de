"""Real lines as [traces, samples] pieces, and what makes many of them: other trace distances, shears, time scales, polarity.

Every survey keeps a sixth of its traces (the last ones of every piece) for validation. Only files that the recipe names are read:
others in the folder may have licences that do not allow weights to be shipped.
"""

import gzip
import struct
from pathlib import Path

import numpy as np
from scipy.ndimage import map_coordinates

KEPT = 1 / 6


def read_segy(path):
    """Traces [N, T] of a SEG-Y file of IBM floats (format 1), one trace length: what the training data needs, no more."""
    data = gzip.decompress(Path(path).read_bytes())
    samples, code = struct.unpack(">H", data[3220:3222])[0], struct.unpack(">H", data[3224:3226])[0]
    if code != 1:
        raise ValueError(f"{path}: sample format {code}, not 1")
    words = np.frombuffer(data, ">u4", offset=3600).reshape(-1, 60 + samples)[:, 60:]
    sign = np.where(words >> 31, -1.0, 1.0)
    exponent = ((words >> 24) & 127).astype(int) - 64
    return (sign * (words & 0xFFFFFF) / 2**24 * 16.0**exponent).astype(np.float32)


def pieces_of(folder, name):
    """The sections of a file: a line, or every shot or plane of a cube."""
    path = Path(folder) / f"{name}.npz"
    if path.exists():
        data = np.load(path)["data"]
        data = data.astype(np.float32) - (128.0 if data.dtype == np.uint8 else 0.0)
    else:
        data = read_segy(Path(folder) / f"{name}.sgy.gz")
        if "shots" in name:
            data = data.reshape(int(name.split("_")[1].split("-")[0]), -1, data.shape[1])
    if data.ndim == 2:
        return [data]
    if name.startswith("hyper"):  # a cube: planes of both directions
        return list(data) + list(data.transpose(1, 0, 2))
    return list(data)


def read_lines(folder, names):
    """{name: (training pieces, validation pieces)}; a cube or several shots keep whole pieces back, a line its last traces."""
    lines = {}
    for name in names:
        pieces = pieces_of(folder, name)
        if len(pieces) >= 4:
            kept = max(1, round(KEPT * len(pieces)))
            lines[name] = (pieces[:-kept], pieces[-kept:])
        else:
            cut = [len(piece) - round(KEPT * len(piece)) for piece in pieces]
            lines[name] = ([p[:c] for p, c in zip(pieces, cut)], [p[c:] for p, c in zip(pieces, cut)])
    return lines


def section(random, pieces, traces, samples):
    """A piece of [traces, samples] at most, at least 24 x 64: cut, thinned out, sheared, stretched, turned round."""
    piece = pieces[random.integers(len(pieces))]
    count, length = piece.shape
    step = 1
    if random.random() < 0.35:
        step = int(random.integers(2, 4))
    step = max(1, min(step, count // 32))
    stretch = np.exp(random.uniform(np.log(0.7), np.log(1.5))) if random.random() < 0.4 else 1.0
    shear = random.normal(0, 0.8) if random.random() < 0.25 else 0.0
    n = min(traces, count // step)
    m = min(samples, int((length - 2) / stretch))
    x0 = int(random.integers(0, count - (n - 1) * step))
    t0 = random.uniform(0, length - 1 - (m - 1) * stretch)
    if stretch == 1.0 and shear == 0.0:
        t0 = int(t0)
        cut = piece[x0 : x0 + (n - 1) * step + 1 : step, t0 : t0 + m]
    else:
        x = np.arange(n)[:, None]
        time = t0 + stretch * np.arange(m)[None] + shear * (x - n / 2)
        cut = map_coordinates(piece[x0 : x0 + (n - 1) * step + 1 : step], [np.broadcast_to(x, time.shape), time], order=3, mode="constant")
    if random.random() < 0.5:
        cut = cut[::-1]
    if random.random() < 0.5:
        cut = -cut
    if cut.std() == 0 or np.mean(np.abs(cut).max(1) == 0) > 0.3:
        return section(random, pieces, traces, samples)
    return np.ascontiguousarray(cut, np.float32)
