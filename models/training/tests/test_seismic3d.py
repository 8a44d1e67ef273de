"""Training data and network of seismic-3d: against closed forms, and what they say of themselves."""

import argparse
import math

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from model import denoise
from onnx_export import largest_difference, onnx_network
from recipe import read_recipe
from seismic import blocks, cosine, gain, guides, guides3d, masks3d, network3d, pool3d, samples3d, volumes
from seismic.export3d import trials, write_blocks
from seismic.inflate import inflated
from seismic.network import Guided
from seismic.pool import write
from support import images, randomised

KINDS = list(masks3d.KINDS)
HALF = dict(channels=[8, 8], down=[1], bottom=1, up=[1], embedding=16)
SMALL = dict(noisy=HALF, condition=HALF)


def random_volume(n1=6, n2=14, samples=40, seed=1):
    return np.random.default_rng(seed).standard_normal((n1, n2, samples)).astype(np.float32)


def plane_wave(p1, p2, n1=12, n2=24, samples=128, frequency=0.06):
    x1, x2 = np.meshgrid(np.arange(n1), np.arange(n2), indexing="ij")
    time = np.arange(samples) - p1 * (x1 - n1 / 2)[:, :, None] - p2 * (x2 - n2 / 2)[:, :, None] - samples / 2
    return (np.cos(2 * np.pi * frequency * time) * np.exp(-0.5 * (time / 12) ** 2)).astype(np.float32)


def share_missed(truth, estimate, live):
    return ((truth - estimate) ** 2).sum() / (truth[~live] ** 2).sum()


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_mask_has_live_and_missing_traces_and_what_is_held_back_lies_in_it(kind):
    random = np.random.default_rng(3)
    for n1, n2 in ((16, 40), (4, 40), (1, 40)):
        for _ in range(20):
            live = masks3d.draw(random, n1, n2, kind)[1]
            assert live.shape == (n1, n2) and live.any()
            left = masks3d.held_back(live, random)
            if left is not None:
                assert not (left & ~live).any() and (live & ~left).any() and left.any()


def test_whole_columns_are_held_back_where_columns_are_missing_and_every_second_trace_of_a_regular_grid():
    random = np.random.default_rng(0)
    columns = np.repeat((random.random(30) < 0.6)[None], 8, axis=0)
    left = masks3d.held_back(columns, random)
    assert (left == left[:1]).all()
    live = masks3d.regular(8, 24, (1, 2), (0, 0))
    live[1::2] = np.roll(live[1::2], 1, axis=1)  # no columns: the lines are staggered
    left = masks3d.held_back(live, random)
    assert all((np.diff(np.flatnonzero(line)) == 4).all() for line in left)


@pytest.mark.parametrize("name", list(guides3d.GUIDES))
def test_a_guide_keeps_live_traces_and_sees_no_missing_one(name):
    guide, volume = guides3d.GUIDES[name], random_volume()
    live = masks3d.random_mask(np.random.default_rng(7), 6, 14, 0.5)
    estimate = guide(np.where(live[:, :, None], volume, 0), live)
    np.testing.assert_array_equal(estimate[live], volume[live])
    np.testing.assert_array_equal(guide(np.where(live[:, :, None], volume, 9), live), estimate)


def test_linear_is_exact_on_planes_and_on_one_line_that_of_two_dimensions():
    x1, x2 = np.meshgrid(np.arange(8.0), np.arange(12.0), indexing="ij")
    plane = (0.3 + 0.2 * x1 - 0.1 * x2)[:, :, None] * np.ones(5)
    live = np.ones((8, 12), bool)
    live[2:6, 3:9] = False
    np.testing.assert_allclose(guides3d.linear(plane, live), plane, atol=1e-5)
    line = random_volume(1)
    alive = masks3d.random_mask(np.random.default_rng(2), 1, 14, 0.6)
    np.testing.assert_allclose(guides3d.linear(line, alive)[0], guides.linear(line[0], alive[0]), atol=1e-5)


def test_slopes_and_projections_carry_a_plane_wave_across_what_is_missing():
    live = masks3d.random_mask(np.random.default_rng(4), 12, 24, 0.5)
    truth = plane_wave(1.4, -1.9)
    y = np.where(live[:, :, None], truth, 0)
    missed = {name: share_missed(truth, guide(y, live), live) for name, guide in guides3d.GUIDES.items()}
    assert max(missed["slope"], missed["pocs"]) < 0.01 < 0.1 < missed["linear"]


