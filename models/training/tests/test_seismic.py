"""Seismic training data: masks, gain, guides and generator against closed forms and what they say of themselves."""

import numpy as np
import pytest
from scipy.interpolate import interp1d

from seismic import gain, generate, guides, masks, pocs, samples

KINDS = list(masks.KINDS)


def random_section(traces=40, length=80, seed=1):
    return np.random.default_rng(seed).standard_normal((traces, length)).astype(np.float32)


def plane_wave(slope, traces=48, length=160, frequency=0.06, phase=0.3):
    """A wave packet along t = p x, smooth enough for cubic convolution; and the same in closed form anywhere."""
    x, t = np.arange(traces)[:, None], np.arange(length)[None, :]
    time = t - slope * (x - traces / 2) - length / 2
    return (np.cos(2 * np.pi * frequency * time + phase) * np.exp(-0.5 * (time / 14) ** 2)).astype(np.float32)


def decibels(truth, estimate):
    return 10 * np.log10((truth**2).sum() / ((truth - estimate) ** 2).sum())


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_mask_has_live_and_missing_traces(kind):
    random = np.random.default_rng(3)
    for traces in (24, 60, 96):
        drawn = [masks.draw(random, traces, kind)[1] for _ in range(100)]
        assert all(live.any() and live.shape == (traces,) for live in drawn)
        assert np.mean([not live.all() for live in drawn]) > 0.99


def test_a_random_mask_misses_its_share_and_a_gap_its_width():
    random = np.random.default_rng(0)
    for missing in (0.1, 0.3, 0.5, 0.7, 0.9):
        assert (~masks.random_mask(random, 200, missing)).sum() == round(200 * missing)
    for width in (2, 20, 40):
        live = masks.gap(random, 96, width)
        assert masks.runs(live) == [(int(np.argmin(live)), width)] and live[0] and live[-1]


def test_of_a_regular_mask_every_second_live_trace_is_held_back():
    live = masks.regular(60, 3, 1)
    kept = masks.held_back(live, np.random.default_rng(0))
    assert [masks.period_of(left) for left in kept] == [6, 6]
    assert not (kept[0] & kept[1]).any() and ((kept[0] | kept[1]) == live).all()


def test_of_a_gap_gaps_of_its_width_are_held_back_one_at_a_time():
    live = np.ones(96, bool)
    live[40:60] = False
    for left in masks.held_back(live, np.random.default_rng(0)):
        assert not (left & ~live).any() and (live & ~left).sum() == 20
        along = left[live]  # counted along the live traces it is one gap
        assert [length for _, length in masks.runs(along)] == [20]


def test_what_is_held_back_at_random_has_the_lengths_of_what_is_missing():
    random = np.random.default_rng(5)
    live = masks.random_mask(random, 400, 0.5)
    lengths = {length for _, length in masks.runs(live)}
    (left,) = masks.held_back(live, random)
    hidden = [length for _, length in masks.runs(left[live])]
    assert set(hidden) <= lengths
    assert abs((live & ~left).sum() - 0.15 * live.sum()) <= max(lengths)


def test_the_gain_is_undone_exactly_and_knows_only_live_traces():
    section = random_section() * np.exp(-np.arange(80) / 8)[None]  # falls by 87 dB
    live = masks.random_mask(np.random.default_rng(2), 40, 0.6)
    G = gain.gain_of(section, live)
    assert (G > 0).all()
    np.testing.assert_allclose((section / G) * G, section, rtol=1e-6)
    other = np.where(live[:, None], section, 1e6)
    np.testing.assert_array_equal(gain.gain_of(other, live), G)


def test_the_gain_of_a_uniform_section_is_its_loudness():
    section = np.full((30, 200), 3.0)
    live = masks.gap(np.random.default_rng(0), 30, 12)
    np.testing.assert_allclose(gain.gain_of(section, live), 3.0 / gain.RMS, rtol=1e-12)
    np.testing.assert_array_equal(gain.gain_of(section * 0, live), 1.0)


def test_the_gain_against_its_formula():
    section, live = random_section(12, 30), masks.regular(12, 2)
    G = gain.gain_of(section, live, traces=2.0, samples=5)
    k, t = 5, 11
    weight = np.maximum(0, 5 - np.abs(np.arange(30) - t))
    power = (weight * section.astype(float) ** 2).sum(1) / weight.sum()
    near = np.where(live, np.exp(-0.5 * ((np.arange(12) - k) / 2.0) ** 2), 0)
    assert G[k, t] == pytest.approx(np.sqrt((near * power).sum() / near.sum()) / gain.RMS, rel=1e-9)


@pytest.mark.parametrize("name", list(guides.GUIDES))
def test_a_guide_keeps_live_traces_and_sees_no_missing_one(name):
    guide, section = guides.GUIDES[name], random_section()
    live = masks.random_mask(np.random.default_rng(7), 40, 0.5)
    estimate = guide(np.where(live[:, None], section, 0), live)
    np.testing.assert_array_equal(estimate[live], section[live])
    np.testing.assert_array_equal(guide(np.where(live[:, None], section, 9), live), estimate)


