"""The blocks of NCSN++ (Song et al. 2021); names as in score_sde's `layerspp`."""

import math

import torch
from torch import nn
from torch.nn import functional as F

from .fir import FirConv, fir_down, fir_up
from .layers import Halve, attend, mean_pool, repeat

ACTIVATIONS = {"swish": F.silu, "elu": F.elu, "relu": F.relu, "lrelu": lambda x: F.leaky_relu(x, 0.2)}


def norm(channels):
    return nn.GroupNorm(min(channels // 4, 32), channels, eps=1e-6)


def conv(channels, out, size=3):
    return nn.Conv2d(channels, out, size, padding=size // 2)


def joined(x, h, rescale):
    return (x + h) / math.sqrt(2) if rescale else x + h


class Fourier(nn.Module):
    """sin and cos of 2π W ln σ; W is drawn once and stored."""

    def __init__(self, width):
        super().__init__()
        self.W = nn.Parameter(torch.randn(width), requires_grad=False)

    def forward(self, level):
        # multiplied in this order by the published code; at phases of 1000 another order is another float32 number
        phase = level[:, None] * self.W[None, :] * 2 * math.pi
        return torch.cat([phase.sin(), phase.cos()], dim=-1)


class NIN(nn.Module):
    """A 1×1 convolution whose matrix W is [in, out]."""

    def __init__(self, channels, out):
        super().__init__()
        self.W = nn.Parameter(torch.zeros(channels, out))
        self.b = nn.Parameter(torch.zeros(out))

    def forward(self, x):
        return F.conv2d(x, self.W.t()[:, :, None, None], self.b)


class Attention(nn.Module):
    """(x + NIN(attention(norm(x)))) / √2: one head over all pixels."""

    def __init__(self, channels, rescale):
        super().__init__()
        self.rescale = rescale
        self.GroupNorm_0 = norm(channels)
        for i in range(4):
            setattr(self, f"NIN_{i}", NIN(channels, channels))

    def forward(self, x):
        h = self.GroupNorm_0(x)
        q, k, v = (layer(h).flatten(2) for layer in (self.NIN_0, self.NIN_1, self.NIN_2))
        return joined(x, self.NIN_3(attend(q, k, v).reshape(x.shape)), self.rescale)


class Combine(nn.Module):
    """The image pyramid, brought to the features' channels and added or put beside them."""

    def __init__(self, channels, features, method):
        super().__init__()
        self.Conv = conv(channels, features, 1)
        self.cat = method == "cat"

    def forward(self, image, h):
        image = self.Conv(image)
        return torch.cat([image, h], dim=1) if self.cat else image + h


def resampler(direction, taps):
    """Without weights; `taps` of the FIR filter, or None for means and repeated pixels."""
    if taps is None:
        return mean_pool if direction == "down" else repeat
    return lambda x: fir_down(x, taps) if direction == "down" else fir_up(x, taps)


class FilteredHalf(nn.Module):
    """Half the sides: FIR filter and convolution."""

    def __init__(self, channels, out, taps):
        super().__init__()
        self.Conv2d_0 = FirConv(channels, out, taps)

    def forward(self, x):
        return self.Conv2d_0(x)


def halve(channels, out, taps):
    """Half the sides with a convolution; without `taps` a plain one, padded at the end."""
    return Halve(channels, out, before=False, name="Conv_0") if taps is None else FilteredHalf(channels, out, taps)


class ResBlock(nn.Module):
    """Resampled or not: (skip(x) + conv(act(norm(conv(act(norm(x))) + time)))) / √2.

    `biggan` blocks resample inside and have `Conv_2` on the skip where anything changes; `ddpm` blocks never resample
    and have `NIN_0` where channels change.
    """

    def __init__(self, kind, channels, out, time, act, *, rescale, resample=None):
        super().__init__()
        self.act, self.rescale, self.resample = act, rescale, resample
        self.GroupNorm_0 = norm(channels)
        self.Conv_0 = conv(channels, out)
        self.Dense_0 = nn.Linear(time, out)
        self.GroupNorm_1 = norm(out)
        self.Conv_1 = conv(out, out)
        if kind == "biggan" and (channels != out or resample):
            self.Conv_2 = conv(channels, out, 1)
        if kind == "ddpm" and channels != out:
            self.NIN_0 = NIN(channels, out)

    def forward(self, x, e):
        h = self.act(self.GroupNorm_0(x))
        if self.resample:
            h, x = self.resample(h), self.resample(x)
        h = self.Conv_0(h) + self.Dense_0(self.act(e))[:, :, None, None]
        h = self.Conv_1(self.act(self.GroupNorm_1(h)))
        for name in ("Conv_2", "NIN_0"):
            if hasattr(self, name):
                x = getattr(self, name)(x)
        return joined(x, h, self.rescale)
