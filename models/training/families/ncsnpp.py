"""NCSN++ of score_sde (Song et al. 2021), variance exploding: the score s(x, σ), as DiffusionMBIR uses it.

All layers lie in one list, `all_modules.N`, in the order in which the published code makes them; a `Level` knows where
its own are. Attention is tied to levels: those whose side, in an image of the trained size, is in `attn_resolutions`.
"""

from dataclasses import dataclass, field

import torch
from torch import nn

from .layers import Double, sinusoid
from .ncsnpp_layers import (
    ACTIVATIONS,
    Attention,
    Combine,
    Fourier,
    ResBlock,
    conv,
    halve,
    joined,
    norm,
    resampler,
)  # fmt: skip


@dataclass
class Level:
    """Places in `all_modules`; None where a level has no such layer."""

    blocks: list = field(default_factory=list)
    attention: list = field(default_factory=list)
    resample: int = None
    pyramid: list = field(default_factory=list)


class NCSNpp(nn.Module):
    """(x [N, C, H, W], sigma [N]) → score [N, C, H, W]; sides are multiples of `size_multiple`."""

    def __init__(
        self, *, channels, image_size, nf, ch_mult, num_res_blocks, attn_resolutions, sigmas, fir, fir_kernel,
        skip_rescale, resblock_type, resamp_with_conv, progressive, progressive_input, progressive_combine,
        embedding_type, nonlinearity, scale_by_sigma, centered,
    ):  # fmt: skip
        super().__init__()
        self.size_multiple = 2 ** (len(ch_mult) - 1)
        self.act = ACTIVATIONS[nonlinearity]
        self.nf, self.rescale, self.kind = nf, skip_rescale, resblock_type
        self.fourier = embedding_type == "fourier"
        self.output, self.input = progressive, progressive_input
        self.scale_by_sigma, self.centered = scale_by_sigma, centered
        taps = fir_kernel if fir else None
        self.down, self.up = resampler("down", taps), resampler("up", taps)
        self.register_buffer("sigmas", torch.as_tensor(sigmas, dtype=torch.float64))  # falling, as stored

        layers = []

        def place(layer):
            layers.append(layer)
            return len(layers) - 1

        def block(channels, out, resample=None):
            how = dict(rescale=skip_rescale, resample=resample)
            return place(ResBlock(resblock_type, channels, out, 4 * nf, self.act, **how))

        def attend_at(level, channels):
            wanted = image_size // 2**level in attn_resolutions
            return place(Attention(channels, skip_rescale)) if wanted else None

        if self.fourier:
            place(Fourier(nf))
        self.embed = place(nn.Linear((2 if self.fourier else 1) * nf, 4 * nf)), place(nn.Linear(4 * nf, 4 * nf))
        self.stem = place(conv(channels, nf))

        at, image, left, last = nf, channels, [nf], len(ch_mult) - 1
        self.down_levels = [Level() for _ in ch_mult]
        for i, level in enumerate(self.down_levels):
            for _ in range(num_res_blocks):
                level.blocks.append(block(at, nf * ch_mult[i]))
                at = nf * ch_mult[i]
                level.attention.append(attend_at(i, at))
                left.append(at)
            if i == last:
                break
            if resblock_type == "biggan":
                level.resample = block(at, at, self.down)
            else:
                level.resample = place(halve(at, at, taps) if resamp_with_conv else nn.Identity())
            if progressive_input == "input_skip":
                level.pyramid = [place(Combine(image, at, progressive_combine))]
                at *= 2 if progressive_combine == "cat" else 1
            elif progressive_input == "residual":
                level.pyramid = [place(halve(image, at, taps))]
                image = at
            left.append(at)

        self.middle = block(at, at), place(Attention(at, skip_rescale)), block(at, at)

        image = 0
        self.up_levels = [Level() for _ in ch_mult]
        for i, level in reversed(list(enumerate(self.up_levels))):
            for _ in range(num_res_blocks + 1):
                level.blocks.append(block(at + left.pop(), nf * ch_mult[i]))
                at = nf * ch_mult[i]
            level.attention = [attend_at(i, at)]
            if progressive == "output_skip":
                level.pyramid = [place(norm(at)), place(conv(at, channels))]
            elif progressive == "residual" and i == last:
                level.pyramid = [place(norm(at)), place(conv(at, at))]
            elif progressive == "residual":
                level.pyramid = [place(Double(image, at, name="Conv_0"))]
            image = at
            if i > 0:
                if resblock_type == "biggan":
                    level.resample = block(at, at, self.up)
                else:
                    level.resample = place(Double(at, name="Conv_0") if resamp_with_conv else nn.Identity())
        self.head = None if progressive == "output_skip" else (place(norm(at)), place(conv(at, channels)))
        self.all_modules = nn.ModuleList(layers)

    def embedding(self, sigma):
        m = self.all_modules
        if self.fourier:
            e = m[0](sigma.log())
        else:
            # The published label is the index of σ in `sigmas`, a geometric series; between two it is fractional here.
            logs = self.sigmas.log().float()
            label = (logs[0] - sigma.log()) * ((len(logs) - 1) / (logs[0] - logs[-1]))
            e = sinusoid(label, self.nf, cosine_first=False, shift=1)
        return m[self.embed[1]](self.act(m[self.embed[0]](e)))

    def resampled(self, level, h, e, plain):
        layer = self.all_modules[level.resample]
        if self.kind == "biggan":
            return layer(h, e)
        return plain(h) if isinstance(layer, nn.Identity) else layer(h)

    def forward(self, x, sigma):
        m = self.all_modules
        e = self.embedding(sigma)
        image = x if self.centered else 2 * x - 1
        h = m[self.stem](image)
        left = [h]
        for level in self.down_levels:
            for block, attention in zip(level.blocks, level.attention):
                h = m[block](h, e)
                h = h if attention is None else m[attention](h)
                left.append(h)
            if level.resample is None:
                break
            h = self.resampled(level, h, e, self.down)
            if self.input == "input_skip":
                image = self.down(image)
                h = m[level.pyramid[0]](image, h)
            elif self.input == "residual":
                h = image = joined(m[level.pyramid[0]](image), h, self.rescale)
            left.append(h)

        first, attention, second = self.middle
        h = m[second](m[attention](m[first](h, e)), e)

        image = None
        for level in reversed(self.up_levels):
            for block in level.blocks:
                h = m[block](torch.cat([h, left.pop()], dim=1), e)
            if level.attention[0] is not None:
                h = m[level.attention[0]](h)
            if len(level.pyramid) == 2:
                seen = m[level.pyramid[1]](self.act(m[level.pyramid[0]](h)))
                image = seen if image is None else self.up(image) + seen
            elif level.pyramid:
                h = image = joined(m[level.pyramid[0]](image), h, self.rescale)
            if level.resample is not None:
                h = self.resampled(level, h, e, self.up)

        h = image if self.head is None else m[self.head[1]](self.act(m[self.head[0]](h)))
        return h / sigma[:, None, None, None] if self.scale_by_sigma else h
