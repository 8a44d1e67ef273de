"""Trace interpolation by PyLops' transforms and by pydrr, for ours: test/golden/seismic.json.

    python test/golden/scripts/seismic.py        (numpy, pylops 2.8, pydrr 0.0.2)

Three crossing plane waves and a little noise, traces x samples; missing traces are 0.
pocs: x <- D + (1 - M) F^-1 T F x, F PyLops' FFT2D (FFTND in 3-D) with zeros behind in space, T keeps what is above top r^((i + 1)/n), top the largest |F D|.
rank: pydrr.drr3drecon, mode 0 (measured traces held), all frequencies.
"""

import json
from pathlib import Path

import numpy as np

np.complex_, np.mat = np.complex128, np.asmatrix  # pydrr is older than NumPy 2
from pydrr.drr3d import drr3drecon
from pylops.signalprocessing import FFTND

random = np.random.default_rng(5)


def waves(n1, n2, nt):
    i, j, t = np.meshgrid(np.arange(n1), np.arange(n2), np.arange(nt), indexing="ij")
    out = np.zeros((n1, n2, nt))
    for p1, p2, t0, f in ((0.2, 0.5, 9, 0.12), (-0.4, -0.8, 22, 0.17), (0.1, 0.05, 15, 0.09)):
        a = (np.pi * f * (t - t0 - p1 * i - p2 * j)) ** 2
        out += (1 - 2 * a) * np.exp(-a)
    return np.round(out + 0.02 * random.standard_normal(out.shape), 4)


def mask(n1, n2, missing):
    live = np.ones(n1 * n2, int)
    live[random.permutation(n1 * n2)[: round(missing * n1 * n2)]] = 0
    return live.reshape(n1, n2)


def pocs(y, live, sizes, iterations, last):
    F = FFTND(y.shape, axes=(0, 1, 2), nffts=sizes, dtype="complex128")
    M = live[:, :, None]
    data = (y * M).astype(complex)
    top = np.abs(F @ data.ravel()).max()
    x = data
    for i in range(iterations):
        X = F @ x.ravel()
        X[np.abs(X) <= top * last ** ((i + 1) / iterations)] = 0
        # the adjoint of the zero-padded transform is its inverse, cut
        x = data + (1 - M) * np.real(F.H @ X).reshape(y.shape)
    return np.real(x)


def case(n1, n2, nt, missing):
    y, live = waves(n1, n2, nt), mask(n1, n2, missing)
    return y, live, {"shape": [n1, n2, nt], "data": (y * live[:, :, None]).ravel().tolist(), "live": live.ravel().tolist()}


def rounded(x):
    return [float(f"{v:.7g}") for v in np.asarray(x).ravel()]


golden = {}
y, live, golden["pocs2d"] = case(1, 24, 40, 0.5)
golden["pocs2d"]["result"] = rounded(pocs(y, live, (1, 48, 40), 20, 0.01))
y, live, golden["pocs3d"] = case(4, 12, 20, 0.4)
golden["pocs3d"]["result"] = rounded(pocs(y, live, (6, 24, 20), 15, 0.02))
for name, shape, missing, rank, damping, iterations in (("rank2d", (1, 20, 32), 0.4, 3, 2, 8), ("rank3d", (4, 9, 32), 0.5, 4, 3, 6)):
    y, live, golden[name] = case(*shape, missing)
    cube = (y * live[:, :, None]).transpose(2, 1, 0)
    M = np.broadcast_to(live[:, :, None], shape).transpose(2, 1, 0).astype(float)
    out = drr3drecon(cube, M, 0, 1000, 0.004, rank, damping, iterations, 0, 0, 1, 0)
    out = out.reshape(cube.shape).transpose(2, 1, 0)
    golden[name].update(rank=rank, damping=damping, iterations=iterations, result=rounded(out))
Path(__file__).parents[1].joinpath("seismic.json").write_text(json.dumps(golden) + "\n")
