"""From a complete volume and a mask to what the three-dimensional network is trained on: gained truth, the two best guides by held-back error."""

import numpy as np

from seismic.gain import gain_of
from seismic.guides3d import GUIDES
from seismic.masks3d import held_back


def gain_of_volume(y, live):
    """G [n1, n2, T]: that of gain.py line by line; a line without a live trace has that of the nearest line with one."""
    gain = np.ones(y.shape)
    lines = np.flatnonzero(live.any(1))
    for k in lines:
        gain[k] = gain_of(y[k], live[k])
    for k in np.flatnonzero(~live.any(1)):
        gain[k] = gain[lines[np.abs(lines - k).argmin()]]
    total = np.sqrt((y[live].astype(np.float64) ** 2).mean()) if live.any() else 0
    return np.maximum(gain, 1e-4 * total) if total > 0 else gain


def guided(y, live, random, guides=GUIDES):
    """(g [len(guides), n1, n2, T], names best first, their held-back mean square errors) for gained y with zeros at missing traces."""
    left = held_back(live, random)
    errors = dict.fromkeys(guides, 1.0)
    if left is not None:
        hidden = live & ~left
        hushed = np.where(left[:, :, None], y, 0)
        errors = {name: float(((guide(hushed, left)[hidden] - y[hidden]) ** 2).mean()) + 1e-12 for name, guide in guides.items()}
    order = sorted(guides, key=errors.get)
    return np.stack([guides[name](y, live) for name in order]), order, [errors[name] for name in order]


def sample(volume, live, random):
    """With linear and one of the other guides, for the time's sake: in use they are the best two of all methods."""
    truth = (volume / gain_of_volume(volume, live)).astype(np.float32)
    y = np.where(live[:, :, None], truth, 0).astype(np.float32)
    pair = ("linear", str(random.choice([name for name in GUIDES if name != "linear"])))
    stacked, order, errors = guided(y, live, random, {name: GUIDES[name] for name in pair})
    return dict(truth=truth, live=live, guides=stacked, order=order, error=errors[0])
