"""A checkpoint of `seismic-3d` to start from, made of one of `seismic-2d`: the condition's half is the network of sections in every line.

    python models/training/seismic/inflate.py --sections models/training/seismic/seismic-2d.start.pt --out START.pt [--recipe models/training/seismic-3d.recipe.json]
    python models/training/train.py --recipe models/training/seismic-3d.recipe.json ... --init START.pt

What neighbouring lines add, the noise level and the half of the noisy block start at zero. The third guide of sections is taken to be the second.
"""

import argparse
import json
import sys
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).parents[1]))

from seismic.network3d import Halves  # noqa: E402

HALF = "of_condition."
# Planes that the network of sections sees, x, m y, m, g1, g2 - g1, g3 - g1, and that it answers with, r and the shares of the last three.
SEEN, THIRD = slice(1, 5), 5
ANSWERS, LAST = 4, 3


def inflated(sections, network):
    """The state of `network` (Halves) that answers, line by line, as `sections`, the state of a network.Guided, does with x = 0 and g3 = g2."""
    own = network.state_dict()
    for name, value in sections.items():
        name = name.removeprefix("unet.")
        value = value.float()
        if name == "stem.weight":
            value, third = value[:, SEEN].clone(), value[:, THIRD]
            value[:, -1] += third
        if name.startswith("head."):
            shares = value.unflatten(0, (ANSWERS, -1)).clone()
            shares[LAST - 1] += shares[LAST]
            shares[LAST] = 0  # v
            value = shares.flatten(0, 1)
        if own[HALF + name].shape != value.shape:
            raise ValueError(f"{name}: {list(value.shape)} in the network of sections, {list(own[HALF + name].shape)} in that of blocks")
        own[HALF + name] = value
    for name in own:
        if name.startswith("of_noisy.head"):
            own[name] = torch.zeros_like(own[name])
    return own


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sections", required=True)
    parser.add_argument("--recipe", default=str(Path(__file__).parents[1] / "seismic-3d.recipe.json"))
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", required=True)
    chosen = parser.parse_args()
    torch.manual_seed(chosen.seed)
    network = Halves(**json.loads(Path(chosen.recipe).read_text())["network"])
    state = torch.load(chosen.sections, map_location="cpu", weights_only=True)
    torch.save({"average": inflated(state["average"], network), "config": network.config}, chosen.out)


if __name__ == "__main__":
    main()
