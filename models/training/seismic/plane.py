"""The task of `seismic-2d`: patches of a pool (pool.py), masks and guides with them; README.md has the network's contract."""

import time
from pathlib import Path

import numpy as np
import torch

from images import write_png
from seismic.network import LOUDNESS, SIGMA_DATA, Guided
from task import Batch

SIGMA_MIN, SIGMA_MAX = 0.004, 2.0
TOP = 0.5  # share of samples at sigma_max that are given x = g1: the start, and the one evaluation of a posterior mean
ON_LIVE = 0.2  # weight of a live trace against a missing one
BETTER = 1 / 3  # share of samples whose best guide is moved towards the truth, as one of more directions would be
SHAPES = ((8, 64, 96), (3, 96, 192))  # patches a step, traces, samples
SMALL_SHARE = 0.7

# What the card says of the condition: m y, m, three interpolations, the best first, about which the network works, and with which it begins without noise.
GUIDE = {
    "kind": "interpolations",
    "planes": 5,
    "input": "condition",
    "centre": 2,
    "start": {"plane": 2, "noise": False},
}


class Pool:
    """The shards of a folder, also those that come while the training runs."""

    def __init__(self, folder):
        self.folder, self.shards, self.names, self.looked = Path(folder), [], set(), -1e9
        while not self.refresh():
            print(f"waiting for {folder}/train-*.npz", flush=True)
            time.sleep(20)

    def refresh(self):
        if time.monotonic() - self.looked > 60:
            self.looked = time.monotonic()
            for path in sorted(self.folder.glob("train-*.npz")):
                if path.name not in self.names and ".part" not in path.name:
                    self.names.add(path.name)
                    with np.load(path) as arrays:
                        self.shards.append({key: arrays[key] for key in arrays.files})
        return len(self.shards)

    def draw(self, random):
        """(truth [n, m], guides [3, n, m], live [n], held-back error) of a random section."""
        shard = self.shards[random.integers(self.refresh())]
        k = random.integers(len(shard["shapes"]))
        return section_of(shard, k)


def section_of(shard, k):
    n, m = shard["shapes"][k]
    return (
        shard["truth"][k, :n, :m].astype(np.float32), shard["guides"][k, :, :n, :m].astype(np.float32),
        shard["live"][k, :n], float(shard["error"][k]),
    )  # fmt: skip


def padded(values, traces, samples):
    """The last two axes extended with 0."""
    n, m = values.shape[-2:]
    return np.pad(values, [(0, 0)] * (values.ndim - 2) + [(0, traces - n), (0, samples - m)])


def condition_of(truth, guides, live):
    """[5, n, m]: m y, m, g1, g2, g3. The unmasked section goes no further than the live traces."""
    mask = np.broadcast_to(live[:, None], truth.shape).astype(np.float32)
    return np.concatenate([(truth * mask)[None], mask[None], guides]).astype(np.float32)


class OfPool:
    """What tasks of a pool have in common; `pool_of`, `network_of` and `what` are the task's."""

    def __init__(self, chosen, recipe):
        self.config = recipe["network"]
        self.random = np.random.default_rng(chosen.seed)
        self.pool = self.pool_of(chosen.data)
        with np.load(Path(chosen.data) / "validation.npz") as arrays:
            self.validation = {key: arrays[key] for key in arrays.files}
        self.sources = len(recipe["data"])

    @staticmethod
    def options(parser):
        parser.set_defaults(validate=None)

    def size(self):
        return f"{sum(len(shard['shapes']) for shard in self.pool.shards)} {self.what} so far"

    def network(self, **config):
        return self.network_of(**(config or self.config))


