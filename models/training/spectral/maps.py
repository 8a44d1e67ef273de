"""The task of `spectral-maps`: maps of cubes, of bodies and of generated scenes, each to unit robust range (README.md)."""

from pathlib import Path

import numpy as np
import torch

from data import files_of
from images import write_png
from model import SIGMA_DATA, UNet
from spectral import cubes, scenes, slices
from task import Batch

SIGMA_MIN, SIGMA_MAX = 0.002, 100.0
USUAL = (0.008, 2.0)  # where reconstructions spend their steps
SHAPES = ((16, 48), (10, 64), (5, 96), (3, 128))  # maps a step, side
SHARES = (0.2, 0.35, 0.3, 0.15)
KINDS = ("generated", "cube", "ct", "mri")
KIND_SHARES = (0.5, 0.14, 0.16, 0.2)
HELD_OUT = ("muufl_36x36x72", "visible-human-male_head", "torchio-fernando_flair")
PROGRESS_SIGMAS = (0.02, 0.05, 0.1, 0.2, 0.5, 2.0)
SCENE = 160


class Task:
    sigma_data = SIGMA_DATA
    sigma_range = (SIGMA_MIN, SIGMA_MAX)
    channels_last = torch.channels_last

    def __init__(self, chosen, recipe):
        root = Path(chosen.data)
        names = [*files_of(root / "ct"), *files_of(root / "mri"), *(path.stem for path in sorted((root / "hsi").glob("*.npz")))]
        if unknown := sorted(set(names) - set(recipe["data"])):
            raise SystemExit(f"{chosen.recipe} has no source and licence for {', '.join(unknown)}: add them under 'data'")
        self.config = recipe.get("network", {})
        self.random = np.random.default_rng(chosen.seed)
        self.cubes = cubes.read_cubes(root / "hsi", HELD_OUT[0])
        self.bodies = {kind: slices.read_slices(root / kind, kind, HELD_OUT) for kind in ("ct", "mri")}
        made = np.random.default_rng([chosen.seed, 1])
        self.scenes = [scenes.scene(made, SCENE).astype(np.float16) for _ in range(chosen.scenes)]
        self.sources = len(self.cubes) + sum(map(len, self.bodies.values()))
        self.validation = validation(root)

    @staticmethod
    def options(parser):
        parser.set_defaults(validate=None)
        parser.add_argument("--scenes", type=int, default=1500, help="generated scenes, of four maps each")

    def size(self):
        return f"{self.sources} cubes and volumes, {len(self.scenes)} scenes"

    def network(self, **config):
        return UNet(images=1, **(config or self.config))

    def batch(self):
        random = self.random
        count, size = SHAPES[random.choice(len(SHAPES), p=SHARES)]
        clean = np.stack([self.sample(size) for _ in range(count)])
        inside = np.ones_like(clean)
        if random.random() < 0.5:  # images that are no multiples of the network's side are padded with 0 at the end of both axes
            for axis in (1, 2):
                np.moveaxis(inside, axis, 0)[size - random.integers(0, 16) :] = 0
        clean, inside = (torch.from_numpy(a[:, None].astype(np.float32)) for a in (clean, inside))
        return Batch(clean * inside, self.sigmas(count), weight=inside, inside=inside)

    def sigmas(self, count):
        u = self.random.permutation((np.arange(count) + self.random.random(count)) / count)
        wide = self.random.random(count) < 0.2
        low, high = np.where(wide, SIGMA_MIN, USUAL[0]), np.where(wide, SIGMA_MAX, USUAL[1])
        return torch.from_numpy((low * (high / low) ** u).astype(np.float32))

    def sample(self, size):
        while True:
            kind = KINDS[self.random.choice(len(KINDS), p=KIND_SHARES)]
            if (image := self.draw(kind, size)) is not None and (image := scaled(self.random, image)) is not None:
                return turned(self.random, image)

    def draw(self, kind, size):
        random = self.random
        if kind == "generated":
            maps = self.scenes[random.integers(len(self.scenes))].astype(np.float32)
            top, left = random.integers(0, SCENE - size + 1, 2)
            return mixed(random, maps[:, top : top + size, left : left + size])
        if kind == "cube":
            names = sorted(self.cubes)
            maps = self.cubes[names[random.integers(len(names))]]
            picked = mixed(random, maps[random.permutation(len(maps))[: random.integers(1, 5)]])
            return slices.patch_of(random, picked, size, 0.6, 1.3)
        return slices.body(random, self.bodies[kind], kind, size)

    def progress(self, denoiser, folder, step):
        """PSNR against maps of a held-out cube, bodies and scenes, by noise level; peak 1."""
        pictures = []
        values = psnr(denoiser, self.validation, pictures)
        side = max(p.shape[-1] for p in pictures)
        shown = [torch.nn.functional.pad(p, (0, side - p.shape[-1], 0, side - p.shape[-2])) for p in pictures]
        write_png(folder / f"progress-{step:06d}.png", torch.stack(shown), -0.3, 1.3)
        return "dB " + "; ".join(f"{kind} {' '.join(map(str, v))}" for kind, v in values.items()), {"psnr": values}


