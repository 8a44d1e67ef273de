"""A diffusers folder's config.json and scheduler_config.json, and what they mean for conversion."""

from dataclasses import dataclass

import numpy as np

from . import schedules
from .diffusers_unet import UNet2DModel, modern_names
from .layers import ConvertError
from .published import Flag, Published, load, refuse

FLAGS = {}  # everything is in the two files

DOWN = {"DownBlock2D": (False, False), "AttnDownBlock2D": (True, False), "ResnetDownsampleBlock2D": (False, True)}
UP = {"UpBlock2D": (False, False), "AttnUpBlock2D": (True, False), "ResnetUpsampleBlock2D": (False, True)}

# diffusers' own defaults, where a config.json of an older version says nothing
DEFAULTS = {
    "in_channels": 3, "out_channels": 3, "center_input_sample": False, "time_embedding_type": "positional",
    "time_embedding_dim": None, "freq_shift": 0, "flip_sin_to_cos": True, "mid_block_type": "UNetMidBlock2D",
    "down_block_types": ("DownBlock2D", "AttnDownBlock2D", "AttnDownBlock2D", "AttnDownBlock2D"),
    "up_block_types": ("AttnUpBlock2D", "AttnUpBlock2D", "AttnUpBlock2D", "UpBlock2D"),
    "block_out_channels": (224, 448, 672, 896), "layers_per_block": 2, "mid_block_scale_factor": 1,
    "downsample_padding": 1, "downsample_type": "conv", "upsample_type": "conv", "act_fn": "silu",
    "attention_head_dim": 8, "norm_num_groups": 32, "attn_norm_num_groups": None, "norm_eps": 1e-5,
    "resnet_time_scale_shift": "default", "add_attention": True, "class_embed_type": None, "num_class_embeds": None,
    "sample_size": None,
}  # fmt: skip

SCHEDULER_DEFAULTS = {
    "num_train_timesteps": 1000, "beta_start": 1e-4, "beta_end": 2e-2, "beta_schedule": "linear", "trained_betas": None,
    "prediction_type": "epsilon", "rescale_betas_zero_snr": False,
}  # fmt: skip

PREDICTIONS = {"epsilon": "epsilon", "v_prediction": "v", "sample": "sample"}


@dataclass
class Config:
    """UNet2DModel's settings in the words of diffusers_unet.py; lists have one entry a level, full resolution first."""

    channels: int
    out: int
    widths: tuple
    layers: int
    time: int
    groups: int
    eps: float
    head_width: int
    modulate: bool
    cosine_first: bool
    shift: float
    centre: bool
    pad_before: bool
    down_attention: list
    down_by_block: list
    up_attention: list
    up_by_block: list
    middle: bool
    middle_attention: bool
    middle_groups: int
    middle_divide: float


def kinds(names, known, last, resnet):
    """(attention, resample by a residual block) of every level."""
    pairs = []
    for i, name in enumerate(names):
        short = name.removeprefix("UNetRes")
        if short not in known:
            raise ConvertError(f"blocks of type {name} are not supported, only {', '.join(known)}")
        attention, by_block = known[short]
        # attention blocks follow `downsample_type`, the others have their own way
        pairs.append((attention, i != last and (by_block or (attention and resnet))))
    return [a for a, _ in pairs], [b for _, b in pairs]


