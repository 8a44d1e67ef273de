"""A survey with missing traces, as the adaptation of a prior takes it: (sections [traces, samples], live [traces]) for every line.

    .npz, .npy   `data` [traces, samples] or [lines, traces, samples]; `mask` [traces] or [lines, traces], 1 where measured; without it traces of zeros are missing
    .sgy, .segy  samples of format 1 (IBM), 2, 3, 5 or 8, big endian, all traces of one length; in the order of the file, a new line where the word at `line_byte`
                 changes; traces of zeros or of identification code 2 are missing
"""

import struct
from pathlib import Path

import numpy as np

FORMATS = {1: ">u4", 2: ">i4", 3: ">i2", 5: ">f4", 8: ">i1"}
HEADERS, TRACE_HEADER = 3600, 240
DEAD = 2


def ibm(words):
    sign = np.where(words >> 31, -1.0, 1.0)
    return (sign * (words & 0xFFFFFF) / 2**24 * 16.0 ** (((words >> 24) & 127).astype(int) - 64)).astype(np.float32)


def read_segy(path, line_byte=None):
    data = Path(path).read_bytes()
    if len(data) < HEADERS:
        raise ValueError(f"{path}: {len(data)} bytes are no SEG-Y file")
    samples, code = struct.unpack(">H", data[3220:3222])[0], struct.unpack(">H", data[3224:3226])[0]
    extended = max(0, struct.unpack(">h", data[3504:3506])[0])
    if code not in FORMATS:
        raise ValueError(f"{path}: sample format {code}; {', '.join(map(str, FORMATS))} are read")
    kind = np.dtype(FORMATS[code])
    trace = np.dtype([("header", "u1", TRACE_HEADER), ("samples", kind, samples)])
    start = HEADERS + 3200 * extended
    if samples == 0 or (len(data) - start) % trace.itemsize:
        raise ValueError(f"{path}: {len(data) - start} bytes are no whole number of traces of {samples} samples")
    traces = np.frombuffer(data, trace, offset=start)
    values = ibm(traces["samples"]) if code == 1 else traces["samples"].astype(np.float32)
    codes = traces["header"][:, 28:30].copy().view(">i2")[:, 0]
    live = values.any(1) & (codes != DEAD)
    if line_byte is None:
        return [(values, live)]
    words = traces["header"][:, line_byte - 1 : line_byte + 3].copy().view(">i4")[:, 0]
    cuts = np.flatnonzero(np.diff(words)) + 1
    return list(zip(np.split(values, cuts), np.split(live, cuts)))


def read_survey(path, line_byte=None):
    """[(section, live)], missing traces zero. Raises ValueError for what it cannot read or has no live trace."""
    name = str(path)
    if name.endswith((".sgy", ".segy")):
        lines = read_segy(path, line_byte)
    elif name.endswith((".npz", ".npy")):
        held = np.load(path)
        arrays = {"data": held} if name.endswith(".npy") else {key: held[key] for key in held.files}
        if "data" not in arrays or arrays["data"].ndim not in (2, 3):
            raise ValueError(f"{path}: expected an array `data` of two or three axes")
        data = arrays["data"].astype(np.float32)
        data = data[None] if data.ndim == 2 else data
        live = arrays["mask"].astype(bool).reshape(data.shape[:2]) if "mask" in arrays else data.any(-1)
        lines = list(zip(data, live))
    else:
        raise ValueError(f"{path}: expected .sgy, .segy, .npz or .npy")
    for section, live in lines:
        if not np.isfinite(section[live]).all():
            raise ValueError(f"{path}: a live trace holds a sample that is no number")
    return [(np.where(live[:, None], section, 0).astype(np.float32), live) for section, live in lines]