@pytest.mark.parametrize("name", list(guides.GUIDES))
def test_a_guide_does_not_mind_direction_and_sign(name):
    guide, section = guides.GUIDES[name], plane_wave(0.7) + 0.1 * random_section(48, 160)
    live = masks.random_mask(np.random.default_rng(8), 48, 0.4)
    y = np.where(live[:, None], section, 0)
    estimate = guide(y, live)
    np.testing.assert_allclose(guide(-y, live), -estimate, atol=1e-5)
    if name != "pocs":  # its thresholds cut between equal values by rounding
        np.testing.assert_allclose(guide(y[::-1], live[::-1])[::-1], estimate, atol=1e-3)


def test_linear_against_scipy():
    section = random_section()
    live = masks.random_mask(np.random.default_rng(9), 40, 0.6)
    places = np.flatnonzero(live)
    ends = (section[places[0]], section[places[-1]])
    expected = interp1d(places, section[places], axis=0, bounds_error=False, fill_value=ends)(np.arange(40))
    np.testing.assert_allclose(guides.linear(section, live), expected, atol=1e-5)


@pytest.mark.parametrize("slope", [0.0, 0.4, -1.3, 3.0, -5.0])
@pytest.mark.parametrize("missing", ["half", "every second", "gap"])
def test_slopes_carry_a_plane_wave_across_what_is_missing(slope, missing):
    section = plane_wave(slope, length=480)
    live = np.ones(48, bool)
    if missing == "half":
        live[np.random.default_rng(1).permutation(np.arange(2, 46))[:24]] = False
    elif missing == "every second":
        live[1:-1:2] = False
    else:
        live[20:28] = False
    y = np.where(live[:, None], section, 0)
    error = ((section - guides.slope(y, live)) ** 2).sum()
    assert error < 0.04 * (section[~live] ** 2).sum()


def test_along_known_slopes_interpolation_is_that_of_cubic_convolution():
    """On cubics of t - p x Keys' kernel is exact to third order, on parabolas exactly."""
    x, t = np.arange(12)[:, None], np.arange(60)[None, :]
    section = (((t - 0.37 * x - 30) / 30.0) ** 2).astype(np.float32)
    live = masks.regular(12, 3)
    estimate = guides.along(section, live, np.full(section.shape, 0.37))
    np.testing.assert_allclose(estimate[:, 10:50], section[:, 10:50], atol=1e-5)


def test_pocs_undoes_the_alias_of_a_regular_mask():
    """A plane wave from every second trace. Without weights the alias is as large as the wave, and half of either remains: 3 dB."""
    section, live = plane_wave(1.5, traces=64, length=256, frequency=0.16), masks.regular(64, 2)
    y = np.where(live[:, None], section, 0)
    assert decibels(section, guides.linear(y, live)) < 4
    assert decibels(section, pocs.pocs(y, live, weighted=False)) == pytest.approx(10 * np.log10(2), abs=0.1)
    assert decibels(section, pocs.pocs(y, live)) > 10


def test_guides_are_sorted_by_what_was_held_back():
    section = plane_wave(2.0) * 0.25
    live = masks.regular(48, 2)
    y = np.where(live[:, None], section, 0)
    stacked, order, errors = samples.guided(y, live, np.random.default_rng(0))
    assert order[0] == "slope" and errors == sorted(errors)  # with a gain of 1
    np.testing.assert_array_equal(stacked[0], guides.slope(y, live))


def test_generated_sections_are_finite_loud_and_repeatable():
    made = [generate.section(np.random.default_rng(seed), 48, 96) for seed in range(40)]
    for seed, section in enumerate(made):
        assert section.shape == (48, 96) and np.isfinite(section).all()
        assert np.sqrt((section.astype(float) ** 2).mean()) == pytest.approx(1, rel=1e-3)
        np.testing.assert_array_equal(section, generate.section(np.random.default_rng(seed), 48, 96))


def test_spikes_lie_where_they_were_put():
    spikes = np.zeros((3, 4 * 20))
    generate.put(spikes, np.arange(3), np.array([5.0, 7.1, 30.0]), np.array([1.0, 2.0, 1.0]))
    assert spikes[0, 20] == 1 and spikes[2].sum() == 0
    assert (spikes[1] * np.arange(80)).sum() / 2 / 4 == pytest.approx(7.1)


def test_the_network_sees_nothing_of_missing_traces_and_padding_changes_nothing_near():
    import torch

    from seismic.network import Guided
    from seismic.plane import condition_of
    from support import images, randomised

    truth, live = random_section(64, 64), masks.regular(64, 2)
    stacked = np.stack([guides.linear(truth, live)] * 3)
    other = np.where(live[:, None], truth, 5)
    np.testing.assert_array_equal(condition_of(truth, stacked, live), condition_of(other, stacked, live))
    network = randomised(Guided(images=1, conditions=5, outputs=4, channels=[8, 8], down=[1], bottom=1, up=[1]))
    x, condition = images(1, 1, 64, 64), torch.from_numpy(condition_of(truth, stacked, live))[None]
    level = torch.tensor([0.1])
    wide = network(torch.nn.functional.pad(x, (0, 64, 0, 64)), torch.nn.functional.pad(condition, (0, 64, 0, 64)), level)
    narrow = network(x, condition, level)
    torch.testing.assert_close(wide[..., :16, :16], narrow[..., :16, :16])