@torch.no_grad()
def psnr(denoiser, held_out, pictures=None):
    """{kind: [dB, one for each of PROGRESS_SIGMAS]}; `pictures` gets some of clean, noisy and denoised maps."""
    generator = torch.Generator().manual_seed(0)
    values = {}
    for kind, maps in held_out.items():
        clean = torch.from_numpy(maps)[:, None]
        for sigma in PROGRESS_SIGMAS:
            noisy = clean + sigma * torch.randn(clean.shape, generator=generator)
            answer = denoiser(noisy, torch.full((len(clean),), sigma))
            values.setdefault(kind, []).append(round(-10 * float((answer - clean).square().mean().log10()), 2))
            if sigma == 0.2 and pictures is not None:
                pictures += [torch.stack([clean[k, 0], noisy[k, 0], answer[k, 0]]) for k in range(min(len(clean), 4))]
    return values


def mixed(random, maps):
    """One of the maps, or a mixture with random weights."""
    if len(maps) == 1 or random.random() < 0.4:
        return maps[random.integers(len(maps))]
    spread = maps.std((1, 2), keepdims=True)
    return (maps / np.maximum(spread, 1e-6) * random.normal(size=(len(maps), 1, 1))).sum(0)


def unit(image):
    """½ to 99½ percentile to 0 to 1, as the maps of a reconstruction are; None where there is nothing."""
    low, high = np.quantile(image, (0.005, 0.995))
    return None if high - low < 1e-6 or np.mean(abs(image - np.median(image)) < 1e-6 * (high - low)) > 0.8 else (image - low) / (high - low)


def scaled(random, image):
    """Unit range, now and then with a heavier tail; another gain and offset in half; either sign."""
    image = unit(image)
    if image is None:
        return None
    if random.random() < 0.25:
        centred = image - np.median(image)
        image = unit(np.sign(centred) * abs(centred) ** np.exp(random.normal(0.3, 0.25)))
        if image is None:
            return None
    if random.random() < 0.5:
        image = 0.5 + (image - 0.5) * np.exp(random.normal(0, 0.25)) + random.normal(0, 0.1)
    return 1 - image if random.random() < 0.5 else image


def turned(random, image):
    image = np.rot90(image, random.integers(4))
    return np.ascontiguousarray(image[:, ::-1] if random.random() < 0.5 else image)


def validation(root):
    """{kind: [N, H, W]} of what is not trained on."""
    maps = cubes.principal_maps(cubes.read_cube(Path(root) / "hsi" / f"{HELD_OUT[0]}.npz"), 6)
    random = np.random.default_rng(7)
    bodies = {kind: slices.read_slices(Path(root) / kind, kind) for kind in ("ct", "mri")}
    held = {kind: {name: value for name, value in people.items() if name in HELD_OUT} for kind, people in bodies.items()}
    made = {
        "cube": [unit(m[:32, :32]) for m in maps],
        "bodies": [unit(slices.body(random, held[kind], kind, 64)) for kind in held for _ in range(4)],
        "scenes": [unit(scenes.scene(random, 96)[0]) for _ in range(8)],
    }
    return {kind: np.stack([image for image in images if image is not None]).astype(np.float32) for kind, images in made.items()}
