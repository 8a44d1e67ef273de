"""Layers that more than one family has."""

import math

import torch
from torch import nn
from torch.nn import functional as F


class ConvertError(Exception):
    """What is wrong with a checkpoint, its flags or its card, and the way out."""


def sinusoid(t, width, *, cosine_first, shift=0.0, period=10000.0):
    """Embedding [N, width] of times t [N], which may be fractional: sin and cos of t · period^(-i / (width/2 - shift)).

    Ho et al. 2020 (sine first, shift 1); Dhariwal & Nichol 2021 (cosine first, shift 0).
    """
    half = width // 2
    exponent = torch.arange(half, dtype=torch.float32) / (half - shift)
    phase = t[:, None] * torch.exp(-math.log(period) * exponent).to(t)
    parts = (phase.cos(), phase.sin()) if cosine_first else (phase.sin(), phase.cos())
    return F.pad(torch.cat(parts, dim=1), (0, width % 2))


def attend(q, k, v):
    """softmax(qᵀk / √c) v for q, k, v [..., c, positions]."""
    scale = q.shape[-2] ** -0.25  # on both sides, as the published code does: smaller products
    weights = torch.softmax((q * scale).transpose(-1, -2) @ (k * scale), dim=-1)
    return v @ weights.transpose(-1, -2)


class Halve(nn.Module):
    """A 3×3 convolution of stride 2 for even sides, zero-padded by one before the first row and column (`before`), or
    after the last ones. Padding by one on all sides is `before`: the last row and column are then never used.
    """

    def __init__(self, channels, out=None, *, before=True, name="conv"):
        super().__init__()
        self.name = name
        self.border = (1, 0, 1, 0) if before else (0, 1, 0, 1)
        setattr(self, name, nn.Conv2d(channels, out or channels, 3, stride=2))

    def forward(self, x):
        return getattr(self, self.name)(F.pad(x, self.border))


class Double(nn.Module):
    """Every pixel twice in both directions, then a 3×3 convolution."""

    def __init__(self, channels, out=None, *, name="conv"):
        super().__init__()
        self.name = name
        setattr(self, name, nn.Conv2d(channels, out or channels, 3, padding=1))

    def forward(self, x):
        return getattr(self, self.name)(repeat(x))


def repeat(x):
    """[N, C, H, W] → [N, C, 2H, 2W], every pixel four times."""
    return F.interpolate(x, scale_factor=2, mode="nearest")


def mean_pool(x):
    """[N, C, H, W] → [N, C, H/2, W/2], means of 2×2 pixels."""
    return F.avg_pool2d(x, 2)
