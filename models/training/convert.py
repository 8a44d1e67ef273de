"""Checkpoints of other people's networks as priors: NAME.onnx and its card NAME.json.

    python models/training/convert.py FAMILY --checkpoint FILE --card NAME.partial.json --out DIR [--config FILE.json]

    adm         guided-diffusion's U-Net (DDS)
    ncsnpp      score_sde's NCSN++, variance exploding (DiffusionMBIR)
    diffusers   UNet2DModel; its config.json and scheduler_config.json lie beside the checkpoint or are named

The settings of the published code are flags, by its names, and --config holds them as JSON. The partial card says what
weights cannot: name, modality, range, plane, spacingMm, licence, training.data (README.md). The ends of the network's
data range become 0 and 1 inside the graph. D of the written file is compared with D of the PyTorch network; a
difference of more than 1e-4 is refused.
"""

import argparse
import hashlib
import json
import re
import sys
import tempfile
from pathlib import Path

import numpy as np
import torch

from checkpoints import read_checkpoint
from families import adm_flags, diffusers_config, ncsnpp_flags
from families.denoiser import denoise, exact, graph_of, preconditioned
from families.layers import ConvertError
from onnx_export import onnx_network, write_onnx

TOLERANCE = 1e-4
LEVELS = 6
NEEDED = {
    "name": "what --prior will take: lower-case letters, digits and hyphens",
    "modality": "CT, MR, …",
    "range": '{"unit": "HU", "low": -1000, "high": 1000}: the values at the ends of the data range it was trained on',
    "plane": "axial, coronal, sagittal or any",
    "spacingMm": "[smallest, largest] pixel it was trained on",
    "licence": "of the weights",
    "training": '{"data": ["every source of training data, with its licence"]}',
}
MAY = {"version": "1", "description": "", "padding": "constant"}


def read_json(path):
    try:
        return json.loads(Path(path).read_text())
    except OSError as error:
        raise ConvertError(f"cannot read {path}: {error.strerror}") from error
    except ValueError as error:
        raise ConvertError(f"{path} is not JSON: {error}") from error


def read_partial(path):
    """What a card's author says; the rest follows from the network."""
    partial = read_json(path)
    if missing := [name for name in NEEDED if name not in partial]:
        lines = "\n".join(f"  {name}: {NEEDED[name]}" for name in missing)
        raise ConvertError(f"the card {path} lacks\n{lines}")
    if unknown := sorted(set(partial) - set(NEEDED) - set(MAY)):
        known = ", ".join([*NEEDED, *MAY])
        raise ConvertError(
            f"the card {path} has {', '.join(unknown)}, which follow from the network or are unknown.\nIt takes {known}"
        )
    data = partial["training"].get("data") if isinstance(partial["training"], dict) else None
    if not (isinstance(data, list) and data and all(isinstance(line, str) for line in data)):
        raise ConvertError(f"the card {path} names no training data: 'training' is {NEEDED['training']}")
    return {**MAY, **partial}


def data_range_of(published, given):
    low, high = given or published.data_range
    if low >= high:
        raise ConvertError(f"--data-range {low:g} {high:g}: the first must be the lower")
    if published.channels == 2 and low != 0:
        raise ConvertError(
            "complex images have no offset: --data-range must start at 0 (the magnitude that is 0), e.g. 0 1"
        )
    return float(low), float(high)


def rounded(value):
    return float(f"{value:.1e}")


def as_text(card):
    """JSON with lists of numbers on one line."""
    text = json.dumps(card, indent=2, ensure_ascii=False) + "\n"
    return re.sub(
        r"\[[-+.\de,\s]+\]", lambda found: re.sub(r"\s+", " ", found[0]).replace("[ ", "[").replace(" ]", "]"), text
    )


