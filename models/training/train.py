"""Train a prior, and write its network and card.

    python models/training/train.py --recipe models/training/ct.recipe.json --data DIR --out DIR \
        [--minutes 90 | --steps 60000] [--validate VOLUME.nii.gz] [--zoo models/zoo]

The loss is EDM's, ||F - F*||^2, divided by its own running mean per noise level, so that every level counts by its
relative error. F* is what turns the noisy slice into the clean one, or with --teacher the answer of a larger network: its
scatter is less. Stopping the run and starting the same command again goes on from the last checkpoint.
"""

import argparse
import copy
import json
import math
import os
import signal
import time
from pathlib import Path

import numpy as np
import torch

from model import averaged_network, denoise, mixed_precision, parameter_count, preconditioning
from recipe import read_recipe
from task import options_of, task_of

LEVELS = 24


def options(arguments=None):
    """The options, the recipe and its modality's module, which has options of its own."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--recipe", required=True, help="NAME.recipe.json: modality, network, sources and licences")
    parser.add_argument("--data", required=True, help="folder of NIfTI volumes, and *_slices with their .csv; seismic: a pool")
    parser.add_argument("--out", required=True, help="folder for checkpoint.pt, log.jsonl and progress images")
    parser.add_argument("--minutes", type=float, help="training time; the learning rate reaches zero with it")
    parser.add_argument("--steps", type=int, help="number of steps; reproducible, unlike --minutes")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rate", type=float, default=6e-4)
    parser.add_argument("--warm-up", type=int, default=1000, help="steps until the rate is reached")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--no-compile", action="store_true")
    parser.add_argument("--every", type=float, default=5, help="minutes between checkpoints and validations")
    parser.add_argument("--init", help="a checkpoint to start from where names and shapes agree")
    parser.add_argument("--teacher", help="a checkpoint whose answers are the targets, instead of the clean slices")
    parser.add_argument("--zoo", help="folder for NAME.onnx and NAME.json at the end; needs --validate")
    parser.add_argument("--version", default="1", help="of the card")
    parser.add_argument("--hardware", help="what the card says it was trained on")
    parser.add_argument("--derived-from", help="card of the teacher, for the card")
    known = argparse.ArgumentParser(add_help=False)
    known.add_argument("--recipe")
    known.add_argument("--data")
    first, _ = known.parse_known_args(arguments)
    if first.recipe is None or first.data is None:
        parser.parse_args(arguments)  # help, or what is missing
    recipe, modality = read_recipe(first.recipe, first.data)
    options_of(modality)(parser)
    chosen = parser.parse_args(arguments)
    if chosen.zoo and not (chosen.validate and chosen.hardware):
        parser.error("--zoo needs --validate and --hardware, for the card")
    if (chosen.minutes is None) == (chosen.steps is None):
        parser.error("give one of --minutes and --steps")
    return chosen, recipe, modality


def level_of(sigma, lowest, highest):
    position = (sigma / lowest).log() / math.log(highest / lowest)
    return (position * LEVELS).long().clamp(0, LEVELS - 1)


def mean_over(values, weight):
    """Means over all axes but the first, weighted like the pixels."""
    axes = tuple(range(1, values.ndim))
    if weight is None:
        return values.mean(axes)
    return (weight * values).sum(axes) / weight.sum(axes).clamp(min=1e-6)


def extended(value, shape):
    """Weights with zeros for further inputs or outputs of a layer; a further input then changes nothing, a further output is 0."""
    missing = [b - a for a, b in zip(value.shape, shape)]
    if value.ndim != len(shape) or min(missing) < 0 or any(missing[2:]):
        return value
    return torch.nn.functional.pad(value, [pad for m in reversed(missing) for pad in (0, m)])


def take_over(network, weights):
    """Start from the weights of another network of the family, where it has a layer of the same name and shape.

    The stem may see further planes beside the image and the head give further ones: the network is at first the one without them.
    """
    own = network.state_dict()
    ends = ("stem.", "head.")
    fitted = {n: extended(v, own[n].shape) if n.startswith(ends) else v for n, v in weights.items() if n in own}
    same = {name: value for name, value in fitted.items() if own[name].shape == value.shape}
    network.load_state_dict({**own, **same})
    print(f"{len(same)} of {len(own)} tensors taken over", flush=True)


def main():
    chosen, recipe, modality = options()
    out = Path(chosen.out)
    out.mkdir(parents=True, exist_ok=True)
    device = torch.device(chosen.device)
    torch.set_num_threads(chosen.threads)
    torch.manual_seed(chosen.seed)
    stopping = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.append(1))

    task = task_of(modality)(chosen, recipe)
    network = task.network().to(device, memory_format=task.channels_last)
    if chosen.init:
        take_over(network, torch.load(chosen.init, map_location="cpu", weights_only=True)["average"])
    average = copy.deepcopy(network).requires_grad_(False)
    teacher = None
    if chosen.teacher:
        teacher = averaged_network(torch.load(chosen.teacher, map_location="cpu", weights_only=True), task.network)
        teacher.to(device, memory_format=task.channels_last)
    optimiser = torch.optim.AdamW(network.parameters(), lr=chosen.rate, betas=(0.9, 0.99), weight_decay=1e-4, fused=True)
    kinds = getattr(task, "kinds", 1)
    mean_loss, seen = torch.ones(LEVELS * kinds), torch.zeros(LEVELS * kinds)
    step, seconds = 0, 0.0
    print(f"{task.size()}, {parameter_count(network)} parameters", flush=True)

    checkpoint = out / "checkpoint.pt"
    if checkpoint.exists():
        state = torch.load(checkpoint, map_location="cpu", weights_only=True)
        network.load_state_dict(state["network"])
        average.load_state_dict(state["average"])
        optimiser.load_state_dict(state["optimiser"])
        optimiser.param_groups[0]["fused"] = True
        mean_loss, step, seconds = state["mean_loss"], state["step"], state["seconds"]
        if len(mean_loss) < LEVELS * kinds:  # of before a task told kinds apart
            mean_loss = mean_loss.repeat(kinds)
        seen = state.get("seen", torch.full_like(mean_loss, 100))
        task.random.bit_generator.state = state["patches"]
        torch.set_rng_state(state["noise"])
        print(f"going on from step {step}, {seconds / 60:.1f} minutes", flush=True)

    def save():
        state = dict(
            network=network.state_dict(), average=average.state_dict(), optimiser=optimiser.state_dict(),
            mean_loss=mean_loss, seen=seen, step=step, seconds=seconds, patches=task.random.bit_generator.state,
            noise=torch.get_rng_state(), config=network.config, people=task.sources, seed=chosen.seed,
            pytorch=str(torch.__version__), device=device.type,
        )  # fmt: skip
        torch.save(state, checkpoint.with_suffix(".part"))
        os.replace(checkpoint.with_suffix(".part"), checkpoint)

    @torch.no_grad()
    def denoiser(x, sigma, base=0.0, given=()):
        base = base.to(device) if torch.is_tensor(base) else base
        given = tuple(extra.to(device) for extra in given)
        return denoise(average, x.to(device), sigma.to(device), task.sigma_data, base, given).cpu()

    def report(losses, rate, speed):
        line = dict(step=step, minutes=round(seconds / 60, 2), loss=round(float(np.mean(losses)), 4), rate=rate, speed=speed)
        text = f"step {step:6d}  {seconds / 60:5.1f} min  {speed:5.2f} steps/s  loss {line['loss']:.4f}  rate {rate:.1e}"
        more, values = task.progress(denoiser, out, step)
        print(f"{text}  {more}", flush=True)
        with open(out / "log.jsonl", "a") as file:
            file.write(json.dumps({**line, **values}) + "\n")

    def compiled(module):
        return module if chosen.no_compile else torch.compile(module, dynamic=False)

    run, teach = compiled(network), None if teacher is None else compiled(teacher)
    parameters, averages = list(network.parameters()), list(average.parameters())
    losses, last_report, last_step = [], time.monotonic(), step
    while not stopping and not (out / "stop").exists():
        began = time.monotonic()
        progress = seconds / 60 / chosen.minutes if chosen.minutes else step / chosen.steps
        if progress >= 1:
            break
        rate = chosen.rate * min(1.0, (step + 1) / chosen.warm_up) * 0.5 * (1 + math.cos(math.pi * progress))
        optimiser.param_groups[0]["lr"] = rate

        batch = task.batch()
        clean, base = batch.clean.to(device), batch.base
        noise = torch.randn(clean.shape)
        level = level_of(batch.sigma, *task.sigma_range) + (0 if batch.kind is None else LEVELS * batch.kind)
        noise, sigma = noise.to(device), batch.sigma.to(device)
        if batch.fresh is not None:
            noise = noise * batch.fresh.to(device).reshape(-1, *[1] * (clean.ndim - 1))
        base = base.to(device) if torch.is_tensor(base) else base
        weight = None if batch.weight is None else batch.weight.to(device)
        given = tuple(extra.to(device).contiguous(memory_format=task.channels_last) for extra in batch.given)
        c_skip, c_out, c_in, c_noise = preconditioning(sigma, task.sigma_data, clean.ndim)
        residual = clean - base
        noisy = residual + sigma.reshape(c_skip.shape) * noise
        if batch.offset is not None:
            noisy = noisy + batch.offset.to(device)
        if batch.inside is not None:
            noisy = noisy * batch.inside.to(device)
        if batch.blank is not None:
            noisy = noisy * (1 - batch.blank.to(device).reshape(c_skip.shape))
        with mixed_precision(device):
            scaled = (c_in * noisy).contiguous(memory_format=task.channels_last)
            answer = run(scaled, *given, c_noise)
            estimate, further = answer[:, : clean.shape[1]], answer[:, clean.shape[1] :]
            with torch.no_grad():
                target = (residual - c_skip * noisy) / c_out if teach is None else teach(scaled, *given, c_noise)
        if batch.judge is None:
            each = mean_over((estimate.float() - target.float()).square(), weight)
        else:  # in the scale of F
            each = batch.judge(base + c_skip * noisy + c_out * estimate.float()) / c_out.flatten().square()
        if batch.each is not None:
            each = each * batch.each.to(device)
        loss = (each / mean_loss[level].to(device)).mean()
        if further.shape[1] > 0:  # what the network gives besides F
            loss = loss + task.further_loss(further.float(), (estimate.float() - target.float()).detach(), sigma)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimiser.step()
        with torch.no_grad():
            torch._foreach_lerp_(averages, parameters, 1 - min(0.9995, (1 + step) / (10 + step)))
            measured = each.detach().cpu()
            for k, value in zip(level.tolist(), measured.tolist()):
                seen[k] += 1
                mean_loss[k] += max(0.01, 1 / seen[k].item()) * (value - mean_loss[k])
        losses.append(measured.mean().item())
        step += 1
        # Compilation is no training: the first steps are not counted, or a cold start would eat the schedule.
        seconds += min(time.monotonic() - began, 2.0)

        due = time.monotonic() - last_report
        if due > 60 * chosen.every or step in (200, 1000):
            report(losses, rate, round((step - last_step) / due, 2))
            save()
            losses, last_report, last_step = [], time.monotonic(), step

    report(losses or [0.0], 0.0, 0.0)
    save()
    if chosen.zoo and not stopping:
        from export import export

        export(checkpoint, recipe, modality, task.people, chosen)


if __name__ == "__main__":
    main()
