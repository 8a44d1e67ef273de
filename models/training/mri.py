"""Complex MR slices made from magnitude volumes.

Magnitude is divided by the 99.5th percentile of the volume's tissue, times a random gain, since a reconstruction knows
the scale of its data only roughly; then a smooth shading (coils) and a power (contrast) are drawn. The phase is
synthetic: a constant, a linear ramp and a smooth random field, as coil-combined images have, in a third of the slices
finer structure, and in a fifth a jump between tissues. Channels are the real and the imaginary part.
"""

import math
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional as F

from data import make_slice, read_volume, stem_of

channels = 2
highest = 2.0
usual_sigmas = (0.01, 1.0)

TISSUE = 0.06  # of the 99.5th percentile
ROUGH, KNOTS, BY = 0.3, (7, 32), 0.3  # share of slices whose phase has finer structure, knots a side, and its size in radians
JUMPING = 0.2  # share of slices with two kinds of tissue by their phase
ISOTROPIC = 1.25  # largest ratio of voxel sizes at which coronal and sagittal slices are used too
SAME_PERSON = {"cstar-stroke_t2_brain": "cstar-stroke_t1_brain", "cstar-stroke_flair_brain": "cstar-stroke_t1_brain"}


def normalise_with(gain):
    return lambda stored: (stored * np.float32(gain)).clip(0.0, highest)


def gain_of(volume):
    """1 / the 99.5th percentile of what is above a tenth of the 99.9th."""
    top = np.quantile(volume, 0.999)
    return 1.0 / float(np.quantile(volume[volume > 0.1 * top], 0.995))


def read_people(folder):
    """{person: [Slice]}: the slices of every volume, and coronal and sagittal ones where voxels are nearly cubes."""
    people = {}
    for path in sorted(Path(folder).glob("*.nii*")):
        volume, (dx, dy, dz) = read_volume(path)
        gain = gain_of(volume)
        views = [(volume, dx)]
        if max(dx, dy, dz) <= ISOTROPIC * min(dx, dy, dz):
            views += [(volume.transpose(1, 0, 2), dx), (volume.transpose(2, 0, 1), dy)]
        person = people.setdefault(SAME_PERSON.get(stem_of(path), stem_of(path)), [])
        for view, pixel_mm in views:
            made = (make_slice(image, normalise_with(gain), float(pixel_mm), TISSUE / gain) for image in view)
            person.extend(slice for slice in made if slice is not None)
    if not people:
        raise SystemExit(f"no .nii or .nii.gz with tissue in {folder}")
    return people


def smooth_field(random, size, knots):
    """A random field [H, W] of about unit variance, cubic between `knots` values a side."""
    coarse = torch.from_numpy(random.standard_normal((1, 1, knots, knots)).astype(np.float32))
    return F.interpolate(coarse, size=size, mode="bicubic", align_corners=True)[0, 0]


def random_phase(random, size):
    """[H, W] in radians."""
    height, width = size
    rows = torch.linspace(-1, 1, height)[:, None]
    columns = torch.linspace(-1, 1, width)[None, :]
    ramp = rows * random.normal(0, 1.0) + columns * random.normal(0, 1.0)
    field = smooth_field(random, size, int(random.integers(3, 7))) * abs(random.normal(0, 0.7))
    return random.uniform(0, 2 * math.pi) + ramp + field


def rough_phase(random, size):
    """Structure of some millimetres, as susceptibility leaves it near air and vessels."""
    return smooth_field(random, size, int(random.integers(*KNOTS))) * abs(random.normal(0, BY))


def jumping_phase(random, magnitude):
    """Bright tissue of another phase than dark tissue, as fat, vessels or iron have it: [H, W] in radians."""
    level, width = random.uniform(0.1, 0.9), math.exp(random.uniform(math.log(0.02), math.log(0.3)))
    return random.uniform(-math.pi, math.pi) * torch.sigmoid((magnitude - level) / width)


def with_phase(magnitude, phase):
    return torch.stack([magnitude * phase.cos(), magnitude * phase.sin()])


def finish(patch, random):
    """Gain, contrast, shading and phase: magnitude [H, W] -> [2, H, W]."""
    gain = math.exp(random.normal(-0.15, 0.25))
    if random.random() < 0.5:
        patch = patch ** math.exp(random.normal(0, 0.2))
    if random.random() < 0.5:
        patch = patch * (0.2 * smooth_field(random, patch.shape, 3)).exp()
    phase = random_phase(random, patch.shape)
    if random.random() < ROUGH:
        phase = phase + rough_phase(random, patch.shape)
    if random.random() < JUMPING:
        phase = phase + jumping_phase(random, patch)
    return with_phase(gain * patch, phase)


def held_out(path, slices):
    """Slices of a volume that is not trained on, with phases of a fixed seed, [N, 2, H, W]."""
    volume, _ = read_volume(path)
    images = torch.from_numpy(normalise_with(gain_of(volume))(volume[slices].astype(np.float32)))
    random = np.random.default_rng(5)
    rows, columns = (size - size % 16 for size in images.shape[1:])
    return torch.stack([with_phase(image, random_phase(random, image.shape)) for image in images[:, :rows, :columns]])


def alike(planes, random):
    """Images [2, H, W] of one scan as another one might have been: the same further phase for all of them."""
    turned = np.exp(2j * np.pi * random.random()).astype(np.complex64)
    complexes = (turned * (re + 1j * im) for re, im in planes)
    return tuple(np.stack([z.real, z.imag]) for z in complexes)


def shown(images):
    """Nothing is clipped: both parts run through zero."""
    return images
