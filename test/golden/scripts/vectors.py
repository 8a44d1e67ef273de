"""Golden projections for test/operators/radon/vectors.test.ts: scans by the vectors of every view, and curved detectors.

ASTRA's CPU projectors in the plane (parallel_vec, fanflat_vec); its own vectors of circles (geom_2vec), so that ours are told to mean the
same in three dimensions, where ASTRA projects on CUDA only; RTK's Joseph projector in three dimensions by source, detector, u and v; and a
plain ray tracer in NumPy (Joseph's formula, one ray at a time) for what the others do not do: leaning parallel rays, curved detectors.

The object is that of radon.py, a closed formula that is written again in the test. mm; x right, y up, z up. ASTRA's first image row is the
top one. RTK turns about its y axis: our (x, y, z) is its (x, z, -y).

Run: python test/golden/scripts/vectors.py        (numpy, astra-toolbox 2.5, itk-rtk 2.7)
"""

import json
from pathlib import Path

import astra
import itk
import numpy as np
from itk import RTK as rtk

ROWS, COLUMNS, SLICES, PIXEL = 28, 22, 22, 1.5


def blob(x, y, z):
    bump = lambda cx, cy, cz, a, b, c: np.exp(-(((x - cx) / a) ** 2) - ((y - cy) / b) ** 2 - ((z - cz) / c) ** 2)
    return 0.03 * bump(3, -4, 1, 5, 7, 4) + 0.02 * bump(-6, 7, -2, 3, 4, 3) - 0.01 * bump(4, 5, 2, 3, 3, 5)


def centres(n, step):
    return (np.arange(n) - (n - 1) / 2) * step


z, y, x = np.meshgrid(*(centres(n, PIXEL) for n in (SLICES, ROWS, COLUMNS)), indexing="ij")
image = blob(x, y, 0 * z + 0.5)[0].astype(np.float32)
volume = blob(x, y, z).astype(np.float32)
golden = {"astra": astra.__version__, "rtk": "2.7.0"}


def rounded(a, digits=6):
    return [round(float(v), digits) for v in np.ravel(a)]


# ---- in the plane: sources and detectors that wander, rays that do not meet the detector at right angles ----

VIEWS = np.deg2rad([12, 27, 52, 71, 104, 133, 205, 251, 300, -20])
BINS = 41


def plane(divergent):
    out = []
    for n, t in enumerate(VIEWS):
        along, across = np.array([-np.sin(t), np.cos(t)]), np.array([np.cos(t), np.sin(t)])
        turn = 0.05 * (n - 4)
        u = 1.7 * (np.cos(turn) * across + np.sin(turn) * along)
        ray = -(60 + n) * along + 0.8 * n * across if divergent else along * (1 + 0.1 * n)
        out.append([*ray, *((40 - 2 * n) * along - 0.9 * (n - 3) * across), *u])
    return np.array(out)


half = (COLUMNS * PIXEL / 2, ROWS * PIXEL / 2)
grid = astra.create_vol_geom(ROWS, COLUMNS, -half[0], half[0], -half[1], half[1])
for name, kind, projector, divergent in (
    ("parallel", "parallel_vec", "linear", False),
    ("fan", "fanflat_vec", "line_fanflat", True),
):
    vectors = plane(divergent)
    geometry = astra.create_proj_geom(kind, BINS, vectors)
    _, data = astra.create_sino(np.flipud(image), astra.create_projector(projector, geometry, grid))
    golden[name] = {"vectors": [rounded(v, 9) for v in vectors], "data": rounded(data)}

# ASTRA's own vectors of a circle, where a detector is shifted and raised by its own function
circle = astra.geom_2vec(astra.create_proj_geom("cone", 2.4, 2.1, 17, 29, np.deg2rad([0, 33, 100, 250]), 60, 40))
golden["circle"] = [rounded(v, 9) for v in circle["Vectors"]]
golden["shifted"] = [rounded(v, 9) for v in astra.geom_postalignment(circle, (-3.1 / 2.4, 1.7 / 2.1))["Vectors"]]
flat = astra.geom_2vec(astra.create_proj_geom("fanflat", 1.9, 41, np.deg2rad([0, 33, 100, 250]), 60, 40))
golden["fan_circle"] = [rounded(v, 9) for v in flat["Vectors"]]

# ---- in space, RTK ----

U, V, DETECTOR_ROWS, DETECTOR_COLUMNS = 2.4, 2.1, 17, 19


def turned(axis, angle, vector):
    axis = axis / np.linalg.norm(axis)
    c, s = np.cos(angle), np.sin(angle)
    return c * vector + s * np.cross(axis, vector) + (1 - c) * axis * (axis @ vector)


