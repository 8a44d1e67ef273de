"""The `UNet2DModel` of diffusers with the blocks of DDPM (Ho et al. 2020): down, up and mid blocks with or without
attention.
"""

import torch
from torch import nn
from torch.nn import functional as F

from .layers import Double, Halve, attend, mean_pool, repeat, sinusoid

OLD_ATTENTION = {"query": "to_q", "key": "to_k", "value": "to_v", "proj_attn": "to_out.0"}


class ResBlock(nn.Module):
    """(skip(x) + conv(act(norm(conv(act(norm(x))) ⊕ time)))) / `divide`; ⊕ adds, or scales and shifts the norm."""

    def __init__(self, channels, out, c, *, resample=None, divide=1):
        super().__init__()
        self.modulate, self.resample, self.divide = c.modulate, resample, divide
        self.norm1 = nn.GroupNorm(c.groups, channels, eps=c.eps)
        self.conv1 = nn.Conv2d(channels, out, 3, padding=1)
        self.time_emb_proj = nn.Linear(c.time, 2 * out if c.modulate else out)
        self.norm2 = nn.GroupNorm(c.groups, out, eps=c.eps)
        self.conv2 = nn.Conv2d(out, out, 3, padding=1)
        self.conv_shortcut = None if channels == out else nn.Conv2d(channels, out, 1)

    def forward(self, x, e):
        h = F.silu(self.norm1(x))
        if self.resample:
            h, x = self.resample(h), self.resample(x)
        h = self.conv1(h)
        e = self.time_emb_proj(F.silu(e))[:, :, None, None]
        if self.modulate:
            scale, shift = e.chunk(2, dim=1)
            h = self.norm2(h) * (1 + scale) + shift
        else:
            h = self.norm2(h + e)
        h = self.conv2(F.silu(h))
        x = x if self.conv_shortcut is None else self.conv_shortcut(x)
        return (x + h) / self.divide


class Attention(nn.Module):
    """(x + to_out(attention(norm(x)))) / `divide` over all pixels."""

    def __init__(self, channels, c, *, groups, divide=1):
        super().__init__()
        self.heads, self.divide = channels // (c.head_width or channels), divide
        inner = self.heads * (c.head_width or channels)
        self.group_norm = None if groups is None else nn.GroupNorm(groups, channels, eps=c.eps)
        self.to_q, self.to_k, self.to_v = (nn.Linear(channels, inner) for _ in range(3))
        self.to_out = nn.ModuleList([nn.Linear(inner, channels)])

    def forward(self, x):
        n, channels = x.shape[:2]
        h = x.flatten(2)
        h = h if self.group_norm is None else self.group_norm(h)
        h = h.transpose(1, 2)
        q, k, v = (
            layer(h).transpose(1, 2).reshape(n, self.heads, -1, h.shape[1])
            for layer in (self.to_q, self.to_k, self.to_v)
        )
        h = self.to_out[0](attend(q, k, v).flatten(1, 2).transpose(1, 2))
        return (x + h.transpose(1, 2).reshape(x.shape)) / self.divide


class Block(nn.Module):
    """Residual blocks, each with its attention if there is any, then one layer that halves or doubles the image."""

    def __init__(self, pairs, c, *, attention, resampler=None):
        super().__init__()
        if attention:
            self.attentions = nn.ModuleList(Attention(out, c, groups=c.groups) for _, out in pairs)
        self.resnets = nn.ModuleList(ResBlock(channels, out, c) for channels, out in pairs)
        self.attends = attention
        self.resampler = None
        if resampler:
            self.resampler, layer = resampler
            setattr(self, self.resampler, nn.ModuleList([layer]))

    def pair(self, i, h, e):
        h = self.resnets[i](h, e)
        return self.attentions[i](h) if self.attends else h

    def resampled(self, h, e):
        (layer,) = getattr(self, self.resampler)
        return layer(h, e) if isinstance(layer, ResBlock) else layer(h)


