"""The U-Net of guided-diffusion (Dhariwal & Nichol 2021), as DDS trains it: noise ε, perhaps with a variance.

Blocks are numbered along the network: `input_blocks.N` halve the image between levels, `output_blocks.N` join what they
left. In a residual block `in_layers` = norm, SiLU, conv; `emb_layers` = SiLU, linear; `out_layers` = norm, SiLU,
dropout, conv.
"""

import torch
from torch import nn

from .layers import ConvertError, Double, Halve, attend, mean_pool, repeat, sinusoid

GROUPS = 32  # of every normalisation in the published code


class ResBlock(nn.Module):
    """skip(x) + conv(silu(norm(conv(silu(norm(x))) ⊕ time))); ⊕ adds, or (`modulate`) scales and shifts the norm."""

    def __init__(self, channels, out, time, *, modulate, groups, resample=None):
        super().__init__()
        self.modulate, self.resample = modulate, resample
        self.in_layers = nn.Sequential(
            nn.GroupNorm(groups, channels), nn.SiLU(), nn.Conv2d(channels, out, 3, padding=1)
        )
        self.emb_layers = nn.Sequential(nn.SiLU(), nn.Linear(time, 2 * out if modulate else out))
        self.out_layers = nn.Sequential(
            nn.GroupNorm(groups, out), nn.SiLU(), nn.Identity(), nn.Conv2d(out, out, 3, padding=1)
        )
        self.skip_connection = nn.Identity() if channels == out else nn.Conv2d(channels, out, 1)

    def forward(self, x, e):
        norm, activate, first = self.in_layers
        h = activate(norm(x))
        if self.resample:
            h, x = self.resample(h), self.resample(x)
        h = first(h)
        e = self.emb_layers(e)[:, :, None, None]
        if self.modulate:
            scale, shift = e.chunk(2, dim=1)
            norm, activate, _, second = self.out_layers
            h = second(activate(norm(h) * (1 + scale) + shift))
        else:
            h = self.out_layers(h + e)
        return self.skip_connection(x) + h


class Attention(nn.Module):
    """x + proj(attention(norm(x))) over all pixels. Rows of `qkv`: [head][q, k, v] (legacy), or [q, k, v][head]."""

    def __init__(self, channels, heads, *, legacy, groups):
        super().__init__()
        self.heads, self.legacy = heads, legacy
        self.norm = nn.GroupNorm(groups, channels)
        self.qkv = nn.Conv1d(channels, 3 * channels, 1)
        self.proj_out = nn.Conv1d(channels, channels, 1)

    def forward(self, x):
        n, channels = x.shape[:2]
        size = channels // self.heads
        qkv = self.qkv(self.norm(x).flatten(2))
        if self.legacy:
            q, k, v = qkv.reshape(n, self.heads, 3, size, -1).unbind(2)
        else:
            q, k, v = qkv.reshape(n, 3, self.heads, size, -1).unbind(1)
        return x + self.proj_out(attend(q, k, v).reshape(n, channels, -1)).reshape(x.shape)


class Stage(nn.Sequential):
    """Layers one after another; residual blocks also get the time embedding."""

    def forward(self, x, e):
        for layer in self:
            x = layer(x, e) if isinstance(layer, ResBlock) else layer(x)
        return x


class UNetModel(nn.Module):
    """(x [N, C, H, W], t [N]) → [N, out, H, W]; sides are multiples of `size_multiple`.

    `attention` holds the downsampling factors at which there is attention; `head_width` -1: `heads` heads at all
    widths.
    """

    def __init__(
        self, *, channels, width, out, blocks, attention, multiply, heads=1, head_width=-1, heads_up=-1,
        modulate=False, resample_blocks=False, new_order=False, groups=GROUPS,
    ):  # fmt: skip
        super().__init__()
        self.size_multiple = 2 ** (len(multiply) - 1)
        self.width = width
        time = 4 * width
        self.time_embed = nn.Sequential(nn.Linear(width, time), nn.SiLU(), nn.Linear(time, time))

        def residual(channels, out, resample=None):
            return ResBlock(channels, out, time, modulate=modulate, groups=groups, resample=resample)

        def attend_at(channels, count):
            if head_width != -1 and channels % head_width:
                raise ConvertError(f"{channels} channels are no multiple of --num-head-channels {head_width}")
            count = count if head_width == -1 else channels // head_width
            return Attention(channels, count, legacy=not new_order, groups=groups)

        at = int(multiply[0] * width)
        self.input_blocks = nn.ModuleList([Stage(nn.Conv2d(channels, at, 3, padding=1))])
        left, factor = [at], 1
        for level, multiplier in enumerate(multiply):
            for _ in range(blocks):
                layers = [residual(at, int(multiplier * width))]
                at = int(multiplier * width)
                if factor in attention:
                    layers.append(attend_at(at, heads))
                self.input_blocks.append(Stage(*layers))
                left.append(at)
            if level < len(multiply) - 1:
                self.input_blocks.append(
                    Stage(residual(at, at, mean_pool) if resample_blocks else Halve(at, name="op"))
                )
                left.append(at)
                factor *= 2

        self.middle_block = Stage(residual(at, at), attend_at(at, heads), residual(at, at))

        self.output_blocks = nn.ModuleList()
        for level, multiplier in reversed(list(enumerate(multiply))):
            for block in range(blocks + 1):
                layers = [residual(at + left.pop(), int(multiplier * width))]
                at = int(multiplier * width)
                if factor in attention:
                    layers.append(attend_at(at, heads if heads_up == -1 else heads_up))
                if level > 0 and block == blocks:
                    layers.append(residual(at, at, repeat) if resample_blocks else Double(at))
                    factor //= 2
                self.output_blocks.append(Stage(*layers))
        self.out = nn.Sequential(nn.GroupNorm(groups, at), nn.SiLU(), nn.Conv2d(at, out, 3, padding=1))

    def forward(self, x, t):
        e = self.time_embed(sinusoid(t, self.width, cosine_first=True))
        left = []
        for stage in self.input_blocks:
            x = stage(x, e)
            left.append(x)
        x = self.middle_block(x, e)
        for stage in self.output_blocks:
            x = stage(torch.cat([x, left.pop()], dim=1), e)
        return self.out(x)
