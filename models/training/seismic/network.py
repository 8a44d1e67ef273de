"""The guided network F(x, condition, c_noise): the U-Net of model.py, and inside the graph the scaling of what it is given and a blend.

    x          [N, 1, H, W]   c_in (x_noisy - g1); 0 at the start, where nothing but the guides is known
    condition  [N, 5, H, W]   m y, m, g1, g2, g3 in the gained range (root mean square 0.25); README.md
    c_noise    [N]            ln(sigma) / 4
    -> f       [N, 1, H, W]

H (traces) and W (samples) are multiples of `size_multiple`. The U-Net sees x; m y / 0.25; m; g1 / 0.25; (g2 - g1) / 0.1; (g3 - g1) / 0.1.
Its four planes r, a1, a2, a3 make

    f = r + a1 g1 / 0.25 + a2 (g2 - g1) / 0.1 + a3 (g3 - g1) / 0.1,

so that it need not learn to multiply: how far to trust a guide, and where another one is better, are planes of their own.
"""

import torch
from torch import nn

from model import UNet

SIGMA_DATA = 0.1  # of the residual x0 - g1
LOUDNESS = 0.25  # root mean square of a gained section


class Guided(nn.Module):
    def __init__(self, **config):
        super().__init__()
        self.unet = UNet(**config)
        self.config = self.unet.config
        self.size_multiple = self.unet.size_multiple

    def forward(self, x, condition, c_noise):
        y, live, first, second, third = condition.split(1, dim=1)
        seen = (x, y / LOUDNESS, live, first / LOUDNESS, (second - first) / SIGMA_DATA, (third - first) / SIGMA_DATA)
        added, *shares = self.unet(torch.cat(seen, dim=1), c_noise).split(1, dim=1)
        return added + sum(share * seen[k] for share, k in zip(shares, (3, 4, 5)))
