"""Golden image for test/modalities/ct/phantoms: scikit-image's modified Shepp-Logan phantom, means of 10×10 blocks.

Run: python test/golden/scripts/shepp-logan.py
Needs scikit-image (0.26 was used).
"""

import json
from pathlib import Path

from skimage.data import shepp_logan_phantom

image = shepp_logan_phantom()  # 400×400, row 0 at +y, column 0 at −x
blocks = image.reshape(40, 10, 40, 10).mean(axis=(1, 3))
path = Path(__file__).parents[1] / "shepp-logan.json"
path.write_text(json.dumps([[round(float(v), 4) for v in row] for row in blocks]) + "\n")
