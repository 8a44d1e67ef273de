"""Small files of kinds that went wrong for users of this field, with their values by independent readers -> test/golden/real-files.json.

Run from the repository root with numpy, pydicom, nibabel, tifffile, h5py and scipy installed: python test/golden/scripts/real-files.py
Every case: the files in base64, and what pydicom, nibabel, tifffile, h5py or SciPy read of them.
"""
import base64, io, json, os, tempfile
import h5py, nibabel, numpy as np, pydicom, scipy.io, tifffile
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.filewriter import dcmwrite
from pydicom.sequence import Sequence
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian

rng = np.random.default_rng(16)
cases = {}
folder = tempfile.mkdtemp()
path = lambda name: os.path.join(folder, name)
b64 = lambda data: base64.b64encode(data).decode()


def add(name, files, values=None, **more):
    """files: name -> bytes; values: array [slice, row, column] in C order."""
    case = {"files": [{"name": n, "file": b64(d)} for n, d in files.items()], **more}
    if values is not None:
        case |= {"shape": list(values.shape), "values": b64(np.ascontiguousarray(values, "<f4").tobytes())}
    cases[name] = case


# --- DICOM: 4 slices of 5 × 6, stored = HU + 1024
ROWS, COLUMNS, SLICES, STEP = 5, 6, 4, 1.25
stored = rng.integers(0, 1900, (SLICES, ROWS, COLUMNS)).astype(np.int16)
SERIES = "1.2.3.9.2"


def slice_(k, pixels, syntax=ExplicitVRLittleEndian, z=None, drop=(), **tags):
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.2"
    meta.MediaStorageSOPInstanceUID = f"1.2.3.9.{k + 10}"
    meta.TransferSyntaxUID = syntax
    ds = FileDataset("x", {}, file_meta=meta, preamble=b"\0" * 128)
    ds.SOPClassUID, ds.SOPInstanceUID = meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID
    ds.StudyInstanceUID, ds.SeriesInstanceUID, ds.SeriesNumber = "1.2.3.9", SERIES, 3
    ds.Modality, ds.ImageType, ds.InstanceNumber = "CT", ["ORIGINAL", "PRIMARY", "AXIAL"], k + 1
    ds.Rows, ds.Columns, ds.PixelSpacing, ds.SliceThickness = ROWS, COLUMNS, [0.8, 0.75], STEP
    ds.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    ds.ImagePositionPatient = [-2, -3, k * STEP if z is None else z]
    ds.SamplesPerPixel, ds.PhotometricInterpretation = 1, "MONOCHROME2"
    ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 16, 16, 15, 1
    ds.RescaleSlope, ds.RescaleIntercept, ds.RescaleType = 1, -1024, "HU"
    for name, value in tags.items():
        setattr(ds, name, value)
    for name in drop:
        delattr(ds, name)
    ds.PixelData = pixels.astype("<i2").tobytes()
    return ds


def written(ds):
    out = io.BytesIO()
    dcmwrite(out, ds, enforce_file_format=True)
    return out.getvalue()


def body(ds, syntax):
    """The data set alone."""
    out = io.BytesIO()
    implicit = syntax == ImplicitVRLittleEndian
    bare = Dataset()
    bare.update({tag: ds[tag] for tag in ds.keys()})
    dcmwrite(out, bare, implicit_vr=implicit, little_endian=True, enforce_file_format=False)
    return out.getvalue()


def series(make=lambda k: slice_(k, stored[k]), count=SLICES, edit=lambda data: data):
    return {f"im{k}": edit(written(make(k))) for k in range(count)}


def by_pydicom(files):
    """Rescaled values, sorted by z; forced, as a user would."""
    read = [pydicom.dcmread(io.BytesIO(d), force=True) for d in files.values()]
    read.sort(key=lambda ds: float(ds.ImagePositionPatient[2]))
    return np.stack([ds.pixel_array * float(getattr(ds, "RescaleSlope", 1)) + float(getattr(ds, "RescaleIntercept", 0)) for ds in read])


def dicom(name, files, **more):
    add(f"dicom {name}", files, by_pydicom(files), **more)


