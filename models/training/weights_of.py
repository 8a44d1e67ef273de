"""The weights of a network of the zoo as a checkpoint for `train.py --init`, where that of its training is not at hand.

    python models/training/weights_of.py --onnx models/zoo/ct.onnx --out RUN/start.pt

Float networks of model.py only: the exporter keeps their layers' names. Means and optimiser are not in the file, so a training cannot go
on from it, only begin.
"""

import argparse

import onnx
import torch

from model import UNet


def weights_of(path):
    """{name: tensor} of the layers of a UNet."""
    tensors = {t.name: torch.from_numpy(onnx.numpy_helper.to_array(t).copy()) for t in onnx.load(path).graph.initializer}
    layers = set(UNet().state_dict())
    found = {name: value for name, value in tensors.items() if name in layers}
    if len(found) < len(layers) / 2:
        raise SystemExit(f"{path}: {len(found)} of the {len(layers)} layers of model.py are in it; is it an 8-bit copy or another network?")
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--onnx", required=True)
    parser.add_argument("--out", required=True)
    chosen = parser.parse_args()
    found = weights_of(chosen.onnx)
    torch.save({"average": found}, chosen.out)
    print(f"{len(found)} tensors")


if __name__ == "__main__":
    main()
