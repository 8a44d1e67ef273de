"""Probabilistic PCA with missing entries in dense float64: EM steps from a given start, without and with a precision for the columns.

    pip install numpy; python ppca.py > ../ppca.json
"""
import json

import numpy as np

rng = np.random.default_rng(7)
bands, pixels, rank = 7, 30, 2
truth = rng.standard_normal((bands, rank)) @ rng.standard_normal((rank, pixels)) + rng.standard_normal((bands, 1))
y = truth + 0.2 * rng.standard_normal(truth.shape)
mask = (rng.random(truth.shape) < 0.6).astype(float)
mask[:, 3] = 0  # a pixel of which nothing was measured
w0, mu0, s0 = rng.standard_normal((bands, rank)), rng.standard_normal(bands), 0.3


def step(w, mu, s2, alpha):
    """One EM step: posterior of z pixel by pixel, then the bands' regressions; ln p from the dense covariance of what was measured."""
    log = 0.0
    a, h = np.zeros((bands, rank + 1, rank + 1)), np.zeros((bands, rank + 1))
    z = np.zeros((pixels, rank))
    second = np.zeros((pixels, rank + 1, rank + 1))
    for p in range(pixels):
        o = mask[:, p] > 0
        if not o.any():
            continue
        c = w[o] @ w[o].T + s2 * np.eye(o.sum())
        r = y[o, p] - mu[o]
        log -= 0.5 * (o.sum() * np.log(2 * np.pi) + np.linalg.slogdet(c)[1] + r @ np.linalg.solve(c, r))
        m = np.linalg.inv(w[o].T @ w[o] + s2 * np.eye(rank))
        z[p] = m @ w[o].T @ r
        e = np.append(z[p], 1)
        second[p] = np.outer(e, e)
        second[p][:rank, :rank] += s2 * m
        for b in np.flatnonzero(o):
            a[b] += second[p]
            h[b] += y[b, p] * e
    prior = np.zeros(rank + 1) if alpha is None else np.append(s2 * alpha, 0)
    both = np.stack([np.linalg.solve(a[b] + np.diag(prior), h[b]) for b in range(bands)])
    residual = sum(
        mask[b, p] * (y[b, p] ** 2 - 2 * y[b, p] * both[b] @ np.append(z[p], 1) + both[b] @ second[p] @ both[b])
        for b in range(bands)
        for p in range(pixels)
    )
    return both[:, :rank], both[:, rank], residual / mask.sum(), z, log


out = {'bands': bands, 'rank': rank, 'data': (y * mask).ravel().tolist(), 'mask': mask.ravel().tolist()}
out['start'] = {'loading': w0.ravel().tolist(), 'mean': mu0.tolist(), 'variance': s0}
for name, relevant in [('likelihood', False), ('relevance', True)]:
    w, mu, s2 = w0, mu0, s0
    steps = []
    for _ in range(3):
        w, mu, s2, z, log = step(w, mu, s2, bands / (w**2).sum(0) if relevant else None)
        steps.append(
            {'loading': w.ravel().tolist(), 'mean': mu.tolist(), 'variance': s2, 'coefficients': z.ravel().tolist(), 'log': log}
        )
    out[name] = steps
print(json.dumps(out))
