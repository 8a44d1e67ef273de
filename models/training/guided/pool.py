"""Shards of training samples for guided priors: clean slices, and beside each what the engine shows its prior of several scans of it.

    python models/training/guided/pool.py --recipe models/training/ct-guided.recipe.json --data DATA/train/ct --out POOL \
        --validate DATA/dev/ct/cmb-crc-msb-01068_chest.nii.gz [--slices 60:76] [--shards 100] [--seed 1]

Python draws slices and scanners (data.py, scans.py), Node simulates and makes the guides with the engine's own code (scans.mjs; `npm run
setup` first). A shard has

    NAME.json          how many images, their size, the scans, and what 0 and 1 mean
    NAME.clean.i16     [image, channel, row, column]         int16, little endian, in steps of `quantum` of the prior's range
    NAME.guides.i16    [scan, image, channel, row, column]   the same
    NAME.found.i16     [scan, state, image, channel, row, column]   the same, where the recipe has `found`: what runs of a guided prior had
                       found after so many evaluations, which is what x shows it there

Slices of a shard have pixels of nearly the same size, so that a scanner fits them all. The draws hang on the seed alone; what is there is
not made again, so an interrupted call goes on where it was. A training reads what is there and looks for more from time to time. `--by
CARD` has further shards made by runs of another prior than the recipe's: of the one in training, as it is by then.

Every OBJECTS-th shard of CT shows things that are no bodies (objects.py).
"""

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).parents[1]))

from data import Patches, read_volume, stem_of  # noqa: E402
from guided.scans import run, scans_of  # noqa: E402
from recipe import images_of, read_recipe  # noqa: E402

QUANTUM = 1 / 8000  # of the prior's range, of CT 0.25 HU; int16 holds -4...4
SIZE = 256
IMAGES, SCANS = 16, 4  # of a shard
ALIKE = 1.25  # pixels of a shard differ by less
AT_ONCE = 4  # shards a call of Node
OBJECTS = 4
THINGS_MM = (0.8, 2.0)  # pixels of things that are no bodies
HELD_OUT_STEP = 5


def write(path, content):
    part = path.with_name(path.name + ".part")
    part.write_bytes(content)
    os.replace(part, path)


def write_shard(stem, clean, drawn, recipe, **more):
    """NAME.clean.i16, then NAME.json, unless they are there."""
    if stem.with_suffix(".json").exists():
        return
    write(stem.with_suffix(".clean.i16"), (clean / QUANTUM).round().clip(-32768, 32767).astype("<i2").tobytes())
    shape = dict(images=len(clean), channels=clean.shape[1], size=clean.shape[-2:])
    content = dict(modality=recipe["modality"], **shape, quantum=QUANTUM, range=recipe["range"], scans=drawn, **more)
    write(stem.with_suffix(".json"), (json.dumps(content, indent=1) + "\n").encode())


def shards(people, modality, scans, recipe, seed, size=SIZE):
    """(clean slices [IMAGES, channels, size, size], their scans), without end; a shard's number decides with the seed alone what it holds."""
    patches = Patches(people, modality, seed)
    waiting = {}
    number = 0
    while True:
        random = np.random.default_rng([seed, number])
        if hasattr(scans, "thing") and number % OBJECTS == OBJECTS - 1:
            spacing = float(random.uniform(*THINGS_MM))
            yield np.stack([scans.thing(random, size) for _ in range(IMAGES)]), scanned(random, scans, recipe, spacing, size)
            number += 1
            continue
        patch, pixel = patches.patch(size)
        alike = waiting.setdefault(round(np.log(pixel) / np.log(ALIKE)), [])
        alike.append((patch.numpy(), pixel))
        if len(alike) < IMAGES:
            continue
        clean, pixels = (np.stack(values) for values in zip(*alike))
        alike.clear()
        yield clean, scanned(random, scans, recipe, float(np.exp(np.log(pixels).mean())), size)
        number += 1


def scanned(random, scans, recipe, spacing, size):
    return with_runs(random, [scans.draw(random, spacing, size, recipe["guide"]) for _ in range(SCANS)], recipe)


def with_runs(random, scans, recipe):
    return [{**scan, "run": run(random, recipe["found"])} for scan in scans] if "found" in recipe else scans


def engine(stems):
    """Guides of shards that lack them, and what runs had found."""
    paths = [str(stem.with_suffix(".json")) for stem in stems if not stem.with_suffix(".guides.i16").exists()]
    if paths:
        subprocess.run(["node", str(Path(__file__).with_name("scans.mjs")), *paths], check=True)
        print(f"{Path(paths[-1]).stem}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--recipe", required=True)
    parser.add_argument("--data", required=True, help="folder of the volumes that the recipe names")
    parser.add_argument("--validate", required=True, help="a volume that is not trained on")
    parser.add_argument("--slices", default="60:76", help=f"of it, of which every {HELD_OUT_STEP}th is taken (default 60:76)")
    parser.add_argument("--out", required=True)
    parser.add_argument("--shards", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--by", metavar="CARD", help="prior of the runs, in place of the recipe's")
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    out = Path(chosen.out)
    out.mkdir(parents=True, exist_ok=True)
    recipe, _ = read_recipe(chosen.recipe, chosen.data)
    modality, scans = images_of(recipe), scans_of(recipe)
    if chosen.by:
        recipe["found"] = {**recipe["found"], "prior": str(Path(chosen.by).resolve())}

    first, last = map(int, chosen.slices.split(":"))
    held_out = modality.held_out(chosen.validate, slice(first, last, HELD_OUT_STEP)).numpy()
    pixel = float(read_volume(Path(chosen.validate))[1][0])
    source = f"{stem_of(Path(chosen.validate))}, every {HELD_OUT_STEP}th of slices {first} to {last - 1}"
    judged_by = with_runs(np.random.default_rng(0), scans.validation(pixel, recipe["guide"]), recipe)
    write_shard(out / "validation", held_out, judged_by, recipe, source=source)
    engine([out / "validation"])

    made = shards(modality.read_people(chosen.data), modality, scans, recipe, chosen.seed)
    for first in range(0, chosen.shards, AT_ONCE):
        stems = [out / f"train-{number:04d}" for number in range(first, min(first + AT_ONCE, chosen.shards))]
        for stem in stems:
            write_shard(stem, *next(made), recipe)
        engine(stems)


if __name__ == "__main__":
    main()
