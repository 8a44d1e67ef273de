"""The 3-D DDS of src/solvers/dds.ts in PyTorch, for bench/dds-torch. Reads one JSON request a line, answers one line each.

    {"op": "open", "onnx": PATH, "threads": N, "shape": [slices, rows, columns], "fastest": BOOL}
        ->  {"mode": NAME, "modes": {NAME: seconds a slice}, "torch": VERSION}
    {"op": "run", "data": PATH, "shape", "angles", "detectorCount", "detectorPitch", "detectorOffset", "spacing", "signs", "muWater",
     "options", "seed", "out": PATH}
        ->  {"total", "cpu", "denoising", "denoisingCpu"}, seconds of all but reading and writing

Parallel beam; the operator is a sparse matrix of Joseph's weights (torch CSR, once for A and once for its transpose), one product for all
slices. Slices are denoised one by one in float32 or, with `fastest`, in the fastest of MODES on this machine (compiled: by TorchInductor
with frozen weights; compiling is not counted). The reconstruction goes to `out` as float32 [slice, row, column] in HU.
"""

import json
import sys
import time

import numpy as np
import scipy.sparse
import torch
import torch._inductor.config
from zoo_network import denoise, zoo_network


def joseph(angles, detectors, pitch, offset, shape, spacing, signs):
    """Sparse [view * detector, row * column], weights in mm. Joseph 1982; rays marched along the axis they cross most."""
    rows, columns = shape
    dx, dy = spacing
    s = (np.arange(detectors) - (detectors - 1) / 2) * pitch + offset
    index, pixel, weight = [], [], []
    for v, angle in enumerate(np.deg2rad(angles)):
        c, n = np.cos(angle), np.sin(angle)
        mx, my = -n * signs[0] / dx, c * signs[1] / dy  # direction in pixels
        px, py = s * c * signs[0] / dx, s * n * signs[1] / dy
        along_rows = abs(my) >= abs(mx)
        lines, width = (rows, columns) if along_rows else (columns, rows)
        main, cross = (my, mx) if along_rows else (mx, my)
        p_main, p_cross = (py, px) if along_rows else (px, py)
        j = np.arange(lines)
        position = (p_cross + (width - 1) / 2)[:, None] + cross / main * (j[None] - (p_main + (lines - 1) / 2)[:, None])
        base = np.floor(position).astype(int)
        fraction = position - base
        for i, w in ((base, 1 - fraction), (base + 1, fraction)):
            d, line = np.nonzero((i >= 0) & (i < width) & (w > 0))
            at = i[d, line]
            index.append(v * detectors + d)
            pixel.append(line * columns + at if along_rows else at * columns + line)
            weight.append(w[d, line] / abs(main))
    shape = (len(angles) * detectors, rows * columns)
    return scipy.sparse.csr_matrix((np.concatenate(weight), (np.concatenate(index), np.concatenate(pixel))), shape, dtype=np.float32)


def to_torch(matrix):
    return torch.sparse_csr_tensor(*(torch.from_numpy(a) for a in (matrix.indptr, matrix.indices, matrix.data)), matrix.shape)


def dz(x):
    """Differences of neighbouring slices (last axis), the last 0."""
    out = torch.zeros_like(x)
    out[:, :-1] = x[:, 1:] - x[:, :-1]
    return out


def dz_transpose(d):
    out = -d.clone()
    out[:, -1] = 0
    out[:, 1:] += d[:, :-1]
    return out


def shrink(x, t):
    return x - x.clamp(-t, t)


def conjugate_gradients(hessian, b, x, iterations):
    r = b - hessian(x)
    p = r.clone()
    rr = (r * r).sum()
    for _ in range(iterations):
        hp = hessian(p)
        a = rr / (p * hp).sum()
        x = x + a * p
        r = r - a * hp
        new = (r * r).sum()
        p = r + new / rr * p
        rr = new
    return x


def look_ahead(sigma, i, eta):
    """Weight of the image before in a move of second order (src/samplers/renoise.ts)."""
    if i == 0 or sigma[i + 1] == 0:
        return 0.0
    q = min(0.5, np.log(sigma[i] / sigma[i + 1]) / (2 * np.log(sigma[i - 1] / sigma[i])))
    return (1 - sigma[i + 1] / sigma[i] * (1 - eta**2) ** 0.5) * q


