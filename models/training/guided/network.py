"""The guided network F(x, condition, c_noise): the U-Net of model.py that sees the guide beside the noisy image.

    x          [N, C, H, W]   c_in x_noisy
    condition  [N, C, H, W]   c, in the prior's range; zeros where there is no guide
    c_noise    [N]            ln(sigma) / 4
    -> f       [N, C, H, W]

The names of its layers are those of the U-Net, so that a training can begin with the weights of an unguided one: the stem's weights for c
are then 0, and the network is that one.
"""

import torch

from model import SIGMA_DATA, UNet


class Guided(UNet):
    def forward(self, x, condition, c_noise):
        return super().forward(torch.cat([x, condition / SIGMA_DATA], dim=1), c_noise)
