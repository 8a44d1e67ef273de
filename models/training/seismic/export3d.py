"""Write a trained `seismic-3d` as ONNX with its card, also while the training goes on:

    python models/training/seismic/export3d.py --checkpoint RUN/checkpoint.pt --recipe models/training/seismic-3d.recipe.json --pool POOL \
        --zoo models/zoo --version 1 --hardware "1 CPU core, bf16"

Graph and card: README.md here. The card's figures are of the pool's validation volumes: mean SNR in dB over missing traces of the better guide, of one
evaluation, and of one that is shown the live traces alone.
"""

import argparse
import sys
import tempfile
from pathlib import Path

import onnx
import torch

sys.path.insert(0, str(Path(__file__).parents[1]))

from card import card_of, write_card  # noqa: E402
from model import averaged_network, denoiser_of  # noqa: E402
from onnx_export import OPSET, cleaned, largest_difference, onnx_network  # noqa: E402
from recipe import read_recipe  # noqa: E402
from seismic import cosine  # noqa: E402
from seismic.exporting import arguments, require_small  # noqa: E402
from seismic.network3d import PLANES, Epsilon  # noqa: E402

BLOCK, OVERLAP = [16, 32, 128], [4, 8, 32]
ACTIVATION_BYTES = 450  # an element of a block: measured as the growth of ONNX Runtime's process, rounded up


def write_blocks(network, path):
    """(x [N, 1, A, B, C], condition [N, 5, A, B, C], t [N]) -> f [N, 2, A, B, C]; N and A free, B and C multiples of `size_multiple`."""
    multiple = network.size_multiple
    units = [torch.export.Dim(f"units_{k}", min=2, max=256) for k in "bc"]
    batch, lines = torch.export.Dim("batch", min=1, max=256), torch.export.Dim("lines", min=1, max=1024)
    sizes = {0: batch, 2: lines, 3: multiple * units[0], 4: multiple * units[1]}
    images = [torch.randn(2, planes, 3, 2 * multiple, 3 * multiple) for planes in (1, PLANES)]
    torch.onnx.export(
        network,
        (*images, torch.tensor([3.5, 700.0])),
        path,
        input_names=["x", "condition", "t"],
        output_names=["f"],
        opset_version=OPSET,
        dynamo=True,
        external_data=False,
        verbose=False,
        dynamic_shapes=(sizes, sizes, {0: batch}),
    )
    model = cleaned(onnx.load(path))
    for value in (*model.graph.input, *model.graph.output):
        for dimension, name in zip(value.type.tensor_type.shape.dim, ("N", None, "A", "B", "C")):
            if name:
                dimension.dim_param = name
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, path)


def trials():
    """Noise of the sizes that the inputs have, over sizes, batches and steps."""
    generator = torch.Generator().manual_seed(0)
    for batch, size in ((1, (16, 32, 128)), (3, (1, 48, 80)), (2, (5, 16, 64))):
        x = torch.randn(batch, 1, *size, generator=generator)
        condition = 0.25 * torch.randn(batch, PLANES, *size, generator=generator)
        yield x, condition, torch.rand(batch, generator=generator) * (cosine.STEPS - 1)


def card(file, recipe, state, network, chosen, quality):
    levels = cosine.sigmas()
    return card_of(
        file,
        recipe,
        state,
        network,
        chosen,
        own={
            "parametrisation": {"kind": "epsilon", "sigmas": [float(f"{s:.9g}") for s in levels]},
            "inputs": {"x": "x", "noise": "t"},
            "outputChannels": "mean-variance",
            "guide": {"kind": "interpolations", "planes": PLANES, "input": "condition", "start": {"plane": 2, "noise": True}},
            "block": {"shape": BLOCK, "overlap": OVERLAP, "multiple": [1, network.size_multiple, network.size_multiple]},
            # a hair wider than the schedule, whose ends another machine's cosine may round otherwise
            "sigmaMin": float(f"{levels[0] * (1 - 1e-6):.9g}"),
            "sigmaMax": float(f"{levels[-1] * (1 + 1e-6):.9g}"),
            "activationBytes": ACTIVATION_BYTES,
            "channels": 1,
            "spacingMm": [0, 0],
            "padding": "constant",
        },
        trained_on={
            "data": [f"{name}: {source}" for name, source in recipe["data"].items()]
            + ["generated volumes (models/training/seismic/volumes.py)"],
        },
        quality=quality,
    )


def main():
    chosen = arguments(__doc__)
    recipe, modality = read_recipe(chosen.recipe, chosen.pool)
    state = torch.load(chosen.checkpoint, map_location="cpu", weights_only=True)
    task = modality.Task(argparse.Namespace(seed=0, data=chosen.pool), recipe)
    halves = averaged_network(state, task.network)
    network = Epsilon(halves).eval().requires_grad_(False)
    file = Path(chosen.zoo) / f"{recipe['name']}.onnx"
    file.parent.mkdir(parents=True, exist_ok=True)
    write_blocks(network, file)
    require_small(file)
    with tempfile.TemporaryDirectory() as folder:
        text, values = task.progress(denoiser_of(halves, task.sigma_data), Path(folder), 0)
    print(text)
    quality = {
        "snrMissing": {kind: dict(zip(("best guide", "network", "network, live traces alone"), row)) for kind, row in values["snr"].items()},
        "heldOut": f"{len(task.validation['kind'])} volumes: swept out of held-out ends of the real lines, and generated ones",
        "onnxMaxError": float(f"{largest_difference(network, onnx_network(file), trials()):.1e}"),
    }
    write_card(file.with_suffix(".json"), card(file, recipe, state, network, chosen, quality))


if __name__ == "__main__":
    main()
