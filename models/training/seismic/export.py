"""Write a trained seismic prior as ONNX with its card, also while the training goes on:

    python models/training/seismic/export.py --checkpoint RUN/checkpoint.pt --recipe models/training/seismic-2d.recipe.json --pool POOL \
        --zoo models/zoo --version 1 --hardware "2 CPU cores, bf16"

Graph and card: README.md here. The card's figures are of sections of the pool's validation part: mean SNR in dB over missing traces of the three guides, sorted, and
of D(g1; sigma_max).
"""

import argparse
import sys
import tempfile
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).parents[1]))

from card import card_of, write_card  # noqa: E402
from model import averaged_network, denoiser_of  # noqa: E402
from onnx_export import largest_difference, onnx_network, write_onnx  # noqa: E402
from recipe import read_recipe  # noqa: E402
from seismic.exporting import arguments, require_small  # noqa: E402


def card_parts(modality):
    """What a card of this family says and others do not."""
    return {
        "parametrisation": {"kind": "edm", "sigmaData": modality.Task.sigma_data},
        "inputs": {"x": "x", "noise": "c_noise"},
        "guide": modality.GUIDE,
        "sigmaMin": modality.Task.sigma_range[0],
        "sigmaMax": modality.Task.sigma_range[1],
        "channels": 1,
        "spacingMm": [0, 0],
        "padding": "constant",
    }


def trials(planes, multiple, dimensions):
    """Noise of the sizes that the inputs have, over sizes and batches."""
    generator = torch.Generator().manual_seed(0)
    for batch, factors in ((1, (2, 3, 2)), (3, (5, 2, 3)), (2, (4, 7, 2))):
        size = [m * k for m, k in zip(multiple, factors)][:dimensions]
        images = [torch.randn(batch, p, *size, generator=generator) * (1.0 if p == 1 else 0.25) for p in planes]
        yield *images, torch.randn(batch, generator=generator).clamp(-1.4, 0.17)


def main():
    chosen = arguments(__doc__)
    recipe, modality = read_recipe(chosen.recipe, chosen.pool)
    state = torch.load(chosen.checkpoint, map_location="cpu", weights_only=True)
    task = modality.Task(argparse.Namespace(seed=0, data=chosen.pool), recipe)
    network = averaged_network(state, task.network)
    file = Path(chosen.zoo) / f"{recipe['name']}.onnx"
    file.parent.mkdir(parents=True, exist_ok=True)
    planes = recipe["network"]["conditions"]
    write_onnx(network, file, channels=1, size_multiple=network.size_multiple, names=("x", "c_noise", "f"), given={"condition": planes})
    require_small(file)
    exported = onnx_network(file)
    with tempfile.TemporaryDirectory() as folder:
        text, values = task.progress(denoiser_of(exported, task.sigma_data), Path(folder), 0)
    print(text)
    multiples = (network.size_multiple,) * 2
    guides = ("best guide", "second", "third", "network")
    card = card_of(
        file,
        recipe,
        state,
        network,
        chosen,
        own=card_parts(modality),
        trained_on={
            "data": [f"{name}: {source}" for name, source in recipe["data"].items()]
            + ["generated sections (models/training/seismic/generate.py)"],
        },
        quality={
            "snrMissing": {kind: dict(zip(guides, row)) for kind, row in values["snr"].items()},
            "heldOut": f"{len(task.validation['kind'])} sections: held-out ends of the real lines, and generated ones",
            "onnxMaxError": float(f"{largest_difference(network, exported, trials((1, planes), multiples, 2)):.1e}"),
        },
    )
    write_card(file.with_suffix(".json"), card)


if __name__ == "__main__":
    main()
