// Proves that two builds make the same images: runs every method on small scans through the command line of both, and compares the voxels
// bit for bit.
//
//     node scripts/same-images.mjs OLD_CHECKOUT NEW_CHECKOUT [--only TEXT]        (both built; CPU backend)
//
// Bits are compared on this machine only: other processors choose other kernels. Ends with a table and, where an image differs, exit
// code 1.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const [first, second, ...rest] = process.argv.slice(2);
if (!first || !second) {
  console.error('usage: node scripts/same-images.mjs OLD_CHECKOUT NEW_CHECKOUT [--only TEXT]');
  process.exit(2);
}
const only = rest[0] === '--only' ? rest[1] : '';

/** Scans: name, and the command that makes it (OUT is its file). */
const SCANS = {
  parallel: 'simulate ct phantom:thorax -o OUT --size 64 --depth 6 --views 20 --photons 1e5 --seed 1',
  fan: 'simulate ct phantom:thorax -o OUT --size 64 --depth 3 --views 20 --geometry fan --photons 1e5 --seed 1',
  cone: 'simulate ct phantom:thorax -o OUT --size 48 --depth 8 --views 20 --geometry cone --photons 1e5 --seed 1',
  lines: 'simulate mri VOLUME -o OUT --coils 4 --mask random --accel 3 --acs 10 --snr 30 --seed 1',
  poisson: 'simulate mri VOLUME -o OUT --coils 3 --mask poisson --accel 4 --snr 30 --seed 1',
  equispaced: 'simulate mri VOLUME -o OUT --coils 4 --mask equispaced --accel 2 --snr 40 --seed 1',
  single: 'simulate mri VOLUME -o OUT --coils 1 --mask random --accel 2 --snr 30 --seed 1',
  radial: 'simulate mri VOLUME -o OUT --coils 3 --trajectory radial --spokes 32 --snr 30 --seed 1',
};

const CT = [
  'fbp',
  'fbp --filter hann --cutoff 0.8',
  'sirt --iterations 10',
  'sirt --iterations 5 --non-negative',
  'cgls --iterations 6',
  'admm-tv --iterations 5',
  'admm-tv --iterations 4 --tv-axes xy',
  'admm-tv --iterations 4 --tv-axes z --lambda 0.001',
  'admm-tv --iterations 4 --bounds -1000,2000',
  'admm-tv --iterations 3 --boundary periodic',
  'dds --prior ct --steps 4',
  'dds --prior ct --steps 3 --mode 2d',
  'dds --prior ct --steps 3 --start classical',
  'dds --prior ct --steps 3 --compat ct-sparse-view',
  'dds --prior ct --steps 3 --samples 2',
  'dds --prior ct --steps 3 --gamma noise',
  'dds --prior ct-fast --steps 2',
  'dds --prior ct --steps 3 --boundary periodic',
  'dds --prior ct --steps 4 --tail 0.5',
  'diffusion-mbir --prior ct --steps 4',
  'diffusion-mbir --prior ct --steps 3 --gamma noise --noise-std 1%',
  'sirt --iterations 4 --weights counts',
  'cgls --iterations 4 --size 48x48',
  'fbp --views 0::2',
];
const MR = [
  'zero-filled',
  'sense --iterations 5',
  'cs-wavelet --iterations 5',
  'cs-tv --iterations 4',
  'cs-tv --iterations 4 --tv-axes 3d',
  'cs-tv --iterations 3 --tv-axes z',
  'dds --prior mri --steps 4',
  'dds --prior mri --steps 3 --mode 2d',
  'diffusion-mbir --prior mri --steps 4',
  'dds --prior mri --steps 3 --gamma none --quadrature 1 --air 1 --edges 1',
  'admm-tv --iterations 3',
  'cgls --iterations 4',
  'dds --prior mri --steps 3 --samples 2',
  'zero-filled --complex',
];
const RUNS = [
  ...CT.map((method) => ['parallel', method]),
  ...['fbp', 'sirt --iterations 5', 'admm-tv --iterations 3', 'dds --prior ct --steps 3'].map((method) => ['fan', method]),
  ...['fdk', 'sirt --iterations 4', 'cgls --iterations 4', 'admm-tv --iterations 3', 'dds --prior ct --steps 3'].map((method) => [
    'cone',
    method,
  ]),
  ...MR.map((method) => ['lines', method]),
  ...['cs-wavelet --iterations 4', 'dds --prior mri --steps 3'].flatMap((method) => [
    ['poisson', method],
    ['single', method],
  ]),
  ...['grappa', 'dds --prior mri-fast --steps 2'].map((method) => ['equispaced', method]),
  ...['zero-filled', 'sense --iterations 4', 'cs-tv --iterations 3', 'dds --prior mri --steps 3'].map((method) => ['radial', method]),
];

