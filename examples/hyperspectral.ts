/**
 * Spectral cubes, the script to start from: a cube (or a made one, of which entries are taken away), restored, compared, written with its
 * header.
 *
 *     node dist/examples/hyperspectral.js [cube.hdr]
 */
import {
  compareVolumes,
  createBackend,
  makeVolume,
  readInput,
  readScan,
  reconstruct,
  simulateSpectral,
  writeFileAtomic,
  writeVolumeFiles,
  type Measurement,
  type Volume,
} from '../src/index.js'; // in your own project: from 'slicewise'

const [file] = process.argv.slice(2);

/** Three materials whose shares run over the ground, in 60 bands. */
function madeCube(): Volume {
  const [bands, lines, samples] = [60, 64, 64];
  const data = new Float32Array(bands * lines * samples);
  for (let n = 0; n < data.length; n++) {
    const [band, y, x] = [Math.floor(n / (lines * samples)), Math.floor(n / samples) % lines, n % samples];
    const wavelength = 400 + 10 * band;
    const water = Math.hypot(y - 20, x - 40) < 14 ? 1 : 0;
    const green = (1 - water) * (0.5 + 0.5 * Math.sin(x / 7) * Math.cos(y / 9));
    const leaf = 0.05 + 0.4 / (1 + Math.exp((705 - wavelength) / 15)) + 0.06 * Math.exp(-(((wavelength - 550) / 40) ** 2));
    const soil = 0.1 + 0.0003 * (wavelength - 400);
    data[n] = water * 0.04 + green * leaf + (1 - water - green) * soil;
  }
  return makeVolume(data, [bands, lines, samples], {
    axes: [
      { name: 'band', unit: 'nm', coordinates: Array.from({ length: bands }, (_, band) => 400 + 10 * band) },
      { name: 'line', unit: 'm', step: 30 },
      { name: 'sample', unit: 'm', step: 30 },
    ],
    units: 'reflectance',
    modality: 'hyperspectral',
  });
}

// 1. What was measured: a cube as it is, or three tenths of the entries of one that is known, with noise. Only the comparison sees the
// truth.
const truth = file ? undefined : madeCube();
const scan: Measurement = truth
  ? simulateSpectral(truth, { missing: 0.7, noiseStd: 0.05, seed: 1 })
  : await readScan(await readInput(file));

// 2. Restored: rank and noise come from the data.
const backend = createBackend();
const { volume, manifest } = await reconstruct(scan, { method: 'lowrank', backend }).result();
await backend.dispose();
console.log(`lowrank: rank ${String(manifest.method.options.rank)}, ${manifest.timings.totalSeconds.toFixed(1)} s`);

// 3. Compared, or written as ENVI with the header that it had.
if (truth) {
  const { spectral } = compareVolumes(volume, truth);
  console.log(`MPSNR ${spectral!.mpsnr!.toFixed(2)} dB, SAM ${spectral!.sam!.toFixed(2)}°`);
} else {
  for (const { name, bytes } of await writeVolumeFiles('restored.hdr', volume)) await writeFileAtomic(name, bytes);
}
