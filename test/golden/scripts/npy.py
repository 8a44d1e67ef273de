"""Small NumPy files -> test/golden/npy.json. Run from the repository root with numpy installed: python test/golden/scripts/npy.py"""
import base64, io, json
import numpy as np

cases = []


def add(name, array, read=True, version=None):
    out = io.BytesIO()
    if version:
        np.lib.format.write_array(out, array, version=version)
    else:
        np.save(out, array)
    case = {"name": name, "file": base64.b64encode(out.getvalue()).decode()}
    if read:
        case.update(shape=list(array.shape), values=array.astype(np.float64).ravel(order="C").tolist())
    cases.append(case)


ramp = np.arange(24).reshape(2, 3, 4)
for t in ["<i1", "<u1", "<i2", ">i2", "<u2", ">u2", "<i4", ">i4", "<u4", "<i8", ">i8", "<u8", "<f2", ">f2", "<f4", ">f4", "<f8", ">f8"]:
    base = ramp - (10 if t[1] != "u" else 0)
    add(t, (base * (0.5 if t[1] == "f" else 1)).astype(t))
add("bool", ramp % 3 == 0)
add("Fortran order", np.asfortranarray((ramp * 1.5).astype("<f4")))
add("Fortran order, big endian", np.asfortranarray(ramp.astype(">i2")))
add("two dimensions", ramp[0].astype("<f4"))
add("four dimensions", np.stack([ramp, ramp + 100]).astype("<i2"))
add("format 2.0", ramp.astype("<f4"), version=(2, 0))
add("half specials", np.array([[0.0, -0.0, 6e-8, 1e-5], [65504, -65504, 1 / 3, 2]], "<f2"))
add("one dimension", np.arange(5.0), read=False)
add("complex", ramp.astype("<c8"), read=False)
add("object", np.array([[{"a": 1}, None]], dtype=object), read=False)
add("structured", np.zeros((2, 2), dtype=[("a", "<f4"), ("b", "<i2")]), read=False)


def archive(save, **arrays):
    out = io.BytesIO()
    save(out, **arrays)
    return base64.b64encode(out.getvalue()).decode()


archives = {
    "stored": archive(np.savez, volume=ramp.astype("<f4"), angles=np.arange(3.0)),
    "deflated": archive(np.savez_compressed, volume=ramp.astype("<f4"), name=np.array("text"), z=ramp.astype("c8")),
    "two": archive(np.savez_compressed, a=ramp.astype("<f4"), b=(ramp * 2).astype("<i2")),
}
with open("test/golden/npy.json", "w") as f:
    json.dump({"numpy": np.__version__, "cases": cases, "archives": archives}, f)
