import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import test from 'ava';

const CRUISER = resolve('node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
const ROOMS = ['core', 'volumes', 'compute', 'operators', 'models', 'src'];

function cruise(folder: string, rooms: readonly string[]): { status: number | null; text: string } {
  const args = [CRUISER, '--config', '.dependency-cruiser.cjs', ...rooms];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8' });
  return { status, text: stdout + stderr };
}

test('the folder rule finds every planted violation, and nothing where there is none', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'slicewise-rule-'));
  const file = (path: string, text: string): void => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  try {
    for (const name of ['.dependency-cruiser.cjs', 'tsconfig.json']) cpSync(name, join(folder, name));
    for (const room of ROOMS) file(`${room}/thing.ts`, `export const ${room} = 1;\nexport type Kind = 1;\n`);
    file('core/platform/files.ts', `import 'node:fs';\n`);
    file('operators/types.ts', `import type { Kind } from '../volumes/thing.js';\nexport type Mine = Kind;\n`);
    file('src/cli/main.ts', `import 'node:process';\n`);
    file('src/modalities/thing/thing.ts', `import '../../../volumes/kinds/thing/schema.js';\n`);
    file('src/modalities/registry.ts', `import './thing/thing.js';\n`);
    file('volumes/kinds/thing/schema.ts', `export const schema = 1;\n`);
    file('operators/kind.ts', `import { schema } from '../volumes/kinds/thing/schema.js';\nschema;\n`);
    file('src/studio/thing.ts', `import './server/serve.js';\n`);
    file('src/studio/server/serve.ts', `import 'node:http';\n`);
    file('node_modules/preact/package.json', `{ "name": "preact", "main": "index.js" }`);
    file('node_modules/preact/index.js', `exports.h = 1;\n`);
    file('package.json', `{ "type": "module", "devDependencies": { "preact": "1.0.0" } }`);
    file('src/studio/page/main.ts', `import 'preact';\nimport '../thing.js';\n`);
    file('src/cli/studio.ts', `import '../studio/server/serve.js';\n`);
    t.is(cruise(folder, ROOMS).status, 0, cruise(folder, ROOMS).text);

    const planted: { readonly [rule: string]: readonly [string, string] } = {
      'core-imports-only-itself': ['core/bad.ts', `import '../volumes/thing.js';`],
      'volumes-imports-only-itself-core': ['volumes/bad.ts', `import '../compute/thing.js';`],
      'compute-imports-only-itself-core': ['compute/bad.ts', `import '../operators/thing.js';`],
      'operators-imports-only-itself-core-compute': ['operators/bad.ts', `import { volumes } from '../volumes/thing.js';\nvolumes;`],
      'models-imports-only-itself-core-compute': ['models/bad.ts', `import '../src/thing.js';`],
      'types-of-volumes-only': ['operators/worse.ts', `import type { Kind } from '../src/thing.js';\nexport type B = Kind;`],
      'operators-not-models': ['operators/models.ts', `import '../models/thing.js';`],
      'models-not-operators': ['models/operators.ts', `import '../operators/thing.js';`],
      'modalities-by-their-registry': ['src/engine.ts', `import './modalities/thing/thing.js';`],
      'kinds-only-in-modalities': ['src/report.ts', `import '../volumes/kinds/thing/schema.js';`],
      'cli-is-a-leaf': ['src/bad.ts', `import './cli/main.js';`],
      'node-only-in-platform-and-cli': ['src/files.ts', `import 'node:fs';`],
      'studio-is-a-leaf': ['src/face.ts', `import './studio/thing.js';`],
      'studio-page-is-a-leaf': ['src/studio/host.ts', `import './page/main.js';`],
      'page-packages-only-in-the-page': ['src/studio/wire.ts', `import 'preact';`],
      'browser-code-not-platform': ['compute/files.ts', `import '../core/platform/files.js';`],
      'no-circles': ['core/a.ts', `import './b.js';`],
      'no-missing-file': ['core/gone.ts', `import './nowhere.js';`],
    };
    file('core/b.ts', `import './a.js';\n`);
    for (const [path, text] of Object.values(planted)) file(path, `${text}\n`);
    const { status, text } = cruise(folder, ROOMS);
    t.not(status, 0);
    for (const [rule, [path]] of Object.entries(planted)) {
      t.true(
        text.split('\n').some((line) => line.includes(rule) && line.includes(path)),
        `${rule} in ${path}`,
      );
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('the rooms of the house import one way', (t) => {
  const { status, text } = cruise('.', [...ROOMS, 'test', 'bench', 'examples']);
  t.is(status, 0, text);
});
