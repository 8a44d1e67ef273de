import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import test from 'ava';

interface Named {
  readonly file: string;
  readonly line: number;
  readonly text: string;
}

const script = (await import(pathToFileURL(resolve('scripts/check-kinds.mjs')).href)) as {
  namedKinds(root: string): Named[];
};

test('a kind of scan or a modality that is named outside its rooms is found, and inside them it is not', (t) => {
  const root = mkdtempSync(join(tmpdir(), 'slicewise-kinds-'));
  const file = (path: string, text: string): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  try {
    file('src/modalities/ct/ct.ts', `export const kind = 'radon.fan';\nexport const title = 'CT';\n`);
    file('volumes/kinds/radon/schema.ts', `export const FAN = 'radon.fan';\n`);
    file('volumes/formats/dicom/dicom.ts', `export const ct = (m: string) => m === 'CT';\n`);
    file('src/engine/good.ts', `// a comment may name radon.fan and CT\nimport './ct/ct.js';\nexport const x = { compat: 'mri' };\n`);
    t.deepEqual(script.namedKinds(root), []);

    file('src/engine/run.ts', `export const isFan = (s: { kind: string }) =>\n  s.kind === 'radon.fan';\n`);
    file('src/cli/info.ts', 'export const cone = (k: string) => k.startsWith(`fourier.`);\n');
    file('src/report/report.ts', `export const body = (m: string) => m === 'CT' || m === "MR";\n`);
    file('operators/fov.ts', `export const radon = (k: string) => k.startsWith('radon.');\n`);
    file('volumes/formats/hdf5/scan.ts', `export const AXES = { 'fourier.cartesian': ['slice'] };\n`);
    const found = script.namedKinds(root).map(({ file, line, text }) => `${file}:${line} ${text}`);
    t.deepEqual(found.sort(), [
      'operators/fov.ts:1 radon.',
      'src/cli/info.ts:1 fourier.',
      'src/engine/run.ts:2 radon.fan',
      'src/report/report.ts:1 CT',
      'src/report/report.ts:1 MR',
      'volumes/formats/hdf5/scan.ts:1 fourier.cartesian',
    ]);
  } finally {
    rmSync(root, { recursive: true });
  }
});

test('no file outside their rooms names a kind of scan or a modality', (t) => t.deepEqual(script.namedKinds('.'), []));
