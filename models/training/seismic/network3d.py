"""SeisFusion's network (Wang et al., IEEE TGRS 2024) of blocks [n1, n2, samples]: half the sum of a U-Net of the noisy block and one of the condition,

    (epsilon, v) = 1/2 U1(x_t, t) + 1/2 U2(condition, t),

epsilon the noise, v in -1 ... 1 where the variance of the reverse step lies between its bounds. The first axis is never made coarser.

    x          [N, 1, n1, n2, T]    x_t
    condition  [N, 5, n1, n2, T]    m y, m, g1, g2, g3 in the gained range (README.md); the published one is m y alone, the others zero. g3 is not looked
                                    at: slicewise's guide has it, and the network is trained without
    t          [N]                  0 ... 999, fractions too
    f          [N, 2, n1, n2, T]    epsilon, v

Ours is in U1 and U2: EDM's preconditioning (Karras et al. 2022) about g1. With u = x_t / sqrt(alpha_bar) and sigma_d = 0.1

    D = g1 + c_skip (u - g1) + c_out (F1(c_in u, sigma) + F2(condition, sigma)) / 2,        epsilon = (u - D) / sigma

so U1 = 2 (1 - c_skip) / sigma u - c_out / sigma F1 and U2 = -2 (1 - c_skip) / sigma g1 - c_out / sigma F2: each sees what it sees in the paper, and need not
learn to copy it. F1 and F2 are convolutions of planes [n2, T] and, between them, of three neighbours along n1, all written as two-dimensional ones, which
are faster than three-dimensional ones on the CPU.
"""

import torch
from torch import nn
from torch.nn import functional as F

from model import Levels
from seismic import cosine

SIGMA_DATA = 0.1  # of x0 - g1
LOUDNESS = 0.25
SEEN = 4  # planes of the condition: m y, m, g1, g2
PLANES = 5  # of the graph's input
CONFIG = dict(channels=(32, 64, 96), down=(1, 1), bottom=2, up=(1, 1), embedding=64)


def neighbours(h, n1):
    """[N n1, C, ...] -> [N n1, 3 C, ...]: the plane before, the plane, the plane after; zeros outside."""
    planes = h.unflatten(0, (-1, n1))
    wide = F.pad(planes, (0, 0, 0, 0, 0, 0, 1, 1))
    return torch.cat([wide[:, :-2], planes, wide[:, 2:]], dim=2).flatten(0, 1)


class Block(nn.Module):
    """h + across(silu(a(sigma) along(h) + b(sigma))): along in the plane, 3 x 3, across three planes; `across` starts at zero."""

    def __init__(self, channels, embedding):
        super().__init__()
        self.along = nn.Conv2d(channels, channels, 3, padding=1)
        self.film = nn.Linear(embedding, 2 * channels)
        self.across = nn.Conv2d(3 * channels, channels, 1)
        for layer in (self.film, self.across):
            nn.init.zeros_(layer.weight)
            nn.init.zeros_(layer.bias)

    def forward(self, h, e, n1):
        a, b = self.film(e)[:, None, :, None, None].chunk(2, dim=2)
        middle = self.along(h).unflatten(0, (-1, n1))
        return h + self.across(neighbours(F.silu(middle * (1 + a) + b).flatten(0, 1), n1))


class UNet(Levels):
    """[N, planes, n1, n2, T] and ln(sigma) / 4 [N] -> [N, 2, n1, n2, T]; n2 and T multiples of 2^levels."""

    def __init__(self, planes, channels, down, bottom, up, embedding):
        super().__init__()
        self.make(planes, 8, channels, down, bottom, up, embedding, Block)

    def forward(self, x, c_noise):
        n1 = x.shape[2]
        e = self.embedded(c_noise)
        # First and last layer stay in float32 under autocast, as in model.py.
        with torch.autocast(x.device.type, enabled=False):
            h = self.stem(x.transpose(1, 2).flatten(0, 1).contiguous(memory_format=torch.channels_last))
        h = self.through(h, e, n1)
        with torch.autocast(x.device.type, enabled=False):
            return F.pixel_shuffle(self.head(h.float()), 2).unflatten(0, (-1, n1)).transpose(1, 2)


