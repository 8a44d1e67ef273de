"""Cartesian scans of complex slices in PyTorch, for training in runs: coil maps and masks of the engine's simulator (scanners.mjs)."""

import json
import subprocess
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional as F

from guided import mri_scans
from guided.scans import iterations, log_uniform

ROUNDS, WEIGHT = 30, 0.005  # FISTA iterations of the guide (cs-wavelet), and lambda over the rms of Aᴴy
DB4 = (0.23037781330885523, 0.7148465705525415, 0.6308807679295904, -0.02798376941698385, -0.18703481171888114, 0.030841381835986965,
       0.032883011666982945, -0.010597401784997278)  # fmt: skip
MAP_SIZE, COIL_SETS, MASKS = 64, 60, 240
JUDGED = {
    "lines x4": dict(pattern="random", acceleration=4, calibration=24, seed=1),
    "Poisson x8": dict(pattern="poisson", acceleration=8, calibration=24, seed=1),
}
RUN = dict(
    size=192, shape=dict(quadrature=0.3, air=0.5, edges=1.4, detail=0.5), rounds=5, first=(0.06, 0.3), last=(0.02, 0.045), orders=(1, 2, 2),
    temperatures=(0.6, 1.0), judged=dict(first=0.2, last=0.03, order=2, temperature=0.7),
)  # fmt: skip
ONE_COIL, SNR_OF_ONE = 0.35, (15, 300)  # share of the scans with one coil, and their SNR: every error of the prior stays in such an image
WRONG_SHARE, WRONG = 0.5, (0.001, 0.01)  # of scans whose maps are not the true ones, as estimated ones never are; of a wave of the error


def requests(size, seed):
    """What scanners.mjs is asked for."""
    random = np.random.default_rng([seed, 7])
    sets = [dict(coils=round(log_uniform(random, 2, 12)), seed=int(random.integers(2**31)), extent=random.uniform(0.4, 0.9, 2).tolist())
            for _ in range(COIL_SETS)]  # fmt: skip
    masks = []
    while len(masks) < MASKS:
        how = mri_scans.sampling(random, int(random.integers(1, 13)), size)
        if "mask" in how:
            masks.append(dict(pattern=how["mask"], acceleration=how["accel"], calibration=how["acs"], seed=int(random.integers(2**31))))
    return dict(size=size, mapSize=MAP_SIZE, coils=sets, masks=masks + list(JUDGED.values()))


class Scanners:
    """Coil maps and masks to draw scans of, made once."""

    def __init__(self, folder, size, seed):
        stem = Path(folder) / f"scanners-{size}-{seed}"
        asked = requests(size, seed)
        if not stem.with_name(stem.name + ".masks.u8").exists():
            stem.parent.mkdir(parents=True, exist_ok=True)
            Path(f"{stem}.json").write_text(json.dumps(asked))
            subprocess.run(["node", str(Path(__file__).with_name("scanners.mjs")), f"{stem}.json", str(stem)], check=True)
        self.size = size
        maps = torch.from_numpy(np.fromfile(f"{stem}.maps.f32", np.complex64).reshape(-1, MAP_SIZE, MAP_SIZE))
        self.sets = maps.split([each["coils"] for each in asked["coils"]])
        self.masks = torch.from_numpy(np.fromfile(f"{stem}.masks.u8", np.uint8).reshape(-1, size, size).astype(np.float32))
        self.lines = [mask["pattern"] in mri_scans.LINES_OF for mask in asked["masks"]]
        self.acceleration = [mask["acceleration"] for mask in asked["masks"]]

    def maps(self, random):
        """[coil, H, W], the root of their sum of squares 1: a set turned over at random, or one coil."""
        if random.random() < ONE_COIL:
            return torch.ones(1, self.size, self.size, dtype=torch.complex64)
        maps = self.sets[random.integers(len(self.sets))]
        for axis in (1, 2):
            maps = maps.flip(axis) if random.random() < 0.5 else maps
        return self.fine(maps)

    def fine(self, maps):
        size = (self.size, self.size)
        parts = [F.interpolate(part[None], size=size, mode="bicubic", align_corners=False)[0] for part in (maps.real, maps.imag)]
        return normalised(torch.complex(*parts))

    def judged(self, name):
        n = len(self.masks) - len(JUDGED) + list(JUDGED).index(name)
        return torch.fft.ifftshift(self.masks[n]), self.lines[n]

    def mask(self, random, coils):
        """([H, W] with DC first, whether it has lines alone)."""
        while True:
            n = int(random.integers(MASKS))
            # what one coil tells is not what twelve tell
            if coils > 3 or self.acceleration[n] < 5:
                return torch.fft.ifftshift(self.masks[n]), self.lines[n]


def normalised(maps):
    return maps / maps.abs().square().sum(0).sqrt().clamp(min=1e-6)


def wrong(maps, random):
    """(1 + e) maps, e smooth: waves of up to one period a side."""
    coils, height, width = maps.shape
    std = log_uniform(random, *WRONG)
    y, x = torch.arange(height)[:, None] / height, torch.arange(width)[None] / width
    changed = []
    for coil in maps:
        factor = torch.ones(height, width, dtype=torch.complex64)
        for _ in range(mri_scans.WAVES):
            re, im = std * random.standard_normal(2)
            v, u = random.uniform(-1, 1, 2)
            factor = factor + complex(re, im) * torch.cos(2 * np.pi * (v * y + u * x) + random.uniform(0, 2 * np.pi)).to(torch.complex64)
        changed.append(factor * coil)
    return normalised(torch.stack(changed))


