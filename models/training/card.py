"""What every card says of its network, and how cards are written."""

import hashlib
import json

from model import parameter_count


def card_of(file, recipe, state, network, chosen, *, own, trained_on, quality):
    """The card of the ONNX file `file`.

    state: the checkpoint. chosen: version and hardware. own: what only this family of networks says (parametrisation, inputs, noise
    levels, channels, padding). trained_on: `data`, a line for each source, and what else there is to tell of it. quality: measured figures.
    """
    return {
        "name": recipe["name"],
        "version": chosen.version,
        "file": file.name,
        "sha256": hashlib.sha256(file.read_bytes()).hexdigest(),
        "modality": recipe["modality"],
        **own,
        "output": "f",
        "range": recipe["range"],
        "plane": recipe["plane"],
        "sizeMultiple": network.size_multiple,
        "parameters": parameter_count(network),
        "training": {
            **trained_on,
            "steps": state["step"],
            "minutes": round(state["seconds"] / 60, 1),
            "hardware": chosen.hardware,
            "seed": state["seed"],
            "pytorch": state["pytorch"],
            **({"initialised": recipe["initialised"]} if "initialised" in recipe else {}),
        },
        "licence": recipe["licence"],
        "quality": quality,
        "description": recipe["description"],
    }


def write_card(path, card):
    path.write_text(json.dumps(card, indent=2, ensure_ascii=False) + "\n")
    print(json.dumps(card["quality"], indent=2))
