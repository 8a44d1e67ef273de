"""Golden values of SigPy and PyWavelets for wavelets and the classical MRI methods: test/golden/wavelets.json and test/golden/sparse-mri.json.

    python test/golden/scripts/sparse.py
"""

import base64
import json
from pathlib import Path

import numpy as np
import pywt
import sigpy as sp
import sigpy.mri as mr

FOLDER = Path(__file__).resolve().parent.parent


def packed(array):
    """float32, complex interleaved, base64"""
    a = np.ascontiguousarray(array)
    a = a.astype(np.complex64).view(np.float32) if np.iscomplexobj(a) else a.astype(np.float32)
    return base64.b64encode(a.tobytes()).decode()


def write(name, value):
    (FOLDER / name).write_text(json.dumps(value, indent=1) + "\n")


def wavelets():
    rng = np.random.default_rng(1)
    transforms = []
    for name, shape, levels in [
        ("db4", (24, 20), None), ("db4", (25, 31), None), ("db4", (33, 40), 3), ("haar", (17, 12), None), ("db2", (9, 14), 2), ("db7", (12, 10), 2),
    ]:
        image = (rng.standard_normal(shape) + 1j * rng.standard_normal(shape)).astype(np.complex64)
        coefficients = sp.wavelet.fwt(image.astype(complex), wave_name=name, level=levels)
        transforms.append({"wavelet": name, "boundary": "zero", "levels": levels, "shape": shape, "image": packed(image),
                           "size": coefficients.shape, "coefficients": packed(coefficients)})
    for name, shape, levels in [("db4", (24, 16), 2), ("haar", (8, 16), 3), ("db3", (48, 24), 3), ("db8", (8, 8), 3)]:
        image = (rng.standard_normal(shape) + 1j * rng.standard_normal(shape)).astype(np.complex64)
        parts = pywt.wavedecn(image.astype(complex), name, mode="periodization", level=levels)
        coefficients, _ = pywt.coeffs_to_array(parts)
        transforms.append({"wavelet": name, "boundary": "periodic", "levels": levels, "shape": shape, "image": packed(image),
                           "size": coefficients.shape, "coefficients": packed(coefficients)})
    filters = {name: {"low": pywt.Wavelet(name).dec_lo, "high": pywt.Wavelet(name).dec_hi}
               for name in ["haar", *(f"db{p}" for p in range(1, 9))]}
    write("wavelets.json", {"filters": filters, "transforms": transforms})


class Isotropic(sp.prox.Prox):
    """Soft threshold of the length of (gx, gy)."""

    def __init__(self, shape, lamda):
        self.lamda = lamda
        super().__init__(shape)

    def _prox(self, alpha, v):
        length = np.sqrt(np.sum(np.abs(v) ** 2, axis=0, keepdims=True))
        return v * np.maximum(0, 1 - self.lamda * alpha / np.maximum(length, 1e-300))


class Gradient(sp.linop.Linop):
    """Forward differences of the last two axes, 0 at the far edge (SigPy's own are circular)."""

    def __init__(self, shape):
        super().__init__([2, *shape], shape)

    def _apply(self, x):
        out = np.zeros([2, *x.shape], x.dtype)
        out[0][:, :-1] = x[:, 1:] - x[:, :-1]
        out[1][:-1] = x[1:] - x[:-1]
        return out

    def _adjoint_linop(self):
        return GradientAdjoint(self.ishape)


class GradientAdjoint(sp.linop.Linop):
    def __init__(self, shape):
        super().__init__(shape, [2, *shape])

    def _apply(self, g):
        out = np.zeros(g.shape[1:], g.dtype)
        out[:, :-1] -= g[0][:, :-1]
        out[:, 1:] += g[0][:, :-1]
        out[:-1] -= g[1][:-1]
        out[1:] += g[1][:-1]
        return out

    def _adjoint_linop(self):
        return Gradient(self.oshape)


def reconstructions():
    rng = np.random.default_rng(2)
    rows, columns, coils, slices = 24, 20, 4, 2
    y, x = np.mgrid[:rows, :columns]
    images = []
    for k in range(slices):
        image = np.zeros((rows, columns))
        image[3:20, 3:17] = 1
        image[7:12, 5 + k:11] = 0.4
        image[13:17, 9:14] = 1.5 + 0.3 * k
        images.append(image * np.exp(0.15j * (y - 2 * x + 3 * k)))
    maps = np.stack([np.exp(-((y - a) ** 2 + (x - b) ** 2) / 300) * np.exp(1j * (0.1 * y * (c - 1) + 0.07 * x * c))
                     for c, (a, b) in enumerate([(0, 0), (0, columns), (rows, 0), (rows, columns)])])
    maps = (maps / np.sqrt(np.sum(np.abs(maps) ** 2, axis=0))).astype(np.complex64).astype(complex)
    mask = (rng.random((rows, columns)) < 0.3).astype(float)
    mask[rows // 2 - 3:rows // 2 + 3, columns // 2 - 3:columns // 2 + 3] = 1
    noise = rng.standard_normal((slices, coils, rows, columns, 2)) @ [1, 1j]
    data = np.stack([mask * (sp.fft(maps * image, axes=(-2, -1)) + 0.02 * n) for image, n in zip(images, noise)])
    data = data.astype(np.complex64).astype(complex)
    shared = {"weights": mask, "show_pbar": False}

    def all_slices(reconstruct):
        return packed(np.stack([reconstruct(d) for d in data]))

    def isotropic(d, lamda):
        S = mr.linop.Sense(maps, weights=mask)
        g = Gradient((rows, columns))
        return sp.app.LinearLeastSquares(S, d, proxg=Isotropic(g.oshape, lamda), G=g, max_iter=6000, show_pbar=False).run()

    def wavelet(d, lamda, iterations, name):
        return mr.app.L1WaveletRecon(d, maps, lamda, wave_name=name, max_iter=iterations, **shared).run()

    write("sparse-mri.json", {
        "shape": [slices, coils, rows, columns], "maps": packed(maps), "mask": packed(mask), "data": packed(data),
        "zeroFilled": all_slices(lambda d: mr.linop.Sense(maps, weights=mask).H(d)),
        "sense": [{"lambda": l, "image": all_slices(lambda d: mr.app.SenseRecon(d, maps, lamda=l, max_iter=300, tol=1e-10, **shared).run())}
                  for l in [0.01, 0.1]],
        "wavelet": [{"lambda": l, "iterations": n, "wavelet": w, "image": all_slices(lambda d: wavelet(d, l, n, w))}
                    for l, n, w in [(0.02, 400, "db4"), (0.05, 10, "db4"), (0.02, 400, "haar")]],
        "totalVariation": [{"lambda": l, "image": all_slices(lambda d: isotropic(d, l))} for l in [0.02, 0.1]],
    })


wavelets()
reconstructions()
