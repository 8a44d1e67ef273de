"""Small MetaImage and NRRD files and what SimpleITK (place) and NumPy (values) say of them -> test/golden/itk.json.

    python test/golden/scripts/itk.py                 makes the golden file
    python test/golden/scripts/itk.py check A B …     prints what SimpleITK reads of files that slicewise wrote: do they agree with A?
Needs SimpleITK, pynrrd, numpy. Files that neither writes (big endian, lists, text) are made of those by hand.
"""
import base64, gzip, json, os, sys, tempfile, zlib
import numpy as np, SimpleITK as sitk

U = np.array([[0.96, -0.168, 0.224], [0.28, 0.576, -0.768], [0.0, 0.8, 0.6]])  # columns: directions, LPS
SPACING, ORIGIN, SHAPE = (0.8, 1.25, 2.5), (-12.5, 30.0, -70.0), (3, 4, 5)
LPS_RAS = np.diag([-1.0, -1.0, 1.0, 1.0])
rng = np.random.default_rng(11)
cases = []


def affine(image):
    d = np.array(image.GetDirection()).reshape(3, 3)
    a = np.eye(4); a[:3, :3] = d * np.array(image.GetSpacing()); a[:3, 3] = image.GetOrigin()
    return (LPS_RAS @ a).ravel().tolist()


def add(name, files, values, place, index=None):
    cases.append({"name": name, "files": [{"name": n, "bytes": base64.b64encode(b).decode()} for n, b in files], "shape": list(values.shape),
                  "values": base64.b64encode(np.ascontiguousarray(values, "<f4").tobytes()).decode(), "affine": place,
                  **({} if index is None else {"index": index})})


def image(dtype):
    values = (rng.integers(-1000, 3000, SHAPE) if np.dtype(dtype).kind != "u" else rng.integers(0, 250, SHAPE)).astype(dtype)
    if np.dtype(dtype).kind == "f":
        values += rng.random(SHAPE).astype(dtype)
    im = sitk.GetImageFromArray(values)
    im.SetSpacing(SPACING); im.SetOrigin(ORIGIN); im.SetDirection(U.ravel().tolist())
    return im, values


def saved(im, name, compress=False):
    with tempfile.TemporaryDirectory() as folder:
        sitk.WriteImage(im, os.path.join(folder, name), useCompression=compress)
        return sorted(((n, open(os.path.join(folder, n), "rb").read()) for n in os.listdir(folder)), key=lambda f: f[0] != name)


