"""The task of guided priors that are trained in runs: x is what the network's own run has found, and what counts is what data leave.

Every sample is a step of a run of `dds` (src/solvers/dds.ts) with a simulated scan: x of the evaluation before, noised, the network's d, and
xhat, d corrected by the data (data_step.py). The loss is the error of xhat, and a little of d's: what the data mend anyway costs nothing,
as in unrolled networks (MoDL: Aggarwal, Mani, Jacob, IEEE Trans. Med. Imaging 38 (2019) 394), but that each evaluation is judged by itself,
so that the network stays a denoiser with noise levels that any run may use. xhat is the next state (DAgger: Ross, Gordon, Bagnell 2011).

A modality's scans are in a module of its own, IMAGES_operator.py (ct_operator.py, mri_operator.py):

    scanners(folder, size, seed)     what scans are drawn of, if anything
    drawn(clean, pixel, scanners, random)   an operator (data_step.py) with a scan of clean slices; its noise level `noise` (0: not told),
                                     and guide(random) -> [N, C, H, W]
    trials(clean, pixel, scanners, random)  {name: operator}: what the progress lines judge by
    thing(random, size)              where there is one: a slice of something else than the volumes have
    RUN                              size of the slices, and settings: shape of the error (data_step.py), rounds of CG, order, temperature, sigma, last sigma
"""

import importlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from data import Patches, read_volume
from evaluate import psnr
from guided.data_step import mended
from guided.network import Guided
from guided.scans import log_uniform
from images import write_png
from model import SIGMA_DATA
from recipe import images_of
from task import Batch

SIGMA_MIN, SIGMA_MAX = 0.005, 8.0
SIZE = 256  # of held-out slices
SLICES = 4  # of a run
RUNS = 16  # under way at the same time
EVALUATIONS = (5, 20)  # of a run
UNGUIDED, NOISE = 0.08, 0.5  # share of runs without a guide, and the level that they begin at
PLAIN = 0.1  # weight of d's own error
ERRORS = (0.01, 0.02, 0.04, 0.08)  # of x (rms), between samples that count alike
JUDGED = 10  # evaluations of the runs of the progress lines


@dataclass
class Run:
    clean: torch.Tensor  # [N, C, H, W]
    operator: object
    guide: torch.Tensor
    sigmas: list  # of the evaluations that are to come
    order: int
    temperature: float
    state: torch.Tensor  # what x is noised from
    before: torch.Tensor | None = None  # xhat of the evaluation before
    last: tuple = ()  # the two noise levels before

    def moved(self, found):
        """xhat -> where the next x is noised from, as in dds.ts with eta 1."""
        sigma = self.sigmas.pop(0)
        self.state, earlier = found, self.before
        if self.order == 2 and earlier is not None and self.sigmas:
            self.state = found + look_ahead(self.last, sigma, self.sigmas[0]) * (found - earlier)
        self.before, self.last = found, (sigma,)


def look_ahead(last, sigma, following):
    """q of dds.ts."""
    if not last or last[0] <= sigma or sigma <= following:
        return 0.5 if last else 0.0
    return min(0.5, np.log(sigma / following) / (2 * np.log(last[0] / sigma)))


