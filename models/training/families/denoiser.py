"""From a published network to a graph in the prior's units, where 0…1 are the ends of the data range, and to D itself.

A network whose data are lo…hi (w = hi − lo) has x_n = lo + w·x and σ_n = w·σ, and D(x; σ) = (D_n(x_n; σ_n) − lo)/w.
Where lo = 0 and w = 1 the graph is the bare network. Otherwise it changes units inside, so that a card need not know of
them.

The D_n (docs/reference/methods.md, docs/reference/priors.md): ε: x − σε; v: x/(1+σ²) − σv/√(1+σ²); image: as it is; score: x + σ²s.
"""

import math

import numpy as np
import torch
from torch import nn

from .schedules import time_of


class Graph(nn.Module):
    """Common to all: `lo`, `w`, the network's output without a learned variance, and σ ↔ t in the graph."""

    def __init__(self, published, data_range):
        super().__init__()
        self.network, self.channels = published.network, published.channels
        self.low, self.width = float(data_range[0]), float(data_range[1] - data_range[0])
        self.time_scale = published.time_scale
        if published.sigmas is not None:
            # in the prior's units
            self.register_buffer("log_sigmas", torch.tensor(np.log(published.sigmas / self.width), dtype=torch.float32))
        self.bare = self.low == 0 and self.width == 1

    def at(self, x, t):
        return self.network(x, t * self.time_scale)[:, : self.channels]

    def scaled(self, x, sigma):
        """(lo + w·x)/√(1 + w²σ²)."""
        return (self.low + self.width * x) / torch.sqrt(1 + (self.width * sigma) ** 2)

    def log_sigma_of(self, t):
        k = t.floor().clamp(0, len(self.log_sigmas) - 2)
        below, above = (self.log_sigmas[(k + i).long()] for i in (0, 1))
        return below + (t - k) * (above - below)

    def time_at(self, log_sigma):
        k = (log_sigma[:, None] >= self.log_sigmas[None, 1:-1]).sum(1)
        below, above = self.log_sigmas[k], self.log_sigmas[k + 1]
        return k + ((log_sigma - below) / (above - below)).clamp(0, 1)


class FromTime(Graph):
    """(x/√(1+σ²), t) → what the network predicts: parametrisations `epsilon` and `v`."""

    def forward(self, x, t):
        if self.bare:
            return self.at(x, t)
        sigma = self.log_sigma_of(t).exp()[:, None, None, None]
        return self.at(self.scaled(x * torch.sqrt(1 + sigma**2), sigma), t)


class Score(Graph):
    """(x, σ) → score: w·s_n(lo + w·x, w·σ)."""

    def forward(self, x, sigma):
        if self.bare:
            return self.network(x, sigma)
        return self.width * self.network(self.low + self.width * x, self.width * sigma)


class Denoiser(Graph):
    """(x, σ) → D(x; σ), where no parametrisation of cards fits: the network gives the image, or v in other units."""

    def __init__(self, published, data_range):
        super().__init__(published, data_range)
        self.predicts = published.predicts

    def forward(self, x, sigma):
        t = self.time_at(sigma.log())
        sigma = sigma[:, None, None, None]
        scaled = self.scaled(x, sigma)
        image = self.at(scaled, t)
        if self.predicts == "v":
            wide = self.width * sigma
            image = (scaled - wide * image) / torch.sqrt(1 + wide**2)
        return (image - self.low) / self.width


def exact(value):
    """Digits enough for a card: its bounds are compared with schedules to 1e-9."""
    return float(f"{value:.12g}")


def graph_of(published, data_range):
    """(graph, the card's parametrisation, name of its second input)."""
    width = data_range[1] - data_range[0]
    bare = data_range[0] == 0 and width == 1
    if published.predicts == "score":
        return Score(published, data_range), {"kind": "score"}, "sigma"
    if published.predicts == "epsilon" or (published.predicts == "v" and bare):
        sigmas = [exact(value) for value in published.sigmas / width]
        return FromTime(published, data_range), {"kind": published.predicts, "sigmas": sigmas}, "t"
    return Denoiser(published, data_range), {"kind": "denoiser"}, "sigma"


@torch.no_grad()
def denoise(published, data_range, x, sigma):
    """D(x; σ) from the PyTorch network and the formulas above, for float32 x in the prior's units and one number σ.

    All but the network itself in float64; nothing of the graph is used.
    """
    low, width = data_range[0], data_range[1] - data_range[0]
    x, sigma = low + width * x.double(), width * sigma
    network, n = published.network, published.channels
    if published.predicts == "score":
        image = x + sigma**2 * network(x.float(), torch.full((len(x),), sigma)).double()
    else:
        root = math.sqrt(1 + sigma**2)
        t = torch.full((len(x),), time_of(published.sigmas, sigma) * published.time_scale)
        f = network((x / root).float(), t)[:, :n].double()
        image = {"epsilon": lambda: x - sigma * f, "v": lambda: x / root**2 - sigma / root * f, "sample": lambda: f}[
            published.predicts
        ]()
    return (image - low) / width


def preconditioned(parametrisation, run, x, sigma):
    """D(x; σ) as the engine forms it from a card (models/network/precondition.ts): skip·x + out·F(input·x, noise)."""
    kind = parametrisation["kind"]
    scale = 1 / math.sqrt(1 + sigma**2)
    time = time_of(parametrisation["sigmas"], sigma) if "sigmas" in parametrisation else sigma
    into, noise, skip, out = {
        "denoiser": (1, sigma, 0, 1),
        "epsilon": (scale, time, 1, -sigma),
        "v": (scale, time, scale**2, -sigma * scale),
        "score": (1, sigma, 1, sigma**2),
    }[kind]
    f = run((into * x.double()).float(), torch.full((len(x),), noise, dtype=torch.float32))
    return skip * x.double() + out * f.double()
