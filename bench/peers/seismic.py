"""Trace interpolation by PyLops and pydrr for bench/seismic-classical.ts: one JSON line a request, one a reply with CPU seconds."""

import contextlib
import io
import json
import sys
import time

import numpy as np

np.complex_, np.mat = np.complex128, np.asmatrix  # pydrr is older than NumPy 2


def hann(n):
    return np.sin(np.pi * (np.arange(n) + 0.5) / n) ** 2


def pocs(y, live, traces, samples, iterations, last, sizes):
    """The windows of ours (every half, tapered before), all in one PyLops operator, float32: thresholded F-K spectra."""
    from pylops.signalprocessing import FFTND

    n, nt = y.shape
    h, g = traces // 2, samples // 2
    padded = np.pad(y * live[:, None], ((h, traces), (g, samples)))
    alive = np.pad(live, (h, traces))
    starts = [(i, t) for i in range(0, n + h, h) for t in range(0, nt + g, g)]
    taper = (hann(traces)[:, None] * hann(samples)[None, :]).astype(np.float32)
    D = np.stack([padded[i : i + traces, t : t + samples] * taper for i, t in starts]).astype(np.float32)
    M = np.stack([alive[i : i + traces] for i, _ in starts])[:, :, None].astype(np.float32)
    F = FFTND(D.shape, axes=(1, 2), nffts=sizes, real=True, engine="scipy", dtype=np.float32)
    top = np.abs((F @ D.ravel()).reshape(F.dimsd)).max((1, 2), keepdims=True)
    x = D
    for i in range(iterations):
        X = (F @ x.ravel()).reshape(F.dimsd)
        X[np.abs(X) <= top * np.float32(last ** ((i + 1) / iterations))] = 0
        x = D + (1 - M) * (F.H @ X.ravel()).reshape(F.dims)
    out = np.zeros_like(padded)
    for (i, t), window in zip(starts, x):
        out[i : i + traces, t : t + samples] += window
    return out[h : h + n, g : g + nt]


def rank(y, live, traces, samples, order, damping, iterations):
    """The windows of ours, each to pydrr: [nt, n, 1]."""
    from pydrr.drr3d import drr3drecon

    n, nt = y.shape
    g = samples // 2
    padded = np.pad(y * live[:, None], ((0, 0), (g, samples)))
    sums, weights = np.zeros_like(padded), np.zeros(n)
    first = sorted({*range(0, n - traces, traces // 2), n - traces})
    for i in first:
        weights[i : i + traces] += hann(traces)
        mask = np.repeat(live[i : i + traces][None, :], samples, 0)[:, :, None].astype(float)
        for t in range(0, nt + g, g):
            window = (padded[i : i + traces, t : t + samples] * hann(samples)).T[:, :, None].astype(float)
            with contextlib.redirect_stdout(io.StringIO()):
                filled = drr3drecon(window, mask, 0, 1000, 0.004, order, damping, iterations, 0, 0, 1, 0)
            sums[i : i + traces, t : t + samples] += hann(traces)[:, None] * filled.reshape(samples, traces).T
    return (sums / weights[:, None])[:, g : g + nt]


for line in sys.stdin:
    request = json.loads(line)
    shape, method = request.pop("shape"), request.pop("method")
    y = np.fromfile(request.pop("data"), np.float32).reshape(shape)
    live = np.array(request.pop("live"), np.float32)
    out = request.pop("out")
    work = {"pocs": pocs, "rank": rank}[method]
    begun = time.process_time()
    result = work(y, live, **request)
    seconds = time.process_time() - begun
    np.where(live[:, None] > 0, y, result).astype(np.float32).tofile(out)
    print(json.dumps({"cpu": seconds}), flush=True)
