"""A small array under every HDF5 filter that hdf5plugin and h5py have -> test/golden/filters.json.

Run from the repository root with h5py, hdf5plugin and numpy installed: python test/golden/scripts/filters.py
"""
import base64, io, json
import h5py, hdf5plugin, numpy as np

values = (np.arange(4 * 16 * 16).reshape(4, 16, 16) % 97).astype("f4")
FILTERS = {"lzf": {"compression": "lzf"}, "blosc": hdf5plugin.Blosc(), "blosc2": hdf5plugin.Blosc2(), "lz4": hdf5plugin.LZ4(),
           "bitshuffle": hdf5plugin.Bitshuffle(), "zstd": hdf5plugin.Zstd(), "bzip2": hdf5plugin.BZip2(),
           "zfp": hdf5plugin.Zfp(reversible=True), "lzf and shuffle": {"compression": "lzf", "shuffle": True},
           "SZ3": hdf5plugin.SZ3(absolute=0.1), "SPERR": hdf5plugin.Sperr(rate=8)}
files = {}
for name, options in FILTERS.items():
    out = io.BytesIO()
    with h5py.File(out, "w") as f:
        f.create_dataset("data", data=values, chunks=(1, 16, 16) if name != "SPERR" else (4, 16, 16), **dict(options))
    files[name] = base64.b64encode(out.getvalue()).decode()
json.dump({"files": files, "values": base64.b64encode(values.tobytes()).decode()}, open("test/golden/filters.json", "w"), indent=0)
