"""The task of `seismic-3d`: blocks of a pool (pool3d.py), noise levels of the cosine schedule, the loss of the learned variance; README.md has the contract."""

from pathlib import Path

import numpy as np
import torch

from images import write_png
from seismic import cosine
from seismic.network3d import LOUDNESS, SIGMA_DATA, Halves, variance_loss
from seismic.plane import BETTER, ON_LIVE, OfPool, Pool, snr
from task import Batch

# (share, blocks a step, n1, n2, samples): most are short in time, for the sake of many; some have few lines, down to 2-D.
SHAPES = ((0.6, 2, 8, 32, 64), (0.3, 1, 16, 32, 128), (0.1, 8, 1, 32, 128))
DROPPED = 0.12  # share of samples that are shown m y alone, as the published network
LOW = 0.3  # share of samples at noise levels below 1
VARIANCE = 0.05  # weight of the loss of the learned variance
START = 2.0  # noise level of the evaluation that progress tells of


class Blocks(Pool):
    def draw(self, random, lines):
        """(truth, guides [2, ...], live, held-back error) of a random volume with so many lines at least."""
        while True:
            shard = self.shards[random.integers(self.refresh())]
            k = random.integers(len(shard["shapes"]))
            if shard["shapes"][k][0] >= lines:
                return volume_of(shard, k)


def volume_of(shard, k):
    a, b, c = shard["shapes"][k]
    return (
        shard["truth"][k, :a, :b, :c].astype(np.float32), shard["guides"][k, :, :a, :b, :c].astype(np.float32),
        shard["live"][k, :a, :b], float(shard["error"][k]),
    )  # fmt: skip


def condition_of(truth, guides, live):
    """[4, n1, n2, T]: m y, m, g1, g2. The complete volume goes no further than the live traces."""
    mask = np.broadcast_to(live[:, :, None], truth.shape).astype(np.float32)
    return np.concatenate([(truth * mask)[None], mask[None], guides]).astype(np.float32)


def alone(condition):
    """What the published network is shown: m y, and zeros for the rest."""
    shown = np.zeros_like(condition)
    shown[0] = condition[0]
    return shown


def padded(values, size):
    """The last three axes extended with 0, as volumes narrower than a block are."""
    return np.pad(values, [(0, 0)] * (values.ndim - 3) + [(0, s - n) for n, s in zip(values.shape[-3:], size)])


