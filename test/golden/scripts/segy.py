"""Tiny SEG-Y files as segyio writes and reads them -> test/golden/segy.json.

Run from the repository root with segyio 1.9.14 and numpy installed: python test/golden/scripts/segy.py
Every case holds the file (gzip, base64) and what segyio reads from it: samples of every trace, axes, header words, sorting.
`ibm` holds words of IBM floats with the values that segyio gives them.
"""
import base64, gzip, json, os, tempfile
import numpy as np
import segyio

F = segyio.TraceField
cases = []
pack = lambda raw: base64.b64encode(gzip.compress(raw, mtime=0)).decode()


def spec(fmt, endian, ilines, xlines, samples, offsets=(1,), sorting=2):
    s = segyio.spec()
    s.format, s.endian, s.sorting = fmt, endian, sorting
    s.ilines, s.xlines, s.samples, s.offsets = list(ilines), list(xlines), np.asarray(samples, dtype=float), list(offsets)
    return s


def write(path, s, value, fill=lambda i, x, o: {}):
    with segyio.create(path, s) as f:
        f.bin.update(hdt=int(round((s.samples[1] - s.samples[0]) * 1000)))
        n = 0
        slow, fast = (s.ilines, s.xlines) if s.sorting == 2 else (s.xlines, s.ilines)
        for a in slow:
            for b in fast:
                i, x = (a, b) if s.sorting == 2 else (b, a)
                for o in s.offsets:
                    f.header[n] = {F.INLINE_3D: i, F.CROSSLINE_3D: x, F.offset: o, F.TRACE_SAMPLE_COUNT: len(s.samples),
                                   F.TRACE_SAMPLE_INTERVAL: int(round((s.samples[1] - s.samples[0]) * 1000)),
                                   F.DelayRecordingTime: int(s.samples[0]), F.TraceIdentificationCode: 1, **fill(i, x, o)}
                    f.trace[n] = value(i, x, o)
                    n += 1


def read(path, name, endian):
    with segyio.open(path, endian=endian) as f:
        raw = open(path, "rb").read()
        cases.append({
            "name": name, "file": pack(raw), "little": endian == "little", "format": int(f.format),
            "ilines": f.ilines.tolist(), "xlines": f.xlines.tolist(), "offsets": f.offsets.tolist(), "samples": f.samples.tolist(),
            "sorting": int(f.sorting), "interval": segyio.tools.dt(f),
            "inline": f.attributes(F.INLINE_3D)[:].tolist(), "crossline": f.attributes(F.CROSSLINE_3D)[:].tolist(),
            "offset": f.attributes(F.offset)[:].tolist(),
            # shortest decimals that give the number back
            "traces": [[float(v) for v in trace] for trace in f.trace.raw[:].astype(np.float64)]})


rng = np.random.default_rng(18)
kinds = {1: "f4", 2: "i4", 3: "i2", 5: "f4", 6: "f8", 8: "i1", 10: "u4", 11: "u2", 12: "u8", 16: "u1"}
with tempfile.TemporaryDirectory() as folder:
    path = os.path.join(folder, "a.sgy")
    for fmt, dtype in kinds.items():
        for endian in ("big", "little"):
            dt = np.dtype(dtype)
            if dt.kind == "f":
                value = lambda i, x, o: (rng.normal(size=5) * 10.0 ** rng.integers(-6, 7)).astype(dt)
            else:
                info = np.iinfo(dt)
                value = lambda i, x, o: rng.integers(info.min, info.max, size=5, dtype=dt, endpoint=True)
            write(path, spec(fmt, endian, [3, 5], [10, 11, 12], [0, 4, 8, 12, 16]), value)
            read(path, f"format {fmt}, {endian} endian", endian)
    ramp = lambda i, x, o: (np.arange(4) + 100 * i + 10 * x + o).astype("f4")
    write(path, spec(5, "big", [1, 2, 3], [20, 22, 24, 26], [8, 10, 12, 14], sorting=1), ramp)
    read(path, "sorted by crossline, crosslines in steps of 2, first sample at 8 ms", "big")
    write(path, spec(1, "big", [1, 2], [5, 6, 7], [0, 2, 4, 6], offsets=[100, 200]), ramp)
    read(path, "inline, crossline, offset", "big")
    write(path, spec(1, "big", [9, 8, 7], [7, 6, 5], [0, 2, 4, 6]), ramp)
    read(path, "both numbers falling", "big")

    # words of IBM floats in the range of float32, normalised (segyio 1.9.14 misreads others: 0x45041F2E as 41209.4, it is 16882.9)
    words = np.concatenate([rng.integers(0, 2**32, 2000, dtype=np.uint64), [0, 0x41100000, 0xC276A000, 0x42640000, 0x40800000]])
    words = words.astype(np.uint64)
    exponent = (words >> np.uint64(24)) & np.uint64(127)
    words = words[(exponent > 40) & (exponent < 96) & ((words & np.uint64(0xF00000)) != 0)].astype(">u4")[:400]
    write(path, spec(1, "big", [1], [1, 2], np.arange(len(words)) * 4.0), lambda i, x, o: np.zeros(len(words), "f4"))
    with open(path, "r+b") as f:
        f.seek(3600 + 240)
        f.write(words.tobytes())
    with segyio.open(path) as f:
        ibm = {"words": words.astype(int).tolist(), "values": [float(v) for v in f.trace.raw[0].astype(np.float64)]}

with open("test/golden/segy.json", "w") as f:
    json.dump({"segyio": "1.9.14", "cases": cases, "ibm": ibm}, f)