const work = mkdtempSync(join(tmpdir(), 'same-images-'));
process.on('exit', () => rmSync(work, { recursive: true, force: true }));

function run(checkout, line) {
  const done = spawnSync(process.execPath, [join(resolve(checkout), 'dist/src/cli/main.js'), ...line.split(' ')], {
    encoding: 'utf8',
    cwd: work,
  });
  return done.status === 0 ? undefined : `${done.stderr.trim().split('\n').slice(-4).join(' / ')}`;
}

/** The numbers of a .npy or of an uncompressed NIfTI without its header, which may name versions. */
function digest(path) {
  const bytes = readFileSync(path);
  const offset = path.endsWith('.npy') ? 10 + bytes.readUInt16LE(8) : bytes.readFloatLE(108);
  return createHash('sha256').update(bytes.subarray(offset)).digest('hex').slice(0, 16);
}

const sides = [first, second].map((checkout, i) => ({ checkout, folder: join(work, String(i)) }));
/** A magnitude [4, 48, 48] for MR: two ellipses and a ramp, nothing symmetric. */
function magnitude() {
  const [nz, n] = [4, 48];
  const values = new Float32Array(nz * n * n);
  for (let z = 0; z < nz; z++)
    for (let y = 0; y < n; y++)
      for (let x = 0; x < n; x++) {
        const inside = ((x - 22) / (17 + z)) ** 2 + ((y - 25) / 20) ** 2 < 1;
        const hole = ((x - 28) / 6) ** 2 + ((y - 20 - z) / 4) ** 2 < 1;
        values[(z * n + y) * n + x] = inside ? (hole ? 40 : 100 + x) : 0;
      }
  const header = `{'descr': '<f4', 'fortran_order': False, 'shape': (${nz}, ${n}, ${n}), }`.padEnd(117) + '\n';
  const head = Buffer.from([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, header.length & 255, header.length >> 8]);
  return Buffer.concat([head, Buffer.from(header, 'latin1'), Buffer.from(values.buffer)]);
}

for (const { folder } of sides) {
  mkdirSync(folder);
  writeFileSync(join(folder, 'volume.npy'), magnitude());
}
/** The digest of the image, or why there is none. */
function imageOf({ checkout, folder }, scan, method) {
  const file = join(folder, `${scan}.h5`);
  if (!existsSync(file)) {
    const failed = run(checkout, SCANS[scan].replace('OUT', file).replace('VOLUME', join(folder, 'volume.npy')));
    if (failed) return { failed: `no scan: ${failed}` };
  }
  const out = join(folder, method.includes('--complex') ? 'out.nii' : 'out.npy');
  rmSync(out, { force: true });
  const failed = run(checkout, `recon ${file} -o ${out} --method ${method} --seed 7`);
  return failed ? { failed } : { digest: digest(out) };
}

let wrong = 0;
for (const [scan, method] of RUNS) {
  const title = `${scan}: ${method}`;
  if (!title.includes(only)) continue;
  const [before, after] = sides.map((side) => imageOf(side, scan, method));
  const same = before.digest !== undefined && before.digest === after.digest;
  if (!same) wrong++;
  const word = same ? 'same   ' : before.failed || after.failed ? 'FAILED ' : 'DIFFERS';
  console.log([`${word} ${title}`, ...(same ? [] : [before, after].map((side) => `  ${side.failed ?? side.digest}`))].join('\n'));
}
console.log(wrong === 0 ? 'all images are the same' : `${wrong} images differ or failed`);
process.exit(wrong === 0 ? 0 : 1);
