"""Make an 8-bit copy of a prior: NAME-fast.onnx and its card.

    python models/training/quantise.py --card models/zoo/ct.json --recipe models/training/ct.recipe.json \
        --data DIR --validate VOLUME.nii.gz --name ct-fast

Convolutions get 8-bit integers (QuantizeLinear / DequantizeLinear pairs, which ONNX Runtime turns into integer kernels):
weights symmetric per output channel, activations asymmetric per tensor with the range of all but 1 value in 10,000 at each
end, over training slices at noise levels of the whole card. Weights take 7 bits: products of 8-bit ones overflow the
16-bit sums of processors without integer dot products (before AVX512-VNNI), silently; the eighth bit gains nothing.
"""

import argparse
import hashlib
import json
import tempfile
from pathlib import Path

import numpy as np
import onnx
import torch
from onnxruntime.quantization import CalibrationDataReader, CalibrationMethod, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process

from card import write_card
from data import Patches
from export import derived_from, held_out_of, measure
from model import preconditioning
from onnx_export import onnx_network
from recipe import read_recipe

PERCENTILE = 99.99
# What sees the image's own noise, or gives the answer: in 8 bits these cost 0.5 dB at sigma = 0.01. A recipe may name more.
KEPT_IN_FLOAT = ("stem.", "head.", "down.0.0.")


class Samples(CalibrationDataReader):
    """Noisy training slices, log-uniform over the card's noise levels."""

    def __init__(self, patches, card, count, seed=3):
        sigmas = np.exp(np.linspace(np.log(card["sigmaMin"]), np.log(card["sigmaMax"]), count))
        generator = torch.Generator().manual_seed(seed)
        self.feeds = iter([self._feed(patches.batch(1, 192), float(sigma), card, generator) for sigma in sigmas])

    @staticmethod
    def _feed(clean, sigma, card, generator):
        sigma = torch.tensor([sigma])
        noisy = clean + sigma * torch.randn(clean.shape, generator=generator)
        _, _, c_in, c_noise = preconditioning(sigma, card["parametrisation"]["sigmaData"])
        return {"x": (c_in * noisy).numpy(), "c_noise": c_noise.numpy()}

    def get_next(self):
        return next(self.feeds, None)


def kept_in_float(path, prefixes):
    """Names of the convolutions whose weights' names begin with one of `prefixes`."""
    convolutions = [node for node in onnx.load(path).graph.node if node.op_type == "Conv"]
    kept = [node.name for node in convolutions if node.input[1].startswith(prefixes)]
    if len(kept) < 3:
        raise SystemExit(f"{path} is not a network of model.py: no weights named {', '.join(prefixes)}")
    return kept


def quantise(source, target, samples, kept=KEPT_IN_FLOAT):
    """Write the 8-bit copy of the network `source` to `target`; weights whose names begin with one of `kept` stay float."""
    with tempfile.TemporaryDirectory() as folder:
        prepared = Path(folder) / "prepared.onnx"
        quant_pre_process(source, prepared, skip_symbolic_shape=True)
        quantize_static(
            prepared,
            target,
            samples,
            quant_format=QuantFormat.QDQ,
            op_types_to_quantize=["Conv"],
            nodes_to_exclude=kept_in_float(prepared, kept),
            per_channel=True,
            reduce_range=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            calibrate_method=CalibrationMethod.Percentile,
            extra_options={"CalibPercentile": PERCENTILE},
        )


def kept_of(recipe):
    return tuple(recipe.get("keptInFloat", KEPT_IN_FLOAT))


def network_of(source):
    """(card, path of its network) of a card's path. SystemExit where the network is another one."""
    card = json.loads(source.read_text())
    network = source.with_name(card["file"])
    if hashlib.sha256(network.read_bytes()).hexdigest() != card["sha256"]:
        raise SystemExit(f"{network} is not the network of {source}: its sha256 differs")
    return card, network


def write_copy(source, target, quality):
    """Write the card of the 8-bit copy `target` of the network of the card `source`."""
    card = json.loads(source.read_text())
    copy = {
        **card,
        "name": target.stem,
        "file": target.name,
        "sha256": hashlib.sha256(target.read_bytes()).hexdigest(),
        "precision": "int8",
        "derivedFrom": derived_from(source),
        "quality": quality,
        "description": f"8-bit copy of {card['name']}, faster where the processor has integer dot products. {card['description']}",
    }
    write_card(target.with_suffix(".json"), copy)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--card", required=True, help="of the float network, its .onnx beside it")
    parser.add_argument("--recipe", required=True)
    parser.add_argument("--data", required=True, help="the folder that was trained on, for the ranges")
    parser.add_argument("--validate", required=True, help="a volume that was not")
    parser.add_argument("--slices", default="30:45")
    parser.add_argument("--name", required=True)
    parser.add_argument("--samples", type=int, default=32)
    chosen = parser.parse_args()
    torch.set_num_threads(2)
    recipe, modality = read_recipe(chosen.recipe, chosen.data)
    source = Path(chosen.card)
    card, network = network_of(source)
    target = source.with_name(f"{chosen.name}.onnx")
    patches = Patches(modality.read_people(chosen.data), modality, seed=2)
    quantise(network, target, Samples(patches, card, chosen.samples), kept_of(recipe))
    clean = held_out_of(chosen, modality)
    quality = {
        "denoising": measure(onnx_network(target, threads=2), clean, modality),
        "heldOut": f"{Path(chosen.validate).name.split('.nii')[0]}, slices {chosen.slices}",
    }
    write_copy(source, target, quality)


if __name__ == "__main__":
    main()
