"""Generated scenes: several maps of one geometry, as the coefficient maps of a cube are."""

import numpy as np

from spectral import fields

FINE = 2  # pixels are means of so many rendered ones squared, so that edges are mixed as those of a sensor


def scene(random, size, maps=4):
    """[maps, n, n] float32: materials with a value a map, their texture, slow changes of light, edges of a sensor."""
    fine = size * FINE
    kind = random.random()
    if kind < 0.1:
        images = np.stack([fields.fractal(random, fine, random.uniform(0.8, 2.5), random.uniform(1, 4)) for _ in range(maps)])
    else:
        labels = geometry(random, fine, kind)
        if random.random() < 0.3:
            labels = np.where(fields.covers(random, fine) > 0, labels, geometry(random, fine, random.uniform(0.1, 1)) + labels.max() + 1)
        if random.random() < 0.4:
            labels = fields.lines(random, fine, labels)
        images = painted(random, labels, maps)
    images = images.reshape(maps, size, FINE, size, FINE).mean((2, 4))
    if random.random() < 0.4:
        images = blurred(images, random.uniform(0.3, 1.0))
    return images.astype(np.float32)


def geometry(random, size, kind):
    if kind < 0.55:
        return fields.leaves(random, size, random.uniform(2, 6), random.uniform(2.4, 3.4))
    return fields.parcels(random, size) if kind < 0.75 else fields.covers(random, size)


def painted(random, labels, maps):
    """Labels are of a few materials; each has a value, a texture and a strength of it in every map."""
    size = len(labels)
    count = int(labels.max()) + 1
    materials = int(random.integers(2, 12))
    of = random.integers(0, materials, count)
    values = random.normal(size=(maps, materials)) * np.exp(random.normal(0, 0.5, (maps, 1)))
    each = random.normal(0, random.choice([0.02, 0.1, 0.4]), (maps, count))  # things of one material are not all alike
    textures = np.stack([texture(random, size) for _ in range(3)])
    which = random.integers(0, 3, materials)[of][labels]
    texture_of = np.take_along_axis(textures, which[None], 0)[0]
    strength = np.exp(random.uniform(np.log(0.01), np.log(0.6), (maps, materials))) * random.choice([-1, 1], (maps, materials))
    light = fields.fractal(random, size, random.uniform(1.8, 3)) * random.choice([0, 0.05, 0.3])
    weight = random.normal(size=maps)
    return np.stack([
        values[m, of][labels] + each[m][labels] + strength[m, of][labels] * texture_of + weight[m] * light for m in range(maps)
    ])  # fmt: skip


def texture(random, size):
    if random.random() < 0.15:
        return fields.rows(random, size)
    return fields.fractal(random, size, random.uniform(0.3, 1.8), random.uniform(1, 12))


def blurred(images, sigma):
    """Gaussian of `sigma` pixels by its spectrum, edges mirrored."""
    n = images.shape[-1]
    both = np.concatenate([images, images[..., ::-1]], -1)
    both = np.concatenate([both, both[..., ::-1, :]], -2)
    f = np.fft.fftfreq(2 * n)[:, None] ** 2 + np.fft.rfftfreq(2 * n)[None] ** 2
    return np.fft.irfft2(np.fft.rfft2(both) * np.exp(-2 * (np.pi * sigma) ** 2 * f), both.shape[-2:])[..., :n, :n]
