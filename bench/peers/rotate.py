"""Rotate-and-sum Radon transform in PyTorch for bench/gpu-projectors: reads one JSON request a line, answers one line each.

    {"op": "open", "image": PATH, "slices": N, "size": N}  →  {"device": NAME}
    {"op": "angles", "angles": [degrees]}                  →  {"ends": projections of the first and last slice}
    {"op": "projection" | "adjoint" | "backprojection"}    →  {"seconds": of one call}

`image` is float32 [slice, row, column], pixels of 1 mm, rows upwards. Bin s of angle t sums over x cos t + y sin t = s, one sample a millimetre. All slices go
through grid_sample at once, as channels. `adjoint` is autograd's; `backprojection` reads every bin's value back into the pixels (not the transpose).
"""

import json
import math
import sys
import time

import numpy as np
import torch
import torch.nn.functional as F

LEAST = 0.05  # seconds of one round


class Projector:
    def __init__(self, image, device):
        self.device = device
        self.image = image[None].to(device)
        self.size = image.shape[-1]

    def set_angles(self, angles):
        n = self.size
        at = (torch.arange(n, dtype=torch.float64) - (n - 1) / 2) * 2 / n
        t, s = torch.meshgrid(at, at, indexing="ij")
        turned, seen = [], []
        for angle in angles:
            cos, sin = math.cos(math.radians(angle)), math.sin(math.radians(angle))
            turned.append(torch.stack([s * cos - t * sin, s * sin + t * cos], -1))
            # [row = y, column = x] → bin
            seen.append(torch.stack([s * cos + t * sin, torch.zeros_like(s)], -1))
        self.turned = [g[None].float().to(self.device) for g in turned]
        self.seen = [g[None].float().to(self.device) for g in seen]
        with torch.no_grad():
            self.projections = self.project(self.image)
        source = self.image.clone().requires_grad_(True)
        self.source, self.graph = source, self.project(source)

    def project(self, image):
        views = [F.grid_sample(image, g, align_corners=False).sum(2) for g in self.turned]
        return torch.stack(views, 2)  # [1, slice, view, bin]

    def projection(self):
        with torch.no_grad():
            return self.project(self.image)

    def adjoint(self):
        return torch.autograd.grad(self.graph, self.source, self.projections, retain_graph=True)[0]

    def backprojection(self):
        with torch.no_grad():
            out = torch.zeros_like(self.image)
            for v, grid in enumerate(self.seen):
                out += F.grid_sample(self.projections[:, :, v : v + 1], grid, align_corners=False)
            return out

    def seconds(self, work):
        wait = torch.cuda.synchronize if self.device == "cuda" else lambda: None

        def rounds(times):
            wait()
            start = time.perf_counter()
            for _ in range(times):
                work()
            wait()
            return (time.perf_counter() - start) / times

        rounds(1)
        return rounds(max(1, min(1000, math.ceil(LEAST / rounds(1)))))


projector = None
for line in sys.stdin:
    q = json.loads(line)
    if q["op"] == "open":
        device = "cuda" if torch.cuda.is_available() else "cpu"
        image = np.fromfile(q["image"], np.float32).reshape(q["slices"], q["size"], q["size"])
        projector = Projector(torch.from_numpy(image), device)
        name = torch.cuda.get_device_name() if device == "cuda" else f"{torch.get_num_threads()} threads of the processor"
        answer = {"device": f"{name}, torch {torch.__version__}"}
    elif q["op"] == "angles":
        projector.set_angles(q["angles"])
        ends = projector.projections[0, [0, -1]]
        answer = {"ends": ends.flatten().cpu().tolist()}
    else:
        answer = {"seconds": projector.seconds(getattr(projector, q["op"]))}
    print(json.dumps(answer), flush=True)
