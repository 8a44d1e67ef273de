"""The guided network F(x, condition, c_noise): the U-Net of model.py that sees the guide beside the noisy image.

    x          [N, C, H, W]   c_in x_noisy
    condition  [N, C, H, W]   c, in the prior's range; zeros where there is no guide
    c_noise    [N]            ln(sigma) / 4
    -> f       [N, C, H, W]

The U-Net sees x and c / sigma_data; its planes r and a make f = r + a c / sigma_data, so that how far to trust c, which hangs on sigma and
on the place, is a plane of its own and not to be multiplied by convolutions.

The names of its layers are those of the U-Net, so that a training can begin with the weights of an unguided one: the stem's weights for c
and the head's for a are then 0, and the network is that one.
"""

import torch

from model import SIGMA_DATA, UNet


class Guided(UNet):
    def __init__(self, **config):
        images = config.get("images", 1)
        super().__init__(**{**config, "conditions": images, "outputs": 2 * images})

    def forward(self, x, condition, c_noise):
        shown = condition / SIGMA_DATA
        added, share = super().forward(torch.cat([x, shown], dim=1), c_noise).chunk(2, dim=1)
        return added + share * shown
