"""An image made smaller and larger by Pillow's bicubic filter (Keys' cubic of a = -1/2, stretched by the factor where it reduces).

    pip install numpy pillow; python reduced.py > ../reduced.json

Pillow cuts the filter at the edges where we mirror the image: only pixels whose filter lies inside can be compared.
"""
import json

import numpy as np
from PIL import Image

image = np.random.default_rng(3).standard_normal((24, 30)).astype(np.float32)


def numbers(values):
    return [[float(f"{v:.6g}") for v in row] for row in np.asarray(values)]


def resized(factor):
    """Made smaller by the factor (whole pixels only), and larger again."""
    rows, columns = image.shape[0] // factor, image.shape[1] // factor
    whole = image[: rows * factor, : columns * factor]
    small = Image.fromarray(whole).resize((columns, rows), Image.Resampling.BICUBIC)
    large = small.resize((columns * factor, rows * factor), Image.Resampling.BICUBIC)
    return {"factor": factor, "small": numbers(small), "large": numbers(large)}


print(json.dumps({"image": numbers(image), "sizes": [resized(factor) for factor in (2, 3, 4)]}))
