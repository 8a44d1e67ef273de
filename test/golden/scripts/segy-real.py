"""What segyio reads from the SEG-Y files of the development data -> test/golden/segy-real.json (numbers only).

Run from the repository root: SLICEWISE_DATA=... python test/golden/scripts/segy-real.py (segyio 1.9.14, numpy; xz and tar on the path).
"""
import json, os, subprocess, tempfile
import numpy as np
import segyio

F = segyio.TraceField
folder = os.path.join(os.environ["SLICEWISE_DATA"], "dev/seismic/files")
out = []


def add(path, name, endian="big"):
    with segyio.open(path, ignore_geometry=True, endian=endian) as f:
        data = f.trace.raw[:].astype(np.float64)
        rng = np.random.default_rng(len(out))
        picks = [(int(rng.integers(data.shape[0])), int(rng.integers(data.shape[1]))) for _ in range(20)]
        out.append({
            "name": name, "traces": int(f.tracecount), "samples": len(f.samples), "interval": segyio.tools.dt(f) / 1000,
            "first": float(f.samples[0]), "rms": float(np.sqrt((data.astype(np.float32).astype(np.float64) ** 2).mean())),
            "sum": float(data.sum()), "picks": [{"trace": t, "sample": s, "value": float(data[t, s])} for t, s in picks],
            "inline": np.unique(f.attributes(F.INLINE_3D)[:]).tolist(), "crossline": np.unique(f.attributes(F.CROSSLINE_3D)[:]).tolist()})


with tempfile.TemporaryDirectory() as tmp:
    for name in ["f3-withdead.sgy", "penobscot_xl1155.sgy", "volve-geometry_61x202x4.sgy", "volve10r12-full-twt-arb.sgy"]:
        path = os.path.join(tmp, name)
        with open(path, "wb") as f:
            f.write(subprocess.run(["xz", "-dc", os.path.join(folder, name + ".xz")], check=True, capture_output=True).stdout)
        add(path, name)
    subprocess.run(["tar", "xJf", os.path.join(folder, "segyio-testdata.tar.xz"), "-C", tmp], check=True)
    names = ["small", "small-ps", "f3", "shot-gather", "long", "delay-scalar", "multi-text", "small-ps-dec-xl-off-inc-il"]
    names += [f"Format{n}{order}" for n in (1, 2, 3, 5, 6, 8, 10, 11, 12, 16) for order in ("msb", "lsb")]
    for name in names:
        add(os.path.join(tmp, f"segyio_testdata/{name}.sgy"), f"segyio_testdata/{name}.sgy", "little" if name.endswith("lsb") else "big")

with open("test/golden/segy-real.json", "w") as f:
    json.dump(out, f)
