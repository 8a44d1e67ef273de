"""The denoiser: a residual U-Net F inside EDM preconditioning (Karras et al. 2022, table 1).

    D(x; sigma) = c_skip x + c_out F(c_in x, c_noise)
    c_skip = sd^2 / (sigma^2 + sd^2)      c_out   = sigma sd / sqrt(sigma^2 + sd^2)
    c_in   = 1 / sqrt(sigma^2 + sd^2)     c_noise = ln(sigma) / 4

F works at half the pixel grid (the stem is a 2x pixel-unshuffle and a 3x3 convolution written as one 6x6 convolution
of stride 2), then at a quarter, an eighth and a sixteenth. No attention and no normalisation: every output depends on its
neighbourhood alone, so crops and whole slices of any size see the same function, and inference is convolutions.
"""

import math
import platform

import torch
from torch import nn
from torch.nn import functional as F

SIGMA_DATA = 0.25
CONFIG = dict(images=1, channels=(32, 64, 128, 192), down=(2, 2, 2), bottom=2, up=(2, 2, 1), embedding=64, conditions=0, outputs=0)


# sin(pi f) / f as a polynomial in f^2 for |f| <= 1/2, by least squares at Chebyshev points: 3e-11 off.
SINE = (3.141592654, -5.167712765, 2.550163319, -0.5992522022, 0.08205042274, -0.00702842207)


def waves(phase):
    """sin and cos of `phase` [N, K] as [N, 2K], from sums and products: WebGPU lets drivers be 2^-11 off with their own."""
    turns = phase / (2 * math.pi)
    turns = torch.cat([turns - 0.25, turns], dim=1)
    f = turns - torch.floor(turns + 0.5)
    square, half = f * f, SINE[-1]
    for coefficient in SINE[-2::-1]:
        half = half * square + coefficient
    return 1 - 2 * (half * f) ** 2


class Block(nn.Module):
    """x + conv(silu(a(sigma) conv(x) + b(sigma))), the second convolution starting at zero."""

    def __init__(self, channels, embedding):
        super().__init__()
        self.first = nn.Conv2d(channels, channels, 3, padding=1)
        self.film = nn.Linear(embedding, 2 * channels)
        self.second = nn.Conv2d(channels, channels, 3, padding=1)
        for layer in (self.film, self.second):
            nn.init.zeros_(layer.weight)
            nn.init.zeros_(layer.bias)

    def forward(self, x, e):
        a, b = self.film(e)[:, :, None, None].chunk(2, dim=1)
        return x + self.second(F.silu(self.first(x) * (1 + a) + b))


class Levels(nn.Module):
    """What U-Nets of such blocks have in common: embedding of the noise level, stem and head (2 x 2 pixels a value), blocks of every level."""

    def make(self, planes, out, channels, down, bottom, up, embedding, block):
        self.register_buffer("frequencies", 0.5 * 2 ** torch.linspace(0, 5, 16), persistent=False)
        self.embed = nn.Sequential(nn.Linear(33, embedding), nn.SiLU(), nn.Linear(embedding, embedding), nn.SiLU())
        self.stem = nn.Conv2d(planes, channels[0], 6, stride=2, padding=2)
        self.head = nn.Conv2d(channels[0], out, 3, padding=1)
        nn.init.zeros_(self.head.weight)
        nn.init.zeros_(self.head.bias)

        def stack(level, count):
            return nn.ModuleList(block(channels[level], embedding) for _ in range(count))

        levels = range(len(channels) - 1)
        self.down = nn.ModuleList(stack(level, down[level]) for level in levels)
        self.bottom = stack(len(channels) - 1, bottom)
        self.up = nn.ModuleList(stack(level, up[level]) for level in levels)
        self.shrink = nn.ModuleList(nn.Conv2d(channels[i], channels[i + 1], 2, stride=2) for i in levels)
        self.grow = nn.ModuleList(nn.Conv2d(channels[i + 1], 4 * channels[i], 1) for i in levels)

    def embedded(self, c_noise):
        return self.embed(torch.cat([c_noise[:, None], waves(c_noise[:, None] * self.frequencies)], dim=1))

    def through(self, h, *given):
        """From the stem's images to those that the head is given; `given` to every block."""
        skips = []
        for blocks, shrink in zip(self.down, self.shrink):
            for block in blocks:
                h = block(h, *given)
            skips.append(h)
            h = shrink(h)
        for block in self.bottom:
            h = block(h, *given)
        for blocks, grow, skip in reversed(list(zip(self.up, self.grow, skips))):
            h = F.pixel_shuffle(grow(h), 2) + skip
            for block in blocks:
                h = block(h, *given)
        return h


class UNet(Levels):
    """F: (c_in x [N, images + conditions, H, W], c_noise [N]) -> [N, images, H, W]; H and W multiples of `size_multiple`.

    `conditions`: further planes that the network sees beside the noisy image, of about unit variance; `outputs`: planes of the output
    if there are not as many as images.
    """

    def __init__(self, **config):
        super().__init__()
        self.config = {**CONFIG, **config}
        images, channels, down, bottom, up, embedding, conditions, outputs = (self.config[key] for key in CONFIG)
        self.size_multiple = 2 ** len(channels)
        self.make(images + conditions, 4 * (outputs or images), channels, down, bottom, up, embedding, Block)

    def forward(self, x, c_noise):
        e = self.embedded(c_noise)
        # First and last layer stay in float32 under autocast: at sigma = 0.002 the noise is below bfloat16's rounding.
        with torch.autocast(x.device.type, enabled=False):
            h = self.stem(x)
        h = self.through(h, e)
        with torch.autocast(x.device.type, enabled=False):
            return F.pixel_shuffle(self.head(h.float()), 2)


def preconditioning(sigma, sigma_data=SIGMA_DATA, dimensions=4):
    """c_skip, c_out, c_in [N, 1, ...] for tensors of so many dimensions, and c_noise [N], for sigma [N]."""
    s = sigma.reshape(-1, *[1] * (dimensions - 1))
    total = s**2 + sigma_data**2
    return sigma_data**2 / total, s * sigma_data / total.sqrt(), 1 / total.sqrt(), sigma.log() / 4


def denoise(network, x, sigma, sigma_data=SIGMA_DATA, base=0.0, given=()):
    """D(x; sigma) for noisy x [N, images, H, W] and sigma [N]: base + c_skip (x - base) + c_out F(c_in (x - base), given).

    `base` is what is known of the image beforehand, `given` further inputs of the network.
    """
    c_skip, c_out, c_in, c_noise = preconditioning(sigma, sigma_data, x.ndim)
    return base + c_skip * (x - base) + c_out * network(c_in * (x - base), *given, c_noise)


def denoiser_of(network, sigma_data=SIGMA_DATA):
    """D(x, sigma, base, given) of a network."""
    return lambda x, sigma, base=0.0, given=(): denoise(network, x, sigma, sigma_data, base, given)


def parameter_count(network):
    return sum(p.numel() for p in network.parameters())


def averaged_network(state, make=UNet):
    """The network of a checkpoint that `torch.load` read, with its averaged weights, for inference."""
    network = make(**state["config"])
    network.load_state_dict(state["average"])
    return network.eval().requires_grad_(False)


def mixed_precision(device):
    """Autocast to bfloat16 where the device has it: a processor that has not takes ten times as long with it as in float32."""
    native = device.type != "cpu" or torch.cpu._is_avx512_bf16_supported() or platform.machine() in ("arm64", "aarch64")
    return torch.autocast(device.type, dtype=torch.bfloat16, enabled=native)
