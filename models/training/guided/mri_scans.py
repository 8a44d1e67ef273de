"""Scans to be simulated for guided MR priors: what coils, masks, trajectories and noise there are."""

import numpy as np

from guided.scans import drawn, iterations, log_uniform, made

ONE_COIL, COILS = 0.15, (2, 12)
TRAJECTORIES, POINTS = 0.1, 0.45  # shares of the scans; the others have lines
LINES_OF = ("equispaced", "random", "gaussian")
POINTS_OF = ("poisson", "poisson", "radial", "spiral")
ACCELERATION = {"lines": (2, 8), "points": (2, 12), "trajectory": (2, 8)}
CALIBRATION = (8, 32)
CENTRE_GAP = 0.7  # between windings of a spiral in its calibration region: what there is takes no more than all of them
MISFIT, WAVES, WRONG = 0.3, 3, 0.03  # share of the scans with wrong coil maps; waves of the error of a coil; their standard deviation
NOISELESS, SNR = 0.08, (8, 100)


def sampling(random, coils, size):
    kind = random.random()
    what = "trajectory" if kind < TRAJECTORIES else "points" if kind < TRAJECTORIES + POINTS else "lines"
    low, high = ACCELERATION[what]
    # what one coil tells is not what twelve tell
    accel = log_uniform(random, low, high if coils > 3 else low + (high - low) / 3)
    acs = int(random.integers(*CALIBRATION))
    wound = max(1, min(acs, int(2 * CENTRE_GAP * (size / 2 / accel - 1.5))))
    if what == "trajectory":
        how = str(random.choice(("radial", "spiral")))
        return dict(trajectory=how, accel=accel, acs=wound if how == "spiral" else acs)
    if what == "points":
        how = str(random.choice(POINTS_OF))
        return dict(mask=how, acs=wound if how == "spiral" else acs, accel=accel)
    return dict(mask=str(random.choice(LINES_OF)), acs=min(acs, int(0.8 * size / accel)), accel=accel, perSlice=True)


def wrong_maps(random, coils):
    """What scans.mjs changes coil maps by: the phase of the image hangs on the maps, so none are estimated here."""
    waves = np.concatenate([WRONG * random.standard_normal((coils, WAVES, 2)), random.uniform(-1, 1, (coils, WAVES, 2))], 2)
    return np.concatenate([waves, random.uniform(0, 2 * np.pi, (coils, WAVES, 1))], 2).round(4).tolist()


def draw(random, pixel, size, guide):
    """One scan of a shard. `guide`: as on the card, with the usual number of iterations."""
    coils = 1 if random.random() < ONE_COIL else round(log_uniform(random, *COILS))
    how = sampling(random, coils, size)
    noise = {} if random.random() < NOISELESS else dict(snr=log_uniform(random, *SNR))
    # the slices have phases already
    simulate = {"coils": coils, **how, **noise, "withMaps": True, "phase": "none", "seed": int(random.integers(2**31))}
    misfit = {"maps": wrong_maps(random, coils)} if random.random() < MISFIT else {}
    return drawn(pixel, simulate, misfit, guide, iterations(random, guide["options"]["iterations"]))


# What the progress lines judge by: on slices of a person who was not trained on.
VALIDATION = {
    "lines x4": dict(mask="random", accel=4),
    "Poisson x4": dict(mask="poisson", accel=4),
    "Poisson x8": dict(mask="poisson", accel=8),
    "lines x4, one coil": dict(mask="random", accel=4, coils=1),
}


def validation(pixel, guide):
    common = dict(coils=8, snr=30, seed=1, phase="none", withMaps=True)
    return [dict(spacing=pixel, simulate={**common, **scan}, misfit={}, guide=made(guide)) for scan in VALIDATION.values()]
