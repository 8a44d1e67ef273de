"""guided-diffusion's settings, under its own names, and what they mean for conversion."""

import numpy as np

from . import schedules
from .adm import GROUPS, UNetModel
from .layers import ConvertError
from .published import Flag, Published, floats, ints, load, refuse, settings_of

FLAGS = {
    "image_size": Flag(int, 64, "side of the trained images; names the levels of attention_resolutions"),
    "in_channels": Flag(int, 1, "channels of an image: 1, or 2 for real and imaginary part"),
    "num_channels": Flag(int, 128, "channels at full resolution"),
    "num_res_blocks": Flag(int, 2, "residual blocks a level"),
    "channel_mult": Flag(floats, (), "multiples of num_channels, one a level; empty: the published ones of image_size"),
    "attention_resolutions": Flag(ints, (16, 8), "sides at which there is attention"),
    "num_heads": Flag(int, 4, "attention heads (leaves no trace in the weights)"),
    "num_head_channels": Flag(int, -1, "channels a head, instead of num_heads (no trace in the weights)"),
    "num_heads_upsample": Flag(int, -1, "heads of the upward path (no trace in the weights)"),
    "use_new_attention_order": Flag(bool, False, "order of the rows of qkv (no trace in the weights)"),
    "use_scale_shift_norm": Flag(bool, True, "time scales and shifts instead of being added"),
    "resblock_updown": Flag(bool, False, "residual blocks change the resolution"),
    "learn_sigma": Flag(bool, False, "the network also gives a variance, which is cut away"),
    "class_cond": Flag(bool, False, "only false is supported"),
    "resamp_with_conv": Flag(bool, True, "only true is supported"),
    "predict_xstart": Flag(bool, False, "the network gives the image instead of the noise (no trace in the weights)"),
    "noise_schedule": Flag(str, "linear", "linear or cosine (no trace in the weights)"),
    "diffusion_steps": Flag(int, 1000, "steps of the schedule (no trace in the weights)"),
    "rescale_timesteps": Flag(bool, False, "the network is told t·1000/diffusion_steps (no trace in the weights)"),
}

# training, sampling and speed; `out_channels` follows from in_channels and learn_sigma
WITHOUT_EFFECT = {
    "dropout", "use_checkpoint", "use_fp16", "timestep_respacing", "use_kl", "rescale_learned_sigmas", "type",
    "var_type", "out_channels",
}  # fmt: skip

MULTIPLES = {
    512: (0.5, 1, 1, 2, 2, 4, 4),
    320: (1, 1, 2, 2, 4, 4),  # DDS
    256: (1, 1, 2, 2, 4, 4),
    128: (1, 1, 2, 3, 4),
    64: (1, 2, 3, 4),
}


def network_of(s, groups=GROUPS):
    multiply = s["channel_mult"] or MULTIPLES.get(s["image_size"])
    if not multiply:
        raise ConvertError(
            f"--channel-mult is needed: {s['image_size']} is not among the published sizes {list(MULTIPLES)}"
        )
    return UNetModel(
        channels=s["in_channels"],
        width=s["num_channels"],
        out=s["in_channels"] * (2 if s["learn_sigma"] else 1),
        blocks=s["num_res_blocks"],
        attention={s["image_size"] // side for side in s["attention_resolutions"]},
        multiply=multiply,
        heads=s["num_heads"],
        head_width=s["num_head_channels"],
        heads_up=s["num_heads_upsample"],
        modulate=s["use_scale_shift_norm"],
        resample_blocks=s["resblock_updown"],
        new_order=s["use_new_attention_order"],
        groups=groups,
    )


def likely(s, network):
    """From a state dict that does not fit to the flags that would explain it."""

    def hints(state):
        found = []
        first, last = state.get("input_blocks.0.0.weight"), state.get("out.2.weight")
        if any(name.startswith("label_emb") for name in state):
            found.append("the network is class-conditional, which is not supported")
        if first is not None and first.shape[1] != s["in_channels"]:
            found.append(f"--in-channels {first.shape[1]}")
        if "time_embed.0.weight" in state and (width := state["time_embed.0.weight"].shape[1]) != s["num_channels"]:
            found.append(f"--num-channels {width}")
        if first is not None and last is not None and (last.shape[0] > first.shape[1]) != s["learn_sigma"]:
            found.append(f"--learn-sigma {str(not s['learn_sigma']).lower()}")
        time, out = state.get("middle_block.0.emb_layers.1.weight"), state.get("middle_block.0.in_layers.2.weight")
        if time is not None and out is not None and (time.shape[0] == 2 * out.shape[0]) != s["use_scale_shift_norm"]:
            found.append(f"--use-scale-shift-norm {str(not s['use_scale_shift_norm']).lower()}")
        own = set(network.state_dict())
        count = lambda names: len({name.split(".")[1] for name in names if name.startswith("input_blocks.")})
        if count(state) != count(own):
            found.append(f"--num-res-blocks or --channel-mult ({count(state)} input blocks, not {count(own)})")
        elif any(".op." in name for name in state) != any(".op." in name for name in own):
            found.append(f"--resblock-updown {str(not s['resblock_updown']).lower()}")
        elif {name for name in state if "qkv" in name} != {name for name in own if "qkv" in name}:
            found.append("--attention-resolutions or --image-size")
        elif not found:
            found.append("--channel-mult")
        return found

    return hints


def read(state, config, given, groups=GROUPS):
    """A guided-diffusion state dict → Published. `groups`: of the norms; fewer for narrower networks."""
    s = settings_of(FLAGS, WITHOUT_EFFECT, config, given)
    refuse(s, class_cond=False, resamp_with_conv=True)
    if any(name.startswith("label_emb") for name in state):
        raise ConvertError("the network is class-conditional, which is not supported: slicewise has no class to give")
    network = network_of(s, groups)
    load(network, state, likely(s, network))
    steps = s["diffusion_steps"]
    if s["noise_schedule"] == "linear":
        betas = schedules.linear(steps, 0.1 / steps, 20 / steps)
    elif s["noise_schedule"] == "cosine":
        betas = schedules.cosine(steps)
    else:
        raise ConvertError(f"'noise_schedule': {s['noise_schedule']} is not supported, only linear and cosine")
    return Published(
        family="guided-diffusion",
        network=network,
        channels=s["in_channels"],
        predicts="sample" if s["predict_xstart"] else "epsilon",
        data_range=(-1.0, 1.0) if s["in_channels"] == 1 else (0.0, 1.0),
        trained_size=s["image_size"],
        sigmas=np.asarray(schedules.sigmas_of(betas)),
        time_scale=1000 / steps if s["rescale_timesteps"] else 1.0,
        settings=s,
    )
