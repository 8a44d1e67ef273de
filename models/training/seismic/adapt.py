"""Fine-tune `seismic-2d` on a survey with missing traces, from its live traces alone (self-supervised: no truth is needed or looked at).

    python models/training/seismic/adapt.py --adapt gappy.sgy --zoo OUT [--name seismic-2d-here] [--steps 200] [--line-byte 189]
    slicewise recon gappy.sgy -o full.sgy --prior OUT/seismic-2d-here.json --method dds

Further traces are hidden as traces are missing (hidden_from), gain and guides are made of those left, and the network is held to the hidden ones, in the one
evaluation by which `dds` answers (x = g1 at sigma_max). A set of live traces is kept from all of that: the weights are taken that predict it best, which may be those
it began with; then nothing is written, and the last line says so. Other noise levels are not trained further: samples with several steps are those of the prior as it was
at best. What FILE may be: survey.py.
"""

import argparse
import copy
import json
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).parents[1]))

from card import card_of, write_card  # noqa: E402
from model import mixed_precision  # noqa: E402
from onnx_export import largest_difference, onnx_network, write_onnx  # noqa: E402
from seismic import masks, plane  # noqa: E402
from seismic.export import card_parts, trials  # noqa: E402
from seismic.exporting import require_small  # noqa: E402
from seismic.gain import gain_of  # noqa: E402
from seismic.guides import GUIDES  # noqa: E402
from seismic.network import SIGMA_DATA, Guided  # noqa: E402
from seismic.plane import SIGMA_MAX, condition_of, padded  # noqa: E402
from seismic.samples import guided  # noqa: E402
from seismic.survey import read_survey  # noqa: E402

HERE = Path(__file__).parent
PATCH = (64, 96)  # traces, samples
BATCH = 8
LOOK = 20  # steps between two looks at the traces kept back
LEAST = 12  # live traces of a line that can be adapted to
SHARES = (0.05, 0.15)  # of the live traces that a draw hides
MULTIPLE = 16
C_OUT = SIGMA_MAX * SIGMA_DATA / (SIGMA_MAX**2 + SIGMA_DATA**2) ** 0.5


def hidden_sample(section, live, left, order):
    """Of a line of whose `live` traces `left` remain: what the network is shown, and what it is to find, gained; gain."""
    gain = gain_of(section, left)
    truth = np.where(live[:, None], section / gain, 0).astype(np.float32)
    y = np.where(left[:, None], truth, 0).astype(np.float32)
    guides = np.stack([GUIDES[name](y, left) for name in order])
    return dict(truth=truth, condition=condition_of(y, guides, left), hidden=live & ~left, gain=gain.astype(np.float32))


def order_of(section, live, random):
    """The guides, best first, by traces held back from the line."""
    gain = gain_of(section, live)
    return guided((section / gain).astype(np.float32), live, random, gain, most=2)[1]


def hidden_from(live, random, share):
    """Masks within `live`: those of masks.held_back for regular masks and wide gaps, else single live traces at random, `share` of them.

    Runs hidden among live traces of an irregular mask would leave gaps that are wider than those there are.
    """
    if not live.any() or masks.period_of(live) is not None or len(masks.runs(live)) <= 2:
        return masks.held_back(live, random, share)
    places = np.flatnonzero(live)[1:-1]  # beyond the ends nothing is interpolated
    left = live.copy()
    left[random.permutation(places)[: max(1, round(share * len(places)))]] = False
    return [left]


def split(live, random):
    """`live` without the traces that nothing is trained on, which look like the missing ones; None where too few are left."""
    kept = hidden_from(live, random, 0.12)
    left = kept[random.integers(len(kept))] if kept else live
    return left if kept and left.sum() >= LEAST and (live & ~left).any() else None


def samples_of(lines, random, draws):
    """(samples to train on, samples to look at) of the lines that have enough live traces."""
    train, look = [], []
    for section, live in lines:
        left = split(live, random) if live.sum() >= LEAST else None
        if left is None:
            continue
        order = order_of(section, left, random)
        look.append(hidden_sample(section, live, left, order))
        for _ in range(draws):
            further = hidden_from(left, random, random.uniform(*SHARES))
            if further:
                train.append(hidden_sample(section, left, further[random.integers(len(further))], order))
    return train, look


