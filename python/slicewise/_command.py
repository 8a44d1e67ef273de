"""How the command is found and run."""

import os
import shlex
import shutil
import subprocess
from pathlib import Path


class SlicewiseError(RuntimeError):
    """The command failed. The message says what was expected, what came, and the way out; ``code`` is its exit code."""

    def __init__(self, message, code):
        super().__init__(message)
        self.code = code


def program():
    """The words that start the command: SLICEWISE if it is set, the clone that this package lies in, or what PATH leads to.

    Raises FileNotFoundError where there is none.
    """
    if os.environ.get("SLICEWISE"):
        return shlex.split(os.environ["SLICEWISE"])
    starter = Path(__file__).resolve().parents[2] / "bin" / "slicewise.mjs"
    node = shutil.which("node")
    if starter.exists() and node:
        return [node, str(starter)]
    found = shutil.which("slicewise")
    if found:
        return [found]
    raise FileNotFoundError(
        "the command slicewise is not found: install this package from a clone (pip install -e CLONE/python) with Node on the PATH, "
        "or set SLICEWISE, e.g. SLICEWISE='node /path/to/clone/bin/slicewise.mjs'"
    )


def command(*words, quiet=True):
    """Runs ``slicewise WORDS…`` and gives what it prints. With ``quiet=False`` progress and warnings go to the terminal.

    Raises SlicewiseError where it fails.
    """
    run = subprocess.run(
        [*program(), *map(str, words)], stdout=subprocess.PIPE, stderr=subprocess.PIPE if quiet else None, text=True, encoding="utf-8"
    )
    if run.returncode != 0:
        told = [line for line in (run.stderr or "").splitlines() if line.startswith(("slicewise:", "error:"))]
        words_told = "\n".join(told) or (run.stderr or "").strip() or f"exit code {run.returncode}"
        raise SlicewiseError(words_told.removeprefix("slicewise: "), run.returncode)
    return run.stdout
