"""Write a trained guided prior as ONNX with its card, also while the training goes on:

    python models/training/guided/export.py --checkpoint RUN/checkpoint.pt --recipe models/training/ct-guided.recipe.json --pool POOL \
        --data DATA/train/ct --zoo models/zoo --version 1 --hardware "1 CPU core, bf16"

Graph: network.py. The card's figures are PSNR of held-out slices of the pool at several noise levels, shown c of scans with so many views
(`guided`), and shown none (`denoising`).
"""

import argparse
import sys
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).parents[1]))

from card import arguments, card_of, write_card  # noqa: E402
from data import Patches, files_of  # noqa: E402
from export import PADDING  # noqa: E402
from model import averaged_network, denoiser_of  # noqa: E402
from onnx_export import largest_difference, onnx_network, write_onnx  # noqa: E402
from recipe import images_of, read_recipe  # noqa: E402

LARGEST_FILE = 16 * 2**20
FIGURES = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 8.0)


def trials(channels, planes):
    """Inputs of the sizes that they have, over sizes and batches."""
    generator = torch.Generator().manual_seed(0)
    for batch, height, width in ((1, 64, 64), (3, 64, 96), (1, 256, 256), (2, 128, 64)):
        x = torch.randn(batch, channels, height, width, generator=generator)
        condition = 0.4 * torch.rand(batch, planes, height, width, generator=generator)
        yield x, condition, torch.linspace(-1.3, 0.5, batch)


def guide_of(recipe):
    """What the card says of the guide."""
    return {**recipe["guide"], "input": "condition", "optional": True}


def quality_of(task, network):
    """What the card says of a network: held-out slices of the pool, shown c of every scan (`guided`), and shown none (`denoising`)."""
    psnrs = task.psnrs(denoiser_of(network, task.sigma_data), FIGURES)[0]
    return {
        "denoising": [{"sigma": sigma, "psnr": value} for sigma, value in psnrs.pop("none").items()],
        "guided": [{"scan": scan, "sigma": s, "psnr": v} for scan, values in psnrs.items() for s, v in values.items()],
        "heldOut": task.validation.told["source"],
    }


def main():
    parser = arguments(__doc__)
    parser.add_argument("--pool", required=True, help="for its validation part")
    parser.add_argument("--data", required=True, help="the folder that the pool was made of")
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    recipe, module = read_recipe(chosen.recipe, chosen.data)
    images = images_of(recipe)
    state = torch.load(chosen.checkpoint, map_location="cpu", weights_only=True)
    task = module.Task(argparse.Namespace(seed=0, data=chosen.pool), recipe)
    network = averaged_network(state, task.network)
    file = Path(chosen.zoo) / f"{recipe['name']}.onnx"
    file.parent.mkdir(parents=True, exist_ok=True)
    planes = recipe["guide"]["planes"] * images.channels
    names = ("x", "c_noise", "f")
    write_onnx(network, file, channels=images.channels, size_multiple=network.size_multiple, names=names, given={"condition": planes})
    if file.stat().st_size > LARGEST_FILE:
        raise SystemExit(f"{file} has {file.stat().st_size / 2**20:.1f} MiB, more than 16")
    exported = onnx_network(file)
    patches = Patches(images.read_people(chosen.data), images, 0)
    card = card_of(
        file,
        recipe,
        state,
        network,
        chosen,
        own={
            "parametrisation": {"kind": "edm", "sigmaData": task.sigma_data},
            "inputs": {"x": "x", "noise": "c_noise"},
            "guide": guide_of(recipe),
            "sigmaMin": task.sigma_range[0],
            "sigmaMax": task.sigma_range[1],
            "channels": images.channels,
            "spacingMm": [round(float(v), 1) for v in np.quantile(patches.pixel_sizes(20000), (0.02, 0.98))],
            "padding": PADDING,
        },
        trained_on={
            "data": [f"{name}: {recipe['data'][name]}" for name in files_of(chosen.data)],
            "persons": len(patches.people),
        },
        quality={
            **quality_of(task, exported),
            "onnxMaxError": float(f"{largest_difference(network, exported, trials(images.channels, planes)):.1e}"),
        },
    )
    write_card(file.with_suffix(".json"), card)


if __name__ == "__main__":
    main()
