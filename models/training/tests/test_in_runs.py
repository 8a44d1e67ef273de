"""Training in runs: scans in PyTorch, the data step and its derivative, what a run is made of."""

import numpy as np
import pytest
import torch

from guided import ct_operator, mri_operator
from guided.data_step import ErrorMetric, curvature, descend, dots, mended, repeated
from guided.in_runs import look_ahead
from support import images

PARALLEL = dict(geometry="parallel", views=7, arc=180.0, startAngle=12.0, detectorOffset=1.1)
FAN = dict(geometry="fan", views=7, arc=360.0, startAngle=12.0, sourceToAxis=80.0, sourceToDetector=130.0, detectorPitch=2.0)
SHAPE = dict(air=0.5, edges=1.4, detail=0.5)


def ct(scanner=PARALLEL, size=32):
    clean = images(2, 1, size, size).abs()
    return ct_operator.CtOperator(clean, 1.3, scanner, {"photons": 1e5}, 0, np.random.default_rng(0))


def mri(lines=True, size=32):
    random = np.random.default_rng(0)
    maps = mri_operator.normalised(torch.complex(*images(2, 3, size, size, seed=3)))
    mask = (torch.rand(size, 1 if lines else size, generator=torch.Generator().manual_seed(1)) < 0.5).float().expand(size, size)
    return mri_operator.scanned(images(2, 2, size, size), maps, maps, mask, lines, 0.1, random)


@pytest.mark.parametrize("scanner", [PARALLEL, FAN])
def test_projections_keep_the_area_and_their_transpose_is_theirs(scanner):
    operator = ct(scanner)
    x, y = images(32 * 32, 1), images(len(operator.a), 1, seed=4)
    assert torch.allclose((operator.a @ x * y).sum(), (operator.at @ y * x).sum(), rtol=1e-4)
    # a view of a parallel beam has the area of the image, in pixels
    if scanner is PARALLEL:
        views = (operator.a @ torch.ones(32 * 32, 1)).reshape(7, -1).sum(1)
        assert torch.allclose(views, torch.full((7,), 32.0 * 32), rtol=0.03)


