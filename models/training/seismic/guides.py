"""Three classical interpolations of missing traces, which the networks take as guides.

y [N traces, T samples], live traces L (True where measured). All three return y itself at live traces and depend on nothing
of y at missing ones. Units: traces and samples; slopes p in samples per trace, positive where later towards larger traces.
For a missing trace x let a < x < b be its nearest live traces, d = b - a, w = (x - a) / d. Beyond the first or last live
trace there is one neighbour only.

Values between samples: cubic convolution with alpha = -1/2 (Keys 1981), u = 0 outside 0 ... T - 1. `at(u, t)` below.

linear   u(x, t) = (1 - w) y_a(t) + w y_b(t); beyond the ends the nearest live trace.

slope    1. Candidates p_j = p0 sinh(j h), j = -J ... J, with p0 = 0.5, J = 32, h = asinh(P / p0) / J, P = 8.
         2. For every two neighbouring live traces a, b (middle c = (a + b) / 2), the likeness along p at the middle:
                num = 2 u v,   den = u^2 + v^2,   u = at(y_a, t - p d / 2), v = at(y_b, t + p d / 2),
            shifts rounded to quarter samples. Plane waves of slope p have u = v: their plane-wave destruction
            residual (u - v)^2 = den - num vanishes (Claerbout 1992; Fomel 2002), over any distance d, where the derivative of
            the usual filter would be aliased.
         3. Both summed in time with a triangle of half-width 12 samples, and over the pairs with weights
                d^-2 exp(-(x - c)^2 / (2 s^2)),   s = 4 + d_x / 2, d_x the distance b - a around x (0 where x is live;
            twice the distance to the nearest live trace beyond the ends), each x's weights divided by their sum.
         4. Likeness C_j(x, t) = num / (den + 1e-6 M), M the mean of den over the section; j maximises
            C_j - 0.05 |j| / J, refined by the parabola through C at its neighbours (at most half a step), p = p0 sinh(j h).
         5. p smoothed with weights max(C, 0)^2 + 1e-3 (C of the chosen j): Gaussians of deviation 1 trace, 4 samples, edges
            repeated.
         6. u(x, t) = (1 - w) at(y_a, t - p (x - a)) + w at(y_b, t + p (b - x)), p = p(x, t); beyond the ends the one
            neighbour's term.

pocs     Projection onto convex sets (Abma and Kabir 2006) in windows, with the wavenumbers weighted by dip so that a regular gap's
         aliases lose to what they are aliases of (after Gao et al. 2013 and Naghizadeh 2012). pocs.py has its steps.
"""

import numpy as np
from scipy.ndimage import gaussian_filter1d

from seismic.gain import triangle_mean
from seismic.pocs import pocs

LARGEST, FINEST, STEPS = 8.0, 0.5, 32
HALF_WIDTH, REACH, PENALTY = 12, 4.0, 0.05
SMOOTH_TRACES, SMOOTH_SAMPLES = 1.0, 4.0


def neighbours(live):
    """Nearest live traces a, b at or around every trace, and w = (x - a) / (b - a); beyond the ends a = b, w = 0."""
    places = np.flatnonzero(live)
    x = np.arange(len(live))
    a = places[np.clip(np.searchsorted(places, x, side="right") - 1, 0, None)]
    b = places[np.clip(np.searchsorted(places, x), None, len(places) - 1)]
    return a, b, np.where(b > a, (x - a) / np.maximum(b - a, 1), 0.0)


def with_live(estimate, y, live):
    return np.where(live[:, None], y, estimate).astype(np.float32)


def linear(y, live):
    a, b, w = neighbours(live)
    return with_live((1 - w)[:, None] * y[a] + w[:, None] * y[b], y, live)


def keys_weights(f):
    """Weights of the samples at -1, 0, 1, 2 for a value at fraction f."""
    return (
        ((-0.5 * f + 1) * f - 0.5) * f,
        (1.5 * f - 2.5) * f * f + 1,
        ((-1.5 * f + 2) * f + 0.5) * f,
        (0.5 * f - 0.5) * f * f,
    )  # fmt: skip


