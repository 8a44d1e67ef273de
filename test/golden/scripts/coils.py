"""Golden coil maps for test/operators/coils: SigPy's EspiritCalib, BART's ecalib, numpy's eigenvalues.

`phantom` is a closed formula, written again in the test, its maps on every 3rd row and column. `real` are maps of the measured 8-coil slice of mikgroup/sigpy-mri-tutorial (BSD-3-Clause),
on every 17th row and column; the slice itself is not in the project, and its test runs where SLICEWISE_DATA names the folder that has it.
Maps are stored as whole numbers of 1e-5, re and im, [coil, y, x].

Run: SLICEWISE_DATA=... python test/golden/scripts/coils.py        (numpy, sigpy 0.1.27; bart 0.8 on the path)
"""

import json
import os
import subprocess
import tempfile
from pathlib import Path

import numpy as np
import sigpy as sp
from sigpy.mri.app import EspiritCalib

golden = {}


def whole(a):
    a = np.asarray(a)
    parts = np.stack([a.real, a.imag], -1) if np.iscomplexobj(a) else a
    return np.rint(parts * 1e5).astype(int).ravel().tolist()


def ecalib(kspace, *options):
    """Maps [coil, y, x] and eigenvalues [y, x] of BART, nothing cropped."""
    with tempfile.TemporaryDirectory() as folder:
        coils, ny, nx = kspace.shape
        Path(folder, "k.hdr").write_text(f"# Dimensions\n{ny} {nx} 1 {coils}\n")
        kspace.transpose(1, 2, 0).astype(np.complex64).ravel(order="F").tofile(Path(folder, "k.cfl"))
        subprocess.run(["bart", "ecalib", "-c", "0", "-m", "1", *options, "k", "maps", "values"], cwd=folder, check=True)
        maps = np.fromfile(Path(folder, "maps.cfl"), np.complex64).reshape((ny, nx, coils), order="F")
        values = np.fromfile(Path(folder, "values.cfl"), np.complex64).reshape((ny, nx), order="F")
        return maps.transpose(2, 0, 1), values.real


def espirit(kspace, **options):
    return EspiritCalib(kspace, crop=0, output_eigenvalue=True, show_pbar=False, **options).run()


# eigenvalues of a Hermitian matrix
i, j = np.meshgrid(np.arange(9), np.arange(9), indexing="ij")
matrix = np.sin(1 + i * j + i + j) + 1j * np.sin((i - j) * (2 + i + j))
golden["eigenvalues"] = np.linalg.eigvalsh(matrix)[::-1].tolist()

# a phantom of odd and even sides
NY, NX, COILS = 37, 30, 4
grid = np.s_[..., ::3, ::3]
u, v = np.meshgrid((np.arange(NY) - NY // 2) / NY * 2, (np.arange(NX) - NX // 2) / NX * 2, indexing="ij")
image = np.sqrt(np.maximum(0, 1 - (u / 0.8) ** 2 - (v / 0.7) ** 2)) * (1 + 0.5 * np.sin(5 * u + 3 * v))
image = image * np.exp(1j * (0.8 * u - v))
coils = np.stack(
    [
        np.exp(-((u - 0.9 * np.cos(t)) ** 2 + (v - 0.9 * np.sin(t)) ** 2) / 1.5 + 1j * (t + u * np.cos(t)))
        for t in 2 * np.pi * np.arange(COILS) / COILS
    ]
)
kspace = sp.fft(image * coils, axes=(-2, -1))
maps, values = espirit(kspace, calib_width=16, kernel_width=5, thresh=0.02, max_iter=3000)
golden["phantom"] = {"sigpy": whole(maps[grid]), "sigpyValues": whole(values[grid])}
# BART looks for the region by itself, and finds another in a full k-space
region = sp.resize(sp.resize(kspace, (COILS, 16, 16)), kspace.shape)
maps, values = ecalib(region, "-k", "5:5:1", "-r", "16:16:1", "-t", "0.0004")
golden["phantom"] |= {"bart": whole(maps[grid]), "bartValues": whole(values[grid])}

# the measured slice
slice = np.load(Path(os.environ["SLICEWISE_DATA"], "dev/mri-kspace/sigpy_brain_8coil_poisson.npz"))
grid = np.s_[..., ::17, ::17]
maps, values = espirit(slice["kspace"], max_iter=1000)
golden["real"] = {"sigpy": whole(maps[grid]), "sigpyValues": whole(values[grid])}
maps, values = ecalib(slice["kspace"])
golden["real"] |= {"bart": whole(maps[grid]), "bartValues": whole(values[grid])}

Path(__file__).parent.parent.joinpath("coils.json").write_text(json.dumps(golden, separators=(",", ":")))
