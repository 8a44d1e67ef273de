"""Names and shapes of all weights, block by block as the published code defines them, and sizes of published networks.

The lists are written by hand from the definitions of guided-diffusion's UNetModel and score_sde's NCSNpp: what a block
holds below, and where which block stands. (diffusers' own names are compared with diffusers itself.)
"""

import pytest
import torch

from families import adm_flags, diffusers_config, ncsnpp_flags
from families.diffusers_unet import UNet2DModel

TIME = 64  # length of the time embedding in the small networks


def linear(a, b):
    return {"weight": (b, a), "bias": (b,)}


def conv(a, b, k=3):
    return {"weight": (b, a, k, k), "bias": (b,)}


def conv1d(a, b):
    return {"weight": (b, a, 1), "bias": (b,)}


def norm(a):
    return {"weight": (a,), "bias": (a,)}


def nin(a, b):
    return {"W": (a, b), "b": (b,)}


def below(**parts):
    return {f"{name.replace('__', '.')}.{kind}": shape for name, part in parts.items() for kind, shape in part.items()}


def adm_res(a, b, modulate=True):
    block = below(
        in_layers__0=norm(a), in_layers__2=conv(a, b), emb_layers__1=linear(TIME, 2 * b if modulate else b),
        out_layers__0=norm(b), out_layers__3=conv(b, b),
    )  # fmt: skip
    return block if a == b else block | below(skip_connection=conv(a, b, 1))


def adm_attention(a):
    return below(norm=norm(a), qkv=conv1d(a, 3 * a), proj_out=conv1d(a, a))


def big(a, b, resample=False):
    """ResnetBlockBigGANpp."""
    block = below(
        GroupNorm_0=norm(a), Conv_0=conv(a, b), Dense_0=linear(TIME, b), GroupNorm_1=norm(b), Conv_1=conv(b, b)
    )
    return block | below(Conv_2=conv(a, b, 1)) if a != b or resample else block


def ddpm(a, b):
    """ResnetBlockDDPMpp."""
    block = below(
        GroupNorm_0=norm(a), Conv_0=conv(a, b), Dense_0=linear(TIME, b), GroupNorm_1=norm(b), Conv_1=conv(b, b)
    )
    return block | below(NIN_0=nin(a, b)) if a != b else block


def attention(a):
    return below(GroupNorm_0=norm(a), NIN_0=nin(a, a), NIN_1=nin(a, a), NIN_2=nin(a, a), NIN_3=nin(a, a))


def written(places):
    return {f"{place}.{name}": shape for place, block in places.items() for name, shape in block.items()}


def listed(modules):
    return written({f"all_modules.{n}": block for n, block in enumerate(modules)})


def shapes(network):
    return {name: tuple(value.shape) for name, value in network.state_dict().items()}


def adm_settings(**changes):
    defaults = {name: flag.default for name, flag in adm_flags.FLAGS.items()}
    small = dict(image_size=32, num_channels=16, channel_mult=(1, 2), num_res_blocks=1, attention_resolutions=(16,))
    return {**defaults, **small, **changes}


def ncsnpp_settings(**changes):
    defaults = {name: flag.default for name, flag in ncsnpp_flags.FLAGS.items()}
    small = dict(image_size=32, nf=16, ch_mult=(1, 2), num_res_blocks=1, attn_resolutions=(16,))
    return {**defaults, **small, **changes}


def test_guided_diffusion_with_blocks_that_resample():
    network = adm_flags.network_of(adm_settings(resblock_updown=True, learn_sigma=True), groups=8)
    expected = written({
        "time_embed.0": linear(16, TIME), "time_embed.2": linear(TIME, TIME),
        "input_blocks.0.0": conv(1, 16),
        "input_blocks.1.0": adm_res(16, 16),
        "input_blocks.2.0": adm_res(16, 16),  # halves
        "input_blocks.3.0": adm_res(16, 32), "input_blocks.3.1": adm_attention(32),
        "middle_block.0": adm_res(32, 32), "middle_block.1": adm_attention(32), "middle_block.2": adm_res(32, 32),
        "output_blocks.0.0": adm_res(64, 32), "output_blocks.0.1": adm_attention(32),
        "output_blocks.1.0": adm_res(48, 32), "output_blocks.1.1": adm_attention(32),
        "output_blocks.1.2": adm_res(32, 32),  # doubles
        "output_blocks.2.0": adm_res(48, 16), "output_blocks.3.0": adm_res(32, 16),
        "out.0": norm(16), "out.2": conv(16, 2),
    })  # fmt: skip
    assert shapes(network) == expected


def test_guided_diffusion_with_convolutions_and_added_time():
    changes = dict(use_scale_shift_norm=False, attention_resolutions=(8,), channel_mult=(1, 1, 2), in_channels=2)
    network = adm_flags.network_of(adm_settings(**changes), groups=8)
    res = lambda a, b: adm_res(a, b, modulate=False)
    expected = written({
        "time_embed.0": linear(16, TIME), "time_embed.2": linear(TIME, TIME),
        "input_blocks.0.0": conv(2, 16), "input_blocks.1.0": res(16, 16), "input_blocks.2.0.op": conv(16, 16),
        "input_blocks.3.0": res(16, 16), "input_blocks.4.0.op": conv(16, 16),
        "input_blocks.5.0": res(16, 32), "input_blocks.5.1": adm_attention(32),
        "middle_block.0": res(32, 32), "middle_block.1": adm_attention(32), "middle_block.2": res(32, 32),
        "output_blocks.0.0": res(64, 32), "output_blocks.0.1": adm_attention(32),
        "output_blocks.1.0": res(48, 32), "output_blocks.1.1": adm_attention(32),
        "output_blocks.1.2.conv": conv(32, 32),
        "output_blocks.2.0": res(48, 16), "output_blocks.3.0": res(32, 16), "output_blocks.3.1.conv": conv(16, 16),
        "output_blocks.4.0": res(32, 16), "output_blocks.5.0": res(32, 16),
        "out.0": norm(16), "out.2": conv(16, 2),
    })  # fmt: skip
    assert shapes(network) == expected


