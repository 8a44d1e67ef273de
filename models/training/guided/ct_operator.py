"""CT scans of slices in PyTorch, for training in runs: linear interpolation along rays as a sparse matrix, as the engine has it."""

import numpy as np
import torch
from scipy.sparse import csr_matrix
from torch.nn import functional as F

from guided import ct_scans
from guided.data_step import descend
from guided.objects import image as thing  # noqa: F401
from guided.scans import iterations

MU_WATER = 0.0193  # 1/mm at x = 0.5
FINER = 2  # of the grid and the bins of what is simulated, as in the engine
ROUNDS = 12  # of CGLS, the guide
LIMITED = 0.4  # share of arcs that are no full ones: the data leave more to the network there, and it forgot them with a fifth
RUN = dict(
    size=256, shape=dict(air=0.5, edges=1.4, detail=0.5), rounds=10, first=(0.06, 0.35), last=(0.012, 0.04), orders=(1, 1, 2),
    temperatures=(1.0, 1.0), judged=dict(first=0.2, last=0.02, order=1, temperature=1.0),
)  # fmt: skip


def beams(
    size, pixel, *, geometry, views, arc, startAngle, sourceToAxis=None, sourceToDetector=None, detectorPitch=None, detectorOffset=0.0,
    detectors=None, finer=1,
):  # fmt: skip
    """Where rays begin and their directions, [views, detectors, 2] (x, y) in pixels, of options as `ct_scans.scanner` draws them."""
    fan = geometry == "fan"
    pitch = (detectorPitch or pixel * (sourceToDetector / sourceToAxis if fan else 1.0)) / pixel
    reach = size * 2**-0.5
    widest = reach * (sourceToDetector / np.sqrt(sourceToAxis**2 - (reach * pixel) ** 2) if fan else 1.0)
    detectors = finer * (detectors or int(np.ceil(2 * (widest + abs(detectorOffset) / pixel) / pitch)) + 2)
    u = (np.arange(detectors) - (detectors - 1) / 2) * pitch / finer + detectorOffset / pixel
    angles = np.deg2rad(startAngle + arc * np.arange(views) / views)
    across = np.stack([np.cos(angles), np.sin(angles)], 1)[:, None]
    towards = np.stack([-np.sin(angles), np.cos(angles)], 1)[:, None]
    at = u[None, :, None] * across
    if not fan:
        return at, np.broadcast_to(towards, at.shape)
    source = sourceToAxis / pixel * towards
    return np.broadcast_to(source, at.shape), at - sourceToDetector / pixel * towards


def joseph(at, along, size, finer=1):
    """Pixels that rays [N, 2] meet, and their weights: [N, finer * size, 2], linear across the axis that a ray follows (Joseph 1982).

    On a grid `finer` times as fine as the pixels that lengths are told in; pixels [row * finer * size + column].
    """
    side = finer * size
    upright = np.abs(along[:, 1]) >= np.abs(along[:, 0])
    main, other = (np.where(upright, a, b) for a, b in ((1, 0), (0, 1)))
    rows = np.arange(len(at))
    slope = along[rows, other] / along[rows, main]
    lines = (np.arange(side) - (side - 1) / 2) / finer
    crossing = at[rows, other][:, None] + (lines - at[rows, main][:, None]) * slope[:, None]
    place = (crossing * finer + (side - 1) / 2).astype(np.float32)
    before = np.floor(place)
    beyond = place - before
    pixels = np.stack([before, before + 1], 2).astype(np.int32)
    weights = np.stack([1 - beyond, beyond], 2) * (np.sqrt(1 + slope**2) / finer).astype(np.float32)[:, None, None]
    weights[(pixels < 0) | (pixels >= side)] = 0
    pixels = pixels.clip(0, side - 1)
    line = np.arange(side, dtype=np.int32)[None, :, None]
    return np.where(upright[:, None, None], line * side + pixels, pixels * side + line), weights.astype(np.float32)


def matrix(size, pixel, **scanner):
    """A and Aᵀ, [views * detectors, size * size], lengths of rays in pixels."""
    at, along = beams(size, pixel, **scanner)
    pixels, weights = zip(*(joseph(*each, size) for each in zip(at, along)))
    pixels, weights = np.stack(pixels), np.stack(weights)
    rays = at.shape[0] * at.shape[1]
    starts = np.arange(rays + 1, dtype=np.int32) * (2 * size)
    a = csr_matrix((weights.ravel(), pixels.ravel(), starts), (rays, size * size))
    return in_torch(a), in_torch(a.T.tocsr())


def simulated(clean, pixel, scanner, detectors):
    """Data [views * detectors, N] of a finer image by finer bins, in pixels: no product of the reconstruction's own operator."""
    size = clean.shape[-1]
    fine = F.interpolate(clean, scale_factor=FINER, mode="bilinear", align_corners=False).flatten(1).numpy()
    views = []
    for at, along in zip(*beams(size, pixel, **scanner, detectors=detectors, finer=FINER)):
        pixels, weights = joseph(at, along, size, FINER)
        views.append(np.stack([np.einsum("rlt,rlt->r", image[pixels], weights) for image in fine], 1))
    return torch.from_numpy(np.stack(views).reshape(-1, FINER, len(clean)).mean(1))


def in_torch(m):
    return torch.sparse_csr_tensor(*(torch.from_numpy(v) for v in (m.indptr, m.indices, m.data)), size=m.shape)


class CtOperator:
    """A scan of clean slices [N, 1, H, W] by `scanner`, with `noise` as ct_scans.noise draws it, the detector moved by `misfit` mm."""

    def __init__(self, clean, pixel, scanner, noise, misfit, random):
        self.size = clean.shape[-1]
        self.a, self.at = matrix(self.size, pixel, **scanner)
        thickness = 2 * MU_WATER * pixel  # of the attenuation along a pixel of x = 1
        moved = {**scanner, "detectorOffset": scanner.get("detectorOffset", 0.0) + misfit}
        data = simulated(clean, pixel, moved, len(self.a) // scanner["views"])
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
    """Nothing: scanners are drawn as they come."""


def drawn(clean, pixel, scanners, random):
    """A scan of clean slices [N, 1, H, W]; `pixel` in mm."""
    misfit = random.normal(0, ct_scans.MISPLACED) * pixel if random.random() < ct_scans.MISFIT else 0
    return CtOperator(clean, pixel, ct_scans.scanner(random, pixel, clean.shape[-1], LIMITED), ct_scans.noise(random), misfit, random)


def trials(clean, pixel, scanners, random):
    usual = dict(geometry="parallel", arc=180.0, startAngle=0.0)
    return {name: CtOperator(clean, pixel, {**usual, **scan}, {"photons": 1e5}, 0, random) for name, scan in ct_scans.VALIDATION.items()}
