"""What the exports of the seismic priors have in common: their arguments, and how large a file may be."""

import argparse

LARGEST_FILE = 16 * 2**20


def arguments(doc):
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--checkpoint", required=True)
    parser.add_argument("--recipe", required=True, help="what the card says about the data and the licence")
    parser.add_argument("--pool", required=True, help="for its validation part")
    parser.add_argument("--zoo", required=True, help="folder for the network and its card")
    parser.add_argument("--version", default="1")
    parser.add_argument("--hardware", required=True, help="what it was trained on, for the card")
    return parser.parse_args()


def require_small(file):
    if file.stat().st_size > LARGEST_FILE:
        raise SystemExit(f"{file} has {file.stat().st_size / 2**20:.1f} MiB, more than 16")
