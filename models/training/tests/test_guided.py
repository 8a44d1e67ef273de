"""Guided priors: the network begins as the unguided one, draws of the pool, noise levels and what is left out."""

import json
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from data import make_slice
from guided import ct_scans, mri_scans, objects, pool, scans, slices
from guided.network import Guided
from model import SIGMA_DATA, UNet, averaged_network
from support import images, randomised
from train import take_over

SMALL = dict(channels=(8, 16), down=(1,), bottom=1, up=(1,), embedding=16)
GUIDE = {"kind": "cgls", "options": {"iterations": 12}, "planes": 1}


def test_the_weights_of_an_unguided_network_make_the_same_one_whatever_it_is_shown():
    unguided = randomised(UNet(**SMALL))
    guided = Guided(**SMALL)
    take_over(guided, unguided.state_dict())
    x, c, noise = images(2, 1, 16, 24), images(2, 1, 16, 24, seed=2), torch.tensor([-0.5, 0.3])
    assert torch.allclose(guided(x, c, noise), unguided(x, noise), atol=1e-6)
    assert guided.stem.weight[:, 1:].abs().max() == 0 and guided.head.weight[4:].abs().max() == 0


def test_the_guide_is_seen_in_units_of_sigma_data_and_a_share_of_it_added():
    guided = randomised(Guided(**SMALL))
    x, c, noise = images(2, 1, 16, 24), images(2, 1, 16, 24, seed=2), torch.tensor([-0.5, 0.3])
    planes = UNet.forward(guided, torch.cat([x, c / SIGMA_DATA], 1), noise)
    assert planes.shape == (2, 2, 16, 24)
    assert torch.allclose(guided(x, c, noise), planes[:, :1] + planes[:, 1:] * c / SIGMA_DATA)
    assert not torch.allclose(guided(x, c, noise), guided(x, 0 * c, noise), atol=1e-2)


def small_people():
    random = np.random.default_rng(0)
    stored = (random.standard_normal((6, 40, 40)) * 50).astype(np.int16)
    made = [make_slice(image, lambda v: (v + 1000) / 2000, 1.5 + 0.2 * k, -500) for k, image in enumerate(stored)]
    return {"a": made[:3], "b": made[3:]}


MODALITY = SimpleNamespace(highest=2.0, finish=lambda patch, random: patch[None])
COMPLEX = SimpleNamespace(highest=2.0, finish=lambda patch, random: torch.stack([patch, -patch]))


def first_shards(seed, count=2, modality=MODALITY, scanner=ct_scans, **more):
    made = pool.shards(small_people(), modality, scanner, {"guide": GUIDE, **more}, seed, size=32)
    return [next(made) for _ in range(count)]


def test_draws_hang_on_the_seed_alone_and_pixels_of_a_shard_are_alike():
    first, again, other = first_shards(3), first_shards(3), first_shards(4)
    for (clean, drawn), (same, same_drawn) in zip(first, again):
        assert clean.shape == (pool.IMAGES, 1, 32, 32)
        assert np.array_equal(clean, same) and drawn == same_drawn
        assert json.loads(json.dumps(drawn)) == drawn
    assert not np.array_equal(first[0][0], other[0][0])


def test_ct_scans_are_what_the_module_says():
    random = np.random.default_rng(1)
    drawn = [ct_scans.draw(random, 1.5, 256, GUIDE) for _ in range(1000)]
    simulate = [scan["simulate"] for scan in drawn]
    assert all(ct_scans.VIEWS[0] <= each["views"] <= ct_scans.VIEWS[1] and 60 <= each["arc"] <= 360 for each in simulate)
    fans = [each for each in simulate if each["geometry"] == "fan"]
    assert abs(len(fans) / 1000 - ct_scans.FAN) < 0.06
    assert all(256 * 1.5 / 2**0.5 < each["sourceToAxis"] < each["sourceToDetector"] for each in fans)
    halves = sum(scan["guide"]["options"]["iterations"] == 6 for scan in drawn)
    assert abs(halves / 1000 - scans.HALF) < 0.05
    assert not any("photons" in each and "noiseStd" in each for each in simulate)


