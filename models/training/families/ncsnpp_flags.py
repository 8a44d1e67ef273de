"""score_sde's settings of NCSN++, under its own names; the defaults are those of DiffusionMBIR's networks."""

import numpy as np

from .layers import ConvertError
from .ncsnpp import NCSNpp
from .ncsnpp_layers import ACTIVATIONS
from .published import Flag, Published, floats, ints, load, refuse, settings_of

FLAGS = {
    "image_size": Flag(int, 256, "side of the trained images; names the levels of attn_resolutions"),
    "num_channels": Flag(int, 1, "channels of an image: 1, or 2 for real and imaginary part"),
    "nf": Flag(int, 128, "channels at full resolution"),
    "ch_mult": Flag(ints, (1, 2, 2, 2), "multiples of nf, one a level"),
    "num_res_blocks": Flag(int, 4, "residual blocks a level"),
    "attn_resolutions": Flag(ints, (16,), "sides at which there is attention"),
    "resamp_with_conv": Flag(bool, True, "for resblock_type ddpm"),
    "fir": Flag(bool, True, "resample with a FIR filter (no trace in the weights of biggan blocks)"),
    "fir_kernel": Flag(floats, (1, 3, 3, 1), "its taps (no trace in the weights)"),
    "skip_rescale": Flag(bool, True, "sums divided by √2 (no trace in the weights)"),
    "resblock_type": Flag(str, "biggan", "biggan or ddpm"),
    "progressive": Flag(str, "none", "none, output_skip, or residual (without fir)"),
    "progressive_input": Flag(str, "residual", "none, input_skip or residual"),
    "progressive_combine": Flag(str, "sum", "sum or cat"),
    "embedding_type": Flag(str, "fourier", "fourier or positional"),
    "nonlinearity": Flag(str, "swish", ", ".join(ACTIVATIONS) + " (no trace in the weights)"),
    "scale_by_sigma": Flag(bool, True, "output divided by σ (no trace in the weights)"),
    "centered": Flag(bool, False, "data −1…1 instead of 0…1 (no trace in the weights)"),
    "sigma_min": Flag(float, 0.01, "lowest noise level"),
    "sigma_max": Flag(float, 378.0, "highest noise level"),
    "sde": Flag(str, "vesde", "only vesde is supported"),
    "name": Flag(str, "ncsnpp", "only ncsnpp is supported"),
    "normalization": Flag(str, "GroupNorm", "only GroupNorm is supported"),
    "conditional": Flag(bool, True, "only true is supported"),
}  # fmt: skip

# of the network's and the data's part of score_sde's configuration
WITHOUT_EFFECT = {
    "ema_rate", "init_scale", "dropout", "conv_size", "beta_min", "beta_max", "num_scales", "attention_type",
    "fourier_scale", "dataset", "root", "is_complex", "is_multi", "magpha", "random_flip", "uniform_dequantization",
    "tfrecords_path", "category", "continuous",
}  # fmt: skip
PARTS = ("data", "model", "training")
OF_TRAINING = ("sde", "continuous")

CHOICES = {
    "resblock_type": ("biggan", "ddpm"),
    "progressive": ("none", "output_skip", "residual"),
    "progressive_input": ("none", "input_skip", "residual"),
    "progressive_combine": ("sum", "cat"),
    "embedding_type": ("fourier", "positional"),
    "nonlinearity": tuple(ACTIVATIONS),
}


def flat(config):
    """score_sde nests its settings in data, model and training (and parts that do not matter here)."""
    if "model" not in config:
        return config
    merged = {}
    for part in PARTS:
        merged.update({k: v for k, v in config.get(part, {}).items() if part != "training" or k in OF_TRAINING})
    return merged


def network_of(s, sigmas):
    for name, known in CHOICES.items():
        if s[name] not in known:
            raise ConvertError(f"'{name}': {s[name]} is not supported, only {', '.join(known)}")
    refuse(s, sde="vesde", name="ncsnpp", normalization="GroupNorm", conditional=True)
    plain_up = s["progressive"] == "residual" or (s["resblock_type"] == "ddpm" and s["resamp_with_conv"])
    if s["fir"] and plain_up:
        which = "progressive residual" if s["progressive"] == "residual" else "resblock_type ddpm"
        raise ConvertError(
            f"'{which}' with fir is not supported: score_sde's filtered upsampling convolution cannot run"
        )
    names = (
        "image_size", "nf", "ch_mult", "num_res_blocks", "attn_resolutions", "fir", "fir_kernel", "skip_rescale",
        "resblock_type", "resamp_with_conv", "progressive", "progressive_input", "progressive_combine",
        "embedding_type", "nonlinearity", "scale_by_sigma", "centered",
    )  # fmt: skip
    return NCSNpp(channels=s["num_channels"], sigmas=sigmas, **{name: s[name] for name in names})


def likely(s, network):
    """From a state dict that does not fit to the flags that would explain it."""

    def hints(state):
        own, found = network.state_dict(), []
        fourier = "all_modules.0.W" in state
        if fourier != (s["embedding_type"] == "fourier"):
            found.append(f"--embedding-type {'fourier' if fourier else 'positional'}")
        first = state.get(f"all_modules.{3 if fourier else 2}.weight")
        if first is not None and first.ndim == 4:
            if first.shape[0] != s["nf"]:
                found.append(f"--nf {first.shape[0]}")
            if first.shape[1] != s["num_channels"]:
                found.append(f"--num-channels {first.shape[1]}")
        pyramid = lambda names: [any(f".{part}." in name for name in names) for part in ("Conv2d_0", "Conv")]
        attentions = lambda names: sum(name.endswith(".NIN_1.W") for name in names)
        count = lambda names: len({name.split(".")[1] for name in names if name.startswith("all_modules.")})
        if pyramid(state) != pyramid(own):
            found.append("--progressive-input")
        elif count(state) != count(own) and not found:
            others = ", --attn-resolutions, --image-size" if attentions(state) != attentions(own) else ""
            layers = f"{count(state)} layers, not {count(own)}"
            found.append(f"--num-res-blocks, --ch-mult, --progressive or --embedding-type{others} ({layers})")
        elif not found:
            found.append("--ch-mult or --resblock-type")
        return found

    return hints


def read(state, config, given):
    """A score_sde state dict (averaged weights; checkpoints.py) → Published."""
    s = settings_of(FLAGS, WITHOUT_EFFECT, flat(config), given)
    stored = state.get("sigmas")
    if stored is None:
        stored = np.geomspace(s["sigma_max"], s["sigma_min"], 1000)
        state = {**state, "sigmas": network_of(s, stored).sigmas}
    else:
        ends = float(stored[-1]), float(stored[0])
        if not np.allclose(ends, (s["sigma_min"], s["sigma_max"]), rtol=1e-3):
            raise ConvertError(
                f"the checkpoint's noise levels are {ends[0]:g}…{ends[1]:g}, the settings say {s['sigma_min']:g}…"
                f"{s['sigma_max']:g}.\nProbably wrong: --sigma-min {ends[0]:g}; --sigma-max {ends[1]:g}"
            )
    network = network_of(s, stored)
    load(network, state, likely(s, network))
    return Published(
        family="score_sde NCSN++",
        network=network,
        channels=s["num_channels"],
        predicts="score",
        data_range=(-1.0, 1.0) if s["centered"] and s["num_channels"] == 1 else (0.0, 1.0),
        trained_size=s["image_size"],
        sigma_range=(s["sigma_min"], s["sigma_max"]),
        settings=s,
    )
