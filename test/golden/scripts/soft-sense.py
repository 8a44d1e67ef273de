"""Golden values of two sets of coil maps (soft SENSE): BART's `ecalib -m 2` and `pics` of an object larger than the field of view.

The phantom is a closed formula, written again in test/modalities/mri/coils/soft-sense.test.ts. Maps of two sets are fixed up to a unitary
matrix a pixel: stored is the projector Σ_k s_k s_kᴴ onto them, on every 4th row and column, as whole numbers of 1e-4, re and im
[coil, coil, y, x], and both eigenvalues. `pics`: the root sum of squares of both components, all pixels.

Run: python test/golden/scripts/soft-sense.py        (numpy; bart 0.8 on the path)
"""

import json
import subprocess
import tempfile
from pathlib import Path

import numpy as np

NY, NX, COILS = 40, 32, 4
u, v = np.meshgrid((np.arange(NY) - NY // 2) / NY * 2, (np.arange(NX) - NX // 2) / NX * 2, indexing="ij")


def tissue(u, v):
    inside = np.sqrt(np.maximum(0, 1 - (u / 1.3) ** 2 - (v / 0.7) ** 2))
    return inside * (1 + 0.5 * np.sin(5 * u + 3 * v)) * np.exp(1j * (0.8 * u - v))


def coil(t, u, v):
    return np.exp(-((u - 0.9 * np.cos(t)) ** 2 + (v - 0.9 * np.sin(t)) ** 2) / 1.5 + 1j * (t + u * np.cos(t)))


angles = 2 * np.pi * np.arange(COILS) / COILS
images = np.stack([sum(tissue(u + 2 * m, v) * coil(t, u + 2 * m, v) for m in (-1, 0, 1)) for t in angles])
axes = (-2, -1)
kspace = np.fft.fftshift(np.fft.fft2(np.fft.ifftshift(images, axes=axes), norm="ortho"), axes=axes)
lines = (np.abs(np.arange(NY) - NY // 2) < 9) | (np.arange(NY) % 2 == 0)
kspace[:, ~lines] = 0


def write(folder, name, a, dims):
    Path(folder, name + ".hdr").write_text("# Dimensions\n" + " ".join(map(str, dims)) + "\n")
    a.astype(np.complex64).ravel(order="F").tofile(Path(folder, name + ".cfl"))


def read(folder, name, dims):
    return np.fromfile(Path(folder, name + ".cfl"), np.complex64).reshape(dims, order="F")


with tempfile.TemporaryDirectory() as folder:
    middle = np.zeros_like(kspace)
    middle[:, NY // 2 - 8 : NY // 2 + 8, NX // 2 - 8 : NX // 2 + 8] = kspace[:, NY // 2 - 8 : NY // 2 + 8, NX // 2 - 8 : NX // 2 + 8]
    write(folder, "region", middle.transpose(1, 2, 0), (NY, NX, 1, COILS))
    write(folder, "k", kspace.transpose(1, 2, 0), (NY, NX, 1, COILS))
    calib = ["-k", "5:5:1", "-r", "16:16:1", "-t", "0.0004", "-m", "2"]
    subprocess.run(["bart", "ecalib", "-c", "0", *calib, "region", "maps", "values"], cwd=folder, check=True)
    subprocess.run(["bart", "ecalib", "-c", "0.8", *calib, "region", "cropped"], cwd=folder, check=True)
    subprocess.run(["bart", "pics", "-i", "200", "-w", "1", "-l", "2", "-r", "0.0001", "k", "cropped", "image"], cwd=folder, check=True)
    maps = read(folder, "maps", (NY, NX, COILS, 2)).transpose(3, 2, 0, 1)
    values = read(folder, "values", (NY, NX, 2)).real.transpose(2, 0, 1)
    image = read(folder, "image", (NY, NX, 2)).transpose(2, 0, 1)

projector = np.einsum("kayx,kbyx->abyx", maps, maps.conj())[..., ::4, ::4]
rss = np.sqrt((np.abs(image) ** 2).sum(0))
truth = np.sqrt((np.abs(images) ** 2).sum(0))
print("pics to the truth", np.linalg.norm(rss - truth) / np.linalg.norm(truth), "folded", (values[1] > 0.9).mean())
parts = np.stack([projector.real, projector.imag], -1)
golden = {
    "projector": np.rint(parts * 1e4).astype(int).ravel().tolist(),
    "values": np.rint(values[:, ::4, ::4] * 1e4).astype(int).ravel().tolist(),
    "pics": np.rint(rss * 1e4).astype(int).ravel().tolist(),
}
Path(__file__).parent.parent.joinpath("soft-sense.json").write_text(json.dumps(golden, separators=(",", ":")))
