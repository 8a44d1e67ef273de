"""The published DDS2M in PyTorch (float32), for bench/dds2m-published: same weights, maps, noise and schedule as the program.

    python dds2m_torch.py run.json

run.json: {folder, size, sides, shape, steps, eta, rate, threads, timed}; in the folder float32 arrays y, mask, sigma (of each entry), map, spectrum,
parameters and noise.f32, whose rows are those of the start and of the steps half + 1, half, …, 1. `timed`: so many steps only. The estimate, from
0 to 1, goes to torch.f32. Prints one line of JSON: losses, CPU seconds of every step.
"""

import json
import math
import sys
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

sys.path.insert(0, str(Path(__file__).parents[2] / "test/golden/scripts"))
from dds2m_network import Hourglass, Perceptron

run = json.loads(Path(sys.argv[1]).read_text())
torch.set_num_threads(run["threads"])
folder = Path(run["folder"])
bands, lines, samples = run["size"]
shape, T, eta = run["shape"], run["steps"], run["eta"]
count = bands * lines * samples
read = lambda name: torch.from_numpy(np.fromfile(folder / f"{name}.f32", dtype=np.float32))
y, mask, sigma0, flat = read("y"), read("mask"), read("sigma"), read("parameters")
z, s = read("map").reshape(1, 1, *run["sides"]), read("spectrum").reshape(bands, 1)
draws = np.memmap(folder / "noise.f32", dtype=np.float32, mode="r", shape=(T // 2 + 2, count))
noise = lambda row: torch.from_numpy(np.array(draws[row]))

parameters, used = [], 0


def parameter(sides, bound, value):
    global used
    n = math.prod(sides)
    parameters.append(flat[used : used + n].clone().reshape(sides).requires_grad_())
    used += n
    return parameters[-1]


half = T // 2
alphas = torch.cumprod(1 - torch.linspace(1e-4, 5e-3, T, dtype=torch.float64), 0).tolist()
level = lambda a: math.sqrt((1 - a) / a)


def step(x0, x, alpha, following, n):
    """DDRM for a mask: measured entries are noisier than the data or not; the others follow the noise predicted."""
    s1 = level(following)
    kept = s1 * math.sqrt(1 - eta**2)
    e = (x - math.sqrt(alpha) * x0) / math.sqrt(1 - alpha)
    out = x0 + kept * e + eta * s1 * n
    noisier = y + (s1**2 - sigma0**2).clamp(min=0).sqrt() * n
    cleaner = x0 + kept * (y - x0) / sigma0.clamp(min=1e-30) + eta * s1 * n
    return math.sqrt(following) * torch.where(mask == 1, torch.where(s1 > sigma0, noisier, cleaner), out)


# all steps without networks: mean and variance of every entry
largest = level(alphas[-1])
seen = (mask == 1) & (sigma0 < largest)
x = torch.where(seen, y / largest, torch.zeros(count))
variance = torch.where(seen, 1 - (sigma0 / largest) ** 2, torch.ones(count))
for t in range(T - 1, half + 1, -1):
    a, following = alphas[t], alphas[t - 1]
    zero = torch.zeros(count)
    moved = step(x, x, a, following, zero)
    before = step(x + 1, x + 1, a, following, zero) - moved
    fresh = step(x, x, a, following, zero + 1) - moved
    x, variance = moved, before**2 * variance + fresh**2
x = x + variance.sqrt() * noise(0)
average = ((x + 1) / 2).clamp(0, 1)
x = step(x, x, alphas[half + 1], alphas[half], noise(1))

nets = [Hourglass(shape, parameter) for _ in range(shape["rank"])]
with torch.no_grad():
    for net in nets:
        net(z)
spectra = [Perceptron(bands, shape["hidden"], parameter) for _ in range(shape["rank"])]
assert used == flat.numel(), (used, flat.numel())
optimiser = torch.optim.Adam(parameters, lr=run["rate"])
losses, seconds = [], []
for t in range(half, -1, -1):
    begun = time.process_time()
    a = alphas[t]
    optimiser.zero_grad()
    maps = torch.cat([net(z)[0, :, :lines, :samples].reshape(1, -1) for net in nets])
    cube = torch.cat([p(s) for p in spectra], 1) @ maps
    loss = F.mse_loss(math.sqrt(a) * (2 * cube - 1), x.reshape(bands, -1))
    loss.backward()
    optimiser.step()
    losses.append(loss.item())
    seconds.append(time.process_time() - begun)
    average = (0.98 * average + 0.02 * cube.detach().reshape(-1)).clamp(0, 1)
    if t == 0 or len(losses) == run.get("timed"):
        break
    x = step(2 * average - 1, x, a, alphas[t - 1], noise(half + 2 - t))
average.numpy().astype(np.float32).tofile(folder / "torch.f32")
print(json.dumps({"losses": losses, "seconds": seconds}))
