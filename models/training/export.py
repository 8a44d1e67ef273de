"""Write a trained prior as ONNX with its model card, and measure both. `train.py --zoo` does it at the end of a run; this
does it for any checkpoint, also while the training goes on:

    python models/training/export.py --checkpoint DIR/checkpoint.pt --recipe models/training/ct.recipe.json \
        --data DIR --validate VOLUME.nii.gz --zoo models/zoo --version 2 --hardware "2 CPU cores, bf16"

The graph is the bare network F with the averaged weights: inputs x = c_in x_noisy [N, C, H, W] and
c_noise = ln(sigma) / 4 [N], output f [N, C, H, W]. The card tells how D is formed from it.
"""

import json
from functools import partial
from pathlib import Path

import numpy as np
import torch

from card import arguments, card_of, write_card
from data import Patches, files_of
from evaluate import SIGMA_MAX, SIGMA_MIN, psnr_by_sigma
from model import SIGMA_DATA, averaged_network, denoise
from onnx_export import largest_difference, onnx_network, write_onnx
from recipe import read_recipe

DENOISING_SIGMAS = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0)
PADDING = "constant"  # with 0, as the convolutions do; repeated edges would be noise that is not white


def trials(clean):
    """(noisy slices, noise levels) of several noise levels, sizes and batches."""
    generator = torch.Generator().manual_seed(0)
    for size, batch in ((64, 1), (64, 3), (256, 1), (256, 3)):
        x = clean[:batch, :, -size:, -size:]
        for sigma in (SIGMA_MIN, 0.01, 0.1, 1.0, 10.0, SIGMA_MAX):
            yield x + sigma * torch.randn(x.shape, generator=generator), torch.full((len(x),), sigma)


@torch.no_grad()
def at_highest_noise(network, clean, seen):
    """RMSE of D(x; sigma_max), and of the mean of training slices, against held-out slices."""
    noise = torch.randn(clean.shape, generator=torch.Generator().manual_seed(1))
    sigma = torch.tensor([SIGMA_MAX])
    estimate = torch.cat([denoise(network, x[None] + sigma * n[None], sigma) for x, n in zip(clean, noise)])
    mean = seen.mean((0, 2, 3), keepdim=True)
    return (estimate - clean).square().mean().sqrt().item(), (clean - mean).square().mean().sqrt().item()


def measure(network, clean, modality):
    """The card's quality of an ONNX network: denoised held-out slices."""
    curve, _ = psnr_by_sigma(partial(denoise, network), clean, DENOISING_SIGMAS, modality.shown)
    return [{"sigma": sigma, "psnr": round(value, 2)} for sigma, value in curve.items()]


def held_out_of(chosen, modality):
    first, last = map(int, chosen.slices.split(":"))
    return modality.held_out(chosen.validate, slice(first, last))


def derived_from(card):
    """What a card says of the network that it was made of."""
    teacher = json.loads(Path(card).read_text())
    return {key: teacher[key] for key in ("name", "version", "sha256")}


def export(checkpoint, recipe, modality, people, chosen):
    """NAME.onnx and NAME.json in the folder `chosen.zoo`."""
    state = torch.load(checkpoint, map_location="cpu", weights_only=True)
    network = averaged_network(state)

    file = Path(chosen.zoo) / f"{recipe['name']}.onnx"
    file.parent.mkdir(parents=True, exist_ok=True)
    write_onnx(
        network,
        file,
        channels=modality.channels,
        size_multiple=network.size_multiple,
        names=("x", "c_noise", "f"),
    )
    clean = held_out_of(chosen, modality)
    exported = onnx_network(file, threads=2)
    patches = Patches(people, modality, 0)
    sigma_max_rmse, mean_rmse = at_highest_noise(exported, clean, patches.batch(100, 256))
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
            "channels": modality.channels,
            "spacingMm": [round(float(v), 1) for v in np.quantile(patches.pixel_sizes(20000), (0.02, 0.98))],
            "padding": PADDING,
            **({"derivedFrom": derived_from(chosen.derived_from)} if chosen.derived_from else {}),
        },
        trained_on={
            "data": [f"{name}: {recipe['data'][name]}" for name in files_of(chosen.data)],
            "persons": state["people"],
        },
        quality={
            "denoising": measure(exported, clean, modality),
            "heldOut": f"{Path(chosen.validate).name.split('.nii')[0]}, slices {chosen.slices}",
            "onnxMaxError": float(f"{largest_difference(partial(denoise, network), partial(denoise, exported), trials(clean)):.1e}"),
            "sigmaMaxRmse": round(sigma_max_rmse, 4),
            "meanRmse": round(mean_rmse, 4),
        },
    )
    write_card(file.with_suffix(".json"), card)


def main():
    parser = arguments(__doc__)
    parser.add_argument("--data", required=True, help="the folder that was trained on")
    parser.add_argument("--validate", required=True, help="a volume that was not")
    parser.add_argument("--slices", default="30:45")
    parser.add_argument("--derived-from", help="card of the network that taught this one")
    chosen = parser.parse_args()
    torch.set_num_threads(2)
    recipe, modality = read_recipe(chosen.recipe, chosen.data)
    export(chosen.checkpoint, recipe, modality, modality.read_people(chosen.data), chosen)


if __name__ == "__main__":
    main()
