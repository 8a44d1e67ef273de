"""What the exports of the seismic priors have in common: their arguments, and how large a file may be."""

import card

LARGEST_FILE = 16 * 2**20


def arguments(doc):
    parser = card.arguments(doc)
    parser.add_argument("--pool", required=True, help="for its validation part")
    return parser.parse_args()


def require_small(file):
    if file.stat().st_size > LARGEST_FILE:
        raise SystemExit(f"{file} has {file.stat().st_size / 2**20:.1f} MiB, more than 16")
