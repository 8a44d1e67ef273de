"""Slices of things that are no bodies, drawn by chance: what a guided prior is not to take for tissue.

Bodies alone teach a network that what it is shown is a body: on a tooth or an alloy it is then worse than one that is shown nothing. These
slices have what measured objects have and bodies have not: sharp pieces of one value, holes, shells, cracks, grains of two phases,
textures of any roughness. Values are in the range of CT priors, where 0 is air and 0.5 the usual matter of an object.
"""

import numpy as np

FINER = 2  # drawn on so many times the pixels, then averaged: edges are where they are and not on pixels
USUAL = (0.35, 0.75)  # values of the matter


def field(random, size, slope, stretch=1.0):
    """Gaussian random field [size, size] with a power spectrum ~ |k|^-slope, mean 0 and variance 1, longer by `stretch` in a direction."""
    k = np.fft.fftfreq(size)
    angle = random.uniform(0, np.pi)
    along = np.cos(angle) * k[:, None] + np.sin(angle) * k[None]
    across = np.cos(angle) * k[None] - np.sin(angle) * k[:, None]
    radius = np.hypot(stretch * along, across / stretch) + 1 / size
    noise = np.fft.fft2(random.standard_normal((size, size)))
    made = np.fft.ifft2(noise * radius ** (-slope / 2)).real
    return (made - made.mean()) / made.std()


def grains(random, size):
    """A field of one length, so of grains that are equally large."""
    k = np.hypot(*np.meshgrid(np.fft.fftfreq(size), np.fft.fftfreq(size)))
    length = np.exp(random.uniform(np.log(3), np.log(60)))
    noise = np.fft.fft2(random.standard_normal((size, size)))
    made = np.fft.ifft2(noise * np.exp(-((k * length - 0.5) ** 2) * 8)).real
    return made / made.std()


def distance(random, size):
    """1 - r over the radius of an outline: above 0 inside, 1 in the middle."""
    y, x = (np.indices((size, size)) + 0.5) / size * 2 - 1
    y, x = y - random.normal(0, 0.04), x - random.normal(0, 0.04)
    turn = np.arctan2(y, x)
    waves = np.arange(2, 7)
    sizes = random.standard_normal(5) * random.choice([0, 0.03, 0.1]) / waves
    outline = random.uniform(0.4, 0.95) * (1 + sum(a * np.cos(n * turn + random.uniform(0, 7)) for n, a in zip(waves, sizes)))
    return 1 - np.hypot(y, x) / outline


def ellipse(random, size, largest):
    """Bounding rows and columns of an ellipse or a turned box somewhere, and where it is in there."""
    a, b = np.exp(random.uniform(np.log(1.5), np.log(largest * size), 2))
    top, left = random.uniform(0.1, 0.9, 2) * size
    reach = int(max(a, b) * 1.5) + 1
    rows = slice(max(0, int(top) - reach), min(size, int(top) + reach))
    columns = slice(max(0, int(left) - reach), min(size, int(left) + reach))
    y, x = np.ogrid[rows, columns]
    angle = random.uniform(0, np.pi)
    u = (np.cos(angle) * (y - top) + np.sin(angle) * (x - left)) / a
    v = (np.cos(angle) * (x - left) - np.sin(angle) * (y - top)) / b
    return rows, columns, np.maximum(abs(u), abs(v)) < 0.8 if random.random() < 0.3 else u**2 + v**2 < 1


def pieces(random, size, matter):
    image = np.full((size, size), matter)
    for _ in range(int(np.exp(random.uniform(np.log(3), np.log(80))))):
        rows, columns, inside = ellipse(random, size, random.uniform(0.03, 0.25))
        image[rows, columns][inside] = random.choice([0, matter * random.uniform(0.3, 1.9)], p=[0.3, 0.7])
    return image


def phases(random, size, matter):
    made = grains(random, size) if random.random() < 0.5 else field(random, size, random.uniform(2, 4), random.uniform(1, 2))
    edges = np.sort(random.normal(0, 0.8, random.integers(1, 3)))
    values = matter * random.uniform(0.3, 1.7, len(edges) + 1)
    return values[np.searchsorted(edges, made)]


def shells(random, size, matter, depth):
    warped = depth + random.uniform(0, 0.12) * field(random, size, random.uniform(3.5, 5.5))
    edges = np.sort(random.uniform(0, 0.9, random.integers(1, 7)))
    values = matter * random.uniform(0.2, 1.8, len(edges) + 1) * (random.random(len(edges) + 1) > 0.2)
    return values[np.searchsorted(edges, warped)]


def uniform(random, size, matter):
    return np.full((size, size), matter)


def cracks(random, size):
    """0 in thin lines, 1 elsewhere."""
    width = random.uniform(0.01, 0.06)
    return (abs(field(random, size, random.uniform(3, 4))) > width).astype(float)


def image(random, size):
    """A slice [1, size, size], float32, 0...2."""
    fine = FINER * size
    depth = distance(random, fine)
    matter = random.uniform(*USUAL)
    kind = random.choice(5, p=[0.3, 0.25, 0.2, 0.1, 0.15])
    if kind == 4:  # pieces of one phase in another
        image = np.where(phases(random, fine, 1.0) > 0.8, pieces(random, fine, matter), matter)
    else:
        image = shells(random, fine, matter, depth) if kind == 2 else (pieces, phases, None, uniform)[kind](random, fine, matter)
    if random.random() < 0.25:
        image = image * cracks(random, fine)
    if random.random() < 0.5:
        rough = random.choice([0.01, 0.03, 0.1]) * random.random()
        image = image * (1 + rough * field(random, fine, random.uniform(0, 3)))
    if random.random() < 0.9:
        image = image * (depth > 0)
    coarse = image.reshape(size, FINER, size, FINER).mean((1, 3))
    return coarse.clip(0, 2).astype(np.float32)[None]
