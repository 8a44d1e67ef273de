"""CT slices in Hounsfield units.

x = (HU + 1000) / 2000, so -1000...1000 HU is 0...1. Below -1000 HU there is only padding: it is clipped to 0. Above
1000 HU x goes on to 2 (3000 HU) instead of being cut at 1, because dense bone is there in what a scanner measures, and a
prior that cannot show it would fight the data.
"""

from pathlib import Path

import numpy as np
import torch

from data import loose_slices, make_slice, read_volume, stem_of

channels = 1
highest = 2.0  # 3000 HU
usual_sigmas = (0.005, 3.0)  # where reconstructions spend their steps

TISSUE_HU = -500
SAME_PERSON = {"visible-human-female_legs": "visible-human-female_head"}


def normalise(hu):
    return ((hu + 1000.0) / 2000.0).clip(0.0, highest)


def read_people(folder):
    """{person: [Slice]} of every volume in a folder; a .csv of the same name lists person and pixel size per slice."""
    people = {}
    for path in sorted(Path(folder).glob("*.nii*")):
        volume, (pixel_mm, _, _) = read_volume(path)
        person = SAME_PERSON.get(stem_of(path), stem_of(path))
        for z, name, size in loose_slices(path) or [(z, person, float(pixel_mm)) for z in range(len(volume))]:
            made = make_slice(volume[z], normalise, size, TISSUE_HU)
            if made is not None:
                people.setdefault(name, []).append(made)
    if not people:
        raise SystemExit(f"no .nii or .nii.gz with tissue in {folder}")
    return people


def finish(patch, random):
    """Contrast to the air up to a few per cent: [H, W] -> [1, H, W]."""
    return (patch * random.normal(1.0, 0.02) if random.random() < 0.5 else patch)[None]


def held_out(path, slices):
    """Slices of a volume that is not trained on, [N, 1, H, W]."""
    return torch.from_numpy(normalise(read_volume(path)[0][slices].astype(np.float32)))[:, None]


def shown(images):
    """What a picture shows of [N, 1, H, W] or of the clean image's metric: the range's 0...1."""
    return images.clamp(0, 1)
