"""Generated sections [traces, samples]: stacked ones (layers, folds, faults, channels, diffractions) and gathers (moveout, dips,
first breaks, ground roll), with wavelets, gain and noise of many kinds. No wave equation is solved: kinematics and amplitudes
are drawn. Units: samples and traces; frequencies in cycles per sample.

    section(random, traces, samples) -> float32 [traces, samples] of root mean square 1
"""

import numpy as np
from scipy.ndimage import gaussian_filter, gaussian_filter1d
from scipy.signal import fftconvolve

FINE = 4  # events are placed on a quarter of a sample


def wavelet(random, peak=None):
    """A wavelet sampled FINE times finer: Ricker, its generalisation, Ormsby or a damped sine; any phase."""
    peak = peak or np.exp(random.uniform(np.log(0.025), np.log(0.17)))
    count = 1024
    f = np.fft.rfftfreq(count) * FINE
    kind = random.integers(4)
    if kind == 0:
        spectrum = (f / peak) ** 2 * np.exp(1 - (f / peak) ** 2)
    elif kind == 1:  # broader or narrower than Ricker's
        power = random.uniform(0.7, 5)
        spectrum = (f / peak) ** power * np.exp(power / 2 * (1 - (f / peak) ** 2))
    elif kind == 2:  # Ormsby: corners, cosine slopes
        corners = peak * np.array([random.uniform(0.1, 0.35), random.uniform(0.4, 0.8), random.uniform(1.1, 1.6), random.uniform(1.8, 2.6)])
        rise = np.clip((f - corners[0]) / (corners[1] - corners[0]), 0, 1)
        fall = np.clip((corners[3] - f) / (corners[3] - corners[2]), 0, 1)
        spectrum = np.sin(np.pi / 2 * rise) ** 2 * np.sin(np.pi / 2 * fall) ** 2
    else:  # a damped sine, causal
        t = np.arange(count) / FINE
        damping = peak * random.uniform(0.6, 2.5)
        spectrum = np.fft.rfft(np.sin(2 * np.pi * peak * t) * np.exp(-damping * t))
    phase = random.choice([0.0, np.pi / 2, random.uniform(-np.pi, np.pi)])
    pulse = np.fft.fftshift(np.fft.irfft(spectrum * np.exp(1j * phase * (f > 0)), count))
    if random.random() < 0.15:  # a ghost or bubble: a later copy of other sign
        pulse = pulse - random.uniform(0.3, 0.9) * np.roll(pulse, int(FINE * random.uniform(2, 12)))
    middle, half = count // 2, int(min(count // 2 - 1, FINE * 3.5 / peak))
    return (pulse[middle - half : middle + half + 1] * np.hanning(2 * half + 1)).astype(np.float32)


def convolved(spikes, pulse):
    """Spikes [traces, FINE * samples] -> [traces, samples]."""
    return fftconvolve(spikes, pulse[None], mode="same", axes=1)[:, ::FINE]


def put(spikes, x, time, amplitude):
    """Add `amplitude` at traces x and times `time` (samples), shared between the two nearest quarter samples."""
    fine = time * FINE
    whole = np.floor(fine).astype(np.int64)
    part = fine - whole
    for k, share in ((0, 1 - part), (1, part)):
        inside = (whole + k >= 0) & (whole + k < spikes.shape[1])
        np.add.at(spikes, (x[inside], whole[inside] + k), (amplitude * share)[inside])


def reflectivity(random, count):
    """Spikes of a layered earth, `count` fine samples: blocks of their own density and strength."""
    density = np.exp(gaussian_filter1d(random.normal(0, 4, count), 60 * FINE, mode="wrap")) * random.uniform(0.02, 0.25) / FINE
    spikes = np.where(random.random(count) < density, random.laplace(0, 1, count), 0)
    if random.random() < 0.6:  # strong horizons
        for _ in range(random.integers(1, 5)):
            spikes[random.integers(count)] += random.normal(0, 5)
    if random.random() < 0.3:
        spikes = spikes + random.normal(0, random.uniform(0.02, 0.2), count)
    return spikes


def smooth_curve(random, count, scale):
    """A smooth random curve of deviation about 1 with details of `scale` traces."""
    margin = int(4 * scale) + 1
    curve = gaussian_filter1d(random.normal(0, 1, count + 2 * margin), scale)[margin : margin + count]
    return curve * np.sqrt(2 * np.sqrt(np.pi) * scale)


