"""The networks of the published DDS2M in PyTorch, for dds2m-published.py and bench/peers/dds2m_torch.py.

`parameter(shape, bound, value)` makes every parameter, in the order in which the program makes them: of one value, or uniform within the bound.
"""

import math

import torch
import torch.nn.functional as F


class Hourglass:
    """Layers are made in the first forward pass; `shape` has channels, kernels, skips, attention (lists) and attentionKernel."""

    def __init__(self, shape, parameter):
        self.shape, self.parameter = shape, parameter
        self.made, self.at = [], 0

    def weight(self, out, into, kernel):
        return self.parameter((out, into, kernel, kernel), 1 / math.sqrt(into * kernel * kernel), None)

    def take(self, make):
        if self.at == len(self.made):
            self.made.append(make())
        self.at += 1
        return self.made[self.at - 1]

    def conv(self, x, out, kernel):
        w = self.take(lambda: self.weight(out, x.shape[1], kernel))
        return F.conv2d(F.pad(x, (kernel // 2,) * 4, "reflect") if kernel > 1 else x, w)

    def norm(self, x):
        a = self.take(lambda: self.parameter((1, x.shape[1], 1, 1), None, 1))
        b = self.take(lambda: self.parameter((1, x.shape[1], 1, 1), None, 0))
        return F.batch_norm(x, None, None, a.reshape(-1), b.reshape(-1), training=True)

    def act(self, x):
        return F.leaky_relu(self.norm(x), 0.2)

    def block(self, x, out, kernel):
        return self.act(self.conv(x, out, kernel))

    def attention(self, x):
        c = x.shape[1]
        few, side = max(1, c // 16), self.shape["attentionKernel"]
        inner, outer = self.take(lambda: self.weight(few, c, 1)), self.take(lambda: self.weight(c, few, 1))
        through = lambda v: F.conv2d(F.relu(F.conv2d(v, inner)), outer)
        out = x * torch.sigmoid(through(F.adaptive_max_pool2d(x, 1)) + through(F.adaptive_avg_pool2d(x, 1)))
        pixels = torch.cat([out.max(1, keepdim=True)[0], out.mean(1, keepdim=True)], 1)
        bias = self.take(lambda: self.parameter((1,), 1 / math.sqrt(2 * side * side), None))
        kernel = self.take(lambda: self.weight(1, 2, side))
        return out * torch.sigmoid(F.conv2d(pixels, kernel, bias, padding=side // 2)) + x

    def scale(self, x, n):
        out, kernel, skip = (self.shape[name][n] for name in ("channels", "kernels", "skips"))
        beside = [self.block(x, skip, 1)] if skip else []
        y = self.act(F.avg_pool2d(self.conv(x, out, kernel), 2))
        y = self.block(y, out, kernel)
        if n + 1 < len(self.shape["channels"]):
            y = self.scale(y, n + 1)
        y = F.interpolate(y, scale_factor=2, mode="bilinear", align_corners=False)
        y = self.norm(torch.cat([*beside, y], 1))
        if n in self.shape["attention"]:
            y = self.attention(y)
        return self.block(self.block(y, out, kernel), out, 1)

    def __call__(self, x):
        self.at, first = 0, self.shape["channels"][0]
        last = self.take(lambda: self.weight(1, first, 1))
        # the last layer's weights come first, its bias last
        y = self.scale(x, 0)
        bias = self.take(lambda: self.parameter((1,), 1 / math.sqrt(first), None))
        return F.conv2d(y, last, bias)


class Perceptron:
    def __init__(self, bands, hidden, parameter):
        sides = [bands, *hidden, bands]
        bounds = [1 / math.sqrt(a) for a in sides]
        self.layers = [
            (parameter((b, a), bound, None), parameter((b, 1), bound, None)) for a, b, bound in zip(sides, sides[1:], bounds)
        ]

    def __call__(self, x):
        for n, (w, b) in enumerate(self.layers):
            x = w @ x + b
            if n < len(self.layers) - 1:
                x = F.relu6(x) if n == 0 else F.relu(x)
        return x
