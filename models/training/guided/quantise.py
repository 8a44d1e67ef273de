"""Make an 8-bit copy of a guided prior: NAME-fast.onnx and its card. As quantise.py, with samples and guides of the pool.

    python models/training/guided/quantise.py --card models/zoo/mri-guided.json --recipe models/training/mri-guided.recipe.json \
        --pool POOL --data DATA/train/mri --name mri-guided-fast
"""

import argparse
import sys
from pathlib import Path

import numpy as np
import torch
from onnxruntime.quantization import CalibrationDataReader

sys.path.insert(0, str(Path(__file__).parents[1]))

from guided.export import quality_of  # noqa: E402
from model import preconditioning  # noqa: E402
from onnx_export import onnx_network  # noqa: E402
from quantise import kept_of, network_of, quantise, write_copy  # noqa: E402
from recipe import read_recipe  # noqa: E402

NONE = 8  # every eighth sample has no guide


class GuidedSamples(CalibrationDataReader):
    """Noisy slices of the pool with their guides, log-uniform over the card's noise levels."""

    def __init__(self, pool, card, count, size=192, seed=3):
        sigmas = np.exp(np.linspace(np.log(card["sigmaMin"]), np.log(card["sigmaMax"]), count))
        random, generator = np.random.default_rng(seed), torch.Generator().manual_seed(seed)
        self.feeds = iter([self._feed(pool.draw(random, size), n, float(s), card, generator) for n, s in enumerate(sigmas)])

    @staticmethod
    def _feed(drawn, number, sigma, card, generator):
        clean, shown = (torch.from_numpy(np.ascontiguousarray(planes))[None] for planes in drawn[:2])
        if number % NONE == 0:
            shown = torch.zeros_like(shown)
        level = torch.tensor([sigma])
        noisy = clean + sigma * torch.randn(clean.shape, generator=generator)
        _, _, c_in, c_noise = preconditioning(level, card["parametrisation"]["sigmaData"])
        return {"x": (c_in * noisy).numpy(), "condition": shown.numpy(), "c_noise": c_noise.numpy()}

    def get_next(self):
        return next(self.feeds, None)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--card", required=True, help="of the float network, its .onnx beside it")
    parser.add_argument("--recipe", required=True)
    parser.add_argument("--pool", required=True)
    parser.add_argument("--data", required=True, help="the folder that the pool was made of")
    parser.add_argument("--name", required=True)
    parser.add_argument("--samples", type=int, default=32)
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    recipe, module = read_recipe(chosen.recipe, chosen.data)
    source = Path(chosen.card)
    card, network = network_of(source)
    task = module.Task(argparse.Namespace(seed=2, data=chosen.pool), recipe)
    target = source.with_name(f"{chosen.name}.onnx")
    quantise(network, target, GuidedSamples(task.pool, card, chosen.samples), kept_of(recipe))
    write_copy(source, target, quality_of(task, onnx_network(target, threads=1)))


if __name__ == "__main__":
    main()
