"""The wrapper against NumPy alone: what comes back is the image of what was handed over. Run by `python -m unittest discover python/tests`."""

import math
import sys
import tempfile
import unittest
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import slicewise  # noqa: E402


def disc(views=60, bins=64, radius=20.0):
    """Line integrals of a disc of 1 around the axis, [view, detector], in units of a pixel: 2 √(r² − s²)."""
    s = np.arange(bins) - (bins - 1) / 2
    row = 2 * np.sqrt(np.clip(radius**2 - s**2, 0, None))
    return np.tile(row, (views, 1)).astype(np.float32)


ANGLES = np.linspace(0, 180, 60, endpoint=False)
GEOMETRY = dict(axes="view,detector", geometry="parallel", pitch=1.0, angles=ANGLES)


class Recon(unittest.TestCase):
    def test_a_disc_comes_back_from_an_array(self):
        image, record = slicewise.recon(disc(), **GEOMETRY, method="fbp", manifest=True)
        self.assertEqual(image.shape, (1, 64, 64))
        y, x = np.mgrid[:64, :64] - 31.5
        inside = np.hypot(x, y) < 17
        self.assertAlmostEqual(float(image[0][inside].mean()), 1.0, delta=0.02)
        around = (np.hypot(x, y) > 24) & (np.hypot(x, y) < 31)
        self.assertLess(abs(float(image[0][around].mean())), 0.05)
        self.assertEqual(record["method"]["name"], "fbp")

    def test_options_become_flags(self):
        few = slicewise.recon(disc(), **GEOMETRY, method="sirt", iterations=2, non_negative=True)
        many = slicewise.recon(disc(), **GEOMETRY, method="sirt", iterations=30, size=(64, 64))
        self.assertGreaterEqual(float(few.min()), 0)
        self.assertLess(np.abs(many[0, 20:44, 20:44] - 1).mean(), np.abs(few[0, 20:44, 20:44] - 1).mean())

    def test_k_space_is_complex(self):
        y, x = np.mgrid[:32, :32] - 16
        image = np.exp(-(x**2 + 2.0 * y**2) / 40)
        k = np.fft.fftshift(np.fft.fft2(np.fft.ifftshift(image)))[None].astype(np.complex64)
        found = slicewise.recon(k, axes="coil,ky,kx", method="zero-filled")[0]
        self.assertLess(np.abs(found / found.max() - image).max(), 1e-3)

    def test_failures_have_the_command_s_words(self):
        with self.assertRaises(slicewise.SlicewiseError) as caught:
            slicewise.recon(disc(), **GEOMETRY, method="nothing")
        self.assertEqual(caught.exception.code, 2)
        self.assertIn("fbp", str(caught.exception))
        with self.assertRaises(TypeError):
            slicewise.recon(np.array([None]), **GEOMETRY)

    def test_files_are_written_where_asked(self):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "out.nii.gz")
            self.assertIsNone(slicewise.recon(disc(), **GEOMETRY, output=path))
            self.assertEqual(slicewise.info(path)["shape"][-3:], [1, 64, 64])
        self.assertTrue(math.isfinite(slicewise.recon(disc(), **GEOMETRY).sum()))


if __name__ == "__main__":
    unittest.main()
