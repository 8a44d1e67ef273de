"""Write the trained prior of spectral maps as ONNX with its card, also while the training goes on:

    python models/training/spectral/export.py --checkpoint RUN/checkpoint.pt --recipe models/training/spectral-maps.recipe.json \
        --data DATA/train --zoo models/zoo --version 1 --hardware "2 CPU cores, bf16"

The card's figures are PSNR (peak 1) of denoised maps that were not trained on: the principal maps of a cube, slices of two bodies, scenes.
"""

import sys
from functools import partial
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).parents[1]))

from card import arguments, card_of, write_card  # noqa: E402
from model import SIGMA_DATA, averaged_network, denoise  # noqa: E402
from onnx_export import largest_difference, onnx_network, write_onnx  # noqa: E402
from recipe import read_recipe  # noqa: E402
from spectral.maps import HELD_OUT, PROGRESS_SIGMAS, SIGMA_MAX, SIGMA_MIN, psnr, validation  # noqa: E402


def trials():
    """(noisy images, noise levels) of several noise levels, sizes and batches."""
    generator = torch.Generator().manual_seed(0)
    for batch, *size in ((1, 48, 64), (3, 96, 48), (2, 128, 128)):
        for sigma in (SIGMA_MIN, 0.01, 0.1, 1.0, 10.0, SIGMA_MAX):
            yield 0.5 + (0.25 + sigma) * torch.randn(batch, 1, *size, generator=generator), torch.full((batch,), sigma)


def main():
    parser = arguments(__doc__)
    parser.add_argument("--data", required=True, help="the folder that was trained on, for what was held out of it")
    chosen = parser.parse_args()
    recipe, _ = read_recipe(chosen.recipe, chosen.data)
    state = torch.load(chosen.checkpoint, map_location="cpu", weights_only=True)
    network = averaged_network(state)
    file = Path(chosen.zoo) / f"{recipe['name']}.onnx"
    file.parent.mkdir(parents=True, exist_ok=True)
    write_onnx(network, file, channels=1, size_multiple=network.size_multiple, names=("x", "c_noise", "f"))
    exported = onnx_network(file)
    held_out = validation(Path(chosen.data))
    figures = psnr(lambda x, sigma: denoise(exported, x, sigma), held_out)
    card = card_of(
        file,
        recipe,
        state,
        network,
        chosen,
        own={
            "parametrisation": {"kind": "edm", "sigmaData": SIGMA_DATA},
            "inputs": {"x": "x", "noise": "c_noise"},
            "sigmaMin": SIGMA_MIN,
            "sigmaMax": SIGMA_MAX,
            "channels": 1,
            "spacingMm": [0, 0],
            "padding": "constant",
        },
        trained_on={
            "data": [f"{name}: {source}" for name, source in recipe["data"].items() if name not in HELD_OUT]
            + ["generated scenes (models/training/spectral/scenes.py)"],
        },
        quality={
            "denoising": [
                {"sigma": sigma, **{kind: values[k] for kind, values in figures.items()}, "psnr": figures["cube"][k]}
                for k, sigma in enumerate(PROGRESS_SIGMAS)
            ],
            "heldOut": f"maps of {HELD_OUT[0]} (psnr, cube), slices of {HELD_OUT[1]} and {HELD_OUT[2]} (bodies), generated scenes",
            "onnxMaxError": float(f"{largest_difference(partial(denoise, network), partial(denoise, exported), trials()):.1e}"),
        },
    )
    write_card(file.with_suffix(".json"), card)


if __name__ == "__main__":
    main()