def test_the_gain_of_a_volume_is_that_of_its_lines_and_knows_only_live_traces():
    volume = random_volume()
    live = masks3d.random_mask(np.random.default_rng(5), 6, 14, 0.5)
    live[3] = False
    G = samples3d.gain_of_volume(volume, live)
    np.testing.assert_allclose(G[1], gain.gain_of(volume[1], live[1]), rtol=1e-9)
    np.testing.assert_array_equal(G[3], G[2])
    np.testing.assert_array_equal(samples3d.gain_of_volume(np.where(live[:, :, None], volume, 1e6), live), G)


@pytest.mark.parametrize("make", [volumes.stacked, volumes.gather, volumes.plane_waves])
def test_generated_volumes_are_finite_loud_and_repeatable(make):
    for seed in range(6):
        cube = volumes.finished(make(np.random.default_rng(seed), 5, 12, 48), np.random.default_rng(seed))
        assert cube.shape == (5, 12, 48) and np.isfinite(cube).all()
        assert np.sqrt((cube.astype(float) ** 2).mean()) == pytest.approx(1, rel=1e-3)
        again = volumes.finished(make(np.random.default_rng(seed), 5, 12, 48), np.random.default_rng(seed))
        np.testing.assert_array_equal(cube, again)


def test_neighbouring_lines_of_generated_volumes_are_alike():
    """Most of what is in one line is in the next: volumes are no stacks of unrelated sections."""
    alike = []
    for seed in range(12):
        cube = volumes.stacked(np.random.default_rng(seed), 6, 16, 64)
        alike.append((cube[1:] * cube[:-1]).sum() / (cube**2).sum() * 6 / 5)
    assert np.median(alike) > 0.6


def test_a_swept_volume_is_the_line_where_nothing_is_drawn():
    class Still:
        """Draws that leave the line as it is: no stretch, no shift, no noise."""

        def choice(self, values, **_):
            return 1.0 if 1.0 in values else values[-1]

        def uniform(self, low, high, *_):
            return low

        def random(self, *_):
            return 0.99

        def normal(self, mean=0, deviation=1, size=None):
            return mean if size is None else np.zeros(size)

    line = random_volume(1, 60, 90)[0]
    cube = volumes.swept(Still(), line, 4, 12, 48)
    expected = line[:12, :48] / np.sqrt((line[:12, :48].astype(float) ** 2).mean())
    for part in cube:  # lines that do not move along it are all the line itself
        np.testing.assert_allclose(np.abs(part), np.abs(expected), atol=2e-3)


def test_the_cosine_schedule():
    bar = cosine.alpha_bar()
    f = lambda u: math.cos((u / 1000 + 0.008) / 1.008 * math.pi / 2) ** 2  # noqa: E731
    np.testing.assert_allclose(bar[:999], [f(t + 1) / f(0) for t in range(999)], rtol=1e-8)
    assert 1 - bar[0] == pytest.approx(4.1284e-05, rel=1e-4)
    assert (np.diff(cosine.sigmas()) > 0).all()


def halves(**config):
    return randomised(network3d.Halves(**{**SMALL, **config}))


def test_across_is_a_convolution_along_the_first_axis():
    block = randomised(network3d.Block(6, 4))
    h = images(2 * 5, 6, 8, 12)
    got = block.across(network3d.neighbours(h, 5)).unflatten(0, (2, 5)).transpose(1, 2)
    weight = block.across.weight.reshape(6, 3, 6).permute(0, 2, 1)[..., None, None]
    wanted = F.conv3d(h.unflatten(0, (2, 5)).transpose(1, 2), weight, block.across.bias, padding=(1, 0, 0))
    torch.testing.assert_close(got, wanted, atol=1e-5, rtol=1e-5)


