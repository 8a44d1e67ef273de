"""Training patches of CT slices: read, normalise, sample by person, augment.

Hounsfield units become x = (HU + 1000) / 2000, so -1000...1000 HU is 0...1. Below -1000 HU there is only padding: it is
clipped to 0. Above 1000 HU x goes on to 2 (3000 HU) instead of being cut at 1, because dense bone is there in what a
scanner measures, and a prior that cannot show it would fight the data.
"""

import csv
import math
from dataclasses import dataclass
from pathlib import Path

import nibabel
import numpy as np
import torch
from torch.nn import functional as F

HIGHEST = 2.0  # 3000 HU
SAME_PERSON = {"visible-human-female_legs": "visible-human-female_head"}
TISSUE_HU = -500
SCALES = (0.7, 1.6)  # source pixels per patch pixel


def normalise(hu):
    return ((hu + 1000.0) / 2000.0).clip(0.0, HIGHEST)


@dataclass
class Slice:
    hu: np.ndarray  # [H, W] int16; H runs along the patient's back-to-front axis, W from left to right
    pixel_mm: float
    box: tuple  # rows and columns with tissue: top, bottom, left, right
    touches_border: bool  # tissue is cut by the border, so what lies outside is not air


def _slice(hu, pixel_mm):
    tissue = hu > TISSUE_HU
    rows = np.flatnonzero(tissue.mean(1) > 0.02)
    columns = np.flatnonzero(tissue.mean(0) > 0.02)
    if len(rows) < 8 or len(columns) < 8:
        return None
    border = np.concatenate([tissue[0], tissue[-1], tissue[:, 0], tissue[:, -1]])
    box = (rows[0], rows[-1], columns[0], columns[-1])
    return Slice(np.ascontiguousarray(hu), pixel_mm, box, border.mean() > 0.1)


def read_volume(path):
    """Axial slices [Z, H, W] int16 and the pixel size in mm of a NIfTI volume stored in RAS order."""
    image = nibabel.load(path)
    assert nibabel.aff2axcodes(image.affine) == ("R", "A", "S"), f"{path}: axes must be right, anterior, superior"
    return np.asarray(image.dataobj).astype(np.int16).transpose(2, 1, 0), float(image.header.get_zooms()[0])


def files_of(folder):
    """Names of the volumes in a folder, without .nii.gz."""
    return [path.name.split(".nii")[0] for path in sorted(Path(folder).glob("*.nii*"))]


def read_people(folder):
    """{person: [Slice]} of every .nii.gz in a folder; a .csv of the same name lists person and pixel size per slice."""
    people = {}
    for path in sorted(Path(folder).glob("*.nii*")):
        stem = path.name.split(".nii")[0]
        slices, pixel_mm = read_volume(path)
        table = path.with_name(stem + ".csv")
        if table.exists():
            with open(table, newline="") as file:
                rows = [(int(r["slice"]), r["person"], float(r["pixel_mm"])) for r in csv.DictReader(file)]
        else:
            rows = [(z, SAME_PERSON.get(stem, stem), pixel_mm) for z in range(len(slices))]
        for z, person, size in rows:
            made = _slice(slices[z], size)
            if made is not None:
                people.setdefault(person, []).append(made)
    if not people:
        raise SystemExit(f"no .nii or .nii.gz with tissue in {folder}")
    return people


class Patches:
    """Random patches: person first (probability ~ slices^0.25), then slice, place, and a similarity transform."""

    def __init__(self, people, seed):
        self.random = np.random.default_rng(seed)
        self.people = [people[name] for name in sorted(people)]
        weight = np.array([len(slices) ** 0.25 for slices in self.people])
        self.probability = weight / weight.sum()

    def batch(self, count, size):
        return torch.stack([self._patch(size) for _ in range(count)])[:, None]

    def pixel_sizes(self, count):
        """Pixel sizes in mm as the network saw them: the source's, times a resampling in half of the patches."""
        people = self.random.choice(len(self.people), count, p=self.probability)
        sizes = np.array([self.random.choice([s.pixel_mm for s in self.people[k]]) for k in people])
        scale = np.exp(self.random.uniform(*np.log(SCALES), count))
        return sizes * np.where(self.random.random(count) < 0.5, scale, 1.0)

    def _patch(self, size):
        random = self.random
        slices = self.people[random.choice(len(self.people), p=self.probability)]
        source = slices[random.integers(len(slices))]
        height, width = source.hu.shape
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
        image = torch.from_numpy(normalise(source.hu.astype(np.float32)))
        if scale == 1.0 and angle == 0.0 and min(height, width) >= size:
            row, column = round(row - (size - 1) / 2), round(column - (size - 1) / 2)
            row, column = min(max(row, 0), height - size), min(max(column, 0), width - size)
            patch = image[row : row + size, column : column + size]
        else:
            patch = _resample(image, row, column, scale, angle, size, source.touches_border)
        if random.random() < 0.5:
            patch = patch.flip(0)
        if random.random() < 0.5:
            patch = patch.flip(1)
        if random.random() < (0.1 if whole else 0.5):
            patch = patch.T
        if random.random() < 0.5:
            patch = patch * random.normal(1.0, 0.02)
        return patch.contiguous()


def _resample(image, row, column, scale, angle, size, reflect):
    """Cubic resampling of a size x size patch centred at (row, column); outside is air, or mirrored tissue."""
    height, width = image.shape
    cosine, sine = scale * math.cos(angle), scale * math.sin(angle)
    steps = torch.arange(size, dtype=torch.float32) - (size - 1) / 2
    y = row + cosine * steps[:, None] + sine * steps[None, :]
    x = column - sine * steps[:, None] + cosine * steps[None, :]
    grid = torch.stack([(2 * x + 1) / width - 1, (2 * y + 1) / height - 1], dim=-1)
    mode = "reflection" if reflect else "zeros"
    patch = F.grid_sample(image[None, None], grid[None], mode="bicubic", padding_mode=mode, align_corners=False)
    return patch[0, 0].clamp(0.0, HIGHEST)
