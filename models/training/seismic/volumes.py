"""Generated volumes [n1, n2, samples] of root mean square 1: stacked cubes (layers, dips, folds, faults, channels, diffractions), pre-stack ones (curved
events about a source, dips, ground roll), plane waves; and volumes swept out of a real line. Kinematics and amplitudes are drawn; no wave equation is
solved. Units as in generate.py: samples and traces, both trace axes with traces of their own.

    volume(random, n1, n2, samples)         generated
    swept(random, line, n1, n2, samples)    from a real line [traces, samples]
"""

import numpy as np
from scipy.ndimage import map_coordinates

from seismic import generate
from seismic.generate import FINE


def grid(n1, n2):
    """Trace numbers along both axes, [n1, n2]."""
    return np.meshgrid(np.arange(n1, dtype=np.float64), np.arange(n2, dtype=np.float64), indexing="ij")


def smooth_map(random, n1, n2, scales):
    """A smooth random field [n1, n2] of deviation about 1 with details of `scales` traces along the axes."""
    margin = [int(np.ceil(2 * s)) for s in scales]
    field = generate.lateral_field(random, (n1 + 2 * margin[0], n2 + 2 * margin[1]), scales)
    return field[margin[0] : margin[0] + n1, margin[1] : margin[1] + n2]


def displacement(random, n1, n2, samples):
    """Where the sample at (x1, x2, t) was before folding and faulting: [n1, n2, samples] in samples."""
    x1, x2 = grid(n1, n2)
    t = np.arange(samples, dtype=np.float64)
    stretch = random.uniform(0.4, 2.5)  # lines are not as far apart as traces
    along = (x1 - n1 / 2) * stretch, x2 - n2 / 2
    dip, azimuth = random.normal(0, 0.5), random.uniform(0, 2 * np.pi)
    plane = dip * (np.sin(azimuth) * along[0] + np.cos(azimuth) * along[1])
    shift = plane[:, :, None] * (1 + random.normal(0, 0.3) * t / samples)
    for _ in range(random.integers(0, 4)):
        scale = np.exp(random.uniform(np.log(6), np.log(60)))
        height = random.normal(0, 0.35) * scale
        fold = smooth_map(random, n1, n2, (max(2, scale / stretch), scale))
        depth = np.clip(1 + random.normal(0, 0.7) * (t / samples - random.random()), 0, 2)
        shift += height * fold[:, :, None] * depth
    if random.random() < 0.25:  # an angular unconformity
        surface = samples * random.uniform(0.2, 0.8) + random.normal(0, 0.2) * along[0] + random.normal(0, 0.2) * along[1]
        tilt = random.normal(0, 0.5) * along[0] + random.normal(0, 0.5) * along[1]
        shift += np.where(t > surface[:, :, None], tilt[:, :, None], 0)
    if random.random() < 0.5:
        for _ in range(random.integers(1, 4)):
            strike, slant = random.uniform(0, 2 * np.pi), random.normal(0, 0.12)
            across = np.sin(strike) * along[0] + np.cos(strike) * along[1] - random.normal(0, n2 / 4)
            throw = random.normal(0, 6) * np.clip(1 + random.normal(0, 0.5) * (t / samples - 0.5), 0, 2)
            beyond = across[:, :, None] - slant * (t - samples / 2)
            shift += throw / (1 + np.exp(-np.clip(beyond / random.choice([0.25, random.uniform(0.5, 4)]), -40, 40)))
    return t - shift


def convolved(spikes, pulse):
    n1, n2, fine = spikes.shape
    return generate.convolved(spikes.reshape(n1 * n2, fine), pulse).reshape(n1, n2, -1)


def put(spikes, time, amplitude):
    """Add an event with `time` and `amplitude` [n1, n2]."""
    n1, n2, fine = spikes.shape
    generate.put(spikes.reshape(n1 * n2, fine), np.arange(n1 * n2), time.ravel(), np.broadcast_to(amplitude, time.shape).ravel())


