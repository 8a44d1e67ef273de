import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { VERSION } from '../version.js';

/** What exactly is running, for reports of faults: the version, the commit of a clone, Node and ONNX Runtime. */
export function buildText(): string {
  const commit = commitOf(fileURLToPath(new URL('../../..', import.meta.url)));
  const parts = [commit && `clone at ${commit}`, `Node ${process.versions.node}`, `${process.platform} ${process.arch}`, runtime()];
  return `${VERSION}\n${parts.filter(Boolean).join(', ')}`;
}

/** Undefined where the folder is no clone, or there is no git. */
function commitOf(root: string): string | undefined {
  if (!existsSync(`${root}/.git`)) return undefined;
  try {
    const git = (...args: string[]): string =>
      execFileSync('git', ['-C', root, ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
    const changed = git('status', '--porcelain', '--untracked-files=no') === '' ? '' : ', changed since';
    return `${git('rev-parse', '--short', 'HEAD')}${changed}`;
  } catch {
    return undefined;
  }
}

function runtime(): string {
  try {
    const { version } = createRequire(import.meta.url)('onnxruntime-node/package.json') as { version: string };
    return `onnxruntime-node ${version}`;
  } catch {
    return 'without onnxruntime-node';
  }
}