def test_mr_scans_are_what_the_module_says():
    random = np.random.default_rng(1)
    made = [mri_scans.draw(random, 1.0, 256, GUIDE) for _ in range(1000)]
    simulate = [scan["simulate"] for scan in made]
    assert all(1 <= each["coils"] <= 12 and 2 <= each["accel"] <= 12 and each["phase"] == "none" for each in simulate)
    one = [each for each in simulate if each["coils"] == 1]
    assert abs(len(one) / 1000 - mri_scans.ONE_COIL) < 0.05 and max(each["accel"] for each in one) < 6
    along = [each for each in simulate if "trajectory" in each]
    assert abs(len(along) / 1000 - mri_scans.TRAJECTORIES) < 0.04 and not any("mask" in each for each in along)
    wound = [each for each in simulate if "spiral" in (each.get("mask"), each.get("trajectory"))]
    assert len(wound) > 50 and all(each["acs"] / 2 / mri_scans.CENTRE_GAP < 128 / each["accel"] for each in wound)
    wrong = [scan for scan in made if scan["misfit"]]
    assert abs(len(wrong) / 1000 - mri_scans.MISFIT) < 0.06
    assert all(np.shape(each["misfit"]["maps"]) == (each["simulate"]["coils"], mri_scans.WAVES, 5) for each in wrong)
    assert json.loads(json.dumps(made)) == made


def test_shards_of_complex_slices_have_both_parts():
    clean, made = first_shards(3, count=1, modality=COMPLEX, scanner=mri_scans)[0]
    assert clean.shape == (pool.IMAGES, 2, 32, 32) and np.array_equal(clean[:, 1], -clean[:, 0])
    assert len(made) == pool.SCANS and all("mask" in each["simulate"] or "trajectory" in each["simulate"] for each in made)


TRIALS = {"ct": ct_scans.VALIDATION, "mri": mri_scans.VALIDATION}


def small_pool(folder, kind="ct"):
    """A pool of random numbers, with its validation part."""
    random = np.random.default_rng(2)
    channels = 2 if kind == "mri" else 1
    for name, count in (("train-0000", 2), ("validation", len(TRIALS[kind]))):
        told = dict(images=3, channels=channels, size=[48, 48], quantum=1 / 8000, scans=[{}] * count, source="noise")
        (folder / f"{name}.json").write_text(json.dumps(told))
        for part, shape in (("clean", (3, channels, 48, 48)), ("guides", (count, 3, channels, 48, 48))):
            (folder / f"{name}.{part}.i16").write_bytes(random.integers(-8000, 8000, shape).astype("<i2").tobytes())
    return folder


def small_task(folder, monkeypatch, seed=1, kind="ct"):
    monkeypatch.setattr(slices, "SHAPES", ((4, 32), (2, 48)))
    return slices.Task(SimpleNamespace(seed=seed, data=small_pool(folder, kind)), {"images": kind, "data": {}})


def test_a_share_of_samples_has_no_guide_and_noise_levels_are_in_range(tmp_path, monkeypatch):
    task = small_task(tmp_path, monkeypatch)
    batches = [task.batch() for _ in range(300)]
    none = [bool(shown.abs().max() == 0) for batch in batches for shown in batch.given[0]]
    assert abs(np.mean(none) - slices.DROPPED) < 0.04
    sigma = torch.cat([batch.sigma for batch in batches])
    assert slices.SIGMA_MIN <= sigma.min() and sigma.max() <= slices.SIGMA_MAX and sigma.max() > 5
    again = small_task(tmp_path, monkeypatch).batch()
    assert torch.equal(batches[0].clean, again.clean) and torch.equal(batches[0].given[0], again.given[0])


def test_clean_and_guide_are_of_the_same_place_and_turned_alike(tmp_path, monkeypatch):
    folder = small_pool(tmp_path)
    stored = np.fromfile(folder / "train-0000.clean.i16", "<i2")
    (folder / "train-0000.guides.i16").write_bytes(np.concatenate([stored, stored]).astype("<i2").tobytes())
    made, random = slices.Pool(folder), np.random.default_rng(5)
    for _ in range(20):
        clean, shown, found = made.draw(random, 32)
        assert clean.shape == (1, 32, 32) and np.array_equal(clean, shown) and np.array_equal(clean, found)


def test_a_complex_slice_and_its_guide_get_the_same_phase(tmp_path, monkeypatch):
    task = small_task(tmp_path, monkeypatch, kind="mri")
    a = np.random.default_rng(4).standard_normal((2, 8, 8)).astype(np.float32)
    clean, shown = task.alike((a, 2 * a), np.random.default_rng(5))
    assert np.allclose(shown, 2 * clean, atol=1e-5) and not np.allclose(clean, a, atol=0.1)
    assert np.allclose(np.hypot(*clean), np.hypot(*a), atol=1e-5)
    batch = task.batch()
    assert batch.clean.shape == batch.given[0].shape and batch.clean.shape[1] == 2


@pytest.mark.parametrize("kind", TRIALS)
def test_progress_shows_every_scan_and_none(tmp_path, monkeypatch, kind):
    task = small_task(tmp_path, monkeypatch, kind=kind)
    text, values = task.progress(lambda x, sigma, given: given[0], tmp_path, 0)
    assert set(values["psnr"]) == {*TRIALS[kind], "none"} and "none:" in text
    assert len(set(values["psnr"]["none"].values())) == 1
    assert (tmp_path / "progress-000000.png").stat().st_size > 0


