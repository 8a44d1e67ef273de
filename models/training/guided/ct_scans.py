"""Scans to be simulated for guided CT priors: what scanners, noise and mistakes there are. Lengths in mm, angles in degrees."""

from guided.objects import image as thing  # noqa: F401
from guided.scans import drawn, iterations, log_uniform, made

VIEWS = (6, 90)
FAN, LIMITED, MISFIT = 0.3, 0.2, 0.12  # shares of the scans
USUAL_PHOTONS, PHOTONS, STD = (10**4.5, 10**5.7), (10**3.7, 10**6.3), (10**-2.5, 0.1)
OFFSET = 2.0  # pixels that a detector is moved by, at most
MISPLACED = 0.7  # pixels, standard deviation, of a detector that is not where it is said to be


def scanner(random, pixel, size, limited=LIMITED):
    """Options of `simulateCt` (src/modalities/ct/simulation) for slices of size x size pixels; `limited`: share of partial arcs."""
    fan, limited = random.random() < FAN, random.random() < limited
    options = dict(geometry="fan" if fan else "parallel", views=round(log_uniform(random, *VIEWS)))
    if fan:
        options["arc"] = random.uniform(90, 220) if limited else random.choice([360.0, 220.0], p=[0.8, 0.2])
        options["sourceToAxis"] = size * pixel * 2**-0.5 * log_uniform(random, 1.7, 5)
        options["sourceToDetector"] = options["sourceToAxis"] * random.uniform(1.3, 2)
    else:
        options["arc"] = random.uniform(60, 180) if limited else 180.0
    options["startAngle"] = random.uniform(0, 180)
    larger = options.get("sourceToDetector", 1.0) / options.get("sourceToAxis", 1.0)
    if random.random() < 0.2:
        options["detectorPitch"] = pixel * larger * random.uniform(1, 2)
    if random.random() < 0.3:
        options["detectorOffset"] = random.uniform(-OFFSET, OFFSET) * pixel * larger
    return options


def noise(random):
    kind = random.random()
    if kind < 0.8:
        return dict(photons=log_uniform(random, *(USUAL_PHOTONS if kind < 0.5 else PHOTONS)))
    return dict(noiseStd=log_uniform(random, *STD)) if kind < 0.92 else {}


def draw(random, pixel, size, guide):
    """One scan of a shard. `guide`: as on the card, with the usual number of iterations."""
    simulate = {**scanner(random, pixel, size), **noise(random), "seed": int(random.integers(2**31))}
    misfit = {"detectorOffset": random.normal(0, MISPLACED) * pixel} if random.random() < MISFIT else {}
    return drawn(pixel, simulate, misfit, guide, iterations(random, guide["options"]["iterations"]))


# What the progress lines judge by: on slices of persons who were not trained on.
VALIDATION = {
    "20": dict(views=20),
    "8": dict(views=8),
    "60": dict(views=60),
    "arc 90": dict(views=90, arc=90),
}


def validation(pixel, guide):
    return [dict(spacing=pixel, simulate={**scan, "photons": 1e5, "seed": 1}, misfit={}, guide=made(guide)) for scan in VALIDATION.values()]