def stacked(random, n1, n2, samples):
    source = displacement(random, n1, n2, samples)
    fine = FINE * samples * 3
    step = np.gradient(source, axis=2)
    where = np.repeat(source, FINE, axis=2) + np.tile(np.arange(FINE) / FINE, samples) * np.repeat(step, FINE, axis=2)
    total = np.concatenate([[0], np.cumsum(generate.reflectivity(random, fine))])
    impedance = np.interp((where + samples) * FINE, np.arange(fine + 1), total)
    earth = np.diff(impedance, axis=2, prepend=impedance[:, :, :1])
    if random.random() < 0.5:  # reflectors that fade and return
        fading = smooth_map(random, n1, n2, (random.uniform(3, 20), random.uniform(3, 25)))
        earth *= np.exp(random.uniform(0.2, 0.8) * fading)[:, :, None]
    if random.random() < 0.3:
        for _ in range(random.integers(1, 3)):
            channel(random, earth)
    if random.random() < 0.45:
        diffractions(random, earth, samples)
    return convolved(earth, generate.wavelet(random))


def channel(random, earth):
    """A bowl along a winding axis, with reflections of its own; its floor cuts what lay there."""
    n1, n2, fine = earth.shape
    x1, x2 = grid(n1, n2)
    slant, bend, wave = random.normal(0, 1), random.normal(0, 4), random.uniform(8, 40)
    away = x2 - random.uniform(0, n2) - slant * (x1 - n1 / 2) - bend * np.sin(x1 / wave + random.uniform(0, 6))
    top, half = random.uniform(0.05, 0.9) * fine, np.exp(random.uniform(np.log(2), np.log(15)))
    floor = top + FINE * random.uniform(4, 25) * np.sqrt(np.clip(1 - (away / half) ** 2, 0, None))
    t = np.arange(fine)
    earth[(t > top) & (t < floor[:, :, None])] *= random.uniform(0, 0.6)
    strength = random.normal(0, 3) * (np.abs(earth).mean() * 20 + 1e-6)
    inside = np.abs(away) < half
    at = np.minimum(floor[inside].astype(int), fine - 1)
    earth[(*np.nonzero(inside), at)] += strength
    earth[inside, min(int(top), fine - 1)] -= random.uniform(0, 0.3) * strength


def diffractions(random, earth, samples):
    """Hyperboloids of point scatterers."""
    n1, n2, _ = earth.shape
    x1, x2 = grid(n1, n2)
    loud = np.sqrt((earth**2).mean()) * 3
    slowness, stretch = random.uniform(0.3, 2.5), random.uniform(0.4, 2.5)
    for _ in range(random.integers(1, 12)):
        t0 = random.uniform(0, samples)
        distance = np.hypot(stretch * (x1 - random.uniform(-0.2, 1.2) * n1), x2 - random.uniform(-0.2, 1.2) * n2)
        time = np.hypot(t0, slowness * distance)
        put(earth, time, random.normal(0, 1) * loud * (t0 / np.maximum(time, 1)) ** random.uniform(1, 3))


def gather(random, n1, n2, samples):
    """A shot on a patch of receivers, or neighbouring shots on a line: t^2 = t0^2 + (h / v)^2 + 2 t0 (dip, offset), direct wave, ground roll."""
    x1, x2 = grid(n1, n2)
    stretch = np.exp(random.uniform(np.log(0.3), np.log(4)))
    if random.random() < 0.5:  # a patch: the source lies anywhere about it
        off1, off2 = (x1 - random.uniform(-1, 2) * n1) * stretch, x2 - random.uniform(-0.5, 1.5) * n2
    else:  # shots (axis 1) that move along the receivers
        off1, off2 = np.full((n1, n2), random.uniform(0, 3)), x2 - random.uniform(-0.5, 1.5) * n2 - stretch * x1
    offset = np.hypot(off1, off2)
    start = random.uniform(-0.3, 0.4) * samples
    spikes = np.zeros((n1, n2, FINE * samples))
    shallow, deep = np.exp(random.uniform(np.log(1.0), np.log(9.0))), np.exp(random.uniform(np.log(0.25), np.log(1.5)))
    deep, reach = min(deep, shallow), n2 * random.uniform(0.4, 5)
    corrected = random.random() < 0.25
    end = samples * 1.1 + max(start, 0)
    for t0 in random.uniform(0, 1, int(np.exp(random.uniform(np.log(6), np.log(60))))) * end:
        slowness = shallow * (deep / shallow) ** min(1, t0 / end * random.uniform(0.9, 1.1))
        if random.random() < 0.12:
            slowness *= random.uniform(1.1, 1.6)  # a multiple, slower
        dip = random.normal(0, 0.1, 2) * slowness
        time = np.sqrt(np.maximum(t0**2 + (slowness * offset) ** 2 + 2 * t0 * (dip[0] * off1 + dip[1] * off2), 0))
        if corrected:  # normal moveout taken off with a velocity that is not quite right
            time = t0 + random.normal(0, 0.04) * (time - t0) + random.normal(0, 0.05) * off2 + random.normal(0, 0.05) * off1
        put(spikes, time - start, random.laplace(0, 1) * np.exp(-offset / reach))
    if not corrected and random.random() < 0.7:
        first = shallow * random.uniform(0.5, 1.1)
        put(spikes, first * offset - start, random.uniform(0.5, 3) * (np.abs(spikes).max() + 1e-9) * np.exp(-offset / reach))
    cube = convolved(spikes, generate.wavelet(random))
    if not corrected and random.random() < 0.35:
        roll = generate.ground_roll(random, offset.ravel(), samples, start).reshape(cube.shape)
        cube = cube + roll * np.sqrt((cube**2).mean()) * random.uniform(0.5, 6)
    if not corrected and random.random() < 0.5:  # a mute
        first = np.minimum(offset * shallow * random.uniform(0.3, 0.8), 0.8 * samples) - start - 4
        cube = cube / (1 + np.exp(-np.clip((np.arange(samples) - first[:, :, None]) / 2, -40, 40)))
    if random.random() < 0.5:
        distance = np.hypot(offset[:, :, None] / n2, 0.05 + np.maximum(np.arange(samples) + start, 0) / (2 * samples))
        cube = cube / distance ** random.uniform(0.5, 2.5)
    return cube