class MriOperator:
    """Scans of clean slices [N, 2, H, W], each with its own maps and mask, all of them with lines along kx or with points."""

    def __init__(self, clean, maps, told, mask, lines, std, random):
        # along a readout that is sampled whole F is unitary and leaves AᴴA
        self.axes = (-2,) if lines else (-2, -1)
        self.maps, self.mask = told, mask[:, None]
        image = self.inside(clean)
        noise = random.standard_normal((2, *maps.shape), np.float32) * np.float32(std)
        data = self.mask * (self.spectrum(maps * image[:, None]) + torch.complex(*torch.from_numpy(noise)))
        self.backprojection = self.combined(data)
        self.noise = std

    def spectrum(self, coils):
        return torch.fft.fftn(coils, dim=self.axes, norm="ortho")

    def combined(self, data):
        return (self.maps.conj() * torch.fft.ifftn(data, dim=self.axes, norm="ortho")).sum(1)

    def inside(self, planes):
        return torch.complex(planes[:, 0].float(), planes[:, 1].float())

    def outside(self, image):
        return torch.stack([image.real, image.imag], 1)

    def normal(self, image):
        return self.combined(self.mask * self.spectrum(self.maps * image[:, None]))

    def guide(self, random):
        return self.outside(cs_wavelet(self, random, iterations(random, ROUNDS)))


def filters():
    low = torch.tensor(DB4)
    return torch.stack([low, low.flip(0) * torch.tensor([(-1.0) ** k for k in range(len(DB4))])])[:, None]


def analysed(x, levels):
    """Coefficients of the orthonormal periodic wavelet transform of real [N, H, W], as [N, H, W]: coarse ones first."""
    out = x.clone()
    height, width = x.shape[-2:]
    for _ in range(levels):
        part = along(along(out[..., :height, :width], -1), -2)
        out[..., :height, :width] = part
        height, width = height // 2, width // 2
    return out


def synthesised(c, levels):
    out = c.clone()
    for level in reversed(range(levels)):
        height, width = c.shape[-2] >> level, c.shape[-1] >> level
        out[..., :height, :width] = back(back(out[..., :height, :width], -2), -1)
    return out


def along(x, axis):
    x = x.movedim(axis, -1)
    shape, n = x.shape, x.shape[-1]
    taps = filters()
    wide = F.pad(x.reshape(-1, 1, n), (0, len(DB4) - 2), mode="circular")
    parts = F.conv1d(wide, taps, stride=2)
    return parts.reshape(*shape[:-1], n).movedim(-1, axis)


def back(c, axis):
    c = c.movedim(axis, -1)
    shape, n = c.shape, c.shape[-1]
    taps = filters()
    wide = F.conv_transpose1d(c.reshape(-1, 2, n // 2), taps, stride=2)[:, 0]
    beyond = len(DB4) - 2
    out = wide[:, :n].clone()
    out[:, :beyond] += wide[:, n:]
    return out.reshape(shape).movedim(-1, axis)


def cs_wavelet(operator, random, rounds):
    """As src/solvers/classical/cs-wavelet.ts: FISTA, another shift of the wavelet's grid in each iteration."""
    back_projected = operator.backprojection
    weight = WEIGHT * float(back_projected.abs().square().mean().sqrt())
    levels = int(np.log2(min(back_projected.shape[-2:]) / (len(DB4) - 1)))  # as deep as the filter fits
    x = v = torch.zeros_like(back_projected)
    t = 1.0
    for _ in range(rounds):
        z = v - operator.normal(v) + back_projected
        shift = random.integers(0, z.shape[-1], 2).tolist()
        moved = z.roll(shift, (-2, -1))
        c = torch.complex(*analysed(torch.stack([moved.real, moved.imag]), levels))
        c = c * (1 - weight / c.abs().clamp(min=weight))
        z = torch.complex(*synthesised(torch.stack([c.real, c.imag]), levels)).roll([-s for s in shift], (-2, -1))
        t, before = (1 + (1 + 4 * t * t) ** 0.5) / 2, t
        v = z + (before - 1) / t * (z - x)
        x = z
    return x


def drawn(clean, pixel, scanners, random):
    maps = scanners.maps(random)
    told = wrong(maps, random) if len(maps) > 1 and random.random() < WRONG_SHARE else maps
    mask, lines = scanners.mask(random, len(maps))
    snr = SNR_OF_ONE if len(maps) == 1 else mri_scans.SNR
    std = 0.0 if random.random() < mri_scans.NOISELESS else noise_of(clean, log_uniform(random, *snr))
    return scanned(clean, maps, told, mask, lines, std, random)


def noise_of(clean, snr):
    """Standard deviation of each part: the mean of the foreground over snr is that of complex noise."""
    magnitude = clean.square().sum(1).sqrt()
    return float(magnitude[magnitude > 0.1 * magnitude.amax()].mean()) / snr / 2**0.5


def scanned(clean, maps, told, mask, lines, std, random):
    alike = [v.expand(len(clean), *v.shape) for v in (maps, told, mask)]
    return MriOperator(clean, *alike, lines, std, random)


def trials(clean, pixel, scanners, random):
    maps = max(scanners.sets, key=len)
    maps = scanners.fine(maps[: min(8, len(maps))])
    std = noise_of(clean, 30)
    masks = {name: scanners.judged(name) for name in JUDGED}
    return {name: scanned(clean, maps, maps, *mask, std, random) for name, mask in masks.items()}


def scanners(folder, size, seed):
    return Scanners(folder, size, seed)