def config_of(given):
    c = {**DEFAULTS, **{k: v for k, v in given.items() if k in DEFAULTS}}
    if given.get("_class_name", "UNet2DModel") != "UNet2DModel":
        raise ConvertError(f"the configuration is of a {given['_class_name']}; only UNet2DModel is supported")
    if c["class_embed_type"] is not None or c["num_class_embeds"] is not None:
        raise ConvertError("the network is class-conditional, which is not supported: slicewise has no class to give")
    refuse(c, time_embedding_type="positional")
    for name, known in (
        ("act_fn", ("silu", "swish")),
        ("resnet_time_scale_shift", ("default", "scale_shift")),
        ("mid_block_type", ("UNetMidBlock2D", None)),
        ("downsample_type", ("conv", "resnet", None)),
        ("upsample_type", ("conv", "resnet", None)),
        ("downsample_padding", (0, 1)),
    ):
        if c[name] not in known:
            raise ConvertError(f"'{name}': {c[name]} is not supported, only {', '.join(map(str, known))}")
    widths = tuple(c["block_out_channels"])
    last = len(widths) - 1
    if not len(widths) == len(c["down_block_types"]) == len(c["up_block_types"]):
        raise ConvertError("block_out_channels, down_block_types and up_block_types are not of the same length")
    down_attention, down_by_block = kinds(c["down_block_types"], DOWN, last, c["downsample_type"] == "resnet")
    up_attention, up_by_block = kinds(c["up_block_types"], UP, last, c["upsample_type"] == "resnet")
    modulate = c["resnet_time_scale_shift"] == "scale_shift"
    groups = c["norm_num_groups"]
    return Config(
        channels=c["in_channels"],
        out=c["out_channels"],
        widths=widths,
        layers=c["layers_per_block"],
        time=c["time_embedding_dim"] or 4 * widths[0],
        groups=groups,
        eps=c["norm_eps"],
        head_width=c["attention_head_dim"],
        modulate=modulate,
        cosine_first=c["flip_sin_to_cos"],
        shift=c["freq_shift"],
        centre=c["center_input_sample"],
        pad_before=c["downsample_padding"] == 1,
        down_attention=down_attention,
        down_by_block=down_by_block,
        up_attention=up_attention[::-1],
        up_by_block=up_by_block[::-1],
        middle=c["mid_block_type"] is not None,
        middle_attention=c["add_attention"],
        # as diffusers: without a number of its own the middle's attention is normalised only where time is added
        middle_groups=c["attn_norm_num_groups"] or (None if modulate else groups),
        middle_divide=c["mid_block_scale_factor"],
    )


def schedule_of(given):
    """(what the network predicts, σ of every step) of a scheduler_config.json."""
    s = {**SCHEDULER_DEFAULTS, **{k: v for k, v in given.items() if k in SCHEDULER_DEFAULTS}}
    if s["prediction_type"] not in PREDICTIONS:
        raise ConvertError(f"'prediction_type': {s['prediction_type']} is not supported, only {', '.join(PREDICTIONS)}")
    steps, ends = s["num_train_timesteps"], (s["beta_start"], s["beta_end"])
    schedule = s["beta_schedule"]
    if s["trained_betas"] is not None:
        betas = np.asarray(s["trained_betas"], dtype=np.float64)
    elif schedule == "linear":
        betas = schedules.linear(steps, *ends)
    elif schedule == "scaled_linear":
        betas = schedules.scaled_linear(steps, *ends)
    elif schedule == "squaredcos_cap_v2":
        betas = schedules.cosine(steps)
    else:
        raise ConvertError(
            f"'beta_schedule': {schedule} is not supported, only linear, scaled_linear, squaredcos_cap_v2"
        )
    betas = schedules.zero_terminal(betas) if s["rescale_betas_zero_snr"] else betas
    return PREDICTIONS[s["prediction_type"]], schedules.sigmas_of(betas)


def likely(network):
    own = network.state_dict()

    def hints(state):
        first = state.get("conv_in.weight")
        if first is None:
            return ["this is not a UNet2DModel's checkpoint"]
        if first.shape != own["conv_in.weight"].shape:
            return [f"in_channels (checkpoint {first.shape[1]}) or block_out_channels (checkpoint {first.shape[0]}, …)"]
        if {n for n in state if ".attentions." in n} != {n for n in own if ".attentions." in n}:
            return ["down_block_types, up_block_types or add_attention"]
        return ["layers_per_block, block_out_channels or resnet_time_scale_shift: is config.json this checkpoint's?"]

    return hints


def read(state, config, scheduler):
    """A UNet2DModel's state dict with its two configurations → Published."""
    c = config_of(config)
    if c.out not in (c.channels, 2 * c.channels):
        raise ConvertError(
            f"{c.channels} channels in and {c.out} out: only as many, or twice (a learned variance), are supported"
        )
    network = UNet2DModel(c)
    load(network, modern_names(state), likely(network))
    predicts, sigmas = schedule_of(scheduler)
    size = config.get("sample_size") or 0
    keep = {k: v for k, v in config.items() if k in DEFAULTS}
    keep |= {k: v for k, v in scheduler.items() if k in SCHEDULER_DEFAULTS and k != "trained_betas"}
    return Published(
        family="diffusers UNet2DModel",
        network=network,
        channels=c.channels,
        predicts=predicts,
        data_range=(-1.0, 1.0) if c.channels == 1 else (0.0, 1.0),
        trained_size=max(size) if isinstance(size, (list, tuple)) else size,
        sigmas=sigmas,
        settings=keep,
    )


__all__ = ["FLAGS", "Flag", "config_of", "read", "schedule_of"]
