"""From a complete section and a mask to what a network is trained on: gained truth, guides sorted by held-back error."""

import numpy as np

from seismic.gain import gain_of
from seismic.guides import GUIDES
from seismic.masks import held_back


def errors_of(y, live, masks, gain=1.0, guides=GUIDES):
    """{guide: (error in the file's amplitudes, error in the gained range)}: mean squares over held-back traces, geometric means over `masks`.

    y is gained, `gain` what it was divided by; masks as of `masks.held_back`.
    """
    errors = {name: [] for name in guides}
    gain = np.broadcast_to(gain, y.shape)
    for left in masks:
        hidden = live & ~left
        hushed = np.where(left[:, None], y, 0)
        for name, guide in guides.items():
            square = (guide(hushed, left)[hidden] - y[hidden]) ** 2
            errors[name].append([np.mean(gain[hidden] ** 2 * square) + 1e-30, np.mean(square) + 1e-12])
    return {name: tuple(np.exp(np.mean(np.log(values), axis=0))) if values else (1.0, 1.0) for name, values in errors.items()}


def guided(y, live, random, gain=1.0, guides=GUIDES, most=None):
    """(g [3, N, T], names best first, their held-back errors in the gained range) for gained y [N, T] with zeros at missing traces.

    Best is what errs least in the file's own amplitudes. `most`: of the masks of `held_back`, drawn at random; None for all.
    """
    masks = held_back(live, random)
    if masks and most:
        masks = [masks[k] for k in random.permutation(len(masks))[:most]]
    errors = errors_of(y, live, masks, gain, guides)
    order = sorted(guides, key=lambda name: errors[name][0])
    return np.stack([guides[name](y, live) for name in order]), order, [float(errors[name][1]) for name in order]


def sample(section, live, random):
    """A dict of the gained truth, live traces, sorted guides (all in the gained range) and the held-back error of the best."""
    gain = gain_of(section, live)
    truth = (section / gain).astype(np.float32)
    y = np.where(live[:, None], truth, 0).astype(np.float32)
    stacked, order, errors = guided(y, live, random, gain, most=1)
    return dict(truth=truth, live=live, guides=stacked, order=order, error=errors[0])
