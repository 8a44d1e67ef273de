"""Small DICOM series made with pydicom, read back with pydicom (values) and ITK's GDCM (geometry) -> test/golden/dicom.json.

Run from the repository root with pydicom, imagecodecs, itk and numpy installed: python test/golden/scripts/dicom.py
Lossless streams come from imagecodecs (CharLS, OpenJPEG, libjpeg-turbo, liblj92) and pydicom (RLE).
"""
import base64, json, os, tempfile, zlib, io
import imagecodecs, itk, numpy as np, pydicom
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.sequence import Sequence
from pydicom.uid import (DeflatedExplicitVRLittleEndian, ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian,
                         RLELossless, UID)

ROWS, COLUMNS = 6, 7
CT = "1.2.840.10008.5.1.4.1.1.2"
rng = np.random.default_rng(3)
u = np.array([0.96, 0.28, 0.0]); v = np.array([-0.168, 0.576, 0.8])  # rotated about two axes, exact decimals
n = np.cross(u, v)
cases = []


def dataset(k, uid="1.2.3.4.5.1", position=None, syntax=ExplicitVRLittleEndian, **tags):
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = CT
    meta.MediaStorageSOPInstanceUID = f"{uid}.{k + 1}"
    meta.TransferSyntaxUID = syntax
    syntax = UID(syntax)
    ds = FileDataset("x", {}, file_meta=meta, preamble=b"\0" * 128, is_implicit_VR=syntax.is_implicit_VR,
                     is_little_endian=syntax.is_little_endian)
    ds.SOPClassUID = CT; ds.SOPInstanceUID = f"{uid}.{k + 1}"; ds.SeriesInstanceUID = uid; ds.StudyInstanceUID = "1.2.3"
    ds.Modality = "CT"; ds.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]; ds.SeriesNumber = 4; ds.SeriesDescription = "made up"
    ds.InstanceNumber = [7, 2, 9, 1, 5][k % 5]  # of no use for ordering
    ds.Rows, ds.Columns = ROWS, COLUMNS
    ds.PixelSpacing = [0.8, 1.25]; ds.SliceThickness = 5; ds.SpacingBetweenSlices = 4
    ds.ImageOrientationPatient = [*u, *v]
    p = np.array([-12.5, 30.0, -70.0]) + 2.5 * k * n if position is None else position
    ds.ImagePositionPatient = [f"{x:.8g}" for x in p]
    ds.SamplesPerPixel = 1; ds.PhotometricInterpretation = "MONOCHROME2"
    ds.RescaleSlope, ds.RescaleIntercept, ds.RescaleType = 1, -1024, "HU"
    for name, value in tags.items():
        setattr(ds, name, value)
    return ds


def pixels(ds, data, stored=None, frames=None):
    """`frames`: compressed bytes of each frame."""
    ds.BitsAllocated = 8 * data.dtype.itemsize
    ds.BitsStored = stored or ds.BitsAllocated
    ds.HighBit = ds.BitsStored - 1
    ds.PixelRepresentation = int(data.dtype.kind == "i")
    if frames is not None:
        ds.PixelData = encapsulate(frames)
        ds["PixelData"].VR = "OB"
        ds["PixelData"].is_undefined_length = True
    else:
        big = ds.file_meta.TransferSyntaxUID == ExplicitVRBigEndian
        ds.PixelData = data.astype(data.dtype.newbyteorder(">" if big else "<")).tobytes()
        ds["PixelData"].VR = "OB" if ds.BitsAllocated == 8 else "OW"


def to_bytes(ds):
    out = io.BytesIO()
    ds.save_as(out, enforce_file_format=True)
    return out.getvalue()


def add(name, sets, order=None, values=None, geometry=True, **extra):
    raw = [s if isinstance(s, bytes) else to_bytes(s) for s in sets]
    order = order or list(range(len(raw)))
    case = {"name": name, "files": [{"name": f"f{i}.dcm", "file": base64.b64encode(raw[k]).decode()}
                                    for i, k in enumerate(order)], **extra}
    if values is not None:
        case["values"] = np.asarray(values, np.float64).ravel().tolist()
        case["shape"] = list(np.asarray(values).shape)
    if geometry:
        with tempfile.TemporaryDirectory() as folder:
            for k, b in enumerate(raw):
                open(os.path.join(folder, f"{k}.dcm"), "wb").write(b)
            names = itk.GDCMSeriesFileNames.New(); names.SetDirectory(folder)
            image = itk.imread(list(names.GetFileNames(names.GetSeriesUIDs()[0])), itk.F)
        d = itk.array_from_matrix(image.GetDirection())
        lps = np.eye(4)
        lps[:3, :3] = d @ np.diag(np.array(image.GetSpacing())); lps[:3, 3] = np.array(image.GetOrigin())
        case["affine"] = (np.diag([-1, -1, 1, 1]) @ lps).tolist()
    cases.append(case)


