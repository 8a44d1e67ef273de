"""A smooth gain that brings every part of a section to one loudness, from the live traces alone, with its exact inverse.

Shots fall by 60 dB; a network sees only what is about as large as what it was trained on. For y [traces, samples] and the
live traces L:

    e_k(t)^2 = sum_s w(s - t) y_k(s)^2 / sum_s w(s - t)          k in L, w a triangle of half-width `samples`
    G_k(t)^2 = sum_j v(k - j) e_j(t)^2 / sum_j v(k - j)          j in L, v a Gaussian of deviation `traces`
    G        = max(G / RMS, floor r), r the root mean square of y over L       RMS = 0.25, floor = 1e-4

The sums run over what is inside the section. For a missing trace k the Gaussian's deviation is at least half the distance
between its two live neighbours, so that no trace is without an answer. Then y / G has a root mean square of about RMS
everywhere; the inverse is multiplication by G, and live traces come back to rounding. Nothing of G depends on a value at a
missing trace. An empty section has G = 1.
"""

import numpy as np
from scipy.ndimage import convolve1d

RMS = 0.25
TRACES, SAMPLES, FLOOR = 6.0, 64, 1e-4


def triangle_mean(values, half_width):
    """The triangular moving mean along the last axis, of what is inside."""
    kernel = np.convolve(np.ones(half_width), np.ones(half_width))
    inside = convolve1d(np.ones(values.shape[-1]), kernel, mode="constant")
    return convolve1d(values, kernel, axis=-1, mode="constant") / inside


def gain_of(y, live, traces=TRACES, samples=SAMPLES, floor=FLOOR):
    """G [traces, samples], positive; y is not looked at where `live` [traces] is False."""
    places = np.flatnonzero(live)
    power = y[places].astype(np.float64) ** 2
    total = power.mean() if power.size else 0.0
    if total == 0:
        return np.ones(y.shape)
    # A window longer than half the section would be the mean of all of it.
    half_width = max(1, min(samples, y.shape[-1] // 2))
    local = triangle_mean(power, half_width)
    k = np.arange(len(live))
    after = np.searchsorted(places, k)
    left = places[np.clip(after - 1, 0, None)]
    right = places[np.clip(after, None, len(places) - 1)]
    width = np.maximum(traces, np.where(live, 0, np.maximum(right - left, np.abs(k - left))) / 2)
    exponent = -0.5 * ((k[:, None] - places[None, :]) / width[:, None]) ** 2
    weight = np.exp(exponent - exponent.max(1, keepdims=True))
    gain = np.sqrt((weight / weight.sum(1, keepdims=True)) @ local)
    return np.maximum(gain / RMS, floor * np.sqrt(total))
