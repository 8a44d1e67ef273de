"""Shards of volumes to train the three-dimensional network on, made once: complete volume, mask, two guides, held-back error.

    python models/training/seismic/pool3d.py --recipe models/training/seismic-3d.recipe.json --data DIR --out DIR [--volumes 1200] [--seed 1]

Writes validation.npz, then train-0000.npz ... (each of its own seed: an interrupted run goes on where it was). A training reads what is there.
"""

import argparse
import gzip
import json
import struct
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from seismic import lines, masks, masks3d, volumes  # noqa: E402
from seismic.pool import weight_of, write  # noqa: E402
from seismic.samples3d import sample  # noqa: E402

SIZE = (16, 40, 160)
PER_SHARD = 24
REAL, SWEPT = 0.12, 0.38  # of real volumes, of volumes swept out of real lines; the rest is generated
# Volumes of the folder: how their axes lie.
CUBES = ("f3_23x18x75", "hyper4_3d_synthetic", "viking_4-shots_prestack")
VALIDATION = {"random 50": ("random", 0.5), "random 75": ("random", 0.75), "regular": ("regular", 2), "columns 60": ("columns", 0.6)}


def read_f3(path):
    """[23, 18, 75] of the SEG-Y file of 16-bit samples: inline x crossline x time."""
    data = gzip.decompress(Path(path).read_bytes())
    samples, code = struct.unpack(">H", data[3220:3222])[0], struct.unpack(">H", data[3224:3226])[0]
    if code != 3:
        raise ValueError(f"{path}: sample format {code}, not 3")
    traces = np.frombuffer(data, ">i2", offset=3600).reshape(-1, 120 + samples)[:, 120:]
    return traces.astype(np.float32).reshape(23, 18, samples)


def cube_of(folder, name):
    if name.startswith("f3_23"):
        return read_f3(Path(folder) / f"{name}.sgy.gz")
    if name.startswith("viking"):
        return np.stack(lines.pieces_of(folder, name))
    return np.load(Path(folder) / f"{name}.npz")["data"].astype(np.float32)


def read_surveys(folder, names):
    """(cubes {name: volume}, lines {name: (training pieces, validation pieces)}) of the files the recipe names."""
    flat = [name for name in names if name not in CUBES]
    return {name: cube_of(folder, name) for name in names if name in CUBES}, lines.read_lines(folder, flat)


def piece(random, cube):
    """A part of a real volume, turned; its axes as they are or, of a cube, exchanged."""
    if min(cube.shape[:2]) > 12 and random.random() < 0.5:
        cube = cube.transpose(1, 0, 2)
    size = [min(a, b) for a, b in zip(SIZE, cube.shape)]
    at = [int(random.integers(0, n - s + 1)) for n, s in zip(cube.shape, size)]
    part = cube[tuple(slice(a, a + s) for a, s in zip(at, size))]
    part = part[:: random.choice([-1, 1]), :: random.choice([-1, 1])] * random.choice([-1, 1])
    return np.ascontiguousarray(part / (np.sqrt((part.astype(np.float64) ** 2).mean()) + 1e-12), np.float32)


def draw_volume(random, cubes, surveys, part):
    """(source, volume). part 0: training, 1: validation, for which real volumes are too small to be split: swept and generated ones."""
    share = random.random()
    if share < REAL and part == 0 and cubes:
        name = random.choice(list(cubes))
        return name, piece(random, cubes[name])
    if share < REAL + SWEPT and surveys:
        names = [name for name in surveys if min(p.shape[0] for p in surveys[name][part]) >= 24]
        weight = np.array([weight_of(name, surveys[name][0]) for name in names])
        name = random.choice(names, p=weight / weight.sum())
        pieces = surveys[name][part]
        return name, volumes.swept(random, pieces[random.integers(len(pieces))], *sizes(random))
    return "generated", volumes.volume(random, *sizes(random))


def sizes(random):
    """SIZE, and now and then fewer lines: narrow surveys, and 2-D lines."""
    n1 = SIZE[0] if random.random() < 0.8 else int(random.choice([1, 2, 4, 6, 10, 12]))
    return (n1, *SIZE[1:])


def pack(samples):
    """Samples of different sizes in one array each, zeros behind; float16, for the values are about 0.25."""
    count = len(samples)
    arrays = dict(
        truth=np.zeros((count, *SIZE), np.float16), guides=np.zeros((count, 2, *SIZE), np.float16), live=np.zeros((count, *SIZE[:2]), bool),
        shapes=np.array([s["truth"].shape for s in samples], np.int32), error=np.array([s["error"] for s in samples], np.float32),
        source=np.array([s["source"] for s in samples]), kind=np.array([s["kind"] for s in samples]),
        order=np.array([list(s["order"]) for s in samples]),
    )  # fmt: skip
    for k, s in enumerate(samples):
        a, b, c = s["truth"].shape
        arrays["truth"][k, :a, :b, :c], arrays["guides"][k, :, :a, :b, :c], arrays["live"][k, :a, :b] = s["truth"], s["guides"], s["live"]
    return arrays


def shard(seed, number, cubes, surveys, count=PER_SHARD):
    random = np.random.default_rng([seed, number])
    samples = []
    while len(samples) < count:
        source, cube = draw_volume(random, cubes, surveys, 0)
        kind, live = masks3d.draw(random, *cube.shape[:2])
        if live.sum() < 4 or live.all() or not cube[live].any():
            continue
        samples.append({**sample(cube, live, random), "source": source, "kind": kind})
    return pack(samples)


def validation(seed, surveys, each=6):
    """Held-out parts of the surveys, swept, and generated volumes, `each` with every mask of VALIDATION."""
    random = np.random.default_rng([seed, 10**6])
    samples = []
    for _ in range(each):
        source, cube = draw_volume(random, {}, surveys, 1)
        n1, n2, _ = cube.shape
        for name, (kind, value) in VALIDATION.items():
            if kind == "random":
                live = masks3d.random_mask(random, n1, n2, value)
            elif kind == "regular":
                live = masks3d.regular(n1, n2, (1, value))
            else:
                live = np.repeat(masks.random_mask(random, n2, value)[None], n1, axis=0)
            samples.append({**sample(cube, live, random), "source": source, "kind": name})
    return pack(samples)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--recipe", required=True)
    parser.add_argument("--data", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--volumes", type=int, default=1200)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    out = Path(chosen.out)
    out.mkdir(parents=True, exist_ok=True)
    cubes, surveys = read_surveys(chosen.data, json.loads(Path(chosen.recipe).read_text())["data"])
    if not (out / "validation.npz").exists():
        write(out / "validation.npz", validation(chosen.seed, surveys))
    for number in range(-(-chosen.volumes // PER_SHARD)):
        path = out / f"train-{number:04d}.npz"
        if not path.exists():
            write(path, shard(chosen.seed, number, cubes, surveys))
            print(path.name, flush=True)


if __name__ == "__main__":
    main()
