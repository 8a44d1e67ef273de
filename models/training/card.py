"""What every card says of its network, and how cards are written."""

import argparse
import hashlib
import json

from model import parameter_count


def arguments(doc):
    """The parser of an export: its checkpoint, and what every card needs."""
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--checkpoint", required=True)
    parser.add_argument("--recipe", required=True, help="what the card says about the data and the licence")
    parser.add_argument("--zoo", required=True, help="folder for the network and its card")
    parser.add_argument("--version", default="1")
    parser.add_argument("--hardware", required=True, help="what it was trained on, for the card")
    return parser


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
