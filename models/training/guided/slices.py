"""The task of guided priors of slices: samples of a pool (pool.py), noise levels, guides that are missing or spoilt."""

import json
import time
from pathlib import Path

import numpy as np
import torch

from evaluate import psnr
from guided.network import Guided
from guided.scans import scans_of
from images import write_png
from model import SIGMA_DATA
from recipe import images_of
from task import Batch

SIGMA_MIN, SIGMA_MAX = 0.005, 8.0
USUAL = (0.015, 0.8)  # where reconstructions spend their steps
USUAL_SHARE = 0.55
FIRST = (0.5, 8.0)  # of a run's first estimate, for which c has to do
FIRST_SHARE = 0.2
DROPPED = 0.08  # share of samples without a guide (zeros)
MIXED = 0.5  # of guides whose error is in x too, as in a run, where x comes from the same data; else D takes for true what both show
MOST_MIXED = 0.5  # of that error: what a run has found so far is nearer to the truth than c is
FOUND = 0.65  # share of samples whose x is what a run had found, noised, where the pool has it
NOISED = (0.012, 0.15)  # noise levels of these
BEYOND = 2.0  # between two states of a run, and as far again beyond the later one: where its errors would lead if nothing held them
SPOILT = 0.1  # of guides with further noise or another brightness than the scan would give
WITHOUT = 3.0  # highest noise level without a guide: further up nothing is known, and crops would teach that there is tissue everywhere
ERRORS = (0.02, 0.04, 0.08, 0.16)  # of guides (rms), between samples that count alike: else those of six views drown those of sixty
MISSED = (0.01, 0.02, 0.04, 0.08)  # the same of what runs had found
SHAPES = ((6, 128), (2, 256))  # samples of a step, pixels along a side
WHOLE_SHARE = 0.5
PROGRESS_SIGMAS = (0.05, 0.2, 0.6, 8.0)


def rms_of(images):
    return np.sqrt(np.square(images).mean((1, 2, 3))) + 1e-6


def between(earlier, later, share):
    return earlier + np.float32(share) * (later - earlier)


class Shard:
    """Clean slices, guides and what runs had found, as they lie on disk."""

    def __init__(self, path):
        self.told = json.loads(path.read_text())
        images, size = self.told["images"], (self.told["channels"], *self.told["size"])
        stem = str(path.with_suffix(""))
        self.clean = np.memmap(f"{stem}.clean.i16", "<i2", "r", shape=(images, *size))
        scans = self.told["scans"]
        self.guides = np.memmap(f"{stem}.guides.i16", "<i2", "r", shape=(len(scans), images, *size))
        self.states = len(scans[0]["run"]["after"]) if "run" in scans[0] else 0
        if self.states:
            self.found = np.memmap(f"{stem}.found.i16", "<i2", "r", shape=(len(scans), self.states, images, *size))

    def planes(self, scan, image, rows=slice(None), columns=slice(None), states=()):
        """[clean, c, what a run had found by each of `states`], float32 [channels, rows, columns] in the prior's range."""
        found = [self.found[scan, state, image] for state in states]
        stored = [v[:, rows, columns] for v in (self.clean[image], self.guides[scan, image], *found)]
        return [np.asarray(v, np.float32) * np.float32(self.told["quantum"]) for v in stored]


class Pool:
    """The shards of a folder, also those that come while the training runs."""

    def __init__(self, folder):
        self.folder, self.shards, self.names, self.looked = Path(folder), [], set(), -1e9
        while not self.refresh():
            print(f"waiting for {folder}/train-*.guides.i16", flush=True)
            time.sleep(20)

    def refresh(self):
        if time.monotonic() - self.looked > 60:
            self.looked = time.monotonic()
            for path in sorted(self.folder.glob("train-*.guides.i16")):
                if path.name not in self.names:
                    self.names.add(path.name)
                    self.shards.append(Shard(path.with_name(path.name.split(".")[0] + ".json")))
        return len(self.shards)

    def draw(self, random, size):
        """[clean, c, found: c where the pool has no runs] [channels, size, size] of a random slice and scan, turned over at random."""
        shard = self.shards[random.integers(self.refresh())]
        images, (height, width) = shard.told["images"], shard.told["size"]
        top, left = random.integers(height - size + 1), random.integers(width - size + 1)
        scan, image = random.integers(len(shard.told["scans"])), random.integers(images)
        states = sorted(random.choice(shard.states, 2, replace=False)) if shard.states else ()
        clean, shown, *found = shard.planes(scan, image, slice(top, top + size), slice(left, left + size), states)
        planes = [clean, shown, between(*found, BEYOND * random.random()) if found else shown]
        if random.random() < 0.5:
            planes = [v[:, ::-1] for v in planes]
        if random.random() < 0.5:
            planes = [v[:, :, ::-1] for v in planes]
        return [v.swapaxes(1, 2) for v in planes] if random.random() < 0.3 else planes


