"""Layers against definitions written out: loops, closed forms and PyTorch's own attention."""

import math

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from families import adm, schedules
from families.fir import FirConv, fir_down, fir_up
from families.layers import Double, Halve, attend, sinusoid
from families.ncsnpp_layers import Attention, Fourier
from support import images, randomised


def resampled(image, kernel, up, down, before, after):
    """upfirdn2d by its definition: zeros between the pixels, zeros around, convolution, every `down`-th pixel."""
    spread = np.zeros([up * side for side in image.shape])
    spread[::up, ::up] = image
    padded = np.pad(spread, (before, after))
    n = len(kernel)
    rows, columns = (side - n + 1 for side in padded.shape)
    out = np.zeros((rows, columns))
    for i in range(rows):
        for j in range(columns):
            for a in range(n):
                for b in range(n):
                    out[i, j] += kernel[a, b] * padded[i + n - 1 - a, j + n - 1 - b]
    return out[::down, ::down]


# the last is not symmetric: a filter used the wrong way round would show
@pytest.mark.parametrize("taps", [(1, 3, 3, 1), (1, 2, 1), (1, 1), (1, 2, 5, 3)])
def test_fir_resampling_is_zero_insertion_padding_convolution_and_selection(taps):
    kernel = np.outer(taps, taps) / sum(taps) ** 2
    x = images(2, 3, 6, 4).double()
    extra = len(taps) - 2
    for sample in range(2):
        for channel in range(3):
            image = x[sample, channel].numpy()
            down = resampled(image, kernel, 1, 2, (extra + 1) // 2, extra // 2)
            up = resampled(image, 4 * kernel, 2, 1, (extra + 1) // 2 + 1, extra // 2)
            assert down.shape == (3, 2) and up.shape == (12, 8)
            assert np.allclose(fir_down(x, taps)[sample, channel].numpy(), down, atol=1e-6)
            assert np.allclose(fir_up(x, taps)[sample, channel].numpy(), up, atol=1e-6)


def test_filtered_convolution_pads_once_before_both():
    taps = (1, 2, 5, 3)
    layer = randomised(FirConv(2, 3, taps)).double()
    x = images(1, 2, 8, 6).double()
    kernel = np.outer(taps, taps) / sum(taps) ** 2
    smooth = np.stack([resampled(image, kernel, 1, 1, 2, 2) for image in x[0].numpy()])
    expected = np.zeros((3, 4, 3))
    for out in range(3):
        for i in range(4):
            for j in range(3):
                window = smooth[:, 2 * i : 2 * i + 3, 2 * j : 2 * j + 3]
                expected[out, i, j] = (window * layer.weight[out].numpy()).sum() + layer.bias[out].item()
    assert np.allclose(layer(x)[0].numpy(), expected, atol=1e-6)


def test_time_embeddings():
    t = 12.75
    for cosine_first, shift in ((True, 0.0), (False, 1.0)):
        angles = [t * 10000 ** (-i / (4 - shift)) for i in range(4)]
        parts = [[math.cos(a) for a in angles], [math.sin(a) for a in angles]]
        expected = sum(parts if cosine_first else parts[::-1], [])
        got = sinusoid(torch.tensor([t]), 8, cosine_first=cosine_first, shift=shift)[0]
        assert np.allclose(got.numpy(), expected, atol=1e-6)
    assert sinusoid(torch.tensor([t]), 9, cosine_first=True)[0, 8] == 0
    layer = Fourier(3)
    w = layer.W.tolist()
    angles = [2 * math.pi * v * math.log(5.0) for v in w]
    expected = [math.sin(a) for a in angles] + [math.cos(a) for a in angles]
    assert np.allclose(layer(torch.tensor([5.0]).log())[0].detach().numpy(), expected, atol=1e-5)


def test_attention_is_scaled_dot_product_attention():
    q, k, v = (images(2, 3, 4, 10, seed=i) for i in range(3))  # [N, heads, channels, positions]
    expected = F.scaled_dot_product_attention(q.mT, k.mT, v.mT).mT
    assert (attend(q, k, v) - expected).abs().max() < 1e-6


@pytest.mark.parametrize("legacy", [True, False])
def test_rows_of_qkv(legacy):
    """Legacy: head by head q, k, v. New: all heads of q, then of k, then of v."""
    heads, size, channels = 2, 4, 8
    layer = randomised(adm.Attention(channels, heads, legacy=legacy, groups=2))
    x = images(1, channels, 3, 5)
    rows = layer.qkv.weight[:, :, 0] @ layer.norm(x).flatten(2)[0] + layer.qkv.bias[:, None]
    together = []
    for head in range(heads):
        start = [(head * 3 + part if legacy else part * heads + head) * size for part in range(3)]
        q, k, v = (rows[s : s + size] for s in start)
        together.append(v @ torch.softmax(q.t() @ k / math.sqrt(size), dim=1).t())
    h = layer.proj_out.weight[:, :, 0] @ torch.cat(together) + layer.proj_out.bias[:, None]
    assert (layer(x) - (x + h.reshape(x.shape))).abs().max() < 1e-5


def test_attention_of_ncsnpp_has_one_head_and_matrices_from_the_left():
    layer = randomised(Attention(8, rescale=True))
    x = images(1, 8, 3, 5)
    h = layer.GroupNorm_0(x)[0].permute(1, 2, 0)
    q, k, v = (h @ nin.W + nin.b for nin in (layer.NIN_0, layer.NIN_1, layer.NIN_2))
    weights = torch.softmax(torch.einsum("hwc,ijc->hwij", q, k).reshape(15, 15) / math.sqrt(8), dim=1)
    mixed = (weights @ v.reshape(15, 8)) @ layer.NIN_3.W + layer.NIN_3.b
    expected = (x[0] + mixed.reshape(3, 5, 8).permute(2, 0, 1)) / math.sqrt(2)
    assert (layer(x)[0] - expected).abs().max() < 1e-5


def test_halving_and_doubling_convolutions():
    x = images(1, 2, 6, 8)
    layer = randomised(Halve(2, 3))
    assert (layer(x) - F.conv2d(x, layer.conv.weight, layer.conv.bias, stride=2, padding=1)).abs().max() < 1e-6
    late = randomised(Halve(2, 3, before=False))
    padded = torch.zeros(1, 2, 7, 9)
    padded[:, :, :6, :8] = x
    assert (late(x) - F.conv2d(padded, late.conv.weight, late.conv.bias, stride=2)).abs().max() < 1e-6
    up = randomised(Double(2, 3))
    large = torch.from_numpy(np.kron(x.numpy(), np.ones((1, 1, 2, 2), np.float32)))
    assert (up(x) - F.conv2d(large, up.conv.weight, up.conv.bias, padding=1)).abs().max() < 1e-6


def test_residual_block_of_guided_diffusion():
    """silu(norm(h)·(1 + scale) + shift), and h + time, written out; resampling is after the activation."""
    x, e = images(1, 4, 4, 4), images(1, 6, seed=2)
    for modulate in (True, False):
        for resample in (None, nn.AvgPool2d(2)):
            b = randomised(adm.ResBlock(4, 8, 6, modulate=modulate, groups=2, resample=resample))
            same = resample or (lambda v: v)
            time = F.linear(F.silu(e), b.emb_layers[1].weight, b.emb_layers[1].bias)[:, :, None, None]
            h = b.in_layers[2](same(F.silu(F.group_norm(x, 2, b.in_layers[0].weight, b.in_layers[0].bias))))
            normed = lambda v, b=b: F.group_norm(v, 2, b.out_layers[0].weight, b.out_layers[0].bias)
            h = normed(h) * (1 + time[:, :8]) + time[:, 8:] if modulate else normed(h + time)
            expected = b.skip_connection(same(x)) + b.out_layers[3](F.silu(h))
            assert (b(x, e) - expected).abs().max() < 1e-5


def test_levels_of_the_published_schedules():
    """σ at steps of DDPM's linear schedule, as in the literature of DDS; the cosine schedule from its own ᾱ."""
    sigmas = schedules.sigmas_of(schedules.linear(1000))
    for t, sigma in ((0, 0.0100), (1, 0.0148), (2, 0.0190), (20, 0.0794), (980, 130.14)):
        assert abs(sigmas[t] / sigma - 1) < 5e-3
    bar = lambda t: math.cos((t + 0.008) / 1.008 * math.pi / 2) ** 2
    cosine = schedules.sigmas_of(schedules.cosine(1000))
    for t in (0, 499, 900):
        level = bar((t + 1) / 1000) / bar(0)
        assert abs(cosine[t] / math.sqrt((1 - level) / level) - 1) < 1e-9


def test_steps_of_levels_are_linear_in_their_logarithm():
    sigmas = np.array([0.01, 0.1, 1.0])
    assert schedules.time_of(sigmas, 0.1) == pytest.approx(1)
    assert schedules.time_of(sigmas, 0.1**0.5) == pytest.approx(1.5)


def test_group_norms_have_the_published_epsilon():
    assert adm.ResBlock(8, 8, 4, modulate=False, groups=4).in_layers[0].eps == 1e-5
    assert Attention(8, True).GroupNorm_0.eps == 1e-6
    assert isinstance(Attention(8, True).GroupNorm_0, nn.GroupNorm) and Attention(8, True).GroupNorm_0.num_groups == 2