def space():
    out = []
    for n, t in enumerate(np.deg2rad([5, 48, 80, 131, 190, 260, 333])):
        along, across, up = np.array([-np.sin(t), np.cos(t), 0]), np.array([np.cos(t), np.sin(t), 0]), np.array([0, 0, 1.0])
        lift = 3.0 * (n - 3)
        source = -(60 + n) * along + 0.5 * n * across + lift * up
        centre = (40 - n) * along + 0.7 * (n - 3) * across - 0.8 * lift * up
        # leaning in the plane of the detector, and about both of its axes
        lean = lambda vector: turned(along, 0.04 * (n - 2), turned(across, 0.05 * (3 - n), turned(up, 0.03 * n, vector)))
        out.append([*source, *centre, *(U * lean(across)), *(V * lean(up))])
    return np.array(out)


vectors = space()
to_rtk = lambda p: [p[0], p[2], -p[1]]
geometry = rtk.ThreeDCircularProjectionGeometry.New()
for view in vectors:
    source, centre, u, v = view.reshape(4, 3)
    geometry.AddProjection(to_rtk(source), to_rtk(centre), to_rtk(u / U), to_rtk(v / V))
Image = itk.Image[itk.F, 3]
image_rtk = itk.image_from_array(np.ascontiguousarray(volume.transpose(1, 0, 2)[::-1]))
image_rtk.SetSpacing([PIXEL] * 3)
image_rtk.SetOrigin([centres(n, PIXEL)[0] for n in (COLUMNS, SLICES, ROWS)])
empty = itk.image_from_array(np.zeros((len(vectors), DETECTOR_ROWS, DETECTOR_COLUMNS), np.float32))
empty.SetSpacing([U, V, 1])
empty.SetOrigin([centres(DETECTOR_COLUMNS, U)[0], centres(DETECTOR_ROWS, V)[0], 0])
forward = rtk.JosephForwardProjectionImageFilter[Image, Image].New()
forward.SetInput(0, empty)
forward.SetInput(1, image_rtk)
forward.SetGeometry(geometry)
forward.Update()
golden["cone"] = {"vectors": [rounded(v, 9) for v in vectors], "data": rounded(itk.array_from_image(forward.GetOutput()))}

# ---- a plain tracer ----


def joseph(data, start, direction, spacing):
    """Line by line along the longest axis (in voxels); data [z, y, x], points and directions in mm about its middle."""
    d = direction / spacing
    p = start / spacing + (np.array(data.shape[::-1]) - 1) / 2
    main = int(np.argmax(np.abs(d)))
    others = [a for a in range(3) if a != main]
    total = 0.0
    for line in range(data.shape[2 - main]):
        at = p + d * (line - p[main]) / d[main]
        low = np.floor(at[others]).astype(int)
        fraction = at[others] - low
        for a in (0, 1):
            for b in (0, 1):
                index = [0, 0, 0]
                index[main] = line
                index[others[0]], index[others[1]] = low[0] + a, low[1] + b
                if all(0 <= index[n] < data.shape[2 - n] for n in range(3)):
                    weight = (fraction[0] if a else 1 - fraction[0]) * (fraction[1] if b else 1 - fraction[1])
                    total += weight * data[index[2], index[1], index[0]]
    return total * np.linalg.norm(direction) / abs(d[main])


spacing = np.array([PIXEL] * 3)

# parallel rays, some steeper than 45 degrees
leaning = []
for n, t in enumerate(np.deg2rad([8, 63, 118, 171, 290])):
    along, across = np.array([-np.sin(t), np.cos(t), 0]), np.array([np.cos(t), np.sin(t), 0])
    ray = along + np.array([0, 0, [0.1, -0.4, 0.7, 1.6, -2.5][n]])
    u, v = 2.1 * (across + 0.1 * np.array([0, 0, 1])), 1.9 * (np.array([0, 0, 1]) - 0.3 * along)
    leaning.append([*ray, *(30 * ray + 0.6 * across + np.array([0, 0, 0.5])), *u, *v])
data = []
for view in np.array(leaning):
    ray, centre, u, v = view.reshape(4, 3)
    data += [joseph(volume, centre + c * u + r * v, ray, spacing) for r in centres(9, 1) for c in centres(13, 1)]
golden["leaning"] = {"vectors": [rounded(v, 9) for v in leaning], "data": rounded(data)}

# curved: a bin is an angle about the source; R, D, pitch and offset along the arc
R, D = 60, 100
angles = np.deg2rad([12, 71, 133, 205, 300])
data = []
for t in angles:
    source = R * np.array([np.sin(t), -np.cos(t), 0])
    for gamma in (centres(41, 1.9) - 3.1) / D:
        direction = np.array([-np.sin(t - gamma), np.cos(t - gamma), 0])
        data.append(joseph(image[None], source, direction, spacing))
golden["curved_fan"] = rounded(data)
data = []
for t, z0 in zip(angles, [-4, -2, 0, 2, 4]):
    source = np.array([R * np.sin(t), -R * np.cos(t), z0])
    for height in centres(9, 3.1) + 1.7:
        for gamma in (centres(15, 5.2) - 3.1) / D:
            direction = np.array([-np.sin(t - gamma), np.cos(t - gamma), height / D])
            data.append(joseph(volume, source, direction, spacing))
golden["curved_cone"] = rounded(data)

Path(__file__).parent.parent.joinpath("vectors.json").write_text(json.dumps(golden, separators=(",", ":")))
