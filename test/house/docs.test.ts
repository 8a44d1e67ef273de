import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import test from 'ava';
import { cliReference } from '../../src/cli/reference.js';
import { inFolder, listing } from '../support/cli.js';

test('docs/reference/cli.md lists the options there are (npm run docs)', (t) => {
  t.true(readFileSync('docs/reference/cli.md', 'utf8').trimEnd().endsWith(cliReference()), 'run npm run docs');
});

test('the example of the README runs as it stands', (t) =>
  inFolder((folder) => {
    const code = /```js\n([\s\S]*?)```/.exec(readFileSync('README.md', 'utf8'))![1];
    // inside the package, where `slicewise` names itself
    const script = resolve(`dist/readme-${process.pid}.mjs`);
    writeFileSync(script, code);
    try {
      const { status, stderr, stdout } = spawnSync(process.execPath, [script], { cwd: folder, encoding: 'utf8' });
      t.is(status, 0, stderr);
      t.regex(stdout, /PSNR/);
      t.deepEqual(listing(folder), ['out.nii.gz']);
    } finally {
      rmSync(script);
    }
    return Promise.resolve();
  }));
