"""Small NIfTI files as nibabel writes and reads them -> test/golden/nifti.json.

Run from the repository root with nibabel and numpy installed: python test/golden/scripts/nifti.py
Every case holds the file (base64), and what nibabel makes of it: values in our order [k, j, i], affine, axis codes, and the
closest canonical volume.
"""
import base64, gzip, io, json, tempfile, os
import nibabel as nib
import numpy as np
from nibabel.orientations import aff2axcodes, io_orientation

SHAPE = (3, 4, 5)  # i, j, k
ramp = np.arange(60).reshape(SHAPE, order="F")
oblique = nib.affines.from_matvec(
    nib.eulerangles.euler2mat(0.3, -0.2, 0.1) @ np.diag([-1.5, 2.0, 3.0]), [10.5, -20.25, 30.0])
cases = []


def canonical(img):
    c = nib.as_closest_canonical(img)
    data = np.asarray(c.dataobj, dtype=np.float64)
    return {"shape": list(data.shape), "affine": c.affine.tolist(), "values": data.ravel(order="F").tolist()}


def add(name, raw, extra=None, read=True):
    case = {"name": name, "file": base64.b64encode(raw).decode(), **(extra or {})}
    if read:
        cls = nib.Nifti2Image if raw[:4] in (b"\x1c\x02\0\0", b"\0\0\x02\x1c") else nib.Nifti1Image
        img = cls.from_bytes(raw)
        case.update(
            shape=list(img.shape), affine=img.affine.tolist(),
            values=img.get_fdata().ravel(order="F").tolist(),
            codes="".join(aff2axcodes(img.affine)))
        if len(img.shape) == 3 and ("axes" in name or "form" in name or name == "NIfTI-2 big endian"):
            case["canonical"] = canonical(img)
    cases.append(case)


def image(dtype, endian="<", cls=nib.Nifti1Image, header=nib.Nifti1Header, affine=oblique, data=None):
    hdr = header(endianness=endian)
    hdr.set_data_dtype(np.dtype(dtype).newbyteorder(endian))
    data = (ramp - (20 if np.dtype(dtype).kind in "if" else 0)).astype(dtype) if data is None else data
    img = cls(data, None, hdr)
    img.header.set_data_dtype(np.dtype(dtype).newbyteorder(endian))
    img.set_sform(affine, 1)
    img.set_qform(affine, 0)
    img.header.set_xyzt_units("mm", "sec")
    return img


def patched(raw, *changes):
    raw = bytearray(raw)
    for at, new in changes:
        raw[at:at + len(new)] = new
    return bytes(raw)


for t in ["u1", "i1", "i2", "u2", "i4", "u4", "i8", "u8", "f4", "f8"]:
    add(f"{t} little endian", image(t).to_bytes())
for t in ["i2", "u4", "u8", "f8"]:
    add(f"{t} big endian", image(t, ">").to_bytes())
for e, word in [("<", "little"), (">", "big")]:
    add(f"NIfTI-2 {word} endian", image("i2", e, nib.Nifti2Image, nib.Nifti2Header).to_bytes())

plain = image("i2").to_bytes()
f4 = lambda v: np.float32(v).tobytes()
add("slope 2.5, intercept -7", patched(plain, (112, f4(2.5)), (116, f4(-7))))
add("slope 0", patched(plain, (112, f4(0)), (116, f4(-7))))
add("slope NaN", patched(plain, (112, f4(np.nan)), (116, f4(np.nan))))

q = image("i2")
q.header["sform_code"] = 0
q.set_qform(oblique, 1)
q.set_sform(None, 0)
add("qform only, left handed", q.to_bytes())
half = nib.affines.from_matvec(np.diag([-2.0, -2.5, 3.0]), [1, 2, 3])
h = image("i2"); h.set_sform(None, 0); h.set_qform(half, 1)
add("qform only, half turn", h.to_bytes())
both = image("i2"); both.set_qform(half, 2); both.set_sform(oblique, 1)
add("sform beside a different qform of higher code", both.to_bytes())
none = image("i2"); none.set_sform(None, 0); none.set_qform(None, 0); none.header["pixdim"][1:4] = [1.5, 2, 3]
add("no form", none.to_bytes())

for name, codes in [("LPS", "LPS"), ("PSR", "PSR"), ("IAL", "IAL")]:
    ornt = nib.orientations.axcodes2ornt(codes)
    target = np.zeros((4, 4)); target[3, 3] = 1
    for axis, (world, sign) in enumerate(ornt):
        target[int(world), axis] = sign * (axis + 1.5)
    target[:3, 3] = [7, -8, 9]
    add(f"axes {name}", image("i2", affine=target).to_bytes())
sheared = oblique.copy(); sheared[0, 2] += 0.9
add("sheared sform", image("f4", affine=sheared).to_bytes())

one = image("i2"); one.header.extensions.append(nib.nifti1.Nifti1Extension(6, b"kept text, odd length"))
one.header["descrip"] = b"scanner X"
add("with an extension", one.to_bytes())
two = nib.Nifti1Image(ramp[:, :, 0].astype("i2"), oblique)
add("two dimensions", two.to_bytes())
four = nib.Nifti1Image(np.stack([ramp, ramp + 100], -1).astype("i2"), oblique)
add("four dimensions", four.to_bytes())
add("complex", nib.Nifti1Image(ramp.astype("c8"), oblique).to_bytes(), read=False)
rgb = np.zeros(SHAPE, dtype=[("R", "u1"), ("G", "u1"), ("B", "u1")])
add("RGB", nib.Nifti1Image(rgb, oblique).to_bytes(), read=False)
for unit, code in [("metre", 1), ("micron", 3)]:
    add(f"unit {unit}", patched(plain, (123, bytes([code | 8]))))

with tempfile.TemporaryDirectory() as folder:
    pair = nib.Nifti1Pair(ramp.astype("i2"), oblique)
    nib.save(pair, os.path.join(folder, "p.hdr"))
    read = lambda n: base64.b64encode(open(os.path.join(folder, n), "rb").read()).decode()
    cases.append({"name": "pair", "hdr": read("p.hdr"), "img": read("p.img"), "shape": list(SHAPE),
                  "affine": pair.affine.tolist(), "values": ramp.ravel(order="F").tolist()})

rng = np.random.default_rng(7)
rotations = []
for _ in range(40):
    m = np.linalg.qr(rng.normal(size=(3, 3)))[0] @ np.diag(rng.uniform(0.5, 4, 3))
    m += rng.normal(size=(3, 3)) * 0.15 * np.abs(m).min()
    aff = nib.affines.from_matvec(m, rng.normal(size=3) * 50)
    rotations.append({"affine": aff.tolist(), "codes": "".join(aff2axcodes(aff)), "ornt": io_orientation(aff).tolist()})

with open("test/golden/nifti.json", "w") as f:
    json.dump({"nibabel": nib.__version__, "cases": cases, "rotations": rotations}, f)