dicom("plain", series())
dicom("without rescale", series(lambda k: slice_(k, stored[k], drop=["RescaleSlope", "RescaleIntercept", "RescaleType"])))
signed = stored - 1024
signed[:, 2, 2:4] = 0  # tissue of exactly 0 HU, and 0 is called padding
dicom("padding amid the values", series(lambda k: slice_(k, signed[k], RescaleIntercept=0, PixelPaddingValue=0)))
dicom("zeros behind the pixels", series(edit=lambda data: data + b"\0" * 22))
dicom("pixels behind the pixels", series(edit=lambda data: data + stored[0].tobytes()[:50]))
rounded = lambda k: slice_(k, stored[k % SLICES], z=round(0.625 * k, 1))
dicom("positions rounded to 0.1 mm", series(rounded, 9), step=round(0.625 * 8, 1) / 8)
dicom("a series UID for every slice", series(lambda k: slice_(k, stored[k], SeriesInstanceUID=f"1.2.3.9.77.{k}")))


def rewrapped(name, head, syntax, strip=False):
    files = {}
    for k in range(SLICES):
        ds = slice_(k, stored[k])
        whole = written(ds)
        start = whole.index(b"\x08\x00\x08\x00", 132) if strip is None else None
        meta = whole[132:132 + 12 + int.from_bytes(whole[140:144], "little")]
        if head is not None:
            meta = meta.replace(b"1.2.840.10008.1.2.1\0", head)
            if len(head) != 20:  # a shorter UID: its length and the group's change
                at = meta.index(b"\x02\x00\x10\x00UI")
                meta = meta[:at + 6] + len(head).to_bytes(2, "little") + meta[at + 8:]
                meta = meta[:8] + (len(meta) - 12).to_bytes(4, "little") + meta[12:]
        files[f"im{k}"] = {False: b"\0" * 128 + b"DICM" + meta, "preamble": meta, "all": b""}[strip] + body(ds, syntax)
    add(f"dicom {name}", files, by_pydicom(series()))


rewrapped("meta header says implicit, data set is explicit", b"1.2.840.10008.1.2\0", ExplicitVRLittleEndian)
rewrapped("meta header says explicit, data set is implicit", None, ImplicitVRLittleEndian)
rewrapped("meta header without preamble", None, ExplicitVRLittleEndian, "preamble")
rewrapped("implicit data set alone", None, ImplicitVRLittleEndian, "all")
rewrapped("explicit data set alone", None, ExplicitVRLittleEndian, "all")

top = slice_(0, stored, NumberOfFrames=SLICES, SpacingBetweenSlices=STEP)
add("dicom frames with geometry at the top level", {"e.dcm": written(top)}, stored - 1024.0, step=STEP)
cine = slice_(0, stored, NumberOfFrames=SLICES, SpacingBetweenSlices=STEP, FrameTime=40)
add("dicom cine", {"e.dcm": written(cine)})


def enhanced(groups):
    """One file of frames; groups: (k, values, frame content, orientation)."""
    ds = slice_(0, np.stack([pixels for _, pixels, _, _ in groups]), NumberOfFrames=len(groups),
                drop=["ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing", "RescaleSlope", "RescaleIntercept", "RescaleType"])
    frames = []
    for k, _, content, orientation in groups:
        frame = Dataset()
        position, plane, own, measures, rescale = Dataset(), Dataset(), Dataset(), Dataset(), Dataset()
        position.ImagePositionPatient = [-2, -3, k * STEP] if orientation[5] == 0 else [k * STEP, -3, -2]
        plane.ImageOrientationPatient = orientation
        for name, value in content.items():
            setattr(own, name, value)
        measures.PixelSpacing, measures.SliceThickness = [0.8, 0.75], STEP
        rescale.RescaleSlope, rescale.RescaleIntercept, rescale.RescaleType = 1, -1024, "HU"
        frame.PlanePositionSequence, frame.PlaneOrientationSequence = Sequence([position]), Sequence([plane])
        frame.FrameContentSequence, frame.PixelMeasuresSequence = Sequence([own]), Sequence([measures])
        frame.PixelValueTransformationSequence = Sequence([rescale])
        frames.append(frame)
    ds.PerFrameFunctionalGroupsSequence = Sequence(frames)
    return written(ds)