def displacement(random, traces, samples):
    """Where the sample at (x, t) was before folding and faulting: [traces, samples] in samples."""
    t = np.arange(samples, dtype=np.float64)
    x = np.arange(traces, dtype=np.float64)
    dip = random.normal(0, 0.35) * (x - traces / 2)
    shift = np.repeat(dip[:, None], samples, 1) * (1 + random.normal(0, 0.3) * t / samples)
    for _ in range(random.integers(0, 4)):
        scale = np.exp(random.uniform(np.log(6), np.log(80)))
        height = random.normal(0, 0.35) * scale
        depth = np.clip(1 + random.normal(0, 0.7) * (t / samples - random.random()), 0, 2)
        shift += height * smooth_curve(random, traces, scale)[:, None] * depth
    if random.random() < 0.3:  # beds that end against a surface: an angular unconformity
        surface = samples * random.uniform(0.2, 0.8) + random.normal(0, 0.2) * (x - traces / 2)
        tilt = random.normal(0, 0.6) * (x - random.uniform(0, traces))
        shift += np.where(t[None] > surface[:, None], tilt[:, None], 0)
    if random.random() < 0.5:
        for _ in range(random.integers(1, 5)):
            foot, slant = random.uniform(0, traces), random.normal(0, 0.12)
            throw = random.normal(0, 7) * np.clip(1 + random.normal(0, 0.5) * (t / samples - 0.5), 0, 2)
            beyond = x[:, None] - (foot + slant * (t - samples / 2))[None]
            drag = random.choice([0.25, random.uniform(0.5, 4)])
            shift += throw[None] / (1 + np.exp(-np.clip(beyond / drag, -40, 40)))
    return t[None] - shift


def stacked(random, traces, samples):
    """A stacked section: reflectivity moved by `displacement`, channels, diffractions."""
    source = displacement(random, traces, samples)
    fine = FINE * samples * 3
    spikes = reflectivity(random, fine)
    pulse = wavelet(random)
    # The wavelet is laid along the trace after the layers have moved, as it is in the field.
    where = np.repeat(source, FINE, axis=1)
    step = np.gradient(source, axis=1)
    where = where + np.tile(np.arange(FINE) / FINE, samples)[None] * np.repeat(step, FINE, axis=1)
    total = np.concatenate([[0], np.cumsum(spikes)])
    impedance = np.interp((where + samples) * FINE, np.arange(fine + 1), total)
    earth = np.diff(impedance, axis=1, prepend=impedance[:, :1])
    if random.random() < 0.5:  # reflectors that fade and return
        earth *= np.exp(random.uniform(0.2, 0.8) * lateral_field(random, earth.shape, (random.uniform(3, 25), FINE * random.uniform(4, 30))))
    if random.random() < 0.35:
        for _ in range(random.integers(1, 4)):
            channel(random, earth)
    if random.random() < 0.45:
        diffractions(random, earth, traces, samples)
    return convolved(earth, pulse)


def lateral_field(random, shape, scales):
    """A smooth field of deviation 1."""
    coarse = [max(2, int(np.ceil(n / (s / 2))) + 1) for n, s in zip(shape, scales)]
    field = gaussian_filter(random.normal(0, 1, coarse), 2, mode="wrap")
    field /= field.std() + 1e-9
    rows = np.linspace(0, coarse[0] - 1, shape[0])
    columns = np.linspace(0, coarse[1] - 1, shape[1])
    r = np.minimum(rows.astype(int), coarse[0] - 2)
    c = np.minimum(columns.astype(int), coarse[1] - 2)
    by_row = field[r] + (rows - r)[:, None] * (field[r + 1] - field[r])
    return by_row[:, c] + (columns - c)[None] * (by_row[:, c + 1] - by_row[:, c])


