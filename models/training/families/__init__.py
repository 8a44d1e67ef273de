"""The architectures of published checkpoints, one file a family, written for conversion (convert.py).

Names and shapes of all weights are those of the published code, so that its checkpoints load with `strict=True`; the
code is ours. Only what inference needs: no dropout, no gradient checkpointing, float32.
"""