def test_ncsnpp_with_a_residual_input_pyramid():
    """The configuration of DiffusionMBIR's networks, small, with attention at half the side."""
    network = ncsnpp_flags.network_of(ncsnpp_settings(), [378, 0.01])
    expected = listed([
        {"W": (16,)}, linear(32, TIME), linear(TIME, TIME), conv(1, 16),
        big(16, 16), big(16, 16, resample=True), below(Conv2d_0=conv(1, 16)),
        big(16, 32), attention(32),
        big(32, 32), attention(32), big(32, 32),
        big(64, 32), big(48, 32), attention(32), big(32, 32, resample=True),
        big(48, 16), big(32, 16),
        norm(16), conv(16, 1),
    ])  # fmt: skip
    assert shapes(network) == expected | {"sigmas": (2,)}


@pytest.mark.parametrize("combine", ["sum", "cat"])
def test_ncsnpp_with_skips_of_the_image(combine):
    """score_sde's large networks: images added on the way down, summed on the way up. Resampling has no place in the
    list.
    """
    changes = dict(
        progressive="output_skip", progressive_input="input_skip", progressive_combine=combine, ch_mult=(1, 2, 2)
    )
    network = ncsnpp_flags.network_of(ncsnpp_settings(**changes), [348, 0.01])
    one, two = (16, 32) if combine == "sum" else (32, 64)  # channels after joining the image
    expected = listed([
        {"W": (16,)}, linear(32, TIME), linear(TIME, TIME), conv(1, 16),
        big(16, 16), big(16, 16, resample=True), below(Conv=conv(1, 16, 1)),
        big(one, 32), attention(32), big(32, 32, resample=True), below(Conv=conv(1, 32, 1)),
        big(two, 32),
        big(32, 32), attention(32), big(32, 32),
        big(64, 32), big(32 + two, 32), norm(32), conv(32, 1), big(32, 32, resample=True),
        big(64, 32), big(32 + one, 32), attention(32), norm(32), conv(32, 1), big(32, 32, resample=True),
        big(48, 16), big(32, 16), norm(16), conv(16, 1),
    ])  # fmt: skip
    assert shapes(network) == expected | {"sigmas": (2,)}


def test_ncsnpp_with_ddpm_blocks_and_a_positional_embedding():
    changes = dict(resblock_type="ddpm", fir=False, embedding_type="positional", progressive_input="none",
                   progressive="residual", attn_resolutions=())  # fmt: skip
    network = ncsnpp_flags.network_of(ncsnpp_settings(**changes), [50, 0.01])
    expected = listed([
        linear(16, TIME), linear(TIME, TIME), conv(1, 16),
        ddpm(16, 16), below(Conv_0=conv(16, 16)), ddpm(16, 32),
        ddpm(32, 32), attention(32), ddpm(32, 32),
        ddpm(64, 32), ddpm(48, 32), norm(32), conv(32, 32), below(Conv_0=conv(32, 32)),
        ddpm(48, 16), ddpm(32, 16), below(Conv_0=conv(32, 16)),
        norm(16), conv(16, 1),
    ])  # fmt: skip
    assert shapes(network) == expected | {"sigmas": (2,)}


def millions(network):
    return sum(p.numel() for p in network.parameters()) / 1e6


def test_sizes_of_published_networks():
    """ADM for LSUN 256²: 552 M (hyperparameters in Dhariwal & Nichol 2021); DDPM: 35.7 M for CIFAR-10, 114 M for 256²
    (Ho et al. 2020, appendix B)."""
    with torch.device("meta"):
        lsun = adm_flags.network_of(adm_settings(
            image_size=256, in_channels=3, num_channels=256, channel_mult=(), num_res_blocks=2, num_head_channels=64,
            attention_resolutions=(32, 16, 8), resblock_updown=True, learn_sigma=True,
        ))  # fmt: skip
        ddpm_down, ddpm_up = ["DownBlock2D"] * 4, ["UpBlock2D"] * 4
        common = dict(attention_head_dim=None, norm_eps=1e-6, downsample_padding=0)
        cifar = UNet2DModel(diffusers_config.config_of(dict(
            **common, block_out_channels=(128, 256, 256, 256),
            down_block_types=[ddpm_down[0], "AttnDownBlock2D", *ddpm_down[2:]],
            up_block_types=[*ddpm_up[:2], "AttnUpBlock2D", ddpm_up[3]],
        )))  # fmt: skip
        large = UNet2DModel(diffusers_config.config_of(dict(
            **common, block_out_channels=(128, 128, 256, 256, 512, 512),
            down_block_types=[*ddpm_down, "AttnDownBlock2D", "DownBlock2D"],
            up_block_types=["UpBlock2D", "AttnUpBlock2D", *ddpm_up],
        )))  # fmt: skip
    assert millions(lsun) == pytest.approx(552, abs=1)
    assert millions(cifar) == pytest.approx(35.7, abs=0.05)
    assert millions(large) == pytest.approx(114, abs=0.5)
