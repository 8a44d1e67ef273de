"""Our networks against those of diffusers, on the same random weights. Skipped where diffusers is not installed.

Its UNet2DModel is what diffusers_unet.py has to equal. With residual blocks that resample and time that scales and
shifts it is guided-diffusion's U-Net, and with `Skip` blocks score_sde's NCSN++ (both are how diffusers itself runs
those checkpoints), so that it is an independent implementation of all three. Last run with diffusers 0.42.1.
"""

import json

import numpy as np
import pytest
import torch

from families import adm, diffusers_config, diffusers_unet, schedules
from families.ncsnpp import NCSNpp
from support import images, randomised

diffusers = pytest.importorskip("diffusers")

SMALL = dict(
    in_channels=1, out_channels=1, block_out_channels=(8, 16, 16), layers_per_block=2, norm_num_groups=4,
    sample_size=32, down_block_types=("DownBlock2D", "AttnDownBlock2D", "DownBlock2D"), attention_head_dim=4,
    up_block_types=("UpBlock2D", "AttnUpBlock2D", "UpBlock2D"),
)  # fmt: skip
VARIANTS = {
    "as it is": {},
    "ddpm": dict(flip_sin_to_cos=False, freq_shift=1, downsample_padding=0, norm_eps=1e-6, attention_head_dim=None),
    "scale and shift": dict(resnet_time_scale_shift="scale_shift", downsample_type="resnet", upsample_type="resnet"),
    "resampling blocks": dict(
        down_block_types=("ResnetDownsampleBlock2D", "AttnDownBlock2D", "AttnDownBlock2D"),
        up_block_types=("AttnUpBlock2D", "AttnUpBlock2D", "ResnetUpsampleBlock2D"),
        attn_norm_num_groups=2, resnet_time_scale_shift="scale_shift",
    ),
    "no attention": dict(
        down_block_types=("DownBlock2D",) * 3, up_block_types=("UpBlock2D",) * 3, add_attention=False, out_channels=2,
        mid_block_scale_factor=1.5, center_input_sample=True, layers_per_block=1,
    ),
    "no middle": dict(mid_block_type=None, time_embedding_dim=24),
}  # fmt: skip


def theirs(**config):
    network = diffusers.UNet2DModel(**config)
    return randomised(network, seed=3)


@pytest.mark.parametrize("variant", VARIANTS)
def test_unet2d_gives_the_same_images(variant):
    peer = theirs(**{**SMALL, **VARIANTS[variant]})
    config = json.loads(peer.to_json_string())
    ours = diffusers_unet.UNet2DModel(diffusers_config.config_of(config)).eval()
    ours.load_state_dict(peer.state_dict(), strict=True)
    x = images(2, 1, 32, 24)
    for t in (0.0, 17.25, 999.0):
        expected = peer(x, torch.tensor([t, t])).sample
        assert expected.std() > 0.1
        assert (ours(x, torch.tensor([t, t])) - expected).abs().max() < 1e-5


@pytest.mark.parametrize("schedule", ["linear", "scaled_linear", "squaredcos_cap_v2"])
@pytest.mark.parametrize("prediction", ["epsilon", "v_prediction", "sample"])
def test_levels_and_images_are_the_schedulers(schedule, prediction):
    scheduler = diffusers.DDPMScheduler(beta_schedule=schedule, prediction_type=prediction, clip_sample=False)
    predicts, sigmas = diffusers_config.schedule_of(json.loads(scheduler.to_json_string()))
    level = scheduler.alphas_cumprod.double().numpy()
    assert np.allclose(1 / (1 + sigmas**2), level, rtol=2e-3, atol=1e-7)  # theirs is a product of 1000 float32 numbers
    x, out = images(1, 1, 4, 4), images(1, 1, 4, 4, seed=2)
    for t in (20, 500):
        sigma = float(((1 - level[t]) / level[t]) ** 0.5)
        expected = scheduler.step(out, t, x / (1 + sigma**2) ** 0.5).pred_original_sample
        root = (1 + sigma**2) ** 0.5
        image = {"epsilon": x - sigma * out, "v": x / root**2 - sigma / root * out, "sample": out}[predicts]
        assert (image - expected).abs().max() < 1e-4 * max(1, sigma)


def test_zero_terminal_schedules_are_the_same():
    scheduler = diffusers.DDPMScheduler(rescale_betas_zero_snr=True)
    betas = schedules.zero_terminal(schedules.linear(1000))
    assert np.allclose(betas, scheduler.betas.numpy(), atol=2e-5)
    assert len(schedules.sigmas_of(betas)) == 999


@pytest.mark.parametrize("old", [False, True])
def test_attention_names_of_old_and_new_versions(old):
    state = theirs(**SMALL).state_dict()
    if old:
        back = {v: k for k, v in diffusers_unet.OLD_ATTENTION.items()}
        for new, name in back.items():
            state = {k.replace(f".{new}.", f".{name}."): v for k, v in state.items()}
        assert any(".proj_attn." in name for name in state)
    ours = diffusers_unet.UNet2DModel(diffusers_config.config_of(SMALL))
    ours.load_state_dict(diffusers_unet.modern_names(state), strict=True)


