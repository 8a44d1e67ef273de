"""Products with the transposed derivative of the denoisers `ct` and `mri`, by PyTorch's autograd -> test/golden/derivative.json. Run from the
repository root with torch, numpy and onnx installed: python test/golden/scripts/derivative.py

The networks are model.py of models/training with the weights of the zoo. x and v are sums of sines, written again in the test, and J^T v with
J = dD/dx is stored as float32 in base64, [channel, row, column] of one image.
"""

import base64
import json
import sys
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, "models/training")
from model import UNet, denoise  # noqa: E402
from weights_of import weights_of  # noqa: E402

SIDE = 32
LEVELS = [0.05, 0.6]


def image(channels, seed):
    n = np.arange(channels * SIDE * SIDE, dtype=np.float64)
    return 0.3 * np.sin(n / (7.0 + seed)) + 0.2 * np.sin((n % SIDE) * (1.0 + seed) / 3.0) + 0.1 * np.sin(n * (0.37 + seed))


def product(network, channels, sigma):
    shape = (1, channels, SIDE, SIDE)
    x, v = (torch.from_numpy(image(channels, seed).astype(np.float32).reshape(shape)) for seed in (0, 1))
    x.requires_grad_(True)
    d = denoise(network, x, torch.full((1,), sigma))
    (found,) = torch.autograd.grad(d, x, v)
    return base64.b64encode(found.numpy().astype("<f4").tobytes()).decode()


def main():
    torch.set_num_threads(1)
    found = {}
    for name, channels in (("ct", 1), ("mri", 2)):
        network = UNet(images=channels)
        left = network.load_state_dict(weights_of(f"models/zoo/{name}.onnx"), strict=False)
        assert set(left.missing_keys) <= {"frequencies"} and not left.unexpected_keys, left
        found[name] = {"channels": channels, "levels": [{"sigma": s, "product": product(network, channels, s)} for s in LEVELS]}
    Path("test/golden/derivative.json").write_text(json.dumps({"side": SIDE, "networks": found}) + "\n")


if __name__ == "__main__":
    main()
