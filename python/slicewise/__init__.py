"""slicewise from Python: NumPy arrays in, NumPy arrays out. All work is done by the command ``slicewise``; nothing is computed here.

    import numpy as np, slicewise
    angles = np.linspace(0, 180, 60, endpoint=False)
    image = slicewise.recon(sinogram, axes="view,detector", geometry="parallel", pitch=1.0, angles=angles, method="sirt")
    image = slicewise.recon("kspace.h5", method="dds", prior="mri", seed=1)

Options are those of the command (``slicewise recon --help all``), with ``_`` for ``-``.
"""

from ._command import SlicewiseError, command, program
from ._recon import info, recon

__all__ = ["SlicewiseError", "command", "info", "program", "recon"]
