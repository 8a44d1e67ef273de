"""Noise schedules of variance-preserving networks: β of T steps, and σ = √((1 − ᾱ)/ᾱ), ᾱ_t = Π_{s ≤ t} (1 − β_s)."""

import numpy as np

from .layers import ConvertError


def linear(steps, first=1e-4, last=2e-2):
    return np.linspace(first, last, steps)


def scaled_linear(steps, first, last):
    return np.linspace(first**0.5, last**0.5, steps) ** 2


def cosine(steps):
    """Nichol & Dhariwal 2021, eq. 17: ᾱ(t) ∝ cos²((t/T + 0.008)/1.008 · π/2), β at most 0.999."""
    level = np.cos((np.arange(steps + 1) / steps + 0.008) / 1.008 * np.pi / 2) ** 2
    return np.minimum(1 - level[1:] / level[:-1], 0.999)


def zero_terminal(betas):
    """The schedule stretched so that its last step is pure noise (Lin et al. 2024, algorithm 1)."""
    root = np.sqrt(np.cumprod(1 - betas))
    root = (root - root[-1]) * root[0] / (root[0] - root[-1])
    level = root**2
    return 1 - np.concatenate([level[:1], level[1:] / level[:-1]])


def sigmas_of(betas):
    """σ of every step, rising. A last step of pure noise has no σ and is left out."""
    level = np.cumprod(1 - np.asarray(betas, dtype=np.float64))
    level = level[level > 0]
    sigmas = np.sqrt((1 - level) / level)
    if len(sigmas) < 2 or not (np.diff(sigmas) > 0).all() or sigmas[0] <= 0:
        raise ConvertError("the noise schedule does not rise: are its β between 0 and 1?")
    return sigmas


def time_of(sigmas, sigma):
    """The fractional step of σ: linear in ln σ between the table's levels, clamped to its ends."""
    return float(np.interp(np.log(sigma), np.log(sigmas), np.arange(len(sigmas))))
