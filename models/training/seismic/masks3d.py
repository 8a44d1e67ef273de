"""Which traces of a grid are live: True [n1, n2]. Every kind of loss in use, and what to hold back to judge a method without truth."""

import numpy as np

from seismic import masks

KINDS = {"random": 0.38, "jittered": 0.08, "regular": 0.14, "columns": 0.16, "rows": 0.06, "blocks": 0.10, "mixture": 0.08}


def random_mask(random, n1, n2, missing):
    """Every trace alone, `missing` of them exactly (rounded)."""
    return masks.random_mask(random, n1 * n2, missing).reshape(n1, n2)


def regular(n1, n2, periods, first=(0, 0)):
    """Every periods[k]-th along axis k."""
    i, j = np.indices((n1, n2))
    return ((i - first[0]) % periods[0] == 0) & ((j - first[1]) % periods[1] == 0)


def block(random, n1, n2):
    """A rectangle of missing traces, not all of the grid."""
    live = np.ones((n1, n2), bool)
    a, b = int(random.integers(1, max(2, n1))), int(random.integers(2, max(3, n2 // 2)))
    i, j = int(random.integers(0, n1 - a + 1)), int(random.integers(0, n2 - b + 1))
    live[i : i + a, j : j + b] = False
    return live


def draw(random, n1, n2, kind=None):
    """(kind, live): a mask of a random kind and share, with a live trace at least."""
    kind = kind or random.choice(list(KINDS), p=list(KINDS.values()))
    if kind == "random":
        live = random_mask(random, n1, n2, random.uniform(0.1, 0.92) if random.random() < 0.4 else random.uniform(0.3, 0.8))
    elif kind == "jittered":  # one live trace at a random place of every cell
        live = np.stack([masks.jittered(random, n2, int(random.integers(2, 6))) for _ in range(n1)])
    elif kind == "regular":
        periods = [(1, 2), (1, 3), (1, 4), (2, 1), (2, 2)][random.choice(5, p=[0.4, 0.15, 0.1, 0.2, 0.15])]
        live = regular(n1, n2, periods, [int(random.integers(p)) for p in periods])
    elif kind == "columns":  # the same receivers or crosslines in every line
        live = np.repeat(masks.draw(random, n2)[1][None], n1, axis=0)
    elif kind == "rows":
        live = np.repeat(masks.random_mask(random, n1, random.uniform(0.2, 0.6))[:, None], n2, axis=1)
    elif kind == "blocks":
        live = np.ones((n1, n2), bool)
        for _ in range(int(random.integers(1, 4))):
            live &= block(random, n1, n2)
    else:
        live = random_mask(random, n1, n2, random.uniform(0.1, 0.6)) & block(random, n1, n2)
    if not live.any():
        live[random.integers(n1), random.integers(n2)] = True
    return kind, live


def unit_of(live):
    """'column' or 'row' where whole ones are missing, else 'trace'."""
    if (live == live[:1]).all():
        return "column"
    return "row" if (live == live[:, :1]).all() else "trace"


def held_back(live, random, share=0.12):
    """A mask within `live` whose further missing traces look like those of `live`; None where too few are live.

    Whole columns or rows where those are missing (as `masks.held_back` along the axis); of a grid that is regular every second live trace of every line;
    else single traces at random.
    """
    n1, n2 = live.shape
    unit = unit_of(live)
    if unit == "column":
        kept = masks.held_back(live[0], random)
        return None if not kept else live & kept[random.integers(len(kept))][None]
    if unit == "row":
        kept = masks.held_back(live[:, 0], random)
        return None if not kept else live & kept[random.integers(len(kept))][:, None]
    rows = [masks.period_of(line) for line in live if line.sum() > 2]
    if len(rows) > 1 and None not in rows and len(set(rows)) == 1:
        left = live.copy()
        for line in left:
            line[np.flatnonzero(line)[1::2]] = False
        return left
    places = np.flatnonzero(live)
    if len(places) < 8:
        return None
    left = live.copy()
    left.ravel()[random.permutation(places)[: max(1, round(share * len(places)))]] = False
    return left