def patch(random, sample):
    """(condition, truth, weight) of PATCH, a hidden trace in it."""
    size = [min(n, p) for n, p in zip(sample["truth"].shape, PATCH)]
    x = int(random.choice(np.flatnonzero(sample["hidden"])))
    first = int(np.clip(x - random.integers(size[0]), 0, len(sample["hidden"]) - size[0]))
    k = int(random.integers(sample["truth"].shape[1] - size[1] + 1))
    cut = np.s_[first : first + size[0], k : k + size[1]]
    condition, truth, hidden = sample["condition"][(slice(None), *cut)], sample["truth"][cut], sample["hidden"][cut[0]]
    if random.random() < 0.5:
        condition, truth, hidden = condition[:, ::-1], truth[::-1], hidden[::-1]
    scale = np.exp(random.normal(0, 0.15)) * random.choice([-1, 1])
    condition, truth = condition.copy(), truth * scale
    condition[[0, 2, 3, 4]] *= scale
    weight = np.broadcast_to(hidden[:, None], truth.shape).astype(np.float32)
    return tuple(padded(v, *PATCH).astype(np.float32) for v in (condition, truth[None], weight[None]))


def answer(network, condition):
    """D(g1; sigma_max) - g1 for [N, 5, n, m], from x = g1."""
    level = torch.full((len(condition),), float(np.log(SIGMA_MAX) / 4))
    return C_OUT * network(torch.zeros_like(condition[:, :1]), condition, level)


