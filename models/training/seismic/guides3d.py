"""Classical interpolations of missing traces of a grid, which the three-dimensional network takes as guides.

y [n1, n2, T], live traces L [n1, n2]. All return y itself at live traces and depend on nothing of y at missing ones.

linear   The membrane: sum of (x_(i,j+1) - x_(i,j))^2 / r2 + (x_(i+1,j) - x_(i,j))^2 / r1 over neighbours is least, every sample for itself; r are mean
         square differences of neighbouring live traces along the axes, by their distance.
slope    Interpolation along slopes (guides.py) in every line of either axis, averaged with weights 1 / (r a b / (a + b)), a and b the distances of the
         nearest live traces along the axis (r a with one neighbour).
pocs     Projections onto convex sets (Abma and Kabir 2006) in windows over F-Kx-Ky: x <- L y + (1 - L) F^-1 keep(F x), keep the coefficients above a
         threshold that falls exponentially to 0.5 % of the largest. Windows 16 x 24 x 64 and half of that apart, Hann weights.
"""

import numpy as np
from scipy import fft, sparse
from scipy.sparse.linalg import splu

from seismic import guides
from seismic.pocs import starts

WINDOW = (16, 24, 64)
ITERATIONS, LAST = 16, 0.005


def with_live(estimate, y, live):
    return np.where(live[:, :, None], y, estimate).astype(np.float32)


def roughness(y, live, axis):
    """Mean square difference of neighbouring live traces along an axis, by distance and power; 1 where there are none."""
    lines, alive = (y, live) if axis == 1 else (y.transpose(1, 0, 2), live.T)
    total = distance = 0.0
    for line, places in zip(lines, (np.flatnonzero(a) for a in alive)):
        if len(places) > 1:
            total += float((np.diff(line[places], axis=0).astype(np.float64) ** 2).sum() / line.shape[1])
            distance += float(places[-1] - places[0])
    power = float((y[live].astype(np.float64) ** 2).mean()) + 1e-30
    return max(total / distance / power, 1e-6) if distance else 1.0


def linear(y, live):
    n1, n2, samples = y.shape
    number = np.arange(n1 * n2).reshape(n1, n2)
    pairs, weights = [], []
    for axis, (a, b) in enumerate(((number[:-1], number[1:]), (number[:, :-1], number[:, 1:]))):
        pairs.append(np.stack([a.ravel(), b.ravel()]))
        weights.append(np.full(a.size, 1 / roughness(y, live, axis)))
    (a, b), w = np.concatenate(pairs, axis=1), np.concatenate(weights)
    edges = sparse.coo_matrix((np.concatenate([-w, -w, w, w]), (np.concatenate([a, b, a, b]), np.concatenate([b, a, a, b]))), shape=(n1 * n2,) * 2).tocsc()
    known = live.ravel()
    if known.all():
        return y.astype(np.float32)
    flat = y.reshape(n1 * n2, samples).astype(np.float64)
    right = -edges[~known][:, known] @ flat[known]
    estimate = np.zeros_like(flat)
    estimate[~known] = splu(edges[~known][:, ~known].tocsc()).solve(right)
    return with_live(estimate.reshape(y.shape), y, live)


def slope_lines(y, live):
    """(estimate, variance [n1, n2]) along axis 1; infinite variance in lines without two live traces."""
    estimate, variance = np.zeros_like(y, dtype=np.float32), np.full(live.shape, np.inf)
    rough = roughness(y, live, 1)
    for k, (line, alive) in enumerate(zip(y, live)):
        if alive.sum() < 2:
            continue
        estimate[k] = guides.slope(line, alive)
        a, b, _ = guides.neighbours(alive)
        x = np.arange(len(alive))
        before, after = np.abs(x - a), np.abs(b - x)
        variance[k] = rough * np.where(b > a, before * after / np.maximum(before + after, 1), before)
    return estimate, variance


def slope(y, live):
    along, spread = slope_lines(y, live)
    across, other = (v.swapaxes(0, 1) for v in slope_lines(y.swapaxes(0, 1), live.T))
    w, v = 1 / np.maximum(spread, 1e-9), 1 / np.maximum(other, 1e-9)
    total = w + v
    mean = (w[:, :, None] * along + v[:, :, None] * across) / np.maximum(total, 1e-30)[:, :, None]
    # where neither axis has two live traces in line, the membrane
    return with_live(np.where(total[:, :, None] > 0, mean, linear(y, live)), y, live)


def pocs(y, live, iterations=ITERATIONS, last=LAST):
    size = [min(w, n) for w, n in zip(WINDOW, y.shape)]
    places = [starts(n, s) for n, s in zip(y.shape, size)]
    tapers = [np.sin(np.pi * (np.arange(s) + 0.5) / s) ** 2 for s in size]
    taper = (tapers[0][:, None, None] * tapers[1][:, None] * tapers[2]).astype(np.float32)
    padded = [fft.next_fast_len(int(np.ceil(1.5 * s))) if s > 1 else 1 for s in size]
    total, weights = np.zeros(y.shape, np.float32), np.zeros(y.shape, np.float32)
    for i in places[0]:
        for j in places[1]:
            alive = live[i : i + size[0], j : j + size[1], None]
            for k in places[2]:
                box = np.s_[i : i + size[0], j : j + size[1], k : k + size[2]]
                data = np.where(alive, y[box], 0).astype(np.float32)
                x, top = data, None
                for n in range(iterations if alive.any() and not alive.all() else 0):
                    spectrum = fft.rfftn(x, padded)
                    top = np.abs(spectrum).max() if top is None else top
                    spectrum[np.abs(spectrum) < top * last ** ((n + 1) / iterations)] = 0
                    x = np.where(alive, data, fft.irfftn(spectrum, padded)[: size[0], : size[1], : size[2]])
                total[box] += taper * x
                weights[box] += taper
    return with_live(total / weights, y, live)


GUIDES = {"linear": linear, "slope": slope, "pocs": pocs}
