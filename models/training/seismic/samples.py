"""From a complete section and a mask to what a network is trained on: gained truth, guides sorted by held-back error."""

import numpy as np

from seismic.gain import gain_of
from seismic.guides import GUIDES
from seismic.masks import held_back


def errors_of(y, live, masks, guides=GUIDES):
    """{guide: mean square error on held-back traces}, geometric mean over `masks`, y and masks as in `masks.held_back`."""
    errors = {name: [] for name in guides}
    for left in masks:
        hidden = live & ~left
        hushed = np.where(left[:, None], y, 0)
        for name, guide in guides.items():
            errors[name].append(np.mean((guide(hushed, left)[hidden] - y[hidden]) ** 2) + 1e-12)
    return {name: float(np.exp(np.mean(np.log(values)))) if values else 1.0 for name, values in errors.items()}


def guided(y, live, random, guides=GUIDES, most=None):
    """(g [3, N, T], names best first, held-back errors in that order) for gained y [N, T] with zeros at missing traces.

    `most`: of the masks of `held_back`, drawn at random; None for all.
    """
    masks = held_back(live, random)
    if masks and most:
        masks = [masks[k] for k in random.permutation(len(masks))[:most]]
    errors = errors_of(y, live, masks, guides)
    order = sorted(guides, key=errors.get)
    return np.stack([guides[name](y, live) for name in order]), order, [errors[name] for name in order]


def sample(section, live, random):
    """A dict of the gained truth, live traces, sorted guides (all in the gained range) and the held-back error of the best."""
    gain = gain_of(section, live)
    truth = (section / gain).astype(np.float32)
    y = np.where(live[:, None], truth, 0).astype(np.float32)
    stacked, order, errors = guided(y, live, random, most=1)
    return dict(truth=truth, live=live, guides=stacked, order=order, error=errors[0])
