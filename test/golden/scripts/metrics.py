"""Golden numbers for test/metrics from scikit-image and NumPy.

The volumes are closed formulas, written again in the test. Run: python test/golden/scripts/metrics.py
Needs numpy and scikit-image (0.26 was used).
"""

import json
from pathlib import Path

import numpy as np
import skimage
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

SHAPE = (13, 24, 31)  # slice, row, column: all different, all at least 11

k, j, i = np.meshgrid(*(np.arange(n, dtype=np.float64) for n in SHAPE), indexing="ij")
reference = 900 * np.sin(0.31 * i + 0.11 * j) * np.cos(0.23 * j - 0.4 * k) + 40 * k - 150
recon = 1.03 * reference + 25 + 90 * np.sin(2.1 * i + 1.3 * j * j + 0.7 * k) + 60 * np.cos(3.7 * j + 5 * k)


def ssim(a, b, data_range):
    return structural_similarity(
        a, b, gaussian_weights=True, sigma=1.5, use_sample_covariance=False, data_range=data_range
    )


def per_plane(a, b, data_range):
    return {
        plane: float(
            np.mean([ssim(np.take(a, n, axis), np.take(b, n, axis), data_range) for n in range(a.shape[axis])])
        )
        for plane, axis in (("axial", 0), ("coronal", 1), ("sagittal", 2))
    }


a, b = np.clip(recon, -1000, 1000), np.clip(reference, -1000, 1000)
error = recon - reference
span = float(reference.max() - reference.min())
golden = {
    "skimage": skimage.__version__,
    "shape": SHAPE,
    "hu": {
        "psnr": float(peak_signal_noise_ratio(b, a, data_range=2000)),
        "ssimByPlane": per_plane(a, b, 2000),
        "mean": float(error.mean()),
        "mae": float(np.abs(error).mean()),
        "rmse": float(np.sqrt((error**2).mean())),
        "p95": float(np.percentile(np.abs(error), 95)),
    },
    "arbitrary": {
        "peak": span,
        "psnr": float(peak_signal_noise_ratio(reference, recon, data_range=span)),
        "ssimByPlane": per_plane(recon, reference, span),
    },
}
path = Path(__file__).parents[1] / "metrics.json"
path.write_text(json.dumps(golden, indent=2) + "\n")
