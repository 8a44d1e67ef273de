"""Arrays and options as the command takes them: files of a folder that is gone afterwards, and flags."""

import json
import os
import tempfile
from pathlib import Path

import numpy as np

from ._command import command


def recon(scan, *, output=None, manifest=False, quiet=True, **options):
    """Reconstructs.

    scan: an array (real, or complex k-space; say its ``axes``), or the path of a scan file.
    output: a file to write beside (.nii.gz, .sgy, …); default none.
    options: of ``slicewise recon``; arrays (``angles`` in degrees, ``maps``, ``mask_file``, ``trajectory``) are handed over as files.
    Returns the image, float32 in the order of its axes, slices first; with ``manifest=True`` also the run's record.
    Raises SlicewiseError as the command fails, TypeError for arrays of objects.
    """
    with tempfile.TemporaryDirectory(prefix="slicewise-") as folder:
        image, record = Path(folder, "image.npy"), Path(folder, "run.json")
        words = ["recon", _scan(scan, folder), *_flags(options, folder), "--json", record]
        command(*words, "-o", image if output is None else output, quiet=quiet)
        if output is not None:
            found = json.loads(record.read_text("utf-8"))
            return found if manifest else None
        array = np.load(image)
        return (array, json.loads(record.read_text("utf-8"))) if manifest else array


def info(thing, **options):
    """What a scan or volume is: what ``slicewise info --json`` tells, as a dict."""
    with tempfile.TemporaryDirectory(prefix="slicewise-") as folder:
        return json.loads(command("info", _scan(thing, folder), *_flags(options, folder), "--json"))


def _scan(thing, folder):
    return _array(thing, "scan", folder) if isinstance(thing, np.ndarray) else os.fspath(thing)


def _array(array, name, folder):
    """The path of a .npy file with the array; double precision stays where the file keeps it."""
    if array.dtype.hasobject:
        raise TypeError(f"{name} is an array of objects: numbers are needed")
    path = Path(folder, f"{name}.npy")
    np.save(path, np.ascontiguousarray(array))
    return path


def _flags(options, folder):
    words = []
    for name, value in options.items():
        flag = "--" + name.replace("_", "-")
        if value is None or value is False:
            continue
        if value is True:
            words.append(flag)
        elif isinstance(value, np.ndarray) and value.ndim > 0:
            words += [flag, _array(value, name, folder)]
            if name == "angles" and "angle_unit" not in options:
                words += ["--angle-unit", "deg"]
        elif isinstance(value, (list, tuple)):
            words += [flag, ",".join(map(str, value))]
        else:
            words += [flag, value]
    return words
