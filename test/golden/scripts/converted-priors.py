"""Golden priors for test/models/converted.test.ts: a small random network of each family that the converter takes.

Writes test/golden/priors: NAME.onnx and NAME.json as models/training/convert.py makes them, and expected.json with
images x = x₀ + σn and their D(x; σ) by the textbook from the PyTorch network, where √ᾱ = 1/√(1 + σ²), x_t = √ᾱ x:

    guided-diffusion, data −1…1   D = (D_n(2x − 1; 2σ) + 1)/2,  D_n = (x_t − √(1−ᾱ) ε(x_t, t))/√ᾱ
    NCSN++                        D = x + σ² s(x, σ)
    UNet2DModel, v, data −1…1     as the first, with D_n = √ᾱ x_t − √(1−ᾱ) v(x_t, t)

Levels are steps of the schedules and, for the first and the last, one halfway between two in ln σ, where t is too.

Run: python test/golden/scripts/converted-priors.py        (models/training/requirements.txt)
"""

import base64
import json
import math
import sys
from pathlib import Path

import numpy as np
import torch

TRAINING = Path(__file__).parents[3] / "models" / "training"
sys.path[:0] = [str(TRAINING), str(TRAINING / "tests")]

from convert import convert  # noqa: E402
from families import adm_flags, diffusers_config, ncsnpp_flags  # noqa: E402
from small import CARD, NCSNPP, UNET2D, settings  # noqa: E402
from support import randomised  # noqa: E402

OUT = Path(__file__).parents[1] / "priors"
SIZE, SLICES = 32, 2
torch.set_num_threads(1)

ADM = settings(adm_flags.FLAGS, dict(
    image_size=32, in_channels=1, num_channels=8, channel_mult="1,2", num_res_blocks=1, attention_resolutions="16",
    num_heads=2, learn_sigma=True, resblock_updown=True,
))  # fmt: skip
GROUPS = 4  # eight channels have no 32 groups


def published_adm():
    state = randomised(adm_flags.network_of(ADM, GROUPS), 1).state_dict()
    return adm_flags.read(state, {}, ADM, GROUPS)


def published_ncsnpp():
    s = settings(ncsnpp_flags.FLAGS, NCSNPP)
    network = randomised(ncsnpp_flags.network_of(s, np.geomspace(378, 0.01, 20)), 2)
    return ncsnpp_flags.read(network.state_dict(), NCSNPP, {})


def published_unet2d():
    network = randomised(diffusers_config.UNet2DModel(diffusers_config.config_of(UNET2D)), 3)
    scheduler = {"prediction_type": "v_prediction", "beta_schedule": "linear"}
    return diffusers_config.read(network.state_dict(), UNET2D, scheduler)


def vp(network, predicts):
    """D for data −1…1, and levels with their steps, of DDPM's linear schedule."""
    level = np.cumprod(1 - np.linspace(1e-4, 0.02, 1000))
    sigma = np.sqrt((1 - level) / level)
    steps = [0, 20, 300, 980]
    levels = [(float(sigma[t]), t) for t in steps] + [(float(math.sqrt(sigma[500] * sigma[501])), 500.5)]

    def denoise(x, at):
        wide, t = at
        root, rest = 1 / math.sqrt(1 + wide**2), wide / math.sqrt(1 + wide**2)
        x_t = root * (2 * x.double() - 1)
        out = network(x_t.float(), torch.full((len(x),), float(t)))[:, :1].double()
        image = (x_t - rest * out) / root if predicts == "epsilon" else root * x_t - rest * out
        return (image + 1) / 2

    return denoise, [(wide / 2, (wide, t)) for wide, t in levels]


def ve(network):
    def denoise(x, sigma):
        return x.double() + sigma**2 * network(x, torch.full((len(x),), sigma)).double()

    return denoise, [(sigma, sigma) for sigma in (0.01, 0.1, 1.0, 20.0, 378.0)]


def made():
    adm, ncsnpp, unet2d = published_adm(), published_ncsnpp(), published_unet2d()
    yield "converted-adm", adm, vp(adm.network, "epsilon")
    yield "converted-ncsnpp", ncsnpp, ve(ncsnpp.network)
    yield "converted-unet2d", unet2d, vp(unet2d.network, "v")


def packed(values):
    return base64.b64encode(np.asarray(values, dtype="<f4").tobytes()).decode()


def main():
    OUT.mkdir(exist_ok=True)
    expected = {"shape": [SLICES, SIZE, SIZE], "torch": torch.__version__.split("+")[0], "priors": {}}
    rows, columns = np.mgrid[:SIZE, :SIZE] / SIZE
    clean = [0.5 + 0.4 * np.sin(7 * rows) * np.cos(5 * columns), np.hypot(rows - 0.4, columns - 0.6) < 0.3]
    clean = torch.from_numpy(np.stack(clean).astype(np.float32))[:, None]
    generator = torch.Generator().manual_seed(5)
    for name, published, (denoise, levels) in made():
        convert(published, {**CARD, "version": "1", "padding": "constant", "name": name}, OUT)
        cases = []
        for sigma, at in levels:
            x = clean + sigma * torch.randn(clean.shape, generator=generator)
            with torch.no_grad():
                cases.append({"sigma": sigma, "x": packed(x), "denoised": packed(denoise(x, at))})
        expected["priors"][name] = cases
    (OUT / "expected.json").write_text(json.dumps(expected) + "\n")


if __name__ == "__main__":
    main()