def at(traces, time):
    """Rows of `traces` [N, T] at `time` [N, T] (samples): cubic convolution, 0 outside."""
    count, samples = traces.shape
    padded = np.pad(traces, ((0, 0), (3, 3)))
    time = np.clip(time, -2.0, samples + 1.0)
    whole = np.floor(time).astype(np.int64)
    weights = keys_weights((time - whole).astype(traces.dtype))
    base = whole + 3 + (np.arange(count) * (samples + 6))[:, None]
    flat = padded.ravel()
    last = flat.size - 1
    return sum(w * flat[np.clip(base + k, 0, last)] for k, w in zip((-1, 0, 1, 2), weights))


def candidates(largest=LARGEST):
    step = np.arcsinh(largest / FINEST) / STEPS
    return np.arange(-STEPS, STEPS + 1), step


def likeness(y, live, largest=LARGEST):
    """C [candidates, N, T] of steps 2 to 4."""
    places = np.flatnonzero(live)
    count, samples = y.shape
    j, step = candidates(largest)
    slopes = FINEST * np.sinh(j * step)
    traces = y[places].astype(np.float32)
    quarter = np.stack([at(traces, np.arange(samples)[None, :] + np.full((len(places), 1), q / 4)) for q in range(4)], axis=-1)
    fine = quarter.reshape(len(places), -1)  # quarter samples
    distance = np.diff(places)
    shift = np.rint(2 * slopes[:, None] * distance[None, :]).astype(np.int64)  # p d / 2 in quarter samples
    pad = int(np.abs(shift).max())
    fine = np.pad(fine, ((0, 0), (pad, pad)))
    width = fine.shape[1]
    pairs = np.arange(len(distance))
    start = pad + 4 * np.arange(samples)
    u = fine.ravel()[(pairs[None, :] * width - shift)[:, :, None] + start]
    v = fine.ravel()[((pairs[None, :] + 1) * width + shift)[:, :, None] + start]
    num, den = 2 * u * v, u * u + v * v
    half_width = max(1, min(HALF_WIDTH, samples // 4))
    num, den = triangle_mean(num, half_width), triangle_mean(den, half_width)
    x = np.arange(count)
    a, b, _ = neighbours(live)
    across = np.where(b > a, b - a, 2 * np.abs(x - a))
    reach = REACH + across / 2
    exponent = -0.5 * ((x[:, None] - (places[:-1] + places[1:])[None, :] / 2) / reach[:, None]) ** 2 - 2 * np.log(distance)[None, :]
    weight = np.exp(exponent - exponent.max(1, keepdims=True)).astype(np.float32)
    weight /= weight.sum(1, keepdims=True)
    num, den = np.matmul(weight, num), np.matmul(weight, den)
    return num / (den + 1e-6 * den.mean() + 1e-30)


def slopes_of(y, live, largest=LARGEST):
    """p [N, T] in samples per trace; 0 with fewer than two live traces."""
    if live.sum() < 2:
        return np.zeros(y.shape, np.float32)
    C = likeness(y, live, largest)
    j, step = candidates(largest)
    scored = C - (PENALTY * np.abs(j) / STEPS)[:, None, None].astype(np.float32)
    best = scored.argmax(0)
    inner = np.clip(best, 1, len(j) - 2)
    before, here, after = (np.take_along_axis(C, (inner + k)[None], 0)[0] for k in (-1, 0, 1))
    bend = 2 * here - before - after
    refined = np.where(bend > 1e-12, 0.5 * (after - before) / np.maximum(bend, 1e-12), 0.0)
    position = np.where(best == inner, j[inner] + np.clip(refined, -0.5, 0.5), j[best])
    p = FINEST * np.sinh(position * step)
    sure = np.maximum(np.take_along_axis(C, best[None], 0)[0], 0) ** 2 + 1e-3

    def smooth(values):
        return gaussian_filter1d(gaussian_filter1d(values, SMOOTH_TRACES, axis=0, mode="nearest"), SMOOTH_SAMPLES, axis=1, mode="nearest")

    return (smooth(p * sure) / smooth(sure)).astype(np.float32)


def along(y, live, p):
    """Step 6: interpolation along slopes p."""
    a, b, w = neighbours(live)
    x, time = np.arange(len(live)), np.arange(y.shape[1])[None, :]
    values = y.astype(np.float32)
    before = at(values[a], time - p * (x - a)[:, None])
    after = at(values[b], time + p * (b - x)[:, None])
    return with_live((1 - w)[:, None] * before + w[:, None] * after, y, live)


def slope(y, live, largest=LARGEST):
    return along(y, live, slopes_of(y, live, largest))


GUIDES = {"linear": linear, "slope": slope, "pocs": pocs}
