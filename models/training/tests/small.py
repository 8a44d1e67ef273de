"""Small random checkpoints in the form in which each family is published, and what their cards need."""

import json
from pathlib import Path

import numpy as np
import torch

from families import adm_flags, diffusers_config, ncsnpp_flags
from families.diffusers_unet import UNet2DModel
from support import randomised

CARD = {
    "name": "small",
    "description": "A network with random weights, for tests.",
    "modality": "CT",
    "range": {"unit": "HU", "low": -1000, "high": 1000},
    "plane": "axial",
    "spacingMm": [0.7, 1.0],
    "licence": "Apache-2.0",
    "training": {"data": ["none: random weights"]},
}

ADM = dict(
    image_size=32, in_channels=1, num_channels=32, channel_mult="1,2", num_res_blocks=1, attention_resolutions="16",
    num_heads=2, learn_sigma=True,
)  # fmt: skip
NCSNPP = dict(image_size=32, num_channels=1, nf=8, ch_mult=[1, 2], num_res_blocks=1, attn_resolutions=[16])
UNET2D = dict(
    _class_name="UNet2DModel", sample_size=32, in_channels=1, out_channels=1, block_out_channels=[8, 16],
    layers_per_block=1, norm_num_groups=4, attention_head_dim=8, down_block_types=["DownBlock2D", "AttnDownBlock2D"],
    up_block_types=["AttnUpBlock2D", "UpBlock2D"],
)  # fmt: skip


def settings(flags, config):
    read = {name: flags[name].read(value) for name, value in config.items()}
    return {**{name: flag.default for name, flag in flags.items()}, **read}


def write(folder, name, value):
    path = Path(folder) / name
    if isinstance(value, dict) and name.endswith(".json"):
        path.write_text(json.dumps(value))
    else:
        torch.save(value, path)
    return str(path)


def adm_network(**changes):
    return randomised(adm_flags.network_of(settings(adm_flags.FLAGS, {**ADM, **changes})))


def adm_checkpoint(folder, **changes):
    return write(folder, "adm.pt", adm_network(**changes).state_dict())


def ncsnpp_network(**changes):
    sigmas = np.geomspace(378, 0.01, 20)
    return randomised(ncsnpp_flags.network_of(settings(ncsnpp_flags.FLAGS, {**NCSNPP, **changes}), sigmas))


def ncsnpp_checkpoint(folder, **changes):
    """As score_sde saves it: the weights of the last step, and the averaged ones (here: another random network's)."""
    averaged = ncsnpp_network(**changes)
    last = {
        name: value + (1 if name != "sigmas" and not name.endswith("0.W") else 0)
        for name, value in averaged.state_dict().items()
    }
    shadow = [p.data for name, p in averaged.named_parameters() if not name == "all_modules.0.W"]
    checkpoint = {
        "optimizer": {"state": {}, "param_groups": [{"lr": 2e-4, "betas": (0.9, 0.999), "params": [0]}]},
        "model": {f"module.{name}": value for name, value in last.items()},
        "ema": {"decay": 0.999, "num_updates": 7, "shadow_params": shadow},
        "step": 7,
    }
    return write(folder, "checkpoint_7.pth", checkpoint)


def unet2d_network(**changes):
    return randomised(UNet2DModel(diffusers_config.config_of({**UNET2D, **changes})))


def unet2d_checkpoint(folder, scheduler, **changes):
    write(folder, "config.json", {**UNET2D, **changes})
    write(folder, "scheduler_config.json", scheduler)
    return write(folder, "diffusion_pytorch_model.bin", unet2d_network(**changes).state_dict())
