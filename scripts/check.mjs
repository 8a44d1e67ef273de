// Types, lint, format, folder rule, a docblock on every public name, and no kind of scan named outside its room; every one runs even when
// another fails. `node scripts/check.mjs lint` runs one of them.
import { spawnSync } from 'node:child_process';

const bin = (path) => [process.execPath, [`node_modules/${path}`]];
const SOURCES = ['core', 'volumes', 'compute', 'operators', 'models', 'src', 'test', 'bench', 'examples'];
const CHECKS = {
  types: [bin('typescript/bin/tsc'), ['-p', '.', '--noEmit', '--incremental', 'false']],
  lint: [bin('eslint/bin/eslint.js'), ['.', '--max-warnings=0']],
  format: [bin('prettier/bin/prettier.cjs'), ['--check', '--log-level=warn', '.']],
  kinds: [[process.execPath, ['scripts/check-kinds.mjs']], []],
  lines: [[process.execPath, ['scripts/long-lines.mjs']], []],
  names: [bin('typedoc/bin/typedoc'), ['--emit', 'none', '--logLevel', 'Warn']],
  folders: [bin('dependency-cruiser/bin/dependency-cruise.mjs'), ['--config', '.dependency-cruiser.cjs', ...SOURCES]],
};

const wanted = process.argv.slice(2);
const failed = [];
for (const [name, [[command, first], args]] of Object.entries(CHECKS)) {
  if (wanted.length && !wanted.includes(name)) continue;
  const started = Date.now();
  const { status } = spawnSync(command, [...first, ...args], { stdio: 'inherit' });
  console.log(`${status === 0 ? '✔' : '✘'} ${name} (${((Date.now() - started) / 1000).toFixed(0)} s)`);
  if (status !== 0) failed.push(name);
}
if (failed.length) console.log(`check failed: ${failed.join(', ')}`);
process.exit(failed.length ? 1 : 0);
