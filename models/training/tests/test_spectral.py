"""Training data of spectral-maps: principal maps, generated fields and scaling against closed forms."""

import numpy as np
import pytest

from spectral import cubes, fields, maps, scenes, slices


def random_of(seed=1):
    return np.random.default_rng(seed)


def test_noise_of_white_noise_is_its_deviation_and_of_planes_nothing():
    y, x = np.mgrid[:200, :220]
    plane = (3 * y - 2 * x + 7).astype(np.float64)
    assert cubes.noise_of(plane) == 0
    # the median of 43 000 correlated values knows its deviation to about a per cent
    assert cubes.noise_of(plane + 0.4 * random_of().normal(size=plane.shape)) == pytest.approx(0.4, rel=0.03)


def test_principal_maps_are_left_singular_images_and_end_where_noise_begins():
    y, x = np.mgrid[:60, :70]
    images = np.stack([np.sin(y / 9) + 0.1 * (x > 30), np.cos(x / 7) * np.sin(y / 13)])
    spectra = np.linalg.qr(random_of().normal(size=(12, 2)))[0] * [5, 3]
    cube = (np.einsum("bk,kyx->byx", spectra, images) + 1e-3 * random_of(2).normal(size=(12, 60, 70))).astype(np.float32)
    found = cubes.principal_maps(cube)
    assert found.shape == (2, 60, 70)
    flat = cube.reshape(12, -1).astype(np.float64)
    _, values, right = np.linalg.svd(flat - flat.mean(1, keepdims=True), full_matrices=False)
    for k in range(2):
        wanted, got = values[k] * right[k], found[k].ravel()
        assert abs(wanted @ got) == pytest.approx(wanted @ wanted, rel=1e-5)
        assert got @ got == pytest.approx(values[k] ** 2, rel=1e-5)


def test_the_cube_that_is_held_out_is_not_read(tmp_path):
    cube = random_of().normal(size=(20, 24, 30)).astype(np.float32)
    for name in ("kept", "held"):
        np.savez(tmp_path / f"{name}.npz", cube=cube)
    assert list(cubes.read_cubes(tmp_path, "held")) == ["kept"]
    assert np.array_equal(cubes.read_cube(tmp_path / "kept.npz"), cube.transpose(2, 0, 1))


def test_smoothed_bands_are_means_of_five_from_the_tenth_on():
    cube = np.arange(30, dtype=np.float32)[:, None, None] * np.ones((1, 2, 2), np.float32)
    assert cubes.smoothed_bands(cube)[:, 0, 0].tolist() == [12, 17, 22]


@pytest.mark.parametrize("slope", [0.5, 1.0, 2.0])
def test_fractal_noise_falls_as_its_slope(slope):
    size = 256
    power = np.mean([abs(np.fft.rfft2(fields.fractal(random_of(s), size, slope))) ** 2 for s in range(8)], 0)
    f = np.hypot(np.fft.fftfreq(size)[:, None], np.fft.rfftfreq(size)[None]) * size
    inside = (f > 4) & (f < 100)
    measured = np.polyfit(np.log(f[inside]), np.log(power[inside]), 1)[0]
    assert measured == pytest.approx(-2 * slope, abs=0.05)
    field = fields.fractal(random_of(), size, slope)
    assert abs(field.mean()) < 1e-9 and field.std() == pytest.approx(1)


def test_leaves_are_larger_and_smaller_things_parcels_cover_the_plane():
    labels = fields.leaves(random_of(), 128)
    sizes = np.bincount(labels.ravel())[1:]
    assert labels.dtype == np.int32 and (sizes > 0).sum() > 30 and sizes.max() > 20 * np.median(sizes[sizes > 0])
    parcels = fields.parcels(random_of(3), 128)
    assert parcels.min() >= 1, "every pixel is in a field or on a track"


def test_a_blurred_wave_is_the_wave_times_the_gaussians_response():
    n, sigma, k = 64, 1.2, 9
    # half-sample symmetric, so that mirrored edges continue it
    wave = np.cos(np.pi * k * (np.arange(n) + 0.5) / n)[None, :] * np.ones((n, 1))
    response = np.exp(-2 * (np.pi * sigma * k / (2 * n)) ** 2)
    assert scenes.blurred(wave[None], sigma)[0] == pytest.approx(response * wave, abs=1e-9)


def test_scenes_are_those_of_their_seed_and_maps_of_one_geometry():
    one, again, other = (scenes.scene(random_of(s), 64) for s in (5, 5, 6))
    assert np.array_equal(one, again) and not np.array_equal(one, other)
    for seed in range(12):
        scene = scenes.scene(random_of(seed), 48)
        assert scene.shape == (4, 48, 48) and scene.dtype == np.float32 and np.isfinite(scene).all()


def test_unit_range_is_that_of_the_percentiles_whatever_gain_and_offset():
    image = random_of().normal(size=(64, 64))
    low, high = np.quantile(maps.unit(image), (0.005, 0.995))
    assert low == pytest.approx(0, abs=1e-12) and high == pytest.approx(1)
    assert maps.unit(1e6 * image - 30) == pytest.approx(maps.unit(image), abs=1e-9)
    assert maps.unit(np.full((8, 8), 3.0)) is None
    mostly = np.zeros((10, 10))
    mostly[0, :5] = 1
    assert maps.unit(mostly) is None


def test_scaled_maps_come_with_either_sign():
    image = np.linspace(0, 1, 400).reshape(20, 20) ** 3
    random = random_of()
    rising = [np.corrcoef(maps.scaled(random, image).ravel(), image.ravel())[0, 1] > 0 for _ in range(200)]
    assert 70 < sum(rising) < 130


def test_turned_images_are_the_eight_of_the_square():
    image = np.arange(9.0).reshape(3, 3)
    random = random_of()
    assert len({maps.turned(random, image).tobytes() for _ in range(200)}) == 8


def test_patches_are_means_of_the_source():
    ramp = np.add.outer(np.arange(120.0), np.zeros(120)).astype(np.float32)
    random = random_of()
    for _ in range(20):
        patch = slices.patch_of(random, ramp, 32)
        assert patch.shape == (32, 32)
        steps = np.diff(patch[:, 0])[4:-4]
        # as many source pixels a step as the scale says, between one and three
        assert 0.9 < steps.mean() < 3.1 and np.ptp(steps) <= 1.01
