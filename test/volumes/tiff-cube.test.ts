import test from 'ava';
import { tiffBands } from '../../volumes/formats/tiff/band-metadata.js';
import { readVolume } from '../../volumes/index.js';
import { bytesOf, golden } from '../support/golden.js';

const { values, tiff } = golden<{ values: number[]; tiff: { interleave: string; data: string }[] }>('envi.json');

test('GDAL’s cubes, by pixel and by band: bands, wavelengths, scale, offset, no data, pixels in metres', async (t) => {
  for (const { interleave, data } of tiff) {
    const volume = await readVolume([{ name: 'c.tif', bytes: bytesOf(data) }]);
    t.deepEqual(volume.shape, [3, 2, 4], interleave);
    // 113 says no data and stays
    t.deepEqual(
      [...volume.data],
      values.map((value) => (value === 113 ? value : 0.5 * value + 10)),
    );
    t.deepEqual(volume.axes, [
      { name: 'band', unit: 'nm', coordinates: [450, 550.5, 500] },
      { name: 'line', unit: 'm', step: 20 },
      { name: 'sample', unit: 'm', step: 30 },
    ]);
    t.like(volume.meta.bands, { noData: 113 });
  }
});

test('metadata of the bands: ENVI’s lists, GDAL’s micrometres, gaps and words told', (t) => {
  const told: string[] = [];
  const of = (xml: string) => tiffBands(xml, 2, undefined, (message) => void told.push(message));
  const list = of(
    '<Item name="wavelength" domain="ENVI">{450, 400}</Item><Item name="wavelength_units" domain="ENVI">Nanometers</Item>' +
      '<Item name="bbl" domain="ENVI">{1, 0}</Item>',
  );
  t.deepEqual(list.axis, { name: 'band', unit: 'nm', coordinates: [450, 400] });
  t.deepEqual(list.meta, { bad: [1] });
  const imagery = of(
    '<Item name="CENTRAL_WAVELENGTH_UM" sample="0" domain="IMAGERY">0.45</Item><Item name="FWHM_UM" sample="0">0.01</Item>' +
      '<Item name="CENTRAL_WAVELENGTH_UM" sample="1" domain="IMAGERY">0.4</Item><Item name="FWHM_UM" sample="1">0.02</Item>',
  );
  t.deepEqual(imagery.axis, { name: 'band', unit: 'µm', coordinates: [0.45, 0.4] });
  t.deepEqual(imagery.meta.fwhm, [0.01, 0.02]);
  t.deepEqual(told, []);
  t.deepEqual(of('<Item name="wavelength" sample="1">450</Item>').axis, { name: 'band', unit: '', first: 1, step: 1 });
  t.deepEqual(told, ["'wavelength' of 1 of 2 bands: not used"]);
  const names = of('<Item name="DESCRIPTION" sample="0">a &amp; b</Item><Item name="DESCRIPTION" sample="1">c</Item>');
  t.deepEqual(names.meta.names, ['a & b', 'c']);
});
