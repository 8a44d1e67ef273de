"""A small CT series with a patient, written by pydicom (implicit VR, names in Latin-1), for test/volumes/dicom-written.test.ts
-> test/golden/dicom-written.json.

    python test/golden/scripts/dicom-written.py                    makes the golden file
    python test/golden/scripts/dicom-written.py check IN/ OUT/     is OUT, which slicewise wrote of the series IN, the same volume for
                                                                   pydicom, SimpleITK (GDCM) and dicom2nifti?
Needs pydicom, numpy; for the check SimpleITK, dicom2nifti, nibabel.
"""
import base64, glob, io, json, os, sys, tempfile
import numpy as np, pydicom
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ImplicitVRLittleEndian

CT = "1.2.840.10008.5.1.4.1.1.2"
ROWS, COLUMNS, SLICES = 6, 7, 4


def make():
    rng = np.random.default_rng(5)
    source = []
    for k in range(SLICES):
        ds = Dataset(); ds.file_meta = FileMetaDataset()
        ds.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian
        ds.file_meta.MediaStorageSOPClassUID = ds.SOPClassUID = CT
        ds.file_meta.MediaStorageSOPInstanceUID = ds.SOPInstanceUID = f"1.2.3.4.9.1.{k + 1}"
        ds.SpecificCharacterSet = "ISO_IR 100"
        ds.PatientName, ds.PatientID, ds.PatientBirthDate, ds.PatientSex = "Müller^Jürgen", "P-17", "19500102", "M"
        ds.StudyInstanceUID, ds.SeriesInstanceUID, ds.FrameOfReferenceUID = "1.2.3.4.9", "1.2.3.4.9.1", "1.2.3.4.9.2"
        ds.StudyDate, ds.StudyTime, ds.StudyID, ds.AccessionNumber, ds.StudyDescription = "20200101", "101010", "7", "A1", "Thorax"
        ds.Modality, ds.SeriesNumber, ds.SeriesDescription = "CT", 3, "Lunge 2.5"
        ds.ImageType, ds.PatientPosition, ds.KVP = ["ORIGINAL", "PRIMARY", "AXIAL"], "HFS", "120"
        ds.ImagePositionPatient, ds.ImageOrientationPatient = [-9.5, -8.25, 100 + 2.5 * k], [1, 0, 0, 0, 1, 0]
        ds.PixelSpacing, ds.SliceThickness, ds.InstanceNumber = [1.25, 0.8], 2.5, SLICES - k
        ds.Rows, ds.Columns, ds.SamplesPerPixel, ds.PhotometricInterpretation = ROWS, COLUMNS, 1, "MONOCHROME2"
        ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 16, 16, 15, 1
        ds.RescaleSlope, ds.RescaleIntercept, ds.RescaleType, ds.WindowCenter, ds.WindowWidth = 1, -1024, "HU", -600, 1500
        ds.PixelData = rng.integers(0, 3000, (ROWS, COLUMNS)).astype("<i2").tobytes()
        file = io.BytesIO(); ds.save_as(file, enforce_file_format=True)
        source.append(file.getvalue())
    ds = pydicom.dcmread(io.BytesIO(source[0]))
    names = ("PatientName PatientID PatientBirthDate StudyInstanceUID SeriesInstanceUID StudyDescription FrameOfReferenceUID "
             "SpecificCharacterSet WindowCenter WindowWidth").split()
    people = {name: str(ds[name].value) for name in names}
    people |= {name: str(ds[name].value.original_string or ds[name].value) for name in ("WindowCenter", "WindowWidth")}
    json.dump({"source": [base64.b64encode(b).decode() for b in source], "people": people},
              open("test/golden/dicom-written.json", "w"), ensure_ascii=False, indent=0)


def check(before, after):
    import SimpleITK as sitk, dicom2nifti, nibabel
    def series(folder):
        return sorted((pydicom.dcmread(f) for f in glob.glob(f"{folder}/*.dcm")), key=lambda d: d.ImagePositionPatient[2])
    a, b = series(before), series(after)
    for name in "PatientName PatientID StudyInstanceUID FrameOfReferenceUID StudyDate".split():
        assert a[0][name].value == b[0][name].value, name
    assert a[0].SeriesInstanceUID != b[0].SeriesInstanceUID and len({d.SOPInstanceUID for d in b}) == len(b)
    assert all(d.SOPInstanceUID == d.file_meta.MediaStorageSOPInstanceUID for d in b)
    values = np.stack([d.pixel_array * float(d.RescaleSlope) + float(d.RescaleIntercept) for d in b])
    reader = sitk.ImageSeriesReader(); reader.SetFileNames(reader.GetGDCMSeriesFileNames(after)); image = reader.Execute()
    assert np.array_equal(sitk.GetArrayFromImage(image), values)
    with tempfile.TemporaryDirectory() as folder:
        dicom2nifti.convert_directory(after, folder)
        nifti = nibabel.load(glob.glob(f"{folder}/*.nii.gz")[0])
        ras = np.diag([-1, -1, 1, 1])
        for index in ((0, 0, 0), (image.GetSize()[0] - 1, 1, len(b) - 1)):
            place = ras @ [*image.TransformIndexToPhysicalPoint(tuple(map(int, index))), 1]
            at = np.round(np.linalg.inv(nifti.affine) @ place).astype(int)
            assert np.allclose(nifti.affine @ at, place, atol=1e-3)
            assert abs(nifti.get_fdata()[tuple(at[:3])] - image[tuple(map(int, index))]) < 1e-3
    print("same for pydicom, SimpleITK, dicom2nifti:", image.GetSize(), image.GetSpacing(), image.GetOrigin(), image.GetDirection(),
          "values", values.min(), values.max(), "ImageType", list(b[0].ImageType))


check(*sys.argv[2:]) if sys.argv[1:2] == ["check"] else make()
