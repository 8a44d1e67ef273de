"""A recipe (NAME.recipe.json) names the prior, its modality and network, and the source and licence of every file.

`extends` names a recipe whose entries hold where the recipe itself says nothing.
"""

import importlib
import json
from pathlib import Path

from data import files_of


def read_recipe(path, folder):
    """The recipe and its modality's module (ct.py, mri.py).

    Every volume of the folder must be in the recipe: a card that is silent about a source is worse than none.
    """
    recipe = extended(Path(path))
    if unknown := sorted(set(files_of(folder)) - set(recipe["data"])):
        raise SystemExit(f"{path} has no source and licence for {', '.join(unknown)}: add them under 'data'")
    return recipe, importlib.import_module(recipe["samples"])


def extended(path):
    recipe = json.loads(path.read_text())
    return {**extended(path.parent / recipe["extends"]), **recipe} if "extends" in recipe else recipe


def images_of(recipe):
    """The module with the numbers of a recipe's images (ct.py, mri.py) where `samples` names the task: of a guided prior."""
    return importlib.import_module(recipe["images"])
