"""The cosine schedule (Nichol and Dhariwal 2021, eq. 17) of 1000 steps, as noise levels sigma = sqrt((1 - alpha_bar) / alpha_bar)."""

import numpy as np

STEPS = 1000


def alpha_bar(steps=STEPS):
    f = np.cos((np.arange(steps + 1) / steps + 0.008) / 1.008 * np.pi / 2) ** 2
    return np.cumprod(1 - np.minimum(1 - f[1:] / f[:-1], 0.999))


def sigmas(steps=STEPS):
    """Rising, [steps]."""
    bar = alpha_bar(steps)
    return np.sqrt((1 - bar) / bar)
