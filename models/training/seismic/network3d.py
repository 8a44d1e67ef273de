"""SeisFusion's network (Wang et al., IEEE TGRS 2024) of blocks [n1, n2, samples]: half the sum of a U-Net of the noisy block and one of the condition,

    (epsilon, v) = 1/2 U1(x_t, t) + 1/2 U2(condition, t),

epsilon the noise, v in -1 ... 1 where the variance of the reverse step lies between its bounds. The first axis is never made coarser.

    x          [N, 1, n1, n2, T]    x_t
    condition  [N, 5, n1, n2, T]    m y, m, g1, g2, g3 in the gained range (README.md); the published one is m y alone, the others zero. g3 is not looked
                                    at: slicewise's guide has it, and the network is trained without
    t          [N]                  0 ... 999, fractions too
    f          [N, 2, n1, n2, T]    epsilon, v

Ours is in U1 and U2: EDM's preconditioning (Karras et al. 2022) about h = g1 + sigma_d H(condition), the estimate that the condition alone gives. With
u = x_t / sqrt(alpha_bar) and sigma_d = 0.1

    D = h + c_skip (u - h) + c_out F1(c_in u, sigma) / 2,        epsilon = (u - D) / sigma

so U1 = 2 (1 - c_skip) / sigma u - c_out / sigma F1 and U2 = -2 (1 - c_skip) / sigma h: each sees what it sees in the paper, and need not learn to copy it.
With F1 = 0 and H = 0, as untrained, D is g1 where noise is strong and u where it is weak.

H begins as the network of sections (network.py; inflate.py), line by line: its blocks are convolutions of planes [n2, T] to which those of the two
neighbours along n1 are added. F1 is convolutions in the plane and, between them, of three neighbours. All are written as two-dimensional ones, which are
faster than three-dimensional ones on the CPU.
"""

import math

import torch
from torch import nn
from torch.nn import functional as F

from model import Levels
from seismic import cosine

SIGMA_DATA = 0.1  # of x0 - g1
LOUDNESS = 0.25
SEEN = 4  # planes of the condition: m y, m, g1, g2
PLANES = 5  # of the graph's input
START = 2.0  # the noise level at which the network of sections answers from its guides alone
CONFIG = dict(
    noisy=dict(channels=(24, 48, 72), down=(1, 1), bottom=2, up=(1, 1), embedding=64),
    condition=dict(channels=(48, 96, 128, 160), down=(2, 2, 2), bottom=2, up=(2, 2, 2), embedding=64),
)


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


class WideBlock(nn.Module):
    """A block of model.py in every plane, and the two neighbouring planes' part in it, which starts at zero."""

    def __init__(self, channels, embedding):
        super().__init__()
        self.first = nn.Conv2d(channels, channels, 3, padding=1)
        self.film = nn.Linear(embedding, 2 * channels)
        self.second = nn.Conv2d(channels, channels, 3, padding=1)
        self.beside = nn.Conv2d(2 * channels, channels, 1, bias=False)
        for layer in (self.film, self.second):
            nn.init.zeros_(layer.weight)
            nn.init.zeros_(layer.bias)
        nn.init.zeros_(self.beside.weight)

    def forward(self, h, e, n1):
        a, b = self.film(e)[:, None, :, None, None].chunk(2, dim=2)
        middle = F.silu(self.first(h).unflatten(0, (-1, n1)) * (1 + a) + b)
        wide = F.pad(middle, (0, 0, 0, 0, 0, 0, 1, 1))
        beside = torch.cat([wide[:, :-2], wide[:, 2:]], dim=2).flatten(0, 1)
        return h + self.second(middle.flatten(0, 1)) + self.beside(beside)


class UNet(Levels):
    """[N, planes, n1, n2, T] and ln(sigma) / 4 [N] -> [N, outputs, n1, n2, T]; n2 and T multiples of 2^levels."""

    def __init__(self, planes, outputs, block, channels, down, bottom, up, embedding):
        super().__init__()
        self.make(planes, 4 * outputs, channels, down, bottom, up, embedding, block)

    def answer(self, x, e):
        n1 = x.shape[2]
        # First and last layer stay in float32 under autocast, as in model.py.
        with torch.autocast(x.device.type, enabled=False):
            h = self.stem(x.transpose(1, 2).flatten(0, 1).contiguous(memory_format=torch.channels_last))
        h = self.through(h, e, n1)
        with torch.autocast(x.device.type, enabled=False):
            return F.pixel_shuffle(self.head(h.float()), 2).unflatten(0, (-1, n1)).transpose(1, 2)

    def forward(self, x, c_noise):
        return self.answer(x, self.embedded(c_noise))


class OfCondition(UNet):
    """H and v: the network of sections as at its start (x = 0, sigma = 2), and what the noise level changes in it, nothing at first."""

    def __init__(self, **config):
        super().__init__(SEEN, 4, WideBlock, **config)
        width = config["embedding"]
        self.level = nn.Linear(width, width)
        nn.init.zeros_(self.level.weight)
        nn.init.zeros_(self.level.bias)

    def forward(self, seen, c_noise):
        e = self.embedded(torch.full_like(c_noise, math.log(START) / 4)) + self.level(self.embedded(c_noise))
        added, own, other, v = self.answer(seen, e).split(1, dim=1)
        # f = r + a1 g1 + a2 (g2 - g1), as in network.py
        return added + own * seen[:, 2:3] + other * seen[:, 3:4], v


class Halves(nn.Module):
    """F of EDM about g1 as `train.py` calls it: (c_in (u - g1), condition, ln(sigma) / 4) -> [N, 2, ...]: F, v."""

    def __init__(self, **config):
        super().__init__()
        self.config = {**CONFIG, **config}
        noisy, condition = self.config["noisy"], self.config["condition"]
        self.size_multiple = 2 ** max(len(noisy["channels"]), len(condition["channels"]))
        self.of_noisy = UNet(1, 2, Block, **noisy)
        self.of_condition = OfCondition(**condition)

    def forward(self, x, condition, c_noise):
        y, live, first, second = condition.split(1, dim=1)
        sigma = (4 * c_noise).exp().reshape(-1, 1, 1, 1, 1)
        total = (sigma**2 + SIGMA_DATA**2).sqrt()
        u = x + first / total
        seen = torch.cat([y / LOUDNESS, live, first / LOUDNESS, (second - first) / SIGMA_DATA], dim=1)
        noisy = self.of_noisy(u, c_noise)
        estimate, v = self.of_condition(seen, c_noise)
        # (1 - c_skip) sigma_d H / c_out = sigma H / total
        return torch.cat([0.5 * noisy[:, :1] + sigma / total * estimate, 0.5 * (noisy[:, 1:] + v)], dim=1)


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
