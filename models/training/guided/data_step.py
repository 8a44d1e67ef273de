"""The data step of a run of `dds`, for networks that are trained on what it leaves.

    xhat = d + M q(MᵀAᴴA M + c) Mᵀ Aᴴ(y - A d)        q: so many rounds of CG from 0

as src/solvers/data-step.ts without a regulariser, M of src/solvers/error-metric.ts, one CG step length a slice. Its derivative takes q and
M as they were found: J = I - M q Mᵀ AᴴA, so Jᵀ is as much work as the step itself.

An operator has `inside(planes)`, `outside(image)` (from [N, C, H, W] to what it works on, and back), `normal(image)` (AᴴA) and
`backprojection` (Aᴴy). Images inside are [N, 1, H, W], real, or [N, H, W], complex.
"""

import torch
from torch.nn import functional as F

DIFFUSION = 0.2  # a step of blur
# as operators/place-metric (real images) and operators/phase-metric (complex ones)
TISSUE, EDGE, EDGE_OF_PHASE, ROUGH = 0.15, 0.015, 0.03, 0.01
TO_EDGE, TO_AIR, REACH = 2, 2, 1  # steps of blur: what an edge stands out from, from there to what is air, and the reach of an edge


def curvature(u):
    """∇ᵀ∇u in the slice, forward differences, nothing beyond the border: [..., H, W]."""
    if u.is_complex():
        return torch.complex(curvature(u.real), curvature(u.imag))
    out = torch.zeros_like(u)
    for axis in (-2, -1):
        step = u.diff(dim=axis)
        pad = [0, 0, 1, 1] if axis == -2 else [1, 1]
        out = out - F.pad(step, pad).diff(dim=axis)
    return out


def blurred(u, steps):
    for _ in range(steps):
        u = u - DIFFUSION * curvature(u)
    return u


class White:
    """M = 1."""

    def apply(self, p):
        return p

    transpose = apply


class ErrorMetric:
    """M = B K of an image d: K smooths, B weighs places (real images) or places and phases (complex ones)."""

    def __init__(self, d, *, air, edges, detail, quadrature=1.0):
        self.k = (1 - detail) / 8
        self.scale = (1 - 8 * self.k + 20 * self.k**2) ** -0.5
        flat = edges**-0.5
        if not d.is_complex():
            wide = blurred(d, TO_EDGE)
            rough = blurred((d - wide).square(), REACH).clamp(0, EDGE**2) / EDGE**2
            dark = blurred(wide, TO_AIR).clamp(0, TISSUE) / TISSUE
            w = (air + (1 - air) * dark) * flat * (1 + (edges - 1) * rough)
            self.weigh = lambda p: w * p
            return
        wide = blurred(d, TO_EDGE)
        g = blurred(wide, TO_AIR)
        g = g / g.abs().clamp(min=TISSUE)
        h = g.conj() * (d - wide)
        a = blurred(h.real.square() / EDGE_OF_PHASE**2, REACH).clamp(0, 1)
        b = blurred(h.imag.square() / ROUGH**2, REACH).clamp(0, 1)
        whole = 1 + (edges - 1) * a
        along, across = flat - air, flat * quadrature - air + flat * (1 - quadrature) * b

        def weigh(p):
            turned = g.conj() * p
            return whole * (air * p + g * torch.complex(along * turned.real, across * turned.imag))

        self.weigh = weigh

    def smooth(self, p):
        return self.scale * (p - self.k * curvature(p))

    def apply(self, p):
        return self.weigh(self.smooth(p))

    def transpose(self, p):
        return self.smooth(self.weigh(p))


def dots(a, b):
    """Re⟨a, b⟩ of every slice, to be multiplied with images."""
    product = (a.conj() * b).real if a.is_complex() else a * b
    return product.flatten(1).sum(1).reshape(-1, *[1] * (a.ndim - 1))


def descend(hessian, r, rounds):
    """(q(H) r after so many rounds of CG from 0, the coefficients that are q)."""
    solution, p, rr, steps = torch.zeros_like(r), r, dots(r, r), []
    for _ in range(rounds):
        hp = hessian(p)
        alpha = rr / dots(p, hp).clamp(min=1e-30)
        solution, r = solution + alpha * p, r - alpha * hp
        before, rr = rr, dots(r, r)
        beta = rr / before.clamp(min=1e-30)
        steps.append((alpha, beta))
        p = r + beta * p
    return solution, steps


def repeated(hessian, r, steps):
    """q(H) r of another r."""
    solution, p = torch.zeros_like(r), r
    for alpha, beta in steps:
        solution, r = solution + alpha * p, r - alpha * hessian(p)
        p = r + beta * p
    return solution


class Mended(torch.autograd.Function):
    """xhat of d [N, C, H, W]."""

    @staticmethod
    def forward(ctx, d, operator, shape, rounds, pull):
        image = operator.inside(d.detach())
        metric = ErrorMetric(image, **shape) if shape else White()

        def hessian(p):
            out = metric.transpose(operator.normal(metric.apply(p)))
            return out + pull * p if pull else out

        right = metric.transpose(operator.backprojection - operator.normal(image))
        correction, steps = descend(hessian, right, rounds)
        ctx.kept = operator, metric, hessian, steps
        return operator.outside(image + metric.apply(correction))

    @staticmethod
    def backward(ctx, gradient):
        operator, metric, hessian, steps = ctx.kept
        g = operator.inside(gradient)
        held = metric.apply(repeated(hessian, metric.transpose(g), steps))
        return operator.outside(g - operator.normal(held)), None, None, None, None


def mended(d, operator, shape, rounds, pull=0.0):
    """xhat of d; `shape`: air, edges, detail, quadrature of the error, None where it is white; `pull`: c = 1/gamma."""
    return Mended.apply(d, operator, shape, rounds, pull)
