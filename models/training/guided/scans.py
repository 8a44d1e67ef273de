"""What scans of every modality share that are simulated for guided priors. Lengths in mm.

A modality's scanners are in a module of its own, IMAGES_scans.py (ct_scans.py, mri_scans.py), found by the recipe's `images`:

    draw(random, pixel, size, guide)   one scan of a shard of size x size slices
    VALIDATION                         {name: options}: what the progress lines judge by, on persons who were not trained on
    validation(pixel, guide)           the scans of these
    thing(random, size)                where there is one: a slice of something else than the volumes have
"""

import importlib

import numpy as np

HALF, OTHER = 0.12, 0.06  # of guides with half of the iterations, and with another number of them


def scans_of(recipe):
    return importlib.import_module(f"guided.{recipe['images']}_scans")


def log_uniform(random, low, high):
    return float(np.exp(random.uniform(np.log(low), np.log(high))))


def iterations(random, usual):
    kind = random.random()
    if kind < HALF:
        return usual // 2
    return int(random.integers(usual // 2, 2 * usual + 1)) if kind < HALF + OTHER else usual


def drawn(pixel, simulate, misfit, guide, rounds):
    """A scan as shards have it; `guide`: as on the card, made with so many iterations."""
    options = {**guide["options"], "iterations": rounds}
    return dict(spacing=pixel, simulate=plain(simulate), misfit=plain(misfit), guide={**made(guide), "options": options})


def run(random, told):
    """Options of DDS that finds what x holds of a scan, and after which evaluations it is looked at. `told`: the recipe's `found`."""
    first, last = log_uniform(random, *told["first"]), log_uniform(random, *told["last"])
    start = told.get("start", "estimate")
    levels = np.geomspace(first, min(first, last), told["after"][-1] - (start == "estimate")).round(4).tolist()
    order = int(random.choice(told["orders"]))
    options = {"start": start, "sigmas": levels, **({} if order == 1 else {"order": order})}
    return dict(prior=told["prior"], options=options, after=told["after"])


def made(guide):
    """What of the card's guide says how it is made."""
    return {key: guide[key] for key in ("kind", "options", "planes")}


def plain(options):
    """Numbers as JSON has them."""
    return {name: value.item() if isinstance(value, np.generic) else value for name, value in options.items()}