class Task:
    sigma_data = SIGMA_DATA
    sigma_range = (SIGMA_MIN, SIGMA_MAX)
    kinds = len(ERRORS) + 2
    channels_last = torch.channels_last

    def __init__(self, chosen, recipe):
        self.config, self.images = recipe.get("network", {}), images_of(recipe)
        self.scans = importlib.import_module(f"guided.{recipe['images']}_operator")
        people = self.images.read_people(chosen.data)
        self.sources = len(people)
        self.patches = Patches(people, self.images, chosen.seed)
        self.random = self.patches.random
        self.side = self.scans.RUN["size"]
        self.scanners = self.scans.scanners(chosen.out, self.side, chosen.seed)
        self.runs = [None] * RUNS
        first, last = map(int, chosen.slices.split(":"))
        self.judged_by = self.scans.scanners(chosen.out, SIZE, chosen.seed)
        self.held_out = padded(self.images.held_out(chosen.validate, slice(first, last, max(1, (last - first) // 3))), SIZE)
        self.pixel = float(read_volume(Path(chosen.validate))[1][0])

    @staticmethod
    def options(parser):
        parser.add_argument("--validate", required=True, help="a volume that is not trained on, for the progress lines")
        parser.add_argument("--slices", default="60:76", help="of it, of which some are taken (default 60:76)")

    def size(self):
        return f"{self.sources} people"

    def network(self, **config):
        return Guided(**{"images": self.images.channels, **(config or self.config)})

    def begun(self):
        random = self.random
        patches = [self.patches.patch(self.side) for _ in range(SLICES)]
        clean, pixel = torch.stack([patch for patch, _ in patches]), patches[0][1]
        if hasattr(self.scans, "thing") and random.random() < 0.25:
            clean = torch.from_numpy(np.stack([self.scans.thing(random, self.side) for _ in range(SLICES)]).astype(np.float32))
        operator = self.scans.drawn(clean, pixel, self.scanners, random)
        count = round(log_uniform(random, *EVALUATIONS))
        first, last = (log_uniform(random, *self.scans.RUN[name]) for name in ("first", "last"))
        sigmas = [SIGMA_MAX, *np.geomspace(first, min(first, last), count - 1).tolist()]
        guide = operator.guide(random)
        if random.random() < UNGUIDED:
            guide, sigmas = torch.zeros_like(guide), np.geomspace(NOISE, last, count).tolist()
        order = int(random.choice(self.scans.RUN["orders"]))
        return Run(clean, operator, guide, sigmas, order, random.uniform(*self.scans.RUN["temperatures"]), torch.zeros_like(clean))

    def batch(self):
        slot = int(self.random.integers(RUNS))
        run = self.runs[slot]
        if run is None or not run.sigmas:
            run = self.runs[slot] = self.begun()
        sigma, clean = run.sigmas[0], run.clean
        error = mean_square(run.state - clean).sqrt()
        kind = 1 + torch.bucketize(error, torch.tensor(ERRORS))
        if not run.guide.any():
            kind = torch.zeros_like(kind)
        first = run.before is None

        def judge(d):
            found = mended(d, run.operator, self.scans.RUN["shape"], self.scans.RUN["rounds"], pull_of(run.operator, sigma))
            run.moved(found.detach())
            return mean_square(found - clean) + PLAIN * mean_square(d - clean)

        level, width = torch.full((len(clean),), sigma), torch.full((len(clean),), 1.0 if first else run.temperature)
        return Batch(clean, level, given=(run.guide,), offset=run.state - clean, fresh=width, kind=kind, judge=judge)

    @torch.no_grad()
    def progress(self, denoiser, folder, step):
        """PSNR of what runs find after all evaluations, of held-out slices."""
        random = np.random.default_rng(0)
        psnrs, pictures = {}, []
        settings = self.scans.RUN["judged"]
        for name, operator in self.scans.trials(self.held_out, self.pixel, self.judged_by, random).items():
            guide = operator.guide(random)
            sigmas = [SIGMA_MAX, *np.geomspace(settings["first"], settings["last"], JUDGED - 1).tolist()]
            run = Run(self.held_out, operator, guide, sigmas, settings["order"], settings["temperature"], torch.zeros_like(guide))
            noise = torch.Generator().manual_seed(0)
            while run.sigmas:
                sigma = run.sigmas[0]
                width = sigma * (1.0 if run.before is None else run.temperature)
                x = run.state + width * torch.randn(guide.shape, generator=noise)
                d = denoiser(x, torch.full((len(x),), sigma), given=(guide,))
                run.moved(mended(d, operator, self.scans.RUN["shape"], self.scans.RUN["rounds"], pull_of(operator, sigma)))
            psnrs[name] = round(psnr(self.images.shown(run.before), self.images.shown(self.held_out)), 2)
            pictures.append(torch.stack([v[0, 0] for v in (guide, run.before, self.held_out)]))
        write_png(folder / f"progress-{step:06d}.png", torch.stack(pictures))
        return "dB " + " ".join(f"{name}: {value:.2f}" for name, value in psnrs.items()), {"psnr": psnrs}


def mean_square(images):
    """[N] of [N, C, H, W]."""
    return images.square().mean((1, 2, 3))


def pull_of(operator, sigma):
    """1/gamma of `gamma: noise` with `gammaScale` 1.5; 0 where data are taken as they are."""
    return operator.noise**2 / (1.5 * sigma**2)


def padded(images, size):
    rows, columns = (size - n for n in images.shape[-2:])
    return torch.nn.functional.pad(images, (columns // 2, columns - columns // 2, rows // 2, rows - rows // 2))
