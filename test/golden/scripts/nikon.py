"""A Nikon (X-Tek) scan and what it means, by NumPy -> test/golden/nikon.json.

Run from the repository root with numpy and tifffile installed: python test/golden/scripts/nikon.py

The meaning is that of CIL's NikonDataReader and of X-Tek's own notes: distances in mm, `SrcToObject` to the rotation axis, detector pixels of
`DetectorPixelSizeX` mm, the object displaced by `ObjectOffsetX` across the beam, −ln(I / WhiteLevel), image rows from the top. The object is
a ball off the axis and above the middle plane. Projections are line integrals by closed form in the scanner's own frame: the source at
(0, −SrcToObject), the detector beyond, the object turned clockwise seen from above by InitialAngle + n AngularStep.
"""
import base64, io, json, os
import numpy as np, tifffile

ROWS, COLUMNS, PITCH, SOD, SDD, VIEWS, FIRST, STEP, OFFSET, WHITE = 12, 16, 0.5, 60.0, 150.0, 9, 10.0, 40.0, 0.2, 60000.0
BALL, RADIUS, MU = np.array([0.7, 0.3, 0.25]), 0.8, 0.4  # object frame: x to the right at angle 0, y away from the source, z upwards

projections = []
for n in range(VIEWS):
    turn = np.deg2rad(FIRST + n * STEP)
    # clockwise seen from above: (x, y) -> (x cos + y sin, −x sin + y cos)
    x = BALL[0] * np.cos(turn) + BALL[1] * np.sin(turn) + OFFSET
    y = -BALL[0] * np.sin(turn) + BALL[1] * np.cos(turn)
    column = (np.arange(COLUMNS) - (COLUMNS - 1) / 2) * PITCH
    height = ((ROWS - 1) / 2 - np.arange(ROWS)) * PITCH  # the first row of the picture is the highest
    ray = np.stack(np.broadcast_arrays(column[None], SDD, height[:, None]), -1)
    ray = ray / np.linalg.norm(ray, axis=-1, keepdims=True)
    to = np.array([x, SOD + y, BALL[2]])
    along = ray @ to
    chord = RADIUS**2 - (to @ to - along**2)
    line = MU * 2 * np.sqrt(np.maximum(chord, 0))
    projections.append((WHITE * np.exp(-line)).round().astype(np.uint16))


def tiff(image):
    out = io.BytesIO()
    tifffile.imwrite(out, image)
    return base64.b64encode(out.getvalue()).decode()


header = f"""[XTekCT]
Name=ball
DetectorPixelsX={COLUMNS}
DetectorPixelSizeX={PITCH}
DetectorPixelsY={ROWS}
DetectorPixelSizeY={PITCH}
SrcToObject={SOD}
SrcToDetector={SDD}
ObjectOffsetX={OFFSET}
InitialAngle={FIRST}
AngularStep={STEP}
Projections={VIEWS}
WhiteLevel={WHITE:.0f}
"""
counts = np.stack(projections)
out = os.path.join(os.path.dirname(__file__), "..", "nikon.json")
with open(out, "w") as f:
    json.dump({
        "header": header, "tiffs": [tiff(p) for p in projections], "ball": BALL.tolist(), "radius": RADIUS, "mu": MU,
        "lines": base64.b64encode((-np.log(counts / WHITE)).astype("<f4").tobytes()).decode(), "shape": list(counts.shape),
    }, f)
    f.write("\n")
print(os.path.getsize(out), "bytes")