class MidBlock(nn.Module):
    def __init__(self, channels, c, *, attention, groups, divide):
        super().__init__()
        self.attentions = nn.ModuleList([Attention(channels, c, groups=groups, divide=divide)] if attention else [])
        self.resnets = nn.ModuleList(ResBlock(channels, channels, c, divide=divide) for _ in range(2))

    def forward(self, h, e):
        h = self.resnets[0](h, e)
        for layer in self.attentions:
            h = layer(h)
        return self.resnets[1](h, e)


class TimeEmbedding(nn.Module):
    def __init__(self, width, time):
        super().__init__()
        self.linear_1, self.linear_2 = nn.Linear(width, time), nn.Linear(time, time)

    def forward(self, e):
        return self.linear_2(F.silu(self.linear_1(e)))


class UNet2DModel(nn.Module):
    """(x [N, C, H, W], t [N]) → [N, out, H, W]; sides are multiples of `size_multiple`. `c`: a Config
    (diffusers_config.py).
    """

    def __init__(self, c):
        super().__init__()
        widths, last = c.widths, len(c.widths) - 1
        self.size_multiple = 2**last
        self.config = c
        self.conv_in = nn.Conv2d(c.channels, widths[0], 3, padding=1)
        self.time_embedding = TimeEmbedding(widths[0], c.time)

        def down(i):
            before = widths[max(i - 1, 0)]
            pairs = [(before if j == 0 else widths[i], widths[i]) for j in range(c.layers)]
            resampler = None
            if i < last:
                layer = Halve(widths[i], before=c.pad_before)
                if c.down_by_block[i]:
                    layer = ResBlock(widths[i], widths[i], c, resample=mean_pool)
                resampler = "downsamplers", layer
            return Block(pairs, c, attention=c.down_attention[i], resampler=resampler)

        def up(i):
            """The block that works at level i; the last of its skips comes from the level above."""
            below, above = widths[min(i + 1, last)], widths[max(i - 1, 0)]
            pairs = []
            for j in range(c.layers + 1):
                skip = above if j == c.layers else widths[i]
                pairs.append(((below if j == 0 else widths[i]) + skip, widths[i]))
            resampler = None
            if i > 0:
                layer = ResBlock(widths[i], widths[i], c, resample=repeat) if c.up_by_block[i] else Double(widths[i])
                resampler = "upsamplers", layer
            return Block(pairs, c, attention=c.up_attention[i], resampler=resampler)

        self.down_blocks = nn.ModuleList(down(i) for i in range(last + 1))
        self.mid_block = None
        if c.middle:
            self.mid_block = MidBlock(
                widths[-1], c, attention=c.middle_attention, groups=c.middle_groups, divide=c.middle_divide
            )
        self.up_blocks = nn.ModuleList(up(i) for i in range(last, -1, -1))
        self.conv_norm_out = nn.GroupNorm(c.groups, widths[0], eps=c.eps)
        self.conv_out = nn.Conv2d(widths[0], c.out, 3, padding=1)

    def forward(self, x, t):
        c = self.config
        e = self.time_embedding(sinusoid(t, c.widths[0], cosine_first=c.cosine_first, shift=c.shift))
        h = self.conv_in(2 * x - 1 if c.centre else x)
        left = [h]
        for block in self.down_blocks:
            for i in range(len(block.resnets)):
                h = block.pair(i, h, e)
                left.append(h)
            if block.resampler:
                h = block.resampled(h, e)
                left.append(h)
        if self.mid_block is not None:
            h = self.mid_block(h, e)
        for block in self.up_blocks:
            for i in range(len(block.resnets)):
                h = block.pair(i, torch.cat([h, left.pop()], dim=1), e)
            if block.resampler:
                h = block.resampled(h, e)
        return self.conv_out(F.silu(self.conv_norm_out(h)))


def modern_names(state):
    """State dicts of diffusers before 0.13 name the attention's layers otherwise; theirs, with today's names."""
    renamed = {}
    for name, value in state.items():
        parts = name.split(".")
        if "attentions" in parts and len(parts) > 1 and parts[-2] in OLD_ATTENTION:
            parts[-2] = OLD_ATTENTION[parts[-2]]
        renamed[".".join(parts)] = value
    return renamed