def rescaled(sets):
    return np.stack([pydicom.pixels.apply_rescale(ds.pixel_array, ds) for ds in sets])


def stack(dtype=np.int16, low=-900, high=2000, count=4, stored=None, compress=None, **kwargs):
    sets = []
    for k in range(count):
        data = rng.integers(low, high, (ROWS, COLUMNS)).astype(dtype)
        ds = dataset(k, **kwargs)
        pixels(ds, data, stored, None if compress is None else [compress(data)])
        ds.truth = data
        sets.append(ds)
    return sets


# values by pydicom, order of files shuffled, geometry by GDCM
plain = stack()
for k, ds in enumerate(plain):
    ds.RescaleSlope, ds.RescaleIntercept = [1, 2, 0.5, 1.25][k], [-1024, -1000, 3, 0][k]
add("int16, rescale of every slice its own", plain, [2, 0, 3, 1], rescaled(plain))
imp = stack(np.uint16, 0, 4095, stored=12, syntax=ImplicitVRLittleEndian)
add("uint16 of 12 bits, implicit little endian", imp, [1, 0, 2, 3], rescaled(imp))
over = stack(np.uint16, 0, 4095, count=2, stored=12)
values = rescaled(over)
for ds in over:
    ds.PixelData = (np.frombuffer(ds.PixelData, "<u2") | (rng.integers(0, 16, ROWS * COLUMNS) << 12).astype("<u2")).tobytes()
add("overlay bits above 12 stored bits", over, values=values)
neg = stack(np.int16, -2048, 2047, count=2)
values = rescaled(neg)
for ds in neg:
    ds.BitsStored, ds.HighBit = 12, 11
    ds.PixelData = (np.frombuffer(ds.PixelData, "<i2") & 0x0FFF).astype("<i2").tobytes()
add("signed 12 bits without sign extension", neg, values=values)
for dtype, low, high in [(np.uint8, 0, 255), (np.int8, -128, 127), (np.uint16, 0, 65535), (np.int32, -70000, 70000)]:
    s = stack(dtype, low, high, count=2)
    add(f"{np.dtype(dtype)}", s, values=rescaled(s), geometry=False)
big = stack(syntax=ExplicitVRBigEndian, count=2)
add("explicit big endian", big, values=np.stack([ds.truth - 1024.0 for ds in big]))
# bytes of 16-bit words swap places in big endian (PS3.5 8.1.1)
big8 = stack(np.uint8, 0, 255, syntax=ExplicitVRBigEndian, count=2)
for ds in big8:
    ds.PixelData = np.frombuffer(ds.PixelData, "<u2").astype(">u2").tobytes(); ds["PixelData"].VR = "OW"
add("uint8 in words, explicit big endian", big8, values=np.stack([ds.truth - 1024.0 for ds in big8]), geometry=False)
deflated = stack(count=2, syntax=DeflatedExplicitVRLittleEndian)
add("deflated", deflated, values=rescaled(deflated), geometry=False)