def adm_names(levels, blocks):
    """Their name of each block ↔ guided-diffusion's, for `levels` levels of `blocks` residual blocks."""
    pairs, n = [("conv_in", "input_blocks.0.0")], 1
    for level in range(levels):
        for block in range(blocks):
            pairs += [(f"down_blocks.{level}.resnets.{block}", f"input_blocks.{n}.0")]
            pairs += [(f"down_blocks.{level}.attentions.{block}", f"input_blocks.{n}.1")]
            n += 1
        pairs += [(f"down_blocks.{level}.downsamplers.0", f"input_blocks.{n}.0")]
        n += level < levels - 1
    pairs += [(f"mid_block.{kind}.{i}", f"middle_block.{j}") for kind, i, j in
              (("resnets", 0, 0), ("attentions", 0, 1), ("resnets", 1, 2))]  # fmt: skip
    n = 0
    for level in range(levels):
        for block in range(blocks + 1):
            pairs += [(f"up_blocks.{level}.resnets.{block}", f"output_blocks.{n}.0")]
            pairs += [(f"up_blocks.{level}.attentions.{block}", f"output_blocks.{n}.1")]
            n += 1
        pairs += [(f"up_blocks.{level}.upsamplers.0", f"output_blocks.{n - 1}.last")]
    return pairs


def test_guided_diffusion_is_their_unet_with_resampling_blocks():
    config = dict(
        in_channels=1, out_channels=2, block_out_channels=(16, 32), layers_per_block=2, norm_num_groups=8,
        down_block_types=("ResnetDownsampleBlock2D", "AttnDownBlock2D"), attn_norm_num_groups=8,
        up_block_types=("AttnUpBlock2D", "ResnetUpsampleBlock2D"), resnet_time_scale_shift="scale_shift",
        downsample_type="resnet", upsample_type="resnet", attention_head_dim=8,
    )  # fmt: skip
    peer = theirs(**config)
    for new_order in (False, True):
        ours = adm.UNetModel(
            channels=1, width=16, out=2, blocks=2, attention={2}, multiply=(1, 2), head_width=8, modulate=True,
            resample_blocks=True, new_order=new_order, groups=8,
        ).eval()  # fmt: skip
        ours.load_state_dict(
            as_adm(peer.state_dict(), set(ours.state_dict()), width=8, new_order=new_order), strict=True
        )
        x, t = images(2, 1, 16, 24), torch.tensor([3.5, 800.0])
        expected = peer(x, t).sample
        assert expected.std() > 0.1
        assert (ours(x, t) - expected).abs().max() < 1e-5


def as_adm(state, known, width, new_order):
    inside = {
        "norm1": "in_layers.0", "conv1": "in_layers.2", "time_emb_proj": "emb_layers.1", "norm2": "out_layers.0",
        "conv2": "out_layers.3", "conv_shortcut": "skip_connection", "group_norm": "norm", "to_out.0": "proj_out",
    }  # fmt: skip
    whole = {
        "time_embedding.linear_1": "time_embed.0", "time_embedding.linear_2": "time_embed.2", "conv_norm_out": "out.0",
        "conv_out": "out.2", "conv_in": "input_blocks.0.0",
    }  # fmt: skip
    named = {}
    for name, value in state.items():
        layer, kind = name.rsplit(".", 1)
        if layer in whole:
            named[f"{whole[layer]}.{kind}"] = value
            continue
        for block, place in adm_names(2, 2):
            if layer.startswith(block + "."):
                part = layer[len(block) + 1 :]
                if place.endswith(".last"):
                    # after the attention, where there is one
                    at = place[: -len("last")]
                    place = at + ("2" if f"{at}1.qkv.weight" in known else "1")
                if part in ("to_q", "to_k", "to_v"):
                    named.setdefault(f"{place}.qkv.{kind}", {})[part] = value
                else:
                    conv1d = part == "to_out.0" and kind == "weight"
                    named[f"{place}.{inside[part]}.{kind}"] = value[:, :, None] if conv1d else value
    for name, parts in named.items():
        if isinstance(parts, dict):
            q, k, v = parts["to_q"], parts["to_k"], parts["to_v"]
            stacked = torch.stack([p.reshape(-1, width, *p.shape[1:]) for p in (q, k, v)], dim=0 if new_order else 1)
            rows = stacked.reshape(3 * len(q), *q.shape[1:])
            named[name] = rows[:, :, None] if rows.ndim == 2 else rows
    return named