def make():
    for kind, header in (("mha", "mhd"), ("nrrd", "nhdr")):
        for dtype in ("int16", "uint8", "float32", "float64", "uint16", "int32"):
            im, values = image(dtype)
            for compress in (False, True):
                add(f"{kind} {dtype}{' compressed' if compress else ''}", saved(im, f"a.{kind}", compress), values, affine(im))
        im, values = image("int16")
        add(f"{header}, numbers beside it", saved(im, f"a.{header}"), values, affine(im))
        add(f"{header}, compressed numbers beside it", saved(im, f"a.{header}", True), values, affine(im))
        flat = sitk.GetImageFromArray(values[0]); flat.SetSpacing(SPACING[:2])
        a = LPS_RAS @ np.diag([*SPACING[:2], 1, 1])
        if kind == "mha":
            add("mha of two dimensions", saved(flat, "a.mha"), values[:1], a.ravel().tolist())

    im, values = image("int16")
    plain = saved(im, "a.mha")[0][1]
    end = plain.index(b"LOCAL\n") + 6
    big = plain[:end].replace(b"BinaryDataByteOrderMSB = False", b"BinaryDataByteOrderMSB = True") + values.astype(">i2").tobytes()
    add("mha, big endian", [("a.mha", big)], values, affine(im))
    head = plain[:end]
    listed = head.replace(b"ElementDataFile = LOCAL\n", b"ElementDataFile = LIST 2\ns0.raw\ns1.raw\ns2.raw\n")
    add("mhd, a list of files", [("a.mhd", listed)] + [(f"s{k}.raw", values[k].tobytes()) for k in range(3)], values, affine(im))
    numbered = head.replace(b"ElementDataFile = LOCAL", b"ElementDataFile = s%02d.raw 1 3 1")
    add("mhd, numbered files", [("a.mhd", numbered)] + [(f"s{k + 1:02}.raw", values[k].tobytes()) for k in range(3)], values, affine(im))
    skipping = head.replace(b"ElementDataFile = LOCAL", b"HeaderSize = -1\nElementDataFile = a.raw")
    add("mhd, a header of the data's own", [("a.mhd", skipping), ("a.raw", b"x" * 37 + values.tobytes())], values, affine(im))

    def nrrd(body, *, space="space: left-posterior-superior", directions=None, dims=3, sizes=None, more=(), data=b"", encoding="raw", endian="little"):
        columns = ["(%s)" % ",".join(repr(float(x)) for x in U[:, c] * SPACING[c]) for c in range(3)]
        lines = ["NRRD0005", "# made by hand", f"type: {body}", f"dimension: {dims}", f"sizes: {' '.join(map(str, sizes or SHAPE[::-1]))}", space,
                 f"space directions: {directions or ' '.join(columns)}", "space origin: (%s)" % ",".join(map(str, ORIGIN)),
                 f"endian: {endian}", f"encoding: {encoding}", *more]
        return ("\n".join(lines) + "\n\n").encode() + data

    add("nrrd, big endian", [("a.nrrd", nrrd("short", endian="big", data=values.astype(">i2").tobytes()))], values, affine(im))
    add("nrrd, text", [("a.nrrd", nrrd("short", encoding="ascii", data=" ".join(map(str, values.ravel())).encode()))], values, affine(im))
    ras = LPS_RAS @ np.array(affine(im)).reshape(4, 4)
    add("nrrd, RAS", [("a.nrrd", nrrd("short", space="space: right-anterior-superior", data=values.tobytes()))], values, ras.ravel().tolist())
    las = np.diag([-1.0, 1, 1, 1]) @ ras
    add("nrrd, LAS", [("a.nrrd", nrrd("short", space="space: LAS", data=values.tobytes()))], values, las.ravel().tolist())
    two = np.stack([values, values + 5])
    columns = ["(%s)" % ",".join(repr(float(x)) for x in U[:, c] * SPACING[c]) for c in range(3)]
    add("nrrd, an axis without direction first", [("a.nrrd", nrrd("short", dims=4, sizes=(2, *SHAPE[::-1]), directions="none " + " ".join(columns),
        data=np.moveaxis(two, 0, -1).copy().tobytes()))], two[1], affine(im), 1)
    add("nrrd, an axis without direction last", [("a.nrrd", nrrd("short", dims=4, sizes=(*SHAPE[::-1], 2), directions=" ".join(columns) + " none",
        data=two.tobytes()))], two[1], affine(im), 1)
    packed = gzip.compress(values.tobytes())
    add("nhdr, line skip and gzip", [("a.nhdr", nrrd("short", encoding="gzip", more=["line skip: 2", "data file: a.raw.gz"])),
        ("a.raw.gz", b"two\nlines\n" + packed)], values, affine(im))
    add("nhdr, byte skip -1", [("a.nhdr", nrrd("short", more=["byte skip: -1", "data file: a.raw"])), ("a.raw", b"head" + values.tobytes())], values, affine(im))
    add("nhdr, a list of files", [("a.nhdr", nrrd("short", more=["data file: LIST"])[:-1] + b"s0.raw\ns1.raw\ns2.raw\n")] +
        [(f"s{k}.raw", values[k].tobytes()) for k in range(3)], values, affine(im))
    add("nhdr, numbered files", [("a.nhdr", nrrd("short", more=["data file: s%03d.raw 0 2 1"]))] +
        [(f"s{k:03}.raw", values[k].tobytes()) for k in range(3)], values, affine(im))
    json.dump({"cases": cases}, open("test/golden/itk.json", "w"), separators=(",", ":"))


def check(first, *others):
    a = sitk.ReadImage(first)
    for name in others:
        b = sitk.ReadImage(name)
        same = np.array_equal(sitk.GetArrayFromImage(a), sitk.GetArrayFromImage(b))
        place = np.allclose([*a.GetSpacing(), *a.GetOrigin(), *a.GetDirection()], [*b.GetSpacing(), *b.GetOrigin(), *b.GetDirection()], atol=1e-5)
        print(name, b.GetPixelIDTypeAsString(), b.GetSize(), "values", same, "place", place)
        assert same and place


check(*sys.argv[2:]) if sys.argv[1:2] == ["check"] else make()
