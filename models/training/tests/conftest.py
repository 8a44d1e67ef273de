"""Tests of the converters: python -m pytest models/training/tests. Those that need diffusers are skipped without it."""

import sys
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).parents[1]))
torch.set_num_threads(1)
