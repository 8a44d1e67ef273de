"""Small odd files of every format, with their values by independent readers -> test/golden/odd-files.json.

Run from the repository root with numpy, pydicom, itk, tifffile, h5py, scipy and segyio installed: python test/golden/scripts/odd-files.py
Every case: the files in base64, and what pydicom, ITK, tifffile, h5py, SciPy or segyio read of them. Packed numbers of HDF5 are those that
SciPy's reader of netCDF unpacks from a netCDF file of the same numbers and attributes.
"""
import base64, io, json, os, sys, tempfile

sys.path.pop(0)  # itk.py beside this file is not the package
import h5py, itk, numpy as np, pydicom, scipy.io, segyio, tifffile
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.filewriter import dcmwrite

rng = np.random.default_rng(1616)
cases = {}
folder = tempfile.mkdtemp()
path = lambda name: os.path.join(folder, name)
b64 = lambda data: base64.b64encode(data).decode()
volume = rng.integers(-900, 1500, (4, 3, 5)).astype("<i2")


def add(name, files, values=None, **more):
    """files: name -> bytes; values: array, complex ones interleaved."""
    case = {"files": [{"name": n, "file": b64(d)} for n, d in files.items()], **more}
    if values is not None:
        dtype = "<c8" if np.iscomplexobj(values) else "<f4"
        case |= {"shape": list(np.shape(values)), "values": b64(np.ascontiguousarray(values, dtype).tobytes())}
    cases[name] = case


def bytes_of(name):
    with open(path(name), "rb") as f:
        return f.read()


# --- DICOM
def slice_(k, pixels, series="1.2.3.9.2", drop=(), **tags):
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.2"
    meta.MediaStorageSOPInstanceUID = f"1.2.3.9.{k + 10}"
    meta.TransferSyntaxUID = "1.2.840.10008.1.2.1"
    ds = FileDataset("x", {}, file_meta=meta, preamble=b"\0" * 128)
    ds.SOPClassUID, ds.SOPInstanceUID = meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID
    ds.StudyInstanceUID, ds.SeriesInstanceUID, ds.SeriesNumber = "1.2.3.9", series, 3
    ds.Modality, ds.ImageType, ds.InstanceNumber = "CT", ["ORIGINAL", "PRIMARY", "AXIAL"], k + 1
    ds.Rows, ds.Columns, ds.PixelSpacing, ds.SliceThickness = *pixels.shape, [2, 1.5], 3
    ds.ImageOrientationPatient, ds.ImagePositionPatient = [1, 0, 0, 0, 1, 0], [-10, 20, 5 + 3 * (k % 4)]
    ds.SamplesPerPixel, ds.PhotometricInterpretation = 1, "MONOCHROME2"
    ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 16, 16, 15, 1
    ds.RescaleSlope, ds.RescaleIntercept = 2, -5
    for name, value in tags.items():
        setattr(ds, name, value)
    if "FloatPixelData" not in tags:
        ds.PixelData = pixels.astype("<i2").tobytes()
    for name in drop:
        delattr(ds, name)
    return ds


def written(ds):
    out = io.BytesIO()
    dcmwrite(out, ds, enforce_file_format=True)
    return out.getvalue()


def dicom(name, slices, values=True, wanted=slice(None)):
    files = {f"im{n}": written(ds) for n, ds in enumerate(slices)}
    read = [pydicom.dcmread(io.BytesIO(d)) for d in files.values()][wanted]
    if not values:
        return add(name, files)
    by_height = sorted(read, key=lambda ds: float(ds.ImagePositionPatient[2]))
    add(name, files, np.stack([d.pixel_array * float(d.RescaleSlope) + float(d.RescaleIntercept) for d in by_height]))