def test_a_network_of_a_checkpoint_is_the_trained_one(tmp_path, monkeypatch):
    task = small_task(tmp_path, monkeypatch)
    network = randomised(task.network(**SMALL))
    again = averaged_network(dict(config=network.config, average=network.state_dict()), task.network)
    x, noise = images(1, 1, 16, 16), torch.tensor([0.1])
    assert torch.equal(again(x, x, noise), network(x, x, noise))


def test_a_share_of_samples_has_a_part_of_the_guides_error_in_x_no_stronger_than_the_noise(tmp_path, monkeypatch):
    task = small_task(tmp_path, monkeypatch)
    batches = [task.batch() for _ in range(200)]
    energy = torch.cat([batch.offset.square().mean((1, 2, 3)).sqrt() / batch.sigma for batch in batches])
    assert energy.max() <= 1.001 and abs((energy > 0).float().mean() - slices.MIXED) < 0.06
    error = np.full((1, 1, 4, 4), 0.5, np.float32)
    parts = [task.mixed(error, slices.rms_of(error), np.array([4.0], np.float32)).max() for _ in range(200)]
    assert 0.2 < max(parts) <= 0.5 * slices.MOST_MIXED + 1e-6


def test_every_fourth_shard_of_ct_shows_things_that_are_no_bodies():
    shown = first_shards(3, count=pool.OBJECTS)
    people = [float(clean.min()) for clean, _ in shown]
    assert people[-1] == 0 and min(people[:-1]) > 0  # random people have no air
    assert all(0 <= drawn["spacing"] <= 4 for _, scans in shown for drawn in scans)
    assert len(first_shards(3, count=pool.OBJECTS, modality=COMPLEX, scanner=mri_scans)) == pool.OBJECTS


def test_things_are_slices_of_the_range_and_hang_on_the_draw_alone():
    made = [objects.image(np.random.default_rng(seed), 64) for seed in range(40)]
    assert all(image.shape == (1, 64, 64) and image.dtype == np.float32 and 0 <= image.min() and image.max() <= 2 for image in made)
    assert np.array_equal(made[7], objects.image(np.random.default_rng(7), 64)) and not np.array_equal(made[7], made[8])
    matter = [float(np.median(image[image > 0.01])) for image in made if (image > 0.01).mean() > 0.05]
    assert len(matter) > 30 and 0.3 < np.median(matter) < 0.8


FOUND = {"prior": "ct-guided", "first": [0.05, 0.2], "last": [0.02, 0.04], "after": [1, 2, 4], "orders": [1, 2]}


def test_runs_begin_and_end_where_the_recipe_says_and_change_no_scan():
    with_runs, without = first_shards(3, found=FOUND), first_shards(3)
    for (clean, drawn), (same, alone) in zip(with_runs, without):
        assert np.array_equal(clean, same)
        for scan in drawn:
            told = scan["run"]
            levels = told["options"]["sigmas"]
            assert told["options"]["start"] == "estimate" and told["after"] == [1, 2, 4] and len(levels) == 3
            assert 0.2 >= levels[0] >= levels[-1] and 0.02 <= levels[-1] <= 0.04
    assert all("run" not in scan for _, alone in without for scan in alone)
    assert {scan["run"]["options"].get("order", 1) for _, drawn in with_runs for scan in drawn} == {1, 2}


def test_a_share_of_samples_begins_with_what_runs_had_found(tmp_path, monkeypatch):
    monkeypatch.setattr(slices, "SHAPES", ((4, 32), (2, 48)))
    folder = small_pool(tmp_path)
    told = json.loads((folder / "train-0000.json").read_text())
    told["scans"] = [{"run": {"after": [1, 4]}}] * 2
    (folder / "train-0000.json").write_text(json.dumps(told))
    clean = np.fromfile(folder / "train-0000.clean.i16", "<i2")
    (folder / "train-0000.found.i16").write_bytes(np.tile(clean + 8000, 4).astype("<i2").tobytes())  # all 1 too high
    task = slices.Task(SimpleNamespace(seed=1, data=folder), {"images": "ct", "data": {}, "found": FOUND})
    batches = [task.batch() for _ in range(200)]
    going = torch.cat([(batch.offset - 1).abs().amax((1, 2, 3)) < 1e-3 for batch in batches])
    sigma, kind = (torch.cat([getattr(batch, name) for batch in batches]) for name in ("sigma", "kind"))
    assert abs(going.float().mean() - slices.FOUND * (1 - slices.DROPPED)) < 0.06
    assert slices.NOISED[0] <= sigma[going].min() and sigma[going].max() <= slices.NOISED[1]
    assert set(kind[going].tolist()) == {task.kinds - 1} and kind[~going].max() < 2 + len(slices.ERRORS)
