"""SNR of the guides and of a three-dimensional network on volumes that nobody trained on, in one table.

    python models/training/seismic/evaluate3d.py --data DATA/dev/seismic --network RUN/checkpoint.pt [--out table.json]

Cells: 30, 50, 70 % of the traces missing at random, every second crossline missing, 20 crosslines side by side missing in the middle, of
real3d_poststack (10 x 100 x 300). SNR = 10 lg (sum x^2 / sum (x - u)^2) over all traces and over the missing ones, in the file's amplitudes. `network` is one
evaluation at sigma = 2 from noise, `alone` the same with the live traces alone shown, `short` six deterministic steps from the first guide noised to 0.3.
"""

import argparse
import json
import sys
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).parents[1]))

from model import averaged_network, denoiser_of  # noqa: E402
from seismic import masks, masks3d  # noqa: E402
from seismic.blocks import START, alone, condition_of  # noqa: E402
from seismic.guides3d import GUIDES  # noqa: E402
from seismic.network3d import SIGMA_DATA, Halves  # noqa: E402
from seismic.plane import snr  # noqa: E402
from seismic.samples3d import gain_of_volume, guided  # noqa: E402

CELLS = ("random 30", "random 50", "random 70", "regular 50", "gap 20")
BLOCK, OVERLAP = (16, 32, 128), (4, 8, 32)


def mask_of(cell, n1, n2, seed):
    kind, value = cell.split()
    if kind == "random":
        return masks3d.random_mask(np.random.default_rng(seed), n1, n2, int(value) / 100)
    if kind == "regular":
        return np.repeat(masks.regular(n2, 2)[None], n1, axis=0)
    live = np.ones((n1, n2), bool)
    start = (n2 - int(value)) // 2
    live[:, start : start + int(value)] = False
    return live


def starts_of(length, size, overlap):
    if length <= size:
        return [0]
    count = -(-(length - overlap) // (size - overlap))
    return [round(i * (length - size) / (count - 1)) for i in range(count)]


def ramp(length, start, size, overlap):
    k = np.arange(size)
    before = np.full(size, np.inf) if start == 0 else k + 1.0
    after = np.full(size, np.inf) if start + size == length else size - k * 1.0
    return np.minimum(1, np.minimum(before, after) / (overlap + 1))


@torch.no_grad()
def denoised(denoiser, x, sigma, condition, multiple=8):
    """D of a volume, of overlapping blocks blended as slicewise does (models/block)."""
    size = [min(n, b) for n, b in zip(x.shape, BLOCK)]
    total, weights = np.zeros(x.shape), np.zeros(x.shape)
    padded = [(0, 0)] + [(0, -n % m) for n, m in zip(size, (1, multiple, multiple))]
    for i in starts_of(x.shape[0], size[0], OVERLAP[0]):
        for j in starts_of(x.shape[1], size[1], OVERLAP[1]):
            for k in starts_of(x.shape[2], size[2], OVERLAP[2]):
                box = np.s_[i : i + size[0], j : j + size[1], k : k + size[2]]
                shown = torch.from_numpy(np.pad(condition[(slice(None), *box)], padded))[None]
                block = torch.from_numpy(np.pad(x[box][None], padded).astype(np.float32))[None]
                answer = denoiser(block, torch.tensor([sigma]), shown[:, 2:3], (shown,))[0, 0].numpy()
                w = [ramp(n, s, b, o) for n, s, b, o in zip(x.shape, (i, j, k), size, OVERLAP)]
                weight = w[0][:, None, None] * w[1][:, None] * w[2]
                total[box] += weight * answer[: size[0], : size[1], : size[2]]
                weights[box] += weight
    return (total / weights).astype(np.float32)


def short(denoiser, condition, live, random, levels=(0.3, 0.19, 0.12, 0.075, 0.047, 0.03)):
    """The default of slicewise's seisfusion: deterministic steps, live traces in place of the network's own."""
    known, x = condition[0], condition[2] + levels[0] * random.standard_normal(condition[0].shape).astype(np.float32)
    for sigma, after in zip(levels, (*levels[1:], 0)):
        d = denoised(denoiser, x, sigma, condition)
        noise = (x - d) / sigma
        x = np.where(live[:, :, None], known, d) + after * noise
    return x


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True)
    parser.add_argument("--network", help="checkpoint.pt")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--out")
    chosen = parser.parse_args()
    torch.set_num_threads(chosen.threads)
    denoiser = None
    if chosen.network:
        denoiser = denoiser_of(averaged_network(torch.load(chosen.network, map_location="cpu", weights_only=True), Halves), SIGMA_DATA)
    volume = np.load(Path(chosen.data) / "real3d_poststack.npz")["data"].astype(np.float32)
    table = []
    for cell in CELLS:
        random = np.random.default_rng(chosen.seed)
        live = mask_of(cell, *volume.shape[:2], chosen.seed)
        gain = gain_of_volume(volume, live)
        y = (np.where(live[:, :, None], volume, 0) / gain).astype(np.float32)
        stacked, order, _ = guided(y, live, random)
        answers = {name: stacked[order.index(name)] for name in GUIDES}
        if denoiser:
            condition = condition_of(y, stacked[:2], live)
            noise = random.standard_normal(volume.shape).astype(np.float32)
            answers["network"] = denoised(denoiser, condition[2] + START * noise, START, condition)
            answers["alone"] = denoised(denoiser, START * noise, START, alone(condition))
            answers["short"] = short(denoiser, condition, live, random)
        row = {"cell": cell, "first": order[0]}
        for label, answer in answers.items():
            whole = np.where(live[:, :, None], volume, answer * gain)
            row[label] = [round(float(v), 2) for v in (snr(volume, whole), snr(volume[~live], whole[~live]))]
        table.append(row)
        print(f"{cell:10s} first {order[0]:6s} " + "  ".join(f"{k} {v[0]:.2f} ({v[1]:.2f})" for k, v in row.items() if isinstance(v, list)), flush=True)
    if chosen.out:
        Path(chosen.out).write_text(json.dumps(table, indent=1))


if __name__ == "__main__":
    main()
