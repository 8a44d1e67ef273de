"""Projections as DICOM-CT-PD has them, written by pydicom -> test/golden/ct-pd.json.

Run from the repository root with numpy and pydicom installed: python test/golden/scripts/ct-pd.py
Private elements as the user manual of the format names them (Chen et al., Med. Phys. 42 (2015) 6964): (7029,1010) and (7029,1011) columns
and rows of the detector, (7031,1001) angle of the focal centre, (7031,1002) its height, (7031,1003) its distance, (7029,100B) shape.
"""
import base64, io, json, os
import numpy as np, pydicom
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.filewriter import dcmwrite
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian


def view(n, syntax):
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = "1.2.840.10008.5.1.4.1.1.2", f"1.2.3.{n + 1}"
    meta.TransferSyntaxUID = syntax
    ds = FileDataset("x", {}, file_meta=meta, preamble=b"\0" * 128)
    ds.SOPClassUID, ds.SOPInstanceUID = meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID
    ds.StudyInstanceUID, ds.SeriesInstanceUID, ds.Modality, ds.InstanceNumber = "1.2.3", "1.2.3.4", "CT", n + 1
    ds.Rows, ds.Columns, ds.SamplesPerPixel, ds.PhotometricInterpretation = 8, 4, 1, "MONOCHROME2"
    ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 16, 16, 15, 0
    ds.RescaleSlope, ds.RescaleIntercept = "0.0002", "-0.5"
    for group, element, vr, value in [(0x7029, 0x100B, "CS", "CYLINDRICAL"), (0x7029, 0x1010, "US", 4), (0x7029, 0x1011, "US", 8),
                                      (0x7031, 0x1001, "FL", 0.1 * n), (0x7031, 0x1002, "FL", 1.5 * n), (0x7031, 0x1003, "FL", 595.0)]:
        ds.add_new((group, element), vr, value)
    ds.PixelData = (np.arange(32) + n).astype("<u2").tobytes()
    out = io.BytesIO()
    dcmwrite(out, ds, enforce_file_format=True)
    return base64.b64encode(out.getvalue()).decode()


out = os.path.join(os.path.dirname(__file__), "..", "ct-pd.json")
with open(out, "w") as f:
    json.dump({"explicit": [view(n, ExplicitVRLittleEndian) for n in range(2)], "implicit": [view(0, ImplicitVRLittleEndian)]}, f)
    f.write("\n")
