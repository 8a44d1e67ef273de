"""SigPy's NUFFT of a small image at radial, spiral and scattered samples: python test/golden/scripts/nufft.py > test/golden/nufft.json

SigPy's convention is ours: cycles per field of view, centre at n // 2, orthonormal. Oversampling 2 and width 8 keep its own error below 1e-5.
"""

import json

import numpy as np
import sigpy

rows, columns = 18, 15
r, c = np.mgrid[:rows, :columns]
image = np.exp(-((r - 7) ** 2) / 20 - ((c - 9) ** 2) / 9) * np.exp(1j * (0.3 * r - 0.2 * c + 0.02 * r * c))
angles = np.deg2rad(np.arange(7) * 111.25)
radius = np.linspace(-0.5, 0.5, 21)
radial = np.stack([np.outer(np.sin(angles), radius * rows), np.outer(np.cos(angles), radius * columns)], -1).reshape(-1, 2)
t = np.linspace(0, 1, 90)
spiral = np.stack([rows / 2 * t * np.sin(30 * t), columns / 2 * t * np.cos(30 * t)], -1)


def parts(x):
    return np.stack([x.real, x.imag], -1).round(7).ravel().tolist()


def case(trajectory):
    samples = sigpy.nufft(image, trajectory, oversamp=2, width=8)
    back = sigpy.nufft_adjoint(samples, trajectory, oshape=image.shape, oversamp=2, width=8)
    return {"trajectory": trajectory.round(9).ravel().tolist(), "samples": parts(samples), "adjoint": parts(back)}


print(json.dumps({"sigpy": sigpy.__version__, "shape": [rows, columns], "image": parts(image), "radial": case(radial), "spiral": case(spiral)}))
