"""SNR of the guides and of one evaluation of a network on lines that nobody trained on, in one table.

    python models/training/seismic/evaluate.py --data DATA/dev/seismic --network RUN/checkpoint.pt [--network NAME.onnx] [--out table.json]

Cells: 30, 50, 70 % of the traces missing at random, every second missing, 20 side by side missing in the middle. SNR = 10 lg (sum x^2 / sum (x - u)^2) over all traces and
over the missing ones, in the file's amplitudes. Masks have seeds of their own and are the same for every method. `first` is the guide of the least held-back error.
"""

import argparse
import json
import sys
from functools import partial
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).parents[1]))

from model import averaged_network, denoiser_of  # noqa: E402
from seismic import masks  # noqa: E402
from seismic.gain import gain_of  # noqa: E402
from seismic.network import SIGMA_DATA, Guided  # noqa: E402
from seismic.plane import SIGMA_MAX, condition_of, padded, snr  # noqa: E402
from seismic.samples import guided  # noqa: E402

LINES = {
    "teapot-315": ("teapot_2d_357x315.npz", slice(None)),
    "teapot-251": ("teapot_2d_357x251.npz", slice(None)),
    "shot": ("shot_2d_232x751.npz", slice(None)),
    "volve-il": ("volve_il10117_202x1125.npz", slice(400, 912)),
    "volve-arb": ("volve_arb_225x850.npz", slice(None)),
}
CELLS = ("random 30", "random 50", "random 70", "regular 50", "gap 20")


def mask_of(cell, traces, seed):
    kind, value = cell.split()
    if kind == "random":
        return masks.random_mask(np.random.default_rng(seed), traces, int(value) / 100)
    if kind == "regular":
        return masks.regular(traces, 2)
    live = np.ones(traces, bool)
    start = (traces - int(value)) // 2
    live[start : start + int(value)] = False
    return live


def lines_of(folder, names=LINES):
    """(name, section [traces, samples]); of the small cube every second inline as a line of its own would be, three of them."""
    for name, (file, samples) in LINES.items():
        if (Path(folder) / file).exists():
            yield name, np.load(Path(folder) / file)["data"][:, samples].astype(np.float32)


def opened(path):
    """D(x, sigma, base, given) of a checkpoint or an ONNX file."""
    if str(path).endswith(".onnx"):
        from onnx_export import onnx_network

        network = onnx_network(path)
    else:
        network = averaged_network(torch.load(path, map_location="cpu", weights_only=True), Guided)
    return denoiser_of(network, SIGMA_DATA)


@torch.no_grad()
def one_evaluation(denoiser, y, guides, live, multiple=16):
    """D(g1; sigma_max), of gained y [N, T] and guides [3, N, T]; live traces as measured."""
    n, m = y.shape
    size = [-(-v // multiple) * multiple for v in (n, m)]
    condition = torch.from_numpy(padded(condition_of(y, guides, live), *size))[None]
    base = torch.from_numpy(padded(guides[:1], *size))[None]
    answer = denoiser(base, torch.tensor([SIGMA_MAX]), base, (condition,))[0, 0, :n, :m].numpy()
    return np.where(live[:, None], y, answer)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True)
    parser.add_argument("--network", action="append", default=[])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--out")
    parser.add_argument("--cache", help="folder where guides are kept between runs")
    chosen = parser.parse_args()
    torch.set_num_threads(chosen.threads)
    denoisers = {Path(path).parent.name + "/" + Path(path).name: opened(path) for path in chosen.network}
    table = []
    for name, section in lines_of(chosen.data):
        for cell in CELLS:
            live = mask_of(cell, len(section), chosen.seed)
            gain = gain_of(section, live)
            y = (np.where(live[:, None], section, 0) / gain).astype(np.float32)
            stacked, order, errors = cached(chosen.cache, f"{name} {cell} {chosen.seed}", partial(guided, y, live, np.random.default_rng(chosen.seed), gain=gain))
            answers = {guide: stacked[order.index(guide)] for guide in ("linear", "slope", "pocs")}
            for label, denoiser in denoisers.items():
                answers[label] = one_evaluation(denoiser, y, stacked, live)
            row = {"line": name, "cell": cell, "first": order[0]}
            for label, answer in answers.items():
                whole = answer * gain
                row[label] = [round(float(v), 2) for v in (snr(section, whole), snr(section[~live], whole[~live]))]
            table.append(row)
            print(f"{name:10s} {cell:10s} first {order[0]:6s} " + "  ".join(f"{k} {v[0]:.2f} ({v[1]:.2f})" for k, v in row.items() if isinstance(v, list)), flush=True)
    if chosen.out:
        Path(chosen.out).write_text(json.dumps(table, indent=1))


def cached(folder, name, make):
    if not folder:
        return make()
    path = Path(folder) / f"{name.replace(' ', '-')}.npz"
    if path.exists():
        with np.load(path) as arrays:
            return arrays["guides"], list(arrays["order"]), arrays["errors"]
    guides, order, errors = make()
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez(path, guides=guides, order=np.array(order), errors=errors)
    return guides, order, errors


if __name__ == "__main__":
    main()
