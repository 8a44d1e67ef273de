"""Which traces are live: True [traces]. Every kind of loss in use, and what to hold back to judge a method without truth.

A mask has always a live trace. `draw` takes the kinds in the shares of KINDS.
"""

import numpy as np

KINDS = {"random": 0.40, "jittered": 0.10, "regular": 0.16, "gap": 0.14, "blocks": 0.08, "mixture": 0.12}


def random_mask(random, traces, missing):
    """Every trace alone, `missing` of them exactly (rounded)."""
    live = np.ones(traces, bool)
    live[random.permutation(traces)[: min(round(missing * traces), traces - 1)]] = False
    return live


def jittered(random, traces, period):
    """One live trace at a random place of every `period`."""
    live = np.zeros(traces, bool)
    first = np.arange(0, traces, period)
    live[np.minimum(first + random.integers(0, period, len(first)), traces - 1)] = True
    return live


def regular(traces, period, offset=0):
    """Every `period`-th trace is live."""
    live = np.zeros(traces, bool)
    live[offset % period :: period] = True
    return live


def gap(random, traces, width):
    """`width` traces side by side are missing, one trace or more at either end live where that can be."""
    width = min(width, traces - 2)
    live = np.ones(traces, bool)
    start = random.integers(1, traces - width)
    live[start : start + width] = False
    return live


def blocks(random, traces, missing):
    """Gaps of 2 to 12 traces until about `missing` of the traces are gone."""
    live = np.ones(traces, bool)
    for _ in range(100):
        if 1 - live.mean() >= missing:
            break
        width = int(random.integers(2, 13))
        live &= gap(random, traces, width)
    return live


def alive(live, random):
    if not live.any():
        live[random.integers(len(live))] = True
    return live


def draw(random, traces, kind=None):
    """(kind, live): a mask of a random kind and share."""
    kind = kind or random.choice(list(KINDS), p=list(KINDS.values()))
    if kind == "random":
        live = random_mask(random, traces, random.uniform(0.1, 0.9) if random.random() < 0.4 else random.uniform(0.25, 0.75))
    elif kind == "jittered":
        live = jittered(random, traces, int(random.integers(2, 6)))
    elif kind == "regular":
        period = int(random.choice([2, 3, 4], p=[0.6, 0.25, 0.15]))
        live = regular(traces, period, int(random.integers(period)))
    elif kind == "gap":
        live = gap(random, traces, int(round(np.exp(random.uniform(np.log(2), np.log(40))))))
    elif kind == "blocks":
        live = blocks(random, traces, random.uniform(0.1, 0.5))
    else:
        live = random_mask(random, traces, random.uniform(0.1, 0.5)) & gap(random, traces, int(random.integers(4, 25)))
        if random.random() < 0.3:
            live &= blocks(random, traces, 0.15)
    return kind, alive(live, random)


def runs(live):
    """[(first, length)] of the missing runs."""
    edges = np.flatnonzero(np.diff(np.concatenate([[True], live, [True]]).astype(int)))
    return [(int(a), int(b - a)) for a, b in zip(edges[::2], edges[1::2])]


def period_of(live):
    """The distance of neighbouring live traces where it is the same (2 or more) everywhere, else None."""
    steps = np.unique(np.diff(np.flatnonzero(live)))
    return int(steps[0]) if len(steps) == 1 and steps[0] > 1 else None


def held_back(live, random, share=0.15):
    """Masks within `live` whose missing traces beyond those of `live` look like the missing ones: [live'].

    A regular mask loses every second live trace: once the even, once the odd ones. Otherwise runs of live traces are hidden,
    counted along the live traces, with the lengths of the missing runs drawn at random, apart by one live trace at least,
    until `share` of the live traces are hidden. Where one run is more than that, it is hidden alone, at up to three places
    spread over the line. Runs longer than a third of the live traces are shortened to that.
    """
    places = np.flatnonzero(live)
    count = len(places)
    if count < 4:
        return []
    if period_of(live) is not None:
        return [_without(live, places[first::2]) for first in (1, 0)]
    lengths = [length for _, length in runs(live)] or [1]
    longest = max(1, count // 3)
    budget = max(1, round(share * count))
    if max(lengths) > budget and len(lengths) <= 2:
        length = min(max(lengths), longest)
        starts = np.linspace(1, count - length - 1, min(3, max(1, count // (2 * length)))).round().astype(int)
        return [_without(live, places[start : start + length]) for start in starts]
    hidden = np.zeros(count, bool)
    for _ in range(200):
        length = min(int(random.choice(lengths)), longest)
        if hidden.sum() >= budget:
            break
        start = int(random.integers(0, count - length + 1))
        if not hidden[max(start - 1, 0) : start + length + 1].any():
            hidden[start : start + length] = True
    return [_without(live, places[hidden])]


def _without(live, hidden):
    rest = live.copy()
    rest[hidden] = False
    return rest