@torch.no_grad()
def decibels(network, samples, network_used=True):
    """SNR over the hidden traces of all samples, in the file's amplitudes; of the first guide without the network."""
    energy = error = 0.0
    for sample in samples:
        condition, hidden = sample["condition"], sample["hidden"]
        n, m = sample["truth"].shape
        estimate = condition[2].copy()
        if network_used:
            shown = torch.from_numpy(padded(condition, *(-(-v // MULTIPLE) * MULTIPLE for v in (n, m))))[None]
            estimate += answer(network, shown)[0, 0, :n, :m].numpy()
        wanted = sample["truth"][hidden].astype(np.float64)
        gain = sample["gain"][hidden]
        energy += ((gain * wanted) ** 2).sum()
        error += ((gain * (estimate[hidden] - wanted)) ** 2).sum()
    return 10 * np.log10(energy / error)


def adapted(network, train, look, random, *, steps, rate, tell=print):
    """(the network with the weights that predict `look` best, their step, its SNR of `look` by step)."""
    network.requires_grad_(True)
    average = copy.deepcopy(network).requires_grad_(False)
    optimiser = torch.optim.Adam(network.parameters(), lr=rate, betas=(0.9, 0.99))
    curve = {0: decibels(average, look)}
    best, best_step = copy.deepcopy(average), 0
    parameters, averages = list(network.parameters()), list(average.parameters())
    for step in range(1, steps + 1):
        optimiser.param_groups[0]["lr"] = rate * min(1, step / 20) * 0.5 * (1 + np.cos(np.pi * (step - 1) / steps))
        columns = zip(*(patch(random, train[random.integers(len(train))]) for _ in range(BATCH)))
        condition, truth, weight = (torch.from_numpy(np.stack(c)) for c in columns)
        with mixed_precision(torch.device("cpu")):
            estimate = condition[:, 2:3] + answer(network, condition).float()
        square = weight * (estimate - truth) ** 2
        # sections count by their decibels
        power = (weight * (condition[:, 2:3] - truth) ** 2).sum((1, 2, 3)) + 1e-3 * SIGMA_DATA**2 * weight.sum((1, 2, 3))
        loss = (square.sum((1, 2, 3)) / power.clamp(min=1e-12)).mean()
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimiser.step()
        with torch.no_grad():
            torch._foreach_lerp_(averages, parameters, 1 - min(0.97, step / (step + 3)))
        if step % LOOK == 0 or step == steps:
            curve[step] = decibels(average, look)
            tell(f"step {step:4d}  traces kept back {curve[step]:.2f} dB (before {curve[0]:.2f})")
            if curve[step] > curve[best_step]:
                best, best_step = copy.deepcopy(average), step
    return best.eval(), best_step, curve


def write(network, chosen, recipe, found, step, seconds):
    file = Path(chosen.zoo) / f"{chosen.name}.onnx"
    file.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=file.parent) as folder:  # nothing half written under its name
        part = Path(folder) / file.name
        planes = recipe["network"]["conditions"]
        write_onnx(network, part, channels=1, size_multiple=network.size_multiple, names=("x", "c_noise", "f"), given={"condition": planes})
        require_small(part)
        error = largest_difference(network, onnx_network(part), trials((1, planes), (network.size_multiple,) * 2, 2))
        state = dict(step=step, seconds=seconds, seed=chosen.seed, pytorch=str(torch.__version__))
        name = Path(chosen.adapt).name
        own = {
            **recipe, "name": chosen.name, "initialised": f"{recipe['name']}, {Path(chosen.init).name}",
            "description": f"{recipe['description']} Adapted to the live traces of {name}, for that survey alone.",
        }  # fmt: skip
        card = card_of(
            part, own, state, network, chosen, own=card_parts(plane),
            trained_on={"data": [f"{name}: its live traces, hidden in turn"]},
            quality={"snrHidden": {key: round(float(v), 2) for key, v in found.items()}, "onnxMaxError": float(f"{error:.1e}")},
        )  # fmt: skip
        part.replace(file)
    write_card(file.with_suffix(".json"), card)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--adapt", required=True, metavar="FILE", help="the survey, missing traces missing: .sgy, .npz, .npy")
    parser.add_argument("--line-byte", type=int, help="SEG-Y: the header word (4 bytes) that changes from line to line, 189 for inlines; default one line")
    parser.add_argument("--zoo", required=True, help="folder for the adapted network and its card")
    parser.add_argument("--name", default="seismic-2d-adapted")
    parser.add_argument("--init", default=str(HERE / "seismic-2d.start.pt"), help="checkpoint to start from")
    parser.add_argument("--recipe", default=str(HERE.parent / "seismic-2d.recipe.json"))
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument("--rate", type=float, default=2e-4)
    parser.add_argument("--draws", type=int, default=12, help="draws of hidden traces of every line")
    parser.add_argument("--lines", type=int, default=16, help="lines looked at, spread over the survey")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--version", default="1")
    parser.add_argument("--hardware", default="CPU, bf16")
    chosen = parser.parse_args()
    began = time.monotonic()
    torch.set_num_threads(chosen.threads)
    torch.manual_seed(chosen.seed)
    random = np.random.default_rng(chosen.seed)
    try:
        lines = read_survey(chosen.adapt, chosen.line_byte)
    except (OSError, ValueError) as error:
        raise SystemExit(str(error)) from error
    lines = [lines[k] for k in np.unique(np.linspace(0, len(lines) - 1, chosen.lines).round().astype(int))]
    train, look = samples_of(lines, random, chosen.draws)
    if not train:
        raise SystemExit(f"{chosen.adapt}: no line has {LEAST} live traces and some to hide; nothing to adapt to")
    print(f"{len(lines)} lines, {len(train)} draws of hidden traces to train on, {sum(int(s['hidden'].sum()) for s in look)} traces kept back", flush=True)
    recipe = json.loads(Path(chosen.recipe).read_text())
    network = Guided(**recipe["network"])
    network.load_state_dict({name: v.float() for name, v in torch.load(chosen.init, map_location="cpu", weights_only=True)["average"].items()})
    tell = lambda text: print(text, flush=True)  # noqa: E731
    best, step, curve = adapted(network, train, look, random, steps=chosen.steps, rate=chosen.rate, tell=tell)
    found = {"best guide": decibels(None, look, False), "before": curve[0], "adapted": curve[step]}
    print(json.dumps({key: round(float(v), 2) for key, v in found.items()}))
    if step == 0:
        print("the prior as it was predicts the traces kept back best: nothing is written, use seismic-2d itself")
        return
    write(best, chosen, recipe, found, step, time.monotonic() - began)


if __name__ == "__main__":
    main()
