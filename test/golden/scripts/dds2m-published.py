"""The networks of the published DDS2M and its loop in PyTorch float64: the losses of the first steps with networks.

Weights, maps, noise and data are integer hashes, which the test draws likewise, so that the file holds results alone.

    pip install torch numpy; python dds2m-published.py > ../dds2m-published.json
"""

import json
import math

import numpy as np
import torch
import torch.nn.functional as F
from dds2m_network import Hourglass, Perceptron

torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)

BANDS, LINES, SAMPLES, RANK, T, STEPS, ETA, RATE = 6, 24, 20, 2, 200, 20, 0.95, 5e-4
SHAPE = {"rank": RANK, "channels": [8, 12, 16], "kernels": [7, 5, 3], "skips": [0, 4, 4], "attention": [1], "attentionKernel": 49}
HIDDEN = [16, 24, 16]
SIDES = (24, 24)


def hashed(count, stream):
    """From 0 to 1: a 32-bit mixer of place and stream (test/support/hashed.ts)."""
    x = np.arange(count, dtype=np.uint64) + np.uint64((stream * 0x9E3779B1) % 2**32)
    for multiplier in (0x7FEB352D, 0x846CA68B):
        x = x % np.uint64(2**32)
        x ^= x >> np.uint64(16)
        x = x * np.uint64(multiplier) % np.uint64(2**32)
    x ^= x >> np.uint64(15)
    return torch.tensor((x >> np.uint64(8)).astype(np.float64) / 2**24)


def centred(count, stream):
    return hashed(count, stream) - 0.5


parameters = []


def parameter(shape, bound, value):
    """In the order in which the test's network makes them."""
    count = math.prod(shape)
    data = torch.full((count,), float(value)) if value is not None else 2 * bound * centred(count, 100 + len(parameters))
    # as float32 has them
    parameters.append(data.float().double().reshape(shape).requires_grad_())
    return parameters[-1]


def as_float32(x):
    return x.float().double()


z = as_float32(centred(SIDES[0] * SIDES[1], 1)).reshape(1, 1, *SIDES)
s = as_float32(centred(BANDS, 2)).reshape(BANDS, 1)
count = BANDS * LINES * SAMPLES
y = as_float32(1.6 * centred(count, 3))
mask = (hashed(count, 4) < 0.5).double()
sigma0 = as_float32(torch.full((1,), 0.2)).item()
noise = lambda stream: as_float32(math.sqrt(12) * centred(count, 1000 + stream))

half = T // 2
beta = torch.linspace(1e-4, 5e-3, T)
alphas = torch.cumprod(1 - beta, 0)
sigma = lambda a: math.sqrt((1 - a) / a)


def step(x0, x, alpha, following, n):
    """DDRM for a mask: measured entries are noisier than the data or not; the others follow the noise predicted."""
    s1 = sigma(following)
    kept = s1 * math.sqrt(1 - ETA**2)
    e = (x - math.sqrt(alpha) * x0) / math.sqrt(1 - alpha)
    out = x0 + kept * e + ETA * s1 * n
    seen = y + math.sqrt(s1**2 - sigma0**2) * n if s1 > sigma0 else x0 + kept * (y - x0) / sigma0 + ETA * s1 * n
    return math.sqrt(following) * torch.where(mask == 1, seen, out)


# all steps without networks one by one, which the program draws at once: x + √variance n
largest = sigma(alphas[-1].item())
x = y * mask / largest
variance = torch.where(mask == 1, 1 - (sigma0 / largest) ** 2, 1.0)
for t in range(T - 1, half + 1, -1):
    a, following = alphas[t].item(), alphas[t - 1].item()
    zero = torch.zeros(count)
    moved = step(x, x, a, following, zero)
    # the response of a step to what was before, and to its noise: entries do not mix
    before = step(x + 1, x + 1, a, following, zero) - moved
    fresh = step(x, x, a, following, zero + 1) - moved
    x, variance = moved, before**2 * variance + fresh**2
before = as_float32(x + variance.sqrt() * noise(0))
average = ((before + 1) / 2).clamp(0, 1)
x = step(before, before, alphas[half + 1].item(), alphas[half].item(), noise(half + 1))

nets = [Hourglass(SHAPE, parameter) for _ in range(RANK)]
with torch.no_grad():
    for net in nets:
        net(z)
spectra = [Perceptron(BANDS, HIDDEN, parameter) for _ in range(RANK)]
optimiser = torch.optim.Adam(parameters, lr=RATE)
losses = []
for t in range(half, half - STEPS, -1):
    a = alphas[t].item()
    optimiser.zero_grad()
    maps = torch.cat([net(z)[0, :, :LINES, :SAMPLES].reshape(1, -1) for net in nets])
    cube = torch.cat([p(s) for p in spectra], 1) @ maps
    loss = F.mse_loss(math.sqrt(a) * (2 * cube - 1), x.reshape(BANDS, -1))
    loss.backward()
    optimiser.step()
    losses.append(loss.item())
    average = (0.98 * average + 0.02 * cube.detach().reshape(-1)).clamp(0, 1)
    x = step(2 * average - 1, x, a, alphas[t - 1].item(), noise(t))

print(
    json.dumps(
        {
            "size": [BANDS, LINES, SAMPLES],
            "steps": T,
            "eta": ETA,
            "shape": {**SHAPE, "hidden": HIDDEN},
            "sides": SIDES,
            "parameters": sum(p.numel() for p in parameters),
            "losses": losses,
            "average": [round(v, 6) for v in average.tolist()[::7]],
        }
    )
)
