"""CT scans of slices in PyTorch, for training in runs: the strip model (a pixel's shadow, by area) as a sparse matrix, in pixels."""

import numpy as np
import torch
from scipy.sparse import csr_matrix

from guided import ct_scans
from guided.data_step import descend
from guided.objects import image as thing  # noqa: F401
from guided.scans import iterations

MU_WATER = 0.0193  # 1/mm at x = 0.5
ROUNDS = 12  # of CGLS, the guide
RUN = dict(
    shape=dict(air=0.5, edges=1.4, detail=0.5), rounds=10, first=(0.06, 0.35), last=(0.012, 0.04), orders=(1, 1, 2), temperatures=(1.0, 1.0),
    judged=dict(first=0.2, last=0.02, order=1, temperature=1.0),
)  # fmt: skip


def shadow(t, outer, inner):
    """What of a pixel's shadow, a trapezoid from -outer to outer that is flat from -inner to inner, lies below t: 0...1."""
    t = np.clip(t, -outer, outer)
    slope = 2 * (outer + inner) * np.maximum(outer - inner, 1e-6)
    middle = 0.5 + t / (outer + inner)
    return np.where(t < -inner, (t + outer) ** 2 / slope, np.where(t > inner, 1 - (outer - t) ** 2 / slope, middle)).astype(np.float32)


def matrix(
    size, pixel, *, geometry, views, arc, startAngle, sourceToAxis=None, sourceToDetector=None, detectorPitch=None, detectorOffset=0.0,
    detectors=None,
):  # fmt: skip
    """A and Aᵀ, [views * detectors, size * size], of options as `ct_scans.scanner` draws them; lengths of rays in pixels."""
    fan = geometry == "fan"
    magnified = sourceToDetector / sourceToAxis if fan else 1.0
    pitch = (detectorPitch or pixel * magnified) / pixel
    offset = detectorOffset / pixel
    axis = (np.arange(size) - (size - 1) / 2).astype(np.float32)
    y, x = (v.ravel() for v in np.meshgrid(axis, axis, indexing="ij"))
    reach = size * 2**-0.5
    widest = reach * (sourceToDetector / np.sqrt(sourceToAxis**2 - (reach * pixel) ** 2) if fan else 1.0)
    detectors = detectors or int(np.ceil(2 * (widest + abs(offset)) / pitch)) + 4
    angles = np.deg2rad(startAngle + arc * np.arange(views) / views)
    taps = 4 if fan else 3
    bins, values = np.empty((size * size, views, taps), np.int32), np.empty((size * size, views, taps), np.float32)
    for view, angle in enumerate(angles):
        across, towards = x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)
        scale, ray = 1.0 / pitch, np.float32(angle)
        if fan:
            distance = sourceToAxis / pixel - towards
            ray = angle + np.arctan(across / distance)
            larger = sourceToDetector / pixel / distance
            across = across * larger
            scale = larger / (np.cos(ray - angle) * pitch)
        sine, cosine = np.abs(np.sin(ray)), np.abs(np.cos(ray))
        outer, inner = 0.5 * scale * (sine + cosine), 0.5 * scale * np.abs(sine - cosine)
        at = (across - offset) / pitch + (detectors - 1) / 2
        first = np.floor(at - outer + 0.5)
        below = [shadow(first + tap - 0.5 - at, outer, inner) for tap in range(taps + 1)]
        for tap in range(taps):
            bins[:, view, tap] = view * detectors + np.clip(first + tap, 0, detectors - 1)
            values[:, view, tap] = (below[tap + 1] - below[tap]) * scale
    starts = np.arange(size * size + 1, dtype=np.int32) * (views * taps)
    transpose = csr_matrix((values.ravel(), bins.ravel(), starts), (size * size, views * detectors))
    return tuple(in_torch(m) for m in (transpose.T.tocsr(), transpose))


def in_torch(m):
    return torch.sparse_csr_tensor(*(torch.from_numpy(v) for v in (m.indptr, m.indices, m.data)), size=m.shape)


class CtOperator:
    """A scan of clean slices [N, 1, H, W] by `scanner`, with `noise` as ct_scans.noise draws it, the detector moved by `misfit` mm."""

    def __init__(self, clean, pixel, scanner, noise, misfit, random):
        self.size = clean.shape[-1]
        self.a, self.at = matrix(self.size, pixel, **scanner)
        thickness = 2 * MU_WATER * pixel  # of the attenuation along a pixel of x = 1
        moved = {**scanner, "detectorOffset": scanner.get("detectorOffset", 0.0) + misfit}
        true = matrix(self.size, pixel, **moved, detectors=len(self.a) // scanner["views"])[0] if misfit else self.a
        data = true @ self.flat(clean)
        if "photons" in noise:
            counts = noise["photons"] * np.exp(-thickness * data.numpy())
            counted = np.maximum(random.poisson(counts), 0.5)
            data = torch.from_numpy((np.log(noise["photons"] / counted) / thickness).astype(np.float32))
        elif "noiseStd" in noise:
            data = data + torch.from_numpy(random.normal(0, noise["noiseStd"] / thickness, data.shape).astype(np.float32))
        self.backprojection, self.noise = self.image(self.at @ data), 0.0

    def flat(self, image):
        return image.reshape(len(image), -1).T.contiguous()

    def image(self, flat):
        return flat.T.reshape(-1, 1, self.size, self.size).contiguous()

    def inside(self, planes):
        return planes

    def outside(self, image):
        return image

    def normal(self, image):
        return self.image(self.at @ (self.a @ self.flat(image)))


    def guide(self, random):
        return descend(self.normal, self.backprojection, iterations(random, ROUNDS))[0]


def scanners(folder, size, seed):
    return None


def drawn(clean, pixel, scanners, random):
    misfit = random.normal(0, ct_scans.MISPLACED) * pixel if random.random() < ct_scans.MISFIT else 0
    return CtOperator(clean, pixel, ct_scans.scanner(random, pixel, clean.shape[-1]), ct_scans.noise(random), misfit, random)


def trials(clean, pixel, scanners, random):
    usual = dict(geometry="parallel", arc=180.0, startAngle=0.0)
    return {name: CtOperator(clean, pixel, {**usual, **scan}, {"photons": 1e5}, 0, random) for name, scan in ct_scans.VALIDATION.items()}