every = range(4)
dicom("MONOCHROME1", [slice_(k, volume[k], PhotometricInterpretation="MONOCHROME1") for k in every])
dicom("float pixels", [slice_(k, volume[k], BitsAllocated=32, BitsStored=32, HighBit=31, FloatPixelData=(volume[k] / 7).astype("<f4").tobytes()) for k in every])
turned = [slice_(k + 4, volume[k], ImageOrientationPatient=[1, 0, 0, 0, 0, -1], ImagePositionPatient=[-10, 3 * k, 5]) for k in every]
dicom("two orientations", [slice_(k, volume[k]) for k in every] + turned, wanted=slice(0, 4))
kinds = lambda kind, first: [slice_(k + first, volume[k] // (1 + first), ImageType=["ORIGINAL", "PRIMARY", kind], Modality="MR") for k in every]
dicom("magnitude and phase", kinds("M", 0) + kinds("P", 4), wanted=slice(4, 8))
dicom("slope of 0", [slice_(k, volume[k], RescaleSlope=0) for k in every], values=False)
dicom("no pixel spacing", [slice_(k, volume[k], drop=["PixelSpacing"]) for k in every], values=False)

# --- MetaImage, NRRD
META = ["ObjectType = Image", "NDims = 3", "BinaryData = True", "DimSize = 5 3 4", "ElementSpacing = -1.5 2 3", "Offset = -10 20 5",
        "ElementType = MET_SHORT", "ElementDataFile = LOCAL"]


def metaimage(name, text):
    data = text.encode() + volume.tobytes()
    with open(path("a.mha"), "wb") as f:
        f.write(data)
    image = itk.imread(path("a.mha"))
    lps = np.eye(4)
    lps[:3, :3] = np.asarray(image.GetDirection()).reshape(3, 3) * np.array(image.GetSpacing())
    lps[:3, 3] = image.GetOrigin()
    add(name, {"a.mha": data}, itk.array_from_image(image), affine=(np.diag([-1, -1, 1, 1]) @ lps).tolist())


metaimage("MetaImage with a negative step", "\n".join(META) + "\n")
NRRD = ["NRRD0005", "type: short", "dimension: 3", "sizes: 5 3 4", "endian: little", "encoding: raw", "axis mins: 0 0 1", "axis maxs: 10 6 10",
        "centers: cell cell node", "", ""]
# teem's definition: the ends are those of the cells, of an axis of nodes those of its samples
add("NRRD with ends of axes", {"a.nrrd": "\n".join(NRRD).encode() + volume.tobytes()}, volume, spacing=[10 / 5, 6 / 3, 9 / 3])


# --- TIFF
def tiff(name, array, values=True, **options):
    tifffile.imwrite(path("a.tif"), array, **options)
    add(name, {"a.tif": bytes_of("a.tif")}, tifffile.imread(path("a.tif")) if values else None)


tiff("TIFF meant to be inverted", np.abs(volume).astype("<u2"), photometric="miniswhite")
tiff("TIFF meant to be turned", volume, photometric="minisblack", extratags=[(274, "H", 1, 6, True)])
tiff("TIFF of 64 bits", volume.astype("<i8"), values=False, photometric="minisblack")
tiff("TIFF of a palette", (volume[0] % 7).astype("u1"), values=False, photometric="palette", colormap=np.zeros((3, 256), "u2"))
tiff("TIFF of three slices in planes", volume[:3], values=False, photometric="rgb", planarconfig="separate")


# --- HDF5, MATLAB
def hdf5(name, fill, values=None, **more):
    with h5py.File(path("a.h5"), "w") as f:
        fill(f)
    with h5py.File(path("a.h5"), "r") as f:
        read = values(f) if values else None
    add(name, {"a.h5": bytes_of("a.h5")}, read, **more)


parts = np.zeros(volume.shape, [("real", "<i2"), ("imag", "<i2")])
parts["real"], parts["imag"] = volume, volume[::-1]
hdf5("HDF5 of named numbers", lambda f: f.create_dataset("x", data=volume % 3, dtype=h5py.enum_dtype({"A": 0, "B": 1, "C": 2}, "<i2")),
     lambda f: f["x"][:])
hdf5("HDF5 of complex whole numbers", lambda f: f.create_dataset("x", data=parts), lambda f: f["x"]["real"] + 1j * f["x"]["imag"])
hdf5("HDF5 with its numbers elsewhere", lambda f: f.create_dataset("x", (4, 3, 5), "<i2", external=[("a.raw", 0, 120)]))
hdf5("HDF5 of two parts", lambda f: (f.create_dataset("k_real", data=volume), f.create_dataset("k_imag", data=volume)))
packed = {"scale_factor": 0.5, "add_offset": 10.0, "_FillValue": np.int16(volume[1, 2, 3])}


def unpacked(_):
    with scipy.io.netcdf_file(path("a.nc"), "w") as f:
        for n, size in zip("zyx", volume.shape):
            f.createDimension(n, size)
        variable = f.createVariable("x", "h", tuple("zyx"))
        variable[:] = volume
        for n, value in packed.items():
            setattr(variable, n, value)
    with scipy.io.netcdf_file(path("a.nc"), "r", maskandscale=True, mmap=False) as f:
        return np.ma.filled(f.variables["x"][:].astype(float), np.nan)


hdf5("HDF5 of packed numbers", lambda f: f.create_dataset("x", data=volume).attrs.update(packed), unpacked)
flats = np.full((3, 3, 5), 1000, "<u2")
flats[0] = 0  # the shutter was closed
counts = rng.integers(200, 900, (6, 3, 5)).astype("<u2")


def dxchange(f):
    group = f.create_group("exchange")
    group["data"], group["data_white"], group["data_dark"], group["theta"] = counts, flats, np.full((1, 3, 5), 100, "<u2"), np.arange(6) * 30.0


hdf5("DXchange with a dark flat", dxchange, lambda f: (-np.log((f["exchange/data"][:] - 100.0) / 900)).transpose(1, 0, 2))
kspace = (rng.standard_normal((1, 2, 3, 8, 8)) + 1j * rng.standard_normal((1, 2, 3, 8, 8))).astype("<c8")


def fastmri(f):
    f["kspace"] = kspace
    f.attrs["acquisition"] = "AXT2"


hdf5("fastMRI of one average", fastmri, lambda f: f["kspace"][0])
ijk = np.moveaxis(volume, 0, -1)
scipy.io.savemat(path("a.mat"), {"x": ijk + 1j * ijk[::-1]})
add("MATLAB of complex numbers", {"a.mat": bytes_of("a.mat")}, np.moveaxis(scipy.io.loadmat(path("a.mat"))["x"], -1, 0))


# --- SEG-Y
def segy(name, dt, weight):
    spec = segyio.spec()
    spec.format, spec.sorting, spec.samples = 5, 2, np.arange(5) * 4.0
    spec.ilines, spec.xlines = [1, 2, 3, 4], [10, 11, 12]
    with segyio.create(path("a.sgy"), spec) as f:
        f.bin.update(hdt=dt, hns=5, tsort=segyio.TraceSortingFormat.INLINE_SORTING)
        for n in range(12):
            f.header[n] = {segyio.su.iline: 1 + n // 3, segyio.su.xline: 10 + n % 3, segyio.su.dt: dt, segyio.su.ns: 5, segyio.su.trwf: weight}
            f.trace[n] = volume.reshape(12, 5)[n].astype("f4")
    with segyio.open(path("a.sgy")) as f:
        add(name, {"a.sgy": bytes_of("a.sgy")}, segyio.tools.cube(f))


segy("SEG-Y with an interval of 4", 4, 0)
segy("SEG-Y with trace weights", 4000, 2)

with open("test/golden/odd-files.json", "w") as f:
    json.dump({"cases": cases}, f, indent=1)
    f.write("\n")
