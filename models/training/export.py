"""Write a trained prior as ONNX with its model card, and measure both.

    python models/training/export.py --checkpoint DIR/checkpoint.pt --recipe models/training/ct.recipe.json \
        --data DIR --validate VOLUME.nii.gz --out models/zoo --version 1

The graph is the bare network F with the averaged weights: inputs x = c_in x_noisy [N, 1, H, W] and
c_noise = ln(sigma) / 4 [N], output f [N, 1, H, W]. The card tells how D is formed from it.
"""

import argparse
import hashlib
import json
import math
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch

from data import Patches, files_of, normalise, read_people, read_volume
from model import SIGMA_DATA, SIZE_MULTIPLE, UNet, denoise, parameter_count
from train import SIGMA_MAX, SIGMA_MIN, validate

DENOISING_SIGMAS = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0)
OPSET = 18
PADDING = "constant"  # with 0, as the convolutions do; repeated edges would be noise that is not white


def write_onnx(network, path):
    unit = torch.export.Dim("units_h", min=2, max=1024), torch.export.Dim("units_w", min=2, max=1024)
    torch.onnx.export(
        network,
        (torch.randn(2, 1, 64, 96), torch.randn(2)),
        path,
        input_names=["x", "c_noise"],
        output_names=["f"],
        opset_version=OPSET,
        dynamo=True,
        external_data=False,
        verbose=False,
        dynamic_shapes=(
            {0: torch.export.Dim("batch", min=1, max=4096), 2: SIZE_MULTIPLE * unit[0], 3: SIZE_MULTIPLE * unit[1]},
            {0: torch.export.Dim("batch", min=1, max=4096)},
        ),
    )
    # Names and stack traces of the exporter's run are of no use to a reader, and not the same from run to run.
    model = onnx.load(path)
    model.doc_string = ""
    model.graph.doc_string = ""
    del model.metadata_props[:], model.graph.metadata_props[:]
    for item in (*model.graph.node, *model.graph.initializer, *model.graph.value_info, *model.graph.input, *model.graph.output):
        item.doc_string = ""
        del item.metadata_props[:]
    for values, names in ((model.graph.input, ("N", None, "H", "W")), (model.graph.output, ("N", None, "H", "W"))):
        for value in values:
            for dim, name in zip(value.type.tensor_type.shape.dim, names):
                if name:
                    dim.dim_param = name
    del model.graph.value_info[:]
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, path)


def onnx_network(path, threads=2):
    chosen = onnxruntime.SessionOptions()
    chosen.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(str(path), chosen, providers=["CPUExecutionProvider"])

    def run(x, c_noise):
        return torch.from_numpy(session.run(["f"], {"x": x.numpy(), "c_noise": c_noise.numpy()})[0])

    return run


@torch.no_grad()
def largest_difference(network, other, clean):
    """max |D - D'| over noise levels, sizes and batches."""
    generator = torch.Generator().manual_seed(0)
    worst = 0.0
    for size, batch in ((64, 1), (64, 3), (256, 1), (256, 3)):
        x = clean[:batch, :, -size:, -size:]
        for sigma in (SIGMA_MIN, 0.01, 0.1, 1.0, 10.0, SIGMA_MAX):
            noisy = x + sigma * torch.randn(x.shape, generator=generator)
            levels = torch.full((len(x),), sigma)
            worst = max(worst, (denoise(network, noisy, levels) - denoise(other, noisy, levels)).abs().max().item())
    return worst


@torch.no_grad()
def at_highest_noise(network, clean, people):
    """RMSE of D(x; sigma_max), and of the mean of the training slices (people counted alike), against held-out slices."""
    noise = torch.randn(clean.shape, generator=torch.Generator().manual_seed(1))
    sigma = torch.tensor([SIGMA_MAX])
    estimate = torch.cat([denoise(network, x[None] + sigma * n[None], sigma) for x, n in zip(clean, noise)])
    mean = float(np.mean([np.mean([normalise(s.hu.astype(np.float32)).mean() for s in p]) for p in people.values()]))
    return (estimate - clean).square().mean().sqrt().item(), (clean - mean).square().mean().sqrt().item()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--checkpoint", required=True)
    parser.add_argument("--recipe", required=True, help="what the card says about the data and the licence")
    parser.add_argument("--data", required=True, help="the folder that was trained on")
    parser.add_argument("--validate", required=True, help="a volume that was not")
    parser.add_argument("--slices", default="30:45")
    parser.add_argument("--out", required=True)
    parser.add_argument("--version", default="1")
    parser.add_argument("--hardware", default="2 CPU cores, bf16")
    chosen = parser.parse_args()
    torch.set_num_threads(2)

    recipe = json.loads(Path(chosen.recipe).read_text())
    names = files_of(chosen.data)
    if unknown := sorted(set(names) - set(recipe["data"])):
        raise SystemExit(f"{chosen.recipe} has no licence note for {', '.join(unknown)}")
    state = torch.load(chosen.checkpoint, map_location="cpu", weights_only=True)
    network = UNet(**state["config"])
    network.load_state_dict(state["average"])
    network.eval().requires_grad_(False)

    file = Path(chosen.out) / f"{recipe['name']}.onnx"
    write_onnx(network, file)
    people = read_people(chosen.data)
    first, last = map(int, chosen.slices.split(":"))
    clean = torch.from_numpy(normalise(read_volume(chosen.validate)[0][first:last].astype(np.float32)))[:, None]
    exported = onnx_network(file)
    curve, _ = validate(exported, clean, DENOISING_SIGMAS)
    sigma_max_rmse, mean_rmse = at_highest_noise(exported, clean, people)

    card = {
        "name": recipe["name"],
        "version": chosen.version,
        "file": file.name,
        "sha256": hashlib.sha256(file.read_bytes()).hexdigest(),
        "modality": recipe["modality"],
        "parametrisation": {"kind": "edm", "sigmaData": SIGMA_DATA},
        "inputs": {"x": "x", "noise": "c_noise"},
        "output": "f",
        "sigmaMin": SIGMA_MIN,
        "sigmaMax": SIGMA_MAX,
        "range": recipe["range"],
        "channels": 1,
        "plane": recipe["plane"],
        "spacingMm": [round(float(v), 1) for v in np.quantile(Patches(people, 0).pixel_sizes(20000), (0.02, 0.98))],
        "sizeMultiple": SIZE_MULTIPLE,
        "padding": PADDING,
        "parameters": parameter_count(network),
        "training": {
            "data": [f"{name}: {recipe['data'][name]}" for name in names],
            "persons": state["people"],
            "steps": state["step"],
            "minutes": round(state["seconds"] / 60, 1),
            "hardware": chosen.hardware,
            "seed": state["seed"],
            "pytorch": state["pytorch"],
        },
        "licence": recipe["licence"],
        "quality": {
            "denoising": [{"sigma": sigma, "psnr": round(value, 2)} for sigma, value in curve.items()],
            "onnxMaxError": float(f"{largest_difference(network, exported, clean):.1e}"),
            "sigmaMaxRmse": round(sigma_max_rmse, 4),
            "meanRmse": round(mean_rmse, 4),
        },
        "description": recipe["description"],
    }
    assert not any(isinstance(v, float) and math.isnan(v) for v in card["quality"].values())
    file.with_suffix(".json").write_text(json.dumps(card, indent=2, ensure_ascii=False) + "\n")
    print(json.dumps(card["quality"], indent=2))


if __name__ == "__main__":
    main()