def compare(published, data_range, parametrisation, path):
    """Largest |D − D'| / max(1, σ) at each of several noise levels, over sizes and batches; D' is of the exported file.

    Above σ = 1 the error is taken relative to σ: D = x ± σ·(what the network predicts), so float32 itself is only that
    good.
    """
    run = onnx_network(path, torch.get_num_threads())
    unit, generator = published.network.size_multiple, torch.Generator().manual_seed(0)
    side = max(unit, (published.trained_size or 2 * unit) // unit * unit)
    low, high = (value / (data_range[1] - data_range[0]) for value in published.sigma_range)
    table = []
    for sigma in np.geomspace(low, high, LEVELS):
        worst = 0.0
        for batch, rows, columns in ((2, 2 * unit, 3 * unit), (1, side, side)):
            shape = (batch, published.channels, rows, columns)
            x = torch.rand(shape, generator=generator) + float(sigma) * torch.randn(shape, generator=generator)
            expected = denoise(published, data_range, x, float(sigma))
            got = preconditioned(parametrisation, run, x, float(sigma))
            if not torch.isfinite(expected).all():
                raise ConvertError(f"the network gives no finite numbers at σ = {sigma:g}: are its settings right?")
            worst = max(worst, (got - expected).abs().max().item() / max(1.0, float(sigma)))
        table.append({"sigma": float(f"{sigma:.4g}"), "error": rounded(worst)})
    return table


def card_of(partial, published, data_range, parametrisation, noise, file, source):
    width = data_range[1] - data_range[0]
    low, high = published.sigma_range
    converted = {
        "family": published.family,
        **source,
        "dataRange": list(data_range),
        "trainedSize": published.trained_size or None,
        "settings": {k: list(v) if isinstance(v, tuple) else v for k, v in published.settings.items()},
    }
    return {
        "name": partial["name"],
        "version": partial["version"],
        "description": partial["description"],
        "file": file.name,
        "sha256": hashlib.sha256(file.read_bytes()).hexdigest(),
        "modality": partial["modality"],
        "parametrisation": parametrisation,
        "inputs": {"x": "x", "noise": noise},
        "output": "f",
        "sigmaMin": exact(low / width),
        "sigmaMax": exact(high / width),
        "range": partial["range"],
        "channels": published.channels,
        "plane": partial["plane"],
        "spacingMm": partial["spacingMm"],
        "sizeMultiple": published.network.size_multiple,
        "padding": partial["padding"],
        "parameters": sum(p.numel() for p in published.network.parameters()),
        "training": {**partial["training"], "converted": converted},
        "licence": partial["licence"],
    }


def convert(published, partial, out, *, data_range=None, source=None):
    """NAME.onnx and NAME.json in the folder `out`, written only when the file agrees with the network; returns the
    card.
    """
    if published.channels not in (1, 2):
        raise ConvertError(f"{published.channels} channels: a prior has 1 (real images) or 2 (real and imaginary part)")
    data_range = data_range_of(published, data_range)
    graph, parametrisation, noise = graph_of(published, data_range)
    out = Path(out)
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out) as folder:
        file = Path(folder) / f"{partial['name']}.onnx"
        try:
            multiple = published.network.size_multiple
            write_onnx(graph.eval(), file, channels=published.channels, size_multiple=multiple, names=("x", noise, "f"))
        except ValueError as error:
            raise ConvertError(str(error)) from error
        card = card_of(partial, published, data_range, parametrisation, noise, file, source or {})
        table = compare(published, data_range, parametrisation, file)
        worst = max(entry["error"] for entry in table)
        if not worst <= TOLERANCE:
            lines = "\n".join(f"  σ {entry['sigma']:g}: {entry['error']:g}" for entry in table)
            raise ConvertError(
                f"the exported file differs from the network by more than {TOLERANCE:g} of the range:\n{lines}"
            )
        card["quality"] = {"onnxMaxError": worst, "onnxErrors": table}
        file.replace(out / file.name)
    (out / f"{partial['name']}.json").write_text(as_text(card))
    return card


def read_flags(given, flags):
    """The flags that were given, by name."""
    return {name: getattr(given, name) for name in flags if hasattr(given, name)}


def beside(checkpoint, *names):
    """The first of these files that there is, from the checkpoint's folder."""
    for name in names:
        if (path := checkpoint.parent / name).is_file():
            return path
    raise ConvertError(f"there is no {' or '.join(names)} beside {checkpoint}: name it")


def read_published(given):
    """(Published, how the weights were chosen) from the command line."""
    checkpoint = Path(given.checkpoint)
    state, chosen = read_checkpoint(checkpoint, given.key)
    if given.family == "diffusers":
        config = given.config or beside(checkpoint, "config.json")
        scheduler = given.scheduler or beside(checkpoint, "scheduler_config.json", "../scheduler/scheduler_config.json")
        return diffusers_config.read(state, read_json(config), read_json(scheduler)), chosen
    family = {"adm": adm_flags, "ncsnpp": ncsnpp_flags}[given.family]
    config = read_json(given.config) if given.config else {}
    return family.read(state, config, read_flags(given, family.FLAGS)), chosen


def parser():
    top = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    families = top.add_subparsers(dest="family", required=True)
    for name, flags in (("adm", adm_flags.FLAGS), ("ncsnpp", ncsnpp_flags.FLAGS), ("diffusers", {})):
        p = families.add_parser(name)
        p.add_argument("--checkpoint", required=True, help="the weights: a torch file, or safetensors")
        p.add_argument("--key", help="where the weights are, in a checkpoint of several parts")
        p.add_argument("--card", required=True, help="NAME.partial.json: what weights cannot say")
        p.add_argument("--out", required=True, help="folder for NAME.onnx and NAME.json")
        p.add_argument(
            "--config", help="JSON with the settings" if flags else "config.json, if not beside the checkpoint"
        )
        if name == "diffusers":
            p.add_argument("--scheduler", help="scheduler_config.json, if not beside the checkpoint or in ../scheduler")
        p.add_argument(
            "--data-range", nargs=2, type=float, metavar=("LOW", "HIGH"), help="of the data it was trained on"
        )
        p.add_argument("--threads", type=int, default=2)
        for flag, how in flags.items():
            names = dict.fromkeys((f"--{flag.replace('_', '-')}", f"--{flag}"))
            about = f"{how.about}. Default: {how.default}"
            p.add_argument(*names, dest=flag, type=how.read, default=argparse.SUPPRESS, help=about)
    return top


def main(arguments=None):
    given = parser().parse_args(arguments)
    torch.set_num_threads(given.threads)
    try:
        partial = read_partial(given.card)
        published, chosen = read_published(given)
        checkpoint = Path(given.checkpoint)
        with checkpoint.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        source = {"checkpoint": checkpoint.name, "checkpointSha256": digest, "weights": chosen}
        card = convert(published, partial, given.out, data_range=given.data_range, source=source)
    except ConvertError as error:
        sys.exit(f"convert: {error}")
    low, high = card["sigmaMin"], card["sigmaMax"]
    sides = f"sides multiples of {card['sizeMultiple']}"
    print(f"{card['name']}: {card['parameters']:,} parameters, σ {low:g}…{high:g}, {sides}")
    print(f"largest difference to PyTorch: {card['quality']['onnxMaxError']:g} of the range (above σ = 1: of σ)")


if __name__ == "__main__":
    main()
