"""Shards of training samples, made once and cheap to read: complete section, mask, guides, held-back error.

    python models/training/seismic/pool.py --recipe models/training/seismic-2d.recipe.json --data DIR --out DIR \
        [--sections 6000] [--seed 1] [--size 96 192] [--workers 1]

Writes validation.npz, then train-0000.npz ... (each of its own seed, so that an interrupted run goes on where it was, and any
shard can be made alone). A training reads what is there and looks for more from time to time.
"""

import argparse
import json
import os
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from seismic import generate, lines, masks  # noqa: E402
from seismic.samples import sample  # noqa: E402

REAL = 0.55
PER_SHARD = 64
SYNTHETIC = ("hyper4", "cross-spread", "diffractions")  # less often: generated data have such
VALIDATION = {"random 50": ("random", 0.5), "random 70": ("random", 0.7), "regular": ("regular", 2), "gap": ("gap", 20)}


def weight_of(name, pieces):
    """Surveys with probability ~ (number of values)^1/3."""
    return sum(piece.size for piece in pieces) ** (1 / 3) * (0.4 if name.startswith(SYNTHETIC) else 1.0)


def draw_section(random, surveys, part, size):
    """(name, section) from real surveys (part 0: training, 1: validation) or the generator."""
    if random.random() < REAL:
        names = [name for name in surveys if min(p.shape[0] for p in surveys[name][part]) >= 10]
        weight = np.array([weight_of(name, surveys[name][0]) for name in names])
        name = random.choice(names, p=weight / weight.sum())
        return name, lines.section(random, surveys[name][part], *size)
    return "generated", generate.section(random, *size)


def pack(samples, size):
    """Samples of different sizes in one array each, zeros behind; guides as float16 (they are about 0.25)."""
    n, m = size
    shapes = np.array([s["truth"].shape for s in samples], np.int32)
    truth = np.zeros((len(samples), n, m), np.float16)
    guides = np.zeros((len(samples), 3, n, m), np.float16)
    live = np.zeros((len(samples), n), bool)
    for k, (s, (a, b)) in enumerate(zip(samples, shapes)):
        truth[k, :a, :b], guides[k, :, :a, :b], live[k, :a] = s["truth"], s["guides"], s["live"]
    return dict(
        truth=truth, guides=guides, live=live, shapes=shapes, error=np.array([s["error"] for s in samples], np.float32),
        order=np.array([list(s["order"]) for s in samples]), source=np.array([s["source"] for s in samples]),
        kind=np.array([s["kind"] for s in samples]),
    )  # fmt: skip


def write(path, arrays):
    part = path.with_suffix(".part.npz")
    np.savez(part, **arrays)
    os.replace(part, path)


def shard(seed, number, surveys, size):
    random = np.random.default_rng([seed, number])
    samples = []
    while len(samples) < PER_SHARD:
        source, section = draw_section(random, surveys, 0, size)
        kind, live = masks.draw(random, len(section))
        if live.sum() < 3:
            continue
        samples.append({**sample(section, live, random), "source": source, "kind": kind})
    return pack(samples, size)


def validation(seed, surveys, size, each=16):
    """Held-out parts of the surveys and generated sections, `each` with every mask of VALIDATION."""
    random = np.random.default_rng([seed, 10**6])
    samples = []
    for _ in range(each):
        source, section = draw_section(random, surveys, 1, size)
        traces = len(section)
        for name, (kind, value) in VALIDATION.items():
            if kind == "random":
                live = masks.random_mask(random, traces, value)
            elif kind == "regular":
                live = masks.regular(traces, value)
            else:
                live = masks.gap(random, traces, min(value, traces // 3))
            samples.append({**sample(section, live, random), "source": source, "kind": name})
    return pack(samples, size)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--recipe", required=True)
    parser.add_argument("--data", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--sections", type=int, default=6000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--size", type=int, nargs=2, default=(96, 192), metavar=("TRACES", "SAMPLES"))
    chosen = parser.parse_args()
    out, size = Path(chosen.out), tuple(chosen.size)
    out.mkdir(parents=True, exist_ok=True)
    surveys = lines.read_lines(chosen.data, json.loads(Path(chosen.recipe).read_text())["data"])
    if not (out / "validation.npz").exists():
        write(out / "validation.npz", validation(chosen.seed, surveys, size))
    for number in range(-(-chosen.sections // PER_SHARD)):
        path = out / f"train-{number:04d}.npz"
        if not path.exists():
            write(path, shard(chosen.seed, number, surveys, size))
            print(path.name, flush=True)


if __name__ == "__main__":
    main()
