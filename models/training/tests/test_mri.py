"""Phases of training slices against what they say of themselves."""

import math

import numpy as np
import torch

import mri


def test_a_jump_is_a_phase_of_its_own_for_bright_tissue():
    magnitude = torch.tensor([[0.0, 1.2]])  # far from every level, on either side
    heights = []
    for seed in range(200):
        dark, bright = mri.jumping_phase(np.random.default_rng(seed), magnitude)[0].tolist()
        assert abs(dark) <= math.pi and abs(bright) <= math.pi
        assert bright * dark >= 0 and abs(bright) >= abs(dark)
        heights.append(bright)
    assert min(heights) < -0.8 * math.pi and max(heights) > 0.8 * math.pi
    assert abs(np.mean(heights)) < 0.5  # uniform about 0: standard error 0.13


def test_a_jump_follows_the_magnitude_within_its_width():
    magnitude = torch.linspace(0, 1.2, 500)[None]
    for seed in range(50):
        phase = mri.jumping_phase(np.random.default_rng(seed), magnitude)[0]
        steps = phase.diff()
        assert (steps >= 0).all() or (steps <= 0).all()
        # steepest, height / (4 width), where the level is
        level = np.random.default_rng(seed).uniform(0.1, 0.9)
        assert abs(float(magnitude[0, int(steps.abs().argmax())]) - level) < 0.02


def test_a_fifth_of_the_slices_jumps(monkeypatch):
    jumps = []
    made = mri.jumping_phase
    monkeypatch.setattr(mri, "jumping_phase", lambda *given: jumps.append(1) or made(*given))
    random = np.random.default_rng(3)
    patch = torch.linspace(0, 1, 64).reshape(8, 8)
    for _ in range(1000):
        assert mri.finish(patch, random).shape == (2, 8, 8)
    assert 160 < len(jumps) < 240  # 200 and three standard deviations


def test_a_jump_turns_the_bright_and_leaves_the_magnitude(monkeypatch):
    patch = torch.linspace(0, 1.2, 64).reshape(8, 8)
    made = {}
    for share in (0, 1):
        monkeypatch.setattr(mri, "JUMPING", share)
        made[share] = [mri.finish(patch, np.random.default_rng(seed)) for seed in range(20)]
    for plain, jumped in zip(made[0], made[1]):
        torch.testing.assert_close(jumped.norm(dim=0), plain.norm(dim=0))
        assert (jumped - plain).abs().max() > 1e-3


def test_one_magnitude_whatever_the_phase():
    magnitude = torch.rand(16, 16, generator=torch.Generator().manual_seed(1))
    phase = mri.random_phase(np.random.default_rng(1), magnitude.shape)
    torch.testing.assert_close(mri.with_phase(magnitude, phase).norm(dim=0), magnitude)
