"""CT projectors of ASTRA (CPU), scikit-image and RTK for bench/radon: reads one JSON request a line, answers one line each.

    {"op": "setup", "peer": "astra" | "astra-fan" | "skimage" | "rtk", "image": PATH, "out": PATH, "threads": N, "slices": N, ...geometry}
    {"op": "forward"} | {"op": "adjoint"}  →  {"wall": seconds, "cpu": seconds}, of one pass over `slices` slices (RTK: the volume)

`image` is float32 [row, column] ([slice, row, column] for RTK), pixels of 1 mm, rows upwards; after set-up its projections are written to `out`.
"""

import json
import resource
import sys
import time

import numpy as np


def astra_peer(q):
    """Data stay in ASTRA's memory; only the projector runs. One slice again and again: slices are alike."""
    import astra

    n = q["size"]
    image = np.fromfile(q["image"], np.float32).reshape(n, n)
    t = np.deg2rad(q["angles"])
    grid = astra.create_vol_geom(n, n)
    if q["peer"] == "astra-fan":
        source, beyond = q["sourceToAxis"], q["sourceToDetector"] - q["sourceToAxis"]
        geometry = astra.create_proj_geom("fanflat", q["detectorPitch"], q["detectorCount"], t, source, beyond)
        projector = astra.create_projector("line_fanflat", geometry, grid)
    else:
        geometry = astra.create_proj_geom("parallel", q["detectorPitch"], q["detectorCount"], t)
        projector = astra.create_projector("linear", geometry, grid)
    volume = astra.data2d.create("-vol", grid, np.flipud(image))
    back = astra.data2d.create("-vol", grid, 0)
    sinogram = astra.data2d.create("-sino", geometry, 0)

    def algorithm(kind, **data):
        return astra.algorithm.create({"type": kind, "ProjectorId": projector, "ProjectionDataId": sinogram, **data})

    fp, bp = algorithm("FP", VolumeDataId=volume), algorithm("BP", ReconstructionDataId=back)
    run = lambda which: [astra.algorithm.run(which) for _ in range(q["slices"])]
    run(fp)
    astra.data2d.get(sinogram).astype(np.float32).tofile(q["out"])
    return lambda: run(fp), lambda: run(bp)


def skimage_peer(q):
    from skimage.transform import iradon, radon

    n = q["size"]
    image = np.fromfile(q["image"], np.float32).reshape(n, n)
    angles = np.array(q["angles"], float)
    sinogram = radon(image, angles, circle=True)
    np.zeros(0, np.float32).tofile(q["out"])  # another grid and another convention: not compared
    many = lambda f: [f() for _ in range(q["slices"])]
    return (
        lambda: many(lambda: radon(image, angles, circle=True)),
        lambda: many(lambda: iradon(sinogram, angles, filter_name=None, circle=True)),
    )


def rtk_peer(q):
    import itk
    from itk import RTK as rtk

    itk.MultiThreaderBase.SetGlobalDefaultNumberOfThreads(q["threads"])
    nz, n = q["slices"], q["size"]
    volume = np.fromfile(q["image"], np.float32).reshape(nz, n, n)
    geometry = rtk.ThreeDCircularProjectionGeometry.New()
    for angle in q["angles"]:
        geometry.AddProjection(q["sourceToAxis"], q["sourceToDetector"], angle)
    # its y axis is the one of rotation: our (x, y, z) is its (x, z, -y)
    turned = np.ascontiguousarray(volume.transpose(1, 0, 2)[::-1])
    middle = lambda m, step: -(m - 1) / 2 * step
    origin = [middle(n, 1), middle(nz, 1), middle(n, 1)]
    Image = itk.Image[itk.F, 3]

    def image_of(array, spacing, at):
        image = itk.image_from_array(array)
        image.SetSpacing(spacing)
        image.SetOrigin(at)
        return image

    columns, rows = q["columns"], q["rows"]
    stack = np.zeros((len(q["angles"]), rows, columns), np.float32)
    spacing = [q["columnPitch"], q["rowPitch"], 1]
    at = [middle(columns, q["columnPitch"]), middle(rows, q["rowPitch"]), 0]
    object_ = image_of(turned, [1, 1, 1], origin)
    empty, nothing = image_of(stack, spacing, at), image_of(np.zeros_like(turned), [1, 1, 1], origin)

    def run(kind, first, second):
        f = kind[Image, Image].New()
        f.SetInput(0, first)
        f.SetInput(1, second)
        f.SetGeometry(geometry)
        f.SetNumberOfWorkUnits(q["threads"])
        f.InPlaceOff()
        f.Update()
        return f.GetOutput()

    projected = run(rtk.JosephForwardProjectionImageFilter, empty, object_)
    itk.array_from_image(projected).astype(np.float32).tofile(q["out"])
    return (
        lambda: run(rtk.JosephForwardProjectionImageFilter, empty, object_),
        lambda: run(rtk.JosephBackProjectionImageFilter, nothing, projected),
    )


def cpu():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


peers = {"astra": astra_peer, "astra-fan": astra_peer, "skimage": skimage_peer, "rtk": rtk_peer}
run = {}
for line in sys.stdin:
    request = json.loads(line)
    answer = {}
    if request["op"] == "setup":
        run["forward"], run["adjoint"] = peers[request["peer"]](request)
    else:
        wall, used = time.perf_counter(), cpu()
        run[request["op"]]()
        answer = {"wall": time.perf_counter() - wall, "cpu": cpu() - used}
    print(json.dumps(answer), flush=True)