class Task(OfPool):
    pool_of, network_of, what = Blocks, Halves, "volumes"
    sigma_data = SIGMA_DATA
    channels_last = torch.contiguous_format

    def __init__(self, chosen, recipe):
        super().__init__(chosen, recipe)
        self.levels = cosine.sigmas().astype(np.float32)
        self.sigma_range = (float(self.levels[0]), float(self.levels[-1]))

    def block(self, *size):
        """(truth, base, condition, weight, sample weight) of one block."""
        random = self.random
        truth, guides, live, error = self.pool.draw(random, size[0])
        wanted, size = size, tuple(min(n, s) for n, s in zip(truth.shape, size))
        for _ in range(20):
            at = [int(random.integers(n - s + 1)) for n, s in zip(truth.shape, size)]
            cut = tuple(slice(a, a + s) for a, s in zip(at, size))
            alive = live[cut[:2]]
            if alive.any() and not alive.all():
                break
        truth, guides, live = truth[cut], guides[(slice(None), *cut)], alive
        for axis in (0, 1):
            if random.random() < 0.5:
                truth, guides, live = np.flip(truth, axis), np.flip(guides, axis + 1), np.flip(live, axis)
        scale = np.exp(random.normal(0, 0.15)) * random.choice([-1, 1])
        truth, guides = truth * scale, guides * scale
        if random.random() < BETTER:
            guides[0] += random.uniform(0, 0.9) * (truth - guides[0])
        condition = condition_of(truth, guides, live)
        if random.random() < DROPPED:
            condition = alone(condition)
        weight = np.broadcast_to(np.where(live, ON_LIVE, 1.0)[:, :, None], truth.shape)
        images = (padded(v, wanted) for v in (truth[None], condition[2:3], condition, weight[None]))
        return *images, (0.01 / (error + 0.0009)) ** 0.75

    def batch(self):
        shares = np.array([share for share, *_ in SHAPES])
        _, count, *size = SHAPES[self.random.choice(len(SHAPES), p=shares / shares.sum())]
        columns = list(zip(*(self.block(*size) for _ in range(count))))
        clean, base, condition, weight = (torch.from_numpy(np.stack(c).astype(np.float32)) for c in columns[:4])
        return Batch(clean, self.sigmas(count), base, (condition,), weight, torch.tensor(columns[4], dtype=torch.float32))

    def sigmas(self, count):
        """Levels of the schedule: most of them 1 ... 5, where runs start and the condition decides; log-uniform below; a tenth on to pure noise."""
        kind = self.random.random(count)
        low = np.where(kind < LOW, self.levels[0], np.where(kind < 0.9, 1.0, 5.0))
        high = np.where(kind < LOW, 1.0, np.where(kind < 0.9, 5.0, self.levels[-1]))
        wanted = low * (high / low) ** self.random.random(count)
        return torch.from_numpy(self.levels[self.steps_of(wanted)])

    def steps_of(self, sigma):
        """The nearest step of the schedule, in ln sigma."""
        middle = np.sqrt(self.levels[1:] * self.levels[:-1])
        return np.searchsorted(middle, np.asarray(sigma))

    def further_loss(self, further, error, sigma):
        """Of the second output, v, for the error (F - F*) of the first; a number."""
        c_out = (sigma * SIGMA_DATA / (sigma**2 + SIGMA_DATA**2).sqrt()).reshape(-1, 1, 1, 1, 1)
        index = torch.from_numpy(self.steps_of(sigma.cpu().numpy()))
        return VARIANCE * variance_loss(further.cpu(), (c_out * error).cpu(), index).mean()

    @torch.no_grad()
    def progress(self, denoiser, folder, step):
        """Mean SNR over missing traces of one evaluation from g1 + START n, of g1 and of the network that sees m y alone, by kind of mask."""
        kinds, pictures = {}, []
        noise = torch.randn(1, 1, 16, 32, 128, generator=torch.Generator().manual_seed(0))
        for k, kind in enumerate(self.validation["kind"]):
            truth, guides, live, _ = volume_of(self.validation, k)
            truth, guides, live = truth[:, :32, :128], guides[:, :, :32, :128], live[:, :32]
            if live.all():
                continue
            condition = condition_of(truth, guides, live)
            answers = [guides[0]]
            for shown in (condition, alone(condition)):
                shown = torch.from_numpy(shown)[None]
                base = shown[:, 2:3]
                x = base + START * noise[:, :, : len(truth)]
                answers.append(denoiser(x, torch.tensor([START]), base, (shown,))[0, 0].numpy())
            kinds.setdefault(str(kind), []).append([snr(truth[~live], a[~live]) for a in answers])
            if len(pictures) < 6:
                middle = len(truth) // 2
                shown = (np.where(live[:, :, None], truth, 0), guides[0], answers[1], truth)
                pictures.append(torch.from_numpy(np.stack([s[middle].T for s in shown])))
        if pictures:
            write_png(folder / f"progress-{step:06d}.png", torch.stack(pictures), -2 * LOUDNESS, 2 * LOUDNESS)
        means = {kind: np.mean(values, axis=0) for kind, values in kinds.items()}
        text = "SNR " + ", ".join(f"{kind}: {v[1]:.2f} ({v[1] - v[0]:+.2f}; alone {v[2]:.2f})" for kind, v in means.items())
        return text, {"snr": {kind: [round(float(x), 3) for x in v] for kind, v in means.items()}}
