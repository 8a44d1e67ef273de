"""What a family hands to the converter: a network with its weights, and how a denoiser follows from it."""

import argparse
from dataclasses import dataclass, field

import numpy as np
from torch import nn

from .layers import ConvertError


@dataclass
class Published:
    """`predicts`: what the network gives of x + σn, in its own units.

    epsilon, v, sample: the network takes (x + σn)/√(1+σ²) and the step t at which `sigmas[t]` = σ.
    score: the network takes x + σn and σ, which lies in `sigma_range`.
    """

    family: str
    network: nn.Module
    channels: int
    predicts: str
    data_range: tuple
    trained_size: int
    sigmas: np.ndarray = None
    sigma_range: tuple = None
    time_scale: float = 1.0
    settings: dict = field(default_factory=dict)

    def __post_init__(self):
        if self.sigmas is not None:
            self.sigma_range = float(self.sigmas[0]), float(self.sigmas[-1])


@dataclass
class Flag:
    """A setting of the published code: `kind` bool, int, float, str, `ints`, `floats` or `words`."""

    kind: object
    default: object
    about: str

    def read(self, value):
        if self.kind is bool:
            if isinstance(value, bool):
                return value
            if str(value).lower() in ("true", "1", "yes"):
                return True
            if str(value).lower() in ("false", "0", "no"):
                return False
            raise argparse.ArgumentTypeError(f"'{value}' is neither true nor false")
        if self.kind in (ints, floats):
            return self.kind(value)
        if value is None or (isinstance(value, (list, dict))):
            raise argparse.ArgumentTypeError(f"'{value}' is not a single value")
        return self.kind(value)


def ints(value):
    """'1,2,2' or [1, 2, 2]."""
    return tuple(int(v) for v in _parts(value))


def floats(value):
    return tuple(float(v) for v in _parts(value))


def _parts(value):
    if isinstance(value, (int, float)):
        return [value]
    return [v for v in value.strip("[]()").split(",") if v.strip()] if isinstance(value, str) else value


def settings_of(flags, without_effect, config, given):
    """Defaults, then the configuration file's values, then the command line's. An unknown name is an error: a setting
    that leaves no trace in the weights must not be lost to a spelling mistake.
    """
    chosen = {name: flag.default for name, flag in flags.items()}
    for name, value in config.items():
        if name in flags:
            try:
                chosen[name] = flags[name].read(value)
            except (ValueError, TypeError, argparse.ArgumentTypeError) as error:
                raise ConvertError(f"the configuration's '{name}': {error}") from error
        elif name not in without_effect:
            known = ", ".join(flags)
            raise ConvertError(
                f"the configuration has '{name}', which is not a setting of this family.\nKnown: {known}"
            )
    chosen.update(given)
    return chosen


def refuse(chosen, **wanted):
    """Settings that the converter knows one value of only."""
    for name, value in wanted.items():
        if name in chosen and chosen[name] != value:
            raise ConvertError(f"'{name}': {chosen[name]} is not supported, only {value}")


def load(network, state, likely):
    """Weights into the network, all of them and no others. `likely(state)` gives the flags that are probably wrong."""
    own = network.state_dict()
    missing = [name for name in own if name not in state]
    foreign = [name for name in state if name not in own]
    shapes = [
        f"{name} (checkpoint {list(state[name].shape)}, network {list(own[name].shape)})"
        for name in own
        if name in state and state[name].shape != own[name].shape
    ]
    if not (missing or foreign or shapes):
        network.load_state_dict({name: value.to(own[name].dtype) for name, value in state.items()}, strict=True)
        return network.eval().requires_grad_(False)
    report = ["the checkpoint is not of the network that these settings describe"]
    for what, names in (
        ("missing in the checkpoint", missing),
        ("not in the network", foreign),
        ("of another shape", shapes),
    ):
        if names:
            report.append(f"  {len(names)} {what}: {', '.join(names[:4])}{', …' if len(names) > 4 else ''}")
    hints = likely(state)
    report.append(
        "Probably wrong: " + ("; ".join(hints) if hints else "nothing obvious; is it a checkpoint of this family?")
    )
    raise ConvertError("\n".join(report))
