"""scikit-image's non-local means for bench/prior-denoise and bench/prior-generalise.

One line of JSON in, one out: {input, out, sigma, h, patch, distance, threads}. `input` is a .npy of slices [slice, row, column], or
[slice, row, column, part] for complex images, whose parts are denoised together; the result goes to `out`, float32.
"""

import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from skimage.restoration import denoise_nl_means


def denoise(noisy, request):
    def one(image):
        return denoise_nl_means(
            image, patch_size=request["patch"], patch_distance=request["distance"], h=request["h"],
            sigma=request["sigma"], fast_mode=True, channel_axis=-1 if noisy.ndim == 4 else None,
        )  # fmt: skip

    with ThreadPoolExecutor(request["threads"]) as pool:
        return np.stack(list(pool.map(one, noisy)))


for line in sys.stdin:
    request = json.loads(line)
    noisy = np.load(request["input"])
    start = time.perf_counter()
    denoised = denoise(noisy, request)
    seconds = time.perf_counter() - start
    np.save(request["out"], denoised.astype(np.float32))
    print(json.dumps({"seconds": seconds}), flush=True)