class Halves(nn.Module):
    """(F1 + F2) / 2 as `train.py` calls it: (c_in (u - g1), condition, ln(sigma) / 4) -> [N, 2, ...]: F, v."""

    def __init__(self, **config):
        super().__init__()
        self.config = {**CONFIG, **config}
        self.size_multiple = 2 ** len(self.config["channels"])
        self.of_noisy = UNet(1, **self.config)
        self.of_condition = UNet(SEEN, **self.config)

    def forward(self, x, condition, c_noise):
        y, live, first, second = condition.split(1, dim=1)
        sigma = (4 * c_noise).exp().reshape(-1, 1, 1, 1, 1)
        u = x + first / (sigma**2 + SIGMA_DATA**2).sqrt()
        seen = torch.cat([y / LOUDNESS, live, first / LOUDNESS, (second - first) / SIGMA_DATA], dim=1)
        return 0.5 * (self.of_noisy(u, c_noise) + self.of_condition(seen, c_noise))


class Epsilon(nn.Module):
    """The published form, (x_t, condition, t) -> epsilon, v, of trained `Halves`: what is exported."""

    def __init__(self, halves):
        super().__init__()
        self.halves, self.config, self.size_multiple = halves, halves.config, halves.size_multiple
        self.register_buffer("levels", torch.from_numpy(cosine.sigmas()).log().float())

    def forward(self, x, condition, t):
        lower = t.floor().clamp(0, cosine.STEPS - 2)
        index = lower.long()
        level = self.levels[index] + (t - lower) * (self.levels[index + 1] - self.levels[index])
        sigma = level.exp().reshape(-1, 1, 1, 1, 1)
        total = sigma**2 + SIGMA_DATA**2
        g1 = condition[:, 2:3]
        # u - g1, u = x_t / sqrt(alpha_bar), in units of sigma where that is large
        away = x * (1 + sigma**2).sqrt() - g1
        f = self.halves(away / total.sqrt(), condition[:, :SEEN], level / 4)
        epsilon = away * (sigma / total) - (SIGMA_DATA / total.sqrt()) * f[:, :1]
        return torch.cat([epsilon, f[:, 1:]], dim=1)


def log_ratio(index):
    """ln(beta / beta_tilde) of the reverse steps from levels `index` >= 1."""
    bar = torch.from_numpy(cosine.alpha_bar())
    return ((1 - bar[index]) / (1 - bar[index - 1])).log()


def variance_loss(v, error, index):
    """What of the KL divergence of the reverse step depends on v, over (ln(beta / beta_tilde))^2; [N].

    v [N, 1, ...] in -1 ... 1, `error` x0 - D without gradient, `index` [N] the step of the schedule, 0 counting nothing. In units of sqrt(alpha_bar'), the
    reverse step from sigma to s has a mean (1 - r^2) D + r^2 u, r = s / sigma, and beta_tilde = s^2 (1 - r^2), so that with w = (v + 1) / 2, L = ln(beta / beta_tilde)

        KL = 1/2 (w L + exp(-w L) (1 + (1 - r^2) error^2 / s^2) - 1)

    Its constant part and the scale L^2 are left out: w matters as much at every level.
    """
    levels = torch.from_numpy(cosine.sigmas())
    first = index.clamp(min=1)
    shape = (-1, *[1] * (v.ndim - 1))
    # L is 1e-3 where noise is strong, and what is left of the sum is of its square
    sigma, lower = levels[first].reshape(shape), levels[first - 1].reshape(shape)
    L = log_ratio(first).reshape(shape)
    far = (1 - (lower / sigma) ** 2) * error.double() ** 2 / lower**2
    wl = (v.double() + 1) / 2 * L
    each = (0.5 * (wl + torch.expm1(-wl) * (1 + far)) / L**2).mean(tuple(range(1, v.ndim)))
    return torch.where(index > 0, each, torch.zeros_like(each)).float()


def parameter_text(network):
    count = [sum(p.numel() for p in half.parameters()) for half in (network.of_noisy, network.of_condition)]
    return f"U1 {count[0] / 1e6:.2f} M, U2 {count[1] / 1e6:.2f} M parameters"
