"""Textures of bodies: slices of CT and MR volumes, their grey levels remapped at will, as if they were maps of something else."""

from pathlib import Path

import numpy as np
import torch
from torch.nn import functional as F

from data import loose_slices, read_volume, stem_of

EACH = 24  # slices of a volume that are kept
CT_TISSUE = -500  # HU


def read_slices(folder, kind, held_out=()):
    """{volume: [[H, W] float16]}, each slice cut to its tissue and from about 0 to 1."""
    found = {}
    for path in sorted(Path(folder).glob("*.nii*")):
        if stem_of(path) in held_out:
            continue
        volume, _ = read_volume(path)
        many = EACH if loose_slices(path) is None else 2 * EACH
        chosen = np.unique(np.linspace(0, len(volume) - 1, min(many, len(volume))).round().astype(int))
        images = [cut(volume[z].astype(np.float32), kind) for z in chosen]
        if images := [image for image in images if image is not None]:
            found[stem_of(path)] = images
    return found


def cut(image, kind):
    inside = image > (CT_TISSUE if kind == "ct" else 0.05 * np.quantile(image, 0.99))
    rows, columns = np.flatnonzero(inside.mean(1) > 0.1), np.flatnonzero(inside.mean(0) > 0.1)
    if len(rows) < 80 or len(columns) < 80:
        return None
    image = image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    if kind == "ct":
        return ((image + 1000) / 2000).clip(0, 2).astype(np.float16)
    return (image / max(np.quantile(image, 0.995), 1)).clip(0, 1.5).astype(np.float16)


def window(random, image, kind):
    """Grey levels in a window; CT's is at least 400 HU wide, so that the grain of the scanner stays small."""
    if kind == "ct":
        centre, width = random.uniform(0.1, 0.75), np.exp(random.uniform(np.log(0.2), np.log(1.0)))
        return ((image - centre) / width).clip(-0.5, 0.5)
    return image - 0.5


def remapped(random, values):
    """A smooth function of the values, seldom a rising one."""
    kind = random.random()
    if kind < 0.35:
        return values
    if kind < 0.7:
        return np.sin(random.uniform(1, 5) * values + random.uniform(0, 2 * np.pi))
    knots = np.linspace(values.min(), values.max(), 6)
    return np.interp(values, knots, random.normal(size=6)).astype(np.float32)


def patch_of(random, image, size, least=1.0, most=3.0):
    """A part of the image as [size, size], each pixel the mean of `scale` squared of the source's."""
    image = torch.from_numpy(np.ascontiguousarray(image, dtype=np.float32))
    height, width = image.shape
    most = min(most, min(height, width) / size)
    if most < 0.5:
        return None
    scale = np.exp(random.uniform(np.log(min(least, most)), np.log(most)))
    side = min(round(scale * size), height, width)
    top, left = random.integers(0, height - side + 1), random.integers(0, width - side + 1)
    part = image[None, None, top : top + side, left : left + side]
    mode = dict(mode="area") if side >= 1.5 * size else dict(mode="bicubic", antialias=True, align_corners=False)
    return part[0, 0].numpy() if side == size else F.interpolate(part, (size, size), **mode)[0, 0].numpy()


def body(random, people, kind, size):
    """A patch of one slice, or a mixture of patches of two slices of one volume."""
    names = sorted(people)
    slices = people[names[random.integers(len(names))]]
    patch = patch_of(random, slices[random.integers(len(slices))], size)
    if patch is None:
        return None
    made = remapped(random, window(random, patch, kind))
    if random.random() < 0.3:
        other = patch_of(random, slices[random.integers(len(slices))], size)
        if other is not None:
            made = made + random.normal() * remapped(random, window(random, other, kind))
    return made
