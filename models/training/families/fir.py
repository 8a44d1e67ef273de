"""Resampling by two with a FIR filter (Karras et al. 2020, StyleGAN2's upfirdn2d), in ordinary convolutions.

    down: y = (x, zero-padded, ∗ k) at every second pixel
    up:   y = (x with zeros between its pixels, zero-padded) ∗ 4k

k is the outer product of the taps with themselves, of sum 1. Padded as in score_sde: sides are halved and doubled.
"""

import torch
from torch import nn
from torch.nn import functional as F


def fir_kernel(taps, channels, gain=1.0):
    """[channels, 1, n, n], turned over: convolution as correlation."""
    taps = torch.as_tensor(taps, dtype=torch.float32)
    kernel = torch.outer(taps, taps)
    return (kernel * (gain / kernel.sum())).flip(0, 1).expand(channels, 1, -1, -1)


def fir_down(x, taps):
    """[N, C, H, W] → [N, C, H/2, W/2]."""
    extra = len(taps) - 2
    before, after = (extra + 1) // 2, extra // 2
    channels = x.shape[1]
    kernel = fir_kernel(taps, channels).to(x)
    return F.conv2d(F.pad(x, (before, after, before, after)), kernel, stride=2, groups=channels)


def fir_up(x, taps):
    """[N, C, H, W] → [N, C, 2H, 2W]."""
    n, channels = len(taps), x.shape[1]
    # A transposed convolution is the whole convolution of the spread-out image: 2H + n - 2 rows, 2H of which stay.
    first = n - 2 - (n - 1) // 2
    kernel = fir_kernel(taps, channels, gain=4.0).flip(2, 3).to(x)  # turned back: it turns its kernel over itself
    whole = F.conv_transpose2d(x, kernel, stride=2, padding=first, groups=channels)
    uneven = n - 2 - 2 * first  # rows too many at the end, for an odd number of taps
    return whole if uneven == 0 else whole[:, :, : whole.shape[2] - uneven, : whole.shape[3] - uneven]


class FirConv(nn.Module):
    """FIR filter, then a 3×3 convolution of stride 2: padded once, before both."""

    def __init__(self, channels, out, taps):
        super().__init__()
        self.taps = taps
        self.weight = nn.Parameter(torch.zeros(out, channels, 3, 3))
        self.bias = nn.Parameter(torch.zeros(out))

    def forward(self, x):
        extra = len(self.taps) - 2 + 2
        before, after = (extra + 1) // 2, extra // 2
        channels = x.shape[1]
        kernel = fir_kernel(self.taps, channels).to(x)
        smooth = F.conv2d(F.pad(x, (before, after, before, after)), kernel, groups=channels)
        return F.conv2d(smooth, self.weight, self.bias, stride=2)