class Task(OfPool):
    pool_of, network_of, what = Pool, Guided, "sections"
    sigma_data = SIGMA_DATA
    sigma_range = (SIGMA_MIN, SIGMA_MAX)
    channels_last = torch.channels_last

    def patch(self, traces, samples):
        """(truth, base, condition, pixel weights, sample weight) of one patch."""
        random = self.random
        truth, guides, live, error = self.pool.draw(random)
        n, m = truth.shape
        for _ in range(20):
            i, k = random.integers(max(n - traces, 0) + 1), random.integers(max(m - samples, 0) + 1)
            alive = live[i : i + traces]
            if alive.any() and not alive.all():
                break
        truth, guides, live = truth[i : i + traces, k : k + samples], guides[:, i : i + traces, k : k + samples], alive
        if random.random() < 0.5:
            truth, guides, live = truth[::-1], guides[:, ::-1], live[::-1]
        scale = np.exp(random.normal(0, 0.15)) * random.choice([-1, 1])
        truth, guides = truth * scale, guides * scale
        if random.random() < BETTER:
            guides = guides.copy()
            guides[0] += random.uniform(0, 0.9) * (truth - guides[0])
        weight = np.broadcast_to(np.where(live, ON_LIVE, 1.0)[:, None], truth.shape)
        condition = condition_of(truth, guides, live)
        # Sections count by their decibels rather than their errors, and those that cannot be predicted do not drown the others.
        relative = (0.01 / (error + 0.0009)) ** 0.75
        return *(padded(v, traces, samples) for v in (truth[None], guides[:1], condition, weight[None])), relative

    def batch(self):
        count, traces, samples = SHAPES[int(self.random.random() >= SMALL_SHARE)]
        columns = list(zip(*(self.patch(traces, samples) for _ in range(count))))
        clean, base, condition, weight = (torch.from_numpy(np.stack(c).astype(np.float32)) for c in columns[:4])
        sigma = self.sigmas(count)
        each = torch.tensor(columns[4], dtype=torch.float32)
        return Batch(clean, sigma, base, (condition,), weight, each, (sigma == SIGMA_MAX).float())

    def sigmas(self, count):
        """Log-uniform, and TOP of them sigma_max itself."""
        u = self.random.permutation((np.arange(count) + self.random.random(count)) / count)
        sigma = SIGMA_MIN * (SIGMA_MAX / SIGMA_MIN) ** u
        return torch.from_numpy(np.where(self.random.random(count) < TOP, SIGMA_MAX, sigma).astype(np.float32))

    def progress(self, denoiser, folder, step):
        """Mean SNR over missing traces of one evaluation from x = g1, and its gain over the best guide, by kind of mask."""
        kinds, pictures = {}, []
        for k, kind in enumerate(self.validation["kind"]):
            truth, guides, live, _ = section_of(self.validation, k)
            n, m = truth.shape
            size = [-(-v // 16) * 16 for v in (n, m)]
            condition = torch.from_numpy(padded(condition_of(truth, guides, live), *size))[None]
            base = torch.from_numpy(padded(guides[:1], *size))[None]
            answer = denoiser(base, torch.tensor([SIGMA_MAX]), base, (condition,))[0, 0, :n, :m].numpy()
            answers = [*guides, answer]
            kinds.setdefault(str(kind), []).append([snr(truth[~live], a[~live]) for a in answers])
            if truth.shape == (96, 192) and len(pictures) < 8:
                shown = (np.where(live[:, None], truth, 0), guides[0], answer, truth)
                pictures.append(torch.from_numpy(np.stack([s.T for s in shown])))
        if pictures:
            write_png(folder / f"progress-{step:06d}.png", torch.stack(pictures), -2 * LOUDNESS, 2 * LOUDNESS)
        means = {kind: np.mean(values, axis=0) for kind, values in kinds.items()}
        text = "SNR " + ", ".join(f"{kind}: {v[-1]:.2f} ({v[-1] - v[0]:+.2f})" for kind, v in means.items())
        return text, {"snr": {kind: [round(float(x), 3) for x in v] for kind, v in means.items()}}


def snr(truth, estimate):
    """10 lg (sum truth^2 / sum (truth - estimate)^2)."""
    return 10 * np.log10((truth.astype(np.float64) ** 2).sum() / ((truth - estimate.astype(np.float64)) ** 2).sum())
