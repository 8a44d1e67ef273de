"""The 3-D DDS of src/solvers/dds.ts in PyTorch, for bench/dds-torch: same network, measurement, schedule and steps.

    python dds_torch.py run.json

run.json: {data, angles, detectorCount, detectorPitch, detectorOffset, shape, spacing, signs, muWater, onnx, options, threads, seed, repeat, out}.
Prints one line of JSON: seconds of every repetition. Parallel beam; the operator is a sparse matrix of Joseph's weights (torch CSR, once for A and
once for its transpose), one product for all slices. The reconstruction goes to `out` as float32 [slice, row, column] in HU.
"""

import json
import sys
import time
from pathlib import Path

import numpy as np
import scipy.sparse
import torch
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


def dds(network, forward, back, y, shape, o, generator):
    """Images are [row * column, slice]."""
    rows, columns, slices = shape
    n, rho, lam = o["steps"], o["rho"], o["lambda"]
    sigma = [o["sigmaMax"] * (o["sigmaMin"] / o["sigmaMax"]) ** (i / (n - 1)) for i in range(n)] + [0.0]
    noise = lambda: torch.randn(rows * columns, slices, generator=generator)  # noqa: E731
    hessian = lambda p: back @ (forward @ p) + rho * dz_transpose(dz(p))  # noqa: E731
    backprojection = back @ y
    x = sigma[0] * noise()
    w = torch.zeros_like(x)
    for i in range(n):
        image = x.T.reshape(slices, 1, rows, columns)
        if o.get("channelsLast"):
            image = image.contiguous(memory_format=torch.channels_last)
        level = torch.full((1,), sigma[i])
        d = torch.cat([denoise(network, image[k : k + 1], level) for k in range(slices)])
        d = d.reshape(slices, -1).T.contiguous()
        e = (x - d) / sigma[i]
        z = shrink(w, lam / rho)
        b = backprojection + rho * dz_transpose(2 * z - w)
        clean = conjugate_gradients(hessian, b, d, o["innerIterations"])
        w = dz(clean) + w - z
        x = clean + sigma[i + 1] * ((1 - o["eta"] ** 2) ** 0.5 * e + o["eta"] * noise())
    return clean


@torch.inference_mode()
def main():
    run = json.loads(Path(sys.argv[1]).read_text())
    torch.set_num_threads(run["threads"])
    slices, rows, columns = run["shape"]
    network = zoo_network(run["onnx"])
    if run["options"].get("channelsLast"):
        network = network.to(memory_format=torch.channels_last)
    measured = torch.from_numpy(np.fromfile(run["data"], np.float32).reshape(slices, -1).T.copy())
    seconds = []
    for k in range(run["repeat"]):
        start = time.perf_counter()
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
        prepared = time.perf_counter()
        scale = 2 * run["muWater"]  # 0 ... 1 are -1000 ... 1000 HU
        generator = torch.Generator().manual_seed(run["seed"] + k)
        x = dds(network, forward, back, measured / (norm * scale), (rows, columns, slices), run["options"], generator)
        seconds.append({"total": time.perf_counter() - start, "steps": time.perf_counter() - prepared})
    (2000 * x.T - 1000).contiguous().numpy().tofile(run["out"])
    print(json.dumps({"seconds": seconds, "torch": torch.__version__}))


main()