def plane_waves(random, n1, n2, samples):
    x1, x2 = grid(n1, n2)
    spikes = np.zeros((n1, n2, FINE * samples))
    for _ in range(random.integers(3, 25)):
        slope = random.normal(0, 1, 2)
        time = random.uniform(-0.3, 1.3) * samples + slope[0] * (x1 - n1 / 2) + slope[1] * (x2 - n2 / 2)
        put(spikes, time, random.laplace(0, 1))
    return convolved(spikes, generate.wavelet(random))


def finished(cube, random):
    """Noise, gains from trace to trace and with time: as of a section whose traces are all of the volume's. Root mean square 1."""
    n1, n2, samples = cube.shape
    return generate.finished(cube.reshape(n1 * n2, samples), random).reshape(cube.shape)


def volume(random, n1, n2, samples):
    make = random.choice([stacked, gather, plane_waves], p=[0.55, 0.35, 0.1])
    return finished(make(random, n1, n2, samples), random)


def swept(random, line, n1, n2, samples):
    """The line [traces, samples] drawn along an azimuth: trace x0 + c2 x2 + c1 x1, later by a smooth field; with noise of its own.

    The wavelets, faults and noise of the field, and dips in both directions. Where c1 is small what crosses the line is nearly alike.
    """
    traces, length = line.shape
    c2 = random.choice([1.0, random.uniform(0.6, 1.6)]) if traces > 1.7 * n2 else min(1.0, (traces - 2) / n2)
    room = max(0.0, traces - 1 - c2 * (n2 - 1))
    c1 = random.choice([-1, 1]) * min(random.uniform(0, 1.2), room / max(n1 - 1, 1))
    x1, x2 = grid(n1, n2)
    x = c2 * x2 + c1 * x1
    x = x - x.min()
    x = x + random.uniform(0, max(0.0, traces - 1 - x.max()))
    later = random.normal(0, 0.5) * x1 + random.uniform(0, 3) * smooth_map(random, n1, n2, (random.uniform(4, 20), random.uniform(8, 40)))
    stretch = np.exp(random.uniform(np.log(0.7), np.log(1.5))) if random.random() < 0.4 else 1.0
    stretch = min(stretch, (length - 2) / samples)
    room = max(0.0, length - 1 - stretch * (samples - 1))
    time = random.uniform(0, room) + stretch * np.arange(samples) + (later - later.mean())[:, :, None]
    time = np.clip(time, 0, length - 1)
    cube = map_coordinates(line.astype(np.float64), [np.broadcast_to(x[:, :, None], time.shape), time], order=3, mode="nearest")
    cube *= random.choice([-1, 1]) / (np.sqrt((cube**2).mean()) + 1e-12)
    if random.random() < 0.5:
        noise = generate.noise(random, n1 * n2, samples).reshape(cube.shape)
        cube = cube + noise * np.exp(random.uniform(np.log(0.004), np.log(0.2)))
    return (cube / (np.sqrt((cube**2).mean()) + 1e-12)).astype(np.float32)