def test_what_is_beside_a_plane_is_a_convolution_along_the_first_axis_too():
    block = randomised(network3d.WideBlock(6, 4))
    h = images(2 * 5, 6, 8, 12)
    e = torch.zeros(2, 4)
    a, b = block.film(e)[:, None, :, None, None].chunk(2, dim=2)
    middle = F.silu(block.first(h).unflatten(0, (2, 5)) * (1 + a) + b).transpose(1, 2)
    sides = block.beside.weight.reshape(6, 2, 6).permute(0, 2, 1)
    weight = torch.stack([sides[..., 0], torch.zeros_like(sides[..., 0]), sides[..., 1]], dim=2)[..., None, None]
    beside = F.conv3d(middle, weight, padding=(1, 0, 0)).transpose(1, 2).flatten(0, 1)
    wanted = h + block.second(middle.transpose(1, 2).flatten(0, 1)) + beside
    torch.testing.assert_close(block(h, e, 5), wanted, atol=1e-5, rtol=1e-5)


def test_an_inflated_network_answers_line_by_line_as_that_of_sections_does():
    """Of noise so strong that nothing but the condition is left, D is g1 and what the network of sections adds at its start."""
    sections = randomised(Guided(images=1, conditions=5, outputs=4, **HALF))
    network = network3d.Halves(**SMALL)
    network.load_state_dict(inflated(sections.state_dict(), network))
    condition = 0.25 * images(2, 4, 3, 16, 24, seed=3)
    start = torch.full((2,), math.log(network3d.START) / 4)
    f = network(images(2, 1, 3, 16, 24), condition, torch.full((2,), math.log(1e4) / 4))
    for line in range(3):
        planes = torch.cat([condition[:, :, line], condition[:, 3:, line]], dim=1)
        wanted = sections(torch.zeros(2, 1, 16, 24), planes, start)
        torch.testing.assert_close(f[:, :1, line], wanted, atol=1e-4, rtol=1e-4)
    assert f[:, 1:].abs().max() == 0


def test_an_untrained_network_gives_the_guide_where_noise_is_strong_and_what_it_is_given_where_it_is_weak():
    network = network3d.Halves(**SMALL)
    condition, u = 0.25 * images(1, 4, 3, 16, 24, seed=3), images(1, 1, 3, 16, 24)
    for sigma, wanted in ((1e4, condition[:, 2:3]), (1e-4, u)):
        d = denoise(network, u, torch.tensor([sigma]), network3d.SIGMA_DATA, condition[:, 2:3], (condition,))
        torch.testing.assert_close(d[:, :1], wanted, atol=1e-4, rtol=1e-4)


def test_the_network_is_half_of_the_noisy_block_and_half_of_the_condition():
    """f(x, c) + f(x', c') = f(x, c') + f(x', c)."""
    network = network3d.Epsilon(halves())
    x, other = images(1, 1, 3, 8, 16), images(1, 1, 3, 8, 16, seed=2)
    c, elsewhere = images(1, 5, 3, 8, 16, seed=3), images(1, 5, 3, 8, 16, seed=4)
    for t in (0.0, 130.25, 640.0, 999.0):
        at = torch.tensor([t])
        together = network(x, c, at) + network(other, elsewhere, at)
        torch.testing.assert_close(together, network(x, elsewhere, at) + network(other, c, at), atol=1e-4, rtol=1e-4)
        assert (network(x, c, at) - network(x, elsewhere, at)).abs().max() > 1e-3


def test_epsilon_gives_the_denoiser_that_was_trained():
    trained = halves()
    network = network3d.Epsilon(trained)
    clean, condition = 0.25 * images(1, 1, 3, 8, 16), 0.25 * images(1, 5, 3, 8, 16, seed=3)
    for step in (0, 40, 300, 700, 950):
        sigma = torch.tensor([cosine.sigmas()[step]], dtype=torch.float32)
        u = clean + sigma * images(1, 1, 3, 8, 16, seed=5)
        f = network(u / (1 + sigma**2).sqrt(), condition, torch.tensor([float(step)]))
        wanted = denoise(trained, u, sigma, network3d.SIGMA_DATA, condition[:, 2:3], (condition[:, :4],))[:, :1]
        torch.testing.assert_close(u - sigma * f[:, :1], wanted, atol=2e-4 * max(1.0, float(sigma)), rtol=1e-3)


def test_the_first_axis_is_as_long_as_it_is():
    network = halves()
    for n1 in (1, 2, 7):
        out = network(images(2, 1, n1, 8, 12), images(2, 4, n1, 8, 12), torch.tensor([0.1, -0.5]))
        assert out.shape == (2, 2, n1, 8, 12)