def channel(random, earth):
    """A bowl with reflections of its own: its floor cuts what lay there."""
    traces, fine = earth.shape
    centre, top = random.uniform(0, traces), random.uniform(0.05, 0.9) * fine
    half, depth = np.exp(random.uniform(np.log(3), np.log(40))), FINE * random.uniform(4, 25)
    x = np.arange(traces)
    floor = top + depth * np.sqrt(np.clip(1 - ((x - centre) / half) ** 2, 0, None))
    t = np.arange(fine)[None]
    inside = (t > top) & (t < floor[:, None])
    earth[inside] *= random.uniform(0, 0.6)
    strength = random.normal(0, 3) * (np.abs(earth).mean() * 20 + 1e-6)
    for k in np.flatnonzero(np.abs(x - centre) < half):
        earth[k, min(int(floor[k]), fine - 1)] += strength
        earth[k, min(int(top), fine - 1)] -= random.uniform(0, 0.3) * strength


def diffractions(random, earth, traces, samples):
    """Hyperbolas of point scatterers: t = sqrt(t0^2 + (s (x - x0))^2), s samples per trace, weaker with the angle."""
    loud = np.sqrt((earth**2).mean()) * 3
    x = np.arange(traces)
    slowness = random.uniform(0.3, 2.5)
    for _ in range(random.integers(1, 12)):
        t0, x0 = random.uniform(0, samples), random.uniform(-0.2 * traces, 1.2 * traces)
        time = np.hypot(t0, slowness * (x - x0))
        amplitude = random.normal(0, 1) * loud * (t0 / np.maximum(time, 1)) ** random.uniform(1, 3)
        if random.random() < 0.4:
            amplitude = amplitude * np.sign(x - x0 + 1e-9)  # an edge's
        put(earth, x, time, amplitude)


def gather(random, traces, samples):
    """A shot, receiver or CMP gather: reflections t^2 = t0^2 + (h / v)^2 + 2 t0 d h, direct and head waves, ground roll."""
    x = np.arange(traces, dtype=np.float64)
    kind = random.choice(["split", "end-on", "corrected"], p=[0.45, 0.35, 0.2])
    source = random.uniform(0.2, 0.8) * traces if kind == "split" else -random.uniform(0, 0.5) * traces
    if kind != "split" and random.random() < 0.5:
        source = traces - source
    offset = x - source
    start = random.uniform(-0.3, 0.4) * samples  # time zero of the window, in samples before it
    pulse = wavelet(random)
    spikes = np.zeros((traces, FINE * samples))
    index = np.arange(traces)
    # slowness in samples per trace, falling with depth
    shallow, deep = np.exp(random.uniform(np.log(1.0), np.log(9.0))), np.exp(random.uniform(np.log(0.25), np.log(1.5)))
    deep = min(deep, shallow)
    events = int(np.exp(random.uniform(np.log(6), np.log(70))))
    end = samples * 1.1 + max(start, 0)
    for t0 in random.uniform(0, 1, events) * end:
        along = t0 / end
        slowness = shallow * (deep / shallow) ** min(1, along * random.uniform(0.9, 1.1))
        if random.random() < 0.12:
            slowness *= random.uniform(1.1, 1.6)  # a multiple, slower
        dip = random.normal(0, 0.1) * slowness
        time = np.sqrt(np.maximum(t0**2 + (slowness * offset) ** 2 + 2 * t0 * dip * offset, 0))
        if kind == "corrected":  # normal moveout taken off with a velocity that is not quite right
            time = t0 + random.normal(0, 0.04) * (time - t0) + random.normal(0, 0.05) * offset
        near = np.exp(-np.abs(offset) / (traces * random.uniform(0.4, 5)))
        curvature = 1 + random.normal(0, 0.8) * (offset / traces) ** 2
        put(spikes, index, time - start, random.laplace(0, 1) * near * curvature)
    loud = np.abs(spikes).max() + 1e-9
    statics = random.normal(0, random.uniform(0, 0.8), traces) if random.random() < 0.35 else np.zeros(traces)
    if kind != "corrected" and random.random() < 0.75:
        first = shallow * random.uniform(0.5, 1.1)
        for intercept, slowness, strength in ((0, first, 3), (random.uniform(5, 60), first * random.uniform(0.3, 0.8), 1.5)):
            fall = np.exp(-np.abs(offset) / (traces * random.uniform(0.2, 2)))
            put(spikes, index, intercept + slowness * np.abs(offset) - start, random.uniform(0.3, 1) * strength * loud * fall)
    section = convolved(spikes, pulse)
    if kind == "split" and random.random() < 0.5 or random.random() < 0.15:
        section = section + ground_roll(random, offset, samples, start) * np.sqrt((section**2).mean()) * random.uniform(0.5, 8)
    section = shifted(section, statics)
    if kind != "corrected" and random.random() < 0.5:  # nothing before the first arrival, or a mute
        first = np.minimum(np.abs(offset) * shallow * random.uniform(0.3, 0.8), 0.8 * samples) - start - 4
        t = np.arange(samples)[None]
        section *= 1 / (1 + np.exp(-np.clip((t - first[:, None]) / 2, -40, 40)))
    if random.random() < 0.5:  # loud near the source and early
        distance = np.hypot(offset[:, None] / traces, 0.05 + np.maximum(np.arange(samples) + start, 0)[None] / (2 * samples))
        section = section / distance ** random.uniform(0.5, 2.5)
    return section