@pytest.mark.parametrize("scanner", [PARALLEL, FAN])
def test_what_is_simulated_of_a_smooth_image_is_what_the_operator_gives(scanner):
    at = (torch.arange(64) - 31.5) / 12
    clean = (-(at[:, None] ** 2) - (at[None] - 0.4) ** 2).exp()[None, None]
    a, _ = ct_operator.matrix(64, 1.3, **scanner)
    wanted = a @ clean.reshape(-1, 1)
    assert torch.allclose(ct_operator.simulated(clean, 1.3, scanner, len(a) // 7), wanted, atol=0.01 * float(wanted.max()))


def test_a_ray_through_a_disc_is_as_long_as_its_chord():
    size, radius = 128, 40.0
    at = torch.arange(size) - (size - 1) / 2
    disc = ((at[:, None] ** 2 + at[None] ** 2) < radius**2).float()
    for scanner in (dict(geometry="parallel"), dict(geometry="fan", sourceToAxis=300.0, sourceToDetector=450.0)):
        a, _ = ct_operator.matrix(size, 1.0, **scanner, views=5, arc=180.0, startAngle=3.0)
        longest = (a @ disc.reshape(-1, 1)).reshape(5, -1).amax(1)
        assert torch.allclose(longest, torch.full((5,), 2 * radius), rtol=0.02)


@pytest.mark.parametrize("lines", [True, False])
def test_coils_of_a_mask_give_the_normal_operator_of_the_definition(lines):
    operator = mri(lines)
    z = operator.inside(images(2, 2, 32, 32, seed=5))
    full = torch.fft.fft2(operator.maps * z[:, None], norm="ortho") * operator.mask
    wanted = (operator.maps.conj() * torch.fft.ifft2(full, norm="ortho")).sum(1)
    assert torch.allclose(operator.normal(z), wanted, atol=1e-5)


def test_the_wavelet_transform_is_orthonormal_and_comes_back():
    x = images(2, 64, 96)
    c = mri_operator.analysed(x, 3)
    assert torch.allclose(c.square().sum(), x.square().sum(), rtol=1e-5)
    assert torch.allclose(mri_operator.synthesised(c, 3), x, atol=1e-5)
    smooth = torch.ones(1, 64, 64)
    assert mri_operator.analysed(smooth, 3)[0, 8:, 8:].abs().max() < 1e-5


@pytest.mark.parametrize("make, quadrature", [(ct, 1.0), (mri, 0.3)])
def test_the_metric_is_that_of_its_definition(make, quadrature):
    operator = make()
    image = operator.inside(images(2, 1 if make is ct else 2, 32, 32, seed=6))
    metric = ErrorMetric(image, **SHAPE, quadrature=quadrature)
    p, q = (operator.inside(images(2, 1 if make is ct else 2, 32, 32, seed=s)) for s in (7, 8))
    assert torch.allclose(dots(metric.apply(p), q), dots(p, metric.transpose(q)), rtol=1e-3, atol=1e-3)
    dark = ErrorMetric(0 * image, air=0.5, edges=1.0, detail=1.0, quadrature=quadrature)
    assert torch.allclose(dark.apply(p), 0.5 * p)
    bright = ErrorMetric(0 * image + 1, air=0.5, edges=1.0, detail=1.0, quadrature=quadrature)
    wanted = torch.complex(p.real, quadrature * p.imag) if p.is_complex() else p
    assert torch.allclose(bright.apply(p), wanted, atol=1e-5)


def test_curvature_is_the_gradient_s_normal_operator():
    u = images(1, 5, 6)
    padded = torch.nn.functional.pad(u[None], (1, 1, 1, 1), mode="replicate")[0]
    neighbours = padded[:, :-2, 1:-1] + padded[:, 2:, 1:-1] + padded[:, 1:-1, :-2] + padded[:, 1:-1, 2:]
    assert torch.allclose(curvature(u), 4 * u - neighbours, atol=1e-5)


@pytest.mark.parametrize("make, pull", [(ct, 0.0), (mri, 0.0), (mri, 0.2)])
def test_the_data_step_solves_its_system_and_has_the_derivative_of_it(make, pull):
    operator = make()
    channels = 1 if make is ct else 2
    d = images(2, channels, 32, 32, seed=9).requires_grad_(True)
    rounds = 400 if pull == 0 and make is ct else 60
    found = mended(d, operator, None, rounds, pull)
    left = operator.backprojection - operator.normal(operator.inside(found.detach()))
    left = left + pull * operator.inside(d.detach() - found.detach())
    scale = operator.backprojection.abs().max()
    assert left.abs().max() < (0.03 if make is ct else 1e-4) * scale
    # the derivative in a direction, where CG has come to its end and x is linear in d
    if make is mri and pull > 0:
        v, w = images(2, channels, 32, 32, seed=10), images(2, channels, 32, 32, seed=11)
        moved = mended(d.detach() + v, operator, None, rounds, pull)
        found.backward(w)
        assert torch.allclose(((moved - found.detach()) * w).sum(), (d.grad * v).sum(), rtol=1e-3)


@pytest.mark.parametrize("make, quadrature", [(ct, 1.0), (mri, 0.3)])
def test_the_polynomial_of_cg_is_kept_and_the_derivative_takes_it_and_the_metric_as_found(make, quadrature):
    operator, channels, pull = make(), 1 if make is ct else 2, 0.2
    r = operator.inside(images(2, channels, 32, 32, seed=12))
    solution, steps = descend(operator.normal, r, 5)
    assert torch.allclose(repeated(operator.normal, r, steps), solution)
    # Jᵀw = w - N M (MᵀNM + c)⁻¹ Mᵀ w where CG has come to its end
    d, w = images(2, channels, 32, 32, seed=9).requires_grad_(True), images(2, channels, 32, 32, seed=11)
    mended(d, operator, {**SHAPE, "quadrature": quadrature}, 200, pull).backward(w)
    metric = ErrorMetric(operator.inside(d.detach()), **SHAPE, quadrature=quadrature)

    def hessian(p):
        return metric.transpose(operator.normal(metric.apply(p))) + pull * p

    held = metric.apply(descend(hessian, metric.transpose(operator.inside(w)), 200)[0])
    wanted = w - operator.outside(operator.normal(held))
    assert torch.allclose(d.grad, wanted, atol=1e-3 * float(wanted.abs().max()))


def test_edges_weigh_more_and_flat_places_less():
    image = torch.zeros(1, 1, 32, 32) + 0.5
    image[..., 16:] = 1.0
    metric = ErrorMetric(image, air=0.5, edges=1.4, detail=1.0)
    w = metric.weigh(torch.ones_like(image))[0, 0, 16]
    assert w[4] == pytest.approx(1.4**-0.5) and w[16] == pytest.approx(1.4**0.5)


def test_the_look_ahead_is_that_of_dds():
    assert look_ahead((), 0.2, 0.1) == 0.0
    assert look_ahead((0.2,), 0.2, 0.1) == 0.5
    assert look_ahead((0.4,), 0.2, 0.15) == pytest.approx(np.log(0.2 / 0.15) / (2 * np.log(2)))
    assert look_ahead((0.4,), 0.2, 0.05) == 0.5