class Task:
    sigma_data = SIGMA_DATA
    sigma_range = (SIGMA_MIN, SIGMA_MAX)
    kinds = len(ERRORS) + len(MISSED) + 3  # without a guide, by its error, and by that of what a run had found
    channels_last = torch.channels_last

    def __init__(self, chosen, recipe):
        self.config, self.modality = recipe.get("network", {}), images_of(recipe)
        self.trials = scans_of(recipe).VALIDATION
        self.alike = getattr(self.modality, "alike", lambda planes, random: planes)
        self.random = np.random.default_rng(chosen.seed)
        self.pool = Pool(chosen.data)
        self.validation = Shard(Path(chosen.data) / "validation.json")
        self.sources, self.runs = len(recipe["data"]), "found" in recipe

    @staticmethod
    def options(parser):
        parser.set_defaults(validate=None)

    def size(self):
        return f"{sum(shard.told['images'] for shard in self.pool.shards)} slices so far"

    def network(self, **config):
        return Guided(**{"images": self.modality.channels, **(config or self.config)})

    def sigmas(self, count, dropped):
        """Stratified log-uniform, USUAL_SHARE of them where reconstructions spend their steps and FIRST_SHARE where they begin."""
        random = self.random
        u = random.permutation((np.arange(count) + random.random(count)) / count)
        kind = random.random(count)
        usual, first = kind < USUAL_SHARE, kind > 1 - FIRST_SHARE
        low = np.where(usual, USUAL[0], np.where(first, FIRST[0], SIGMA_MIN))
        high = np.where(usual, USUAL[1], np.where(dropped, WITHOUT, SIGMA_MAX))
        return (low * (high / low) ** u).astype(np.float32)

    def mixed(self, error, rms, sigma):
        """At most MOST_MIXED of c's error, of no more energy than the noise has, for a share MIXED of the samples."""
        part = self.random.random(len(sigma)) * np.minimum(MOST_MIXED, sigma / rms)
        part = np.where(self.random.random(len(sigma)) < MIXED, part, 0).astype(np.float32)
        return part[:, None, None, None] * error

    def spoilt(self, c):
        """With more noise than the scan's, and of another brightness."""
        random = self.random
        noise = random.standard_normal(c.shape, np.float32) * np.float32(10 ** random.uniform(-2.5, -1))
        return c * np.float32(random.normal(1, 0.02)) + noise

    def batch(self):
        random = self.random
        whole = random.random() < WHOLE_SHARE
        count, size = SHAPES[int(whole)]
        drawn = (self.alike(self.pool.draw(random, size), random) for _ in range(count))
        clean, shown, found = (np.stack(planes) for planes in zip(*drawn))
        dropped = random.random(count) < DROPPED
        sigma = self.sigmas(count, dropped)
        error = shown - clean
        rms = rms_of(error)
        kind = np.where(dropped, 0, 1 + np.searchsorted(ERRORS, rms))
        offset = self.mixed(error, rms, sigma)
        if self.runs:
            going = ~dropped & (random.random(count) < FOUND)
            sigma = np.where(going, np.exp(random.uniform(*np.log(NOISED), count)), sigma).astype(np.float32)
            offset[going] = (found - clean)[going]
            kind = np.where(going, 2 + len(ERRORS) + np.searchsorted(MISSED, rms_of(found - clean)), kind)
        for k in range(count):
            if dropped[k]:
                shown[k] = 0
            elif random.random() < SPOILT:
                shown[k] = self.spoilt(shown[k])
        clean, shown, sigma, offset, kind = (torch.from_numpy(v) for v in (clean, shown, sigma, offset, kind))
        return Batch(clean, sigma, given=(shown,), offset=offset, kind=kind)

    @torch.no_grad()
    def psnrs(self, denoiser, sigmas):
        """({scan: {sigma: dB}}, pictures {scan: {sigma: [4, H, W]}}) of held-out slices, shown the guide of every scan; "none": shown none.

        Pictures are c, the noisy image, the estimate and the truth of the first slice.
        """
        told = self.validation.told
        psnrs, pictures = {}, {}
        for name in (*self.trials, "none"):
            scan = list(self.trials).index(name) if name in self.trials else 0
            planes = [self.validation.planes(scan, image) for image in range(told["images"])]
            clean, shown = (torch.from_numpy(np.stack(each)) for each in zip(*planes))
            if name == "none":
                shown = torch.zeros_like(shown)
            for sigma in sigmas:
                noisy = clean + sigma * torch.randn(clean.shape, generator=torch.Generator().manual_seed(0))
                level = torch.tensor([float(sigma)])
                estimate = torch.cat([denoiser(x[None], level, given=(c[None],)) for x, c in zip(noisy, shown)])
                reached = psnr(self.modality.shown(estimate), self.modality.shown(clean))
                psnrs.setdefault(name, {})[sigma] = round(reached, 2)
                pictures.setdefault(name, {})[sigma] = torch.stack([v[0, 0] for v in (shown, noisy, estimate, clean)])
        return psnrs, pictures

    def progress(self, denoiser, folder, step):
        psnrs, pictures = self.psnrs(denoiser, PROGRESS_SIGMAS)
        write_png(folder / f"progress-{step:06d}.png", torch.stack([p for each in pictures.values() for p in each.values()]))
        text = "; ".join(f"{name}: " + " ".join(f"{v:.2f}" for v in values.values()) for name, values in psnrs.items())
        return f"dB {text}", {"psnr": psnrs}