for dtype, low, high in [(np.int16, -900, 2000), (np.uint8, 0, 255)]:
    s = stack(dtype, low, high, count=2)
    values = rescaled(s)
    for ds in s:
        ds.PixelData = np.repeat(np.frombuffer(ds.PixelData, np.uint8).reshape(-1, ds.BitsAllocated // 8)[::3], 3, 0)[:ROWS * COLUMNS].tobytes()  # runs
    values = rescaled(s)
    for ds in s:
        ds.compress(RLELossless, generate_instance_uid=False)
    add(f"RLE {np.dtype(dtype)}", s, values=values, geometry=False)

J = "1.2.840.10008.1.2.4."
signed = lambda f: lambda a: f(a.view(np.uint16) if a.dtype == np.int16 else a)
lossless = [
    ("JPEG lossless SV1, int16", J + "70", np.int16, -900, 2000, None, signed(lambda a: imagecodecs.jpeg8_encode(a, lossless=True, predictor=1, bitspersample=16))),
    ("JPEG lossless SV1, 12 bits", J + "70", np.uint16, 0, 4095, 12, lambda a: imagecodecs.jpeg8_encode(a, lossless=True, predictor=1, bitspersample=12)),
    ("JPEG lossless SV1, uint8", J + "70", np.uint8, 0, 255, None, lambda a: imagecodecs.jpeg8_encode(a, lossless=True, predictor=1)),
    ("JPEG lossless predictor 4", J + "57", np.uint16, 0, 65535, None, lambda a: imagecodecs.jpeg8_encode(a, lossless=True, predictor=4, bitspersample=16)),
    ("JPEG lossless predictor 7, 12 bits", J + "57", np.uint16, 0, 4095, 12, lambda a: imagecodecs.jpeg8_encode(a, lossless=True, predictor=7, bitspersample=12)),
    ("JPEG-LS int16", J + "80", np.int16, -900, 2000, None, signed(imagecodecs.jpegls_encode)),
    ("JPEG-LS uint8", J + "80", np.uint8, 0, 255, None, imagecodecs.jpegls_encode),
    ("JPEG 2000 int16", J + "90", np.int16, -900, 2000, None, lambda a: imagecodecs.jpeg2k_encode(a, codecformat="j2k", reversible=True, level=0)),
    ("JPEG 2000 uint16", J + "90", np.uint16, 0, 65535, None, lambda a: imagecodecs.jpeg2k_encode(a, codecformat="j2k", reversible=True, level=0)),
    ("JPEG 2000 of 8 bits", J + "90", np.uint8, 0, 255, None, lambda a: imagecodecs.jpeg2k_encode(a, codecformat="j2k", reversible=True, level=0)),
    ("HTJ2K uint16", J + "201", np.uint16, 0, 65535, None, lambda a: imagecodecs.htj2k_encode(a, reversible=True)),
]
for name, syntax, dtype, low, high, stored, compress in lossless:
    s = stack(dtype, low, high, count=2, stored=stored, compress=compress, syntax=syntax)
    add(name, s, values=np.stack([ds.truth - 1024.0 for ds in s]), geometry=False)
wide = stack(np.uint8, 0, 255, count=2, compress=lambda a: imagecodecs.jpeg8_encode(a, 100), syntax=J + "50")
add("JPEG baseline", wide, values=np.stack([imagecodecs.jpeg8_decode(imagecodecs.jpeg8_encode(ds.truth, 100)) - 1024.0 for ds in wide]), geometry=False)
twelve = stack(np.uint16, 0, 4095, count=1, stored=12, compress=lambda a: imagecodecs.jpeg8_encode(a, 100, bitspersample=12), syntax=J + "51")
add("JPEG extended 12 bits", twelve, geometry=False)

seven = stack(np.uint16, 0, 65535, count=1, compress=lambda a: imagecodecs.jpeg8_encode(a, lossless=True, predictor=7, bitspersample=16), syntax=J + "57")
add("JPEG lossless predictor 7, 16 bits", seven, geometry=False)

pad = stack(np.int16, -900, 2000, count=2)
for ds in pad:
    data = ds.truth; data[0, :3] = -2000
    ds.PixelData = data.tobytes(); ds.add_new(0x00280120, "US", 63536)  # -2000 as the scanner writes it
values = rescaled(pad); values[:, 0, :3] = -1024
add("padding", pad, values=values, geometry=False)
ranged = stack(np.uint16, 100, 4000, count=2, Modality="MR")
for ds in ranged:
    ds.truth[1, :] = np.arange(COLUMNS); ds.PixelData = ds.truth.tobytes()
    ds.PixelPaddingValue, ds.PixelPaddingRangeLimit = 0, 6
values = rescaled(ranged); values[:, 1, :] = -1024 + 0
mr = [ds.truth - 1024.0 for ds in ranged]
mr = np.stack(mr); mr[:, 1, :] = np.min(mr[:, [0, 2, 3, 4, 5], :])
add("padding range", ranged, values=mr, geometry=False)

# a function that is linear in the world stays so when slices are moved or interpolated
linear = lambda p: 10 * p[..., 0] - 7 * p[..., 1] + 4 * p[..., 2]
def placed(k, position, **kw):
    ds = dataset(k, position=position, **kw)
    j, i = np.mgrid[0:ROWS, 0:COLUMNS]
    p = np.asarray(position) + i[..., None] * 1.25 * u + j[..., None] * 0.8 * v
    pixels(ds, np.round(linear(p) * 20).astype(np.int16))
    ds.RescaleSlope, ds.RescaleIntercept = 0.05, 0
    return ds
base = np.array([-12.5, 30.0, -70.0])
add("tilted gantry", [placed(k, base + k * (2.5 * n + 0.6 * v)) for k in range(4)], geometry=False, angle=float(np.degrees(np.arctan2(0.6, 2.5))))
add("unequal spacing", [placed(k, base + h * n) for k, h in enumerate([0, 2, 4, 7, 9, 13])], geometry=False)

colour = dataset(0); pixels(colour, np.zeros((ROWS, COLUMNS, 3), np.uint8)); colour.SamplesPerPixel = 3
colour.PhotometricInterpretation = "RGB"; colour.PlanarConfiguration = 0
add("RGB", [colour], geometry=False)
inverse = stack(count=1, PhotometricInterpretation="MONOCHROME1"); add("MONOCHROME1", inverse, geometry=False)
mosaic = stack(count=1, ImageType=["ORIGINAL", "PRIMARY", "M", "MOSAIC"]); add("mosaic", mosaic, geometry=False)
cine = dataset(0, NumberOfFrames=3); pixels(cine, np.zeros((3, ROWS, COLUMNS), np.int16)); add("cine", [cine], geometry=False)
scout = stack(count=1, uid="1.2.3.4.5.1", ImageType=["ORIGINAL", "PRIMARY", "LOCALIZER"], ImageOrientationPatient=[1, 0, 0, 0, 0, -1])
scout[0].SOPInstanceUID = scout[0].file_meta.MediaStorageSOPInstanceUID = "1.2.3.4.5.1.99"
add("localizer", scout, geometry=False)
report = dataset(0, Modality="SR"); del report.Rows, report.Columns; add("report", [report], geometry=False)

def enhanced(syntax=ExplicitVRLittleEndian, compress=None, table=True):
    ds = dataset(0, syntax=syntax); data = rng.integers(-900, 2000, (3, ROWS, COLUMNS)).astype(np.int16)
    pixels(ds, data)
    if compress:
        ds.PixelData = encapsulate([compress(f) for f in data], has_bot=table); ds["PixelData"].VR = "OB"; ds["PixelData"].is_undefined_length = True
    for tag in ["ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing", "RescaleSlope", "RescaleIntercept", "RescaleType"]:
        delattr(ds, tag)
    ds.NumberOfFrames = 3
    def item(**tags):
        d = Dataset()
        for key, value in tags.items(): setattr(d, key, value)
        return d
    ds.SharedFunctionalGroupsSequence = Sequence([item(
        PlaneOrientationSequence=Sequence([item(ImageOrientationPatient=[*u, *v])]),
        PixelMeasuresSequence=Sequence([item(PixelSpacing=[0.8, 1.25], SliceThickness=5)]))])
    order = [1, 2, 0]  # frames are not stored in order
    ds.PerFrameFunctionalGroupsSequence = Sequence([item(
        PlanePositionSequence=Sequence([item(ImagePositionPatient=[f"{x:.8g}" for x in base + 2.5 * k * n])]),
        PixelValueTransformationSequence=Sequence([item(RescaleSlope=1 + k, RescaleIntercept=-1000, RescaleType="HU")])) for k in order])
    values = np.stack([data[order.index(k)] * (1.0 + k) - 1000 for k in range(3)])
    return ds, values
ds, values = enhanced(); add("enhanced multi-frame", [ds], values=values, geometry=False)
jls = signed(imagecodecs.jpegls_encode)
ds, values = enhanced(J + "80", jls); add("enhanced multi-frame, compressed", [ds], values=values, geometry=False)
ds, values = enhanced(J + "80", jls, False); add("enhanced multi-frame, compressed, no offset table", [ds], values=values, geometry=False)

with open("test/golden/dicom.json", "w") as f:
    json.dump({"pydicom": pydicom.__version__, "itk": itk.Version.GetITKVersion(), "cases": cases}, f)
print(len(cases), "cases", os.path.getsize("test/golden/dicom.json"), "bytes")