def dds(denoised, forward, back, y, shape, o, generator):
    """Images are [row * column, slice]."""
    rows, columns, slices = shape
    n, rho, lam, eta = o["steps"], o["rho"], o["lambda"], o["eta"]
    sigma = [o["sigmaMax"] * (o["sigmaMin"] / o["sigmaMax"]) ** (i / (n - 1)) for i in range(n)] + [0.0]
    noise = lambda: torch.randn(rows * columns, slices, generator=generator)  # noqa: E731
    hessian = lambda p: back @ (forward @ p) + rho * dz_transpose(dz(p))  # noqa: E731
    backprojection = back @ y
    x = sigma[0] * noise()
    w = torch.zeros_like(x)
    before = x
    for i in range(n):
        d = denoised(x.T.reshape(slices, 1, rows, columns), sigma[i]).reshape(slices, -1).T.contiguous()
        e = (x - d) / sigma[i]
        z = shrink(w, lam / rho)
        b = backprojection + rho * dz_transpose(2 * z - w)
        clean = conjugate_gradients(hessian, b, d, o["innerIterations"])
        w = dz(clean) + w - z
        ahead = look_ahead(sigma, i, eta) if o["order"] == 2 else 0.0
        x = clean + ahead * (clean - before) + sigma[i + 1] * ((1 - eta**2) ** 0.5 * e + eta * noise())
        before = clean
    return clean


# name: (bfloat16 by autocast but for the first and last layer, compiled)
MODES = {"float32": (False, False), "bfloat16": (True, False), "bfloat16, compiled": (True, True)}


class Denoiser:
    """D of all slices, one by one; counts its seconds."""

    def __init__(self, q):
        torch.set_num_threads(q["threads"])
        torch._inductor.config.freezing = True
        self.network = zoo_network(q["onnx"]).to(memory_format=torch.channels_last)
        image = torch.zeros(1, 1, *q["shape"][1:])
        self.modes, tried = {}, {}
        for mode, (self.brief, compiled) in MODES.items() if q["fastest"] else []:
            self.run = torch.compile(self.one) if compiled else self.one
            self(image, 0.3)  # compiles
            self.modes[mode], tried[mode] = self.median_seconds(image), self.run
        self.mode = min(self.modes, key=self.modes.get, default="float32")
        self.run, self.brief = tried.get(self.mode, self.one), MODES[self.mode][0]

    def median_seconds(self, image, times=5):
        took = []
        for _ in range(times):
            start = time.process_time()
            self(image, 0.3)
            took.append(time.process_time() - start)
        return sorted(took)[times // 2]

    def one(self, image, level):
        return denoise(self.network, image, level)

    def __call__(self, images, sigma):
        begun = time.perf_counter(), time.process_time()
        level = torch.full((1,), sigma)
        with torch.autocast("cpu", torch.bfloat16, enabled=self.brief):
            out = torch.cat([self.run(image[None], level) for image in images])
        self.seconds, self.cpu = self.seconds + time.perf_counter() - begun[0], self.cpu + time.process_time() - begun[1]
        return out.float()

    seconds = cpu = 0.0


def reconstruct(denoiser, run):
    slices, rows, columns = run["shape"]
    measured = torch.from_numpy(np.fromfile(run["data"], np.float32).reshape(slices, -1).T.copy())
    denoiser.seconds = denoiser.cpu = 0.0
    begun = time.perf_counter(), time.process_time()
    matrix = joseph(
        run["angles"], run["detectorCount"], run["detectorPitch"], run["detectorOffset"],
        (rows, columns), run["spacing"][:2], run["signs"],
    )  # fmt: skip
    v = np.ones(rows * columns, np.float32)
    for _ in range(30):  # power iteration
        v = matrix.T @ (matrix @ v)
        norm = np.linalg.norm(v) ** 0.5
        v /= norm**2
    matrix /= norm
    forward, back = to_torch(matrix), to_torch(matrix.T.tocsr())
    scale = 2 * run["muWater"]  # 0 ... 1 are -1000 ... 1000 HU
    generator = torch.Generator().manual_seed(run["seed"])
    x = dds(denoiser, forward, back, measured / (norm * scale), (rows, columns, slices), run["options"], generator)
    took = {"total": time.perf_counter() - begun[0], "cpu": time.process_time() - begun[1]}
    (2000 * x.T - 1000).contiguous().numpy().tofile(run["out"])
    return {**took, "denoising": denoiser.seconds, "denoisingCpu": denoiser.cpu}


@torch.inference_mode()
def main():
    for line in sys.stdin:
        q = json.loads(line)
        if q["op"] == "open":
            denoiser = Denoiser(q)
            answer = {"mode": denoiser.mode, "modes": denoiser.modes, "torch": torch.__version__}
        else:
            answer = reconstruct(denoiser, q)
        print(json.dumps(answer), flush=True)


main()