def ncsnpp_places(levels, blocks, attends):
    """Their layers in the order of `all_modules`."""
    places = ["time_proj", "time_embedding.linear_1", "time_embedding.linear_2", "conv_in"]
    for i in range(levels):
        for j in range(blocks):
            places += [f"down_blocks.{i}.resnets.{j}"] + [f"down_blocks.{i}.attentions.{j}"] * (i in attends)
        if i < levels - 1:
            places += [f"down_blocks.{i}.resnet_down", f"down_blocks.{i}.skip_conv"]
    places += ["mid_block.resnets.0", "mid_block.attentions.0", "mid_block.resnets.1"]
    for k in range(levels):
        level = levels - 1 - k
        places += [f"up_blocks.{k}.resnets.{j}" for j in range(blocks + 1)]
        places += [f"up_blocks.{k}.attentions.0"] * (level in attends)
        head = ("skip_norm", "skip_conv", "resnet_up") if level > 0 else ()
        places += [f"up_blocks.{k}.{name}" for name in head] or ["conv_norm_out", "conv_out"]
    return places


def as_ncsnpp(state, places):
    inside = {
        "norm1": "GroupNorm_0", "conv1": "Conv_0", "time_emb_proj": "Dense_0", "norm2": "GroupNorm_1",
        "conv2": "Conv_1", "conv_shortcut": "Conv_2", "group_norm": "GroupNorm_0", "to_q": "NIN_0", "to_k": "NIN_1",
        "to_v": "NIN_2", "to_out.0": "NIN_3",
    }  # fmt: skip
    named = {}
    for name, value in state.items():
        layer, kind = name.rsplit(".", 1)
        place = next(p for p in places if layer == p or layer.startswith(p + "."))
        n, part = places.index(place), layer[len(place) + 1 :]
        if place == "time_proj":
            named["all_modules.0.W"] = value
        elif part.startswith("to_"):
            named[f"all_modules.{n}.{inside[part]}.{'W' if kind == 'weight' else 'b'}"] = value.t()
        elif part:
            named[f"all_modules.{n}.{inside[part]}.{kind}"] = value
        else:
            pyramid = "Conv." if place.startswith("down") and place.endswith("skip_conv") else ""
            named[f"all_modules.{n}.{pyramid}{kind}"] = value
    return named


def test_ncsnpp_is_their_unet_with_skip_blocks():
    """Widths are what their fixed 32 groups of the attention's norm allow."""
    peer = theirs(
        in_channels=3, out_channels=3, block_out_channels=(32, 32, 128), layers_per_block=1, norm_num_groups=None,
        down_block_types=("SkipDownBlock2D", "SkipDownBlock2D", "AttnSkipDownBlock2D"), time_embedding_type="fourier",
        up_block_types=("AttnSkipUpBlock2D", "SkipUpBlock2D", "SkipUpBlock2D"), attention_head_dim=None, norm_eps=1e-6,
        mid_block_scale_factor=2**0.5, center_input_sample=True, sample_size=32,
    )  # fmt: skip
    sigmas = np.geomspace(348, 0.01, 10)
    ours = NCSNpp(
        channels=3, image_size=32, nf=32, ch_mult=(1, 1, 4), num_res_blocks=1, attn_resolutions=(8,), sigmas=sigmas,
        fir=True, fir_kernel=(1, 3, 3, 1), skip_rescale=True, resblock_type="biggan", resamp_with_conv=True,
        progressive="output_skip", progressive_input="input_skip", progressive_combine="sum", embedding_type="fourier",
        nonlinearity="swish", scale_by_sigma=True, centered=False,
    ).eval()  # fmt: skip
    state = as_ncsnpp(peer.state_dict(), ncsnpp_places(3, 1, {2}))
    ours.load_state_dict({**state, "sigmas": torch.tensor(sigmas)}, strict=True)
    x = images(2, 3, 32, 24)
    for sigma in (0.01, 1.0, 348.0):
        level = torch.tensor([sigma, sigma])
        expected = peer(x, level).sample * sigma
        assert expected.std() > 0.1
        assert (ours(x, level) * sigma - expected).abs().max() < 1e-5 * expected.abs().max()


@pytest.mark.parametrize("taps", [(1, 3, 3, 1), (1, 2, 1), (1, 1), (1, 4, 6, 4, 1)])
def test_fir_layers(taps):
    from diffusers.models.downsampling import FirDownsample2D
    from diffusers.models.upsampling import FirUpsample2D

    from families.fir import FirConv, fir_down, fir_up

    x = images(2, 3, 8, 6)
    assert (fir_down(x, taps) - FirDownsample2D(3, 3, fir_kernel=taps)(x)).abs().max() < 1e-6
    assert (fir_up(x, taps) - FirUpsample2D(3, 3, fir_kernel=taps)(x)).abs().max() < 1e-6
    peer = randomised(FirDownsample2D(3, 5, use_conv=True, fir_kernel=taps))
    ours = FirConv(3, 5, taps)
    ours.load_state_dict({"weight": peer.Conv2d_0.weight, "bias": peer.Conv2d_0.bias})
    assert (ours(x) - peer(x)).abs().max() < 1e-5
