"""Golden projections for test/operators/radon/peers.test.ts: ASTRA's CPU projectors in two dimensions, RTK's in three.

The object is a closed formula, written again in the test, and nothing about it is symmetric. Geometry, in mm (ASTRA has x to the right and y up, and the
first row of an array is the top one, so rows are turned over on the way in):

parallel_vec: ray (sin t, -cos t), detector centre OFFSET (cos t, sin t), step PITCH (cos t, sin t).
fanflat_vec: source 60 (sin t, -cos t), detector centre 40 (-sin t, cos t) + OFFSET (cos t, sin t), step PITCH (cos t, sin t).
RTK turns about its y axis: our (x, y, z) is its (x, z, -y), and its gantry angle our theta.

Run: python test/golden/scripts/radon.py        (numpy, astra-toolbox 2.5, itk-rtk 2.7)
"""

import json
from pathlib import Path

import astra
import itk
import numpy as np
from itk import RTK as rtk

ROWS, COLUMNS, SLICES, PIXEL = 28, 22, 22, 1.5
ANGLES = [0, 12, 45, 71, 90, 133, 180, 251, 300, -20]
# none near an axis, where exact lengths in pixels of 1.5 mm are off by up to 5 %
FAN_ANGLES = [12, 27, 45, 71, 104, 133, 205, 251, 300, -20]
BINS, PITCH, OFFSET = 37, 1.3, 2.2
FAN_BINS, FAN_PITCH, FAN_OFFSET = 41, 1.9, -3.1
FAN_SOURCE, FAN_BEYOND = 60, 40
CONE = dict(rows=17, columns=29, rowPitch=2.1, columnPitch=2.4, rowOffset=1.7, columnOffset=-3.1, source=60, beyond=40)


def blob(x, y, z):
    """Smooth, so that interpolating and not interpolating projectors differ little; mm, 1/mm."""
    bump = lambda cx, cy, cz, a, b, c: np.exp(-(((x - cx) / a) ** 2) - ((y - cy) / b) ** 2 - ((z - cz) / c) ** 2)
    return 0.03 * bump(3, -4, 1, 5, 7, 4) + 0.02 * bump(-6, 7, -2, 3, 4, 3) - 0.01 * bump(4, 5, 2, 3, 3, 5)


def centres(n, step):
    return (np.arange(n) - (n - 1) / 2) * step


z, y, x = np.meshgrid(*(centres(n, PIXEL) for n in (SLICES, ROWS, COLUMNS)), indexing="ij")
image = blob(x, y, 0 * z + 0.5)[0].astype(np.float32)  # the plane z = 0.5
volume = blob(x, y, z).astype(np.float32)
golden = {"astra": astra.__version__, "rtk": "2.7.0"}


def rounded(a):
    return [round(float(v), 6) for v in np.ravel(a)]


half = (COLUMNS * PIXEL / 2, ROWS * PIXEL / 2)
grid = astra.create_vol_geom(ROWS, COLUMNS, -half[0], half[0], -half[1], half[1])
t, u = np.deg2rad(ANGLES), np.deg2rad(FAN_ANGLES)


def sinogram(kind, geometry):
    _, data = astra.create_sino(np.flipud(image), astra.create_projector(kind, geometry, grid))
    return rounded(data)


s, c = np.sin(t), np.cos(t)
step = np.stack([c, s], 1)
parallel = np.hstack([np.stack([s, -c], 1), OFFSET * step, PITCH * step])
golden["parallel_linear"] = sinogram("linear", astra.create_proj_geom("parallel_vec", BINS, parallel))
s, c = np.sin(u), np.cos(u)
step = np.stack([c, s], 1)
source = FAN_SOURCE * np.stack([s, -c], 1)
centre = FAN_BEYOND * np.stack([-s, c], 1) + FAN_OFFSET * step
fan = np.hstack([source, centre, FAN_PITCH * step])
golden["fan_line"] = sinogram("line_fanflat", astra.create_proj_geom("fanflat_vec", FAN_BINS, fan))
# without an offset: ASTRA's own angles, where theirs and ours must read alike
golden["parallel_angles"] = sinogram("linear", astra.create_proj_geom("parallel", PITCH, BINS, t))
golden["fan_angles"] = sinogram(
    "line_fanflat", astra.create_proj_geom("fanflat", FAN_PITCH, FAN_BINS, u, FAN_SOURCE, FAN_BEYOND)
)

# RTK: array [z, y, x] of its axes = ours [-y, z, x]
geometry = rtk.ThreeDCircularProjectionGeometry.New()
for angle in ANGLES:
    geometry.AddProjection(CONE["source"], CONE["source"] + CONE["beyond"], angle)
Image = itk.Image[itk.F, 3]
turned = itk.image_from_array(np.ascontiguousarray(volume.transpose(1, 0, 2)[::-1]))
turned.SetSpacing([PIXEL] * 3)
turned.SetOrigin([centres(n, PIXEL)[0] for n in (COLUMNS, SLICES, ROWS)])
empty = itk.image_from_array(np.zeros((len(ANGLES), CONE["rows"], CONE["columns"]), np.float32))
empty.SetSpacing([CONE["columnPitch"], CONE["rowPitch"], 1])
empty.SetOrigin(
    [
        centres(CONE["columns"], CONE["columnPitch"])[0] + CONE["columnOffset"],
        centres(CONE["rows"], CONE["rowPitch"])[0] + CONE["rowOffset"],
        0,
    ]
)
forward = rtk.JosephForwardProjectionImageFilter[Image, Image].New()
forward.SetInput(0, empty)
forward.SetInput(1, turned)
forward.SetGeometry(geometry)
forward.Update()
golden["cone_joseph"] = rounded(itk.array_from_image(forward.GetOutput()))

Path(__file__).parent.parent.joinpath("radon.json").write_text(json.dumps(golden, separators=(",", ":")))
