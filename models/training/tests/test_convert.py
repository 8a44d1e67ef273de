"""Whole conversions of small random checkpoints: D of the written file against D by the textbook, from the PyTorch
network.

The textbook's D here is written in √ᾱ and √(1−ᾱ), with the schedule's own products, and not as the converter has it.
"""

import hashlib
import json
import math

import numpy as np
import onnx
import pytest
import torch

import convert
import small
from families.denoiser import preconditioned
from onnx_export import onnx_network
from support import images

STEPS = (0, 20, 300, 700)


def converted(folder, *arguments, **partial):
    card = small.write(folder, "small.partial.json", {**small.CARD, **partial})
    convert.main([*arguments, "--card", card, "--out", str(folder / "out"), "--threads", "1"])
    card = json.loads((folder / "out" / "small.json").read_text())
    file = folder / "out" / card["file"]
    assert hashlib.sha256(file.read_bytes()).hexdigest() == card["sha256"]
    assert [v.name for v in onnx.load(file).graph.input] == [card["inputs"]["x"], card["inputs"]["noise"]]
    assert sorted(path.name for path in (folder / "out").iterdir()) == ["small.json", "small.onnx"]
    return card, onnx_network(file)


def compare(card, run, textbook, sigmas):
    """Two sizes, two batches. Where σ is small D is nearly x: there 1 % of what the network changes is asked for."""
    for sigma in sigmas:
        for shape in ((1, card["channels"], 32, 32), (3, card["channels"], 16, 24)):
            x = images(*shape, seed=1).abs().clamp(max=1) + sigma * images(*shape, seed=2)
            expected = textbook(x, sigma)
            change = (expected - x).std()
            assert change > 0.01 * sigma
            got = preconditioned(card["parametrisation"], run, x, sigma)
            assert got.shape == x.shape
            assert (got - expected).abs().max() < min(1e-4 * max(1, sigma), 0.01 * change)


def ddpm(network, channels, betas, predicts, data_range):
    """D of a variance-preserving network at a level of its schedule or midway (in ln σ) between two."""
    level = np.cumprod(1 - betas)
    low, width = data_range[0], data_range[1] - data_range[0]

    def textbook(x, sigma):
        level_n = 1 / (1 + (width * sigma) ** 2)
        t = int(np.argmin(abs(np.log(level / (1 - level)) - np.log(level_n / (1 - level_n)))))
        if abs(level[t] / level_n - 1) > 1e-6:
            t = min(i for i in range(len(level)) if level[i] < level_n) - 0.5
        root, rest = math.sqrt(level_n), math.sqrt(1 - level_n)
        x_t = root * (low + width * x.double())
        out = network(x_t.float(), torch.full((len(x),), float(t)))[:, :channels].double()
        image = {
            "epsilon": lambda: (x_t - rest * out) / root,
            "v": lambda: root * x_t - rest * out,
            "sample": lambda: out,
        }[predicts]()
        return (image - low) / width

    middle = math.exp((math.log(sigma_of(level[500])) + math.log(sigma_of(level[501]))) / 2)
    return textbook, [sigma_of(level[t]) / width for t in STEPS] + [middle / width]


def sigma_of(level):
    return math.sqrt((1 - level) / level)


@pytest.fixture(scope="session")
def adm_out(tmp_path_factory):
    folder = tmp_path_factory.mktemp("adm")
    config = small.write(folder, "config.json", small.ADM)
    checkpoint = small.adm_checkpoint(folder)
    return *converted(folder, "adm", "--checkpoint", checkpoint, "--config", config), folder


def test_guided_diffusion_with_learned_variance_and_data_from_minus_one(adm_out):
    card, run, _ = adm_out
    textbook, sigmas = ddpm(small.adm_network(), 1, np.linspace(1e-4, 0.02, 1000), "epsilon", (-1, 1))
    compare(card, run, textbook, sigmas)
    assert card["parametrisation"]["kind"] == "epsilon" and len(card["parametrisation"]["sigmas"]) == 1000
    assert card["sigmaMin"] == pytest.approx(0.0100005 / 2, rel=1e-3)  # √(1/(1−10⁻⁴) − 1) in data twice as wide
    assert card["sigmaMin"] == card["parametrisation"]["sigmas"][0]
    assert card["sigmaMax"] == card["parametrisation"]["sigmas"][-1]
    assert card["sizeMultiple"] == 2 and card["channels"] == 1 and card["range"] == small.CARD["range"]
    assert card["quality"]["onnxMaxError"] <= 1e-4
    assert card["training"]["converted"]["settings"]["learn_sigma"] is True