axial, sagittal = [1, 0, 0, 0, 1, 0], [0, 1, 0, 0, 0, -1]
phases = [(k, stored[k] + 7 * t, {"TemporalPositionIndex": t + 1}, axial) for k in range(SLICES) for t in range(2)]
add("dicom two phases in one file", {"e.dcm": enhanced(phases)}, stored + 7 - 1024.0)
stacks = [(k, stored[k] + 9 * (o is sagittal), {"StackID": str(s + 1), "InStackPositionNumber": k + 1}, o)
          for s, o in enumerate((axial, sagittal)) for k in range(SLICES)]
add("dicom two stacks in one file", {"e.dcm": enhanced(stacks)}, stored - 1024.0)

# --- NIfTI
image = rng.integers(-900, 900, (4, 5, 3)).astype(np.int16)
affine = np.array([[0.9, 0, 0, -9], [0, 0.8, 0, -7], [0, 0, 2, -8], [0, 0, 0, 1]])


def nifti(name, edit, qform=None):
    nii = nibabel.Nifti1Image(image, affine)
    nii.set_qform(affine if qform is None else qform, 1)
    nii.set_sform(affine, 1)
    data = bytearray(nii.to_bytes())
    edit(data)
    whole = nibabel.Nifti1Image.from_bytes(nii.to_bytes())  # nibabel's reading of the untouched file
    add(f"nifti {name}", {"x.nii": bytes(data)}, np.asarray(whole.dataobj).transpose(2, 1, 0).astype(float),
        affine=whole.affine.tolist(), qform=whole.get_qform().tolist())


put = lambda at, value: lambda data: data.__setitem__(slice(at, at + 2), int(value).to_bytes(2, "little"))
nifti("bitpix 0", put(72, 0))
nifti("bitpix of another type", put(72, 8))


def four(data):
    put(40, 4)(data)
    put(48, 0)(data)


nifti("a fourth dimension of 0", four)
turned = affine.copy()
turned[:3, 3] += [30, 0, 0]
nifti("qform and sform apart", lambda data: None, turned)

# --- TIFF
pages = rng.integers(0, 60000, (6, 4, 5)).astype(np.uint16)


def tiff(name, data, **options):
    tifffile.imwrite(path("x.tif"), data, **options)
    add(f"tiff {name}", {"x.tif": open(path("x.tif"), "rb").read()}, tifffile.imread(path("x.tif")).astype(float).reshape(-1, 4, 5))


tiff("ImageJ with one directory", pages, imagej=True, truncate=True, metadata={"axes": "ZYX"})
tiff("ImageJ with one directory, big endian", pages, imagej=True, truncate=True, byteorder=">", metadata={"axes": "ZYX"})
tiff("ImageJ frames with one directory", pages, imagej=True, truncate=True, metadata={"axes": "TYX"})
tiff("shaped with one directory", pages, truncate=True)
hyper = rng.integers(0, 60000, (2, 3, 2, 4, 5)).astype(np.uint16)  # frame, slice, channel
tiff("ImageJ hyperstack", hyper, imagej=True, metadata={"axes": "TZCYX"})
tiff("OME", hyper.transpose(2, 0, 1, 3, 4), ome=True, metadata={"axes": "CTZYX"})
tiff("ImageJ with voxel size", pages, imagej=True, resolution=(4, 4), metadata={"axes": "ZYX", "spacing": 0.5, "unit": "um"})
tiff("LZMA", pages, compression="lzma")

# --- HDF5
sino = rng.random((6, 8)).astype(np.float32)
read = lambda name: open(path(name), "rb").read()
with h5py.File(path("frames.h5"), "w") as f:
    f["s"] = sino
    f["deep/s"] = sino
layout = h5py.VirtualLayout((6, 8), "f4")
layout[:] = h5py.VirtualSource("frames.h5", "s", (6, 8))
with h5py.File(path("virtual.h5"), "w", libver="latest") as f:
    f.create_virtual_dataset("sino", layout, fillvalue=0)
with h5py.File(path("link.h5"), "w") as f:
    f["sino"] = h5py.ExternalLink("frames.h5", "/s")
