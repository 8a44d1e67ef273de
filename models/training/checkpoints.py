"""State dicts out of the files people have: torch checkpoints, score_sde's with averaged weights, safetensors."""

import json
import pickle
from pathlib import Path

import torch

from families.layers import ConvertError

SAFETENSORS = {
    "F64": torch.float64, "F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16, "I64": torch.int64,
    "I32": torch.int32, "I16": torch.int16, "I8": torch.int8, "U8": torch.uint8, "BOOL": torch.bool,
}  # fmt: skip


def read_safetensors(path):
    """The safetensors layout: 8 bytes length of a JSON header, {name: dtype, shape, data_offsets}, the data."""
    data = bytearray(Path(path).read_bytes())
    length = int.from_bytes(data[:8], "little")
    try:
        header = json.loads(data[8 : 8 + length])
    except ValueError as error:
        raise ConvertError(f"{path} is not a safetensors file") from error
    tensors = {}
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        first, last = (8 + length + offset for offset in entry["data_offsets"])
        if entry["dtype"] not in SAFETENSORS or last > len(data):
            raise ConvertError(f"{path}: '{name}' is of type {entry['dtype']}, or the file is cut off")
        kind = SAFETENSORS[entry["dtype"]]
        count = (last - first) // kind.itemsize
        flat = torch.frombuffer(data, dtype=kind, count=count, offset=first) if count else torch.empty(0, dtype=kind)
        tensors[name] = flat.reshape(entry["shape"])
    return tensors


def read_torch(path):
    """Tensors, numbers and containers only: a checkpoint that would run code of its own is refused."""
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise ConvertError(
            f"{path} holds more than weights, and reading it would run code from the file: "
            f"{str(error).splitlines()[0]}\n"
            "If you trust it, load it with the code it came from and save the state dict alone: "
            "torch.save(model.state_dict(), FILE)"
        ) from error
    except (RuntimeError, EOFError, OSError, ValueError) as error:
        raise ConvertError(f"{path} is not a torch checkpoint: {error}") from error


def plain(state):
    """Without the prefix that DataParallel leaves."""
    return {name.removeprefix("module."): value for name, value in state.items()}


def is_state(value):
    return isinstance(value, dict) and len(value) > 0 and all(isinstance(v, torch.Tensor) for v in value.values())


def averaged(checkpoint):
    """score_sde's {'model', 'ema', 'step', 'optimizer'}: the averaged weights, a list in the order of the parameters.

    Buffers and what was never trained (the Fourier embedding's W) are not in the list and are taken from 'model'.
    """
    model, shadow = plain(checkpoint["model"]), checkpoint["ema"]["shadow_params"]
    fixed = [name for name in model if name == "sigmas" or name == "all_modules.0.W"]
    trained = [name for name in model if name not in fixed]
    if len(trained) != len(shadow):
        raise ConvertError(f"{len(shadow)} averaged weights for {len(trained)} parameters: not a score_sde checkpoint")
    for name, value in zip(trained, shadow):
        if value.shape != model[name].shape:
            raise ConvertError(f"averaged weight of {name}: {list(value.shape)}, not {list(model[name].shape)}")
    return {name: model[name] for name in fixed} | dict(zip(trained, shadow))


def read_checkpoint(path, key=None):
    """(state dict, how the weights were chosen). `key`: where in a checkpoint of many parts the weights are."""
    path = Path(path)
    if not path.is_file():
        raise ConvertError(f"there is no file {path}")
    if path.suffix == ".safetensors":
        return plain(read_safetensors(path)), "as stored"
    loaded = read_torch(path)
    if key:
        if not isinstance(loaded, dict) or not is_state(loaded.get(key)):
            known = ", ".join(loaded) if isinstance(loaded, dict) else type(loaded).__name__
            raise ConvertError(f"{path} has no weights under '{key}': it has {known}")
        return plain(loaded[key]), f"'{key}' of the checkpoint"
    if is_state(loaded):
        return plain(loaded), "as stored"
    if isinstance(loaded, dict) and is_state(loaded.get("model")) and "shadow_params" in (loaded.get("ema") or {}):
        return averaged(loaded), "averaged (ema)"
    parts = [name for name, value in loaded.items() if is_state(value)] if isinstance(loaded, dict) else []
    if parts:
        raise ConvertError(f"{path} has weights under {', '.join(parts)}: say which with --key")
    raise ConvertError(f"{path} holds no weights that are known here")