def test_ncsnpp_with_averaged_weights(tmp_path):
    inside = {name: value for name, value in small.NCSNPP.items() if name not in ("image_size", "num_channels")}
    data = {"image_size": 32, "num_channels": 1, "centered": False}
    config = {"model": inside, "data": data, "training": {"sde": "vesde", "n_iters": 1}}
    checkpoint = small.ncsnpp_checkpoint(tmp_path)
    card, run = converted(
        tmp_path, "ncsnpp", "--checkpoint", checkpoint, "--config", small.write(tmp_path, "c.json", config)
    )
    network = small.ncsnpp_network()

    def tweedie(x, sigma):
        return x.double() + sigma**2 * network(x, torch.full((len(x),), sigma)).double()

    compare(card, run, tweedie, (0.01, 0.1, 1, 40, 378))
    assert card["parametrisation"] == {"kind": "score"}
    assert (card["sigmaMin"], card["sigmaMax"], card["sizeMultiple"]) == (0.01, 378, 2)
    assert card["training"]["converted"]["weights"] == "averaged (ema)"


def test_ncsnpp_of_centred_data_with_skips_and_positions(tmp_path):
    """Data −1…1: the graph changes units. Labels of the positional embedding are indices into the falling levels."""
    changes = dict(
        centered=True, progressive="output_skip", progressive_input="input_skip", embedding_type="positional"
    )
    config = small.write(tmp_path, "config.json", {**small.NCSNPP, **changes})
    checkpoint = small.ncsnpp_checkpoint(tmp_path, **changes)
    card, run = converted(tmp_path, "ncsnpp", "--checkpoint", checkpoint, "--config", config)
    network = small.ncsnpp_network(**changes)

    def tweedie(x, sigma):
        x, sigma = 2 * x.double() - 1, 2 * sigma
        image = x + sigma**2 * network(x.float(), torch.full((len(x),), sigma)).double()
        return (image + 1) / 2

    compare(card, run, tweedie, (0.005, 0.1, 1, 189))
    assert (card["sigmaMin"], card["sigmaMax"]) == (0.005, 189)


def test_unet2d_that_predicts_noise_of_complex_images(tmp_path):
    """Two channels have no offset: the network is the graph as it is."""
    checkpoint = small.unet2d_checkpoint(tmp_path, {"beta_schedule": "scaled_linear"}, in_channels=2, out_channels=2)
    card, run = converted(tmp_path, "diffusers", "--checkpoint", checkpoint)
    betas = np.linspace(0.01, 0.02**0.5, 1000) ** 2
    textbook, sigmas = ddpm(small.unet2d_network(in_channels=2, out_channels=2), 2, betas, "epsilon", (0, 1))
    compare(card, run, textbook, sigmas)
    assert card["channels"] == 2 and card["parametrisation"]["kind"] == "epsilon"


@pytest.mark.parametrize("prediction", ["v_prediction", "sample"])
def test_unet2d_that_predicts_v_or_the_image(tmp_path, prediction):
    """Of data −1…1 no parametrisation of cards says it: the graph finds the step and gives D itself."""
    scheduler = {"prediction_type": prediction, "beta_schedule": "squaredcos_cap_v2"}
    checkpoint = small.unet2d_checkpoint(tmp_path, scheduler)
    card, run = converted(tmp_path, "diffusers", "--checkpoint", checkpoint)
    bar = lambda t: math.cos((t / 1000 + 0.008) / 1.008 * math.pi / 2) ** 2
    betas = np.array([min(0.999, 1 - bar(t + 1) / bar(t)) for t in range(1000)])
    textbook, sigmas = ddpm(small.unet2d_network(), 1, betas, prediction.removesuffix("_prediction"), (-1, 1))
    compare(card, run, textbook, sigmas)
    assert card["parametrisation"] == {"kind": "denoiser"} and card["inputs"]["noise"] == "sigma"


def test_a_file_that_is_not_the_network_is_refused(adm_out, tmp_path, monkeypatch):
    _, _, folder = adm_out
    other = (folder / "out" / "small.onnx").read_bytes()
    monkeypatch.setattr(convert, "write_onnx", lambda graph, path, **_: path.write_bytes(other))
    state = {name: 1.01 * value for name, value in small.adm_network().state_dict().items()}
    checkpoint, config = small.write(tmp_path, "adm.pt", state), small.write(tmp_path, "config.json", small.ADM)
    with pytest.raises(SystemExit, match="differs from the network by more than 0.0001"):
        converted(tmp_path, "adm", "--checkpoint", checkpoint, "--config", config)
    assert list((tmp_path / "out").iterdir()) == []
