// Scan files as version 0.1.0 wrote them before grids had axes: node old-scan.mjs FOLDER_OF_THAT_BUILD (its dist), into test/golden/scans.
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const { writeMeasurement } = await import(pathToFileURL(join(resolve(process.argv[2]), 'volumes/index.js')).href);
const count = (n, scale = 1) => Float32Array.from({ length: n }, (_, i) => i * scale);
const scan = {
  kind: 'radon.fan',
  data: count(2 * 3 * 5, 0.5),
  shape: [2, 3, 5],
  dtype: 'float32',
  geometry: { angles: [0, 60, 120], detectorCount: 5, detectorPitch: 1.5, detectorOffset: -0.25, sourceToAxis: 40, sourceToDetector: 70 },
  noise: { type: 'gaussian', std: 0.125 },
  grid: {
    shape: [2, 4, 6],
    spacing: [0.1, 0.2, 2.5],
    origin: [-1.5, 2.25, 1 / 3],
    direction: [0, 1, 0, -1, 0, 0, 0, 0, 1],
    units: '1/mm',
    modality: 'CT',
  },
  meta: { source: 'old', muWater: 0.0193 },
};
writeFileSync(new URL('../scans/version-1.h5', import.meta.url), await writeMeasurement('version-1.h5', scan));