def ground_roll(random, offset, samples, start):
    """Slow, low, dispersive: a sum of cosines f with slowness s(f) behind a fan, root mean square about 1."""
    t = np.arange(samples)[None] + start
    distance = np.abs(offset)[:, None]
    slow = random.uniform(3, 14)
    wave = np.zeros((len(offset), samples))
    centre = random.uniform(0.015, 0.06)
    for f in centre * np.linspace(0.5, 1.5, 9):
        slowness = slow * (1 + random.uniform(0, 0.4) * (f / centre - 1))
        wave += np.cos(2 * np.pi * f * (t - slowness * distance) + random.uniform(0, 0.5))
    travel = t - slow * distance
    fan = np.exp(-0.5 * (travel / (10 + random.uniform(0.1, 0.6) * slow * distance)) ** 2)
    wave *= fan * np.exp(-distance / (len(offset) * random.uniform(0.2, 1)))
    return wave / (np.sqrt((wave**2).mean()) + 1e-9)


def plane_waves(random, traces, samples):
    """A few events of constant or slowly changing slope that cross each other."""
    x = np.arange(traces, dtype=np.float64)
    spikes = np.zeros((traces, FINE * samples))
    for _ in range(random.integers(3, 25)):
        slope, bend = random.normal(0, 1.2), random.normal(0, 0.006)
        time = random.uniform(-0.3, 1.3) * samples + slope * (x - traces / 2) + bend * (x - traces / 2) ** 2
        put(spikes, np.arange(traces), time, random.laplace(0, 1) * (1 + 0.3 * smooth_curve(random, traces, 30)))
    return convolved(spikes, wavelet(random))


def shifted(section, shifts):
    """Each trace later by its shift in samples."""
    if not np.any(shifts):
        return section
    f = np.fft.rfftfreq(section.shape[1])
    return np.fft.irfft(np.fft.rfft(section, axis=1) * np.exp(-2j * np.pi * f * shifts[:, None]), section.shape[1], axis=1)


def noise(random, traces, samples):
    """White, band-limited, louder on some traces, or a mixture; root mean square about 1."""
    white = random.normal(0, 1, (traces, samples))
    kind = random.integers(3)
    if kind == 1:
        white = gaussian_filter1d(white, random.uniform(0.7, 3), axis=1) - gaussian_filter1d(white, random.uniform(3, 8), axis=1)
    if kind == 2:
        white *= np.exp(random.normal(0, 0.7, (traces, 1)))
    return white / (np.sqrt((white**2).mean()) + 1e-9)


def finished(section, random):
    """Trace to trace gain, loudness with time, noise; root mean square 1."""
    section = section / (np.sqrt((section**2).mean()) + 1e-12)
    traces, samples = section.shape
    if random.random() < 0.35:
        section = section * np.exp(random.normal(0, random.uniform(0.02, 0.2), (traces, 1)))
    if random.random() < 0.35:
        section = section * np.exp(random.uniform(-2, 1) * np.linspace(0, 1, samples))[None]
    if random.random() < 0.8:
        section = section + noise(random, traces, samples) * np.exp(random.uniform(np.log(0.004), np.log(0.5)))
    return (section / (np.sqrt((section**2).mean()) + 1e-12)).astype(np.float32)


def section(random, traces, samples):
    make = random.choice([stacked, gather, plane_waves], p=[0.45, 0.43, 0.12])
    return finished(make(random, traces, samples), random)
