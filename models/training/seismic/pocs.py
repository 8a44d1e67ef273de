"""Guide `pocs`: F-K projection onto convex sets in windows, dip-weighted.

y [N, T], live L. Windows of 32 x 64 (traces x samples; the section's own size where it is smaller), starting every half
window and at the ends, blended with Hann weights sin^2(pi (i + 1/2) / n) in both directions. In a window with data D
(missing traces 0), F its 2-D FFT over twice the traces and twice the samples (zeros behind), f in cycles per sample, k in
cycles per trace; an event t = t0 + p x lies on k = -p f (modulo 1):

    1. Dip energy A(p) = sum_f |F D(f, -p f)|^2, over f > 0 and p of a uniform grid -P ... P, P = 4 samples per trace,
       nearest k; divided by 1 + (p / 1.5)^2, for flat events are the likelier ones, then by its maximum. The aliases of a regular
       mask lie on no line through the origin, so the true dips win.
    2. W(f, k) = max of A(p)^alpha over the p with nearest k; 0.05 at least. alpha = 1/2.
    3. x = D. Iterations i = 0 ... n - 1, n = 30: X = F x; keep X where W |X| > tau_i; x = L D + (1 - L) F^-1 X, cut to the window.
       tau_i = max(W |F D|) r^((i + 1) / n), r = 0.008.
"""

from functools import lru_cache

import numpy as np
from scipy import fft

WINDOW = (32, 64)
LARGEST, DIPS, ALPHA, LEAST, USUAL = 4.0, 129, 0.5, 0.05, 1.5
ITERATIONS, LAST = 30, 0.008


def starts(size, window):
    return np.unique(np.append(np.arange(0, size - window, max(window // 2, 1)), size - window))


@lru_cache(maxsize=8)
def dip_index(traces, times, largest, dips):
    """Nearest wavenumber of every dip at every frequency [times // 2 + 1, dips]."""
    f = np.arange(times // 2 + 1) / times
    p = np.linspace(-largest, largest, dips)
    return np.rint(-f[:, None] * p[None, :] * traces).astype(int) % traces


def dip_weights(spectrum, largest=LARGEST, dips=DIPS, alpha=ALPHA, least=LEAST, usual=USUAL):
    """W [windows, k, f] of spectra [windows, k, f] (f of a real FFT)."""
    windows, traces, count = spectrum.shape
    index = dip_index(traces, 2 * (count - 1), largest, dips)
    power = (spectrum.real**2 + spectrum.imag**2).transpose(0, 2, 1)  # [windows, f, k]
    rows = np.arange(count)[:, None]
    energy = power[:, rows, index][:, 1:].sum(1)  # [windows, dips]
    energy /= 1 + (np.linspace(-largest, largest, dips) / usual) ** 2
    energy /= np.maximum(energy.max(1, keepdims=True), 1e-30)
    energy = energy**alpha
    weight = np.full(power.shape, least, np.float32)
    for dip in range(dips):
        at = weight[:, rows[:, 0], index[:, dip]]
        weight[:, rows[:, 0], index[:, dip]] = np.maximum(at, energy[:, dip, None])
    return weight.transpose(0, 2, 1)


def pocs_windows(data, live, iterations=ITERATIONS, last=LAST, weighted=True, pad=2, **dip):
    """Windows [K, n, T] with their live traces [K, n], missing ones filled."""
    windows, n, samples = data.shape
    size = (fft.next_fast_len(pad * n), fft.next_fast_len(pad * samples, real=True))
    size = (size[0], size[1] + size[1] % 2)
    missing = ~live[:, :, None]
    spectrum = fft.rfft2(data, size)
    weight = dip_weights(spectrum, **dip) if weighted else np.float32(1)
    top = (weight * np.abs(spectrum)).max((1, 2), keepdims=True)
    x = data
    for i in range(iterations):
        spectrum = fft.rfft2(x, size)
        spectrum *= weight * np.abs(spectrum) > top * last ** ((i + 1) / iterations)
        x = np.where(missing, fft.irfft2(spectrum, size)[:, :n, :samples], data)
    return x


def pocs(y, live, window=WINDOW, **options):
    count, samples = y.shape
    n, m = min(window[0], count), min(window[1], samples)
    y = np.where(live[:, None], y, 0).astype(np.float32)
    places = [(i, k) for i in starts(count, n) for k in starts(samples, m)]
    taper = (np.sin(np.pi * (np.arange(n) + 0.5) / n) ** 2)[:, None] * np.sin(np.pi * (np.arange(m) + 0.5) / m) ** 2
    taper = taper.astype(np.float32)
    total, weights = np.zeros_like(y), np.zeros_like(y)
    for first in range(0, len(places), 64):
        some = places[first : first + 64]
        data = np.stack([y[i : i + n, k : k + m] for i, k in some])
        alive = np.stack([live[i : i + n] for i, _ in some])
        for (i, k), filled in zip(some, pocs_windows(data, alive, **options)):
            total[i : i + n, k : k + m] += taper * filled
            weights[i : i + n, k : k + m] += taper
    return np.where(live[:, None], y, total / weights)