with h5py.File(path("group.h5"), "w") as f:
    f["there"] = h5py.ExternalLink("frames.h5", "/deep")
    f["soft"] = h5py.SoftLink("/there/s")
for name, at in {"virtual": "sino", "link": "sino", "group": "there/s", "soft": "soft"}.items():
    file = {"soft": "group"}.get(name, name)
    with h5py.File(path(f"{file}.h5")) as f:
        add(f"hdf5 {name}", {f"{file}.h5": read(f"{file}.h5"), "frames.h5": read("frames.h5")}, f[at][()][None], dataset=at)
os.makedirs(path("parts"), exist_ok=True)
for n in range(3):
    with h5py.File(path(f"parts/p{n}.h5"), "w") as f:
        f["d"] = sino[2 * n:2 * n + 2]
layout = h5py.VirtualLayout((6, 8), "f4")
for n in range(3):
    layout[2 * n:2 * n + 2] = h5py.VirtualSource(f"parts/p{n}.h5", "d", (2, 8))
with h5py.File(path("many.h5"), "w", libver="latest") as f:
    f.create_virtual_dataset("sino", layout)
with h5py.File(path("many.h5")) as f:
    add("hdf5 several parts in a folder", {"many.h5": read("many.h5"), **{f"parts/p{n}.h5": read(f"parts/p{n}.h5") for n in range(3)}},
        f["sino"][()][None], dataset="sino")
with h5py.File(path("radians.h5"), "w") as f:
    f["sino"] = sino
    f["theta"] = np.linspace(0, np.pi, 6, endpoint=False)
    f["theta"].attrs["units"] = "radian"
    f["turns"] = np.linspace(0, 0.5, 6, endpoint=False)
    f["turns"].attrs["units"] = "turn"
add("hdf5 angles with a unit", {"radians.h5": read("radians.h5")}, degrees=(30 * np.arange(6)).tolist())

# --- NXtomo: 2 darks, 2 flats, 4 projections, an invalid one, a flat
keys = [2, 2, 1, 1, 0, 0, 3, 0, 0, 1]
frames = np.where(np.array(keys)[:, None, None] == 2, 100, np.where(np.array(keys)[:, None, None] == 1, 20000, 9000))
frames = (frames + rng.integers(-50, 50, (len(keys), 3, 5))).astype(np.uint16)
angles = [0, 0, 0, 0, 0, 45, 60, 90, 135, 0]
with h5py.File(path("nx.nxs"), "w") as f:
    entry = f.create_group("entry")
    entry.attrs["NX_class"] = "NXentry"
    entry["definition"] = "NXtomo"
    detector = entry.create_group("instrument/detector")
    detector["data"], detector["image_key"] = frames, np.array(keys, "i4")
    for axis in "xy":
        detector[f"{axis}_pixel_size"] = 2e-3
        detector[f"{axis}_pixel_size"].attrs["units"] = "m"
    entry["sample/rotation_angle"] = np.array(angles, float)
    entry["sample/rotation_angle"].attrs["units"] = "degree"
    entry["data/data"] = h5py.SoftLink("/entry/instrument/detector/data")
with h5py.File(path("nx.nxs")) as f:
    data, key = f["entry/instrument/detector/data"][()].astype(float), f["entry/instrument/detector/image_key"][()]
    flat, dark = data[key == 1].mean(0), data[key == 2].mean(0)
    integrals = -np.log((data[key == 0] - dark) / (flat - dark))
    add("nxtomo", {"nx.nxs": read("nx.nxs")}, integrals.transpose(1, 0, 2), angles=f["entry/sample/rotation_angle"][()][key == 0].tolist())

# --- MATLAB 4
scipy.io.savemat(path("v4.mat"), {"a": np.arange(12.0).reshape(3, 4), "b": sino.astype(float)}, format="4")
add("matlab 4", {"v4.mat": read("v4.mat")}, scipy.io.loadmat(path("v4.mat"))["b"][None], dataset="b")

out = os.path.join(os.path.dirname(__file__), "..", "real-files.json")
with open(out, "w") as f:
    json.dump({"cases": cases}, f, indent=1)
    f.write("\n")
print(len(cases), "cases,", os.path.getsize(out), "bytes")
