// Coil maps and sampling masks of the engine's own simulator, for training in runs (in_runs.py).
//
//     node models/training/guided/scanners.mjs REQUESTS.json OUT
//
// REQUESTS.json: { size, mapSize, coils: [{ coils, seed, extent: [x, y] }], masks: [{ pattern, acceleration, calibration, seed }] } with
// extents of the object as shares of the field of view. OUT.maps.f32: complex64 [coil of all sets, row, column] of mapSize², an ellipse of
// that extent in the middle; OUT.masks.u8: [mask, ky, kx] of size², DC at ⌊n/2⌋.
import { readFile, rename, writeFile } from 'node:fs/promises';
import { makeVolume, placed, samplingMask, simulateMri } from '../../../dist/src/index.js';

const FIELD_MM = 240;

const [requests, out] = process.argv.slice(2);
const { size, mapSize, coils, masks } = JSON.parse(await readFile(requests, 'utf8'));

async function mapsOf({ coils, seed, extent: [wide, high] }) {
  const at = (n) => (2 * (n + 0.5)) / mapSize - 1;
  const inside = Float32Array.from({ length: mapSize ** 2 }, (_, n) =>
    (at(n % mapSize) / wide) ** 2 + (at(Math.floor(n / mapSize)) / high) ** 2 < 1 ? 1 : 0,
  );
  const spacing = FIELD_MM / mapSize;
  const place = { ...placed({ spacing: [spacing, spacing, spacing] }), units: 'arbitrary', modality: 'MR' };
  const volume = makeVolume(inside, [1, mapSize, mapSize], place);
  const scan = await simulateMri(volume, { coils, seed, withMaps: true, phase: 'none', oversample: 1 });
  return Buffer.from(scan.arrays.maps.data.buffer, scan.arrays.maps.data.byteOffset, scan.arrays.maps.data.byteLength);
}

const maskOf = (request) => Uint8Array.from(samplingMask({ ...request, shape: [size, size] }).data);

const all = [];
for (const request of coils) all.push(await mapsOf(request));
await writeFile(`${out}.maps.f32`, Buffer.concat(all));
await writeFile(`${out}.masks.part`, Buffer.concat(masks.map(maskOf)));
await rename(`${out}.masks.part`, `${out}.masks.u8`);
