"""Adaptation of seismic-2d to a survey: what is read, what the network is shown, and which weights are taken."""

import struct

import numpy as np
import pytest
import torch

from seismic import adapt, masks
from seismic.network import Guided
from seismic.survey import read_survey
from test_seismic import plane_wave

SMALL = dict(images=1, conditions=5, outputs=4, channels=[8, 8], down=[1], bottom=1, up=[1], embedding=16)


def gappy(seed=1, missing=0.4):
    section = plane_wave(0.6) + plane_wave(-0.9, frequency=0.08)
    live = masks.random_mask(np.random.default_rng(seed), len(section), missing)
    return np.where(live[:, None], section, 0).astype(np.float32), live


def write_segy(path, traces, codes, inlines):
    """Big-endian IEEE floats, revision 0."""
    binary = bytearray(400)
    binary[20:22], binary[24:26] = struct.pack(">H", traces.shape[1]), struct.pack(">H", 5)
    out = bytearray(b" " * 3200) + binary
    for trace, code, inline in zip(traces, codes, inlines):
        header = bytearray(240)
        header[28:30], header[188:192] = struct.pack(">h", code), struct.pack(">i", inline)
        out += header + trace.astype(">f4").tobytes()
    path.write_bytes(out)


def test_arrays_and_segy_files_are_read_with_what_is_missing(tmp_path):
    section, live = gappy()
    np.savez(tmp_path / "a.npz", data=section[None] + 1, mask=live[None])
    np.save(tmp_path / "b.npy", section)
    ((masked, alive),) = read_survey(tmp_path / "a.npz")
    assert (alive == live).all() and not masked[~live].any() and np.allclose(masked[live], section[live] + 1)
    ((_, alive),) = read_survey(tmp_path / "b.npy")
    assert (alive == live).all()
    codes = np.where(np.arange(48) == np.flatnonzero(live)[3], 2, 1)
    write_segy(tmp_path / "c.sgy", section, codes, [7] * 20 + [8] * 28)
    first, second = read_survey(tmp_path / "c.sgy", 189)
    assert len(first[0]) == 20 and len(second[0]) == 28
    whole = np.concatenate([first[1], second[1]])
    assert (whole == (live & (codes == 1))).all()
    np.testing.assert_array_equal(np.concatenate([first[0], second[0]])[whole], section[whole])
    (tmp_path / "d.sgy").write_bytes((tmp_path / "c.sgy").read_bytes()[:-7])
    for name in ("d.sgy", "e.txt"):
        with pytest.raises((ValueError, OSError)):
            read_survey(tmp_path / name)


def test_what_the_network_is_shown_depends_on_no_hidden_and_no_missing_trace():
    section, live = gappy()
    left = masks.held_back(live, np.random.default_rng(2))[0]
    order = ["slope", "linear", "pocs"]
    shown = adapt.hidden_sample(section, live, left, order)
    spoilt = adapt.hidden_sample(np.where(left[:, None], section, 77).astype(np.float32), live, left, order)
    np.testing.assert_array_equal(shown["condition"], spoilt["condition"])
    np.testing.assert_array_equal(shown["gain"], spoilt["gain"])
    assert (shown["hidden"] == (live & ~left)).all() and shown["hidden"].any()
    np.testing.assert_allclose((shown["truth"] * shown["gain"])[shown["hidden"]], section[shown["hidden"]], atol=1e-5)


def test_traces_kept_back_are_in_no_draw_and_weights_that_predict_them_best_are_taken():
    lines = [gappy()]
    random = np.random.default_rng(3)
    train, look = adapt.samples_of(lines, random, 3)
    assert len(look) == 1 and 1 <= len(train) <= 3
    for sample in train:
        assert not sample["condition"][1][look[0]["hidden"]].any() and not (sample["hidden"] & look[0]["hidden"]).any()
    torch.manual_seed(0)
    best, step, curve = adapt.adapted(Guided(**SMALL), train, look, random, steps=24, rate=2e-3, tell=lambda _: None)
    assert sorted(curve) == [0, 20, 24] and curve[step] == max(curve.values())
    # an untrained network is its first guide; the returned one is that of its step
    assert curve[0] == pytest.approx(adapt.decibels(None, look, False))
    assert adapt.decibels(best, look) == pytest.approx(curve[step])


def test_too_few_live_traces_give_nothing_to_adapt_to():
    section, _ = gappy()
    live = np.zeros(len(section), bool)
    live[:8] = True
    assert adapt.samples_of([(section, live)], np.random.default_rng(1), 2) == ([], [])
