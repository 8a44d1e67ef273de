"""Fields, label maps and patterns of which scenes are made. All are seeded by the generator that is given, sides in pixels."""

import numpy as np


def fractal(random, size, slope, lowest=1.0):
    """Noise whose amplitude falls as frequency^-slope above `lowest` periods a side: [n, n], mean 0, deviation 1."""
    f = np.hypot(np.fft.fftfreq(size)[:, None], np.fft.rfftfreq(size)[None]) * size
    shape = f.shape
    spectrum = (random.normal(size=shape) + 1j * random.normal(size=shape)) / np.maximum(f, lowest) ** slope
    spectrum[0, 0] = 0
    field = np.fft.irfft2(spectrum, (size, size))
    return field / max(field.std(), 1e-12)


def grid(size):
    """Row and column of every pixel, from the middle."""
    steps = np.arange(size, dtype=np.float32) - (size - 1) / 2
    return np.broadcast_arrays(steps[:, None], steps[None, :])


def turned(size, angle):
    """Coordinates along and across a direction."""
    row, column = grid(size)
    return np.cos(angle) * row + np.sin(angle) * column, np.cos(angle) * column - np.sin(angle) * row


def leaves(random, size, smallest=2.0, exponent=3.0):
    """Labels of opaque discs, ellipses and rectangles that lie upon one another, radii ~ r^-exponent: [n, n] int32.

    The dead leaves model (Lee, Mumford, Huang 2001): sizes without a scale, edges where things cover others, as in images of nature.
    """
    labels = np.zeros((size, size), np.int32)
    largest = size / 2
    count = int(random.integers(100, 900))
    power = 1 - exponent
    u = random.random(count)
    radii = (smallest**power + u * (largest**power - smallest**power)) ** (1 / power)
    shape_kind = random.random()
    for k, radius in enumerate(radii, 1):
        y, x = random.uniform(0, size, 2)
        aspect = np.exp(random.uniform(-1, 1)) if random.random() < 0.7 else 1.0
        reach = int(radius * max(aspect, 1 / aspect) * 1.45) + 1
        top, bottom, left, right = max(int(y) - reach, 0), min(int(y) + reach + 1, size), max(int(x) - reach, 0), min(int(x) + reach + 1, size)
        rows, columns = np.arange(top, bottom)[:, None] - y, np.arange(left, right)[None, :] - x
        angle = random.uniform(0, np.pi) if random.random() < 0.6 else 0.0
        a = (np.cos(angle) * rows + np.sin(angle) * columns) / (radius * aspect)
        b = (np.cos(angle) * columns - np.sin(angle) * rows) / (radius / aspect)
        inside = np.maximum(abs(a), abs(b)) < 1 if random.random() < shape_kind else a * a + b * b < 1
        labels[top:bottom, left:right][inside] = k
    return labels


def parcels(random, size):
    """Labels of fields: a plane cut again and again along two directions, with tracks between some: [n, n] int32."""
    angle = random.uniform(0, np.pi)
    along, across = turned(size, angle)
    skew = random.normal(0, 0.15)
    across = across + skew * along
    labels = np.zeros((size, size), np.int32)
    label = 0
    tracks = random.random() < 0.6
    road = np.zeros((size, size), bool)

    def cut(a0, a1, b0, b1, inside, depth):
        nonlocal label
        la, lb = a1 - a0, b1 - b0
        small = min(la, lb) < random.uniform(8, 60)
        if depth > 7 or small or (depth > 2 and random.random() < 0.15):
            label += 1
            labels[inside] = label
            return
        t = random.uniform(0.25, 0.75)
        field, low, length = (along, a0, la) if la * random.uniform(0.6, 1.6) > lb else (across, b0, lb)
        at = low + t * length
        if tracks and depth < 4 and random.random() < 0.6:
            road[inside & (abs(field - at) < random.uniform(0.6, 2.2))] = True
        first = inside & (field < at)
        if field is along:
            cut(a0, at, b0, b1, first, depth + 1)
            cut(at, a1, b0, b1, inside & ~first, depth + 1)
        else:
            cut(a0, a1, b0, at, first, depth + 1)
            cut(a0, a1, at, b1, inside & ~first, depth + 1)

    reach = 0.75 * size
    cut(-reach, reach, -reach, reach, np.ones((size, size), bool), 0)
    labels[road] = label + 1
    return labels


def covers(random, size):
    """Labels of regions where one of a few smooth random fields is the highest, as land cover, rock or tissue: [n, n] int32."""
    count = int(random.integers(2, 7))
    slope = random.uniform(1.2, 2.4)
    fields = np.stack([fractal(random, size, slope, random.uniform(1, 6)) + random.normal(0, 0.4) for _ in range(count)])
    return fields.argmax(0).astype(np.int32)


def lines(random, size, labels):
    """Thin bent lines over the labels: roads, rivers, walls, cracks."""
    top = int(labels.max())
    for k in range(int(random.integers(1, 6))):
        along, across = turned(size, random.uniform(0, np.pi))
        bend = random.uniform(-size / 2, size / 2) + random.normal(0, 3) * np.sin(along / random.uniform(8, 60) + random.uniform(0, 6))
        labels[abs(across - bend) < random.uniform(0.5, 3)] = top + 1 + k
    return labels


def rows(random, size):
    """Stripes of crops or machines: [n, n], deviation about 1."""
    along, _ = turned(size, random.uniform(0, np.pi))
    wave = np.sin(2 * np.pi * along / random.uniform(4, 24) + random.uniform(0, 6))
    return 1.4 * (wave if random.random() < 0.6 else np.sign(wave))
