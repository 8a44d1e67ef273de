"""What `train.py` needs of a modality beyond its numbers: where samples come from, what else the network sees, how it is judged.

A recipe's `samples` names a module. One with a class `Task(chosen, recipe)` brings its own (seismic/plane.py); the others are slices of
images (ct.py, mri.py), and their task is `SliceTask`. A task has

    sigma_data, sigma_range, channels_last  of the preconditioning and the noise levels; the memory format of its tensors
    network(**config)                       the network to be trained, called as network(c_in (x - base), *given, c_noise)
    random                                  the NumPy generator that its samples come from
    kinds                                   of samples, each with mean losses of its own; 1 where a task says nothing
    batch() -> Batch                        the next samples
    further_loss(further, F - F*, sigma)    of a network that gives more planes than the images have: the loss of those
    progress(D, folder, step) -> text, {}    D(x, sigma, base, given) of the averaged weights on what was not trained on
    size() -> str, sources                  for the first line; how many persons or surveys, for the card
"""

from dataclasses import dataclass
from typing import Callable

import numpy as np
import torch

from data import Patches
from evaluate import PROGRESS_SIGMAS, SIGMA_MAX, SIGMA_MIN, psnr_by_sigma
from images import write_png
from model import SIGMA_DATA, UNet


@dataclass
class Batch:
    clean: torch.Tensor  # [N, C, ...]
    sigma: torch.Tensor  # [N]
    base: torch.Tensor | float = 0.0  # as clean: D is base + what the network adds
    given: tuple = ()  # further inputs of the network
    weight: torch.Tensor | None = None  # as clean, of the squared errors; None: all alike
    each: torch.Tensor | None = None  # [N], of the samples' losses
    inside: torch.Tensor | None = None  # as clean, 0 where the noisy image is padding (0)
    offset: torch.Tensor | None = None  # as clean, added to the noisy image and not to be kept
    kind: torch.Tensor | None = None  # [N], 0...kinds - 1, of samples that are not equally hard
    fresh: torch.Tensor | None = None  # [N], noise of the noisy image over sigma
    judge: Callable | None = None  # D [N, C, ...] -> its error [N], squared; None: that of D itself
    blank: torch.Tensor | None = None  # [N], 1 where the network is given x = base instead of clean + sigma n


class SliceTask:
    """Slices of volumes: crops and whole slices, nothing but the noisy image for the network to see."""

    sigma_data = SIGMA_DATA
    sigma_range = (SIGMA_MIN, SIGMA_MAX)
    channels_last = torch.channels_last

    def __init__(self, chosen, recipe, modality):
        self.chosen, self.config, self.modality = chosen, recipe.get("network", {}), modality
        self.people = modality.read_people(chosen.data)
        self.sources = len(self.people)
        self.patches = Patches(self.people, modality, chosen.seed)
        self.random = self.patches.random
        self.held_out = None
        if chosen.validate:
            first, last = map(int, chosen.slices.split(":"))
            self.held_out = modality.held_out(chosen.validate, slice(first, last, 4))

    @staticmethod
    def options(parser):
        parser.add_argument("--validate", help="a volume that is not trained on, for the progress lines")
        parser.add_argument("--slices", default="30:45", help="slices of it (default 30:45)")
        parser.add_argument("--crop", type=int, nargs=2, default=(8, 96), metavar=("BATCH", "SIZE"))
        parser.add_argument("--whole", type=int, nargs=2, default=(2, 256), metavar=("BATCH", "SIZE"))
        parser.add_argument("--whole-share", type=float, default=0.2, help="share of steps on whole slices")

    def size(self):
        return f"{len(self.people)} people, {sum(map(len, self.people.values()))} slices"

    def network(self, **config):
        return UNet(images=self.modality.channels, **(config or self.config))

    def batch(self):
        whole = self.random.random() < self.chosen.whole_share
        count, size = self.chosen.whole if whole else self.chosen.crop
        clean = self.patches.batch(count, size)
        return Batch(clean, draw_sigmas(self.random, count, whole, self.modality.usual_sigmas))

    def progress(self, denoiser, folder, step):
        if self.held_out is None:
            return "", {}
        psnr, pictures = psnr_by_sigma(denoiser, self.held_out, PROGRESS_SIGMAS, self.modality.shown)
        write_png(folder / f"progress-{step:06d}.png", pictures)
        return "dB " + " ".join(f"{sigma:g}:{value:.2f}" for sigma, value in psnr.items()), {"psnr": psnr}


def draw_sigmas(random, count, whole, usual):
    """Stratified log-uniform noise levels, at least half of them in `usual`.

    The highest are for whole slices alone: there the answer is what bodies look like at large, and what a crop would
    teach (tissue everywhere) is wrong.
    """
    u = (np.arange(count) + random.random(count)) / count
    u = random.permutation(u)
    wide = random.random(count) < (0.5 if whole else 0.3)
    low = np.where(wide, 0.05 if whole else SIGMA_MIN, usual[0])
    high = np.where(wide, SIGMA_MAX if whole else 10.0, usual[1])
    return torch.from_numpy(np.exp(np.log(low) + u * np.log(high / low)).astype(np.float32))


def task_of(modality):
    """The task's class of a modality's module."""
    return getattr(modality, "Task", None) or (lambda chosen, recipe: SliceTask(chosen, recipe, modality))


def options_of(modality):
    return getattr(modality, "Task", SliceTask).options
