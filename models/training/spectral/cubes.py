"""Maps of measured cubes: their first principal components, and mixtures of bands."""

from pathlib import Path

import numpy as np

NOISE = 0.06  # of a map's range: components with more of it are no clean images


def read_cube(path):
    """[bands, H, W] float32 of an .npz with a cube [row, column, band]."""
    with np.load(path) as arrays:
        return np.ascontiguousarray(arrays["cube"].astype(np.float32).transpose(2, 0, 1))


def noise_of(image):
    """Deviation of white noise, by the median of second differences across both axes (16 of its variance)."""
    d = image[:-1, :-1] - image[1:, :-1] - image[:-1, 1:] + image[1:, 1:]
    return np.median(abs(d)) / 0.6745 / 2


def principal_maps(cube, most=10):
    """[k, H, W]: coefficients of the bands' covariance, from the largest on, as far as they are clean."""
    bands = cube.reshape(len(cube), -1).astype(np.float64)
    bands = bands - bands.mean(1, keepdims=True)
    _, vectors = np.linalg.eigh(bands @ bands.T)
    maps = (vectors[:, ::-1][:, :most].T @ bands).reshape(-1, *cube.shape[1:])
    clean = [noise_of(m) < NOISE * np.subtract(*np.quantile(m, (0.995, 0.005))) for m in maps]
    return maps[np.array(clean)].astype(np.float32)


def smoothed_bands(cube, width=5):
    """Means of neighbouring bands, from the 10th on: single ones, and the first, are noisy."""
    return np.stack([cube[b : b + width].mean(0) for b in range(10, len(cube) - width, width)])


def read_cubes(folder, held_out):
    """{name: [k, H, W]} of a folder's cubes but the held-out one: principal maps, then means of bands."""
    found = {}
    for path in sorted(Path(folder).glob("*.npz")):
        if path.stem != held_out:
            cube = read_cube(path)
            found[path.stem] = np.concatenate([principal_maps(cube), smoothed_bands(cube)])
    return found