def test_the_loss_of_the_variance_is_the_divergence_of_the_reverse_step():
    generator = torch.Generator().manual_seed(1)
    sigma = torch.from_numpy(cosine.sigmas())
    for step in (1, 60, 500, 900):
        v = torch.rand(1, 1, 2, 4, 4, generator=generator) * 2 - 1
        error = sigma[step] * 0.3 * torch.randn(1, 1, 2, 4, 4, generator=generator)
        got = network3d.variance_loss(v, error.float(), torch.tensor([step]))
        high, low = sigma[step], sigma[step - 1]
        ratio = (low / high) ** 2
        least = low**2 * (1 - ratio)
        most = (high**2 - low**2) * (1 + low**2) / (1 + high**2)
        L = (most / least).log()

        def divergence(w):
            normal = torch.distributions.Normal
            p = normal((1 - ratio) * error.double(), (0.5 * (w * most.log() + (1 - w) * least.log())).exp())
            q = normal(torch.zeros_like(error.double()), least.sqrt() * torch.ones_like(error.double()))
            return torch.distributions.kl_divergence(q, p)

        wanted = ((divergence((v.double() + 1) / 2) - divergence(torch.zeros_like(v.double()))) / L**2).mean()
        assert float(got) == pytest.approx(float(wanted), rel=2e-3, abs=2e-3)
    assert float(network3d.variance_loss(v, error.float(), torch.tensor([0]))) == 0


@pytest.fixture(scope="module")
def pool(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pool")
    write(folder / "train-0000.npz", pool3d.shard(1, 0, {}, {}, count=3))
    write(folder / "validation.npz", pool3d.validation(1, {}, each=1))
    return folder


def task_of(pool, seed=1):
    recipe, modality = read_recipe("models/training/seismic-3d.recipe.json", pool)
    return modality.Task(argparse.Namespace(seed=seed, data=pool), {**recipe, "network": SMALL})


def test_samples_of_a_task_hide_what_is_missing_and_follow_the_seed(pool):
    first, again, other = task_of(pool), task_of(pool), task_of(pool, seed=2)
    differs = False
    for _ in range(12):
        a, b, c = (task.batch() for task in (first, again, other))
        torch.testing.assert_close(a.clean, b.clean, rtol=0, atol=0)
        torch.testing.assert_close(a.sigma, b.sigma, rtol=0, atol=0)
        differs = differs or a.clean.shape != c.clean.shape or not torch.equal(a.clean, c.clean)
        (condition,) = a.given
        y, live = condition[:, :1], condition[:, 1:2]
        assert a.clean.shape == y.shape == a.base.shape == a.weight.shape and condition.shape[1] == 4
        shown = live.sum((1, 2, 3, 4)) > 0
        torch.testing.assert_close(y[shown], (a.clean * live)[shown])
        torch.testing.assert_close(a.base, condition[:, 2:3])
        assert all(any(abs(s / float(level) - 1) < 1e-6 for level in first.levels) for s in a.sigma.tolist())
    assert differs


def test_two_steps_of_training_and_a_progress_line(pool, tmp_path):
    task = task_of(pool)
    network = task.network()
    optimiser = torch.optim.Adam(network.parameters(), 1e-3)
    for _ in range(2):
        batch = task.batch()
        answer = network(batch.clean - batch.base, *batch.given, batch.sigma.log() / 4)
        loss = answer[:, :1].square().mean() + task.further_loss(answer[:, 1:], answer[:, :1].detach(), batch.sigma)
        optimiser.zero_grad()
        loss.backward()
        assert all(p.grad is not None and torch.isfinite(p.grad).all() for p in network.parameters())
        optimiser.step()
    text, values = task.progress(lambda x, sigma, base, given: denoise(network, x, sigma, task.sigma_data, base, given), tmp_path, 1)
    assert text.startswith("SNR") and all(np.isfinite(row).all() for row in values["snr"].values())


def test_the_exported_network_is_the_trained_one(tmp_path):
    network = network3d.Epsilon(halves()).eval()
    write_blocks(network, tmp_path / "small.onnx")
    assert largest_difference(network, onnx_network(tmp_path / "small.onnx"), trials()) < 1e-3
