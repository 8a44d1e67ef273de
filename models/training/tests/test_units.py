"""Change of units and levels ↔ steps inside the graph, where a random network would hardly show an error."""

import numpy as np
import pytest
import torch
from families import schedules
from families.denoiser import Denoiser, FromTime, Score
from families.published import Published
from torch import nn

SIGMAS = schedules.sigmas_of(schedules.linear(1000))


class Given(nn.Module):
    """Remembers what it was given, and gives it back."""

    def forward(self, x, noise):
        self.x, self.noise = x, noise
        return x


def published(predicts, **more):
    return Published("test", Given(), 1, predicts, (-1.0, 3.0), 32, **more)


STEPS = (0.0, 0.25, 1.75, 20.5, 500.5, 998.9, 999.0)


@pytest.mark.parametrize("t", STEPS)
def test_steps_and_levels_in_the_graph_are_linear_in_the_logarithm(t):
    graph = Denoiser(published("sample", sigmas=SIGMAS), (-1.0, 3.0))
    log = np.interp(t, np.arange(1000), np.log(SIGMAS / 4))
    assert graph.log_sigma_of(torch.tensor([t])).item() == pytest.approx(log, abs=1e-6)
    assert graph.time_at(torch.tensor([log]).float()).item() == pytest.approx(t, rel=1e-4, abs=1e-5)


@pytest.mark.parametrize("t", STEPS)
def test_the_network_sees_its_own_units(t):
    """Data −1…3: x = 0.3 is 0.2 there, and σ four times as large."""
    sigma = float(np.exp(np.interp(t, np.arange(1000), np.log(SIGMAS)))) / 4
    x = torch.full((1, 1, 1, 1), 0.3)
    expected = 0.2 / (1 + (4 * sigma) ** 2) ** 0.5
    graph = FromTime(published("epsilon", sigmas=SIGMAS), (-1.0, 3.0))
    graph(x / (1 + sigma**2) ** 0.5, torch.tensor([t]))
    assert graph.network.x.item() == pytest.approx(expected, abs=1e-6)
    graph = Denoiser(published("sample", sigmas=SIGMAS, time_scale=0.5), (-1.0, 3.0))
    image = graph(x, torch.tensor([sigma]))
    assert graph.network.x.item() == pytest.approx(expected, abs=1e-6)
    assert graph.network.noise.item() == pytest.approx(t / 2, rel=1e-4, abs=1e-5)
    assert image.item() == pytest.approx((expected + 1) / 4, abs=1e-6)
    graph = Score(published("score", sigma_range=(0.01, 378.0)), (-1.0, 3.0))
    assert graph(x, torch.tensor([sigma])).item() == pytest.approx(4 * 0.2, abs=1e-6)
    assert graph.network.noise.item() == pytest.approx(4 * sigma, rel=1e-6)
