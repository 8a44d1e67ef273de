"""Training patches: sample by person, place, turn, scale, flip. What the numbers mean is the modality's business."""

import csv
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Callable

import nibabel
import numpy as np
import torch
from torch.nn import functional as F

SCALES = (0.7, 1.6)  # source pixels per patch pixel


@dataclass
class Slice:
    stored: np.ndarray  # [H, W] as in the file; H runs along the patient's back-to-front axis, W from left to right
    normalise: Callable  # stored, as float32 -> the prior's range
    pixel_mm: float
    box: tuple  # rows and columns with tissue: top, bottom, left, right
    touches_border: bool  # tissue is cut by the border, so what lies outside is not air

    def image(self):
        return self.normalise(self.stored.astype(np.float32))


def make_slice(stored, normalise, pixel_mm, tissue):
    """A Slice, or None where there is next to nothing above `tissue` (in stored values)."""
    inside = stored > tissue
    rows = np.flatnonzero(inside.mean(1) > 0.02)
    columns = np.flatnonzero(inside.mean(0) > 0.02)
    if len(rows) < 8 or len(columns) < 8:
        return None
    border = np.concatenate([inside[0], inside[-1], inside[:, 0], inside[:, -1]])
    box = (rows[0], rows[-1], columns[0], columns[-1])
    return Slice(np.ascontiguousarray(stored), normalise, pixel_mm, box, border.mean() > 0.1)


def stem_of(path):
    return path.name.split(".nii")[0]


def files_of(folder):
    """Names of the volumes in a folder, without .nii.gz."""
    return [stem_of(path) for path in sorted(Path(folder).glob("*.nii*"))]


def read_volume(path):
    """Slices [Z, H, W] int16 along the third axis, and the voxel sizes (x, y, z) in mm."""
    image = nibabel.load(path)
    axes = nibabel.aff2axcodes(image.affine)
    if axes not in (("R", "A", "S"), ("R", "S", "A")):
        raise SystemExit(f"{path}: axes must be right, anterior, superior, not {''.join(axes)}: reorient it first")
    return np.asarray(image.dataobj).astype(np.int16).transpose(2, 1, 0), image.header.get_zooms()[:3]


def loose_slices(path):
    """[(index, person, pixel size)] of the .csv beside a file of single slices, or None where there is none."""
    table = path.with_name(stem_of(path) + ".csv")
    if not table.exists():
        return None
    with open(table, newline="") as file:
        return [(int(r["slice"]), r["person"], float(r["pixel_mm"])) for r in csv.DictReader(file)]


class Patches:
    """Random patches: person first (probability ~ slices^0.25), then slice, place, and a similarity transform."""

    def __init__(self, people, modality, seed):
        self.random = np.random.default_rng(seed)
        self.modality = modality
        self.people = [people[name] for name in sorted(people)]
        weight = np.array([len(slices) ** 0.25 for slices in self.people])
        self.probability = weight / weight.sum()

    def batch(self, count, size):
        """[count, channels, size, size] in the prior's range."""
        return torch.stack([self.patch(size)[0] for _ in range(count)])

    def pixel_sizes(self, count):
        """Pixel sizes in mm as the network saw them: the source's, times a resampling in half of the patches."""
        people = self.random.choice(len(self.people), count, p=self.probability)
        sizes = np.array([self.random.choice([s.pixel_mm for s in self.people[k]]) for k in people])
        scale = np.exp(self.random.uniform(*np.log(SCALES), count))
        return sizes * np.where(self.random.random(count) < 0.5, scale, 1.0)

    def patch(self, size):
        """([channels, size, size] in the prior's range, its pixel size in mm) of the next patch."""
        random = self.random
        slices = self.people[random.choice(len(self.people), p=self.probability)]
        source = slices[random.integers(len(slices))]
        height, width = source.stored.shape
        whole = size > 0.7 * max(height, width)
        fits = min(height, width) / size
        # Scale is source pixels per patch pixel. Half of the patches keep the source's pixels, and so its noise.
        scale, angle = 1.0, 0.0
        if random.random() < 0.5:
            scale = math.exp(random.uniform(*np.log(SCALES)))
            angle = random.uniform(-0.25, 0.25) if whole else random.uniform(-0.8, 0.8)
        if source.touches_border and scale > fits:
            scale = fits
        top, bottom, left, right = source.box
        if whole:
            shift = 0.04 * size * (scale != 1.0)
            row = (height - 1) / 2 + random.uniform(-shift, shift)
            column = (width - 1) / 2 + random.uniform(-shift, shift)
        else:
            row, column = random.uniform(top, bottom), random.uniform(left, right)
            reach = scale * size / 2
            if height > 2 * reach:
                row = min(max(row, reach - 0.5), height - 0.5 - reach)
            if width > 2 * reach:
                column = min(max(column, reach - 0.5), width - 0.5 - reach)
        image = torch.from_numpy(source.image())
        if scale == 1.0 and angle == 0.0 and min(height, width) >= size:
            row, column = round(row - (size - 1) / 2), round(column - (size - 1) / 2)
            row, column = min(max(row, 0), height - size), min(max(column, 0), width - size)
            patch = image[row : row + size, column : column + size]
        else:
            patch = _resample(image, row, column, scale, angle, size, source.touches_border)
            patch = patch.clamp(0.0, self.modality.highest)
        if random.random() < 0.5:
            patch = patch.flip(0)
        if random.random() < 0.5:
            patch = patch.flip(1)
        if random.random() < (0.1 if whole else 0.5):
            patch = patch.T
        return self.modality.finish(patch, random).contiguous(), source.pixel_mm * scale


def _resample(image, row, column, scale, angle, size, reflect):
    """Cubic resampling of a size x size patch centred at (row, column); outside is air, or mirrored tissue."""
    height, width = image.shape
    cosine, sine = scale * math.cos(angle), scale * math.sin(angle)
    steps = torch.arange(size, dtype=torch.float32) - (size - 1) / 2
    y = row + cosine * steps[:, None] + sine * steps[None, :]
    x = column - sine * steps[:, None] + cosine * steps[None, :]
    grid = torch.stack([(2 * x + 1) / width - 1, (2 * y + 1) / height - 1], dim=-1)
    mode = "reflection" if reflect else "zeros"
    return F.grid_sample(image[None, None], grid[None], mode="bicubic", padding_mode=mode, align_corners=False)[0, 0]
