"""A network of the zoo in PyTorch, for benches: models/training/model.py with the weights of the exported graph, whose initialisers have the names of the
module's parameters. The file is read here, so that a machine needs nothing but PyTorch.
"""

import sys
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "models" / "training"))
from model import UNet, denoise  # noqa: E402, F401

# Field numbers of onnx.proto
GRAPH, INITIALIZER, DIMS, DATA_TYPE, NAME, RAW_DATA = 7, 5, 1, 2, 8, 9
FLOAT = 1
VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5


def fields(message):
    """(number, value) of a protobuf message: an int, or the bytes of a string, message or packed list."""
    at = 0

    def varint():
        nonlocal at
        value = shift = 0
        while True:
            byte = message[at]
            at += 1
            value |= (byte & 127) << shift
            if byte < 128:
                return value
            shift += 7

    while at < len(message):
        key = varint()
        number, wire = key >> 3, key & 7
        if wire == VARINT:
            yield number, varint()
            continue
        size = {FIXED64: 8, FIXED32: 4}[wire] if wire != BYTES else varint()
        yield number, message[at : at + size]
        at += size


def initialisers(path):
    """The float tensors of an ONNX file by name."""
    found = {}
    graph = next(value for number, value in fields(memoryview(Path(path).read_bytes())) if number == GRAPH)
    for number, tensor in fields(graph):
        if number != INITIALIZER:
            continue
        dims, parts = [], {}
        for field, value in fields(tensor):
            if field == DIMS:
                dims += varints(value)
            else:
                parts[field] = value
        if parts.get(DATA_TYPE) == FLOAT and RAW_DATA in parts:
            data = torch.frombuffer(bytearray(parts[RAW_DATA]), dtype=torch.float32)
            found[bytes(parts[NAME]).decode()] = data.reshape(dims)
    return found


def varints(value):
    """A repeated integer, alone or packed."""
    if isinstance(value, int):
        return [value]
    numbers, number, shift = [], 0, 0
    for byte in value:
        number |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            numbers.append(number)
            number = shift = 0
    return numbers


def zoo_network(path):
    weights = initialisers(path)

    def count(stack):
        return next(i for i in range(99) if f"{stack}.{i}.first.weight" not in weights)

    levels = next(i for i in range(9) if f"shrink.{i}.weight" not in weights)
    channels = [weights[f"down.{level}.0.first.weight"].shape[0] for level in range(levels)]
    network = UNet(
        images=weights["stem.weight"].shape[1],
        channels=(*channels, weights["bottom.0.first.weight"].shape[0]),
        down=tuple(count(f"down.{level}") for level in range(levels)),
        bottom=count("bottom"),
        up=tuple(count(f"up.{level}") for level in range(levels)),
        embedding=weights["embed.0.weight"].shape[0],
    )
    network.load_state_dict({name: weights[name] for name in network.state_dict()})
    return network.eval().requires_grad_(False)
