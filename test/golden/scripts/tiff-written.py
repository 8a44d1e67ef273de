"""Reads the TIFF stacks that the package wrote (test/golden/arrays/written-*.tif) with tifffile, and asserts what is in them.

The test volumes/tiff-written.test.ts asserts that the writer still gives these bytes. Run: python tiff-written.py   (numpy, tifffile)
"""
from pathlib import Path
import numpy as np
import tifffile

ARRAYS = Path(__file__).parent.parent / 'arrays'
wanted = ((np.arange(24) - 11) * 0.5).reshape(2, 3, 4)

for name, dtype, values in (
    ('float32', 'float32', wanted),
    ('int16', 'int16', np.floor(wanted + 0.5)),  # halves go up, as in JavaScript
):
    with tifffile.TiffFile(ARRAYS / f'written-{name}.tif') as file:
        array = file.asarray()
        assert array.dtype == dtype and array.shape == (2, 3, 4), (array.dtype, array.shape)
        assert np.array_equal(array, values), array
        assert len(file.pages) == 2 and all(page.compression == 1 for page in file.pages)
        told = file.imagej_metadata
        assert (told['images'], told['slices'], told['unit'], told['spacing']) == (2, 2, 'mm', 2.5), told
        x, y = (np.divide(*file.pages[0].tags[tag].value) for tag in ('XResolution', 'YResolution'))
        assert (x, y) == (2.0, 1.25), (x, y)
    print(f'written-{name}.tif: as it should be')
