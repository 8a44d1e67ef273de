"""Two grey PNG images of 16 bits, one of 8 and a colour one, by Pillow -> test/golden/png.json.
Run from the repository root with Pillow and numpy installed: python test/golden/scripts/png.py
"""
import base64, io, json
import numpy as np
from PIL import Image

rng = np.random.default_rng(2)
images = rng.integers(0, 65536, (2, 3, 5)).astype("u2")


def png(array):
    out = io.BytesIO(); Image.fromarray(array).save(out, "PNG")
    return base64.b64encode(out.getvalue()).decode()


json.dump({"grey16": [png(a) for a in images], "grey8": png((images[0] >> 8).astype("u1")), "colour": png(np.zeros((3, 5, 3), "u1")),
           "values": images.ravel().tolist()}, open("test/golden/png.json", "w"))
